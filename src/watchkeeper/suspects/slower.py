"""Finds what got slower: the time of each service and of each call between two, and who is to blame for it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..words import ms as in_words
from .requests import Finding, Periods, groups, pairs
from .statistics import Growth, calm, growth, urn_p

# People notice a change of about a fifth in a waiting time (Seow, Designing and Engineering Time, 2008).
NOTICED = 0.2
# Time that at least doubled is a hint even if people may not notice. It must have made the whole request longer, by a
# fiftieth: less is within what the same requests differ by from one minute to the next.
DOUBLED, LEAST = 2.0, 0.02
# A difference that costs no customer anything, as far as spans can tell, ranks below those that do.
UNPROVEN = 0.2
# A path counts as usual if most cases take it.
USUAL = 0.5
# With fewer values before, nothing is known about how far the next one may be away.
KNOWN = 3
# This many calls in one pause can't be a coincidence if calls are usually picked up one by one.
WAITING = 5
# If a service is busy four fifths of the time, calls wait in its queue for four times its own time (M/M/1).
QUEUED = 4.0
OWN, QUEUE = "own time", "network or queue on the edge"
BUSY, SILENT = "queue in front of it", "silent: it no longer answers"
Owner = tuple[str, str]


@dataclass(frozen=True)
class Slower:
    """How much an owner's time grew: a service's own time (service, ""), or that between two (caller, called).

    The times are those of an average request that uses the owner, in milliseconds. `route` is "" for all of them.
    """

    owner: Owner
    route: str
    p_value: float
    least_p: float
    before_ms: float
    excess_ms: float
    usual_ms: float  # the usual time of the whole request
    score: float  # the excess as a share of the usual time
    whole: float  # by which share of the usual time the whole request grew
    n: int

    @property
    def large(self) -> bool:
        """Whether people notice it, or it is a good part of what they notice, or it at least doubled."""
        part = self.whole >= NOTICED and self.score >= NOTICED * self.whole
        doubled = self.before_ms + self.excess_ms >= DOUBLED * self.before_ms and min(self.score, self.whole) >= LEAST
        return self.score >= NOTICED or part or doubled

    @property
    def harm(self) -> float:
        """The score, unless the whole request did not grow: then it is time that no one waits for."""
        return min(self.score, max(self.whole, UNPROVEN * self.score))


def slower(periods: Periods) -> dict[Owner, list[Slower]]:
    """Compare the time of each owner, over all requests that use it and on each route."""
    rows = np.flatnonzero((periods.circumstances >= 0) & (periods.request >= 0) & ~periods.forest.untimed)
    calls = np.flatnonzero(periods.calls & (periods.request >= 0) & ~np.isnan(periods.gap_ms))
    row = np.concatenate([rows, calls])
    value = np.concatenate([periods.own_ms[rows], periods.gap_ms[calls]])
    called = np.where(periods.calls[row], periods.peer[row], "")
    owner = pairs(pd.factorize(periods.service[row])[0], pd.factorize(called)[0])
    of_calls = pairs(periods.circumstances[periods.entry[calls]], periods.names[calls])
    stratum = np.concatenate([2 * alike(periods, rows), 2 * of_calls + 1])
    # The cases of one request are not independent, so they count as one value.
    request = periods.request[row]
    number = pairs(pairs(owner, stratum), request)
    first = np.unique(number, return_index=True)[1]
    count = np.bincount(number)
    mean = np.bincount(number, value) / count
    owner, stratum, request = owner[first], stratum[first], request[first]
    names = {int(k): (str(periods.service[row[at]]), str(called[at])) for k, at in zip(owner, first, strict=True)}
    places = sorted(groups(owner), key=lambda one: names[one[0]])
    far = _far(periods, mean, pd.factorize(stratum)[0], request)
    tails = _tails(periods, places, far, request)
    return {
        names[k]: _measured(periods, names[k], mean[at], count[at], stratum[at], request[at], tail)
        for (k, at), tail in zip(places, tails, strict=True)
    }


def _far(periods: Periods, mean: np.ndarray, stratum: np.ndarray, request: np.ndarray) -> np.ndarray:
    """Whether each value is far above every value of its stratum before: 1, 0, or -1 where too little is known.

    Far is twice the largest value before, by a time that people notice. A value from before is compared with those of
    the other half of the windows before.
    """
    late, window = periods.requests["late"].to_numpy()[request], periods.window[request]
    ms, route = periods.requests["ms"].to_numpy(), periods.route
    usual = np.zeros(len(route))
    before = ~periods.requests["late"].to_numpy()
    for _, at in groups(route):
        if before[at].any():
            usual[at] = np.median(ms[at][before[at]])
    far = np.full(len(mean), -1)
    for half in (0, 1, 2):
        known = ~late & (window % 2 != half)  # all of them for the third
        compared = late if half == 2 else ~late & (window % 2 == half)
        size = int(stratum.max(initial=0)) + 1
        most = np.full(size, -np.inf)
        np.maximum.at(most, stratum[known], mean[known])
        enough = np.bincount(stratum[known], minlength=size) >= KNOWN
        limit = np.maximum(DOUBLED * most[stratum], most[stratum] + NOTICED * usual[request])
        far[compared] = np.where(enough[stratum], mean > limit, -1)[compared]
    return far


def _tails(
    periods: Periods, places: list[tuple[int, np.ndarray]], far: np.ndarray, request: np.ndarray
) -> list[tuple[float, float]]:
    """For each owner: the chance of as many requests with values that are far above all before, and its least value.

    How often that happens by chance is learned from the owner's own requests before. What all owners did before, or
    the others now (half of which may be affected by the fault), counts as much as one more request.
    """
    late = periods.requests["late"].to_numpy()
    counts = np.zeros((len(places), 2, 2))  # owner, period, (requests with far values, requests)
    for k, (_, at) in enumerate(places):
        at = at[far[at] >= 0]
        requests = np.unique(request[at])
        over = np.intersect1d(requests, request[at[far[at] > 0]])
        counts[k, 0] = (~late[over]).sum(), (~late[requests]).sum()
        # The worst windows may be a burst of noise.
        worst = np.sort(np.bincount(periods.window[over[late[over]]]))[::-1][: periods.bursts].sum()
        counts[k, 1] = late[over].sum() - worst, late[requests].sum() - worst
    total = counts[:, 0].sum(axis=0)
    before = (total[0] + 1) / (total[1] + 1)
    found = []
    for k in range(len(places)):
        others = np.delete(counts[:, 1], k, axis=0)
        others = others[others[:, 1] > 0]
        now = float(np.median(others[:, 0] / others[:, 1])) if len(others) else 1.0
        usual = min(1.0, max(before, now))
        (old, n_old), (new, n_new) = counts[k].tolist()
        # Rare outliers are a property of the owner, and a short time before may not have shown them.
        new = new if new >= NOTICED * n_new else 0
        found.append(
            (
                urn_p(int(new), int(n_new), old + usual, n_old - old + 1 - usual),
                urn_p(int(n_new), int(n_new), old + usual, n_old - old + 1 - usual),
            )
        )
    return found


def alike(periods: Periods, rows: np.ndarray) -> np.ndarray:
    """A number for each case: its circumstances, and the path it took there.

    If the usual path is not taken at all any more, or most cases take paths that are new, only the circumstances count:
    the service does something else, and the time that it takes is part of the difference.
    """
    circumstances = periods.circumstances[rows]
    return same_path(pairs(circumstances, periods.shape[rows]), circumstances, periods.late[rows])


def same_path(path: np.ndarray, circumstances: np.ndarray, late: np.ndarray) -> np.ndarray:
    """A number for each path (each has certain circumstances), or for the circumstances where paths have changed."""
    of = np.zeros(int(path.max(initial=0)) + 1, dtype=np.int64)
    of[path] = circumstances
    now = np.bincount(path, late, len(of))
    before = np.bincount(path, ~late, len(of))
    all_before, all_now = np.bincount(of, before), np.bincount(of, now)
    gone = np.bincount(of, (before >= USUAL * all_before[of]) & (before > 0) & (now == 0)) > 0
    new = np.bincount(of, np.where(before == 0, now, 0)) > USUAL * all_now
    return np.where((gone | new)[circumstances], 2 * circumstances, 2 * path + 1)


def _measured(
    periods: Periods,
    owner: Owner,
    mean: np.ndarray,
    count: np.ndarray,
    stratum: np.ndarray,
    request: np.ndarray,
    tail: tuple[float, float],
) -> list[Slower]:
    """Compare an owner's time, over all requests and on each route; `tail` is the result of `_tails`."""
    table = periods.requests
    late, window = table["late"].to_numpy()[request], periods.window[request]
    route = periods.route[request]
    # How much more time each request used than the same cases did before.
    number = np.unique(stratum, return_inverse=True)[1]
    n_before = np.bincount(number, ~late)
    base = np.bincount(number, np.where(late, 0.0, mean)) / np.maximum(n_before, 1)
    more = np.where(n_before[number] > 0, count * (mean - base[number]), np.nan)
    found = []
    for one in [-1, *np.unique(route).tolist()]:
        at = np.flatnonzero((route == one) | (one < 0))
        if (one >= 0 and len(at) == len(route)) or late[at].all() or not late[at].any():
            continue
        grown = growth(mean[at], stratum[at], window[at], late[at], periods.bursts)
        if one < 0:  # three tests share the p-value
            grown = Growth(
                *(min(1.0, 3 * min(p / 2, q)) for p, q in zip((grown.p_value, grown.least_p), tail, strict=True))
            )
        at = at[~np.isnan(more[at])]
        if late[at].any():
            name = "" if one < 0 else str(table["route"].iloc[request[at[0]]])
            found.append(_sized(periods, owner, name, grown, request[at], more[at], (mean * count)[at]))
    return found


def _sized(
    periods: Periods,
    owner: Owner,
    route: str,
    grown: Growth,
    request: np.ndarray,
    more: np.ndarray,
    used: np.ndarray,
) -> Slower:
    """Add up each request's values, and put them into words of harm."""
    requests, number = np.unique(request, return_inverse=True)
    late, window = periods.requests["late"].to_numpy()[requests], periods.window[requests]
    ms, on = periods.requests["ms"].to_numpy()[requests], periods.route[requests]
    usual, mean = np.full(len(requests), np.nan), np.full(len(requests), np.nan)
    for _, at in groups(on):
        old = ms[at][~late[at]]
        if len(old):
            usual[at] = max(float(np.median(old)), 1e-6)
    path = same_path(pairs(on, periods.path[requests]), on, late)
    for _, at in groups(path):
        old = ms[at][~late[at]]
        if len(old):
            mean[at] = old.mean()
    kept = ~np.isnan(usual)
    more, used = np.bincount(number, more), np.bincount(number, used)
    share, whole = more / usual, (ms - mean) / usual
    old, new = kept & ~late, kept & late

    def rise(values: np.ndarray) -> float:
        known = ~np.isnan(values)
        means = [calm(values[at & known], window[at & known], periods.bursts) for at in (old, new)]
        return means[1] - means[0]

    before_ms = calm(used[old], window[old], periods.bursts)
    sizes = before_ms, rise(more), float(np.median(ms[old])), rise(share), rise(whole)
    return Slower(owner, route, grown.p_value, grown.least_p, *sizes, len(requests))


def blamed(
    periods: Periods, measured: dict[Owner, list[Slower]], held: dict[Owner, Slower], alpha: float
) -> list[Finding]:
    """For each owner whose time grew: the service or edge to blame for it."""
    best = {owner: min(rows, key=lambda one: one.p_value) for owner, rows in measured.items() if rows}
    # An edge with too few calls for any test says nothing about its neighbors.
    around: dict[str, dict[Owner, bool]] = {}
    for edge, row in best.items():
        if edge[1] and row.least_p <= alpha:
            for service in edge:
                around.setdefault(service, {})[edge] = row.p_value <= alpha and row.excess_ms > 0
    whole = {service for service, edges in around.items() if len(edges) > 1 and all(edges.values())}
    found = []
    for (service, called), row in held.items():
        place: tuple[str, str, str, str] = ("service", service, OWN, "")
        if called:
            silence = _silence(periods, called)
            own, callers_own = held.get((called, "")), held.get((service, ""))
            touching = sorted({service, called} & whole, key=lambda name: (-len(around[name]), name != called))
            if silence:
                place = ("service", called, SILENT, f"; {silence}")
            elif own and row.excess_ms <= QUEUED * own.excess_ms:
                place = ("service", called, OWN, f", and {called}'s own time grew too")
            elif called not in periods.traced:
                unknown = f"; {called} sends no spans, so its time, its queue and the network can't be told apart"
                place = ("service", called, BUSY, unknown)
            elif touching == [called] or (touching and touching[0] == called):
                place = ("service", called, BUSY, f", and so did the time of all other calls from and to {called}")
            elif touching:
                place = ("service", service, OWN, f", and so did the time of all other calls from and to {service}")
            elif callers_own and row.excess_ms <= callers_own.excess_ms:
                place = ("service", service, OWN, f", and {service}'s own time grew even more")
            else:
                place = ("edge", f"{service} → {called}", QUEUE, "")
        kind, where, mechanism, more = place
        whose = f"the time between {service} and {called}" if called else f"{service}'s own time"
        evidence = (
            f"{row.route or 'requests that use it'}: {whose} went from {_ms(row.before_ms)} to"
            f" {_ms(row.before_ms + row.excess_ms)} (a request usually takes {_ms(row.usual_ms)}){more}"
        )
        found.append(Finding(kind, where, mechanism, row.harm, evidence, row.n, row.p_value, row.large))
    return found


def _ms(ms: float) -> str:
    return f"{ms / 1000:,.1f} s" if ms >= 10_000 else f"{in_words(ms)} ms"


def _silence(periods: Periods, service: str) -> str:
    """A sentence if the service started no work for a while in which calls to it piled up; "" otherwise."""
    waited, seconds = _pause(periods, service, late=True)
    usual, _ = _pause(periods, service, late=False)
    if waited < WAITING or waited <= 2 * usual:
        return ""
    return f"{service} started no work for {seconds:.1f} s while {waited} calls to it arrived (before: at most {usual})"


def _pause(periods: Periods, service: str, late: bool) -> tuple[int, float]:
    """The most calls made to a service between two starts of its work, and the length of that pause in seconds."""
    start, rows = periods.forest.start, periods.late == late
    called = np.sort(start[rows & (periods.kind == "CLIENT") & (periods.peer == service)])
    begun = np.sort(start[rows & (periods.kind == "SERVER") & (periods.service == service)])
    if not len(called):
        return 0, 0.0
    edges = np.concatenate([called[:1], begun, called[-1:] + 1])
    edges.sort()
    pause = np.searchsorted(edges, called, side="right") - 1
    counts = np.bincount(pause)
    most = int(counts.argmax())
    after = edges[min(most + 1, len(edges) - 1)]
    return int(counts[most]), float(after - edges[most]) / 1e9
