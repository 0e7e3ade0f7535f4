"""One question, as plain data. The key adds digests to it, the author's side functions, the grader truths."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from watchkeeper.check.answers import AnswerType


@dataclass(frozen=True)
class Known:
    """A known wrong answer: the misconception's name and its hint, two sentences."""

    name: str
    hint: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One graded question. `kind` names its object in `watchkeeper.check.kinds`.

    `inputs` are what the answer is run on, in the words of `check.inputs.resolve`; empty where it is not run at all.
    `yours` are the library functions (dotted) that are switched off meanwhile; `notebook` is the lesson that asks.
    """

    name: str
    kind: str
    points: float
    answer: AnswerType
    inputs: tuple[dict[str, Any], ...]
    hints: tuple[str, ...]
    passed: str
    yours: tuple[str, ...] = ()
    wrong: tuple[Known, ...] = ()
    notebook: str = ""
