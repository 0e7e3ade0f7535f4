"""What the reference answers: its notebook is run, and the answers it hands out are collected. Nothing is typed in."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from watchkeeper.check.answers import AnswerProblem, Plain
from watchkeeper.check.compare import parts_of
from watchkeeper.check.handout import HELD_BACK, MIME
from watchkeeper.check.inputs import copied, resolve
from watchkeeper.recording import Library
from watchkeeper.staff.author import rehearsal
from watchkeeper.staff.author.marking import Question
from watchkeeper.staff.errors import BuildError

SECONDS_A_CELL = 120


def run(
    notebook: NotebookNode,
    beside: Sequence[Path],
    datasets: Path,
    held_back: Path | None = None,
    seconds_a_cell: float = SECONDS_A_CELL,
) -> NotebookNode:
    """Run one of our own notebooks as a graded run does, in a folder of its own with the files `beside` it."""
    with tempfile.TemporaryDirectory(prefix="watchkeeper-reference-") as folder:
        for path in beside:
            shutil.copy2(path, folder)
        return rehearsal.run(notebook, Path(folder), graded_environment(datasets, held_back), seconds_a_cell)


def graded_environment(datasets: Path, held_back: Path | None) -> dict[str, str]:
    """The environment of a kernel whose checks hand out their answers."""
    env = {**os.environ, "NBGRADER_EXECUTION": "autograde", "WATCHKEEPER_DATASETS": str(datasets)}
    env.pop(HELD_BACK, None)
    return env | ({HELD_BACK: str(held_back)} if held_back else {})


def handed_out(cell: NotebookNode) -> list[dict[str, Any]]:
    """The answers that a cell's outputs hold, in order: `{"question": …, "results": […]}` each."""
    return [output.data[MIME] for output in cell.get("outputs", []) if MIME in output.get("data", {})]


def answers(name: str, notebook: NotebookNode, questions: dict[str, Question]) -> dict[str, list[Plain]]:
    """The reference's plain answers by question, one an input. Raises BuildError where the reference gives none."""
    found: dict[str, list[Plain]] = {}
    for cell in notebook.cells:
        error = next((one for one in cell.get("outputs", []) if one.output_type == "error"), None)
        if error and error.ename != "NotJudged":
            raise BuildError(f"The reference of {name} stops: {error.ename}: {error.evalue}\nin: {cell.source}")
        for answer in handed_out(cell):
            question = answer["question"]
            if question not in questions:
                raise BuildError(f"{name} checks {question!r}, which no marking describes.")
            for result in answer["results"]:
                if "problem" in result:
                    where = result.get("input") or "its only input"
                    raise BuildError(f"The reference's own {question!r} fails on {where}: {result['problem']}")
            found[question] = [result["plain"] for result in answer["results"]]
    return found


def inputs_of(question: Question, datasets: Path) -> list[Any]:
    """What the question's inputs give. Reading recordings is slow: ask once a question, not once an answer."""
    return [value for _, value in resolve(question.inputs, Library(datasets))]


def made_by(question: Question, make: Any, values: list[Any]) -> list[Plain]:
    """What a known wrong answer (or an honest alternative) gives on the question's inputs: as `answers` has it.

    None stands for an input on which it gives nothing that could be an answer.
    """
    if question.kind != "compute":
        return [_plain(question, make(*map(copied, values)))]
    return [_plain(question, _called(make, value)) for value in values]


def _called(make: Any, value: Any) -> Any:
    try:
        return make(copied(value))
    except Exception:  # a wrong answer may crash on an edge case; on some input it must not, which the proofs check
        return None


def _plain(question: Question, value: Any) -> Plain:
    """Plain, part by part: a wrong diagnosis need not give every part."""
    parts = parts_of(question.answer)
    try:
        if "" in parts:
            return question.answer.plain(value)
        return {name: kind.plain(value[name]) for name, kind in parts.items() if name in value}
    except (AnswerProblem, TypeError):
        return None
