"""What a notebook's process gives up before it runs the first line of somebody else's code."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass

from watchkeeper.staff.sandbox.box import calls
from watchkeeper.staff.sandbox.box.places import HOME, SCRATCH, TEMPORARY, WORK

MB = 1024 * 1024
READABLE = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/dev", "/proc")
WRITABLE = (SCRATCH, "/dev/null", "/dev/zero", "/dev/full", "/dev/pts")


@dataclass(frozen=True)
class Budget:
    """What one notebook may use: seconds of wall time a cell and in all, memory beyond the warm process, processes."""

    cell_seconds: float = 30.0
    notebook_seconds: float = 300.0
    memory: int = 1536 * MB
    processes: int = 32
    file_bytes: int = 64 * MB


def raise_them(readable: list[str], budget: Budget) -> None:
    """Namespaces, an empty scratch folder, limits, no privileges, Landlock: in this order, and for good.

    To be called in a child of the zygote that is in a PID namespace of its own. Raises OSError when a layer fails.
    """
    calls.unshare(calls.NEWNS)
    calls.mount("proc", "/proc", "proc", calls.NOSUID | calls.NODEV | calls.NOEXEC)
    calls.mount("tmpfs", SCRATCH, "tmpfs", calls.NOSUID | calls.NODEV, "size=64m,nr_inodes=4096,mode=755")
    # Terminals for the programs that `!` starts; nobody else's are to be seen.
    calls.mount("devpts", "/dev/pts", "devpts", calls.NOSUID | calls.NOEXEC, "newinstance,ptmxmode=0666,mode=0620")
    calls.unshare(calls.NEWUSER | calls.NEWNET | calls.NEWIPC | calls.NEWUTS)
    calls.write_map(1000, 0, 0)
    limit(budget, own_user=True)
    calls.drop_privileges()
    calls.be_dumpable()  # for the watcher of memory.py, who stands outside; inside all is of one user anyway
    if calls.landlock_version():
        calls.landlock([*READABLE, *readable], WRITABLE)


def limit(budget: Budget, own_user: bool) -> None:
    """What the system counts by process: memory, CPU time, files; and by user: processes, where it has its `own_user`.

    Without the box the user is the one who grades or builds, and has more processes than a notebook may start.
    """
    with open("/proc/self/statm") as file:
        here = int(file.read().split()[0]) * resource.getpagesize()
    seconds = int(budget.notebook_seconds) + 5
    for what, most in (
        (resource.RLIMIT_AS, here + budget.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, budget.file_bytes),
        (resource.RLIMIT_NOFILE, 256),
        *([(resource.RLIMIT_NPROC, budget.processes)] if own_user else []),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        hard = resource.getrlimit(what)[1]
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))


def furnish() -> None:
    """A home, a folder to work in and one for temporary files, all empty, in the scratch folder."""
    for place in (HOME, WORK, TEMPORARY):
        os.makedirs(place, exist_ok=True)
    os.chdir(WORK)
