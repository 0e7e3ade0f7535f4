"""What a check in a notebook replies: what you gave, what is wrong with it, the next step."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

import watchkeeper.check as checks
from watchkeeper.check.answers import AnswerType, Count, ListOf, MapOf, Number, Record, SetOf, SomeOf, Text
from watchkeeper.staff.author import key, reference
from watchkeeper.staff.author.marking import marked
from watchkeeper.staff.author.writing import given

MS = Number("ms", 0.1)
NAMES = SetOf(Text("a name"))
DIAGNOSIS = Record({"service": Text("a service", ("ads", "cart")), "evidence": SomeOf(Text("a span id"), at_least=2)})
RIGHT = {"service": "ads", "evidence": ["a", "b", "c"]}
MORE = 'For more help, run hint("q").'


def reply(folder: Path, kind: str, answer: AnswerType, right: Any, theirs: Any) -> tuple[str, ...]:
    """The lines of the reply to `theirs` where `right` is the right answer."""
    inputs = [given("your sheet", 3)] if kind == "compute" else []
    asked = marked("q", kind, answer, inputs, [], [], ["Look."], "Yes.")
    truths = reference.truths(asked, [answer.plain(right)], folder)
    keyed = key.answered(key.unanswered(asked.question, "00", "2026.1"), asked.question, truths)
    return checks._outcome(keyed, theirs).lines


@pytest.mark.parametrize(
    ("answer", "right", "theirs", "lines"),
    [
        (MS, 5, 7, ["Your answer is 7 ms.", f"That isn't right yet. {MORE}"]),
        (MS, 5, math.inf, ["inf can't be a measured value. Did you divide by zero?", MORE]),
        (MS, 5, None, ["It is None (is a `return` missing?); this asks for a number in ms.", MORE]),
        (Count("rows"), 5, "5", ['It is the text "5"; this asks for a whole number of rows.', MORE]),
        (DIAGNOSIS, RIGHT, RIGHT | {"service": "cart"}, ['"service" isn\'t right yet (you gave cart).', MORE]),
        (
            DIAGNOSIS,
            RIGHT,
            RIGHT | {"service": "eve"},
            ['In "service": "eve" is not one of: ads, cart.', MORE],
        ),
        (
            DIAGNOSIS,
            RIGHT,
            RIGHT | {"service": 3},
            ['In "service": it is the int 3; this asks for a service as text.', MORE],
        ),
        (
            DIAGNOSIS,
            RIGHT,
            RIGHT | {"evidence": ["a"]},
            ['"evidence" isn\'t right yet (you gave 1 item).', "The question asks for 2 or more.", MORE],
        ),
        (
            DIAGNOSIS,
            RIGHT,
            RIGHT | {"evidence": ["a", "b", "x"]},
            ['"evidence" isn\'t right yet (you gave 3 items).', "At least one of them is wrong.", MORE],
        ),
        (
            NAMES,
            ["a", "b"],
            ["a"],
            ["Your answer is 1 item.", "What you have is right, but something is missing.", MORE],
        ),
        (NAMES, ["a", "b"], [], ["Your answer is 0 items.", "It should not be empty here.", MORE]),
        (
            NAMES,
            ["a", "b"],
            ["a", "GET /{id}"],
            ["Your answer is 2 items.", "Not right yet: 1 of 2 entries. The first is get /{id}.", MORE],
        ),
        (
            MapOf("a span id", MS),
            {"a": 1, "b": 2},
            {"a": 1, "b": 3},
            ["Your answer is a dict with 2 entries.", "Not right yet: 1 of 2 entries. The first is b (3 ms).", MORE],
        ),
        (
            ListOf(MS),
            [1, 2],
            [2, 1],
            ["Your answer is [2.0, 1.0].", "Not right yet: 2 of 2 entries. The first is [0].", MORE],
        ),
    ],
)
def test_a_value(tmp_path, answer, right, theirs, lines):
    assert list(reply(tmp_path, "read", answer, right, theirs)) == lines


def leaves(_: int) -> Any:
    raise SystemExit


@pytest.mark.parametrize(
    ("function", "lines"),
    [
        (lambda number: number, ["On your sheet you return 3 ms.", f"That isn't right yet. {MORE}"]),
        (lambda number: None, ["On your sheet: it is None (is a `return` missing?); this asks for a number in", "ms."]),
        (
            lambda number: math.nan,
            ["On your sheet: nan can't be a measured value. Look for an empty selection, or", "0 / 0."],
        ),
        (leaves, ["On your sheet:", "Your function called exit(). Return the answer instead."]),
        (3, ["This asks for a function; you gave the int 3. Pass its name, without", "parentheses.", MORE]),
    ],
)
def test_a_function(tmp_path, function, lines):
    assert list(reply(tmp_path, "compute", MS, 5, function)) == lines
