"""Compiles questions and what the reference answers into key.json: digests only. Pure; nothing is run here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from watchkeeper.check.answers import Number, Plain
from watchkeeper.check.compare import differing, part, parts_of
from watchkeeper.check.key import Keyed, KnownDigests, packed
from watchkeeper.check.question import Known, Question
from watchkeeper.staff.author.marking import Marking
from watchkeeper.staff.author.sheet import Truths

UNITS: tuple[tuple[Callable[[float], float], Known], ...] = (
    (
        lambda ms: ms / 1e3,
        Known("in_seconds", ("That is the right value in seconds.", "This asks for milliseconds.")),
    ),
    (
        lambda ms: ms * 1e6,
        Known("in_nanoseconds", ("That is the right value in nanoseconds.", "Divide by 1e6 for ms.")),
    ),
    (
        lambda ms: ms * 1e3,
        Known("in_microseconds", ("That is the right value in microseconds.", "Divide by 1e3 for ms.")),
    ),
)


def unanswered(question: Question, module: str, edition: str) -> Keyed:
    """The question as a key has it before anything has answered: enough for the reference to run with."""
    plain = {one.name: getattr(question, one.name) for one in fields(Question)}
    salt = hashlib.sha256(f"{edition}/{module}/{question.name}".encode()).hexdigest()[:32]
    return Keyed(**plain | {"wrong": (), "salt": salt})


def unanswered_key(module: str, edition: str, marks: Marking) -> dict[str, Any]:
    """The key.json that the reference runs next to."""
    asked = [unanswered(one.question, module, edition) for one in marks.questions.values()]
    return packed(module, edition, {}, asked)


def answered(keyed: Keyed, question: Question, truths: Truths) -> Keyed:
    """The same with the digests of the reference's answers and of each known wrong answer."""
    right = {
        name: [keyed.digests(name, position, kind, part(plain, name)) for position, plain in enumerate(truths.right)]
        for name, kind in parts_of(keyed.answer).items()
    }
    wrong = [_known(keyed, one, truths.wrong[one.name], truths.right) for one in question.wrong]
    if isinstance(keyed.answer, Number) and keyed.answer.unit == "ms":
        # A right number in a wrong unit is the most common slip of all: every number in ms has these hints.
        wrong += [_known(keyed, one, [change(ms) for ms in truths.right], truths.right) for change, one in UNITS]
    return replace(keyed, right=right, wrong=tuple(wrong))


def _known(keyed: Keyed, known: Known, made: list[Plain], right: list[Plain]) -> KnownDigests:
    wrong = [
        plain is not None and differing(keyed.answer, plain, ours) for plain, ours in zip(made, right, strict=True)
    ]
    digests = {
        name: [
            keyed.digests(name, position, kind, part(plain, name))
            if wrong[position] and (not name or name in plain)
            else None
            for position, plain in enumerate(made)
        ]
        for name, kind in parts_of(keyed.answer).items()
    }
    return KnownDigests(known.name, known.hint, digests)
