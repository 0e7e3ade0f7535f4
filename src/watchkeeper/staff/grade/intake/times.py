"""Reads the times that submissions have, in any zone: as nbgrader, an LMS or `watchkeeper submit` writes them."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

MOMENT = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[ T_]+(\d\d):?(\d\d)(?::?(\d\d)(?:[.,](\d{1,12}))?)?)?\s*([^\s\d].*)?", re.ASCII
)
OFFSET = re.compile(
    r"(?:UTC|GMT|Z)?\s*([+\N{MINUS SIGN}-])\s?(\d\d?)(?::?(\d\d))?(?::?\d\d)?", re.ASCII | re.IGNORECASE
)
# Hours from UTC, of the abbreviations that strftime("%Z") gives in the places most people live in (tzdata 2024b).
HOURS = (
    {"utc": 0, "ut": 0, "gmt": 0, "z": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "met": 1, "mest": 2, "eet": 2}
    | {"eest": 3, "msk": 3, "wat": 1, "cat": 2, "sast": 2, "eat": 3, "idt": 3, "pkt": 5, "wib": 7, "wita": 8, "wit": 9}
    | {"hkt": 8, "jst": 9, "kst": 9, "awst": 8, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12}
    | {"nzdt": 13, "nst": -3.5, "ndt": -2.5, "ast": -4, "adt": -3, "est": -5, "edt": -4, "cdt": -5, "mst": -7}
    | {"mdt": -6, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "sst": -11}
)
# Abbreviations of several zones: the one with the most people, unless this machine's own zone is called like that.
SEVERAL = {"bst": 1, "cst": -6, "ist": 5.5, "pst": -8}


def moment(text: object) -> datetime | None:
    """A time in UTC, or None if `text` is not a time or its zone is unknown. Without a zone it is taken as UTC.

    >>> [f"{moment(text):%H:%M}" for text in ("2026-03-06 18:30:00.1 CET", "2026-03-06T18:30-03", "2026-03-06 18:30")]
    ['17:30', '21:30', '18:30']
    """
    found = _parts(text)
    if found is None:
        return None
    naive, name = found
    try:
        zone = _zone(name)
        here = naive.astimezone() if zone is None and name else naive.replace(tzinfo=zone or UTC)
        made = here.astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return made if made.year >= 2000 else None


def assumed(text: object) -> str:
    """A note if the zone in a time is called like other zones, and one of them had to be chosen; else ""."""
    found, read = _parts(text), moment(text)
    if found is None or read is None or found[1].lower() not in SEVERAL:
        return ""
    return f"its time zone {found[1]} has several meanings; {found[0]:%Y-%m-%d %H:%M} is read as {read:%H:%M} UTC"


def _parts(text: object) -> tuple[datetime, str] | None:
    """A date and time without a zone, and what the text calls the zone ("" if it does not say)."""
    found = MOMENT.fullmatch(text.strip()) if isinstance(text, str) and len(text) <= 80 else None
    if not found:
        return None
    *clock, fraction, zone = found.groups()
    try:
        year, month, day, hour, minute, second = (int(one or 0) for one in clock)
        naive = datetime(year, month, day, hour, minute, second, int((fraction or "0")[:6].ljust(6, "0")))
    except ValueError:
        return None
    return naive, re.sub(r"\s*\([^()]*\)$", "", zone or "").strip() or (zone or "").strip("() ")


def _zone(name: str) -> tzinfo | None:
    """The zone of this name or offset; None for this machine's own zone or no name. Raises ValueError."""
    if found := OFFSET.fullmatch(name):
        sign, hours, minutes = found.groups()
        ahead = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(ahead if sign == "+" else -ahead)
    known = name.lower()
    if not name or (known in SEVERAL and name in time.tzname):
        return None
    if known in HOURS or known in SEVERAL:
        return timezone(timedelta(hours=(HOURS | SEVERAL)[known]))
    try:  # such as Europe/Berlin or EST5EDT
        return ZoneInfo(name)
    except Exception:  # zoneinfo passes on what the file system says about a name from outside
        raise ValueError(name) from None
