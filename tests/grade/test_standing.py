"""One source of points: whatever the state of a submission, every table, report and export says the same."""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import nullcontext
from dataclasses import replace
from types import SimpleNamespace

import pytest
from nbgrader.api import Gradebook
from submissions import MODULE, ROOT, exported_by_nbgrader, released, result, unreadable

from watchkeeper.staff.author.sheet import Sheet
from watchkeeper.staff.grade import intake, session, settings
from watchkeeper.staff.grade.edition import Edition, Lesson
from watchkeeper.staff.grade.gradebook.book import Book, store
from watchkeeper.staff.grade.lms.export import into, table
from watchkeeper.staff.grade.report import page, terminal
from watchkeeper.staff.grade.report.summary import Cohort, summary
from watchkeeper.staff.grade.result import FAILED, GRADED, MISSING, REPAIRED, UNGRADED, Submission
from watchkeeper.staff.grade.submission import content, grade_one
from watchkeeper.staff.sandbox.runner import Ran

FULL, NONE, SOME = {}, {}, {"busiest-service": 3.0, "the-root": 0.5}
POINTS = {"ada": 7.0, "zero": 0.0, "rep": 3.5, "eva": 7.0}  # everyone else has no grade
STATES = {
    "ada": GRADED,
    "zero": GRADED,
    "rep": REPAIRED,
    "eva": GRADED,  # her text is not marked
    "cid": FAILED,
    "new": UNGRADED,  # graded, and then submitted again
    "sub": UNGRADED,  # submitted, and not graded
    "dan": MISSING,  # in the gradebook
    "eli": MISSING,  # in the class list
}


@pytest.fixture
def run(folder, monkeypatch):
    """The cohort, in a gradebook that nbgrader made. Nothing has to run for it."""
    edition = Edition(MODULE, "edition", {}, {}, {}, (), ())
    monkeypatch.setattr(session, "edition_of", lambda *_: edition)
    read = settings.read(ROOT, folder)
    made = {
        "ada": result("ada"),
        "zero": result("zero", points={}),
        "rep": replace(result("rep", points=SOME), state=REPAIRED),
        "eva": result("eva", answers={"first-impression": "I saw it."}),
        "cid": unreadable("cid"),
        "new": result("new"),
    }
    with Book.open(read.db_url) as book:
        for student in [*made, "sub"]:
            place = read.submitted / student / MODULE
            place.mkdir(parents=True)
            (place / "first-watch.ipynb").write_text(student)
            if student in made:
                sent = content(intake.read(read.submitted, student, MODULE))
                about = {"content": sent, "edition": read.rules("edition"), "time": None}
                store(book, folder, replace(made[student], **about), {})
    (read.submitted / "new" / MODULE / "first-watch.ipynb").write_text("better")
    with Gradebook(read.db_url) as nbgraders:
        nbgraders.update_or_create_student("dan")
    return session.kept(read, MODULE, ["eli"])


def test_only_what_has_a_grade_has_points_and_zero_is_a_grade(run):
    assert {name: one.state for name, one in run.standings.items()} == STATES
    assert {name: one.points for name, one in run.standings.items() if one.points is not None} == POINTS
    assert all(bool(one.why) != (name in POINTS) for name, one in run.standings.items())
    assert run.older == []


def test_the_plain_table_says_the_same(run):
    made = table(run.standings)
    rows = {row["student"]: row for row in csv.DictReader(io.StringIO(made.text.removeprefix("\ufeff")))}
    assert {name: float(row["points"]) for name, row in rows.items() if row["points"]} == POINTS
    noted = STATES.keys() - POINTS.keys() | {"eva"}
    assert {name for name, row in rows.items() if row["note"]} == noted
    assert rows["eva"]["note"] == "Counts 0 until it is marked: first-impression."
    assert all(any(name in said for said in made.said) for name in noted)


CANVAS = "Student,ID,Section,00-welcome (4711)\n    Points Possible,,,8.00\n"
MOODLE = "Vorname;Nachname;Mailadresse;Aufgabe: 00-welcome (Punkte);Zuletzt geladen\n"


@pytest.mark.parametrize("lms", ["Canvas", "Moodle"])
@pytest.mark.parametrize("before", ["", "1.11", "EX", "-"])
def test_an_lms_gets_the_same_and_keeps_the_rest(run, tmp_path, lms, before):
    lines = [f"{name},{place},x,{before}\n" for place, name in enumerate(STATES, 1)]
    if lms == "Moodle":
        lines = [f"{name};L;{name}@shop.example;{before};1772800000\n" for name in STATES]
    path = tmp_path / "export.csv"
    path.write_text((CANVAS if lms == "Canvas" else MOODLE) + "".join(lines), encoding="utf-8")
    made = into(path, run.standings)
    rows = list(csv.reader(io.StringIO(made.text), delimiter="," if lms == "Canvas" else ";"))
    cells = {row[0]: row[3] for row in rows if row[0] in STATES}
    assert made.lms == lms and cells.keys() == STATES.keys()
    assert {name: cell for name, cell in cells.items() if name not in POINTS} == {
        name: before for name in STATES if name not in POINTS
    }
    assert {name: float(cells[name]) for name in POINTS} == POINTS
    assert all(any(name in said for said in made.said) for name in STATES.keys() - POINTS.keys() | {"eva"})


def test_the_report_says_the_same(run):
    found = summary(Cohort(MODULE, run.results, (), run.standings), {}, {})
    shown = {one.student: terminal.points(one) for one in found.people}
    assert {name: float(points.split(" of ")[0]) for name, points in shown.items() if points} == POINTS
    html = page.html(found)
    cells = re.findall(r'<bdi>(\w+)</bdi>.*?<td class="number">.*?</td>\s*<td class="number">(.*?)</td>', html, re.S)
    assert dict(cells) == shown
    assert found.states == {GRADED: 3, REPAIRED: 1, FAILED: 1, UNGRADED: 2, MISSING: 2}


def test_nbgraders_export_says_the_same(run, folder):
    rows = exported_by_nbgrader(folder, f"sqlite:///{folder / 'gradebook.db'}")
    assert {name: float(row["score"]) for name, row in rows.items() if row["score"]} == POINTS
    assert all(not row["raw_score"] for name, row in rows.items() if name not in POINTS)


class Idle:
    """A runner whose notebooks do nothing."""

    def sealed(self, sources, *_):
        ran = Ran([None] * len(sources), [[] for _ in sources])
        return nullcontext(SimpleNamespace(ran=ran, asked=lambda: ran))


@pytest.mark.parametrize("damaged", [b"", b"{", b"\x80", b"[]", b'{"cells": 1}'])
def test_of_two_notebooks_the_one_that_can_not_be_read_is_not_worth_zero(damaged):
    sheet = Sheet({}, {}, {}, {})
    lessons = {name: Lesson(name, released(), sheet) for name in ("first-watch", "second-watch")}
    files = {"first-watch.ipynb": json.dumps(released()).encode(), "second-watch.ipynb": damaged}
    found = grade_one(Edition(MODULE, "", lessons, {}, {}, (), ()), Submission("ada", MODULE, files), Idle(), {})
    assert [one.unread for one in found.notebooks] == [False, True] and found.state == REPAIRED
    del files["second-watch.ipynb"]  # what was not submitted is worth zero, as for nbgrader
    found = grade_one(Edition(MODULE, "", lessons, {}, {}, (), ()), Submission("ada", MODULE, files), Idle(), {})
    assert [one.unread for one in found.notebooks] == [False, False]
