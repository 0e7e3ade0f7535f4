"""Cause and echo: which of the alarmed records tells of the first fault, and which only repeat it further up.

A fault travels from the called to the caller, so the span tree tells what time alone does not: of the records of one
request the one in the deepest span that failed is the cause, and those in the spans that waited for it are echoes.
Down the tree the way of the errors is followed first; a fault that a healthy span has swallowed is a cause only where
that way ends. What failed deepest may have said nothing at all: then the cause is a silent span.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import LogError
from ..traces import Forest, peers
from .columns import need
from .joins import span_rows
from .templates import templates

COLUMNS = [
    "trace_id",
    "span_id",
    "service",
    "time_ns",
    "severity",
    "body",
    "depth",
    "role",
    "cause",
    "cause_name",
    "cause_span_id",
    "cause_record",
]
CAUSES = ["cause", "what", "traces", "causes", "echoes", "silent", "first_ns"]


def echoes(logs: pd.DataFrame, spans: pd.DataFrame, least: int = 13, alarmed: pd.Series | None = None) -> pd.DataFrame:
    """One row an alarmed record, traces by their first, the cause in front: is it the cause, or an echo of what?

    Alarmed are the records of severity number `least` (13 is WARN) and above, or those that the yes/no series `alarmed`
    says. Columns: trace_id span_id service time_ns severity body; depth (spans above its own, -1 if not joined);
    role ("cause", "echo", or "unjoined" for a record without a recorded span); cause ("payment", or "frontend → ads"
    for a client span that failed while nothing below it did), cause_name and cause_span_id (its span), and cause_record
    (the index of the record that is the cause, None where the cause is silent). The index is that of `logs`, which
    must name each record once, or `LogError` is raised.
    A record in a span of the silent cause's own service counts as the cause: the deepest such, then the earliest.
    Trees prove who called whom, not why: two faults of one request that have nothing to do with each other are read as
    one when one lies below the other.
    """
    need(logs, ["time_ns", "severity_number", "trace_id", "span_id", "service", "body"])
    need(spans, ["trace_id", "service", "kind", "status"], "spans")
    if not logs.index.is_unique:
        raise LogError("the index names some records twice; give logs.reset_index(drop=True)")
    chosen = logs["severity_number"] >= least if alarmed is None else alarmed.reindex(logs.index, fill_value=False)
    records = logs[chosen.astype(bool)]
    forest = Forest.of(spans)
    span = span_rows(records, spans, forest)
    tree = _Tree(forest, spans, span, records["time_ns"].to_numpy())
    table = records.reindex(columns=COLUMNS[:6]).copy()
    table["depth"] = np.where(span >= 0, tree.depth[span], -1) if len(tree.depth) else -1
    times = table["time_ns"].tolist()
    cause = [tree.cause(row, time) for row, time in zip(span.tolist(), times, strict=True)]
    named = {"cause": tree.owners(), "cause_name": tree.column("name"), "cause_span_id": tree.column("span_id")}
    for column, values in named.items():
        table[column] = pd.array([values[row] if row >= 0 else "" for row in cause], dtype="str")
    record = _cause_records(table, span.tolist(), cause)
    table["cause_record"] = pd.Series(record, index=table.index, dtype=object)
    itself = np.array([a is not None and a == b for a, b in zip(record, table.index, strict=True)], dtype=bool)
    table["role"] = pd.array(np.select([span < 0, itself], ["unjoined", "cause"], "echo").tolist(), dtype="str")
    return _sorted(table)[COLUMNS]


@dataclass
class _Tree:
    """What is wrong below each span: the best candidate by rank, along errors and along anything."""

    forest: Forest
    spans: pd.DataFrame
    span: np.ndarray
    time: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.forest.parent)
        self.depth = _depth(self.forest.parent)
        self.failed = self.spans["status"].to_numpy(dtype=object) == "ERROR"
        self.begin = np.where(self.failed, self.forest.start, np.iinfo(np.int64).max)
        inside = self.span >= 0
        np.minimum.at(self.begin, self.span[inside], self.time[inside])
        wrong = self.failed.copy()
        wrong[self.span[inside]] = True
        # The deepest first, of those the one that began first; ids decide the rest, whatever the order of the rows.
        ids = self.spans["span_id"].to_numpy(dtype=object).astype(str)
        order = np.lexsort((ids, self.begin, -self.depth))
        rank = np.full(n, n, dtype=np.int64)
        rank[order] = np.arange(n)
        rank[~wrong] = n
        self.by_rank = [*order.tolist(), -1]
        self.along_errors, self.along_all = self._best(rank, self.failed), self._best(rank, np.ones(n, dtype=bool))

    def _best(self, rank: np.ndarray, open_to_parent: np.ndarray) -> list[int]:
        best, parent, passes = rank.tolist(), self.forest.parent.tolist(), open_to_parent.tolist()
        for row in np.argsort(-self.depth, kind="stable").tolist():
            above = parent[row]
            if above >= 0 and passes[row] and best[row] < best[above]:
                best[above] = best[row]
        return best

    def cause(self, row: int, time: int) -> int:
        """The span that a record of this span at this time goes back to, -1 if it has no span."""
        if row < 0:
            return -1
        along_errors = self.by_rank[self.along_errors[row]]
        if along_errors != row:
            return along_errors
        # What healthy spans hid below can be its cause only if it was there before.
        below = self.by_rank[self.along_all[row]]
        return below if self.begin[below] <= time else row

    def column(self, name: str) -> list[str]:
        """A column of the spans as text, "" where there is none of this name."""
        return self.spans[name].tolist() if name in self.spans.columns else [""] * len(self.depth)

    def owners(self) -> list[str]:
        """Whose fault a span's own failure is: its service's, or the edge's where a client span failed by itself."""
        service, peer = self.spans["service"].tolist(), peers(self.spans, self.forest)
        return [f"{who} → {whom}" if whom else who for who, whom in zip(service, peer.tolist(), strict=True)]


def _depth(parent: np.ndarray) -> np.ndarray:
    """Spans above each, by leaps of 1, 2, 4, … generations."""
    depth = (parent >= 0).astype(np.int64)
    up = np.where(parent < 0, np.arange(len(parent)), parent)
    for _ in range(len(parent).bit_length()):
        if not depth[up].any():
            break
        depth, up = depth + depth[up], up[up]
    return depth


def _cause_records(table: pd.DataFrame, span: list[int], cause: list[int]) -> list[Any]:
    """The index of the record that stands for each record's cause."""
    groups: dict[int, list[int]] = defaultdict(list)
    for record, row in enumerate(cause):
        groups[row].append(record)
    services, labels = table["service"].tolist(), table.index.tolist()
    owners, depth, time = table["cause"].tolist(), table["depth"].tolist(), table["time_ns"].tolist()
    found: list[Any] = [None] * len(labels)
    for row, group in groups.items():
        there = [k for k in group if row >= 0 and span[k] == row] or [
            k for k in group if row >= 0 and services[k] == owners[k]
        ]
        if there:
            first = min(there, key=lambda k: (-depth[k], time[k]))
            for k in group:
                found[k] = labels[first]
    return found


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    """Traces by their first record, in each the causes before the echoes, deep before shallow, early before late."""
    first = table.groupby("trace_id", sort=False)["time_ns"].transform("min").to_numpy()
    keys = (table["time_ns"].to_numpy(), -table["depth"].to_numpy(), table["role"].to_numpy(dtype=object) != "cause")
    traces = np.unique(table["trace_id"].to_numpy(dtype=object).astype(str), return_inverse=True)[1]
    return table.take(np.lexsort((*keys, traces, first)))


def first_cause(
    logs: pd.DataFrame, spans: pd.DataFrame, least: int = 13, alarmed: pd.Series | None = None
) -> pd.DataFrame:
    """What the alarmed records of one trace, or of an incident, go back to: one row a cause, that of most traces first.

    Columns: cause (a service or an edge), what (the template of the record that is the cause; the operation of the span
    where it is silent), traces (in how many), causes and echoes (records), silent, first_ns (the first record that
    goes back to it). Unjoined records are left out: `echoes` lists them, and says how causes are found.
    """
    table = echoes(logs, spans, least, alarmed)
    table = table[table["role"] != "unjoined"]
    texts = templates(logs["body"])["template"].to_dict()
    records = table["cause_record"].tolist()
    silent = [record is None for record in records]
    names = table["cause_name"].tolist()
    what = [name if record is None else texts[record] for name, record in zip(names, records, strict=True)]
    table = table.assign(what=what, silent=silent, told=table["role"] == "cause", repeated=table["role"] == "echo")
    groups = table.groupby(["cause", "what", "silent"], sort=True)
    found = groups.agg(
        traces=("trace_id", "nunique"), causes=("told", "sum"), echoes=("repeated", "sum"), first_ns=("time_ns", "min")
    ).reset_index()
    return found.sort_values(["traces", "first_ns"], ascending=[False, True], kind="stable", ignore_index=True)[CAUSES]
