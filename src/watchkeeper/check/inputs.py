"""The data that a function is called on: small cases on paper, and traces picked from a recording.

A key names its inputs instead of holding them: the same question can be asked of recordings that nobody has seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

PAPER_COLUMNS = ("span_id", "parent_span_id", "service", "name", "kind", "start_ms", "end_ms")


def paper(rows: Sequence[Sequence[Any]], trace_id: str = "paper") -> pd.DataFrame:
    """A frame of spans from rows of (span_id, parent_span_id, service, name, kind, start_ms, end_ms).

    The columns are those of `Recording.spans`, so a function can't tell paper from a recording.

    >>> paper([("a", "", "shop", "GET /", "SERVER", 0, 10)]).duration_ms.tolist()
    [10.0]
    """
    frame = pd.DataFrame([dict(zip(PAPER_COLUMNS, row, strict=True)) for row in rows], columns=list(PAPER_COLUMNS))
    start = (frame.pop("start_ms").astype(float) * 1e6).round().astype("int64")
    end = (frame.pop("end_ms").astype(float) * 1e6).round().astype("int64")
    frame.insert(0, "trace_id", trace_id)
    frame = frame.assign(start_ns=start, end_ns=end, duration_ms=(end - start) / 1e6, status="UNSET", status_message="")
    frame["host"], frame["scope"] = "", "paper"
    for column, empty in (("attributes", dict), ("events", list), ("links", list)):
        frame[column] = pd.Series([empty() for _ in rows], dtype=object)
    return frame


def resolve(inputs: Sequence[Mapping[str, Any]], datasets: Path | None = None) -> Iterator[tuple[str, Any]]:
    """Each input of a question as (label, value): a frame of spans, or a `Recording`.

    `datasets` is the folder the recordings are looked up in; None means wherever the notebook itself finds them.
    """
    from watchkeeper.recording import Recording

    for spec in inputs:
        if "paper" in spec:
            yield spec["paper"], paper(spec["spans"])
            continue
        recording = Recording.open(spec["recording"], datasets)
        if "quantiles" in spec:
            for quantile in spec["quantiles"]:
                label = f"{spec['route']} ({spec['recording']}, {quantile:g})"
                label += f" without {spec['without']}" if "without" in spec else ""
                spans = recording.trace_at(spec["route"], quantile)
                lost = spec.get("without", "")
                yield label, spans[spans.service != lost].reset_index(drop=True) if lost else spans
        elif "route" in spec:
            ids = recording.traces().query("route == @route", local_dict={"route": spec["route"]}).trace_id
            spans = recording.spans
            yield f"{spec['route']} of {spec['recording']}", spans[spans.trace_id.isin(set(ids))].reset_index(drop=True)
        else:
            yield spec["recording"], recording


def copied(value: Any) -> Any:
    """A copy the caller may sort, edit or spoil: the next check must not notice. Recordings copy on reading."""
    if not isinstance(value, pd.DataFrame):
        return value
    copy = value.copy(deep=True)
    for column in ("attributes", "events", "links"):  # pandas copies the references, not the dicts behind them
        if column in copy:
            own = [type(one)(one) if isinstance(one, dict | list) else one for one in copy[column]]
            copy[column] = pd.Series(own, index=copy.index, dtype=object)
    return copy
