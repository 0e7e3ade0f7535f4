"""Whose submission a path names: by the patterns of each LMS, of nbgrader's exchange, and of nbgrader's own layout."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from watchkeeper.kit.archive import slug
from watchkeeper.staff.grade.lms import LMSES

EXCHANGE = re.compile(r"(?P<name>.+)\+(?P<module>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d[^+]*)(?:\+(?P<rest>[^+]*))?")
USABLE = re.compile(r"[^\W_][\w.@-]{0,58}[\w@-]|[^\W_]")  # as a folder's name and as nbgrader's id of a student
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # no folder's name on Windows
LONG = 120  # bytes of a folder's name
OTHER_STEPS = ("source", "release", "autograded", "feedback")  # of nbgrader: made by the grader, not handed in
TIMESTAMP = "%Y-%m-%d %H:%M:%S UTC"


@dataclass(frozen=True)
class Owner:
    """Who handed in a file by its path, and what the path says of its module and time ("" and None if nothing).

    `group` names all that belongs to one hand-in; `number` is the LMS's. `is_sure`: it was not the apprentice who chose
    this name, so it counts more than any name inside.
    """

    group: str
    name: str
    rest: tuple[str, ...]
    module: str = ""
    time: datetime | None = None
    number: str = ""
    is_sure: bool = True


def owner(parts: tuple[str, ...], modules: Collection[str], in_folder: bool, is_outside: bool) -> Owner | None:
    """Read the path of a file. None for one that names nobody: an archive by itself, or a stray file.

    Only what the mentor got is asked for a system's patterns (`is_outside`): an apprentice's archive can imitate them.
    """
    for index, part in enumerate(parts):
        group, rest, is_file = "/".join(parts[: index + 1]), parts[index + 1 :], index == len(parts) - 1
        if not is_outside:
            if part in modules and not is_file:
                return Owner(group, parts[index - 1] if index else "", rest, part, is_sure=False)
        elif found := EXCHANGE.fullmatch(part):
            if not is_file and found["module"] in modules:
                return Owner(group, found["name"], rest, found["module"], moment(found["time"]))
        elif found := _in_archive(part, is_file):
            rest = (found["rest"],) if is_file and found["rest"] else rest
            where = "/".join([*parts[:index], found["name"], found["id"]])
            return Owner(where, found["name"], rest, number=found["id"])
        elif part in modules and not is_file:
            if index > 1 and parts[index - 2] in OTHER_STEPS:
                return None
            return Owner(group, parts[index - 1] if index else "", rest, part, is_sure=in_folder and index > 0)
    return None


def _in_archive(part: str, is_file: bool) -> re.Match[str] | None:
    """The name, ID and rest that an LMS's archive of all submissions gives a file or folder of this name."""
    found = (lms.archive_name.fullmatch(part) for lms in LMSES if is_file or lms.archive_folders)
    return next(filter(None, found), None)


def student(name: str) -> tuple[str, str]:
    """The folder of an apprentice of this name, and a note if it had to be another; "" if the name is no good at all.

    >>> student("ada.l@example"), student("Ada Lovelace")[0], student("a+b")[0], student("../x")[0], student("CON")[0]
    (('ada.l@example', ''), 'ada-lovelace', 'a-b', 'x', 'con-1')
    """
    if USABLE.fullmatch(name) and not RESERVED.fullmatch(name) and len(name.encode()) <= LONG:
        return name, ""
    made = slug(name).encode()[:LONG].decode("utf-8", "ignore").strip("-")
    made = f"{made}-1" if RESERVED.fullmatch(made) else made
    return made, f"the name is no folder's, so it is {made}"


def same(one: str, other: str) -> bool:
    """Whether two spellings can be of one name: the same letters in any order (Canvas writes lovelaceada)."""
    letters = [sorted(char for char in name.casefold() if char.isalnum()) for name in (one, other)]
    return letters[0] == letters[1]


def moment(text: object) -> datetime | None:
    """A time as nbgrader or `watchkeeper submit` writes it; None for anything else. Without a zone it is UTC."""
    if not isinstance(text, str) or len(text) > 60:
        return None
    try:
        time = datetime.fromisoformat(re.sub(r"\s*(UTC|GMT)$", "+00:00", text.strip()))
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        return time if time.year >= 2000 else None
    except (ValueError, OverflowError):
        return None
