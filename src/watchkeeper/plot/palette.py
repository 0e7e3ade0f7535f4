"""Colors that survive color blindness, and nowhere the only carrier of a meaning.

Paul Tol's "muted" scheme (personal.sron.nl/~pault, version 3.2): nine colors that people with deuteranopia or
protanopia tell apart, and apart from black, which is kept for the critical path. Okabe and Ito's eight hold black and a
yellow too pale for a thin bar. The shop has twelve names, so there are three more, each as far from all others in
simulated deuteranopia and protanopia as the two nearest of the nine are from each other (tests/plot/test_palette.py).
"""

from __future__ import annotations

from zlib import crc32

MUTED = ("#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255", "#aa4499")
INK, QUIET, GRID, ZEBRA, PAPER = "#000000", "#595959", "#d9d9d9", "#f6f6f6", "#fff"
ERROR = "#a8321c"
MARK = "#fff3c4"
# Tol's YlOrBr, from pale to dark: the order also holds in gray.
SHADES = ("#fff7bc", "#fee391", "#fec44f", "#fb9a29", "#ec7014", "#cc4c02", "#993404", "#662506")
# The shop's services, each with the same color in every figure of every notebook. The load generator is not part of
# the shop, and gray.
SERVICES = {
    "ads": "#44aa99",
    "cart": "#882255",
    "catalog": "#117733",
    "checkout": "#cc6677",
    "currency": "#332288",
    "discounts": "#66aaff",
    "email": "#aa4499",
    "frontend": "#ddcc77",
    "loadgenerator": "#dddddd",
    "payment": "#999933",
    "recommendation": "#7766ee",
    "shipping": "#88ccee",
}


def color(service: str) -> str:
    """A service's color: it depends on the name alone, so it is the same in every figure.

    Names from other shops take the color that their checksum points at; two may share one, which is bearable because
    the name is next to every bar.

    >>> color("cart"), color("billing")
    ('#882255', '#117733')
    """
    return SERVICES.get(service) or MUTED[crc32(service.encode("utf-8", "replace")) % len(MUTED)]


def ink(color: str) -> str:
    """The color dark enough for a thin line on white: WCAG 2.2 (1.4.11) asks for a contrast of 3 to 1.

    >>> ink("#882255"), ink("#ddcc77")
    ('#882255', '#9b8f53')
    """
    share = 1.0
    while contrast(shade(color, share)) < 3:
        share -= 0.05
    return shade(color, share)


def contrast(color: str) -> float:
    """How much brighter white is than the color, as WCAG counts: from 1 for white to 21 for black.

    >>> contrast("#ffffff"), contrast("#000000")
    (1.0, 21.0)
    """
    channels = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 1.05 / (sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True)) + 0.05)


def tint(color: str, share: float = 0.5) -> str:
    """The color mixed with white; `share` is how much of the color is kept (0 to 1).

    >>> tint("#000000", 0.5)
    '#808080'
    """
    channels = (int(color[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(255 - (255 - channel) * share + 0.01):02x}" for channel in channels)


def shade(color: str, share: float = 0.75) -> str:
    """The color mixed with black; a pale bar's outline needs it.

    >>> shade("#ffffff", 0.5)
    '#808080'
    """
    return "#" + "".join(f"{round(int(color[at : at + 2], 16) * share + 0.01):02x}" for at in (1, 3, 5))
