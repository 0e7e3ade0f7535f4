"""Finds what fails: requests by the service in which their error began."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..traces import error_origins
from ..traces.origins import timed_out
from .requests import Finding, Stretch
from .statistics import promise_p, share_p

# A failed request counts as much as the time of this many usual requests. This is a convention, not a measurement.
FAILED = 10.0
# A failure that no customer sees is a hint, but does no harm.
MASKED = 0.05
BEGIN = "errors begin here"
# If nothing failed before, there is little to compare with. Then failures are compared with a usual promise, 99.9%.
PROMISE = 0.001


def findings(before: Stretch, now: Stretch) -> list[Finding]:
    """Up to two findings per service in which errors began: for errors that reached the customer, and for others."""
    first, second = _origins(before), _origins(now)
    n_before, n_now = len(before.requests), len(now.requests)
    found = []
    for service, felt in sorted(set(map(tuple, pd.concat([first, second])[["blames", "felt"]].values.tolist()))):
        old = first[(first["blames"] == service) & (first["felt"] == felt)]
        new = second[(second["blames"] == service) & (second["felt"] == felt)]
        k_before, k_now = old["trace"].nunique(), new["trace"].nunique()
        rise = max(0.0, k_now / max(n_now, 1) - k_before / max(n_before, 1))
        ended = "failed because of an error" if felt else "succeeded despite an error"
        evidence = (
            f"{k_now} of {n_now} requests {ended} that begins in {service} (before: {k_before} of {n_before})"
            f"{_example(new)}"
        )
        mechanism = BEGIN if felt else f"{BEGIN}, masked further up"
        p_value = share_p(k_before, n_before, k_now, n_now)
        if felt and k_before <= PROMISE * n_before:
            p_value = promise_p(k_now, n_now, PROMISE)
        found.append(
            Finding(
                "service",
                service,
                mechanism,
                rise * (FAILED if felt else MASKED),
                evidence,
                n_before + n_now,
                p_value,
                bool(rise),
            )
        )
    return found


def _example(origins: pd.DataFrame) -> str:
    if origins.empty:
        return ""
    span = (origins["service"] + "'s " + origins["name"] + ": " + origins["status_message"]).mode().iloc[0]
    return f", most often {span.strip().rstrip(':')[:80]}"


def _origins(stretch: Stretch) -> pd.DataFrame:
    """One row per origin: trace, blames, felt (every span above it is an error too), service, name, status_message."""
    table = error_origins(stretch.spans)
    rows = np.flatnonzero(stretch.error & ~stretch.forest.duplicate)
    table["trace"], table["felt"] = stretch.forest.trace[rows], _reaches_top(stretch)[rows]
    origin = (table["role"] == "origin").to_numpy()
    table, rows = table[origin].reset_index(drop=True), rows[origin]
    table["blames"] = table["blames"].astype(object)
    late = rows[timed_out(stretch.spans.iloc[rows]) & (stretch.kind[rows] == "CLIENT")]
    still = _still_running(stretch, late.tolist())
    table["blames"] = [still.get(row, named) for row, named in zip(rows.tolist(), table["blames"], strict=True)]
    return table


def _reaches_top(stretch: Stretch) -> np.ndarray:
    reaches, parent = stretch.error.copy(), stretch.forest.parent
    up = np.where(parent < 0, np.arange(len(parent)), parent)
    while not np.array_equal(up[up], up):
        reaches &= reaches[up]
        up = up[up]
    return reaches & reaches[up]


def _still_running(stretch: Stretch, rows: list[int]) -> dict[int, str]:
    """The service that each timed-out call was waiting for: that of the deepest span below it still running then."""
    forest = stretch.forest
    order = np.lexsort((forest.start, forest.parent))
    children, first, last = forest.grouped(order, forest.parent)
    found = {}
    for row in rows:
        span, moment = row, forest.end[row]
        while True:
            running = [
                child
                for child in children[first[span] : last[span]]
                if forest.start[child] <= moment <= forest.end[child]
            ]
            if not running:
                break
            span = running[-1]
        called = stretch.kind[span] == "CLIENT" and not stretch.database[span]
        found[row] = str(stretch.peer[span] if called else stretch.service[span])
    return found
