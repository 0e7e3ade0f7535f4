"""One shop for all tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from watchkeeper.shop.control import Shop


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with Shop.start() as running:
        yield running
