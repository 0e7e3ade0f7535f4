"""Moodle: its grade export (plain text file), and the worksheet for grading one assignment offline."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from watchkeeper.kit.archive import slug
from watchkeeper.staff.grade.lms.base import Lms, Table, spelled

NAMES = ("email address", "username", "id number", "identifier", "full name")
PARTS = ("first name", "last name", "surname")


def _who(table: Table) -> list[int]:
    return [place for place, title in enumerate(table.header) if title.strip().casefold() in (*NAMES, *PARTS)]


def _grade(table: Table) -> int:
    return table.place("Grade") if table.place("Identifier") >= 0 else -1  # only a worksheet has identifiers


def _spellings(table: Table, row: Sequence[str]) -> Iterator[str]:
    yield from spelled(row, *(table.place(name) for name in NAMES))
    first, last = table.place("First name"), table.place("Last name", "Surname")
    if first >= 0 and last >= 0:
        yield slug(f"{row[first]} {row[last]}")


MOODLE = Lms(
    name="Moodle",
    export_how="In Moodle, open Grades and choose Export > Plain text file.",
    recognizes=lambda table: table.place(*NAMES) >= 0,
    who=_who,
    grade=_grade,
    is_person=lambda row: True,
    spellings=_spellings,
    archive_name=re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)"),
    archive_folders=True,
)
