"""`make demo`: an invented cohort of two, all right and all wrong, graded by plain nbgrader."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from watchkeeper.staff.author import course
from watchkeeper.staff.grade import intake
from watchkeeper.staff.grade.nbgrader import commands
from watchkeeper.staff.grade.nbgrader.commands import Scored
from watchkeeper.staff.grade.practice import cohort
from watchkeeper.staff.grade.practice.intended import ALL_RIGHT, ALL_WRONG

Say = Callable[[str], None]
MODULES = 2  # enough to see how it works; plain nbgrader takes a minute per module


def run(root: Path, folder: Path, say: Say = print) -> list[Scored]:
    """Grade both students on the first modules, in a new course folder. Gives one result per module and student.

    The student who is right comes first.
    """
    modules = course.read(root).modules[:MODULES]
    if folder.exists():
        shutil.rmtree(folder)
    nbgrader = commands.api(root, commands.prepare(root, folder))
    found = []
    for module in modules:
        made = cohort.write(root, folder, module.name, (ALL_RIGHT, ALL_WRONG))
        intake.take_in(made.handed_in, folder / "submitted", {module.name: module.lessons})
        commands.must(nbgrader.generate_assignment(module.name, force=True), f"generate_assignment {module.name}")
        for person in made.plan:
            say(f"grading {person.student}'s {module.name}")
            commands.autograde(nbgrader, module.name, person.student)
            found.append(commands.scores(nbgrader, module.name, person.student))
    return found
