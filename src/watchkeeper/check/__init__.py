"""What a notebook calls: `check(...)`, `hint(...)` and `progress()`.

In a notebook a check shows its outcome and never raises, so that Run All goes on. Under `nbgrader validate` it raises.
In a graded run it only hands out the answer and raises "not judged yet": the verdict is given outside this process.
"""

from __future__ import annotations

import os
from typing import Any

from watchkeeper.check.answers import AnswerProblem, MapOf, Plain, SomeOf, a_kind, is_blank
from watchkeeper.check.compare import part, parts_of
from watchkeeper.check.key import Question, load, reflections
from watchkeeper.check.outcome import (
    FOR_MENTOR,
    NOT_ATTEMPTED,
    NOT_YET,
    PASSED,
    STOPPED,
    NotPassed,
    Outcome,
    folded,
)
from watchkeeper.errors import KeyProblem, WatchkeeperError

__all__ = ["check", "hint", "progress"]

_outcomes: dict[str, str] = {}
_hints_given: dict[str, int] = {}


def check(name: str, answer: Any = ...) -> None:
    """Check the answer to the question `name`: a value, or for *write it* questions a function.

    Shows one of: passed, not yet, not attempted, your code stopped, for your mentor.
    """
    mode = os.environ.get("NBGRADER_EXECUTION", "")
    if mode == "autograde":
        hand_out(load()[name], answer)
        return
    try:
        outcome = _outcome(_question(name), answer)
    except WatchkeeperError as error:
        outcome = Outcome(name, NOT_YET, folded(*str(error).splitlines()))
    _outcomes[name] = outcome.word
    if mode == "validate" and outcome.word != PASSED:
        raise NotPassed(outcome)
    _show(outcome)


def hand_out(question: Question, answer: Any) -> None:
    """See `handout.hand_out`. What calls functions imports pandas, and a grader that only compares does without."""
    from watchkeeper.check import handout

    handout.hand_out(question, answer)


def hint(name: str = "") -> None:
    """Show the next hint for the question `name`; each call goes one step further, the last one stays."""
    try:
        question = _question(name)
    except KeyProblem as error:
        return _say(str(error))
    step = min(_hints_given.get(name, 0), len(question.hints) - 1)
    _hints_given[name] = step + 1
    _say(f"Hint {step + 1} of {len(question.hints)}: {question.hints[step]}")


def progress() -> None:
    """Show where you stand in this notebook since it was started, a line per question, in words."""
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":  # nothing is judged in here, so there is nothing to count
        return _say("This was graded: the verdict stands below each check.")
    try:
        questions, texts = load(), reflections()
    except KeyProblem as error:
        return _say(str(error))
    # Which notebook this is, a kernel does not know; what was checked in it tells.
    here = {questions[name].notebook for name in _outcomes if name in questions}
    words = {
        name: _outcomes.get(name, NOT_ATTEMPTED) for name, one in questions.items() if not here or one.notebook in here
    }
    done = sum(word == PASSED for word in words.values())
    total = len(words)
    words |= {name: FOR_MENTOR for name, notebook in texts.items() if not here or notebook in here}
    width = max(map(len, words))
    lines = [f"{name.ljust(width)}  {word}" for name, word in words.items()]
    _say("\n".join([*lines, f"{done} of {total} passed since this notebook was started."]))


def _question(name: str) -> Question:
    questions = load()
    if name not in questions:
        said = f"This module has no question {name!r}." if name else 'Say which question, as in hint("…").'
        raise KeyProblem(f"{said} Its questions: {', '.join(questions)}.")
    return questions[name]


def _outcome(question: Question, answer: Any) -> Outcome:
    if is_blank(answer):
        return Outcome(question.name, NOT_ATTEMPTED)
    if question.kind == "compute":
        return _of_function(question, answer)
    try:
        plain = question.answer.plain(answer)
    except AnswerProblem as problem:
        return Outcome(question.name, NOT_YET, folded(str(problem), f'hint("{question.name}") goes a step further.'))
    return _compared(question, plain, 0, f"Your answer is {question.answer.show(plain)}.") or _passed(question)


def _of_function(question: Question, function: Any) -> Outcome:
    if not callable(function):
        said = f"This asks for a function; you gave {a_kind(function)}. Pass its name, without brackets."
        return Outcome(question.name, NOT_YET, folded(said))
    from watchkeeper.check import call
    from watchkeeper.check.inputs import resolve

    results = call.on_each(function, resolve(question.inputs), question.answer, question.yours)
    for position, result in enumerate(results):
        if result.problem == "not attempted":
            return Outcome(question.name, NOT_ATTEMPTED)
        where = f"On {result.input}"
        if result.stopped:
            return Outcome(question.name, STOPPED, folded(f"{where}:", result.stopped))
        if result.problem:
            return Outcome(question.name, NOT_YET, folded(f"{where}: {result.problem}"))
        said = f"{where} you return {question.answer.show(result.plain)}."
        if outcome := _compared(question, result.plain, position, said, f"{where} "):
            return outcome
    return _passed(question)


def _compared(question: Question, plain: Plain, position: int, said: str, where: str = "") -> Outcome | None:
    """The outcome of an answer that is not right, None for one that is; `where` names the input, of several."""
    parts = parts_of(question.answer)
    off = [name for name, kind in parts.items() if not question.is_right(name, position, kind, part(plain, name))]
    if not off:
        return None
    wrong = question.wrong_answer(position, plain)
    # The part that is named must be one that the hint is about.
    name = next((one for one in off if wrong and wrong.digests[one][position] is not None), off[0])
    about = f'{where}the part "{name}" ({parts[name].show(part(plain, name))}) is not it yet.' if name else said
    about = about[0].upper() + about[1:]
    if wrong:
        return Outcome(question.name, NOT_YET, folded(about, *wrong.hint), wrong.name)
    return Outcome(question.name, NOT_YET, folded(about, *_what_differs(question, name, position, part(plain, name))))


def _what_differs(question: Question, name: str, position: int, plain: Plain) -> tuple[str, ...]:
    kind = parts_of(question.answer)[name]
    atoms, paths = kind.atoms(plain), question.differing(name, position, kind, plain)
    step = f'hint("{question.name}") goes a step further.'
    if isinstance(kind, SomeOf) and atoms:  # which of them fit is not said: evidence is to be found, not tried out
        few = not paths and len(atoms) < kind.at_least
        return (f"The question asks for {kind.at_least} or more." if few else "Not all of them show it.", step)
    if not paths and len(question.right[name][position]) > len(atoms):
        return ("What you have is right, but something is missing." if atoms else "It must not be empty here.", step)
    if len(atoms) < 2 or not paths:
        return (f"That is not it yet. {step}",)
    first = paths[0][:40] + (f": {kind.value.show(plain[paths[0]])}" if isinstance(kind, MapOf) else "")
    return (f"{len(paths)} of {len(atoms)} entries don't fit, first {first}.", step)


def _passed(question: Question) -> Outcome:
    return Outcome(question.name, PASSED, folded(question.passed))


def _show(outcome: Outcome) -> None:
    from IPython.display import display

    display(outcome)


def _say(text: str) -> None:
    print(text)
