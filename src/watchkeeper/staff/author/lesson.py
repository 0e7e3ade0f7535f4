"""A lesson's text (py:percent) to an nbgrader notebook, and an edited notebook back to text.

A lesson marks its cells with one key each, which become nbgrader's metadata:

    # %% answer="self-time"                  the apprentice answers here (between the SOLUTION markers)
    # %% check="self-time"                   graded, with the points in self-time.py
    # %% [markdown] reflect="what-surprised" a mentor marks this
"""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import jupytext
import nbformat
from nbformat import NotebookNode

from watchkeeper.staff.errors import BuildError

ROLES = ("answer", "check", "reflect")
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
HEADER = {"jupytext": {"notebook_metadata_filter": "-all", "cell_metadata_filter": "answer,check,reflect,tags"}}


def to_notebook(path: Path, points: dict[str, float], edition: str) -> NotebookNode:
    """The source notebook of a lesson: nbgrader's metadata, stable ids, no outputs, no trace of jupytext."""
    parsed = jupytext.read(path, fmt="py:percent")
    cells = [_cell(path, cell, position, points) for position, cell in enumerate(parsed.cells)]
    names = [cell.metadata.nbgrader.grade_id for cell in cells if "nbgrader" in cell.metadata]
    if repeated := {name for name in names if names.count(name) > 1}:
        raise BuildError(f"{path}: more than one cell is marked {sorted(repeated)[0]!r}; each mark names one cell.")
    built = nbformat.v4.new_notebook(cells=cells)
    built.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    built.metadata["watchkeeper"] = {"edition": edition, "built": fingerprint(built)}
    nbformat.validate(built)
    return built


def to_text(notebook: NotebookNode) -> str:
    """The lesson that gives this notebook: what `build --take-back` writes into `course/`.

    Blank lines around a cell's text are dropped. Raises BuildError if a cell can't be written in this form, because a
    line in it would read as the beginning of another cell, or has a character that ends a line.
    """
    plain = nbformat.v4.new_notebook(metadata=copy.deepcopy(HEADER))
    for cell in notebook.cells:
        made = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell}.get(cell.cell_type)
        if made is None:
            raise BuildError(f"A cell of type {cell.cell_type!r} can't be taken back; make it code or Markdown.")
        # One blank line behind every cell, also where jupytext would leave two (behind a function).
        source = _without_blank_lines_around(cell.source)
        plain.cells.append(made(source, metadata={**_mark(cell), "lines_to_next_cell": 1}))
    text = canonical(plain)
    if _said(jupytext.reads(text, fmt="py:percent")) != _said(plain):
        raise BuildError(_why_not(plain))
    return text


def _said(notebook: NotebookNode) -> list[tuple[str, str, dict[str, Any]]]:
    """What a lesson's text must keep of each cell: its type, its text, and its mark."""
    return [
        (cell.cell_type, cell.source, {name: cell.metadata[name] for name in (*ROLES, "tags") if name in cell.metadata})
        for cell in notebook.cells
    ]


def _why_not(notebook: NotebookNode) -> str:
    """Which cell, and which line of it, is lost between a notebook and a lesson's text."""
    for number, cell in enumerate(notebook.cells, 1):
        if _comes_back(cell):
            continue
        for line in cell.source.split("\n"):
            if not _comes_back(nbformat.from_dict({**cell, "source": f"x\n{line}\nx", "metadata": {}})):
                return (
                    f"Cell {number} can't be written in a lesson's text: its line {line!r} would be read as a mark "
                    "between cells, as two lines, or as a quotation that goes on into the next cell. Change that line."
                )
        return (
            f"Cell {number} can't be written in a lesson's text; it begins with {cell.source[:60]!r}. Change its text "
            "or its tags."
        )
    return "These cells can't be written in a lesson's text one after another. Change the last one that you edited."


def _comes_back(cell: NotebookNode) -> bool:
    """Whether a cell is the same after it was written and read, and leaves the next one alone."""
    cells = [cell, nbformat.v4.new_code_cell("x")]
    written = nbformat.v4.new_notebook(metadata=copy.deepcopy(HEADER), cells=cells)
    return _said(jupytext.reads(canonical(written), fmt="py:percent")) == _said(written)


def _without_blank_lines_around(source: str) -> str:
    lines = source.split("\n")
    while lines and not lines[0].strip(" \t"):
        lines.pop(0)
    while lines and not lines[-1].strip(" \t"):
        lines.pop()
    return "\n".join(lines)


def canonical(notebook: NotebookNode) -> str:
    """The py:percent text of a notebook, without jupytext's header."""
    text = jupytext.writes(notebook, fmt="py:percent")
    if text.startswith("# ---\n"):
        text = text.split("\n# ---\n", 1)[1].lstrip("\n")
    return text


def questions_in(notebook: NotebookNode) -> list[str]:
    """The names of the questions that the notebook checks, in order."""
    return [cell.metadata.nbgrader.grade_id for cell in notebook.cells if is_check(cell)]


def reflections_in(notebook: NotebookNode) -> list[str]:
    """The names of the texts that a mentor marks, in order."""
    marks = [cell.metadata.get("nbgrader", {}) for cell in notebook.cells]
    return [mark["grade_id"] for mark in marks if mark.get("grade") and mark.get("solution")]


def is_check(cell: NotebookNode) -> bool:
    """Whether a source cell is a graded check, as its nbgrader metadata says."""
    mark = cell.metadata.get("nbgrader", {})
    return bool(mark.get("grade") and not mark.get("solution"))


def fingerprint(notebook: NotebookNode) -> str:
    """Names what a person can edit: sources, types and marks; not outputs, not counts, not ids."""
    seen = [
        [cell.cell_type, cell.source, cell.metadata.get("nbgrader"), cell.metadata.get("tags")]
        for cell in notebook.cells
    ]
    return hashlib.sha256(json.dumps(seen, sort_keys=True).encode()).hexdigest()[:16]


def _cell(path: Path, cell: NotebookNode, position: int, points: dict[str, float]) -> NotebookNode:
    roles = [role for role in ROLES if role in cell.metadata]
    if len(roles) > 1:
        raise BuildError(f"{path}: a cell is marked both {roles[0]!r} and {roles[1]!r}; one mark per cell.")
    metadata: dict[str, Any] = {"tags": cell.metadata["tags"]} if "tags" in cell.metadata else {}
    name = f"cell-{position}"
    if roles:
        mark = _nbgrader(path, roles[0], cell.metadata[roles[0]], cell.cell_type, points)
        metadata["nbgrader"], name = mark, mark["grade_id"]
    made = nbformat.v4.new_code_cell if cell.cell_type == "code" else nbformat.v4.new_markdown_cell
    cell_id = hashlib.sha256(f"{path.parent.parent.name}/{path.parent.name}/{name}".encode()).hexdigest()[:12]
    return made(cell.source, metadata=metadata, id=cell_id)


def _nbgrader(path: Path, role: str, name: str, cell_type: str, points: dict[str, float]) -> dict[str, Any]:
    if role != "answer" and name not in points:
        file = f"{name}.reflect.md" if role == "reflect" else f"{name}.py"
        raise BuildError(f"{path}: it asks {name!r}, and there is no {path.with_name(file)}. Add that file.")
    if (role == "reflect") != (cell_type == "markdown"):
        raise BuildError(f"{path}: {name!r} is marked {role!r} on a {cell_type} cell.")
    mark = {"schema_version": 3, "task": False, "cell_type": cell_type}
    if role == "answer":
        return mark | {"grade": False, "solution": True, "locked": False, "grade_id": f"{name}-answer"}
    if role == "check":
        return mark | {"grade": True, "solution": False, "locked": True, "grade_id": name, "points": points[name]}
    return mark | {"grade": True, "solution": True, "locked": False, "grade_id": name, "points": points[name]}


def _mark(cell: NotebookNode) -> dict[str, Any]:
    """The lesson's own mark of a source cell, read back from nbgrader's metadata."""
    kept: dict[str, Any] = {"tags": cell.metadata["tags"]} if cell.metadata.get("tags") else {}
    mark = cell.metadata.get("nbgrader")
    if not mark:
        return kept
    if not mark.get("grade"):
        return {"answer": mark["grade_id"].removesuffix("-answer")} | kept
    return {"reflect" if mark.get("solution") else "check": mark["grade_id"]} | kept


def read(path: Path) -> NotebookNode:
    """A notebook, or a sentence that says which file can't be read."""
    try:
        return nbformat.read(path, as_version=4)
    except Exception as error:
        raise BuildError(f"{path} can't be read as a notebook ({error}). Restore it: git checkout -- {path}") from None


def text(notebook: NotebookNode) -> str:
    """A notebook as it is committed: sorted keys, one space, a newline at the end."""
    return nbformat.writes(notebook, version=4) + "\n"
