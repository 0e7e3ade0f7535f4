"""Calling an apprentice's function: copies, faults as sentences, and the library's answer out of reach."""

import warnings
from pathlib import Path

import pytest

from watchkeeper import Recording, traces
from watchkeeper.check import call
from watchkeeper.check.answers import Count, ListOf, Text
from watchkeeper.check.inputs import paper
from watchkeeper.check.outcome import INTERRUPTED

ROOT = Path(__file__).parent.parent.parent
ROWS = [("a", "", "shop", "GET /", "SERVER", 0, 10), ("b", "a", "cart", "GET /", "SERVER", 2, 5)]
SPANS = Count("spans")


def once(function, yours=()):
    return call.once(function, "two spans", paper(ROWS), SPANS, yours)


def test_the_answer_comes_back_plain():
    assert once(len) == call.Result("two spans", plain=2)


def test_spoiling_the_input_is_harmless():
    frame = paper(ROWS)
    frame.at[0, "attributes"]["http.route"] = "/"

    def spoil(spans):
        spans.attributes.iloc[0].clear()
        spans.drop(spans.index, inplace=True)
        return 2

    assert call.once(spoil, "", frame, SPANS, ()).plain == 2
    assert len(frame) == 2 and frame.attributes[0] == {"http.route": "/"}


@pytest.mark.parametrize(
    "fault, says",
    [
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
        (KeyboardInterrupt(), "interrupted"),
        (SystemExit(), "exit()"),
    ],
)
def test_a_fault_is_a_sentence(fault, says):
    def broken(_):
        raise fault

    assert says in once(broken).stopped


def test_the_line_is_theirs_not_ours():
    space = {}
    exec(compile("def mine(spans):\n    return spans.no_such_column\n", "<cell>", "exec"), space)
    said = once(space["mine"]).stopped
    assert "line 2" in said and "pandas" not in said


def test_after_an_interrupt_nothing_more_is_called():
    called = []

    def endless(spans):
        called.append(len(spans))
        raise KeyboardInterrupt

    inputs = iter([("one", paper(ROWS)), ("two", paper(ROWS))])
    assert len(list(call.on_each(endless, inputs, SPANS, ()))) == len(called) == 1


def test_a_blank_that_is_left_is_not_attempted():
    assert once(lambda spans: ...).problem == "not attempted"
    assert once(lambda spans: 1 + ...).problem == "not attempted"
    assert once(lambda spans: (...).span_id).problem == "not attempted"
    assert "no attribute" in once(lambda spans: spans.no_such_column).stopped


def test_a_warning_is_no_fault(capfd):
    def warns(spans):
        warnings.warn("deprecated", stacklevel=1)
        return 2

    assert once(warns).plain == 2
    assert capfd.readouterr().err == ""


def test_the_library_function_is_out_of_reach_under_any_name_and_comes_back():
    space = {"mine": traces.self_time, "traces": traces}
    exec(
        "def by_name(spans): return mine(spans)\ndef by_module(spans): return traces.self_time(spans)\n"
        "def by_default(spans, f=mine): return f(spans)\ndef by_keyword(spans, *, f=mine): return f(spans)\n"
        "def by_helper(spans): return by_default(spans)\n"
        "held = [mine]\ndef by_list(spans): return held[0](spans)",
        space,
    )
    original = traces.self_time
    for name in ("by_name", "by_module", "by_default", "by_keyword", "by_helper", "by_list"):
        assert "yours to write" in once(space[name], yours=("watchkeeper.traces.self_time",)).stopped
    assert traces.self_time is original
    assert len(space["by_default"](paper(ROWS))) == len(traces.self_time(spans=paper(ROWS))) == 2


def test_exit_ends_the_call_only():
    space = {"exit": lambda: pytest.fail("the kernel would be gone")}
    exec("def leaves(spans):\n    exit()", space)
    assert "exit()" in once(space["leaves"]).stopped


def test_a_table_on_paper_has_the_columns_of_a_recording():
    spans = Recording.open("monday-morning", ROOT / "datasets").spans
    drawn = paper([("a", "", "frontend", "GET /", "SERVER", 0, 9), ("b", "a", "cart", "GET /carts", "SERVER", 1, 2)])
    assert list(drawn.columns) == list(spans.columns)
    assert [str(one) for one in drawn.dtypes] == [str(one) for one in spans.dtypes]
    assert drawn["flags"].tolist() == [256, 768]


def test_a_generator_that_stops_is_a_stated_fault():
    def services(spans):
        yield spans.service.nothing

    result = call.once(services, "", paper(ROWS), ListOf(Text("a service")), ())
    assert result.stopped.startswith("AttributeError") and not result.answered


def test_a_generator_that_is_interrupted_ends_the_call():
    def endless(spans):
        yield "cart"
        raise KeyboardInterrupt

    assert call.once(endless, "", paper(ROWS), ListOf(Text("a service")), ()).stopped == INTERRUPTED
