"""What the judge says about one function's answers: where it went wrong, and no more than an apprentice may know."""

import pytest

from watchkeeper.check.answers import Count
from watchkeeper.staff.author.marking import marked
from watchkeeper.staff.author.sheet import Truths
from watchkeeper.staff.author.writing import durations, given, on_paper, pick, table
from watchkeeper.staff.grade.verdict import answer as verdict

INPUTS = [
    on_paper("a page of two calls", [("a", "", "shop", "GET /", "SERVER", 0, 10)]),
    given("five durations", [1, 2, 3, 4, 5]),
    table("an empty table", ["duration_ms"], []),
    pick("monday-morning", "GET /", [0.5, 0.9]),
    durations("monday-morning", route="GET /"),
]
SAID = ["a page of two calls", "five durations", "an empty table", *["data you have not seen"] * 3]


@pytest.mark.parametrize("position", range(len(SAID)))
def test_an_input_on_paper_is_named_and_a_recording_is_not(position: int) -> None:
    asked = marked("how-many", "compute", Count("calls"), INPUTS, [], [], ["Count them."], "Now you can count.")
    answers = [0] * position + [1] + [0] * (len(SAID) - position - 1)
    found = verdict.judge(asked.question, [{"plain": one} for one in answers], Truths([0] * len(SAID), {}, {}))
    assert found.share == 0 and found.lines[0] == f"On {SAID[position]} your answer isn't right yet."
