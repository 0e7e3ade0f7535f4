"""The data that an answer is computed from: small cases written down ("on paper") and parts of recordings.

A key describes its inputs and does not hold them, so a graded run can use recordings that no apprentice has seen.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from pandas.api.types import is_object_dtype

from watchkeeper.recording import Library, Recording
from watchkeeper.slo import by_minute

PAPER_COLUMNS = ("span_id", "parent_span_id", "service", "name", "kind", "start_ms", "end_ms")
PAPER_RECORD = ("time_ms", "service", "severity", "severity_number", "trace_id", "span_id", "body")
PAPER_DEPLOY = ("time_ms", "service", "from", "to")

# Span flags of OTLP: bit 9 says that the parent is in another process, bit 8 that bit 9 is known.
LOCAL_PARENT, REMOTE_PARENT = 0x100, 0x300


def paper(rows: Sequence[Sequence[Any]], trace_id: str = "paper") -> pd.DataFrame:
    """A DataFrame of spans from rows of (span_id, parent_span_id, service, name, kind, start_ms, end_ms).

    It has the columns and dtypes of `Recording.spans`, so a function can't tell paper from a recording.

    >>> paper([("a", "", "shop", "GET /", "SERVER", 0, 10)]).duration_ms.tolist()
    [10.0]
    """
    frame = pd.DataFrame([dict(zip(PAPER_COLUMNS, row, strict=True)) for row in rows], columns=list(PAPER_COLUMNS))
    start = (frame.pop("start_ms").astype(float) * 1e6).round().astype("int64")
    end = (frame.pop("end_ms").astype(float) * 1e6).round().astype("int64")
    frame.insert(0, "trace_id", trace_id)
    frame = frame.assign(start_ns=start, end_ns=end, duration_ms=(end - start) / 1e6, status="UNSET", status_message="")
    frame["host"], frame["scope"] = "", "paper"
    for column, empty in (("attributes", dict), ("events", list), ("links", list), ("resource", dict)):
        frame[column] = pd.Series([empty() for _ in rows], dtype=object)
    served = {row[0]: row[2] for row in rows}
    remote = [served.get(row[1], row[2]) != row[2] for row in rows]  # the parent is another service's span
    frame.insert(len(frame.columns) - 1, "flags", [REMOTE_PARENT if one else LOCAL_PARENT for one in remote])
    return frame


def paper_recording(
    name: str, spans: Sequence[Sequence[Any]], records: Sequence[Sequence[Any]], deploys: Sequence[Sequence[Any]] = ()
) -> Recording:
    """A recording made of a few spans, log records and deploys. It has no files and no metrics.

    A row of `spans` is (trace_id, status) followed by what `paper` takes; rows of `records` have the columns
    PAPER_RECORD and rows of `deploys` the columns PAPER_DEPLOY.

    >>> spans = [("t1", "ERROR", "a", "", "shop", "GET /", "SERVER", 0, 10)]
    >>> recording = paper_recording("one request", spans, [(4, "shop", "ERROR", 17, "t1", "a", "no stock")])
    >>> recording.traces().status.tolist(), recording.logs.time_ns.tolist()
    (['ERROR'], [4000000])
    """
    frame = paper([row[2:] for row in spans])
    frame = frame.assign(trace_id=[row[0] for row in spans], status=[row[1] for row in spans])
    logs = pd.DataFrame([list(row) for row in records], columns=list(PAPER_RECORD))
    time = (logs.pop("time_ms").astype(float) * 1e6).round().astype("int64")
    logs.insert(0, "time_ns", time)
    logs = logs.assign(
        host="",
        scope="paper",
        event_name="",
        observed_ns=time,
        attributes=pd.Series([{} for _ in records], dtype=object),
    )
    versions = pd.DataFrame([list(row) for row in deploys], columns=list(PAPER_DEPLOY))
    versions.insert(0, "time_ns", (versions.pop("time_ms").astype(float) * 1e6).round().astype("int64"))
    return Recording.of_tables(name, spans=frame, logs=logs, deploys=versions)


def resolve(inputs: Sequence[Mapping[str, Any]], library: Library | None = None) -> Iterator[tuple[str, Any]]:
    """Yield each input of a question as (label, value). `staff/author/writing.py` describes the kinds of inputs.

    `library` has the recordings; None means the library that a notebook uses.
    """
    library = library or Library()
    for spec in inputs:
        if "records" in spec:
            yield spec["paper"], paper_recording(spec["paper"], spec["spans"], spec["records"], spec.get("deploys", ()))
        elif "paper" in spec:
            yield spec["paper"], paper(spec["spans"])
        elif "given" in spec:
            yield spec["given"], _given(spec)
        else:
            yield from _recorded(library.open(spec["recording"]), spec)


def _given(spec: Mapping[str, Any]) -> Any:
    return pd.DataFrame(spec["rows"], columns=spec["columns"]) if "columns" in spec else spec["value"]


def _recorded(recording: Recording, spec: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The inputs that are taken from a recording, with their labels: one trace per quantile, or a single input."""
    name = recording.name
    if "quantiles" in spec:
        yield from _picked(recording, spec)
    elif "days" in spec:
        yield f"days {spec['days'][0]} to {spec['days'][1]} of {name}", _minutes(recording, *spec["days"])
    elif "requests" in spec:
        yield f"the requests of {name}", recording.traces()
    elif "route" in spec:
        yield f"{spec['route']} of {name}", _of_route(recording, spec["route"])
    elif "durations" in spec:
        (of,) = spec["durations"].values()
        yield f"{of} of {name}", _durations(recording, **spec["durations"])
    elif "logs" in spec:
        yield f"the logs of {name}", _of_service(recording.logs, spec["logs"])
    elif "lines" in spec:
        bodies = _of_service(recording.logs, spec["lines"]).body
        yield f"the lines of {spec['lines']} of {name}", [line for body in bodies for line in body.split("\n")]
    elif "metric" in spec:
        metrics = recording.metrics
        named = metrics[metrics["name"] == spec["metric"]]
        yield f"{spec['metric']} of {name}", _of_service(named, spec["service"])
    else:
        yield name, recording


def _picked(recording: Recording, spec: Mapping[str, Any]) -> Iterator[tuple[str, pd.DataFrame]]:
    """The spans of one trace per quantile of a route's duration, without those of the service "without"."""
    lost = spec.get("without", "")
    for quantile in spec["quantiles"]:
        label = f"{spec['route']} ({recording.name}, {quantile:g})" + (f" without {lost}" if lost else "")
        spans = recording.trace_at(spec["route"], quantile)
        yield label, spans[spans.service != lost].reset_index(drop=True) if lost else spans


def _of_route(recording: Recording, route: str) -> pd.DataFrame:
    """The spans of every trace of a route."""
    traces = recording.traces()
    ids = set(traces.trace_id[traces.route == route])
    return recording.spans[recording.spans.trace_id.isin(ids)].reset_index(drop=True)


def _durations(recording: Recording, route: str = "", service: str = "") -> list[float]:
    """Durations in ms: of the requests to a route, or of a service's server spans."""
    if route:
        traces = recording.traces()
        return [float(duration) for duration in traces.duration_ms[traces.route == route]]
    spans = recording.spans
    served = spans[(spans.service == service) & (spans.kind == "SERVER")].sort_values(["start_ns", "span_id"])
    return [float(duration) for duration in served.duration_ms]


def _minutes(recording: Recording, first: int, last: int) -> pd.DataFrame:
    """One row per minute from day `first` to day `last`, both included. The first day of a recording is day 1."""
    metrics = recording.metrics
    minutes = by_minute(metrics[metrics["name"] == "http.server.request.duration"])
    return minutes.iloc[(first - 1) * 1440 : last * 1440].reset_index(drop=True)


def _of_service(frame: pd.DataFrame, service: str) -> pd.DataFrame:
    return (frame[frame["service"] == service] if service else frame).reset_index(drop=True)


def copied(value: Any) -> Any:
    """A copy of an input, so that whatever an answer does to it, the next check finds the input unchanged.

    A recording is not copied, because every check opens it again.
    """
    if not isinstance(value, pd.DataFrame):
        return copy.deepcopy(value) if isinstance(value, list | dict) else value
    frame = value.copy(deep=True)
    for column in filter(lambda name: is_object_dtype(frame[name]), frame.columns):
        # pandas copies the references to dicts and lists, not the dicts and lists
        cells = [copy.copy(cell) if isinstance(cell, dict | list) else cell for cell in frame[column]]
        frame[column] = pd.Series(cells, index=frame.index, dtype=object)
    return frame
