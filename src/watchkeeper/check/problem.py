"""What went wrong with an answer, as data, and the two functions that put it into words.

In a graded run a problem comes from the submission's own process, so any of it may be forged. `believed` keeps only
what the course's own code could have reported, and `when_graded` puts that into words. A function that was called on a
held-back recording could raise an error whose text is that recording, so graded feedback only gives the error's class,
if it is a known one, and a line number.
"""

from __future__ import annotations

import builtins
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any

from watchkeeper.check.answers import WHYS, AnswerType, Plain, Text
from watchkeeper.check.codec import Damaged, from_plain
from watchkeeper.check.compare import parts_of
from watchkeeper.check.outcome import continued
from watchkeeper.check.question import Question
from watchkeeper.errors import WatchkeeperError

BLANK = "blank"  # nothing was filled in
FORM = "form"  # the value can't be an answer to this question; `why` and `part` as in AnswerProblem
NOT_A_FUNCTION = "not a function"
RAISED = "raised"  # with `error` and `line`
EXITED = "exited"
INTERRUPTED = "interrupted"
YOURS = "yours"  # the library's function `name` is switched off here
TOO_LARGE = "too large"
TWICE = "twice"  # the function of a question was checked twice
ELSEWHERE = "elsewhere"  # it was checked outside the course's own cell
LATER = "later"  # the function will be called once the notebook has ended
NO_REPLY = "no reply"  # the process that should have called the function ended, or took too long
UNREADABLE = "unreadable"  # what was handed out can't come from the course's own code

SENTENCES = {
    BLANK: "Nothing was filled in.",
    NOT_A_FUNCTION: "This asks for a function. Pass its name, without parentheses.",
    EXITED: "Your function called exit(). Return the answer instead.",
    INTERRUPTED: "Your function was stopped before it returned. Check that every loop ends.",
    TOO_LARGE: "The answer is larger than 1 MB. Give only what the question asks for.",
    TWICE: "This question was checked twice. Check it once.",
    ELSEWHERE: "Only the check in the course's own cell counts.",
    LATER: "The grader never called your function.",
    NO_REPLY: "Your function exited, ran out of memory, or took too long.",
    UNREADABLE: "The grader could not read the answer.",
}
# The sentences for FORM, one for each of WHYS. `{noun}` is what the question asks for.
FORMS = {
    "none": "It is None, not {noun}. Is a `return` missing?",
    "nan": "nan can't be a measured value. Look for an empty selection, or 0 / 0.",
    "inf": "An infinite number can't be a measured value. Did you divide by zero?",
    "time": "It looks like a point in time (nanoseconds since 1970); this asks for {noun}.",
    "large": "It is out of range; this asks for {noun}. Check the unit.",
    "order": "It is a set, which has no order; this asks for a list.",
    "option": "It is not one of: {options}.",
    "type": "It is not {noun}.",
}
STOPPING = {RAISED, EXITED, INTERRUPTED, YOURS}  # the apprentice's code stopped before it gave an answer

LAST_LINE = 999  # of a cell; a submission could use larger line numbers to send data out
OF_LIBRARIES = {"IndexingError", "InvalidIndexError", "MergeError", "StatisticsError", "UndefinedVariableError"}


@dataclass(frozen=True)
class Problem:
    """Why there is no answer. `kind` is one of the constants above, which name the fields that go with it."""

    kind: str
    error: str = ""
    line: int = 0
    name: str = ""
    why: str = ""
    part: str = ""

    def record(self) -> dict[str, Any]:
        """The problem as it is handed out, without its empty fields."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Given:
    """What an answer gave on one input: plain data or a problem.

    `input` is the input's label, empty for an answer that is a value. `told` describes the problem in words that may
    contain data of the input: it is for the notebook, and never handed out.
    """

    input: str = ""
    plain: Plain = None
    problem: Problem | None = None
    told: str = ""

    def record(self) -> dict[str, Any]:
        """The item as it is handed out in a graded run, without `told`."""
        if self.problem:
            return {"input": self.input, "problem": self.problem.record()}
        return {"input": self.input, "plain": self.plain}


def in_notebook(given: Given) -> str:
    """The problem in a sentence, for the person whose code it is."""
    assert given.problem
    return given.told or _plainly(given.problem)


def _plainly(problem: Problem) -> str:
    if problem.kind == YOURS:
        return f"{problem.name}() is yours to write here, so the library's version is switched off."
    return SENTENCES[problem.kind]


def believed(data: Any, question: Question) -> Problem:
    """The problem that a submission reports, without everything that the course's own code would not report."""
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
    """The problem in a sentence without any of the input's data and without any word of the submission's."""
    if problem.kind == RAISED:
        line = f" in line {problem.line} of its cell" if problem.line else ""
        return f"Your function stopped with {problem.error or 'an error'}{line}."
    if problem.kind != FORM:
        return _plainly(problem)
    kind = parts_of(answer).get(problem.part, answer)
    if problem.why == "missing":
        return f'The part "{problem.part}" is missing; this asks for {answer.noun}.'
    why = "type" if problem.why == "option" and not (isinstance(kind, Text) and kind.options) else problem.why
    sentence = FORMS[why].format(noun=kind.noun, options=", ".join(getattr(kind, "options", ())))
    return f'In "{problem.part}": {continued(sentence)}' if problem.part else sentence


def is_known(error: str) -> bool:
    """Whether feedback may name this error class: one of Python's, of OF_LIBRARIES, or of ours outside staff/."""
    builtin = getattr(builtins, error, None) if error.isidentifier() else None
    return error in OF_LIBRARIES or error in ours() or (isinstance(builtin, type) and issubclass(builtin, Exception))


@cache
def ours() -> frozenset[str]:
    """The names of the package's errors that an apprentice's code can meet; `watchkeeper.errors` has all of them."""
    classes: list[type] = [WatchkeeperError]
    for each in classes:  # the list grows while it is read
        classes += each.__subclasses__()
    return frozenset(each.__name__ for each in classes if each.__module__ == WatchkeeperError.__module__)
