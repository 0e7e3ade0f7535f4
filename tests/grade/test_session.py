"""A mentor's day with the invented cohort: taken in, graded, killed, continued, marked by hand, exported."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from watchkeeper.errors import WatchkeeperError
from watchkeeper.staff.grade import intake, session, settings
from watchkeeper.staff.grade.gradebook import autograded
from watchkeeper.staff.grade.gradebook.book import Book
from watchkeeper.staff.grade.nbgrader import commands
from watchkeeper.staff.grade.practice import cohort
from watchkeeper.staff.grade.result import FAILED, GRADED, MISSING, REPAIRED, UNGRADED, Result

ROOT = Path(__file__).parents[2]
MODULE, LESSON = "00-welcome", "first-watch"
SECONDS = 3  # per cell: endless loops in this cohort use all of it
COMMAND = [sys.executable, "-c", "from watchkeeper.commands import main; main()"]


def read(folder: Path, db: str = "") -> settings.Settings:
    found = settings.read(ROOT, folder, db)
    found.config.Execute.timeout = SECONDS
    return found


@pytest.fixture(scope="module")
def handed_in(tmp_path_factory):
    """The cohort of twelve in a course folder with a space in its name, taken in and not graded."""
    folder = tmp_path_factory.mktemp("a school")
    made = cohort.write(ROOT, folder, MODULE)
    taken = intake.take_in(made.handed_in, folder / "submitted", {MODULE: {LESSON}})
    assert all(isinstance(one, intake.Taken) for one in taken)
    return folder, made.plan


@pytest.fixture(scope="module")
def graded(handed_in):
    folder, plan = handed_in
    return folder, plan, session.grade(read(folder), session.Job(MODULE))


@pytest.fixture
def copy(handed_in, tmp_path):
    shutil.copytree(handed_in[0] / "submitted", tmp_path / "submitted")
    return tmp_path


def points(folder: Path) -> dict[str, dict[str, float | None]]:
    """The automatic points in the gradebook, by student and check."""
    with Book.open(read(folder).db_url) as book:
        return {
            student: {
                name: points
                for one in book.scores(student, MODULE).values()
                for name, (points, _) in one.points.items()
            }
            for student in book.students()
        }


def test_every_submission_gets_the_grade_that_was_planned(graded):
    _, plan, run = graded
    assert cohort.differences(plan, run.results) == []
    assert {one.state for one in run.results} == {GRADED, REPAIRED, FAILED}


def test_plain_nbgrader_gives_the_same_points_by_the_same_judge(graded):
    """For all that stock nbgrader can grade: it fails on a file that is not a notebook, or has another name."""
    folder, _, run = graded
    ours = points(folder)
    other = folder / "by nbgrader"
    shutil.copytree(folder / "submitted", other / "submitted")
    commands.prepare(ROOT, other)
    nbgrader = commands.api(ROOT, other)
    nbgrader.config.Execute.timeout = SECONDS
    commands.must(nbgrader.generate_assignment(MODULE, force=True), "generate")
    compared = []
    for result in run.results:
        files = {path.name for path in (folder / "submitted" / result.student / MODULE).glob("*.ipynb")}
        if result.state == FAILED or files != {f"{LESSON}.ipynb"}:
            continue
        finished = nbgrader.autograde(MODULE, result.student, force=True)["success"]
        if not finished:
            assert result.state == REPAIRED  # stock nbgrader refuses a duplicate check and lost metadata
            continue
        theirs = {
            name: points or 0.0 for name, points in commands.scores(nbgrader, MODULE, result.student).points.items()
        }
        assert theirs == {name: points or 0.0 for name, points in ours[result.student].items()}, result.student
        compared.append(result.student)
    assert len(compared) >= 6


def test_grading_again_only_grades_what_has_changed(graded):
    folder, _, run = graded
    changed = run.results[0].student
    notebook = next((folder / "submitted" / changed / MODULE).glob("*.ipynb"))
    before = notebook.read_bytes()
    stamps = {path: path.stat().st_mtime_ns for path in (folder / "autograded").rglob(autograded.RECORD)}
    notebook.write_bytes(before + b"\n")
    try:
        again = session.grade(read(folder), session.Job(MODULE))
    finally:
        notebook.write_bytes(before)
    assert again.graded == [changed]
    touched = {path for path, stamp in stamps.items() if path.stat().st_mtime_ns != stamp}
    assert {path.parent.parent.name for path in touched} == {changed}
    assert [(one.student, one.points) for one in again.results] == [(one.student, one.points) for one in run.results]


def test_what_the_machine_was_too_busy_for_is_graded_again_alone(copy, monkeypatch):
    """At the end of the same run; and if that fails too, by the next run. Until then it has no grade of any kind."""
    students = sorted(path.name for path in (copy / "submitted").iterdir())[:3]
    unlucky, times, working = students[0], dict.fromkeys(students, 0), set()
    most_at_once, grade_one = [], session.grade_one

    def busy(edition, submission, *more):
        student = submission.student
        times[student] += 1
        working.add(student)
        try:
            if student == unlucky and times[student] < 3:
                most_at_once.append((times[student], len(working), sum(times.values())))
                return Result(student, MODULE, UNGRADED, "The machine was too busy.")
            return grade_one(edition, submission, *more)
        finally:
            working.remove(student)

    monkeypatch.setattr(session, "grade_one", busy)
    run = session.grade(read(copy), session.Job(MODULE, tuple(students)))
    assert times == {one: 2 if one == unlucky else 1 for one in students}
    assert most_at_once[1] == (2, 1, 4), "the second try came last, and alone"
    assert sorted(run.graded) == students[1:]
    (result,) = [one for one in run.results if one.student == unlucky]
    assert (result.state, result.notebooks) == (UNGRADED, ())
    assert not (copy / "autograded" / unlucky).exists() and unlucky not in points(copy)
    again = session.grade(read(copy), session.Job(MODULE, tuple(students)))
    assert again.graded == [unlucky] and times[unlucky] == 3
    assert unlucky in points(copy)


def test_a_grade_given_by_hand_stays(graded):
    from nbgrader.api import Gradebook

    folder, _, run = graded
    student = next(one.student for one in run.results if one.state == GRADED)
    with Gradebook(read(folder).db_url) as book:
        (notebook,) = book.find_submission(MODULE, student).notebooks
        grade = next(one for one in notebook.grades if one.auto_score is None)
        grade.manual_score = 0.75
        book.db.commit()
        name = grade.name
    session.grade(read(folder), session.Job(MODULE, (student,), force=True))
    assert points(folder)[student][name] == 0.75
    rows = session.points(read(folder), MODULE)
    result = next(one for one in run.results if one.student == student)
    assert rows[student].points == result.points + 0.75


def test_a_student_on_the_list_who_submitted_nothing_is_missing(graded):
    from nbgrader.api import Gradebook

    folder, *_ = graded
    with Gradebook(read(folder).db_url) as book:
        book.update_or_create_student("who-never-came")
    run = session.kept(read(folder), MODULE)
    assert {one.student: one.state for one in run.results}["who-never-came"] == MISSING


@pytest.mark.parametrize("moment", [0.3, 1.0, 2.5, 4.0])
def test_a_killed_run_continues_where_it_stopped(copy, graded, moment):
    """kill -9 at any moment: nothing is lost or doubled, nothing that ran survives, and the next run ends the work."""
    before = set(orphans())
    arguments = ["grade", MODULE, "--root", str(ROOT), "--folder", str(copy)]
    began = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    until = time.monotonic() + 60
    while not list(copy.glob("autograded/*/*/graded.json")) and began.poll() is None and time.monotonic() < until:
        time.sleep(0.02)  # the moments are counted from the first stored result
    time.sleep(moment)
    os.killpg(began.pid, signal.SIGKILL)
    began.wait()
    stored = {path.parent.parent.name: path.stat().st_mtime_ns for path in copy.glob("autograded/*/*/graded.json")}
    assert stored
    until = time.monotonic() + 10
    while (left := set(orphans()) - before) and time.monotonic() < until:
        time.sleep(0.05)
    assert not left
    run = session.grade(read(copy), session.Job(MODULE))
    assert not set(run.graded) & set(stored), "what was stored whole is not graded again"
    assert cohort.differences(graded[1], run.results) == []
    with Book.open(read(copy).db_url) as book:
        assert book.students() == sorted(one.student for one in run.results)


def orphans() -> list[str]:
    """Warm processes whose grader is gone."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            said, parent = (path / "cmdline").read_bytes(), (path / "stat").read_text().rpartition(")")[2].split()[1]
        except OSError:  # it has ended meanwhile
            continue
        if b"watchkeeper.staff.sandbox.zygote" in said and parent == "1":
            found.append(path.name)
    return found


def test_a_second_grader_at_the_same_time_is_refused(copy):
    with session.locked(copy), pytest.raises(WatchkeeperError, match="Another grader is at work"):
        session.grade(read(copy), session.Job(MODULE))


def failing(folder: Path, *arguments: str) -> str:
    """Run a command that must fail with a sentence on stderr, exit code 1 and no traceback. Gives the sentence."""
    done = subprocess.run(
        [*COMMAND, *arguments, "--root", str(ROOT), "--folder", str(folder)], capture_output=True, text=True
    )
    assert done.returncode == 1, done
    assert "Traceback" not in done.stderr
    return done.stderr


def test_an_unknown_module_is_named(copy):
    said = failing(copy, "grade", "01-criticalpath")
    assert "no module '01-criticalpath'" in said and "01-critical-path" in said


def test_without_submissions_it_says_how_to_take_them_in(tmp_path):
    assert "watchkeeper take-in" in failing(tmp_path, "grade", MODULE)


def test_a_student_who_submitted_nothing_is_named(copy):
    said = failing(copy, "grade", MODULE, "unknown-student")
    assert "from unknown-student" in said and "There is one from each of: " in said


def test_a_broken_configuration_is_named(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config(\n")
    with pytest.raises(WatchkeeperError, match=r"nbgrader_config\.py can't be read: SyntaxError"):
        settings.read(tmp_path)


def test_a_locked_gradebook_is_reported_and_nothing_is_lost(graded):
    import sqlite3

    folder, _, run = graded
    holder = sqlite3.connect(folder / "gradebook.db", isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        with pytest.raises(WatchkeeperError, match="gradebook"):
            session.grade(read(folder), session.Job(MODULE, (run.results[0].student,), force=True))
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    again = session.grade(read(folder), session.Job(MODULE))
    assert [one.points for one in again.results if one.state != MISSING] == [one.points for one in run.results]


def test_the_points_are_exported_as_a_table(graded):
    folder, _, run = graded
    out = folder / "out.csv"
    done = subprocess.run(
        [*COMMAND, "export", MODULE, "--out", str(out), "--root", str(ROOT), "--folder", str(folder)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    rows = {row["student"]: row for row in csv.DictReader(out.open(encoding="utf-8"))}
    assert {one.student for one in run.results} <= set(rows)


def test_feedback_is_written_for_everyone_who_is_graded(graded):
    folder, _, run = graded
    pages = list(session.feedback(read(folder), MODULE))
    assert {path.parent.parent.name for path in pages} == {one.student for one in run.results}
    failed = next(one for one in run.results if one.state == FAILED)
    page = next(path for path in pages if failed.student in path.parts).read_text(encoding="utf-8")
    assert failed.reason[:40] in page
