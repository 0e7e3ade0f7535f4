"""Invented systems that no one here runs: topologies, mixes of requests and faults from a seed, in a foreign dialect.

A system is drawn from its seed: services in layers, one or two operations each, what each operation does, routes, and
products that take different paths. Its telemetry has what foreign data have: kinds and status or neither, names of
routes or one name for all, logs with or without ids of spans, about a minute of each period, some routes with few
requests. `System.period` answers with (spans, logs).
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

SECOND = 1_000_000_000
COLUMNS = [
    "trace_id",
    "span_id",
    "parent_span_id",
    "service",
    "name",
    "kind",
    "start_ns",
    "end_ns",
    "status",
    "status_message",
    "attributes",
]
FAULTS = ("cpu", "pod delay", "edge delay", "return", "exception", "error", "vanished", "retries", "cold cache")


@dataclass(frozen=True)
class Operation:
    """What one operation does, in order: (what, its name, the products that need it)."""

    service: str
    name: str
    ms: float
    steps: tuple[tuple[str, str, frozenset[int]], ...]  # "call" with an operation, "query", "cached" or "work"
    each: bool  # does its steps for each item in the basket
    parallel: bool  # calls all at once
    complains: bool  # writes an error for some healthy requests


@dataclass(frozen=True)
class Fault:
    kind: str = "none"
    service: str = ""
    operation: str = ""
    called: str = ""
    ms: float = 0.0
    share: float = 1.0  # of the requests that are hit
    begins: float = 0.0  # at this share of the period


@dataclass
class System:
    """A system, and the dialect in which it tells of itself."""

    seed: int
    spread: float = field(init=False)  # of the logarithm of all times
    hiccup: float = field(init=False)  # the share of work that takes 50 ms longer
    kinds: bool = True
    status: bool = True
    routes: bool = True  # False: all requests have one name
    span_ids: bool = True  # whether log records have one
    whole_ms: bool = False  # server spans start at whole milliseconds
    quiet: bool = False  # no errors are logged, and callers swallow exceptions
    operations: dict[str, Operation] = field(default_factory=dict)
    pages: list[tuple[str, str, float]] = field(default_factory=list)  # name, operation, share of all requests
    base_gap_ms: dict[tuple[str, str], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        chance = np.random.default_rng(self.seed)
        services = [f"{word}-service" for word in chance.permutation(WORDS)[: int(chance.integers(6, 14))]]
        self.spread, self.hiccup = float(chance.uniform(0.2, 0.7)), float(chance.choice([0.0, 0.005, 0.02]))
        front, layers = services[0], np.array_split(np.array(services[1:], dtype=object), int(chance.integers(2, 4)))
        below: list[str] = []
        for layer in reversed(layers):
            new = []
            for service in layer.tolist():
                for k in range(int(chance.integers(1, 3))):
                    name = f"{service}.{'get' if k == 0 else 'list'}"
                    self.operations[name] = self._operation(chance, service, name, below)
                    new.append(name)
            below = [*below, *new]
        for k, page in enumerate(["home", "item", "basket", "checkout", "account"][: int(chance.integers(3, 6))]):
            name = f"{front}.{page}"
            self.operations[name] = self._operation(chance, front, name, below, calls=int(chance.integers(2, 5)))
            self.pages.append((page, name, float([0.45, 0.3, 0.15, 0.06, 0.04][k])))
        for one in self.operations.values():
            for what, name, _ in one.steps:
                if what == "call":
                    self.base_gap_ms[one.service, self.operations[name].service] = float(chance.uniform(0.3, 3.0))

    def _operation(
        self, chance: np.random.Generator, service: str, name: str, below: list[str], calls: int | None = None
    ) -> Operation:
        steps: list[tuple[str, str, frozenset[int]]] = []
        wanted = int(chance.integers(0, 4)) if calls is None else calls
        for called in chance.permutation(np.array(below, dtype=object))[: min(wanted, len(below))].tolist():
            products = frozenset(range(3)) if chance.random() < 0.6 else frozenset([int(chance.integers(0, 3))])
            steps.append(("call", called, products))
        for k in range(int(chance.integers(0, 3))):
            what = str(chance.choice(["query", "query", "work", "cached"]))
            products = frozenset(range(3)) if chance.random() < 0.8 else frozenset([int(chance.integers(0, 3))])
            steps.append((what, f"{what} {name} {'ab'[k]}", products))
        order = chance.permutation(len(steps)).tolist()
        ms = float(chance.lognormal(1.2, 0.8))
        each, parallel, complains = (bool(chance.random() < share) for share in (0.15, 0.25, 0.15))
        return Operation(service, name, ms, tuple(steps[k] for k in order), each, parallel, complains)

    def reachable(self) -> list[str]:
        """The operations that requests reach whatever the product, the most used first."""
        found: list[str] = []
        todo = [name for _, name, _ in self.pages]
        while todo:
            name = todo.pop(0)
            if name not in found:
                found.append(name)
                todo += [
                    step
                    for what, step, products in self.operations[name].steps
                    if what == "call" and len(products) == 3
                ]
        return found

    def fault(self, kind: str, seed: int) -> Fault:
        """A fault of this kind somewhere in the system that requests reach."""
        chance = np.random.default_rng([self.seed, seed, FAULTS.index(kind)])
        names = self.reachable()
        inner = [name for name in names if "-service.get" in name or "-service.list" in name]

        def has(name: str, *whats: str) -> bool:
            return any(what in whats and len(products) == 3 for what, _, products in self.operations[name].steps)

        if kind in ("return", "exception"):
            names = [name for name in inner if has(name, "call", "query")] or inner
        elif kind in ("vanished", "retries", "edge delay"):
            names = [name for name in names if has(name, "call")]
        elif kind == "cold cache":
            names = [name for name in names if has(name, "cached")]
        else:
            names = inner
        if not names:
            return Fault()
        operation = self.operations[str(chance.choice(np.array(names, dtype=object)))]
        calls = [name for what, name, products in operation.steps if what == "call" and len(products) == 3]
        called = str(chance.choice(np.array(calls, dtype=object))) if calls else ""
        ms = float(chance.uniform(30, 400))
        share = 1.0 if kind == "cold cache" else float(chance.choice([1.0, 1.0, 0.5]))
        return Fault(kind, operation.service, operation.name, called, ms, share, float(chance.choice([0.0, 0.0, 0.4])))

    def truth(self, fault: Fault) -> set[str]:
        """The places that count as the right answer: the service, or an edge to it."""
        if fault.kind == "edge delay":
            called = self.operations[fault.called].service
            return {called, f"{fault.service} → {called}"}
        return {
            fault.service,
            *(f"{caller} → {fault.service}" for caller, called in self.base_gap_ms if called == fault.service),
        }

    def period(
        self,
        seed: int,
        fault: Fault | None = None,
        seconds: float = 60.0,
        rate: float = 4.0,
        mix: tuple[float, ...] | None = None,
        products: tuple[float, float, float] = (0.5, 0.3, 0.2),
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """(spans, logs) of one period."""
        return Period(self, fault or Fault(), np.random.default_rng([self.seed, seed])).run(
            seconds, rate, mix, products
        )


WORDS = (
    *("order", "user", "seat", "route", "price", "food", "basket", "stock", "mail", "search", "rating", "voucher"),
    *("travel", "contact", "account", "cart", "ship", "tax", "offer", "gift"),
)


@dataclass
class Period:
    system: System
    fault: Fault
    chance: np.random.Generator
    rows: list[list] = field(default_factory=list)
    lines: list[tuple] = field(default_factory=list)

    def run(
        self, seconds: float, rate: float, mix: tuple[float, ...] | None, products: tuple[float, float, float]
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        shares = np.array(mix if mix is not None else [share for _, _, share in self.system.pages])
        at = 0.0
        while at < seconds:
            at += float(self.chance.exponential(1 / rate))
            page, name, _ = self.system.pages[int(self.chance.choice(len(shares), p=shares / shares.sum()))]
            self.product = int(self.chance.choice(3, p=np.array(products) / sum(products)))
            self.hit = bool(self.chance.random() < self.fault.share and at >= self.fault.begins * seconds)
            self.items = int(self.chance.integers(1, 5)) + self.product
            self.trace = f"{int(self.chance.integers(0, 2**62)):032x}"
            named = f"GET /{page}" if self.system.routes else "Recv."
            self.serve(self.system.operations[name], "", round(at * SECOND), named)
        spans = pd.DataFrame(self.rows, columns=COLUMNS).astype({"start_ns": "int64", "end_ns": "int64"})
        if not self.system.kinds:
            spans["kind"] = "UNSPECIFIED"
        if not self.system.status:
            spans["status"], spans["status_message"] = "UNSET", ""
        columns = ["time_ns", "service", "severity_number", "body", "trace_id", "span_id"]
        logs = pd.DataFrame(self.lines, columns=columns)
        return spans, logs if self.system.span_ids else logs.assign(span_id="")

    def span(self, parent: str, service: str, name: str, kind: str, start: int, attributes: dict | None = None) -> list:
        own = f"{int(self.chance.integers(0, 2**62)):016x}"
        row = [self.trace, own, parent, service, name, kind, start, start, "UNSET", "", attributes or {}]
        self.rows.append(row)
        return row

    def say(self, row: list, at: int, severity: int, body: str) -> None:
        self.lines.append((at, row[3], severity, body, self.trace, row[1]))

    def work(self, ms: float) -> int:
        late = 50.0 if self.chance.random() < self.system.hiccup else 0.0
        return round((ms * float(self.chance.lognormal(0, self.system.spread)) + late) * 1e6)

    def is_here(self, kind: str, service: str, operation: str = "") -> bool:
        one = self.fault
        return one.kind == kind and self.hit and one.service == service and operation in ("", one.operation)

    def serve(self, operation: Operation, parent: str, start: int, named: str) -> tuple[int, bool, bool]:
        """Run one operation; the answer is its end, whether it failed, and whether its answer is empty."""
        service, fault = operation.service, self.fault
        floor = start // 1_000_000 * 1_000_000 if self.system.whole_ms else start
        root = self.span(parent, service, named, "SERVER", floor)
        inner = self.span(root[1], service, f"{operation.name} handler", "INTERNAL", start + 50_000)
        at = start + 100_000 + self.work(operation.ms / 2)
        at += self.work(2 * operation.ms + fault.ms / 5) if self.is_here("cpu", service) else 0
        self.say(root, at, 9, f"{operation.name} asked for {self.product}")
        items = ", ".join(f"Item(id={k})" for k in range(self.items))
        failed, empty = False, False
        steps = list(operation.steps) * (self.items if operation.each else 1)
        begun = at
        if self.is_here("return", service, operation.name):
            if not self.system.quiet:
                self.say(root, at, 17, f"{operation.name} has nothing to give")
            steps, empty = [], True
        thrown = len(steps) // 2 if self.is_here("exception", service, operation.name) else -1
        for k, (what, name, products) in enumerate(steps):
            if k == thrown:
                break
            if self.product not in products:
                continue
            if what == "call":
                if self.is_here("vanished", service, operation.name) and name == fault.called:
                    continue
                again = 3 if self.is_here("retries", service, operation.name) and name == fault.called else 1
                for _ in range(again):
                    side_by_side = operation.parallel and again == 1
                    end, failed_there, empty_there = self.call(
                        inner, operation, self.system.operations[name], begun if side_by_side else at
                    )
                    at = max(at, end)
                if (failed_there or empty_there) and not self.system.quiet:
                    self.say(root, at, 17, f"{operation.name} got no answer to {name}")
                    failed |= failed_there and self.system.status
                    if failed_there:
                        thrown = k
                        break
            elif what in ("query", "cached"):
                cold = self.is_here("cold cache", service, operation.name)
                if what == "cached" and not cold and self.chance.random() > 0.05:
                    continue
                attributes = {"db.system.name": "mysql"} if self.system.kinds else {}
                row = self.span(inner[1], service, f"SELECT {name}", "CLIENT", at, attributes)
                at += self.work(40.0 if what == "cached" else 1.5)
                if self.is_here("pod delay", service):
                    at += self.work(fault.ms)
                row[7] = at
            else:
                row = self.span(inner[1], service, name, "INTERNAL", at)
                at += self.work(1.0)
                row[7] = at
        if thrown == len(steps) // 2 and self.is_here("exception", service, operation.name):
            failed = not self.system.quiet
            if not self.system.kinds and failed:
                error = self.span(root[1], service, "ErrorController.error", "INTERNAL", at)
                at += 600_000
                error[7] = at
        if self.is_here("error", service, operation.name):
            failed = True
            if not self.system.quiet:
                self.say(root, at, 17, f"{operation.name} cannot be done")
        if operation.complains and not self.system.quiet and self.product == 0 and self.chance.random() < 0.5:
            self.say(root, at, 17, f"{operation.name} found no discount")
        if thrown < 0:
            self.say(root, at, 9, f"{operation.name} done: [{items}]")
            at += self.work(operation.ms / 2)
        inner[7], root[7] = at, at + 100_000
        if failed:
            root[8] = inner[8] = "ERROR"
        return root[7], failed, empty

    def call(self, inner: list, caller: Operation, called: Operation, at: int) -> tuple[int, bool, bool]:
        client = self.span(inner[1], caller.service, f"call {called.name}", "CLIENT", at)
        gap = self.system.base_gap_ms[caller.service, called.service] * float(self.chance.lognormal(0, 0.4))
        if self.is_here("cpu", caller.service) or self.is_here("cpu", called.service):
            gap *= 3.0
        if self.is_here("pod delay", caller.service) or self.is_here("pod delay", called.service):
            gap += self.fault.ms * float(self.chance.uniform(0.9, 1.1))
        on_edge = self.fault.called and self.system.operations[self.fault.called].service == called.service
        if self.is_here("edge delay", caller.service) and on_edge:
            gap += self.fault.ms * float(self.chance.uniform(0.9, 1.1))
        end, failed, empty = self.serve(called, client[1], at + round(gap * 0.5e6), called.name)
        client[7] = end + round(gap * 0.5e6)
        if failed and self.system.status:
            client[8] = "ERROR"
        return client[7], failed, empty
