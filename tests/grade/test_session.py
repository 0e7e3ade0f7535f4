"""A mentor's day with the invented cohort: taken in, graded, killed, continued, marked by hand, exported."""

from __future__ import annotations

import csv
import os
import shlex
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
from watchkeeper.staff.grade.lms import classlist
from watchkeeper.staff.grade.nbgrader import commands
from watchkeeper.staff.grade.nbgrader.folder import configure
from watchkeeper.staff.grade.practice import cohort
from watchkeeper.staff.grade.result import BY_NBGRADER, FAILED, GRADED, MISSING, REPAIRED, UNGRADED, Result

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
    rows = session.kept(read(folder), MODULE).standings
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
    configure(ROOT, copy)
    with (copy / settings.CONFIGURATION).open("a") as own:
        own.write(f"c.Execute.timeout = {SECONDS}\n")
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


def course_in(folder: Path) -> Path:
    """The beginnings of a repository, in which a configuration can be tried."""
    (folder / "course").mkdir()
    (folder / settings.COURSE).touch()
    (folder / "datasets" / "held-back").mkdir(parents=True)
    return folder


def test_a_broken_configuration_is_named(tmp_path):
    course_in(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config(\n")
    with pytest.raises(WatchkeeperError, match=r"nbgrader_config\.py can't be read: SyntaxError"):
        settings.read(tmp_path)


def test_a_folder_that_is_no_repository_is_refused_at_once(tmp_path):
    with pytest.raises(WatchkeeperError, match=r"is not the course's repository: it has no course/course\.toml"):
        settings.read(tmp_path)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\nc.Judge.root = '/nowhere'\n")
    with pytest.raises(WatchkeeperError, match="Run this in the repository, or name it with --root"):
        settings.read(tmp_path)


def test_the_cohorts_own_configuration_counts_and_what_it_replaces_is_reported(tmp_path):
    root, folder = course_in(tmp_path), tmp_path / "a cohort"
    ours, theirs = root / settings.CONFIGURATION, folder / settings.CONFIGURATION
    ours.write_text(
        "c = get_config()\nc.LateSubmissionPlugin.penalty_method = 'zero'\nc.Execute.timeout = 30\n"
        "c.CourseDirectory.ignore.append('x')\nc.Judge.root = '/there'\n"
    )
    assert settings.read(root, folder).config.LateSubmissionPlugin.penalty_method == "zero"  # there is only one
    configure(root, folder)
    found = settings.read(root, folder)
    assert found.ignored == () and found.config.LateSubmissionPlugin.penalty_method == "zero"
    with theirs.open("a") as own:
        own.write("c.Execute.timeout = 7\nc.CourseDirectory.db_url = 'sqlite:////tmp/one.db'\n")
    configure(root, folder)  # as `take-in` does
    found = settings.read(root, folder)
    assert found.budget.cell_seconds == 7 and found.db_url == "sqlite:////tmp/one.db"
    assert found.ignored == (
        f"Execute.timeout = 30 in {ours} does not count here: {theirs} has 7, and that file counts.",
    )
    theirs.write_text("c = get_config()\nc.Execute.timeout = 30\nc.Judge.root = '/there'\n")
    found = settings.read(root, folder)
    assert "penalty_method" not in found.config.LateSubmissionPlugin
    assert [one.split(" in ")[0] for one in found.ignored] == [
        "CourseDirectory.ignore = {'extend': ['x']}",
        "LateSubmissionPlugin.penalty_method = 'zero'",
    ]
    assert all("does not have it, and that file counts" in one for one in found.ignored)


def test_a_time_limit_is_part_of_what_a_mark_depends_on(tmp_path):
    root = course_in(tmp_path)
    digests = set()
    for limit in ("30", "60", "2.5"):
        (root / settings.CONFIGURATION).write_text(f"c = get_config()\nc.Execute.timeout = {limit}\n")
        digests |= {settings.read(root).rules("edition"), settings.read(root).rules("another")}
    assert len(digests) == 6


@pytest.mark.parametrize("place", ["root", "folder", "elsewhere"])
@pytest.mark.parametrize("own", ["configured", "bare", "in the repository"])
@pytest.mark.parametrize("db", ["", "sqlite:////tmp/a 'book'.db"])
def test_a_command_in_a_hint_means_the_same_where_it_is_printed(tmp_path, monkeypatch, place, own, db):
    """Wherever it is typed: the same repository, the same folder, the same gradebook."""
    (tmp_path / "a $course").mkdir()
    root = course_in(tmp_path / "a $course")
    (root / settings.CONFIGURATION).write_text(f"c = get_config()\nc.Judge.root = {str(root)!r}\n")
    folder = root if own == "in the repository" else tmp_path / 'it\'s a "cohort"'
    folder.mkdir(exist_ok=True)
    if own == "configured":
        configure(root, folder)
    monkeypatch.chdir({"root": root, "folder": folder, "elsewhere": tmp_path}[place])
    found = settings.read(root, folder, db)
    name, *words = shlex.split(found.command("report", MODULE, "--text").partition(" ")[2])
    options = dict(zip(words[2::2], words[3::2], strict=True))
    assert (name, words[:2]) == ("report", [MODULE, "--text"]) and options.keys() <= {"--root", "--folder", "--db"}
    typed = settings.read(
        Path(options.get("--root", "")),
        Path(options["--folder"]) if "--folder" in options else None,
        options.get("--db", ""),
    )
    assert (typed.root, typed.folder, typed.db_url) == (found.root, found.folder, found.db_url)
    if (place, own) == ("folder", "configured"):
        assert options.keys() == ({"--db"} if db else set())


def test_a_hint_never_has_a_password(tmp_path):
    root = course_in(tmp_path)
    (root / settings.CONFIGURATION).write_text("c = get_config()\n")
    assert "secret" not in settings.read(root, db_url="postgresql://me:secret@host/x").command("grade", MODULE)


def test_moving_the_due_date_changes_marks_without_grading(graded):
    """Both ways; and the table, the report, the exported points and nbgrader's gradebook say the same."""
    from nbgrader.api import Gradebook

    folder, _, _ = graded
    found = read(folder)
    found.config.LateSubmissionPlugin.penalty_method = "zero"
    try:
        for date, is_late in (("2020-01-01", True), ("2040-01-01", False)):
            with Gradebook(found.db_url) as book:
                book.update_or_create_assignment(MODULE, duedate=date)
            run = session.grade(found, session.Job(MODULE))
            assert run.graded == [] and run.settled
            kept = session.kept(found, MODULE)
            assert kept.standings == run.standings and kept.settled == []
            for one in run.standings.values():
                assert (one.late is not None) == (is_late and one.student in found_in(folder)), one
                assert not (is_late and one.points), one
            assert any(one.points for one in run.standings.values()) != is_late
            with Gradebook(found.db_url) as book:
                for one in run.standings.values():
                    if one.points is not None:
                        theirs = book.find_submission(MODULE, one.student)
                        assert theirs.score - theirs.late_submission_penalty == one.points
    finally:
        with Gradebook(found.db_url) as book:
            book.update_or_create_assignment(MODULE, duedate=None)


def found_in(folder: Path) -> list[str]:
    """Who is in the gradebook with a submission that has a time."""
    with Book.open(read(folder).db_url) as book:
        return [student for student, total in book.totals(MODULE).items() if total.time]


def test_a_later_submission_is_not_graded_yet_until_it_is(graded):
    folder, _, run = graded
    student = run.results[0].student
    notebook = next((folder / "submitted" / student / MODULE).glob("*.ipynb"))
    before = notebook.read_bytes()
    notebook.write_bytes(before + b"\n")
    try:
        one = session.kept(read(folder), MODULE).standings[student]
    finally:
        notebook.write_bytes(before)
    assert (one.points, one.state, one.why) == (None, UNGRADED, "The latest submission is not graded yet.")


def test_what_nbgraders_own_command_graded_has_points_and_a_state_of_its_own(graded, tmp_path):
    folder, _, _ = graded
    before = session.kept(read(folder), MODULE).standings  # other tests mark texts in this cohort
    shutil.copytree(folder / "autograded", tmp_path / "autograded")
    shutil.copytree(folder / "submitted", tmp_path / "submitted")
    shutil.copy(folder / "gradebook.db", tmp_path / "gradebook.db")
    student = next(one.student for one in before.values() if one.state == GRADED and one.points)
    (tmp_path / "autograded" / student / MODULE / autograded.RECORD).unlink()
    one = session.kept(read(tmp_path), MODULE).standings[student]
    assert (one.state, one.points) == (BY_NBGRADER, before[student].points)
    shutil.rmtree(tmp_path / "autograded" / student)
    one = session.kept(read(tmp_path), MODULE).standings[student]
    assert (one.state, one.points) == (UNGRADED, None)


def test_a_class_list_is_remembered(graded, tmp_path):
    folder, _, _ = graded
    listed = tmp_path / "class.csv"
    listed.write_text("student\nnot-there-yet\n")
    assert classlist.known(tmp_path, None) == []
    assert classlist.known(tmp_path, listed) == classlist.known(tmp_path, None) == ["not-there-yet"]
    one = session.kept(read(folder), MODULE, ["not-there-yet"]).standings["not-there-yet"]
    assert (one.points, one.state) == (None, MISSING)


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
    rows = {row["student"]: row for row in csv.DictReader(out.open(encoding="utf-8-sig"))}
    assert {one.student for one in run.results} <= set(rows)
    (failed,) = (one.student for one in run.results if one.state == FAILED)
    assert rows[failed]["points"] == "" and rows[failed]["note"] == run.standings[failed].why
    assert f"Without points: {failed}. {run.standings[failed].why}" in done.stdout


def test_feedback_is_written_for_everyone_who_is_graded(graded):
    folder, _, run = graded
    pages = list(session.feedback(read(folder), MODULE))
    assert {path.parent.parent.name for path in pages} == {one.student for one in run.results}
    failed = next(one for one in run.results if one.state == FAILED)
    page = next(path for path in pages if failed.student in path.parts).read_text(encoding="utf-8")
    assert failed.reason[:40] in page
