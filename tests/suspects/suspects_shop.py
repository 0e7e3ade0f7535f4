"""An invented shop for the tests of the suspects: requests of three routes over five services, and what goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

SECOND = 1_000_000_000
ROUTES = {"GET /": ["catalog", "ads", "cart"], "GET /cart": ["cart", "shipping"], "POST /order": ["cart", "payment"]}
WORK_MS = {"catalog": 8.0, "ads": 3.0, "cart": 4.0, "shipping": 6.0, "payment": 12.0, "frontend": 5.0}
ROWS = [
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
    "host",
    "attributes",
    "events",
    "links",
]


@dataclass
class Shop:
    """`slow(service, chance)`, `gap(caller, called)` and the like answer for each call; the defaults are healthy."""

    seed: int = 1
    seconds: int = 60
    rate: float = 5.0
    slow_ms: Callable[[str, np.random.Generator], float] = lambda service, chance: 0.0
    gap_ms: Callable[[str, str, np.random.Generator], float] = lambda caller, called, chance: 0.0
    fails: Callable[[str, np.random.Generator], bool] = lambda service, chance: False
    times: Callable[[str, str], int] = lambda route, called: 1
    optional: tuple[str, ...] = ()
    mail_s: float = 0.4
    pace: Callable[[float], float] = lambda second: 1.0  # everything takes this many times as long
    rows: list[tuple] = field(default_factory=list)

    def spans(self) -> pd.DataFrame:
        self.chance = np.random.default_rng(self.seed)
        at = 0.0
        while at < self.seconds:
            at += float(self.chance.exponential(1 / self.rate))
            self.request(round(at * SECOND), str(self.chance.choice(list(ROUTES), p=[0.6, 0.25, 0.15])))
        frame = pd.DataFrame(self.rows, columns=ROWS).astype({"start_ns": "int64", "end_ns": "int64"})
        return frame.assign(duration_ms=(frame["end_ns"] - frame["start_ns"]) / 1e6)

    def span(self, trace: str, parent: str, service: str, name: str, kind: str, peer: str = "") -> list:
        span_id = f"{len(self.rows):016x}"
        attributes = {"db.system.name": peer} if peer == "sqlite" else {"server.address": peer} if peer else {}
        row = [trace, span_id, parent, service, name, kind, 0, 0, "UNSET", "", f"on-{service}", attributes, [], []]
        self.rows.append(row)
        return row

    def work(self, service: str, start: int) -> int:
        ms = WORK_MS[service] * self.chance.lognormal(0, 0.5) * self.pace(start / SECOND)
        return round((ms + self.slow_ms(service, self.chance)) * 1e6)

    def request(self, start: int, route: str) -> None:
        trace = f"{self.seed:016x}{start:016x}"
        root = self.span(trace, "", "outside", route, "CLIENT", "frontend")
        web = self.span(trace, root[1], "frontend", route, "SERVER")
        end, failed = start + 1_000_000 + self.work("frontend", start), False
        for called in ROUTES[route]:
            for _ in range(self.times(route, called)):
                end, failed_there = self.call(trace, web, called, end)
                failed |= failed_there and called not in self.optional
        if route == "POST /order" and not failed:
            self.mail(trace, web, end)
        for row, lead in ((root, 0), (web, 500_000)):
            row[6], row[7], row[8] = start + lead, end + 1_000_000 - lead, "ERROR" if failed else "UNSET"

    def call(self, trace: str, web: list, called: str, start: int) -> tuple[int, bool]:
        client = self.span(trace, web[1], "frontend", f"GET /{called}", "CLIENT", called)
        server = self.span(trace, client[1], called, f"GET /{called}", "SERVER")
        gap = round((1 + self.gap_ms("frontend", called, self.chance)) * 5e5)
        took = self.work(called, start)
        failed = self.fails(called, self.chance)
        for row, lead in ((client, 0), (server, gap)):
            row[6], row[7], row[8] = start + lead, start + took + 2 * gap - lead, "ERROR" if failed else "UNSET"
        server[9] = "ValueError: no" if failed else ""
        for k in range(self.times(f"GET /{called}", "sqlite")):
            query = self.span(trace, server[1], called, f"SELECT {called}", "CLIENT", "sqlite")
            query[6] = server[6] + k * took // self.times(f"GET /{called}", "sqlite")
            query[7] = query[6] + 100_000
        return client[7], failed

    def mail(self, trace: str, web: list, at: int) -> None:
        send = self.span(trace, web[1], "frontend", "send outbox", "PRODUCER")
        send[6], send[7] = at, at + 200_000
        took = self.span(trace[:-1] + "m", "", "email", "process outbox", "CONSUMER")
        took[6] = at + round(self.mail_s * SECOND * self.chance.uniform(0.5, 1.5))
        took[7], took[13] = took[6] + 5_000_000, [{"trace_id": trace, "span_id": send[1], "attributes": {}}]
