"""What went wrong with an answer, as data, and the two places where that is put into words.

In a graded run a problem comes out of the submission's own process, so any of it may be forged: `believed` keeps what
the course itself could have said, and `when_graded` tells nothing else. A function that was given a held-back recording
could raise an error whose text is that recording, so only the error's class, if it is a known one, and a line number
are told.
"""

from __future__ import annotations

import builtins
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from watchkeeper.check.answers import WHYS, AnswerType, Plain, Text
from watchkeeper.check.codec import Damaged, from_plain
from watchkeeper.check.compare import parts_of
from watchkeeper.check.question import Question
from watchkeeper.errors import WatchkeeperError

BLANK = "blank"  # nothing was filled in
FORM = "form"  # the value can't be an answer to this question; `why` and `part` as in AnswerProblem
NOT_A_FUNCTION = "not a function"
RAISED = "raised"  # `error` and `line`
EXITED = "exited"
INTERRUPTED = "interrupted"
YOURS = "yours"  # the library's function `name` is switched off here
TOO_LARGE = "too large"
TWICE = "twice"
ELSEWHERE = "elsewhere"  # checked outside the course's own cell
LATER = "later"  # the results come when the notebook has ended
NO_REPLY = "no reply"
UNREADABLE = "unreadable"

SENTENCES = {
    BLANK: "Nothing was filled in.",
    NOT_A_FUNCTION: "This asks for a function. Pass its name, without parentheses.",
    EXITED: "It called exit(). Return the answer instead.",
    INTERRUPTED: "It was stopped before it returned. Check that every loop ends.",
    TOO_LARGE: "The answer is larger than 1 MB.",
    TWICE: "This question was checked twice.",
    ELSEWHERE: "Only the course's own check counts.",
    LATER: "The answer never arrived.",
    NO_REPLY: "No answer: it exited, ran out of memory, or took too long.",
    UNREADABLE: "It does not have the form of an answer.",
}
FORMS = {
    "none": "It is None, not {noun}. A function returns None where it has no `return`.",
    "nan": "It is nan, which can't be measured. Look for an empty selection, or 0 / 0.",
    "inf": "An infinite number can't be measured. Look for a division by zero.",
    "time": "It is a point in time, in nanoseconds since 1970; this asks for {noun}.",
    "large": "It is more than any lesson asks for. Check its unit.",
    "order": "It is a set, which has no order; this asks for a list.",
    "option": "It is not one of: {options}.",
    "type": "It is not {noun}.",
}
STOPPING = {RAISED, EXITED, INTERRUPTED, YOURS}  # what stops the code of the answer

LAST_LINE = 999  # of a cell; a larger number would be a way to tell something
OF_LIBRARIES = {"IndexingError", "InvalidIndexError", "MergeError", "StatisticsError", "UndefinedVariableError"}


@dataclass(frozen=True)
class Problem:
    """Why there is no answer: `kind` is one of the constants above, the rest is what that kind says."""

    kind: str
    error: str = ""
    line: int = 0
    name: str = ""
    why: str = ""
    part: str = ""

    def record(self) -> dict[str, Any]:
        """As it is handed out, without what it does not say."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Given:
    """What an answer gave on one input: plain data, or the problem that there is instead.

    `input` is empty where the answer is not run on anything. `told` is what happened in words that may hold the data
    it met: for the notebook, never handed out.
    """

    input: str = ""
    plain: Plain = None
    problem: Problem | None = None
    told: str = ""

    def record(self) -> dict[str, Any]:
        """As it is handed out in a graded run."""
        if self.problem:
            return {"input": self.input, "problem": self.problem.record()}
        return {"input": self.input, "plain": self.plain}


def in_notebook(given: Given) -> str:
    """The problem in a sentence, for the person whose code it is."""
    assert given.problem
    return given.told or _plainly(given.problem)


def _plainly(problem: Problem) -> str:
    if problem.kind == YOURS:
        return f"{problem.name}() is yours to write here, so the library's is switched off."
    return SENTENCES[problem.kind]


def believed(data: Any, question: Question) -> Problem:
    """The problem that a submission states, less everything in it that the course's own code would not state."""
    try:
        problem = from_plain(Problem, data)
    except Damaged:
        return Problem(UNREADABLE)
    own = {dotted.rpartition(".")[2] for dotted in question.yours}
    if problem.kind == RAISED:
        line = problem.line if 0 < problem.line <= LAST_LINE else 0
        return Problem(RAISED, problem.error if is_known(problem.error) else "", line)
    if problem.kind == FORM and problem.why in WHYS:
        part = problem.part if problem.part in parts_of(question.answer) else ""
        return Problem(FORM, why=problem.why, part=part)
    if problem.kind == YOURS and problem.name in own:
        return Problem(YOURS, name=problem.name)
    return Problem(problem.kind if problem.kind in SENTENCES else UNREADABLE)


def when_graded(problem: Problem, answer: AnswerType) -> str:
    """The problem in a sentence that tells nothing of the data it met, nor a word of the submission's."""
    if problem.kind == RAISED:
        line = f" in line {problem.line} of its cell" if problem.line else ""
        return f"It stopped with {problem.error or 'an error'}{line}."
    if problem.kind != FORM:
        return _plainly(problem)
    kind = parts_of(answer).get(problem.part, answer)
    if problem.why == "missing":
        return f'The part "{problem.part}" is missing; this asks for {answer.noun}.'
    why = "type" if problem.why == "option" and not (isinstance(kind, Text) and kind.options) else problem.why
    said = FORMS[why].format(noun=kind.noun, options=", ".join(getattr(kind, "options", ())))
    return f'In "{problem.part}": {said}' if problem.part else said


def is_known(error: str) -> bool:
    """Whether this is the name of an error class that is told: Python's, ours outside staff/, and the few of pandas."""
    builtin = getattr(builtins, error, None) if error.isidentifier() else None
    return error in OF_LIBRARIES or error in ours() or (isinstance(builtin, type) and issubclass(builtin, Exception))


@cache
def ours() -> frozenset[str]:
    """The names of the package's errors that an apprentice's code can meet; `watchkeeper.errors` has them all."""
    found: list[type] = [WatchkeeperError]
    for one in found:
        found += one.__subclasses__()
    return frozenset(one.__name__ for one in found if one.__module__ == WatchkeeperError.__module__)
