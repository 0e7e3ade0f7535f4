"""The page of every figure: its scales, axes, legend and panels. Here and in `marks` are the pixels, and nowhere else
in a chart's file: that says what is shown.

A figure with axes is `picture(title, key, x, panels)`; a `Panel` is an axis to the left and marks. A figure of rows
(`rows`) puts words and bars in columns, with the same scales and styles.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import pandas as pd

from ..errors import FigureError
from ..otlp import nanoseconds
from ..words import clean, count, decimal
from . import svg
from .palette import ERROR, GRID, INK, QUIET, ZEBRA
from .svg import px

# As wide as a notebook's output on a laptop of 1366 pixels; a wider page shows it as it is, a narrower one shrinks it.
WIDE, EDGE = 900, 12
# Room for the axis' numbers at the left ("1,000,000" at 11 pixels), and half of the last number at the right.
LEFT, RIGHT = 64, 872
LANE = 14  # a line of 11-pixel words
BELOW = 44  # an axis with its numbers and its label
STYLE = (
    f".q{{fill:{QUIET};font-size:11px}}.s{{font-size:11px}}.b{{font-weight:600}}"
    f".e{{fill:{ERROR};font-weight:600;font-size:11px}}.t{{font-size:14px;font-weight:600}}"
    ".n{text-anchor:end;font-variant-numeric:tabular-nums}.m{text-anchor:middle}.r{text-anchor:end}"
    # White behind the letters keeps words readable on top of lines.
    ".h{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}"
)
Entry = tuple[str, str]  # of a legend: a picture drawn in 22 × 12 around (11, -4), and its words


class Scale:
    """From numbers between `low` and `high` to pixels between `first` and `last`; what is outside is drawn at the edge.

    >>> Scale(0, 10, 100, 200)(5), Scale(1, 100, 0, 200, log=True)(10)
    (150.0, 100.0)
    """

    def __init__(self, low: float, high: float, first: float, last: float, log: bool = False) -> None:
        self.first, self.last, self.log = first, last, log
        # Six decades are as many as a hand's breadth can show.
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

    def steps(self, count: int) -> np.ndarray:
        """The values at the edges of `count` stretches that are equally wide in the picture."""
        values = (np.geomspace if self.log else np.linspace)(self.low, self.high, count + 1)
        values[0], values[-1] = self.low, self.high
        return values

    def ticks(self, most: int = 8) -> list[float]:
        """Round numbers on the scale, at most about `most`."""
        marks = self._powers(most) if self.log else []
        # Between two neighboring marks of a power scale there may be none: then steps of one size do.
        return marks if len(marks) > 1 else self._steps(most)

    def _steps(self, most: int) -> list[float]:
        span = self.high - self.low
        step = [*ticks(span, most), span][1]
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


def ticks(highest: float, most: int = 8) -> list[float]:
    """From zero in steps of 1, 2 or 5 times a power of ten, at most `most` of them up to `highest`.

    >>> ticks(143, 6)
    [0.0, 50.0, 100.0]
    """
    if highest <= 0:
        return [0.0]
    power = 10.0 ** math.floor(math.log10(highest / most))
    step = next(power * factor for factor in (1, 2, 5, 10, 20) if highest / (power * factor) < most)
    return [step * index for index in range(int(highest / step + 1e-9) + 1)]


# --- axes and panels -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, what it measures, and at most `most` round numbers, or `named` ones in their place."""

    low: float
    high: float
    label: str = ""
    log: bool = False
    most: int = 8
    named: Sequence[tuple[float, str]] | None = None

    def scale(self, first: float, last: float) -> Scale:
        """The scale onto these pixels."""
        return Scale(self.low, self.high, first, last, self.log)

    def numbers(self, scale: Scale) -> list[tuple[float, str]]:
        """Pixels and words of the axis' numbers."""
        if self.named is not None:
            return [(scale(at), words) for at, words in self.named]
        return [(scale(at), decimal(at)) for at in scale.ticks(self.most)]


@dataclass(frozen=True)
class Space:
    """Where marks are drawn: their scales, and the edges of the panel."""

    x: Scale
    y: Scale

    @property
    def top(self) -> float:
        return self.y.last

    @property
    def bottom(self) -> float:
        return self.y.first


class Mark:
    """Something drawn on a panel."""

    def headroom(self, x: Scale) -> float:
        """How much room its words need above the panel."""
        return 0.0

    def tallest(self, x: Scale) -> float:
        """How high a panel it can fill."""
        return math.inf

    def draw(self, space: Space) -> list[str]:
        """Its elements, the lowest first."""
        raise NotImplementedError


@dataclass(frozen=True)
class Panel:
    """Marks over one axis to the left. `foot` is a thin strip below them.

    `high` is in pixels: enough for a slope to be seen, and two panels still fit onto a laptop's screen.
    """

    marks: Sequence[Mark]
    y: Axis | None = None
    high: float = 250
    title: str = ""
    foot: Mark | None = None


def picture(
    title: str, key: Iterable[Entry], x: Axis, panels: Iterable[Panel], right: float = RIGHT, definitions: str = ""
) -> str:
    """The whole SVG: title, legend, the panels below each other over one horizontal axis."""
    entries, y = legend(key)
    scale = x.scale(LEFT, right)
    body = [definitions, heading(title), *entries]
    for panel in panels:
        drawn, y = _panel(panel, scale, y)
        body += drawn
    return page(title, [*body, *axis_below(x, scale, y)], y + BELOW)


def page(title: str, body: list[str], high: float) -> str:
    """The document that all figures share."""
    return svg.document(WIDE, high, title, body, STYLE)


def _panel(panel: Panel, x: Scale, y: float) -> tuple[list[str], float]:
    """One panel below y; and where it ends."""
    top = y + 34 + max((mark.headroom(x) for mark in panel.marks), default=0.0)
    bottom = top + min([panel.high, *(mark.tallest(x) for mark in panel.marks)])
    axis = panel.y or Axis(0, 1, most=0)
    space = Space(x, axis.scale(bottom, top))
    drawn = [svg.text(LEFT, y + 26, panel.title, "b s")] if panel.title else []
    drawn += axis_left(axis, space) if panel.y else []
    drawn.append(svg.across(x.first, x.last, bottom, svg.stroke(QUIET)))
    for mark in panel.marks:
        drawn += mark.draw(space)
    if panel.foot:
        foot = Scale(0, 1, bottom + 20, bottom + 8)
        return [*drawn, *panel.foot.draw(Space(x, foot))], bottom + 20
    return drawn, bottom


def heading(title: str) -> str:
    """The figure's title, in the picture."""
    return svg.text(EDGE, 22, svg.fit(title, WIDE - 2 * EDGE, 15), "t")


def axis_below(axis: Axis, scale: Scale, y: float) -> list[str]:
    """The horizontal axis with its numbers below it, and what they are."""
    drawn = [svg.across(scale.first, scale.last, y, svg.stroke(QUIET))]
    numbers = axis.numbers(scale)
    near = min((after - before for (before, _), (after, _) in pairwise(numbers)), default=math.inf)
    widest = max((svg.width(words, 11) for _, words in numbers), default=0.0)
    # Named numbers that would touch lose every second one, or more.
    every = max(1, math.ceil((widest + 6) / max(near, 1))) if axis.named else 1
    for at, (x, words) in enumerate(numbers):
        drawn.append(svg.down(x, y, y + 5, svg.stroke(QUIET)))
        drawn += [svg.text(x, y + 18, words, "q m")] if at % every == 0 else []
    middle = max((scale.first + scale.last) / 2, EDGE + svg.width(axis.label, 11) / 2)
    return [*drawn, svg.text(middle, y + 34, axis.label, "q m")]


def axis_left(axis: Axis, space: Space) -> list[str]:
    """Lines across with their numbers to the left, and above them what they are."""
    drawn = [svg.text(EDGE, space.top - 12, axis.label, "q")] if axis.label else []
    for y, words in axis.numbers(space.y):
        if axis.named:
            drawn.append(svg.across(space.x.first - 4, space.x.first, y, svg.stroke(QUIET)))
        else:
            drawn.append(svg.across(space.x.first, space.x.last, y, svg.stroke(GRID)))
        drawn.append(svg.text(space.x.first - 8, y + 4, words, "q n"))
    return drawn


def legend(entries: Iterable[Entry], y: float = 41) -> tuple[list[str], float]:
    """Pictures with their words, wrapped; and the y of the last line."""
    drawn, x = [], float(EDGE)
    for picture, words in entries:
        words = svg.fit(words, 400, 11)
        wide = 27 + svg.width(words, 11) + 14
        if x + wide > WIDE - EDGE + 14 and x > EDGE:
            x, y = float(EDGE), y + 18
        drawn.append(f'<g transform="translate({px(x)} {px(y)})">{picture}{svg.text(27, 0, words, "q")}</g>')
        x += wide
    return drawn, y


CROSS = "m-4 -4l8 8m0 -8l-8 8"


def crosses(places: Iterable[tuple[float, float]]) -> list[str]:
    """Errors: a cross at each place, on white, so that it is seen on a bar as well."""
    commands = "".join(f"M{px(x)} {px(y)}{CROSS}" for x, y in places)
    looks = (svg.stroke("#fff", 4.5), svg.stroke(ERROR, 2.2))
    return [svg.path(commands, look) for look in looks] if commands else []


def cross(x: float = 11, y: float = -4) -> str:
    """One of them; where a legend's pictures are."""
    return "".join(crosses([(x, y)]))


@dataclass(frozen=True)
class Seal:
    """A letter in a shape of its own: color is the third cue, and not the first. `low` is where the letter stands."""

    letter: str
    shape: str
    ground: str
    ink: str
    low: float = 3.3

    def at(self, x: float = 11, y: float = -4) -> str:
        """It with its middle there; where a legend's pictures are."""
        place = f"M{px(x)} {px(y)}{self.shape}"
        drawn = svg.path(place, svg.fill(self.ground, "#fff", 2.5)) + svg.path(place, svg.fill(self.ground, INK, 0.7))
        return drawn + svg.text(x, y + self.low, self.letter, "m", f"font-size:9px;font-weight:700;fill:{self.ink}")


def hatching(name: str, size: int, commands: str, color: str = INK) -> str:
    """A pattern `url(#name)`, the second cue next to color."""
    line = svg.path(commands, svg.stroke(color, opacity=0.6))
    return f'<pattern id="{name}" width="{size}" height="{size}" patternUnits="userSpaceOnUse">{line}</pattern>'


def zebra(top: float, high: float, rows: int) -> list[str]:
    """A tone behind every other row, to lead the eye across."""
    return [svg.rect(4, top + high * at, WIDE - 8, high, svg.fill(ZEBRA)) for at in range(1, rows, 2)]


# --- words next to vertical lines ------------------------------------------------------------------------------------


def lanes(xs: Sequence[float], words: Sequence[str], right: float, size: float = 11) -> list[tuple[int, str]]:
    """For words next to vertical lines at `xs`: a lane for each (0 is the lowest) and the side ("start", "end").

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


# A panel asks twice: how much room the words need, and where they are.
_remembered = lru_cache(maxsize=16)(lanes)


def _collide(lane: int, x: float, space: tuple[float, float], other: tuple[int, float, float, float]) -> bool:
    other_lane, other_x, low, high = other
    if other_lane == lane:
        return space[0] < high and low < space[1]
    if other_lane > lane:
        return space[0] < other_x < space[1]
    return low < x < high


@dataclass(frozen=True)
class Flags(Mark):
    """Vertical lines with words above the panel: (value, words) each."""

    at: Sequence[tuple[float, str]]
    look: str
    css: str = "q h"

    def _lanes(self, x: Scale) -> list[tuple[int, str]]:
        return _remembered(tuple(x(at) for at, _ in self.at), tuple(words for _, words in self.at), WIDE - EDGE)

    def headroom(self, x: Scale) -> float:
        """The room that the words need above the panel."""
        return LANE * (1.0 + max((lane for lane, _ in self._lanes(x)), default=-1))

    def draw(self, space: Space) -> list[str]:
        drawn = []
        for (at, words), (lane, side) in zip(self.at, self._lanes(space.x), strict=True):
            x, y = space.x(at), space.top - 6 - LANE * lane
            drawn.append(svg.down(x, y - 9, space.bottom, self.look))
            if side == "start":
                drawn.append(svg.text(x + 5, y, words, self.css))
            else:
                drawn.append(svg.text(x - 5, y, words, f"{self.css} r"))
        return drawn


# --- deploys ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Deploys:
    """Deploys of a recording as (seconds since the picture's zero, "catalog 1.3 → 1.4")."""

    at: tuple[tuple[float, str], ...] = ()

    @classmethod
    def of(cls, deploys: pd.DataFrame | None, first_ns: int, last_s: float) -> Deploys:
        """Those from `first_ns` to `last_s` seconds later, of what `Recording.deploys` returns."""
        if deploys is None:
            return cls()
        missing = [name for name in ("time_ns", "service", "from", "to") if name not in deploys.columns]
        if missing:
            raise FigureError(f"deploys lack the column {', '.join(missing)}; give Recording.deploys")
        rows = zip(
            nanoseconds(deploys["time_ns"]).tolist(), deploys["service"], deploys["from"], deploys["to"], strict=True
        )
        found = [
            ((int(at) - first_ns) / 1e9, f"{clean(service, 30)} {clean(old, 12)} → {clean(new, 12)}")
            for at, service, old, new in rows
        ]
        return cls(tuple(sorted(deploy for deploy in found if 0 <= deploy[0] <= last_s)))

    @property
    def flags(self) -> Flags:
        """A dashed line for each."""
        return Flags([(at, f"deploy: {words}") for at, words in self.at], svg.stroke(INK, 1.2, "5 3"))

    @property
    def sentence(self) -> str:
        """For the end of a finding; "" when there are none. Six: a sentence with more is not read."""
        named = ", ".join(f"{words} at {at:,.0f} s" for at, words in self.at[:6])
        return f" Deploys: {named}." if named else ""

    @property
    def note(self) -> str:
        """For the text twin, which has about as many rows as this names deploys."""
        return "; ".join(f"{words} deployed at {at:,.1f} s" for at, words in self.at[:20])


def need(frame: pd.DataFrame, columns: Iterable[str], source: str) -> None:
    """FigureError when a column is missing, with where such a frame comes from; or when there is no row."""
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise FigureError(f"this figure needs the column {', '.join(missing)}; give it {source}")
    if frame.empty:
        raise FigureError(f"there is nothing to draw: the frame has no row; give it {source}")


def possible(durations_ms: np.ndarray) -> np.ndarray:
    """Which durations can be one: a finite number of 0 or more."""
    return np.isfinite(durations_ms) & (durations_ms >= 0)


def left_out(number: int, noun: str) -> str:
    """For a finding: how many things are not drawn because they have no possible duration; "" for none."""
    return f" Left out: {count(number, noun)} without a possible duration." if number else ""


def percentile_name(share: float) -> str:
    """A percentile's short name: 0.95 is p95, 0.999 is p99.9."""
    return f"p{round(100 * share, 6):g}"
