"""`make demo`: two invented apprentices, one right and one with known wrong answers, graded by plain nbgrader."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import truths
from watchkeeper.staff.grade.nbgrader import commands as stock
from watchkeeper.staff.grade.nbgrader.commands import Scored
from watchkeeper.staff.grade.practice import samples

Say = Callable[[str], None]
RIGHT, WRONG = "ada", "ben"
MODULES = 2  # enough to see how it goes; plain nbgrader takes a minute a module


def run(root: Path, folder: Path, say: Say = print) -> list[Scored]:
    """Grade both on the first modules in a course folder of their own; one row an apprentice and module."""
    course = courses.read(root)
    if folder.exists():
        shutil.rmtree(folder)
    nbgrader = stock.api(root, stock.prepare(root, folder))
    found = []
    for module in course.modules[:MODULES]:
        stock.must(nbgrader.generate_assignment(module.name, force=True), f"generate_assignment {module.name}")
        for student in (RIGHT, WRONG):
            say(f"grading {student}'s {module.name}")
            submit(course, module, student, folder)
            stock.autograde(nbgrader, module.name, student)
            found.append(stock.scores(nbgrader, module.name, student))
    return found


def submit(course: courses.Course, module: courses.Module, student: str, folder: Path) -> None:
    """Write a submission: the reference's answers, or every question's first known wrong answer."""
    datasets = course.root / "datasets"
    notebooks = {}
    for name in module.lessons:
        sheet = truths.of_notebook(course, module, name, datasets, datasets / "held-back")
        notebooks[name] = samples.submission(
            course, module, name, sheet, lambda question: None if student == RIGHT else question.wrong[0].make
        )
    samples.write(notebooks, folder / "submitted" / student / module.name)
