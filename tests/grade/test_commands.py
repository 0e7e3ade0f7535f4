"""The commands of a mentor's day, one after another, as `demo-cohort` prints them."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from watchkeeper.cli import app

ROOT = Path(__file__).parents[2]
MODULE = "00-welcome"


def run(line: str, code: int = 0) -> str:
    found = CliRunner().invoke(app(), shlex.split(line))
    assert found.exit_code == code, f"{found.output}\n{found.exception!r}"
    return found.stdout


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The folder of an invented cohort of three, and the two commands that it is told to go on with."""
    folder = tmp_path_factory.mktemp("a day")
    said = run(f"demo-cohort --module {MODULE} --students 3 --root {shlex.quote(str(ROOT))} --out '{folder}'")
    return folder, re.findall(r"^  watchkeeper (.+)$", said, re.M)


def test_what_the_demo_prints_can_be_typed(day):
    folder, (taking, grading) = day
    assert "3 taken in, 0 unchanged, 0 refused." in run(taking)
    said = run(grading)
    assert "3 apprentices: 3 graded." in said and said.endswith("3 graded now.\n")
    assert run(grading).endswith("0 graded now, 3 as they were.\n")
    where = f"--root '{ROOT}' --folder '{folder}'"
    assert "Known wrong ideas" in run(f"report {MODULE} --text {where}")
    for command in ("report", "feedback", "export"):
        written = [Path(path) for path in re.findall(r"^wrote (.+)$", run(f"{command} {MODULE} {where}"), re.M)]
        assert len(written) == (3 if command == "feedback" else 1) and all(path.stat().st_size for path in written)


def test_who_was_not_asked_for_is_not_called_missing(day):
    _, (taking, grading) = day
    run(taking)
    said = run(grading.replace(MODULE, f"{MODULE} amara-okonkwo", 1))
    assert "1 apprentice: 1 graded." in said and "missing" not in said


def test_the_demos_folder_is_one_that_formgrader_finds(day):
    folder, _ = day
    assert str(ROOT) in (folder / "nbgrader_config.py").read_text(encoding="utf-8")
