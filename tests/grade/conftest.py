"""Fixtures for several tests of the grader: a course folder that nbgrader made, and a PostgreSQL server."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from postgresql import server
from submissions import MODULE, ROOT, course

from watchkeeper.staff.grade.nbgrader import commands as stock


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course folder whose gradebook nbgrader itself made; tests work on copies."""
    folder = course(tmp_path_factory.mktemp("made") / "course")
    stock.must(stock.api(ROOT, folder).generate_assignment(MODULE, force=True), "generate")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A copy of `made` for one test."""
    shutil.copytree(made, tmp_path / "a course")
    return tmp_path / "a course"


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database."""
    with server() as made:
        yield made.url
