"""Self time, retiming and drag: on paper, against the literal definitions, and their invariants."""

import math

import pandas as pd
import pytest
import trace_oracle
from hypothesis import assume, given
from hypothesis import strategies as st
from trace_strategies import frame, spans_of, traces

from watchkeeper.errors import TraceError
from watchkeeper.traces import critical_path, drag, retime, self_time

MS = 1_000_000
ROOT_0_100 = [("root", "", 0, 100), ("long", "root", 0, 60), ("s1", "root", 0, 45), ("s2", "root", 46, 95)]


def ms(series: pd.Series) -> dict:
    return {name: round(value, 6) for name, value in series.items()}


def ends(spans: pd.DataFrame) -> dict:
    return dict(zip(spans["span_id"], spans["end_ns"], strict=True))


# Self time


def test_self_time_counts_what_runs_at_the_same_time_once() -> None:
    spans = spans_of(("r", "", 0, 100), ("a", "r", 10, 40), ("b", "r", 20, 50), ("late", "r", 90, 130))
    assert ms(self_time(spans)) == {"r": 50, "a": 30, "b": 30, "late": 40}


def test_self_time_ignores_children_that_are_wholly_outside() -> None:
    spans = spans_of(("r", "", 50, 100), ("early", "r", 0, 20), ("late", "r", 120, 130))
    assert self_time(spans)["r"] == 50


@given(traces())
def test_self_time_is_the_definition(rows: list[dict]) -> None:
    own = dict(zip((row["span_id"] for row in rows), self_time(frame(rows)) * MS, strict=True))
    backward = {row["span_id"] for row in rows if row["end_ns"] < row["start_ns"]}
    assert {name for name, time in own.items() if math.isnan(time)} == backward
    for node in trace_oracle.everybody(trace_oracle.roots(rows)):
        assert node.id in backward or round(own[node.id]) == trace_oracle.self_ticks(node)


@given(traces())
def test_self_time_is_between_nothing_and_the_duration(rows: list[dict]) -> None:
    spans = frame(rows)
    own = self_time(spans).fillna(0).to_numpy()
    assert (own >= 0).all()
    assert (own <= spans["duration_ms"].clip(lower=0).to_numpy()).all()


# Retiming


def test_the_next_branch_takes_over() -> None:
    spans = spans_of(*ROOT_0_100)
    assert {name: end // MS for name, end in ends(retime(spans, "s1", 20)).items()} == {
        "root": 75,
        "long": 60,
        "s1": 20,
        "s2": 70,
    }
    # Without s2 the root ends where `long` makes it end, with its tail of 5 ms.
    assert ends(retime(spans, "s2", 0))["root"] == 65 * MS


def test_one_that_waits_for_two_waits_for_the_slower() -> None:
    rows = [("r", "", 0, 100), ("a", "r", 0, 40), ("b", "r", 0, 30), ("c", "r", 50, 100)]
    assert ends(retime(spans_of(*rows), "a", 0))["r"] == 90 * MS
    assert ends(retime(spans_of(*rows), "b", 60))["r"] == 120 * MS


def test_descendants_move_along_and_the_subtree_goes() -> None:
    rows = [("r", "", 0, 100), ("a", "r", 0, 40), ("in_a", "a", 10, 20), ("b", "r", 40, 90), ("in_b", "b", 50, 60)]
    after = retime(spans_of(*rows), "a", 10).set_index("span_id")
    assert (after["start_ns"] // MS).to_dict() == {"r": 0, "a": 0, "b": 10, "in_b": 20}
    assert after.loc["r", "duration_ms"] == 70


def test_it_goes_up_to_the_root_with_lead_in_and_tail_kept() -> None:
    rows = [("r", "", 0, 100), ("client", "r", 5, 90), ("server", "client", 8, 85), ("db", "server", 10, 80)]
    after = retime(spans_of(*rows), "db", 20)
    assert {name: end // MS for name, end in ends(after).items()} == {"r": 50, "client": 40, "server": 35, "db": 30}


def test_what_ran_after_the_parent_had_ended_saves_nothing() -> None:
    spans = spans_of(("client", "", 0, 10), ("server", "client", 1, 12))
    assert ends(retime(spans, "server", 9)) == {"client": 10 * MS, "server": 10 * MS}
    assert ends(retime(spans, "server", 8)) == {"client": 9 * MS, "server": 9 * MS}


def test_other_traces_stay_as_they_are() -> None:
    spans = pd.concat([spans_of(*ROOT_0_100), spans_of(("x", "", 0, 7)).assign(trace_id="u")], ignore_index=True)
    assert ends(retime(spans, "s1", 20))["x"] == 7 * MS


@pytest.mark.parametrize(
    ("span_id", "duration", "sentence"),
    [
        ("unknown", 1, 'no span has the id "unknown"'),
        ("s1", -1, "0 or more"),
        ("s1", float("nan"), "0 or more"),
        ("s1", "ten", "0 or more"),
        ("twin", 1, "in 2 traces"),
    ],
)
def test_a_question_that_cannot_be_answered_gets_a_sentence(span_id: str, duration: float, sentence: str) -> None:
    twins = spans_of(("twin", "", 0, 7))
    spans = pd.concat([spans_of(*ROOT_0_100), twins.assign(trace_id="u"), twins.assign(trace_id="v")])
    with pytest.raises(TraceError, match=sentence):
        retime(spans, span_id, duration)


@given(traces(), st.data(), st.integers(0, 40))
def test_retiming_is_the_definition(rows: list[dict], data: st.DataObject, length: int) -> None:
    tops = trace_oracle.roots(rows)
    assume(tops)
    target = data.draw(st.sampled_from(trace_oracle.everybody(tops))).id
    after = ends(retime(frame(rows), target, length / MS))
    for top in tops:
        new_end = trace_oracle.ends_when(top, target, length)
        assert after[top.id] == (top.start + length if top.id == target else new_end)


@given(traces(), st.data())
def test_the_own_duration_is_the_identity(rows: list[dict], data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(rows))
    own = max(row["end_ns"] - row["start_ns"], 0)
    after = retime(frame(rows), row["span_id"], own / MS).set_index("span_id")
    before = frame(rows).set_index("span_id").loc[after.index]
    assert (after["start_ns"] == before["start_ns"]).all()
    assert (after["end_ns"] == before[["start_ns", "end_ns"]].max(axis=1)).all()


@given(traces(), st.data())
def test_nothing_moves_later_when_a_span_shrinks(rows: list[dict], data: st.DataObject) -> None:
    row = data.draw(st.sampled_from(rows))
    shorter = data.draw(st.integers(0, max(row["end_ns"] - row["start_ns"], 0)))
    after = retime(frame(rows), row["span_id"], shorter / MS).set_index("span_id")
    before = frame(rows).set_index("span_id").loc[after.index]
    assert (after["start_ns"] <= before["start_ns"]).all()
    assert (after["end_ns"] <= before[["start_ns", "end_ns"]].max(axis=1)).all()


@given(traces(), st.data(), st.integers(0, 40), st.randoms(use_true_random=False))
def test_retiming_does_not_depend_on_the_order(rows: list[dict], data: st.DataObject, length: int, random) -> None:
    target = data.draw(st.sampled_from(rows))["span_id"]
    shuffled = random.sample(rows, len(rows))
    one, other = (retime(frame(some), target, length / MS) for some in (rows, shuffled))
    pd.testing.assert_frame_equal(
        one.sort_values("span_id", ignore_index=True), other.sort_values("span_id", ignore_index=True)
    )


# Drag


def test_drag_is_what_one_would_save() -> None:
    assert ms(drag(spans_of(*ROOT_0_100))) == {"root": 100, "long": 0, "s1": 35, "s2": 35}


@given(traces())
def test_drag_is_the_root_before_and_after_retiming_to_nothing(rows: list[dict]) -> None:
    spans = frame(rows)
    held = dict(zip(spans["span_id"], drag(spans) * MS, strict=True))
    for top in trace_oracle.roots(rows):
        for node in trace_oracle.everybody([top]):
            after = ends(retime(spans, node.id, 0))[top.id]
            assert round(held[node.id]) == top.end - after


@given(traces(most=25, least=10))
def test_drag_is_between_nothing_and_the_duration(rows: list[dict]) -> None:
    spans = frame(rows)
    held = drag(spans).to_numpy()
    assert (held >= 0).all()
    assert (held <= spans["duration_ms"].clip(lower=0).to_numpy()).all()


@given(traces())
def test_off_the_path_there_is_no_drag(rows: list[dict]) -> None:
    spans = frame(rows)
    parents = dict(zip(spans["span_id"], spans["parent_span_id"], strict=True))
    walked = set()
    for span in critical_path(spans)["span_id"]:
        while span in parents and span not in walked:
            walked.add(span)
            span = parents[span]
    held = ms(drag(spans))
    assert all(held[span] == 0 for span in parents if span not in walked)
