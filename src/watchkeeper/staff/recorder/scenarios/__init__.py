"""What can be recorded, one file per module of the course.

Public recordings, cards and signals never use a word of the private half.
"""

from __future__ import annotations

from watchkeeper.staff.errors import UnknownScenario
from watchkeeper.staff.recorder.scenarios import critical_path, latency, logs, tracing
from watchkeeper.staff.recorder.scenarios.base import Private, Scenario, Step

__all__ = ["SCENARIOS", "Private", "Scenario", "Step", "UnknownScenario", "scenario"]

SCENARIOS = {one.name: one for part in (critical_path, tracing, latency, logs) for one in part.SCENARIOS}


def scenario(name: str) -> Scenario:
    """The scenario of that name; raises `UnknownScenario` with the list of them."""
    if name not in SCENARIOS:
        raise UnknownScenario(f"No scenario is called {name!r}. There are: {', '.join(SCENARIOS)}.")
    return SCENARIOS[name]
