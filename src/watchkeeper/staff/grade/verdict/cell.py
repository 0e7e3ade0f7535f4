"""One check cell of a graded run: the answers it recorded become an outcome, and the outcome becomes an output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from watchkeeper.check.outcome import Outcome
from watchkeeper.staff.author.sheet import Sheet
from watchkeeper.staff.grade.verdict.answer import judge, no_answer

__all__ = ["no_answer", "points", "shown", "verdict"]


def verdict(sheet: Sheet, name: str, outputs: Sequence[Any], answers: Sequence[Any]) -> Outcome:
    """The outcome of one check cell. The questions it answered must be those that the reference's cell answers.

    `outputs` are the cell's outputs as in nbformat, `answers` the payloads that it recorded, in order.
    """
    asked = [one.get("question") if isinstance(one, dict) else None for one in answers]
    if asked != sheet.expected[name]:
        return no_answer(name, _stopped(outputs) or "The cell did not give exactly the answers that it asks for.")
    outcomes = [
        judge(sheet.questions[question], answer.get("results"), sheet.truths[question])
        for question, answer in zip(asked, answers, strict=True)
    ]
    return replace(min(outcomes, key=lambda one: one.share), question=name)


def points(outcome: Outcome, possible: float) -> float:
    """The outcome's points, never below 0 nor above what is possible."""
    return min(max(round(possible * outcome.share, 2), 0.0), possible)


def shown(outcome: Outcome, possible: float) -> dict[str, Any]:
    """A cell output (nbformat, plain data): nbgrader reads the points from it, and the apprentice a message."""
    data = {"text/plain": f"{points(outcome, possible)}", "text/html": outcome.html}
    return {"output_type": "execute_result", "execution_count": None, "data": data, "metadata": {}}


def _stopped(outputs: Sequence[Any]) -> str:
    for output in outputs:
        if output.get("output_type") == "error" and output.get("ename") != "NotJudged":
            return f"The cell stopped with {output.get('ename')}: {output.get('evalue')}"[:200]
    return ""
