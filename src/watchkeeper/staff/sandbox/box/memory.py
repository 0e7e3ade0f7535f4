"""Watches what all processes of one box use together: a limit by process alone would be no limit to many processes."""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from collections import defaultdict

MB = 1024 * 1024
MOST = 2048 * MB  # of one box: a notebook's own limit and room for the snapshots of its functions
PAUSE = 0.1  # seconds between two looks
EXACTLY = 10  # at every tenth look, boxes are counted exactly that might hide below what they inherited

_PAGE = resource.getpagesize()


def watch(most: int = MOST) -> None:
    """End every box that uses more than `most` bytes, for ever. Called in a child of the zygote, in no box."""
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
    """The processes that are seen here, by the PID namespace they are in, without our own."""
    found = defaultdict(list)
    ours = os.stat("/proc/self/ns/pid").st_ino
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                space: object = os.stat(f"/proc/{name}/ns/pid").st_ino
            except PermissionError:
                space = f"the process {name}"  # it hides; then it stands for itself
            except OSError:
                continue  # it has ended
            if space != ours:
                found[space].append(int(name))
    return found


def estimate(processes: list[int], inherited: int) -> int:
    """Bytes that look used, cheaply: each process's own memory less what a forked one shares with the zygote."""
    each = [_anonymous(process) for process in processes]
    return sum(one - inherited if one > 0.9 * inherited else one for one in each)


def exact(processes: list[int]) -> int:
    """Bytes in use, shared pages counted in parts. Takes milliseconds for each process."""
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
