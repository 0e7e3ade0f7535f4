"""A histogram as it was recorded: a bar a bucket, and between which bounds a percentile must lie."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from ..errors import FigureError
from ..latency import Histogram
from ..words import clean, count, decimal
from . import svg
from .chart import STYLE, WIDE, Scale, axis_left, heading, legend, named
from .figure import Figure, Table
from .palette import ERROR, MUTED, QUIET, shade, tint

LEFT, RIGHT, TALL, MOST = 64, 872, 230, 40
BAR = f'fill="{tint(MUTED[2], 0.6)}" stroke="{shade(MUTED[2])}"'


def histogram_bounds(
    histogram: Histogram, quantile: float | None = None, title: str = "What the histogram counted"
) -> Figure:
    """A bar a bucket, all of one width, with the bounds below; `quantile` (0 to 1) marks where it must lie.

    The width of a bar says nothing: inside a bucket the histogram does not know where its values are. With a
    `quantile` the bucket of the value at rank ceil(q · n) is marked, and the finding says between which bounds it lies
    for certain. Raises FigureError for an empty histogram, one with more than 40 buckets that are not empty, or a
    quantile outside 0 to 1.

    >>> histogram_bounds(Histogram((5, 10, 25), (60, 30, 9, 1), unit="ms"), quantile=0.95).finding
    '100 values in 4 buckets. p95 lies between 10 and 25 ms; the histogram cannot say where.'
    """
    if not histogram.n:
        raise FigureError("the histogram counted nothing; take another point, or merge several")
    if quantile is not None and not 0 <= quantile <= 1:
        raise FigureError(f"{quantile:g} is no quantile; give one between 0 and 1, such as 0.95")
    first, last = _stretch(histogram)
    if last - first > MOST:
        raise FigureError(f"{last - first} buckets are too many to draw; rebucket the histogram to at most {MOST}")
    marked = _bucket_of(histogram, quantile) if quantile is not None else None
    words = clean(title)
    names = _names(histogram)
    return Figure(
        words,
        _finding(histogram, quantile),
        _draw(histogram, (first, last), marked, quantile, words),
        _table(histogram, names, (first, last), marked, quantile),
    )


def _stretch(histogram: Histogram) -> tuple[int, int]:
    """All buckets when they fit into the picture, else from the first to the last that is not empty."""
    if len(histogram.counts) <= 20:
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
    values = f"{count(histogram.n, 'value')} in {count(len(histogram.counts), 'bucket')}."
    if quantile is None:
        return values
    low, high = histogram.quantile_bounds(quantile)
    unit = f" {_unit(histogram)}".rstrip()
    if math.isinf(high):
        return f"{values} {named(quantile)} lies above {decimal(low)}{unit}; the histogram cannot say how far."
    if math.isinf(low):
        return f"{values} {named(quantile)} is at most {decimal(high)}{unit}; the histogram cannot say where."
    bounds = f"{decimal(low)} and {decimal(high)}{unit}"
    return f"{values} {named(quantile)} lies between {bounds}; the histogram cannot say where."


def _table(
    histogram: Histogram, names: list[str], stretch: tuple[int, int], marked: int | None, quantile: float | None
) -> Table:
    """A row a bucket; empty ones at both ends are left out."""
    bucket = f"bucket, {_unit(histogram)}" if histogram.unit else "bucket"
    columns = (bucket, "count", *([""] if marked is not None else []))
    filled = np.flatnonzero(histogram.counts)
    first, last = max(stretch[0], int(filled[0]) - 1), min(stretch[1], int(filled[-1]) + 2)
    lines: list[tuple[str, ...]] = []
    for at in range(first, last):
        note = [named(quantile) if at == marked else ""] if quantile is not None else []
        lines.append((names[at], f"{histogram.counts[at]:,}", *note))
    return Table(columns, lines, frozenset(columns[1:2]))


def _draw(
    histogram: Histogram, stretch: tuple[int, int], marked: int | None, quantile: float | None, title: str
) -> str:
    first, last = stretch
    counts = histogram.counts[first:last]
    entries, y = legend(_legend(marked, quantile))
    top = y + 34
    bottom = top + TALL
    scale = Scale(0, max(counts) * 1.06, bottom, top)
    body = [_hatching(), heading(title), *entries, *axis_left(scale, LEFT, RIGHT, "values", 5)]
    wide = min((RIGHT - LEFT) / len(counts), 90)
    for at, number in enumerate(counts):
        body += _bar(LEFT + wide * at, wide, scale, bottom, number, first + at == marked)
    body.append(svg.line(f"M{LEFT} {svg.number(bottom)}H{svg.number(LEFT + wide * len(counts))}", f'stroke="{QUIET}"'))
    body += _bound_words(histogram, stretch, wide, bottom)
    unit = _unit(histogram)
    words = f"upper bound of the bucket{', ' + unit if unit else ''} (each bar one bucket, whatever its width)"
    body.append(svg.text(LEFT, bottom + 38, words, 'class="q"'))
    return svg.document(WIDE, bottom + 48, title, body, STYLE)


def _hatching() -> str:
    line = f'stroke="{ERROR}" stroke-opacity=".7" stroke-width="1.4"'
    pattern = '<pattern id="h" width="6" height="6" patternUnits="userSpaceOnUse">'
    return f'<defs>{pattern}<path d="M0 6L6 0" {line}/></pattern></defs>'


def _legend(marked: int | None, quantile: float | None) -> list[tuple[str, str]]:
    entries = [(svg.rect(0, -10, 22, 11, BAR), "values counted in the bucket")]
    if marked is not None and quantile is not None:
        picture = svg.rect(0, -10, 22, 11, BAR) + svg.rect(0, -10, 22, 11, f'fill="url(#h)" stroke="{ERROR}"')
        entries.append((picture, f"the bucket of {named(quantile)}"))
    return entries


def _bar(x: float, wide: float, y: Scale, bottom: float, number: int, marked: bool) -> list[str]:
    top = min(y(number), bottom - 2) if number else bottom
    drawn = [svg.rect(x + 1, top, wide - 2, bottom - top, BAR)] if number else []
    if marked:
        drawn.append(
            svg.rect(x + 1, top, wide - 2, bottom - top, f'fill="url(#h)" stroke="{ERROR}" stroke-width="1.6"')
        )
    words = f"{number:,}"
    if number and svg.width(words, 11) <= wide + 6:
        drawn.append(svg.text(x + wide / 2, top - 5, words, 'class="s m h"'))
    return drawn


def _bound_words(histogram: Histogram, stretch: tuple[int, int], wide: float, bottom: float) -> list[str]:
    """The bound below each edge between two bars; every second one, or fewer, when they would touch."""
    first, last = stretch
    words = [(at, decimal(histogram.bounds[at])) for at in range(first, min(last, len(histogram.bounds)))]
    widest = max((svg.width(label, 11) for _, label in words), default=0.0) + 6
    every = max(1, math.ceil(widest / wide))
    drawn = []
    for at, label in words:
        x = LEFT + wide * (at - first + 1)
        drawn.append(svg.line(f"M{svg.number(x)} {svg.number(bottom)}v4", f'stroke="{QUIET}"'))
        if (at - first) % every == 0:
            drawn.append(svg.text(x, bottom + 17, label, 'class="q m"'))
    if last > len(histogram.bounds):
        drawn.append(svg.text(LEFT + wide * (last - first) - 2, bottom + 17, "∞", 'class="q m"'))
    return drawn
