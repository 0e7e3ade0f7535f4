"""Frozen data classes to plain data (what JSON holds) and back. `key.json`, editions, truths and results all use it.

Tuples become lists, bytes base64, times ISO 8601; a class marked `Tagged` is named under "is".
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
    """Plain data that does not fit its class. The text names the place and what is wrong with it."""


class Tagged:
    """Base of data classes of which any may be the value of one field: their plain data says which one it is."""


def to_plain(value: Any) -> Any:
    """The value as JSON holds it: data classes as dicts of their fields, in order.

    >>> to_plain({"raw": b"hi", "when": datetime(2026, 3, 6)})
    {'raw': 'aGk=', 'when': '2026-03-06T00:00:00'}
    """
    if is_dataclass(value):
        found: dict[str, Any] = {"is": type(value).__name__} if isinstance(value, Tagged) else {}
        return found | {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {key: to_plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [to_plain(each) for each in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, datetime) else value


def from_plain(kind: type[T], data: Any) -> T:
    """The value of `kind` that `to_plain` wrote. Raises Damaged where the data does not fit the class's annotations.

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
        return None if data is None else _read(next(one for one in arguments if one is not type(None)), data, at)
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
        named = {one.__name__: one for one in _below(kind) if is_dataclass(one)}
        tag = data.get("is")
        if not isinstance(tag, str) or tag not in named:
            raise Damaged(f"{at.strip('.') or 'it'}: no {kind.__name__} is called {tag!r}")
        kind, data = named[tag], {name: each for name, each in data.items() if name != "is"}
    hints = _hints(kind)
    required = {one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING}
    for wrong, said in ((data.keys() - hints.keys(), "unknown"), (required - data.keys(), "missing")):
        if wrong:
            raise Damaged(f"{f'{at}.{min(map(str, wrong))}'.strip('.')} is {said}")
    return kind(**{name: _read(hints[name], each, f"{at}.{name}") for name, each in data.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {one.name: hints[one.name] for one in fields(kind)}


def _below(kind: type) -> list[type]:
    found = [kind]
    for one in found:
        found += one.__subclasses__()
    return found
