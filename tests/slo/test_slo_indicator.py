"""Indicators and budgets: counted by hand, against loops, and from a recording."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper import Recording
from watchkeeper.slo import SloError, available, budget, compose, faster_than, indicator, merge, minutes, share

MINUTE = 60 * 10**9
DATASETS = Path(__file__).parents[2] / "datasets"
REQUESTS = st.lists(st.tuples(st.integers(0, 20 * MINUTE), st.booleans(), st.booleans()), min_size=1, max_size=40)


def series_of(good: list[int], valid: list[int], first: int = 0) -> pd.DataFrame:
    time_ns = first + np.arange(len(good), dtype=np.int64) * MINUTE
    return pd.DataFrame({"time_ns": time_ns, "good": good, "valid": valid})


@given(REQUESTS)
def test_an_indicator_counts_each_request_in_its_minute(rows: list[tuple[int, bool, bool]]) -> None:
    requests = pd.DataFrame(rows, columns=["start_ns", "good", "valid"])
    series = indicator(requests, requests["good"], requests["valid"])
    first = min(start for start, _, _ in rows)
    assert series["time_ns"].tolist() == [first + k * MINUTE for k in range(len(series))]
    for at, time, good, valid in series.itertuples():
        inside = [(g, v) for start, g, v in rows if time <= start < time + MINUTE]
        assert (good, valid) == (sum(g and v for g, v in inside), sum(v for _, v in inside)), at
    assert series["valid"].sum() == sum(v for _, _, v in rows)


def test_quick_failures_are_not_fast_when_only_successes_are_valid() -> None:
    requests = pd.DataFrame(
        {"start_ns": [0, 1, 2, 3], "duration_ms": [5.0, 900.0, 1.0, 1.0], "status": ["OK", "UNSET", "ERROR", "ERROR"]}
    )
    fast = faster_than(requests, 300)
    assert share(indicator(requests, fast)) == 0.75 and share(indicator(requests, fast, available(requests))) == 0.5
    assert share(indicator(requests, available(requests))) == 0.5


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8),
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8),
)
def test_merging_weighs_by_traffic(a: list[tuple[int, int]], later: int, b: list[tuple[int, int]]) -> None:
    one = series_of([g for g, _ in a], [g + bad for g, bad in a])
    other = series_of([g for g, _ in b], [g + bad for g, bad in b], first=later * MINUTE)
    both = merge(one, other)
    assert both["time_ns"].tolist() == [k * MINUTE for k in range(max(len(a), later + len(b)))]
    pairs = [(k, g, bad) for k, (g, bad) in [*enumerate(a), *enumerate(b, later)]]
    assert both["good"].tolist() == [sum(g for k, g, _ in pairs if k == row) for row in range(len(both))]
    valid = one["valid"].sum() + other["valid"].sum()
    assert both["valid"].sum() == valid
    assert share(both) == ((one["good"].sum() + other["good"].sum()) / valid if valid else 1)
    pd.testing.assert_frame_equal(both, merge(other, one))


def test_one_minute_alone_fits_any_step() -> None:
    seconds = series_of([1, 1], [1, 1]).assign(time_ns=[0, 10**9])
    assert merge(seconds, seconds.iloc[1:])["valid"].tolist() == [1, 2]


def test_a_composed_series_says_that_it_is_arranged() -> None:
    quiet, bad = series_of([10, 9], [10, 10]), series_of([0, 1, 2], [10, 10, 10])
    series = compose((quiet, 5), (bad, 4), start_ns=100)
    assert series["good"].tolist() == [10, 9, 10, 9, 10, 0, 1, 2, 0] and series["valid"].tolist() == [10] * 9
    assert series["time_ns"].tolist() == [100 + k * MINUTE for k in range(9)]
    assert "arranged" in series.attrs["arranged"]


def test_a_recording_against_counting_by_hand() -> None:
    requests = Recording.open("friday-deploy", datasets=DATASETS).traces()
    slow = indicator(requests, faster_than(requests, 300))
    assert slow["valid"].sum() == len(requests) and slow["good"].sum() == (requests["duration_ms"] <= 300).sum()
    by_route = [indicator(part, available(part), seconds=10) for _, part in requests.groupby("route")]
    assert sum(each["valid"].sum() for each in by_route) == len(requests)


def test_minutes_and_budgets() -> None:
    assert minutes(0.999) == 43.2 and minutes(0.99) == 432 and minutes(0.9995, days=28) == pytest.approx(20.16)
    assert budget(0.999, 100_000, 100) == (100, 100, 0, 1)
    assert budget(0.99, 1_000, 25) == (10, 25, -15, 2.5)
    assert budget(0.99, 0, 0) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: indicator(pd.DataFrame({"start_ns": []}), []), "no request"),
        (lambda: indicator(pd.DataFrame({"start_ns": [1]}), [True], seconds=0), "too short"),
        (lambda: indicator(pd.DataFrame({"start_ns": [1]}), [True, False]), '"good" needs True or False'),
        (lambda: indicator(pd.DataFrame({"start_ns": [1]}), [1]), '"good" needs True or False'),
        (lambda: indicator(pd.DataFrame({"start_ns": [0, 10**18]}), [True] * 2, seconds=1e-3), "longer steps"),
        (lambda: indicator(pd.DataFrame({"time": [1]}), [True]), "no column start_ns"),
        (lambda: available(pd.DataFrame({"start_ns": [1]})), "no column status"),
        (lambda: merge(), "no series"),
        (lambda: merge(series_of([1, 1], [1, 1]), series_of([1, 1], [1, 1], first=5)), "same moments"),
        (lambda: compose(), "the same step"),
        (lambda: minutes(0.999, days=0), "days above 0"),
        (lambda: minutes(99.9), "0.999 for 99.9"),
        (lambda: budget(0.999, 10, 11), "impossible"),
    ],
)
def test_what_cannot_be_counted(call, sentence: str) -> None:
    with pytest.raises(SloError, match=sentence):
        call()


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1.7e12])
def test_a_request_without_a_possible_duration_is_neither_fast_nor_slow(odd: float) -> None:
    requests = pd.DataFrame({"start_ns": [0, 1, 2], "duration_ms": [80.0, odd, 300.0], "status": "OK"})
    with pytest.raises(SloError, match="1 of 3 requests have no known duration"):
        faster_than(requests, 200)
    known = requests[requests.duration_ms.between(0, 1e9)]
    assert faster_than(known, 200).tolist() == [True, False]
    assert indicator(requests, available(requests))["valid"].tolist() == [3]
