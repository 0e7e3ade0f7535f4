"""Answer types: which values they accept, which ones they refuse and why, and when two answers are the same."""

import json
import math

import numpy as np
import pandas as pd
import pytest

from watchkeeper.check.answers import (
    AnswerProblem,
    AnswerType,
    Count,
    ListOf,
    MapOf,
    Number,
    Record,
    SetOf,
    SomeOf,
    Text,
    Truth,
    is_blank,
)
from watchkeeper.check.codec import from_plain, to_plain
from watchkeeper.check.compare import agrees, differing, is_known

MS = Number("ms", within=0.1)
DIAGNOSIS = Record({"service": Text("a service", ("ads", "cart")), "evidence": SomeOf(Text("a span id"), at_least=2)})
EVERY = [
    MS,
    Count("spans"),
    Truth(),
    Text("a name", ("a", "b")),
    SetOf(Text("id")),
    SomeOf(Text("id"), at_least=2),
    ListOf(MS),
    MapOf("span id", MS),
    DIAGNOSIS,
]


@pytest.mark.parametrize("kind", EVERY, ids=lambda kind: type(kind).__name__)
def test_a_type_survives_json(kind):
    assert from_plain(AnswerType, json.loads(json.dumps(to_plain(kind)))) == kind


@pytest.mark.parametrize("value", [3, 3.0, np.float32(3), np.int64(3), pd.Series([3.0]), np.array([3])])
def test_a_number_of_any_type_is_accepted(value):
    assert MS.plain(value) == 3.0


@pytest.mark.parametrize(
    "value", [True, "3", None, math.nan, math.inf, 10**400, [3], pd.Series([1.0, 2.0]), object(), 1j, np.array([])]
)
def test_a_value_that_is_not_a_number_is_refused_with_a_reason(value):
    with pytest.raises(AnswerProblem) as refused:
        MS.plain(value)
    assert len(str(refused.value)) > 20


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (1795444784127744559, "looks like a point in time (nanoseconds since 1970)"),
        (math.nan, "nan can't be a measured value. Look for an empty selection"),
        (np.float64("inf"), "inf can't be a measured value. Did you divide by zero?"),
        (-3e15, "-3e+15 is out of range"),
    ],
)
def test_a_number_that_cannot_be_measured_gets_its_own_reply(value, said):
    for kind in (MS, Count("rows"), MapOf("span id", MS)):
        with pytest.raises(AnswerProblem) as refused:
            kind.plain({"a": value} if isinstance(kind, MapOf) else value)
        assert said in str(refused.value)
        assert ("divide by zero" in str(refused.value)) == ("divide by zero" in said)


@pytest.mark.parametrize("value", ["7", 3.5, 1e20, None])
def test_a_count_asks_for_a_whole_number(value):
    with pytest.raises(AnswerProblem, match="this asks for a whole number of rows"):
        Count("rows").plain(value)


def test_an_object_that_equals_everything_is_not_an_answer():
    class Any:
        def __eq__(self, other):
            return True

        def __hash__(self):
            return 0

    for kind in EVERY:
        with pytest.raises(AnswerProblem):
            kind.plain(Any())


def test_numbers_agree_inside_the_tolerance_and_not_three_away():
    assert agrees(MS, 5.09, 5.0) and agrees(MS, 4.91, 5.0)
    assert not agrees(MS, 5.3, 5.0) and not agrees(MS, 4.7, 5.0)


def test_the_next_count_is_wrong_and_a_fraction_is_refused():
    assert not agrees(Count("spans"), 6, 7)
    with pytest.raises(AnswerProblem, match=r"3\.5"):
        Count("spans").plain(3.5)


def test_case_does_not_count_in_a_text_and_a_wrong_option_lists_the_right_ones():
    assert Text("x").plain("  Ads ") == "ads"
    with pytest.raises(AnswerProblem, match="ads, cart"):
        Text("a service", ("ads", "cart")).plain("advertisements")


def test_a_map_accepts_a_series_and_needs_every_key():
    kind = MapOf("span id", MS)
    right = kind.plain({"a": 1, "b": 2})
    assert agrees(kind, kind.plain(pd.Series({"b": 2.0, "a": 1.0})), right)
    assert not agrees(kind, {"a": 1.0}, right)
    assert not agrees(kind, {"a": 1.0, "b": 2.0, "c": 0.0}, right)


def test_order_counts_in_a_list_and_not_in_a_set():
    ids = SetOf(Text("id"))
    assert agrees(ids, ids.plain(["b", "a", "a"]), ids.plain({"a", "b"}))
    with pytest.raises(AnswerProblem, match="no order"):
        ListOf(Text("id")).plain({"a", "b"})


def test_making_a_plain_set_plain_again_changes_nothing():
    minutes = SetOf(Count("minutes"))
    assert minutes.plain([10, 9.0, 9]) == [9, 10] == minutes.plain(minutes.plain({9, 10}))


def test_evidence_is_some_of_what_the_reference_accepts_and_nothing_else():
    kind = SomeOf(Text("id"), at_least=2)
    accepted = ["a", "b", "c"]
    assert agrees(kind, ["a", "c"], accepted)
    assert not agrees(kind, ["a"], accepted)
    assert not agrees(kind, ["a", "b", "x"], accepted)


def test_a_known_wrong_answer_is_recognized_by_the_parts_it_gives():
    assert is_known(DIAGNOSIS, {"service": "cart", "evidence": ["x"]}, {"service": "cart"})
    assert not is_known(DIAGNOSIS, {"service": "ads", "evidence": ["x"]}, {"service": "cart"})
    assert is_known(DIAGNOSIS, {"service": "ads", "evidence": ["x"]}, {"evidence": ["x", "y"]})
    assert not is_known(DIAGNOSIS, {"service": "ads", "evidence": ["a"]}, {"evidence": ["x", "y"]})


def test_a_record_is_compared_part_by_part():
    right = {"service": "ads", "evidence": ["a", "b", "c"]}
    assert differing(DIAGNOSIS, {"service": "cart", "evidence": ["a", "b"]}, right) == ["service"]
    with pytest.raises(AnswerProblem, match='"evidence" is missing'):
        DIAGNOSIS.plain({"service": "ads"})


@pytest.mark.parametrize("kind", [SetOf(Text("id")), ListOf(Text("id"))])
def test_an_endless_iterable_is_refused(kind):
    with pytest.raises(AnswerProblem, match="more than"):
        kind.plain(str(number) for number in iter(int, 1))


@pytest.mark.parametrize("blank", [..., "", "  ", [...], {"service": ..., "evidence": [...]}])
def test_an_answer_that_was_not_filled_in_is_blank(blank):
    assert is_blank(blank)


@pytest.mark.parametrize("answer", [0, False, [], {}, "a", {"service": "ads", "evidence": [...]}])
def test_an_answer_that_was_filled_in_is_not_blank(answer):
    assert not is_blank(answer)
