"""Parses single values of OTLP JSON: ids, times, enums, attribute values.

A bad value raises `ValueError` with the rest of a sentence, such as 'spanId is missing'; the caller adds where it is.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from sys import intern
from typing import Any

from .conventions import stable_attributes

_HEX = {32: re.compile(r"[0-9a-f]{32}").fullmatch, 16: re.compile(r"[0-9a-f]{16}").fullmatch}
_ZERO = {32: "0" * 32, 16: "0" * 16}
_MAX_DEPTH = 64
_INT64 = 2**63


def hex_id(value: Any, digits: int, field: str) -> str:
    """An id as lower-case hex of 32 (trace) or 16 (span) digits.

    >>> hex_id("EEE19B7EC3C1B174", 16, "spanId")
    'eee19b7ec3c1b174'
    """
    if isinstance(value, str):
        text = value.lower()
        if _HEX[digits](text) and text != _ZERO[digits]:
            return text
    raise ValueError(_bad_id(value, digits, field))


def _bad_id(value: Any, digits: int, field: str) -> str:
    if value in (None, ""):
        return f"{field} is missing"
    text = str(value)[:40]
    if isinstance(value, str) and len(value) == {32: 24, 16: 12}[digits]:
        return f'{field} "{text}" looks like base64; OTLP JSON writes ids as {digits} hex digits'
    return f'{field} "{text}" is not {digits} hex digits (or all of them are 0)'


def nanoseconds(value: Any, field: str) -> int:
    """Nanoseconds since the epoch. OTLP writes them as text, other writers as a number."""
    try:
        number = int(value) if type(value) is str else integer(value, field)
        if 0 <= number < _INT64:
            return number
    except ValueError:
        pass
    raise ValueError(_bad_time(value, field))


def _bad_time(value: Any, field: str) -> str:
    if value is None:
        return f"{field} is missing"
    integer(value, field)
    return f"{field} is not between 0 and 2^63 nanoseconds"


def integer(value: Any, field: str) -> int:
    """A 64-bit integer, given as text or as a number."""
    try:
        if isinstance(value, bool) or not isinstance(value, (int, str, float)):
            raise TypeError
        number = int(value)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"{field} is {str(value)[:40]!r}, not a whole number") from None
    if not -_INT64 <= number < 2 * _INT64:
        raise ValueError(f"{field} does not fit into 64 bits")
    return number


def real(value: Any, field: str) -> float:
    """A double. Proto3 JSON may write it as "NaN", "Infinity" or "-Infinity"."""
    try:
        if isinstance(value, bool) or not isinstance(value, (int, str, float)):
            raise TypeError
        return float(value)
    except (ValueError, TypeError, OverflowError):
        raise ValueError(f"{field} is {str(value)[:40]!r}, not a number") from None


def enum(value: Any, words: tuple[str, ...], prefix: str) -> str:
    """The word for an enum value, given as its number or (by some writers) its name; the first word if it is unknown.

    >>> enum("SPAN_KIND_SERVER", ("UNSPECIFIED", "INTERNAL", "SERVER"), "SPAN_KIND_")
    'SERVER'
    """
    if isinstance(value, int):
        return words[value] if 0 <= value < len(words) else words[0]
    if not isinstance(value, str):
        return words[0]
    if value.isdecimal() and len(value) < 4:
        return enum(int(value), words, prefix)
    word = value.removeprefix(prefix).upper()
    return word if word in words else words[0]


def attributes(items: Any, kind: str = "") -> dict[str, Any]:
    """A list of `{"key", "value"}` as a dict under stable names; `kind` is the span's."""
    if not items:
        return {}
    found: dict[str, Any] = {}
    try:
        for item in items:
            # This is the innermost loop of loading, and most values are text: check for text first.
            value = item["value"]
            text = value.get("stringValue")
            # Routes, hosts and methods repeat all the time. Interning them saves a third of a recording's memory.
            found[item["key"]] = intern(text) if type(text) is str else any_value(value)
        return stable_attributes(found, kind)
    except (KeyError, TypeError, AttributeError):
        return _tolerant(items, kind)


def _tolerant(items: Any, kind: str) -> dict[str, Any]:
    """The slow path of `attributes`: accepts a missing value (proto3 omits empty ones), and rejects wrong shapes."""
    if not isinstance(items, list):
        raise ValueError("attributes is not a list")
    found = {}
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("key", ""), str):
            raise ValueError("an attribute is not an object with a key and a value")
        found[item.get("key", "")] = any_value(item.get("value"))
    return stable_attributes(found, kind)


def any_value(value: Any, depth: int = 0) -> Any:
    """An OTLP AnyValue as text, bool, int, float, bytes, list, dict or None."""
    if not value:
        return None
    if depth > _MAX_DEPTH:
        raise ValueError(f"an attribute is nested more than {_MAX_DEPTH} deep")
    if not isinstance(value, dict):
        raise ValueError('an attribute\'s value is not an object such as {"stringValue": …}')
    kind, inner = next(iter(value.items()))
    if kind == "intValue":
        return integer(inner, "intValue")
    if kind == "doubleValue":
        return real(inner, "doubleValue")
    if kind == "arrayValue":
        return [any_value(item, depth + 1) for item in _values(inner)]
    if kind == "kvlistValue":
        return {str(item.get("key", "")): any_value(item.get("value"), depth + 1) for item in _values(inner)}
    if kind == "bytesValue":
        return _bytes(inner)
    return inner if isinstance(inner, (str, bool)) else None


def _values(inner: Any) -> Iterable[Any]:
    items = inner.get("values", []) if isinstance(inner, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("an attribute's list has no list of values")
    return items


def _bytes(inner: Any) -> bytes:
    try:
        return base64.b64decode(inner, validate=True)
    except (ValueError, TypeError):
        raise ValueError("bytesValue is not base64") from None


def objects(parent: Any, field: str) -> list[dict[str, Any]]:
    """The list of objects under `field`, empty if the field is missing."""
    items = parent.get(field) if isinstance(parent, dict) else ()
    if items is None or items == []:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError(f"{field} is not a list of objects")
    return items


def member(parent: dict[str, Any], field: str) -> dict[str, Any]:
    """The object under `field`, empty if the field is missing."""
    value = parent.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{field} is not an object")
    return value
