"""Notebooks as plain data: nbformat 4 as JSON gives it, with nbgrader's marks in the cells' metadata.

For notebooks that the course wrote or the grader restored. What an apprentice handed in is not of these types until
`restore` or `sanitize` made it so.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict


class Marks(TypedDict, total=False):
    """What nbgrader writes into a cell; the last four are only in a copy that a feedback page is made of."""

    grade_id: str
    grade: bool
    solution: bool
    locked: bool
    task: bool
    points: float
    checksum: str
    cell_type: str
    schema_version: int
    score: float
    waiting: bool
    comment: str | None


class CellMetadata(TypedDict, total=False):
    """A cell's metadata, as far as the grader looks at it."""

    nbgrader: Marks
    tags: list[str]
    editable: bool
    deletable: bool
    magics_language: str  # only on a page: the language whose colors nbconvert gives the cell


class CellDict(TypedDict):
    """A cell. A code cell has `outputs` and `execution_count`, only a markdown cell may have `attachments`."""

    cell_type: str
    metadata: CellMetadata
    source: str | list[str]
    id: NotRequired[str]
    outputs: NotRequired[list[dict[str, Any]]]
    execution_count: NotRequired[int | None]
    attachments: NotRequired[dict[str, dict[str, str]]]


class NotebookDict(TypedDict):
    """A notebook; `metadata` has kernelspec and language_info."""

    cells: list[CellDict]
    metadata: dict[str, Any]
    nbformat: int
    nbformat_minor: int


def source_of(cell: CellDict) -> str:
    """A cell's source as one text: files have it as a list of lines.

    >>> source_of({"cell_type": "code", "metadata": {}, "source": ["a = 1\\n", "a"]})
    'a = 1\\na'
    """
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def marks_of(cell: CellDict) -> Marks:
    """A cell's marks; empty for a cell that nbgrader knows nothing of."""
    return cell["metadata"].get("nbgrader", {})


def by_grade_id(cells: list[CellDict]) -> dict[str, CellDict]:
    """The marked cells by their grade_id; the first of a name counts."""
    found: dict[str, CellDict] = {}
    for cell in cells:
        if name := marks_of(cell).get("grade_id"):
            found.setdefault(name, cell)
    return found
