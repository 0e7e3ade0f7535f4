"""Finds a submission's owner from its path, by the patterns of each LMS, nbgrader's exchange and nbgrader's layout."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from watchkeeper.kit.archive import LETTERS, LONG, RESERVED, slug
from watchkeeper.staff.grade.intake.times import moment
from watchkeeper.staff.grade.lms import LMSES

EXCHANGE = re.compile(
    r"(?P<name>.+)\+(?P<module>[^+]+)\+(?P<time>\d{4}-\d\d-\d\d[^+]*(?:\+\d\d(?::?\d\d)?)?)(?:\+(?P<rest>[^+]*))?"
)
EXCHANGED = "nbgrader's exchange"
OTHER_STEPS = ("source", "release", "autograded", "feedback")  # nbgrader's other folders


@dataclass(frozen=True)
class Owner:
    """Who submitted a file according to its path, and the module and time in the path ("" and None if not there).

    `group` is the same for all files of one submission. `system` is the LMS or exchange that wrote the path, `number`
    is the LMS's own ID, and `written` is the time as the path has it. `is_sure` says that the apprentice did not choose
    this name, so it counts more than any name inside. `is_late` says that the LMS marks it as late.
    """

    group: str
    name: str
    rest: tuple[str, ...]
    module: str = ""
    time: datetime | None = None
    written: str = ""
    system: str = ""
    number: str = ""
    is_sure: bool = True
    is_late: bool = False


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
                time = found["time"]
                return Owner(group, found["name"], rest, found["module"], moment(time), time, EXCHANGED)
        elif item := _in_archive(part, is_file):
            system, found = item
            rest = (found["rest"],) if is_file and found["rest"] else rest
            where = "/".join([*parts[:index], found["name"], found["id"]])
            is_late = part[found.end("name") :].upper().startswith("_LATE_")
            return Owner(where, found["name"], rest, system=system, number=found["id"], is_late=is_late)
        elif part in modules and not is_file:
            if index > 1 and parts[index - 2] in OTHER_STEPS:
                return None
            return Owner(group, parts[index - 1] if index else "", rest, part, is_sure=in_folder and index > 0)
    return None


def _in_archive(part: str, is_file: bool) -> tuple[str, re.Match[str]] | None:
    """The LMS and the name, ID and rest in the name of a file or folder from its archive of all submissions."""
    found = ((lms.name, lms.archive_name.fullmatch(part)) for lms in LMSES if is_file or lms.archive_folders)
    return next(((name, match) for name, match in found if match), None)


def student(name: str) -> tuple[str, str]:
    """The folder of an apprentice with this name, and a note if it had to be changed; "" if the name can't be used.

    >>> student("ada.l@example"), student("Ada Lovelace")[0], student("a+b")[0], student("../x")[0], student("CON")[0]
    (('ada.l@example', ''), 'ada-lovelace', 'a-b', 'x', 'con-1')
    """
    name = unicodedata.normalize("NFC", name)
    if _is_usable(name):
        return name, ""
    made = slug(name)
    return made, f"that name can't be a folder name, so {made} is used" if made != name else ""


def _is_usable(name: str) -> bool:
    """Whether a name can be a folder's and nbgrader's ID of a student as it is, on every system."""
    letters = "".join("a" if char.isalnum() or unicodedata.category(char)[0] == "M" else char for char in name)
    plain = re.fullmatch(r"a[a_.@-]*[a_@-]|a", letters) and name[0].isalnum()
    return bool(plain) and len(name) <= LETTERS and len(name.encode()) <= LONG and not RESERVED.fullmatch(name)


def former(name: str) -> str:
    """The folder that edition 2026.1 made of a name: it took vowel signs and other marks for punctuation.

    >>> former("সুনীতা"), former("Łucja O'Neil")
    ('স-ন-ত', 'łucja-o-neil')
    """
    made = "-".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", name).casefold()))[:LETTERS]
    made = made.encode()[:LONG].decode("utf-8", "ignore").strip("-")
    return f"{made}-1" if RESERVED.fullmatch(made) else made


def same(one: str, other: str) -> bool:
    """Whether two spellings may be the same name: the same letters in any order (Canvas writes lovelaceada)."""
    letters = [sorted(char for char in name.casefold() if char.isalnum()) for name in (one, other)]
    return letters[0] == letters[1]
