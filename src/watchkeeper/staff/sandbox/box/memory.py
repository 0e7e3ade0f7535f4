"""Watches how much memory all processes of a box use together, because a limit per process does not limit their sum."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections import defaultdict

MB = 1024 * 1024
MOST = 2048 * MB  # of one box: a notebook's own limit and room for the snapshots of its functions
PAUSE = 0.1  # seconds between two checks
EXACTLY = 10  # every tenth check counts exactly, because the estimate may miss memory of processes that inherited a lot

_PAGE = resource.getpagesize()


def watch(most: int = MOST) -> None:
    """End every box that uses more than `most` bytes. Never returns. Runs in a child of the zygote, outside boxes."""
    inherited = _anonymous(os.getpid())
    look = 0
    while True:
        time.sleep(PAUSE)
        look += 1
        for processes in boxes().values():
            if estimate(processes, 0 if look % EXACTLY == 0 else inherited) > most and exact(processes) > most:
                for process in processes:
                    _end(process)


def boxes() -> dict[object, list[int]]:
    """The visible processes by their PID namespace, without our own namespace."""
    found = defaultdict(list)
    ours = os.stat("/proc/self/ns/pid").st_ino
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                space: object = os.stat(f"/proc/{name}/ns/pid").st_ino
            except PermissionError:
                space = f"the process {name}"  # it hides its namespace, so treat it as a box of its own
            except OSError:
                continue  # it has ended
            if space != ours:
                found[space].append(int(name))
    return found


def estimate(processes: list[int], inherited: int) -> int:
    """A cheap estimate of the bytes in use: each process's memory minus what it shares with the zygote."""
    each = [_anonymous(process) for process in processes]
    return sum(one - inherited if one > 0.9 * inherited else one for one in each)


def exact(processes: list[int]) -> int:
    """The bytes in use; a page that n processes share counts as 1/n. Takes milliseconds per process."""
    return sum(_proportional(process) for process in processes)


def _anonymous(process: int) -> int:
    try:
        with open(f"/proc/{process}/statm") as file:
            _, resident, shared, *_ = map(int, file.read().split())
    except (OSError, ValueError):
        return 0
    return (resident - shared) * _PAGE


def _proportional(process: int) -> int:
    try:
        with open(f"/proc/{process}/smaps_rollup") as file:
            lines = dict(line.split(":", 1) for line in file.read().splitlines()[1:])
        return sum(int(lines.get(name, "0").split()[0]) * 1024 for name in ("Pss_Anon", "Pss_Shmem", "SwapPss"))
    except (OSError, ValueError):
        return _anonymous(process)


def _end(process: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(process, signal.SIGKILL)
