"""The words that a question file is written in: `question`, its answer type, and what it is asked on.

A question file holds one question, every known wrong answer next to its hint, and the honest alternatives:

    \"\"\"the-root: which of these spans is the root?\"\"\"

    from watchkeeper.staff.author.writing import Text, on_paper, question

    q = question(kind="read", points=1, answer=Text("a span id"))
    q.inputs(on_paper("three spans", THREE))
    q.hints("Every child names its parent.", "The root names none.")
    q.passed("The root lasts as long as the customer waited.")


    @q.wrong("That span has a parent.", "Look for an empty parent_span_id.", misconception="the root comes first")
    def first_child(spans):
        return spans.sort_values("start_ns").span_id.iloc[1]


    @q.alternative
    def root_by_length(spans):
        return spans.loc[spans.duration_ms.idxmax(), "span_id"]

One wrong answer serves three readers: the apprentice (the hint), the test of the grader, and the mentor.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from watchkeeper import Recording
from watchkeeper.check.answers import AnswerType, Count, ListOf, MapOf, Number, Record, SetOf, SomeOf, Text, Truth
from watchkeeper.check.kinds import KINDS
from watchkeeper.staff.errors import BuildError

__all__ = [
    "Count",
    "Fact",
    "ListOf",
    "MapOf",
    "Number",
    "Record",
    "SetOf",
    "SomeOf",
    "Text",
    "Truth",
    "days",
    "durations",
    "given",
    "on_paper",
    "pick",
    "points",
    "printed",
    "question",
    "records",
    "requests",
    "route",
    "table",
    "whole",
    "whole_on_paper",
]

Make = TypeVar("Make", bound=Callable[..., Any])


@dataclass(frozen=True)
class KnownWrong:
    """What a misconception computes on the question's inputs, its hint, and the misconception where it has a name."""

    make: Callable[..., Any]
    hint: tuple[str, str]
    misconception: str


class Draft:
    """A question while its file runs. Each method is called at the top level of the file.

    A function that is marked `wrong` or `alternative` takes one input per call where the question asks for a function,
    and all inputs at once everywhere else. It stays an ordinary function, so that another one can call it.
    """

    def __init__(self, kind: str, answer: AnswerType, yours: Sequence[str]) -> None:
        self.kind, self.answer, self.yours = kind, answer, list(yours)
        self.asked_on: list[dict[str, Any]] = []
        self.steps: list[str] = []
        self.after = ""
        self.known_wrong: list[KnownWrong] = []
        self.right: list[Callable[..., Any]] = []

    def inputs(self, *inputs: dict[str, Any]) -> None:
        """What the question is asked on: `on_paper(...)`, `pick(...)` and the other inputs of this file."""
        self.asked_on += inputs

    def hints(self, *steps: str) -> None:
        """What `hint()` says, one step further each time."""
        self.steps += steps

    def passed(self, sentence: str) -> None:
        """What the reply says after a pass: what the answer is worth on call."""
        self.after = sentence

    def wrong(self, said: str, next_step: str = "", *, misconception: str = "") -> Callable[[Make], Make]:
        """Mark a function as a known wrong answer, with the two sentences of its hint.

        The first sentence names the misconception to the apprentice, the second one says what to do next. With
        `misconception`, module.md lists it; several wrong answers may name the same one.
        """
        where = _place()
        if not said.strip() or not next_step.strip():
            raise BuildError(
                f"{where}: a wrong answer has a hint of two sentences: what went wrong, and what to do next. "
                'Write @q.wrong("...", "...").'
            )

        def mark(make: Make) -> Make:
            self._is_new(make, where)
            self.known_wrong.append(KnownWrong(make, (said, next_step), misconception))
            return make

        return mark

    def alternative(self, make: Make) -> Make:
        """Mark a function as an honest alternative: another way to the right answer."""
        self._is_new(make, _place())
        self.right.append(make)
        return make

    def _is_new(self, make: Callable[..., Any], where: str) -> None:
        if make.__name__ in {one.__name__ for one in [*(known.make for known in self.known_wrong), *self.right]}:
            raise BuildError(
                f"{where}: there are two functions {make.__name__!r}. Rename one: graded feedback and module.md "
                "tell wrong answers apart by name."
            )


def question(*, kind: str, points: float = 0, answer: AnswerType, yours: Sequence[str] = ()) -> Draft:
    """Begin a question. The file calls this once, at its top level, and names the result `q`.

    `kind` is read (a value from a figure or a table), compute (a function), predict or diagnose. `points` is a plain
    number: `Module.points` reads it from the text. `yours` are the library's functions that the question asks for,
    which are switched off while it is checked.
    """
    if kind not in KINDS:
        raise BuildError(f"{_place()}: the kind is {kind!r}. Use one of: {', '.join(KINDS)}.")
    if not isinstance(answer, AnswerType):
        raise BuildError(f"{_place()}: the answer is {answer!r}. Use an answer type, such as Number('ms', within=0.5).")
    return Draft(kind, answer, yours)


def _place() -> str:
    """File and line of the question file that called the function that calls this one."""
    frame = sys._getframe(2)
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}"


@dataclass(frozen=True)
class Fact:
    """A number that the prose states, word for word, and its proof: `holds(open)`, with `open(name)` a recording."""

    says: str
    holds: Callable[[Callable[[str], Recording]], bool]


def pick(recording: str, route: str, quantiles: Sequence[float], without: str = "") -> dict[str, Any]:
    """One input per quantile: the spans of the trace of `route` at that quantile of the route's durations.

    `without` names a service whose spans are lost.
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

    How long the customers of `route` waited, one number per request; with `service`, that service's SERVER spans.
    """
    return {"recording": recording, "durations": {"route": route} if route else {"service": service}}


def requests(recording: str) -> dict[str, Any]:
    """One input: one row per request, as `Recording.traces()` has them."""
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
