"""Questions that ask for a value: what is there (`read`), what will happen (`predict`), what broke (`diagnose`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.check.answers import AnswerProblem, Plain, is_blank
from watchkeeper.check.compare import parts_of
from watchkeeper.check.kinds.kind import Kind, register
from watchkeeper.check.problem import BLANK, FORM, Given, Problem
from watchkeeper.check.question import Question


@dataclass(frozen=True)
class Literal(Kind):
    """The answer is a value. A wrong answer is still worth half of the points if its part `half` is right."""

    half: str | None = None
    lists: bool = False

    def collect(self, question: Question, answer: Any, datasets: Path | None = None) -> Iterator[Given]:
        if is_blank(answer):
            yield Given(problem=Problem(BLANK))
            return
        try:
            yield Given(plain=question.answer.plain(answer))
        except AnswerProblem as refused:
            yield Given(problem=Problem(FORM, why=refused.why, part=refused.part), told=str(refused))

    def inputs(self, made_from: Sequence[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
        return ()

    def made(self, make: Callable[..., Any], values: Sequence[Any]) -> list[Any]:
        from watchkeeper.check.inputs import copied

        return [make(*map(copied, values))]

    def as_cell(
        self, variable: str, make: Callable[..., Any], plain: Sequence[Plain], source: Callable[..., str]
    ) -> str:
        (value,) = plain
        return f"{variable} = {value!r}"

    def share(self, question: Question, wrong: Sequence[str]) -> float:
        return 0.5 if self.half in parts_of(question.answer) and self.half not in wrong else 0.0


register("read", Literal())
register("predict", Literal())
register("diagnose", Literal(half="service", lists=True))
