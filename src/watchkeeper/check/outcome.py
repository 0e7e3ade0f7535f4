"""What a check says, in words: at most three lines of 78 columns, shown in the notebook and never raised there."""

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

# Okabe and Ito's palette: told apart by people who can't tell red from green. The word says it as well.
EDGE = {PASSED: "#009E73", NOT_YET: "#E69F00", NOT_ATTEMPTED: "#999999", STOPPED: "#D55E00", FOR_MENTOR: "#0072B2"}


@dataclass(frozen=True)
class Outcome:
    """The reply to one question. `misconception` names the known wrong answer that was given, if it is one.

    `share` is the part of the points that a graded answer is worth, 0 to 1.
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
        # A line that was only folded to fit 78 columns runs on here; one that ends a sentence stays a line.
        body = "".join(
            ("<br>" if not before or before[-1] in ".:?!)" else " ") + html.escape(line)
            for before, line in zip(("", *self.lines), self.lines, strict=False)
        )
        style = f"border-left:6px solid {EDGE[self.word]};padding:4px 12px;margin:2px 0"
        return f'<div role="status" style="{style}"><b>{html.escape(self.question)}: {self.word}</b>{body}</div>'

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"text/plain": self.text, "text/html": self.html}


class NotPassed(Exception):
    """Raised instead of shown when `nbgrader validate` runs the notebook; shows its own text and no traceback."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.text = outcome.text

    def __str__(self) -> str:
        return self.text

    def _render_traceback_(self) -> list[str]:
        return self.text.splitlines()


class NotJudged(NotPassed):
    """Raised in a graded run after the answer was handed out, so that without the judge nothing scores."""


def not_right(where: str, part: str = "", shown: str = "") -> str:
    """The first sentence about an answer that is not the reference's: where, which part of it, and what was given.

    `where` is empty, or begins a sentence ("On your sheet"); `shown` is empty where the answer may not be repeated.

    >>> not_right("", "service", "ads")
    '"service" isn\'t right yet (you gave ads).'
    >>> not_right("On your sheet", shown="7 ms"), not_right("On your sheet")
    ('On your sheet you return 7 ms.', 'On your sheet your answer differs.')
    """
    given = f" (you gave {shown})" if shown else ""
    if part:
        return f'{where}{" " if where else ""}"{part}" isn\'t right yet{given}.'
    if shown:
        return f"{where} you return {shown}." if where else f"Your answer is {shown}."
    return f"{where} your answer differs." if where else "Your answer differs."


def folded(*sentences: str) -> tuple[str, ...]:
    """Sentences as lines of at most 78 columns, at most three; the first is shortened to make room for the rest.

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
