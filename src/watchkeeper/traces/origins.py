"""Errors: which spans are one, where each began, and which of them somebody above took no notice of."""

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
    """Whether each span is an error, one bool a row, labelled by span_id.

    A stated status (OK, ERROR) decides; where it is UNSET or missing, the HTTP convention does: a server span is an
    error from 500 on, a client span (any other, too) from 400 on. `recompute=True` asks the HTTP status code first
    and the stated status only where there is none. (Semantic conventions for HTTP spans 1.23, "Status".)

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
    """One row an error span, in the order of the rows: where errors begin, and where they only pass through.

    Columns: trace_id span_id service name kind role blames status_message. `role` is "origin" (no child of it is an
    error) or "propagated". `blames` is the service to look at: the peer for a client span that nobody answered or that
    timed out, else the span's own service; "" for what is propagated. A trace may have several origins.

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
    """One row an error span whose parent is healthy: trace_id span_id service name kind status_message and, of the
    parent, parent_span_id parent_service parent_name. Whoever looks at the root alone does not see these.

    A consumer under its producer does not count: nobody waited for it.
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
    """Whether status message, error.type or an exception says that time was up, one bool a row."""
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
