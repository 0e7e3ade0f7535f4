"""Service level indicators, budgets, burn rates and alert rules.

Objectives are shares (0.999), rules are in minutes, and a series of minutes is a frame with the columns time_ns, good
and valid.
"""

from ..errors import SloError
from .budget import Budget, budget, minutes, tolerated
from .counted import by_minute
from .indicator import available, compose, faster_than, indicator, merge, share
from .rules import STANDARD, Rule, burn_rate, firing, replay, scaled, simple_rule

__all__ = [
    "STANDARD",
    "Budget",
    "Rule",
    "SloError",
    "available",
    "budget",
    "burn_rate",
    "by_minute",
    "compose",
    "faster_than",
    "firing",
    "indicator",
    "merge",
    "minutes",
    "replay",
    "scaled",
    "share",
    "simple_rule",
    "tolerated",
]
