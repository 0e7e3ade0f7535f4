"""python benchmarks/run.py: all figures in one run, so that ratios hold whatever else the machine does.

Each loader is measured in its own process, because it leaves a heap that would slow down the next one.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import platform
import statistics
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import loaders
import spans as made

from watchkeeper import otlp, traces

LOADERS = {
    "stdlib json, plain loop": loaders.plain_loop,
    "the same loop, collector paused": loaders.plain_loop_paused,
    "watchkeeper.otlp": loaders.ours,
    "pandas.json_normalize": loaders.json_normalize,
    "duckdb": loaders.with_duckdb,
}
FUNCTIONS = (traces.critical_path, traces.self_time, traces.drag, traces.tree, traces.reports)


def main() -> None:
    """Print one Markdown table per question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--spans", type=int, default=100_000, help="how many (100000)")
    parser.add_argument("--rounds", type=int, default=5, help="how often to measure each; medians are shown (5)")
    options = parser.parse_args()
    print(f"{platform.system()}, Python {platform.python_version()}, {multiprocessing.cpu_count()} cores, ", end="")
    print(f"{options.spans:,} spans, median of {options.rounds}\n")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "traces.jsonl"
        made.write_file(path, options.spans)
        loading(path, options.rounds)
        memory(path)
        paths(path, options.rounds)
    shapes(options.spans, options.rounds)


def seconds(call: Callable[[], Any], rounds: int = 1) -> float:
    """The median time of a call in seconds. A full collection before each call frees the garbage of the others."""
    times = []
    for _ in range(rounds):
        gc.collect()
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def _in_process(task: tuple[str, Path]) -> tuple[int, float]:
    name, path = task
    begin = time.perf_counter()
    rows = len(LOADERS[name](path))
    return rows, time.perf_counter() - begin


def loading(path: Path, rounds: int) -> None:
    """Print the spans per second of each loader, and the ratio to the plain loop."""
    taken: dict[str, list[float]] = {name: [] for name in LOADERS}
    rows = set()
    # One process per measurement, one after the other, and every loader in each round: changes in the machine's load
    # then affect all loaders equally.
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for _ in range(rounds):
            for name in LOADERS:
                count, took = pool.map(_in_process, [(name, path)])[0]
                rows.add(count)
                taken[name].append(took)
    (count,) = rows
    print(f"Loading a file of {path.stat().st_size / 1e6:.0f} MB\n\n| loader | spans/s | ratio |\n|---|---|---|")
    base = statistics.median(taken["stdlib json, plain loop"])
    for name, times in taken.items():
        took = statistics.median(times)
        print(f"| {name} | {count / took:,.0f} | {base / took:.2f} |")


def memory(path: Path) -> None:
    """Print the peak and lasting memory per span while loading, as tracemalloc counts it for Python and numpy."""
    gc.collect()
    tracemalloc.start()
    frame = otlp.read_spans(path)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    print(f"\nMemory a span: {peak / len(frame):,.0f} bytes at the peak of loading, {kept / len(frame):,.0f} kept")


def paths(path: Path, rounds: int) -> None:
    """Print the spans per second of each function over all traces of the file."""
    frame = otlp.read_spans(path)
    print(f"\nOver {frame['trace_id'].nunique():,} traces\n")
    print("| function | spans/s | time, as a share of loading |\n|---|---|---|")
    load = seconds(lambda: otlp.read_spans(path), rounds)
    for function in (*FUNCTIONS, traces.path_share):
        took = seconds(lambda function=function: function(frame), rounds)
        print(f"| {function.__name__} | {len(frame) / took:,.0f} | {took / load:.2f} |")


def shapes(n: int, rounds: int) -> None:
    """Print the times for the two shapes that break recursive and quadratic code."""
    print(f"\nOne trace of {n:,} spans\n\n| function | all under one root, s | a chain, s |\n|---|---|---|")
    wide, deep = made.wide(n), made.deep(n)
    for function in FUNCTIONS:
        took = [seconds(lambda spans=spans, function=function: function(spans), rounds) for spans in (wide, deep)]
        print(f"| {function.__name__} | {took[0]:.2f} | {took[1]:.2f} |")
    took = [seconds(lambda spans=spans: traces.retime(spans, f"s{n // 2}", 0), rounds) for spans in (wide, deep)]
    print(f"| retime | {took[0]:.2f} | {took[1]:.2f} |")


if __name__ == "__main__":
    main()
