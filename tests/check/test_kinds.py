"""Kinds of questions: no code outside their folder asks for a kind by name, and a new kind needs only its own file."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import watchkeeper.check as checks
from watchkeeper.check import key as keys
from watchkeeper.check.answers import Count
from watchkeeper.check.handout import MIME
from watchkeeper.check.kinds import KINDS, Kind
from watchkeeper.check.kinds.literal import Literal
from watchkeeper.check.outcome import NotJudged
from watchkeeper.check.problem import Given, Problem
from watchkeeper.staff.author import key, reference
from watchkeeper.staff.author.marking import Wrong, marked
from watchkeeper.staff.author.source import compact
from watchkeeper.staff.grade.verdict.answer import judge

SRC = Path(__file__).parents[2] / "src" / "watchkeeper"
NAMES = "|".join(KINDS)
ASKS = re.compile(rf"""\bkind\s*(?:[!=]=|(?:not\s+)?in)\s*[("'{{]*(?:{NAMES})\b""")
SAYS = re.compile(r"""(?:[!=]=|\bin)\s*[\[({]?["']not attempted""")


def test_nothing_outside_the_folder_asks_for_a_kind_by_name():
    assert ASKS.search('if question.kind == "compute":') and ASKS.search('if kind not in ("read", "predict"):')
    for path in SRC.rglob("*.py"):
        if path.parent.name != "kinds" or path.name == "kind.py":
            text = path.read_text(encoding="utf-8")
            assert not ASKS.search(text), path
            assert not re.search(r"""["'](?:compute|diagnose|predict)["']""", text), path


def test_no_outcome_is_compared_as_a_text():
    assert SAYS.search('if result.problem == "not attempted":')
    assert not [path for path in SRC.rglob("*.py") if SAYS.search(path.read_text(encoding="utf-8"))]


class Said(Literal):
    """A toy: the answer is a text, and its length is compared. A text without a vowel can't be an answer."""

    def collect(self, question: Any, answer: Any, datasets: Any = None) -> Any:
        if not re.search("[aeiou]", str(answer)):
            yield Given(problem=Problem("unreadable"))
            return
        yield from super().collect(question, len(answer), datasets)


@pytest.fixture
def toy(monkeypatch):
    monkeypatch.setitem(KINDS, "say", Said())


def test_a_new_kind_works_from_the_question_to_the_mark(toy, tmp_path, monkeypatch):
    """The marking, key.json, the check in a notebook, the graded run and the judge know of it only by the registry."""

    def one_short():
        return 4

    asked = marked(
        "greet",
        "say",
        Count("letters"),
        [],
        [Wrong(one_short, ("You left one out.", "Count."))],
        [],
        ["Say it."],
        "Hi.",
    )
    truths = reference.truths(asked, [5], tmp_path)
    keyed = key.answered(key.unanswered(asked.question, "00", "2026.1"), asked.question, truths)
    (tmp_path / "key.json").write_text(compact(keys.packed("00", "2026.1", {}, [keyed])))
    monkeypatch.chdir(tmp_path)
    assert keys.find("greet") == keyed

    replies = {answer: checks._outcome(keys.find("greet"), answer) for answer in ("hello", "hell", "hm", "hi there")}
    assert [reply.word for reply in replies.values()] == ["passed", "not yet", "not yet", "not yet"]
    assert replies["hell"].lines[-2:] == ("You left one out.", "Count.")

    shown: list[Any] = []
    monkeypatch.setattr("IPython.display.publish_display_data", shown.append)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    for answer in replies:
        with pytest.raises(NotJudged):
            checks.check("greet", answer)
    outcomes = [judge(asked.question, payload[MIME]["results"], truths) for payload in shown]
    assert [(outcome.share, outcome.word) for outcome in outcomes] == [
        (1.0, "passed"),
        (0.0, "not yet"),
        (0.0, "not yet"),
        (0.0, "not yet"),
    ]
    assert outcomes[1].misconception == "one_short" and outcomes[2].lines == ("The grader could not read the answer.",)


def test_a_file_in_the_folder_registers_itself():
    files = {path.stem for path in (SRC / "check" / "kinds").glob("*.py")} - {"__init__", "kind"}
    assert files == {type(kind).__module__.rpartition(".")[2] for kind in KINDS.values()}
    assert all(isinstance(kind, Kind) for kind in KINDS.values())


def test_a_diagnosis_of_the_right_service_is_worth_half():
    from watchkeeper.check.answers import Record, Text
    from watchkeeper.staff.author.sheet import Truths

    answer = Record({"service": Text("a service"), "mechanism": Text("a mechanism")})
    right = {"service": "ads", "mechanism": "slow"}
    for kind, shares in (("diagnose", [1.0, 0.5, 0.0, 0.0]), ("predict", [1.0, 0.0, 0.0, 0.0])):
        asked = marked("why", kind, answer, [], [], [], ["Look."], "Yes.").question
        given = [
            right,
            right | {"mechanism": "gone"},
            right | {"service": "cart"},
            {"service": "cart", "mechanism": "x"},
        ]
        assert [judge(asked, [{"plain": plain}], Truths([right], {}, {})).share for plain in given] == shares
    alone = marked("who", "diagnose", Text("a service"), [], [], [], ["Look."], "Yes.").question
    assert judge(alone, [{"plain": "cart"}], Truths(["ads"], {}, {})).share == 0.0


@pytest.mark.parametrize(
    "results", [None, "x", {}, [], [None], [1], [{"plain": 1}, {"plain": 1}], [{}], [{"problem": 3}]]
)
def test_a_forged_result_earns_nothing(results):
    from watchkeeper.staff.author.sheet import Truths

    asked = marked("n", "read", Count("rows"), [], [], [], ["Look."], "Yes.").question
    outcome = judge(asked, results, Truths([1], {}, {}))
    assert outcome.share == 0.0 and outcome.word in ("not yet", "your code stopped") and outcome.lines
