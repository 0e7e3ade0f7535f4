"""Copies of functions that nothing can change any more: what such a function refers to is bound to it, and fixed.

Most functions that apprentices write refer to modules, to numbers and texts, and to other functions like them. A copy
of such a one can be called when the notebook has ended, and gives what it would have given at its check. Of any other
the state of the whole process would have to be kept: see `snapshot.py`.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from types import BuiltinFunctionType, CodeType, FunctionType, ModuleType
from typing import Any

FIXED = (int, float, complex, str, bytes, bool, type(None), range)
SEES_EVERYTHING = {"globals", "locals", "vars", "eval", "exec", "dir", "get_ipython", "__import__"}


def copied(function: Any) -> FunctionType | None:
    """A copy of a function of the notebook's that later cells can't change, or None if there is no such copy."""
    space: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
    return _copied(function, space, {})


def _copied(function: Any, space: dict[str, Any], made: dict[int, FunctionType]) -> FunctionType | None:
    if type(function) is not FunctionType or function.__closure__ or function.__dict__:
        return None
    given = (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values())
    if id(function) in made:
        return made[id(function)]
    if not all(map(_is_fixed, given)):
        return None
    copy = FunctionType(function.__code__, space, function.__name__, function.__defaults__)
    copy.__kwdefaults__ = dict(function.__kwdefaults__ or {}) or None  # type: ignore[assignment]
    made[id(function)] = copy
    for name in _names(function.__code__):
        if name in SEES_EVERYTHING:
            return None
        if name not in function.__globals__ or name in space:
            continue
        found = function.__globals__[name]
        bound = found if _is_fixed(found) else _copied(found, space, made)
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
    """Whether a value can't be changed from a cell: constants, and what modules other than the notebook define."""
    if type(value) in (tuple, frozenset):
        return all(map(_is_fixed, value))
    if type(value) in FIXED or type(value) in (ModuleType, BuiltinFunctionType):
        return True
    return isinstance(value, type | FunctionType) and getattr(value, "__module__", "__main__") != "__main__"
