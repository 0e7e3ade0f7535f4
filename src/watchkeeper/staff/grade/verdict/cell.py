"""One check cell of a graded run: the answers it recorded become an outcome, and the outcome becomes an output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from watchkeeper.check.outcome import NOT_ATTEMPTED, Outcome
from watchkeeper.staff.author.sheet import Sheet
from watchkeeper.staff.grade.verdict.answer import judge, no_answer

__all__ = ["no_answer", "points", "shown", "verdict"]


class Said:
    """Hears each code cell of a run in order. `stopped` says what stopped the answer to the next check, or is ""."""

    def __init__(self) -> None:
        self.stopped = ""

    def hear(self, cell: Mapping[str, Any], outputs: Sequence[Any]) -> None:
        """A cell has run, with these outputs (nbformat). An answer's cell is followed by its check."""
        mark = cell["metadata"].get("nbgrader") or {}
        if mark.get("solution"):
            self.stopped = _stopped(outputs, "The cell of your answer")
        elif mark.get("grade"):
            self.stopped = ""


def verdict(
    sheet: Sheet, name: str, outputs: Sequence[Any], answers: Sequence[Any], answer_stopped: str = ""
) -> Outcome:
    """The outcome of one check cell. The questions it answered must be those that the reference's cell answers.

    `outputs` are the cell's outputs as in nbformat, `answers` the payloads that it recorded, in order.
    `answer_stopped` says what stopped the cell before it: if it gave no answer, that is the reason.
    """
    asked = [one.get("question") if isinstance(one, dict) else None for one in answers]
    if asked != sheet.expected[name]:
        why = answer_stopped or _stopped(outputs, "The cell")
        return no_answer(name, why or "The cell did not give exactly the answers that it asks for.")
    outcomes = [
        judge(sheet.questions[question], answer.get("results"), sheet.truths[question])
        for question, answer in zip(asked, answers, strict=True)
    ]
    worst = min(outcomes, key=lambda one: one.share)
    if worst.word == NOT_ATTEMPTED and answer_stopped:
        return no_answer(name, answer_stopped)
    return replace(worst, question=name)


def points(outcome: Outcome, possible: float) -> float:
    """The outcome's points, never below 0 nor above what is possible."""
    return min(max(round(possible * outcome.share, 2), 0.0), possible)


def shown(outcome: Outcome, possible: float) -> dict[str, Any]:
    """A cell output (nbformat, plain data): nbgrader reads the points from it, and the apprentice a message."""
    data = {"text/plain": f"{points(outcome, possible)}", "text/html": outcome.html}
    return {"output_type": "execute_result", "execution_count": None, "data": data, "metadata": {}}


def _stopped(outputs: Sequence[Any], which: str) -> str:
    for output in outputs:
        if output.get("output_type") == "error" and output.get("ename") != "NotJudged":
            return f"{which} stopped with {output.get('ename')}: {output.get('evalue')}"[:200]
    return ""
