"""How durations are spread: the percentiles by rank, what a question may keep out, dots and panels."""

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plot_words import HOSTILE, assert_short, assert_tame, everything, words

from watchkeeper.plot import FigureError, distribution, heat_map
from watchkeeper.plot.draw import Scale, lanes
from watchkeeper.plot.svg import width
from watchkeeper.words import count

HUNDRED = np.arange(1.0, 101.0)


def test_percentiles_are_values_at_a_rank() -> None:
    figure = distribution(HUNDRED, percentiles=(0.99, 0.5, 0.95), slo_ms=80)
    assert figure.finding == (
        "100 requests took 1.00 to 100 ms; p50 50.0 ms, p95 95.0 ms, p99 99.0 ms; "
        "20 of 100 (20%) took longer than 80.0 ms."
    )
    assert {"p50 50.0", "p95 95.0", "p99 99.0", "n = 100", "the limit: 80.0 ms"} <= set(words(figure))


def test_without_percentiles_it_tells_n_and_range_only() -> None:
    figure = distribution(HUNDRED, percentiles=(), slo_ms=80)
    assert figure.finding == "100 requests took 1.00 to 100 ms."
    assert not re.search(r"p\d\d|median|longer than|%", everything(figure).split("base64")[0])


def test_the_twin_counts_everything_once_and_keeps_gaps() -> None:
    figure = distribution([1.5] * 80 + [700.0] * 20)
    rows = figure.table.rows
    assert sum(int(row[1]) for row in rows) == 100
    assert rows[0] == ("up to 2", "80") and rows[-1] == ("over 500", "20")
    assert ("over 10 to 20", "0") in rows


def test_few_are_dots_many_are_bars() -> None:
    few, many = distribution(HUNDRED[:40]), distribution(HUNDRED)
    assert few.svg.count("<circle") == 41 and "one dot per request" in words(few)
    assert many.svg.count("<circle") == 0 and "number of requests" in words(many)


def test_groups_have_a_panel_each_on_one_axis() -> None:
    figure = distribution([10, 20, 30, 400], percentiles=[0.5], groups=["before", "before", "before", "after"])
    assert {"before, n = 3", "after, n = 1", "p50 20.0", "p50 400"} <= set(words(figure))
    assert figure.finding.startswith("before: 3 requests took 10.0 to 30.0 ms; p50 20.0 ms.")
    assert figure.table.columns == ("duration, ms", "before, requests", "after, requests")


def test_the_ecdf_and_marks_of_ones_own() -> None:
    figure = distribution(HUNDRED, percentiles=(), marks={"mean": 50.5}, ecdf=True)
    assert {"mean 50.5", "0%", "50%", "100%"} <= set(words(figure)) and "mean 50.5 ms" in figure.finding


def test_mistakes_and_hostile_names() -> None:
    with pytest.raises(FigureError, match="no duration to draw"):
        distribution([])
    with pytest.raises(FigureError, match="negative or not a finite number"):
        distribution([-1.0, float("nan"), float("inf")])
    with pytest.raises(FigureError, match=r"give percentiles as 0\.95, not 95"):
        distribution([1.0], percentiles=[95])
    with pytest.raises(FigureError, match=r"percentiles=\[0\.5\]"):
        distribution([1.0], percentiles=0.5)
    with pytest.raises(FigureError, match="durations are numbers"):
        distribution(["GET /"])
    with pytest.raises(FigureError, match="2 durations have 1 group names"):
        distribution([1.0, 2.0], groups=["a"])
    with pytest.raises(FigureError, match="7 groups are too many"):
        distribution(range(7), groups=range(7))
    assert_tame(distribution([0, 0, 1e-9, 1e9], groups=[HOSTILE] * 4, title=HOSTILE, marks={HOSTILE: 3}))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1e8), min_size=1, max_size=90), st.booleans(), st.booleans())
def test_any_durations_can_be_drawn(values: list[float], log: bool, ecdf: bool) -> None:
    figure = distribution(values, log=log, ecdf=ecdf, slo_ms=5.0)
    assert_tame(figure)
    assert_short(figure)
    assert sum(int(row[1].replace(",", "")) for row in figure.table.rows) == len(values)


# --- what figures with axes share ------------------------------------------------------------------------------------


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(60, 840), min_size=1, max_size=5))
def test_words_beside_lines_never_cover_each_other(xs: list[float]) -> None:
    labels = [f"deploy: service {'x' * at}" for at in range(len(xs))]
    boxes = []
    for x, label, (lane, side) in zip(xs, labels, lanes(xs, labels, 888), strict=True):
        wide = width(label, 11) + 8
        boxes.append((lane, x, x + wide) if side == "start" else (lane, x - wide, x))
    for at, (lane, low, high) in enumerate(boxes):
        assert high <= 888
        assert all(lane != other or high <= a or low >= b for other, a, b in boxes[at + 1 :])


@given(st.floats(1e-3, 1e9), st.floats(1.001, 1e6), st.booleans(), st.integers(2, 14))
def test_scales_keep_order_and_ticks_stay_inside(low: float, factor: float, log: bool, most: int) -> None:
    scale = Scale(low, low * factor, 50, 850, log=log)
    ticks = scale.ticks(most)
    assert len(ticks) <= most + 1
    assert ticks == sorted(ticks) and all(low * 0.99 <= tick <= low * factor * 1.01 for tick in ticks)
    assert 50 <= scale(low / 2) <= scale(low * factor**0.5) <= scale(low * factor * 2) <= 850


@pytest.mark.parametrize("odd", [[float("nan")], [float("inf"), -1.0], [-1.7e12, float("nan"), -float("inf")]])
def test_impossible_durations_are_left_out_and_counted(odd: list[float]) -> None:
    plain, figure = distribution([10, 20, 30, 40]), distribution([10, *odd, 20, 30, 40])
    assert figure.finding == f"{plain.finding} Left out: {count(len(odd), 'request')} without a possible duration."
    assert figure.table == plain.table
    groups = distribution([10, *odd, 20], groups=["a", *["b"] * len(odd), "c"])
    assert groups.table.columns == ("duration, ms", "a, requests", "c, requests")
    starts = range(4 + len(odd))
    cells = heat_map(starts, [10, *odd, 20, 30, 40], seconds=1)
    assert f"Left out: {count(len(odd), 'request')} without" in cells.finding and cells.finding.startswith("4 requests")
