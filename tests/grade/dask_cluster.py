"""A real Dask cluster for the tests: a scheduler and workers, each in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from submissions import ROOT

# Each worker loads this. What happens to the worker depends on whose submission it grades. FOLDER tells the test.
SABOTAGE = """
import os, signal, time
from pathlib import Path
from watchkeeper.staff.grade.cluster import station

FOLDER = Path({folder!r})
graded = getattr(station, "graded", station.grade_one)  # a nanny's worker loads this twice
station.graded = graded

def grade(edition, submission, runner, inputs):
    with (FOLDER / f"{{submission.student}}.seen").open("a") as file:
        file.write(f"{{os.getpid()}}\\n")
    if submission.student == "fails":
        deep = []
        for _ in range(100_000):
            deep = [deep]
        raise RuntimeError(deep)
    if submission.student == "kills-workers":
        os.kill(os.getpid(), signal.SIGKILL)
    if submission.student == "waits" and (FOLDER / "waits.seen").read_text().count("\\n") == 1:
        time.sleep(600)  # until the test kills this worker
    return graded(edition, submission, runner, inputs)

station.grade_one = grade
"""


class Dask:
    """A scheduler at `address` and its workers. Starts them, and knows every process that it started."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.address, self.started = folder, "", list[subprocess.Popen]()

    def serve(self) -> None:
        """Start the scheduler."""
        folder = self.folder
        (folder / "sabotage.py").write_text(SABOTAGE.format(folder=str(folder)), encoding="utf-8")
        file = folder / "scheduler.json"
        self.scheduler = self.start(
            "scheduler", "--host", "127.0.0.1", "--port", 0, "--no-dashboard", "--scheduler-file", file
        )
        until(lambda: file.is_file() and file.stat().st_size > 0, "the scheduler", folder)
        self.address = json.loads(file.read_text(encoding="utf-8"))["address"]

    def worker(self, name: str, nanny: bool = False, datasets: Path | None = None) -> subprocess.Popen:
        """Start a worker with one thread and wait until the scheduler knows it. A `nanny` restarts it when it dies."""
        log = self.folder / "scheduler.log"
        before = log.read_text(encoding="utf-8").count("Register worker")
        started = self.start(
            "worker",
            self.address,
            "--nthreads",
            1,
            "--name",
            name,
            "--no-dashboard",
            "--nanny" if nanny else "--no-nanny",
            "--preload",
            self.folder / "sabotage.py",
            "--local-directory",
            self.folder / name,
            datasets=datasets,
        )
        until(lambda: log.read_text(encoding="utf-8").count("Register worker") > before, name, self.folder)
        return started

    def start(self, what: str, *arguments: object, datasets: Path | None = None) -> subprocess.Popen:
        environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
        environment["DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES"] = "1"
        environment.pop("WATCHKEEPER_DATASETS", None)
        if datasets:
            environment["WATCHKEEPER_DATASETS"] = str(datasets)
        with (self.folder / f"{what}.log").open("a") as out:
            command = [sys.executable, "-m", "dask", what, *map(str, arguments)]
            process = subprocess.Popen(
                command, stdout=out, stderr=out, cwd=self.folder, env=environment, start_new_session=True
            )
        self.started.append(process)
        return process

    def seen(self, student: str) -> list[int]:
        """The process ids of the workers that were given this submission, in order."""
        path = self.folder / f"{student}.seen"
        return [int(line) for line in path.read_text().split()] if path.is_file() else []


@contextmanager
def dask(folder: Path) -> Iterator[Dask]:
    """A cluster, all of whose processes are killed at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Dask(folder)
    try:
        made.serve()
        yield made
    finally:
        for process in made.started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def until(there, what: str, folder: Path) -> None:
    """Wait until `there()` is true; show the cluster's logs if that takes too long."""
    end = time.monotonic() + 120
    while not there():
        logs = "\n".join(path.read_text(encoding="utf-8")[-2000:] for path in folder.glob("*.log"))
        assert time.monotonic() < end, f"{what} never came:\n{logs}"
        time.sleep(0.05)
