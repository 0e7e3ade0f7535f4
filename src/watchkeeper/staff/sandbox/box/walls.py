"""The rights that a notebook's process gives up before it runs the first line of a submission."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.staff.sandbox.box import calls
from watchkeeper.staff.sandbox.box.places import HOME, SCRATCH, TEMPORARY, WORK

MB = 1024 * 1024
READABLE = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/dev", "/proc")
TERMINALS = 16  # the system has 4,096 for everyone
# Per process. A socket's buffer is the kernel's memory, 0.2 MB each, and counted for no process.
DESCRIPTORS = 64
WRITABLE = (SCRATCH, "/dev/null", "/dev/zero", "/dev/full", "/dev/pts")


@dataclass(frozen=True)
class Budget:
    """What one notebook may use: seconds per cell and in total, memory beyond the warm process, processes.

    The seconds are those that `meter.py` measures. `patience` is how many an interrupted cell has to end by itself.
    """

    cell_seconds: float = 30.0
    patience: float = 3.0
    notebook_seconds: float = 300.0
    memory: int = 1536 * MB
    processes: int = 32
    file_bytes: int = 64 * MB


def raise_them(readable: list[str], budget: Budget) -> None:
    """Enter namespaces, mount an empty scratch folder, set limits, drop privileges, start Landlock, in this order.

    All of it is permanent. Call this in a child of the zygote with a PID namespace of its own. Raises OSError if a
    layer fails.
    """
    calls.unshare(calls.NEWNS)
    calls.mount("proc", "/proc", "proc", calls.NOSUID | calls.NODEV | calls.NOEXEC)
    calls.mount("tmpfs", SCRATCH, "tmpfs", calls.NOSUID | calls.NODEV, "size=64m,nr_inodes=4096,mode=755")
    # New terminals for the programs that `!` starts; all other terminals are hidden.
    terminals = f"newinstance,ptmxmode=0666,mode=0620,max={TERMINALS}"
    calls.mount("devpts", "/dev/pts", "devpts", calls.NOSUID | calls.NOEXEC, terminals)
    calls.unshare(calls.NEWUSER | calls.NEWNET | calls.NEWIPC | calls.NEWUTS)
    calls.write_map(1000, 0, 0)
    limit(budget, own_user=True)
    # If the machine runs out of memory, the kernel ends a box first, and not the grader or a program of the mentor's.
    Path("/proc/self/oom_score_adj").write_text("1000")
    calls.drop_privileges()
    calls.be_dumpable()  # so that memory.py's watcher outside can see it; inside, everything has the same user anyway
    if calls.landlock_version():
        calls.landlock([*READABLE, *readable], WRITABLE)


def limit(budget: Budget, own_user: bool) -> None:
    """Set the limits per process (memory, CPU time, files) and, if it has its `own_user`, per user (processes).

    Without the box, the user is the person who grades or builds, and may have more processes than a notebook is
    allowed.
    """
    with open("/proc/self/statm") as file:
        here = int(file.read().split()[0]) * resource.getpagesize()
    seconds = int(budget.notebook_seconds) + 5
    for what, most in (
        (resource.RLIMIT_AS, here + budget.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, budget.file_bytes),
        (resource.RLIMIT_NOFILE, DESCRIPTORS),
        (resource.RLIMIT_SIGPENDING, 256),
        *([(resource.RLIMIT_NPROC, budget.processes)] if own_user else []),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def furnish() -> None:
    """Create a home, a working folder and one for temporary files in the scratch folder."""
    for place in (HOME, WORK, TEMPORARY):
        os.makedirs(place, exist_ok=True)
    os.chdir(WORK)
