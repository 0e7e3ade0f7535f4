"""Request durations over time: a dot a request, a shape a route, a cross for what failed, a line for a deploy."""

from __future__ import annotations

import math

import pandas as pd

from ..errors import TraceError
from ..words import clean, count, decimal, ms
from . import svg
from .figure import Figure, Table
from .palette import ERROR, GRID, INK, MUTED, QUIET, shade

WIDE, EDGE, LEFT, RIGHT, TALL = 900, 12, 64, 880, 300
STYLE = f".q{{fill:{QUIET};font-size:11px}}.t{{font-size:14px;font-weight:600}}"
# Drawing commands of a marker around the point where they start: shape is the cue, colour goes with it.
SHAPES = {
    "circle": "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",
    "square": "m-2.6 -2.6h5.2v5.2h-5.2z",
    "triangle": "m0 -3.6l3.4 6.2h-6.8z",
    "diamond": "m0 -4l3.4 4l-3.4 4l-3.4 -4z",
    "wedge": "m0 3.6l3.4 -6.2h-6.8z",
    "bar": "m-1.2 -4h2.4v8h-2.4z",
    "dash": "m-4 -1.2h8v2.4h-8z",
    "plus": "m-1 -4h2v3h3v2h-3v3h-2v-3h-3v-2h3z",
}
COLOURS = (MUTED[0], MUTED[6], MUTED[2], MUTED[4], MUTED[7], MUTED[1], MUTED[3], MUTED[8])


class Axes:
    """The pixel of a time (seconds) and of a duration (ms)."""

    def __init__(self, seconds: float, highest: float, lowest: float, log: bool, top: float) -> None:
        self.seconds, self.highest, self.log, self.top = seconds or 1.0, highest or 1.0, log, top
        self.lowest = min(lowest, self.highest / 10) if log else 0.0

    def x(self, seconds: float) -> float:
        return LEFT + seconds / self.seconds * (RIGHT - LEFT)

    def y(self, duration_ms: float) -> float:
        if self.log:
            below = math.log(self.highest / max(duration_ms, self.lowest)) / math.log(self.highest / self.lowest)
            return self.top + below * TALL
        return self.top + (1 - duration_ms / self.highest) * TALL

    def ticks(self) -> list[float]:
        if not self.log:
            return svg.ticks(self.highest, 6)
        first, last = math.floor(math.log10(self.lowest)), math.ceil(math.log10(self.highest))
        steps = (1, 2, 5) if last - first <= 4 else (1,)
        marks = [10.0**power * step for power in range(first, last + 1) for step in steps]
        return [mark for mark in marks if self.lowest <= mark <= self.highest]


def durations(
    traces: pd.DataFrame, deploys: pd.DataFrame | None = None, log: bool = False, title: str = "Requests over time"
) -> Figure:
    """Each request's duration (ms) at its start (s after the first one), as `Recording.traces()` lists them.

    `traces` has the columns route, start_ns, duration_ms, status; `deploys`, as `Recording.deploys`, has time_ns,
    service, from, to and adds a dashed line each. `log=True` spreads the short ones. Beyond eight routes the rarest
    share a marker. p95 in the twin is the nearest rank. Raises TraceError when there is no request.

    >>> import pandas as pd
    >>> durations(pd.DataFrame({"route": ["GET /"], "start_ns": [0], "duration_ms": [12.5], "status": ["OK"]})).finding
    '1 request in 0 s, the median 12.5 ms, none failed; the slowest took 12.5 ms: GET /, 0 s after the first.'
    """
    points = _points(traces)
    first = int(traces["start_ns"].min())
    marks = _deploys(deploys, first)
    heading = clean(title)
    table = _table(points, marks)
    return Figure(heading, _finding(points, marks), _draw(points, marks, heading, log), table)


def _points(traces: pd.DataFrame) -> pd.DataFrame:
    """route, seconds, ms, failed; at most eight routes, the rest of them under one name."""
    missing = [name for name in ("route", "start_ns", "duration_ms", "status") if name not in traces.columns]
    if missing:
        raise TraceError(f"this figure needs the column {', '.join(missing)}; give it Recording.traces()")
    if traces.empty:
        raise TraceError("there is no request to draw; give it rows of Recording.traces()")
    route = traces["route"].map(lambda name: clean(name, 60) or "(no route)")
    common = route.value_counts().index
    if len(common) > len(SHAPES):
        route = route.where(route.isin(common[: len(SHAPES) - 1]), "all other routes")
    seconds = (traces["start_ns"] - traces["start_ns"].min()) / 1e9
    failed = traces["status"] == "ERROR"
    return pd.DataFrame({"route": route, "seconds": seconds, "ms": traces["duration_ms"], "failed": failed})


def _deploys(deploys: pd.DataFrame | None, first: int) -> list[tuple[float, str]]:
    if deploys is None:
        return []
    rows = zip(deploys["time_ns"], deploys["service"], deploys["from"], deploys["to"], strict=True)
    return sorted(
        ((at - first) / 1e9, f"{clean(who, 30)} {clean(old, 12)} → {clean(new, 12)}") for at, who, old, new in rows
    )


def _finding(points: pd.DataFrame, marks: list[tuple[float, str]]) -> str:
    failed = int(points["failed"].sum())
    slowest = points.sort_values("ms", kind="stable").iloc[-1]
    requests = count(len(points), "request")
    sentence = (
        f"{requests} in {points['seconds'].max():,.0f} s, the median {ms(points['ms'].median())} ms, "
        f"{failed:,} failed; the slowest took {ms(slowest['ms'])} ms: {slowest['route']}, "
        f"{slowest['seconds']:,.0f} s after the first."
    ).replace(" 0 failed", " none failed")
    named = ", ".join(f"{words} at {seconds:,.0f} s" for seconds, words in marks[:6])
    return f"{sentence} Deploys: {named}." if marks else sentence


def _table(points: pd.DataFrame, marks: list[tuple[float, str]]) -> Table:
    columns = ("route", "requests", "median, ms", "p95, ms", "slowest, ms", "failed")
    lines = []
    for route, group in points.groupby("route"):
        values = group["ms"].sort_values().tolist()
        p95 = values[math.ceil(0.95 * len(values)) - 1]
        numbers = (group["ms"].median(), p95, values[-1])
        lines.append((str(route), f"{len(values):,}", *map(ms, numbers), f"{int(group['failed'].sum()):,}"))
    note = "; ".join(f"{words} deployed at {seconds:,.1f} s" for seconds, words in marks[:20])
    return Table(columns, lines, frozenset(columns[1:]), note)


def _draw(points: pd.DataFrame, marks: list[tuple[float, str]], heading: str, log: bool) -> str:
    routes = points["route"].value_counts().index.tolist()
    looks = dict(zip(routes, zip(SHAPES.values(), COLOURS, strict=True), strict=False))
    legend, top = _legend(looks, bool(points["failed"].any()))
    top += 14 * min(len(marks), 4) + 16
    axes = Axes(points["seconds"].max(), points["ms"].max() * 1.02, max(points["ms"].min(), 0.01), log, top)
    body = [svg.text(EDGE, 22, svg.fit(heading, WIDE - 2 * EDGE, 15), 'class="t"'), *legend, *_grid(axes)]
    for route, (shape, colour) in looks.items():
        here = points[points["route"] == route]
        commands = "".join(f"M{x} {y}{shape}" for x, y in _pixels(here, axes))
        look = f'fill="{colour}" fill-opacity=".6" stroke="{shade(colour)}" stroke-width=".6"'
        body.append(svg.line(commands, look))
    crosses = "".join(f"M{x} {y}m-4 -4l8 8m0 -8l-8 8" for x, y in _pixels(points[points["failed"]], axes))
    body += [svg.line(crosses, f'stroke="{ERROR}" stroke-width="1.8"')] if crosses else []
    body += _deploy_lines(marks, axes)
    return svg.document(WIDE, top + TALL + 40, heading, body, STYLE)


def _pixels(points: pd.DataFrame, axes: Axes) -> list[tuple[int, int]]:
    """Where the points stand, in whole pixels: those that would cover each other are drawn once."""
    pairs = zip(points["seconds"], points["ms"], strict=True)
    return list(dict.fromkeys((round(axes.x(seconds)), round(axes.y(ms))) for seconds, ms in pairs))


def _legend(looks: dict[str, tuple[str, str]], failed: bool) -> tuple[list[str], float]:
    """Shapes with their routes, wrapped at the width; and the height below which the picture starts."""
    entries = [
        (route, f'd="M8 0{shape}" fill="{colour}" stroke="{shade(colour)}"') for route, (shape, colour) in looks.items()
    ]
    entries += [("failed", f'd="M8 0m-4 -4l8 8m0 -8l-8 8" stroke="{ERROR}" stroke-width="1.8"')] if failed else []
    drawn, x, y = [], float(EDGE), 40.0
    for words, attributes in entries:
        wide = 18 + svg.width(words, 11) + 14
        if x + wide > WIDE - EDGE and x > EDGE:
            x, y = float(EDGE), y + 17
        move = f"translate({svg.number(x)} {svg.number(y - 4)})"
        drawn.append(f'<path transform="{move}" {attributes}/>' + svg.text(x + 18, y, words, 'class="q"'))
        x += wide
    return drawn, y + 8


def _grid(axes: Axes) -> list[str]:
    bottom = axes.top + TALL
    drawn = [svg.text(EDGE, axes.top - 10, "ms", 'class="q"')]
    for tick in axes.ticks():
        y = svg.number(axes.y(tick))
        drawn.append(svg.line(f"M{LEFT} {y}H{RIGHT}", f'stroke="{GRID}"'))
        drawn.append(svg.text(LEFT - 8, axes.y(tick) + 4, decimal(tick), 'class="q" text-anchor="end"'))
    for tick in svg.ticks(axes.seconds, 8):
        drawn.append(svg.line(f"M{svg.number(axes.x(tick))} {svg.number(bottom)}v5", f'stroke="{QUIET}"'))
        drawn.append(svg.text(axes.x(tick), bottom + 18, decimal(tick), 'class="q" text-anchor="middle"'))
    drawn.append(svg.line(f"M{LEFT} {svg.number(bottom)}H{RIGHT}", f'stroke="{QUIET}"'))
    return [
        *drawn,
        svg.text((LEFT + RIGHT) / 2, bottom + 34, "seconds since the first request", 'class="q" text-anchor="middle"'),
    ]


def _deploy_lines(marks: list[tuple[float, str]], axes: Axes) -> list[str]:
    """A dashed line a deploy; its words on a line of their own, on the side where there is room."""
    drawn = []
    for at, (seconds, words) in enumerate(marks):
        x, y = min(max(axes.x(seconds), LEFT), RIGHT), axes.top - 6 - 14 * (min(len(marks), 4) - 1 - at % 4)
        drawn.append(
            svg.line(
                f"M{svg.number(x)} {svg.number(y - 8)}V{svg.number(axes.top + TALL)}",
                f'stroke="{INK}" stroke-width="1.2" stroke-dasharray="5 3"',
            )
        )
        left = x + 5 + svg.width(words, 11) < WIDE - EDGE
        side = "start" if left else "end"
        drawn.append(svg.text(x + 5 if left else x - 5, y, f"deploy: {words}", f'class="q" text-anchor="{side}"'))
    return drawn
