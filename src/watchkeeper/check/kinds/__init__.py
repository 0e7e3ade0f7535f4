"""The kinds of questions, by name. A kind is one file in this folder that calls `register`; no other file names it."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from watchkeeper.check.kinds.kind import KINDS, Kind, register
from watchkeeper.check.question import Question

__all__ = ["KINDS", "Kind", "kind_of", "register"]

for _module in iter_modules(__path__):
    import_module(f"{__name__}.{_module.name}")


def kind_of(question: Question) -> Kind:
    """The object that collects and judges answers to this question. Raises KeyError for an unknown kind."""
    return KINDS[question.kind]
