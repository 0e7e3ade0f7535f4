"""Points for an LMS: its import file, made from the gradebook export that it wrote itself.

The LMS's file says who is who and which column is which; only points are written into it. A student without a grade
(failed or missing) keeps what the LMS has, because an empty cell would erase it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from watchkeeper.kit.archive import slug
from watchkeeper.staff.errors import LmsError
from watchkeeper.staff.grade.intake.disk import Origin, origins
from watchkeeper.staff.grade.lms import CANVAS, LMSES
from watchkeeper.staff.grade.lms.base import AMOUNT, Layout, Lms, Table
from watchkeeper.staff.grade.lms.table import BOM, read, written
from watchkeeper.staff.grade.report.terminal import plain
from watchkeeper.staff.grade.standing import Standing, number

TEST_STUDENT = "student-test"  # in every course of Canvas
Standings = Mapping[str, Standing]  # by student
UNMARKED = "With a text that you have not marked"
PLAIN = Table([], [], ",", mark=BOM)  # how our own tables are written


@dataclass(frozen=True)
class People:
    """What is known of who is who in the LMS.

    `origins`: by student, what the LMS called them in its archive of submissions. `exceptions`: by our name, their
    login, ID or name in the LMS, as the mentor says. `column`: the title of a column with logins, IDs, emails or names.
    """

    origins: Mapping[str, Origin]
    exceptions: Mapping[str, str]
    column: str = ""


NOTHING_KNOWN = People({}, {})


def known(submitted: Path, module: str) -> dict[str, Origin]:
    """By student, what an LMS called them in its archive. Canvas has one ID per person, Moodle one per assignment."""
    anywhere = {student: one for student, one in origins(submitted).items() if one.system == CANVAS.name}
    here = {student: one for student, one in origins(submitted, module).items() if one.number}
    return anywhere | here


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
    """A plain table, for no LMS. `note` says why there are no points, or what is not in them yet."""
    head = ["student", "module", "points", "possible", "state", "note"]
    lines = [
        [one.student, one.module, number(one.points), number(one.possible), one.state, plain(one.note)]
        for one in standings.values()
    ]
    said = without(standings.values(), "Without points") + without(standings.values(), UNMARKED, unmarked=True)
    return _export([head, *lines], PLAIN, said)


def without(standings: Iterable[Standing], said: str, unmarked: bool = False) -> list[str]:
    """Who has no grade, or has an unmarked text, and why: one sentence per reason."""
    whose: dict[str, list[str]] = {}
    for one in standings:
        if one.unmarked if unmarked else one.points is None:
            whose.setdefault(plain(one.note), []).append(plain(one.student))
    return [f"{said}: {', '.join(names)}. {why}" for why, names in whose.items()]


def into(path: Path, standings: Standings, column: str = "", people: People = NOTHING_KNOWN) -> Export:
    """The points in the gradebook export at `path`, with the columns that its import needs.

    Which LMS wrote it is recognized by its titles, or by what is in its columns. `column` is the title of the column to
    fill in, where that isn't clear. Raises LmsError.
    """
    found = read(path)
    lms, layout = recognized(found, path, people.column)
    every = range(len(found.header))
    target = layout.grade
    if target < 0 or column:
        target = column_of(found, path, standings, column, [place for place in every if place not in layout.who])
    kept = list(every) if layout.is_whole else [*layout.who, target]
    filled = _Filled(lms, layout, found, target, standings, people)
    return _export([[row[place] for place in kept] for row in filled.lines()], found, filled.said(), filled.name)


def recognized(found: Table, path: Path, who: str = "") -> tuple[Lms | None, Layout]:
    """The LMS that wrote an export, and its columns; `who` is the title of one with people's logins, IDs or names.

    With `who`, it may be the export of any other system (None). Raises LmsError if it is not one that we know.
    """
    place = found.place(who) if who else -1
    if who and place < 0:
        raise LmsError(f"{path} has no column {who!r}. There are: {', '.join(map(repr, found.header))}.")
    for by_title in (True, False):
        for lms in (CANVAS, *(one for one in LMSES if one is not CANVAS)):  # Canvas's has more to be recognized by
            layout = (lms.by_title if by_title else lms.by_content)(found)
            if layout is not None:
                return lms, replace(layout, logins=(*layout.logins, *([place] if who else [])))
    if who:
        return None, Layout((place,), (place,), (place,), is_whole=True)
    names, how = " or ".join(lms.name for lms in LMSES), " ".join(lms.export_how for lms in LMSES)
    raise LmsError(
        f"{path} is not a gradebook export of {names}. {how} For a file of another system, name its column with the "
        "students' logins, emails, IDs or names: --who TITLE"
    )


def read_exceptions(path: Path) -> dict[str, str]:
    """A table of two columns: our name of a student, and their login, ID or name in the LMS. Raises LmsError."""
    found = read(path)
    if len(found.header) < 2:
        raise LmsError(
            f"{path} needs two columns: the student's name here, then their login, ID or name in the LMS. "
            "Add the second one, with a comma between them."
        )
    made: dict[str, str] = {}
    for row in [found.header, *found.rows]:
        ours, theirs = slug(row[0]), row[1].strip()
        if made.get(ours, theirs) != theirs:
            raise LmsError(
                f"{path} has {plain(row[0])} twice: as {plain(made[ours])} and as {plain(theirs)}. Delete one."
            )
        if other := next((one for one, same in made.items() if same and same == theirs and one != ours), None):
            raise LmsError(
                f"{path} gives {plain(theirs)} to both {other} and {ours}, who can't be one person. Delete one."
            )
        made[ours] = theirs
    return made


def column_of(found: Table, path: Path, standings: Standings, column: str, places: Sequence[int]) -> int:
    """The column of the assignment: called `column`, or like the module. Raises LmsError unless there is just one."""
    wanted = column or next((one.module for one in standings.values()), "")
    titles = {place: re.sub(r"\s*\(\d+\)\s*$", "", found.header[place]) for place in places}
    alike = [place for place in places if wanted in (found.header[place], titles[place])]
    alike = alike or [place for place in places if wanted and f"-{slug(wanted)}-" in f"-{slug(titles[place])}-"]
    # Moodle can export a grade as points, as a percentage and as a letter, and feedback next to it.
    if len(alike) > 1 and all(titles[place] == found.header[place] for place in alike):
        alike = [place for place in alike if found.amounts(place)] or alike
    if len(alike) != 1:
        listed = ", ".join(repr(found.header[place]) for place in places) or "none"
        raise LmsError(f"{path} has {len(alike)} columns for {wanted!r}. Name one with --column; there are: {listed}.")
    return alike[0]


@dataclass(frozen=True)
class _Filled:
    """An LMS's table with the points in its column `target`."""

    lms: Lms | None
    layout: Layout
    table: Table
    target: int
    standings: Standings
    people: People

    @property
    def name(self) -> str:
        return self.lms.name if self.lms else "the other system"

    @cached_property
    def rows(self) -> dict[int, list[str]]:
        """The rows about people, by their place. Others, such as Canvas's points possible, have no ID."""
        key = self.layout.key
        return {place: row for place, row in enumerate(self.table.rows) if key < 0 or row[key].strip()}

    @cached_property
    def names(self) -> dict[int, set[str]]:
        """By row, everything that may be the name of the student it is about."""
        return {place: {*self.layout.spellings(row)} - {""} for place, row in self.rows.items()}

    def key_of(self, student: str) -> str:
        """The LMS's own ID of a student, from its archive; "" if it is not known or not in this export."""
        origin = self.people.origins.get(student)
        is_known = origin is not None and self.lms is not None and self.layout.key >= 0
        return origin.number if origin is not None and is_known and origin.system == self.name else ""

    def places(self, student: str) -> list[int]:
        """The rows that may be a student's: as the mentor says, or else by the LMS's own ID, or else by name."""
        if theirs := self.people.exceptions.get(slug(student)):
            who, name = self.layout.who, slug(theirs)
            exact = [place for place, row in self.rows.items() if theirs in (row[one].strip() for one in who)]
            return exact or self._of_key(theirs) or [place for place, names in self.names.items() if name in names]
        if key := self.key_of(student):
            return self._of_key(key)
        origin = self.people.origins.get(student)
        ours = {slug(student), slug(origin.name) if origin else ""} - {""}
        return [place for place, names in self.names.items() if names & ours]

    def _of_key(self, key: str) -> list[int]:
        if self.lms is None or self.layout.key < 0:
            return []
        return [place for place, row in self.rows.items() if self.lms.number(row[self.layout.key]) == key]

    @cached_property
    def found(self) -> dict[str, list[int]]:
        return {student: self.places(student) for student in self.standings}

    @cached_property
    def shared(self) -> dict[int, list[str]]:
        """The rows that are several students' here."""
        whose: dict[int, list[str]] = {}
        for student, places in self.found.items():
            if len(places) == 1:
                whose.setdefault(places[0], []).append(student)
        return {place: students for place, students in whose.items() if len(students) > 1}

    @cached_property
    def matched(self) -> dict[str, int]:
        """The row of each student of whom it is clear: they have one row, and share it with no one."""
        one_row = {student: places[0] for student, places in self.found.items() if len(places) == 1}
        return {student: place for student, place in one_row.items() if place not in self.shared}

    def lines(self) -> list[list[str]]:
        """The header and all rows, with the points."""
        cells = [list(row) for row in self.table.rows]
        for student, place in self.matched.items():
            if self.standings[student].points is not None:
                text = number(self.standings[student].points)
                cells[place][self.target] = text.replace(".", ",") if self.table.comma else text
        return [self.table.header, *cells]

    def said(self) -> list[str]:
        """What could not be written, and what the LMS has that we don't."""
        lms = self.name
        nowhere = [student for student, places in self.found.items() if not places]
        unclear = [student for student, places in self.found.items() if len(places) > 1]
        twice = [student for students in self.shared.values() for student in students]
        others = self.rows.keys() - {place for places in self.found.values() for place in places}
        rest = [self.shown(place) for place in sorted(others) if TEST_STUDENT not in self.names[place]]
        told = []
        if nowhere:
            listed = (f"{student} (ID {key})" if (key := self.key_of(student)) else student for student in nowhere)
            told.append(f"Not in {lms}'s file, so no points were written for: {_listed(listed)}.")
        if unclear:
            why = f"It isn't clear which row of {lms}'s file is theirs"
            told.append(f"{why}, so no points were written for: {_listed(unclear)}.")
        for place, students in self.shared.items():
            told.append(
                f"Here {_listed(students)} are two submissions, and in {lms} one person ({self.shown(place)}), so no "
                "points were written for that person."
            )
        if first := [*nowhere, *unclear, *twice][:1]:
            told.append(
                f"Export again with --names FILE, a CSV file with two columns: the student here (such as "
                f"{plain(first[0])}), and their login, ID or name in {lms}."
            )
        if unknown := self.people.exceptions.keys() - {slug(student) for student in self.standings}:
            first_row = next(iter(self.people.exceptions))  # it may be titles
            if extra := sorted(unknown - {first_row}):
                told.append(f"In the table of exceptions, but not here: {_listed(extra)}.")
        if rest:
            told.append(f"In {lms} without a submission here, left as they are: {_listed(rest)}.")
        kept = [self.standings[student] for student in self.matched]
        told += without(kept, f"Without a grade, so {lms} keeps what it has") + without(kept, UNMARKED, unmarked=True)
        return told + self._said_worth()

    def shown(self, place: int) -> str:
        return plain(" ".join(self.table.rows[place][:3]))

    def _said_worth(self) -> list[str]:
        ours, theirs = {one.possible for one in self.standings.values()}, self._possible()
        if not theirs or not ours or {theirs} == ours:
            return []
        title, here = plain(self.table.header[self.target]), max(ours)
        return [f"{title} is out of {theirs:g} in {self.name} and {here:g} here; points are written as they are."]

    def _possible(self) -> float:
        """The points that the LMS counts the assignment for; 0 where its file does not say."""
        cells = [row[self.target].strip() for place, row in enumerate(self.table.rows) if place not in self.rows]
        if self.layout.most >= 0:
            cells += [row[self.layout.most].strip() for row in self.table.rows[:1]]
        found = next((cell for cell in cells if AMOUNT.fullmatch(cell)), "0")
        return float(found.replace(",", "."))


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(plain, names))


def _export(lines: Sequence[Sequence[str]], like: Table, said: Sequence[str] = (), lms: str = "") -> Export:
    text, changed = written(lines, like)
    more = (
        [f"Cells that a spreadsheet would take for formulas got an apostrophe: {_listed(changed)}."] if changed else []
    )
    return Export(text, (*said, *more), lms)
