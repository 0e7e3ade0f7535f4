"""A metric over time: a line a series, with deploys."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import FigureError
from ..words import clean, count, ms
from . import svg
from .chart import (
    STYLE,
    WIDE,
    Scale,
    axis_below,
    axis_left,
    deploy_height,
    deploy_lines,
    deploy_marks,
    heading,
    legend,
    need,
)
from .figure import Figure, Table
from .palette import MUTED, shade

LEFT, RIGHT, TALL, ROWS, MOST = 64, 872, 250, 12, 8
SIZES = ((1e9, "billion"), (1e6, "million"), (1e3, "thousand"))
NAMES = {"By": "bytes", "s": "seconds", "1": ""}
# Colour, dashes and a marker: three cues, of which any two may fail.
LOOKS = tuple(
    zip(
        (MUTED[0], MUTED[6], MUTED[3], MUTED[7], MUTED[2], MUTED[4], MUTED[8], MUTED[1]),
        ("", "7 3", "2 3", "9 3 2 3", "", "7 3", "2 3", "9 3 2 3"),
        (
            "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",
            "m-3 -3h6v6h-6z",
            "m0 -4l4 7h-8z",
            "m0 -4l4 4l-4 4l-4 -4z",
            "m0 4l4 -7h-8z",
            "m-1.5 -4h3v8h-3z",
            "m-4 -1.5h8v3h-8z",
            "m-4 -4l8 8m0 -8l-8 8",
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class Line:
    """One series: its name, seconds since the first point of all, values."""

    name: str
    seconds: np.ndarray
    values: np.ndarray


def series(
    points: pd.DataFrame,
    value: str = "value",
    by: str | Iterable[str] | Callable[[pd.Series], object] = "service",
    deploys: pd.DataFrame | None = None,
    unit: str | None = None,
    title: str | None = None,
) -> Figure:
    """The values of one metric over time, a line a series: `points` are rows of `Recording.metrics` of one name.

    `by` are the columns, or a function of a row, that name a series; up to eight. `value` is the column to draw, such
    as "value" of a gauge, "count" of a histogram or "per_second" of what `latency.rate` returns; points without one
    are left out. Points are drawn as they are: a counter rises until its process starts anew. `deploys`, as
    `Recording.deploys`, adds a dashed line each. Raises FigureError when a column is missing, there is no point, or
    points are of several metrics.

    >>> points = pd.DataFrame({"time_ns": [0, 10**10], "service": "cart", "value": [5.0, 7.0]})
    >>> series(points, title="Orders waiting").finding
    '1 series of 2 points in 10 s: cart from 5.00 to 7.00 (lowest 5.00, highest 7.00).'
    """
    columns = [by] if isinstance(by, str) else [] if callable(by) else list(by)
    need(points, ("time_ns", value, *columns), "rows of Recording.metrics")
    # Frames put together repeat their labels, by which lines are told apart below.
    points = points[points[value].notna()].sort_values("time_ns", kind="stable", ignore_index=True)
    names: list[str] = list(points["name"].unique()) if "name" in points.columns else []
    if len(names) > 1:
        raise FigureError(f"these points are of {len(names)} metrics; choose one by its name")
    if points.empty:
        raise FigureError(f"no point has a {clean(value, 40)}; a histogram has a count, a gauge and a sum a value")
    lines = _lines(points, value, by if callable(by) else columns)
    first = int(points["time_ns"].iloc[0])
    last = max(float(line.seconds[-1]) for line in lines)
    marks = deploy_marks(deploys, first, last)
    given = unit if unit is not None else str(points["unit"].iloc[0]) if "unit" in points.columns else ""
    lines, measured = _in_round_units(lines, given)
    words = clean(title if title is not None else names[0] if names else "A metric over time")
    return Figure(
        words,
        _finding(lines, last, marks, measured),
        _draw(lines, last, marks, words, measured),
        _table(lines, last, marks),
    )


def _lines(points: pd.DataFrame, value: str, by: list[str] | Callable[[pd.Series], object]) -> list[Line]:
    if callable(by):
        names = pd.Series([clean(by(row), 60) for _, row in points.iterrows()], index=points.index)
    else:
        names = points[by].map(lambda part: clean(part, 60)).agg(", ".join, axis=1)
    seconds = (points["time_ns"] - points["time_ns"].iloc[0]) / 1e9
    found = [
        Line(str(name) or "(no name)", seconds[at].to_numpy(), points.loc[at, value].to_numpy(dtype=float))
        for name, at in points.groupby(names, sort=True).groups.items()
    ]
    if len(found) > MOST:
        raise FigureError(f"{len(found)} series are too many for one picture; choose at most {MOST} of them")
    if not all(np.isfinite(line.values).all() for line in found):
        raise FigureError("a value is infinite; leave those points out, and say how many")
    return found


def _in_round_units(lines: list[Line], unit: str) -> tuple[list[Line], str]:
    """The same in thousands, millions or billions when the numbers would be too long to read; and the unit's words."""
    # Braces mark a UCUM unit that is only a word: {message}.
    unit = clean(NAMES.get(unit, unit.strip("{}")), 30)
    highest = max(float(np.abs(line.values).max()) for line in lines)
    size, word = next(((size, word) for size, word in SIZES if highest >= 10 * size), (1.0, ""))
    scaled = [Line(line.name, line.seconds, line.values / size) for line in lines]
    return scaled, f"{word} {unit}".strip()


def _finding(lines: list[Line], last: float, marks: list[tuple[float, str]], unit: str) -> str:
    points = count(sum(len(line.values) for line in lines), "point")
    told = "; ".join(
        f"{line.name} from {_number(line.values[0])} to {_number(line.values[-1])} "
        f"(lowest {_number(line.values.min())}, highest {_number(line.values.max())})"
        for line in lines
    )
    measured = f", in {unit}" if unit else ""
    sentence = f"{len(lines)} series of {points} in {last:,.0f} s{measured}: {told}."
    deploys = ", ".join(f"{words} at {at:,.0f} s" for at, words in marks[:6])
    return f"{sentence} Deploys: {deploys}." if deploys else sentence


def _number(value: float) -> str:
    return ms(value) if abs(value) < 1e15 else f"{value:.3g}"


def _table(lines: list[Line], last: float, marks: list[tuple[float, str]]) -> Table:
    """The last value of each series at up to twelve times; empty where it had none yet."""
    times = np.linspace(0, last, ROWS) if last else np.zeros(1)
    columns = ("at, s", *(line.name for line in lines))
    rows: list[tuple[str, ...]] = []
    for time in times.tolist():
        upto = [int(np.searchsorted(line.seconds, time + 1e-6, side="right")) for line in lines]
        cells = (_number(line.values[n - 1]) if n else "" for line, n in zip(lines, upto, strict=True))
        rows.append((f"{time:,.1f}", *cells))
    note = "; ".join(f"{words} deployed at {at:,.1f} s" for at, words in marks[:20])
    return Table(columns, rows, frozenset(columns), note)


def _draw(lines: list[Line], last: float, marks: list[tuple[float, str]], title: str, unit: str) -> str:
    entries, y = legend([(_sample(at), line.name) for at, line in enumerate(lines)])
    x = Scale(0, last, LEFT, RIGHT)
    top = y + 34 + deploy_height(marks, x)
    low, high = (float(pick([pick(line.values) for line in lines])) for pick in (min, max))
    # From zero, unless that would press everything into the upper edge; below zero there is room for what is.
    low = min(low, 0.0) if low < high * 0.8 or low == high else low - (high - low) * 0.05
    scale = Scale(low, high + (high - low) * 0.04, top + TALL, top)
    body = [heading(title), *entries, *axis_left(scale, LEFT, RIGHT, unit, 6)]
    for at, line in enumerate(lines):
        body += _line(line, at, x, scale)
    body += deploy_lines(marks, x, top, top + TALL)
    body += axis_below(x, top + TALL, "seconds since the first point", 8)
    return svg.document(WIDE, top + TALL + 44, title, body, STYLE)


def _pen(at: int) -> str:
    colour, dash, _ = LOOKS[at]
    return f'fill="none" stroke="{colour}" stroke-width="1.8" stroke-linejoin="round"' + (
        f' stroke-dasharray="{dash}"' if dash else ""
    )


def _sample(at: int) -> str:
    colour, _, marker = LOOKS[at]
    return svg.line("M0 -4H22", _pen(at)) + svg.line(f"M11 -4{marker}", f'fill="{colour}" stroke="{shade(colour)}"')


def _line(line: Line, at: int, x: Scale, y: Scale) -> list[str]:
    """The line; and its points as markers while there are few enough to be told apart."""
    pixels = list(
        dict.fromkeys(
            (svg.number(x(float(second))), svg.number(y(float(value))))
            for second, value in zip(line.seconds, line.values, strict=True)
        )
    )
    colour, _, marker = LOOKS[at]
    drawn = [svg.line("M" + "L".join(" ".join(pixel) for pixel in pixels), _pen(at))]
    # Every so many points a marker, not at the same places for each line.
    every = max(1, len(pixels) // 24)
    marks = "".join(f"M{px} {py}{marker}" for px, py in pixels[at % every :: every])
    return [*drawn, svg.line(marks, f'fill="{colour}" stroke="{shade(colour)}" stroke-width=".8"')]
