"""The service graph, hop gaps, where errors begin, which are masked."""

import numpy as np
import pandas as pd
import pytest
from calls_strategies import calls, shifted, shuffled
from hypothesis import given
from hypothesis import strategies as st
from trace_strategies import frame, spans_of

from watchkeeper.errors import TraceError
from watchkeeper.traces import error_origins, hop_gaps, is_error, masked_errors, service_graph


def order() -> pd.DataFrame:
    """A frontend asks cart (answers), ads (times out), a database; and hands a message to email, in another trace."""
    spans = spans_of(
        ("web", "", 0, 200),
        ("to_cart", "web", 10, 40),
        ("cart", "to_cart", 15, 35),
        ("to_ads", "web", 40, 140),
        ("db", "cart", 16, 20),
        ("send", "web", 150, 152),
        ("consume", "", 452, 460),
    ).assign(
        trace_id=["t"] * 6 + ["u"],
        service=["frontend", "frontend", "cart", "frontend", "cart", "frontend", "email"],
        kind=["SERVER", "CLIENT", "SERVER", "CLIENT", "CLIENT", "PRODUCER", "CONSUMER"],
        status=["UNSET", "UNSET", "UNSET", "ERROR", "UNSET", "UNSET", "UNSET"],
        status_message=["", "", "", "ReadTimeout: ", "", "", ""],
    )
    spans["attributes"] = [{}, {}, {}, {"server.address": "ads:8080"}, {"db.system.name": "sqlite"}, {}, {}]
    spans["links"] = [[]] * 6 + [[{"trace_id": "t", "span_id": "send", "attributes": {}}]]
    return spans


def test_an_edge_has_calls_times_and_what_nobody_answered() -> None:
    graph = service_graph(order()).set_index(["caller", "called"])
    assert graph["kind"].to_dict() == {
        ("frontend", "cart"): "call",
        ("frontend", "ads"): "call",
        ("cart", "sqlite"): "database",
        ("frontend", "email"): "link",
    }
    names = ["calls", "errors", "client_p50_ms", "server_p50_ms", "gap_p50_ms", "unanswered"]
    assert graph.loc[("frontend", "cart"), names].tolist() == [1, 0, 30, 20, 10, 0]
    assert graph.loc[("frontend", "email"), names].tolist() == [1, 0, 2, 8, 300, 0]
    assert graph.loc[("frontend", "ads"), ["calls", "errors", "client_p50_ms", "unanswered"]].tolist() == [1, 1, 100, 1]
    assert graph.loc[("cart", "sqlite"), "unanswered"] == 1
    assert graph.loc[("frontend", "cart"), "rate_per_s"] == pytest.approx(1 / 0.46)


def test_calls_a_trace_counts_only_traces_that_call() -> None:
    again = spans_of(("w", "", 0, 90), ("c1", "w", 1, 2), ("c2", "w", 3, 4)).assign(trace_id="v", service="frontend")
    again = again.assign(kind=["SERVER", "CLIENT", "CLIENT"], attributes=[{"server.address": "cart"}] * 3)
    quiet = spans_of(("other", "", 0, 1)).assign(trace_id="x", attributes=[{}])
    graph = service_graph(pd.concat([order(), again, quiet], ignore_index=True))
    assert graph.loc[0, ["caller", "called", "calls", "traces", "calls_per_trace"]].tolist() == [
        "frontend",
        "cart",
        3,
        2,
        1.5,
    ]


def test_a_message_that_nobody_took_is_an_unanswered_link() -> None:
    graph = service_graph(order().query("span_id != 'consume'"))
    assert graph.loc[graph["kind"] == "link", ["called", "calls", "unanswered"]].values.tolist() == [["unknown", 1, 1]]


@pytest.mark.parametrize("twice", ["send", "consume"])
def test_a_span_that_was_exported_twice_hands_over_one_message(twice: str) -> None:
    again = pd.concat([order(), order().query(f"span_id == '{twice}'")], ignore_index=True)
    for spans in (again, again.iloc[::-1].reset_index(drop=True)):
        pd.testing.assert_frame_equal(service_graph(spans), service_graph(order()))


def test_a_server_without_a_client_is_called_by_the_service_above() -> None:
    spans = order().query("span_id in ['web', 'cart']").assign(parent_span_id=["", "web"])
    edge = service_graph(spans).iloc[0]
    assert edge[["caller", "called", "calls", "unanswered", "server_p50_ms"]].tolist() == ["frontend", "cart", 1, 0, 20]
    assert np.isnan(edge["client_p50_ms"])


@pytest.mark.parametrize("function", [service_graph, hop_gaps, error_origins, masked_errors])
def test_no_spans_make_an_empty_table_with_its_columns(function) -> None:
    empty = function(order().iloc[:0])
    assert empty.empty
    assert list(empty.columns) == list(function(order()).columns)


@pytest.mark.parametrize("function", [service_graph, hop_gaps, error_origins])
def test_a_missing_column_is_named(function) -> None:
    with pytest.raises(TraceError, match="no column kind"):
        function(order().drop(columns="kind"))


def test_several_servers_of_a_call_count_once_a_host() -> None:
    spans = spans_of(("c", "", 0, 100), ("a", "c", 10, 50), ("b", "c", 40, 60), ("far", "c", 10_000, 10_020))
    spans = spans.assign(kind=["CLIENT"] + ["SERVER"] * 3, host=["x", "y", "y", "z"])
    row = hop_gaps(spans).iloc[0]
    assert row[["servers", "server_ms", "gap_ms"]].tolist() == [3, 70, 30]


def test_a_server_span_inside_another_hides_nothing_of_a_third() -> None:
    spans = spans_of(("c", "", 0, 100), ("a", "c", 10, 90), ("b", "c", 20, 30), ("d", "c", 40, 95))
    row = hop_gaps(spans.assign(kind=["CLIENT"] + ["SERVER"] * 3, host="x")).iloc[0]
    assert row[["server_ms", "gap_ms"]].tolist() == [85, 15]


def test_a_server_that_outlasts_its_client_leaves_no_gap_and_an_unanswered_call_has_none() -> None:
    spans = spans_of(("c", "", 0, 10), ("s", "c", 1, 13), ("d", "", 0, 10)).assign(kind=["CLIENT", "SERVER", "CLIENT"])
    gaps = hop_gaps(spans)
    assert gaps["gap_ms"].fillna(-1).tolist() == [0, -1]


@given(calls(), st.integers(-1000, 1000), st.integers(0, 99))
def test_tables_do_not_depend_on_the_order_of_rows_or_on_a_shift(spans: pd.DataFrame, by: int, seed: int) -> None:
    other = shuffled(shifted(spans, by), seed)
    pd.testing.assert_frame_equal(service_graph(spans), service_graph(other))
    for function in (hop_gaps, error_origins, masked_errors):
        one, two = (function(each).sort_values(["trace_id", "span_id"], ignore_index=True) for each in (spans, other))
        pd.testing.assert_frame_equal(one, two)


@given(calls())
def test_edges_count_every_client_span_once(spans: pd.DataFrame) -> None:
    gaps, graph = hop_gaps(spans), service_graph(spans)
    clients = spans[spans["kind"] == "CLIENT"].drop_duplicates(["trace_id", "span_id"])
    assert len(gaps) == len(clients)
    called = graph[graph["kind"] == "call"]
    assert called["unanswered"].sum() == (gaps["servers"] == 0).sum()
    # An answered call is a client span with its server span, or a server span whose client was not instrumented.
    bare = called["calls"].sum() - len(gaps)
    assert 0 <= bare <= (spans["kind"] == "SERVER").sum() - gaps["servers"].sum()
    assert (gaps["gap_ms"].dropna() >= 0).all()


def failing() -> pd.DataFrame:
    """A charge fails in payment, passes through checkout, and the frontend answers all the same."""
    spans = spans_of(
        ("web", "", 0, 90),
        ("to_checkout", "web", 1, 80),
        ("checkout", "to_checkout", 2, 79),
        ("to_payment", "checkout", 3, 70),
        ("payment", "to_payment", 4, 69),
    )
    return spans.assign(
        service=["frontend", "frontend", "checkout", "checkout", "payment"],
        kind=["SERVER", "CLIENT", "SERVER", "CLIENT", "SERVER"],
        status=["UNSET"] + ["ERROR"] * 4,
        status_message=[""] * 4 + ["CardDeclined"],
        attributes=[{}] * 5,
    )


def test_an_error_begins_where_no_child_is_one_and_is_masked_under_a_healthy_parent() -> None:
    origins = error_origins(failing()).set_index("span_id")
    assert origins["role"].to_dict() == {
        "to_checkout": "propagated",
        "checkout": "propagated",
        "to_payment": "propagated",
        "payment": "origin",
    }
    assert origins["blames"].tolist() == ["", "", "", "payment"]
    assert origins.loc["payment", "status_message"] == "CardDeclined"
    masked = masked_errors(failing())
    assert masked[["span_id", "parent_span_id", "parent_service"]].values.tolist() == [
        ["to_checkout", "web", "frontend"]
    ]


def test_two_branches_are_two_origins() -> None:
    spans = spans_of(("r", "", 0, 9), ("a", "r", 1, 2), ("b", "r", 3, 4)).assign(status="ERROR")
    assert error_origins(spans)["role"].tolist() == ["propagated", "origin", "origin"]


def test_who_is_blamed_for_a_call() -> None:
    silent = failing().query("span_id in ['checkout', 'to_payment']")
    silent["attributes"] = [{}, {"server.address": "payment:80"}]
    assert error_origins(silent)["blames"].tolist() == ["", "payment"]
    # The other side answered well, but too late for this caller …
    late = failing().assign(status=["UNSET"] * 3 + ["ERROR", "UNSET"], status_message="ReadTimeout: ")
    assert error_origins(late)["blames"].tolist() == ["payment"]
    routed = late.assign(status_message="no runtime route")
    assert error_origins(routed)["blames"].tolist() == ["checkout"]
    # … or this caller asked for what is not there.
    missed = late.assign(status="UNSET", status_message="")
    missed["attributes"] = [{}] * 3 + [{"http.response.status_code": 404}] * 2
    assert error_origins(missed)[["span_id", "blames"]].values.tolist() == [["to_payment", "checkout"]]


@pytest.mark.parametrize(
    ("kind", "status", "code", "stated", "recomputed"),
    [
        ("SERVER", "UNSET", 404, False, False),
        ("CLIENT", "UNSET", 404, True, True),
        ("SERVER", "UNSET", 500, True, True),
        ("SERVER", "ERROR", 404, True, False),
        ("CLIENT", "OK", 404, False, True),
        ("CLIENT", "UNSET", 399, False, False),
        ("INTERNAL", "ERROR", None, True, True),
        ("SERVER", "UNSET", "what", False, False),
    ],
)
def test_what_is_an_error(kind: str, status: str, code: object, stated: bool, recomputed: bool) -> None:
    spans = frame([{"span_id": "s", "kind": kind, "start_ns": 0, "end_ns": 1}]).assign(status=status)
    spans["attributes"] = [{"http.response.status_code": code}]
    assert is_error(spans).tolist() == [stated]
    assert is_error(spans, recompute=True).tolist() == [recomputed]
    assert is_error(spans.drop(columns="status")).tolist() == [recomputed if code else False]


@given(calls())
def test_every_error_is_an_origin_or_has_one_below(spans: pd.DataFrame) -> None:
    origins = error_origins(spans)
    erring = dict(zip(zip(origins["trace_id"], origins["span_id"], strict=True), origins["role"], strict=True))
    links = zip(spans["trace_id"], spans["span_id"], spans["parent_span_id"], strict=True)
    children = {(trace, parent) for trace, span, parent in links if (trace, span) in erring}
    for key, role in erring.items():
        # A consumer's error does not pass to its producer, so an error child is needed for "propagated", not enough.
        assert role == "origin" or key in children
    masked = masked_errors(spans)
    assert set(zip(masked["trace_id"], masked["span_id"], strict=True)) <= set(erring)
    assert not set(zip(masked["trace_id"], masked["parent_span_id"], strict=True)) & set(erring)
