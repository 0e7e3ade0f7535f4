"""The waterfall of one trace: a row per span in tree order, a bar where it ran, and the critical path over the bars."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ..words import clean, count, ms, percent
from . import svg
from .draw import EDGE, page
from .figure import Figure, Table
from .rows import Row
from .scene import Scene, ids_to_mark
from .waterfall_svg import Picture


def waterfall(
    spans: pd.DataFrame,
    path: bool = True,
    highlight: str | Iterable[str] | None = None,
    limit: int = 60,
    title: str | None = None,
    fold: bool = True,
) -> Figure:
    """Draw one trace: `spans` are its rows of `Recording.spans`, as `Recording.trace(trace_id)` returns them.

    `path=False` leaves out every hint of the critical path: in the picture, its alt text and its twin. `highlight`
    marks spans by id. Five or more alike siblings share a row (`fold=False`: a row for each); of more than `limit` rows
    those with the most time are kept: 60 are two screens. Times are milliseconds since the trace's first start; the
    path is that of its longest root. Raises TraceError when there is no span, more than one trace, or a highlighted id
    that is not there.

    >>> import pandas as pd
    >>> spans = pd.DataFrame([["t", "a", "", "shop", "GET /", "SERVER", 0, 40_000_000, 40.0, "OK"]],
    ...     columns="trace_id span_id parent_span_id service name kind start_ns end_ns duration_ms status".split())
    >>> waterfall(spans, path=False).finding
    'The request took 40.0 ms: 1 span of 1 service, no errors.'
    """
    scene = Scene(spans, path, ids_to_mark(spans, highlight), limit, fold)
    title = clean(title) if title is not None else _title(scene)
    table = _table(scene)
    return Figure(title, _finding(scene), _draw(scene, title, table.note), table)


def _title(scene: Scene) -> str:
    first = scene.rows[0].spans[0]
    return f"{scene.service[first]}: {scene.name[first]} (trace {scene.trace})"


def _finding(scene: Scene) -> str:
    """The sentence under the figure; without the path it counts, and does not say what matters."""
    failed = sum(scene.error)
    errors = count(failed, "error") if failed else "no errors"
    spans, services = count(len(scene.name), "span"), count(len(set(scene.service)), "service")
    took = f"{scene.sentence()}: {spans} of {services}, {errors}.{scene.unknown()}"
    if scene.marked:
        named = [_quoted(scene, at) for at in sorted(scene.marked)[:3]]
        took += f" Marked: {', '.join(named)}{' and more' if len(scene.marked) > 3 else ''}."
    return f"{took} {_path_finding(scene, spans)}" if scene.with_path else took


def _path_finding(scene: Scene, spans: str) -> str:
    total = sum(scene.critical) + scene.critical_hidden
    if not total:
        return "No time is on the critical path."
    on_it = len({span for span, _, _, _ in scene.segments})
    most = max(range(len(scene.rows)), key=scene.critical.__getitem__)
    row, longest_ms = scene.rows[most], scene.critical[most]
    many = f", {len(row.spans):,} alike" if len(row.spans) > 1 else ""
    return (
        f"The critical path runs through {on_it:,} of the {spans}; most of it, {ms(longest_ms)} of "
        f"{ms(total)} ms ({percent(longest_ms / total, 0)}), is {_quoted(scene, row.spans[0])}{many}."
    )


def _quoted(scene: Scene, span: int) -> str:
    kind = {"CLIENT": " waiting for", "SERVER": " serving"}.get(scene.kind[span], "")
    return f"{scene.service[span]}{kind} “{clean(scene.name[span], 60)}”"


def _table(scene: Scene) -> Table:
    columns = ["service", "span", "kind", "starts at, ms", "duration, ms", "notes"]
    if scene.with_path:
        columns.insert(5, "on path, ms")
    lines = [_line(scene, row, critical) for row, critical in zip(scene.rows, scene.critical, strict=True)]
    numeric = frozenset(name for name in columns if name.endswith("ms"))
    return Table(tuple(columns), lines, numeric, _left_out(scene))


def _line(scene: Scene, row: Row, critical: float) -> tuple[str, ...]:
    first, many = row.spans[0], len(row.spans)
    notes = [f"{many:,} alike, added up"] if many > 1 else []
    notes += scene.tags(row) + (["marked"] if scene.is_marked(row) else [])
    return (
        "· " * row.depth + scene.service[first] if row.depth < 20 else f"·{row.depth}· {scene.service[first]}",
        clean(scene.name[first], 60),
        scene.kind[first].lower(),
        ms((scene.start[first] - scene.zero) / 1e6),
        scene.duration_of(row),
        *([ms(critical) if critical else ""] if scene.with_path else []),
        ", ".join(notes),
    )


def _left_out(scene: Scene) -> str:
    if not scene.hidden:
        return ""
    on_path = f"; {ms(scene.critical_hidden)} ms of the path are in them" if scene.critical_hidden else ""
    return f"… {count(scene.hidden, 'shorter row')} not shown{on_path}."


def _draw(scene: Scene, title: str, note: str) -> str:
    picture = Picture(scene, title)
    body = [*picture.body, svg.text(EDGE, picture.bottom + 17, note, "q")] if note else picture.body
    return page(title, body, picture.bottom + (28 if note else 10))
