"""From metric points to what happened between them. Counters count up from their start, and sometimes restart.

Points with the same (service, host, resource, scope, name, type, unit, attributes) are a series. Its cumulative points
are subtracted from each other per start time, because a new start time is a new process that counts from 0
(OpenTelemetry metrics data model, "Resets and gaps").
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pandas as pd

from ..errors import LatencyError, TelemetryWarning
from ..otlp import NO_RECORDED_VALUE, in_nanoseconds
from ..words import clean, count
from .buckets import known
from .exponential import ExponentialHistogram
from .histogram import Histogram, same_bounds

NEEDED = (
    "time_ns",
    "start_ns",
    "name",
    "type",
    "unit",
    "temporality",
    "monotonic",
    "value",
    "count",
    "sum",
    "min",
    "max",
    "bounds",
    "counts",
    "service",
    "host",
    "scope",
    "attributes",
    "details",
    "resource",
)
NAN = float("nan")
EXPLICIT, EXPONENTIAL = "histogram", "exponential_histogram"
TURNS = 3  # once or twice, a restarted counter may happen to reach its old level at once


def increases(points: pd.DataFrame) -> pd.DataFrame:
    """What each counter and histogram counted since its previous point: one row per point of `Recording.metrics`.

    The columns are those of the points, but every row is now a DELTA: value, count, sum, counts and details are
    differences over (start_ns, time_ns]. There are two new columns. `seconds` is the length of that interval. `restart`
    says whether counting restarted since the previous point: start_ns is new, or the value fell, and then all of it
    came after that point. The first point after a start counts from the start; if its start is unknown, it is only used
    for subtraction. A point without a value (NaN, or flagged as such) is an absence: it has no row, and the next point
    is compared with the last one that had a value. min and max are NaN, except in rows that had no previous point to
    subtract. DELTA points stay as they are; gauges and counters that may fall are left out. Rows are in the order of
    the input, with a new index. Raises LatencyError if a column is missing.

    With a `TelemetryWarning`, two things are left out: a DELTA point that repeats another one exactly, and a series
    that falls and returns to its old level again and again. There, several processes write under one identity without
    start times, and what each of them counted can't be told.
    """
    missing = [name for name in NEEDED if name not in points.columns]
    if missing:
        raise LatencyError(f"the points have no column {', '.join(missing)}; take rows of Recording.metrics")
    points = in_nanoseconds(points)
    counters = points["type"].isin([EXPLICIT, EXPONENTIAL]) | ((points["type"] == "sum") & points["monotonic"])
    frame = points[counters & recorded(points)].copy()
    frame.index = pd.RangeIndex(len(frame))
    series, start, time = _series(frame), frame["start_ns"].to_numpy(), frame["time_ns"].to_numpy()
    order = np.lexsort((time, start, series))
    frame, series = frame.take(order), series[order]
    one_writer = ~(_sent_twice(frame, series) | _taking_turns(frame, series))
    frame, series = frame[one_writer], series[one_writer]
    keep = _differences(frame, series)
    frame["seconds"] = (frame["time_ns"] - frame["start_ns"]) / 1e9
    frame["temporality"] = "DELTA"
    return frame[keep].sort_index().reset_index(drop=True)


def recorded(points: pd.DataFrame) -> pd.Series:
    """Which points have a value. The others say that there was none at that time, as after a failed scrape."""
    flags = points["flags"].fillna(0).astype(np.int64) if "flags" in points.columns else 0
    number = points["value"].where(points["type"].isin(["gauge", "sum"]), points["count"])
    return number.notna() & ((flags & NO_RECORDED_VALUE) == 0)


def _sent_twice(frame: pd.DataFrame, series: np.ndarray) -> np.ndarray:
    """Which DELTA points repeat the one before them in every number, as after an export that was tried again."""
    start, time = frame["start_ns"].to_numpy(), frame["time_ns"].to_numpy()
    alike = (series[1:] == series[:-1]) & (start[1:] == start[:-1]) & (time[1:] == time[:-1])
    again = np.r_[False, alike][: len(series)] & (frame["temporality"] == "DELTA").to_numpy()
    if again.any():
        columns = [frame[name].tolist() for name in ("value", "count", "sum", "bounds", "counts", "details")]
        for row in np.flatnonzero(again).tolist():
            again[row] = all(repr(column[row]) == repr(column[row - 1]) for column in columns)
    if n := int(again.sum()):
        name = clean(frame["name"].to_numpy()[again][0], 60)
        text = f'{count(n, "DELTA point")} repeated exactly, such as one of "{name}": each is counted once.'
        warnings.warn(text, TelemetryWarning, stacklevel=4)
    return again


def _taking_turns(frame: pd.DataFrame, series: np.ndarray) -> np.ndarray:
    """Which points belong to a series that several processes write, so that it falls at each turn and returns.

    A counter that restarts stays low. One that returns to about its old level three times did not restart.
    """
    number = frame["value"].where(frame["type"] == "sum", frame["count"]).to_numpy(dtype=np.float64)
    start, delta = frame["start_ns"].to_numpy(), (frame["temporality"] == "DELTA").to_numpy()
    follows = np.r_[False, (series[1:] == series[:-1]) & (start[1:] == start[:-1])][: len(series)] & ~delta
    group = np.cumsum(~follows)
    at = np.flatnonzero(follows[1:-1] & follows[2:]) + 1
    drop, back = number[at - 1] - number[at], np.abs(number[at + 1] - number[at - 1])
    turns = np.bincount(group[at[(drop > 0) & (back <= drop / 2)]], minlength=len(group) + 1)
    mixed = (turns >= TURNS)[group] if len(group) else np.zeros(0, dtype=bool)
    for one in np.flatnonzero(turns >= TURNS).tolist():
        row = int(np.flatnonzero(group == one)[0])
        name, service = (clean(frame[column].iat[row], 60) for column in ("name", "service"))
        text = (
            f'"{name}" of {service or "a service without a name"} returns to its old level after {turns[one]} falls, '
            "so several processes write it under one identity. What each of them counted can't be told, and it is left "
            "out; give each process its own service.instance.id, or a start time."
        )
        warnings.warn(text, TelemetryWarning, stacklevel=4)
    return mixed


def _differences(frame: pd.DataFrame, series: np.ndarray) -> np.ndarray:
    """Turn the rows, sorted by series, start and time, into differences in place. Returns which rows to keep."""
    delta = (frame["temporality"] == "DELTA").to_numpy()
    start, time = frame["start_ns"].to_numpy().copy(), frame["time_ns"].to_numpy()
    same_series = np.r_[False, series[1:] == series[:-1]][: len(series)] & ~delta
    follows = same_series & np.r_[False, start[1:] == start[:-1]][: len(start)]
    fell = follows & _fell(frame, follows)
    base = np.flatnonzero(follows & ~fell)
    keep = delta | follows | ((start > 0) & (start < time))
    start[follows] = time[np.flatnonzero(follows) - 1]
    for name in ("value", "count", "sum"):
        column = frame[name].to_numpy(dtype=np.float64).copy()
        column[base] -= frame[name].to_numpy(dtype=np.float64)[base - 1]
        frame[name] = column
    _subtract_buckets(frame, base)
    for name in ("min", "max"):
        column = frame[name].to_numpy(dtype=np.float64).copy()
        column[base] = NAN
        frame[name] = column
    frame["start_ns"], frame["restart"] = start, fell | (same_series & ~follows)
    return keep


def _fell(frame: pd.DataFrame, follows: np.ndarray) -> np.ndarray:
    """Which rows have less than the row they follow, in total or in a bucket, or have different bounds."""
    number = frame["value"].where(frame["type"] == "sum", frame["count"]).to_numpy(dtype=np.float64)
    fell = np.r_[False, number[1:] < number[:-1]][: len(number)]
    bounds, counts = frame["bounds"].tolist(), frame["counts"].tolist()
    for row in np.flatnonzero(follows & (frame["type"] == EXPLICIT).to_numpy() & ~fell).tolist():
        # An empty histogram may have no buckets yet.
        if number[row - 1] and len(counts[row]) == len(counts[row - 1]):
            alike = bounds[row] == bounds[row - 1] or same_bounds(bounds[row], bounds[row - 1])
            fell[row] = not alike or any(map(operator.lt, counts[row], counts[row - 1]))
        else:
            fell[row] = bool(number[row - 1])
    details = frame["details"].tolist()
    for row in np.flatnonzero(follows & (frame["type"] == EXPONENTIAL).to_numpy() & ~fell).tolist():
        fell[row] = not _grew(details[row], details[row - 1])
    return fell


def _grew(now: dict[str, Any], before: dict[str, Any]) -> bool:
    """Whether every bucket of an exponential histogram has at least as many values as before."""
    try:
        _exponential(now) - _exponential(before)
    except LatencyError:
        return False
    return True


def _subtract_buckets(frame: pd.DataFrame, base: np.ndarray) -> None:
    kinds, counts, details = frame["type"].tolist(), frame["counts"].tolist(), frame["details"].tolist()
    new_counts, new_details = list(counts), list(details)
    for row in base.tolist():
        if kinds[row] in ("sum", EXPLICIT):
            new_details[row] = {}  # a count or sum too large for its column, which is no longer that of the point
        if kinds[row] == EXPLICIT:
            if len(counts[row]) == len(counts[row - 1]):
                new_counts[row] = list(map(operator.sub, counts[row], counts[row - 1]))
        elif kinds[row] == EXPONENTIAL:
            now, before = (_exponential(details[at]) for at in (row, row - 1))
            new_details[row] = _details(now - before)
    frame["counts"], frame["details"] = _objects(new_counts, frame), _objects(new_details, frame)


def _exponential(details: dict[str, Any]) -> ExponentialHistogram:
    return ExponentialHistogram.of_details(details)


def _details(histogram: ExponentialHistogram) -> dict[str, Any]:
    sides = {"positive": histogram.positive, "negative": histogram.negative}
    buckets = {name: {"offset": side[0], "counts": list(side[1])} for name, side in sides.items()}
    zeros = {"zero_threshold": histogram.zero_threshold, "zero_count": histogram.zero_count}
    return {"scale": histogram.scale, **zeros, **buckets}


def _objects(items: list[Any], frame: pd.DataFrame) -> pd.Series:
    column = np.empty(len(items), dtype=object)
    column[:] = items
    return pd.Series(column, index=frame.index, dtype=object)


def _series(frame: pd.DataFrame) -> np.ndarray:
    """The number of each row's series, counted from 0."""
    # The rows of a resource share one dict, so look into it only once.
    resources: dict[int, Any] = {}
    keys: dict[Any, int] = {}
    found = []
    columns = (frame[name] for name in ("name", "type", "unit", "service", "host", "scope", "attributes", "resource"))
    for *plain, attributes, resource in zip(*columns, strict=True):
        if id(resource) not in resources:
            resources[id(resource)] = _frozen(resource)
        key = (*plain, _frozen(attributes), resources[id(resource)])
        found.append(keys.setdefault(key, len(keys)))
    return np.array(found, dtype=np.int64)


def _frozen(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple(sorted((key, _frozen(item)) for key, item in value.items()))
    return tuple(map(_frozen, value)) if isinstance(value, list) else (type(value).__name__, value)


def rate(points: pd.DataFrame) -> pd.DataFrame:
    """`increases(points)` with the column `per_second`: the increase of value, or else of count, divided by `seconds`.

    It is NaN if no time passed.
    """
    frame = increases(points)
    number = frame["value"].where(frame["type"] == "sum", frame["count"])
    frame["per_second"] = number / frame["seconds"].where(frame["seconds"] > 0)
    return frame


def histograms(
    points: pd.DataFrame, by: Sequence[str] = ("service",), window_seconds: float | None = None
) -> pd.DataFrame:
    """One merged histogram for each name, unit and group, and for each window of time if `window_seconds` is given.

    `by` names columns, attributes or resource attributes ("http.route"). An increase belongs to the window in which it
    was reported; windows count from the first report. Columns: name, unit, those of `by`, start_ns and time_ns (of the
    window, or else of everything counted), count, histogram (`Histogram` or `ExponentialHistogram`). Windows without a
    report have no row. Raises LatencyError without histograms, or if the bounds in a group differ.
    """
    all_of_them = increases(points)
    frame = all_of_them[all_of_them["type"].isin([EXPLICIT, EXPONENTIAL])]
    if frame.empty:
        raise LatencyError("there are no histograms among these points; check their column type")
    by = [by] if isinstance(by, str) else list(by)
    names = ["name", "unit", "type", *by]
    groups = pd.DataFrame({name: _group(frame, name) for name in names})
    first = int(frame["time_ns"].min())
    step = None if window_seconds is None else max(1, round(window_seconds * 1e9))
    groups["window"] = 0 if step is None else (frame["time_ns"] - first) // step
    rows, places_of = [], groups.groupby([*names, "window"], sort=True).groups
    for key, places in cast("dict[Any, Any]", places_of).items():
        part = frame.loc[places]
        begin, end = int(part["start_ns"].min()), int(part["time_ns"].max())
        if step is not None:
            begin, end = first + key[-1] * step, first + (key[-1] + 1) * step
        made = _merged(part, key[:2])
        rows.append((*key[:2], *key[3:-1], begin, end, made.n, made))
    columns = ["name", "unit", *by, "start_ns", "time_ns", "count", "histogram"]
    return pd.DataFrame(rows, columns=columns)


def _group(frame: pd.DataFrame, name: str) -> pd.Series:
    if name in frame.columns:
        return frame[name]
    values = [
        str(attributes.get(name, resource.get(name, "")))
        for attributes, resource in zip(frame["attributes"], frame["resource"], strict=True)
    ]
    return pd.Series(values, index=frame.index, dtype="str")


def _merged(part: pd.DataFrame, of: tuple[str, ...]) -> Histogram | ExponentialHistogram:
    if part["type"].iloc[0] == EXPONENTIAL:
        found = [ExponentialHistogram.from_point(row) for row in part.to_dict("records")]
        return sum(found[1:], found[0])
    # The bounds of empty histograms don't matter, and some writers round bounds to 32 bits.
    full = part[part["count"] > 0]
    bounds: list[tuple[float, ...]] = []
    for each in map(tuple, full["bounds"] if len(full) else part["bounds"]):
        if not any(each == other or same_bounds(each, other) for other in bounds):
            bounds.append(each)
    if len(bounds) > 1:
        raise LatencyError(
            f"{of[0]} has {len(bounds)} sets of bounds in one group, which cannot be merged; "
            'separate them with by=("service", "scope"), or rebucket'
        )
    total = part.loc[part["count"] > 0, "sum"].sum(skipna=False) if len(full) else part["sum"].sum(skipna=False)
    if not len(full):
        return Histogram(bounds[0], (0,) * (len(bounds[0]) + 1), total, unit=of[1])
    # A histogram may have no buckets. Then all its values count as one bucket.
    rows = [each or [int(n)] for each, n in zip(full["counts"], full["count"], strict=True)]
    counts = [sum(column) for column in zip(*rows, strict=True)]
    ends = known(full["min"].min(skipna=False)), known(full["max"].max(skipna=False))
    if None not in ends and ends[0] > ends[1]:  # type: ignore[operator]
        ends = None, None
    return Histogram(bounds[0], tuple(counts), total, *ends, of[1])
