"""The benchmark runs; what it measures is read by people, not by tests."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_it_runs_on_a_few_durations() -> None:
    command = [sys.executable, "benchmarks/latency.py", "--values", "500", "--minutes", "400", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for row in ("| percentile |", "| ExponentialHistogram.from_values |", "| replay, three rules |"):
        assert row in done.stdout
