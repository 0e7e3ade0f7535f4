"""Time by latency: how many requests began in a stretch of time and took so long, as shades; two humps stay two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ..errors import FigureError
from ..latency import heat_map as counted
from ..latency import log_bounds
from ..words import clean, count, decimal
from . import svg
from .chart import (
    EDGE,
    STYLE,
    WIDE,
    Scale,
    axis_below,
    deploy_height,
    deploy_lines,
    deploy_marks,
    heading,
)
from .figure import Figure, Table
from .palette import GRID, QUIET

LEFT, RIGHT, CELL, COLUMNS, MOST_ROWS = 64, 872, 15, 60, 12
# Paul Tol's YlOrBr, from pale to dark: the order also holds in grey.
SHADES = ("#fff7bc", "#fee391", "#fec44f", "#fb9a29", "#ec7014", "#cc4c02", "#993404", "#662506")


def heat_map(
    starts: Any,
    durations_ms: Any = None,
    seconds: float | None = None,
    deploys: pd.DataFrame | None = None,
    title: str = "Requests by time and duration",
) -> Figure:
    """How many requests began when and took how long: a column a stretch of time, a row a bucket of durations.

    Give it start times (ns) and durations (ms), or a frame with start_ns and duration_ms such as `Recording.traces()`,
    or what `latency.heat_map` returns. `seconds` is a column's width (by default such that 60 fit); a darker cell holds
    more, on a scale where each shade doubles or more. `deploys`, as `Recording.deploys`, adds a dashed line each.
    Raises FigureError when there is nothing to draw or more than 200 columns.

    >>> heat_map([0, 10**9], [12.0, 15.0], seconds=1).finding
    '2 requests in 2 columns of 1 s, from 10 to 15 ms; the fullest cell holds 1.'
    """
    cells = _cells(starts, durations_ms, seconds)
    step = (cells.index[1] - cells.index[0]) / 1e9 if len(cells) > 1 else float(seconds or 1.0)
    marks = deploy_marks(deploys, int(cells.index[0]), step * len(cells))
    cells = _trimmed(cells)
    words = clean(title)
    return Figure(words, _finding(cells, step, marks), _draw(cells, step, marks, words), _table(cells, step, marks))


def _cells(starts: Any, durations_ms: Any, seconds: float | None) -> pd.DataFrame:
    """Counts, a row a stretch of time (index: ns), a column a bucket (its upper bound, ms)."""
    if isinstance(starts, pd.DataFrame) and durations_ms is None:
        if not {"start_ns", "duration_ms"} <= set(starts.columns):
            return _ready(starts)
        starts, durations_ms = starts["start_ns"], starts["duration_ms"]
    try:
        start, duration = np.asarray(starts, dtype=np.int64), np.asarray(durations_ms, dtype=float)
    except (TypeError, ValueError):
        raise FigureError(
            "starts are nanoseconds and durations milliseconds; give columns of numbers, such as "
            "start_ns and duration_ms"
        ) from None
    if start.shape != duration.shape or not start.size:
        raise FigureError(f"{start.size} starts and {duration.size} durations; give one duration for each start")
    if not np.isfinite(duration).all() or duration.min() < 0:
        raise FigureError("a duration is negative or not a finite number; leave those rows out, and say how many")
    if seconds is None:
        span = (start.max() - start.min()) / 1e9 / COLUMNS
        seconds = next(step * 10.0**p for p in range(-9, 12) for step in (1, 2, 5) if step * 10.0**p > span)
    if (start.max() - start.min()) / 1e9 / seconds > 200:
        raise FigureError(f"{seconds:g} s a column makes more than 200 columns; give more seconds")
    return counted(start, duration, seconds, bounds=_bounds(duration))


def _bounds(duration: np.ndarray) -> np.ndarray:
    """Bounds 1, 2, 5, 10 …; in finer steps when the durations lie close together."""
    edges = log_bounds(duration)
    if len(edges) > 9:
        return edges
    fine = np.array([float(f"{step}e{power}") for power in range(-7, 12) for step in (1, 1.5, 2, 3, 4, 5, 6, 8)])
    return fine[(fine >= edges[0]) & (fine <= edges[-1])]


def _ready(cells: pd.DataFrame) -> pd.DataFrame:
    try:
        numeric = cells.astype("int64").set_axis([float(name) for name in cells.columns], axis=1)
    except (TypeError, ValueError):
        raise FigureError(
            "this frame is no heat map; give start times and durations, or what latency.heat_map returns"
        ) from None
    if numeric.empty or len(numeric) > 200:
        raise FigureError(f"{len(numeric)} columns of time cannot be drawn; give between 1 and 200")
    return numeric


def _trimmed(cells: pd.DataFrame) -> pd.DataFrame:
    """Without the empty buckets below the shortest (but for one, the lower bound) and above the longest duration."""
    filled = np.flatnonzero(cells.sum().to_numpy())
    if not len(filled):
        raise FigureError("all counts are 0, so there is nothing to draw; look at what the requests were filtered by")
    return cells.iloc[:, max(filled[0] - 1, 0) : filled[-1] + 1]


def _upper(cells: pd.DataFrame) -> list[float]:
    return [float(bound) for bound in cells.columns.to_numpy(dtype=float)]


def _finding(cells: pd.DataFrame, step: float, marks: list[tuple[float, str]]) -> str:
    bounds = _upper(cells)
    low = "0" if cells.iloc[:, 0].any() else decimal(bounds[0])
    high = f"to {decimal(bounds[-1])} ms" if math.isfinite(bounds[-1]) else "ms and longer"
    sentence = (
        f"{count(int(cells.to_numpy().sum()), 'request')} in {count(len(cells), 'column')} of {decimal(step)} s, "
        f"from {low} {high}; the fullest cell holds {int(cells.to_numpy().max()):,}."
    )
    deploys = ", ".join(f"{words} at {seconds:,.0f} s" for seconds, words in marks[:6])
    return f"{sentence} Deploys: {deploys}." if deploys else sentence


def _table(cells: pd.DataFrame, step: float, marks: list[tuple[float, str]]) -> Table:
    """At most twelve rows of time by eight columns of durations: neighbouring cells added up."""
    together = math.ceil(len(cells) / MOST_ROWS)
    rows = cells.groupby(np.arange(len(cells)) // together).sum()
    bounds = _upper(cells)
    wide = math.ceil(len(bounds) / 8)
    ends = [min(at + wide, len(bounds)) - 1 for at in range(0, len(bounds), wide)]
    columns = ("from, s", *(_up_to(bounds[end], bounds[end - 1] if end else 0) for end in ends))
    parts = list(zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True))
    lines: list[tuple[str, ...]] = [
        (decimal(at * together * step), *(f"{row[first : last + 1].sum():,}" for first, last in parts))
        for at, row in enumerate(rows.to_numpy())
    ]
    note = "; ".join(f"{words} deployed at {seconds:,.1f} s" for seconds, words in marks[:20])
    return Table(columns, lines, frozenset(columns), note)


def _up_to(bound: float, before: float) -> str:
    return f"to {decimal(bound)} ms" if math.isfinite(bound) else f"over {decimal(before)} ms"


def _draw(cells: pd.DataFrame, step: float, marks: list[tuple[float, str]], title: str) -> str:
    counts = cells.to_numpy()
    most = int(counts.max())
    tall = min(max(CELL, 210 / counts.shape[1]), 26)
    x = Scale(0, step * len(cells), LEFT, RIGHT)
    top = 74.0 + deploy_height(marks, x)
    bottom = top + tall * counts.shape[1]
    wide = (RIGHT - LEFT) / len(cells)
    body = [heading(title), *_key(most), svg.text(EDGE, top - 10, "ms", 'class="q"')]
    body.append(svg.rect(LEFT, top, RIGHT - LEFT, bottom - top, f'fill="#fafafa" stroke="{GRID}"'))
    for row, bound in enumerate(_upper(cells)):
        y = bottom - tall * (row + 1)
        words = decimal(bound) if math.isfinite(bound) else "more"
        body.append(svg.text(LEFT - 8, y + 4, words, 'class="q n"'))
        body.append(svg.line(f"M{LEFT - 4} {svg.number(y)}h4", f'stroke="{QUIET}"'))
    numbers: list[str] = []
    for at, row in zip(*np.nonzero(counts), strict=True):
        number = int(counts[at, row])
        left, upper, shade = LEFT + wide * at, bottom - tall * (row + 1), _shade(number, most)
        body.append(svg.rect(left, upper, max(wide - 0.6, 1), tall - 0.6, f'fill="{SHADES[shade]}"'))
        numbers += _number(left + wide / 2, upper + tall / 2 + 3.5, wide, number, shade)
    # A deploy's line lies under the numbers, or it would strike some of them out.
    body += [*deploy_lines(marks, x, top, bottom), *numbers]
    body += axis_below(x, bottom, "seconds since the first request", 10)
    return svg.document(WIDE, bottom + 44, title, body, STYLE)


def _number(x: float, y: float, wide: float, number: int, shade: int) -> list[str]:
    """A cell's number, where there is room: no meaning by colour alone. Its halo is the cell's shade."""
    words = f"{number:,}"
    if svg.width(words, 10) + 4 > wide:
        return []
    style = f"font-size:10px;fill:{'#fff' if shade >= 5 else '#1a1a1a'};stroke:{SHADES[shade]}"
    return [svg.text(x, y, words, f'class="m h" style="{style}"')]


def _limits(most: int) -> list[int]:
    """The highest count of each shade: powers of the number that needs at most eight shades."""
    base = max(2.0, most ** (1 / (len(SHADES) - 1)))
    limits = sorted({round(base**power) for power in range(len(SHADES) - 1)})
    return [*(limit for limit in limits if limit < most), most]


def _shade(number: int, most: int) -> int:
    limits = _limits(most)
    at = next(at for at, limit in enumerate(limits) if number <= limit)
    return at + max(0, min(2, len(SHADES) - len(limits)))


def _key(most: int) -> list[str]:
    """The shades with the counts that they stand for."""
    drawn = [svg.text(EDGE, 41, "requests in a cell:", 'class="q"')]
    x, before = EDGE + svg.width("requests in a cell:", 11) + 6, 0
    for limit in _limits(most):
        words = f"{limit:,}" if limit == before + 1 else f"{before + 1:,}–{limit:,}"
        drawn.append(svg.rect(x, 32, 18, 11, f'fill="{SHADES[_shade(limit, most)]}" stroke="{GRID}"'))
        drawn.append(svg.text(x + 22, 41, words, 'class="q"'))
        x += 22 + svg.width(words, 11) + 12
        before = limit
    return drawn
