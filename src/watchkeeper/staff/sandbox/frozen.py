"""Copies functions so that later cells can't change them: the copy has its own, constant versions of all its globals.

Most functions that apprentices write refer only to modules, to numbers and texts, and to other functions like these. A
copy of such a function can be called when the notebook has ended, and returns what it would have returned at its check.
For any other function the state of the whole process has to be kept: see `snapshot.py`.

Keeping the process for every function would give the same marks, and the code would be simpler. This module exists only
for speed: a fork costs 8 ms of the 47 ms of CPU time that a small notebook takes, and one fork per question would miss
the goal of the line "small, 40" in benchmarks/README.md (a thirtieth of nbgrader's own time). If that goal is dropped,
this module can be dropped too. `SEES_MORE` may therefore be too long but never too short: a function that is not copied
only costs time.
"""

from __future__ import annotations

import builtins
import os
import sys
from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

FIXED = (int, float, complex, str, bytes, bool, type(None), range)
# A function that uses one of these may read globals that its code does not name (pandas's `query` does, for "@limit"),
# or state that later cells change.
SEES_MORE = {
    "globals",
    "locals",
    "vars",
    "eval",
    "exec",
    "dir",
    "get_ipython",
    "__import__",
    "query",
    "_getframe",
    "stack",
    "currentframe",
    "__main__",
    "import_module",
    "modules",
    "pickle",
    "multiprocessing",
    "ProcessPoolExecutor",
    "random",
    "environ",
    "getenv",
    "getcwd",
    "getcontext",
    "Decimal",
}


def frozen_copy(function: Any) -> FunctionType | None:
    """A copy of a notebook's function that later cells can't change, or None if it can't be copied like that."""
    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    try:
        return _frozen_copy(function, getattr(function, "__globals__", None), space, {})
    except RecursionError:
        return None


def _frozen_copy(function: Any, seen: Any, space: dict[str, Any], made: dict[int, FunctionType]) -> FunctionType | None:
    """Copy `function` and the functions it calls into the globals `space`. None if that is impossible.

    `seen` are the globals of the first function. A function with other globals (made by `exec`) can't be copied. `made`
    are the copies so far, by the id of the original.
    """
    if type(function) is not FunctionType or function.__closure__ or function.__dict__:
        return None
    if id(function) in made:
        return made[id(function)]
    given = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    if function.__globals__ is not seen or not all(map(_is_fixed, given)):
        return None
    copy = FunctionType(function.__code__, space, function.__name__, function.__defaults__)
    copy.__kwdefaults__ = dict(function.__kwdefaults__ or {}) or None  # type: ignore[assignment]
    made[id(function)] = copy
    for name in _names(function.__code__):
        if name in SEES_MORE:
            return None
        if name not in seen or name in space:
            continue
        found = seen[name]
        bound = found if _is_fixed(found) else _frozen_copy(found, seen, space, made)
        if bound is None and found is not None:
            return None
        space[name] = bound
    return copy


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_fixed(value: Any) -> bool:
    """Whether a cell can't change this value: it is a constant, or a library defines it."""
    if type(value) in (tuple, frozenset):
        return all(map(_is_fixed, value))
    if type(value) is ModuleType:
        return _is_of_library(value)
    if type(value) is BuiltinFunctionType:  # bound methods such as `seen.append` have this type too, and hold a list
        return type(value.__self__) is ModuleType and _is_of_library(value.__self__)
    if isinstance(value, type | FunctionType):
        return _is_defined_in_library(value)
    return type(value) in FIXED


def _is_of_library(module: ModuleType) -> bool:
    """Whether a module was imported from outside the notebook's folder, and is not the notebook itself."""
    if module.__name__ == "__main__" or sys.modules.get(module.__name__) is not module:
        return False
    file = getattr(module, "__file__", None)
    return not (file and os.path.abspath(file).startswith(os.getcwd() + os.sep))


def _is_defined_in_library(value: Any) -> bool:
    """Whether a library module has this class or function under its name. `functools.wraps` can copy `__module__`."""
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    if module is None or not _is_of_library(module):
        return False
    found: Any = module
    for name in value.__qualname__.split("."):
        found = getattr(found, name, None)
    return found is value
