"""How the tests are dealt out to the two processes of `make test`, and what holds for all of them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings

# No deadline for one example: the machine that runs the tests may be busy.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.hookimpl(optionalhook=True)  # only where xdist deals them out
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file's tests stay together, for they share what is slow to start; the grader's table is dealt out by module.

    xdist's own groups are lost on the way since pytest 9.2: they were written into a name that it makes anew.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, rest = nodeid.partition("::")
            return file + (rest.partition("[")[2][:2] if file.endswith("test_grader_table.py") else "")

    return ByFile(config, log)
