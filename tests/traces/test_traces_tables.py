"""Shares by service and edge, reports of what does not fit, and the order to draw in."""

import pandas as pd
import pytest
from hypothesis import given
from trace_strategies import frame, spans_of, traces

from watchkeeper.errors import TraceError
from watchkeeper.traces import critical_path, path_share, reports, tree


def call() -> pd.DataFrame:
    """A frontend that calls ads (which answers) and a frozen service (which does not)."""
    spans = spans_of(
        ("web", "", 0, 100), ("to_ads", "web", 10, 40), ("ads", "to_ads", 15, 35), ("to_frozen", "web", 40, 90)
    )
    return spans.assign(
        service=["frontend", "frontend", "ads", "frontend"],
        kind=["SERVER", "CLIENT", "SERVER", "CLIENT"],
        attributes=[{}, {"server.address": "elsewhere"}, {}, {"server.address": "frozen:8080"}],
    )


def test_waiting_belongs_to_the_edge() -> None:
    shares = path_share(call()).set_index("owner")
    assert shares["critical_ms"].to_dict() == {
        "frontend → frozen": 50,
        "ads": 20,
        "frontend": 20,
        "frontend → ads": 10,
    }
    assert shares.loc["frontend → frozen", ["service", "peer", "share", "traces"]].tolist() == [
        "frontend",
        "frozen",
        0.5,
        1,
    ]


def test_of_two_answers_the_earlier_names_the_peer() -> None:
    again = spans_of(("retry", "to_ads", 36, 38)).assign(service="spare", kind="SERVER", attributes=[{}])
    for spans in (pd.concat([call(), again]), pd.concat([again, call()])):
        assert "frontend → ads" in path_share(spans)["owner"].tolist()


def test_only_a_client_s_time_belongs_to_an_edge() -> None:
    inner = call().assign(kind=["SERVER", "INTERNAL", "SERVER", "CLIENT"])
    assert path_share(inner).set_index("owner").loc["frontend", "critical_ms"] == 30


def test_a_peer_that_nobody_names_is_unknown() -> None:
    assert "frontend → unknown" in path_share(call().drop(columns="attributes"))["owner"].tolist()


def test_shares_count_traces_and_need_their_columns() -> None:
    both = pd.concat([call(), call().assign(trace_id="u")])
    assert path_share(both)["traces"].tolist() == [2, 2, 2, 2]
    with pytest.raises(TraceError, match="no column service"):
        path_share(call().drop(columns="service"))


@given(traces())
def test_shares_sum_to_the_path_of_the_longest_root(rows: list[dict]) -> None:
    spans = frame(rows)
    shares = path_share(spans)
    assert shares["critical_ms"].sum() == pytest.approx(critical_path(spans, roots="longest")["duration_ms"].sum())
    assert shares["share"].sum() == pytest.approx(1 if shares["critical_ms"].any() else 0)


def test_everything_that_does_not_fit_is_reported() -> None:
    spans = spans_of(
        ("r", "", 10, 50),
        ("twin", "r", 11, 12),
        ("twin", "r", 12, 13),
        ("orphan", "gone", 20, 30),
        ("me", "me", 0, 9),
        ("x", "y", 0, 9),
        ("y", "x", 0, 9),
        ("late", "r", 55, 70),
        ("early", "r", 0, 5),
        ("over", "r", 40, 53),
        ("back", "r", 30, 29),
        ("job", "r", 20, 21),
    ).assign(kind=["PRODUCER"] + ["INTERNAL"] * 10 + ["CONSUMER"])
    found = {(row.span_id, row.report): row.by_ms for row in reports(spans).itertuples()}
    assert found == {
        ("twin", "duplicate"): 0,
        ("orphan", "orphan"): 0,
        ("me", "self-parent"): 0,
        ("x", "cycle"): 0,
        ("y", "cycle"): 0,
        ("late", "late"): 20,
        ("early", "early"): 10,
        ("over", "clipped"): 3,
        ("back", "negative"): 1,
        ("job", "pruned"): 0,
    }


def test_nothing_to_report_is_an_empty_table() -> None:
    assert reports(call()).empty
    assert reports(frame([])).empty


def test_a_tree_is_drawn_parents_first_children_by_start() -> None:
    spans = spans_of(
        ("b", "r", 30, 40), ("in_a", "a", 12, 15), ("r", "", 0, 50), ("a", "r", 10, 20), ("o", "gone", 60, 61)
    )
    drawn = tree(spans)
    assert list(zip(drawn["span_id"], drawn["depth"], drawn["role"], drawn["root_span_id"], strict=True)) == [
        ("r", 0, "root", "r"),
        ("a", 1, "child", "r"),
        ("in_a", 2, "child", "r"),
        ("b", 1, "child", "r"),
        ("o", 0, "orphan", "o"),
    ]


@given(traces())
def test_a_tree_draws_every_span_once_below_its_parent(rows: list[dict]) -> None:
    drawn = tree(frame(rows))
    assert sorted(drawn["span_id"]) == sorted(row["span_id"] for row in rows)
    depth = dict(zip(drawn["span_id"], drawn["depth"], strict=True))
    for row in drawn[drawn["depth"] > 0].itertuples():
        assert row.depth == depth[row.parent_span_id] + 1


def test_a_hundred_thousand_children_and_generations_need_no_recursion() -> None:
    n = 100_000
    names = [f"s{k}" for k in range(n)]
    wide = frame([]).reindex(range(n)).assign(trace_id="t", span_id=names, parent_span_id=["", *["s0"] * (n - 1)])
    wide = wide.assign(start_ns=range(n), end_ns=[n, *range(2, n + 1)], service="a", kind="INTERNAL")
    deep = wide.assign(parent_span_id=["", *names[:-1]], end_ns=[3 * n - k for k in range(n)])
    assert critical_path(wide)["duration_ms"].sum() * 1e6 == pytest.approx(n)
    assert critical_path(deep)["duration_ms"].sum() * 1e6 == pytest.approx(3 * n)
    assert tree(deep)["depth"].max() == n - 1
