"""In a graded run: put the answer where the judge finds it, and leave the verdict to the judge."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from watchkeeper.check import call
from watchkeeper.check.answers import AnswerProblem, is_blank
from watchkeeper.check.inputs import resolve
from watchkeeper.check.key import Question
from watchkeeper.check.outcome import NOT_YET, NotJudged, Outcome
from watchkeeper.recording import Library

MIME = "application/vnd.watchkeeper.answer+json"
HELD_BACK = "WATCHKEEPER_HELD_BACK"  # the folder of recordings that functions are called on in a graded run
LARGEST = 1_000_000  # bytes of JSON an answer may have

NOT_JUDGED = (
    "Not judged yet: your answer was handed out, and nobody has compared it.",
    "This course is graded with its own nbgrader_config.py; run the command",
    "in the folder that holds that file.",
)


def hand_out(question: Question, answer: Any) -> None:
    """Display the plain answer under a type of its own, then raise, so that nothing scores without the judge."""
    from IPython.display import publish_display_data

    payload = {"question": question.name, "results": results(question, answer)}
    if len(json.dumps(payload)) > LARGEST:
        payload = {"question": question.name, "results": [{"problem": "The answer is larger than 1 MB."}]}
    publish_display_data({MIME: payload})
    raise NotJudged(Outcome(question.name, NOT_YET, NOT_JUDGED))


def results(question: Question, answer: Any) -> list[dict[str, Any]]:
    """The answer as plain data, one entry an input."""
    if is_blank(answer):
        return [{"problem": "not attempted"}]
    if question.kind != "compute":
        try:
            return [{"input": "", "plain": question.answer.plain(answer)}]
        except AnswerProblem as problem:
            return [{"input": "", "problem": str(problem)}]
    if not callable(answer):
        return [{"problem": "This asks for a function."}]
    folder = os.environ.get(HELD_BACK)
    each = call.on_each(
        answer, resolve(question.inputs, Library(Path(folder) if folder else None)), question.answer, question.yours
    )
    return [entry(result) for result in each]


def entry(result: call.Result) -> dict[str, Any]:
    """One input's result as it is handed out: its plain answer, or the sentence that says why there is none."""
    if result.answered:
        return {"input": result.input, "plain": result.plain}
    return {"input": result.input, "problem": result.problem or result.stopped}
