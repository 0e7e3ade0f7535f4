"""A metric over time, and a histogram as it was recorded."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plot_words import HOSTILE, assert_short, assert_tame, words

from watchkeeper.latency import Histogram
from watchkeeper.plot import FigureError, histogram_bounds, series

SECOND = 10**9


def points(*lines: tuple, name: str = "shop.outbox.waiting", unit: str = "{message}") -> pd.DataFrame:
    """Lines of (second, service, value)."""
    frame = pd.DataFrame(lines, columns=["second", "service", "value"])
    return frame.assign(time_ns=(10**18 + frame.pop("second") * SECOND).astype("int64"), name=name, unit=unit)


# --- over time -------------------------------------------------------------------------------------------------------


def test_a_line_a_series_with_first_last_lowest_highest() -> None:
    figure = series(points((0, "email", 0), (10, "email", 8), (20, "email", 2), (5, "ads", 3)))
    assert figure.title == "shop.outbox.waiting"
    assert figure.finding == (
        "2 series of 4 points in 20 s, in message: ads from 3.00 to 3.00 (lowest 3.00, highest 3.00); "
        "email from 0 to 2.00 (lowest 0, highest 8.00)."
    )
    assert figure.table.columns == ("at, s", "ads", "email")
    assert figure.table.rows[0] == ("0.0", "", "0") and figure.table.rows[-1] == ("20.0", "3.00", "2.00")
    assert {"ads", "email"} <= set(words(figure))


def test_frames_put_together_keep_their_lines_apart() -> None:
    ads, cart = points((0, "ads", 3), (5, "ads", 4)), points((0, "cart", 9), (5, "cart", 8))
    assert series(pd.concat([ads, cart])).finding == series(pd.concat([ads, cart], ignore_index=True)).finding


def test_long_numbers_become_millions() -> None:
    figure = series(points((0, "cart", 73e6), (9, "cart", 127e6), name="process.memory.usage", unit="By"))
    assert "million bytes" in words(figure) and "cart from 73.0 to 127" in figure.finding
    assert "100" in words(figure)


def test_other_columns_and_functions_name_the_series() -> None:
    frame = points((0, "cart", 1), (1, "cart", 2)).assign(
        count=[5, 6], attributes=[{"type": "user"}, {"type": "system"}]
    )
    by_type = series(frame, value="count", by=lambda row: row["attributes"]["type"])
    assert by_type.table.columns == ("at, s", "system", "user")
    assert series(frame, by=["service", "count"]).table.columns == ("at, s", "cart, 5", "cart, 6")


def test_deploys_and_points_without_a_value() -> None:
    deploys = pd.DataFrame({"time_ns": [10**18 + SECOND], "service": ["ads"], "from": ["1"], "to": ["2"]})
    figure = series(points((0, "cart", 1), (4, "cart", math.nan), (3, "cart", 2)), deploys=deploys)
    assert "deploy: ads 1 → 2" in words(figure) and figure.finding.endswith("Deploys: ads 1 → 2 at 1 s.")
    assert "of 2 points in 3 s" in figure.finding and "Left out: 1 point without a value." in figure.finding


def test_series_mistakes_and_hostile_names() -> None:
    with pytest.raises(FigureError, match="these points are of 2 metrics; choose one"):
        series(points((0, "a", 1), (1, "a", 1)).assign(name=["x", "y"]))
    with pytest.raises(FigureError, match="9 series are too many"):
        series(points(*((0, f"s{n}", 1) for n in range(9))))
    with pytest.raises(FigureError, match="no point has a value; a histogram has a count"):
        series(points((0, "a", math.nan)))
    with pytest.raises(FigureError, match="needs the column rate"):
        series(points((0, "a", 1)), value="rate")
    assert_tame(series(points((0, HOSTILE, -5), (1, HOSTILE * 30, 1e300), name=HOSTILE, unit=HOSTILE)))


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 500), st.sampled_from("abc"), st.floats(-1e12, 1e12)), min_size=1, max_size=30)
)
def test_any_points_can_be_drawn(lines: list[tuple]) -> None:
    figure = series(points(*lines))
    assert_tame(figure)
    assert_short(figure)


# --- histograms ------------------------------------------------------------------------------------------------------

FOUR = Histogram((5, 10, 25), (60, 30, 9, 1), unit="ms")


def test_bars_have_their_counts_and_bounds() -> None:
    figure = histogram_bounds(FOUR)
    assert figure.finding == "100 values in 4 buckets."
    assert figure.table.rows == [("up to 5", "60"), ("over 5 to 10", "30"), ("over 10 to 25", "9"), ("over 25", "1")]
    assert {"60", "30", "9", "5", "10", "25", "∞"} <= set(words(figure))
    assert "url(#h)" not in figure.svg, "nothing is marked unless asked for"


def test_a_percentile_is_between_two_bounds_and_no_point() -> None:
    figure = histogram_bounds(FOUR, 0.95)
    assert figure.finding.endswith("p95 lies between 10 and 25 ms; the histogram cannot say where.")
    assert [row[2] for row in figure.table.rows] == ["", "", "p95", ""]
    assert "the bucket of p95" in words(figure)
    assert histogram_bounds(FOUR, 1.0).finding.endswith("p100 is above 25 ms; the histogram cannot say how far.")


def test_of_many_buckets_the_filled_ones_are_drawn() -> None:
    bounds = tuple(float(n) for n in range(1, 100))
    counts = [0] * 100
    counts[50:60] = range(1, 11)
    figure = histogram_bounds(Histogram(bounds, tuple(counts)))
    assert len(figure.table.rows) == 10 and figure.table.rows[0] == ("over 50 to 51", "1")
    with pytest.raises(FigureError, match="100 buckets are too many to draw; rebucket"):
        histogram_bounds(Histogram(bounds, (1,) * 100))


def test_histogram_mistakes_and_hostile_units() -> None:
    with pytest.raises(FigureError, match="counted nothing"):
        histogram_bounds(Histogram((1,), (0, 0)))
    with pytest.raises(FigureError, match="95 is not a quantile"):
        histogram_bounds(FOUR, 95)
    assert_tame(histogram_bounds(Histogram((), (3,), unit=HOSTILE), 0.5, title=HOSTILE))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 2000), min_size=1, max_size=60), st.floats(0.01, 1))
def test_the_marked_bucket_holds_the_value_at_its_rank(values: list[float], share: float) -> None:
    histogram = Histogram.from_values(values, bounds=(5.0, 10.0, 50.0, 500.0))
    figure = histogram_bounds(histogram, share)
    at = sorted(values)[max(math.ceil(round(share * len(values), 9)), 1) - 1]
    marked = next(row[0] for row in figure.table.rows if row[2])
    bucket = int(np.searchsorted(histogram.bounds, at, side="left"))
    assert marked == ("up to 5", "over 5 to 10", "over 10 to 50", "over 50 to 500", "over 500")[bucket]
