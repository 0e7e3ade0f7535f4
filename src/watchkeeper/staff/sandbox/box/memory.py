"""Watches how much memory all processes of a box use together, because a limit per process does not limit their sum.

It also watches how much the machine has left, because not all memory of a box is counted for its processes.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import struct
import time
from collections import defaultdict

MB = 1024 * 1024
MOST = 2048 * MB  # of one box: a notebook's own limit and room for the snapshots of its functions
PAUSE = 0.1  # seconds between two checks
EXACTLY = 10  # every tenth check counts exactly, because the estimate may miss memory of processes that inherited a lot

LEAST = 512 * MB  # a machine with less than this, and less than a thirtieth of its memory, is short of it
HELD = {"socket": 212_992, "pipe": 65_536}  # bytes, by default, of the kernel's memory behind a descriptor
NUMBER = struct.Struct("q")  # of a box: its PID namespace's inode

_PAGE = resource.getpagesize()


def watch(told: int, most: int = MOST) -> None:
    """End every box that uses more than `most` bytes. Never returns. Runs in a child of the zygote, outside boxes.

    If the machine itself has almost no memory left, for whatever reason, end the box that holds the most, and write its
    number to the pipe `told`.
    """
    inherited = _anonymous(os.getpid())
    look = 0
    while True:
        time.sleep(PAUSE)
        look += 1
        found = boxes()
        for processes in found.values():
            if estimate(processes, 0 if look % EXACTLY == 0 else inherited) > most and exact(processes) > most:
                _end(processes)
        if found and is_short():
            space = max(found, key=lambda one: held(found[one]))
            os.write(told, NUMBER.pack(space))
            _end(found[space])


def is_short(path: str = "/proc/meminfo") -> bool:
    """Whether the machine has almost no memory left: less than a thirtieth, and less than half a gigabyte."""
    with open(path) as file:
        lines = dict(line.split(":", 1) for line in file)
    total, free = (int(lines.get(name, "0").split()[0]) * 1024 for name in ("MemTotal", "MemAvailable"))
    return 0 < free < min(total / 30, LEAST)


def held(processes: list[int]) -> int:
    """What a box would give back: its processes' memory, and the kernel's in its sockets and pipes at their largest."""
    return exact(processes) + sum(map(_in_descriptors, processes))


def _in_descriptors(process: int) -> int:
    found = 0
    with contextlib.suppress(OSError):
        for name in os.listdir(f"/proc/{process}/fd"):
            with contextlib.suppress(OSError):
                kind = os.readlink(f"/proc/{process}/fd/{name}").partition(":")[0]
                found += HELD.get(kind, 0)
    return found


def boxes() -> dict[int, list[int]]:
    """The visible processes by their PID namespace, without our own namespace."""
    found = defaultdict[int, list[int]](list)
    ours = os.stat("/proc/self/ns/pid").st_ino
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                space = os.stat(f"/proc/{name}/ns/pid").st_ino
            except PermissionError:
                space = -int(name)  # it hides its namespace, so treat it as a box of its own
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


def _end(processes: list[int]) -> None:
    for process in processes:
        with contextlib.suppress(OSError):
            os.kill(process, signal.SIGKILL)
