"""Whatever a box sends, the grader can read, judge and store it, and only right answers earn points.

Each run of the tests tries a few hundred examples. For more: WATCHKEEPER_FUZZ=10000 python -m pytest <this file>
"""

from __future__ import annotations

import copy
import json
import os
import re
import socket
import struct
from contextlib import closing
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from watchkeeper.check import answers as types
from watchkeeper.check import key, problem
from watchkeeper.check.codec import from_plain, to_plain
from watchkeeper.check.outcome import Outcome
from watchkeeper.check.question import Known, Question
from watchkeeper.staff.author.sheet import Sheet, Truths
from watchkeeper.staff.errors import RunnerError
from watchkeeper.staff.grade import submission as unit
from watchkeeper.staff.grade.edition import Lesson
from watchkeeper.staff.grade.gradebook.autograded import text
from watchkeeper.staff.grade.result import GRADED, Result
from watchkeeper.staff.grade.sanitize.notebook import safe
from watchkeeper.staff.grade.verdict import cell as cells
from watchkeeper.staff.sandbox import runner
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.clock import Clock
from watchkeeper.staff.sandbox.wire import LATER, Broken

ROOT = Path(__file__).parent.parent.parent
LONG = settings(
    max_examples=int(os.environ.get("WATCHKEEPER_FUZZ", "300")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
QUESTIONS = [one for path in sorted(ROOT.glob("source/*/key.json")) for one in key.load(path.parent).values()]
CLOSED = b'{"closed": true}'
BUDGET = Budget(cell_seconds=5, notebook_seconds=20)

WORDS = st.sampled_from(
    [
        "",
        "a1",
        "frontend",
        "question",
        "results",
        "plain",
        "problem",
        "passed",
        "</pre><script>x</script>",
        "\ud800",
        "\0",
        "\x1b[31m",
        "NaN",
        "9" * 5000,
        "x" * 3000,
        "é\u2028",
        "stdout",
        "ZeroDivisionError",
        "blank",
        "raised",
        "1.0",
        "text/html",
        "application/json",
        "text/plain",
        "a/json",
        "<img src=x onerror=alert(1)>",
    ]
)
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 30), st.integers(), st.floats(), WORDS, st.text(max_size=9)
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, st.text(max_size=5)), inner, max_size=4)
    ),
    max_leaves=10,
)
TEXTS = st.one_of(WORDS, st.text(max_size=9))
OUTPUTS = st.one_of(
    st.fixed_dictionaries(
        {"output_type": st.just("stream"), "text": TEXTS, "name": st.sampled_from(["stdout", "stderr"])}
    ),
    st.fixed_dictionaries(
        {"output_type": st.just("error"), "ename": TEXTS, "evalue": TEXTS, "traceback": st.lists(TEXTS, max_size=2)}
    ),
    st.fixed_dictionaries(
        {
            "output_type": st.just("display_data"),
            "metadata": st.dictionaries(TEXTS, JUNK, max_size=2),
            "data": st.dictionaries(TEXTS, st.one_of(TEXTS, JUNK), max_size=3),
        }
    ),
    st.fixed_dictionaries(
        {
            "output_type": st.just("execute_result"),
            "metadata": st.just({}),
            "execution_count": LEAVES,
            "data": st.dictionaries(TEXTS, st.one_of(TEXTS, JUNK), max_size=3),
        }
    ),
    JUNK,
)
PROBLEMS = st.fixed_dictionaries(
    {"kind": st.one_of(st.sampled_from([*problem.SENTENCES, problem.FORM, problem.RAISED, problem.YOURS]), JUNK)},
    optional={
        "error": st.one_of(st.sampled_from(["KeyError", "LogError", "type"]), JUNK),
        "line": st.integers(),
        "name": JUNK,
        "why": st.one_of(st.sampled_from(sorted(problem.FORMS)), JUNK),
        "part": st.one_of(st.sampled_from(["service", "evidence"]), JUNK),
    },
)
NUMBERS = st.one_of(st.just(0), st.just(1), st.integers(-1, 3), LEAVES)


def values(kind: types.AnswerType) -> st.SearchStrategy[Any]:
    """Plain answers of a type that a reference could give."""
    match kind:
        case types.Count():
            return st.integers(0, 9)
        case types.Number():
            return st.floats(-1e6, 1e6).map(lambda number: round(number, 3))
        case types.Truth():
            return st.booleans()
        case types.Text():
            return st.sampled_from(kind.options or ("a1", "frontend", "gateway"))
        case types.SetOf():
            least = getattr(kind, "at_least", 0)
            return st.lists(values(kind.item), min_size=least, max_size=6, unique=True).map(sorted)
        case types.ListOf():
            return st.lists(values(kind.item), max_size=4)
        case types.MapOf():
            return st.dictionaries(st.sampled_from(["a1", "b2", "c3", "d4"]), values(kind.value), max_size=4)
        case types.Record():
            return st.fixed_dictionaries({name: values(one) for name, one in kind.parts.items()})
    raise AssertionError(kind)


def same(kind: types.AnswerType, theirs: Any, right: Any) -> bool:
    """Whether two plain answers are the same to a human reader. Written without atoms, to check the code with atoms."""
    match kind:
        case types.Count() | types.Number() | types.Truth() if isinstance(theirs, bool) != isinstance(right, bool):
            return False
        case types.Number():
            return isinstance(theirs, int | float) and abs(theirs - right) <= 2 * kind.within + 1e-6
        case types.Count() | types.Truth():
            return bool(theirs == right)
        case types.Text():
            return isinstance(theirs, str) and theirs.strip().lower().replace("->", "→") == right
        case types.SomeOf():
            found = [one for one in right if any(same(kind.item, mine, one) for mine in theirs)]
            known = all(any(same(kind.item, mine, one) for one in right) for mine in theirs)
            return known and len(found) >= kind.at_least
        case types.SetOf():
            return all(any(same(kind.item, mine, one) for one in right) for mine in theirs) and all(
                any(same(kind.item, mine, one) for mine in theirs) for one in right
            )
        case types.ListOf():
            return len(theirs) == len(right) and all(map(same, [kind.item] * len(right), theirs, right))
        case types.MapOf():
            return theirs.keys() == right.keys() and all(same(kind.value, theirs[name], right[name]) for name in right)
        case types.Record():
            return all(same(one, theirs[name], right[name]) for name, one in kind.parts.items())
    raise AssertionError(kind)


def mutated(draw: Any, value: Any) -> Any:
    """A plain answer with a random change at any depth, or none."""
    if draw(st.integers(0, 3)) == 0:
        return draw(st.one_of(JUNK, st.just(True), st.just(value)))
    if isinstance(value, dict) and value:
        name = draw(st.sampled_from(sorted(value)))
        changed = value | {name: mutated(draw, value[name])}
        if draw(st.integers(0, 4)) == 0:
            changed.pop(name)
        return changed
    if isinstance(value, list) and value:
        place = draw(st.integers(0, len(value) - 1))
        return [*value[:place], mutated(draw, value[place]), *value[place + draw(st.integers(0, 1)) :]]
    if isinstance(value, int | float):
        return value + draw(st.sampled_from([0, 1, -1, 0.001, 1e-9, 1e300, 10**400 if isinstance(value, int) else 1]))
    return f" {value}".upper() if isinstance(value, str) else value


@st.composite
def judged(draw) -> tuple[Lesson, list[Any]]:
    """A lesson with one question and made-up right answers, and results that may be right, nearly right or anything."""
    question = draw(st.sampled_from(QUESTIONS))
    number = draw(st.integers(1, 3)) if question.inputs else 1
    right = [draw(values(question.answer)) for _ in range(number)]
    wrong = {"mixed up": [draw(st.one_of(st.none(), values(question.answer))) for _ in right]}
    inputs = ({"paper": "your sheet"}, {"quantiles": [0.1, 0.9]}) if question.inputs else ()
    asked = Question(
        question.name,
        question.kind,
        3,
        question.answer,
        inputs,
        question.hints,
        question.passed,
        question.yours,
        (Known("mixed up", ("That is", "mixed up.")),),
    )
    results = [{"input": "", "plain": mutated(draw, copy.deepcopy(one))} for one in right]
    if draw(st.booleans()):
        results[draw(st.integers(0, number - 1))] = draw(
            st.one_of(
                JUNK,
                st.fixed_dictionaries({"problem": st.one_of(JUNK, PROBLEMS)}),
                st.fixed_dictionaries({"plain": JUNK}),
            )
        )
    release = {"cells": [code("check", question.name), code("own")], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    sheet = Sheet(
        {question.name: asked},
        {question.name: Truths(right, wrong, {})},
        {"check": [question.name]},
        {"check": 3.0},
    )
    return Lesson("lesson", release, sheet), results


def code(name: str, question: str = "") -> dict[str, Any]:
    marks = {
        "grade_id": name,
        "grade": True,
        "points": 3,
        "locked": True,
        "solution": False,
        "schema_version": 3,
        "task": False,
        "cell_type": "code",
    }
    return {
        "cell_type": "code",
        "id": name,
        "metadata": {"nbgrader": marks} if question else {},
        "source": f'check("{question}", x)' if question else "x = 1",
        "outputs": [],
        "execution_count": None,
    }


def graded(lesson: Lesson, ran: runner.Ran) -> Result:
    """The result of a run, after everything that the grader does with a result. Checks each step on the way."""
    notebook = unit.judged(lesson, copy.deepcopy(lesson.release), ran)
    result = Result("ada", "module", GRADED, notebooks=(notebook,))
    again = from_plain(Result, json.loads(json.dumps(to_plain(result), allow_nan=False)))
    assert again == result
    nbformat.validate(nbformat.from_dict(copy.deepcopy(notebook.notebook)))
    stored = text(safe(notebook.notebook))
    stored.encode()
    nbformat.validate(nbformat.reads(stored, as_version=4))
    for mark in notebook.marks:
        assert 0 <= mark.points <= mark.possible and 0 <= mark.share <= 1
        assert sum(map(len, mark.lines)) < 3000
        page = cells.shown(Outcome(mark.name, mark.word, mark.lines, share=mark.share), 3.0)["data"]["text/html"]
        assert len(page) < 10_000 and not re.search(r"<(?!/?(div|b|br|pre)\b)", page)
    return result


@LONG
@given(judged())
def test_only_the_right_answer_gets_full_marks(made):
    lesson, results = made
    (name,) = lesson.sheet.questions
    said = [[{"question": name, "results": results}], []]
    # The answer arrives as a frame, so it is limited to what JSON can hold.
    ran = listened([json.dumps({"cell": 0, "answer": said[0][0]}).encode()], cells=2)
    if not ran.answers[0]:
        return
    (mark,) = graded(lesson, ran).notebooks[0].marks
    if mark.share == 1:
        right = lesson.sheet.truths[name].right
        results = ran.answers[0][0]["results"]
        assert len(results) == len(right)
        answer = lesson.sheet.questions[name].answer
        assert all(same(answer, one["plain"], ours) for one, ours in zip(results, right, strict=True))


def test_the_right_answer_gets_full_marks():
    """Without this, the test above could pass because no answer ever gets full marks."""

    @LONG
    @given(judged())
    def full(made):
        lesson, _ = made
        (name,) = lesson.sheet.questions
        right = [{"plain": one} for one in lesson.sheet.truths[name].right]
        (mark,) = graded(lesson, runner.Ran([[], []], [[{"question": name, "results": right}], []])).notebooks[0].marks
        assert mark.points == 3.0

    full()


def listened(bodies: list[bytes], cells: int = 2, first: bytes = CLOSED, tail: bytes = b"") -> runner.Ran:
    """What the runner makes of a box that sends these frames and then the bytes `tail`."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall(b"".join(struct.pack("!I", len(one)) + one for one in [first, *bodies]) + tail)
        theirs.shutdown(socket.SHUT_WR)
        ran = runner.Ran([None] * cells, [[] for _ in range(cells)])
        with closing(runner._closed(ours, ran, BUDGET, boxed=True)) as clock:
            runner._listen(ours, ran, clock)
        return ran


@st.composite
def bodies(draw) -> bytes:
    """The body of a frame, which may be damaged."""
    message = draw(
        st.one_of(
            JUNK,
            st.fixed_dictionaries({"cell": NUMBERS, "outputs": st.one_of(JUNK, st.lists(OUTPUTS, max_size=4))}),
            st.fixed_dictionaries(
                {
                    "cell": NUMBERS,
                    "answer": st.one_of(
                        JUNK,
                        st.fixed_dictionaries(
                            {
                                "question": st.one_of(st.sampled_from([one.name for one in QUESTIONS]), JUNK),
                                "results": st.one_of(JUNK, st.just(LATER)),
                            }
                        ),
                    ),
                }
            ),
            st.just({"end": True}),
            st.just({"closed": True}),
            st.just({"failed": "x"}),
            st.just({"files": "x"}),
        )
    )
    body = json.dumps(message).encode()
    match draw(st.integers(0, 12)):
        case 0:
            return body[: draw(st.integers(0, len(body)))]
        case 1:
            return draw(st.binary(max_size=30))
        case 2:
            depth = draw(st.sampled_from([50, 51, 400, 900, 990, 3000, 20_000]))
            what = draw(st.sampled_from([b"answer", b"outputs"]))
            return b'{"cell": 0, "%s": %s%s}' % (what, b"[" * depth, b"]" * depth)
        case 3:
            return body[:-1] + b', "cell": 1, "cell": 0, "outputs": [NaN, -Infinity, 1e999, "\\ud800"]}'
        case 4:
            deep = b"[" * 48 + b"]" * 48
            shown = b'{"output_type": "display_data", "metadata": {}, "data": {"a/json": %s}}' % deep
            return b'{"cell": 1, "outputs": [%s]}' % shown
    return body


HEADS = st.sampled_from([b"", b"", b"\0", b"\xff\xff\xff\xff", b"\0\xf4\x24\x01x", b"\0\0\0\x09x"])


@LONG
@given(st.lists(bodies(), max_size=5), HEADS, st.one_of(st.just(CLOSED), st.just(CLOSED), bodies()), judged())
@example(
    [
        b'{"cell": 1, "outputs": [{"output_type": "execute_result", "execution_count": true, "data": {}, '
        b'"metadata": {}}]}'
    ],
    b"",
    CLOSED,
    None,
)
@example(
    [b'{"cell": 1, "outputs": [{"output_type": "execute_result", "execution_count": -4, "data": {}, "metadata": {}}]}'],
    b"",
    CLOSED,
    None,
)
def test_whatever_a_box_sends_there_is_a_result(said, tail, first, made):
    lesson = made[0] if made else LESSON
    try:
        ran = listened(said, first=first, tail=tail)
    except RunnerError:
        assert first != CLOSED, "only the first frame, which is the zygote's, may end a run"
        return
    assert len(ran.outputs) == len(ran.answers) == 2
    assert all(len(one) <= 20 for one in ran.answers)
    runner._insert(ran, dict.fromkeys(lesson.sheet.questions))
    (mark,) = graded(lesson, ran).notebooks[0].marks
    assert mark.points < 3.0


QUESTION = next(one for one in QUESTIONS if isinstance(one.answer, types.Text))
LESSON = Lesson(
    "lesson",
    {"cells": [code("check", QUESTION.name), code("own")], "metadata": {}, "nbformat": 4, "nbformat_minor": 5},
    Sheet(
        {QUESTION.name: Question(QUESTION.name, "read", 3, QUESTION.answer, (), ("Look.",), "Yes.")},
        {QUESTION.name: Truths(["a1"], {}, {})},
        {"check": [QUESTION.name]},
        {"check": 3.0},
    ),
)


@LONG
@given(st.lists(bodies(), max_size=2), HEADS)
def test_whatever_a_function_sends_there_is_a_result(said, tail):
    ours, theirs = socket.socketpair()
    inputs = runner.Inputs(QUESTION.name, b"")
    with ours, theirs:
        theirs.sendall(b"".join(struct.pack("!I", len(one)) + one for one in said) + tail)
        theirs.shutdown(socket.SHUT_WR)
        try:
            found = runner._asked(inputs, ours, Clock(BUDGET, ours, 0, 0, list))
        except Broken:
            found = None
    inputs.close()
    ran = runner.Ran([[], []], [[{"question": QUESTION.name, "results": LATER}], []])
    runner._insert(ran, {QUESTION.name: found})
    (mark,) = graded(LESSON, ran).notebooks[0].marks
    assert mark.points < 3.0


@pytest.mark.parametrize("length", [16_000_001, 2**31, 2**32 - 1])
def test_a_frame_that_claims_to_be_huge_is_not_read(length):
    assert "more at once" in listened([], tail=struct.pack("!I", length)).stopped
