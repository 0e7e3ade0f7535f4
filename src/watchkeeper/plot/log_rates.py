"""How often each template was written over time: a row a template, a bar a window."""

from __future__ import annotations

import numpy as np
import pandas as pd

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
    need,
)
from .figure import Figure, Table
from .palette import GRID, MUTED, QUIET, ZEBRA, shade, tint

LEFT, RIGHT, ROW, STRETCHES = 356, 770, 34, 7
Rows = list[tuple[str, str, np.ndarray]]


def log_rates(
    rates: pd.DataFrame, deploys: pd.DataFrame | None = None, limit: int = 12, title: str = "Log records by template"
) -> Figure:
    """Small bars of counts over time, a row for each service and template that `logs.rates` found, most records first.

    `rates` has time_ns (where a window begins), template, count, and may have service. Each row has a scale of its own,
    whose top is the number at its right: compare shapes across rows, heights within one. `deploys`, as
    `Recording.deploys`, adds a dashed line each. Of more than `limit` rows those with the most records are shown.
    Raises FigureError when a column is missing or there is no row.
    """
    need(rates, ("time_ns", "template", "count"), "what logs.rates returns")
    times = np.sort(rates["time_ns"].unique())
    step = int(np.diff(times).min()) / 1e9 if len(times) > 1 else 1.0
    # A window that nobody wrote in may be missing from the frame, but not from the picture.
    windows = round((int(times[-1]) - int(times[0])) / 1e9 / step) + 1
    table = rates.assign(
        service=rates["service"] if "service" in rates.columns else "",
        window=((rates["time_ns"] - times[0]) / 1e9 / step).round().astype(int),
    )
    everything = _rows(table, windows)
    shown = everything[: max(limit, 1)]
    left = len(everything) - len(shown)
    note = f"… {count(left, 'template')} with fewer records not shown." if left else ""
    marks = deploy_marks(deploys, int(times[0]), step * windows)
    words = clean(title)
    total = sum(int(counts.sum()) for _, _, counts in everything)
    finding = (
        f"{count(total, 'record')} of {count(len(everything), 'template')} in {step * windows:,.4g} s, "
        f"counted every {decimal(step)} s."
    )
    if marks:
        finding += f" Deploys: {', '.join(f'{what} at {at:,.0f} s' for at, what in marks[:6])}."
    return Figure(words, finding, _draw(shown, step, marks, words, note), _table(shown, step, note))


def _rows(table: pd.DataFrame, windows: int) -> Rows:
    """Service, template and counts by window, most records first, then by name."""
    found: Rows = []
    for (service, template), group in table.groupby(["service", "template"], sort=True):
        counts = np.bincount(group["window"], weights=group["count"], minlength=windows).astype(int)
        found.append((clean(service, 40), clean(template, 160) or "(empty)", counts))
    return sorted(found, key=lambda row: -int(row[2].sum()))


def _table(rows: Rows, step: float, note: str) -> Table:
    """Counts in a few stretches of time, all of one length but perhaps the last."""
    windows = len(rows[0][2])
    each = -(-windows // STRETCHES)
    parts = [np.arange(first, min(first + each, windows)) for first in range(0, windows, each)]
    stretches = tuple(f"{decimal(part[0] * step)}–{decimal((part[-1] + 1) * step)} s" for part in parts)
    lines: list[tuple[str, ...]] = [
        (service, clean(template, 60), *(f"{counts[part].sum():,}" for part in parts))
        for service, template, counts in rows
    ]
    return Table(("service", "template", *stretches), lines, frozenset(stretches), note)


def _draw(rows: Rows, step: float, marks: list[tuple[float, str]], title: str, note: str) -> str:
    x = Scale(0, step * len(rows[0][2]), LEFT, RIGHT)
    top = 52 + deploy_height(marks, x)
    bottom = top + ROW * len(rows)
    body = [heading(title), svg.text(EDGE, top - 6, "service and template", 'class="q"')]
    body.append(svg.text(RIGHT + 52, top - 6, "highest", 'class="q n"'))
    body.append(svg.text(WIDE - EDGE, top - 6, "in all", 'class="q n"'))
    for at, row in enumerate(rows):
        body += _row(row, x, top + ROW * at, at, step)
    body += deploy_lines(marks, x, top, bottom)
    body += axis_below(x, bottom, "seconds since the first window", 8)
    if note:
        body.append(svg.text(EDGE, bottom + 34, note, 'class="q"'))
    return svg.document(WIDE, bottom + 44, title, body, STYLE)


def _row(row: tuple[str, str, np.ndarray], x: Scale, top: float, at: int, step: float) -> list[str]:
    service, template, counts = row
    base, highest = top + ROW - 3, int(counts.max())
    drawn = [svg.rect(4, top, WIDE - 8, ROW, f'fill="{ZEBRA}"')] if at % 2 else []
    room = LEFT - EDGE - 14
    drawn.append(svg.text(EDGE, top + 14, svg.fit(service or template, room, 12.5), 'class="b"'))
    drawn += [svg.text(EDGE, top + 28, svg.fit(template, room, 11.5), 'style="font-size:11.5px"')] if service else []
    drawn.append(svg.line(f"M{LEFT} {svg.number(base)}H{svg.number(x.last)}", f'stroke="{GRID}"'))
    y = Scale(0, max(highest, 1), base, top + 5)
    bars = "".join(
        f"M{svg.number(x(window * step) + 0.5)} {svg.number(base)}V{svg.number(min(y(number), base - 2))}"
        f"H{svg.number(max(x((window + 1) * step) - 0.5, x(window * step) + 1.2))}V{svg.number(base)}z"
        for window, number in enumerate(counts.tolist())
        if number
    )
    drawn += (
        [svg.line(bars, f'fill="{tint(MUTED[2], 0.7)}" stroke="{shade(MUTED[2])}" stroke-width=".7"')] if bars else []
    )
    drawn.append(svg.text(RIGHT + 52, top + 22, f"{highest:,}", f'class="s n" style="fill:{QUIET}"'))
    drawn.append(svg.text(WIDE - EDGE, top + 22, f"{int(counts.sum()):,}", 'class="n"'))
    return drawn
