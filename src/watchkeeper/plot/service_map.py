"""The service map: a box per service, callers to the left, an arrow per edge with its number of calls and of errors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..words import clean, count, decimal, ms, percent
from . import svg
from .draw import EDGE, WIDE, cross, heading, legend, need, page
from .figure import Figure, Table
from .layers import Layout, place
from .palette import ERROR, QUIET, color, shade, tint

NEEDED = ("caller", "called", "kind", "calls", "errors", "unanswered")
LABELS = {
    "calls": "number of calls",
    "rate_per_s": "calls per second",
    "calls_per_trace": "calls per trace",
    "error_share": "share of calls with an error",
    "client_p50_ms": "median the caller waits, ms",
    "client_p95_ms": "p95 the caller waits, ms",
    "server_p50_ms": "median of the called, ms",
    "gap_p50_ms": "median between the two, ms",
}
PORT, CALM = 27.0, 20.0  # height of an edge that comes in: two lines of words with errors, one without
LEAST = 34.0  # of a box: its name and its calls to itself
RUN = 52.0  # level end of an arrow: "1,234,567" is above it
ARROW = 7.0


@dataclass(frozen=True)
class Edge:
    """One arrow: `link` for a message without a wait, `blind` when no called span answers, `store` for a database."""

    caller: str
    called: str
    calls: int
    errors: int
    label: str
    link: bool
    blind: bool
    store: bool


def service_map(graph: pd.DataFrame, label: str = "calls", limit: int = 40, title: str = "Who calls whom") -> Figure:
    """Boxes and arrows of `traces.service_graph(spans)`: callers to the left, an arrow per edge.

    The number on an arrow is the column `label` (calls, rate_per_s, calls_per_trace, error_share, client_p50_ms,
    client_p95_ms, server_p50_ms, gap_p50_ms); a cross with a number counts its errors. Of more than `limit` edges those
    with the most calls are drawn: beyond 40 they cross too often to be followed. The figure counts and does not judge:
    errors on an edge say where one was seen, not where it began. Raises FigureError when there is no edge or a column
    is missing.

    >>> import pandas as pd
    >>> graph = pd.DataFrame([["frontend", "cart", "call", 200, 3, 0]],
    ...     columns=["caller", "called", "kind", "calls", "errors", "unanswered"])
    >>> service_map(graph).finding
    '2 services, 1 edge, 200 calls, 3 with an error.'
    """
    need(graph, dict.fromkeys((*NEEDED, label)), "what traces.service_graph returns")
    busiest = graph.sort_values("calls", ascending=False, kind="stable")
    edges = [_edge(row, label) for row in busiest.head(max(limit, 1)).to_dict("records")]
    left = len(graph) - len(edges)
    note = f"… {count(left, 'edge')} with fewer calls not shown." if left else ""
    title = clean(title)
    table = _table(busiest, label)
    return Figure(title, _finding(graph), _draw(edges, title, label, note), table)


def _edge(row: dict[Any, Any], label: str) -> Edge:
    caller, called = (clean(row[end], 40) or "(no name)" for end in ("caller", "called"))
    calls, errors = int(row["calls"]), int(row["errors"])
    # A number of calls is shown whole, however great.
    shown = f"{calls:,}" if label == "calls" else _number(row[label], label)
    blind = int(row["unanswered"]) >= calls > 0
    return Edge(caller, called, calls, errors, shown, row["kind"] == "link", blind, row["kind"] == "database")


def _number(value: Any, label: str) -> str:
    if pd.isna(value):
        return "–"
    if label == "error_share":
        return percent(float(value))
    return ms(float(value)) if label.endswith("_ms") else decimal(float(f"{float(value):.4g}"))


def _finding(graph: pd.DataFrame) -> str:
    stores = set(graph.loc[graph["kind"] == "database", "called"]) - set(graph["caller"])
    services = (set(graph["caller"]) | set(graph["called"])) - stores
    boxes = [count(len(services), "service"), *([count(len(stores), "database")] if stores else [])]
    edges = [count(len(graph), "edge"), count(int(graph["calls"].sum()), "call")]
    errors = int(graph["errors"].sum())
    return f"{', '.join(boxes + edges)}, {errors:,} with an error.".replace(" 0 with", " none with")


def _table(graph: pd.DataFrame, label: str) -> Table:
    """A row per caller: everything that it calls in one cell, so that the twin stays short and no edge is lost."""
    lines: list[tuple[str, ...]] = []
    total = graph.groupby("caller")["calls"].sum().sort_values(ascending=False, kind="stable")
    for caller in total.index:
        group = graph[graph["caller"] == caller]
        calls = [_in_words(row, label) for row in group.to_dict("records")]
        counts = (f"{int(group['calls'].sum()):,}", f"{int(group['errors'].sum()):,}")
        lines.append((clean(caller, 40), *counts, "; ".join(calls)))
    note = f"… {count(len(lines) - 20, 'caller')} more not listed." if len(lines) > 20 else ""
    told = LABELS.get(label, label)
    columns = ("caller", "calls", "errors", "to whom" if label == "calls" else f"to whom ({told})")
    return Table(columns, lines[:20], frozenset(columns[1:3]), note)


def _in_words(row: dict[Any, Any], label: str) -> str:
    kind = " by link" if row["kind"] == "link" else ""
    calls = f"{int(row['calls']):,}"
    notes = [calls if label == "calls" else f"{calls} calls, {_number(row[label], label)}"]
    notes += [count(int(row["errors"]), "error")] if row["errors"] else []
    # A database never writes a span, so a missing one says nothing.
    told = row["unanswered"] and row["kind"] != "database"
    notes += [f"{int(row['unanswered']):,} with no server span"] if told else []
    return f"{clean(row['called'], 40)}{kind} {', '.join(notes)}"


class Picture:
    """Where the columns stand, and on which height an edge leaves one box and enters the next."""

    def __init__(self, edges: list[Edge]) -> None:
        self.edges = edges
        self.drawn = [edge for edge in edges if edge.caller != edge.called]
        self.stores = {edge.called for edge in edges if edge.store} - {edge.caller for edge in edges}
        self.to_self = {edge.caller: edge for edge in edges if edge.caller == edge.called}
        self.layout = self._layout()
        items, layers = self.layout.items, self.layout.layers
        room = WIDE - 2 * EDGE
        names = [[items[at].name for at in layer] for layer in layers]
        wishes = [
            max(svg.width(words, 12) for name in column for words in (name, self.own(name))) + 16 for column in names
        ]
        # With too many layers the arrows need the room: then each box holds a number, named below the picture.
        fits = sum(wishes) + (len(layers) - 1) * (RUN + 30) <= room
        self.numbers = {} if fits else self._numbered()
        self.wide = wishes if fits else [min(30.0, room / len(layers) / 2)] * len(layers)
        self.between = min((room - sum(self.wide)) / max(len(layers) - 1, 1), 190)
        self.run = min(RUN, self.between * 0.6)
        shift = (room - sum(self.wide) - self.between * (len(layers) - 1)) / 2
        self.left = [EDGE + shift + sum(self.wide[:at]) + self.between * at for at in range(len(layers))]
        self.out, self.into = self._ports(0), self._ports(-1)

    def _numbered(self) -> dict[str, int]:
        """A number for each box, from the left, from the top."""
        boxes = [item for item in self.layout.items if item.name.strip()]
        boxes.sort(key=lambda item: (item.layer, item.y))
        return {item.name: at for at, item in enumerate(boxes, 1)}

    def own(self, name: str) -> str:
        """What a box says of the service's calls to itself."""
        edge = self.to_self.get(name)
        if edge is None:
            return ""
        return f"↻ {edge.label}" + (f", {count(edge.errors, 'error')}" if edge.errors else "")

    def _layout(self) -> Layout:
        port = PORT if any(edge.errors for edge in self.drawn) else CALM
        if self.drawn:
            return place([(edge.caller, edge.called) for edge in self.drawn], port, LEAST)
        return place([(name, " ") for name in self.to_self], port, LEAST)

    def _ports(self, end: int) -> dict[int, float]:
        """For each edge the height at its first (0) or last (-1) box: in the order of where it goes."""
        items, routes = self.layout.items, self.layout.routes[: len(self.drawn)]
        by_box: dict[int, list[int]] = {}
        for edge, route in enumerate(routes):
            by_box.setdefault(route[end], []).append(edge)
        found = {}
        for box, edges in by_box.items():
            edges.sort(key=lambda edge: (items[routes[edge][1 if end == 0 else -2]].y, edge))
            step = (items[box].high - 8) / len(edges)
            for at, edge in enumerate(edges):
                found[edge] = items[box].y + step * (at + 0.5 - len(edges) / 2)
        return found

    @property
    def high(self) -> float:
        return max(item.y + item.high / 2 for item in self.layout.items)


def _draw(edges: list[Edge], title: str, label: str, note: str) -> str:
    picture = Picture(edges)
    entries, bottom = legend(_legend(edges, label))
    top = bottom + 26
    body = [heading(title), *entries]
    lines, words = [], []
    for at, edge in enumerate(picture.drawn):
        lines.append(_arrow(picture, at, edge, top))
        words += _words(picture, at, edge, top)
    body += lines + words + _boxes(picture, top)
    end = top + picture.high + 8
    if picture.numbers:
        key, end = _key(picture, end + 16)
        body += key
    if note:
        body.append(svg.text(EDGE, end + 14, note, "q"))
    return page(title, body, end + (26 if note else 6))


def _legend(edges: list[Edge], label: str) -> list[tuple[str, str]]:
    head = "M22 -4l-7 -4v8z"
    full, hollow = svg.path(head, svg.fill(QUIET)), svg.path(head, svg.fill("#fff", QUIET))
    line, dashed = (svg.path("M0 -4H15", svg.stroke(QUIET, 2, dash)) for dash in ("", "5 3"))
    entries = [(line + full, f"call, from the left; the number: {LABELS.get(label, label)}")]
    entries += [(dashed + full, "message (a link between traces)")] if any(edge.link for edge in edges) else []
    entries += [(line + hollow, "the called wrote no span of its own")] if any(edge.blind for edge in edges) else []
    return [*entries, (cross(), "calls with an error")] if any(edge.errors for edge in edges) else entries


def _boxes(picture: Picture, top: float) -> list[str]:
    shown = [item for item in picture.layout.items if item.name.strip()]
    drawn = []
    for item in shown:
        x, wide = picture.left[item.layer], picture.wide[item.layer]
        own_color = QUIET if item.name in picture.stores else color(item.name)
        look = f'rx="4" {svg.fill(tint(own_color, 0.25), shade(own_color), 1.4)}'
        drawn.append(svg.rect(x, top + item.y - item.high / 2, wide, item.high, look))
        name = svg.fit(item.name, wide - 6, 12)
        own = "" if picture.numbers else picture.own(item.name)
        if picture.numbers:
            name = str(picture.numbers[item.name])
        y = top + item.y + (-2 if own else 4)
        drawn.append(svg.text(x + wide / 2, y, name, "b m"))
        drawn += [svg.text(x + wide / 2, y + 14, svg.fit(own, wide - 4, 11), "q m")] if own else []
    return drawn


def _key(picture: Picture, y: float) -> tuple[list[str], float]:
    """The names that belong to the numbers in the boxes; and where the list ends."""
    drawn, x = [], float(EDGE)
    for name, number in picture.numbers.items():
        own = picture.own(name)
        words = svg.fit(f"{number} {name}" + (f" ({own})" if own else ""), 300, 11)
        if x + svg.width(words, 11) > WIDE - EDGE and x > EDGE:
            x, y = float(EDGE), y + 17
        drawn.append(svg.text(x, y, words, "s"))
        x += svg.width(words, 11) + 12
    return drawn, y + 8


def _arrow(picture: Picture, at: int, edge: Edge, top: float) -> str:
    """The line from box to box: curved between the columns, level where it passes a column and before it ends."""
    items, route = picture.layout.items, picture.layout.routes[at]
    turned = at in picture.layout.turned
    y = top + picture.out[at]
    x = picture.left[items[route[0]].layer] + picture.wide[items[route[0]].layer]
    commands = [f"M{svg.px(x + (ARROW if turned else 0))} {svg.px(y)}"]
    start_y = y
    for place_at in route[1:]:
        item, last = items[place_at], place_at == route[-1]
        left = picture.left[item.layer]
        goal = top + (picture.into[at] if last else item.y)
        bend = left - (picture.run if last else min(6, picture.between / 4))
        half = svg.px((x + bend) / 2)
        commands.append(f"C{half} {svg.px(y)} {half} {svg.px(goal)} {svg.px(bend)} {svg.px(goal)}")
        x = left + picture.wide[item.layer]
        commands.append(f"H{svg.px(left - (0 if turned else ARROW) if last else x)}")
        y = goal
    thick = min(1.2 + 0.6 * math.log10(max(edge.calls, 1)), 3.6)
    seen = ERROR if edge.errors else QUIET
    path = "".join(commands)
    ground = svg.path(path, svg.stroke("#fff", round(thick + 3, 1)))
    line = svg.path(path, svg.stroke(seen, round(thick, 1), "5 3" if edge.link else "", 0.8))
    tip_x = picture.left[items[route[-1]].layer]
    tip = (tip_x, y, -1) if not turned else (_right_of(picture, route[0]), start_y, 1)
    return ground + line + _tip(*tip, svg.fill("#fff" if edge.blind else seen, seen))


def _right_of(picture: Picture, box: int) -> float:
    layer = picture.layout.items[box].layer
    return picture.left[layer] + picture.wide[layer]


def _tip(x: float, y: float, way: int, look: str) -> str:
    return svg.path(f"M{svg.px(x)} {svg.px(y)}l{svg.px(way * ARROW)} -4.5v9z", look)


def _words(picture: Picture, at: int, edge: Edge, top: float) -> list[str]:
    """The number above the arrow's last stretch; a cross and the errors below it."""
    layer = picture.layout.items[picture.layout.routes[at][-1]].layer
    x, y = picture.left[layer] - ARROW - 3, top + picture.into[at]
    drawn = [svg.text(x, y - 4, edge.label, "s n h")]
    if edge.errors:
        words = f"{edge.errors:,}"
        drawn.append(cross(x - svg.width(words, 11) - 7, y + 8.5))
        drawn.append(svg.text(x, y + 12.5, words, "s n b h", f"fill:{ERROR}"))
    return drawn
