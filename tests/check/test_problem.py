"""Problems as data: how much of a possibly forged record is believed, and what graded feedback says about it."""

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


def modules_outside_staff() -> list[str]:
    walked = pkgutil.walk_packages(watchkeeper.__path__, "watchkeeper.", onerror=lambda _: None)
    return [module.name for module in walked if not module.name.startswith("watchkeeper.staff")]


def test_feedback_names_each_of_our_errors():
    for name in modules_outside_staff():
        importlib.import_module(name)
    classes = [WatchkeeperError]
    for each in classes:
        classes += each.__subclasses__()
    names = {each.__name__ for each in classes if not each.__module__.startswith("watchkeeper.staff")}
    assert {"LogError", "TraceError", "OtlpError", "LatencyError", "FigureError", "SuspectError"} <= names
    for name in names:
        told = believed({"kind": RAISED, "error": name, "line": 4}, QUESTION)
        assert when_graded(told, ANSWER) == f"Your function stopped with {name} in line 4 of its cell."


@pytest.mark.parametrize("name", ["KeyError", "ZeroDivisionError", "IndexingError", "MergeError", "ExceptionGroup"])
def test_feedback_names_errors_of_python_and_pandas(name):
    told = believed({"kind": RAISED, "error": name}, QUESTION)
    assert when_graded(told, ANSWER) == f"Your function stopped with {name}."


@pytest.mark.parametrize(
    "error", ["", "print", "True", "KeyboardInterrupt", "My Error", SECRET, f"A{SECRET}", "x" * 10_000, "__doc__", "Ōm"]
)
def test_feedback_does_not_name_an_unknown_error(error):
    told = believed({"kind": RAISED, "error": error}, QUESTION)
    assert when_graded(told, ANSWER) == "Your function stopped with an error."


@pytest.mark.parametrize("line", [-1, 0, 1000, 65535, 10**400])
def test_feedback_leaves_out_a_line_number_that_no_cell_has(line):
    told = believed({"kind": RAISED, "error": "KeyError", "line": line}, QUESTION)
    assert when_graded(told, ANSWER) == "Your function stopped with KeyError."


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
def test_a_record_that_our_code_would_not_write_is_unreadable(forged):
    assert believed(forged, QUESTION) == Problem(UNREADABLE)
    assert SECRET not in when_graded(believed(forged, QUESTION), ANSWER)


@pytest.mark.parametrize("why", WHYS)
@pytest.mark.parametrize("part", ["", "service", "waits", SECRET])
def test_every_reason_is_a_sentence_without_a_word_of_the_submissions(why, part):
    told = believed({"kind": FORM, "why": why, "part": part, "error": SECRET}, QUESTION)
    for answer in (ANSWER, Count("rows"), Text("a name", ("a", "b")), SetOf(Text("a name", ("a", "b")))):
        said = when_graded(told, answer)
        assert SECRET not in said and said[-1] in ".?" and "{" not in said


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "It is None, not a dict with service, waits."),
        ({"service": "ads"}, 'The part "waits" is missing; this asks for a dict with service, waits.'),
        ({"service": "eve", "waits": 1}, 'In "service": it is not one of: ads, cart.'),
        ({"service": "ads", "waits": "1"}, 'In "waits": it is not a number in ms.'),
        ({"service": "ads", "waits": float("nan")}, 'In "waits": nan can\'t be a measured value.'),
        ({"service": "ads", "waits": float("-inf")}, 'In "waits": an infinite number can\'t be a measured value.'),
        ({"service": "ads", "waits": 1.7e18}, 'In "waits": it looks like a point in time'),
        ({"service": "ads", "waits": 1e20}, 'In "waits": it is out of range; this asks for a number in ms.'),
    ],
)
def test_feedback_says_why_a_value_cannot_be_an_answer(value, said):
    from watchkeeper.check.answers import AnswerProblem

    with pytest.raises(AnswerProblem) as refused:
        ANSWER.plain(value)
    record = Problem(FORM, why=refused.value.why, part=refused.value.part).record()
    assert when_graded(believed(record, QUESTION), ANSWER).startswith(said)


def test_feedback_names_the_function_that_is_switched_off():
    told = believed({"kind": YOURS, "name": "self_time"}, QUESTION)
    assert when_graded(told, ANSWER) == in_notebook(Given(problem=told))
    assert "self_time() is yours to write" in in_notebook(Given(problem=told))


@pytest.mark.parametrize("kind", sorted(problem.SENTENCES))
def test_each_kind_of_problem_is_believed_and_has_its_sentence(kind):
    assert when_graded(believed({"kind": kind, "error": SECRET}, QUESTION), ANSWER) == problem.SENTENCES[kind]
