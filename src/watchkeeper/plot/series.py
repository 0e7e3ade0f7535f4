"""A metric over time: a line per series, with deploys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import FigureError
from ..otlp import in_nanoseconds
from ..words import clean, count, ms
from . import svg
from .draw import Axis, Deploys, Panel, need, picture
from .figure import Figure, Table
from .marks import COLORS, DASHES, SHAPES, Line
from .palette import SERVICES, ink, shade

ROWS = 12  # of the twin: as many as a screen reader reads out in a minute
SIZES = ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"))
NAMES = {"By": "bytes", "s": "seconds", "1": ""}


@dataclass(frozen=True)
class Series:
    """One series: its name, seconds since the first point of all, values, color."""

    name: str
    seconds: np.ndarray
    values: np.ndarray
    color: str


def series(
    points: pd.DataFrame,
    value: str = "value",
    by: str | Iterable[str] | Callable[[pd.Series], object] = "service",
    deploys: pd.DataFrame | None = None,
    unit: str | None = None,
    title: str | None = None,
) -> Figure:
    """The values of one metric over time, a line per series: `points` are rows of `Recording.metrics` of one name.

    `by` are the columns, or a function of a row, that name a series; up to eight. `value` is the column to draw, such
    as "value" of a gauge, "count" of a histogram or "per_second" of what `latency.rate` returns; points without one
    (NaN) are left out and counted. Points are drawn as they are: a counter rises until its process restarts.
    `deploys`, as `Recording.deploys`, adds a dashed line each. Raises FigureError when a column is missing, there is
    no point, or points are of several metrics.

    >>> points = pd.DataFrame({"time_ns": [0, 10**10], "service": "cart", "value": [5.0, 7.0]})
    >>> series(points, title="Orders waiting").finding
    '1 series of 2 points in 10 s: cart from 5.00 to 7.00 (lowest 5.00, highest 7.00).'
    """
    columns = [by] if isinstance(by, str) else [] if callable(by) else list(by)
    need(points, ("time_ns", value, *columns), "rows of Recording.metrics")
    # Frames put together repeat their labels, by which lines are told apart below.
    points = in_nanoseconds(points)
    known = points[value].notna()
    left_out = len(points) - int(known.sum())
    points = points[known].sort_values("time_ns", kind="stable", ignore_index=True)
    names: list[str] = list(points["name"].unique()) if "name" in points.columns else []
    if len(names) > 1:
        raise FigureError(f"these points are of {len(names)} metrics; choose one by its name")
    if points.empty:
        raise FigureError(f"no point has a {clean(value, 40)}; a histogram has a count, a gauge and a sum a value")
    lines = _lines(points, value, by if callable(by) else columns)
    last = max(float(line.seconds[-1]) for line in lines)
    marked = Deploys.of(deploys, int(points["time_ns"].iloc[0]), last)
    given = unit if unit is not None else str(points["unit"].iloc[0]) if "unit" in points.columns else ""
    lines, measured = _in_round_units(lines, given)
    title = clean(title if title is not None else names[0] if names else "A metric over time")
    finding = _finding(lines, last, measured)
    finding += f" Left out: {count(left_out, 'point')} without a value." if left_out else ""
    finding += marked.sentence
    return Figure(title, finding, _draw(lines, last, marked, title, measured), _table(lines, last, marked))


def _lines(points: pd.DataFrame, value: str, by: list[str] | Callable[[pd.Series], object]) -> list[Series]:
    if callable(by):
        names = pd.Series([clean(by(row), 60) for _, row in points.iterrows()], index=points.index)
    else:
        names = points[by].map(lambda part: clean(part, 60)).agg(", ".join, axis=1)
    groups = points.groupby(names, sort=True).groups
    if len(groups) > len(COLORS):
        raise FigureError(f"{len(groups)} series are too many for one picture; choose at most {len(COLORS)} of them")
    seconds = (points["time_ns"] - points["time_ns"].iloc[0]) / 1e9
    found = []
    for at, (name, rows) in enumerate(groups.items()):
        values = points.loc[rows, value].to_numpy(dtype=float)
        if not np.isfinite(values).all():
            raise FigureError("a value is infinite; leave those points out, and say how many")
        # A service of the shop has its color, anything else one by its place.
        own = SERVICES.get(str(name), COLORS[at]) if by == ["service"] else COLORS[at]
        found.append(Series(str(name) or "(no name)", seconds[rows].to_numpy(), values, ink(own)))
    return found


def _in_round_units(lines: list[Series], unit: str) -> tuple[list[Series], str]:
    """The same in thousands, millions or billions when the numbers would be too long to read; and the unit's words."""
    # Braces mark a UCUM unit that is only a word: {message}.
    unit = clean(NAMES.get(unit, unit.strip("{}")), 30)
    highest = max(float(np.abs(line.values).max()) for line in lines)
    size, word = next(((size, word) for size, word in SIZES if highest >= 10 * size), (1.0, ""))
    scaled = [Series(line.name, line.seconds, line.values / size, line.color) for line in lines]
    return scaled, f"{word} {unit}".strip()


def _finding(lines: list[Series], last: float, unit: str) -> str:
    points = count(sum(len(line.values) for line in lines), "point")
    told = "; ".join(
        f"{line.name} from {_number(line.values[0])} to {_number(line.values[-1])} "
        f"(lowest {_number(line.values.min())}, highest {_number(line.values.max())})"
        for line in lines
    )
    measured = f", in {unit}" if unit else ""
    return f"{len(lines)} series of {points} in {last:,.0f} s{measured}: {told}."


def _number(value: float) -> str:
    return ms(value) if abs(value) < 1e15 else f"{value:.3g}"


def _table(lines: list[Series], last: float, deploys: Deploys) -> Table:
    """The last value of each series at up to twelve times; empty where it had none yet."""
    times = np.linspace(0, last, ROWS) if last else np.zeros(1)
    columns = ("at, s", *(line.name for line in lines))
    rows: list[tuple[str, ...]] = []
    for time in times.tolist():
        upto = [int(np.searchsorted(line.seconds, time + 1e-6, side="right")) for line in lines]
        cells = (_number(line.values[n - 1]) if n else "" for line, n in zip(lines, upto, strict=True))
        rows.append((f"{time:,.1f}", *cells))
    return Table(columns, rows, frozenset(columns), deploys.note)


def _draw(lines: list[Series], last: float, deploys: Deploys, title: str, unit: str) -> str:
    low, high = (float(pick([pick(line.values) for line in lines])) for pick in (min, max))
    # From zero, unless that would press everything into the upper edge; below zero there is room for what is.
    low = min(low, 0.0) if low < high * 0.8 or low == high else low - (high - low) * 0.05
    key, marks = [], []
    for at, line in enumerate(lines):
        # Color, dashes and a marker: three cues, of which any two may fail.
        look, shape = svg.stroke(line.color, 1.8, DASHES[at % len(DASHES)]), SHAPES[at]
        marker = svg.fill(line.color, shade(line.color), 0.8)
        marks.append(Line(line.seconds, line.values, look, shape, marker, phase=at))
        key.append((svg.path("M0 -4H22", look) + svg.path(f"M11 -4{shape}", marker), line.name))
    y = Axis(low, high + (high - low) * 0.04, unit, most=6)
    x = Axis(0, last, "seconds since the first point")
    return picture(title, key, x, [Panel([*marks, deploys.flags], y)])
