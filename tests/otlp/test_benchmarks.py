"""The benchmarks run; what they measure is read by people, not by tests."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_they_run_on_a_few_spans() -> None:
    command = [sys.executable, "benchmarks/run.py", "--spans", "200", "--rounds", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    for row in (
        "| stdlib json, plain loop |",
        "| watchkeeper.otlp |",
        "| pandas.json_normalize |",
        "| duckdb |",
        "| critical_path |",
        "| retime |",
        "Memory a span:",
    ):
        assert row in done.stdout
