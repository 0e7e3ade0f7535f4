"""A PostgreSQL server for a whole session of tests: a gradebook may lie on one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from postgresql import server


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database."""
    with server() as made:
        yield made.url
