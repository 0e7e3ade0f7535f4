"""What is written down of nbgrader's gradebook agrees with nbgrader."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Base
from nbgrader.utils import compute_checksum

from watchkeeper.staff.grade.gradebook.rows import checksum_of
from watchkeeper.staff.grade.gradebook.tables import EVERY

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", EVERY)
def test_every_column_is_nbgraders_own_and_of_its_kind(name):
    theirs = Base.metadata.tables[name]
    for column in EVERY[name].columns:
        assert issubclass(theirs.c[column.name].type.python_type, column.type.python_type), column


def test_what_must_not_be_empty_is_written():
    """A column of theirs that ours does not know must do without a value from us."""
    for name in ("student", "submitted_assignment", "submitted_notebook", "grade", "comment"):
        for column in Base.metadata.tables[name].columns:
            known = column.name in EVERY[name].c
            assert known or column.nullable or column.default is not None or column.server_default is not None, column


def test_checksums_are_nbgraders():
    for path in sorted((ROOT / "release").glob("*/*.ipynb")):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if "nbgrader" in cell["metadata"]:
                whole = nbformat.from_dict(cell | {"source": "".join(cell["source"])})
                assert checksum_of(cell) == compute_checksum(whole) == cell["metadata"]["nbgrader"]["checksum"]
