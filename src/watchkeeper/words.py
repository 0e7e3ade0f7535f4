"""Numbers, times and foreign text, the way people read them: one function for each, used by every room.

>>> f"{count(1200, 'query')}, {percent(0.034)} failed, the slowest took {ms(45.67)} ms of {duration(90)}"
'1,200 queries, 3.4% failed, the slowest took 45.7 ms of 1 min 30 s'
"""

from __future__ import annotations

import unicodedata
from fractions import Fraction
from typing import Any

# Longer than any service, route or span name of the shop, and short enough for one line of a figure or a table.
LONGEST = 120
# Marks that change the reading direction would let one name repaint its whole row.
BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def duration(seconds: float, most: int = len(UNITS)) -> str:
    """A length of time, exact to the second, in at most `most` units; what is shorter than ten seconds, more exactly.

    >>> [duration(seconds) for seconds in (6660, 259200, 30, 1.25, 0.25, 0)]
    ['1 h 51 min', '3 d', '30 s', '1.25 s', '250 ms', '0 s']
    >>> duration(2 * 86400 + 3 * 3600 + 59, most=2)
    '2 d 3 h'
    """
    if 0 < abs(seconds) < 0.9995:
        return f"{ms(1000 * seconds)} ms"
    if abs(seconds) < 9.995:
        return f"{decimal(round(seconds, 2))} s"
    sign, rest = "-" if seconds < 0 else "", round(abs(seconds))
    parts: list[str] = []
    for size, unit in UNITS:
        times, rest = divmod(rest, size)
        # Once there is a larger unit, the next one down counts even when it is zero: 1 h 0 min 5 s has three units.
        if times or parts:
            parts.append(f"{times:,} {unit}" if times else "")
    return sign + " ".join(filter(None, parts[:most]))


def ms(milliseconds: float) -> str:
    """Milliseconds with three significant digits, without the unit and never with an exponent.

    >>> [ms(value) for value in (0, 0.034, 3.456, 45.67, 999.96, 12345)]
    ['0', '0.03', '3.46', '45.7', '1,000', '12,345']
    """
    if milliseconds == 0:
        return "0"
    if abs(milliseconds) < 9.995:
        return f"{milliseconds:.2f}"
    return f"{milliseconds:.1f}" if abs(milliseconds) < 99.95 else f"{milliseconds:,.0f}"


def decimal(value: float) -> str:
    """A number as it is: no exponent, no trailing zeros, at most six decimals.

    >>> [decimal(value) for value in (0, 0.05, 0.30000000000000004, 2.5, 14.4, 25000)]
    ['0', '0.05', '0.3', '2.5', '14.4', '25,000']
    """
    digits = 0 if abs(value) >= 1000 else 3 if abs(value) >= 0.01 else 6
    words = f"{value:,.{digits}f}"
    return words.rstrip("0").rstrip(".") if digits else words


def exact(number: Any) -> Fraction:
    """The decimal number that a float is written as: exactly 1/10 for 0.1. TypeError or ValueError otherwise.

    A numpy float of fewer bits is written with fewer digits, although as a float it has more.

    >>> exact(0.99), exact("0.5")
    (Fraction(99, 100), Fraction(1, 2))
    """
    # str is repr without the name of numpy's type.
    return Fraction(str(number) if hasattr(number, "dtype") else repr(float(number)))


def percent(share: float, digits: int | None = None) -> str:
    """A share of one as a percentage: with `digits` decimals, or with enough to tell it from nothing and from all.

    >>> [percent(share) for share in (0, 0.0004, 0.034, 0.5, 0.9996, 1)], percent(0.9996, 0)
    (['0%', '0.04%', '3.4%', '50%', '99.96%', '100%'], '100%')
    """
    if digits is None:
        least = min(abs(share), abs(1 - share))
        digits = 0 if least in (0, 0.5) or least >= 0.0995 else 1
        while digits < 9 and 0 < least < 0.5 * 10.0 ** (-2 - digits):
            digits += 1
    return f"{100 * share:.{digits}f}%"


def count(number: int, noun: str) -> str:
    """A number with its noun, which takes an "s"; "y" behind a consonant becomes "ies".

    >>> count(1, "query"), count(1200, "query"), count(2, "day")
    ('1 query', '1,200 queries', '2 days')
    """
    if number == 1:
        return f"1 {noun}"
    many = f"{noun[:-1]}ies" if noun[-1:] == "y" and noun[-2:-1] not in "aeiou" else f"{noun}s"
    return f"{number:,} {many}"


def clean(content: object, longest: int = LONGEST) -> str:
    """One line of printable text, at most `longest` characters. Text from a recording may be hostile.

    A span may hold a control character that makes XML ill-formed, or be a megabyte long.

    >>> clean("GET\\n/product\\x00")
    'GET /product�'
    """
    start = str(content)[: longest + 1]
    line = "".join(" " if char.isspace() else "�" if _unprintable(char) else char for char in start)
    return line if len(line) <= longest else line[: longest - 1] + "…"


def _unprintable(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cs", "Cn") or char in BIDI
