"""Request durations over time: a dot per request, a shape per route, a cross for failures, a line per deploy."""

from __future__ import annotations

import pandas as pd

from ..errors import TraceError
from ..latency import percentile
from ..otlp import in_nanoseconds
from ..words import clean, count, ms
from . import svg
from .draw import Axis, Deploys, Mark, Panel, cross, left_out, picture, possible
from .figure import Figure, Table
from .marks import COLORS, SHAPES, Crosses, Points
from .palette import shade

HIGH = 300  # more than other panels: thousands of dots have to spread


def durations(
    traces: pd.DataFrame, deploys: pd.DataFrame | None = None, log: bool = False, title: str = "Requests over time"
) -> Figure:
    """Each request's duration (ms) at its start (s after the first one), as `Recording.traces()` lists them.

    `traces` has the columns route, start_ns, duration_ms, status; `deploys`, as `Recording.deploys`, has time_ns,
    service, from, to and adds a dashed line each. `log=True` spreads the short ones. Beyond eight routes the rarest
    share a marker. Requests without a possible duration (NaN, infinite, negative) are left out and counted. Raises
    TraceError when there is no request with one.

    >>> import pandas as pd
    >>> durations(pd.DataFrame({"route": ["GET /"], "start_ns": [0], "duration_ms": [12.5], "status": ["OK"]})).finding
    '1 request in 0 s, the median 12.5 ms, none failed; the slowest took 12.5 ms: GET /, 0 s after the first.'
    """
    traces, left = _with_durations(traces)
    points = _points(traces)
    marked = Deploys.of(deploys, int(traces["start_ns"].min()), points["seconds"].max())
    title = clean(title)
    finding = _finding(points) + left_out(left, "request") + marked.sentence
    return Figure(title, finding, _draw(points, marked, title, log), _table(points, marked))


def _with_durations(traces: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """The requests with a possible duration, and how many others there are."""
    missing = [name for name in ("route", "start_ns", "duration_ms", "status") if name not in traces.columns]
    if missing:
        raise TraceError(f"this figure needs the column {', '.join(missing)}; give it Recording.traces()")
    if traces.empty:
        raise TraceError("there is no request to draw; give it rows of Recording.traces()")
    traces = in_nanoseconds(traces)
    known = possible(traces["duration_ms"].to_numpy(dtype=float))
    if not known.any():
        raise TraceError(
            f"none of {count(len(traces), 'request')} has a possible duration, so there is nothing to draw"
        )
    return traces[known], int((~known).sum())


def _points(traces: pd.DataFrame) -> pd.DataFrame:
    """route, seconds, ms, failed; at most eight routes, the rest of them under one name."""
    route = traces["route"].map(lambda name: clean(name, 60) or "(no route)")
    common = route.value_counts().index
    if len(common) > len(SHAPES):
        route = route.where(route.isin(common[: len(SHAPES) - 1]), "all other routes")
    seconds = (traces["start_ns"] - traces["start_ns"].min()) / 1e9
    failed = traces["status"] == "ERROR"
    return pd.DataFrame({"route": route, "seconds": seconds, "ms": traces["duration_ms"], "failed": failed})


def _finding(points: pd.DataFrame) -> str:
    failed = int(points["failed"].sum())
    slowest = points.sort_values("ms", kind="stable").iloc[-1]
    return (
        f"{count(len(points), 'request')} in {points['seconds'].max():,.0f} s, "
        f"the median {ms(points['ms'].median())} ms, {f'{failed:,}' if failed else 'none'} failed; "
        f"the slowest took {ms(slowest['ms'])} ms: {slowest['route']}, {slowest['seconds']:,.0f} s after the first."
    )


def _table(points: pd.DataFrame, deploys: Deploys) -> Table:
    columns = ("route", "requests", "median, ms", "p95, ms", "slowest, ms", "failed")
    lines = []
    for route, group in points.groupby("route"):
        numbers = (group["ms"].median(), percentile(group["ms"], 0.95), group["ms"].max())
        lines.append((str(route), f"{len(group):,}", *map(ms, numbers), f"{int(group['failed'].sum()):,}"))
    return Table(columns, lines, frozenset(columns[1:]), deploys.note)


def _draw(points: pd.DataFrame, deploys: Deploys, title: str, log: bool) -> str:
    key: list[tuple[str, str]] = []
    marks: list[Mark] = []
    routes = points["route"].value_counts().index
    for route, shape, color in zip(routes, SHAPES, COLORS, strict=False):
        here = points[points["route"] == route]
        look = svg.fill(color, shade(color), 0.6)
        marks.append(Points(here["seconds"].to_numpy(), here["ms"].to_numpy(), shape, f'{look} fill-opacity=".6"'))
        key.append((svg.path(f"M11 -4{shape}", look), route))
    failed = points[points["failed"]]
    if len(failed):
        marks.append(Crosses(failed["seconds"].to_numpy(), failed["ms"].to_numpy()))
        key.append((cross(), "failed"))
    highest, lowest = points["ms"].max() * 1.02, max(points["ms"].min(), 0.01)
    y = Axis(min(lowest, highest / 10), highest, "ms", log=True, most=12) if log else Axis(0, highest, "ms", most=6)
    x = Axis(0, points["seconds"].max(), "seconds since the first request")
    return picture(title, key, x, [Panel([*marks, deploys.flags], y, HIGH)])
