"""Gives the course's own cells their names in a graded run, whatever the apprentice's cells call things.

The grader puts a call of `give` before a cell of the course that reads or binds a name which an apprentice's cell binds
too. It runs in the process of the submission, which may do what it likes with it: that can only spoil its own answers.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping
from importlib import import_module
from typing import Any

_values: dict[str, Any] = {}
_MISSING = object()


def give(names: Mapping[str, str], binds: Collection[str] = ()) -> None:
    """Until the running cell ends, `names` have the course's values in it; then they are the apprentice's again.

    A name is mapped to where its value is: "module" or "module:attribute"; "" for what a cell of the course bound it
    to. The cell itself binds `binds`: these values are the course's from now on, and visible to everyone.
    """
    from IPython import get_ipython

    space = sys._getframe(1).f_globals
    theirs: dict[str, Any] = {}
    for name, where in names.items():
        value = _value(where) if where else _values.get(name, _MISSING)
        if value is not _MISSING and space.get(name, _MISSING) is not value:
            theirs[name] = space.get(name, _MISSING)
            space[name] = value

    def take_back(*_: object) -> None:
        shell.events.unregister("post_run_cell", take_back)
        for name in binds:
            if name in space and theirs.pop(name, _MISSING) is not space[name]:
                _values[name] = space[name]
        for name, value in theirs.items():
            if value is _MISSING:
                space.pop(name, None)
            else:
                space[name] = value

    shell = get_ipython()  # type: ignore[no-untyped-call]
    shell.events.register("post_run_cell", take_back)


def _value(where: str) -> Any:
    module, _, attribute = where.partition(":")
    found = import_module(module)
    if attribute and not hasattr(found, attribute):
        return import_module(f"{module}.{attribute}")
    return getattr(found, attribute) if attribute else found
