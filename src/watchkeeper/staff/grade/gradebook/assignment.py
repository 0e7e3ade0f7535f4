"""One module in a gradebook: its notebooks and cells, read once and created by nbgrader's generate_assignment."""

from __future__ import annotations

import json
import tempfile
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from watchkeeper.staff.errors import GradebookError
from watchkeeper.staff.grade.gradebook.database import named
from watchkeeper.staff.grade.nbgrader.commands import api, must
from watchkeeper.staff.notebooks import CellDict, Marks, by_grade_id, marks_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from watchkeeper.staff.grade.gradebook.tables import AnyRow


@dataclass(frozen=True)
class Cell:
    """A cell with a grade or a comment. `possible`: its points; `kind`: "code" or "markdown"; `task`: it is a task."""

    id: str
    name: str
    possible: float = 0.0
    kind: str = ""
    task: bool = False


@dataclass(frozen=True)
class Notebook:
    """One notebook: cells with a grade, cells with a comment, and by cell name the checksum of the released cell."""

    id: str
    name: str
    graded: tuple[Cell, ...]
    commented: tuple[Cell, ...]
    checksums: dict[str, str | None]


@dataclass(frozen=True)
class Cells:
    """One module's rows. `due` is in UTC, without a time zone."""

    id: str
    name: str
    due: datetime | None
    notebooks: tuple[Notebook, ...]


def load(connection: Connection, module: str) -> Cells | None:
    """The rows of a module; None if the gradebook does not have it."""
    from sqlalchemy import select

    from watchkeeper.staff.grade.gradebook.tables import (
        assignment,
        base_cell,
        grade_cells,
        notebook,
        source_cell,
        task_cells,
    )

    row = connection.execute(select(assignment).where(assignment.c.name == module)).first()
    if row is None:
        return None
    query = select(notebook).where(notebook.c.assignment_id == row.id).order_by(notebook.c.name)
    books = list(connection.execute(query))
    ids = [book.id for book in books]
    base, source = base_cell.c, source_cell.c
    cells: dict[str, list[tuple[str, Cell]]] = {book: [] for book in ids}
    every = select(base.id, base.name, base.type, base.notebook_id).where(base.notebook_id.in_(ids))
    for cell in connection.execute(every):
        cells[cell.notebook_id].append((cell.type, Cell(cell.id, cell.name)))
    graded: dict[str, AnyRow] = {}
    for table in (grade_cells, task_cells):
        worth = select(table.c.id, table.c.max_score, table.c.cell_type).join(base_cell, base.id == table.c.id)
        graded |= {cell.id: cell for cell in connection.execute(worth.where(base.notebook_id.in_(ids)))}
    checksums: dict[str, dict[str, str | None]] = {book: {} for book in ids}
    sums = select(source.name, source.checksum, source.notebook_id).where(source.notebook_id.in_(ids))
    for untouched in connection.execute(sums):
        checksums[untouched.notebook_id][untouched.name] = untouched.checksum
    return Cells(
        row.id, row.name, row.duedate, tuple(_notebook(one, cells[one.id], graded, checksums[one.id]) for one in books)
    )


def _notebook(
    row: AnyRow, cells: list[tuple[str, Cell]], graded: dict[str, AnyRow], sums: dict[str, str | None]
) -> Notebook:
    with_grade = tuple(
        Cell(cell.id, cell.name, graded[cell.id].max_score, graded[cell.id].cell_type, kind == "TaskCell")
        for kind, cell in cells
        if kind in ("GradeCell", "TaskCell")
    )
    commented = tuple(
        Cell(cell.id, cell.name, task=kind == "TaskCell")
        for kind, cell in cells
        if kind in ("SolutionCell", "TaskCell")
    )
    return Notebook(row.id, row.name, with_grade, commented, sums)


def agree(cells: Cells | None, folder: Path, module: str) -> bool:
    """Whether the rows are up to date with `source/<module>/`, and with `release/<module>/` if that exists."""
    sources = sorted((folder / "source" / module).glob("*.ipynb"))
    if not sources:
        raise GradebookError(f"{folder / 'source' / module} holds no notebooks. Build the course: watchkeeper build")
    known = {notebook.name: notebook for notebook in cells.notebooks} if cells else {}
    if known.keys() != {path.stem for path in sources}:
        return False
    for path in sources:
        notebook, marks = known[path.stem], _marks(path)
        points = {name: float(one["points"]) for name, one in marks.items() if one.get("grade") or one.get("task")}
        commented = {name for name, one in marks.items() if one.get("solution") or one.get("task")}
        if {cell.name: cell.possible for cell in notebook.graded} != points:
            return False
        if {cell.name for cell in notebook.commented} != commented:
            return False
        released = folder / "release" / module / path.name
        sums = {name: one.get("checksum") for name, one in _marks(released).items()} if released.is_file() else {}
        if any(notebook.checksums.get(name) != checksum for name, checksum in sums.items()):
            return False
    return True


def generate(root: Path, folder: Path, module: str, url: str) -> None:
    """Create the rows with nbgrader's own command. The release that it also writes is discarded."""
    nbgrader = api(root, folder)
    nbgrader.coursedir.db_url = url
    with tempfile.TemporaryDirectory(prefix="watchkeeper-release-") as release, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sqlalchemy warns about nbgrader's own objects
        nbgrader.coursedir.release_directory = release
        result = nbgrader.generate_assignment(module, force=True)
    if "Cannot add or remove cells" in f"{result.get('error')}{result.get('log')}":
        raise GradebookError(
            f"{module} has different cells from the edition whose submissions are in the gradebook {named(url)}. "
            "Grade with the edition of the course that the cohort worked on, or name another gradebook."
        )
    must(result, f"generate_assignment {module}")


def _marks(path: Path) -> dict[str, Marks]:
    """nbgrader's metadata by grade_id."""
    cells: list[CellDict] = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return {name: marks_of(cell) for name, cell in by_grade_id(cells).items()}
