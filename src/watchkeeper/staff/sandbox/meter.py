"""Measures how much of its time a notebook has used: not the time on the wall, which depends on who else is busy.

Two things count: the CPU time of all its processes, and the time in which all of them sleep. Time in which one of them
could run but the machine had no CPU for it, or waits for a disk, does not count. On a quiet machine, all this is the
time on the wall (or more, if several processes are busy at once).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

LOOK = 0.25  # seconds between two looks at the processes
_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_STATE, _PARENT, _USER, _SYSTEM, _REAPED_USER, _REAPED_SYSTEM, _STARTED = 0, 1, 11, 12, 13, 14, 19


class Meter:
    """The time that some processes have used since they started. `processes` finds them for each look."""

    def __init__(self, processes: Callable[[], list[int]]) -> None:
        self.used = 0.0
        self._processes, self._last = processes, time.monotonic()
        self._own, self._reaped = dict[tuple[int, str], int](), 0

    def look(self) -> float:
        """Add what was used since the last look, and give the sum in seconds."""
        now = time.monotonic()
        # A look that comes late says nothing about the time before: the grader had no CPU either.
        passed, self._last = min(now - self._last, 2 * LOOK), now
        cpu, busy = self._count()
        self.used += cpu if busy else max(cpu, passed)
        return self.used

    def _count(self) -> tuple[float, bool]:
        """The CPU seconds since the last look, and whether a process is busy right now."""
        own, reaped, busy = dict[tuple[int, str], int](), 0, False
        for process in self._processes():
            values = _stat(f"/proc/{process}/stat")
            if values is None:
                continue
            own[process, values[_STARTED]] = int(values[_USER]) + int(values[_SYSTEM])
            reaped += int(values[_REAPED_USER]) + int(values[_REAPED_SYSTEM])
            busy = busy or _is_busy(values) or _has_busy_thread(process)
        ticks = sum(max(0, now - self._own.get(one, 0)) for one, now in own.items())
        # A process that has ended and was waited for is now in its parent's sum, with what it had used before.
        gone = sum(before for one, before in self._own.items() if one not in own)
        ticks += max(0, reaped - self._reaped - gone)
        self._own, self._reaped = own, reaped
        return ticks / _TICK, busy


def of_namespace(space: int) -> Callable[[], list[int]]:
    """Finds all processes in the PID namespace with this number; none for 0."""

    def find() -> list[int]:
        return [one for one in _all() if space_of(one) == space] if space else []

    return find


def of_family(process: int) -> Callable[[], list[int]]:
    """Finds `process` and its descendants."""

    def find() -> list[int]:
        parents = {one: int(values[_PARENT]) for one in _all() if (values := _stat(f"/proc/{one}/stat"))}
        found, generation = list[int](), [process] if process in parents else []
        while generation:
            found += generation
            generation = [one for one, parent in parents.items() if parent in generation]
        return found

    return find


def _all() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def space_of(process: int) -> int:
    """The number of a process's PID namespace; 0 if it can't be read."""
    try:
        return os.stat(f"/proc/{process}/ns/pid").st_ino
    except OSError:  # it has ended, or belongs to someone else
        return 0


def _stat(path: str) -> list[str] | None:
    """The fields after a process's name, or None if it has ended."""
    try:
        with open(path) as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def _has_busy_thread(process: int) -> bool:
    try:
        threads = os.listdir(f"/proc/{process}/task")
    except OSError:
        return False
    if len(threads) < 2:
        return False
    found = (_stat(f"/proc/{process}/task/{one}/stat") for one in threads)
    return any(values is not None and _is_busy(values) for values in found)


def _is_busy(values: list[str]) -> bool:
    """Whether a thread runs, wants to run, or waits for a disk.

    A process that has started another one by vfork looks like one that waits for a disk, for as long as it likes.
    """
    return values[_STATE] == "R" or (values[_STATE] == "D" and _disks_are_awaited())


def _disks_are_awaited() -> bool:
    with open("/proc/stat") as file:
        return any(line.startswith("procs_blocked ") and line.split()[1] != "0" for line in file)
