"""Service level indicators: how many of the valid requests were good, minute by minute.

SRE Workbook, ch. 2. A *series* is a frame with the columns time_ns (when a minute begins), good and valid. It has one
row per minute without gaps, so the number of a row is a number of minutes. Steps of any other length work the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..errors import SloError
from ..otlp import in_nanoseconds, nanoseconds

COLUMNS = ["time_ns", "good", "valid"]
MINUTE_NS = 60_000_000_000
MOST_STEPS = 10_000_000
Flags = pd.Series | np.ndarray | Sequence[bool]


def available(requests: pd.DataFrame) -> pd.Series:
    """Which requests did not fail: their status is not ERROR. `requests` is a table like `Recording.traces()`."""
    return _column(requests, "status") != "ERROR"


def faster_than(requests: pd.DataFrame, limit_ms: float) -> pd.Series:
    """Which requests took at most `limit_ms`.

    If fast failures should not count as fast, pass `available(requests)` as `valid` to the indicator. Raises SloError
    for a request without a known duration, because it is neither fast nor slow: leave it out first, and say how many.

    >>> faster_than(pd.DataFrame({"duration_ms": [80.0, 300.0]}), 200).tolist()
    [True, False]
    """
    duration = _column(requests, "duration_ms")
    unknown = int((~np.isfinite(duration.to_numpy(dtype=np.float64)) | (duration < 0).to_numpy()).sum())
    if unknown:
        raise SloError(
            f"{unknown:,} of {len(duration):,} requests have no known duration (NaN, infinite or negative), so they "
            "are neither fast nor slow; leave them out with requests[requests.duration_ms >= 0], and say how many"
        )
    return duration <= limit_ms


def _column(requests: pd.DataFrame, name: str) -> pd.Series:
    if name not in requests.columns:
        raise SloError(f"the requests have no column {name}; use rows of Recording.traces()")
    return requests[name]


def indicator(requests: pd.DataFrame, good: Flags, valid: Flags | None = None, seconds: float = 60.0) -> pd.DataFrame:
    """How many requests were valid, and how many of those were good, by the minute in which they began.

    `requests` has the column start_ns. `good` and `valid` hold one bool per request; without `valid`, all are valid.
    One row per minute: time_ns good valid. Minutes count from the first request (not from a full minute of the clock)
    and include empty ones. `seconds` is the length of a step. Raises SloError without requests, or if the flags do not
    fit.

    >>> requests = pd.DataFrame({"start_ns": [0, 1, 130 * 10**9], "status": ["OK", "ERROR", "OK"]})
    >>> indicator(requests, available(requests)).values.tolist()
    [[0, 1, 2], [60000000000, 0, 0], [120000000000, 1, 1]]
    """
    start = nanoseconds(_column(requests, "start_ns"))
    step = round(seconds * 1e9)
    if not len(start) or step <= 0:
        raise SloError(
            "there are no requests to count; check how they were filtered"
            if step > 0
            else f"a step of {seconds} s is too short; a minute has 60"
        )
    counted = _flags(valid, len(start), "valid") if valid is not None else np.ones(len(start), dtype=bool)
    fine = _flags(good, len(start), "good") & counted
    minute = (start - start.min()) // step
    n = int(minute.max()) + 1
    if n > MOST_STEPS:
        raise SloError(f"that makes {n:,} steps of {seconds:g} s; use longer steps, or requests from one recording")
    time_ns = start.min() + step * np.arange(n, dtype=np.int64)
    tallies = [np.bincount(minute[flags], minlength=n) for flags in (fine, counted)]
    return pd.DataFrame(dict(zip(COLUMNS, (time_ns, *tallies), strict=True)))


def _flags(flags: Flags, n: int, name: str) -> np.ndarray:
    found = np.asarray(flags)
    if found.shape != (n,) or found.dtype != bool:
        raise SloError(f'"{name}" needs True or False for each of the {n:,} requests, such as `available(requests)`')
    return found


def merge(*series: pd.DataFrame) -> pd.DataFrame:
    """Add several series of the same minutes, so that each counts according to its traffic.

    A minute that is missing in one of them counts as empty there. Raises SloError if their steps differ, or if their
    minutes begin at different moments.

    >>> busy = pd.DataFrame({"time_ns": [0], "good": [900], "valid": [1000]})
    >>> quiet = pd.DataFrame({"time_ns": [0], "good": [10], "valid": [10]})
    >>> round(share(merge(busy, quiet)), 4), (share(busy) + share(quiet)) / 2
    (0.901, 0.95)
    """
    if not series:
        raise SloError("there is no series to merge; give at least one")
    sizes = [step_ns(each) for each in series]
    series = tuple(map(in_nanoseconds, series))
    # You can't tell the step of a series from a single minute.
    steps = {size for size, each in zip(sizes, series, strict=True) if len(each) > 1} or {MINUTE_NS}
    step = steps.pop()
    first = min(int(each["time_ns"].iloc[0]) for each in series)
    if steps or any((int(each["time_ns"].iloc[0]) - first) % step for each in series):
        raise SloError(
            "the minutes of these series do not begin at the same moments; count all of them from the same request"
        )
    rows = max(int(each["time_ns"].iloc[-1]) - first for each in series) // step + 1
    sums = {name: np.zeros(rows, dtype=np.result_type(*(each[name] for each in series))) for name in COLUMNS[1:]}
    for each in series:
        at = (int(each["time_ns"].iloc[0]) - first) // step
        for name, total in sums.items():
            total[at : at + len(each)] += each[name].to_numpy()
    return pd.DataFrame({"time_ns": first + step * np.arange(rows, dtype=np.int64), **sums})


def share(series: pd.DataFrame) -> float:
    """Good divided by valid over the whole series, so weighted by traffic; 1.0 if nothing was valid."""
    step_ns(series)
    valid = float(series["valid"].sum())
    return float(series["good"].sum()) / valid if valid else 1.0


def compose(*parts: tuple[pd.DataFrame, int], start_ns: int = 0) -> pd.DataFrame:
    """A longer series from counted minutes: for each (series, minutes), the series is repeated to that many minutes.

    The times are arranged, not observed. Say so wherever you show them; `.attrs["arranged"]` is a sentence for that.

    >>> quiet = pd.DataFrame({"time_ns": [0, 60 * 10**9], "good": [9, 8], "valid": [9, 9]})
    >>> compose((quiet, 3), (quiet.assign(good=0), 2))["good"].tolist()
    [9, 8, 9, 0, 0]
    """
    steps = {step_ns(part) for part, _ in parts}
    if len(steps) != 1 or any(minutes < 0 for _, minutes in parts):
        raise SloError("a longer series needs parts with the same step, and 0 or more minutes of each")
    step = steps.pop()
    # resize repeats an array until it is long enough.
    columns = {
        name: np.concatenate([np.resize(part[name].to_numpy(), minutes) for part, minutes in parts])
        for name in COLUMNS[1:]
    }
    time_ns = start_ns + step * np.arange(len(columns["good"]), dtype=np.int64)
    made = pd.DataFrame({"time_ns": time_ns, **columns})
    made.attrs["arranged"] = f"composed of {len(parts)} recorded parts, repeated; its times are arranged"
    return made


def step_ns(series: Any) -> int:
    """The length of a series' step; a minute if it has only one row. SloError if it is not a series or has a gap."""
    missing = [name for name in COLUMNS if name not in getattr(series, "columns", ())]
    if missing:
        raise SloError(f"a series has the columns time_ns, good and valid, but this one has no {', '.join(missing)}")
    if not len(series):
        raise SloError("the series is empty; check how the requests were filtered")
    good, valid = (series[name].to_numpy(dtype=np.float64) for name in COLUMNS[1:])
    if not ((good >= 0) & (good <= valid)).all():
        raise SloError("a minute has fewer valid requests than good ones; a good request must be valid")
    gaps = np.diff(nanoseconds(series["time_ns"]))
    if len(gaps) and (gaps[0] <= 0 or (gaps != gaps[0]).any()):
        raise SloError("the minutes of the series have gaps or are out of order; use `indicator` to make a series")
    return int(gaps[0]) if len(gaps) else MINUTE_NS
