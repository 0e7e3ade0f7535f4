"""Grades the demo cohort while other programs keep the machine busy, and compares every mark with its plan.

    python benchmarks/load.py [--busy 8] [--rounds 3] [--seconds 3]

Marks must not depend on what else the machine does. `--seconds` is the limit per cell, a tenth of the course's own: the
shorter it is, the sooner a limit by the clock on the wall would take marks from honest work.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from watchkeeper.staff.grade import intake, session, settings
from watchkeeper.staff.grade.practice import cohort

ROOT = Path(__file__).parents[1]
MODULE, LESSON = "00-welcome", "first-watch"
WRITES = """
import os, sys
while True:
    with open(sys.argv[1], "wb") as file:
        for _ in range(64): file.write(os.urandom(1 << 20))
        os.fsync(file.fileno())
"""


@contextmanager
def load(busy: int, folder: Path) -> Iterator[None]:
    """Programs that do nothing but compute, and one that writes to the disk."""
    commands = [[sys.executable, "-c", "while True: pass"] for _ in range(busy)]
    if busy:
        commands.append([sys.executable, "-c", WRITES, str(folder / "written")])
    programs = [subprocess.Popen(command, start_new_session=True) for command in commands]
    try:
        yield
    finally:
        for one in programs:
            one.kill()
            one.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--busy", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="watchkeeper-load-") as name:
        folder = Path(name)
        made = cohort.write(ROOT, folder, MODULE)
        intake.take_in(made.handed_in, folder / "submitted", {MODULE: {LESSON}})
        found = settings.read(ROOT, folder)
        found.config.Execute.timeout = given.seconds
        wrong = 0
        for number in range(given.rounds):
            with load(given.busy, folder):
                began = time.monotonic()
                run = session.grade(found, session.Job(MODULE, force=True))
                seconds = time.monotonic() - began
            differences = cohort.differences(made.plan, run.results)
            wrong += len(differences)
            load_now = os.getloadavg()[0]
            print(
                f"round {number + 1}: {len(run.results)} submissions in {seconds:.0f} s at a load of {load_now:.1f} "
                f"on {os.cpu_count()} cores; {len(differences)} marks differ from the plan",
                *differences,
                sep="\n  ",
            )
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
