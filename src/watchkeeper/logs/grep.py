"""How good a search was, and what in a log should not be there."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import numpy as np
import pandas as pd

from ..errors import LogError


@dataclass(frozen=True)
class GrepQuality:
    """Precision and recall (0 to 1, nan where there is nothing to divide by), and the three counts behind them."""

    precision: float
    recall: float
    right: int
    false_alarms: int
    missed: int


def grep_quality(matches: Iterable[bool], truth: Iterable[bool]) -> GrepQuality:
    """How good a search was: which lines it found against which it should have found, one yes or no a line.

    Precision is the share of what was found that should be; recall the share of what should be that was found.
    Raises `LogError` when the two have different lengths.

    >>> grep_quality([True, True, False, False], [True, False, True, False])
    GrepQuality(precision=0.5, recall=0.5, right=1, false_alarms=1, missed=1)
    """
    found, should = np.array(list(matches), dtype=bool), np.array(list(truth), dtype=bool)
    if len(found) != len(should):
        raise LogError(f"{len(found)} lines were searched and {len(should)} are known; give one yes or no a line")
    right, alarms, missed = (int(n.sum()) for n in (found & should, found & ~should, ~found & should))
    nan = float("nan")
    return GrepQuality(
        right / (right + alarms) if right + alarms else nan,
        right / (right + missed) if right + missed else nan,
        right,
        alarms,
        missed,
    )


# Bounded and without nested repeats, so that no line makes them slow.
_RULES = {
    "e-mail": re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"),
    # No card begins with 1, but every time of these decades in nanoseconds does.
    "card": re.compile(r"(?<![\w.-])[2-6](?:[ -]?\d){12,18}(?![\w-]|\.\d)"),
    "IP address": re.compile(
        r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|"
        r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?!\w|\.\w|:\w\w*:)"
    ),
    "phone": re.compile(
        r"(?<![\w.+/-])(?:\+|00)[1-9][\d ()./-]{5,20}\d(?!\w)|"
        r"(?<![\w.+/-])(?:\(0?\d{2,5}\) ?|0\d{1,4}[ /-])\d{3,4}(?:[ -]?\d{2,4}){1,3}(?!\w)"
    ),
}


def personal(bodies: Iterable[Any]) -> pd.DataFrame:
    """Candidates for personal data: one row a find, with line (its number or label), rule, text, start and end.

    Rules: "e-mail"; "phone" (with a country code, or a leading zero and separators); "card" (13 to 19 digits that pass
    Luhn's check, ISO/IEC 7812); "IP address" (v4 and v6). They are candidates: a rule knows forms, not people. Names,
    postal addresses and birthdays are not looked for, and a customer number is personal though no rule says so.
    What one rule has taken is not taken by a later one.

    >>> personal(["mail to ada@example.org sent", "order 12 placed"])[["line", "rule", "text"]].values.tolist()
    [[0, 'e-mail', 'ada@example.org']]
    """
    labels = bodies.index if isinstance(bodies, pd.Series) else None
    rows = []
    for number, body in enumerate(bodies):
        text = body if isinstance(body, str) else str(body)
        # Most lines have neither an at sign nor enough digits, points or colons for any rule.
        if "@" in text or sum(map(text.count, "0123456789.:")) >= 3:
            label = number if labels is None else labels[number]
            rows += [(label, rule, text[a:b], a, b) for rule, a, b in _finds(text)]
    return pd.DataFrame(rows, columns=["line", "rule", "text", "start", "end"])


def _finds(text: str) -> list[tuple[str, int, int]]:
    taken: list[tuple[str, int, int]] = []
    # A mark a character: to look through all that was taken would cost the square of their number.
    marks = bytearray(len(text))
    for rule, pattern in _RULES.items():
        for found in pattern.finditer(text):
            a, b = found.span()
            if _holds(rule, found[0]) and marks.find(1, a, b) < 0:
                taken.append((rule, a, b))
                marks[a:b] = b"\x01" * (b - a)
    return sorted(taken, key=lambda find: find[1])


def _holds(rule: str, text: str) -> bool:
    if rule == "card":
        return luhn("".join(filter(str.isdigit, text)))
    if rule == "IP address":
        try:
            # "::" alone is an operator in many languages, and no host.
            return bool(ip_address(text)) and text.strip(":") != ""
        except ValueError:
            return False
    if rule == "phone":
        return 7 <= sum(map(str.isdigit, text)) <= 15
    return True


def luhn(digits: str) -> bool:
    """Whether digits pass Luhn's check, as the number of every payment card does; zeros alone do not count.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    if not (digits.isascii() and digits.isdigit() and digits.strip("0")):
        return False
    doubled = [int(d) * (1 + k % 2) for k, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
