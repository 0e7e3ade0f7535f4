"""How durations are spread: a histogram (dots when there are few), with percentiles and a limit as lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from ..errors import FigureError
from ..latency import percentile
from ..words import clean, count, decimal, ms, percent
from . import svg
from .chart import (
    EDGE,
    LINES,
    STYLE,
    WIDE,
    Scale,
    axis_below,
    axis_left,
    beside,
    heading,
    lanes,
    legend,
    named,
)
from .figure import Figure, Table
from .palette import ERROR, INK, MUTED, shade, tint

LEFT, RIGHT, BINS, FEW, MOST_GROUPS, MOST_ROWS = 52, 852, 56, 60, 6, 13
BAR, DOT = MUTED[2], 9


@dataclass(frozen=True)
class Group:
    """Sorted durations under one name, with what is marked on them: (words, ms) a line."""

    name: str
    values: np.ndarray
    marks: list[tuple[str, float]]


def distribution(
    durations_ms: Sequence[float] | np.ndarray | pd.Series,
    percentiles: Iterable[float] = (0.5, 0.95, 0.99),
    slo_ms: float | None = None,
    groups: Iterable[object] | None = None,
    log: bool = True,
    title: str = "How long requests take",
    ecdf: bool = False,
    marks: Mapping[str, float] | None = None,
) -> Figure:
    """A histogram of durations (ms), with percentiles (0 to 1) as labelled lines, n, and a limit `slo_ms`.

    `groups` names each duration's group (a route, before and after): up to six, a panel each on one axis. 60 or fewer
    are drawn as dots. A percentile is the value at rank ceil(share · n), numpy's "inverted_cdf". With `percentiles=()`
    the figure tells n and the range and nothing else, for a question that asks for the rest. `ecdf=True` adds the share
    of requests at most that long as a line; `marks` adds lines of yours ({"mean": 41.2}).
    Raises FigureError when there is no duration, one is not a number, or there are too many groups.

    >>> distribution([10, 20, 30, 40], percentiles=[0.5], slo_ms=35).finding
    '4 requests took 10.0 to 40.0 ms; p50 20.0 ms; 1 of 4 (25%) took longer than 35.0 ms.'
    """
    shares = _shares(percentiles)
    panels = _groups(durations_ms, groups, shares, marks or {})
    heading_words = clean(title)
    finding = " ".join(_finding(panel, shares, slo_ms, len(panels) > 1) for panel in panels)
    table = _table(panels, log)
    return Figure(heading_words, finding, _draw(panels, slo_ms, log, ecdf, heading_words), table)


def _shares(percentiles: Iterable[float]) -> list[float]:
    if not isinstance(percentiles, Iterable):
        raise FigureError(f"percentiles come as a list; give percentiles=[{percentiles}]")
    shares = sorted(float(share) for share in percentiles)
    wrong = [share for share in shares if not 0 < share <= 1]
    if wrong:
        raise FigureError(f"{wrong[0]:g} is no share of the requests; give percentiles as 0.95, not 95")
    return shares


def _groups(
    durations_ms: Sequence[float] | np.ndarray | pd.Series,
    groups: Iterable[object] | None,
    shares: list[float],
    marks: Mapping[str, float],
) -> list[Group]:
    try:
        values = np.asarray(durations_ms, dtype=float).ravel()
    except (TypeError, ValueError):
        raise FigureError("durations are numbers; give one column of them, such as traces.duration_ms") from None
    if not len(values):
        raise FigureError("there is no duration to draw; give it a column duration_ms with at least one row")
    if not np.isfinite(values).all() or values.min() < 0:
        raise FigureError("a duration is negative or not a finite number; leave those rows out, and say how many")
    labels = [""] * len(values) if groups is None else [clean(name, 60) or "(no name)" for name in groups]
    if len(labels) != len(values):
        raise FigureError(f"{len(values)} durations have {len(labels)} group names; give one name for each")
    names = list(dict.fromkeys(labels))
    if len(names) > MOST_GROUPS:
        raise FigureError(f"{len(names)} groups are too many to compare; give at most {MOST_GROUPS}")
    rows = np.array(labels, dtype=object)
    parts = [(name, np.sort(values[rows == name])) for name in names]
    own = [(clean(name, 30), float(at)) for name, at in marks.items()]
    return [Group(name, part, [(named(q), percentile(part, q)) for q in shares] + own) for name, part in parts]


def _finding(group: Group, shares: list[float], slo_ms: float | None, several: bool) -> str:
    values = group.values
    who = f"{group.name}: {count(len(values), 'request')}" if several else count(len(values), "request")
    parts = [f"{who} took {ms(values[0])} to {ms(values[-1])} ms"]
    parts += [", ".join(f"{words} {ms(at)} ms" for words, at in group.marks)] if group.marks else []
    if slo_ms is not None and shares:
        over = int((values > slo_ms).sum())
        parts.append(f"{over:,} of {len(values):,} ({percent(over / len(values))}) took longer than {ms(slo_ms)} ms")
    return "; ".join(parts) + "."


def _scale(panels: list[Group], log: bool, slo_ms: float | None = None) -> Scale:
    low = min(panel.values[0] for panel in panels)
    high = max(*(panel.values[-1] for panel in panels), slo_ms or 0, *(at for panel in panels for _, at in panel.marks))
    if log:
        positive = min((float(v[v > 0][0]) for v in (panel.values for panel in panels) if v[-1] > 0), default=1.0)
        return Scale(positive * 0.95, max(high, positive * 2) * 1.05, LEFT, RIGHT, log=True)
    return Scale(0 if low < high / 2 else low * 0.98, high * 1.03, LEFT, RIGHT)


def _table(panels: list[Group], log: bool) -> Table:
    """Counts between round durations, a column a group; the marks in the note below."""
    edges = np.array(_round_edges(_scale(panels, log)))
    columns = [
        np.bincount(np.searchsorted(edges, panel.values, side="left"), minlength=len(edges) + 1) for panel in panels
    ]
    filled = np.flatnonzero(np.sum(columns, axis=0))
    words = list(_between(edges))
    # Empty rows in the middle stay: a gap is part of what a distribution says.
    lines: list[tuple[str, ...]] = [
        (words[at], *(f"{column[at]:,}" for column in columns)) for at in range(filled[0], filled[-1] + 1)
    ]
    names = [f"{panel.name}, requests" if panel.name else "requests" for panel in panels]
    return Table(("duration, ms", *names), lines, frozenset(names))


def _round_edges(scale: Scale) -> list[float]:
    edges = next(edges for edges in map(scale.ticks, range(MOST_ROWS, 0, -1)) if len(edges) <= MOST_ROWS)
    return edges or [scale.high]


def _between(edges: np.ndarray) -> Iterable[str]:
    yield f"up to {decimal(edges[0])}"
    for low, high in pairwise(edges):
        yield f"over {decimal(low)} to {decimal(high)}"
    yield f"over {decimal(edges[-1])}"


def _draw(panels: list[Group], slo_ms: float | None, log: bool, ecdf: bool, title: str) -> str:
    x = _scale(panels, log, slo_ms)
    tall = 240 if len(panels) == 1 else 150 if len(panels) == 2 else 110
    entries, y = legend(_legend(panels, slo_ms, ecdf))
    body = [heading(title), *entries]
    for panel in panels:
        drawn, y = _panel(panel, x, y + 8, tall, slo_ms, ecdf)
        body += drawn
    body += axis_below(x, y, "duration, ms (each step of the axis multiplies)" if log else "duration, ms", 14)
    return svg.document(WIDE, y + 44, title, body, STYLE)


def _legend(panels: list[Group], slo_ms: float | None, ecdf: bool) -> list[tuple[str, str]]:
    few = all(len(panel.values) <= FEW for panel in panels)
    dot = f'fill="{tint(BAR, 0.6)}" stroke="{shade(BAR)}"'
    picture = f'<circle cx="11" cy="-4" r="4" {dot}/>' if few else svg.rect(3, -10, 16, 11, dot)
    entries = [(picture, "a dot a request" if few else "number of requests")]
    if ecdf:
        entries.append(
            (
                svg.line("M0 0h8v-4h6v-5h8", f'fill="none" stroke="{LINES[0][0]}" stroke-width="2"'),
                "share of requests that took at most so long",
            )
        )
    told = next((words for panel in panels for words, _ in panel.marks if words.startswith("p")), "")
    if told:
        words = f"{told}: {told[1:]}% of the requests took at most so long"
        entries.append((svg.line("M11 -11v13", f'stroke="{INK}" stroke-width="1.4"'), words))
    if slo_ms is not None:
        entries.append((svg.line("M11 -11v13", _limit_look()), f"the limit: {ms(slo_ms)} ms"))
    return entries


def _limit_look() -> str:
    return f'stroke="{ERROR}" stroke-width="2" stroke-dasharray="6 3"'


def _panel(
    panel: Group, x: Scale, top: float, tall: float, slo_ms: float | None, ecdf: bool
) -> tuple[list[str], float]:
    """One group's picture; and the y of its bottom line."""
    lines = [(x(at), f"{words} {ms(at)}") for words, at in panel.marks]
    placed = lanes([at for at, _ in lines], [words for _, words in lines], WIDE - EDGE)
    head = 14.0 * (1 + max((lane for lane, _ in placed), default=-1))
    name = f"{panel.name}, n = {len(panel.values):,}" if panel.name else f"n = {len(panel.values):,}"
    title = svg.text(LEFT, top + 18, name, 'class="b s"')
    top += head + 26
    bottom = top + (tall if len(panel.values) > FEW else min(tall, max(40, DOT * max(_stacks(panel.values, x)) + 10)))
    drawn = [title, *_bars(panel.values, x, top, bottom)]
    if ecdf:
        drawn += _ecdf(panel.values, x, top, bottom)
    if slo_ms is not None:
        drawn.append(svg.line(f"M{svg.number(x(slo_ms))} {svg.number(top - 4)}V{svg.number(bottom)}", _limit_look()))
    for (at, words), (lane, side) in zip(lines, placed, strict=True):
        y = top - 8 - 14 * lane
        drawn.append(
            svg.line(
                f"M{svg.number(at)} {svg.number(y - 9)}V{svg.number(bottom)}", f'stroke="{INK}" stroke-width="1.4"'
            )
        )
        drawn.append(beside(at, y, words, side, 'class="s h"'))
    drawn.append(svg.line(f"M{LEFT} {svg.number(bottom)}H{RIGHT}", f'stroke="{shade("#999999")}"'))
    return drawn, bottom


def _bars(values: np.ndarray, x: Scale, top: float, bottom: float) -> list[str]:
    look = f'fill="{tint(BAR, 0.6)}" stroke="{shade(BAR)}"'
    if len(values) <= FEW:
        return _dots(values, x, top, bottom, look)
    edges = np.linspace(LEFT, RIGHT, BINS + 1)
    counts, _ = np.histogram(x.many(values), edges)
    y = Scale(0, counts.max() * 1.04, bottom, top)
    drawn = axis_left(y, LEFT, RIGHT, most=5)
    bars = "".join(
        f"M{svg.number(edges[at] + 0.5)} {svg.number(bottom)}V{svg.number(min(y(number), bottom - 1.5))}"
        f"H{svg.number(edges[at + 1] - 0.5)}V{svg.number(bottom)}z"
        for at, number in enumerate(counts)
        if number
    )
    return [*drawn, svg.line(bars, f'{look} stroke-width=".7"')]


def _stacks(values: np.ndarray, x: Scale) -> list[int]:
    """For each value the number of its dot in the stack at its place, from 1."""
    high: dict[int, int] = {}
    found = []
    for column in (x.many(values) / DOT).astype(int).tolist():
        high[column] = high.get(column, 0) + 1
        found.append(high[column])
    return found


def _dots(values: np.ndarray, x: Scale, top: float, bottom: float, look: str) -> list[str]:
    """Each request a dot; those that would cover each other are stacked."""
    columns, stacks = (x.many(values) / DOT).astype(int).tolist(), _stacks(values, x)
    step = min(DOT, (bottom - top - 4) / max(stacks))
    places = [((column + 0.5) * DOT, bottom - 5 - step * (at - 1)) for column, at in zip(columns, stacks, strict=True)]
    return [f'<circle cx="{svg.number(px)}" cy="{svg.number(py)}" r="4" {look}/>' for px, py in places]


def _ecdf(values: np.ndarray, x: Scale, top: float, bottom: float) -> list[str]:
    """The empirical distribution as steps, at most one a pixel, with 0, 50 and 100% at the right."""
    y = Scale(0, 1, bottom, top)
    pixels = np.round(x.many(values)).astype(int)
    # The last value of each pixel is as high as the line gets there.
    last = np.flatnonzero(np.append(np.diff(pixels) != 0, True))
    steps = zip(pixels[last].tolist(), ((last + 1) / len(values)).tolist(), strict=True)
    commands = f"M{LEFT} {svg.number(bottom)}" + "".join(f"H{pixel}V{svg.number(y(share))}" for pixel, share in steps)
    line = svg.line(f"{commands}H{RIGHT}", 'fill="none" stroke="#fff" stroke-width="4"')
    line += svg.line(f"{commands}H{RIGHT}", f'fill="none" stroke="{LINES[0][0]}" stroke-width="2"')
    ticks = [svg.text(WIDE - 4, y(share) + 4, percent(share, 0), 'class="q n"') for share in (0, 0.5, 1)]
    return [line, *ticks]
