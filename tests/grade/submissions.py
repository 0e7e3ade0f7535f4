"""Graded submissions for the tests of files and rows: real notebooks of the course with invented marks."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

from watchkeeper.check.outcome import Outcome
from watchkeeper.staff.grade.nbgrader import commands as stock
from watchkeeper.staff.grade.result import FAILED, GRADED, Graded, Mark, Result

ROOT = Path(__file__).parent.parent.parent
MODULE, LESSON = "00-welcome", "first-watch"
TIME = datetime(2026, 3, 2, 12, 30, 15, 250_000, tzinfo=UTC)
FILES = {
    "notes.txt": b"mine",
    "key.json": b"{}",
    "pages/evil.html": b"<script>alert(1)</script>",
    "graded.json": b"{}",
    "spare.ipynb": b"{}",
    "../out.txt": b"x",
}


def course(folder: Path) -> Path:
    """A course folder with `source/` and `release/`."""
    stock.prepare(ROOT, folder)
    shutil.copytree(ROOT / "release", folder / "release")
    return folder


def released(name: str = LESSON) -> dict:
    notebook = json.loads((ROOT / "release" / MODULE / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def cell_of(notebook: dict, name: str) -> dict:
    return next(cell for cell in notebook["cells"] if cell["metadata"].get("nbgrader", {}).get("grade_id") == name)


def result(student: str = "ada", points: dict | None = None, answers: dict | None = None, **more) -> Result:
    """A graded submission: points by check (by default, all of them), and texts in the cells of its answers."""
    notebook, marks = released(), []
    for name, text in (answers if answers is not None else {"the-root-answer": "root = 'c0'"}).items():
        cell_of(notebook, name)["source"] = text
    for cell in notebook["cells"]:
        about = cell["metadata"].get("nbgrader", {})
        if about.get("grade") and not about.get("solution"):
            name, most = about["grade_id"], about["points"]
            got = most if points is None else points.get(name, 0.0)
            word = "passed" if got == most else "not yet"
            marks.append(Mark(name, got, most, got / most, word))
            cell["outputs"] = [
                {
                    "output_type": "execute_result",
                    "execution_count": None,
                    "metadata": {},
                    "data": {"text/plain": f"{got}", "text/html": Outcome(name, word, ("A line.",)).html},
                }
            ]
    about = {"time": TIME, "edition": "edition", "content": "content"} | more
    return Result(student, MODULE, GRADED, notebooks=(Graded(LESSON, notebook, tuple(marks)),), **about)


def unreadable(student: str = "cid", reason: str = "first-watch.ipynb is not a notebook.") -> Result:
    return Result(student, MODULE, FAILED, reason, time=TIME, edition="edition", content="content")


def exported_by_nbgrader(folder: Path, url: str) -> dict[str, dict[str, str]]:
    """The rows of `nbgrader export` by student, run in the course folder with the course's own configuration."""
    from nbgrader.api import Gradebook
    from nbgrader.apps.exportapp import ExportApp

    nbgrader = stock.api(ROOT, folder)
    nbgrader.config.CourseDirectory.db_url = url
    app = ExportApp(config=nbgrader.config)
    app.coursedir = nbgrader.coursedir
    app.init_plugin()
    app.plugin_inst.to = str(folder / "by-nbgrader.csv")
    with Gradebook(url) as book:
        app.plugin_inst.export(book)
    return {row["student_id"]: row for row in csv.DictReader((folder / "by-nbgrader.csv").open(encoding="utf-8"))}
