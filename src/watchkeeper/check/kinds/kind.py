"""What every kind of question is: how its answer is collected, and how it is judged against the reference's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from watchkeeper.check.answers import AnswerProblem, Plain
from watchkeeper.check.compare import differing, is_known
from watchkeeper.check.outcome import NOT_ATTEMPTED, NOT_YET, PASSED, STOPPED, Outcome, folded, not_right
from watchkeeper.check.problem import BLANK, FORM, UNREADABLE, Given, Problem, believed, when_graded
from watchkeeper.check.question import Question

UNSEEN = "On data you have not seen"


class Kind(ABC):
    """One kind of question. Objects of it keep nothing of any question or answer."""

    lists = False  # whether a prompt lists what the answer may be called

    @abstractmethod
    def collect(self, question: Question, answer: Any, datasets: Path | None = None) -> Iterator[Given]:
        """What the answer gives, one item per input, in order; it may end early, after a problem.

        `datasets` is the folder that recordings are looked up in; None means wherever the notebook itself finds them.
        """

    def waits(self, answer: Any) -> bool:
        """Whether a graded run has `run` ask this answer later, on inputs that come when the notebook has ended."""
        return False

    def run(self, question: Question, answer: Any, inputs: Iterable[tuple[str, Any]]) -> Iterator[Given]:
        """What an answer that waited gives on inputs, by label."""
        raise NotImplementedError

    @abstractmethod
    def inputs(self, made_from: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
        """Of the inputs that a marking names, those that the answer itself is run on: the question's own."""

    @abstractmethod
    def made(self, make: Callable[..., Any], values: Sequence[Any]) -> list[Any]:
        """What a known wrong answer (or an alternative) gives on what a marking's inputs give, one item per input."""

    @abstractmethod
    def as_cell(
        self, variable: str, make: Callable[..., Any], plain: Sequence[Plain], source: Callable[..., str]
    ) -> str:
        """The cell of an apprentice who answers as `make` does: its code is `source(make)`, it gives `plain`."""

    def share(self, question: Question, wrong: Sequence[str]) -> float:
        """The share of the points for an answer of which these parts are wrong."""
        return 0.0

    def judge(
        self, question: Question, results: Sequence[Any], right: Sequence[Plain], wrong: Mapping[str, Sequence[Plain]]
    ) -> Outcome:
        """The outcome of what was handed out, item by item, against what reference and known wrong answers gave.

        `results` come from the submission: anything that JSON can hold.
        """
        if len(results) != len(right):
            problem = _problem(results[-1], question) if results else None
            if problem and problem.kind == BLANK:
                return Outcome(question.name, NOT_ATTEMPTED)
            said = when_graded(problem or Problem(UNREADABLE), question.answer)
            return Outcome(question.name, STOPPED, folded("No answer was handed out.", said))
        for position, (result, ours) in enumerate(zip(results, right, strict=True)):
            where = _where(question, position)
            theirs, problem = _read(result, question)
            if problem:
                said = when_graded(problem, question.answer)
                said = f"{where}: {said[0].lower()}{said[1:]}" if where else said
                word, lines = (NOT_ATTEMPTED, ()) if problem.kind == BLANK else (NOT_YET, folded(said))
                return Outcome(question.name, word, lines)
            if off := differing(question.answer, theirs, ours):
                made = {name: given[position] for name, given in wrong.items()}
                return self._not_yet(question, where, theirs, ours, off, made)
        return Outcome(question.name, PASSED, folded(question.passed), share=1.0)

    def _not_yet(
        self, question: Question, where: str, theirs: Plain, right: Plain, off: list[str], made: Mapping[str, Plain]
    ) -> Outcome:
        share = self.share(question, off)
        for known in question.wrong:
            plain = made[known.name]
            its_own = differing(question.answer, plain, right) if plain is not None else []
            if its_own and is_known(question.answer, theirs, plain):
                # The part that is named must be one that the hint is about.
                part = next((name for name in off if name in its_own), off[0])
                lines = folded(not_right(where, part), *known.hint)
                return Outcome(question.name, NOT_YET, lines, known.name, share)
        return Outcome(question.name, NOT_YET, folded(not_right(where, off[0]), question.hints[0]), share=share)


KINDS: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    """From now on a question may say that it is of this kind."""
    KINDS[name] = kind


def _read(result: Any, question: Question) -> tuple[Plain, Problem | None]:
    """A handed-out item as a plain answer, or the problem there is with it."""
    if problem := _problem(result, question):
        return None, problem
    try:
        return question.answer.plain(result["plain"]), None
    except AnswerProblem as refused:
        return None, Problem(FORM, why=refused.why, part=refused.part)


def _problem(result: Any, question: Question) -> Problem | None:
    if not isinstance(result, Mapping) or not ("problem" in result or "plain" in result):
        return Problem(UNREADABLE)
    return believed(result["problem"], question) if "problem" in result else None


def _where(question: Question, position: int) -> str:
    """Where it went wrong, without naming a hidden case: what is written down is not a secret, recordings are."""
    labels = []
    for spec in question.inputs:
        written = spec.get("paper") or spec.get("given")
        labels += [f"On {written}" if written else UNSEEN] * len(spec.get("quantiles", [0]))
    return labels[position] if labels else ""
