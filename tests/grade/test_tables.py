"""Our copy of nbgrader's tables and the README of the room agree with nbgrader."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Base
from nbgrader.utils import compute_checksum

from watchkeeper.staff.grade.gradebook.rows import checksum_of
from watchkeeper.staff.grade.gradebook.tables import EVERY

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", EVERY)
def test_every_column_is_nbgraders_own_and_has_its_type(name):
    theirs = Base.metadata.tables[name]
    for column in EVERY[name].columns:
        assert issubclass(theirs.c[column.name].type.python_type, column.type.python_type), column


def test_every_column_that_must_not_be_null_is_written():
    """A column that only nbgrader's table has must not need a value from us."""
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


def mirrored() -> list[list[str]]:
    """The rows of the room's README: our name, what it does, nbgrader's file and name."""
    page = (ROOT / "src/watchkeeper/staff/grade/gradebook/README.md").read_text(encoding="utf-8")
    lines = [line for line in page.splitlines() if line.startswith("| `")]
    return [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in lines]


def reached(start, dotted):
    """The object that a dotted name refers to."""
    for part in dotted.split("."):
        start = getattr(start, part)
    return start


@pytest.mark.parametrize(("ours", "file", "theirs"), [(row[0], row[2], row[3]) for row in mirrored()])
def test_the_readme_names_functions_that_exist(ours, file, theirs):
    module, _, name = ours.removesuffix(".py").partition(".")
    room = import_module(f"watchkeeper.staff.grade.gradebook.{module}")
    assert not name or reached(room, name)
    nbgraders = import_module("nbgrader." + file.removesuffix(".py").replace("/", "."))
    assert reached(nbgraders, theirs)


def test_the_readme_is_about_the_version_that_is_installed():
    page = (ROOT / "src/watchkeeper/staff/grade/gradebook/README.md").read_text(encoding="utf-8")
    assert f"({version('nbgrader')} now)" in page
