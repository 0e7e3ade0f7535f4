"""What is right and wrong in a module: its questions with their known wrong answers, its reflections, its facts.

The files are described in course.py, the words of a question file in writing.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.check.answers import AnswerType
from watchkeeper.check.kinds import KINDS
from watchkeeper.check.question import Known, Question
from watchkeeper.staff.author import questionfile
from watchkeeper.staff.author.course import GRADED, Module
from watchkeeper.staff.author.writing import Draft, Fact
from watchkeeper.staff.errors import BuildError


@dataclass(frozen=True)
class Wrong:
    """A known wrong answer: what a named misconception computes on the same data, and the hint for it.

    `make` takes what the question's inputs give (a *write it* question: one input per call; every other question: all
    of them). `hint` is two sentences: the misconception by name, and the next step.
    """

    make: Callable[..., Any]
    hint: tuple[str, str]


@dataclass(frozen=True)
class Marked:
    """A question with the functions that it is proved with, by name, and the inputs that they are called on.

    `wrong` are its known wrong answers, `right` honest alternatives to the reference's answer.
    """

    question: Question
    inputs: tuple[dict[str, Any], ...]
    wrong: dict[str, Callable[..., Any]]
    right: dict[str, Callable[..., Any]]

    @property
    def name(self) -> str:
        return self.question.name


def marked(
    name: str,
    kind: str,
    answer: AnswerType,
    inputs: Sequence[dict[str, Any]],
    wrong: Sequence[Wrong],
    right: Sequence[Callable[..., Any]],
    hints: Sequence[str],
    passed: str,
    yours: Sequence[str] = (),
    points: float = 0,
) -> Marked:
    """One graded question as its author states it; `kind` is one of `check.kinds.KINDS`."""
    known = tuple(Known(one.make.__name__, one.hint) for one in wrong)
    own = KINDS[kind].inputs(inputs)
    question = Question(name, kind, points, answer, own, tuple(hints), passed, tuple(yours), known)
    functions = ({make.__name__: make for make in makes} for makes in ([one.make for one in wrong], right))
    return Marked(question, tuple(inputs), *functions)


@dataclass(frozen=True)
class Reflection:
    """Two to four sentences that a mentor marks: one sample per level, best first, with its share of the points."""

    name: str
    rubric: Sequence[tuple[float, str, str]]


@dataclass(frozen=True)
class Marking:
    """What the files of a module say. `facts` and `misconceptions` are by lesson.

    `misconceptions` holds, for each misconception, the known wrong answers that show it, as `question.name`.
    """

    questions: dict[str, Marked]
    reflections: dict[str, Reflection]
    facts: dict[str, list[Fact]]
    misconceptions: dict[str, dict[str, list[str]]]


def load(module: Module) -> Marking:
    """Run the files of a module's lessons. Questions and reflections are in the order of the lessons' cells.

    Raises BuildError with the file, the line and what to do.
    """
    questionfile.fresh(module)
    questions: dict[str, Marked] = {}
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
            questions[name] = _question(name, draft, module.points[name])
            for known in draft.known_wrong:
                if known.misconception:
                    listed.setdefault(known.misconception, []).append(f"{name}.{known.make.__name__}")
    return Marking(questions, reflections, facts, misconceptions)


def _order(path: Path, asked: Sequence[str]) -> tuple[int, str]:
    """Where the lesson asks for it; what it does not ask comes last."""
    name = questionfile.name_of(path)
    return asked.index(name) if name in asked else len(asked), name


def _question(name: str, draft: Draft, points: float) -> Marked:
    """The one place that makes a question of what its file said."""
    return marked(
        name=name,
        kind=draft.kind,
        answer=draft.answer,
        inputs=draft.asked_on,
        wrong=[Wrong(known.make, known.hint) for known in draft.known_wrong],
        right=draft.right,
        hints=draft.steps,
        passed=draft.after,
        yours=draft.yours,
        points=points,
    )
