"""The card of a recording, in public words, and the private one that says what was really done."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

import watchkeeper.shop
from watchkeeper.shop.load import USERS
from watchkeeper.shop.roster import Roster
from watchkeeper.staff.recorder.scenarios import Scenario, Step

UNITS = {
    "time_ns": "nanoseconds since 1970-01-01 UTC",
    "span times": "nanoseconds since 1970-01-01 UTC",
    "http.server.request.duration": "s",
    "http.client.request.duration": "s",
    "process.cpu.time": "s",
    "process.memory.usage": "By",
    "shop.store.size": "By",
    "shop.outbox.waiting": "{message}",
    "shop.request.errors": "{request}",
}
ARRANGED = ["host.name: all processes shared one machine, the names say how they would be laid out"]
ARRIVALS = {
    "shoppers": "open loop: nobody waits for an answer before the next arrives",
    "open": f"open loop: a request every so often, in the names of {USERS} users in turn; nobody waits for an answer",
    "closed": f"closed loop: {USERS} users in turn, each waits for an answer before asking again",
}
QUIRKS = [
    "The name is a label: the time stamps are those of the day it was recorded.",
    "The first requests meet a shop that has just started, and take longer.",
    "A server span can end a little after the client span that waits for it, because it lasts until the last byte.",
    "server.address of a client span is the service's name; of a server span it is the loopback address and holds the "
    "port.",
    'db.operation.name repeats the span\'s name ("SELECT cart.db"), not just the verb.',
    'exception.escaped is text ("False"), not a boolean.',
    "Telemetry is written within the request, span by span, which costs every span a few tenths of a millisecond.",
    "Metrics are cumulative from the start of each process, exported every 5 s; a new process starts at zero.",
]


@dataclass(frozen=True)
class Facts:
    """Everything about a finished recording that its cards say."""

    name: str
    seed: int
    seconds: float
    rate: float
    started_ns: int
    versions: dict[str, str]
    counts: dict[str, int]
    sums: dict[str, str]


def public_card(scenario: Scenario, facts: Facts) -> str:
    """card.toml: symptoms, load, versions, counts, checksums, units, quirks, license, and which shop it was."""
    return tomli_w.dumps(
        {
            "name": facts.name,
            "title": scenario.title,
            "symptoms": scenario.symptoms,
            "recorded": datetime.fromtimestamp(facts.started_ns // 10**9, UTC),
            "started_ns": facts.started_ns,
            "seconds": int(facts.seconds) if facts.seconds % 1 == 0 else facts.seconds,
            "seed": facts.seed,
            "licence": "CC0-1.0",
            "shop_sha256": shop_digest(),
            "arranged": [*ARRANGED, *scenario.arranged],
            "quirks": [*QUIRKS, *scenario.quirks],
            "load": {"arrivals": ARRIVALS[scenario.load], "requests_a_second": facts.rate, "gives_up_after_s": 10},
            "counts": facts.counts,
            "versions_at_start": facts.versions,
            "hosts": Roster.read().hosts,
            "units": UNITS,
            "sha256": facts.sums,
        }
    )


def private_card(scenario: Scenario, facts: Facts, steps: list[tuple[int, Step]]) -> str:
    """private.toml: cause, service, mechanism, evidence, onset, what it hurts, and every step with its time."""
    told = scenario.told(facts.seed)
    card: dict[str, Any] = {"scenario": scenario.name, "seed": facts.seed}
    card |= {field: getattr(told, field) for field in ("cause", "service", "mechanism", "evidence", "hurts", "decoy")}
    if told.onset_step is not None:
        onset_ns = steps[told.onset_step][0]
        card |= {"onset_ns": onset_ns, "onset_s": seconds_between(facts.started_ns, onset_ns)}
    done = [
        {"time_ns": time_ns, "at_s": seconds_between(facts.started_ns, time_ns)}
        | {key: value for key, value in vars(step).items() if key != "at" and value}
        for time_ns, step in steps
    ]
    return tomli_w.dumps(card | ({"steps": done} if done else {}))


def seconds_between(start_ns: int, end_ns: int) -> float:
    """Rounded to hundredths."""
    return round((end_ns - start_ns) / 1e9, 2)


def shop_digest() -> str:
    """A SHA-256 of everything in the shop's room that can change a recording: its code, templates and releases.

    The releases in `staff/` are not part of it: a version of theirs that has been recorded never changes.
    """
    room = Path(watchkeeper.shop.__file__).parent
    found = sorted(path for kind in ("py", "html", "toml") for path in room.rglob(f"*.{kind}"))
    whole = hashlib.sha256()
    for path in found:
        whole.update(f"{path.relative_to(room).as_posix()}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()
