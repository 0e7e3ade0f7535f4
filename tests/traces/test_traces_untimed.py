"""Spans without a possible duration, and ids that a client and a server share: in every function that uses them."""

import math

import numpy as np
import pandas as pd
import pytest

from watchkeeper.logs import join_traces
from watchkeeper.traces import (
    Forest,
    clock_offsets,
    critical_path,
    hop_gaps,
    linked,
    path_share,
    repeated_children,
    reports,
    retime,
    retries,
    self_time,
    service_graph,
    tree,
)

MS = 1_000_000
NOW = 1_750_000_000 * 10**9
COLUMNS = ["span_id", "parent_span_id", "service", "kind", "start_ns", "end_ns"]
NEVER = -NOW // MS  # as an end: 0


def frame(*rows: tuple, trace_id: str = "t") -> pd.DataFrame:
    """(span, parent, service, kind, start ms, end ms) since now."""
    spans = pd.DataFrame(list(rows), columns=COLUMNS)
    for name in ("start_ns", "end_ns"):
        spans[name] = NOW + spans[name].astype("int64") * MS
    return spans.assign(
        trace_id=trace_id,
        name=spans["service"],
        host=spans["service"],
        status="UNSET",
        attributes=[{}] * len(spans),
        links=[[]] * len(spans),
        events=[[]] * len(spans),
        duration_ms=np.where(spans["end_ns"] >= spans["start_ns"], (spans["end_ns"] - spans["start_ns"]) / MS, np.nan),
    )


def calls(end: int) -> pd.DataFrame:
    """A frontend that calls ads twice; the second call ends at `end` on the client's side."""
    return frame(
        ("web", "", "frontend", "SERVER", 0, 100),
        ("c1", "web", "frontend", "CLIENT", 10, 30),
        ("s1", "c1", "ads", "SERVER", 12, 28),
        ("c2", "web", "frontend", "CLIENT", 40, end),
        ("s2", "c2", "ads", "SERVER", 42, 49),
    )


@pytest.mark.parametrize("end", [NEVER, 39, -5000, 365 * 86_400_000 * 3])
def test_a_call_without_a_possible_duration_counts_in_no_statistics(end: int) -> None:
    spans = calls(end)
    assert Forest.of(spans).untimed.tolist() == [False, False, False, True, False]
    own = self_time(spans)
    assert math.isnan(own["c2"]) and own["web"] == 80
    gaps = hop_gaps(spans).set_index("span_id")
    assert gaps["client_ms"].isna().tolist() == [False, True] and gaps["gap_ms"].isna().tolist() == [False, True]
    edge = service_graph(spans).iloc[0]
    assert edge[["calls", "unanswered", "untimed", "client_p50_ms", "client_p95_ms"]].tolist() == [2, 0, 1, 20, 20]
    assert edge["rate_per_s"] == 20
    assert critical_path(spans)["duration_ms"].sum() == 100
    assert "c2" not in critical_path(spans)["span_id"].tolist()
    assert repeated_children(spans, at_least=2)["total_ms"].tolist() == [20]
    joined = join_traces(pd.DataFrame({"trace_id": "t", "span_id": ["c1", "c2"], "service": "frontend"}), spans)
    assert joined["span_ms"].isna().tolist() == [False, True] and joined["root_ms"].tolist() == [100, 100]
    assert reports(spans)["span_id"].tolist() == ["c2"], "its child is not called late"
    assert retime(spans, "c1", 10)["duration_ms"].isna().sum() == 1


WORDS = {NEVER: "unended", 39: "negative", 365 * 86_400_000 * 3: "impossible"}


@pytest.mark.parametrize("end", WORDS)
def test_each_kind_is_reported_by_name(end: int) -> None:
    assert reports(calls(end))["report"].tolist() == [WORDS[end]]


def test_a_server_without_a_duration_leaves_the_gap_unknown_and_is_still_an_answer() -> None:
    spans = calls(50)
    spans.loc[4, "end_ns"] = 0
    edge = service_graph(spans).iloc[0]
    assert edge[["calls", "unanswered", "untimed", "server_p50_ms"]].tolist() == [2, 0, 1, 16]
    assert hop_gaps(spans)["gap_ms"].isna().tolist() == [False, True]
    # Its clock can't be compared either.
    assert clock_offsets(spans, reference="frontend").set_index("host").loc["ads", "pairs"] == 1


def test_a_message_without_an_end_has_no_known_wait() -> None:
    link = [{"trace_id": "t", "span_id": "send"}]
    spans = pd.concat(
        [
            frame(("send", "", "shop", "PRODUCER", 0, NEVER)),
            frame(("take", "", "mail", "CONSUMER", 50, 60), trace_id="u").assign(links=[link]),
        ]
    )
    assert linked(spans)["gap_ms"].isna().all()
    edge = service_graph(spans).iloc[0]
    assert edge[["kind", "server_p50_ms", "unanswered", "untimed"]].tolist() == ["link", 10, 0, 1]
    assert math.isnan(edge["gap_p50_ms"])


def test_attempts_without_an_end_have_no_known_pause() -> None:
    spans = frame(
        ("web", "", "frontend", "SERVER", 0, 100),
        ("try", "web", "frontend", "CLIENT", 10, NEVER),
        ("again", "web", "frontend", "CLIENT", 40, 50),
    ).assign(status=["OK", "ERROR", "OK"])
    found = retries(spans)
    assert found["attempts"].tolist() == [2] and found[["backoff_ms", "total_ms"]].isna().all(axis=None)


def test_a_root_that_never_ended_is_the_longest() -> None:
    spans = frame(("web", "", "frontend", "SERVER", 0, NEVER), ("piece", "gone", "ads", "SERVER", 5, 10))
    assert critical_path(spans, roots="longest").empty and path_share(spans).empty
    whole = frame(("web", "", "frontend", "SERVER", 0, 20), ("piece", "gone", "ads", "SERVER", 5, NEVER))
    assert critical_path(whole, roots="longest")["span_id"].tolist() == ["web"]


def test_a_span_in_another_unit_does_not_stretch_the_time() -> None:
    spans = calls(50)
    spans.loc[3, ["start_ns", "end_ns"]] = [NOW // 1000, NOW // 1000 + 10_000]
    edge = service_graph(spans).iloc[0]
    assert edge[["calls", "untimed", "rate_per_s"]].tolist() == [2, 1, 20]


# --- ids that are shared ---------------------------------------------------------------------------------------------


def shared() -> pd.DataFrame:
    """As Zipkin's B3: the client span and the server span that it called have one id."""
    return frame(
        ("web", "", "frontend", "SERVER", 0, 100),
        ("call", "web", "frontend", "CLIENT", 10, 90),
        ("call", "web", "ads", "SERVER", 20, 80),
        ("query", "call", "ads", "CLIENT", 30, 60),
        ("log", "call", "frontend", "INTERNAL", 11, 13),
    )


@pytest.mark.parametrize("order", [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 3, 0, 4, 1]])
def test_a_server_that_shares_its_client_s_id_is_its_child(order: list[int]) -> None:
    spans = shared().iloc[order].reset_index(drop=True)
    forest = Forest.of(spans)
    above = {
        (spans["span_id"][row], spans["service"][row]): spans["service"][parent] if parent >= 0 else ""
        for row, parent in enumerate(forest.parent.tolist())
    }
    assert above == {
        ("web", "frontend"): "",
        ("call", "frontend"): "frontend",
        ("call", "ads"): "frontend",
        ("query", "ads"): "ads",
        ("log", "frontend"): "frontend",
    }
    assert not forest.duplicate.any() and forest.shared.sum() == 1
    shares = path_share(spans).set_index("owner")["critical_ms"].to_dict()
    assert shares == {"ads": 30, "ads → unknown": 30, "frontend": 22, "frontend → ads": 18}
    assert hop_gaps(spans).set_index("caller").loc["frontend", "gap_ms"] == 20
    assert service_graph(spans)["unanswered"].sum() == 1
    assert reports(spans)[["service", "report"]].values.tolist() == [["ads", "shared"]]
    assert set(tree(spans)["depth"]) == {0, 1, 2, 3}


def test_a_server_that_names_itself_is_below_the_client_with_its_id() -> None:
    spans = shared()
    spans.loc[2, "parent_span_id"] = "call"
    assert Forest.of(spans).parent.tolist() == [-1, 0, 1, 2, 1] and not Forest.of(spans).cyclic.any()


def test_a_second_server_with_the_id_repeats_it() -> None:
    spans = pd.concat([shared(), shared().iloc[[2]].assign(start_ns=NOW + 25 * MS)], ignore_index=True)
    forest = Forest.of(spans)
    assert forest.duplicate.tolist() == [False] * 5 + [True] and math.isnan(self_time(spans).iloc[-1])
    assert Forest.of(spans.drop(columns="kind")).duplicate.sum() == 2, "without a kind there is no telling"


def test_a_record_belongs_to_the_span_of_its_own_service() -> None:
    logs = pd.DataFrame({"trace_id": "t", "span_id": "call", "service": ["frontend", "ads", "proxy"]})
    assert join_traces(logs, shared())["span_ms"].tolist() == [80, 60, 60]


def test_retiming_an_id_that_is_shared_retimes_the_call() -> None:
    after = retime(shared(), "call", 30).set_index("span_id")
    assert after["duration_ms"].to_dict() == {"web": 50, "call": 30}
