"""Points for an LMS: the import file of Canvas or Moodle, made from the file that the LMS itself exports.

Who is who and which column is which is the LMS's own; only points are written into it. Somebody without a grade (failed
or missing) keeps what the LMS has, for an empty cell would wipe it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.kit.archive import slug
from watchkeeper.staff.errors import LmsError
from watchkeeper.staff.grade.report.terminal import plain as shown
from watchkeeper.staff.grade.result import GRADED, REPAIRED, Result

NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*\s?%?|-")  # "-" alone is how Moodle writes "no grade"
MOODLE_NAMES = ("email address", "username", "id number", "identifier", "full name")
TEST_STUDENT = "student-test"  # of Canvas, in every course


@dataclass(frozen=True)
class Row:
    """One apprentice's points of one module; `points` is None when the submission was not graded."""

    student: str
    module: str
    points: float | None
    possible: float
    state: str


@dataclass(frozen=True)
class Export:
    """The file's text, and sentences about whoever is not in it as one would expect."""

    text: str
    said: tuple[str, ...] = ()

    def write(self, path: Path) -> Path:
        """Write the file (UTF-8, no byte order mark), in place of an earlier one."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.text, encoding="utf-8", newline="")
        return path


@dataclass(frozen=True)
class Table:
    """A gradebook export: header, rows (each as long as the header), and what separates the cells."""

    header: list[str]
    rows: list[list[str]]
    separator: str

    def place(self, *names: str) -> int:
        """Where the first of these columns is, capitals aside; -1 if there is none."""
        found = [one.strip().casefold() for one in self.header]
        return next((found.index(name.casefold()) for name in names if name.casefold() in found), -1)


def rows(results: Sequence[Result], possible: float, by_hand: Mapping[str, float] | None = None) -> dict[str, Row]:
    """Rows by apprentice. `by_hand` are points that a mentor gave for texts, by apprentice; they are added."""
    more = by_hand or {}
    return {
        one.student: Row(
            one.student,
            one.module,
            one.points + more.get(one.student, 0.0) if one.state in (GRADED, REPAIRED) else None,
            possible,
            one.state,
        )
        for one in results
    }


def plain(given: Mapping[str, Row]) -> Export:
    """Without an LMS: student, module, points, possible, state."""
    lines = [[one.student, one.module, number(one.points), number(one.possible), one.state] for one in given.values()]
    return _export([["student", "module", "points", "possible", "state"], *lines], ",", [])


def canvas(
    given: Mapping[str, Row], template: Path | None, column: str = "", exceptions: Mapping[str, str] | None = None
) -> Export:
    """Canvas's import: its student columns up to Section, and the assignment's alone, so that nothing else changes.

    `column` names the assignment where it is not called like the module; `exceptions` maps an apprentice to what stands
    in the template for them (a login, an ID or a name). Raises LmsError.
    """
    if template is None:
        return plain(given)
    table = read(template)
    if min(table.place("ID"), table.place("Section"), table.place("Student", "LastName")) < 0:
        raise LmsError(
            f"{template} is no gradebook of Canvas: it lacks the column Student, ID or Section. "
            "In Canvas, open Grades and choose Export > Export Entire Gradebook."
        )
    about = list(range(table.place("Section") + 1))
    target = column_of(table, template, given, column, [n for n in range(len(table.header)) if n not in about])
    students = [n for n, row in enumerate(table.rows) if not _is_about_columns(row)]
    names = {n: set(_canvas_names(table, table.rows[n])) for n in students}
    return _filled(given, table, [*about, target], target, names, exceptions or {}, "Canvas")


def moodle(
    given: Mapping[str, Row], template: Path | None, column: str = "", exceptions: Mapping[str, str] | None = None
) -> Export:
    """Moodle's import, from a grade export (plain text file) or from an assignment's grading worksheet.

    Of an export, the columns that say who it is and the grade's are kept; a worksheet is kept whole, as its import
    wants it. `column` and `exceptions` as for `canvas`. Raises LmsError.
    """
    if template is None:
        return plain(given)
    table = read(template)
    who = [
        n
        for n, name in enumerate(table.header)
        if name.strip().casefold() in (*MOODLE_NAMES, "first name", "last name", "surname")
    ]
    if table.place(*MOODLE_NAMES) < 0:
        raise LmsError(
            f"{template} is no grade export of Moodle: it lacks a column Email address, Username or "
            "ID number. In Moodle, open Grades and choose Export > Plain text file."
        )
    if table.place("Identifier") >= 0 and table.place("Grade") >= 0:
        target, kept = table.place("Grade"), list(range(len(table.header)))
    else:
        target = column_of(table, template, given, column, [n for n in range(len(table.header)) if n not in who])
        kept = [*who, target]
    names = {n: set(_moodle_names(table, row)) for n, row in enumerate(table.rows)}
    return _filled(given, table, kept, target, names, exceptions or {}, "Moodle")


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
    """A table of two columns: our name of an apprentice, and what stands for them in the LMS's file."""
    table = read(path)
    if len(table.header) < 2:
        raise LmsError(f"{path} needs two columns: our name of an apprentice, and their login, ID or name in the LMS.")
    return {slug(row[0]): row[1].strip() for row in [table.header, *table.rows]}


def column_of(table: Table, template: Path, given: Mapping[str, Row], column: str, places: Sequence[int]) -> int:
    """The column of the assignment: called `column`, or like the module. Raises LmsError unless there is just one."""
    wanted = column or next((row.module for row in given.values()), "")
    titles = {n: re.sub(r"\s*\(\d+\)\s*$", "", table.header[n]) for n in places}
    alike = [n for n in places if wanted in (table.header[n], titles[n])]
    alike = alike or [n for n in places if wanted and f"-{slug(wanted)}-" in f"-{slug(titles[n])}-"]
    if len(alike) != 1:
        listed = ", ".join(repr(table.header[n]) for n in places) or "none"
        raise LmsError(
            f"{template} has {len(alike)} columns for {wanted!r}. Name the one that is meant; there are: {listed}."
        )
    return alike[0]


def number(value: float | None) -> str:
    """Points as both LMSs read them.

    >>> number(12.0), number(1 / 3), number(None)
    ('12', '0.33', '')
    """
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> defused("=1+1"), defused(" @x"), defused("-3.5"), defused("Ada")
    ("'=1+1", "' @x", '-3.5', 'Ada')
    """
    if NUMBER.fullmatch(cell):
        return cell
    return f"'{cell}" if cell.lstrip()[:1] in tuple("=+-@") or cell[:1] in tuple("\t\r\n") else cell


def _is_about_columns(row: Sequence[str]) -> bool:
    """A row of Canvas that is no student's: points possible, or which columns are posted by hand."""
    return "Points Possible" in row[0] or all(re.fullmatch(r"\s*(Muted|Manual Posting.*)?\s*", one) for one in row)


def _canvas_names(table: Table, row: Sequence[str]) -> Iterator[str]:
    """All that may stand for a student of Canvas."""
    yield from _spellings(row, table.place("SIS Login ID"), table.place("SIS User ID"), table.place("ID"))
    last, first = table.place("LastName"), table.place("FirstName")
    name = row[table.place("Student")] if last < 0 else f"{row[last]}, {row[first]}"
    family, _, given = name.partition(",")
    yield slug(f"{given} {family}")
    yield slug(name)


def _moodle_names(table: Table, row: Sequence[str]) -> Iterator[str]:
    """All that may stand for a user of Moodle."""
    yield from _spellings(row, *(table.place(name) for name in MOODLE_NAMES))
    first, last = table.place("First name"), table.place("Last name", "Surname")
    if first >= 0 and last >= 0:
        yield slug(f"{row[first]} {row[last]}")


def _spellings(row: Sequence[str], *places: int) -> Iterator[str]:
    for value in (row[place] for place in places if place >= 0 and row[place].strip()):
        yield slug(value)
        yield slug(value.partition("@")[0])


def _filled(
    given: Mapping[str, Row],
    table: Table,
    kept: Sequence[int],
    target: int,
    names: Mapping[int, set[str]],
    exceptions: Mapping[str, str],
    lms: str,
) -> Export:
    """The table's kept columns with the points in the target column, and what could not be put there."""
    aliases = {slug(ours): slug(theirs) for ours, theirs in exceptions.items()}
    wanted = {student: aliases.get(slug(student), slug(student)) for student in given}
    found = {student: [n for n in names if name and name in names[n]] for student, name in wanted.items()}
    taken = [places[0] for places in found.values() if len(places) == 1]
    matched = {
        student: places[0] for student, places in found.items() if len(places) == 1 and taken.count(places[0]) == 1
    }
    cells = [list(row) for row in table.rows]
    for student, place in matched.items():
        if given[student].points is not None:
            cells[place][target] = number(given[student].points)
    lines = [[row[n] for n in kept] for row in [table.header, *cells]]
    return _export(lines, table.separator, _said(given, table, target, found, matched, names, lms))


def _said(
    given: Mapping[str, Row],
    table: Table,
    target: int,
    found: Mapping[str, list[int]],
    matched: Mapping[str, int],
    names: Mapping[int, set[str]],
    lms: str,
) -> list[str]:
    nowhere = [student for student, places in found.items() if not places]
    unclear = [student for student in given if student not in matched and student not in nowhere]
    rest = [
        row
        for n, row in enumerate(table.rows)
        if n in names and n not in matched.values() and TEST_STUDENT not in names[n]
    ]
    kept = [student for student in matched if given[student].points is None]
    title = table.header[target]
    worth = {row.possible for row in given.values()}
    theirs = _possible(table, target)
    said = [
        (nowhere, f"Not in the file of {lms}, so without points there: {{}}. Put them into the table of exceptions."),
        (
            unclear,
            f"Not clear which row of {lms} they are, so without points there: {{}}. Put them into the table of "
            "exceptions, with a login or ID.",
        ),
        (
            [" ".join(" ".join(row[:3]).split()) for row in rest],
            f"In {lms} without a submission here, left as they are: {{}}.",
        ),
        (kept, f"Not graded, so {lms} keeps what it has: {{}}."),
        (
            [title] if theirs and worth and {theirs} != worth else [],
            f"{{}} counts {theirs:g} points in {lms}, {max(worth, default=0):g} here: points are written as they are.",
        ),
    ]
    return [sentence.format(", ".join(map(shown, one))) for one, sentence in said if one]


def _possible(table: Table, target: int) -> float:
    """What the LMS counts the assignment for; 0 where its file does not say."""
    most = table.place("Maximum grade")
    cells = [row[target] for row in table.rows if "Points Possible" in row[0]]
    cells += [row[most] for row in table.rows[:1] if most >= 0]
    try:
        return float(cells[0].replace(",", ".")) if cells else 0.0
    except ValueError:
        return 0.0


def _export(lines: Sequence[Sequence[str]], separator: str, said: Sequence[str]) -> Export:
    out = io.StringIO(newline="")
    safe = [[defused(cell) for cell in row] for row in lines]
    csv.writer(out, delimiter=separator, lineterminator="\r\n").writerows(safe)
    changed = [
        cell for line, row in zip(lines, safe, strict=True) for was, cell in zip(line, row, strict=True) if was != cell
    ]
    more = [f"These cells would be formulas in a spreadsheet and got an apostrophe: {', '.join(map(shown, changed))}."]
    return Export(out.getvalue(), (*said, *(more if changed else ())))
