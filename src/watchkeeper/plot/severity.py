"""A mark a level of severity: its letter in a shape of its own, so that colour is the third cue and not the first."""

from __future__ import annotations

from . import svg
from .palette import ERROR, INK, MUTED, QUIET

# Drawing commands around the middle, the fill, and the colour of the letter.
_MARKS = {
    "TRACE": ("m-6 0l6 -6l6 6l-6 6z", "#ffffff", INK),
    "DEBUG": ("m-6.5 0l6.5 -6.5l6.5 6.5l-6.5 6.5z", "#d9d9d9", INK),
    "INFO": ("m-6 0a6 6 0 1 0 12 0a6 6 0 1 0 -12 0z", MUTED[0], "#ffffff"),
    "WARN": ("m0 -9l8.5 14.5h-17z", "#f0d55a", INK),
    "ERROR": ("m-6 -6h12v12h-12z", ERROR, "#ffffff"),
    "FATAL": ("m-3.3 -7.5h6.6l4.2 4.2v6.6l-4.2 4.2h-6.6l-4.2 -4.2v-6.6z", INK, "#ffffff"),
}


def mark(name: str, x: float, y: float) -> str:
    """The level's mark with its middle at (x, y)."""
    shape, fill, letter = _MARKS[name]
    low = y + 4 if name == "WARN" else y + 3.2
    edge = INK if name == "WARN" else QUIET
    drawn = svg.line(f"M{svg.number(x)} {svg.number(y)}{shape}", f'fill="{fill}" stroke="#fff" stroke-width="2.5"')
    drawn += svg.line(f"M{svg.number(x)} {svg.number(y)}{shape}", f'fill="{fill}" stroke="{edge}" stroke-width=".8"')
    return drawn + svg.text(x, low, name[0], f'class="m" style="font-size:9px;font-weight:700;fill:{letter}"')
