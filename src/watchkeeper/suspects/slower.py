"""Finds what got slower: critical time by owner and route, and who is to blame once queues are considered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .requests import Finding, Stretch
from .statistics import Growth, growth, window_ns

# People notice a change of about a fifth in a waiting time (Seow, Designing and Engineering Time, 2008).
NOTICED = 0.2
# This many calls in one pause can't be a coincidence if calls are usually picked up one by one.
WAITING = 5
# With 1.5 times as many calls, or for a database twice as many plus five (the N+1 of `repeated_children`), the program
# has changed, not the customer.
RATIO, SEVERAL = 1.5, 5
# If a service is busy four fifths of the time, calls wait in its queue for four times its own time (M/M/1).
QUEUED = 4.0
OWN, QUEUE, MORE = "own time", "network or queue on the edge", "more calls"
BUSY, SILENT = "queue in front of it", "silent: it no longer answers"
Owner = tuple[str, str]


@dataclass(frozen=True)
class Slower:
    """How much an owner's time and the whole route's time grew; `share` is the route's share of all requests now."""

    route: str
    owner: Owner
    growth: Growth
    whole: Growth
    usual_ms: float
    share: float
    caller: str  # the service whose calls use this time
    calls: tuple[float, float]  # calls per request, before and now

    def large(self, excess: float) -> bool:
        """Whether `excess` is a fifth of the route's usual time, or of its growth if that is at least as much."""
        least = NOTICED * self.usual_ms
        return excess >= least or (self.whole.excess >= least and excess >= NOTICED * self.whole.excess)

    def by_calls(self) -> float:
        """The milliseconds that additional calls cost, at the current time per call."""
        before, now = self.calls
        return self.growth.now * (1 - before / now) if before and now >= RATIO * before else 0.0


def slower(before: Stretch, now: Stretch) -> list[Slower]:
    """Compare each owner's critical time on each route."""
    found = []
    width = window_ns(before.requests["start_ns"].to_numpy(), now.requests["start_ns"].to_numpy())
    columns = [*before.critical.columns, *now.critical.columns]
    owners: list[Owner] = sorted({(str(one[0]), str(one[1])) for one in columns})
    first, second = (each.critical.reindex(columns=owners, fill_value=0.0) for each in (before, now))
    for route in sorted(set(before.requests["route"]) & set(now.requests["route"])):
        old, new = (each.requests["route"].to_numpy() == route for each in (before, now))
        at = before.requests.loc[old, "start_ns"].to_numpy(), now.requests.loc[new, "start_ns"].to_numpy()
        ms = before.requests.loc[old, "ms"].to_numpy(), now.requests.loc[new, "ms"].to_numpy()
        whole, usual = growth(ms[0], at[0], ms[1], at[1], width), float(np.median(ms[0]))
        counts = before.call_counts[old].mean(), now.call_counts[new].mean()
        for owner in owners:
            values = first.loc[old, owner].to_numpy(), second.loc[new, owner].to_numpy()
            if values[0].any() or values[1].any():
                grown = growth(values[0], at[0], values[1], at[1], width)
                calls = _calls(owner, *counts)
                found.append(Slower(route, owner, grown, whole, usual, float(new.mean()), *calls))
    return found


def _calls(owner: Owner, before: pd.Series, now: pd.Series) -> tuple[str, tuple[float, float]]:
    """The caller whose calls use an owner's time, and how many: over its edge, or the caller that grew most."""
    service, called = owner
    edges = (
        [owner]
        if called
        else [edge for edge in sorted({*before.index.tolist(), *now.index.tolist()}) if edge[1] == service]
    )
    pairs = {edge: (float(before.get(edge, 0.0)), float(now.get(edge, 0.0))) for edge in edges}
    if not pairs:
        return "", (0.0, 0.0)
    most = max(pairs, key=lambda edge: pairs[edge][1] - pairs[edge][0])
    old, new = zip(*pairs.values(), strict=True)
    return most[0], (sum(old), sum(new))


def routes(rows: list[Slower]) -> dict[str, float]:
    """For each route, the p-value that it got slower as a whole. The owners of its time are only tested if it did."""
    return {row.route: row.whole.p_value for row in rows}


def findings(before: Stretch, now: Stretch, rows: list[Slower]) -> list[Finding]:
    """For each owner's growth on a route: the service or edge to blame for it, or the service that calls it more."""
    typical = float(before.requests["ms"].median())
    edges = {row.owner for row in rows if row.owner[1]}
    silent = {
        called: words for called in sorted({called for _, called in edges}) if (words := _silence(before, now, called))
    }
    own = {(row.route, row.owner[0]): row.growth.excess for row in rows if not row.owner[1]}
    grown = {row.owner for row in rows if row.growth.p_value < 0.01 and row.large(row.growth.excess - row.by_calls())}
    crowded = {called for called in silent.keys() | {called for _, called in grown} if _all_edges(called, edges, grown)}
    busier = _busier_databases(before, now)
    found = []
    for row in rows:
        service, called = row.owner
        queue = bool(called) and row.growth.excess <= QUEUED * own.get((row.route, called), 0.0)
        found.append(_blamed(row, typical, silent.get(called, ""), queue, called in crowded, busier.get(service, "")))
        if row.by_calls():
            found.append(_calling(row, typical))
    return found


def _blamed(row: Slower, typical: float, silence: str, queue: bool, crowded: bool, busier: str) -> Finding:
    service, called = row.owner
    kind, where, mechanism, more = "service", service, OWN, ""
    whose = f"{service}'s own time" if not called else f"the time between {service} and {called}"
    if silence:
        where, mechanism, more = called, SILENT, f"; {silence}"
    elif queue:
        where, mechanism, more = called, OWN, f", and {called}'s own time grew too"
    elif called and crowded:
        where, mechanism, more = called, BUSY, f", and also between {called} and its other callers"
    elif called:
        kind, where, mechanism = "edge", f"{service} → {called}", QUEUE
    elif busier:
        mechanism, more = MORE, f"; {busier}"
    evidence = (
        f"{row.route}: {whose} on the critical path went from {_ms(row.growth.before)} to {_ms(row.growth.now)}"
        f" (a request usually takes {_ms(row.usual_ms)}){more}"
    )
    return _finding(row, typical, (kind, where, mechanism), row.growth.excess - row.by_calls(), evidence)


def _calling(row: Slower, typical: float) -> Finding:
    service, called = row.owner
    evidence = (
        f"{row.route}: {row.caller} calls {called or service} {row.calls[1]:.1f} times per request, before"
        f" {row.calls[0]:.1f}, which adds {_ms(row.by_calls())} (a request usually takes {_ms(row.usual_ms)})"
    )
    return _finding(row, typical, ("service", row.caller, MORE), row.by_calls(), evidence)


def _finding(row: Slower, typical: float, place: tuple[str, str, str], excess: float, evidence: str) -> Finding:
    # If all spans have length 0 (a clock with millisecond resolution), divide by the smallest possible time.
    score = max(0.0, excess) * row.share / max(typical, 1e-6)
    return Finding(*place, score, evidence, row.growth.n, row.growth.p_value, row.large(excess), row.route)


def _all_edges(called: str, edges: set[Owner], grown: set[Owner]) -> bool:
    into = {edge for edge in edges if edge[1] == called}
    return len(into) > 1 and into <= grown


def _busier_databases(before: Stretch, now: Stretch) -> dict[str, str]:
    """Services that query their database much more often per request than before, with a sentence for each."""
    found = {}
    for service in sorted({service for service, called in map(tuple, now.call_counts.columns) if not called}):
        old, new = (_database_calls(each, service) for each in (before, now))
        if new >= 2 * old and new - old >= SEVERAL:
            found[service] = (
                f"{service} queries its database {new:.1f} times per request that needs it, before {old:.1f}"
            )
    return found


def _database_calls(stretch: Stretch, service: str) -> float:
    counts = stretch.call_counts
    calls = counts[(service, "")].to_numpy() if (service, "") in counts.columns else np.zeros(0)
    return float(calls[calls > 0].mean()) if calls.any() else 0.0


def _ms(ms: float) -> str:
    return f"{ms / 1000:,.1f} s" if ms >= 10_000 else f"{ms:,.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def _silence(before: Stretch, now: Stretch, service: str) -> str:
    """A sentence if the service started no work for a while in which calls to it piled up; "" otherwise."""
    waited, seconds = _pause(now, service)
    usual, _ = _pause(before, service)
    if waited < WAITING or waited <= 2 * usual:
        return ""
    return f"{service} started no work for {seconds:.1f} s while {waited} calls to it arrived (before: at most {usual})"


def _pause(stretch: Stretch, service: str) -> tuple[int, float]:
    """The most calls made to a service between two starts of its work, and the length of that pause in seconds."""
    forest = stretch.forest
    called = np.sort(forest.start[(stretch.kind == "CLIENT") & (stretch.peer == service)])
    begun = np.sort(forest.start[(stretch.kind == "SERVER") & (stretch.service == service)])
    if not len(called):
        return 0, 0.0
    edges = np.concatenate([called[:1], begun, called[-1:] + 1])
    edges.sort()
    pause = np.searchsorted(edges, called, side="right") - 1
    counts = np.bincount(pause)
    most = int(counts.argmax())
    after = edges[min(most + 1, len(edges) - 1)]
    return int(counts[most]), float(after - edges[most]) / 1e9
