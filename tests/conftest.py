"""How the tests are dealt out to the two processes of `make test`, and what holds for all of them."""

import pytest
from hypothesis import settings

# No deadline for one example: the machine that runs the tests may be busy.
settings.register_profile("no deadline", deadline=None)
settings.load_profile("no deadline")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups: later it would be in vain
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A file's tests stay together, for they share what is slow to start; the grader's table is dealt out by lesson."""
    for item in items:
        group = str(item.path)
        if item.path.name == "test_grader_table.py":
            group += item.callspec.params["name"]  # type: ignore[attr-defined]
        item.add_marker(pytest.mark.xdist_group(group))
