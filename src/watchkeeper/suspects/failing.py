"""Finds what fails: requests by the service in which their error began."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..traces import error_origins
from ..traces.origins import timed_out
from .requests import Finding, Periods, pairs
from .statistics import promise_p, shares_p

# A failed request counts as much as the time of this many usual requests. This is a convention, not a measurement.
FAILED = 10.0
# A failure that no customer sees is a hint, but does no harm.
MASKED = 0.05
BEGIN = "errors begin here"
# If nothing failed before, there is little to compare with. Then failures are compared with a usual promise, 99.9%.
PROMISE = 0.001


def findings(periods: Periods) -> list[Finding]:
    """Up to two findings per service in which errors began: for errors that reached the customer, and for others."""
    table = _origins(periods)
    n_before, n_now = (int((periods.requests["late"] == when).sum()) for when in (False, True))
    strata = Strata.of(periods)
    found = []
    for names, rows in table.groupby(["blames", "felt"], sort=True):
        service, felt = str(names[0]), bool(names[1])
        old, new = rows[~rows["late"]], rows[rows["late"]]
        k_before, k_now = strata.count(old["case"].to_numpy()), strata.count(new["case"].to_numpy())
        used = (k_before + k_now) > 0
        cases_before, cases_now = strata.before[used], strata.now[used]
        k_before, k_now = k_before[used], k_now[used]
        expected = cases_now * k_before / np.maximum(cases_before, 1)
        rise = max(0.0, float((k_now - expected).sum()) / max(float(cases_now.sum()), 1.0))
        p_value = shares_p(k_before, cases_before, k_now, cases_now)
        if felt and k_before.sum() <= PROMISE * cases_before.sum():
            p_value = promise_p(int(k_now.sum()), int(cases_now.sum()), PROMISE)
        ended = "failed because of an error" if felt else "succeeded despite an error"
        evidence = (
            f"{new['trace'].nunique()} of {n_now} requests {ended} that begins in {service}"
            f" (before: {old['trace'].nunique()} of {n_before}){_example(new)}"
        )
        found.append(
            Finding(
                "service",
                service,
                BEGIN if felt else f"{BEGIN}, masked further up",
                rise * (FAILED if felt else MASKED),
                evidence,
                n_before + n_now,
                p_value,
                bool(rise),
                marks=new["case"].to_numpy(),
                hint=not felt,
            )
        )
    return found


class Strata:
    """How many traces have a case of each circumstances, before and now; and how many of them are among some cases."""

    def __init__(self, number: np.ndarray, trace: np.ndarray, late: np.ndarray) -> None:
        self.number, self.trace = number, trace
        self.size = int(number.max(initial=-1)) + 1
        at = np.flatnonzero(number >= 0)
        once = np.unique(pairs(number[at], trace[at]), return_index=True)[1]
        at = at[once]
        self.before = np.bincount(number[at[~late[at]]], minlength=self.size)
        self.now = np.bincount(number[at[late[at]]], minlength=self.size)

    @classmethod
    def of(cls, periods: Periods) -> Strata:
        return cls(periods.circumstances, periods.forest.trace, periods.late)

    def count(self, cases: np.ndarray) -> np.ndarray:
        """The number of traces with any of these cases (rows of entries) in each stratum."""
        both = np.unique(np.column_stack([self.number[cases], self.trace[cases]]), axis=0)
        return np.bincount(both[both[:, 0] >= 0, 0], minlength=self.size)


def _example(origins: pd.DataFrame) -> str:
    if origins.empty:
        return ""
    span = (origins["service"] + "'s " + origins["name"] + ": " + origins["status_message"]).mode().iloc[0]
    return f", most often {span.strip().rstrip(':')[:80]}"


def _origins(periods: Periods) -> pd.DataFrame:
    """One row per origin: trace, blames, felt (every span above it is an error too), case, late, and the span's."""
    table = error_origins(periods.spans)
    rows = np.flatnonzero(periods.error & ~periods.forest.duplicate)
    table["trace"], table["felt"] = periods.forest.trace[rows], _reaches_top(periods)[rows]
    table["case"], table["late"] = periods.entry[rows], periods.late[rows]
    origin = (table["role"] == "origin").to_numpy()
    table, rows = table[origin].reset_index(drop=True), rows[origin]
    table["blames"] = table["blames"].astype(object)
    late = rows[timed_out(periods.spans.iloc[rows]) & (periods.kind[rows] == "CLIENT")]
    still = _still_running(periods, late.tolist())
    table["blames"] = [still.get(row, named) for row, named in zip(rows.tolist(), table["blames"], strict=True)]
    return table


def _reaches_top(periods: Periods) -> np.ndarray:
    reaches, parent = periods.error.copy(), periods.forest.parent
    up = np.where(parent < 0, np.arange(len(parent)), parent)
    while not np.array_equal(up[up], up):
        reaches &= reaches[up]
        up = up[up]
    return reaches & reaches[up]


def _still_running(periods: Periods, rows: list[int]) -> dict[int, str]:
    """The service that each timed-out call was waiting for: that of the deepest span below it still running then."""
    if not rows:
        return {}
    forest = periods.forest
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
        called = periods.kind[span] == "CLIENT" and not periods.database[span]
        found[row] = str(periods.peer[span] if called else periods.service[span])
    return found
