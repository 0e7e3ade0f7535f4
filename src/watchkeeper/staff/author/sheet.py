"""What a judge reads of one notebook, as plain data. `truths.py` makes it; the grader keeps it and sends it around."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from watchkeeper.check.question import Question


@dataclass(frozen=True)
class Truths:
    """One question's: the reference's plain answer on each input, and what each wrong answer and alternative gives."""

    right: list[Any]
    wrong: dict[str, list[Any]]
    alternatives: dict[str, list[Any]]


@dataclass(frozen=True)
class Sheet:
    """One notebook's: its questions, their truths, and which check cell (by grade_id) asks which of them for points.

    The last two are sources of cells of the reference: pictures without a text, and what writes on stderr.
    """

    questions: dict[str, Question]
    truths: dict[str, Truths]
    expected: dict[str, list[str]]
    points: dict[str, float]
    pictures_without_words: tuple[str, ...] = ()
    written_on_stderr: tuple[str, ...] = ()
