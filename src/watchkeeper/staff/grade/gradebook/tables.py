"""The columns of nbgrader's gradebook that a grading reads and writes.

nbgrader's own classes have the same columns but take a second to import; a test compares the two.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import Boolean, Column, DateTime, Float, Interval, MetaData, Row, String, Table, Text

AnyRow: TypeAlias = "Row[*tuple[Any, ...]]"

_all = MetaData()


def _table(name: str, *columns: Column[Any]) -> Table:
    return Table(name, _all, Column("id", String, primary_key=True), *columns)


def _named(*names: str) -> list[Column[Any]]:
    return [Column(name, String) for name in names]


assignment = _table("assignment", *_named("name"), Column("duedate", DateTime))
notebook = _table("notebook", *_named("name", "assignment_id"))
base_cell = _table("base_cell", *_named("name", "notebook_id", "type"))
source_cell = _table("source_cell", *_named("name", "notebook_id", "checksum"))
grade_cells = _table("grade_cells", Column("max_score", Float), *_named("cell_type"))
task_cells = _table("task_cells", Column("max_score", Float), *_named("cell_type"))
student = _table("student")
submitted_assignment = _table(
    "submitted_assignment",
    *_named("assignment_id", "student_id"),
    Column("timestamp", DateTime),
    Column("extension", Interval),
)
submitted_notebook = _table(
    "submitted_notebook",
    *_named("assignment_id", "notebook_id"),
    Column("flagged", Boolean),
    Column("late_submission_penalty", Float),
)
grade = _table(
    "grade",
    *_named("notebook_id", "cell_id"),
    Column("auto_score", Float),
    Column("manual_score", Float),
    Column("extra_credit", Float),
    Column("needs_manual_grade", Boolean),
)
comment = _table(
    "comment", *_named("notebook_id", "cell_id"), Column("auto_comment", Text), Column("manual_comment", Text)
)
EVERY: dict[str, Table] = dict(_all.tables)
