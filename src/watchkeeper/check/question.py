"""One question, as plain data. key.json adds digests of answers to it, and the author's side adds functions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from watchkeeper.check.answers import AnswerType


@dataclass(frozen=True)
class Known:
    """A known wrong answer: its name and its hint, which is two sentences (the misconception, and the next step)."""

    name: str
    hint: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One graded question. `kind` is the name of its kind in `watchkeeper.check.kinds`.

    `inputs` describe what a function is called on, as `check.inputs.resolve` reads it; empty if the answer is a value.
    `yours` are the library functions (dotted) that are switched off meanwhile. `notebook` is the lesson that asks it.
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
