"""The benchmark runs; what it measures is read by people, not by tests."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_runs_on_a_few_lines() -> None:
    command = [sys.executable, "benchmarks/logs.py", "--lines", "300", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for row in ("| repeated |", "| each its own |", "| prose |", "| monday-morning |", "| in the manner of OpenSSH |"):
        assert row in done.stdout
