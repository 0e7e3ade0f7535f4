"""The reference's answers: runs its notebook and collects the answers that it sends out. None is typed in."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output

from watchkeeper.check import key
from watchkeeper.check.answers import AnswerProblem, Plain
from watchkeeper.check.compare import parts_of
from watchkeeper.check.handout import MIME
from watchkeeper.check.inputs import resolve
from watchkeeper.check.kinds import kind_of
from watchkeeper.check.problem import believed, when_graded
from watchkeeper.staff.author import lesson, warm
from watchkeeper.staff.author.marking import Marked
from watchkeeper.staff.author.sheet import Truths
from watchkeeper.staff.errors import BuildError
from watchkeeper.staff.sandbox import needs
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.runner import Inputs

SECONDS_A_CELL = 120
SECONDS_A_NOTEBOOK = 1800  # generous, because this is our own code; it only has to end


def run(
    notebook: NotebookNode,
    beside: Sequence[Path],
    datasets: Path,
    held_back: Path | None = None,
    seconds_a_cell: float = SECONDS_A_CELL,
) -> NotebookNode:
    """Run one of our own notebooks like a submission, in a temporary folder with the files `beside`.

    If a key.json is among these files, functions are called on the recordings of `held_back`, or else of `datasets`.
    The answers of each cell are appended to its outputs, as a kernel shows them. If the run stops, an error says why.
    """
    notebook = nbformat.from_dict(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    places = {cell.metadata.nbgrader.grade_id: number for number, cell in enumerate(code) if lesson.is_check(cell)}
    keys = [path.parent for path in beside if path.name == key.KEY_FILE]
    asked = [question for folder in keys for name, question in key.load(folder).items() if name in places]
    with ExitStack() as lent:
        inputs = [
            lent.enter_context(closing(Inputs(question.name, warm.packed(question.inputs, held_back or datasets))))
            for question in asked
            if question.inputs
        ]
        ran = warm.runner(datasets).run(
            [cell.source for cell in code],
            {path.name: path.read_bytes() for path in beside},
            inputs,
            places,
            opens=needs.opened_by(notebook, {card.parent.name for card in datasets.glob("*/card.toml")}),
            budget=Budget(cell_seconds=seconds_a_cell, notebook_seconds=SECONDS_A_NOTEBOOK),
        )
    for cell, outputs, answers in zip(code, ran.outputs, ran.answers, strict=True):
        cell.outputs = [nbformat.from_dict(output) for output in outputs or []]
        cell.outputs += [new_output("display_data", data={MIME: answer}) for answer in answers]
        if outputs is None:
            cell.outputs.append(new_output("error", ename="Stopped", evalue=ran.stopped))
            break
    return notebook


def run_beside(
    content: dict[str, Any], notebook: NotebookNode, datasets: Path, held_back: Path | None = None
) -> NotebookNode:
    """Like `run`, next to a key.json with this content."""
    with tempfile.TemporaryDirectory(prefix="watchkeeper-key-") as folder:
        path = Path(folder) / key.KEY_FILE
        path.write_text(json.dumps(content), encoding="utf-8")
        return run(notebook, [path], datasets, held_back)


def handed_out(cell: NotebookNode) -> list[dict[str, Any]]:
    """The answers in a cell's outputs, in order; each is `{"question": …, "results": […]}`."""
    return [output.data[MIME] for output in cell.get("outputs", []) if MIME in output.get("data", {})]


def answers(name: str, notebook: NotebookNode, questions: dict[str, Marked]) -> dict[str, list[Plain]]:
    """The reference's plain answers by question, one per input. Raises BuildError where the reference gives none."""
    found: dict[str, list[Plain]] = {}
    for cell in notebook.cells:
        error = next((one for one in cell.get("outputs", []) if one.output_type == "error"), None)
        if error and error.ename != "NotJudged":
            raise BuildError(f"The reference of {name} stops: {error.ename}: {error.evalue}\nin: {cell.source}")
        for answer in handed_out(cell):
            question = answer["question"]
            if question not in questions:
                raise BuildError(f"{name} checks {question!r}, but no file describes that question.")
            for result in answer["results"]:
                if "problem" in result:
                    where = result.get("input") or "its only input"
                    asked = questions[question].question
                    said = when_graded(believed(result["problem"], asked), asked.answer)
                    raise BuildError(f"The reference's own {question!r} fails on {where}: {said}")
            found[question] = [result["plain"] for result in answer["results"]]
    return found


def truths(marked: Marked, right: list[Plain], datasets: Path, held_back: Path | None = None) -> Truths:
    """What each known wrong answer and alternative gives where the reference gives `right`.

    The functions that a question asks for are called on `held_back` instead of `datasets`, if there is such a folder.
    """
    values = inputs_of(marked, held_back if held_back and marked.question.inputs else datasets)
    wrong = {name: made_by(marked, make, values) for name, make in marked.wrong.items()}
    return Truths(right, wrong, {name: made_by(marked, make, values) for name, make in marked.right.items()})


def inputs_of(marked: Marked, datasets: Path) -> list[Any]:
    """What the question's inputs give. Reading recordings is slow: ask once per question, not once per answer."""
    return [value for _, value in resolve(marked.inputs, warm.library(datasets))]


def made_by(marked: Marked, make: Any, values: list[Any]) -> list[Plain]:
    """What a known wrong answer (or an honest alternative) gives on the question's inputs, in the form of `answers`.

    None is for an input on which it gives nothing that could be an answer.
    """
    return [_plain(marked, value) for value in kind_of(marked.question).made(make, values)]


def _plain(marked: Marked, value: Any) -> Plain:
    """The value as plain data, part by part, because a wrong diagnosis does not have to give every part."""
    parts = parts_of(marked.question.answer)
    try:
        if "" in parts:
            return marked.question.answer.plain(value)
        return {name: kind.plain(value[name]) for name, kind in parts.items() if name in value}
    except (AnswerProblem, TypeError):
        return None
