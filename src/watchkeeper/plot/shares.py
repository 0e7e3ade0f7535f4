"""Horizontal bars of shares, for one group or for several side by side: who holds how much of the critical path."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ..errors import TraceError
from ..words import clean, percent
from . import svg
from .draw import EDGE, WIDE, Scale, hatching, heading, legend, page, ticks
from .figure import Figure, Table
from .palette import GRID, MUTED, shade, tint

LEFT, RIGHT, BAR = 300, WIDE - 70, 16  # labels before LEFT, a number behind the longest bar
HATCHINGS = hatching("h1", 6, "M0 6L6 0") + hatching("h2", 5, "M2 0V5")
# Groups differ by color and by hatching.
FILLS = tuple(svg.fill(tint(color), shade(color)) for color in (MUTED[0], MUTED[6], MUTED[2]))
Shares = pd.Series | pd.DataFrame


def path_shares(
    shares: Shares | Mapping[str, Shares], title: str = "Share of the critical path", limit: int = 15
) -> Figure:
    """Bars of shares (0 to 1), the greatest first: give it what `traces.path_share` returns, or a series by label.

    A mapping compares groups: `{"the middle": a, "the slowest 5%": b}`, at most three. Of a frame the columns owner and
    share are used; of a series whose index has two levels ("frontend", "ads") reads "frontend → ads". Beyond `limit`
    labels (15 fit on half a screen) the rest is counted only. Raises TraceError when there is nothing to draw.

    >>> import pandas as pd
    >>> path_shares(pd.Series({"catalog": 0.25, "frontend": 0.75})).finding
    'Most is with frontend: 75%; then catalog: 25%.'
    """
    groups = _groups(shares)
    names = sorted(
        {name for group in groups.values() for name in group},
        key=lambda name: (-max(group.get(name, 0.0) for group in groups.values()), name),
    )
    shown, left = names[:limit], len(names) - limit
    note = f"… {left} smaller not shown." if left > 0 else ""
    columns = ("who", *(f"{name}, %" for name in groups))
    lines = [(name, *(percent(group.get(name, 0.0), 1).rstrip("%") for group in groups.values())) for name in shown]
    table = Table(columns, lines, frozenset(columns[1:]), note)
    title = clean(title)
    return Figure(title, _finding(groups), _draw(groups, shown, title, note), table)


def _groups(shares: Shares | Mapping[str, Shares]) -> dict[str, dict[str, float]]:
    """Each group's shares by label, with clean names."""
    given = {"share": shares} if isinstance(shares, Shares) else shares
    groups = {clean(name): _by_label(one) for name, one in given.items()}
    if not any(groups.values()):
        raise TraceError("there are no shares to draw; give a series of shares by service or by edge")
    if len(groups) > len(FILLS):
        raise TraceError(f"{len(groups)} groups of bars are too many to compare; give at most {len(FILLS)}")
    return groups


def _by_label(shares: Shares) -> dict[str, float]:
    if isinstance(shares, pd.DataFrame):
        if not {"owner", "share"} <= set(shares.columns):
            raise TraceError("a frame of shares needs the columns owner and share; give it what path_share returns")
        shares = shares.set_index("owner")["share"]
    return {_label(key): float(value) for key, value in shares.items()}


def _label(key: object) -> str:
    parts = [clean(part, 60) for part in key if part != ""] if isinstance(key, tuple) else [clean(key)]
    return " → ".join(parts)


def _finding(groups: dict[str, dict[str, float]]) -> str:
    sentences = []
    for group, values in groups.items():
        most = sorted(values.items(), key=lambda item: (-item[1], item[0]))[:2]
        named = "; then ".join(f"{name}: {percent(value, 0)}" for name, value in most)
        where = f"In {group}, most is with" if len(groups) > 1 else "Most is with"
        sentences.append(f"{where} {named}." if named else f"In {group} there is none.")
    return " ".join(sentences)


def _draw(groups: dict[str, dict[str, float]], names: list[str], title: str, note: str) -> str:
    several = len(groups) > 1
    entries, y = legend((_box(0, -10, 22, 11, at), name) for at, name in enumerate(groups if several else ()))
    top, step = y + 25, BAR * len(groups) + 10
    bottom = top + step * len(names)
    highest = max(max(values.values(), default=0.0) for values in groups.values()) or 1.0
    x = Scale(0, highest, LEFT, RIGHT)
    body = [f"<defs>{HATCHINGS}</defs>", heading(title), *entries]
    for tick in ticks(highest * 100, 6):
        body.append(svg.down(x(tick / 100), top - 4, bottom, svg.stroke(GRID)))
        body.append(svg.text(x(tick / 100), top - 8, f"{tick:g}" if tick else "0%", "q m"))
    for row, name in enumerate(names):
        y = top + step * row + 5
        body.append(svg.text(LEFT - 10, y + BAR * len(groups) / 2 + 4, svg.fit(name, LEFT - EDGE - 10), "r"))
        for at, values in enumerate(groups.values()):
            value = values.get(name, 0.0)
            end = max(x(value), LEFT + 1)
            body.append(_box(LEFT, y + BAR * at, end - LEFT, BAR - 3, at))
            body.append(svg.text(x(value) + 6, y + BAR * (at + 1) - 5, percent(value, 1), "b"))
    if note:
        body.append(svg.text(EDGE, bottom + 17, note, "q"))
    return page(title, body, bottom + (28 if note else 10))


def _box(x: float, y: float, wide: float, high: float, group: int) -> str:
    box = svg.rect(x, y, wide, high, FILLS[group])
    return box + svg.rect(x, y, wide, high, svg.fill(f"url(#h{group})")) if group else box
