"""Invented submissions: the released notebook answered as the reference, an alternative or a wrong idea would."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from watchkeeper.check.kinds import kind_of
from watchkeeper.staff.author import lesson, marking
from watchkeeper.staff.author.course import Course, Module
from watchkeeper.staff.author.marking import Marked
from watchkeeper.staff.author.sheet import Sheet

Choice = Callable[[Marked], Callable[..., Any] | None]


def submission(course: Course, module: Module, name: str, sheet: Sheet, choose: Choice) -> NotebookNode:
    """The released notebook, answered: `choose(marked)` names the function, or None for the reference's cell."""
    marks = marking.load(module)
    released = lesson.read(course.root / "release" / module.name / f"{name}.ipynb")
    reference = lesson.read(course.root / "source" / module.name / f"{name}.ipynb")
    cells = {cell.metadata.nbgrader.grade_id: cell for cell in released.cells if "nbgrader" in cell.metadata}
    for cell in reference.cells:
        if not lesson.is_check(cell):
            continue
        marked = marks.questions[cell.metadata.nbgrader.grade_id]
        answer = f"{marked.name}-answer"
        make = choose(marked)
        original = next(one for one in reference.cells if one.metadata.get("nbgrader", {}).get("grade_id") == answer)
        cells[answer].source = original.source if make is None else as_cell(marked, make, sheet, variable(cell))
    return released


def write(notebooks: dict[str, NotebookNode], folder: Path) -> None:
    """Write answered notebooks to a submission's folder, by lesson name."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, notebook in notebooks.items():
        (folder / f"{name}.ipynb").write_text(lesson.text(notebook), encoding="utf-8")


def as_cell(marked: Marked, make: Callable[..., Any], sheet: Sheet, name: str) -> str:
    """The code an apprentice with this idea would have in the answer's cell."""
    truth = sheet.truths[marked.name]
    made = (truth.wrong | truth.alternatives)[make.__name__]
    # A wrong diagnosis need not give every part; the rest is right.
    whole = [
        right | plain if isinstance(plain, dict) and isinstance(right, dict) else plain
        for plain, right in zip(made, truth.right, strict=True)
    ]
    return kind_of(marked.question).as_cell(name, make, whole, with_needs)


def with_needs(make: Callable[..., Any]) -> str:
    """A function's source together with the imports, constants and helpers that it uses.

    They may be in its own file, in the lesson's shared.py or in the course's vocabulary.py. The words that a question
    file is written in are not part of an answer, even where a variable of the function has the same name: an
    apprentice's Python has no `watchkeeper.staff`.
    """
    own = Path(make.__code__.co_filename)
    defined: dict[Path, dict[str, ast.stmt | Path]] = {}
    wanted: list[tuple[Path, ast.stmt]] = []
    todo = [(own, make.__name__)]
    while todo:
        path, name = todo.pop()
        if path not in defined:
            defined[path] = dict(_defined(path))
        node = defined[path].get(name)
        if isinstance(node, Path):
            todo.append((node, name))
        elif node is not None and (path, node) not in wanted:
            wanted.append((path, node))
            todo += [(path, one.id) for one in ast.walk(node) if isinstance(one, ast.Name)]
    # What everything else needs comes first: the vocabulary, then what the lesson shares, then the function's own file.
    wanted.sort(key=lambda one: (one[0] == own, len(one[0].parts), one[1].lineno))
    return "\n\n".join(ast.unparse(node) for _, node in wanted)


def _defined(path: Path) -> Iterator[tuple[str, ast.stmt | Path]]:
    """The names that a file of the course defines: each with its statement, or with the file it is imported from."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            node.decorator_list = []  # the marks of a question file
            yield node.name, node
        elif isinstance(node, ast.Assign):
            names = [one.id for target in node.targets for one in ast.walk(target) if isinstance(one, ast.Name)]
            yield from ((name, node) for name in names if name != "q")
        elif isinstance(node, ast.ImportFrom) and node.level:
            file = path.parents[node.level - 1] / f"{node.module}.py"
            yield from ((alias.name, file) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("watchkeeper.staff"):
            continue
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (((alias.asname or alias.name).split(".")[0], node) for alias in node.names)


def variable(cell: NotebookNode) -> str:
    """The name that a check cell passes as its answer."""
    for node in ast.walk(ast.parse(cell.source)):
        match node:
            case ast.Call(func=ast.Name(id="check"), args=[_, ast.Name(id=name)]):
                return name
    raise ValueError(f"no check(name, variable) in {cell.source!r}")
