"""What there is to know of an LMS: how to recognize its files, and how to read them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from watchkeeper.kit.archive import slug


@dataclass(frozen=True)
class Table:
    """A gradebook export: header, rows (each as long as the header), and what separates the cells."""

    header: list[str]
    rows: list[list[str]]
    separator: str

    def place(self, *names: str) -> int:
        """The index of the first of these columns that is there, ignoring case; -1 if none is."""
        found = [title.strip().casefold() for title in self.header]
        return next((found.index(name.casefold()) for name in names if name.casefold() in found), -1)


@dataclass(frozen=True)
class Lms:
    """One LMS.

    `recognizes`: whether a table is a gradebook export of this LMS. `export_how`: a sentence on how to get one.
    `who`: the columns that say who a row is about. `grade`: the column of the grade in an export that has only one, and
    is imported whole; -1 in one that has a column per assignment.
    `is_person`: whether a row is about a student. `spellings`: everything in a row that may be a student's name here.
    `archive_name`: what an item in the archive of all submissions is called, with the groups `name`, `id` (of the LMS)
    and `rest`; `archive_folders`: whether an item may be a folder.
    """

    name: str
    export_how: str
    recognizes: Callable[[Table], bool]
    who: Callable[[Table], list[int]]
    grade: Callable[[Table], int]
    is_person: Callable[[Sequence[str]], bool]
    spellings: Callable[[Table, Sequence[str]], Iterator[str]]
    archive_name: re.Pattern[str]
    archive_folders: bool


def spelled(row: Sequence[str], *places: int) -> Iterator[str]:
    """The cells at these places (-1: no such column) as our names of students, with and without an email's domain."""
    for value in (row[place] for place in places if place >= 0 and row[place].strip()):
        yield slug(value)
        yield slug(value.partition("@")[0])
