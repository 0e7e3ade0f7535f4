"""The picture of a waterfall, as SVG."""

from __future__ import annotations

from ..words import ms
from . import svg
from .palette import ERROR, GRID, INK, MARK, QUIET, ZEBRA, colours, shade, tint
from .rows import Row
from .scene import Scene

WIDE, EDGE, LEFT, NUMBER, ROW, HEAD, INDENT, DEEPEST = 900, 12, 352, 62, 22, 74, 9, 12
STYLE = (
    f".q{{fill:{QUIET};font-size:11px}}.b{{font-weight:600}}.e{{fill:{ERROR};font-weight:600;font-size:11px}}"
    ".n{text-anchor:end;font-variant-numeric:tabular-nums}.t{font-size:14px;font-weight:600}"
)
SMALL = 'class="q"'


class Scale:
    """Where a time stands on the picture: `scale(time_ns)` is its pixel from the left."""

    def __init__(self, scene: Scene) -> None:
        self.left, self.right = LEFT, WIDE - EDGE - NUMBER * (2 if scene.with_path else 1)
        self.zero, self.length = scene.zero, max(scene.length, 1)

    def __call__(self, time_ns: float) -> float:
        at = self.left + (time_ns - self.zero) / self.length * (self.right - self.left)
        return min(at, self.right)  # what goes on after the axis' end stands there


def draw(scene: Scene, heading: str, note: str) -> str:
    """The whole picture; `note` says what is left out."""
    body, bottom = rows(scene, heading)
    if note:
        body.append(svg.text(EDGE, bottom + 17, note, 'class="q"'))
    return svg.document(WIDE, bottom + (28 if note else 10), heading, body, STYLE)


def rows(scene: Scene, heading: str) -> tuple[list[str], float]:
    """The picture's elements down to its last row; and where that ends."""
    scale, palette = Scale(scene), colours(scene.service)
    bottom = HEAD + ROW * len(scene.rows)
    body = [svg.text(EDGE, 22, svg.fit(heading, WIDE - 2 * EDGE, 15), 'class="t"')]
    body += _legend(scene) + _header(scene, scale)
    body += [_ground(scene, at, row) for at, row in enumerate(scene.rows)]
    body += _grid(scene, scale, bottom)
    for at, row in enumerate(scene.rows):
        body += _row(scene, scale, row, palette[scene.service[row.spans[0]]], top(at))
        body += _numbers(scene, scale, row, scene.critical[at], top(at) + 15)
    body += _path(scene, scale)
    for at, row in enumerate(scene.rows):
        body += [_cross(scale(scene.end[span]), top(at) + 11) for span in _failed(scene, scale, row)]
    return body, bottom


def top(at: int) -> int:
    """Where a row begins."""
    return HEAD + ROW * at


def _legend(scene: Scene) -> list[str]:
    """Only the marks that occur, drawn and named in one line."""
    box, line = f'stroke="{QUIET}"', f'fill="none" stroke="{INK}" stroke-width="3.5"'
    steps = svg.line("M0 40h9m4 -6h9", line) + svg.line("M11 41v-8", f'stroke="{INK}"')
    entries = [
        (
            set(scene.kind) != {"CLIENT"},
            svg.rect(0, 32, 22, 10, f'fill="{tint(QUIET)}" {box}'),
            "at work (server or internal span)",
        ),
        ("CLIENT" in scene.kind, svg.rect(0, 32, 22, 10, f'fill="#fff" {box}'), "waiting for an answer (client span)"),
        (scene.with_path, steps, "critical path"),
        (any(scene.error), _cross(11, 37), "error"),
        (bool(scene.marked), svg.rect(0, 31, 22, 12, f'fill="{MARK}" stroke="{GRID}"'), "marked"),
    ]
    drawn, x = [], float(EDGE)
    for occurs, picture, words in entries:
        if occurs:
            drawn.append(f'<g transform="translate({svg.number(x)})">{picture}{svg.text(27, 41, words, SMALL)}</g>')
            x += 27 + svg.width(words, 11) + 14
    return drawn


def _header(scene: Scene, scale: Scale) -> list[str]:
    drawn = [svg.text(EDGE, HEAD - 8, "service and span", SMALL)]
    drawn.append(svg.text(scale.right + NUMBER - 2, HEAD - 8, "ms long", 'class="q n"'))
    if scene.with_path:
        drawn.append(svg.text(scale.right + 2 * NUMBER, HEAD - 8, "on path", 'class="q n"'))
    return drawn


def _grid(scene: Scene, scale: Scale, bottom: float) -> list[str]:
    drawn = []
    for tick in svg.ticks(scene.length / 1e6, 6):
        x = scale(scene.zero + tick * 1e6)
        drawn.append(svg.line(f"M{svg.number(x)} {HEAD - 4}V{svg.number(bottom)}", f'stroke="{GRID}"'))
        words = f"{tick:,g}" if tick else "0 ms"
        # The last number stays clear of the columns beside the axis.
        if x + svg.width(words, 11) / 2 <= scale.right + 6:
            drawn.append(svg.text(x, HEAD - 8, words, 'class="q" text-anchor="middle"'))
    return drawn


def _ground(scene: Scene, at: int, row: Row) -> str:
    """A tone behind the row: the mark's, or every other row's, to lead the eye across."""
    if scene.is_marked(row):
        return svg.rect(4, top(at), WIDE - 8, ROW, f'fill="{MARK}"')
    return svg.rect(4, top(at), WIDE - 8, ROW, f'fill="{ZEBRA}"') if at % 2 else ""


def _row(scene: Scene, scale: Scale, row: Row, colour: str, y: float) -> list[str]:
    first = row.spans[0]
    fill = "#fff" if scene.kind[first] == "CLIENT" else tint(colour)
    bars = svg.line(_bars(scene, scale, row.spans, y + 5), f'fill="{fill}" stroke="{shade(colour)}" stroke-width="1.2"')
    return [*_label(scene, row, colour, y + 15), bars]


def _numbers(scene: Scene, scale: Scale, row: Row, critical: float, y: float) -> list[str]:
    drawn = [svg.text(scale.right + NUMBER - 2, y, ms(scene.duration_of(row)), 'class="n"')]
    if critical:
        drawn.append(svg.text(scale.right + 2 * NUMBER, y, ms(critical), 'class="n b"'))
    return drawn


def _label(scene: Scene, row: Row, colour: str, y: float) -> list[str]:
    """Service in bold, span name, and the tags at the right end; what does not fit is cut with an ellipsis."""
    first = row.spans[0]
    x = EDGE + INDENT * min(row.depth, DEEPEST)
    tags = " · ".join(scene.tags(row))
    room = LEFT - 12 - (svg.width(tags, 11.5) + 8 if tags else 0) - x - 12
    many = f" ×{len(row.spans):,}" if len(row.spans) > 1 else ""
    service = svg.fit(scene.service[first], room * 0.6, 12.5) + many
    name = svg.fit(scene.name[first], room - svg.width(service + " ", 12.5))
    words = f'<tspan class="b">{svg.escape(service)}</tspan> {svg.escape(name)}'
    drawn = [svg.rect(x, y - 9, 8, 9, f'fill="{colour}"'), f'<text x="{x + 12}" y="{svg.number(y)}">{words}</text>']
    if tags:
        drawn.append(svg.text(LEFT - 12, y, tags, f'class="{"e" if "error" in tags else "q"}" text-anchor="end"'))
    return drawn


def _bars(scene: Scene, scale: Scale, spans: list[int], y: float, high: float = 12) -> str:
    """Drawing commands of the spans' bars, at least 2 pixels wide; those that a screen cannot tell apart become one."""
    times = sorted((scene.start[span], scene.end[span]) for span in spans)
    boxes = _merged([(scale(start), max(scale(end), scale(start) + 2)) for start, end in times], 2)
    top, down = svg.number(y), f"v{svg.number(high)}"
    return "".join(f"M{svg.number(left)} {top}H{svg.number(right)}{down}H{svg.number(left)}z" for left, right in boxes)


def _merged(stretches: list[tuple[float, float]], finest: float) -> list[tuple[float, float]]:
    """Stretches in order of their start, joined where the next reaches less than `finest` pixels further."""
    joined: list[tuple[float, float]] = []
    for left, right in stretches:
        if joined and right - joined[-1][1] < finest:
            joined[-1] = (joined[-1][0], max(right, joined[-1][1]))
        else:
            joined.append((left, right))
    return joined


def _failed(scene: Scene, scale: Scale, row: Row) -> list[int]:
    """The failed spans of a row, without those whose cross would stand on another's."""
    chosen: list[int] = []
    for span in sorted((span for span in row.spans if scene.error[span]), key=scene.end.__getitem__):
        if not chosen or scale(scene.end[span]) - scale(scene.end[chosen[-1]]) >= 9:
            chosen.append(span)
    return chosen


def _cross(x: float, y: float) -> str:
    commands = f"M{svg.number(x - 4)} {svg.number(y - 4)}l8 8m0 -8l-8 8"
    ground = svg.line(commands, 'stroke="#fff" stroke-width="5"')
    return ground + svg.line(commands, f'stroke="{ERROR}" stroke-width="2.5"')


def _path(scene: Scene, scale: Scale) -> list[str]:
    """The critical path as steps: a thick line along a bar while its span has the path, a thin one to the next bar."""
    along: dict[int, list[tuple[float, float]]] = {}
    between: dict[float, tuple[int, int]] = {}
    before = -1
    for _, row, start, end in scene.segments:
        left = scale(start)
        along.setdefault(row, []).append((left, max(scale(end), left + 0.5)))
        if before not in (-1, row):
            # Steps on the same half pixel are one: ten thousand of them would say no more and weigh a megabyte.
            at = round(left * 2) / 2
            lowest, highest = between.get(at, (row, row))
            between[at] = (min(lowest, row, before), max(highest, row, before))
        before = row
    thick = "".join(_stretch(row, *pair) for row, pairs in along.items() for pair in _merged(pairs, 0.7))
    thin = "".join(f"M{svg.number(x)} {top(low) + 11}V{top(high) + 11}" for x, (low, high) in between.items())
    if not thick:
        return []
    return [
        svg.line(thin, f'stroke="{INK}"'),
        svg.line(thick, 'stroke="#fff" stroke-width="6"'),
        svg.line(thick, f'stroke="{INK}" stroke-width="3.5"'),
    ]


def _stretch(row: int, left: float, right: float) -> str:
    return f"M{svg.number(left)} {top(row) + 11}H{svg.number(right)}"
