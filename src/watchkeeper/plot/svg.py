"""Tiny helpers for hand-made SVG: escaped text, its width, nice ticks, a document.

Everything that comes out of a recording is hostile: a span may be called `</svg><script>`, hold a control character
that makes XML ill-formed, or be a megabyte long. Text enters a figure through `clean` and `escape` only.
"""

from __future__ import annotations

import math
import unicodedata
from html import escape as _escape

from ..words import LONGEST, clean

FONT = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
NARROW, WIDE = frozenset("iljIft.,:;|!'()[]{}/- "), frozenset("mwMWG@%OQ—…")


def escape(content: object) -> str:
    """`clean` text that may stand in an element or in a quoted attribute, of XML or of HTML."""
    return _escape(clean(content, 10 * LONGEST), quote=True)


def width(content: str, size: float = 12) -> float:
    """An upper estimate of the text's width in pixels (DejaVu Sans, the widest of the fonts asked for)."""
    return size * sum(_char_width(char) for char in content)


def _char_width(char: str) -> float:
    if unicodedata.combining(char):
        return 0.0
    if unicodedata.east_asian_width(char) in "WF":
        return 1.05
    if char in NARROW:
        return 0.4
    if char in WIDE:
        return 1.0
    return 0.72 if char.isupper() else 0.64


def fit(content: str, pixels: float, size: float = 12) -> str:
    """The text, cut with an ellipsis so that it is at most `pixels` wide.

    >>> fit("recommendation", 60)
    'recom…'
    """
    if width(content, size) <= pixels:
        return content
    room = pixels - width("…", size)
    kept = 0
    for char in content:
        room -= size * _char_width(char)
        if room < 0:
            break
        kept += 1
    return content[:kept].rstrip() + "…"


def number(pixels: float) -> str:
    """A coordinate with at most one decimal, which is as fine as a screen shows."""
    return f"{pixels:.1f}".removesuffix(".0")


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


def text(x: float, y: float, content: object, attributes: str = "") -> str:
    """A text element; `attributes` is ours, `content` may be anybody's."""
    return f'<text x="{number(x)}" y="{number(y)}"{_spaced(attributes)}>{escape(content)}</text>'


def rect(x: float, y: float, wide: float, high: float, attributes: str = "") -> str:
    """A rectangle; `attributes` is ours."""
    box = f'x="{number(x)}" y="{number(y)}" width="{number(wide)}" height="{number(high)}"'
    return f"<rect {box}{_spaced(attributes)}/>"


def line(d: str, attributes: str = "") -> str:
    """A path element with the drawing commands `d`, which are ours."""
    return f'<path d="{d}"{_spaced(attributes)}/>'


def _spaced(attributes: str) -> str:
    return f" {attributes}" if attributes else ""


def document(wide: int, high: float, title: str, body: list[str], style: str = "") -> str:
    """A whole SVG with a light ground of its own, so that it can be read on a dark page as well."""
    tall = math.ceil(high)
    size = f'width="{wide}" height="{tall}" viewBox="0 0 {wide} {tall}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
        f"<title>{escape(title)}</title>"
        f"<style>text{{font-family:{FONT};font-size:12px;fill:#1a1a1a}}{style}</style>"
        f'<rect width="{wide}" height="{tall}" rx="4" fill="#fff"/>{"".join(body)}</svg>'
    )
