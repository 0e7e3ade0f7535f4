"""The judge's bench: which cell must hand out which answers, and what the reference answers. Kept by content."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import watchkeeper
from watchkeeper.build import course, key, lesson, marking, reference, source
from watchkeeper.build.marking import Question
from watchkeeper.grade.verdict import Truths

CACHE = ".watchkeeper/reference"


@dataclass(frozen=True)
class Bench:
    """All that is needed to judge one notebook of one module."""

    questions: dict[str, Question]
    truths: dict[str, Truths]
    expected: dict[str, list[str]]  # grade_id of a check cell → the questions it asks, in order
    points: dict[str, float]


def open_bench(root: Path, module: str, notebook: str, datasets: Path, held_back: Path) -> Bench:
    """The bench for `source/<module>/<notebook>.ipynb`; runs the reference when nothing is kept for this content."""
    read = course.read(root)
    marks = marking.load(read.module(module).folder / "marking.py")
    path = root / "source" / module / f"{notebook}.ipynb"
    kept = root / CACHE / f"{_content(root, module, path, datasets, held_back)}.json"
    if kept.is_file():
        data = json.loads(kept.read_text(encoding="utf-8"))
    else:
        data = _asked(read, module, path, marks, datasets, held_back)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_text(json.dumps(data), encoding="utf-8")
    truths = {name: Truths(one["right"], one["wrong"]) for name, one in data["truths"].items()}
    return Bench(marks.questions, truths, data["expected"], data["points"])


def _asked(read: course.Course, module: str, path: Path, marks: marking.Marking, datasets: Path,
           held_back: Path) -> dict:  # fmt: skip
    notebook = source.read(path)
    asked = key.without_digests(module, read.edition, marks.questions, read.module(module).points)
    with source.beside_key(asked) as beside:
        ran = reference.run(notebook, [beside], datasets, held_back)
    right = reference.answers(path.stem, ran, marks.questions)
    checks = [cell for cell in ran.cells if lesson.is_check(cell)]
    truths = {}
    for name, answers in right.items():
        question = marks.questions[name]
        folder = held_back if question.kind == "compute" else datasets
        wrong = {one.name: reference.made_by(question, one.make, folder) for one in question.wrong}
        truths[name] = {"right": answers, "wrong": wrong}
    return {
        "truths": truths,
        "expected": {c.metadata.nbgrader.grade_id: [a["question"] for a in reference.handed_out(c)] for c in checks},
        "points": {c.metadata.nbgrader.grade_id: c.metadata.nbgrader.points for c in checks},
    }


def _content(root: Path, module: str, notebook: Path, datasets: Path, held_back: Path) -> str:
    """Names all that the answers follow from: the notebook, the marking, the recordings, the package's own code."""
    digest = hashlib.sha256()
    code = sorted(Path(watchkeeper.__file__).parent.rglob("*.py"))
    cards = sorted([*datasets.glob("*/card.toml"), *held_back.glob("*/card.toml")])
    for path in [notebook, root / "course" / "course.toml", root / "course" / module / "marking.py", *cards, *code]:
        digest.update(str(path.name).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]
