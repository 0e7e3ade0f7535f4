"""python benchmarks/latency.py: percentiles, histograms and alert rules, each against a peer in the same run.

Two of the peers are sketches (ddsketch, hdrhistogram). They are measured if they are installed, but the package does
not depend on them: a recording's durations fit into memory, where the exact percentile is one partition of an array.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from watchkeeper import latency, slo

MINUTE_NS = 60 * 10**9


def main() -> None:
    """Print one Markdown table per question."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--values", type=int, default=1_000_000, help="how many durations (1000000)")
    parser.add_argument("--minutes", type=int, default=43_200, help="how long the series for the rules is (30 days)")
    parser.add_argument("--rounds", type=int, default=7, help="how often to measure each; medians are shown (7)")
    options = parser.parse_args()
    durations = np.random.default_rng(1).lognormal(3.7, 0.5, options.values)
    percentiles(durations, options.rounds)
    sketches(durations[:100_000], options.rounds)
    rules(options.minutes, options.rounds)


def seconds(call: Callable[[], Any], rounds: int) -> float:
    """The median time of a call in seconds; each call runs after a full garbage collection."""
    times = []
    for _ in range(rounds):
        gc.collect()
        begin = time.perf_counter()
        call()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def table(title: str, base: str, calls: dict[str, Callable[[], Any]], rounds: int) -> None:
    """Print the milliseconds of each call, and their ratio to those of the row `base`."""
    taken = {name: seconds(call, rounds) for name, call in calls.items()}
    print(f"\n{title}\n\n| what | ms | times {base} |\n|---|---|---|")
    for name, took in taken.items():
        print(f"| {name} | {took * 1000:,.2f} | {took / taken[base]:.2f} |")


def percentiles(durations: np.ndarray, rounds: int) -> None:
    """Exact percentiles and histograms over all durations."""
    n = len(durations)
    table(
        f"Over {n:,} durations",
        "numpy.quantile",
        {
            "numpy.quantile": lambda: np.quantile(durations, 0.99, method="inverted_cdf"),
            "percentile": lambda: latency.percentile(durations, 0.99),
            "percentile_interval": lambda: latency.percentile_interval(durations, 0.99),
            "compare, 10,000 resamples": lambda: latency.compare(durations, durations, 0.99),
            "Histogram.from_values": lambda: latency.Histogram.from_values(durations, latency.DEFAULT_BOUNDS),
            "ExponentialHistogram.from_values": lambda: latency.ExponentialHistogram.from_values(durations),
            "corrected": lambda: latency.corrected(durations, 20),
            "heat_map": lambda: latency.heat_map(np.arange(n) * 10**7, durations, seconds=60),
        },
        rounds,
    )


def sketches(durations: np.ndarray, rounds: int) -> None:
    """A p99 with each sketch that is installed: add every duration, then ask once."""
    calls: dict[str, Callable[[], Any]] = {
        "percentile": lambda: latency.percentile(durations, 0.99),
        "ExponentialHistogram": lambda: latency.ExponentialHistogram.from_values(durations).quantile(0.99),
    }
    values = durations.tolist()
    for module, ask in (("ddsketch", _ddsketch), ("hdrh.histogram", _hdr)):
        try:
            found = importlib.import_module(module)
        except ImportError:
            continue
        calls[module.split(".")[0]] = lambda ask=ask, found=found: ask(found, values)
    table(f"The p99 of {len(values):,} durations", "percentile", calls, rounds)
    print("\n| what | p99, ms |\n|---|---|")
    for name, call in calls.items():
        print(f"| {name} | {call():.2f} |")


def _ddsketch(module: Any, values: list[float]) -> float:
    sketch = module.DDSketch(0.01)
    for value in values:
        sketch.add(value)
    return sketch.get_quantile_value(0.99)


def _hdr(module: Any, values: list[float]) -> float:
    histogram = module.HdrHistogram(1, 3_600_000_000, 3)
    for value in values:
        histogram.record_value(int(value * 1000))
    return histogram.get_value_at_percentile(99) / 1000


def rules(minutes: int, rounds: int) -> None:
    """Replay the three standard rules, and compute the same windows with pandas."""
    draw = np.random.default_rng(2)
    valid = draw.poisson(600, minutes)
    bad = draw.binomial(valid, np.where(draw.random(minutes) < 0.001, 0.3, 0.0005))
    series = pd.DataFrame({"time_ns": np.arange(minutes) * MINUTE_NS, "good": valid - bad, "valid": valid})
    table(
        f"Rules over {minutes:,} minutes",
        "pandas, rolling",
        {
            "pandas, rolling": lambda: _rolling(series),
            "replay, three rules": lambda: slo.replay(slo.STANDARD, series, 0.999),
            "burn_rate, one window": lambda: slo.burn_rate(series, 60, 0.999),
        },
        rounds,
    )


def _rolling(series: pd.DataFrame) -> list[pd.Series]:
    counts = series.assign(bad=series["valid"] - series["good"])
    fires = []
    for rule in slo.STANDARD:
        windows = (int(rule.long_minutes), int(rule.short_minutes))
        sums = [counts[["bad", "valid"]].rolling(window, min_periods=1).sum() for window in windows]
        long, short = (each["bad"] / each["valid"] > rule.rate * 0.001 for each in sums)
        fires.append(long & short)
    return fires


if __name__ == "__main__":
    main()
