"""How often each template was written over time: a row per template, a bar per window."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..otlp import in_nanoseconds
from ..words import clean, count, decimal
from . import svg
from .draw import BELOW, EDGE, WIDE, Axis, Deploys, Scale, Space, axis_below, heading, need, page, zebra
from .figure import Figure, Table
from .marks import Bars
from .palette import GRID, QUIET

# Bars between LEFT and RIGHT; the words before them are long, the two numbers behind them short.
LEFT, RIGHT, ROW = 356, 770, 34
STRETCHES = 7  # columns of the twin: with service and template as many as fit on a line
Rows = list[tuple[str, str, np.ndarray]]


def log_rates(
    rates: pd.DataFrame, deploys: pd.DataFrame | None = None, limit: int = 12, title: str = "Log records by template"
) -> Figure:
    """Small bars of counts over time, a row per service and template that `logs.rates` found, most records first.

    `rates` has time_ns (where a window begins), template, count, and may have service. Each row has a scale of its own,
    whose top is the number at its right: compare shapes across rows, heights within one. `deploys`, as
    `Recording.deploys`, adds a dashed line each. Of more than `limit` rows (12 fill a screen) those with the most
    records are shown. Raises FigureError when a column is missing or there is no row.
    """
    need(rates, ("time_ns", "template", "count"), "what logs.rates returns")
    rates = in_nanoseconds(rates)
    times = np.sort(rates["time_ns"].unique())
    step = int(np.diff(times).min()) / 1e9 if len(times) > 1 else 1.0
    # A window without a record may be missing from the frame, but not from the picture.
    windows = round((int(times[-1]) - int(times[0])) / 1e9 / step) + 1
    table = rates.assign(
        service=rates["service"] if "service" in rates.columns else "",
        window=((rates["time_ns"] - times[0]) / 1e9 / step).round().astype(int),
    )
    everything = _rows(table, windows)
    shown = everything[: max(limit, 1)]
    left = len(everything) - len(shown)
    note = f"… {count(left, 'template')} with fewer records not shown." if left else ""
    marked = Deploys.of(deploys, int(times[0]), step * windows)
    title = clean(title)
    total = sum(int(counts.sum()) for _, _, counts in everything)
    finding = (
        f"{count(total, 'record')} of {count(len(everything), 'template')} in {step * windows:,.4g} s, "
        f"counted every {decimal(step)} s."
    )
    finding += marked.sentence
    return Figure(title, finding, _draw(shown, step, marked, title, note), _table(shown, step, note))


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


def _draw(rows: Rows, step: float, deploys: Deploys, title: str, note: str) -> str:
    axis = Axis(0, step * len(rows[0][2]), "seconds since the first window")
    x = axis.scale(LEFT, RIGHT)
    top = 52 + deploys.flags.headroom(x)
    bottom = top + ROW * len(rows)
    body = [heading(title), svg.text(EDGE, top - 6, "service and template", "q"), *zebra(top, ROW, len(rows))]
    body.append(svg.text(RIGHT + 52, top - 6, "highest", "q n"))
    body.append(svg.text(WIDE - EDGE, top - 6, "in all", "q n"))
    edges = np.arange(len(rows[0][2]) + 1) * step
    for at, (service, template, counts) in enumerate(rows):
        y, room, highest = top + ROW * at, LEFT - EDGE - 14, int(counts.max())
        body.append(svg.text(EDGE, y + 14, svg.fit(service or template, room, 12.5), "b"))
        body += [svg.text(EDGE, y + 28, svg.fit(template, room, 11.5), "", "font-size:11.5px")] if service else []
        body.append(svg.across(LEFT, RIGHT, y + ROW - 3, svg.stroke(GRID)))
        body += Bars(edges, counts).draw(Space(x, Scale(0, max(highest, 1), y + ROW - 3, y + 5)))
        body.append(svg.text(RIGHT + 52, y + 22, f"{highest:,}", "s n", f"fill:{QUIET}"))
        body.append(svg.text(WIDE - EDGE, y + 22, f"{int(counts.sum()):,}", "n"))
    body += deploys.flags.draw(Space(x, Scale(0, 1, bottom, top)))
    body += axis_below(axis, x, bottom)
    body += [svg.text(EDGE, bottom + 34, note, "q")] if note else []
    return page(title, body, bottom + BELOW)
