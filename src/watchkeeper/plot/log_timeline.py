"""The log records of one trace on its waterfall: when each was written, by which span, and what it says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import pandas as pd

from ..errors import FigureError
from ..logs import LEVELS, level, severity_numbers
from ..otlp import in_nanoseconds
from ..words import clean, count, ms
from . import svg
from .draw import EDGE, WIDE, Seal, page
from .figure import Figure, Table
from .palette import ERROR, INK, MUTED, QUIET
from .rows import Row, row_of_span
from .scene import Scene
from .waterfall_svg import ROW, Picture

NEEDED = ("time_ns", "severity_number", "body", "trace_id", "span_id", "service")
NEAR = 14  # pixels: the seal of a record is as wide, and would cover a nearer one
SEALS = {
    "TRACE": Seal("T", "m-6 0l6 -6l6 6l-6 6z", "#ffffff", INK),
    "DEBUG": Seal("D", "m-6.5 0l6.5 -6.5l6.5 6.5l-6.5 6.5z", "#d9d9d9", INK),
    "INFO": Seal("I", "m-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z", MUTED[0], "#ffffff"),
    "WARN": Seal("W", "m0 -9l8.5 14.5h-17z", "#f0d55a", INK, low=4),
    "ERROR": Seal("E", "m-6 -6h12v12h-12z", ERROR, "#ffffff"),
    "FATAL": Seal("F", "m-3.3 -7.5h6.6l4.2 4.2v6.6l-4.2 4.2h-6.6l-4.2 -4.2v-6.6z", INK, "#ffffff"),
}


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

    A record is on the row of its span, at its time; its severity is a letter in a shape. Records closer than a
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
    title = clean(title) if title is not None else f"What the services wrote (trace {scene.trace})"
    left = [f"… {count(scene.hidden, 'shorter row')} not shown."] if scene.hidden else []
    listed, more = _listed(found, records)
    left += [f"… {count(more, 'record')} not listed."] if more else []
    return Figure(
        title,
        _finding(scene, found),
        _draw(scene, found, listed, title, " ".join(left)),
        _table(scene, listed, " ".join(left)),
    )


def _records(scene: Scene, spans: pd.DataFrame, logs: pd.DataFrame) -> list[Record]:
    """The trace's records in order of time, then of the file."""
    trace = spans["trace_id"].iloc[0]
    own = in_nanoseconds(logs)
    own = own[own["trace_id"] == trace].sort_values("time_ns", kind="stable")
    # Of a client and a server span with the same id, a record belongs to the one of its own service.
    rows = row_of_span(scene.rows, scene.trees)
    spans_of = (list(spans["span_id"]), list(zip(spans["span_id"], spans["service"], strict=True)))
    row = {key: at for keys in spans_of for key, at in zip(keys, rows, strict=True)}
    names = {key: name for keys in spans_of for key, name in zip(keys, scene.name, strict=True)}
    fields = (own["time_ns"], severity_numbers(own).tolist(), *(own[name] for name in ("service", "span_id", "body")))
    return [
        Record(
            level(number),
            row.get((span, service), row.get(span, -1)),
            int(at),
            (int(at) - scene.zero) / 1e6,
            clean(service, 40),
            names.get((span, service), names.get(span, "(span not in the trace)")),
            clean(body, 300),
        )
        for at, number, service, span, body in zip(*fields, strict=True)
    ]


def _listed(found: list[Record], most: int) -> tuple[list[Record], int]:
    order = sorted(range(len(found)), key=lambda at: (-LEVELS.index(found[at].level), at))[: max(most, 1)]
    return [found[at] for at in sorted(order)], len(found) - len(order)


def _finding(scene: Scene, found: list[Record]) -> str:
    took = f"{scene.sentence()}: {count(len(scene.name), 'span')}"
    if not found:
        return f"{took}; no log record carries its id.{scene.unknown()}"
    levels = [one.level for one in found]
    counts = ", ".join(f"{levels.count(name):,} {name}" for name in LEVELS if name in levels)
    services = count(len({one.service for one in found}), "service")
    return f"{took}, {count(len(found), 'log record')} of {services}: {counts}.{scene.unknown()}"


def _table(scene: Scene, listed: list[Record], note: str) -> Table:
    """The tree of spans, one dot per level, then the records in order of time."""
    columns = ("at, ms", "row", "service", "span", "says")
    lines: list[tuple[str, ...]] = [_span(scene, row) for row in scene.rows]
    lines += [(ms(one.ms), one.level, one.service, clean(one.span, 40), clean(one.body, 160)) for one in listed]
    return Table(columns, lines, frozenset(columns[:1]), note)


def _span(scene: Scene, row: Row) -> tuple[str, ...]:
    first, many = row.spans[0], len(row.spans)
    dots = "· " * row.depth if row.depth < 20 else f"·{row.depth}· "
    alike = [f"{many:,} alike, added up"] if many > 1 else []
    known = not all(scene.untimed[span] for span in row.spans)
    long = [f"{scene.duration_of(row)} ms long"] if known else []
    tags = ", ".join([*long, *alike, *scene.tags(row)])
    return (
        ms((scene.start[first] - scene.zero) / 1e6),
        f"{scene.kind[first].lower()} span",
        dots + scene.service[first],
        clean(scene.name[first], 40),
        tags,
    )


def _draw(scene: Scene, found: list[Record], listed: list[Record], title: str, note: str) -> str:
    picture = Picture(scene, title)
    body = picture.body
    for group in _groups(picture, found):
        worst = max(group, key=lambda one: LEVELS.index(one.level))
        x, y = picture.x(worst.time_ns), picture.top(max(worst.row, 0)) + ROW / 2
        body.append(SEALS[worst.level].at(x, y))
        body += [svg.text(x + 8, y - 2, f"×{len(group)}", "h", "font-size:10px")] if len(group) > 1 else []
    y, x = picture.bottom + 26, EDGE + 84
    letters = ", ".join(f"{name[0]} = {name}" for name in LEVELS if any(one.level == name for one in found))
    body.append(svg.text(EDGE + 50, y - 4, "at, ms", "q n"))
    body.append(svg.text(x, y - 4, f"service and record{letters and f' ({letters})'}", "q"))
    wide = min(max((svg.width(one.service, 12.5) for one in listed), default=0) + 12, 150)
    for one in listed:
        body.append(svg.text(EDGE + 50, y + 12, ms(one.ms), "n"))
        body.append(SEALS[one.level].at(EDGE + 68, y + 8))
        body.append(svg.text(x, y + 12, svg.fit(one.service, wide - 8, 12.5), "b"))
        body.append(svg.text(x + wide, y + 12, svg.fit(one.body, WIDE - EDGE - x - wide, 12)))
        body.append(svg.across(EDGE, WIDE - EDGE, y + 17.5, svg.stroke(QUIET, opacity=0.15)))
        y += 19
    if not found:
        body.append(svg.text(x, y + 12, "no log record carries this trace's id", "q"))
        y += 19
    body += [svg.text(EDGE, y + 13, note, "q")] if note else []
    return page(title, body, y + (24 if note else 8))


def _groups(picture: Picture, found: list[Record]) -> Iterator[list[Record]]:
    """Records of one row whose seals would cover each other, from the left."""
    for _, row in groupby(sorted(found, key=lambda one: max(one.row, 0)), key=lambda one: max(one.row, 0)):
        group: list[Record] = []
        for one in row:
            if group and picture.x(one.time_ns) - picture.x(group[-1].time_ns) > NEAR:
                yield group
                group = []
            group.append(one)
        yield group
