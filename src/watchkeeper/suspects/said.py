"""Finds differences in the logs: services that write more errors, and lines that are missing."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..logs import severity_numbers, templates
from .failing import MASKED, Strata
from .requests import Finding, Periods, pairs
from .slower import DOUBLED, USUAL
from .statistics import promise_p, shares_p, urn_p
from .structure import GONE, LOST

ERRORS = "writes errors"
HINT = 0.1
ERROR = 17  # records with this severity number or more say that something failed
SECOND = 1_000_000_000
_COLUMNS = ["time_ns", "service", "severity_number", "severity", "body", "trace_id", "span_id"]


@dataclass(frozen=True)
class Records:
    """The log records of both periods, each with its kind of line and, if its request is known, its case."""

    table: pd.DataFrame  # time_ns, service, bad (an error), late, kind, case (row of an entry, or -1), sure
    texts: list[str]  # the template of each kind

    @classmethod
    def of(cls, periods: Periods, before: pd.DataFrame, now: pd.DataFrame) -> Records:
        both = pd.concat([each.reindex(columns=_COLUMNS) for each in (before, now)], ignore_index=True)
        late = np.arange(len(both)) >= len(before)
        service = both["service"].astype(object).fillna("").astype(str).to_numpy(dtype=object)
        mined = templates(both["body"].astype(object).where(both["body"].notna(), ""))
        template, text = pd.factorize(mined["template"].to_numpy(dtype=object))
        kind = pairs(pd.factorize(service)[0], template)
        texts = [str(text[template[at]]) for at in np.unique(kind, return_index=True)[1]]
        columns = {
            "time_ns": both["time_ns"],
            "service": service,
            "bad": severity_numbers(both) >= ERROR,
            "late": late,
        }
        case, sure = _cases(periods, both, service, late)
        return cls(pd.DataFrame(columns).assign(kind=kind, case=case, sure=sure), texts)


def _cases(
    periods: Periods, both: pd.DataFrame, service: np.ndarray, late: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The case (row of the entry) in which each record was written, or -1; and whether that is sure.

    It is that of its span. Without a span id, it is the first case of its service in its trace, which is a guess.
    """
    trace = both["trace_id"].astype(object).fillna("").astype(str).to_numpy(dtype=object) + np.where(late, " now", "")
    spans = periods.spans
    rows = np.flatnonzero(~periods.forest.duplicate)
    of = spans["trace_id"].to_numpy(dtype=object)[rows]
    ids = pd.Index(of + "/" + spans["span_id"].astype(str).to_numpy(dtype=object)[rows])
    found = ids.get_indexer(
        pd.Index(trace + "/" + both["span_id"].astype(object).fillna("").astype(str).to_numpy(dtype=object))
    )
    case = np.where(found >= 0, periods.entry[rows[found]], -1)
    rows = np.unique(periods.entry[rows])
    rows = rows[np.lexsort((rows, periods.forest.start[rows]))]
    first = pd.Index(spans["trace_id"].to_numpy(dtype=object)[rows] + "/" + periods.service[rows])
    kept = ~first.duplicated()
    found = first[kept].get_indexer(pd.Index(trace + "/" + service))
    return np.where((case < 0) & (found >= 0), rows[kept][found], case), case >= 0


def lines(periods: Periods, records: Records) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """The lines that cases write, as parts for `structure.parts`: case, number and text of each.

    Errors are left out, because it is good if they vanish, and so are lines that others have replaced.
    """
    table = records.table
    at = np.flatnonzero(table["sure"] & ~table["bad"] & ~table["kind"].isin(_reworded(periods, table)))
    return table["case"].to_numpy()[at], table["kind"].to_numpy()[at], records.texts


def _reworded(periods: Periods, table: pd.DataFrame) -> set[Hashable]:
    """The kinds of lines that may only have been reworded: another one of the service is now as frequent."""
    found: set[Hashable] = set()
    good = table[~table["bad"]]
    scale = (~periods.requests["late"]).sum() / periods.requests["late"].sum()
    for _, rows in good.groupby("service"):
        counts = rows.groupby("kind")["late"].agg(["sum", "size"])
        before, now = counts["size"] - counts["sum"], counts["sum"]
        risen = now[now * scale >= DOUBLED * before]
        for kind, old in before.items():
            others = risen.drop(kind, errors="ignore")
            if len(others) and float(others.max()) * scale >= USUAL * old:
                found.add(kind)
    return found


def findings(periods: Periods, records: Records) -> list[Finding]:
    """Services that write more errors, per request that reaches them; and lines of no request that vanished."""
    table = records.table
    known = (table["case"] >= 0).to_numpy()
    bad = table["bad"].to_numpy()
    return [
        *_louder(periods, table[bad & known], records.texts),
        *_outside(periods, table[~known], set(table.loc[known & table["late"], "kind"]), records.texts),
    ]


def _louder(periods: Periods, table: pd.DataFrame, texts: list[str]) -> list[Finding]:
    """Errors written in requests that are known: in which share of the requests that reach the service."""
    strata = Strata.of(periods)
    failed = np.append(periods.requests["failed"].to_numpy(), True)[periods.request]
    found = []
    for service, rows in table.groupby("service"):
        kinds = [rows, *(part for _, part in rows.groupby("kind"))] if rows["kind"].nunique() > 1 else [rows]
        for part in kinds:
            cases, late = part["case"].to_numpy(), part["late"].to_numpy()
            k_before, k_now = strata.count(cases[~late]), strata.count(cases[late])
            used = k_before + k_now > 0
            k_before, k_now, before, now = k_before[used], k_now[used], strata.before[used], strata.now[used]
            old = k_before.sum() / max(before.sum(), 1)
            # Each circumstances are compared with themselves; those that are new can't be.
            expected = float((now * k_before / np.maximum(before, 1)).sum())
            rise = (k_now[before > 0].sum() - expected) / max(float(now.sum()), 1.0)
            large = rise > 0 and (old <= LOST or k_now.sum() >= DOUBLED * expected)
            text = texts[int(part.loc[part["late"], "kind"].mode().iloc[0])] if late.any() else ""
            evidence = (
                f'{service} wrote "{text[:80]}" as an error in {k_now.sum()} of {now.sum()} requests'
                f" (before: {k_before.sum()} of {before.sum()})"
            )
            weight = float(np.where(failed[cases[late]], HINT, MASKED).mean()) if late.any() else 0.0
            p_value = shares_p(k_before, before, k_now, now)
            if not k_before.sum():
                # A short time before says little about lines that it does not have. But errors are rare by nature: as
                # if one more request had been seen, of which a hundredth wrote one.
                seen = float(before.sum()) + 1 - LOST
                p_value = 2 * min(p_value, urn_p(int(k_now.sum()), int(now.sum()), LOST, seen))
            p_value = min(1.0, len(kinds) * p_value)
            found.append(
                Finding(
                    "service",
                    str(service),
                    ERRORS,
                    weight * max(0.0, rise),
                    evidence,
                    int(before.sum() + now.sum()),
                    p_value,
                    large,
                    marks=np.unique(cases[late]),
                    hint=True,
                )
            )
    return found


def _outside(periods: Periods, table: pd.DataFrame, still: set[Hashable], texts: list[str]) -> list[Finding]:
    """Records that belong to no known request: errors that are new or more frequent, and lines that vanished.

    `still` are the kinds of lines that requests write now.
    """
    late = periods.requests["late"].to_numpy()
    requests = int((~late).sum()), int(late.sum())
    share = requests[1] / sum(requests)
    reworded = _reworded(periods, table)
    found = []
    for kind, rows in table.groupby("kind"):
        service, text = str(rows["service"].iloc[0]), texts[rows["kind"].iloc[0]]
        # A stack trace may be split into many records of the same moment, so records of one second count once.
        second = rows["time_ns"].to_numpy() // SECOND
        new = rows["late"].to_numpy()
        before, now = len(np.unique(second[~new])), len(np.unique(second[new]))
        bad = bool(rows["bad"].any())
        risen = promise_p(now, before + now, share)
        p_value = risen if bad else promise_p(before, before + now, 1 - share)
        times = int((~new).sum()), int(new.sum())
        rates = times[0] / requests[0], times[1] / requests[1]
        evidence = (
            f'{service} wrote "{text[:80]}" {times[1]} times in {requests[1]} requests, before {times[0]} times in'
            f" {requests[0]}"
        )
        louder = bad and rates[1] >= DOUBLED * rates[0]
        gone = not bad and not now and kind not in reworded | still and _steady(periods, second[~new])
        score = HINT * min(1.0, abs(rates[1] - rates[0]))
        mechanism = ERRORS if bad else GONE
        large = bool(louder or gone)
        found.append(Finding("service", service, mechanism, score, evidence, len(rows), p_value, large))
    return found


def _steady(periods: Periods, second: np.ndarray) -> bool:
    """Whether a line was there in most windows before, so that it is not one of a rare occasion."""
    late = periods.requests["late"].to_numpy()
    start = periods.requests["start_ns"].to_numpy()[~late]
    windows = np.unique((start - start.min()) // periods.width_ns)
    seen = np.unique((second * SECOND - start.min()) // periods.width_ns)
    return len(np.intersect1d(windows, seen)) >= USUAL * len(windows)
