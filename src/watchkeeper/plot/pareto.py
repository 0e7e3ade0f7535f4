"""Counts by label, the largest first, and how much the first few of them make together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from ..errors import FigureError
from ..words import clean, count, decimal, percent
from . import svg
from .draw import EDGE, Scale, heading, legend, page
from .figure import Figure, Table
from .marks import SHAPES
from .palette import ERROR, GRID, INK, MUTED, shade, tint

# Columns: labels end at LEFT, bars begin there, the shares of all are between MIDDLE and RIGHT.
LEFT, MIDDLE, RIGHT, ROW = 330, 620, 852, 24
BAR = svg.fill(tint(MUTED[1], 0.7), shade(MUTED[1]))
TOGETHER, RULE = svg.stroke(INK, 1.6), svg.stroke(ERROR, 1.8, "6 3")


def pareto(
    counts: pd.Series | Mapping[str, float] | Sequence[float],
    labels: Iterable[object] | None = None,
    share: float | None = 0.8,
    limit: int = 15,
    title: str = "The few that make most",
) -> Figure:
    """Bars of counts, the largest first, and next to them the share that the rows down to there make together.

    `counts` by label (a series, a mapping), or in the order of `labels`. The rule marks where `share` (0 to 1) is
    reached; `share=None` leaves out rule, line and cumulated numbers, for a question that asks for them. Beyond `limit`
    rows (15 fit on half a screen) the rest is one row. Raises FigureError when there is no count, or one that is
    negative or not a number.

    >>> pareto({"a": 70, "b": 15, "c": 10, "d": 5}).finding
    '100 in 4 kinds; the first 2 of them (50%) make 85%, which is the smallest set with at least 80%.'
    """
    names, values = _sorted(counts, labels)
    if share is not None and not 0 < share <= 1:
        raise FigureError(f"{share:g} is not a share of all; give one above 0 and at most 1, such as 0.8")
    total = values.sum()
    shown = min(max(limit, 1), len(values))
    if len(values) > shown:
        rest = len(values) - shown
        names, bars = [*names[:shown], f"{rest:,} more together"], np.append(values[:shown], values[shown:].sum())
    else:
        bars = values
    title = clean(title)
    cumulated = np.cumsum(bars) / total
    enough = _enough(values, share) if share else None
    return Figure(
        title,
        _finding(names, values, share, enough),
        _draw(names, bars, cumulated, share, enough, title),
        _table(names, bars, cumulated, share),
    )


def _sorted(
    counts: pd.Series | Mapping[str, float] | Sequence[float], labels: Iterable[object] | None
) -> tuple[list[str], np.ndarray]:
    """Labels and counts, the largest first; of equals the first by label."""
    if labels is None and not isinstance(counts, pd.Series | Mapping):
        raise FigureError("numbers without names cannot be told apart; give a series by label, or labels as well")
    keys = list(counts.keys()) if labels is None else list(labels)  # type: ignore[union-attr]
    given = counts.values() if isinstance(counts, Mapping) else counts
    values = np.array(list(given), dtype=float)
    if len(keys) != len(values):
        raise FigureError(f"{len(values)} counts have {len(keys)} labels; give one for each")
    if not (np.isfinite(values) & (values >= 0)).all() or not values.sum() > 0:
        raise FigureError("counts must be numbers of 0 or more, and not all 0")
    names = [clean(_label(key)) or "(no name)" for key in keys]
    order = np.lexsort((np.array(names, dtype=str), -values))
    return [names[at] for at in order], values[order]


def _label(key: object) -> str:
    return " · ".join(str(part) for part in key if part != "") if isinstance(key, tuple) else str(key)


def _enough(values: np.ndarray, share: float) -> int:
    """How many of the largest reach the share; sums of decimals miss it by the last digit, hence the tolerance."""
    return int(np.searchsorted(np.cumsum(values), share * values.sum() * (1 - 1e-12))) + 1


def _finding(names: list[str], values: np.ndarray, share: float | None, enough: int | None) -> str:
    total = f"{decimal(values.sum())} in {count(len(values), 'kind')}"
    if share is None or enough is None:
        return f"{total}; the largest is {clean(names[0], 80)} with {decimal(values[0])}."
    made = values[:enough].sum() / values.sum()
    first = "the first" if enough == 1 else f"the first {enough:,} of them"
    verb = "makes" if enough == 1 else "make"
    return (
        f"{total}; {first} ({percent(enough / len(values))}) {verb} {percent(made)}, "
        f"which is the smallest set with at least {percent(share)}."
    )


def _table(names: list[str], bars: np.ndarray, cumulated: np.ndarray, share: float | None) -> Table:
    total = bars.sum()
    columns = ("what", "count", "share", *(["together"] if share else []))
    lines: list[tuple[str, ...]] = [
        (name, decimal(bar), percent(bar / total), *([percent(min(sofar, 1.0))] if share else []))
        for name, bar, sofar in zip(names, bars.tolist(), cumulated.tolist(), strict=True)
    ]
    return Table(columns, lines, frozenset(columns[1:]))


def _draw(
    names: list[str], bars: np.ndarray, cumulated: np.ndarray, share: float | None, enough: int | None, title: str
) -> str:
    entries, y = legend(_legend(share))
    top = y + 34
    bottom = top + ROW * len(names)
    x = Scale(0, float(bars.max()), LEFT, MIDDLE - 80 if share else RIGHT - 70)
    body = [heading(title), *entries, svg.text(LEFT, top - 8, "count", "q")]
    part = Scale(0, 1, MIDDLE, RIGHT)
    for at in (0, 0.25, 0.5, 0.75, 1) if share else ():
        body.append(svg.down(part(at), top, bottom, svg.stroke(GRID)))
        body.append(svg.text(part(at), top - 8, percent(at, 0), "q m"))
    for row, (name, bar) in enumerate(zip(names, bars.tolist(), strict=True)):
        middle, end = top + ROW * (row + 0.5), max(x(bar), LEFT + 1)
        inside = enough is not None and row < enough
        body.append(svg.text(LEFT - 10, middle + 4, svg.fit(name, LEFT - EDGE - 10), "n b" if inside else "n"))
        body.append(svg.rect(LEFT, middle - 8, end - LEFT, 16, BAR))
        body.append(svg.text(end + 6, middle + 4, decimal(bar), "s"))
    if share and enough is not None:
        places = [f"{svg.px(part(sofar))} {svg.px(top + ROW * (row + 0.5))}" for row, sofar in enumerate(cumulated)]
        body.append(svg.path("L".join([f"M{svg.px(part(0))} {svg.px(top)}", *places]), TOGETHER))
        body.append(svg.path("".join(f"M{place}{SHAPES[0]}" for place in places), svg.fill(INK)))
        # Down at the share, across below the last row that is needed.
        body.append(svg.down(part(share), top - 3, bottom, RULE))
        body.append(svg.across(EDGE, RIGHT, top + ROW * min(enough, len(names)), RULE))
    return page(title, body, bottom + 12)


def _legend(share: float | None) -> list[tuple[str, str]]:
    entries = [(svg.rect(0, -10, 22, 11, BAR), "how many")]
    if share:
        line = svg.path("M0 0L8 -5L22 -8", TOGETHER) + svg.path(f"M8 -5{SHAPES[0]}", svg.fill(INK))
        entries.append((line, "the rows down to here together"))
        entries.append((svg.down(11, -11, 2, RULE), f"{percent(share)}, and the rows that reach it"))
    return entries
