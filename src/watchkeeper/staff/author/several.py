"""Several notebooks or modules at a time, each in a process of its own that opens its own recordings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

import psutil

T = TypeVar("T")
Say = Callable[[str], None]
# One process with its recordings and its runner: all of verify in one process took 2.5 GB at its peak.
BYTES = 2_500_000_000


def each(function: Callable[..., T], jobs: Sequence[tuple[Any, ...]], say: Say, what: str) -> Iterator[T]:
    """`function(*job)` for each job, in the order of the jobs; says after each how many of `what` are done.

    Uses every core, as far as the memory goes that is free now. What `function` raises is raised here, and what has
    not begun by then never begins.
    """
    if not jobs:
        return
    size = min(len(jobs), os.cpu_count() or 1, max(1, psutil.virtual_memory().available // BYTES))
    say(f"{what}: 0 of {len(jobs)}")
    with ProcessPoolExecutor(max(1, size), mp_context=get_context("spawn")) as pool:
        futures = [pool.submit(function, *job) for job in jobs]
        try:
            for number, future in enumerate(futures, 1):
                yield future.result()
                say(f"{what}: {number} of {len(jobs)}")
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
