"""The gradebook's rows are nbgrader's, on SQLite and on PostgreSQL; the mentor's entries stay; what can go wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta

import nbformat
import pytest
from late import policy
from nbgrader.api import Gradebook
from sqlalchemy import create_engine, text
from submissions import FILES, LESSON, MODULE, ROOT, TIME, cell_of, exported_by_nbgrader, result, unreadable
from traitlets.config import Config

from watchkeeper.staff.errors import GradebookError, GradingError
from watchkeeper.staff.grade.gradebook import assignment, autograded
from watchkeeper.staff.grade.gradebook.book import Book, stale, store
from watchkeeper.staff.grade.gradebook.database import head
from watchkeeper.staff.grade.gradebook.rows import Rows, _Wanted
from watchkeeper.staff.grade.nbgrader import commands as stock
from watchkeeper.staff.grade.result import FAILED, GRADED, MISSING, UNGRADED, Result

CHECKS = {"the-root": 1.0, "what-waits": 1.0, "busiest-service": 3.0, "typical-wait": 2.0}
REFLECTION = "first-impression"
RIGHT = 'root = three[three.parent_span_id == ""].span_id.item()'


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request, folder):
    if request.param == "sqlite":
        return f"sqlite:///{folder / 'gradebook.db'}"
    server = request.getfixturevalue("postgres")
    engine = create_engine(server)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return server


def rows(url, student):
    """Everything that nbgrader's own API says about a submission, without the keys."""
    with Gradebook(url) as book:
        found = book.find_submission(MODULE, student)
        whole = found.to_dict() | {"late": found.late_submission_penalty}
        grades = {one.name: one.to_dict() | {"score": one.score} for nb in found.notebooks for one in nb.grades}
        comments = {one.name: one.to_dict() for nb in found.notebooks for one in nb.comments}
        notebooks = {nb.name: nb.to_dict() | {"late": nb.late_submission_penalty} for nb in found.notebooks}
    for one in (whole, *grades.values(), *comments.values(), *notebooks.values()):
        del one["id"], one["student"]
    return {"whole": whole, "grades": grades, "comments": comments, "notebooks": notebooks}


def mark_by_hand(url, student, name, score, comment="by hand"):
    with Gradebook(url) as book:
        grade = book.find_grade(name, LESSON, MODULE, student)
        grade.manual_score, grade.extra_credit, grade.needs_manual_grade = score, 0.25, False
        for one in book.find_submission(MODULE, student).notebooks[0].comments:
            one.manual_comment = comment
        book.db.commit()


@pytest.mark.parametrize("late", [False, True])
def test_rows_are_those_of_nbgraders_own_autograde(folder, late):
    """The same notebook, graded by nbgrader's command and written by ours; the marks are the ones nbgrader gave."""
    url = f"sqlite:///{folder / 'gradebook.db'}"
    config = Config()
    config.LateSubmissionPlugin.penalty_method = "zero"
    nbgrader = stock.api(ROOT, folder)
    nbgrader.config.merge(config)
    with Gradebook(url) as book:
        book.update_or_create_assignment(MODULE, duedate=(TIME - timedelta(hours=1 if late else -1)).isoformat())
    mine = result("stock", answers={"the-root-answer": RIGHT, REFLECTION: "I saw *one* wait."})
    place = folder / "submitted" / "stock" / MODULE
    place.mkdir(parents=True)
    (place / f"{LESSON}.ipynb").write_text(autograded.text(mine.notebooks[0].notebook), encoding="utf-8")
    (place / "timestamp.txt").write_text(f"{TIME:%Y-%m-%d %H:%M:%S.%f} UTC", encoding="utf-8")
    stock.autograde(nbgrader, MODULE, "stock", feedback=False)
    theirs = rows(url, "stock")
    given = {name: grade["auto_score"] for name, grade in theirs["grades"].items() if name in CHECKS}
    ours = replace(
        mine,
        student="ours",
        notebooks=tuple(
            replace(one, marks=tuple(replace(mark, points=given[mark.name]) for mark in one.marks))
            for one in mine.notebooks
        ),
    )
    with Book.open(url, config) as book:
        book.write(ours)
    assert rows(url, "ours") == theirs
    assert theirs["whole"]["score"] == 1 and theirs["whole"]["late"] == late
    assert theirs["grades"][REFLECTION]["needs_manual_grade"] and theirs["comments"][REFLECTION]["auto_comment"] is None
    assert theirs["comments"]["what-waits-answer"]["auto_comment"] == "No response."


def test_points_comments_and_time(folder, url):
    with Book.open(url) as book:
        book.ensure(folder, MODULE, ROOT)
        book.write(result(points={"the-root": 0.5, "busiest-service": 3.0}))
    found = rows(url, "ada")
    assert {name: found["grades"][name]["auto_score"] for name in CHECKS} == {
        "the-root": 0.5,
        "what-waits": 0,
        "busiest-service": 3,
        "typical-wait": 0,
    }
    assert found["whole"]["timestamp"] == TIME.replace(tzinfo=None).isoformat()
    assert found["grades"][REFLECTION]["auto_score"] == 0 and not found["whole"]["needs_manual_grade"]
    assert found["whole"]["score"] == 3.5 and found["whole"]["max_score"] == 8


def test_what_the_mentor_entered_stays(folder, url):
    with Book.open(url) as book:
        book.ensure(folder, MODULE, ROOT)
        book.write(result(answers={REFLECTION: "I saw it."}))
        mark_by_hand(url, "ada", REFLECTION, 0.75)
        mark_by_hand(url, "ada", "the-root", 0.5)
        for points in ({}, {"the-root": 1.0}, {}):
            book.write(result(points=points, answers={}))
        found = rows(url, "ada")
        for name, score in ((REFLECTION, 0.75), ("the-root", 0.5)):
            grade = found["grades"][name]
            assert (grade["manual_score"], grade["extra_credit"], grade["score"]) == (score, 0.25, score + 0.25)
            assert grade["needs_manual_grade"]
        assert {one["manual_comment"] for one in found["comments"].values()} == {"by hand"}
        before = rows(url, "ada")
        book.write(result(points={}, answers={}))
        assert rows(url, "ada") == before


def test_a_failed_submission_has_no_rows_and_its_folder_says_why(folder, url):
    with Book.open(url) as book:
        book.ensure(folder, MODULE, ROOT)
        store(book, folder, unreadable(reason="<b>a.ipynb</b> is not a notebook."), {})
        store(book, folder, Result("dan", MODULE, MISSING), {})
        assert not book.has("dan", MODULE) and not book.has("cid", MODULE)
        assert book.students() == ["cid"], "the mentor still sees who it is"
        assert not stale(book, folder, "cid", MODULE, "content", "edition")
    shown = json.loads((folder / "autograded" / "cid" / MODULE / f"{LESSON}.ipynb").read_text(encoding="utf-8"))
    assert "is not a notebook" in "".join(shown["cells"][0]["source"])
    with Book.open(url) as book:  # submitted again, and readable now
        book.write(result("cid"))
    assert rows(url, "cid")["whole"]["score"] == 7


def test_two_graders_can_write_at_once(folder, url):
    """Two graders, each with its own connection, store the same and different submissions: every row is there once."""
    with Book.open(url) as one, Book.open(url) as two:
        one.ensure(folder, MODULE, ROOT)
        for number in range(4):
            one.write(result(f"s{number}", points={}))
            two.write(result(f"s{number}"))
    with Gradebook(url) as book:
        assert sorted(student.id for student in book.students) == ["s0", "s1", "s2", "s3"]
        assert {one.score for one in book.assignment_submissions(MODULE)} == {7.0}


@pytest.mark.parametrize("points", [float("nan"), float("inf"), -3.0, 100.0])
def test_points_outside_the_range_of_the_check_are_never_stored(folder, points):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    with Book.open(url) as book:
        mine = result()
        marks = tuple(replace(mark, points=points) for mark in mine.notebooks[0].marks)
        book.write(replace(mine, notebooks=(replace(mine.notebooks[0], marks=marks),)))
    assert rows(url, "ada")["whole"]["score"] == (7.0 if points == 100.0 else 0.0)


def test_a_check_without_a_verdict_scores_nothing(folder):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    mine = result()
    with Book.open(url) as book:
        book.write(replace(mine, notebooks=(replace(mine.notebooks[0], marks=()),)))
    assert rows(url, "ada")["whole"]["score"] == 0


def test_one_submission_is_one_transaction(folder, monkeypatch):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    with Book.open(url) as book:
        monkeypatch.setattr("watchkeeper.staff.grade.gradebook.rows._Wanted.execute", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            book.write(result())
        assert not book.has("ada", MODULE)
    with Gradebook(url) as nbgraders:
        assert nbgraders.students == []


def test_files_are_as_nbgrader_leaves_them_and_nothing_hostile_is_among_them(folder):
    (folder / "autograded" / "ada" / MODULE).mkdir(parents=True)
    (folder / "autograded" / "ada" / MODULE / "left.txt").write_text("of a run before")
    place = autograded.write(folder, result(), FILES)
    assert {path.relative_to(place).as_posix() for path in place.rglob("*") if path.is_file()} == {
        f"{LESSON}.ipynb",
        "key.json",
        "notes.txt",
        "pages/evil.html.txt",
        "timestamp.txt",
    }
    assert (place / "key.json").read_bytes() == (ROOT / "source" / MODULE / "key.json").read_bytes()
    assert (place / "timestamp.txt").read_text() == "2026-03-02 12:30:15.250000 UTC\n"
    assert {path.stat().st_mode & 0o777 for path in place.rglob("*") if path.is_file()} == {0o444}
    assert sorted(path.name for path in place.parent.iterdir()) == [MODULE]
    content = (place / f"{LESSON}.ipynb").read_text(encoding="utf-8")
    read = nbformat.reads(content, 4)
    nbformat.validate(read)
    assert len(content.splitlines()) == len(read.cells) + 3, "one line per cell"


def test_a_submission_is_stale_until_everything_of_it_is_written(folder):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    with Book.open(url) as book:

        def is_stale(content="content", edition="edition"):
            return stale(book, folder, "ada", MODULE, content, edition)

        assert is_stale()
        autograded.write(folder, result(), {})
        assert is_stale()  # killed before the rows
        book.write(result())
        assert is_stale()  # killed before the record
        autograded.record(folder, result())
        assert not is_stale() and is_stale(content="another") and is_stale(edition="another")
        assert autograded.recorded(folder, "ada", MODULE).points == 7
        autograded.write(folder, result(content="another"), {})
        assert is_stale() and is_stale(content="another")  # killed while grading again, whatever is submitted next
    with sqlite3.connect(folder / "gradebook.db") as other:
        other.execute("DELETE FROM submitted_assignment")
    with Book.open(url) as book:
        autograded.record(folder, result())
        assert is_stale()


def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize(
    ("step", "place"),
    [
        (autograded, "_put"),
        (autograded.Path, "rename"),
        (autograded.os, "chmod"),
        (Book, "write"),
        (Rows, "write"),
        (_Wanted, "execute"),
        (autograded, "record"),
    ],
)
def test_a_run_killed_anywhere_is_finished_by_the_next(folder, monkeypatch, step, place):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    with Book.open(url) as book:
        store(book, folder, result(points={}), {"notes.txt": b"before"})
    again = result(content="handed in again")
    child = os.fork()
    if child == 0:
        try:
            monkeypatch.setattr(step, place, die)
            with Book.open(url) as book:
                store(book, folder, again, {"notes.txt": b"after"})
        finally:
            os._exit(0)
    assert os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL
    with Book.open(url) as book:
        assert stale(book, folder, "ada", MODULE, again.content, again.edition)
        store(book, folder, again, {"notes.txt": b"after"})
        assert not stale(book, folder, "ada", MODULE, again.content, again.edition)
    assert rows(url, "ada")["whole"]["score"] == 7
    parent = folder / "autograded" / "ada"
    assert sorted(path.name for path in parent.iterdir()) == [MODULE]
    assert (parent / MODULE / "notes.txt").read_bytes() == b"after"


@pytest.mark.parametrize("left", [".{}.new", ".{}.old"])
def test_what_a_killed_run_left_is_deleted(folder, left):
    parent = folder / "autograded" / "ada"
    (parent / left.format(MODULE) / "deep").mkdir(parents=True)
    autograded.write(folder, result(), {})
    assert sorted(path.name for path in parent.iterdir()) == [MODULE]


def test_a_full_disk_is_a_sentence_and_loses_nothing(folder, monkeypatch):
    place = autograded.write(folder, result(), {"notes.txt": b"before"})

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(autograded, "_put", full)
    with pytest.raises(GradingError, match="the disk is full; free some space, and grade again"):
        autograded.write(folder, result(), {"notes.txt": b"after"})
    assert (place / "notes.txt").read_bytes() == b"before"
    assert sorted(path.name for path in place.parent.iterdir()) == [MODULE]


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".", "<script>", 'a"b', "a\nb", "-x", "a+b"])
def test_a_name_that_is_not_a_plain_folder_name_is_refused(folder, name):
    with pytest.raises(GradingError, match="can't be used as the name"):
        autograded.write(folder, result(name), {})
    url = f"sqlite:///{folder / 'gradebook.db'}"
    with Book.open(url) as book, pytest.raises(GradingError, match="can't be used as the name"):
        book.write(result(name))


def test_the_assignment_is_made_once_and_again_when_the_course_changed(folder, monkeypatch):
    release = {path: path.read_bytes() for path in (folder / "release").rglob("*") if path.is_file()}
    with Book.open(f"sqlite:///{folder / 'new.db'}") as book:
        book.ensure(folder, MODULE, ROOT)
        monkeypatch.setattr(assignment, "generate", lambda *_: pytest.fail("made twice"))
        book.ensure(folder, MODULE, ROOT)
        monkeypatch.undo()
        assert {path: path.read_bytes() for path in release} == release
        change_points(folder, 2)
        book.ensure(folder, MODULE, ROOT)
        assert {cell.possible for cell in book.cells(MODULE).notebooks[0].graded if cell.name == "the-root"} == {2}
    assert not (folder / "release" / MODULE).exists()  # the release that nbgrader also writes is discarded


def test_cells_that_differ_from_those_that_were_graded_are_refused(folder):
    with Book.open(f"sqlite:///{folder / 'gradebook.db'}") as book:
        book.write(result())
        change_points(folder, 1, rename="another-root")
        with pytest.raises(GradebookError, match="edition of the course that the cohort worked on"):
            book.ensure(folder, MODULE, ROOT)


def change_points(folder, points, rename="the-root"):
    path = folder / "source" / MODULE / f"{LESSON}.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cell_of(notebook, "the-root")["metadata"]["nbgrader"].update(points=points, grade_id=rename)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    shutil.rmtree(folder / "release" / MODULE)


def test_a_gradebook_that_was_created_in_part_is_completed(tmp_path):
    path = tmp_path / "gradebook.db"
    url = f"sqlite:///{path}"
    with Book.open(url):
        pass
    with sqlite3.connect(path) as half:
        half.execute("DROP TABLE alembic_version")
        half.execute("DROP TABLE comment")
        half.execute("INSERT INTO student (id) VALUES ('kept')")
    with Book.open(url):
        pass
    with sqlite3.connect(path) as whole:
        assert whole.execute("SELECT version_num FROM alembic_version").fetchall() == [(head(),)]
        assert whole.execute("SELECT id FROM student").fetchall() == [("kept",)]
        assert whole.execute("SELECT count(*) FROM comment").fetchall() == [(0,)]


def test_our_empty_gradebook_is_nbgraders(folder, tmp_path):
    """A gradebook that we create has the same tables and version as one that nbgrader created."""
    with Book.open(f"sqlite:///{tmp_path / 'ours.db'}"):
        pass
    schemas = []
    for path in (tmp_path / "ours.db", folder / "gradebook.db"):
        with sqlite3.connect(path) as one:
            tables = dict(one.execute("SELECT name, sql FROM sqlite_master WHERE name != 'alembic_version'").fetchall())
            schemas.append((tables, one.execute("SELECT version_num FROM alembic_version").fetchall()))
    assert schemas[0] == schemas[1]


def test_a_gradebook_of_another_version_is_refused(tmp_path):
    path = tmp_path / "gradebook.db"
    with sqlite3.connect(path) as old:
        old.execute("CREATE TABLE student (id VARCHAR(128) PRIMARY KEY)")
    with pytest.raises(GradebookError, match="nbgrader db upgrade"), Book.open(f"sqlite:///{path}"):
        pass
    with sqlite3.connect(path) as old:
        assert old.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall() == [("student",)]


def test_a_locked_gradebook_is_a_sentence_and_nothing_is_stored(folder):
    path = folder / "gradebook.db"
    other = sqlite3.connect(path, isolation_level=None)
    try:
        with Book.open(f"sqlite:///{path}", patience=0.05) as book:
            book.cells(MODULE)
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(GradebookError, match="Another program is writing"):
                book.write(result())
            other.execute("ROLLBACK")
            assert not book.has("ada", MODULE)
            book.write(result())
            assert book.has("ada", MODULE)
    finally:
        other.close()


def test_a_disk_that_is_full_or_read_only_is_a_sentence(folder, tmp_path):
    path = folder / "gradebook.db"
    with sqlite3.connect(path) as one:
        pages = one.execute("PRAGMA page_count").fetchone()[0]
    for said, pragma in (
        ("The disk is full", f"PRAGMA max_page_count = {pages}"),
        ("read-only", "PRAGMA query_only = 1"),
    ):
        with Book.open(f"sqlite:///{path}") as book:
            from sqlalchemy import event

            event.listen(book.engine, "connect", lambda raw, _, pragma=pragma: raw.execute(pragma))
            book.engine.dispose()
            with pytest.raises(GradebookError, match=said):
                for number in range(40):
                    book.write(result(f"s{number}"))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("gradebook.db", "is not the URL of a database"),
        ("gradesql://me:secret@host/x", "an unknown kind of database"),
        ("mysql://me:secret@host/x", "is not installed"),
        ("sqlite:////nowhere/at/all/gradebook.db", "can't be opened"),
        ("postgresql+psycopg://me:secret@127.0.0.1:1/x", "Check that it is running"),
    ],
)
def test_a_wrong_url_is_a_sentence_without_the_password(bad, said):
    with pytest.raises(GradebookError, match=said) as caught, Book.open(bad):
        pass
    assert "secret" not in str(caught.value)


def test_a_file_that_is_not_a_gradebook_is_not_changed(tmp_path):
    path = tmp_path / "gradebook.db"
    path.write_bytes(b"not a database at all " * 100)
    with pytest.raises(GradebookError, match="is not a gradebook, or it is damaged"), Book.open(f"sqlite:///{path}"):
        pass
    assert path.read_bytes() == b"not a database at all " * 100


def test_a_module_that_is_not_there_is_a_sentence(folder):
    with Book.open(f"sqlite:///{folder / 'gradebook.db'}") as book:
        with pytest.raises(GradebookError, match="nbgrader generate_assignment 99-none"):
            book.write(replace(result(), module="99-none"))
        with pytest.raises(GradebookError, match="holds no notebooks"):
            book.ensure(folder, "99-none", ROOT)


def due(url, date, **more):
    with Gradebook(url) as nbgraders:
        nbgraders.update_or_create_assignment(MODULE, duedate=date, **more)


def test_a_late_penalty_that_raises_is_a_sentence(folder):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    due(url, "2026-03-01")
    with Book.open(url, policy("Broken")) as book:
        with pytest.raises(GradebookError, match="Fix the plugin"):
            book.write(result())
        assert not book.has("ada", MODULE)
    with Book.open(url, policy("Hourly")) as book:
        book.write(result())
        assert book.scores("ada", MODULE)[LESSON].late_penalty == 7.0  # 36 hours late, but no more than the score
        book.write(result(time=datetime(2026, 2, 28)))
        assert book.scores("ada", MODULE)[LESSON].late_penalty == 0.0
    with Book.open(url, policy("Broken")) as book, pytest.raises(GradebookError, match="Fix the plugin"):
        book.write(result())


def moved(url):
    due(url, "2026-03-02 10:00")


def granted(url):
    with Gradebook(url) as nbgraders:
        nbgraders.grant_extension(MODULE, "ada", days=1)


def marked(url):
    mark_by_hand(url, "ada", "the-root", 0.0)


BEFORE, AFTER = "2026-03-02 09:30", "2026-03-03"  # submitted at 12:30:15, so a bit more than three hours late


@pytest.mark.parametrize(
    ("date", "was", "change", "now", "points"),
    [
        (BEFORE, "Hourly", lambda url: due(url, AFTER), "Hourly", (4, 7)),  # a later due date costs nothing any more
        (AFTER, "Hourly", lambda url: due(url, BEFORE), "Hourly", (7, 4)),
        (BEFORE, "Hourly", lambda url: due(url, None), "Hourly", (4, 7)),
        (None, "zero", lambda url: due(url, BEFORE), "zero", (7, 0)),
        (BEFORE, "Hourly", moved, "Hourly", (4, 4.5)),
        (BEFORE, "", lambda url: None, "zero", (7, 0)),  # another policy
        (BEFORE, "zero", lambda url: None, "", (0, 7)),
        (BEFORE, "zero", lambda url: None, "Hourly", (0, 4)),
        (BEFORE, "zero", granted, "zero", (0, 7)),  # an extension for one student
        (BEFORE, "zero", marked, "zero", (0, 0)),  # a mark given after grading; all of it is late
        (AFTER, "zero", marked, "zero", (7, 6.25)),
    ],
)
def test_whatever_a_penalty_depends_on_changes_it_without_grading(folder, date, was, change, now, points):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    due(url, date)
    with Book.open(url, policy(was)) as book:
        book.write(result())
        book.write(result("ben", time=datetime(2026, 1, 1)))
        assert book.settle(MODULE) == []
        assert book.totals(MODULE)["ada"].points == pytest.approx(points[0], abs=0.01)
    change(url)
    with Book.open(url, policy(now)) as book:
        changed = book.settle(MODULE)
        assert book.settle(MODULE) == [] and "ben" not in changed
        totals = book.totals(MODULE)
        assert totals["ada"].points == pytest.approx(points[1], abs=0.01) and totals["ben"].points == 7
        assert changed == (["ada"] if points[0] != points[1] or change is marked else []) or date == AFTER
    with Gradebook(url) as book:  # nbgrader adds up to the same
        found = book.find_submission(MODULE, "ada")
        assert found.score - found.late_submission_penalty == pytest.approx(points[1], abs=0.01)
        assert (totals["ada"].late is not None) == (found.total_seconds_late > 0)


def waiting_text(**more):
    return result("eva", answers={REFLECTION: "I saw it."}, **more)


def test_a_text_counts_nothing_until_it_is_marked(folder, url):
    with Book.open(url) as book:
        book.ensure(folder, MODULE, ROOT)
        book.write(waiting_text())
        assert book.totals(MODULE)["eva"].points == 7 and book.totals(MODULE)["eva"].waiting == (REFLECTION,)
        mark_by_hand(url, "eva", REFLECTION, 0.0)
        assert book.totals(MODULE)["eva"].points == 7.25 and not book.totals(MODULE)["eva"].waiting  # a bonus counts


def test_a_notebook_that_can_not_be_read_waits_for_the_mentor(folder, url):
    """In a submission of several notebooks, the others are graded; there is no sum until the mentor decides."""
    mine = result(points={})
    unread = replace(mine.notebooks[0], unread=True, stopped="first-watch.ipynb is damaged.")
    with Book.open(url) as book:
        book.ensure(folder, MODULE, ROOT)
        book.write(replace(mine, notebooks=(unread,)))
        total = book.totals(MODULE)["ada"]
        assert total.points is None and {*total.waiting} == {*CHECKS, REFLECTION}
        found = rows(url, "ada")
        assert {one["auto_score"] for one in found["grades"].values()} == {None}
        assert {one["auto_comment"] for one in found["comments"].values()} == {
            "Not graded: first-watch.ipynb is damaged."
        }
        for name in (*CHECKS, REFLECTION):
            mark_by_hand(url, "ada", name, 0.5)
        assert book.totals(MODULE)["ada"].points == 5 * 0.75


def averages(url):
    with Gradebook(url) as book:
        return book.average_assignment_score(MODULE), book.average_notebook_score(LESSON, MODULE)


@pytest.mark.parametrize("state", [FAILED, UNGRADED, MISSING, "a state of tomorrow"])
def test_a_submission_without_a_grade_is_in_no_sum_and_no_average(folder, url, state):
    """Whatever the state: only what is graded counts in nbgrader's own averages and in its export."""
    with Book.open(url) as book:
        book.ensure(folder, MODULE, ROOT)
        book.write(result("ada"))
        assert averages(url) == (7, 7)
        store(book, folder, replace(result("ben"), state=state, reason="No."), {})
        assert averages(url) == (7, 7) and "ben" not in book.totals(MODULE)
        book.write(result("cid", points={}))
        book.write(replace(result("cid"), state=state, reason="No."))  # submitted again, and it can't be graded now
        assert (averages(url) == (7, 7)) == (state != MISSING)  # nothing was submitted again


def test_what_the_mentor_entered_outlives_a_submission_that_can_not_be_graded(folder, url):
    with Book.open(url) as book:
        book.ensure(folder, MODULE, ROOT)
        book.write(result())
        mark_by_hand(url, "ada", "the-root", 0.5)
        store(book, folder, unreadable("ada"), {})
        total = book.totals(MODULE)["ada"]
        assert total.points is None and {*total.waiting} == {*CHECKS, REFLECTION} - {"the-root"}
        found = rows(url, "ada")
        assert found["grades"]["the-root"]["manual_score"] == 0.5 and found["whole"]["needs_manual_grade"]
        assert {one["manual_comment"] for one in found["comments"].values()} == {"by hand"}
        book.write(result())
        assert book.totals(MODULE)["ada"].points == 6.5 + 0.25


def test_nbgraders_own_export_has_no_number_where_there_is_no_grade(folder):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    with Gradebook(url) as nbgraders:
        nbgraders.update_or_create_student("dan", last_name="=cmd|' /C calc'!A0", first_name="Dan, the man")
    with Book.open(url) as book:
        store(book, folder, result("ada"), {})
        store(book, folder, result("ben", points={}), {})
        store(book, folder, unreadable("cid"), {})
        store(book, folder, waiting_text(), {})
        book.write(replace(result("old"), state=GRADED))
        autograded.write(folder, unreadable("old"), {})
        autograded.record(folder, unreadable("old"))  # a gradebook of 2026.1 has zeros for what could not be graded
    found = exported_by_nbgrader(folder, url)
    scores = {name: (row["raw_score"], row["late_submission_penalty"], row["score"]) for name, row in found.items()}
    none = ("", "", "")
    assert scores == {
        "ada": ("7.0", "0.0", "7.0"),
        "ben": ("0.0", "0.0", "0.0"),
        "cid": none,
        "dan": none,
        "eva": ("7.0", "0.0", "7.0"),
        "old": none,
    }
    assert found["dan"]["last_name"] == "'=cmd|' /C calc'!A0" and found["dan"]["first_name"] == "Dan, the man"
    assert {row["max_score"] for row in found.values()} == {"8.0"}


def test_an_untouched_release_has_no_response_anywhere(folder):
    url = f"sqlite:///{folder / 'gradebook.db'}"
    with Book.open(url) as book:
        book.write(result(answers={}, points={}))
    assert {one["auto_comment"] for one in rows(url, "ada")["comments"].values()} == {"No response."}
