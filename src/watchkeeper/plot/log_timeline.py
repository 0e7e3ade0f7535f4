"""The log records of one trace on its waterfall: when each was written, by which span, and what it says."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from ..errors import FigureError
from ..logs import LEVELS, level
from ..words import clean, count, ms
from . import svg, waterfall_svg
from .figure import Figure, Table
from .palette import QUIET
from .rows import Row, row_of_span
from .scene import Scene
from .severity import mark
from .waterfall_svg import EDGE, ROW, STYLE, WIDE, Scale, top

NEEDED = ("time_ns", "severity_number", "body", "trace_id", "span_id", "service")
NEAR = 14.0


@dataclass(frozen=True)
class Record:
    """One log record: its level, its row in the waterfall (-1 when its span is not there), ms since the trace began."""

    level: str
    row: int
    time_ns: int
    ms: float
    service: str
    span: str
    body: str


def log_timeline(
    spans: pd.DataFrame, logs: pd.DataFrame, rows: int = 40, records: int = 14, title: str | None = None
) -> Figure:
    """Draw one trace with the records that carry its id: `spans` of `Recording.trace(trace_id)`, `logs` of any trace.

    A record stands on the row of its span, at its time; its severity is a letter in a shape. Records closer than a
    letter share a mark, the most severe's, with their number. Below, and in the twin after the tree of spans, at most
    `records` of them in order of time: of more the most severe, the earliest first. The figure counts and does not say
    which one matters.
    Raises TraceError for spans that are not one trace, FigureError for log records without a needed column.
    """
    missing = [name for name in NEEDED if name not in logs.columns]
    if missing:
        raise FigureError(f"log records lack the column {', '.join(missing)}; give rows of Recording.logs")
    scene = Scene(spans, False, set(), rows, True)
    found = _records(scene, spans, logs)
    heading = clean(title) if title is not None else f"What the services wrote (trace {scene.trace})"
    left = [f"… {count(scene.hidden, 'shorter row')} not shown."] if scene.hidden else []
    listed, more = _listed(found, records)
    left += [f"… {count(more, 'record')} not listed."] if more else []
    return Figure(
        heading,
        _finding(scene, found),
        _draw(scene, found, listed, heading, " ".join(left)),
        _table(scene, listed, " ".join(left)),
    )


def _records(scene: Scene, spans: pd.DataFrame, logs: pd.DataFrame) -> list[Record]:
    """The trace's records in order of time, then of the file."""
    trace = spans["trace_id"].iloc[0]
    own = logs[logs["trace_id"] == trace].sort_values("time_ns", kind="stable")
    row = dict(zip(spans["span_id"], row_of_span(scene.rows, scene.trees), strict=True))
    names = dict(zip(spans["span_id"], scene.name, strict=True))
    fields = (own[name] for name in ("time_ns", "severity_number", "service", "span_id", "body"))
    return [
        Record(
            level(int(number)),
            row.get(span, -1),
            int(at),
            (int(at) - scene.zero) / 1e6,
            clean(service, 40),
            names.get(span, "(span not in the trace)"),
            clean(body, 300),
        )
        for at, number, service, span, body in zip(*fields, strict=True)
    ]


def _listed(found: list[Record], most: int) -> tuple[list[Record], int]:
    order = sorted(range(len(found)), key=lambda at: (-LEVELS.index(found[at].level), at))[: max(most, 1)]
    return [found[at] for at in sorted(order)], len(found) - len(order)


def _finding(scene: Scene, found: list[Record]) -> str:
    took = f"The request took {ms(scene.took)} ms: {count(len(scene.name), 'span')}"
    if not found:
        return f"{took}; no log record carries its id."
    levels = [one.level for one in found]
    counts = ", ".join(f"{levels.count(name):,} {name}" for name in LEVELS if name in levels)
    services = count(len({one.service for one in found}), "service")
    return f"{took}, {count(len(found), 'log record')} of {services}: {counts}."


def _table(scene: Scene, listed: list[Record], note: str) -> Table:
    """The tree of spans, one dot a level, then the records in order of time."""
    columns = ("at, ms", "row", "service", "span", "says")
    lines: list[tuple[str, ...]] = [_span(scene, row) for row in scene.rows]
    lines += [(ms(one.ms), one.level, one.service, clean(one.span, 40), clean(one.body, 160)) for one in listed]
    return Table(columns, lines, frozenset(columns[:1]), note)


def _span(scene: Scene, row: Row) -> tuple[str, ...]:
    first, many = row.spans[0], len(row.spans)
    dots = "· " * row.depth if row.depth < 20 else f"·{row.depth}· "
    alike = [f"{many:,} alike, added up"] if many > 1 else []
    tags = ", ".join([f"{ms(scene.duration_of(row))} ms long", *alike, *scene.tags(row)])
    return (
        ms((scene.start[first] - scene.zero) / 1e6),
        f"{scene.kind[first].lower()} span",
        dots + scene.service[first],
        clean(scene.name[first], 40),
        tags,
    )


def _draw(scene: Scene, found: list[Record], listed: list[Record], heading: str, note: str) -> str:
    body, bottom = waterfall_svg.rows(scene, heading)
    scale = Scale(scene)
    for group in _groups(scale, found):
        body += _marks(scale, group)
    y = bottom + 26
    letters = ", ".join(f"{name[0]} = {name}" for name in LEVELS if any(one.level == name for one in found))
    body.append(svg.text(EDGE + 50, y - 4, "at, ms", 'class="q n"'))
    body.append(svg.text(EDGE + 84, y - 4, f"service and record{letters and f' ({letters})'}", 'class="q"'))
    wide = min(max((svg.width(one.service, 12.5) for one in listed), default=0) + 12, 150)
    for one in listed:
        body += _line(one, y + 12, wide)
        y += 19
    if not found:
        body.append(svg.text(EDGE + 84, y + 12, "no log record carries this trace's id", 'class="q"'))
        y += 19
    if note:
        body.append(svg.text(EDGE, y + 13, note, 'class="q"'))
    return svg.document(WIDE, y + (24 if note else 8), heading, body, STYLE + ".m{text-anchor:middle}")


def _groups(scale: Scale, found: list[Record]) -> list[list[Record]]:
    """Records of one row whose marks would cover each other, from the left."""
    by_row: dict[int, list[Record]] = {}
    for one in found:
        by_row.setdefault(max(one.row, 0), []).append(one)
    groups: list[list[Record]] = []
    for row in by_row.values():
        group: list[Record] = []
        for one in row:
            if group and scale(one.time_ns) - scale(group[-1].time_ns) > NEAR:
                groups.append(group)
                group = []
            group.append(one)
        groups.append(group)
    return groups


def _marks(scale: Scale, group: list[Record]) -> list[str]:
    worst = max(group, key=lambda one: LEVELS.index(one.level))
    x, y = max(scale(worst.time_ns), scale.left), top(max(worst.row, 0)) + ROW / 2
    drawn = [mark(worst.level, x, y)]
    if len(group) > 1:
        halo = 'style="paint-order:stroke;stroke:#fff;stroke-width:3px;font-size:10px"'
        drawn.append(svg.text(x + 8, y - 2, f"×{len(group)}", halo))
    return drawn


def _line(one: Record, y: float, wide: float) -> list[str]:
    x = EDGE + 84
    return [
        svg.text(EDGE + 50, y, ms(one.ms), 'class="n"'),
        mark(one.level, EDGE + 68, y - 4),
        svg.text(x, y, svg.fit(one.service, wide - 8, 12.5), 'class="b"'),
        svg.text(x + wide, y, svg.fit(one.body, WIDE - EDGE - x - wide, 12)),
        svg.line(f"M{EDGE} {svg.number(y + 5.5)}H{WIDE - EDGE}", f'stroke="{QUIET}" stroke-opacity=".15"'),
    ]
