"""Burn rates and rules against loops over minutes, and the table of the workbook."""

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.slo import STANDARD, Rule, SloError, burn_rate, firing, replay, scaled, simple_rule

MINUTE = 60 * 10**9
COUNTS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=60)


def series_of(good: list[int], valid: list[int] | int, step: int = MINUTE) -> pd.DataFrame:
    return pd.DataFrame({"time_ns": 7 + np.arange(len(good), dtype=np.int64) * step, "good": good, "valid": valid})


def outage(error_share: float, minutes: int, before: int = 600, after: int = 600) -> pd.DataFrame:
    a_minute = 10_000
    bad = round(error_share * a_minute)
    return series_of([a_minute] * before + [a_minute - bad] * minutes + [a_minute] * after, a_minute)


def burnt(counts: list[tuple[int, int]], at: int, window: int, objective: str) -> Fraction:
    part = counts[max(0, at + 1 - window) : at + 1]
    bad, good = sum(bad for bad, _ in part), sum(good for _, good in part)
    return Fraction(bad, bad + good) / (1 - Fraction(objective)) if bad + good else Fraction(0)


def minutes_of(counts: list[tuple[int, int]]) -> pd.DataFrame:
    return series_of([good for _, good in counts], [bad + good for bad, good in counts])


@given(COUNTS, st.integers(1, 70), st.sampled_from(["0.5", "0.9", "0.99", "0.999"]))
def test_the_burn_rate_is_that_of_a_loop(counts: list[tuple[int, int]], window: int, objective: str) -> None:
    found = burn_rate(minutes_of(counts), window, float(objective))
    assert found.tolist() == pytest.approx([float(burnt(counts, at, window, objective)) for at in range(len(counts))])


@given(
    COUNTS,
    st.integers(1, 30),
    st.integers(0, 29),
    st.sampled_from(["0.5", "1", "1.6", "2"]),
    st.sampled_from(["0.5", "0.9", "0.95"]),
)
def test_stretches_are_those_of_a_loop(
    counts: list[tuple[int, int]], short: int, more: int, rate: str, objective: str
) -> None:
    rule = Rule(short + more, short, float(rate), "page")
    wanted = [
        all(burnt(counts, at, window, objective) > Fraction(rate) for window in (short, short + more))
        for at in range(len(counts))
    ]
    assert firing(rule, minutes_of(counts), float(objective)).tolist() == wanted
    told = [False] * len(counts)
    table = replay([rule], minutes_of(counts), float(objective))
    for start, end in zip(table["start"], table["end"], strict=True):
        assert end > start and not any(told[max(0, start - 1) : end])
        told[start:end] = [True] * (end - start)
    assert told == wanted and table["minutes"].sum() == sum(wanted)
    assert table["open"].tolist() == [end == len(counts) for end in table["end"]]


def test_the_table_of_the_workbook() -> None:
    assert [rule.budget_share(30) for rule in STANDARD] == [0.02, 0.05, 0.1]
    assert [rule.severity for rule in STANDARD] == ["page", "page", "ticket"]


@pytest.mark.parametrize(
    ("error_share", "minutes"),
    [(1.0, 1), (0.1, 9), (0.05, 18), (0.02, 44)],
)
def test_how_soon_the_first_page_comes(error_share: float, minutes: int) -> None:
    """(1 - objective) / error share · window · rate, and up to the end of that minute."""
    found = replay(STANDARD[:1], outage(error_share, 120), 0.999, incident=(600, 720))
    assert minutes == math.ceil(0.001 / error_share * 60 * 14.4)
    assert found["detection_minutes"].tolist() == [minutes]


def test_the_short_window_is_what_ends_it() -> None:
    series = outage(1.0, 10)
    two, one = (replay([Rule(60, short, 14.4, "page")], series, 0.999, (600, 610)) for short in (5, 60))
    assert two["reset_minutes"].tolist() == [5] and one["reset_minutes"].tolist() == [60]


def test_exactly_the_rate_does_not_fire() -> None:
    exactly = outage(0.0144, 60)
    assert replay(STANDARD[:1], exactly, 0.999).empty
    more = outage(0.0145, 60)
    assert replay(STANDARD[:1], more, 0.999)["start"].tolist() == [659]


def test_a_slow_burn_makes_a_ticket_and_no_page() -> None:
    series = outage(0.002, 2880, before=4320)
    found = replay(STANDARD, series, 0.999, (4320, 7200))
    assert set(found["severity"]) == {"ticket"} and found["rule"].tolist() == [2]
    assert found["detection_minutes"].tolist() == [2161]


def test_the_simple_rule_flaps_where_the_others_are_quiet() -> None:
    draw = np.random.default_rng(8)
    series = series_of((100 - draw.binomial(100, 0.001, 1440)).tolist(), 100)
    assert len(simple_rule(series, 0.999)) > 50 and len(replay(STANDARD[:2], series, 0.999)) <= 1
    by_window = [len(simple_rule(series, 0.999, window)) for window in (1, 5, 30, 120)]
    assert by_window == sorted(by_window, reverse=True) and by_window[0] > 2 * by_window[-1]


def test_the_simple_rule_is_a_rate_of_one_in_one_window() -> None:
    series = outage(0.5, 3)
    found = simple_rule(series, 0.99, window_minutes=10, incident=(600, 603))
    assert (found["start"][0], found["end"][0], found["reset_minutes"][0]) == (600, 612, 10)


def test_times_are_the_ends_of_minutes() -> None:
    found = replay(STANDARD[:1], outage(1.0, 10), 0.999)
    assert found["start_ns"].tolist() == [7 + 601 * MINUTE] and found["end_ns"].tolist() == [7 + 615 * MINUTE]
    assert found["minutes"].tolist() == [14] and found[["detection_minutes", "reset_minutes"]].isna().all(axis=None)


def test_what_still_fires_at_the_end_is_open() -> None:
    found = replay(STANDARD[:1], outage(1.0, 10, after=0), 0.999, (600, 610))
    assert found["open"].tolist() == [True] and found["reset_minutes"].isna().all()
    assert found["end"].tolist() == [610] and found["end_ns"].tolist() == [7 + 610 * MINUTE]


def test_scaled_rules_fire_on_scaled_time_at_the_same_steps() -> None:
    slow, quick = outage(1.0, 10), outage(1.0, 10)
    quick["time_ns"] = quick["time_ns"].iloc[0] + (quick["time_ns"] - quick["time_ns"].iloc[0]) // 60
    a, b = replay(STANDARD, slow, 0.999, (600, 610)), replay(scaled(STANDARD, 1 / 60), quick, 0.999, (600, 610))
    pd.testing.assert_frame_equal(a[["rule", "start", "end", "open"]], b[["rule", "start", "end", "open"]])
    assert b["detection_minutes"].tolist() == pytest.approx((a["detection_minutes"] / 60).tolist())
    assert [rule.rate for rule in scaled(STANDARD, 1 / 60)] == [14.4, 6, 1]


def test_a_month_of_minutes_with_large_counts() -> None:
    draw = np.random.default_rng(9)
    valid = draw.integers(0, 10**9, 43_200)
    bad = draw.binomial(valid, 0.001)
    series = series_of((valid - bad).tolist(), valid.tolist())
    odd = Rule(4320, 360, 1.000000123457, "ticket")  # its threshold takes large whole numbers
    assert (
        firing(odd, series, 0.999).tolist()
        == ((burn_rate(series, 4320, 0.999) > odd.rate) & (burn_rate(series, 360, 0.999) > odd.rate)).tolist()
    )
    assert firing(STANDARD[2], series, 0.999).any()


def test_no_rules_and_nothing_firing_keep_the_columns() -> None:
    quiet = outage(0, 1)
    assert replay([], quiet, 0.999).columns.tolist() == replay(STANDARD, outage(1, 5), 0.999).columns.tolist()
    assert replay(STANDARD, quiet, 0.999).dtypes.equals(replay(STANDARD, outage(1, 5), 0.999).dtypes)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: burn_rate(outage(0, 1), 0.4, 0.999), "24 s is shorter than the series' step of 1 min"),
        (lambda: burn_rate(outage(0, 1), 5, 99.9), "0.999 for 99.9"),
        (lambda: burn_rate(outage(0, 1).drop(columns="valid"), 5, 0.9), "has no valid"),
        (lambda: burn_rate(outage(0, 1).iloc[:0], 5, 0.9), "is empty"),
        (lambda: burn_rate(outage(0, 1).iloc[::-1], 5, 0.9), "out of order"),
        (lambda: burn_rate(outage(0, 1).drop(index=3), 5, 0.9), "gaps"),
        (lambda: burn_rate(series_of([2], [1]), 5, 0.9), "fewer valid"),
        (lambda: Rule(5, 60, 1, "page"), "short window <= long window"),
        (lambda: Rule(60, 5, 0, "page"), "rate above 0"),
        (lambda: scaled(STANDARD, 0), "factor above 0"),
        (lambda: replay(STANDARD[0], outage(0, 1), 0.999), "must be a list"),
    ],
)
def test_what_no_rule_can_be_asked(call, sentence: str) -> None:
    with pytest.raises(SloError, match=sentence):
        call()
