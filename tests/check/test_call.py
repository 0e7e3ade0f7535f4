"""Calling an apprentice's function: on copies, with errors as data, and with the library's answer switched off."""

import warnings
from pathlib import Path

import pytest

from watchkeeper import Recording, traces
from watchkeeper.check import call
from watchkeeper.check.answers import Count, ListOf, Text
from watchkeeper.check.inputs import paper
from watchkeeper.check.problem import BLANK, EXITED, INTERRUPTED, RAISED, YOURS, Given, Problem, in_notebook

ROOT = Path(__file__).parent.parent.parent
ROWS = [("a", "", "shop", "GET /", "SERVER", 0, 10), ("b", "a", "cart", "GET /", "SERVER", 2, 5)]
SPANS = Count("spans")


def once(function, yours=()):
    return call.once(function, "two spans", paper(ROWS), SPANS, yours)


def test_the_answer_is_plain_data():
    assert once(len) == Given("two spans", plain=2)


def test_a_function_that_changes_its_input_changes_only_a_copy():
    frame = paper(ROWS)
    frame.at[0, "attributes"]["http.route"] = "/"

    def spoil(spans):
        spans.attributes.iloc[0].clear()
        spans.drop(spans.index, inplace=True)
        return 2

    assert call.once(spoil, "", frame, SPANS, ()).plain == 2
    assert len(frame) == 2 and frame.attributes[0] == {"http.route": "/"}


@pytest.mark.parametrize(
    "fault, kind, says",
    [
        (ZeroDivisionError("division by zero"), RAISED, "ZeroDivisionError: division by zero"),
        (KeyboardInterrupt(), INTERRUPTED, "Check that every loop ends"),
        (SystemExit(), EXITED, "exit()"),
    ],
)
def test_an_error_becomes_a_problem_and_a_sentence(fault, kind, says):
    def broken(_):
        raise fault

    given = once(broken)
    assert given.problem.kind == kind and says in in_notebook(given)


def test_an_error_is_shown_with_the_apprentices_line_not_ours():
    namespace = {}
    exec(compile("def mine(spans):\n    return spans.no_such_column\n", "<cell>", "exec"), namespace)
    given = once(namespace["mine"])
    assert given.problem == Problem(RAISED, error="AttributeError", line=2)
    assert "line 2" in in_notebook(given) and "pandas" not in in_notebook(given)


def test_the_text_of_an_error_is_shown_in_the_notebook_and_never_handed_out():
    def tells(spans):
        raise ValueError(spans.span_id.tolist())

    given = once(tells)
    assert "['a', 'b']" in in_notebook(given)
    assert given.record() == {"input": "two spans", "problem": {"kind": "raised", "error": "ValueError"}}
    text = once(lambda spans: "a b c")
    assert '"a b c"' in in_notebook(text)
    assert text.record() == {"input": "two spans", "problem": {"kind": "form", "why": "type"}}


def test_after_an_interrupt_the_function_is_not_called_again():
    called = []

    def endless(spans):
        called.append(len(spans))
        raise KeyboardInterrupt

    inputs = iter([("one", paper(ROWS)), ("two", paper(ROWS))])
    assert len(list(call.on_each(endless, inputs, SPANS, ()))) == len(called) == 1


def test_a_function_with_a_blank_in_it_is_not_attempted():
    for blank in (lambda spans: ..., lambda spans: 1 + ..., lambda spans: (...).span_id):
        assert once(blank).problem == Problem(BLANK)
    assert "no attribute" in in_notebook(once(lambda spans: spans.no_such_column))


def test_a_warning_is_ignored(capfd):
    def warns(spans):
        warnings.warn("deprecated", stacklevel=1)
        return 2

    assert once(warns).plain == 2
    assert capfd.readouterr().err == ""


def test_the_library_function_is_switched_off_under_any_name_and_then_restored():
    namespace = {"mine": traces.self_time, "traces": traces}
    exec(
        "def by_name(spans): return mine(spans)\ndef by_module(spans): return traces.self_time(spans)\n"
        "def by_default(spans, f=mine): return f(spans)\ndef by_keyword(spans, *, f=mine): return f(spans)\n"
        "def by_helper(spans): return by_default(spans)\n"
        "held = [mine]\ndef by_list(spans): return held[0](spans)",
        namespace,
    )
    original = traces.self_time
    for name in ("by_name", "by_module", "by_default", "by_keyword", "by_helper", "by_list"):
        given = once(namespace[name], yours=("watchkeeper.traces.self_time",))
        assert given.problem == Problem(YOURS, name="self_time") and "yours to write" in in_notebook(given)
    assert traces.self_time is original
    assert len(namespace["by_default"](paper(ROWS))) == len(traces.self_time(spans=paper(ROWS))) == 2


def test_exit_ends_only_the_call():
    namespace = {"exit": lambda: pytest.fail("this would stop the kernel")}
    exec("def leaves(spans):\n    exit()", namespace)
    assert once(namespace["leaves"]).problem == Problem(EXITED)


def test_a_table_on_paper_has_the_columns_of_a_recording():
    spans = Recording.open("monday-morning", ROOT / "datasets").spans
    drawn = paper([("a", "", "frontend", "GET /", "SERVER", 0, 9), ("b", "a", "cart", "GET /carts", "SERVER", 1, 2)])
    assert list(drawn.columns) == list(spans.columns)
    assert [str(dtype) for dtype in drawn.dtypes] == [str(dtype) for dtype in spans.dtypes]
    assert drawn["flags"].tolist() == [256, 768]


def test_an_error_in_a_generator_becomes_a_problem():
    def services(spans):
        yield spans.service.nothing

    given = call.once(services, "", paper(ROWS), ListOf(Text("a service")), ())
    assert given.problem.kind == RAISED and in_notebook(given).startswith("AttributeError")


def test_a_generator_that_is_interrupted_ends_the_call():
    def endless(spans):
        yield "cart"
        raise KeyboardInterrupt

    assert call.once(endless, "", paper(ROWS), ListOf(Text("a service")), ()).problem == Problem(INTERRUPTED)
