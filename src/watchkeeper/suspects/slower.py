"""What got slower: critical time by owner and route, and whose it is once queues are taken into account."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from .requests import Finding, Stretch
from .statistics import Growth, growth, window_ns

# People notice a change of a wait from about a fifth on (Seow, Designing and Engineering Time, 2008).
NOTICED = 0.2
# So many calls in one pause are no coincidence where they are otherwise picked up one by one.
WAITING = 5
# Half as many calls again, or for a database twice as many and five more (the N+1 of `repeated_children`), are another
# program, not another customer.
RATIO, SEVERAL = 1.5, 5
# In front of a service that is busy four fifths of the time calls wait for four times its own (M/M/1).
QUEUED = 4.0
OWN, QUEUE, MORE = "own time", "network or queue on the edge", "more calls"
BUSY, SILENT = "queue in front of it", "silent: it no longer answers"
Owner = tuple[str, str]


@dataclass(frozen=True)
class Slower:
    """An owner's growth on one route, and the whole route's; `share` is that route's share of all requests now."""

    route: str
    owner: Owner
    growth: Growth
    whole: Growth
    usual_ms: float
    share: float
    caller: str  # who makes the calls that this time is spent on
    calls: tuple[float, float]  # how many a request, before and now

    def large(self, excess: float) -> bool:
        """A fifth of what the route takes, or of what it takes longer where that is as much."""
        least = NOTICED * self.usual_ms
        return excess >= least or (self.whole.excess >= least and excess >= NOTICED * self.whole.excess)

    def by_calls(self) -> float:
        """Milliseconds that more calls cost, at what a call takes now."""
        before, now = self.calls
        return self.growth.now * (1 - before / now) if before and now >= RATIO * before else 0.0


def slower(before: Stretch, now: Stretch) -> list[Slower]:
    """Each owner's critical time on each route, compared."""
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
    """Whose calls an owner's time is spent on, and how many: over its edge, or into its service by whom most grew."""
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
    """For each route the p-value of its having got slower as a whole: the owners of its time are asked only then."""
    return {row.route: row.whole.p_value for row in rows}


def findings(before: Stretch, now: Stretch, rows: list[Slower]) -> list[Finding]:
    """What each owner's growth on a route is charged to: the service or edge to blame for it, or who calls it more."""
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
        where, mechanism, more = called, BUSY, f", and so between {called} and all who call it"
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
        f"{row.route}: {row.caller} calls {called or service} {row.calls[1]:.1f} times a request where it was"
        f" {row.calls[0]:.1f}, which adds {_ms(row.by_calls())} (a request usually takes {_ms(row.usual_ms)})"
    )
    return _finding(row, typical, ("service", row.caller, MORE), row.by_calls(), evidence)


def _finding(row: Slower, typical: float, place: tuple[str, str, str], excess: float, evidence: str) -> Finding:
    # Spans of no length at all (a clock of milliseconds) leave nothing to measure by but the smallest there is.
    score = max(0.0, excess) * row.share / max(typical, 1e-6)
    return Finding(*place, score, evidence, row.growth.n, row.growth.p_value, row.large(excess), row.route)


def _all_edges(called: str, edges: set[Owner], grown: set[Owner]) -> bool:
    into = {edge for edge in edges if edge[1] == called}
    return len(into) > 1 and into <= grown


def _busier_databases(before: Stretch, now: Stretch) -> dict[str, str]:
    """Services that ask their database much more often for a request than before, with a sentence for each."""
    found = {}
    for service in sorted({service for service, called in map(tuple, now.call_counts.columns) if not called}):
        old, new = (_database_calls(each, service) for each in (before, now))
        if new >= 2 * old and new - old >= SEVERAL:
            found[service] = (
                f"{service} asks its database {new:.1f} times a request that needs it where it was {old:.1f}"
            )
    return found


def _database_calls(stretch: Stretch, service: str) -> float:
    counts = stretch.call_counts
    calls = counts[(service, "")].to_numpy() if (service, "") in counts.columns else np.zeros(0)
    return float(calls[calls > 0].mean()) if calls.any() else 0.0


def _ms(ms: float) -> str:
    return f"{ms / 1000:,.1f} s" if ms >= 10_000 else f"{ms:,.0f} ms" if ms >= 10 else f"{ms:.1f} ms"


def _silence(before: Stretch, now: Stretch, service: str) -> str:
    """A sentence if the service began nothing for a while in which calls to it piled up; "" if not."""
    waited, seconds = _pause(now, service)
    usual, _ = _pause(before, service)
    if waited < WAITING or waited <= 2 * usual:
        return ""
    return f"{service} began nothing for {seconds:.1f} s while {waited} calls to it were made (before: at most {usual})"


def _pause(stretch: Stretch, service: str) -> tuple[int, float]:
    """The most calls to a service that were made between two starts of its work, and how long that pause was."""
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
