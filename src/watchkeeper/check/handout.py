"""In a graded run: put the answer where the judge finds it, and leave the verdict to the judge."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from watchkeeper.check.kinds import kind_of
from watchkeeper.check.outcome import NOT_YET, NotJudged, Outcome
from watchkeeper.check.problem import TOO_LARGE, Given, Problem
from watchkeeper.check.question import Question

MIME = "application/vnd.watchkeeper.answer+json"
HELD_BACK = "WATCHKEEPER_HELD_BACK"  # the folder of recordings that functions are called on in a graded run
LARGEST = 1_000_000  # bytes of JSON an answer may have

NOT_JUDGED = (
    "Not judged yet: your answer was recorded, but it has not been marked.",
    "This course is graded with its own nbgrader_config.py; run the command",
    "in the folder that holds that file.",
)

Collector = Callable[[Question, Any], list[dict[str, Any]]]
_later: list[Collector] = []


def wait_with(collector: Collector) -> None:
    """From now on an answer that is to be run goes to `collector` instead, and what that gives is handed out.

    For the process of a graded notebook, before its first cell. A submission can call this too, or change what is kept
    here: then its own answers are not asked, or are others, and nothing of anybody else's.
    """
    _later[:] = [collector]


def hand_out(question: Question, answer: Any) -> None:
    """Display the plain answer under a type of its own, then raise, so that nothing scores without the judge."""
    from IPython.display import publish_display_data

    # What calls functions takes a second to import: the first check pays, not a cell that reads recordings as well.
    from watchkeeper.check import call  # noqa: F401

    payload = {"question": question.name, "results": results(question, answer)}
    if len(json.dumps(payload)) > LARGEST:
        payload = {"question": question.name, "results": [Given(problem=Problem(TOO_LARGE)).record()]}
    publish_display_data({MIME: payload})
    raise NotJudged(Outcome(question.name, NOT_YET, NOT_JUDGED))


def results(question: Question, answer: Any) -> list[dict[str, Any]]:
    """The answer as plain data, one item per input: `{"input": label, "plain": …}` or `{"input": …, "problem": …}`."""
    kind = kind_of(question)
    if _later and kind.waits(answer):
        return _later[0](question, answer)
    folder = os.environ.get(HELD_BACK)
    return [given.record() for given in kind.collect(question, answer, Path(folder) if folder else None)]
