"""The timeline of an incident from three signals and the deploys: what changed, where, from when and until when.

The first `lead_in_s` seconds define what is usual. Later periods of one, two, four or eight windows are compared with
them: records by template, failures and traces by service per trace that began, slow spans per span of the service, and
traces per second. An event needs a factor of two, and must pass the exact binomial test at 0.01 over all comparisons of
one kind (Bonferroni). A gauge must leave the lead-in's range by half of its highest value, plus twice the change that
the lead-in would make if it continued. Anything that happens during the lead-in counts as usual, and bursts of requests
may go unnoticed.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import LogError
from ..otlp import in_nanoseconds
from ..recording import Recording
from ..traces import Forest, peers
from .columns import UNTIMED
from .counts import binomial_p
from .templates import templates

COLUMNS = ["time_ns", "until_ns", "signal", "service", "what", "count"]
ALPHA, FACTOR, SCALES = 0.01, 2.0, (1, 2, 4, 8)
MOST_WINDOWS = 100_000
Event = tuple[int, int, str, str, str, int]


@dataclass(frozen=True)
class _Clock:
    """The windows of the whole time; the first `lead` of them are the lead-in."""

    begin: int
    width: int
    windows: int
    lead: int

    def window(self, time_ns: Any) -> np.ndarray:
        return (np.asarray(time_ns, dtype=np.int64) - self.begin) // self.width

    def start(self, window: int) -> int:
        return self.begin + window * self.width


def timeline(
    recording: Recording | None = None,
    *,
    spans: pd.DataFrame | None = None,
    logs: pd.DataFrame | None = None,
    metrics: pd.DataFrame | None = None,
    deploys: pd.DataFrame | None = None,
    seconds: float = 5.0,
    lead_in_s: float = 30.0,
) -> pd.DataFrame:
    """One row per event, in time order: time_ns, until_ns, signal, service, what (in words), count.

    Pass a recording, or the frames that you have. Signals: "deploy"; "log" (a template that is new, or much more or
    less frequent than in the lead-in); "trace" (spans that failed by themselves, slow spans, traces of a service, all
    traces); "metric" (a gauge outside its range, counters that restart). An event with more than usual begins with the
    record or span where they become dense; an event with less begins with a window of `seconds`. until_ns is the last
    such record or span, or the window's end. `count` is the number of records, spans or traces in the event. Raises
    `LogError` if nothing is longer than the lead-in, because then there is nothing to compare, and for windows without
    length or more than 100,000 of them.
    """
    if recording is not None:
        spans, logs, metrics, deploys = (
            given if given is not None else getattr(recording, name)
            for name, given in (("spans", spans), ("logs", logs), ("metrics", metrics), ("deploys", deploys))
        )
    spans, logs, metrics, deploys = (
        None if frame is None else in_nanoseconds(frame) for frame in (spans, logs, metrics, deploys)
    )
    clock = _clock([(spans, "start_ns"), (logs, "time_ns"), (metrics, "time_ns")], seconds, lead_in_s)
    events: list[Event] = []
    if deploys is not None and len(deploys):
        columns = (deploys[name].tolist() for name in ("time_ns", "service", "from", "to"))
        events += [(at, at, "deploy", who, f"{old} → {new}", 1) for at, who, old, new in zip(*columns, strict=True)]
    traces = _traces(spans, "start_ns", clock)
    if logs is not None and len(logs):
        # Logs are complete even if traces are sampled, so the logs' own trace ids count the requests better.
        requests = _traces(logs, "time_ns", clock) if "trace_id" in logs.columns else None
        events += _from_logs(logs, clock, traces if requests is None else requests)
    if spans is not None and len(spans) and traces is not None:
        events += _from_spans(spans, clock, traces)
    if metrics is not None and len(metrics):
        events += _from_metrics(metrics, clock)
    table = pd.DataFrame(events, columns=COLUMNS)
    return table.sort_values(["time_ns", "signal", "service", "what"], kind="stable", ignore_index=True)


def _clock(signals: list[tuple[pd.DataFrame | None, str]], seconds: float, lead_in_s: float) -> _Clock:
    times = [frame[column] for frame, column in signals if frame is not None and len(frame)]
    if not 1e-9 <= seconds < math.inf:
        raise LogError(f"a window of {seconds} s has no length; give a positive number of seconds")
    if not times:
        raise LogError("there are no spans, log records or metric points; a timeline needs at least one of them")
    begin, end = min(int(time.min()) for time in times), max(int(time.max()) for time in times)
    width = int(seconds * 1e9)
    windows, lead = (end - begin) // width + 1, max(1, round(lead_in_s / seconds))
    if windows > MOST_WINDOWS:
        hint = UNTIMED if begin == 0 else ""
        raise LogError(f"{windows:,} windows of {seconds:g} s are too many; give longer windows{hint}")
    if windows <= lead:
        raise LogError(f"{(end - begin) / 1e9:.0f} s is not longer than the lead-in, {lead_in_s:g} s; shorten it")
    return _Clock(begin, width, windows, lead)


def _traces(frame: pd.DataFrame | None, column: str, clock: _Clock) -> np.ndarray | None:
    """How many traces first appear in each window; None if no row has a trace."""
    known = frame[frame["trace_id"] != ""] if frame is not None else None
    if known is None or not len(known):
        return None
    return _per_window(known.groupby("trace_id")[column].min().to_numpy(), clock)


def _from_logs(logs: pd.DataFrame, clock: _Clock, traces: np.ndarray | None) -> Iterator[Event]:
    text = templates(logs["body"])["template"].to_numpy(dtype=object)
    keyed = pd.DataFrame({"service": logs["service"].to_numpy(), "text": text, "time_ns": logs["time_ns"].to_numpy()})
    groups = [(key, group.to_numpy()) for key, group in keyed.groupby(["service", "text"], sort=True)["time_ns"]]
    for (service, what), times in groups:
        if clock.window(times.min()) >= clock.lead:
            yield int(times.min()), int(times.max()), "log", str(service), f'first said: "{what}"', len(times)
            continue
        for a, b, n, word in runs(times, traces, clock, len(groups)):
            yield a, b, "log", str(service), f'{word}: "{what}"', n


def _from_spans(spans: pd.DataFrame, clock: _Clock, traces: np.ndarray) -> Iterator[Event]:
    forest = Forest.of(spans)
    kind, service = (spans[name].to_numpy(dtype=object) for name in ("kind", "service"))
    start, failed = spans["start_ns"].to_numpy(), spans["status"].to_numpy(dtype=object) == "ERROR"
    by_itself = failed.copy()
    by_itself[forest.parent[failed & (forest.parent >= 0)]] = False
    whom = peers(spans, forest)
    owner = np.array([f"{who} → {to}" if to else who for who, to in zip(service, whom, strict=True)], dtype=object)
    owners = sorted(set(owner[by_itself]))
    for one in owners:
        for a, b, n, word in runs(start[by_itself & (owner == one)], traces, clock, len(owners)):
            yield a, b, "trace", one, f"{word} failures", n
    first = spans.groupby("trace_id")["start_ns"].min().to_numpy()
    for a, b, n, word in runs(first, None, clock, 1):
        yield a, b, "trace", "all", f"{word} traces", n
    entry = np.isin(kind, ["SERVER", "CONSUMER"])
    names = sorted(set(service[entry]))
    for one in names:
        mine = entry & (service == one)
        begun = spans[mine].groupby("trace_id")["start_ns"].min().to_numpy()
        for a, b, n, word in runs(begun, traces, clock, len(names)):
            yield a, b, "trace", one, f"in {word} of the traces", n
        timed = mine & ~forest.untimed
        yield from _slow(one, start[timed], forest.end[timed] - forest.start[timed], clock, len(names))


def _slow(service: str, start: np.ndarray, length: np.ndarray, clock: _Clock, services: int) -> Iterator[Event]:
    """When there are more spans than usual that are slower than 19 of 20 in the lead-in."""
    lead = clock.window(start) < clock.lead
    if lead.any():
        limit = np.quantile(length[lead], 0.95, method="inverted_cdf")
        for a, b, n, word in runs(start[length > limit], _per_window(start, clock), clock, services):
            if word == "more":
                yield a, b, "trace", service, f"more requests slower than {limit / 1e6:.0f} ms", n


def _from_metrics(metrics: pd.DataFrame, clock: _Clock) -> Iterator[Event]:
    yield from _restarts(metrics, clock)
    gauges = metrics[(metrics["type"] == "gauge") & metrics["value"].notna()]
    for (service, name), points in gauges.groupby(["service", "name"], sort=True):
        points = points.sort_values("time_ns", kind="stable")
        time, value = points["time_ns"].to_numpy(), points["value"].to_numpy(dtype=float)
        window = clock.window(time)
        usual = value[window < clock.lead]
        if not len(usual):
            continue
        low, high = usual.min(), usual.max()
        growth = FACTOR * (high - low) * (window - clock.lead + 1) / clock.lead
        room = max(np.abs(usual).max() / 2, 1.0) + growth
        out = (window >= clock.lead) & ((value > high + room) | (value < low - room))
        for a, b in _stretches(np.unique(window[out])):
            at = np.flatnonzero(out & (window >= a) & (window <= b))
            far = value[at[np.abs(value[at] - (low + high) / 2).argmax()]]
            what = f"{name} at {far:g}, in the lead-in {low:g} to {high:g}"
            yield int(time[at[0]]), int(time[at[-1]]), "metric", str(service), what, len(at)


def _restarts(metrics: pd.DataFrame, clock: _Clock) -> Iterator[Event]:
    """When counters of a service get a new start time: one event for all those that start within a window's length."""
    known = metrics[metrics["start_ns"] > 0]
    series = [known["service"], known["name"], known["attributes"].map(lambda one: repr(sorted(one.items())))]
    before = known["start_ns"].groupby(series, sort=False).transform("min")
    again = known[(known["start_ns"] > before) & (clock.window(known["start_ns"]) >= clock.lead)]
    for service, starts in again.groupby("service", sort=True)["start_ns"]:
        times = np.unique(starts.to_numpy())
        for group in np.split(times, np.flatnonzero(np.diff(times) > clock.width) + 1):
            yield int(group[0]), int(group[0]), "metric", str(service), "counters restart", len(group)


def _per_window(times: np.ndarray, clock: _Clock) -> np.ndarray:
    return np.bincount(clock.window(times), minlength=clock.windows)


def runs(times: np.ndarray, of: np.ndarray | None, clock: _Clock, series: int) -> Iterator[tuple[int, int, int, str]]:
    """(begin, end, count, "more" or "fewer") for each period that differs from the lead-in.

    `of` is the number of requests or traces in each window that `times` are counted against; None for equal windows.
    """
    counts = _per_window(times, clock)
    size = np.ones(clock.windows, dtype=np.int64) if of is None else of
    level = ALPHA / (max(clock.windows - clock.lead, 1) * series * 2 * len(SCALES))
    for more in (True, False):
        for a, b in _stretches(_unlike(counts, size, clock, more, level)):
            begin, end = clock.start(a), clock.start(b + 1)
            inside = np.sort(times[(times >= clock.start(max(a - 1, clock.lead))) & (times < end)])
            if more:
                begin, end = _onset(inside, int(counts[a : b + 1].sum()) / (end - begin)), int(inside[-1])
            yield begin, end, int(((times >= begin) & (times <= end)).sum()), "more" if more else "fewer"


def _onset(times: np.ndarray, rate: float) -> int:
    """Where times become dense: where their count, minus half of `rate` times the elapsed time, is lowest."""
    return int(times[np.argmin(np.arange(len(times)) - rate / 2 * (times - times[0]))])


def _unlike(counts: np.ndarray, size: np.ndarray, clock: _Clock, more: bool, level: float) -> np.ndarray:
    """Windows that differ strongly from the lead-in and belong to a period that can't be chance."""
    usual, out_of = int(counts[: clock.lead].sum()), int(size[: clock.lead].sum())
    # The recording ends within the last window, so that window can show more, but not fewer.
    last = clock.windows - (0 if more else 1)
    far = np.zeros(clock.windows, dtype=bool)
    if out_of:
        there = size > 0
        far = there & (
            (counts * out_of >= FACTOR * usual * size) & (counts > 0)
            if more
            else counts * out_of * FACTOR <= usual * size
        )
    marked = np.zeros(clock.windows, dtype=bool)
    for width in SCALES:
        for a in range(clock.lead, last - width + 1):
            count, among = int(counts[a : a + width].sum()), int(size[a : a + width].sum())
            if not among or not far[a : a + width].any():
                continue
            enough = count * out_of >= FACTOR * usual * among if more else count * out_of * FACTOR <= usual * among
            if enough and binomial_p(count, count + usual, among / (among + out_of)) <= level:
                marked[a : a + width] = True
    return np.flatnonzero(marked & far)


def _stretches(windows: np.ndarray) -> list[tuple[int, int]]:
    """The first and the last window of each run, with gaps of at most one window."""
    if not len(windows):
        return []
    cuts = np.flatnonzero(np.diff(windows) > 2)
    return list(zip(windows[[0, *(cuts + 1)]].tolist(), windows[[*cuts, -1]].tolist(), strict=True))
