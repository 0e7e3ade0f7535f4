"""How `make test` distributes the tests over its three processes, and settings for all of them.

Three on two cores, because many tests wait: for a browser, a shop, a submission that never ends.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings

# No deadline for one example: the machine that runs the tests may be busy.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.hookimpl(optionalhook=True)  # only if xdist is in use
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep the tests of a file together, because they share slow fixtures. Only the grader's table is split, by module.

    xdist's own groups don't work since pytest 9.2: xdist puts the group into the test's name, and pytest rebuilds that.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file, _, rest = nodeid.partition("::")
            return file + (rest.partition("[")[2][:2] if file.endswith("test_grader_table.py") else "")

    return ByFile(config, log)
