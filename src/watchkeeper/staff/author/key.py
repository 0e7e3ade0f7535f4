"""Compiles a module's marking and the reference's answers into key.json: digests only."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchkeeper.check import key
from watchkeeper.check.answers import Number, Plain, to_json
from watchkeeper.check.compare import differing, part, parts_of
from watchkeeper.staff.author import reference
from watchkeeper.staff.author.marking import Question
from watchkeeper.staff.errors import BuildError

UNITS: tuple[tuple[str, Callable[[float], float], tuple[str, str]], ...] = (
    ("in_seconds", lambda ms: ms / 1e3, ("That is the right value in seconds.", "This asks for milliseconds.")),
    ("in_nanoseconds", lambda ms: ms * 1e6, ("That is the right value in nanoseconds.", "Divide by 1e6 for ms.")),
    ("in_microseconds", lambda ms: ms * 1e3, ("That is the right value in microseconds.", "Divide by 1e3 for ms.")),
)


def without_digests(module: str, edition: str, questions: dict[str, Question], points: dict[str, float]) -> dict:
    """The key before anybody has answered: enough for the reference to run with."""
    asked = {name: _described(module, edition, one, points[name]) for name, one in questions.items()}
    return {"format": key.FORMAT, "module": module, "edition": edition, "questions": asked}


def with_digests(data: dict, questions: dict[str, Question], answers: dict[str, list[Plain]], datasets: Path) -> dict:
    """The same key with the digests of the reference's and of each known wrong answer."""
    for name, question in questions.items():
        if name not in answers:
            raise BuildError(f"No lesson checks the question {name!r}; ask it in lesson.py, or remove its file.")
        entry = data["questions"][name]
        known = key.question_from(name, {**entry, "right": {}, "wrong": []})
        entry["right"] = _digests(question, known, answers[name])
        values = reference.inputs_of(question, datasets)
        entry["wrong"] = [
            _wrong(question, known, one.name, one.hint, reference.made_by(question, one.make, values), answers[name])
            for one in question.wrong
        ]
        entry["wrong"] += _units(question, known, answers[name])
    return data


def _described(module: str, edition: str, question: Question, points: float) -> dict[str, Any]:
    return {
        "kind": question.kind,
        "points": points,
        "answer": to_json(question.answer),
        "inputs": list(question.inputs) if question.kind == "compute" else [],
        "hints": [key.veiled(hint) for hint in question.hints],
        "passed": key.veiled(question.passed),
        "yours": list(question.yours),
        "salt": hashlib.sha256(f"{edition}/{module}/{question.name}".encode()).hexdigest()[:32],
        "right": {},
        "wrong": [],
    }


def _digests(question: Question, known: key.Question, answers: list[Plain]) -> dict[str, list[list[str]]]:
    parts = parts_of(question.answer)
    return {
        name: [
            known.digests(name, position, kind, plain[name] if name else plain)
            for position, plain in enumerate(answers)
        ]
        for name, kind in parts.items()
    }


def _wrong(
    question: Question, known: key.Question, name: str, hint: tuple[str, str], answers: list[Plain], right: list[Plain]
) -> dict[str, Any]:
    """A known wrong answer as key.json holds it; see `check.key.Wrong`."""
    wrong = [
        plain is not None and differing(question.answer, plain, ours)
        for plain, ours in zip(answers, right, strict=True)
    ]
    digests = {
        each: [
            known.digests(each, position, kind, part(plain, each))
            if wrong[position] and (not each or each in plain)
            else None
            for position, plain in enumerate(answers)
        ]
        for each, kind in parts_of(question.answer).items()
    }
    return {"name": key.veiled(name), "hint": [key.veiled(sentence) for sentence in hint], "digests": digests}


def _units(question: Question, known: key.Question, answers: list[Plain]) -> list[dict[str, Any]]:
    """A right number in a wrong unit is the most common slip of all: every number in ms has these hints."""
    kind = question.answer
    if not isinstance(kind, Number) or kind.unit != "ms":
        return []
    return [
        _wrong(question, known, name, hint, [change(plain) for plain in answers], answers)
        for name, change, hint in UNITS
    ]
