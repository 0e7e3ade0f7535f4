"""A memory cgroup for each box, where this system lets the grader make one: it counts the kernel's memory as well.

The limits of `walls.py` and `filter.py` hold with and without it. With it, no box can use more than its limit for a
moment, or in a way that a watcher of processes does not see.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from itertools import count
from pathlib import Path

from watchkeeper.staff.sandbox.box.memory import MOST

MB = 1024 * 1024
LIMIT = MOST + 64 * MB  # with the files in its scratch folder
NAME = "watchkeeper-"
ENDING = 5.0  # seconds within which the processes of a box that was ended are gone


class Groups:
    """Makes cgroups for boxes; does nothing on a system where it can't. Used by several threads at once."""

    def __init__(self) -> None:
        self._parent, self._number, self._ended, self._turn = parent(), count(), list[Path](), threading.Lock()
        if self._parent:
            _sweep(self._parent)

    def add(self, process: int) -> Path | None:
        """Put a process into a cgroup of its own, with the processes that it starts later."""
        if self._parent is None:
            return None
        self._remove()
        group = self._parent / f"{NAME}{os.getpid()}-{id(self)}-{next(self._number)}"
        try:
            make(group)
            (group / "cgroup.procs").write_text(str(process))
        except OSError:  # the process has ended, or the system has changed its mind
            self.end(group)
            return None
        return group

    def end(self, group: Path | None) -> None:
        """The box ends. Its cgroup can be removed when its processes are gone, a moment later."""
        if group is not None:
            with self._turn:
                self._ended.append(group)

    def close(self) -> None:
        """Remove what is left."""
        until = time.monotonic() + ENDING
        while self._remove() and time.monotonic() < until:
            time.sleep(0.01)

    def _remove(self) -> bool:
        """Remove the cgroups of boxes that have ended. Gives whether some are left."""
        with self._turn:
            self._ended = [group for group in self._ended if not _is_removed(group)]
            return bool(self._ended)


def make(group: Path) -> None:
    """Make a cgroup with the limit. Raises OSError."""
    group.mkdir()
    if (group / "memory.max").exists():
        (group / "memory.max").write_text(str(LIMIT))
        (group / "memory.oom.group").write_text("1")
    else:
        (group / "memory.limit_in_bytes").write_text(str(LIMIT))
    for swap in ("memory.swap.max", "memory.memsw.limit_in_bytes"):
        with suppress(OSError):  # not every system counts it
            if (group / swap).exists():
                (group / swap).write_text("0" if swap == "memory.swap.max" else str(LIMIT))


@cache
def parent() -> Path | None:
    """The folder of cgroups in which one with a memory limit can be made and entered, as tried; None if there is none.

    The cgroups of version 2 that a user may change are those that systemd has delegated, near this process's own.
    """
    for folder in _candidates():
        trial = folder / f"{NAME}{os.getpid()}-trial"
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as waiting:
            try:
                make(trial)
                (trial / "cgroup.procs").write_text(str(waiting.pid))
                return folder
            except OSError:
                continue
            finally:
                waiting.kill()
                waiting.wait()
                with suppress(OSError):
                    trial.rmdir()
    return None


def _candidates() -> Iterator[Path]:
    with suppress(OSError):
        for line in Path("/proc/self/mountinfo").read_text().splitlines():
            before, _, after = line.partition(" - ")
            place, (kind, _, options) = Path(before.split()[4]), after.split(maxsplit=2)
            if kind == "cgroup" and "memory" in options.split(","):
                yield place
            elif kind == "cgroup2":
                found = [one[3:] for one in Path("/proc/self/cgroup").read_text().splitlines() if one[:3] == "0::"]
                here = place / "".join(found).strip("/")
                for folder in (here, *here.parents):
                    if folder.is_relative_to(place) and "memory" in _text(folder / "cgroup.subtree_control").split():
                        yield folder


def _is_removed(group: Path) -> bool:
    try:
        group.rmdir()
    except FileNotFoundError:
        return True
    except OSError:  # some of its processes are still ending
        return False
    return True


def _sweep(folder: Path) -> None:
    """Remove the cgroups of graders that were killed."""
    for group in folder.glob(f"{NAME}*"):
        process = group.name.removeprefix(NAME).partition("-")[0]
        if process.isdigit() and not os.path.exists(f"/proc/{process}"):
            with suppress(OSError):
                group.rmdir()


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""
