"""One check cell of a graded run: the answers it handed out become a verdict, and the verdict an output."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from watchkeeper.check.outcome import Outcome
from watchkeeper.staff.grade.verdict.answer import Verdict, judge, no_answer

if TYPE_CHECKING:
    from watchkeeper.staff.author.truths import Sheet
    from watchkeeper.staff.grade.edition import Lesson


def verdict(sheet: Sheet | Lesson, name: str, outputs: Sequence[Any], answers: Sequence[Any]) -> Verdict:
    """The verdict on one check cell. The questions it answered must be those that the reference's cell answers.

    `outputs` are the cell's outputs in nbformat's terms, `answers` the payloads it handed out, in order.
    """
    asked = [one.get("question") if isinstance(one, dict) else None for one in answers]
    if asked != sheet.expected[name]:
        return no_answer(_stopped(outputs) or "The cell did not give exactly the answer it asks for.")
    verdicts = [
        judge(sheet.questions[question], answer.get("results"), sheet.truths[question])
        for question, answer in zip(asked, answers, strict=True)
    ]
    return min(verdicts, key=lambda one: one.share)


def points(verdict: Verdict, possible: float) -> float:
    """The verdict's points, never below 0 nor above what is possible."""
    return min(max(round(possible * verdict.share, 2), 0.0), possible)


def shown(name: str, verdict: Verdict, possible: float) -> dict[str, Any]:
    """A cell output (nbformat, plain data) that is points to nbgrader and a message to the apprentice."""
    outcome = Outcome(name, verdict.word, verdict.lines)
    data = {"text/plain": f"{points(verdict, possible)}", "text/html": outcome.html}
    return {"output_type": "execute_result", "execution_count": None, "data": data, "metadata": {}}


def _stopped(outputs: Sequence[Any]) -> str:
    for output in outputs:
        if output.get("output_type") == "error" and output.get("ename") != "NotJudged":
            return f"The cell stopped with {output.get('ename')}: {output.get('evalue')}"[:200]
    return ""


def not_reached(why: str) -> Verdict:
    """The verdict on a check that was not run, because the notebook stopped before it or was never there."""
    return no_answer(why)
