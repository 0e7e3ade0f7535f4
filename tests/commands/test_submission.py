"""Submitting: one file that a mentor can take in, and sentences if something is wrong."""

import json
import os
import subprocess
import sys
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from apprentice import MODULE, NOTEBOOK, ROOT, answer
from nbgrader.apps import NbGraderAPI
from traitlets.config import Config

from watchkeeper.errors import SubmissionError
from watchkeeper.kit.folder import digest, write
from watchkeeper.kit.submission import submit

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def test_the_file_holds_the_notebooks_and_says_whose_they_are(kit: Path) -> None:
    notebook = kit / "release" / MODULE / NOTEBOOK
    answer(notebook)
    made = submit(MODULE, "Ada Lovelace", kit, kit, NOON)
    assert made.path == kit / "submission-00-welcome-ada-lovelace.zip" and made.warnings == ()
    with zipfile.ZipFile(made.path) as archive:
        prefix = f"ada-lovelace/{MODULE}"
        assert archive.namelist() == [f"{prefix}/{name}" for name in (NOTEBOOK, "submission.json", "timestamp.txt")]
        about = json.loads(archive.read(f"{prefix}/submission.json"))
        assert archive.read(f"{prefix}/{NOTEBOOK}") == notebook.read_bytes()
    assert about.items() >= {"format": 1, "module": MODULE, "name": "Ada Lovelace"}.items()
    assert about["time"] == "2026-11-23T12:00:00+00:00"
    assert about["sha256"] == {NOTEBOOK: digest(notebook.read_bytes())}
    assert about["edition"] == json.loads((notebook.parent / "key.json").read_text())["edition"]


def test_unpacked_into_submitted_it_is_a_submission_to_nbgrader(kit: Path, tmp_path: Path) -> None:
    made = submit(MODULE, "Ada Lovelace", kit, kit, NOON)
    with zipfile.ZipFile(made.path) as archive:
        archive.extractall(tmp_path / "submitted")
    config = Config()
    config.CourseDirectory.root = str(tmp_path)
    gradebook = NbGraderAPI(config=config)
    assert gradebook.get_submitted_students(MODULE) == {"ada-lovelace"}
    assert gradebook.get_submitted_timestamp(MODULE, "ada-lovelace") == NOON.replace(tzinfo=None)


def test_the_same_work_at_the_same_time_gives_the_same_bytes(kit: Path) -> None:
    first = submit(MODULE, "Ada", kit, kit, NOON).path.read_bytes()
    os.utime(kit / "release" / MODULE / NOTEBOOK, (0, 1e9))
    assert submit(MODULE, "Ada", kit, kit, NOON).path.read_bytes() == first


def test_name_and_module_are_said_once(kit: Path) -> None:
    first = submit(MODULE, "Łucja O'Neil", kit, kit, NOON).path
    assert submit("", "", kit, kit / "release" / MODULE, NOON).path == first
    assert first.name == "submission-00-welcome-łucja-o-neil.zip"


def test_without_an_answer_it_warns_and_writes_all_the_same(kit: Path) -> None:
    made = submit(MODULE, "Ada", kit, kit, NOON)
    assert made.path.is_file()
    assert len(made.warnings) == 1 and "no answers in it yet" in made.warnings[0]


def test_a_new_version_beside_the_work_stays_at_home(kit: Path) -> None:
    notebook = kit / "release" / MODULE / NOTEBOOK
    for name in ("first-watch.new.ipynb", "first-watch.new-2.ipynb"):
        notebook.with_name(name).write_bytes(notebook.read_bytes())
    assert submit(MODULE, "Ada", kit, kit, NOON).notebooks == (NOTEBOOK,)


@pytest.mark.parametrize("name", ["", "  ", "../..", "\\", "Your Name"])
def test_a_name_that_is_none_is_refused(kit: Path, name: str) -> None:
    with pytest.raises(SubmissionError, match="--name"):
        submit(MODULE, name, kit, kit, NOON)


def test_an_unknown_module_is_refused_with_those_there_are(kit: Path) -> None:
    with pytest.raises(SubmissionError, match=r"no module '01-nothing'.*There are: 00-welcome"):
        submit("01-nothing", "Ada", kit, kit, NOON)
    with pytest.raises(SubmissionError, match="Say which module"):
        submit("", "Ada", kit, kit, NOON)


@pytest.mark.parametrize("text", ["not JSON", "", "[]", '{"cells": 3}', '{"nbformat": 4}', "\udcff"])
def test_what_is_no_notebook_any_more_is_refused(kit: Path, text: str) -> None:
    (kit / "release" / MODULE / NOTEBOOK).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SubmissionError, match=f"{NOTEBOOK} is no longer a readable notebook"):
        submit(MODULE, "Ada", kit, kit, NOON)
    assert not list(kit.glob("*.zip"))


def test_a_missing_notebook_is_refused(kit: Path) -> None:
    (kit / "release" / MODULE / NOTEBOOK).unlink()
    with pytest.raises(SubmissionError, match="There is no notebook in"):
        submit(MODULE, "Ada", kit, kit, NOON)


def test_the_command_says_where_the_file_is_and_mistakes_have_no_traceback(kit: Path) -> None:
    folder = kit / "release" / MODULE
    done = _command("submit", MODULE, "--name", "Ada", cwd=folder)
    assert done.returncode == 0 and f"Wrote {kit / 'submission-00-welcome-ada.zip'}" in done.stdout
    done = _command("submit", "--name", "Ada", cwd=ROOT.parent)
    assert done.returncode == 1 and "is an unpacked kit" in done.stderr and "Traceback" not in done.stderr


OWN = {"helpers.py": b"RATE = 3", "pictures/sketch.png": b"\x89PNG", "data/calls.csv": b"a,b", "notes (1).md": b"#"}


def test_everything_that_the_grader_reads_is_packed(kit: Path, tmp_path: Path) -> None:
    """From the module's folder to the grader's hands: the same files, byte for byte."""
    from watchkeeper.staff.grade import intake

    folder = kit / "release" / MODULE
    answer(folder / NOTEBOOK)
    for name, content in OWN.items():
        write(folder / name, content)
    made = submit(MODULE, "Ada", kit, kit, NOON)
    assert made.notebooks == (NOTEBOOK,) and set(made.files) == set(OWN)
    assert made.warnings == () and made.left_out == ()
    (taken,) = intake.take_in(made.path, tmp_path / "submitted", {MODULE: {"first-watch"}}, now=NOON)
    read = intake.read(tmp_path / "submitted", taken.student, MODULE)
    assert {name: content for name, content in read.files.items() if name in OWN} == OWN and read.notes == ()


def test_what_is_left_out_is_said_with_the_reason(kit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = kit / "release" / MODULE
    answer(folder / NOTEBOOK)
    hidden = (".ipynb_checkpoints/x.ipynb", "__pycache__/h.pyc", ".env", "venv/pyvenv.cfg", "sub/__pycache__/x.pyc")
    for name in (*hidden, "graded.json", "a|b.txt", "Data.csv", "data.csv", "d" * 150):
        write(folder / name, b"x")
    write(folder / "large.bin", b"x" * 3_000_000)
    (folder / "link.txt").symlink_to("/etc/passwd")
    (folder / "more").symlink_to(kit)
    monkeypatch.setattr("watchkeeper.kit.archive.BYTES", 2_000_000)
    made = submit(MODULE, "Ada", kit, kit, NOON)
    said = "\n".join(made.left_out)
    assert set(made.files) == {"Data.csv"}
    for about in ("graded.json is left out: the grader writes", "a|b.txt is left out", "data.csv is left out: another"):
        assert about in said
    assert "link.txt is left out: it is a link" in said and "more is left out: it is a link" in said
    assert "large.bin is left out: it has 3 MB, and all files together may have 2 MB" in said and "too long" in said
    for name in (".ipynb_checkpoints/", "__pycache__/", ".env", "venv/"):
        assert name in said.splitlines()[-1] or "more" in said.splitlines()[-1]
    assert "key.json" not in said  # the course's own, which the grader has


def test_more_files_than_the_grader_reads_are_left_out_and_named(kit: Path) -> None:
    folder = kit / "release" / MODULE
    for number in range(205):
        write(folder / f"d{number:03}.txt", b"")
    made = submit(MODULE, "Ada", kit, kit, NOON)
    assert len(made.files) + len(made.notebooks) == 198 and made.notebooks == (NOTEBOOK,)
    assert sum("at most 200 files" in one for one in made.left_out) == 8


COPIES = ["first-watch-Copy1.ipynb", "first-watch (1).ipynb", "mine.ipynb", "sub/first-watch.ipynb", "Untitled.IPYNB"]


@pytest.mark.parametrize("copy", COPIES)
def test_before_packing_it_says_which_notebook_counts(kit: Path, copy: str) -> None:
    notebook = kit / "release" / MODULE / NOTEBOOK
    write(notebook.parent / copy, notebook.read_bytes())
    (warning,) = submit(MODULE, "Ada", kit, kit, NOON).warnings
    assert f"{NOTEBOOK} has no answers in it yet" in warning
    answer(notebook.parent / copy)
    (warning,) = submit(MODULE, "Ada", kit, kit, NOON).warnings
    assert f"{copy} is the one that will be graded" in warning
    answer(notebook)
    (warning,) = submit(MODULE, "Ada", kit, kit, NOON).warnings
    assert copy in warning and "only one of them can count" in warning and f"{NOTEBOOK} will be graded" in warning
    write(notebook.parent / copy, b"not a notebook")
    (warning,) = submit(MODULE, "Ada", kit, kit, NOON).warnings
    assert "no longer a readable notebook" in warning


@pytest.mark.parametrize(
    "first, second",
    [("Ann-Marie", "Ann Marie"), ("ada", "Ada"), ("O'Neil", "O Neil"), ("n" * 60 + "a", "n" * 60 + "b")],
)
def test_someone_elses_file_is_never_written_over(kit: Path, first: str, second: str) -> None:
    path = submit(MODULE, first, kit, kit, NOON).path
    before = path.read_bytes()
    with pytest.raises(SubmissionError, match=f"is the submission of {first}") as refused:
        submit(MODULE, second, kit, kit, NOON)
    assert path.read_bytes() == before and "Nothing was written" in str(refused.value)
    assert submit(MODULE, "", kit, kit, NOON).path == path  # the name that was kept is still the first


@pytest.mark.parametrize("one, other", [("মিতা", "মাতা"), ("सुनीता", "सनत"), ("กิตติ", "กาตต")])
def test_names_with_vowel_signs_are_two_files(kit: Path, one: str, other: str) -> None:
    paths = {submit(MODULE, name, kit, kit, NOON).path for name in (one, other)}
    assert {path.name for path in paths} == {f"submission-{MODULE}-{name}.zip" for name in (one, other)}


def test_marking_a_notebook_hands_nothing_in(kit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An apprentice's notebook holds the cell with `!watchkeeper submit`; marking it runs that cell too."""
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    done = _command("submit", MODULE, "--name", "Ada", cwd=kit)
    assert done.returncode == 0 and "Nothing is submitted" in done.stdout
    assert not list(kit.glob("*.zip"))


def _command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-c", "from watchkeeper.commands import main; main()"]
    return subprocess.run([*program, *arguments], cwd=cwd, capture_output=True, text=True)
