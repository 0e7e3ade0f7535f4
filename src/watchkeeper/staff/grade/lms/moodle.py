"""Moodle: its grade export (plain text file), and the worksheet for grading one assignment offline.

The grade export has columns about the person, one or more per assignment, and at the end when it was made, in seconds
since 1970. The worksheet begins with an identifier, "Participant" and a number, which the archive of submissions has
too; its grade is followed by the maximum. Moodle translates all titles, and the word "Participant".
"""

from __future__ import annotations

import re

from watchkeeper.staff.grade.lms.base import AMOUNT, EMAIL, Layout, Lms, Table, all_are

LOGINS = ("email address", "username", "id number", "identifier")
GIVEN, FAMILY = ("first name",), ("last name", "surname")
PARTICIPANT = re.compile(r"(\D*[^\W\d]\D*?)\s*\d+")
SECONDS = re.compile(r"\d{10}")


def _by_title(table: Table) -> Layout | None:
    logins = tuple(place for place, title in enumerate(table.header) if title.strip().casefold() in LOGINS)
    full, given, family = table.place("Full name"), table.place(*GIVEN), table.place(*FAMILY)
    if not logins and full < 0:
        return None
    names = (full,) if full >= 0 else tuple(place for place in (given, family) if place >= 0)
    who = tuple(sorted({*logins, *names, *(place for place in (given, family) if place >= 0)}))
    key = table.place("Identifier")
    if key < 0:
        return Layout(who, logins, names)
    grade, most = table.place("Grade"), table.place("Maximum grade")
    return Layout(who, logins, names, key=key, is_whole=True, grade=grade, most=most)


def _by_content(table: Table) -> Layout | None:
    emails = [place for place in range(len(table.header)) if all_are(EMAIL, table.column(place))]
    if _is_key(table):
        most = next((place for place in range(2, len(table.header)) if _is_maximum(table, place)), -1)
        if most < 0:
            return None
        return Layout((0, *emails), (0, *emails), (1,), key=0, is_whole=True, grade=most - 1, most=most)
    is_dated = all_are(SECONDS, table.column(len(table.header) - 1))
    if not emails or not is_dated:
        return None
    who = tuple(range(emails[0] + 1))
    return Layout(who, (*who[2:], emails[0]), who[:2])


def _is_key(table: Table) -> bool:
    """Whether the first column has a participant's number behind always the same word."""
    found = [PARTICIPANT.fullmatch(row[0].strip()) for row in table.rows]
    words = {one[1] for one in found if one}
    return bool(found) and all(found) and len(words) == 1


def _is_maximum(table: Table, place: int) -> bool:
    """Whether a column has the same number everywhere, and the one before it can have grades of at most that."""
    cells = [row[place].strip() for row in table.rows]
    return len(set(cells)) == 1 and bool(AMOUNT.fullmatch(cells[0])) and table.amounts(place - 1)


def _number(cell: str) -> str:
    found = re.search(r"\d+$", cell.strip())
    return found[0] if found else ""


MOODLE = Lms(
    name="Moodle",
    export_how="In Moodle, open Grades and choose Export > Plain text file.",
    by_title=_by_title,
    by_content=_by_content,
    number=_number,
    archive_name=re.compile(r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)"),
    archive_folders=True,
)
