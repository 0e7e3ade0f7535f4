"""One shop for all tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from watchkeeper.shop.control import Shop
from watchkeeper.shop.roster import Setup
from watchkeeper.staff.recorder import VERSIONS


@pytest.fixture(scope="session")
def shop() -> Iterator[Shop]:
    with Shop.start(setup=Setup(releases=(str(VERSIONS),))) as running:
        yield running
