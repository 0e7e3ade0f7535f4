"""Joins by id and by place and time, coverage, and orders that contradict each other."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from log_frames import CALLS, MS, logs_of, spans_of
from log_truth import HELD_BACK

from watchkeeper import Recording
from watchkeeper.logs import LogError, coverage, inversions, join_traces, join_window
from watchkeeper.logs.order import count_inversions


def test_coverage_of_each_service() -> None:
    logs = logs_of(
        (1, "a", "shop", 9, "x"), (2, "", "shop", 9, "x"), (3, "", "mail", 9, "start"), (4, "b", "ads", 9, "x")
    )
    assert coverage(logs).values.tolist() == [["mail", 1, 0, 0.0], ["shop", 2, 1, 0.5], ["ads", 1, 1, 1.0]]
    with pytest.raises(LogError, match="trace_id"):
        coverage(logs.drop(columns="trace_id"))


def test_join_by_id() -> None:
    logs = logs_of(
        (30, "bank", "bank", 17, "a"),
        (1, "gone", "shop", 9, "b"),
        (2, "", "shop", 9, "c"),
        (3, "x", "shop", 9, "d", "another"),
    )
    logs.loc[0, "span_id"] = "BANK"
    table = join_traces(logs, spans_of(*CALLS))
    assert table["joined"].tolist() == ["span", "trace", "no id", "not recorded"]
    assert table["span_name"].tolist() == ["work bank", "", "", ""]
    assert table["root_status"].tolist() == ["ERROR", "ERROR", "", ""]
    assert table["span_ms"].tolist()[0] == 16 and table["root_ms"].tolist()[:2] == [100, 100]
    assert np.isnan(table["root_ms"].tolist()[2])
    assert len(join_traces(logs.iloc[:0], spans_of(*CALLS))) == 0
    assert join_traces(logs, spans_of())["joined"].tolist() == ["not recorded", "not recorded", "no id", "not recorded"]


def test_join_by_window() -> None:
    spans = spans_of(*CALLS, ("other", "", "shop", "SERVER", 85, 99, "UNSET", "u"))
    logs = logs_of(
        (30, "", "shop", 9, "one"),
        (88, "", "shop", 9, "two"),
        (120, "", "shop", 9, "late"),
        (30, "", "ads", 9, "x"),
        (99, "", "shop", 9, "end"),
        (100, "", "shop", 9, "slack"),
    )
    table = join_window(logs, spans, slack_ms=1)
    assert table["verdict"].tolist() == ["one", "several", "none", "none", "one", "one"]
    assert table["candidates"].tolist() == [1, 2, 0, 0, 1, 1]
    assert table["trace_id"].tolist() == ["t", "", "", "", "u", "u"]
    assert table["span_id"].tolist()[0] == "to-bank"
    assert table["trace_ids"].tolist()[1] == ["t", "u"]
    assert join_window(logs, spans, slack_ms=0)["verdict"].tolist()[-1] == "none"
    with pytest.raises(LogError, match="share none"):
        join_window(logs.drop(columns=["service", "host"]), spans)
    with pytest.raises(LogError, match="slack"):
        join_window(logs, spans, slack_ms=float("nan"))


TIMES = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 15), st.sampled_from("ab"), st.sampled_from("tuv")), max_size=8
)


@given(TIMES, st.lists(st.tuples(st.integers(0, 60), st.sampled_from("abc")), max_size=6))
def test_the_window_against_looking_at_every_span(rows: list[tuple], asked: list[tuple]) -> None:
    spans = spans_of(*((f"s{k}", "", s, "SERVER", a, a + d, "UNSET", t) for k, (a, d, s, t) in enumerate(rows)))
    logs = logs_of(*((at, "", s, 9, "x") for at, s in asked))
    table = join_window(logs, spans, slack_ms=0)
    for (at, service), found in zip(asked, table["trace_ids"], strict=True):
        assert found == sorted({t for a, d, s, t in rows if s == service and a <= at <= a + d})


@pytest.mark.parametrize("name", ["monday-morning", "friday-deploy"])
def test_on_the_shop_the_true_trace_is_always_a_candidate(name: str) -> None:
    recording = Recording.open(name)
    table = join_window(recording.logs, recording.spans)
    assert all(a in found for a, found in zip(recording.logs["trace_id"], table["trace_ids"], strict=True))
    assert (table["verdict"] == "one").mean() > 0.7


@given(st.lists(st.integers(-5, 5), max_size=40))
def test_inversions_against_looking_at_every_pair(values: list[int]) -> None:
    assert count_inversions(np.array(values, dtype=np.int64)) == sum(
        a > b for a, b in itertools.combinations(values, 2)
    )


def test_inversions_of_an_hour_of_lines() -> None:
    n = 100_000
    assert count_inversions(np.arange(n)[::-1]) == n * (n - 1) // 2


def test_orders_that_contradict_each_other() -> None:
    spans = spans_of(("a", "", "x", "CLIENT", 10, 30, "UNSET"), ("b", "a", "y", "SERVER", 5, 20, "UNSET"))
    logs = logs_of((4, "b", "y", 9, "1"), (7, "b", "y", 9, "2"), (12, "a", "x", 9, "3"), (1, "", "z", 9, "4"))
    logs["observed_ns"] = [20 * MS, 10 * MS, 30 * MS, 5 * MS]
    table = inversions(logs, spans).set_index("order")
    assert table["inverted"].to_dict() == {
        "event against observed time": 1,
        "event time against the file": 3,
        "record before its span": 1,
        "record before its parent span": 2,
        "span before its parent": 1,
    }
    assert table["pairs"].tolist() == [6, 6, 3, 2, 1]
    at_once = logs.assign(observed_ns=20 * MS)
    assert inversions(at_once)["inverted"].tolist() == [0, 3]
    assert inversions(logs.iloc[:0])["share"].isna().all()


def test_a_clock_that_is_off_shows_in_causality_alone() -> None:
    recording = Recording.open(HELD_BACK / "monday-morning")
    logs, spans = recording.logs, recording.spans
    assert inversions(logs, spans)["inverted"].tolist()[2:] == [0, 0, 0]
    late = spans["host"] == "shop-2"
    spans = spans.assign(start_ns=spans["start_ns"] - late * 200 * MS, end_ns=spans["end_ns"] - late * 200 * MS)
    logs = logs.assign(time_ns=logs["time_ns"] - (logs["host"] == "shop-2") * 200 * MS)
    table = inversions(logs, spans).set_index("order")["inverted"]
    assert table["record before its span"] == 0
    assert table["record before its parent span"] > 100 and table["span before its parent"] > 100
    assert isinstance(table, pd.Series)
