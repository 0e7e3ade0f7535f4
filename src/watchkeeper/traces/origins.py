"""Errors: which spans are errors, where each error began, and which errors a caller masked."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd

from .calls import column, kinds, pairs
from .forest import Forest
from .share import peers

_TIMED_OUT = re.compile(r"time[ _-]?d?[ _-]?out|deadline", re.IGNORECASE)


def is_error(spans: pd.DataFrame, recompute: bool = False) -> pd.Series:
    """Whether each span is an error: one bool per row, indexed by span_id.

    A stated status (OK, ERROR) decides. If it is UNSET or missing, the HTTP convention does: a server span is an error
    from status 500, a client span or any other from 400. With `recompute=True`, the HTTP status code decides first, and
    the stated status only if there is no code. (Semantic conventions for HTTP spans 1.23, "Status".)

    >>> import pandas as pd
    >>> missed = {"http.response.status_code": 404}
    >>> spans = pd.DataFrame({"span_id": ["c", "s"], "kind": ["CLIENT", "SERVER"], "attributes": [missed, missed]})
    >>> is_error(spans).to_dict()
    {'c': True, 's': False}
    """
    stated = np.array(column(spans, "status", "UNSET"), dtype=object)
    codes = [_code(attributes) for attributes in column(spans, "attributes")]
    code = np.array(codes, dtype=np.int64)
    least = np.where(np.array(column(spans, "kind"), dtype=object) == "SERVER", 500, 400)
    ask_code = (code > 0) if recompute else (stated != "OK") & (stated != "ERROR")
    found = np.where(ask_code, code >= least, stated == "ERROR").astype(bool)
    return pd.Series(found, index=pd.Index(spans["span_id"], name="span_id"), name="is_error")


def _code(attributes: Any) -> int:
    code = attributes.get("http.response.status_code") if isinstance(attributes, dict) else None
    try:
        return int(code or 0)
    except (TypeError, ValueError):
        return 0


def error_origins(spans: pd.DataFrame) -> pd.DataFrame:
    """One row per error span, in row order: where errors begin, and where they only pass through.

    Columns: trace_id span_id service name kind role blames status_message. `role` is "origin" (none of its children is
    an error) or "propagated". `blames` is the service to look at: the peer for a client span that got no answer or
    timed out, else the span's own service; "" for a propagated error. A trace may have several origins.

    >>> import pandas as pd
    >>> spans = pd.DataFrame({"span_id": ["a", "b"], "parent_span_id": ["", "a"], "start_ns": 0, "end_ns": 9,
    ...                       "service": ["frontend", "cart"], "kind": "SERVER", "status": "ERROR"})
    >>> error_origins(spans)[["span_id", "role", "blames"]].values.tolist()
    [['a', 'propagated', ''], ['b', 'origin', 'cart']]
    """
    kind, forest = kinds(spans), Forest.of(spans)
    error = is_error(spans).to_numpy() & ~forest.duplicate
    rows = np.flatnonzero(error)
    passed = _has_erring_child(forest, error)[rows]
    table = _columns(spans, rows, ("trace_id", "span_id", "service", "name", "kind"))
    table["role"] = pd.array(np.where(passed, "propagated", "origin"), dtype="str")
    blamed = np.where(passed, "", _blamed(spans, kind, forest, rows))
    table["blames"] = pd.array(blamed, dtype="str")
    table["status_message"] = spans["status_message"].take(rows).array if "status_message" in spans.columns else ""
    return table


def masked_errors(spans: pd.DataFrame) -> pd.DataFrame:
    """One row per error span whose parent is healthy. You don't see these errors if you look only at the root.

    Columns: trace_id span_id service name kind status_message parent_span_id parent_service parent_name. A consumer
    under its producer does not count, because the producer does not wait for it.
    """
    forest = Forest.of(spans)
    error = is_error(spans).to_numpy() & ~forest.duplicate
    rows = np.flatnonzero(error & (forest.parent >= 0))
    rows = rows[~error[forest.parent[rows]]]
    table = _columns(spans, rows, ("trace_id", "span_id", "service", "name", "kind", "status_message"))
    above = _columns(spans, forest.parent[rows], ("span_id", "service", "name"))
    return table.join(above.add_prefix("parent_"))


def _has_erring_child(forest: Forest, error: np.ndarray) -> np.ndarray:
    passed = np.zeros(len(error), dtype=bool)
    passed[forest.parent[error & (forest.parent >= 0)]] = True
    return passed


def _blamed(spans: pd.DataFrame, kind: np.ndarray, forest: Forest, rows: np.ndarray) -> np.ndarray:
    answered = np.zeros(len(spans), dtype=bool)
    answered[pairs(kind, forest)[0]] = True
    client = kind[rows] == "CLIENT"
    elsewhere = client & (~answered[rows] | timed_out(spans.iloc[rows]))
    return np.where(elsewhere, peers(spans, forest)[rows], spans["service"].to_numpy(dtype=object)[rows])


def timed_out(spans: pd.DataFrame) -> np.ndarray:
    """Whether the status message, error.type or an exception mentions a timeout or deadline: one bool per row."""
    words = zip(*(column(spans, name) for name in ("status_message", "attributes", "events")), strict=True)
    return np.array([bool(_TIMED_OUT.search(_said(*said))) for said in words], dtype=bool)


def _said(message: Any, attributes: Any, events: Any) -> str:
    types = [attributes.get("error.type")] if isinstance(attributes, dict) else []
    if isinstance(events, list):
        types += [event.get("attributes", {}).get("exception.type") for event in events]
    return " ".join(str(word) for word in (message, *types) if word)


def _columns(spans: pd.DataFrame, rows: np.ndarray, names: tuple[str, ...]) -> pd.DataFrame:
    table = pd.DataFrame(index=range(len(rows)))
    for name in names:
        table[name] = spans[name].take(rows).array if name in spans.columns else ""
    return table
