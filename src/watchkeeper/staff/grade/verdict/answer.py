"""Compares one answer with the reference's: a share of the points, and a message. Pure, and trusts no answer."""

from __future__ import annotations

from typing import Any

from watchkeeper.check.kinds import kind_of
from watchkeeper.check.outcome import NOT_ATTEMPTED, STOPPED, Outcome, folded
from watchkeeper.check.problem import UNREADABLE, Problem, when_graded
from watchkeeper.check.question import Question
from watchkeeper.staff.author.sheet import Truths


def no_answer(name: str, reason: str = "") -> Outcome:
    """The outcome of a check cell that recorded no answer; `reason` says why, if that is known."""
    if not reason:
        return Outcome(name, NOT_ATTEMPTED)
    return Outcome(name, STOPPED, folded("There is no answer to mark.", reason))


def judge(question: Question, results: Any, truths: Truths) -> Outcome:
    """Judge what a graded cell recorded. Whatever `results` is, the worst outcome is a wrong answer."""
    if not isinstance(results, list):
        return no_answer(question.name, when_graded(Problem(UNREADABLE), question.answer))
    try:
        return kind_of(question).judge(question, results, truths.right, truths.wrong)
    except Exception as error:  # a failure with its reason; never full marks, and never the end of the run
        return no_answer(question.name, f"The judge could not read the answer ({type(error).__name__}).")
