"""Metric points by hand, through the reader that a recording's go through."""

import json
from pathlib import Path

import pandas as pd

from watchkeeper import otlp

S = 1_000_000_000
CUMULATIVE, DELTA = 2, 1


def counter(*points: tuple, name: str = "requests", temporality: int = CUMULATIVE, monotonic: bool = True) -> dict:
    """Points are (start s, time s, value) and may end with a dict of attributes."""
    data = [point(start, time, rest, asInt=str(value)) for start, time, value, *rest in points]
    return {"name": name, "sum": {"aggregationTemporality": temporality, "isMonotonic": monotonic, "dataPoints": data}}


def histogram(*points: tuple, bounds=(1, 2), name="duration", unit="s", temporality: int = CUMULATIVE) -> dict:
    """Points are (start s, time s, counts), and may end with a dict of attributes."""
    data = [
        point(
            start,
            time,
            rest,
            count=str(sum(counts)),
            sum=float(sum(counts)),
            explicitBounds=list(bounds),
            bucketCounts=[str(count) for count in counts],
            min=0.5,
            max=3.0,
        )
        for start, time, counts, *rest in points
    ]
    return {"name": name, "unit": unit, "histogram": {"aggregationTemporality": temporality, "dataPoints": data}}


def exponential(*points: tuple, name: str = "duration") -> dict:
    """Points are (start s, time s, scale, zeros, offset, counts)."""
    data = [
        point(
            start,
            time,
            [],
            count=str(zeros + sum(counts)),
            scale=scale,
            zeroCount=str(zeros),
            positive={"offset": offset, "bucketCounts": [str(count) for count in counts]},
        )
        for start, time, scale, zeros, offset, counts in points
    ]
    return {"name": name, "exponentialHistogram": {"aggregationTemporality": CUMULATIVE, "dataPoints": data}}


def point(start: float, time: float, rest: list, **fields) -> dict:
    attributes = [{"key": key, "value": {"stringValue": value}} for each in rest for key, value in each.items()]
    stamps = {"startTimeUnixNano": str(round(start * S)), "timeUnixNano": str(round(time * S))}
    return {**stamps, "attributes": attributes, **fields}


def read(folder: Path, *metrics: dict, **resources: list[dict]) -> pd.DataFrame:
    """The frame of metrics of a service "cart", and of further services by keyword."""
    lines = []
    for service, found in {"cart": list(metrics), **resources}.items():
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]}
        scopes = [{"scope": {"name": "test"}, "metrics": found}]
        lines.append(json.dumps({"resourceMetrics": [{"resource": resource, "scopeMetrics": scopes}]}))
    path = folder / "metrics.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return otlp.read_metrics(path)
