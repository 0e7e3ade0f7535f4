"""What a command costs including all its children: wall time, CPU time, peak memory.

If this user may create a control group, CPU time comes from there (cpuacct in version 1, cpu.stat in version 2).
Otherwise it is the time of the children that were waited for, which misses all others. `Meter.exact` says which it is.
"""

from __future__ import annotations

import os
import resource
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

EVERY = 0.5  # seconds between two looks at the memory
GROUPS = (Path("/sys/fs/cgroup/cpuacct"), Path("/sys/fs/cgroup"))


@dataclass(frozen=True)
class Cost:
    """Seconds of wall and CPU time, peak memory in MB (proportional set size of all processes), the machine's load."""

    wall: float
    cpu: float
    memory: float
    load: float
    exact: bool
    said: str


class Meter:
    """A control group for one command, or the children's time if there can't be one."""

    def __init__(self) -> None:
        self.group = next((made for parent in GROUPS if (made := _group(parent))), None)
        self.exact = self.group is not None
        self._before = _of_children()

    def enter(self) -> None:
        """Join the group. Called in the new process before its program starts."""
        if self.group:
            (self.group / "cgroup.procs").write_text("0")

    def seconds(self) -> float:
        """CPU seconds so far."""
        if not self.group:
            return _of_children() - self._before
        return _of_group(self.group)

    def close(self) -> None:
        for _ in range(50):  # the last processes of a sandbox end a moment after their grader
            try:
                if self.group:
                    self.group.rmdir()
                return
            except OSError:
                time.sleep(0.1)


def measure(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end. Raises RuntimeError with its output if it fails."""
    meter, load = Meter(), os.getloadavg()[0]
    began = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=meter.enter,
    ) as process:
        peak = _Peak(process.pid)
        said, _ = process.communicate()
        wall = time.perf_counter() - began
    memory = peak.stop()
    time.sleep(0.3)
    cpu = meter.seconds()
    meter.close()
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    return Cost(wall, cpu, memory, load, meter.exact, said)


class _Peak:
    """Samples the memory of a process and all its descendants, in a thread."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most, self._stop = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while not self._stop.wait(EVERY):
            self._most = max(self._most, sum(map(_proportional, _below(self._pid))))

    def stop(self) -> float:
        self._stop.set()
        self._thread.join()
        return self._most


def _below(pid: int) -> list[int]:
    """A process and its descendants."""
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        for children in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                todo += map(int, children.read_text().split())
            except OSError:  # it has ended in the meantime
                continue
    return found


def _proportional(pid: int) -> float:
    """MB of a process; a page that n processes share counts as 1/n."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:")), 0.0)


def _group(parent: Path) -> Path | None:
    made = parent / f"watchkeeper-{os.getpid()}-{time.monotonic_ns()}"
    try:
        made.mkdir()
    except OSError:
        return None
    try:
        _of_group(made)
        return made
    except OSError:
        made.rmdir()
        return None


def _of_group(group: Path) -> float:
    if (group / "cpuacct.usage").exists():
        return int((group / "cpuacct.usage").read_text()) / 1e9
    fields = dict(line.split() for line in (group / "cpu.stat").read_text().splitlines())
    return int(fields["usage_usec"]) / 1e6


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
