"""What module.md claims of a lesson, held against its questions: outcomes, misconceptions."""

from __future__ import annotations

import re
from collections.abc import Iterator

from watchkeeper.staff.author import form, lesson
from watchkeeper.staff.author.course import Module
from watchkeeper.staff.author.marking import Marking, Question

LEAST_MISCONCEPTIONS = 3  # a lesson
NAMED = re.compile(r"`([\w.-]+)`")


def of_lesson(module: Module, name: str, marks: Marking) -> Iterator[str]:
    """Each outcome is taught somewhere and assessed by something, nothing is asked that no outcome names."""
    notebook = lesson.to_notebook(module.lesson(name), module.points, "")
    asked = {*lesson.questions_in(notebook), *lesson.reflections_in(notebook)}
    assessed: set[str] = set()
    outcomes = form.table(module, "Outcomes", name)
    if not outcomes:
        yield f'module.md has no table under "## Outcomes: {name}"'
    for cells in outcomes:
        if len(cells) != 3 or not all(cells):
            yield f"the outcome {cells[0]!r} must say where it is taught and by what it is assessed"
            continue
        names = set(NAMED.findall(cells[2]))
        assessed |= names
        if names - asked or not (names or "later" in cells[2]):
            yield f"the outcome {cells[0]!r} is assessed by {cells[2]!r}, which {name} does not ask"
    for question in sorted(asked - assessed):
        yield f"{question!r} is asked, and no outcome in module.md names it"
    yield from of_misconceptions(module, name, {one: marks.questions[one] for one in asked & marks.questions.keys()})


def of_misconceptions(module: Module, name: str, questions: dict[str, Question]) -> Iterator[str]:
    """Each misconception that module.md lists is a known wrong answer of this lesson, and so has a hint of its own."""
    listed = form.table(module, "Misconceptions", name)
    if len(listed) < LEAST_MISCONCEPTIONS:
        yield f'module.md lists {len(listed)} misconceptions under "## Misconceptions: {name}"'
    for cells in listed:
        known = [one for one in NAMED.findall(cells[-1]) if "." in one]
        if not known:
            yield f"the misconception {cells[0]!r} names no known wrong answer"
        for one in known:
            question, _, wrong = one.rpartition(".")
            if question not in questions or wrong not in {w.name for w in questions[question].wrong}:
                yield f"the misconception {cells[0]!r} names {one!r}, which no question of {name} knows"
