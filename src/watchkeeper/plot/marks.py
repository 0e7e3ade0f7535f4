"""The marks that panels are made of. Each knows its values in the figure's own units, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from . import svg
from .draw import Mark, Scale, Space, crosses
from .palette import ERROR, GRID, INK, MUTED, PAPER, QUIET, SHADES, shade, tint
from .svg import px

# Drawing commands of a marker around its middle: shape is the cue, color goes with it.
SHAPES = (
    "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0z",  # circle
    "m-2.6 -2.6h5.2v5.2h-5.2z",  # square
    "m0 -3.6l3.4 6.2h-6.8z",  # triangle
    "m0 -4l3.4 4l-3.4 4l-3.4 -4z",  # diamond
    "m0 3.6l3.4 -6.2h-6.8z",  # wedge
    "m-1.2 -4h2.4v8h-2.4z",  # bar
    "m-4 -1.2h8v2.4h-8z",  # dash
    "m-1 -4h2v3h3v2h-3v3h-2v-3h-3v-2h3z",  # plus
)
DASHES = ("", "7 3", "2 3", "9 3 2 3")
# For everything but services: in this order, neighbors differ most.
COLORS = (MUTED[0], MUTED[6], MUTED[2], MUTED[4], MUTED[7], MUTED[1], MUTED[3], MUTED[8])
BAR = svg.fill(tint(MUTED[2], 0.6), shade(MUTED[2]), 0.7)
LIMIT = svg.stroke(ERROR, 2, "6 3")
DOT = 9  # pixels from dot to dot: they touch, and 90 of them fit side by side


@dataclass(frozen=True)
class Bars(Mark):
    """A bar between each two `edges`, as high as its count; none for 0. `inset` pixels stay free at its sides."""

    edges: Sequence[float] | np.ndarray
    counts: Sequence[float] | np.ndarray
    look: str = BAR
    inset: float = 0.5

    def draw(self, space: Space) -> list[str]:
        x = space.x.many(np.asarray(self.edges)).tolist()
        drawn = []
        for at, count in enumerate(np.asarray(self.counts).tolist()):
            if count:
                left, right = x[at] + self.inset, max(x[at + 1] - self.inset, x[at] + 1.2)
                # The smallest count is still seen.
                top = min(space.y(count), space.bottom - 1.5)
                drawn.append(f"M{px(left)} {px(space.bottom)}V{px(top)}H{px(right)}V{px(space.bottom)}z")
        return [svg.path("".join(drawn), self.look)] if drawn else []


@dataclass(frozen=True)
class Counts(Mark):
    """The number above each of `Bars`, where it fits."""

    edges: Sequence[float]
    counts: Sequence[int]

    def draw(self, space: Space) -> list[str]:
        drawn = []
        for at, count in enumerate(self.counts):
            left, right, words = space.x(self.edges[at]), space.x(self.edges[at + 1]), f"{count:,}"
            if count and svg.width(words, 11) <= right - left + 6:
                drawn.append(svg.text((left + right) / 2, min(space.y(count), space.bottom - 1.5) - 5, words, "s m h"))
        return drawn


@dataclass(frozen=True)
class Dots(Mark):
    """A dot for each value; those that would cover each other are stacked."""

    values: np.ndarray

    def _stacks(self, x: Scale) -> list[tuple[int, int]]:
        """For each value the column of its dot, and its number in that column, from 1."""
        high: dict[int, int] = {}
        found = []
        for column in (x.many(self.values) / DOT).astype(int).tolist():
            high[column] = high.get(column, 0) + 1
            found.append((column, high[column]))
        return found

    def tallest(self, x: Scale) -> float:
        return max(40, DOT * max(number for _, number in self._stacks(x)) + 10)

    def draw(self, space: Space) -> list[str]:
        stacks = self._stacks(space.x)
        step = min(DOT, (space.bottom - space.top - 4) / max(number for _, number in stacks))
        return [
            f'<circle cx="{px((column + 0.5) * DOT)}" cy="{px(space.bottom - 5 - step * (number - 1))}" r="4" {BAR}/>'
            for column, number in stacks
        ]


@dataclass(frozen=True)
class Line(Mark):
    """A line through all values; of more than there are pixels, through those that show.

    With a `marker` about two dozen points have one, from the `phase`th on: lines that cross are then told apart.
    """

    x: np.ndarray
    y: np.ndarray
    look: str
    marker: str = ""
    marker_look: str = ""
    phase: int = 0

    def draw(self, space: Space) -> list[str]:
        x, y = space.x.many(self.x), space.y.many(self.y)
        if len(x) > space.x.last - space.x.first:
            x, y = _thinned(np.round(x), y)
        points = dict.fromkeys(f"{px(a)} {px(b)}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
        drawn = [svg.path("M" + "L".join(points), f'{self.look} stroke-linejoin="round"')]
        if self.marker:
            # Two dozen markers are enough to follow a line.
            every = max(1, len(points) // 24)
            marks = [f"M{point}{self.marker}" for point in list(points)[self.phase % every :: every]]
            drawn.append(svg.path("".join(marks), self.marker_look))
        return drawn


def _thinned(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of the points with one x, the first, the lowest, the highest and the last."""
    starts = np.flatnonzero(np.diff(x, prepend=np.nan) != 0)
    ends = np.append(starts[1:], len(x)) - 1
    four = (y[starts], np.maximum.reduceat(y, starts), np.minimum.reduceat(y, starts), y[ends])
    return np.repeat(x[starts], 4), np.column_stack(four).ravel()


@dataclass(frozen=True)
class Steps(Mark):
    """Sorted values as their empirical distribution: a step up at each, with 0, 50 and 100% at the right."""

    values: np.ndarray
    look: str

    def draw(self, space: Space) -> list[str]:
        y = Scale(0, 1, space.bottom, space.top)
        pixels = np.round(space.x.many(self.values)).astype(int)
        # The last value of each pixel is as high as the line gets there.
        last = np.flatnonzero(np.append(np.diff(pixels) != 0, True))
        steps = zip(pixels[last].tolist(), ((last + 1) / len(self.values)).tolist(), strict=True)
        commands = f"M{px(space.x.first)} {px(space.bottom)}" + "".join(f"H{x}V{px(y(share))}" for x, share in steps)
        commands += f"H{px(space.x.last)}"
        numbers = [svg.text(896, y(share) + 4, words, "q n") for share, words in ((0, "0%"), (0.5, "50%"), (1, "100%"))]
        return [svg.path(commands, svg.stroke(PAPER, 4)), svg.path(commands, self.look), *numbers]


@dataclass(frozen=True)
class Points(Mark):
    """A marker at each (x, y), in whole pixels: those that would cover each other are drawn once."""

    x: np.ndarray
    y: np.ndarray
    shape: str
    look: str

    def draw(self, space: Space) -> list[str]:
        places = dict.fromkeys(_whole_pixels(space, self.x, self.y))
        return [svg.path("".join(f"M{x} {y}{self.shape}" for x, y in places), self.look)]


@dataclass(frozen=True)
class Crosses(Mark):
    """An error at each (x, y)."""

    x: np.ndarray
    y: np.ndarray

    def draw(self, space: Space) -> list[str]:
        return crosses(dict.fromkeys(_whole_pixels(space, self.x, self.y)))


def _whole_pixels(space: Space, x: np.ndarray, y: np.ndarray) -> list[tuple[int, int]]:
    across, up = (np.rint(scale.many(values)).astype(int) for scale, values in ((space.x, x), (space.y, y)))
    return list(zip(across.tolist(), up.tolist(), strict=True))


@dataclass(frozen=True)
class Upright(Mark):
    """A vertical line at x, without words: a limit."""

    at: float
    look: str = LIMIT

    def draw(self, space: Space) -> list[str]:
        return [svg.down(space.x(self.at), space.top - 4, space.bottom, self.look)]


@dataclass(frozen=True)
class Level(Mark):
    """A horizontal line at y with its words at the right end: a threshold."""

    at: float
    words: str
    look: str = LIMIT

    def draw(self, space: Space) -> list[str]:
        y, right = space.y(self.at), space.x.last
        words = svg.text(right, y - 4, self.words, "s n b h", f"fill:{ERROR}")
        return [svg.across(space.x.first, right, y, self.look), words]


@dataclass(frozen=True)
class Stretches(Mark):
    """A strip with the stretches in which something held, and its name to the left."""

    name: str
    held: Sequence[tuple[float, float]]
    never: str = "never"

    def draw(self, space: Space) -> list[str]:
        x, top, high = space.x, space.top, space.bottom - space.top
        drawn = [svg.rect(x.first, top, x.last - x.first, high, svg.fill("#f0f0f0"))]
        drawn.append(svg.text(x.first - 8, top + 10, self.name, "q n"))
        for start, end in self.held:
            drawn.append(svg.rect(x(start), top, max(x(end) - x(start), 1.5), high, svg.fill(INK)))
        if not self.held:
            drawn.append(svg.text(x.first + 6, top + 10, self.never, "s", f"fill:{QUIET}"))
        return drawn


@dataclass(frozen=True)
class Cells(Mark):
    """Counts by column and row, which fill the panel, as shades: the fuller, the darker."""

    counts: np.ndarray
    most: int

    def draw(self, space: Space) -> list[str]:
        ground = svg.rect(
            space.x.first,
            space.top,
            space.x.last - space.x.first,
            space.bottom - space.top,
            svg.fill("#fafafa", GRID),
        )
        wide, tall = _cell(space, self.counts)
        drawn = [ground]
        shades = shades_of(self.counts, self.most).tolist()
        for at, row in zip(*(places.tolist() for places in np.nonzero(self.counts)), strict=True):
            left, top = space.x.first + wide * at, space.bottom - tall * (row + 1)
            drawn.append(svg.rect(left, top, max(wide - 0.6, 1), tall - 0.6, svg.fill(SHADES[shades[at][row]])))
        return drawn


@dataclass(frozen=True)
class CellNumbers(Mark):
    """The counts of `Cells` where they fit: no meaning by color alone. A number's halo is its cell's shade."""

    counts: np.ndarray
    most: int

    def draw(self, space: Space) -> list[str]:
        wide, tall = _cell(space, self.counts)
        drawn = []
        counts, shades = self.counts.tolist(), shades_of(self.counts, self.most).tolist()
        for at, row in zip(*(places.tolist() for places in np.nonzero(self.counts)), strict=True):
            words, shade = f"{counts[at][row]:,}", shades[at][row]
            if svg.width(words, 10) + 4 > wide:
                continue
            style = f"font-size:10px;fill:{PAPER if shade >= 5 else '#1a1a1a'};stroke:{SHADES[shade]}"
            x, y = space.x.first + wide * (at + 0.5), space.bottom - tall * (row + 0.5) + 3.5
            drawn.append(svg.text(x, y, words, "m h", style))
        return drawn


def _cell(space: Space, counts: np.ndarray) -> tuple[float, float]:
    columns, rows = counts.shape
    return (space.x.last - space.x.first) / columns, (space.bottom - space.top) / rows


def limits(most: int) -> list[int]:
    """The highest count of each shade: powers of the number that needs at most eight shades."""
    base = max(2.0, most ** (1 / (len(SHADES) - 1)))
    found = sorted({round(base**power) for power in range(len(SHADES) - 1)})
    return [*(limit for limit in found if limit < most), most]


def shades_of(counts: np.ndarray, most: int) -> np.ndarray:
    """The shade of each count; where there are few shades, the palest two are left out: they are hard to see."""
    found = limits(most)
    return np.searchsorted(found, counts) + max(0, min(2, len(SHADES) - len(found)))
