"""The base of every kind of question: how an answer is collected, and how it is judged against the reference's."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from watchkeeper.check.answers import AnswerProblem, Plain
from watchkeeper.check.compare import differing, is_known
from watchkeeper.check.outcome import NOT_ATTEMPTED, NOT_YET, PASSED, STOPPED, Outcome, continued, folded, not_right
from watchkeeper.check.problem import BLANK, FORM, UNREADABLE, Given, Problem, believed, when_graded
from watchkeeper.check.question import Question

UNSEEN = "On data you have not seen"


class Kind(ABC):
    """One kind of question. Its object holds no state: every method gets the question."""

    lists = False  # whether the prompt lists the texts that the answer may be

    @abstractmethod
    def collect(self, question: Question, answer: Any, datasets: Path | None = None) -> Iterator[Given]:
        """What the answer gives, one item per input, in order. It may end early, after a problem.

        `datasets` is the folder of the recordings; None means the folder that the notebook itself uses.
        """

    def waits(self, answer: Any) -> bool:
        """Whether a graded run keeps this answer and calls `run` on it once the notebook has ended."""
        return False

    def run(self, question: Question, answer: Any, inputs: Iterable[tuple[str, Any]]) -> Iterator[Given]:
        """What an answer that waited gives, one item per input. `inputs` are (label, value)."""
        raise NotImplementedError

    @abstractmethod
    def inputs(self, made_from: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
        """The inputs that the answer is called on, out of those that its author computes the answer from.

        Empty for a question whose answer is a value.
        """

    @abstractmethod
    def made(self, make: Callable[..., Any], values: Sequence[Any]) -> list[Any]:
        """What a known wrong answer or an alternative, `make`, gives for the author's inputs `values`.

        One item per input that the answer is called on; a single item for a question whose answer is a value.
        """

    @abstractmethod
    def as_cell(
        self, variable: str, make: Callable[..., Any], plain: Sequence[Plain], source: Callable[..., str]
    ) -> str:
        """The code of a cell in which an apprentice answers as `make` does, and assigns the answer to `variable`.

        `plain` is what `make` gives, one item per input; `source(make)` is its code.
        """

    def share(self, question: Question, wrong: Sequence[str]) -> float:
        """The share of the points, 0 to 1, for an answer in which the parts named in `wrong` are wrong."""
        return 0.0

    def judge(
        self, question: Question, results: Sequence[Any], right: Sequence[Plain], wrong: Mapping[str, Sequence[Plain]]
    ) -> Outcome:
        """Compare what was handed out, item by item, with what the reference and the known wrong answers gave.

        `results` come from the submission and may be anything that JSON can hold. `right` and each value of `wrong`
        have one item per input.
        """
        if len(results) != len(right):
            problem = _problem(results[-1], question) if results else None
            if problem and problem.kind == BLANK:
                return Outcome(question.name, NOT_ATTEMPTED)
            sentence = when_graded(problem or Problem(UNREADABLE), question.answer)
            return Outcome(question.name, STOPPED, folded("There is no answer to mark.", sentence))
        for position, (result, ours) in enumerate(zip(results, right, strict=True)):
            where = _where(question, position)
            theirs, problem = _read(result, question)
            if problem:
                sentence = when_graded(problem, question.answer)
                sentence = f"{where}: {continued(sentence)}" if where else sentence
                word, lines = (NOT_ATTEMPTED, ()) if problem.kind == BLANK else (NOT_YET, folded(sentence))
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
                # The reply names one wrong part: one that the hint is about.
                part = next((name for name in off if name in its_own), off[0])
                lines = folded(not_right(where, part), *known.hint)
                return Outcome(question.name, NOT_YET, lines, known.name, share)
        return Outcome(question.name, NOT_YET, folded(not_right(where, off[0]), question.hints[0]), share=share)


KINDS: dict[str, Kind] = {}


def register(name: str, kind: Kind) -> None:
    """Add a kind of question under the name that a question gives as its `kind`."""
    KINDS[name] = kind


def _read(result: Any, question: Question) -> tuple[Plain, Problem | None]:
    """One handed-out item as (plain answer, None), or as (None, the problem with it)."""
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
    """On which input an answer went wrong: an input on paper by its name, but a recording may be a hidden one."""
    labels = []
    for spec in question.inputs:
        written = spec.get("paper") or spec.get("given")
        labels += [f"On {written}" if written else UNSEEN] * len(spec.get("quantiles", [0]))
    return labels[position] if labels else ""
