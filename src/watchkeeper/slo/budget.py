"""The error budget: how much may fail under an objective, in requests and in minutes."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

from ..errors import SloError
from ..words import exact


class Budget(NamedTuple):
    """Bad requests: how many the objective allows, how many there were, how many are left, and the share spent.

    If more was spent than allowed, `left` is negative and `share` is above 1.
    """

    allowed: float
    spent: float
    left: float
    share: float


def tolerated(objective: float) -> Fraction:
    """1 - objective, taken as a decimal number: exactly 1/1000 for 0.999. SloError unless it is inside 0 to 1.

    >>> tolerated(0.999)
    Fraction(1, 1000)
    """
    try:
        decimal = exact(objective)
    except (TypeError, ValueError, OverflowError):
        decimal = Fraction(0)
    if not 0 < decimal < 1:
        raise SloError(f"an objective is between 0 and 1, and {objective} is not; write 0.999 for 99.9%")
    return 1 - decimal


def budget(objective: float, valid: float, bad: float) -> Budget:
    """The budget after `bad` of `valid` requests. Raises SloError if there are more bad than valid requests.

    `valid` is the number of requests expected in the whole period. If you pass the requests so far, the budget covers
    only those.

    >>> budget(0.999, valid=50_000, bad=20)
    Budget(allowed=50.0, spent=20.0, left=30.0, share=0.4)
    """
    if not 0 <= bad <= valid:
        raise SloError(f"{bad:,} bad requests of {valid:,} valid ones is impossible; a bad request is valid too")
    allowed = float(tolerated(objective) * Fraction(valid))
    share = bad / allowed if allowed else 0.0
    return Budget(allowed, float(bad), allowed - bad, share)


def minutes(objective: float, days: float = 30) -> float:
    """How many minutes of complete outage the objective allows in that many days.

    >>> minutes(0.999), round(minutes(0.9999), 2), minutes(0.99, days=7)
    (43.2, 4.32, 100.8)
    """
    if not (days > 0 and math.isfinite(days)):
        raise SloError(f"a period of {days} days has no budget; give a number of days above 0")
    return float(tolerated(objective) * Fraction(repr(float(days))) * 1440)
