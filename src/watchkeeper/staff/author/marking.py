"""The vocabulary of `<lesson>.marking.py`: questions, their inputs, known wrong answers, honest alternatives.

One table of wrong answers serves three readers: the apprentice (the hint), the test of the grader, and the mentor.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from watchkeeper import Recording
from watchkeeper.check.answers import AnswerType, Count, ListOf, MapOf, Number, Record, SetOf, SomeOf, Text, Truth
from watchkeeper.staff.author.course import Module
from watchkeeper.staff.errors import BuildError

KINDS = ("read", "compute", "predict", "diagnose")

__all__ = [
    "Count",
    "Fact",
    "ListOf",
    "MapOf",
    "Marking",
    "Number",
    "Question",
    "Record",
    "Reflection",
    "SetOf",
    "SomeOf",
    "Text",
    "Truth",
    "Wrong",
    "days",
    "durations",
    "given",
    "load",
    "on_paper",
    "pick",
    "points",
    "printed",
    "records",
    "requests",
    "route",
    "table",
    "whole",
    "whole_on_paper",
]


@dataclass(frozen=True)
class Wrong:
    """A known wrong answer: what a named misconception computes on the same data, and the hint for it.

    `make` takes what the question's inputs give (a *write it* question: one input a call; every other question: all of
    them). `hint` is two sentences: the misconception by name, and the next step.
    """

    make: Callable[..., Any]
    hint: tuple[str, str]

    @property
    def name(self) -> str:
        return self.make.__name__


@dataclass(frozen=True)
class Question:
    """One graded question. `right` are honest alternatives to the reference's answer, called as `Wrong.make` is."""

    name: str
    kind: str
    answer: AnswerType
    inputs: Sequence[dict[str, Any]]
    wrong: Sequence[Wrong]
    right: Sequence[Callable[..., Any]]
    hints: Sequence[str]
    passed: str
    yours: Sequence[str] = ()


@dataclass(frozen=True)
class Reflection:
    """Two to four sentences that a mentor marks: a sample answer a level, best first, with its share of the points."""

    name: str
    rubric: Sequence[tuple[float, str, str]]


@dataclass(frozen=True)
class Fact:
    """A number that the prose states, word for word, and its proof: `holds(open)`, with `open(name)` a recording."""

    says: str
    holds: Callable[[Callable[[str], Recording]], bool]


@dataclass(frozen=True)
class Marking:
    """All that the marking files of a module say."""

    questions: dict[str, Question]
    reflections: dict[str, Reflection]
    facts: dict[str, list[Fact]]


def pick(recording: str, route: str, quantiles: Sequence[float], without: str = "") -> dict[str, Any]:
    """One input a quantile: the spans of the trace of `route` at that quantile of the route's durations.

    `without` names a service whose spans got lost on their way.
    """
    found = {"recording": recording, "route": route, "quantiles": list(quantiles)}
    return found | ({"without": without} if without else {})


def route(recording: str, route: str) -> dict[str, Any]:
    """One input: the spans of every trace of `route`."""
    return {"recording": recording, "route": route}


def whole(recording: str) -> dict[str, Any]:
    """One input: the `Recording` itself."""
    return {"recording": recording}


def durations(recording: str, route: str = "", service: str = "") -> dict[str, Any]:
    """One input: a list of milliseconds, in order of time.

    What the customers of `route` waited for, one number a request; with `service` instead, that service's SERVER spans.
    """
    return {"recording": recording, "durations": {"route": route} if route else {"service": service}}


def requests(recording: str) -> dict[str, Any]:
    """One input: a row a request, as `Recording.traces()` has them."""
    return {"recording": recording, "requests": True}


def days(recording: str, first: int, last: int) -> dict[str, Any]:
    """One input: good and valid requests of each minute of these days (from 1), as `slo.by_minute` counts them."""
    return {"recording": recording, "days": [first, last]}


def records(recording: str, service: str = "") -> dict[str, Any]:
    """One input: the log records, as `Recording.logs` has them; of one service, or of all."""
    return {"recording": recording, "logs": service}


def printed(recording: str, service: str) -> dict[str, Any]:
    """One input: a list of lines, as a service's log records look once they are printed to a file."""
    return {"recording": recording, "lines": service}


def points(recording: str, metric: str, service: str = "") -> dict[str, Any]:
    """One input: the points of one metric, as `Recording.metrics` has them; of one service, or of all."""
    return {"recording": recording, "metric": metric, "service": service}


def given(label: str, value: Any) -> dict[str, Any]:
    """One input written down here, small enough to verify on paper: numbers, texts, lists and dicts of them."""
    return {"given": label, "value": value}


def table(label: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """One input written down here: a data frame of these columns and rows."""
    return {"given": label, "columns": list(columns), "rows": [list(row) for row in rows]}


def on_paper(label: str, rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """One input small enough to verify on paper: rows as `watchkeeper.check.inputs.paper` takes them."""
    return {"paper": label, "spans": [list(row) for row in rows]}


def whole_on_paper(
    label: str, spans: Sequence[Sequence[Any]], records: Sequence[Sequence[Any]], deploys: Sequence[Sequence[Any]] = ()
) -> dict[str, Any]:
    """One input small enough to verify on paper: a `Recording`, as `check.inputs.paper_recording` takes its rows."""
    made = {"paper": label, "spans": [list(row) for row in spans], "records": [list(row) for row in records]}
    return made | ({"deploys": [list(row) for row in deploys]} if deploys else {})


def load(module: Module) -> Marking:
    """Run the marking of each of a module's lessons: it must define QUESTIONS, may define REFLECTIONS and FACTS."""
    ran = [(path, _run(path)) for path in module.markings()]
    questions, reflections = (
        _by_name([(path, one) for path, space in ran for one in getattr(space, name, [])])
        for name in ("QUESTIONS", "REFLECTIONS")
    )
    for question in questions.values():
        if question.kind not in KINDS:
            raise BuildError(f"{module.name}: {question.name!r} has the kind {question.kind!r}; use one of {KINDS}.")
    facts = {path.name.removesuffix(".marking.py"): list(getattr(space, "FACTS", [])) for path, space in ran}
    return Marking(questions, reflections, facts)


def _run(path: Path) -> ModuleType:
    name = f"watchkeeper_marking_{path.parent.name}_{path.stem}".replace("-", "_").replace(".", "_")
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # so that inspect finds the functions' source
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        raise BuildError(f"{path} does not run: {type(error).__name__}: {error}.") from error
    finally:
        sys.dont_write_bytecode = writes
    return module


def _by_name(items: Sequence[tuple[Path, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for path, one in items:
        if one.name in found:
            raise BuildError(f"{path}: the name {one.name!r} is used twice in this module.")
        found[one.name] = one
    return found
