"""Horizontal bars of shares, for one group or for several side by side: who holds how much of the critical path."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from ..errors import TraceError
from ..words import clean, percent
from . import svg
from .figure import Figure, Table
from .palette import GRID, QUIET, shade, tint

WIDE, EDGE, LEFT, BAR, HEAD = 900, 12, 300, 16, 66
FILLS = ("#332288", "#cc6677", "#44aa99")
STYLE = f".q{{fill:{QUIET};font-size:11px}}.t{{font-size:14px;font-weight:600}}.b{{font-weight:600}}"


Shares = pd.Series | pd.DataFrame


def path_shares(
    shares: Shares | Mapping[str, Shares], title: str = "Share of the critical path", limit: int = 15
) -> Figure:
    """Bars of shares (0 to 1), the greatest first: give it what `traces.path_share` returns, or a series by label.

    A mapping compares groups: `{"the middle": a, "the slowest 5 %": b}`, at most three. Of a frame the columns owner
    and share are used; of a series whose index has two levels ("frontend", "ads") reads "frontend → ads".
    Beyond `limit` labels the rest is counted only. Raises TraceError when there is nothing to draw.

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
    heading = clean(title)
    return Figure(heading, _finding(groups), _draw(groups, shown, heading, note), table)


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


def _draw(groups: dict[str, dict[str, float]], names: list[str], heading: str, note: str) -> str:
    step = BAR * len(groups) + 10
    bottom = HEAD + step * len(names)
    right = WIDE - 70
    highest = max(max(values.values(), default=0.0) for values in groups.values()) or 1.0
    body = [_pattern(), svg.text(EDGE, 22, heading, 'class="t"'), *(_legend(list(groups)) if len(groups) > 1 else [])]
    for tick in svg.ticks(highest * 100, 6):
        x = LEFT + tick / 100 / highest * (right - LEFT)
        body.append(svg.line(f"M{svg.number(x)} {HEAD - 4}V{bottom}", f'stroke="{GRID}"'))
        body.append(svg.text(x, HEAD - 8, "0%" if not tick else f"{tick:g}", 'class="q" text-anchor="middle"'))
    for row, name in enumerate(names):
        y = HEAD + step * row + 5
        middle = y + BAR * len(groups) / 2 + 4
        body.append(svg.text(LEFT - 10, middle, svg.fit(name, LEFT - EDGE - 10), 'text-anchor="end"'))
        for at, values in enumerate(groups.values()):
            body += _bar(values.get(name, 0.0), highest, right, y + BAR * at, at)
    if note:
        body.append(svg.text(EDGE, bottom + 17, note, 'class="q"'))
    return svg.document(WIDE, bottom + (28 if note else 10), heading, body, STYLE)


def _bar(value: float, highest: float, right: float, y: float, group: int) -> list[str]:
    """One bar with its number behind it; groups differ by colour and by hatching."""
    long = max(value / highest, 0.0) * (right - LEFT)
    box = f'stroke="{shade(FILLS[group])}"'
    drawn = [svg.rect(LEFT, y, max(long, 1), BAR - 3, f'fill="{tint(FILLS[group])}" {box}')]
    if group:
        drawn.append(svg.rect(LEFT, y, max(long, 1), BAR - 3, f'fill="url(#h{group})"'))
    return [*drawn, svg.text(LEFT + long + 6, y + BAR - 5, percent(value, 1), 'class="b"')]


def _pattern() -> str:
    """Two hatchings, the second cue beside colour."""
    line = 'stroke="#000" stroke-opacity=".6"'
    one = f'<pattern id="h1" width="6" height="6" patternUnits="userSpaceOnUse"><path d="M0 6L6 0" {line}/></pattern>'
    two = f'<pattern id="h2" width="5" height="5" patternUnits="userSpaceOnUse"><path d="M2 0V5" {line}/></pattern>'
    return f"<defs>{one}{two}</defs>"


def _legend(names: list[str]) -> list[str]:
    drawn, x = [], float(EDGE)
    for at, name in enumerate(names):
        fills = [f'fill="{tint(FILLS[at])}" stroke="{shade(FILLS[at])}"', *([f'fill="url(#h{at})"'] if at else [])]
        drawn += [svg.rect(x, 32, 22, 10, fill) for fill in fills]
        words = svg.fit(name, 240, 11)
        drawn.append(svg.text(x + 27, 41, words, 'class="q"'))
        x += 27 + svg.width(words, 11) + 14
    return drawn
