"""What a notebook calls: `check(...)`, `hint(...)` and `progress()`.

In a notebook a check shows its outcome and never raises, so that Run All goes on. Under `nbgrader validate` it raises.
In a graded run it only hands out the answer as data and raises `NotJudged`: the grader compares it in another process.
"""

from __future__ import annotations

import os
import warnings
from typing import Any

from watchkeeper.check.answers import MapOf, Plain, SetOf, SomeOf
from watchkeeper.check.compare import part, parts_of
from watchkeeper.check.handout import hand_out
from watchkeeper.check.key import Keyed, find, load, reflections
from watchkeeper.check.kinds import kind_of
from watchkeeper.check.outcome import (
    FOR_MENTOR,
    NOT_ATTEMPTED,
    NOT_YET,
    PASSED,
    STOPPED,
    NotPassed,
    Outcome,
    continued,
    folded,
    not_right,
)
from watchkeeper.check.problem import BLANK, STOPPING, Given, in_notebook
from watchkeeper.errors import KeyProblem, TelemetryWarning, WatchkeeperError

__all__ = ["check", "hint", "progress"]

_outcomes: dict[str, str] = {}
_hints_given: dict[str, int] = {}


def check(name: str, answer: Any = ...) -> None:
    """Check the answer to the question `name`: a value, or a function where the question asks for one.

    Shows one of: passed, not yet, not attempted, your code stopped.
    """
    with warnings.catch_warnings():
        # nbgrader gives 0 points for text on stderr, and an answer is not to blame for what a recording holds.
        warnings.simplefilter("ignore", TelemetryWarning)
        _check(name, answer)


def _check(name: str, answer: Any) -> None:
    mode = os.environ.get("NBGRADER_EXECUTION", "")
    if mode == "autograde":
        hand_out(find(name), answer)
        return
    try:
        outcome = _outcome(find(name), answer)
    except WatchkeeperError as error:
        outcome = Outcome(name, NOT_YET, folded(*str(error).splitlines()))
    _outcomes[name] = outcome.word
    if mode == "validate" and outcome.word != PASSED:
        raise NotPassed(outcome)
    _show(outcome)


def hint(name: str = "") -> None:
    """Show the next hint for the question `name`. After the last hint, each call shows that one again."""
    try:
        hints = find(name).hints
    except KeyProblem as error:
        return _say(str(error))
    step = min(_hints_given.get(name, 0), len(hints) - 1)
    _hints_given[name] = step + 1
    _say(f"Hint {step + 1} of {len(hints)}: {hints[step]}")


def progress() -> None:
    """Show how far you have come since this notebook was started: one line per question, with its last outcome."""
    if os.environ.get("NBGRADER_EXECUTION") == "autograde":  # no outcomes here: the answers are judged elsewhere
        return _say("This notebook has been graded; the result is shown under each check.")
    try:
        questions, texts = load(), reflections()
    except KeyProblem as error:
        return _say(str(error))
    # A kernel does not know which notebook it runs, but the questions that were checked in it do.
    here = {questions[name].notebook for name in _outcomes if name in questions}
    words = {
        name: _outcomes.get(name, NOT_ATTEMPTED)
        for name, question in questions.items()
        if not here or question.notebook in here
    }
    done = sum(word == PASSED for word in words.values())
    total = len(words)
    words |= {name: FOR_MENTOR for name, notebook in texts.items() if not here or notebook in here}
    width = max(map(len, words))
    lines = [f"{name.ljust(width)}  {word}" for name, word in words.items()]
    _say("\n".join([*lines, f"{done} of {total} passed since this notebook was started."]))


def _outcome(question: Keyed, answer: Any) -> Outcome:
    for position, given in enumerate(kind_of(question).collect(question, answer)):
        if outcome := _problem(question, given) or _compared(question, given, position):
            return outcome
    return Outcome(question.name, PASSED, folded(question.passed))


def _problem(question: Keyed, given: Given) -> Outcome | None:
    """The outcome if there is a problem instead of an answer, else None. For a function, it names the input."""
    if not given.problem:
        return None
    if given.problem.kind == BLANK:
        return Outcome(question.name, NOT_ATTEMPTED)
    sentence = in_notebook(given)
    if given.problem.kind in STOPPING:
        return Outcome(question.name, STOPPED, folded(f"On {given.input}:", sentence))
    if given.input:
        return Outcome(question.name, NOT_YET, folded(f"On {given.input}: {continued(sentence)}"))
    return Outcome(question.name, NOT_YET, folded(sentence, _next_step(question)))


def _compared(question: Keyed, given: Given, position: int) -> Outcome | None:
    """The outcome of an answer that is not right; None for a right one. `position` is the input's, from 0."""
    parts, plain = parts_of(question.answer), given.plain
    off = [name for name, kind in parts.items() if not question.is_right(name, position, kind, part(plain, name))]
    if not off:
        return None
    wrong = question.wrong_answer(position, plain)
    # The reply names one wrong part: one that the hint is about.
    name = next((each for each in off if wrong and wrong.digests[each][position] is not None), off[0])
    shown = (parts[name] if name else question.answer).show(part(plain, name))
    about = not_right(f"On {given.input}" if given.input else "", name, shown)
    if wrong:
        return Outcome(question.name, NOT_YET, folded(about, *wrong.hint), wrong.name)
    return Outcome(question.name, NOT_YET, folded(about, *_what_differs(question, name, position, part(plain, name))))


def _next_step(question: Keyed) -> str:
    return f'For more help, run hint("{question.name}").'


def _what_differs(question: Keyed, name: str, position: int, plain: Plain) -> tuple[str, ...]:
    """What is wrong with one part of an answer that is not a known wrong one, and the next step."""
    kind = parts_of(question.answer)[name]
    atoms, paths = kind.atoms(plain), question.differing(name, position, kind, plain)
    step = _next_step(question)
    if isinstance(kind, SomeOf) and atoms:  # doesn't say which items are wrong, or evidence could be found by trial
        few = not paths and len(atoms) < kind.at_least
        return (f"The question asks for {kind.at_least} or more." if few else "At least one of them is wrong.", step)
    if not paths and len(question.right[name][position]) > len(atoms):
        return ("What you have is right, but something is missing." if atoms else "It should not be empty here.", step)
    if len(atoms) < 2 or not paths:
        return (step,) if name else (f"That isn't right yet. {step}",)
    first = (paths[0][1:-1] if isinstance(kind, SetOf) else paths[0])[:40]  # a set's paths are in braces
    if isinstance(kind, MapOf):
        first += f" ({kind.value.show(plain[paths[0]])})"
    return (f"Not right yet: {len(paths)} of {len(atoms)} entries. The first is {first}.", step)


def _show(outcome: Outcome) -> None:
    from IPython.display import display

    display(outcome)


def _say(text: str) -> None:
    print(text)
