"""Colors: a service keeps its own from figure to figure, and color blindness leaves them apart."""

import itertools
import math
import re

import pandas as pd
import pytest

from watchkeeper.plot import Figure, log_timeline, series, service_map, waterfall
from watchkeeper.plot.palette import ERROR, INK, MUTED, SERVICES, color, contrast, ink, shade, tint
from watchkeeper.shop.roster import LOAD, Roster
from watchkeeper.traces import service_graph

# How deuteranopes and protanopes see linear RGB: Machado, Oliveira and Fernandes 2009, table 1, severity 1.
SEEN = {
    "as it is": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
}


def lab(color: str, seen: str) -> tuple[float, float, float]:
    """A color in CIELAB, where distances are as large as they look, as those eyes see it."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    r, g, b = (min(max(sum(w * c for w, c in zip(row, linear, strict=True)), 0), 1) for row in SEEN[seen])
    x, y, z = (
        (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047,
        0.2126 * r + 0.7152 * g + 0.0722 * b,
        (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883,
    )
    fx, fy, fz = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)


def apart(one: str, other: str) -> float:
    """How far two colors are apart for the eyes that tell them apart worst."""
    return min(math.dist(lab(one, seen), lab(other, seen)) for seen in SEEN)


def test_every_service_of_the_shop_has_a_color_of_its_own() -> None:
    assert set(SERVICES) == {*Roster.read().services, LOAD}
    assert len(set(SERVICES.values())) == len(SERVICES)
    assert set(MUTED) <= set(SERVICES.values())


def test_color_blindness_leaves_services_as_far_apart_as_in_tols_scheme() -> None:
    least = min(apart(*pair) for pair in itertools.combinations(MUTED, 2))
    assert least > 15
    near = [pair for pair in itertools.combinations(SERVICES.values(), 2) if apart(*pair) < least]
    assert near == []
    assert min(apart(INK, own) for own in SERVICES.values()) > least
    assert apart("#ff0000", "#aa6600") < least, "the measure knows two colors that look alike"


def test_lines_are_dark_enough_to_be_seen() -> None:
    assert min(contrast(ink(own)) for own in SERVICES.values()) >= 3 > min(contrast(own) for own in SERVICES.values())


def test_the_palette_depends_on_the_name_alone() -> None:
    assert color("billing") == color("billing") and color("billing") in MUTED
    assert color("") in MUTED and color("\ud800") in MUTED
    assert ERROR not in SERVICES.values()


def test_a_service_keeps_its_color_from_figure_to_figure(page: pd.DataFrame) -> None:
    points = pd.DataFrame({"time_ns": [0, 10**9], "value": [1.0, 2.0], "service": "cart"})
    logs = pd.DataFrame(columns=["time_ns", "severity_number", "body", "trace_id", "span_id", "service"])
    some = page[page["service"].isin(["frontend", "cart"])]
    bars = svg_of(waterfall(page)), svg_of(waterfall(some)), svg_of(log_timeline(page, logs))
    assert all(f'fill="{tint(color("cart"))}" stroke="{shade(color("cart"))}"' in drawn for drawn in bars)
    assert f'stroke="{color("cart")}"' in svg_of(series(points))
    assert f'stroke="{ink(color("frontend"))}"' in svg_of(series(points.assign(service="frontend")))
    boxes = svg_of(service_map(service_graph(page)))
    assert f'fill="{tint(color("cart"), 0.25)}" stroke="{shade(color("cart"))}"' in boxes


def svg_of(figure: Figure) -> str:
    return figure.svg


@pytest.mark.parametrize("by", [["service", "route"], "route"])
def test_series_that_are_no_services_differ_by_their_place(by: list[str] | str) -> None:
    points = pd.DataFrame({"time_ns": 0, "value": 1.0, "service": "cart", "route": ["a", "b", "c"]})
    strokes = re.findall(r'<path d="M0 -4H22" fill="none" stroke="(#\w+)"', series(points, by=by).svg)
    assert len(set(strokes)) == 3
