"""The recorder: runs the shop under a seeded load, carries out the scenario's steps, and keeps the telemetry.

All or nothing: the recording is put together in a hidden folder next to its destination and moved there at the end.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from watchkeeper.errors import ShopError, WatchkeeperError
from watchkeeper.otlp import LOGS, METRICS, SIGNALS, TRACES
from watchkeeper.shop.control import DEFAULT_STORE, Shop, wait_until
from watchkeeper.shop.roster import LOAD
from watchkeeper.shop.shoppers import GIVE_UP_SECONDS
from watchkeeper.staff.errors import RecordingSpoilt
from watchkeeper.staff.recorder import VERSIONS, card
from watchkeeper.staff.recorder.merge import exports, grouped, metric_exports, points, scrub, write_compressed
from watchkeeper.staff.recorder.scenarios import Scenario, Step, scenario
from watchkeeper.words import count as counted
from watchkeeper.words import percent

DRAIN_SECONDS = 3.0
TOO_BUSY = 0.85  # share of the time of all cores; a recording alone takes about a quarter of two
SPENT = ("user", "nice", "system", "irq", "softirq", "steal")  # "guest" is part of "user"


@dataclass(frozen=True)
class Order:
    """What to record, and how."""

    scenario: Scenario
    seed: int
    name: str
    public: bool
    seconds: float
    rate: float
    store_url: str = DEFAULT_STORE


@dataclass(frozen=True)
class Done:
    """What happened while it was recorded."""

    started_ns: int
    steps: list[tuple[int, Step]]
    versions: dict[str, str]


def record(
    name: str,
    seed: int,
    out: Path,
    recording: str = "",
    public: bool = True,
    seconds: float | None = None,
    rate: float | None = None,
    store_url: str = DEFAULT_STORE,
    replace: bool = False,
) -> Path:
    """Record one scenario into `out/<recording>` and return that folder.

    A recording of that name that is there already is an error, unless it is to be replaced. `seconds` is how long
    shoppers arrive, `rate` is in requests per second; both are the scenario's by default.
    Raises `UnknownScenario`, `ShopError`, and `RecordingSpoilt` when the machine was too busy, when a span was lost or
    when a path of this machine would get in.
    """
    chosen = scenario(name)
    order = Order(
        chosen, seed, recording or chosen.recording, public, seconds or chosen.seconds, rate or chosen.rate, store_url
    )
    out.mkdir(parents=True, exist_ok=True)
    target = out / order.name
    refuse_existing(target, replace)
    machine = Busy.now()
    partial = out / f".{order.name}.{secrets.token_hex(4)}"
    try:  # before the folder is made, so that no interruption leaves it behind
        partial.mkdir()
        setup = dataclasses.replace(chosen.setup(seed), releases=(str(VERSIONS),))
        with Shop.start(store_url=store_url, setup=setup) as shop:
            done = run(shop, order)
            shop.close()
            keep(shop.folder, order, done, partial)
        if target.exists():
            shutil.rmtree(target)
        partial.rename(target)
    except RecordingSpoilt as error:
        raise RecordingSpoilt(f"{error} {machine.said()}") from None
    except ShopError as error:
        if machine.share(Busy.now()) <= TOO_BUSY:
            raise
        raise RecordingSpoilt(f"{error} {machine.said()}") from None
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def refuse_existing(target: Path, replace: bool) -> None:
    """Raise WatchkeeperError if a folder is there that must not be replaced."""
    if not target.exists():
        return
    if not (target / "card.toml").exists():
        raise WatchkeeperError(f"{target} exists and is not a recording. Choose another name with --name.")
    if not replace:
        raise WatchkeeperError(
            f"{target} is there already, so nothing was recorded. To replace it, add --replace; or give the new one "
            "another name with --name."
        )


@dataclass(frozen=True)
class Busy:
    """The processor time that this machine had spent at one moment, in seconds: on everything, and on nothing."""

    spent: float
    idle: float

    @classmethod
    def now(cls) -> Busy:
        times = psutil.cpu_times()
        return cls(sum(getattr(times, name, 0.0) for name in SPENT), times.idle + getattr(times, "iowait", 0.0))

    def share(self, now: Busy) -> float:
        """Which share of the time from then until `now` all cores were busy, 0 to 1."""
        passed = (now.spent - self.spent) + (now.idle - self.idle)
        return (now.spent - self.spent) / passed if passed > 0 else 0.0

    def said(self) -> str:
        """How busy the machine has been since then, and what to do about it."""
        share, cores = self.share(Busy.now()), counted(os.cpu_count() or 1, "core")
        waiting = psutil.getloadavg()[0]
        measured = (
            f"Meanwhile its {cores} were {percent(share, 0)} busy, with {waiting:.1f} processes running or waiting."
        )
        if share > TOO_BUSY:
            return (
                f"This machine was too busy to record. {measured} Close other programs, or record on another machine; "
                "in a virtual machine, give it a second core."
            )
        return (
            f"The machine was not too busy. {measured} Try again; if it happens again, report it with these sentences."
        )


def run(shop: Shop, order: Order) -> Done:
    """Load the shop and carry out the steps, each at its time; returns once all responses are in."""
    versions = {name: one["version"] for name, one in shop.status()["services"].items()}
    waiting = order.scenario.timetable(order.seed, order.seconds)
    done: list[tuple[int, Step]] = []
    started_ns, start = time.time_ns(), time.monotonic()
    shop.load(order.seed, order.seconds, order.rate, order.scenario.busier, order.scenario.load)
    with progress(f"{order.name}, seed {order.seed}", order.seconds) as show:
        while (elapsed := time.monotonic() - start) < order.seconds:
            while waiting and waiting[0][0] <= elapsed:
                step = waiting.pop(0)[1]
                done.append((time.time_ns(), step))
                carry_out(shop, step)
            show(elapsed)
            time.sleep(0.05)
    if not wait_until(lambda: not shop.load_runs(), GIVE_UP_SECONDS + 5):
        raise RecordingSpoilt(
            f"{GIVE_UP_SECONDS + 5:.0f} s after the last shopper arrived, the shop was still working on requests that "
            f"shoppers give up after {GIVE_UP_SECONDS:.0f} s. Nothing was kept."
        )
    for service, one in shop.status()["services"].items():
        if one["frozen"]:
            shop.thaw(service)
    time.sleep(DRAIN_SECONDS)  # late responses, and the emails of the last orders
    return Done(started_ns, done, versions)


def carry_out(shop: Shop, step: Step) -> None:
    """Carry out one step on the shop."""
    if step.do == "deploy":
        shop.deploy(step.service, step.version)
    elif step.do == "restart":
        shop.restart(step.service, step.version)
    elif step.do == "delay":
        shop.delay(step.service, step.called, step.ms)
    else:
        getattr(shop, step.do)(step.service)


def keep(run_folder: Path, order: Order, done: Done, folder: Path) -> None:
    """Write the recording's files into `folder`."""
    telemetry = run_folder / "telemetry"
    check_complete(telemetry)
    sums = {}
    for signal in SIGNALS:
        path = folder / f"{signal.name}.jsonl.gz"
        found = grouped(telemetry, signal, order.public) if signal.time else metric_exports(telemetry)
        sums[path.name] = write_compressed(path, found, run_folder)
    deploys = run_folder / "deploys.jsonl"
    text = scrub(deploys.read_text("utf-8"), run_folder) if deploys.exists() else ""
    (folder / "deploys.jsonl").write_text(text, encoding="utf-8")
    sums["deploys.jsonl"] = hashlib.sha256(text.encode()).hexdigest()
    counts = count(telemetry)
    facts = card.Facts(order.name, order.seed, order.seconds, order.rate, done.started_ns, done.versions, counts, sums)
    (folder / "card.toml").write_text(card.public_card(order.scenario, facts), encoding="utf-8")
    if not order.public:
        (folder / "private.toml").write_text(card.private_card(order.scenario, facts, done.steps), encoding="utf-8")


def check_complete(telemetry: Path) -> None:
    """Raise `RecordingSpoilt` unless every span that was started was ended and written, in every process."""
    for path in sorted(telemetry.glob("*.traces.jsonl")):
        counts = path.with_name(path.name.replace(".traces.jsonl", ".counts.json"))
        instance = path.name.removesuffix(".traces.jsonl")
        if not counts.exists():
            raise RecordingSpoilt(f"{instance} did not end in order, so spans may be missing. Nothing is kept.")
        said = json.loads(counts.read_text("utf-8"))
        with path.open(encoding="utf-8") as lines:
            written = sum(1 for _ in lines)
        if not said["started"] == said["ended"] == written:
            raise RecordingSpoilt(
                f"{instance} started {said['started']} spans, ended {said['ended']}, wrote {written}. Nothing is kept."
            )


def count(telemetry: Path) -> dict[str, int]:
    """The numbers of requests, traces, spans, log records and metric points."""
    traces: set[str] = set()
    spans = 0
    # Not from spans or metrics: most spans may be left out, and the metric leaves out requests that were given up.
    said = [json.loads(path.read_text("utf-8")) for path in telemetry.glob(f"{LOAD}-*.counts.json")]
    for resource in (one for export in exports(telemetry, TRACES) for one in export[TRACES.key]):
        ours = [span for scope in resource[TRACES.scopes] for span in scope[TRACES.records]]
        spans += len(ours)
        traces.update(span["traceId"] for span in ours)
    logs = sum(
        len(scope[LOGS.records])
        for export in exports(telemetry, LOGS)
        for one in export[LOGS.key]
        for scope in one[LOGS.scopes]
    )
    return {
        "requests": sum(one["requests"] for one in said),
        "traces": len(traces),
        "spans": spans,
        "log_records": logs,
        "metric_points": sum(_length(points(export)) for export in exports(telemetry, METRICS)),
    }


def _length(things: Iterable[Any]) -> int:
    return sum(1 for _ in things)


@contextmanager
def progress(title: str, seconds: float) -> Iterator[Callable[[float], None]]:
    """A progress bar over that many seconds; yields a function that takes the seconds so far."""
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn()) as bar:
        task = bar.add_task(title, total=seconds)
        yield lambda elapsed: bar.update(task, completed=elapsed)
        bar.update(task, completed=seconds)
