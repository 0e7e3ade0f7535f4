"""Reads metric points from OTLP JSON Lines into a flat data frame; histograms keep their bounds and counts."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..words import clean
from . import values
from .contents import contents
from .conventions import STABLE_METRICS
from .frames import frame, objects, times
from .lines import Problems, Reporter, gc_paused
from .resource import Origin, origins
from .signals import METRICS

TEMPORALITIES = ("", "DELTA", "CUMULATIVE")
TYPES = {
    "gauge": "gauge",
    "sum": "sum",
    "histogram": "histogram",
    "exponentialHistogram": "exponential_histogram",
    "summary": "summary",
}
# A flag of a point: the writer had no value at that time (DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK in OTLP's protocol).
NO_RECORDED_VALUE = 1
_NONE = float("nan")
_FIELDS = ("value", "count", "sum", "min", "max", "bounds", "counts", "details")


def read_metrics(path: str | Path, problems: Problems = None) -> pd.DataFrame:
    """The metric points of one file of OTLP JSON, one row per point, in file order.

    Columns: time_ns, start_ns (0 if not given), name, type (gauge sum histogram exponential_histogram summary), unit,
    temporality (CUMULATIVE DELTA or ""), monotonic, value (gauge and sum; NaN otherwise), count, sum, min, max (NaN
    if not given), bounds (list of k upper bounds) and counts (list of k + 1), service, host, scope, attributes,
    details (dict: the other fields of exponential histograms and summaries, and `as_int` or `count` if it is too large
    to be exact in its column), description, flags (1: there was no value
    at that time, so all of them are NaN or empty), resource (one dict, shared by all its rows). Old HTTP durations in
    ms become the stable ones in s; an exponential histogram stays in ms. `problems` works as in `read_spans`.
    """
    report = Reporter(Path(path), problems)
    rows: list[tuple[Any, ...]] = []
    with gc_paused():
        for _, batch in contents(report, METRICS, METRICS.key):
            for origin, metrics in origins(batch, METRICS, report):
                for metric in metrics:
                    _read_metric(metric, origin, rows, report)
        return _frame(rows)


def _read_metric(metric: dict[str, Any], origin: Origin, rows: list[tuple[Any, ...]], report: Reporter) -> None:
    name = str(metric.get("name") or "")
    try:
        keys = [key for key in TYPES if key in metric]
        if not name or not keys:
            raise ValueError("name is missing" if not name else f"has none of {', '.join(TYPES)}")
        for key in keys:
            _read_points(metric, name, key, origin, rows, report)
    except ValueError as error:
        report(f'metric "{clean(name, 60)}": {error}')


def _read_points(
    metric: dict[str, Any], name: str, key: str, origin: Origin, rows: list[tuple[Any, ...]], report: Reporter
) -> None:
    data = values.member(metric, key)
    points = values.objects(data, "dataPoints")
    # The buckets of an exponential histogram can't be divided by 1,000, so those stay in milliseconds.
    old_ms = name in STABLE_METRICS and metric.get("unit", "ms") == "ms" and key != "exponentialHistogram"
    head = (
        STABLE_METRICS[name] if old_ms else name,
        TYPES[key],
        "s" if old_ms else str(metric.get("unit") or ""),
        values.enum(data.get("aggregationTemporality") or 0, TEMPORALITIES, "AGGREGATION_TEMPORALITY_"),
        bool(data.get("isMonotonic", False)),
        str(metric.get("description") or ""),
    )
    for point in points:
        try:
            flags = values.integer(point.get("flags") or 0, "flags") & 0xFFFFFFFF
            numbers = _blank() if flags & NO_RECORDED_VALUE else _POINT[key](point)
            numbers = _in_seconds(numbers) if old_ms else numbers
            rows.append((*_stamps(point), *head, *(numbers[field] for field in _FIELDS), _labels(point), flags, origin))
        except ValueError as error:
            report(f'metric "{clean(name, 60)}": {error}')


def _stamps(point: dict[str, Any]) -> tuple[int, int]:
    time_ns = values.nanoseconds(point.get("timeUnixNano"), "timeUnixNano")
    return time_ns, values.nanoseconds(point.get("startTimeUnixNano") or 0, "startTimeUnixNano")


def _labels(point: dict[str, Any]) -> dict[str, Any]:
    return values.attributes(point.get("attributes"))


def _blank(**known: Any) -> dict[str, Any]:
    numbers: dict[str, Any] = dict.fromkeys(("value", "count", "sum", "min", "max"), _NONE)
    return numbers | {"bounds": [], "counts": [], "details": {}} | known


def _number(point: dict[str, Any]) -> dict[str, Any]:
    if point.get("asInt") is not None:
        number = values.integer(point["asInt"], "asInt")
        return _blank(value=float(number), details=_exactly("as_int", number))
    if point.get("asDouble") is not None:
        return _blank(value=values.real(point["asDouble"], "asDouble"))
    raise ValueError("a point has neither asInt nor asDouble")


def _count(value: Any, field: str) -> int:
    number = values.integer(value, field)
    if number < 0:
        raise ValueError(f"{field} is {number}, and a count can't be negative")
    return number


def _exactly(field: str, number: int) -> dict[str, int]:
    """The number itself, for `details`, if the column of doubles has only its nearest neighbor (from 2^53 on)."""
    return {} if int(float(number)) == number else {field: number}


def _summed(point: dict[str, Any], *fields: str) -> dict[str, float]:
    return {field: values.real(point[field], field) for field in fields if point.get(field) is not None}


def _histogram(point: dict[str, Any]) -> dict[str, Any]:
    bounds = [values.real(bound, "explicitBounds") for bound in _list(point, "explicitBounds")]
    counts = [_count(count, "bucketCounts") for count in _list(point, "bucketCounts")]
    if counts and len(counts) != len(bounds) + 1:
        raise ValueError(f"{len(counts)} bucketCounts do not fit {len(bounds)} explicitBounds (one more is needed)")
    if any(a >= b for a, b in pairwise(bounds)):
        raise ValueError("explicitBounds do not increase")
    count = _count(point.get("count") or 0, "count")
    known = _summed(point, "sum", "min", "max")
    return _blank(count=float(count), bounds=bounds, counts=counts, details=_exactly("count", count), **known)


def _exponential(point: dict[str, Any]) -> dict[str, Any]:
    details = {
        "scale": values.integer(point.get("scale") or 0, "scale"),
        "zero_threshold": values.real(point.get("zeroThreshold") or 0.0, "zeroThreshold"),
        "zero_count": _count(point.get("zeroCount") or 0, "zeroCount"),
        "positive": _buckets(point, "positive"),
        "negative": _buckets(point, "negative"),
    }
    count = _count(point.get("count") or 0, "count")
    known = _summed(point, "sum", "min", "max")
    return _blank(count=float(count), details=details | _exactly("count", count), **known)


def _buckets(point: dict[str, Any], side: str) -> dict[str, Any]:
    buckets = values.member(point, side)
    return {
        "offset": values.integer(buckets.get("offset") or 0, f"{side} offset"),
        "counts": [_count(count, f"{side} bucketCounts") for count in _list(buckets, "bucketCounts")],
    }


def _summary(point: dict[str, Any]) -> dict[str, Any]:
    quantiles = [
        [values.real(item.get("quantile") or 0, "quantile"), values.real(item.get("value") or 0, "value")]
        for item in values.objects(point, "quantileValues")
    ]
    count = _count(point.get("count") or 0, "count")
    details = {"quantiles": quantiles} | _exactly("count", count)
    return _blank(count=float(count), details=details, **_summed(point, "sum"))


def _list(point: dict[str, Any], field: str) -> list[Any]:
    items = point.get(field) or []
    if not isinstance(items, list):
        raise ValueError(f"{field} is not a list")
    return items


def _in_seconds(numbers: dict[str, Any]) -> dict[str, Any]:
    scaled = {field: numbers[field] / 1000 for field in ("value", "sum", "min", "max")}
    quantiles = [[quantile, value / 1000] for quantile, value in numbers["details"].get("quantiles", ())]
    details = numbers["details"] | ({"quantiles": quantiles} if quantiles else {})
    return numbers | scaled | {"bounds": [bound / 1000 for bound in numbers["bounds"]], "details": details}


_POINT: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "gauge": _number,
    "sum": _number,
    "histogram": _histogram,
    "exponentialHistogram": _exponential,
    "summary": _summary,
}


def _frame(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    fields = list(zip(*rows, strict=True)) or [()] * 19
    time_ns, start_ns, name, kind, unit, temporality, monotonic, description = fields[:8]
    value, count, total, least, most, bounds, counts, details, attributes, flags, origin = fields[8:]
    columns = {
        "time_ns": times(time_ns),
        "start_ns": times(start_ns),
        "name": name,
        "type": kind,
        "unit": unit,
        "temporality": temporality,
        "monotonic": np.array(monotonic, dtype=bool),
        "value": _real(value),
        "count": _real(count),
        "sum": _real(total),
        "min": _real(least),
        "max": _real(most),
        "bounds": objects(bounds),
        "counts": objects(counts),
        "service": [o.service for o in origin],
        "host": [o.host for o in origin],
        "scope": [o.scope for o in origin],
        "attributes": objects(attributes),
        "details": objects(details),
        "description": description,
        "flags": times(flags),
        "resource": objects([o.resource for o in origin]),
    }
    return frame(columns)


def _real(items: tuple[float, ...]) -> np.ndarray:
    return np.array(items, dtype=np.float64)
