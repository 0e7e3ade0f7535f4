"""One answer against the reference's: a share of the points, and what to tell the apprentice. Pure, never trusting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from watchkeeper.check.answers import AnswerProblem, Plain
from watchkeeper.check.compare import differing, is_known, parts_of
from watchkeeper.check.outcome import NOT_ATTEMPTED, NOT_YET, PASSED, STOPPED, folded
from watchkeeper.staff.grade.verdict.hidden import in_our_words

if TYPE_CHECKING:  # these two cost a second to import, and an edition's own types will do
    from watchkeeper.staff.author.marking import Question
    from watchkeeper.staff.author.truths import Truths
    from watchkeeper.staff.grade.edition import Answers, Asked

UNSEEN = "On data you have not seen"


@dataclass(frozen=True)
class Verdict:
    """`share` of the points (0 to 1), the outcome's word, its lines, and the misconception it shows, if a known one."""

    share: float
    word: str
    lines: tuple[str, ...] = ()
    misconception: str = ""


def no_answer(reason: str = "") -> Verdict:
    """The verdict on a cell that handed nothing out."""
    return Verdict(0.0, STOPPED, folded("No answer was handed out.", reason)) if reason else Verdict(0.0, NOT_ATTEMPTED)


def judge(question: Question | Asked, results: Any, truths: Truths | Answers) -> Verdict:
    """Compare what a graded cell handed out. Whatever `results` holds, the worst that comes of it is a wrong answer."""
    try:
        if isinstance(results, list) and results and _problem(results[0]) == "not attempted":
            return Verdict(0.0, NOT_ATTEMPTED)
        if not isinstance(results, list) or len(results) != len(truths.right):
            reason = _said(question, results[-1]) if isinstance(results, list) and results else ""
            return no_answer(reason or "It does not have the form of an answer.")
        return _each(question, results, truths)
    except Exception as error:  # a stated failure, never full marks and never the end of the run
        return no_answer(f"The judge could not read it ({type(error).__name__}).")


def _each(question: Question | Asked, results: list[Any], truths: Truths | Answers) -> Verdict:
    for position, (result, right) in enumerate(zip(results, truths.right, strict=True)):
        if problem := _said(question, result):
            where = _where(question, position)
            return Verdict(0.0, NOT_YET, folded(f"{where}{problem[0].lower()}{problem[1:]}"))
        try:
            theirs = question.answer.plain(result["plain"])
        except AnswerProblem as problem:
            said = in_our_words(question, str(problem)) if question.kind == "compute" else str(problem)
            return Verdict(0.0, NOT_YET, folded(said))
        wrong = differing(question.answer, theirs, right)
        if wrong:
            return _not_yet(question, position, theirs, wrong, truths)
    return Verdict(1.0, PASSED, folded(question.passed))


def _not_yet(
    question: Question | Asked, position: int, theirs: Plain, wrong: list[str], truths: Truths | Answers
) -> Verdict:
    share = _share(question, wrong)
    about = f'The part "{wrong[0]}" is not it.' if wrong[0] else f"{_where(question, position)}your answer differs."
    for known in question.wrong:
        made = truths.wrong[known.name][position]
        is_wrong = made is not None and differing(question.answer, made, truths.right[position])
        if is_wrong and is_known(question.answer, theirs, made):
            return Verdict(share, NOT_YET, folded(about, *known.hint), known.name)
    return Verdict(share, NOT_YET, folded(about, question.hints[0]))


def _share(question: Question | Asked, wrong: list[str]) -> float:
    """A diagnosis of the right service is worth half; a wrong service, or any other wrong answer, nothing."""
    of_service = question.kind == "diagnose" and "service" in parts_of(question.answer)
    return 0.5 if of_service and "service" not in wrong else 0.0


def _problem(result: Any) -> str:
    problem = result.get("problem", "") if isinstance(result, Mapping) else ""
    return str(problem)[:200]


def _said(question: Question | Asked, result: Any) -> str:
    problem = _problem(result)
    return in_our_words(question, problem) if question.kind == "compute" else problem


def _where(question: Question | Asked, position: int) -> str:
    """Where it went wrong, without naming a hidden case: what is written down is no secret, recordings are."""
    if question.kind != "compute":
        return "Here "
    labels = []
    for spec in question.inputs:
        written = spec.get("paper") or spec.get("given")
        labels += [f"On {written}" if written else UNSEEN] * len(spec.get("quantiles", [0]))
    return f"{labels[position]} "
