"""Points for an LMS: its import file, made from the gradebook export that it wrote itself.

The LMS's file says who is who and which column is which; only points are written into it. A student without a grade
(failed or missing) keeps what the LMS has, because an empty cell would erase it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from watchkeeper.kit.archive import slug
from watchkeeper.staff.errors import LmsError
from watchkeeper.staff.grade.lms import LMSES
from watchkeeper.staff.grade.lms.base import Lms, Table
from watchkeeper.staff.grade.report.terminal import plain
from watchkeeper.staff.grade.standing import Standing, number

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*\s?%?|-")  # "-" alone is how Moodle writes "no grade"
TEST_STUDENT = "student-test"  # in every course of Canvas


Standings = Mapping[str, Standing]  # by student
BOM = "\ufeff"  # without it, Excel reads a CSV file in the encoding of the computer's language


@dataclass(frozen=True)
class Export:
    """The file's text, which LMS it is for ("" for none), and what the mentor should know, one sentence each."""

    text: str
    said: tuple[str, ...] = ()
    lms: str = ""

    def write(self, path: Path) -> Path:
        """Write the file as UTF-8, replacing an earlier one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text, encoding="utf-8", newline="")
        return path


def table(standings: Standings) -> Export:
    """A plain table, for no LMS. `note` says why there are no points."""
    head = ["student", "module", "points", "possible", "state", "note"]
    lines = [
        [one.student, one.module, number(one.points), number(one.possible), one.state, plain(one.why)]
        for one in standings.values()
    ]
    return _export([head, *lines], ",", without(standings.values(), "Without points"), mark=BOM)


def without(standings: Iterable[Standing], said: str) -> list[str]:
    """Who has no grade, and why: one sentence per reason."""
    whose: dict[str, list[str]] = {}
    for one in standings:
        if one.points is None:
            whose.setdefault(plain(one.why), []).append(plain(one.student))
    return [f"{said}: {', '.join(names)}. {why}" for why, names in whose.items()]


def into(path: Path, standings: Standings, column: str = "", exceptions: Mapping[str, str] | None = None) -> Export:
    """The points in the gradebook export at `path`, with the columns that say who it is and the grade's.

    Which LMS wrote it is recognized by its header. An export with a single grade is kept whole, as its import needs it.
    `column` names the assignment's column where it isn't called like the module; `exceptions` maps a student here to
    their login, ID or name in the LMS. Raises LmsError.
    """
    found = read(path)
    lms = recognized(found, path)
    who, target = lms.who(found), lms.grade(found)
    kept = list(range(len(found.header)))
    if target < 0:
        target = column_of(found, path, standings, column, [place for place in kept if place not in who])
        kept = [*who, target]
    filled = _Filled(lms, found, target, standings, exceptions or {})
    return _export([[row[place] for place in kept] for row in filled.lines()], found.separator, filled.said(), lms.name)


def recognized(found: Table, path: Path) -> Lms:
    """The LMS that wrote an export. Raises LmsError if it is not one that we know."""
    for lms in LMSES:
        if lms.recognizes(found):
            return lms
    names, how = " or ".join(lms.name for lms in LMSES), " ".join(lms.export_how for lms in LMSES)
    raise LmsError(f"{path} is not a gradebook export of {names}. {how}")


def read(path: Path) -> Table:
    """A gradebook export as cells: comma, semicolon or tab, with or without a byte order mark. Raises LmsError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        first = text.lstrip("\r\n").split("\n", 1)[0]
        separator = max(",;\t", key=first.count)
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LmsError(f"{path} can't be read as a CSV file ({error}). Export it again, as UTF-8.") from None
    if not lines:
        raise LmsError(f"{path} is empty. Export the gradebook again.")
    header, width = lines[0], len(lines[0])
    return Table(header, [(row + [""] * width)[:width] for row in lines[1:]], separator)


def read_exceptions(path: Path) -> dict[str, str]:
    """A table of two columns: our name of a student, and their login, ID or name in the LMS. Raises LmsError."""
    found = read(path)
    if len(found.header) < 2:
        raise LmsError(
            f"{path} needs two columns: the student's name here, then their login, ID or name in the LMS. "
            "Add the second one, with a comma between them."
        )
    return {slug(row[0]): row[1].strip() for row in [found.header, *found.rows]}


def column_of(found: Table, path: Path, standings: Standings, column: str, places: Sequence[int]) -> int:
    """The column of the assignment: called `column`, or like the module. Raises LmsError unless there is just one."""
    wanted = column or next((one.module for one in standings.values()), "")
    titles = {place: re.sub(r"\s*\(\d+\)\s*$", "", found.header[place]) for place in places}
    alike = [place for place in places if wanted in (found.header[place], titles[place])]
    alike = alike or [place for place in places if wanted and f"-{slug(wanted)}-" in f"-{slug(titles[place])}-"]
    if len(alike) != 1:
        listed = ", ".join(repr(found.header[place]) for place in places) or "none"
        raise LmsError(f"{path} has {len(alike)} columns for {wanted!r}. Name one with --column; there are: {listed}.")
    return alike[0]


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> defused("=1+1"), defused(" @x"), defused("-3.5"), defused("Ada")
    ("'=1+1", "' @x", '-3.5', 'Ada')
    """
    if NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}" if cell.lstrip()[:1] in tuple("=+-@") or cell[:1] in tuple("\t\r\n") else cell


@dataclass(frozen=True)
class _Filled:
    """An LMS's table with the points in its column `target`."""

    lms: Lms
    table: Table
    target: int
    standings: Standings
    exceptions: Mapping[str, str]

    @cached_property
    def names(self) -> dict[int, set[str]]:
        """By row, everything that may be the name of the student it is about."""
        people = (place for place, row in enumerate(self.table.rows) if self.lms.is_person(row))
        return {place: set(self.lms.spellings(self.table, self.table.rows[place])) for place in people}

    @cached_property
    def found(self) -> dict[str, list[int]]:
        """The rows that may be a student's."""
        aliases = {slug(ours): slug(theirs) for ours, theirs in self.exceptions.items()}
        wanted = {student: aliases.get(slug(student), slug(student)) for student in self.standings}
        return {
            student: [place for place, names in self.names.items() if name and name in names]
            for student, name in wanted.items()
        }

    @cached_property
    def matched(self) -> dict[str, int]:
        """The row of each student of whom it is clear: they have one row, and share it with no one."""
        taken = [places[0] for places in self.found.values() if len(places) == 1]
        return {
            student: places[0]
            for student, places in self.found.items()
            if len(places) == 1 and taken.count(places[0]) == 1
        }

    def lines(self) -> list[list[str]]:
        """The header and all rows, with the points."""
        cells = [list(row) for row in self.table.rows]
        for student, place in self.matched.items():
            if self.standings[student].points is not None:
                cells[place][self.target] = number(self.standings[student].points)
        return [self.table.header, *cells]

    def said(self) -> list[str]:
        """What could not be written, and what the LMS has that we don't."""
        lms = self.lms.name
        nowhere = [student for student, places in self.found.items() if not places]
        unclear = [student for student in self.standings if student not in self.matched and student not in nowhere]
        others = self.names.keys() - self.matched.values()
        rest = [self.table.rows[place] for place in sorted(others) if TEST_STUDENT not in self.names[place]]
        said = [
            (nowhere, f"Not in {lms}'s file, so no points were written for: {{}}."),
            (unclear, f"It isn't clear which row of {lms}'s file is theirs, so no points were written for: {{}}."),
            (
                [*nowhere, *unclear][:1],
                f"Export again with --names FILE, a CSV file with two columns: the student here (such as {{}}), and "
                f"their login, ID or name in {lms}.",
            ),
            (
                [" ".join(" ".join(row[:3]).split()) for row in rest],
                f"In {lms} without a submission here, left as they are: {{}}.",
            ),
        ]
        told = [sentence.format(", ".join(map(plain, about))) for about, sentence in said if about]
        kept = (self.standings[student] for student in self.matched)
        return told + without(kept, f"Without a grade, so {lms} keeps what it has") + self._said_worth()

    def _said_worth(self) -> list[str]:
        ours, theirs = {one.possible for one in self.standings.values()}, self._possible()
        if not theirs or not ours or {theirs} == ours:
            return []
        title, here = plain(self.table.header[self.target]), max(ours)
        return [f"{title} is out of {theirs:g} in {self.lms.name} and {here:g} here; points are written as they are."]

    def _possible(self) -> float:
        """The points that the LMS counts the assignment for; 0 where its file does not say."""
        most = self.table.place("Maximum grade")
        cells = [row[self.target] for row in self.table.rows if "Points Possible" in row[0]]
        cells += [row[most] for row in self.table.rows[:1] if most >= 0]
        try:
            return float(cells[0].replace(",", ".")) if cells else 0.0
        except ValueError:
            return 0.0


def _export(
    lines: Sequence[Sequence[str]], separator: str, said: Sequence[str] = (), lms: str = "", mark: str = ""
) -> Export:
    out = io.StringIO(newline="")
    safe = [[defused(cell) for cell in row] for row in lines]
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(safe)
    changed = [
        cell for line, row in zip(lines, safe, strict=True) for was, cell in zip(line, row, strict=True) if was != cell
    ]
    listed = ", ".join(map(plain, changed))
    more = [f"Cells that a spreadsheet would take for formulas got an apostrophe: {listed}."] if changed else []
    return Export(mark + out.getvalue(), (*said, *more), lms)
