"""An incident's timeline: a row per event, in order of time, from several signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..otlp import in_nanoseconds
from ..words import clean, count
from . import svg
from .draw import BELOW, EDGE, WIDE, Axis, Seal, axis_below, heading, legend, need, page, zebra
from .figure import Figure, Table
from .palette import GRID, INK, MUTED, QUIET, shade, tint

# Words need more room than bars: templates are long, and what is cut off says nothing.
LEFT, RIGHT, ROW, TEXT = 96, 300, 26, 318
# A letter in a shape for each signal: what is known gets its own, the rest share the last.
SEALS = {
    "deploy": Seal("D", "m0 -8l8 8l-8 8l-8 -8z", INK, "#ffffff"),
    "log": Seal("L", "m-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0z", MUTED[0], "#ffffff"),
    "trace": Seal("T", "m-7 -6h14v12h-14z", MUTED[7], "#ffffff"),
    "metric": Seal("M", "m0 -9.5l9.5 15.5h-19z", "#f0d55a", INK),
}
ZERO = "0 s is the first event. The count says how many of these there were from then to the end; 0: none at all."


@dataclass(frozen=True)
class Event:
    """One row: begins and ends (seconds), and its words."""

    begin: float
    end: float
    signal: str
    service: str
    what: str
    number: str


def timeline(events: pd.DataFrame, limit: int = 20, title: str = "What happened when") -> Figure:
    """A row per event, by time: its signal as a letter in a shape, how long it lasted as a bar, service and words.

    `events` has time_ns, signal (deploy, log, trace, metric, or a word of yours), service, what, and may have until_ns
    and count, as `logs.timeline` returns them. Seconds count from the first event. The earliest `limit` are drawn: 20
    fill a screen. The figure puts events in order; that one came before another does not say that it caused it. Raises
    FigureError when a column is missing or there is no event.

    >>> events = pd.DataFrame({"time_ns": [5 * 10**9, 0], "signal": ["log", "deploy"], "service": ["cart", "ads"],
    ...                        "what": ["timeout", "1 → 2"]})
    >>> timeline(events).finding
    '2 events in 5 s: deploy 1, log 1.'
    """
    need(events, ("time_ns", "signal", "service", "what"), "what logs.timeline returns")
    events = in_nanoseconds(events)
    everything = _events(events.sort_values("time_ns", kind="stable"))
    shown = everything[: max(limit, 1)]
    left = len(everything) - len(shown)
    note = f"… {count(left, 'later event')} not shown." if left else ""
    title = clean(title)
    return Figure(title, _finding(everything), _draw(shown, title, note), _table(shown, f"{ZERO} {note}".strip()))


def _events(events: pd.DataFrame) -> list[Event]:
    first = int(events["time_ns"].iloc[0])
    blank = [None] * len(events)
    until = events["until_ns"] if "until_ns" in events.columns else blank
    counts = events["count"] if "count" in events.columns else blank
    columns = (events[name] for name in ("time_ns", "signal", "service", "what"))
    return [
        Event(
            _seconds(at, first),
            _seconds(at if pd.isna(end) else max(end, at), first),
            clean(signal, 20),
            clean(service, 40),
            clean(what, 200),
            "" if pd.isna(number) else f"{int(number):,}",
        )
        for at, signal, service, what, end, number in zip(*columns, until, counts, strict=True)
    ]


def _seconds(at: Any, first: int) -> float:
    return (int(at) - first) / 1e9


def _finding(events: list[Event]) -> str:
    signals = [event.signal for event in events]
    counts = ", ".join(f"{name} {signals.count(name):,}" for name in dict.fromkeys(signals))
    lasted = f"{max(event.end for event in events):,.0f} s"
    return f"{count(len(events), 'event')} in {lasted}: {counts}."


def _table(events: list[Event], note: str) -> Table:
    columns = ("from, s", "to, s", "signal", "service", "what", "count")
    lines: list[tuple[str, ...]] = [
        (
            f"{event.begin:,.1f}",
            f"{event.end:,.1f}" if event.end > event.begin else "",
            event.signal,
            event.service,
            clean(event.what, 120),
            event.number,
        )
        for event in events
    ]
    return Table(columns, lines, frozenset((columns[0], columns[1], columns[5])), note)


def _seal(signal: str) -> Seal:
    return SEALS.get(signal) or Seal(signal[:1].upper() or "?", "m-6 -7h12l3 7l-3 7h-12l-3 -7z", "#d9d9d9", INK)


def _draw(events: list[Event], title: str, note: str) -> str:
    signals = dict.fromkeys(event.signal for event in events)
    entries, y = legend([(_seal(name).at(), name) for name in signals])
    top = y + 28
    bottom = top + ROW * len(events)
    axis = Axis(0, max(event.end for event in events) or 1.0, "seconds since the first event", most=6)
    x = axis.scale(LEFT, RIGHT)
    body = [heading(title), *entries, svg.text(EDGE + 58, top - 7, "from, s", "q n")]
    body.append(svg.text(TEXT, top - 7, "service and what", "q"))
    if any(event.number not in ("", "1") for event in events):
        body.append(svg.text(WIDE - EDGE, top - 7, "how many", "q n"))
    body += zebra(top, ROW, len(events))
    body += [svg.down(at, top, bottom, svg.stroke(GRID)) for at, _ in axis.numbers(x)]
    wide = min(max(svg.width(event.service, 12.5) for event in events) + 8, 190)
    for at, event in enumerate(events):
        middle, seal = top + ROW * (at + 0.5), _seal(event.signal)
        body.append(svg.text(EDGE + 58, middle + 4, f"{event.begin:,.1f}", "n"))
        if event.end > event.begin:
            look = svg.fill(tint(seal.ground, 0.3), shade(seal.ground), 0.8)
            body.append(svg.rect(x(event.begin), middle - 4, max(x(event.end) - x(event.begin), 1), 8, look))
        body.append(seal.at(x(event.begin), middle))
        number = {"": "", "0": "none", "1": ""}.get(event.number, f"×{event.number}")
        room = WIDE - EDGE - TEXT - wide - (svg.width(number, 11) + 8 if number else 0)
        body.append(svg.text(TEXT, middle + 4, svg.fit(event.service, wide - 8, 12.5), "b"))
        body.append(svg.text(TEXT + wide, middle + 4, svg.fit(event.what, room, 12)))
        body += [svg.text(WIDE - EDGE, middle + 4, number, "s n", f"fill:{QUIET}")] if number else []
    body += axis_below(axis, x, bottom)
    body += [svg.text(TEXT, bottom + 17, note, "q")] if note else []
    return page(title, body, bottom + BELOW)
