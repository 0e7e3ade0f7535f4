"""Cause and echo: which of the alarming records reports the original fault, and which only repeat it further up.

A fault travels from the called service to its caller, so the span tree shows what time alone can't. Of one request's
records, the one in the deepest failed span is the cause, and those in the spans that waited for it are echoes. The
search follows the errors down the tree first. A fault that a healthy span has swallowed is the cause only if that way
ends above it. The deepest failed span may have written no record at all. Then the cause is a silent span.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import LogError
from ..otlp import in_nanoseconds
from ..traces import Forest, peers
from .columns import need
from .joins import span_rows
from .severity import severity_numbers
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
    """One row per alarming record: whether it is a cause or an echo, and of which cause.

    Alarming records have a severity number of at least `least` (13 is WARN), or are those where the bool series
    `alarmed` is true. Traces are sorted by their first record, and the cause comes first in each. Columns: trace_id
    span_id service time_ns severity body; depth (number of spans above its own, -1 if not joined); role ("cause",
    "echo", or "unjoined" for a record without a recorded span); cause ("payment", or "frontend → ads" for a client span
    that failed although nothing below it did), cause_name and cause_span_id (its span), and cause_record (the index of
    the record that is the cause, None if the cause is silent). The index is that of `logs`, which must be unique, or
    `LogError` is raised. If the cause is silent, a record in a span of the same service counts as the cause: the
    deepest, then the earliest.

    Trees show which service called which, not why. If two unrelated faults of a request are one below the other, they
    count as one.
    """
    need(logs, ["time_ns", "severity_number", "trace_id", "span_id", "service", "body"])
    need(spans, ["trace_id", "service", "kind", "status"], "spans")
    if not logs.index.is_unique:
        raise LogError("the index names some records twice; give logs.reset_index(drop=True)")
    loud = pd.Series(severity_numbers(logs) >= least, index=logs.index)
    chosen = loud if alarmed is None else alarmed.reindex(logs.index, fill_value=False)
    records = logs[chosen.astype(bool)]
    records = in_nanoseconds(records)
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
    """The best candidate for a cause below each span: once following only errors, once following every span."""

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
        # The deepest comes first, then the earliest. Ids break ties, so the order of the rows does not matter.
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
        """The span that caused a record of span `row` at this time, or -1 if the record has no span."""
        if row < 0:
            return -1
        along_errors = self.by_rank[self.along_errors[row]]
        if along_errors != row:
            return along_errors
        # A fault hidden below a healthy span can be its cause only if it happened earlier.
        below = self.by_rank[self.along_all[row]]
        return below if self.begin[below] <= time else row

    def column(self, name: str) -> list[str]:
        """A column of the spans as text; "" for every row if there is no such column."""
        return self.spans[name].tolist() if name in self.spans.columns else [""] * len(self.depth)

    def owners(self) -> list[str]:
        """What to blame for a span's own failure: its service, or the edge if a client span failed by itself."""
        service, peer = self.spans["service"].tolist(), peers(self.spans, self.forest)
        return [f"{who} → {whom}" if whom else who for who, whom in zip(service, peer.tolist(), strict=True)]


def _depth(parent: np.ndarray) -> np.ndarray:
    """The number of spans above each span, counted in steps of 1, 2, 4, … generations."""
    depth = (parent >= 0).astype(np.int64)
    up = np.where(parent < 0, np.arange(len(parent)), parent)
    for _ in range(len(parent).bit_length()):
        if not depth[up].any():
            break
        depth, up = depth + depth[up], up[up]
    return depth


def _cause_records(table: pd.DataFrame, span: list[int], cause: list[int]) -> list[Any]:
    """For each record, the index of the record that is its cause, or None."""
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
    """Sort traces by their first record; in each, causes before echoes, deep before shallow, early before late."""
    first = table.groupby("trace_id", sort=False)["time_ns"].transform("min").to_numpy()
    keys = (table["time_ns"].to_numpy(), -table["depth"].to_numpy(), table["role"].to_numpy(dtype=object) != "cause")
    traces = np.unique(table["trace_id"].to_numpy(dtype=object).astype(str), return_inverse=True)[1]
    return table.take(np.lexsort((*keys, traces, first)))


def first_cause(
    logs: pd.DataFrame, spans: pd.DataFrame, least: int = 13, alarmed: pd.Series | None = None
) -> pd.DataFrame:
    """The causes of the alarming records of a trace or an incident: one row per cause, the most traces first.

    Columns: cause (a service or an edge), what (the template of the record that is the cause, or the span's operation
    if it is silent), traces (number of traces), causes and echoes (numbers of records), silent, first_ns (the first
    record with this cause). Unjoined records are left out; `echoes` lists them, and explains how causes are found.
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
