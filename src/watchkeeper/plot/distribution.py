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
from .draw import LEFT, Axis, Flags, Mark, Panel, left_out, percentile_name, picture, possible
from .figure import Figure, Table
from .marks import BAR, LIMIT, Bars, Dots, Steps, Upright
from .palette import INK, MUTED

RIGHT = 852  # the shares of the ecdf are at the right edge
BINS = 56  # bars of 14 pixels: with fewer, two humps become one
FEW = 60  # up to here each request can be a dot
MOST_GROUPS, MOST_ROWS = 6, 13  # panels on one screen; rows of the twin
ECDF, PERCENTILE = svg.stroke(MUTED[0], 2), svg.stroke(INK, 1.4)


@dataclass(frozen=True)
class Group:
    """Sorted durations under one name, with what is marked on them: (words, ms) for each line."""

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
    """A histogram of durations (ms), with percentiles (0 to 1) as labeled lines, n, and a limit `slo_ms`.

    `groups` names each duration's group (a route, before and after): up to six, a panel for each. 60 or fewer
    are drawn as dots. A percentile is the value at rank ceil(share · n), numpy's "inverted_cdf". With `percentiles=()`
    the figure tells n and the range and nothing else, for a question that asks for the rest. `ecdf=True` adds the share
    of requests at most that long as a line; `marks` adds lines of yours ({"mean": 41.2}).
    Durations that are impossible (NaN, infinite, negative) are left out and counted. Raises FigureError when there is
    no possible one, one is not a number, or there are too many groups.

    >>> distribution([10, 20, 30, 40], percentiles=[0.5], slo_ms=35).finding
    '4 requests took 10.0 to 40.0 ms; p50 20.0 ms; 1 of 4 (25%) took longer than 35.0 ms.'
    """
    shares = _shares(percentiles)
    panels, left = _groups(durations_ms, groups, shares, marks or {})
    title = clean(title)
    finding = " ".join(_finding(panel, shares, slo_ms, len(panels) > 1) for panel in panels)
    finding += left_out(left, "request")
    return Figure(title, finding, _draw(panels, slo_ms, log, ecdf, title), _table(panels, log))


def _shares(percentiles: Iterable[float]) -> list[float]:
    if not isinstance(percentiles, Iterable):
        raise FigureError(f"percentiles come as a list; give percentiles=[{percentiles}]")
    shares = sorted(float(share) for share in percentiles)
    wrong = [share for share in shares if not 0 < share <= 1]
    if wrong:
        raise FigureError(f"{wrong[0]:g} is not a share of the requests; give percentiles as 0.95, not 95")
    return shares


def _groups(
    durations_ms: Sequence[float] | np.ndarray | pd.Series,
    groups: Iterable[object] | None,
    shares: list[float],
    marks: Mapping[str, float],
) -> tuple[list[Group], int]:
    """The panels, and how many durations are impossible."""
    try:
        values = np.asarray(durations_ms, dtype=float).ravel()
    except (TypeError, ValueError):
        raise FigureError("durations are numbers; give one column of them, such as traces.duration_ms") from None
    if not len(values):
        raise FigureError("there is no duration to draw; give it a column duration_ms with at least one row")
    known = possible(values)
    if not known.any():
        raise FigureError(
            "each duration is negative or not a finite number, so there is nothing to draw; look at the times"
        )
    labels = [""] * len(values) if groups is None else [clean(name, 60) or "(no name)" for name in groups]
    if len(labels) != len(values):
        raise FigureError(f"{len(values)} durations have {len(labels)} group names; give one name for each")
    rows = np.array(labels, dtype=object)[known]
    values, left = values[known], int((~known).sum())
    names = list(dict.fromkeys(rows.tolist()))
    if len(names) > MOST_GROUPS:
        raise FigureError(f"{len(names)} groups are too many to compare; give at most {MOST_GROUPS}")
    parts = [(name, np.sort(values[rows == name])) for name in names]
    own = [(clean(name, 30), float(at)) for name, at in marks.items()]
    panels = [
        Group(name, part, [(percentile_name(q), percentile(part, q)) for q in shares] + own) for name, part in parts
    ]
    return panels, left


def _finding(group: Group, shares: list[float], slo_ms: float | None, several: bool) -> str:
    values = group.values
    who = f"{group.name}: {count(len(values), 'request')}" if several else count(len(values), "request")
    parts = [f"{who} took {ms(values[0])} to {ms(values[-1])} ms"]
    parts += [", ".join(f"{words} {ms(at)} ms" for words, at in group.marks)] if group.marks else []
    if slo_ms is not None and shares:
        over = int((values > slo_ms).sum())
        parts.append(f"{over:,} of {len(values):,} ({percent(over / len(values))}) took longer than {ms(slo_ms)} ms")
    return "; ".join(parts) + "."


def _axis(panels: list[Group], log: bool, slo_ms: float | None = None) -> Axis:
    low = min(panel.values[0] for panel in panels)
    high = max(*(panel.values[-1] for panel in panels), slo_ms or 0, *(at for panel in panels for _, at in panel.marks))
    if log:
        positive = min((float(v[v > 0][0]) for v in (panel.values for panel in panels) if v[-1] > 0), default=1.0)
        label = "duration, ms (each step of the axis multiplies)"
        return Axis(positive * 0.95, max(high, positive * 2) * 1.05, label, log=True, most=14)
    return Axis(0 if low < high / 2 else low * 0.98, high * 1.03, "duration, ms", most=14)


def _table(panels: list[Group], log: bool) -> Table:
    """Counts between round durations, a column per group."""
    scale = _axis(panels, log).scale(0, 1)
    edges = next(edges for edges in map(scale.ticks, range(MOST_ROWS, 0, -1)) if len(edges) <= MOST_ROWS)
    edges = edges or [scale.high]
    columns = [
        np.bincount(np.searchsorted(edges, panel.values, side="left"), minlength=len(edges) + 1) for panel in panels
    ]
    filled = np.flatnonzero(np.sum(columns, axis=0))
    between = [f"over {decimal(low)} to {decimal(high)}" for low, high in pairwise(edges)]
    words = [f"up to {decimal(edges[0])}", *between, f"over {decimal(edges[-1])}"]
    # Empty rows in the middle stay: a gap is part of what a distribution says.
    lines: list[tuple[str, ...]] = [
        (words[at], *(f"{column[at]:,}" for column in columns)) for at in range(filled[0], filled[-1] + 1)
    ]
    names = [f"{panel.name}, requests" if panel.name else "requests" for panel in panels]
    return Table(("duration, ms", *names), lines, frozenset(names))


def _draw(panels: list[Group], slo_ms: float | None, log: bool, ecdf: bool, title: str) -> str:
    axis = _axis(panels, log, slo_ms)
    high = {1: 240, 2: 150}.get(len(panels), 110)
    drawn = [_panel(panel, axis, high, slo_ms, ecdf) for panel in panels]
    return picture(title, _legend(panels, slo_ms, ecdf), axis, drawn, RIGHT)


def _panel(group: Group, axis: Axis, high: float, slo_ms: float | None, ecdf: bool) -> Panel:
    marks: list[Mark] = []
    y = None
    if len(group.values) <= FEW:
        marks.append(Dots(group.values))
    else:
        edges = axis.scale(LEFT, RIGHT).steps(BINS)
        counts, _ = np.histogram(np.clip(group.values, edges[0], edges[-1]), edges)
        y = Axis(0, counts.max() * 1.04, most=5)
        marks.append(Bars(edges, counts))
    marks += [Steps(group.values, ECDF)] if ecdf else []
    marks += [Upright(slo_ms)] if slo_ms is not None else []
    marks.append(Flags([(at, f"{words} {ms(at)}") for words, at in group.marks], PERCENTILE, "s h"))
    n = f"n = {len(group.values):,}"
    return Panel(marks, y, high, f"{group.name}, {n}" if group.name else n)


def _legend(panels: list[Group], slo_ms: float | None, ecdf: bool) -> list[tuple[str, str]]:
    few = all(len(panel.values) <= FEW for panel in panels)
    picture = f'<circle cx="11" cy="-4" r="4" {BAR}/>' if few else svg.rect(3, -10, 16, 11, BAR)
    entries = [(picture, "one dot per request" if few else "number of requests")]
    if ecdf:
        entries.append((svg.path("M0 0h8v-4h6v-5h8", ECDF), "share of requests that took at most that long"))
    told = next((words for panel in panels for words, _ in panel.marks if words.startswith("p")), "")
    if told:
        words = f"{told}: {told[1:]}% of the requests took at most that long"
        entries.append((svg.down(11, -11, 2, PERCENTILE), words))
    if slo_ms is not None:
        entries.append((svg.down(11, -11, 2, LIMIT), f"the limit: {ms(slo_ms)} ms"))
    return entries
