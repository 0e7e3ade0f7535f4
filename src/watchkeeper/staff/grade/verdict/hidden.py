"""What an apprentice is told of a run on recordings nobody may see: our own words, never those of the submission.

A function that was given a held-back recording could raise an error whose text is that recording. So of what it said
only the kind of error and a line number are kept.
"""

from __future__ import annotations

import builtins
import re
from typing import TYPE_CHECKING

from watchkeeper.check.outcome import INTERRUPTED, NO_REPLY

if TYPE_CHECKING:
    from watchkeeper.staff.author.marking import Question
    from watchkeeper.staff.grade.edition import Asked

AS_THEY_ARE = {
    INTERRUPTED,
    NO_REPLY,
    "It called exit(). Return the answer instead.",
    "This asks for a function.",
    "not attempted",
    "This question was asked twice.",
    "The answer is larger than 1 MB.",
}
KNOWN_ERRORS = {name for name, one in vars(builtins).items() if isinstance(one, type) and issubclass(one, Exception)}
KNOWN_ERRORS |= {
    "ZeroDivisionError",
    "StatisticsError",
    "RecordingError",
    "LogsError",
    "TracesError",
    "SloError",
    "IndexingError",
    "MergeError",
    "InvalidIndexError",
    "UndefinedVariableError",
}


def in_our_words(question: Question | Asked, said: str) -> str:
    """The sentence that may be shown for what a submission's function `said` it stumbled over; "" for nothing."""
    if not said or said in AS_THEY_ARE:
        return said
    if (yours := re.match(r"(\w+)\(\) is yours to write here", said)) and any(
        dotted.endswith(f".{yours[1]}") for dotted in question.yours
    ):
        return f"{yours[1]}() is yours to write here, so the library's is switched off."
    if said.startswith("It is None"):
        return "It returns None there: does every way through it return?"
    if (error := re.match(r"(\w{1,40})(?=:|$| \()", said)) and error[1] in KNOWN_ERRORS:
        line = re.search(r"\(line (\d{1,3}):", said)
        return f"it stopped with {error[1]}" + (f" in line {line[1]} of its cell." if line else ".")
    return f"what it returns is not {question.answer.noun}."
