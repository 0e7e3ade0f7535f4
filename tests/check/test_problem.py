"""Problems as data: what is believed of a record that may be forged, and what is told of it."""

from __future__ import annotations

import importlib
import pkgutil

import pytest

import watchkeeper
from watchkeeper.check import problem
from watchkeeper.check.answers import WHYS, Count, Number, Record, SetOf, Text
from watchkeeper.check.problem import (
    FORM,
    RAISED,
    UNREADABLE,
    YOURS,
    Given,
    Problem,
    believed,
    in_notebook,
    when_graded,
)
from watchkeeper.check.question import Question
from watchkeeper.errors import WatchkeeperError

ANSWER = Record({"service": Text("a service", ("ads", "cart")), "waits": Number("ms", 0.1)})
QUESTION = Question(
    "q", "compute", 1, ANSWER, ({"given": "x", "value": 1},), ("h",), "p", ("watchkeeper.traces.self_time",)
)
SECRET = "0123456789abcdef"


def learners_modules() -> list[str]:
    """Every module of the package outside staff/."""
    walked = pkgutil.walk_packages(watchkeeper.__path__, "watchkeeper.", onerror=lambda _: None)
    return [one.name for one in walked if not one.name.startswith("watchkeeper.staff")]


def test_every_error_of_ours_is_told_by_its_name():
    for name in learners_modules():
        importlib.import_module(name)
    found = [WatchkeeperError]
    for one in found:
        found += one.__subclasses__()
    names = {one.__name__ for one in found if not one.__module__.startswith("watchkeeper.staff")}
    assert {"LogError", "TraceError", "OtlpError", "LatencyError", "FigureError", "SuspectError"} <= names
    for name in names:
        told = believed({"kind": RAISED, "error": name, "line": 4}, QUESTION)
        assert when_graded(told, ANSWER) == f"It stopped with {name} in line 4 of its cell."


@pytest.mark.parametrize("name", ["KeyError", "ZeroDivisionError", "IndexingError", "MergeError", "ExceptionGroup"])
def test_errors_of_python_and_pandas_are_told_by_their_names(name):
    assert when_graded(believed({"kind": RAISED, "error": name}, QUESTION), ANSWER) == f"It stopped with {name}."


@pytest.mark.parametrize(
    "error", ["", "print", "True", "KeyboardInterrupt", "My Error", SECRET, f"A{SECRET}", "x" * 10_000, "__doc__", "Ōm"]
)
def test_an_error_that_we_do_not_know_is_an_error(error):
    assert when_graded(believed({"kind": RAISED, "error": error}, QUESTION), ANSWER) == "It stopped with an error."


@pytest.mark.parametrize("line", [-1, 0, 1000, 65535, 10**400])
def test_a_line_that_no_cell_has_is_not_told(line):
    told = believed({"kind": RAISED, "error": "KeyError", "line": line}, QUESTION)
    assert when_graded(told, ANSWER) == "It stopped with KeyError."


@pytest.mark.parametrize(
    "forged",
    [
        None,
        SECRET,
        [SECRET],
        {},
        {"kind": SECRET},
        {"kind": [SECRET]},
        {"kind": RAISED, "error": [SECRET]},
        {"kind": RAISED, "line": True},
        {"kind": RAISED, "line": 4.5},
        {"kind": RAISED, "words": SECRET},
        {"kind": FORM, "why": SECRET},
        {"kind": YOURS, "name": SECRET},
        {"kind": YOURS, "name": "critical_path"},
    ],
)
def test_a_record_that_we_would_not_write_is_unreadable(forged):
    assert believed(forged, QUESTION) == Problem(UNREADABLE)
    assert SECRET not in when_graded(believed(forged, QUESTION), ANSWER)


@pytest.mark.parametrize("why", WHYS)
@pytest.mark.parametrize("part", ["", "service", "waits", SECRET])
def test_every_form_is_a_sentence_without_a_word_of_theirs(why, part):
    told = believed({"kind": FORM, "why": why, "part": part, "error": SECRET}, QUESTION)
    for answer in (ANSWER, Count("rows"), Text("a name", ("a", "b")), SetOf(Text("a name", ("a", "b")))):
        said = when_graded(told, answer)
        assert SECRET not in said and said.endswith(".") and "{" not in said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "It is None, not a dict with service, waits."),
        ({"service": "ads"}, 'The part "waits" is missing; this asks for a dict with service, waits.'),
        ({"service": "eve", "waits": 1}, 'In "service": It is not one of: ads, cart.'),
        ({"service": "ads", "waits": "1"}, 'In "waits": It is not a number in ms.'),
        ({"service": "ads", "waits": float("nan")}, 'In "waits": It is nan'),
        ({"service": "ads", "waits": float("-inf")}, 'In "waits": An infinite number'),
        ({"service": "ads", "waits": 1.7e18}, 'In "waits": It is a point in time'),
        ({"service": "ads", "waits": 1e20}, 'In "waits": It is more than any lesson asks for.'),
    ],
)
def test_the_form_is_told_as_exactly_as_it_may_be(value, said):
    from watchkeeper.check.answers import AnswerProblem

    with pytest.raises(AnswerProblem) as refused:
        ANSWER.plain(value)
    record = Problem(FORM, why=refused.value.why, part=refused.value.part).record()
    assert when_graded(believed(record, QUESTION), ANSWER).startswith(said)


def test_a_function_of_the_exercise_is_named():
    told = believed({"kind": YOURS, "name": "self_time"}, QUESTION)
    assert when_graded(told, ANSWER) == in_notebook(Given(problem=told))
    assert "self_time() is yours to write" in in_notebook(Given(problem=told))


@pytest.mark.parametrize("kind", sorted(problem.SENTENCES))
def test_each_kind_is_believed_and_has_its_sentence(kind):
    assert when_graded(believed({"kind": kind, "error": SECRET}, QUESTION), ANSWER) == problem.SENTENCES[kind]
