"""The card beside a recording, in public words, and the private one that says what was really done."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime

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
    """What is known about a recording when it is done."""

    name: str
    seed: int
    seconds: float
    rate: float
    started_ns: int
    versions: dict[str, str]
    counts: dict[str, int]
    sums: dict[str, str]


def public_card(scenario: Scenario, facts: Facts) -> str:
    """card.toml: symptoms, load, versions, counts, checksums, units, quirks, licence."""
    started = datetime.fromtimestamp(facts.started_ns / 1e9, UTC)
    lines = [
        f"name = {_text(facts.name)}",
        f"title = {_text(scenario.title)}",
        f"symptoms = {_text(scenario.symptoms)}",
        f"recorded = {started.isoformat(timespec='seconds').replace('+00:00', 'Z')}",
        f"started_ns = {facts.started_ns}",
        f"seconds = {facts.seconds:g}",
        f"seed = {facts.seed}",
        'licence = "CC0-1.0"',
        "arranged = " + toml_list([*ARRANGED, *scenario.arranged]),
        "quirks = " + toml_list([*QUIRKS, *scenario.quirks]),
        *toml_table(
            "load", {"arrivals": ARRIVALS[scenario.load], "requests_a_second": facts.rate, "gives_up_after_s": 10}
        ),
        *toml_table("counts", facts.counts),
        *toml_table("versions_at_start", facts.versions),
        *toml_table("hosts", Roster.read().hosts),
        *toml_table("units", UNITS),
        *toml_table("sha256", facts.sums),
    ]
    return "\n".join(lines) + "\n"


def private_card(scenario: Scenario, facts: Facts, steps: list[tuple[int, Step]]) -> str:
    """private.toml: cause, service, mechanism, evidence, onset, what it hurts, and every step with its time."""
    told = scenario.told(facts.seed)
    lines = [f"scenario = {_text(scenario.name)}", f"seed = {facts.seed}"]
    for field in ("cause", "service", "mechanism", "evidence", "hurts", "decoy"):
        lines.append(f"{field} = {_text(getattr(told, field))}")
    if told.onset_step is not None:
        onset = steps[told.onset_step][0]
        lines += [f"onset_ns = {onset}", f"onset_s = {(onset - facts.started_ns) / 1e9:.2f}"]
    for time_ns, step in steps:
        lines += ["", "[[steps]]", f"time_ns = {time_ns}", f"at_s = {(time_ns - facts.started_ns) / 1e9:.2f}"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in vars(step).items() if key != "at" and value]
    return "\n".join(lines) + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)  # a JSON string is a TOML string


def toml_list(values: list[str]) -> str:
    return "[\n" + "".join(f"  {_text(value)},\n" for value in values) + "]"


def toml_table(name: str, entries: dict[str, object] | dict[str, str] | dict[str, int]) -> list[str]:
    rows = [f"{_text(key)} = {_text(value) if isinstance(value, str) else value}" for key, value in entries.items()]
    return ["", f"[{name}]", *rows]
