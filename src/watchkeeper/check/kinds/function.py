"""Questions that ask for a function (`compute`). It is called on each input; in a graded run some inputs are unseen.

pandas is imported only when a function is called, because the grader's own process only compares answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from watchkeeper.check.answers import Plain, a_kind, is_blank
from watchkeeper.check.kinds.kind import Kind, register
from watchkeeper.check.problem import BLANK, NOT_A_FUNCTION, Given, Problem
from watchkeeper.check.question import Question


class Function(Kind):
    """The answer is a function of one input."""

    def collect(self, question: Question, answer: Any, datasets: Path | None = None) -> Iterator[Given]:
        if not self.waits(answer):
            told = f"This asks for a function; you gave {a_kind(answer)}. Pass its name, without parentheses."
            yield Given(problem=Problem(BLANK)) if is_blank(answer) else Given("", None, Problem(NOT_A_FUNCTION), told)
            return
        from watchkeeper.check.inputs import resolve
        from watchkeeper.recording import Library

        yield from self.run(question, answer, resolve(question.inputs, Library(datasets)))

    def waits(self, answer: Any) -> bool:
        return callable(answer)

    def run(self, question: Question, answer: Any, inputs: Iterable[tuple[str, Any]]) -> Iterator[Given]:
        from watchkeeper.check import call

        return call.on_each(answer, inputs, question.answer, question.yours)

    def inputs(self, made_from: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
        return tuple(map(dict, made_from))

    def made(self, make: Callable[..., Any], values: Sequence[Any]) -> list[Any]:
        from watchkeeper.check.inputs import copied

        answers = []
        for value in values:
            try:
                answers.append(make(copied(value)))
            except Exception:  # wrong answers may crash on an edge case; `verify` checks that each one gets its hint
                answers.append(None)
        return answers

    def as_cell(
        self, variable: str, make: Callable[..., Any], plain: Sequence[Plain], source: Callable[..., str]
    ) -> str:
        return f"{source(make)}\n{variable} = {make.__name__}"


register("compute", Function())
