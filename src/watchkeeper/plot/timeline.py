"""An incident's timeline: a row an event, in order of time, from several signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..words import clean, count
from . import svg
from .chart import EDGE, STYLE, WIDE, Scale, axis_below, heading, legend, need
from .figure import Figure, Table
from .palette import GRID, INK, MUTED, QUIET, ZEBRA, shade, tint

# Words need more room than bars: templates are long, and what is cut off says nothing.
LEFT, RIGHT, ROW, TEXT = 96, 300, 26, 318
# A letter in a shape for each signal: what is known gets its own, the rest share the last.
LOOKS = {
    "deploy": ("D", "m0 -8l8 8l-8 8l-8 -8z", INK, "#ffffff"),
    "log": ("L", "m-7 0a7 7 0 1 0 14 0a7 7 0 1 0 -14 0z", MUTED[0], "#ffffff"),
    "trace": ("T", "m-7 -6h14v12h-14z", MUTED[7], "#ffffff"),
    "metric": ("M", "m0 -9.5l9.5 15.5h-19z", "#f0d55a", INK),
}
ZERO = "0 s is the first event. The count says how many of these there were from then to the end; 0: none at all."
OTHER = ("?", "m-6 -7h12l3 7l-3 7h-12l-3 -7z", "#d9d9d9", INK)


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
    """A row an event, by time: its signal as a letter in a shape, how long it lasted as a bar, service and words.

    `events` has time_ns, signal (deploy, log, trace, metric, or a word of yours), service, what, and may have until_ns
    and count, as `logs.timeline` returns them. Seconds count from the first event. The earliest `limit` are drawn. The
    figure puts events in order; that one came before another does not say that it caused it. Raises FigureError when
    a column is missing or there is no event.

    >>> events = pd.DataFrame({"time_ns": [5 * 10**9, 0], "signal": ["log", "deploy"], "service": ["cart", "ads"],
    ...                        "what": ["timeout", "1 → 2"]})
    >>> timeline(events).finding
    '2 events in 5 s: deploy 1, log 1.'
    """
    need(events, ("time_ns", "signal", "service", "what"), "what logs.timeline returns")
    everything = _events(events.sort_values("time_ns", kind="stable"))
    shown = everything[: max(limit, 1)]
    left = len(everything) - len(shown)
    note = f"… {count(left, 'later event')} not shown." if left else ""
    words = clean(title)
    return Figure(words, _finding(everything), _draw(shown, words, note), _table(shown, f"{ZERO} {note}".strip()))


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


def _draw(events: list[Event], title: str, note: str) -> str:
    signals = dict.fromkeys(event.signal for event in events)
    entries, y = legend([(_mark(name, 11, -4), name) for name in signals])
    top = y + 28
    bottom = top + ROW * len(events)
    x = Scale(0, max(event.end for event in events) or 1.0, LEFT, RIGHT)
    body = [heading(title), *entries, svg.text(EDGE + 58, top - 7, "from, s", 'class="q n"')]
    body.append(svg.text(TEXT, top - 7, "service and what", 'class="q"'))
    if any(event.number not in ("", "1") for event in events):
        body.append(svg.text(WIDE - EDGE, top - 7, "how many", 'class="q n"'))
    for tick in x.ticks(6):
        body.append(svg.line(f"M{svg.number(x(tick))} {svg.number(top)}V{svg.number(bottom)}", f'stroke="{GRID}"'))
    wide = min(max(svg.width(event.service, 12.5) for event in events) + 8, 190)
    for at, event in enumerate(events):
        body += _row(event, x, top + ROW * at, at, wide)
    body += axis_below(x, bottom, "seconds since the first event", 6)
    if note:
        body.append(svg.text(TEXT, bottom + 17, note, 'class="q"'))
    return svg.document(WIDE, bottom + 44, title, body, STYLE)


def _row(event: Event, x: Scale, top: float, at: int, wide: float) -> list[str]:
    middle = top + ROW / 2
    drawn = [svg.rect(4, top, WIDE - 8, ROW, f'fill="{ZEBRA}" fill-opacity=".7"')] if at % 2 else []
    drawn.append(svg.text(EDGE + 58, middle + 4, f"{event.begin:,.1f}", 'class="n"'))
    if event.end > event.begin:
        colour = LOOKS.get(event.signal, OTHER)[2]
        look = f'fill="{tint(colour, 0.3)}" stroke="{shade(colour)}" stroke-width=".8"'
        drawn.append(svg.rect(x(event.begin), middle - 4, max(x(event.end) - x(event.begin), 1), 8, look))
    drawn.append(_mark(event.signal, x(event.begin), middle))
    service = svg.fit(event.service, wide - 8, 12.5)
    number = {"": "", "0": "none", "1": ""}.get(event.number, f"×{event.number}")
    room = WIDE - EDGE - TEXT - wide - (svg.width(number, 11) + 8 if number else 0)
    drawn.append(svg.text(TEXT, middle + 4, service, 'class="b"'))
    drawn.append(svg.text(TEXT + wide, middle + 4, svg.fit(event.what, room, 12)))
    drawn += [svg.text(WIDE - EDGE, middle + 4, number, f'class="s n" style="fill:{QUIET}"')] if number else []
    return drawn


def _mark(signal: str, x: float, y: float) -> str:
    letter, shape, fill, ink = LOOKS.get(signal, OTHER)
    letter = letter if signal in LOOKS else (signal[:1].upper() or "?")
    place = f"M{svg.number(x)} {svg.number(y)}{shape}"
    drawn = svg.line(place, f'fill="{fill}" stroke="#fff" stroke-width="2.5"')
    drawn += svg.line(place, f'fill="{fill}" stroke="{INK}" stroke-width=".7"')
    return drawn + svg.text(x, y + 3.4, letter, f'class="m" style="font-size:9px;font-weight:700;fill:{ink}"')
