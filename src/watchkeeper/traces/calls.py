"""Calls: which server spans belong to which client span, and which spans are joined by a link."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ..errors import TraceError
from .forest import Forest


def need(spans: pd.DataFrame, *columns: str) -> None:
    """Raise `TraceError` if the frame lacks one of the columns."""
    missing = [name for name in columns if name not in spans.columns]
    if missing:
        raise TraceError(f"the spans have no column {', '.join(missing)}; take them as Recording.spans gives them")


def kinds(spans: pd.DataFrame) -> np.ndarray:
    """The column `kind` as a numpy array of objects, which compares fast."""
    need(spans, "kind", "service")
    return spans["kind"].to_numpy(dtype=object)


def column(spans: pd.DataFrame, name: str, default: object = "") -> list[object]:
    """A column as a list; if it is missing, the default for every row."""
    return spans[name].tolist() if name in spans.columns else [default] * len(spans)


def pairs(kind: np.ndarray, forest: Forest) -> tuple[np.ndarray, np.ndarray]:
    """(clients, servers): the row of each client span with a server span directly below it, and that server's row.

    Both arrays have one element per pair.
    """
    servers = np.flatnonzero((kind == "SERVER") & (forest.parent >= 0))
    servers = servers[kind[forest.parent[servers]] == "CLIENT"]
    return forest.parent[servers], servers


def handed_over(spans: pd.DataFrame, kind: np.ndarray, forest: Forest) -> tuple[np.ndarray, np.ndarray]:
    """(producers, consumers): rows joined by a link, or by parent if a consumer continues its producer's trace."""
    to, found, _ = link_rows(spans, forest)
    by_link = (found >= 0) & (kind[to] == "CONSUMER") & (kind[found] == "PRODUCER")
    below = np.flatnonzero(forest.pruned & ~forest.duplicate)
    both = np.concatenate(
        [np.column_stack([found[by_link], to[by_link]]), np.column_stack([forest.stated[below], below])]
    )
    both = np.unique(both.astype(np.int64).reshape(-1, 2), axis=0)
    return both[:, 0], both[:, 1]


def link_rows(spans: pd.DataFrame, forest: Forest) -> tuple[np.ndarray, np.ndarray, list[tuple[str, str]]]:
    """(rows that carry a link, rows they point at or -1, ids they point at), one element per link, in row order.

    If several spans have the same id, only the first one carries links and is pointed at.
    """
    wanted, to = [], []
    duplicate = forest.duplicate.tolist()
    for row, links in enumerate(column(spans, "links", ())):
        for link in links if isinstance(links, Sequence) and not duplicate[row] else ():
            wanted.append((link["trace_id"], link["span_id"]))
            to.append(row)
    if not wanted:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), []
    keys = zip(column(spans, "trace_id"), spans["span_id"].tolist(), strict=True)
    row_of = {key: row for row, key in enumerate(keys) if not duplicate[row]}
    return np.array(to, dtype=np.int64), np.array([row_of.get(key, -1) for key in wanted], dtype=np.int64), wanted


def at(values: np.ndarray, share: float) -> float:
    """A percentile by the inverted distribution function: the value at rank ceil(share · n). NaN without values.

    >>> at(np.arange(1, 101), 0.95)
    95.0
    """
    known = values[~np.isnan(values)]
    return float(np.quantile(known, share, method="inverted_cdf")) if len(known) else float("nan")
