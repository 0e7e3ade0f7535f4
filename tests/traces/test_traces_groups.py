"""Retries, repeated children, links, and names that hold ids."""

import pandas as pd
import pytest
from calls_strategies import calls, shifted, shuffled
from hypothesis import given
from hypothesis import strategies as st
from trace_strategies import spans_of

from watchkeeper.traces import high_cardinality, linked, masked_name, repeated_children, retries


def attempts(*rows: tuple) -> pd.DataFrame:
    """Calls of one parent from (span_id, start, end, status)."""
    spans = spans_of(("root", "", 0, 1000), *[(name, "root", start, end) for name, start, end, _ in rows])
    spans = spans.assign(kind=["SERVER"] + ["CLIENT"] * len(rows), status=["UNSET", *[row[3] for row in rows]])
    return spans.assign(attributes=[{"url.full": "http://cart/1"}] * len(spans))


def test_attempts_one_after_another_are_one_group() -> None:
    spans = attempts(("a", 0, 10, "ERROR"), ("b", 15, 30, "ERROR"), ("c", 50, 60, "UNSET"))
    row = retries(spans).iloc[0]
    counts = row[["attempts", "failed", "backoff_ms", "total_ms", "ended_well"]].tolist()
    assert (row["parent_span_id"], row["first_span_id"], counts) == ("root", "a", [3, 2, 25, 60, True])


@pytest.mark.parametrize(
    "rows",
    [
        [("a", 0, 10, "UNSET"), ("b", 15, 30, "ERROR")],  # the first went well
        [("a", 0, 20, "ERROR"), ("b", 15, 30, "UNSET")],  # at the same time
        [("a", 0, 20, "ERROR")],
    ],
)
def test_what_is_no_retry(rows: list[tuple]) -> None:
    assert retries(attempts(*rows)).empty


def test_a_call_for_something_else_is_no_retry() -> None:
    spans = attempts(("a", 0, 10, "ERROR"), ("b", 15, 30, "UNSET"))
    spans["attributes"] = [{}, {"url.full": "http://cart/1"}, {"url.full": "http://cart/2"}]
    assert retries(spans).empty
    assert len(retries(spans.drop(columns="attributes"))) == 1


def test_a_retry_that_fails_at_last_and_touches() -> None:
    row = retries(attempts(("a", 0, 10, "ERROR"), ("b", 10, 30, "ERROR"))).iloc[0]
    assert row[["failed", "backoff_ms", "ended_well"]].tolist() == [2, 0, False]


def test_repeated_children_are_counted_by_name_and_peer() -> None:
    spans = spans_of(("r", "", 0, 100), *[(f"q{k}", "r", 10 * k, 10 * k + 4) for k in range(6)], ("one", "r", 90, 95))
    spans = spans.assign(name=["GET /"] + ["SELECT"] * 6 + ["INSERT"], kind="CLIENT")
    row = repeated_children(spans).iloc[0]
    assert row[["parent_span_id", "name", "child", "repeats", "total_ms"]].tolist() == ["r", "GET /", "SELECT", 6, 24]
    assert len(repeated_children(spans)) == 1
    assert repeated_children(spans, at_least=7).empty
    assert repeated_children(spans, at_least=1)["repeats"].tolist() == [6, 1]
    assert list(repeated_children(spans.iloc[:0]).columns) == list(repeated_children(spans).columns)


@given(calls(), st.integers(-1000, 1000), st.integers(0, 99))
def test_groups_do_not_depend_on_the_order_of_rows_or_on_a_shift(spans: pd.DataFrame, by: int, seed: int) -> None:
    spans = spans[~spans.duplicated(["trace_id", "span_id"])].assign(span_id=spans["trace_id"] + spans["span_id"])
    other = shuffled(shifted(spans, by), seed)
    for table in (lambda each: repeated_children(each, at_least=1), retries, high_cardinality):
        pd.testing.assert_frame_equal(table(spans), table(other))


@given(calls())
def test_every_child_is_in_one_group_of_repeats(spans: pd.DataFrame) -> None:
    counted = repeated_children(spans, at_least=1)["repeats"].sum()
    assert counted <= len(spans)
    tried = retries(spans)
    assert (tried["attempts"] >= 2).all()
    assert (tried["failed"] >= tried["attempts"] - 1).all()
    assert (tried["backoff_ms"] >= 0).all()


def message() -> pd.DataFrame:
    spans = spans_of(("send", "", 0, 2), ("receive", "", 50, 60), ("later", "", 90, 91))
    spans = spans.assign(trace_id=["t", "u", "v"], service=["checkout", "email", "email"])
    spans["links"] = [[], [{"trace_id": "t", "span_id": "send"}, {"trace_id": "t", "span_id": "gone"}], []]
    return spans


def test_links_lead_from_trace_to_trace() -> None:
    table = linked(message()).set_index("from_span_id")
    assert table.loc["send", ["to_trace_id", "to_span_id", "to_service", "gap_ms"]].tolist() == [
        "u",
        "receive",
        "email",
        48,
    ]
    assert table.loc["gone", ["from_service", "found", "to_span_id"]].tolist() == ["", False, "receive"]
    assert table["gap_ms"].isna().tolist() == [True, False]


def test_links_need_none_and_do_not_depend_on_order() -> None:
    assert linked(message().drop(columns="links")).empty
    bare = message()
    bare.at[0, "links"] = None
    pd.testing.assert_frame_equal(linked(bare), linked(message()))
    pd.testing.assert_frame_equal(linked(message()), linked(message().iloc[::-1]))


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("GET /product/{id}", "GET /product/{id}"),
        ("charge order-17", "charge order-{id}"),
        ("job deadbeef", "job {id}"),
        ("user 2026-11-23", "user {id}"),
        ("GET /carts/{shopper}", "GET /carts/{shopper}"),
        ("feed", "feed"),
        ("process ÄB12", "process {id}"),
        ("", ""),
        ("job_b2_feed", "job_{id}_feed"),
    ],
)
def test_what_looks_like_an_id(name: str, masked: str) -> None:
    assert masked_name(name) == masked


def test_only_names_that_seldom_repeat_are_reported() -> None:
    spans = spans_of(*[(f"s{k}", "", k, k + 1) for k in range(60)])
    once = [f"charge {k}" for k in range(20)]
    versions = [f"GET /v{k % 12}/cart" for k in range(40)]  # twelve names, each again and again
    table = high_cardinality(spans.assign(name=once + versions))
    assert table[["service", "pattern", "names", "spans"]].values.tolist() == [["shop", "charge {id}", 20, 20]]
