"""What figures with axes share: scales, axes with their numbers, a legend, words that keep clear of each other."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from ..errors import FigureError
from ..words import clean, decimal
from . import svg
from .palette import GRID, INK, MUTED, QUIET

WIDE, EDGE = 900, 12
STYLE = (
    f".q{{fill:{QUIET};font-size:11px}}.s{{font-size:11px}}.b{{font-weight:600}}"
    ".t{font-size:14px;font-weight:600}.n{text-anchor:end;font-variant-numeric:tabular-nums}.m{text-anchor:middle}"
    # White behind the letters keeps words readable on top of lines.
    ".h{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}"
)
SMALL = 'class="q"'
# Lines in one panel differ by their dashes as well as by colour.
LINES = tuple(zip((MUTED[0], MUTED[6], MUTED[3], MUTED[7]), ("", "7 3", "2 3", "9 3 2 3"), strict=True))


class Scale:
    """From numbers between `low` and `high` to pixels between `first` and `last`; what lies outside stands at the edge.

    >>> Scale(0, 10, 100, 200)(5), Scale(1, 100, 0, 200, log=True)(10)
    (150.0, 100.0)
    """

    def __init__(self, low: float, high: float, first: float, last: float, log: bool = False) -> None:
        self.first, self.last, self.log = first, last, log
        self.low = max(low, high / 1e6, 1e-9) if log else low
        self.high = high if high > self.low else self.low * 2 if log else self.low + 1

    def __call__(self, value: float) -> float:
        value = min(max(value, self.low), self.high)
        if self.log:
            part = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            part = (value - self.low) / (self.high - self.low)
        return self.first + part * (self.last - self.first)

    def many(self, values: np.ndarray) -> np.ndarray:
        """The pixels of many values at once."""
        inside = np.clip(np.asarray(values, dtype=float), self.low, self.high)
        if self.log:
            part = np.log(inside / self.low) / math.log(self.high / self.low)
        else:
            part = (inside - self.low) / (self.high - self.low)
        return self.first + part * (self.last - self.first)

    def ticks(self, most: int = 8) -> list[float]:
        """Round numbers on the scale, at most about `most`."""
        marks = self._powers(most) if self.log else []
        # Between two neighbouring marks of a power scale there may be none: then steps of one size do.
        return marks if len(marks) > 1 else self._steps(most)

    def _steps(self, most: int) -> list[float]:
        span = self.high - self.low
        step = [*svg.ticks(span, most), span][1]
        start = math.ceil(self.low / step - 1e-9)
        return [step * at for at in range(start, math.floor(self.high / step + 1e-9) + 1)]

    def _powers(self, most: int) -> list[float]:
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        sets = ((1, 2, 5), (1, 3), (1,))
        # Within a decade or so, three marks are few.
        for steps in ((1, 1.5, 2, 3, 4, 5, 6, 8), *sets) if self.high < 12 * self.low else sets:
            marks = [10.0**power * step for power in range(first, last + 1) for step in steps]
            marks = [mark for mark in marks if self.low * 0.999 <= mark <= self.high * 1.001]
            if len(marks) <= most:
                return marks
        return marks[:: math.ceil(len(marks) / most)]


def heading(title: str) -> str:
    """The figure's title, in the picture."""
    return svg.text(EDGE, 22, svg.fit(title, WIDE - 2 * EDGE, 15), 'class="t"')


def axis_below(scale: Scale, y: float, label: str, most: int = 8) -> list[str]:
    """The horizontal axis with its numbers below it, and what they are."""
    drawn = [svg.line(f"M{svg.number(scale.first)} {svg.number(y)}H{svg.number(scale.last)}", f'stroke="{QUIET}"')]
    for tick in scale.ticks(most):
        drawn.append(svg.line(f"M{svg.number(scale(tick))} {svg.number(y)}v5", f'stroke="{QUIET}"'))
        drawn.append(svg.text(scale(tick), y + 18, decimal(tick), 'class="q m"'))
    return [*drawn, svg.text((scale.first + scale.last) / 2, y + 34, label, 'class="q m"')]


def axis_left(scale: Scale, left: float, right: float, label: str = "", most: int = 6) -> list[str]:
    """Lines across with their numbers to the left, and above them what they are."""
    top = min(scale.first, scale.last)
    drawn = [svg.text(EDGE, top - 12, label, SMALL)] if label else []
    for tick in scale.ticks(most):
        y = scale(tick)
        drawn.append(svg.line(f"M{svg.number(left)} {svg.number(y)}H{svg.number(right)}", f'stroke="{GRID}"'))
        drawn.append(svg.text(left - 8, y + 4, decimal(tick), 'class="q n"'))
    return drawn


def named(share: float) -> str:
    """A percentile's short name: 0.95 is p95, 0.999 is p99.9."""
    return f"p{round(100 * share, 6):g}"


def legend(entries: Iterable[tuple[str, str]], y: float = 41) -> tuple[list[str], float]:
    """Pictures (drawn in 22 × 12 around (11, -4)) with their words, wrapped; and the y of the last line."""
    drawn, x = [], float(EDGE)
    for picture, words in entries:
        words = svg.fit(words, 400, 11)
        wide = 27 + svg.width(words, 11) + 14
        if x + wide > WIDE - EDGE + 14 and x > EDGE:
            x, y = float(EDGE), y + 18
        drawn.append(f'<g transform="translate({svg.number(x)} {svg.number(y)})">{picture}')
        drawn.append(svg.text(27, 0, words, SMALL) + "</g>")
        x += wide
    return drawn, y


def lanes(xs: Sequence[float], words: Sequence[str], right: float, size: float = 11) -> list[tuple[int, str]]:
    """For words beside vertical lines at `xs`: a lane each (0 is the lowest) and the side ("start", "end").

    No words cover others, and no line on its way down from its lane runs through words.

    >>> lanes([100, 110], ["deploy", "deploy"], 800)
    [(0, 'end'), (0, 'start')]
    """
    boxes = [(x, svg.width(label, size) + 8) for x, label in zip(xs, words, strict=True)]
    order = sorted(range(len(xs)), key=lambda at: xs[at])
    # Words to the right always find a lane from right to left, words to the left from left to right.
    for way, side, strict in ((order[::-1], "start", True), (order, "end", True), (order[::-1], "start", False)):
        found = _lanes(boxes, way, side, right, strict)
        if len(found) == len(xs):
            break
    return [found[at] for at in range(len(xs))]


def _lanes(
    boxes: list[tuple[float, float]], order: list[int], wish: str, right: float, strict: bool
) -> dict[int, tuple[int, str]]:
    """The first lane without a collision for each box, in this order; without the box where there is none."""
    found: dict[int, tuple[int, str]] = {}
    taken: list[tuple[int, float, float, float]] = []
    for at in order:
        x, wide = boxes[at]
        sides = {"start": (x, x + wide), "end": (x - wide, x)}
        fitting = [side for side, (low, high) in sides.items() if low >= 0 and high < right] or ["start"]
        fitting.sort(key=lambda side: side != wish)
        for lane in range(len(boxes) + 1):
            free = [side for side in fitting if not any(_collide(lane, x, sides[side], one) for one in taken)]
            if free or (not strict and lane == len(found)):
                side = (free or fitting)[0]
                taken.append((lane, x, *sides[side]))
                found[at] = lane, side
                break
    return found


def _collide(lane: int, x: float, space: tuple[float, float], other: tuple[int, float, float, float]) -> bool:
    other_lane, other_x, low, high = other
    if other_lane == lane:
        return space[0] < high and low < space[1]
    if other_lane > lane:
        return space[0] < other_x < space[1]
    return low < x < high


def beside(x: float, y: float, words: str, side: str, attributes: str = 'class="q h"') -> str:
    """Words to the right ("start") or left ("end") of a vertical line at x."""
    return svg.text(x + 5 if side == "start" else x - 5, y, words, f'{attributes} text-anchor="{side}"')


def deploy_marks(deploys: pd.DataFrame | None, first_ns: int, last_s: float) -> list[tuple[float, str]]:
    """Deploys as (seconds after `first_ns`, "catalog 1.3 → 1.4"), those inside of the picture's time."""
    if deploys is None:
        return []
    missing = [name for name in ("time_ns", "service", "from", "to") if name not in deploys.columns]
    if missing:
        raise FigureError(f"deploys lack the column {', '.join(missing)}; give Recording.deploys")
    rows = zip(deploys["time_ns"], deploys["service"], deploys["from"], deploys["to"], strict=True)
    marks = [
        ((int(at) - first_ns) / 1e9, f"{clean(who, 30)} {clean(old, 12)} → {clean(new, 12)}")
        for at, who, old, new in rows
    ]
    return sorted(mark for mark in marks if 0 <= mark[0] <= last_s)


def deploy_height(marks: list[tuple[float, str]], x: Scale) -> float:
    """The room that the words of `deploy_lines` need above the picture."""
    found = lanes([x(at) for at, _ in marks], [f"deploy: {words}" for _, words in marks], WIDE - EDGE)
    return 14.0 * (1 + max((lane for lane, _ in found), default=-1))


def deploy_lines(marks: list[tuple[float, str]], x: Scale, top: float, bottom: float) -> list[str]:
    """A dashed line a deploy, its words above the picture."""
    labels = [f"deploy: {words}" for _, words in marks]
    drawn = []
    for (at, _), label, (lane, side) in zip(
        marks, labels, lanes([x(at) for at, _ in marks], labels, WIDE - EDGE), strict=True
    ):
        y = top - 6 - 14 * lane
        drawn.append(
            svg.line(
                f"M{svg.number(x(at))} {svg.number(y - 9)}V{svg.number(bottom)}",
                f'stroke="{INK}" stroke-width="1.2" stroke-dasharray="5 3"',
            )
        )
        drawn.append(beside(x(at), y, label, side))
    return drawn


def need(frame: pd.DataFrame, columns: Iterable[str], source: str) -> None:
    """FigureError when a column is missing, with where such a frame comes from; or when there is no row."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise FigureError(f"this figure needs the column {', '.join(missing)}; give it {source}")
    if frame.empty:
        raise FigureError(f"there is nothing to draw: the frame has no row; give it {source}")
