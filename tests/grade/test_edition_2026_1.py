"""Submissions and a gradebook from before the package was rebuilt are still read, and give the same marks.

`edition_2026_1/` was written by the commands of commit efe4ea8: six invented apprentices' archives for two modules, the
points that each question got, and a cohort's folder with two texts marked by hand.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BEFORE = Path(__file__).with_name("edition_2026_1")
MARKS = json.loads((BEFORE / "marks.json").read_text(encoding="utf-8"))
COMMAND = [sys.executable, "-c", "from watchkeeper.commands import main; main()"]


def watchkeeper(*arguments: str | Path, folder: Path) -> str:
    """What the command prints; it may end with 1, since one of the six can't be graded."""
    done = subprocess.run([*COMMAND, *arguments, "--root", ROOT, "--folder", folder], capture_output=True, text=True)
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stderr
    return done.stdout


@pytest.fixture
def cohort(tmp_path: Path) -> Path:
    """The cohort's folder as it was left then."""
    folder = tmp_path / "last year"
    with zipfile.ZipFile(BEFORE / "cohort.zip") as archive:
        archive.extractall(folder)
    return folder


def marks(folder: Path, module: str) -> dict[str, dict[str, object]]:
    found = {}
    for path in sorted(folder.glob(f"autograded/*/{module}/graded.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        points = {mark["name"]: mark["points"] for one in data["notebooks"] for mark in one["marks"]}
        found[data["student"]] = {"state": data["state"], "points": points}
    return found


@pytest.mark.parametrize("module", MARKS)
def test_archives_from_then_get_the_marks_of_then(tmp_path: Path, module: str) -> None:
    (tmp_path / "in").mkdir()
    for path in (BEFORE / "handed-in").glob(f"submission-{module}-*.zip"):
        shutil.copy(path, tmp_path / "in")
    watchkeeper("take-in", tmp_path / "in", folder=tmp_path / "now")
    watchkeeper("grade", module, folder=tmp_path / "now")
    assert marks(tmp_path / "now", module) == MARKS[module]


def exported(folder: Path) -> dict[str, str]:
    watchkeeper("export", "00-welcome", "--out", folder / "points.csv", folder=folder)
    with (folder / "points.csv").open(encoding="utf-8-sig") as file:
        return {row["student"]: row["points"] for row in csv.DictReader(file)}


def test_a_gradebook_from_then_is_read_and_graded_again_without_a_loss(cohort: Path) -> None:
    with (BEFORE / "points.csv").open(encoding="utf-8") as file:
        before = {row["student"]: row["points"] for row in csv.DictReader(file)}
    before["fatima-zahra-benali"] = ""  # could not be graded, which was exported as 0 then
    assert exported(cohort) == before and before["amara-okonkwo"] == "8"  # one point of it is a mentor's mark
    watchkeeper("grade", "00-welcome", "--force", folder=cohort)
    assert exported(cohort) == before
    watchkeeper("feedback", "00-welcome", folder=cohort)
    page = (cohort / "feedback" / "lars-bjørnstad" / "00-welcome" / "first-watch.html").read_text(encoding="utf-8")
    assert "Say what surprised you." in page
