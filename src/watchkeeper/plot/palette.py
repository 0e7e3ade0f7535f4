"""Colours that survive colour blindness; nowhere the only carrier of a meaning.

Paul Tol's "muted" scheme (personal.sron.nl/~pault, version 3.2): nine colours that deuteranopes and protanopes tell
apart, and apart from black, which is kept for the critical path. Okabe and Ito's eight hold black and a yellow too pale
for a thin bar, which leaves too few for a shop of eleven services.
"""

from __future__ import annotations

from collections.abc import Iterable
from zlib import crc32

MUTED = ("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499")
INK, QUIET, GRID, ZEBRA = "#000000", "#595959", "#d9d9d9", "#f6f6f6"
ERROR = "#a8321c"
MARK = "#fff3c4"


def colours(names: Iterable[str]) -> dict[str, str]:
    """A colour for each name: the same name mostly keeps its colour from figure to figure.

    Names take the place that their checksum points at, in alphabetical order, and the next free place when that one is
    taken; after nine names colours repeat, which is bearable because the name stands beside every bar.

    >>> sorted(colours(["cart", "ads", "cart"]))
    ['ads', 'cart']
    """
    chosen: dict[str, str] = {}
    free: list[str] = []
    for name in sorted(set(names)):
        free = free or list(MUTED)
        wish = MUTED[crc32(name.encode("utf-8", "replace")) % len(MUTED)]
        start = MUTED.index(wish)
        order = MUTED[start:] + MUTED[:start]
        chosen[name] = next(colour for colour in order if colour in free)
        free.remove(chosen[name])
    return chosen


def tint(colour: str, share: float = 0.5) -> str:
    """The colour mixed with white; `share` is what is left of the colour (0 to 1).

    >>> tint("#000000", 0.5)
    '#808080'
    """
    channels = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - channel) * share + 0.01):02x}" for channel in channels)


def shade(colour: str, share: float = 0.75) -> str:
    """The colour mixed with black; a pale bar's outline needs it.

    >>> shade("#ffffff", 0.5)
    '#808080'
    """
    return "#" + "".join(f"{round(int(colour[at : at + 2], 16) * share + 0.01):02x}" for at in (1, 3, 5))
