"""The critical path: on paper, against the literal definition, and its invariants."""

import pandas as pd
import pytest
import trace_oracle
from hypothesis import given
from hypothesis import strategies as st
from trace_strategies import frame, spans_of, traces

from watchkeeper.errors import TraceError
from watchkeeper.traces import critical_path, path_signature

MS = 1_000_000


def segments(spans: pd.DataFrame) -> list[tuple]:
    path = critical_path(spans)
    return list(zip(path["span_id"], path["start_ns"], path["end_ns"], strict=True))


def in_ms(spans: pd.DataFrame) -> list[tuple]:
    return [(span, start // MS, end // MS) for span, start, end in segments(spans)]


ON_PAPER = {
    "a root alone": ([("r", "", 0, 9)], [("r", 0, 9)]),
    "one after the other": (
        [("r", "", 0, 100), ("a", "r", 10, 40), ("b", "r", 50, 90)],
        [("r", 0, 10), ("a", 10, 40), ("r", 40, 50), ("b", 50, 90), ("r", 90, 100)],
    ),
    "at the same time: the one that ends last": (
        [("r", "", 0, 100), ("a", "r", 10, 60), ("b", "r", 10, 90)],
        [("r", 0, 10), ("b", 10, 90), ("r", 90, 100)],
    ),
    "touching siblings are one after the other": (
        [("r", "", 0, 20), ("a", "r", 0, 10), ("b", "r", 10, 20)],
        [("a", 0, 10), ("b", 10, 20)],
    ),
    "the longest child hidden by a chain of shorter ones": (
        [("r", "", 0, 100), ("long", "r", 0, 60), ("s1", "r", 0, 45), ("s2", "r", 46, 95)],
        [("s1", 0, 45), ("r", 45, 46), ("s2", 46, 95), ("r", 95, 100)],
    ),
    "a child that outlives its parent is clipped": (
        [("r", "", 0, 50), ("a", "r", 20, 80)],
        [("r", 0, 20), ("a", 20, 50)],
    ),
    "a child that began before its parent is clipped": (
        [("r", "", 10, 50), ("a", "r", 0, 30)],
        [("a", 10, 30), ("r", 30, 50)],
    ),
    "a grandchild is clipped to its grandparent": (
        [("r", "", 0, 50), ("a", "r", 20, 80), ("g", "a", 40, 70)],
        [("r", 0, 20), ("a", 20, 40), ("g", 40, 50)],
    ),
    "a child that starts after its parent ended is off the path": (
        [("r", "", 0, 50), ("a", "r", 60, 80)],
        [("r", 0, 50)],
    ),
    "an instant splits nothing": ([("r", "", 0, 50), ("a", "r", 20, 20)], [("r", 0, 50)]),
    "of equals the first by id": (
        [("r", "", 0, 50), ("b", "r", 10, 40), ("a", "r", 10, 40)],
        [("r", 0, 10), ("a", 10, 40), ("r", 40, 50)],
    ),
    "of equal ends the earliest start": (
        [("r", "", 0, 50), ("a", "r", 20, 40), ("b", "r", 10, 40)],
        [("r", 0, 10), ("b", 10, 40), ("r", 40, 50)],
    ),
    "clipping makes equals, and the id decides": (
        [("r", "", 0, 50), ("b", "r", 10, 90), ("a", "r", 10, 60)],
        [("r", 0, 10), ("a", 10, 50)],
    ),
    "a missing parent makes a root with a path of its own": (
        [("r", "", 0, 50), ("o", "gone", 60, 70), ("c", "o", 60, 65)],
        [("r", 0, 50), ("c", 60, 65), ("o", 65, 70)],
    ),
    "a cycle and what hangs below it is on no path": (
        [("r", "", 0, 50), ("a", "b", 0, 20), ("b", "a", 0, 20), ("c", "a", 0, 10), ("me", "me", 0, 9)],
        [("r", 0, 50)],
    ),
}


@pytest.mark.parametrize("case", ON_PAPER)
def test_on_paper(case: str) -> None:
    rows, expected = ON_PAPER[case]
    assert in_ms(spans_of(*rows)) == expected


def test_a_consumer_under_a_producer_is_pruned_with_its_subtree() -> None:
    spans = spans_of(("r", "", 0, 90), ("p", "r", 10, 20), ("c", "p", 15, 80), ("g", "c", 15, 70))
    assert in_ms(spans.assign(kind=["SERVER", "PRODUCER", "CONSUMER", "INTERNAL"])) == [
        ("r", 0, 10),
        ("p", 10, 20),
        ("r", 20, 90),
    ]
    # Under anything else a consumer is a child like any other.
    assert ("g", 15, 20) in in_ms(spans.assign(kind=["SERVER", "INTERNAL", "CONSUMER", "INTERNAL"]))


def test_the_trace_s_path_is_the_longest_root_s() -> None:
    spans = spans_of(("short", "", 0, 5), ("long", "gone", 2, 50), ("equal", "gone", 2, 50))
    assert critical_path(spans, roots="longest")["span_id"].tolist() == ["equal"]
    assert critical_path(spans)["root_span_id"].tolist() == ["short", "equal", "long"]


def test_traces_are_apart_though_their_ids_repeat() -> None:
    one = spans_of(("r", "", 0, 50), ("a", "r", 10, 20))
    other = spans_of(("r", "", 0, 70), ("a", "r", 60, 70)).assign(trace_id="u", service="other")
    path = critical_path(pd.concat([other, one], ignore_index=True))
    assert path.groupby("trace_id")["duration_ms"].sum().to_dict() == {"t": 50, "u": 70}
    assert set(path.loc[path["trace_id"] == "u", "service"]) == {"other"}


def test_of_two_spans_with_one_id_the_earliest_counts() -> None:
    spans = spans_of(("r", "", 0, 50), ("a", "r", 10, 20), ("a", "r", 30, 40))
    assert in_ms(spans) == in_ms(spans[::-1]) == [("r", 0, 10), ("a", 10, 20), ("r", 20, 50)]


def test_of_two_with_one_id_at_one_time_the_order_of_rows_does_not_choose() -> None:
    spans = spans_of(("r", "", 0, 50), ("a", "r", 10, 20), ("a", "r", 10, 20)).assign(service=["web", "y", "x"])
    for ordered in (spans, spans[::-1]):
        assert critical_path(ordered)["service"].tolist() == ["web", "x", "web"]


def test_no_spans_have_no_path() -> None:
    assert critical_path(frame([])).empty


def test_a_missing_column_is_named() -> None:
    with pytest.raises(TraceError, match="no column parent_span_id"):
        critical_path(spans_of(("r", "", 0, 9)).drop(columns="parent_span_id"))


@pytest.mark.parametrize("time", [float("nan"), None, "noon", 0.5, float("inf"), 2**70])
def test_times_that_are_not_times_are_named(time: object) -> None:
    with pytest.raises(TraceError, match="end_ns must be whole nanoseconds"):
        critical_path(spans_of(("r", "", 0, 9)).assign(end_ns=[time]))


def test_signature_names_each_service_once() -> None:
    spans = spans_of(("r", "", 0, 50), ("a", "r", 10, 20), ("b", "r", 30, 40)).assign(service=["web", "db", "db"])
    assert path_signature(spans).to_dict() == {"t": "web > db"}


@given(traces())
def test_it_is_the_definition(rows: list[dict]) -> None:
    expected = [piece for top in trace_oracle.roots(rows) for piece in trace_oracle.walk(top)]
    assert sorted(segments(frame(rows))) == sorted(expected)


@given(traces())
def test_segments_are_contiguous_and_sum_to_the_root(rows: list[dict]) -> None:
    spans = frame(rows)
    ends = spans.set_index("span_id")
    for root, path in critical_path(spans).groupby("root_span_id"):
        assert path["start_ns"].iloc[0] == ends.loc[root, "start_ns"]
        assert path["end_ns"].iloc[-1] == ends.loc[root, "end_ns"]
        assert (path["end_ns"].iloc[:-1].to_numpy() == path["start_ns"].iloc[1:].to_numpy()).all()
        assert (path["start_ns"] < path["end_ns"]).all()


@given(traces(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(rows: list[dict], random) -> None:
    shuffled = random.sample(rows, len(rows))
    pd.testing.assert_frame_equal(critical_path(frame(rows)), critical_path(frame(shuffled)))


@given(traces(), st.integers(-10, 2**61))
def test_a_shift_of_all_times_does_not_matter(rows: list[dict], shift: int) -> None:
    moved = [row | {"start_ns": row["start_ns"] + shift, "end_ns": row["end_ns"] + shift} for row in rows]
    assert [(span, start + shift, end + shift) for span, start, end in segments(frame(rows))] == segments(frame(moved))


@given(traces(), traces())
def test_many_traces_at_once_are_each_by_itself(one: list[dict], other: list[dict]) -> None:
    apart = [critical_path(frame(rows).assign(trace_id=name)) for name, rows in (("t", one), ("u", other))]
    mixed = pd.concat([frame(one), frame(other).assign(trace_id="u")]).sort_values("start_ns", kind="stable")
    together = critical_path(mixed)
    for name, alone in zip(("t", "u"), apart, strict=True):
        of_one = together[together["trace_id"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(of_one, alone, check_dtype=False)


@given(traces())
def test_the_input_is_left_alone(rows: list[dict]) -> None:
    spans = frame(rows)
    before = spans.copy(deep=True)
    critical_path(spans)
    pd.testing.assert_frame_equal(spans, before)
