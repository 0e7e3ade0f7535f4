"""What is kept while a course is built or proved, because it is used hundreds of times: recordings, inputs, runners."""

from __future__ import annotations

import atexit
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from watchkeeper.check.inputs import resolve
from watchkeeper.recording import Library
from watchkeeper.staff.sandbox import runner as sandbox
from watchkeeper.staff.sandbox.runner import Runner

# What lessons import, so that no run has to: a package's rooms are imported only when they are used.
ROOMS = ("traces", "latency", "slo", "logs", "suspects", "plot", "explore", "check", "check.inputs")

_running = ExitStack()
atexit.register(_running.close)


@cache
def library(folder: Path) -> Library:
    """The recordings of a folder, each opened once. Only for our own code: an edit of a table is seen by all others."""
    return Library(folder, keep=True)


def packed(inputs: Sequence[Mapping[str, Any]], folder: Path) -> bytes:
    """A question's inputs, made from the recordings in `folder`, as the sandbox unpacks them."""
    return _packed(json.dumps(inputs), folder)


@lru_cache(maxsize=16)  # more than one lesson has; the largest take 26 MB
def _packed(inputs: str, folder: Path) -> bytes:
    return sandbox.packed(resolve(json.loads(inputs), library(folder)))


@cache
def runner(datasets: Path) -> Runner:
    """The warm process that runs our own notebooks on the recordings in `datasets`; it ends with this process.

    It has no box: this is the repository's own code, whose question files run in this very process, and a course is
    built where no box can be made, too. Everything else is as when a submission is graded, so the key and the marks
    come from the same shell, the same outputs and the same calls of functions.
    """
    warm = ("pandas", *(f"watchkeeper.{room}" for room in ROOMS))
    return _running.enter_context(Runner(datasets, warm, boxed=False))
