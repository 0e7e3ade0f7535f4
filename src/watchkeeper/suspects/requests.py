"""Makes two periods of spans comparable: what each service did, for which request, and in which circumstances."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from ..traces import Forest, align_clocks, hop_gaps, is_error, masked_name, root_order, self_time
from .statistics import BURST_S, window_ns

UNKNOWN = "unknown"  # what a call is said to reach if neither a span nor an attribute names it
_STATED = ("SERVER", "CLIENT", "PRODUCER", "CONSUMER")


@dataclass(frozen=True)
class Periods:
    """The spans of both periods in one frame, with everything that is computed from them once and used several times.

    An *entry* is the span through which work enters a service: a server or consumer span, or the topmost span of the
    service's part of a trace. A *case* is an entry with what its service did below it. Cases are only compared under
    the same circumstances: the route of the request, the operation, and the operation that called it.
    """

    spans: pd.DataFrame
    late: np.ndarray  # whether a row belongs to the period now

    @classmethod
    def of(cls, before: pd.DataFrame, now: pd.DataFrame) -> Periods:
        # Clocks may have been set between the periods, so each period is aligned by itself.
        aligned = [align_clocks(each) if "host" in each.columns else each for each in (before, now)]
        spans = pd.concat(aligned, ignore_index=True)
        late = np.arange(len(spans)) >= len(before)
        # A trace that is in both periods (a frame compared with itself) counts as two.
        spans["trace_id"] = spans["trace_id"].astype(str) + np.where(late, " now", "")
        known = np.isin(spans["kind"].to_numpy(dtype=object), _STATED)
        if not known.all():
            spans["kind"] = pd.Series(_inferred(spans, known), index=spans.index, dtype=object)
        return cls(spans, late)

    @cached_property
    def forest(self) -> Forest:
        return Forest.of(self.spans)

    @cached_property
    def kind(self) -> np.ndarray:
        return self.spans["kind"].to_numpy(dtype=object)

    @cached_property
    def service(self) -> np.ndarray:
        return self.spans["service"].to_numpy(dtype=object)

    @cached_property
    def name(self) -> np.ndarray:
        """The name of each span, without ids: otherwise each request would have a route of its own."""
        codes, names = pd.factorize(self.spans["name"].astype(object))
        return np.array([masked_name(str(name)) for name in names], dtype=object)[codes]

    @cached_property
    def error(self) -> np.ndarray:
        return is_error(self.spans).to_numpy()

    @cached_property
    def database(self) -> np.ndarray:
        """Whether a span is a client span of a database. Its time counts as its service's own."""
        said: Sequence[object] = (
            self.spans["attributes"].tolist() if "attributes" in self.spans.columns else [{}] * len(self.spans)
        )
        return np.array([isinstance(one, dict) and bool(one.get("db.system.name")) for one in said], dtype=bool)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """One row per client span, as `hop_gaps` gives them, with the row of the span."""
        return hop_gaps(self.spans).assign(row=np.flatnonzero((self.kind == "CLIENT") & ~self.forest.duplicate))

    @cached_property
    def peer(self) -> np.ndarray:
        """The service that each client span called; "" for other spans."""
        found = np.full(len(self.spans), "", dtype=object)
        found[self.gaps["row"]] = self.gaps["called"]
        return found

    @cached_property
    def calls(self) -> np.ndarray:
        """Whether a span is a call of another service. Whom an unknown peer's time belongs to can't be told."""
        return (self.kind == "CLIENT") & ~self.database & (self.peer != UNKNOWN) & ~self.forest.duplicate

    @cached_property
    def answered(self) -> np.ndarray:
        """Whether a client span has a server span."""
        found = np.zeros(len(self.spans), dtype=bool)
        found[self.gaps["row"]] = self.gaps["servers"] > 0
        return found

    @cached_property
    def traced(self) -> set[str]:
        """The services that sent server spans in either period."""
        return set(self.service[self.kind == "SERVER"].tolist())

    @cached_property
    def _opens(self) -> np.ndarray:
        above = self.forest.parent
        return (above < 0) | (self.service[above] != self.service) | np.isin(self.kind, ["SERVER", "CONSUMER"])

    @cached_property
    def entry(self) -> np.ndarray:
        """For each span, the row of the entry that it belongs to."""
        return _climbed(self.forest.parent, self._opens)

    @cached_property
    def requests(self) -> pd.DataFrame:
        """One row per trace whose longest root is a client or server span: row, route, start_ns, ms, failed, late.

        Traces whose duration can't be known are left out.
        """
        roots = root_order(self.spans, self.forest, "longest")
        roots = roots[np.isin(self.kind[roots], ["CLIENT", "SERVER"]) & ~self.database[roots]]
        roots = roots[~self.forest.untimed[roots]]
        start, end = self.forest.start[roots], self.forest.end[roots]
        table = pd.DataFrame({"row": roots, "route": self._routes(roots), "start_ns": start, "ms": (end - start) / 1e6})
        return table.assign(failed=self.error[roots], late=self.late[roots])

    def _routes(self, roots: np.ndarray) -> np.ndarray:
        """The name of each root. If it says nothing ("/*", or all have the same), that of the first server span below.

        Without it, pages that have little in common would be compared with each other.
        """
        names = self.name[roots].copy()
        vague = np.array(["*" in name for name in names], dtype=bool) | (len(set(names)) == 1)
        if vague.any():
            top = _climbed(self.forest.parent, self.forest.parent < 0)
            below = np.flatnonzero((self.kind == "SERVER") & (self.forest.parent >= 0))
            # The server span of a client at the top is that of all pages too.
            below = below[~np.isin(self.forest.parent[below], roots[self.kind[roots] == "CLIENT"])]
            below = below[np.lexsort((self.name[below].astype(str), -self.forest.start[below]))]
            first = np.full(len(self.spans), -1)
            first[top[below]] = below  # the earliest is written last, so it stays
            has = vague & (first[roots] >= 0)
            names[has] = self.name[first[roots[has]]]
        return names

    @cached_property
    def request(self) -> np.ndarray:
        """For each span, the number of the request that it is part of, or -1: nothing waits for it."""
        top = _climbed(self.forest.parent, self.forest.parent < 0)
        number = np.full(len(self.spans), -1)
        number[self.requests["row"].to_numpy()] = np.arange(len(self.requests))
        return np.where(self.forest.duplicate | self.forest.cyclic, -1, number[top])

    @cached_property
    def route(self) -> np.ndarray:
        """A number for the route of each request."""
        return pd.factorize(self.requests["route"])[0]

    @cached_property
    def names(self) -> np.ndarray:
        """A number for the service and name of each span."""
        return pairs(pd.factorize(self.service)[0], pd.factorize(self.name)[0])

    @cached_property
    def circumstances(self) -> np.ndarray:
        """For each entry, a number for the route of its request, its operation and its caller; -1 for other spans."""
        entries = np.flatnonzero(self._opens & ~self.forest.duplicate)
        above = self.forest.parent[entries]
        caller = np.where(above >= 0, self.names[self.entry[above]] + 1, 0)
        routes = np.append(self.route, -1)[self.request[entries]] + 1
        number = np.full(len(self.spans), -1)
        number[entries] = pairs(pairs(routes, self.names[entries]), caller)
        return number

    @cached_property
    def parts(self) -> Parts:
        """What each case did, apart from the entry itself: one element per span of its service, or called entry."""
        rows = np.arange(len(self.spans))
        inner = rows[(self.entry != rows) & ~self.forest.duplicate]
        # A call without a client span shows as an entry directly below a span of another service.
        above = self.forest.parent
        bare = rows[self._opens & (above >= 0)]
        bare = bare[(self.kind[above[bare]] != "CLIENT") & (self.kind[bare] != "CONSUMER")]
        row = np.concatenate([inner, bare])
        case = np.concatenate([self.entry[inner], self.entry[above[bare]]])
        called = np.where(self.calls[row], self.peer[row], np.where(self._opens[row], self.service[row], ""))
        key = pairs(pairs(self.names[case], self.names[row]), pd.factorize(called)[0])
        return Parts(row, case, key, called)

    @cached_property
    def shape(self) -> np.ndarray:
        """For each case, a number for the path that the request took there: its parts, and how many there are."""
        return paths(self.parts.case, self.parts.key, len(self.spans))

    @cached_property
    def path(self) -> np.ndarray:
        """For each request, a number for the set of operations in it, and how many there are."""
        rows = np.flatnonzero(self.request >= 0)
        return paths(self.request[rows], self.names[rows], len(self.requests))

    @cached_property
    def own_ms(self) -> np.ndarray:
        """For each entry, the self time of its service's spans below it, in milliseconds; 0 for other spans.

        The calls of other services are not part of it, but those of databases are.
        """
        stop = _climbed(self.forest.parent, self._opens | self.calls)
        mine = self._opens[stop] & ~self.forest.duplicate
        return np.bincount(stop[mine], self._self_ms[mine], minlength=len(self.spans))

    @cached_property
    def _self_ms(self) -> np.ndarray:
        return self_time(self.spans, self.forest).fillna(0.0).to_numpy()

    @cached_property
    def gap_ms(self) -> np.ndarray:
        """For each call, the milliseconds that no server span covers; NaN for other spans, or if it can't be known."""
        found = np.full(len(self.spans), np.nan)
        found[self.gaps["row"]] = self.gaps["gap_ms"].where(self.gaps["servers"] > 0, self.gaps["client_ms"])
        return found

    @cached_property
    def width_ns(self) -> int:
        start, late = self.requests["start_ns"].to_numpy(), self.requests["late"].to_numpy()
        return window_ns(start[~late], start[late])

    @cached_property
    def bursts(self) -> int:
        """The number of windows that a burst of noise may fill."""
        return math.ceil(BURST_S * 1e9 / self.width_ns)

    @cached_property
    def window(self) -> np.ndarray:
        """The number of the window in which each request starts, counted from the beginning of its own period."""
        start, late = self.requests["start_ns"].to_numpy(), self.requests["late"].to_numpy()
        first = np.where(late, start[late].min(), start[~late].min())
        return (start - first) // self.width_ns


@dataclass(frozen=True)
class Parts:
    """What cases consist of, as arrays with one element per part."""

    row: np.ndarray
    case: np.ndarray  # the row of the case's entry
    key: np.ndarray  # a number for the case's operation, the part's name and the service that it calls
    called: np.ndarray  # the service that it calls, or ""


def paths(of: np.ndarray, part: np.ndarray, n: int) -> np.ndarray:
    """A number for the set of parts of each of n things, and for how many there are.

    A fifth more parts are another path: the request asked for more, or the service does more.
    """
    once = np.unique(pairs(of, part), return_index=True)[1]
    words = np.random.default_rng(0).integers(0, 2**63, size=int(part.max(initial=0)) + 1, dtype=np.uint64)
    total = np.zeros(n, dtype=np.uint64)
    np.add.at(total, of[once], words[part[once]])
    total += np.round(np.log(np.bincount(of, minlength=n) + 1) / math.log(1.2)).astype(np.uint64)
    return pd.factorize(total)[0]


def pairs(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """A number for each distinct pair of two numbers."""
    return pd.factorize(first.astype(np.int64) * (int(second.max(initial=0)) + 2) + second)[0]


def groups(number: np.ndarray) -> Iterator[tuple[int, np.ndarray]]:
    """(number, places) for each distinct number, in ascending order."""
    order = np.argsort(number, kind="stable")
    cuts = np.flatnonzero(np.diff(number[order])) + 1
    for places in np.split(order, cuts) if len(order) else []:
        yield int(number[places[0]]), places


def _climbed(parent: np.ndarray, stop: np.ndarray) -> np.ndarray:
    """For each row, the nearest row at or above it where `stop` holds (or the topmost row)."""
    up = np.where(stop | (parent < 0), np.arange(len(parent)), parent)
    while not np.array_equal(up[up], up):
        up = up[up]
    return up


def _inferred(spans: pd.DataFrame, known: np.ndarray) -> np.ndarray:
    """The kinds, where they are not stated, from the structure.

    A span under a span of another service is a server span, and so is a root if no kind is stated at all. An operation
    with a span of another service below it is a client.
    """
    kind, service = spans["kind"].to_numpy(dtype=object).copy(), spans["service"].to_numpy(dtype=object)
    forest = Forest.of(spans)
    above = forest.parent
    elsewhere = (above >= 0) & (service[above] != service)
    root = (above < 0) & (not known.any())
    taken = elsewhere & (kind[above] == "PRODUCER")
    server = ~known & (elsewhere | root) & ~taken
    operation = pairs(pd.factorize(service)[0], pd.factorize(spans["name"].astype(object))[0])
    calling = np.zeros(int(operation.max(initial=0)) + 1, dtype=bool)
    calling[operation[above[elsewhere]]] = True
    client = ~known & ~server & calling[operation]
    kind[~known] = "INTERNAL"
    kind[server], kind[client], kind[~known & taken] = "SERVER", "CLIENT", "CONSUMER"
    return kind


@dataclass(frozen=True)
class Finding:
    """One difference from before: its test, and what it means if it is not chance.

    A `hint` says nothing about harm, and may be the echo of another finding further down in the same requests, which
    `marks` tell.
    """

    kind: str
    where: str
    mechanism: str
    score: float
    evidence: str
    n: int
    p_value: float
    felt: bool = True  # large enough to matter
    marks: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # rows of the cases that show it
    hint: bool = False
