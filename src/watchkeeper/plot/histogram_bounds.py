"""A histogram as it was recorded: a bar per bucket, and between which bounds a percentile must lie."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from ..errors import FigureError
from ..latency import Histogram
from ..words import clean, count, decimal
from . import svg
from .draw import LEFT, RIGHT, Axis, Panel, hatching, percentile_name, picture
from .figure import Figure, Table
from .marks import BAR, Bars, Counts
from .palette import ERROR

MOST = 40  # buckets of 20 pixels, below which no count fits above its bar
WHOLE = 20  # up to here the empty buckets at both ends are drawn as well
MARKED = svg.fill("url(#h)", ERROR, 1.6)


def histogram_bounds(
    histogram: Histogram, quantile: float | None = None, title: str = "What the histogram counted"
) -> Figure:
    """A bar per bucket, all of one width, with the bounds below; `quantile` (0 to 1) marks where it must lie.

    The width of a bar says nothing: inside a bucket the histogram does not know where its values are. With a
    `quantile` the bucket of the value at rank ceil(q · n) is marked, and the finding says between which bounds it
    must be. Raises FigureError for an empty histogram, one with more than 40 buckets that are not empty, or a
    quantile outside 0 to 1.

    >>> histogram_bounds(Histogram((5, 10, 25), (60, 30, 9, 1), unit="ms"), quantile=0.95).finding
    '100 values in 4 buckets. p95 lies between 10 and 25 ms; the histogram cannot say where.'
    """
    if not histogram.n:
        raise FigureError("the histogram counted nothing; take another point, or merge several")
    if quantile is not None and not 0 <= quantile <= 1:
        raise FigureError(f"{quantile:g} is not a quantile; give one between 0 and 1, such as 0.95")
    first, last = _stretch(histogram)
    if last - first > MOST:
        raise FigureError(f"{last - first} buckets are too many to draw; rebucket the histogram to at most {MOST}")
    marked = _bucket_of(histogram, quantile) if quantile is not None else None
    title = clean(title)
    names = _names(histogram)
    return Figure(
        title,
        _finding(histogram, quantile),
        _draw(histogram, (first, last), marked, quantile, title),
        _table(histogram, names, (first, last), marked, quantile),
    )


def _stretch(histogram: Histogram) -> tuple[int, int]:
    """All buckets when they fit into the picture, else from the first to the last that is not empty."""
    if len(histogram.counts) <= WHOLE:
        return 0, len(histogram.counts)
    filled = np.flatnonzero(histogram.counts)
    return int(filled[0]), int(filled[-1]) + 1


def _bucket_of(histogram: Histogram, quantile: float) -> int:
    """The bucket that holds the value at the quantile's rank."""
    return histogram.buckets().at(quantile)[0]


def _names(histogram: Histogram) -> list[str]:
    bounds = [decimal(bound) for bound in histogram.bounds]
    if not bounds:
        return ["all"]
    between = [f"over {low} to {high}" for low, high in pairwise(bounds)]
    return [f"up to {bounds[0]}", *between, f"over {bounds[-1]}"]


def _unit(histogram: Histogram) -> str:
    return clean(histogram.unit, 20)


def _finding(histogram: Histogram, quantile: float | None) -> str:
    name = percentile_name(quantile) if quantile is not None else ""
    values = f"{count(histogram.n, 'value')} in {count(len(histogram.counts), 'bucket')}."
    if quantile is None:
        return values
    low, high = histogram.quantile_bounds(quantile)
    unit = f" {_unit(histogram)}".rstrip()
    if math.isinf(high):
        return f"{values} {name} is above {decimal(low)}{unit}; the histogram cannot say how far."
    if math.isinf(low):
        return f"{values} {name} is at most {decimal(high)}{unit}; the histogram cannot say where."
    bounds = f"{decimal(low)} and {decimal(high)}{unit}"
    return f"{values} {name} lies between {bounds}; the histogram cannot say where."


def _table(
    histogram: Histogram, names: list[str], stretch: tuple[int, int], marked: int | None, quantile: float | None
) -> Table:
    """A row per bucket; empty ones at both ends are left out."""
    bucket = f"bucket, {_unit(histogram)}" if histogram.unit else "bucket"
    columns = (bucket, "count", *([""] if marked is not None else []))
    filled = np.flatnonzero(histogram.counts)
    first, last = max(stretch[0], int(filled[0]) - 1), min(stretch[1], int(filled[-1]) + 2)
    lines: list[tuple[str, ...]] = []
    for at in range(first, last):
        note = [percentile_name(quantile) if at == marked else ""] if quantile is not None else []
        lines.append((names[at], f"{histogram.counts[at]:,}", *note))
    return Table(columns, lines, frozenset(columns[1:2]))


def _draw(
    histogram: Histogram, stretch: tuple[int, int], marked: int | None, quantile: float | None, title: str
) -> str:
    first, last = stretch
    counts, edges = histogram.counts[first:last], range(last - first + 1)
    marks = [Bars(edges, counts, BAR, inset=1)]
    if marked is not None:
        marks.append(Bars((marked - first, marked - first + 1), counts[marked - first :][:1], MARKED, inset=1))
    bounds = [(at - first + 1, decimal(histogram.bounds[at])) for at in range(first, min(last, len(histogram.bounds)))]
    bounds += [(last - first, "∞")] if last > len(histogram.bounds) else []
    unit = f", {_unit(histogram)}" if _unit(histogram) else ""
    label = f"upper bound of the bucket{unit} (each bar is one bucket, however wide that is)"
    panel = Panel([*marks, Counts(edges, counts)], Axis(0, max(counts) * 1.06, "values", most=5), 230)
    # Few buckets are not blown up.
    right = LEFT + min(RIGHT - LEFT, 90 * len(counts))
    axis = Axis(0, len(counts), label, named=bounds)
    hatched = f"<defs>{hatching('h', 6, 'M0 6L6 0', ERROR)}</defs>"
    return picture(title, _legend(marked, quantile), axis, [panel], right, hatched)


def _legend(marked: int | None, quantile: float | None) -> list[tuple[str, str]]:
    entries = [(svg.rect(0, -10, 22, 11, BAR), "values counted in the bucket")]
    if marked is not None and quantile is not None:
        hatched = svg.rect(0, -10, 22, 11, BAR) + svg.rect(0, -10, 22, 11, MARKED)
        entries.append((hatched, f"the bucket of {percentile_name(quantile)}"))
    return entries
