"""Turns frozen data classes into plain data (what JSON can hold) and back: key.json, editions, truths and results.

Tuples become lists, bytes become base64 and times ISO 8601. For a subclass of `Tagged` the key "is" holds its name.
"""

from __future__ import annotations

import base64
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class Damaged(ValueError):
    """Plain data does not fit its class. The text names the place (`shape.of.one.radius`) and what is wrong there."""


class Tagged:
    """A base class whose subclasses can share a field: their plain data names the subclass."""


def to_plain(value: Any) -> Any:
    """The value as plain data: a data class becomes a dict of its fields, in their order.

    >>> to_plain({"raw": b"hi", "when": datetime(2026, 3, 6)})
    {'raw': 'aGk=', 'when': '2026-03-06T00:00:00'}
    """
    if is_dataclass(value):
        tag: dict[str, Any] = {"is": type(value).__name__} if isinstance(value, Tagged) else {}
        return tag | {field.name: to_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def from_plain(kind: type[T], data: Any) -> T:
    """The value of class `kind` that `to_plain` turned into `data`. Raises Damaged if it doesn't fit the annotations.

    >>> from_plain(dict[str, bytes], {"raw": "aGk="})
    {'raw': b'hi'}
    """
    try:
        return _read(kind, data, "")
    except RecursionError:
        raise Damaged("it is nested too deeply") from None


def _read(kind: Any, data: Any, at: str) -> Any:
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if kind is Any:
        return data
    if origin in (types.UnionType, typing.Union):  # X | None
        return None if data is None else _read(next(each for each in arguments if each is not type(None)), data, at)
    if origin in (tuple, list, Sequence) and isinstance(data, list | tuple):
        items = (_read(arguments[0], each, f"{at}[{number}]") for number, each in enumerate(data))
        return list(items) if origin is list else tuple(items)
    if origin in (dict, Mapping) and isinstance(data, Mapping) and all(isinstance(name, str) for name in data):
        return {name: _read(arguments[1], each, f"{at}.{name}") for name, each in data.items()}
    if isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, Tagged)) and isinstance(data, Mapping):
        return _object(kind, data, at)
    if kind in (bytes, datetime) and isinstance(data, str):
        try:
            return datetime.fromisoformat(data) if kind is datetime else base64.b64decode(data, validate=True)
        except ValueError:
            raise Damaged(f"{at.strip('.')}: {data[:40]!r} can't be read") from None
    numeric = kind in (int, float) and isinstance(data, int | float if kind is float else int)
    if (numeric and not isinstance(data, bool)) or (kind in (str, bool) and isinstance(data, kind)):
        return data
    raise Damaged(f"{at.strip('.') or 'it'} is {type(data).__name__}, not {getattr(kind, '__name__', kind)}")


def _object(kind: Any, data: Mapping[str, Any], at: str) -> Any:
    if issubclass(kind, Tagged):
        named = {each.__name__: each for each in _with_subclasses(kind) if is_dataclass(each)}
        tag = data.get("is")
        if not isinstance(tag, str) or tag not in named:
            raise Damaged(f"{at.strip('.') or 'it'}: no {kind.__name__} is called {tag!r}")
        kind, data = named[tag], {name: each for name, each in data.items() if name != "is"}
    hints = _hints(kind)
    required = {each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING}
    for names, state in ((data.keys() - hints.keys(), "unknown"), (required - data.keys(), "missing")):
        if names:
            raise Damaged(f"{f'{at}.{min(map(str, names))}'.strip('.')} is {state}")
    return kind(**{name: _read(hints[name], each, f"{at}.{name}") for name, each in data.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in fields(kind)}


def _with_subclasses(kind: type) -> list[type]:
    classes = [kind]
    for each in classes:  # the list grows while it is read
        classes += each.__subclasses__()
    return classes
