"""What the reference and each known wrong answer give on a set of recordings. Kept by content: it costs a run.

The wrong answers and alternatives of a question are also kept by themselves. They depend on one set of recordings only,
and each set is used for two sheets: with the other one when a notebook is graded, and alone when the course is proved.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from nbformat import NotebookNode

import watchkeeper
from watchkeeper.check.answers import Plain
from watchkeeper.check.codec import from_plain, to_plain
from watchkeeper.staff.author import key, lesson, marking, reference
from watchkeeper.staff.author.course import Course, Module
from watchkeeper.staff.author.marking import Marked
from watchkeeper.staff.author.sheet import Sheet, Truths

T = TypeVar("T")
KEPT = ".watchkeeper/truths"


def of_notebook(
    course: Course,
    module: Module,
    name: str,
    datasets: Path,
    held_back: Path,
    notebook: NotebookNode | None = None,
) -> Sheet:
    """The sheet of `source/<module>/<name>.ipynb`: functions asked on `held_back`, everything else on `datasets`.

    `notebook` is that source notebook where it is about to be written and the file may still hold an older one.
    """
    notebook = notebook or lesson.read(course.root / "source" / module.name / f"{name}.ipynb")
    content = _content(module, name, [datasets, held_back], lesson.text(notebook))
    return _kept(
        course.root / KEPT / f"{name}-{content}.json",
        Sheet,
        lambda: _asked(course, module, name, notebook, datasets, held_back),
    )


def _kept(path: Path, kind: type[T], make: Callable[[], T]) -> T:
    """What a file holds, or what `make` gives, which is then kept there. Other processes may do the same meanwhile."""
    if path.is_file():
        return from_plain(kind, json.loads(path.read_text(encoding="utf-8")))
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}")
    half.write_text(json.dumps(to_plain(made)), encoding="utf-8")
    half.replace(path)
    return made


def _asked(course: Course, module: Module, name: str, notebook: NotebookNode, datasets: Path, held_back: Path) -> Sheet:
    marks = marking.load(module)
    asked = key.unanswered_key(module.name, course.edition, marks)
    ran = reference.run_beside(asked, notebook, datasets, held_back)
    answers = reference.answers(name, ran, marks.questions)
    checks = [cell for cell in ran.cells if lesson.is_check(cell)]
    return Sheet(
        questions={name: marks.questions[name].question for name in answers},
        truths={
            question: _of_answers(course, module, name, marks.questions[question], right, datasets, held_back)
            for question, right in answers.items()
        },
        expected={c.metadata.nbgrader.grade_id: [a["question"] for a in reference.handed_out(c)] for c in checks},
        points={c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points for c in checks},
        pictures_without_words=tuple(c.source for c in ran.cells for o in c.get("outputs", []) if _lacks_words(o)),
        written_on_stderr=tuple(c.source for c in ran.cells for o in c.get("outputs", []) if o.get("name") == "stderr"),
    )


def _of_answers(
    course: Course, module: Module, name: str, marked: Marked, right: list[Plain], datasets: Path, held_back: Path
) -> Truths:
    """A question's truths; what the wrong answers and alternatives give is kept for other sheets."""
    folder = held_back if marked.question.inputs else datasets
    content = _content(module, name, [folder])
    kept = _kept(
        course.root / KEPT / f"{marked.name}-{content}.json", Truths, lambda: reference.truths(marked, [], folder)
    )
    return replace(kept, right=right)


def of_question(course: Course, module: Module, lesson_name: str, marked: Marked, datasets: Path) -> Truths:
    """The truths of one question, from its lesson's text. Nothing is kept, and no cell after its check is run."""
    marks = marking.load(module)
    notebook = lesson.to_notebook(module.lesson(lesson_name), module.points, course.edition)
    before = next(n for n, cell in enumerate(notebook.cells) if _asks(cell, marked.name))
    notebook.cells = [
        cell
        for cell in notebook.cells[: before + 1]
        if cell.cell_type == "code" and (_asks(cell, marked.name) or not lesson.is_check(cell))
    ]
    asked = key.unanswered_key(module.name, course.edition, marks)
    ran = reference.run_beside(asked, notebook, datasets, datasets)
    answers = reference.answers(lesson_name, ran, marks.questions)
    return reference.truths(marked, answers[marked.name], datasets)


def _asks(cell: NotebookNode, question: str) -> bool:
    return lesson.is_check(cell) and cell.metadata.nbgrader.grade_id == question


def _lacks_words(output: NotebookNode) -> bool:
    """Whether an output shows a picture without saying in words what is on it."""
    data = output.get("data", {})
    pictures = re.findall(r"<img\b[^>]*>", str(data.get("text/html", "")))
    bare = any(re.search(r'\balt="[^"]{20,}"', picture) is None for picture in pictures)
    return bare or any(kind.startswith("image/") and len(data.get("text/plain", "")) < 80 for kind in data)


def _content(module: Module, name: str, folders: Sequence[Path], notebook: str = "") -> str:
    """A cache key of everything the answers depend on: notebook, question files, recordings, our own code."""
    digest = hashlib.sha256(notebook.encode())
    code = sorted(Path(watchkeeper.__file__).parent.rglob("*.py"))
    cards = sorted(card for folder in folders for card in folder.glob("*/card.toml"))
    for path in [*module.texts(name), *cards, *code]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    digest.update("\0".join(map(str, folders)).encode())
    return digest.hexdigest()[:24]
