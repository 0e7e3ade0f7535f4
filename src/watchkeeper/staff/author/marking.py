"""What is right and wrong in a module: its questions with their known wrong answers, its reflections, its facts.

The files are described in course.py, the words of a question file in writing.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.check.answers import AnswerType
from watchkeeper.staff.author import questionfile
from watchkeeper.staff.author.course import GRADED, Module
from watchkeeper.staff.author.writing import Draft, Fact
from watchkeeper.staff.errors import BuildError


@dataclass(frozen=True)
class Wrong:
    """A known wrong answer: what a named misconception computes on the same data, and the hint for it.

    `make` takes what the question's inputs give (a *write it* question: one input a call; every other question: all of
    them). `hint` is two sentences: the misconception by name, and the next step.
    """

    make: Callable[..., Any]
    hint: tuple[str, str]

    @property
    def name(self) -> str:
        return self.make.__name__


@dataclass(frozen=True)
class Question:
    """One graded question. `right` are honest alternatives to the reference's answer, called as `Wrong.make` is."""

    name: str
    kind: str
    answer: AnswerType
    inputs: Sequence[dict[str, Any]]
    wrong: Sequence[Wrong]
    right: Sequence[Callable[..., Any]]
    hints: Sequence[str]
    passed: str
    yours: Sequence[str] = ()


@dataclass(frozen=True)
class Reflection:
    """Two to four sentences that a mentor marks: a sample answer a level, best first, with its share of the points."""

    name: str
    rubric: Sequence[tuple[float, str, str]]


@dataclass(frozen=True)
class Marking:
    """What the files of a module say. `facts` and `misconceptions` are by lesson.

    `misconceptions` holds, for each misconception, the known wrong answers that show it, as `question.name`.
    """

    questions: dict[str, Question]
    reflections: dict[str, Reflection]
    facts: dict[str, list[Fact]]
    misconceptions: dict[str, dict[str, list[str]]]


def load(module: Module) -> Marking:
    """Run the files of a module's lessons. Questions and reflections are in the order of the lessons' cells.

    Raises BuildError with the file, the line and what to do.
    """
    questionfile.fresh(module)
    questions: dict[str, Question] = {}
    reflections: dict[str, Reflection] = {}
    facts: dict[str, list[Fact]] = {}
    misconceptions: dict[str, dict[str, list[str]]] = {}
    seen: dict[str, Path] = {}
    for lesson in module.lessons:
        facts[lesson] = questionfile.facts(module, lesson)
        listed = misconceptions[lesson] = {}
        asked = GRADED.findall(module.lesson(lesson).read_text(encoding="utf-8"))
        for path in sorted(
            [*module.questions(lesson), *module.reflections(lesson)], key=lambda path: _order(path, asked)
        ):
            name = questionfile.name_of(path)
            if name in seen:
                raise BuildError(f"{path}: the name {name!r} is also that of {seen[name]}. Rename one of the two.")
            seen[name] = path
            if path.suffix == ".md":
                reflections[name] = Reflection(name, questionfile.rubric(path))
                continue
            draft = questionfile.question(module, path)
            questions[name] = _question(name, draft)
            for known in draft.known_wrong:
                if known.misconception:
                    listed.setdefault(known.misconception, []).append(f"{name}.{known.make.__name__}")
    return Marking(questions, reflections, facts, misconceptions)


def _order(path: Path, asked: Sequence[str]) -> tuple[int, str]:
    """Where the lesson asks for it; what it does not ask comes last."""
    name = questionfile.name_of(path)
    return asked.index(name) if name in asked else len(asked), name


def _question(name: str, draft: Draft) -> Question:
    """The one place that makes a question of what its file said."""
    return Question(
        name=name,
        kind=draft.kind,
        answer=draft.answer,
        inputs=draft.asked_on,
        wrong=[Wrong(known.make, known.hint) for known in draft.known_wrong],
        right=draft.right,
        hints=draft.steps,
        passed=draft.after,
        yours=draft.yours,
    )
