"""What `check` does in a graded run: it hands out the answer as data, for the judge to compare in another process."""

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
LARGEST = 1_000_000  # bytes of JSON, for one answer

NOT_JUDGED = (
    "Your answer was recorded but has not been marked.",
    "This course is graded with its own nbgrader_config.py: run the command",
    "in the folder that holds that file.",
)

Collector = Callable[[Question, Any], list[dict[str, Any]]]
_later: list[Collector] = []


def wait_with(collector: Collector) -> None:
    """From now on an answer that has to be run goes to `collector`, and what that returns is handed out.

    Called in the process of a graded notebook before its first cell. A submission can call it too, or change `_later`:
    that can only spoil its own answers.
    """
    _later[:] = [collector]


def hand_out(question: Question, answer: Any) -> None:
    """Display the plain answer under the type MIME. Always raises NotJudged: nothing scores without the judge."""
    from IPython.display import publish_display_data

    # The code that calls functions takes a second to import. The first check waits for it, because the first function's
    # cell may also read recordings, and every cell has a time limit.
    from watchkeeper.check import call  # noqa: F401

    payload = {"question": question.name, "results": results(question, answer)}
    if len(json.dumps(payload)) > LARGEST:
        payload = {"question": question.name, "results": [Given(problem=Problem(TOO_LARGE)).record()]}
    publish_display_data({MIME: payload})
    raise NotJudged(Outcome(question.name, NOT_YET, NOT_JUDGED))


def results(question: Question, answer: Any) -> list[dict[str, Any]]:
    """The answer as plain data. One item per input: `{"input": label, "plain": …}` or `{"input": …, "problem": …}`."""
    kind = kind_of(question)
    if _later and kind.waits(answer):
        return _later[0](question, answer)
    folder = os.environ.get(HELD_BACK)
    return [given.record() for given in kind.collect(question, answer, Path(folder) if folder else None)]
