"""How good a search was, and personal data that should not be in a log."""

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
    """Precision and recall (0 to 1, or nan if the divisor is 0), and the three counts that they are based on."""

    precision: float
    recall: float
    right: int
    false_alarms: int
    missed: int


def grep_quality(matches: Iterable[bool], truth: Iterable[bool]) -> GrepQuality:
    """How good a search was: the lines it found and the lines it should have found, as one bool per line.

    Precision is the share of the found lines that are right. Recall is the share of the right lines that were found.
    Raises `LogError` if the two have different lengths.

    >>> grep_quality([True, True, False, False], [True, False, True, False])
    GrepQuality(precision=0.5, recall=0.5, right=1, false_alarms=1, missed=1)
    """
    found, should = np.array(list(matches), dtype=bool), np.array(list(truth), dtype=bool)
    if len(found) != len(should):
        raise LogError(f"{len(found)} lines were searched and {len(should)} are known; give one True or False per line")
    right, alarms, missed = (int(n.sum()) for n in (found & should, found & ~should, ~found & should))
    nan = float("nan")
    return GrepQuality(
        right / (right + alarms) if right + alarms else nan,
        right / (right + missed) if right + missed else nan,
        right,
        alarms,
        missed,
    )


# The patterns have bounds and no nested repeats, so no line can make them slow.
_RULES = {
    "e-mail": re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}\b"),
    # No card number begins with 1, but every time of these decades in nanoseconds does.
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
    """Candidates for personal data: one row per match, with line (its number or label), rule, text, start and end.

    Rules: "e-mail"; "phone" (with a country code, or a leading zero and separators); "card" (13 to 19 digits that pass
    Luhn's check, ISO/IEC 7812); "IP address" (v4 and v6). They are only candidates, because a rule knows forms, not
    people. There are no rules for names, postal addresses and birthdays, and a customer number is personal although no
    rule finds it. Text that one rule has matched is not matched again by a later one.

    >>> personal(["mail to ada@example.org sent", "order 12 placed"])[["line", "rule", "text"]].values.tolist()
    [[0, 'e-mail', 'ada@example.org']]
    """
    labels = bodies.index if isinstance(bodies, pd.Series) else None
    rows = []
    for number, body in enumerate(bodies):
        text = body if isinstance(body, str) else str(body)
        # Most lines have no at sign and too few digits, dots or colons for any rule.
        if "@" in text or sum(map(text.count, "0123456789.:")) >= 3:
            label = number if labels is None else labels[number]
            rows += [(label, rule, text[a:b], a, b) for rule, a, b in _finds(text)]
    return pd.DataFrame(rows, columns=["line", "rule", "text", "start", "end"])


def _finds(text: str) -> list[tuple[str, int, int]]:
    taken: list[tuple[str, int, int]] = []
    # One flag per character: comparing each match with all earlier ones would take quadratic time.
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
            # "::" alone is an operator in many languages, not a host.
            return bool(ip_address(text)) and text.strip(":") != ""
        except ValueError:
            return False
    if rule == "phone":
        return 7 <= sum(map(str.isdigit, text)) <= 15
    return True


def luhn(digits: str) -> bool:
    """Whether digits pass Luhn's check, like every payment card number. Zeros alone do not count.

    >>> luhn("4111111111111111"), luhn("4111111111111112")
    (True, False)
    """
    if not (digits.isascii() and digits.isdigit() and digits.strip("0")):
        return False
    doubled = [int(d) * (1 + k % 2) for k, d in enumerate(reversed(digits))]
    return sum(d - 9 if d > 9 else d for d in doubled) % 10 == 0
