"""Canvas: its gradebook export, of which the import takes the columns up to Section and one assignment's.

Canvas's own exporter writes: one column with the name, or two; ID; up to four more columns about the person; Section;
columns of the school; the assignments, whose titles end in their ID; totals. Rows about columns have no ID.
"""

from __future__ import annotations

import re

from watchkeeper.staff.grade.lms.base import AMOUNT, Layout, Lms, Table, all_are

TITLE = re.compile(r".*\(\d+\)\s*", re.DOTALL)  # an assignment's, with its ID
NUMBER = re.compile(r"\d+")


def _by_title(table: Table) -> Layout | None:
    key, section = table.place("ID"), table.place("Section")
    last, first, student = table.place("LastName"), table.place("FirstName"), table.place("Student")
    names = (last, first) if min(last, first) >= 0 else (student,)
    if min(key, section, *names) < 0:
        return None
    logins = tuple(place for place in (table.place("SIS Login ID"), table.place("SIS User ID"), key) if place >= 0)
    return Layout(tuple(range(section + 1)), logins, names, is_family_first=len(names) == 2, key=key)


def _by_content(table: Table) -> Layout | None:
    assignments = [place for place, title in enumerate(table.header) if place > 2 and TITLE.fullmatch(title)]
    first = assignments[0] if assignments else -1
    key = next((place for place in (1, 2) if place < first and all_are(NUMBER, table.column(place))), -1)
    if key < 0 or not any(_is_about_points(row, key, assignments) for row in table.rows[:3]):
        return None
    logins = tuple(range(key, max(key + 1, first - 1)))  # the last one before the assignments is the section
    return Layout(tuple(range(first)), logins, tuple(range(key)), is_family_first=key == 2, key=key)


def _is_about_points(row: list[str], key: int, assignments: list[int]) -> bool:
    """Whether a row has the points possible: a title, no ID, and numbers below the assignments."""
    numbers = any(AMOUNT.fullmatch(row[place].strip()) for place in assignments)
    return bool(row[0].strip()) and not row[key].strip() and numbers


CANVAS = Lms(
    name="Canvas",
    export_how="In Canvas, open Grades and choose Export > Export Entire Gradebook.",
    by_title=_by_title,
    by_content=_by_content,
    number=str.strip,
    archive_name=re.compile(r"(?P<name>[^_]+)(?:_LATE)?_(?P<id>\d+)_\d+_(?P<rest>.+)", re.IGNORECASE),
    archive_folders=False,
)
