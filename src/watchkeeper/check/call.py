"""Calls an apprentice's function: on copies, with the library's own answer switched off, and its errors caught."""

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
    """The exercise asks for a function that the library has, and the answer calls the library's. Holds its name."""


def on_each(
    function: Callable[[Any], Any], inputs: Iterable[tuple[str, Any]], kind: AnswerType, yours: tuple[str, ...]
) -> Iterator[Given]:
    """Call `function` on a copy of each input. One item per input, in order; after an interrupt there are no more."""
    for label, value in inputs:
        given = once(function, label, value, kind, yours)
        yield given
        if given.problem and given.problem.kind == INTERRUPTED:
            return  # by the apprentice or by the grader's timeout: the next call would not end either


def once(function: Callable[[Any], Any], label: str, value: Any, kind: AnswerType, yours: tuple[str, ...]) -> Given:
    """Call `function` on a copy of one input. Never raises for what the function does.

    `kind` is the type that the answer should have; `yours` are library functions, dotted, that are switched off.
    """
    try:
        with out_of_reach(yours), without_exit(function), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a right answer may warn, but nbgrader gives 0 points for text on stderr
            given = function(copied(value))
    except KeyboardInterrupt:
        return Given(label, problem=Problem(INTERRUPTED))
    except SystemExit:
        return Given(label, problem=Problem(EXITED))
    except Exception as error:
        # The function still has a blank (`...`) in it, and used the blank as a value.
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
    except Exception as error:  # the code of a generator only runs when `plain` takes its items
        return raised(label, error)


def raised(label: str, error: Exception) -> Given:
    """The problem that an apprentice's function raised `error`, with the line of their code, never a line of ours."""
    if isinstance(error, YoursToWrite):
        return Given(label, problem=Problem(YOURS, name=str(error)))
    text, line = f"{type(error).__name__}: {error}".splitlines()[0][:110], 0
    theirs = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_theirs(frame.filename)]
    if theirs:
        line = theirs[-1].lineno or 0
        text = f"{text} (line {line}: {theirs[-1].line})"
    return Given(label, problem=Problem(RAISED, error=type(error).__name__, line=line), told=text)


def _is_theirs(filename: str) -> bool:
    """Whether the file is a notebook cell: IPython gives cells file names that no installed package has."""
    return "ipykernel_" in filename or filename.startswith("<")


@contextmanager
def out_of_reach(names: tuple[str, ...]) -> Iterator[None]:
    """Make library functions raise YoursToWrite, under any name that they are called by.

    `names` are dotted, such as `watchkeeper.traces.self_time`. This reminds an honest apprentice of the exercise. It
    does not stop one who looks for a way around it: the helpers of these functions can still be called.
    """
    switched_off = []
    for dotted in names:
        module, _, attribute = dotted.rpartition(".")
        original = getattr(import_module(module), attribute)
        switched_off.append((original, original.__code__, original.__defaults__, original.__kwdefaults__))
        # Replace its code, not its name in the module: an alias, a default argument or a list also holds the function.
        original.__defaults__ = original.__kwdefaults__ = None
        original.__code__ = _refuse.__code__.replace(co_name=attribute)
    try:
        yield
    finally:
        for original, code, defaults, keywords in reversed(switched_off):
            original.__code__, original.__defaults__, original.__kwdefaults__ = code, defaults, keywords


def _refuse(*_: Any, **__: Any) -> Any:
    """Its code is put into another function, so it sees that function's globals and none of this module's."""
    import sys

    from watchkeeper.check.call import YoursToWrite

    name = sys._getframe().f_code.co_name
    raise YoursToWrite(name)


@contextmanager
def without_exit(function: Callable[..., Any]) -> Iterator[None]:
    """Make `exit()` and `quit()` end only the call. In a notebook they stop the kernel, and every answer is lost."""
    namespace = getattr(function, "__globals__", {})
    names = [name for name in ("exit", "quit") if name in namespace]
    originals = {name: namespace[name] for name in names}
    namespace.update(dict.fromkeys(names, _leave))
    try:
        yield
    finally:
        namespace.update(originals)


def _leave(*_: Any) -> Any:
    raise SystemExit
