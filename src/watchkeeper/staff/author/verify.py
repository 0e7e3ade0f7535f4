"""The proofs of the content: what a marking must hold, what a lesson must look like, what must not leak."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from watchkeeper.check.answers import AnswerType, Plain
from watchkeeper.check.compare import differing, is_known, part, parts_of
from watchkeeper.check.outcome import COLUMNS, LINES, folded
from watchkeeper.check.question import Question
from watchkeeper.staff.author import claims, form, lesson, marking, numbers, several, truths
from watchkeeper.staff.author.course import LESSON, Course, Module
from watchkeeper.staff.author.marking import Marked, Marking
from watchkeeper.staff.author.sheet import Sheet, Truths

Say = Callable[[str], None]
LEAST_WRONG, LEAST_RIGHT, LEAST_HINTS = 3, 2, 2
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.S)
LONG_ENOUGH = 14  # characters: a shorter line of code ("return total") may stand anywhere by chance


def problems(course: Course, say: Say = print) -> list[str]:
    """Everything that is wrong with the content, one sentence per problem. An empty list is the proof."""
    found: list[str] = []
    for module in course.modules:
        for marked in marking.load(module).questions.values():
            found += [f"{module.name}, {marked.name}: {one}" for one in of_marking(marked)]
        found += leaks(course, module)
    jobs = [(course, module, name) for module in course.modules for name in module.lessons]
    for faults in several.each(of_notebook, jobs, say, "notebooks"):
        found += faults
    return found


def of_notebook(course: Course, module: Module, name: str) -> list[str]:
    """What is wrong with one lesson: its page, and its answers on the public and on the held-back recordings."""
    found = [f"{module.lesson(name)}: {one}" for one in of_lesson(module, name, marking.load(module))]
    public = course.root / "datasets"
    for where, folder in (("public", public), ("held-back", public / "held-back")):
        sheet = truths.of_notebook(course, module, name, folder, folder)
        found += [f"{module.lesson(name)} on the {where} recordings: {one}" for one in of_figures(sheet)]
        for asked in sheet.questions.values():
            found += [
                f"{module.name}, {asked.name} on the {where} recordings: {one}"
                for one in of_truths(asked, sheet.truths[asked.name])
            ]
    return found


def of_marking(marked: Marked) -> Iterator[str]:
    """What a question's marking lacks."""
    question = marked.question
    for what, items, least in (
        ("known wrong answers", question.wrong, LEAST_WRONG),
        ("alternatives", marked.right, LEAST_RIGHT),
        ("hints", question.hints, LEAST_HINTS),
    ):
        if len(items) < least:
            yield f"has {len(items)} {what}, of {least} at least"
    for wrong in question.wrong:
        for sentence in wrong.hint:
            if len(sentence) > COLUMNS:
                yield f"the hint for {wrong.name} has {len(sentence)} columns, of {COLUMNS} at most: {sentence}"
    if len({wrong.hint for wrong in question.wrong}) < len(question.wrong):
        yield "two wrong answers have the same hint"
    if folded(question.passed)[-1].endswith(" ...") or not question.passed:
        yield f"the sentence after a pass does not fit {LINES} lines of {COLUMNS} columns"


def of_truths(question: Question, truth: Truths) -> Iterator[str]:
    """Alternatives must be right on every input; each wrong answer wrong on some, by far, and known as itself."""
    for name, answers in truth.alternatives.items():
        for position, (made, right) in enumerate(zip(answers, truth.right, strict=True)):
            if made is None or differing(question.answer, made, right):
                yield f"the alternative {name} is not right on input {position}: {made!r:.90} for {right!r:.90}"
    for wrong in question.wrong:
        met = first_met(question, truth, wrong.name)
        if met is None:
            yield f"the wrong answer {wrong.name} is right everywhere"
        elif met[1] != wrong.name:
            yield f"the wrong answer {wrong.name} gets the hint of {met[1]!r} on input {met[0]}"
        elif not far(question, truth.wrong[wrong.name][met[0]], truth.right[met[0]]):
            yield f"the wrong answer {wrong.name} is within three tolerances of the right one"


def first_met(question: Question, truth: Truths, name: str) -> tuple[int, str] | None:
    """The first input on which the wrong answer `name` is not right, and as which known wrong answer it is met."""
    for position, right in enumerate(truth.right):
        made = truth.wrong[name][position]
        if made is None:
            return position, "no answer at all"
        if not differing(question.answer, made, right):
            continue
        for known in question.wrong:
            other = truth.wrong[known.name][position]
            if (
                other is not None
                and differing(question.answer, other, right)
                and is_known(question.answer, made, other)
            ):
                return position, known.name
        return position, "nothing"
    return None


def far(question: Question, made: Plain, right: Plain) -> bool:
    """Whether some atom is missing, of another kind, or more than three tolerances off."""
    return any(
        _far(kind, part(made, name), part(right, name))
        for name, kind in parts_of(question.answer).items()
        if not name or name in made
    )


def _far(kind: AnswerType, made: Plain, right: Plain) -> bool:
    theirs, ours = kind.atoms(made), kind.atoms(right)
    if theirs.keys() != ours.keys():
        return True
    return any(
        abs(a - b) > 3 if isinstance(a, int) and isinstance(b, int) else a != b
        for a, b in ((theirs[path], ours[path]) for path in ours)
    )


def of_lesson(module: Module, name: str, marks: Marking) -> Iterator[str]:
    """What a lesson's page lacks, and what module.md claims of it that is not so."""
    yield from form.of_lesson(module, name, marks.questions)
    yield from claims.of_lesson(module, name, marks)
    notebook = lesson.to_notebook(module.lesson(name), module.points, "")
    yield from numbers.of_equations(notebook)
    yield from numbers.without_source(notebook, marks.facts[name])
    public = module.folder.parent.parent / "datasets"
    for datasets in (public, public / "held-back"):
        yield from numbers.of_facts(notebook, marks.facts[name], datasets)


def of_figures(sheet: Sheet) -> Iterator[str]:
    """Every picture that the reference's run showed has alternative text; and it wrote nothing on stderr."""
    for source in sheet.pictures_without_words:
        yield f"a figure has no alternative text: {source}"
    for source in sheet.written_on_stderr:
        yield f"a cell writes on stderr, which nbgrader scores 0: {source}"


def leaks(course: Course, module: Module) -> list[str]:
    """Reference code, notes and keys that an apprentice's copy of the module would show."""
    folder = course.root / "release" / module.name
    shown = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
    found = [
        f"release/{module.name}/{name} holds {mark!r}"
        for name, text in shown.items()
        for mark in ("BEGIN SOLUTION", "HIDDEN TESTS", "jupytext", "watchkeeper.staff")
        if mark in text
    ]
    for secret in secrets(module):
        found += [
            f"release/{module.name}/{name} shows the answer's line {secret!r}"
            for name, text in shown.items()
            if name.endswith(".ipynb") and as_json(secret) in text
        ]
    return found


def secrets(module: Module) -> set[str]:
    """Every line of reference code that is too long to match by accident, and that no lesson shows."""
    lines: set[str] = set()
    lessons = module.folder.parent.glob(f"*/*/{LESSON}")
    outside = "".join(SOLUTION.sub("", path.read_text(encoding="utf-8")) for path in lessons)  # shown on purpose
    for name in module.lessons:
        text = module.lesson(name).read_text(encoding="utf-8")
        inside = [line.removeprefix("# ").strip() for block in SOLUTION.findall(text) for line in block.splitlines()]
        lines |= {line for line in inside if len(line) >= LONG_ENOUGH and line not in outside}
    return lines


def as_json(line: str) -> str:
    """A line of code as it stands inside a notebook's file."""
    return json.dumps(line)[1:-1]


@dataclass(frozen=True)
class Line:
    """One lesson on the page that `watchkeeper verify` prints."""

    lesson: str
    outcomes: int
    questions: int
    wrong: int
    misconceptions: int
    reflections: int
    points: float
    minutes: int
    cells: int


def page(course: Course) -> list[Line]:
    """One line per lesson: outcomes and misconceptions from module.md, everything else counted."""
    lines = []
    for module in course.modules:
        marks = marking.load(module)
        for name in module.lessons:
            notebook = lesson.to_notebook(module.lesson(name), module.points, "")
            asked, texts = lesson.questions_in(notebook), lesson.reflections_in(notebook)
            lines.append(
                Line(
                    f"{module.name}/{name}",
                    len(form.table(module, "Outcomes", name)),
                    len(asked),
                    sum(len(marks.questions[one].wrong) for one in asked),
                    len(form.table(module, "Misconceptions", name)),
                    len(texts),
                    sum(module.points[one] for one in [*asked, *texts]),
                    form.minutes(module, name),
                    len(notebook.cells),
                )
            )
    return lines
