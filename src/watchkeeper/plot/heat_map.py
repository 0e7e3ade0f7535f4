"""Time by latency: how many requests began when and took how long, as shades; two humps stay two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from ..errors import FigureError
from ..latency import heat_map as counted
from ..latency import log_bounds
from ..otlp import nanoseconds
from ..words import clean, count, decimal
from . import svg
from .draw import Axis, Deploys, Panel, left_out, picture, possible
from .figure import Figure, Table
from .marks import CellNumbers, Cells, limits, shades_of
from .palette import GRID, SHADES

COLUMNS = 60  # by default: each is then 13 pixels wide, as wide as a cell is high
MOST_COLUMNS = 200  # 4 pixels each, below which shades of neighbors mix
MOST_ROWS = 12  # of the twin


def heat_map(
    starts: Any,
    durations_ms: Any = None,
    seconds: float | None = None,
    deploys: pd.DataFrame | None = None,
    title: str = "Requests by time and duration",
) -> Figure:
    """How many requests began when and took how long: a column per stretch of time, a row per bucket of durations.

    Give it start times (ns) and durations (ms), or a frame with start_ns and duration_ms such as `Recording.traces()`,
    or what `latency.heat_map` returns. `seconds` is a column's width (by default such that 60 fit); a darker cell holds
    more, on a scale where each shade doubles or more. `deploys`, as `Recording.deploys`, adds a dashed line each.
    Requests without a possible duration (NaN, infinite, negative) are left out and counted. Raises FigureError when
    there is nothing to draw or more than 200 columns.

    >>> heat_map([0, 10**9], [12.0, 15.0], seconds=1).finding
    '2 requests in 2 columns of 1 s, from 10 to 15 ms; the fullest cell holds 1.'
    """
    cells, left = _cells(starts, durations_ms, seconds)
    step = (cells.index[1] - cells.index[0]) / 1e9 if len(cells) > 1 else float(seconds or 1.0)
    marked = Deploys.of(deploys, int(cells.index[0]), step * len(cells))
    cells = _trimmed(cells)
    title = clean(title)
    finding = _finding(cells, step) + left_out(left, "request") + marked.sentence
    return Figure(title, finding, _draw(cells, step, marked, title), _table(cells, step, marked))


def _cells(starts: Any, durations_ms: Any, seconds: float | None) -> tuple[pd.DataFrame, int]:
    """Counts, a row per stretch of time (index: ns), a column per bucket (its upper bound, ms).

    And how many requests are left out.
    """
    if isinstance(starts, pd.DataFrame) and durations_ms is None:
        if not {"start_ns", "duration_ms"} <= set(starts.columns):
            return _ready(starts), 0
        starts, durations_ms = starts["start_ns"], starts["duration_ms"]
    try:
        start, duration = nanoseconds(starts), np.asarray(durations_ms, dtype=float)
    except (TypeError, ValueError):
        raise FigureError(
            "starts are nanoseconds and durations milliseconds; give columns of numbers, such as "
            "start_ns and duration_ms"
        ) from None
    if start.shape != duration.shape or not start.size:
        raise FigureError(f"{start.size} starts and {duration.size} durations; give one duration for each start")
    known = possible(duration)
    if not known.any():
        raise FigureError(
            "each duration is negative or not a finite number, so there is nothing to draw; look at the times"
        )
    start, duration, left = start[known], duration[known], int((~known).sum())
    span = (start.max() - start.min()) / 1e9
    if seconds is None:
        least = span / COLUMNS
        seconds = next(step * 10.0**p for p in range(-9, 12) for step in (1, 2, 5) if step * 10.0**p > least)
    if span / seconds > MOST_COLUMNS:
        raise FigureError(f"{seconds:g} s per column makes more than {MOST_COLUMNS} columns; give more seconds")
    return counted(start, duration, seconds, bounds=_bounds(duration)), left


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
            "this frame is not a heat map; give start times and durations, or what latency.heat_map returns"
        ) from None
    if numeric.empty or len(numeric) > MOST_COLUMNS:
        raise FigureError(f"{len(numeric)} columns of time cannot be drawn; give between 1 and {MOST_COLUMNS}")
    return numeric


def _trimmed(cells: pd.DataFrame) -> pd.DataFrame:
    """Without the empty buckets below the shortest (but for one, the lower bound) and above the longest duration."""
    filled = np.flatnonzero(cells.sum().to_numpy())
    if not len(filled):
        raise FigureError("all counts are 0, so there is nothing to draw; look at what the requests were filtered by")
    return cells.iloc[:, max(filled[0] - 1, 0) : filled[-1] + 1]


def _upper(cells: pd.DataFrame) -> list[float]:
    return [float(bound) for bound in cells.columns.to_numpy(dtype=float)]


def _finding(cells: pd.DataFrame, step: float) -> str:
    bounds = _upper(cells)
    low = "0" if cells.iloc[:, 0].any() else decimal(bounds[0])
    high = f"to {decimal(bounds[-1])} ms" if math.isfinite(bounds[-1]) else "ms and longer"
    return (
        f"{count(int(cells.to_numpy().sum()), 'request')} in {count(len(cells), 'column')} of {decimal(step)} s, "
        f"from {low} {high}; the fullest cell holds {int(cells.to_numpy().max()):,}."
    )


def _table(cells: pd.DataFrame, step: float, deploys: Deploys) -> Table:
    """At most twelve rows of time by eight columns of durations: neighboring cells added up."""
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
    return Table(columns, lines, frozenset(columns), deploys.note)


def _up_to(bound: float, before: float) -> str:
    return f"to {decimal(bound)} ms" if math.isfinite(bound) else f"over {decimal(before)} ms"


def _draw(cells: pd.DataFrame, step: float, deploys: Deploys, title: str) -> str:
    counts = cells.to_numpy()
    most, rows = int(counts.max()), counts.shape[1]
    bounds = [
        (row + 1.0, decimal(bound) if math.isfinite(bound) else "more") for row, bound in enumerate(_upper(cells))
    ]
    # A deploy's line is under the numbers, or it would strike some of them out.
    marks = [Cells(counts, most), deploys.flags, CellNumbers(counts, most)]
    # A row is high enough for its number, and few rows are not blown up.
    panel = Panel(marks, Axis(0, rows, "ms", named=bounds), rows * min(max(15, 210 / rows), 26))
    return picture(title, _key(most), Axis(0, step * len(cells), "seconds since the first request", most=10), [panel])


def _key(most: int) -> list[tuple[str, str]]:
    """The shades with the counts that they stand for."""
    found, before = [], 0
    for limit, shade in zip(limits(most), shades_of(np.array(limits(most)), most).tolist(), strict=True):
        words = f"{limit:,}" if limit == before + 1 else f"{before + 1:,}–{limit:,}"
        words += "" if before else f" {'request' if limit == 1 else 'requests'} in a cell"
        found.append((svg.rect(2, -9, 18, 11, svg.fill(SHADES[shade], GRID)), words))
        before = limit
    return found
