"""Three weeks of metrics, composed of recorded minutes: rules over hours and days need more than can be recorded.

Each minute of the series takes a recorded minute of the frontend, good or bad, and keeps as many of its requests as
that time of day brings. Only metrics: one histogram point per minute and status code, delta temporality.
"""

from __future__ import annotations

import hashlib
import math
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w

from watchkeeper.errors import RecordingError
from watchkeeper.recording import Recording
from watchkeeper.staff.recorder.merge import write_compressed
from watchkeeper.staff.recorder.record import refuse_existing
from watchkeeper.staff.recorder.scenarios import SCENARIOS

NAME = "three-weeks"
SCOPE = "watchkeeper.shop.compose"  # a name in the data, not the path of this module
DAYS = 21
MINUTES = DAYS * 24 * 60
MINUTE_NS = 60_000_000_000
FIRST_NS = 1_793_577_600_000_000_000  # Monday 2026-11-02 00:00 UTC
BUSIEST = 150.0  # requests in a minute at the best time of the week
STRAY = 0.0002  # share of requests that fail without an incident: there are always a few
BOUNDS = np.array([0.01, 0.02, 0.035, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0])
OUTAGE, DRIP, BLIPS = "carts-complaint", "saturday-orders", "sunday-night"
HEALTHY = "monday-morning"


@dataclass(frozen=True)
class Incident:
    """Minutes of the series in which `share` of the requests come from a bad recording."""

    shape: str
    source: str
    minutes: np.ndarray
    share: float


@dataclass(frozen=True)
class Requests:
    """The frontend's requests of one recording, in order: second from the start, duration in s, status code."""

    second: np.ndarray
    duration_s: np.ndarray
    code: np.ndarray

    def of(self, chosen: np.ndarray) -> Requests:
        return Requests(self.second[chosen], self.duration_s[chosen], self.code[chosen])


def compose(seed: int, out: Path, datasets: Path, private: bool = False, replace: bool = False) -> Path:
    """Write the series into `out/three-weeks` from the recordings in `datasets` and return that folder.

    Raises `RecordingError` if a recording is missing, and `WatchkeeperError` if there is something of that name that is
    not a recording, or that must not be replaced.
    """
    refuse_existing(out / NAME, replace)
    chance = np.random.default_rng(seed)
    happened = incidents(seed)
    refuse_missing(datasets, sorted({HEALTHY, *(one.source for one in happened)}))
    pools = {name: pages(datasets / name) for name in {HEALTHY, *(one.source for one in happened)}}
    minutes = list(series(chance, pools, happened))
    out.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{NAME}.", dir=out))
    partial.chmod(0o755)
    try:
        sums = {"metrics.jsonl.gz": write_compressed(partial / "metrics.jsonl.gz", exports(minutes), partial)}
        (partial / "deploys.jsonl").write_text("", encoding="utf-8")
        sums["deploys.jsonl"] = hashlib.sha256(b"").hexdigest()
        (partial / "card.toml").write_text(public_card(seed, minutes, sums), encoding="utf-8")
        if private:
            (partial / "private.toml").write_text(private_card(seed, happened), encoding="utf-8")
        shutil.rmtree(out / NAME, ignore_errors=True)
        return partial.rename(out / NAME)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def refuse_missing(datasets: Path, names: Sequence[str]) -> None:
    """Raise RecordingError with the recordings that the series needs and that are not in this folder."""
    missing = [name for name in names if not (datasets / name / "card.toml").is_file()]
    if missing:
        scenarios = {one.recording: one.name for one in SCENARIOS.values()}
        raise RecordingError(
            f"{datasets} lacks {', '.join(missing)}, and the series is composed of {', '.join(names)}. Record what is "
            f'missing, for example: watchkeeper record {scenarios[missing[0]]} --seed 1 --out "{datasets}"'
        )


def pages(folder: Path) -> Requests:
    """The frontend's responses within 10 s in a recording, without the redirects of POST /cart."""
    recording = Recording.open(folder)
    spans = recording.spans
    spans = spans[(spans.service == "frontend") & (spans.kind == "SERVER")].sort_values("start_ns")
    code = spans.attributes.map(lambda attributes: int(attributes.get("http.response.status_code", 0)))
    kept = (code.isin([200, 500])) & (spans.duration_ms < 10_000)
    second = (spans.start_ns - recording.card["started_ns"]) / 1e9
    return Requests(second[kept].to_numpy(), spans.duration_ms[kept].to_numpy() / 1e3, code[kept].to_numpy())


def incidents(seed: int) -> list[Incident]:
    """Three incidents of different shape, on days that follow from the seed: short and sharp, slow, on and off."""
    chance = np.random.default_rng([seed, 21])
    days = chance.permutation([2, 8, 15]) + chance.integers(0, 4, 3)
    at = days * 1440 + chance.integers((10 * 60, 6 * 60, 13 * 60), (16 * 60, 9 * 60, 16 * 60))
    sharp = at[0] + np.arange(chance.integers(14, 23))
    drip = at[1] + np.arange(chance.integers(24, 33) * 60)
    starts = at[2] + np.cumsum(chance.integers(14, 34, 13))
    blips = np.concatenate([start + np.arange(chance.integers(1, 4)) for start in starts])
    return [
        Incident("short and sharp: an outage of minutes", OUTAGE, sharp, 1.0),
        Incident("slow: a little of the budget every hour, for more than a day", DRIP, drip, 0.08),
        Incident("on and off: blips of one to three minutes over some hours", BLIPS, blips, 0.35),
    ]


def traffic(minute: int) -> float:
    """The expected requests in a minute of the series: few at night, most in the evening, fewer on weekends."""
    hour, day = minute / 60 % 24, minute // 1440 % 7
    noon, evening = math.exp(-(((hour - 12.5) / 2.8) ** 2)), math.exp(-(((hour - 19.5) / 2.2) ** 2))
    return BUSIEST * (0.06 + 0.62 * noon + 0.9 * evening) * (0.75 if day >= 5 else 1.0)


def series(chance: np.random.Generator, pools: dict[str, Requests], happened: list[Incident]) -> Iterator[Requests]:
    """The requests of each minute, in order."""
    healthy = stretches(pools[HEALTHY], bad=False)
    bad = {one.source: stretches(pools[one.source], bad=True) for one in happened}
    during = {int(minute): one for one in happened for minute in one.minutes}
    failing = pools[OUTAGE].of(pools[OUTAGE].code >= 500)
    for minute in range(MINUTES):
        wanted = chance.poisson(traffic(minute))
        incident = during.get(minute)
        some = chance.binomial(wanted, incident.share) if incident else 0
        strays = chance.binomial(wanted - some, STRAY)
        parts = [thinned(chance, healthy, wanted - some - strays)]
        if incident and some:
            parts.append(thinned(chance, bad[incident.source], some))
        if strays:
            parts.append(failing.of(chance.integers(0, len(failing.code), strays)))
        yield Requests(*(np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])))


def stretches(requests: Requests, bad: bool) -> list[Requests]:
    """Every minute of a recording that begins on a full second of its good time, or of the time in which pages fail.

    The first ten seconds are left out, because the shop has just started.
    """
    failed = requests.second[requests.code >= 500]
    first, last = (failed.min(), failed.max()) if bad else (10.0, requests.second.max())
    span = min(60.0, last - first)
    starts = np.arange(first, max(last - span, first) + 1.0)
    return [requests.of((requests.second >= start) & (requests.second < start + span)) for start in starts]


def thinned(chance: np.random.Generator, minutes: list[Requests], wanted: int) -> Requests:
    """As many requests as wanted of one recorded minute, each at most once unless it has too few."""
    minute = minutes[chance.integers(len(minutes))]
    return minute.of(chance.choice(len(minute.code), wanted, replace=wanted > len(minute.code)))


def exports(minutes: list[Requests]) -> Iterator[dict[str, Any]]:
    """OTLP metrics, one export per hour: one histogram point per minute and status code that occurred."""
    resource = [("service.name", "frontend"), ("service.instance.id", "frontend-1"), ("host.name", "shop-1")]
    for first in range(0, len(minutes), 60):
        points = [
            point
            for minute in range(first, min(first + 60, len(minutes)))
            for point in points_of(minute, minutes[minute])
        ]
        metric = {
            "name": "http.server.request.duration",
            "unit": "s",
            "description": "Duration of HTTP server requests.",
            "histogram": {"dataPoints": points, "aggregationTemporality": 1},
        }
        yield {
            "resourceMetrics": [
                {
                    "resource": {
                        "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in resource]
                    },
                    "scopeMetrics": [{"scope": {"name": SCOPE}, "metrics": [metric]}],
                }
            ]
        }


def points_of(minute: int, requests: Requests) -> Iterator[dict[str, Any]]:
    """The histogram points of one minute."""
    for code in np.unique(requests.code):
        durations = requests.duration_s[requests.code == code]
        # A bucket holds its upper bound: side="left" puts a value equal to a bound below it.
        counts = np.bincount(np.searchsorted(BOUNDS, durations, side="left"), minlength=len(BOUNDS) + 1)
        yield {
            "attributes": [{"key": "http.response.status_code", "value": {"intValue": str(code)}}],
            "startTimeUnixNano": str(FIRST_NS + minute * MINUTE_NS),
            "timeUnixNano": str(FIRST_NS + (minute + 1) * MINUTE_NS),
            "count": str(len(durations)),
            "sum": round(float(durations.sum()), 3),
            "bucketCounts": [str(count) for count in counts],
            "explicitBounds": BOUNDS.tolist(),
        }


def public_card(seed: int, minutes: list[Requests], sums: dict[str, str]) -> str:
    """card.toml: what it is, and that it was composed."""
    return tomli_w.dumps(
        {
            "name": NAME,
            "title": "Three weeks",
            "symptoms": "Three weeks of the frontend, minute by minute. How much of the error budget is left, and who "
            "should have been woken when?",
            "kind": "composed",
            "started_ns": FIRST_NS,
            "seconds": MINUTES * 60,
            "seed": seed,
            "licence": "CC0-1.0",
            "arranged": [
                "composed: every minute is made of requests that were recorded in another; nobody watched for three "
                "weeks",
                "time stamps, the shape of the days and the incidents were arranged; the durations and the failures of "
                "requests are recorded ones",
            ],
            "quirks": [
                "Metrics only: there are no traces and no logs of these weeks.",
                "Delta temporality: each point holds one minute, and a status code without requests has no point.",
                "The redirects of POST /cart are not counted.",
            ],
            "counts": {
                "requests": sum(len(one.code) for one in minutes),
                "metric_points": sum(len(np.unique(one.code)) for one in minutes),
            },
            "units": {"http.server.request.duration": "s"},
            "sha256": sums,
        }
    )


def private_card(seed: int, happened: list[Incident]) -> str:
    """private.toml: the incidents, by minute of the series."""
    in_order = sorted(happened, key=lambda one: one.minutes[0])
    return tomli_w.dumps(
        {
            "scenario": NAME,
            "seed": seed,
            "incidents": [
                {
                    "shape": one.shape,
                    "source": one.source,
                    "first_minute": int(one.minutes[0]),
                    "last_minute": int(one.minutes[-1]),
                    "minutes": len(one.minutes),
                    "share": one.share,
                }
                for one in in_order
            ],
        }
    )
