"""Invented submissions: the released notebook answered as the reference, an alternative or a wrong idea would."""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from watchkeeper.staff.author import lesson, source
from watchkeeper.staff.author.course import Course, Module
from watchkeeper.staff.author.marking import Question
from watchkeeper.staff.author.truths import Sheet

Choice = Callable[[Question], Callable[..., Any] | None]


def submission(course: Course, module: Module, name: str, sheet: Sheet, choose: Choice) -> NotebookNode:
    """The released notebook, answered: `choose(question)` names the function, or None for the reference's cell."""
    released = source.read(course.root / "release" / module.name / f"{name}.ipynb")
    reference = source.read(course.root / "source" / module.name / f"{name}.ipynb")
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in released.cells if "nbgrader" in cell.metadata}
    for cell in reference.cells:
        if not lesson.is_check(cell):
            continue
        question = sheet.questions[cell.metadata.nbgrader.grade_id]
        answer = f"{question.name}-answer"
        make = choose(question)
        original = next(one for one in reference.cells if one.metadata.get("nbgrader", {}).get("grade_id") == answer)
        cells[answer].source = original.source if make is None else as_cell(question, make, sheet, variable(cell))
    return released


def write(notebooks: dict[str, NotebookNode], folder: Path) -> None:
    """Write answered notebooks to a submission's folder, by lesson name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, notebook in notebooks.items():
        (folder / f"{name}.ipynb").write_text(source.text(notebook), encoding="utf-8")


def as_cell(question: Question, make: Callable[..., Any], sheet: Sheet, name: str) -> str:
    """The code an apprentice with this idea would have in the answer's cell."""
    if question.kind == "compute":
        return f"{with_needs(make)}\n{name} = {make.__name__}"
    truth = sheet.truths[question.name]
    (value,) = truth.wrong.get(make.__name__) or truth.alternatives.get(make.__name__)  # type: ignore[misc]
    if isinstance(value, dict) and isinstance(truth.right[0], dict):
        value = {**truth.right[0], **value}
    return f"{name} = {value!r}"


def with_needs(make: Callable[..., Any]) -> str:
    """A function's source together with the imports, constants and helpers of its file that it uses.

    The vocabulary of marking is no part of an answer, even where a variable of the function is called like a word of
    it: an apprentice's Python has no `watchkeeper.staff.author`.
    """
    module = ast.parse(inspect.getsource(sys.modules[make.__module__]))
    defined = {name: node for node in module.body for name in _names(node)}
    wanted, todo = [], [make.__name__]
    while todo:
        node = defined.get(todo.pop())
        if node is None or node in wanted:
            continue
        wanted.append(node)
        todo += [one.id for one in ast.walk(node) if isinstance(one, ast.Name) and one.id in defined]
    return "\n\n".join(ast.unparse(node) for node in module.body if node in wanted)


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef):
        yield node.name
    elif isinstance(node, ast.Assign):
        yield from (target.id for target in node.targets if isinstance(target, ast.Name))
    elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("watchkeeper.staff.author"):
        return
    elif isinstance(node, ast.Import | ast.ImportFrom):
        yield from ((alias.asname or alias.name).split(".")[0] for alias in node.names)


def variable(cell: NotebookNode) -> str:
    """The name that a check cell passes as its answer."""
    for node in ast.walk(ast.parse(cell.source)):
        match node:
            case ast.Call(func=ast.Name(id="check"), args=[_, ast.Name(id=name)]):
                return name
    raise ValueError(f"no check(name, variable) in {cell.source!r}")
