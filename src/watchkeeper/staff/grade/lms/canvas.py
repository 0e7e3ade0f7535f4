"""Canvas: its gradebook export, of which the import takes the columns up to Section and one assignment's."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from watchkeeper.kit.archive import slug
from watchkeeper.staff.grade.lms.base import Lms, Table, spelled


def _recognizes(table: Table) -> bool:
    return min(table.place("ID"), table.place("Section"), table.place("Student", "LastName")) >= 0


def _who(table: Table) -> list[int]:
    return list(range(table.place("Section") + 1))


def _is_person(row: Sequence[str]) -> bool:
    """Not a row about columns: the points possible, or which columns are posted by hand."""
    return "Points Possible" not in row[0] and not all(
        re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", cell) for cell in row
    )


def _spellings(table: Table, row: Sequence[str]) -> Iterator[str]:
    yield from spelled(row, table.place("SIS Login ID"), table.place("SIS User ID"), table.place("ID"))
    last, first = table.place("LastName"), table.place("FirstName")
    name = row[table.place("Student")] if last < 0 else f"{row[last]}, {row[first]}"
    family, _, given = name.partition(",")
    yield slug(f"{given} {family}")
    yield slug(name)


CANVAS = Lms(
    name="Canvas",
    export_how="In Canvas, open Grades and choose Export > Export Entire Gradebook.",
    recognizes=_recognizes,
    who=_who,
    grade=lambda table: -1,
    is_person=_is_person,
    spellings=_spellings,
    archive_name=re.compile(r"(?P<name>[^_]+)(?:_LATE)?_(?P<id>\d+)_\d+_(?P<rest>.+)", re.IGNORECASE),
    archive_folders=False,
)
