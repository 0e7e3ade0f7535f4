"""One bad item never stops a class: it gets a sentence in every command, and the others get their grades."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade import session, settings
from watchkeeper.staff.grade.gradebook import autograded
from watchkeeper.staff.grade.result import FAILED, GRADED, MISSING, REPAIRED

ROOT = Path(__file__).parents[2]
MODULE, LESSON = "00-welcome", "first-watch"
RELEASED = (ROOT / "release" / MODULE / f"{LESSON}.ipynb").read_bytes()

NAMED = {"O'Brien": "can't be the name", "+1": "can't be the name", "n" * 140: "can't be the name", "a<b": "can't be"}
FOLDERS = ["key.json", "graded.json", ".graded.json", "timestamp.txt", f"{LESSON}.ipynb", "a.svg", "a.svg.txt"]


def put(folder: Path, name: str, content: bytes = RELEASED) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


@pytest.fixture(scope="module")
def school(tmp_path_factory):
    """A cohort's folder with two honest submissions and one of every bad kind."""
    folder = tmp_path_factory.mktemp("school")
    submitted = folder / "submitted"
    for student in ("ada", "zoe"):
        put(submitted, f"{student}/{MODULE}/{LESSON}.ipynb")
    for student in NAMED:
        put(submitted, f"{student}/{MODULE}/{LESSON}.ipynb")
    put(submitted, f"{os.fsdecode(b'caf' + bytes([0xE9]))}/{MODULE}/{LESSON}.ipynb")
    put(submitted, f"a-file/{MODULE}", b"")
    (submitted / "a-link").mkdir()
    (submitted / "a-link" / MODULE).symlink_to(submitted / "ada" / MODULE)
    (submitted / "linked").symlink_to(submitted / "ada")
    (submitted / "lost").symlink_to(submitted / "nowhere")
    put(submitted, f"folders/{MODULE}/renamed.ipynb")
    for name in FOLDERS:
        put(submitted, f"folders/{MODULE}/{name}/x.txt", b"x")
    put(submitted, f"odd/{MODULE}/{LESSON}.ipynb")
    put(submitted, f"odd/{MODULE}/a.svg", b"<svg/>")
    put(submitted, f"odd/{MODULE}/a.svg.txt/x.txt", b"x")
    put(submitted, "stray.zip", b"")
    put(submitted, f"long/{MODULE}/{LESSON}.ipynb")
    put(submitted, f"long/{MODULE}/{'ন' * 79}.svg", b"<svg/>")  # 241 bytes, and ".txt" is appended to it
    put(submitted, f"long/{MODULE}/{'ন' * 78}.svg", b"<svg/>")
    return folder


class Heard(session.Printed):
    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


@pytest.fixture(scope="module")
def heard():
    return Heard()


@pytest.fixture(scope="module")
def run(school, heard):
    return session.grade(settings.read(ROOT, school), session.Job(MODULE), heard)


def test_the_others_are_graded_and_every_bad_one_says_why(school, run, heard):
    assert any("stray.zip is a file" in sentence for sentence in heard.said)
    found = {one.student: one for one in run.results}
    assert {found[name].state for name in ("ada", "zoe")} <= {GRADED, REPAIRED}
    assert found["folders"].state == REPAIRED and "key.json/x.txt is left out" in " ".join(found["folders"].notes)
    assert found["odd"].state in (GRADED, REPAIRED)
    assert found["long"].state == REPAIRED and "too long" in found["long"].notes[0]
    assert (school / "autograded" / "long" / MODULE / f"{'ন' * 78}.svg.txt").is_file()
    for name, why in {**NAMED, "caf?": "can't be the name", "a-file": "is a file", "a-link": "is a link"}.items():
        assert found[name].state == FAILED and why in found[name].reason, name
    assert "is a link" in found["linked"].reason and "is a link" in found["lost"].reason


def test_later_commands_go_on_as_well(school, run):
    read = settings.read(ROOT, school)
    kept = {one.student: one for one in session.kept(read, MODULE).results}
    assert kept["O'Brien"].state == FAILED and kept["ada"].state in (GRADED, REPAIRED)
    pages = [one for one in session.feedback(read, MODULE) if isinstance(one, Path)]
    assert {page.parent.parent.name for page in pages} == {"ada", "zoe", "folders", "odd", "long"}


def test_an_unreadable_file_is_named_and_an_unreadable_submission_is_not_missing(tmp_path):
    from watchkeeper.staff.grade.result import Submission
    from watchkeeper.staff.grade.submission import grade_one

    nothing = Submission("ada", MODULE, {}, notes=("a.ipynb is left out: it can't be read",))
    result = grade_one(_no_edition(), nothing, None, {})
    assert result.state == FAILED and "a.ipynb is left out" in result.reason
    assert grade_one(_no_edition(), Submission("ada", MODULE, {}), None, {}).state == MISSING


def _no_edition():
    from watchkeeper.staff.grade.edition import Edition

    return Edition(MODULE, "", {}, {}, {}, (), ())


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left"), GradingError("The folder is full."), ValueError("surrogates"), KeyError("x")],
)
def test_whatever_storing_one_raises_is_its_own_failure(school, run, monkeypatch, error):
    """Also an error that no one thought of."""
    write = autograded.write

    def broken(folder, result, files, *more, **options):
        if result.student == "ada":
            raise error
        return write(folder, result, files, *more, **options)

    monkeypatch.setattr(autograded, "write", broken)
    again = session.grade(settings.read(ROOT, school), session.Job(MODULE, ("ada", "zoe"), force=True))
    found = {one.student: one for one in again.results}
    assert found["ada"].state == FAILED and str(error.args[-1]) in found["ada"].reason
    assert found["zoe"].state in (GRADED, REPAIRED)


def test_a_name_of_ours_is_never_written_from_a_submission(tmp_path):
    put(tmp_path, f"source/{MODULE}/key.json", b"{}")
    files = {f"{name}/x.txt": b"x" for name in FOLDERS} | {"graded.json": b"{}", "a.svg": b"<svg/>", "ok/b.txt": b"b"}
    kept = autograded.kept(files)
    assert set(kept) == {"ok/b.txt", ".graded.json/x.txt", "a.svg/x.txt", "a.svg.txt/x.txt"}
    for name, content in kept.items():
        put(tmp_path / "out", name, content)
