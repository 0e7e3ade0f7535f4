"""What the reference and each known wrong answer give on a set of recordings. Kept by content, for it costs a run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nbformat import NotebookNode

import watchkeeper
from watchkeeper.check.answers import Plain
from watchkeeper.staff.author import key, lesson, marking, reference, source
from watchkeeper.staff.author.course import Course, Module
from watchkeeper.staff.author.marking import Question

KEPT = ".watchkeeper/truths"


@dataclass(frozen=True)
class Truths:
    """One question's: the reference's answer on each input, and what each wrong answer and alternative gives there."""

    right: Sequence[Plain]
    wrong: Mapping[str, Sequence[Plain]]
    alternatives: Mapping[str, Sequence[Plain]]


@dataclass(frozen=True)
class Sheet:
    """One notebook's: its questions, their truths, and which check cell (by grade_id) asks which of them for points."""

    questions: dict[str, Question]
    truths: dict[str, Truths]
    expected: dict[str, list[str]]
    points: dict[str, float]
    pictures_without_words: Sequence[str] = ()
    written_on_stderr: Sequence[str] = ()


def of_notebook(course: Course, module: Module, name: str, datasets: Path, held_back: Path) -> Sheet:
    """The sheet of `source/<module>/<name>.ipynb`: functions asked on `held_back`, everything else on `datasets`."""
    path = course.root / "source" / module.name / f"{name}.ipynb"
    marks = marking.load(module)
    kept = course.root / KEPT / f"{name}-{_content(course, module, name, datasets, held_back)}.json"
    if kept.is_file():
        data = json.loads(kept.read_text(encoding="utf-8"))
    else:
        data = _asked(course, module, path, marks, datasets, held_back)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(data), encoding="utf-8")
    truths = {question: Truths(**one) for question, one in data["truths"].items()}
    questions = {question: marks.questions[question] for question in truths}
    return Sheet(questions, truths, *(data[name] for name in ("expected", "points", "without_words", "on_stderr")))


def _asked(course: Course, module: Module, path: Path, marks: marking.Marking, datasets: Path, held_back: Path) -> dict:
    notebook = source.read(path)
    asked = key.without_digests(module.name, course.edition, marks.questions, module.points)
    with source.beside_key(asked) as beside:
        ran = reference.run(notebook, [beside], datasets, held_back)
    truths = {}
    for name, answers in reference.answers(path.stem, ran, marks.questions).items():
        question = marks.questions[name]
        truths[name] = _compared(question, answers, held_back if question.kind == "compute" else datasets)
    checks = [cell for cell in ran.cells if lesson.is_check(cell)]
    return {
        "truths": truths,
        "expected": {c.metadata.nbgrader.grade_id: [a["question"] for a in reference.handed_out(c)] for c in checks},
        "points": {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points for c in checks},
        "without_words": [c.source for c in ran.cells for o in c.get("outputs", []) if _lacks_words(o)],
        "on_stderr": [c.source for c in ran.cells for o in c.get("outputs", []) if o.get("name") == "stderr"],
    }


def of_question(course: Course, module: Module, lesson_name: str, question: Question, datasets: Path) -> Truths:
    """The truths of one question, from its lesson's text. Nothing is kept, and no cell after its check is run."""
    marks = marking.load(module)
    notebook = lesson.to_notebook(module.lesson(lesson_name), module.points, course.edition)
    before = next(n for n, cell in enumerate(notebook.cells) if _asks(cell, question.name))
    notebook.cells = [
        cell
        for cell in notebook.cells[: before + 1]
        if cell.cell_type == "code" and (_asks(cell, question.name) or not lesson.is_check(cell))
    ]
    asked = key.without_digests(module.name, course.edition, marks.questions, module.points)
    answers = source.answers_of(lesson_name, notebook, asked, marks.questions, datasets, datasets)
    return Truths(**_compared(question, answers[question.name], datasets))


def _asks(cell: NotebookNode, question: str) -> bool:
    return lesson.is_check(cell) and cell.metadata.nbgrader.grade_id == question


def _compared(question: Question, answers: list[Plain], datasets: Path) -> dict:
    """The reference's answers beside those of each known wrong answer and alternative on the same inputs."""
    values = reference.inputs_of(question, datasets)
    wrong = {one.name: reference.made_by(question, one.make, values) for one in question.wrong}
    right = {make.__name__: reference.made_by(question, make, values) for make in question.right}
    return {"right": answers, "wrong": wrong, "alternatives": right}


def _lacks_words(output: NotebookNode) -> bool:
    """Whether an output shows a picture without saying in words what is on it."""
    data = output.get("data", {})
    pictures = re.findall(r"<img\b[^>]*>", str(data.get("text/html", "")))
    bare = any(re.search(r'\balt="[^"]{20,}"', picture) is None for picture in pictures)
    return bare or any(kind.startswith("image/") and len(data.get("text/plain", "")) < 80 for kind in data)


def _content(course: Course, module: Module, name: str, datasets: Path, held_back: Path) -> str:
    """A cache key of everything the answers depend on: notebook, question files, recordings, our own code."""
    digest = hashlib.sha256()
    code = sorted(Path(watchkeeper.__file__).parent.rglob("*.py"))
    cards = sorted([*datasets.glob("*/card.toml"), *held_back.glob("*/card.toml")])
    notebook = course.root / "source" / module.name / f"{name}.ipynb"
    for path in [notebook, *module.texts(name), *cards, *code]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update(f"{datasets}\0{held_back}".encode())
    return digest.hexdigest()[:24]
