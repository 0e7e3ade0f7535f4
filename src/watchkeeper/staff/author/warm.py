"""What stays open while a course is built or proved, because it is used hundreds of times: recordings and runners."""

from __future__ import annotations

import atexit
from contextlib import ExitStack
from functools import cache
from pathlib import Path

from watchkeeper.recording import Library
from watchkeeper.staff.sandbox.runner import Runner

# What lessons import, so that no run has to: a package's rooms are imported only when they are used.
ROOMS = ("traces", "latency", "slo", "logs", "suspects", "plot", "explore", "check", "check.inputs")

_running = ExitStack()
atexit.register(_running.close)


@cache
def library(folder: Path) -> Library:
    """The recordings of a folder, each opened once. Only for our own code: an edit of a table is seen by all others."""
    return Library(folder, keep=True)


@cache
def runner(datasets: Path) -> Runner:
    """The warm process that runs our own notebooks on the recordings in `datasets`; it ends with this process.

    It has no box: this is the repository's own code, whose question files run in this very process, and a course is
    built where no box can be made, too. Everything else is as when a submission is graded, so the key and the marks
    come from the same shell, the same outputs and the same calls of functions.
    """
    warm = ("pandas", *(f"watchkeeper.{room}" for room in ROOMS))
    return _running.enter_context(Runner(datasets, warm, boxed=False))
