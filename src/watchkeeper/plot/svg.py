"""Hand-made SVG: elements, the width of words, a document. Text enters a figure through `escape` only.

Everything that comes out of a recording is hostile: a span may be called `</svg><script>`.
"""

from __future__ import annotations

import math
import unicodedata
from html import escape as _escape

from ..words import LONGEST, clean

FONT = "system-ui, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"
NARROW, WIDE = frozenset("iljIft.,:;|!'()[]{}/- "), frozenset("mwMWG@%OQ—…")


def escape(content: object) -> str:
    """Cleaned text that may be in an element or in a quoted attribute, of XML or of HTML."""
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


def px(pixels: float) -> str:
    """A coordinate with at most one decimal, which is as fine as a screen shows."""
    return f"{pixels:.1f}".removesuffix(".0")


def text(x: float, y: float, content: object, css: str = "", style: str = "") -> str:
    """A text element of classes `css` (see `draw.STYLE`); `css` and `style` are ours, `content` may be anyone's."""
    looks = (f' class="{css}"' if css else "") + (f' style="{style}"' if style else "")
    return f'<text x="{px(x)}" y="{px(y)}"{looks}>{escape(content)}</text>'


def rect(x: float, y: float, wide: float, high: float, look: str = "") -> str:
    """A rectangle; `look` are attributes of ours."""
    return f'<rect x="{px(x)}" y="{px(y)}" width="{px(wide)}" height="{px(high)}" {look}/>'


def path(d: str, look: str = "") -> str:
    """A path element with the drawing commands `d`, which are ours."""
    return f'<path d="{d}" {look}/>'


def across(left: float, right: float, y: float, look: str) -> str:
    """A horizontal line."""
    return path(f"M{px(left)} {px(y)}H{px(right)}", look)


def down(x: float, top: float, bottom: float, look: str) -> str:
    """A vertical line."""
    return path(f"M{px(x)} {px(top)}V{px(bottom)}", look)


def stroke(color: str, wide: float = 1, dash: str = "", opacity: float = 1) -> str:
    """The attributes of a line that is not filled."""
    thin = f' stroke-width="{wide:g}"' if wide != 1 else ""
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    through = f' stroke-opacity="{opacity:g}"' if opacity < 1 else ""
    return f'fill="none" stroke="{color}"{thin}{dashes}{through}'


def fill(color: str, edge: str = "", wide: float = 1) -> str:
    """The attributes of an area, with an outline if `edge` is a color."""
    thin = f' stroke-width="{wide:g}"' if wide != 1 else ""
    return f'fill="{color}"' + (f' stroke="{edge}"{thin}' if edge else "")


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
