"""A check's reply: one outcome and at most three lines of 78 columns, shown in the notebook and never raised there."""

from __future__ import annotations

import html
import textwrap
from dataclasses import dataclass

PASSED = "passed"
NOT_YET = "not yet"
NOT_ATTEMPTED = "not attempted"
STOPPED = "your code stopped"
FOR_MENTOR = "for your mentor"

COLUMNS = 78
LINES = 3

# Okabe and Ito's palette, which people who can't tell red from green can read. The word says the same.
EDGE = {PASSED: "#009E73", NOT_YET: "#E69F00", NOT_ATTEMPTED: "#999999", STOPPED: "#D55E00", FOR_MENTOR: "#0072B2"}


@dataclass(frozen=True)
class Outcome:
    """The reply to one question. `misconception` is the name of the known wrong answer that was given, or empty.

    `share` is the share of the points that a graded answer is worth, 0 to 1.
    """

    question: str
    word: str
    lines: tuple[str, ...] = ()
    misconception: str = ""
    share: float = 0.0

    @property
    def text(self) -> str:
        return "\n".join([f"{self.question}: {self.word}", *(f"  {line}" for line in self.lines)])

    @property
    def html(self) -> str:
        # HTML wraps by itself: a line break is kept after a sentence, not where a line was folded at 78 columns.
        body = "".join(
            ("<br>" if not before or before[-1] in ".:?!)" else " ") + html.escape(line)
            for before, line in zip(("", *self.lines), self.lines, strict=False)
        )
        style = f"border-left:6px solid {EDGE[self.word]};padding:4px 12px;margin:2px 0"
        return f'<div role="status" style="{style}"><b>{html.escape(self.question)}: {self.word}</b>{body}</div>'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


class NotPassed(Exception):
    """Raised when `nbgrader validate` runs the notebook: nbgrader counts errors. Shows the outcome, not a traceback."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.text = outcome.text

    def __str__(self) -> str:
        return self.text

    def _render_traceback_(self) -> list[str]:
        return self.text.splitlines()


class NotJudged(NotPassed):
    """Raised in a graded run once the answer has been handed out: no cell scores by itself, only by the judge."""


def not_right(where: str, part: str = "", shown: str = "") -> str:
    """The first sentence about an answer that is not right: on which input, which part of it, and what was given.

    `where` is empty or begins a sentence ("On your sheet"). `part` is empty for an answer without parts. `shown` is
    empty where the reply may not repeat the answer.

    >>> print(not_right("", "service", "ads"))
    "service" isn't right yet (you gave ads).
    >>> not_right("On your sheet", shown="7 ms"), not_right("On your sheet")
    ('On your sheet you return 7 ms.', "On your sheet your answer isn't right yet.")
    """
    given = f" (you gave {shown})" if shown else ""
    if part:
        return f'{where}{" " if where else ""}"{part}" isn\'t right yet{given}.'
    if shown:
        return f"{where} you return {shown}." if where else f"Your answer is {shown}."
    return f"{where} your answer isn't right yet." if where else "Your answer isn't right yet."


def continued(sentence: str) -> str:
    """A sentence as it goes on after a colon, with a small first letter.

    >>> continued("It is None.")
    'it is None.'
    """
    return sentence[:1].lower() + sentence[1:]


def folded(*sentences: str) -> tuple[str, ...]:
    """Sentences as at most three lines of at most 78 columns. A long first sentence is shortened to leave room.

    >>> folded("short", "also short")
    ('short', 'also short')
    """
    lines: list[str] = []
    for number, sentence in enumerate(sentences):
        wrapped = textwrap.wrap(" ".join(str(sentence).split()), COLUMNS)
        room = max(1, LINES - len(sentences) + 1)
        if number == 0 and len(wrapped) > room:
            wrapped = textwrap.wrap(textwrap.shorten(str(sentence), COLUMNS * room - 8, placeholder=" ..."), COLUMNS)
        lines += wrapped
    if len(lines) > LINES:
        lines[LINES - 1] = textwrap.shorten(" ".join(lines[LINES - 1 :]), COLUMNS, placeholder=" ...")
    return tuple(lines[:LINES])
