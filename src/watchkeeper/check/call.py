"""Calling an apprentice's function: on copies, the library's own answer out of reach, its faults caught."""

from __future__ import annotations

import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from watchkeeper.check.answers import AnswerProblem, AnswerType
from watchkeeper.check.inputs import copied
from watchkeeper.check.problem import BLANK, EXITED, FORM, INTERRUPTED, RAISED, YOURS, Given, Problem


class YoursToWrite(Exception):
    """A function of the library was called in an exercise that asks for that very function; it holds its name."""


def on_each(
    function: Callable[[Any], Any], inputs: Iterable[tuple[str, Any]], kind: AnswerType, yours: tuple[str, ...]
) -> Iterator[Given]:
    """Call `function` on a copy of each input, one item per input, in order; none after it was interrupted."""
    for label, value in inputs:
        given = once(function, label, value, kind, yours)
        yield given
        if given.problem and given.problem.kind == INTERRUPTED:
            return  # by its author, or by the grader's clock: the next call would not end either


def once(function: Callable[[Any], Any], label: str, value: Any, kind: AnswerType, yours: tuple[str, ...]) -> Given:
    """Call `function` on a copy of one input."""
    try:
        with out_of_reach(yours), without_exit(function), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a correct answer that warns is correct: nbgrader scores stderr 0
            given = function(copied(value))
    except KeyboardInterrupt:
        return Given(label, problem=Problem(INTERRUPTED))
    except SystemExit:
        return Given(label, problem=Problem(EXITED))
    except Exception as error:
        # A blank of a completion is still a blank, whatever its value was used for.
        if isinstance(error, TypeError | AttributeError) and "ellipsis" in str(error):
            return Given(label, problem=Problem(BLANK))
        return raised(label, error)
    if given is ...:
        return Given(label, problem=Problem(BLANK))
    try:
        return Given(label, plain=kind.plain(given))
    except AnswerProblem as refused:
        return Given(label, problem=Problem(FORM, why=refused.why, part=refused.part), told=str(refused))
    except KeyboardInterrupt:
        return Given(label, problem=Problem(INTERRUPTED))
    except Exception as error:  # a generator only runs now
        return raised(label, error)


def raised(label: str, error: Exception) -> Given:
    """What an error of the apprentice's says, with their own line of code: never one of ours.

    Notebook cells are compiled under names that lie outside any installed package.
    """
    if isinstance(error, YoursToWrite):
        return Given(label, problem=Problem(YOURS, name=str(error)))
    said, line = f"{type(error).__name__}: {error}".splitlines()[0][:110], 0
    theirs = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    if theirs:
        line = theirs[-1].lineno or 0
        said = f"{said} (line {line}: {theirs[-1].line})"
    return Given(label, problem=Problem(RAISED, error=type(error).__name__, line=line), told=said)


def _is_theirs(filename: str) -> bool:
    return "ipykernel_" in filename or filename.startswith("<")


@contextmanager
def out_of_reach(names: tuple[str, ...]) -> Iterator[None]:
    """Let library functions say that they are the apprentice's to write, by whatever name they are reached.

    `names` are dotted, such as `watchkeeper.traces.self_time`. This keeps an honest apprentice on the exercise; it is
    no wall against one who looks for a way round: helpers of these functions can still be called.
    """
    switched_off = []
    for dotted in names:
        module, _, attribute = dotted.rpartition(".")
        original = getattr(import_module(module), attribute)
        switched_off.append((original, original.__code__, original.__defaults__, original.__kwdefaults__))
        # The code itself is exchanged: an import, an alias, a default argument or a list would keep the function.
        original.__defaults__ = original.__kwdefaults__ = None
        original.__code__ = _refuse.__code__.replace(co_name=attribute)
    try:
        yield
    finally:
        for original, code, defaults, keywords in reversed(switched_off):
            original.__code__, original.__defaults__, original.__kwdefaults__ = code, defaults, keywords


def _refuse(*_: Any, **__: Any) -> Any:
    """Stands in another function's place, so it sees that function's globals and none of this file's."""
    import sys

    from watchkeeper.check.call import YoursToWrite

    name = sys._getframe().f_code.co_name
    raise YoursToWrite(name)


@contextmanager
def without_exit(function: Callable[..., Any]) -> Iterator[None]:
    """In a notebook `exit()` takes the kernel down, and every answer with it; here it only ends the call."""
    space = getattr(function, "__globals__", {})
    names = [name for name in ("exit", "quit") if name in space]
    kept = {name: space[name] for name in names}
    space.update(dict.fromkeys(names, _leave))
    try:
        yield
    finally:
        space.update(kept)


def _leave(*_: Any) -> Any:
    raise SystemExit
