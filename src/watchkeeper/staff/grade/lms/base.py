"""What there is to know of an LMS: how to recognize its files, and how to read them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from watchkeeper.kit.archive import slug

AMOUNT = re.compile(r"-?\d+(?:[.,]\d+)?")  # a number as an LMS writes points; a locale may have a decimal comma
EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
PRONOUNS = re.compile(r"\s*\([^()]*\)\s*$")  # Canvas puts them behind a name


@dataclass(frozen=True)
class Table:
    """A gradebook export: header, rows (each as long as the header), and how its file was written.

    `separator` is what separates the cells, `newline` what ends a line, `mark` is a byte order mark or "", and `comma`
    says that its numbers have a decimal comma.
    """

    header: list[str]
    rows: list[list[str]]
    separator: str
    newline: str = "\r\n"
    mark: str = ""
    comma: bool = False

    def place(self, *names: str) -> int:
        """The index of the first of these columns that is there, ignoring case; -1 if none is."""
        found = [title.strip().casefold() for title in self.header]
        return next((found.index(name.casefold()) for name in names if name.casefold() in found), -1)

    def column(self, place: int) -> list[str]:
        """The cells of a column that are not empty."""
        return [row[place].strip() for row in self.rows if row[place].strip()]

    def amounts(self, place: int) -> bool:
        """Whether a column can be one of points: numbers, "-" for no grade, or nothing yet."""
        return all(cell in ("-", "EX", "N/A") or AMOUNT.fullmatch(cell) for cell in self.column(place))


@dataclass(frozen=True)
class Layout:
    """Which columns of an export are what, by index.

    `who` say who a row is about, and an import needs them. `logins` have logins, emails or IDs; `names` have the full
    name, or its parts as in `is_family_first`. `key`: the LMS's own ID, which its archive of submissions has too; -1 if
    it is not there. `is_whole`: the import needs every column. `grade`: the grade, where its title says so, and `most`
    its maximum; -1 where not.
    """

    who: tuple[int, ...]
    logins: tuple[int, ...]
    names: tuple[int, ...]
    is_family_first: bool = False
    key: int = -1
    is_whole: bool = False
    grade: int = -1
    most: int = -1

    def spellings(self, row: Sequence[str]) -> Iterator[str]:
        """Everything in a row that may be a student's name here, as a slug."""
        for place in self.logins:
            yield slug(row[place])
            yield slug(row[place].partition("@")[0])
        cells = [row[place] for place in self.names]
        for parts in (cells, [PRONOUNS.sub("", cell) for cell in cells]):
            family_first = self.is_family_first
            if len(parts) == 1 and "," in parts[0]:
                parts, family_first = parts[0].split(",", 1), True
            yield slug(" ".join(parts))
            yield slug(" ".join(reversed(parts)))
            if family_first:
                yield from _run_together("".join(parts))


def _run_together(name: str) -> Iterator[str]:
    """A name as Canvas writes it in its archive: the family name and the given name without anything between them."""
    yield "".join(one for one in name.casefold() if one.isalnum())
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    yield "".join(one for one in plain.casefold() if one.isalnum())


@dataclass(frozen=True)
class Lms:
    """One LMS.

    `by_title` and `by_content` find the columns of a gradebook export, or None if it is not of this LMS: by its titles,
    or, as these may be translated, by the positions and contents of columns. `export_how`: how to get an export.
    `number`: the LMS's ID in a cell of the column `key`. `archive_name`: what an item in the archive of all submissions
    is called, with the groups `name`, `id` (of the LMS) and `rest`; `archive_folders`: whether an item may be a folder.
    """

    name: str
    export_how: str
    by_title: Callable[[Table], Layout | None]
    by_content: Callable[[Table], Layout | None]
    number: Callable[[str], str]
    archive_name: re.Pattern[str]
    archive_folders: bool


def all_are(pattern: re.Pattern[str], cells: Iterable[str]) -> bool:
    """Whether there are cells, and all of them match."""
    listed = list(cells)
    return bool(listed) and all(pattern.fullmatch(cell) for cell in listed)
