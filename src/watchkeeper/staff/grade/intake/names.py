"""Finds a submission's owner from its path, by the patterns of each LMS, nbgrader's exchange and nbgrader's layout."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from watchkeeper.kit.archive import slug
from watchkeeper.staff.grade.lms import LMSES

EXCHANGE = re.compile(r"(?P<name>.+)\+(?P<module>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d[^+]*)(?:\+(?P<rest>[^+]*))?")
USABLE = re.compile(r"[^\W_][\w.@-]{0,58}[\w@-]|[^\W_]")  # as a folder's name and as nbgrader's id of a student
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # can't be a folder's name on Windows
LONG = 120  # bytes of a folder's name
OTHER_STEPS = ("source", "release", "autograded", "feedback")  # nbgrader's other folders
TIMESTAMP = "%Y-%m-%d %H:%M:%S UTC"


@dataclass(frozen=True)
class Owner:
    """Who submitted a file according to its path, and the module and time in the path ("" and None if not there).

    `group` is the same for all files of one submission; `number` is the LMS's. `is_sure` says that the apprentice did
    not choose this name, so it counts more than any name inside.
    """

    group: str
    name: str
    rest: tuple[str, ...]
    module: str = ""
    time: datetime | None = None
    number: str = ""
    is_sure: bool = True


def owner(parts: tuple[str, ...], modules: Collection[str], in_folder: bool, is_outside: bool) -> Owner | None:
    """The owner in a file's path, or None if it names no one: a single archive, or a stray file.

    The patterns of an LMS only count for paths outside of the apprentices' archives (`is_outside`), which could imitate
    them.
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
    """The name, ID and rest in the name of a file or folder from an LMS's archive of all submissions."""
    found = (lms.archive_name.fullmatch(part) for lms in LMSES if is_file or lms.archive_folders)
    return next(filter(None, found), None)


def student(name: str) -> tuple[str, str]:
    """The folder of an apprentice with this name, and a note if it had to be changed; "" if the name can't be used.

    >>> student("ada.l@example"), student("Ada Lovelace")[0], student("a+b")[0], student("../x")[0], student("CON")[0]
    (('ada.l@example', ''), 'ada-lovelace', 'a-b', 'x', 'con-1')
    """
    if USABLE.fullmatch(name) and not RESERVED.fullmatch(name) and len(name.encode()) <= LONG:
        return name, ""
    made = slug(name).encode()[:LONG].decode("utf-8", "ignore").strip("-")
    made = f"{made}-1" if RESERVED.fullmatch(made) else made
    return made, f"that name can't be a folder name, so {made} is used"


def same(one: str, other: str) -> bool:
    """Whether two spellings may be the same name: the same letters in any order (Canvas writes lovelaceada)."""
    letters = [sorted(char for char in name.casefold() if char.isalnum()) for name in (one, other)]
    return letters[0] == letters[1]


def moment(text: object) -> datetime | None:
    """A time as nbgrader or `watchkeeper submit` writes it, or None for anything else. Without a zone it is UTC."""
    if not isinstance(text, str) or len(text) > 60:
        return None
    try:
        time = datetime.fromisoformat(re.sub(r"\s*(UTC|GMT)$", "+00:00", text.strip()))
        time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        return time if time.year >= 2000 else None
    except (ValueError, OverflowError):
        return None
