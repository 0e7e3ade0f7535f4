"""The picture of a waterfall: a row per span with its words, its bar and its numbers, and the path over the bars."""

from __future__ import annotations

from ..words import ms
from . import svg
from .draw import EDGE, WIDE, Scale, cross, crosses, heading, legend, ticks, zebra
from .palette import GRID, INK, MARK, QUIET, color, shade, tint
from .rows import Row
from .scene import Scene

# Words between EDGE and LEFT, bars up to the columns of numbers at the right, each NUMBER wide.
LEFT, NUMBER, ROW = 352, 62, 22
INDENT, DEEPEST = 9, 12  # pixels per level, and the level from which on all are alike: words need the rest
ALONG = svg.stroke(INK, 3.5)


class Picture:
    """`body` are the elements down to the last row, which ends at `bottom`; `x` is the pixel of a time in ns."""

    def __init__(self, scene: Scene, title: str) -> None:
        self.scene = scene
        entries, y = legend(_legend(scene))
        self.head, count = y + 33, len(scene.rows)
        self.bottom = self.top(count)
        right = WIDE - EDGE - NUMBER * (2 if scene.with_path else 1)
        # What goes on after the axis' end is drawn there.
        self.x = Scale(scene.zero, scene.zero + max(scene.length, 1), LEFT, right)
        self.body = [heading(title), *entries, *self._header(), *zebra(self.head, ROW, count)]
        for at, row in enumerate(scene.rows):
            if scene.is_marked(row):
                self.body.append(svg.rect(4, self.top(at), WIDE - 8, ROW, svg.fill(MARK)))
        self.body += self._grid()
        for at, row in enumerate(scene.rows):
            self.body += self._row(row, self.top(at)) + self._numbers(row, scene.critical[at], self.top(at) + 15)
        self.body += self._path()
        self.body += crosses(
            (self.x(scene.end[span]), self.top(at) + 11)
            for at, row in enumerate(scene.rows)
            for span in self._failed(row)
        )

    def top(self, at: int) -> float:
        """Where a row begins."""
        return self.head + ROW * at

    def _header(self) -> list[str]:
        y, right = self.head - 8, self.x.last
        drawn = [svg.text(EDGE, y, "service and span", "q"), svg.text(right + NUMBER - 2, y, "ms long", "q n")]
        return [*drawn, svg.text(right + 2 * NUMBER, y, "on path", "q n")] if self.scene.with_path else drawn

    def _grid(self) -> list[str]:
        drawn = []
        for tick in ticks(self.scene.length / 1e6, 6):
            x, words = self.x(self.scene.zero + tick * 1e6), f"{tick:,g}" if tick else "0 ms"
            drawn.append(svg.down(x, self.head - 4, self.bottom, svg.stroke(GRID)))
            # The last number stays clear of the columns to the right.
            if x + svg.width(words, 11) / 2 <= self.x.last + 6:
                drawn.append(svg.text(x, self.head - 8, words, "q m"))
        return drawn

    def _row(self, row: Row, y: float) -> list[str]:
        """Service in bold, span name, the tags at the right end, each cut with an ellipsis; and the bars."""
        scene, first = self.scene, row.spans[0]
        own = color(scene.service[first])
        x = EDGE + INDENT * min(row.depth, DEEPEST)
        tags = " · ".join(scene.tags(row))
        room = LEFT - 12 - (svg.width(tags, 11.5) + 8 if tags else 0) - x - 12
        many = f" ×{len(row.spans):,}" if len(row.spans) > 1 else ""
        service = svg.fit(scene.service[first], room * 0.6, 12.5) + many
        name = svg.fit(scene.name[first], room - svg.width(service + " ", 12.5))
        words = f'<tspan class="b">{svg.escape(service)}</tspan> {svg.escape(name)}'
        drawn = [svg.rect(x, y + 6, 8, 9, svg.fill(own, shade(own), 0.5))]
        drawn.append(f'<text x="{svg.px(x + 12)}" y="{svg.px(y + 15)}">{words}</text>')
        drawn += [svg.text(LEFT - 12, y + 15, tags, "e r" if "error" in tags else "q r")] if tags else []
        look = svg.fill("#fff" if scene.kind[first] == "CLIENT" else tint(own), shade(own), 1.2)
        return [*drawn, svg.path(self._bars(row.spans, y + 5), look)]

    def _numbers(self, row: Row, critical: float, y: float) -> list[str]:
        drawn = [svg.text(self.x.last + NUMBER - 2, y, self.scene.duration_of(row), "n")]
        return [*drawn, svg.text(self.x.last + 2 * NUMBER, y, ms(critical), "n b")] if critical else drawn

    def _bars(self, spans: list[int], y: float) -> str:
        """The spans' bars, at least 2 pixels wide; those that a screen cannot tell apart become one."""
        times = sorted((self.scene.start[span], self.scene.end[span]) for span in spans)
        boxes = _merged([(self.x(start), max(self.x(end), self.x(start) + 2)) for start, end in times], 2)
        return "".join(f"M{svg.px(left)} {svg.px(y)}H{svg.px(right)}v12H{svg.px(left)}z" for left, right in boxes)

    def _failed(self, row: Row) -> list[int]:
        """The failed spans of a row, without those whose cross would cover another's."""
        end = self.scene.end
        chosen: list[int] = []
        for span in sorted((span for span in row.spans if self.scene.error[span]), key=end.__getitem__):
            if not chosen or self.x(end[span]) - self.x(end[chosen[-1]]) >= 9:
                chosen.append(span)
        return chosen

    def _path(self) -> list[str]:
        """The critical path as steps: thick along a bar while its span has the path, thin to the next bar."""
        along: dict[int, list[tuple[float, float]]] = {}
        between: dict[float, tuple[int, int]] = {}
        before = -1
        for _, row, start, end in self.scene.segments:
            left = self.x(start)
            along.setdefault(row, []).append((left, max(self.x(end), left + 0.5)))
            if before not in (-1, row):
                # Steps on the same half pixel are one: ten thousand of them would say no more and weigh a megabyte.
                at = round(left * 2) / 2
                lowest, highest = between.get(at, (row, row))
                between[at] = (min(lowest, row, before), max(highest, row, before))
            before = row
        if not along:
            return []
        thick = "".join(
            f"M{svg.px(left)} {svg.px(self.top(row) + 11)}H{svg.px(right)}"
            for row, pairs in along.items()
            for left, right in _merged(pairs, 0.7)
        )
        thin = "".join(
            f"M{svg.px(x)} {svg.px(self.top(low) + 11)}V{svg.px(self.top(high) + 11)}"
            for x, (low, high) in between.items()
        )
        steps = [svg.path(thin, svg.stroke(INK))] if thin else []
        return [*steps, svg.path(thick, svg.stroke("#fff", 6)), svg.path(thick, ALONG)]


def _merged(stretches: list[tuple[float, float]], finest: float) -> list[tuple[float, float]]:
    """Stretches in order of their start, joined where the next reaches less than `finest` pixels further."""
    joined: list[tuple[float, float]] = []
    for left, right in stretches:
        if joined and right - joined[-1][1] < finest:
            joined[-1] = (joined[-1][0], max(right, joined[-1][1]))
        else:
            joined.append((left, right))
    return joined


def _legend(scene: Scene) -> list[tuple[str, str]]:
    """Only the marks that occur."""
    working = svg.rect(0, -9, 22, 10, svg.fill(tint(QUIET), QUIET))
    waiting = svg.rect(0, -9, 22, 10, svg.fill("#fff", QUIET))
    steps = svg.path("M0 -1h9m4 -6h9", ALONG) + svg.path("M11 0v-8", svg.stroke(INK))
    marked = svg.rect(0, -10, 22, 12, svg.fill(MARK, GRID))
    entries = [
        (set(scene.kind) != {"CLIENT"}, working, "at work (server or internal span)"),
        ("CLIENT" in scene.kind, waiting, "waiting for an answer (client span)"),
        (scene.with_path, steps, "critical path"),
        (any(scene.error), cross(), "error"),
        (bool(scene.marked), marked, "marked"),
    ]
    return [(picture, words) for occurs, picture, words in entries if occurs]
