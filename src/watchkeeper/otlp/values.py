"""Parses single values of OTLP JSON: ids, times, enums, attribute values.

A bad value raises `ValueError` with the rest of a sentence, such as 'spanId is missing'; the caller adds where it is.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from sys import intern
from typing import Any

from ..words import clean
from .conventions import stable_attributes

_HEX = {32: re.compile(r"[0-9a-f]{32}").fullmatch, 16: re.compile(r"[0-9a-f]{16}").fullmatch}
_ZERO = {32: "0" * 32, 16: "0" * 16}
_MAX_DEPTH = 64
_INT64 = 2**63

# The fields of OTLP, as JSON writes them. protobuf's own JSON may keep the names of the .proto files: trace_id.
FIELDS = frozenset(
    re.findall(
        r"\w+",
        """
        resourceSpans resourceLogs resourceMetrics resource schemaUrl scopeSpans scopeLogs scopeMetrics scope version
        instrumentationLibrarySpans instrumentationLibraryLogs instrumentationLibraryMetrics instrumentationLibrary
        attributes droppedAttributesCount entityRefs type idKeys descriptionKeys key value values
        stringValue boolValue intValue doubleValue arrayValue kvlistValue bytesValue
        spans traceId spanId traceState parentSpanId flags name kind startTimeUnixNano endTimeUnixNano
        events droppedEventsCount links droppedLinksCount status timeUnixNano message code
        logRecords observedTimeUnixNano severityNumber severityText body eventName
        metrics description unit metadata gauge sum histogram exponentialHistogram summary dataPoints
        aggregationTemporality isMonotonic exemplars asDouble asInt count bucketCounts explicitBounds min max
        scale zeroCount zeroThreshold positive negative offset quantileValues quantile filteredAttributes
        """,
    )
)


def snake_case(field: str) -> str:
    """The name of a field in the .proto files.

    >>> snake_case("startTimeUnixNano")
    'start_time_unix_nano'
    """
    return re.sub("[A-Z]", lambda letter: "_" + letter[0].lower(), field)


_CAMEL = {snake_case(field): field for field in FIELDS if snake_case(field) != field}


def hex_id(value: Any, digits: int, field: str) -> str:
    """An id as lower-case hex of 32 (trace) or 16 (span) digits.

    >>> hex_id("EEE19B7EC3C1B174", 16, "spanId")
    'eee19b7ec3c1b174'
    """
    if isinstance(value, str):
        text = value.lower()
        if _HEX[digits](text) and text != _ZERO[digits]:
            return text
        if (text := _from_base64(value, digits)) and text != _ZERO[digits]:
            return text
    raise ValueError(_bad_id(value, digits, field))


def optional_id(value: Any, digits: int, field: str) -> str:
    """An id that may be missing: "" for none, for zeros, and for zeros in base64."""
    if not value:
        return ""
    try:
        return hex_id(value, digits, field)
    except ValueError:
        if isinstance(value, str) and (not value.strip("0") or _from_base64(value, digits) == _ZERO[digits]):
            return ""
        raise


def _from_base64(value: str, digits: int) -> str:
    """The hex digits of an id in base64, as protobuf's own JSON writes bytes; "" if the length is another one.

    16 bytes are 22 characters and 8 bytes 11, without padding, so no id in hex is taken for base64.
    """
    text = value.rstrip("=")
    if len(text) != {32: 22, 16: 11}[digits] or len(value) not in (len(text), (len(text) + 3) // 4 * 4):
        return ""
    try:
        return _bytes(value).hex()
    except ValueError:
        return ""


def _bad_id(value: Any, digits: int, field: str) -> str:
    if value in (None, ""):
        return f"{field} is missing"
    return f'{field} "{clean(value, 40)}" is not {digits} hex digits (or all of them are 0)'


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
    kind = type(value)
    number = value
    try:
        if kind is str or kind is float:
            number = int(value)
        if kind not in (int, str, float) or (kind is float and number != value):
            raise ValueError
    except (ValueError, OverflowError):
        raise ValueError(f"{field} is {str(value)[:40]!r}, not a whole number") from None
    if not -_INT64 <= number < 2 * _INT64:
        raise ValueError(f"{field} does not fit into 64 bits")
    return number  # type: ignore[no-any-return]


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
    found: dict[Any, Any] = {}
    try:
        for item in items:
            # This is the innermost loop of loading, and most values are text: check for text first.
            value = item["value"]
            text = value.get("stringValue")
            # Routes, hosts and methods repeat all the time. Interning them saves a third of a recording's memory.
            found[item["key"]] = intern(text) if type(text) is str else any_value(value)
        if None in found:
            found[""] = found.pop(None)
        return stable_attributes(found, kind)
    except (KeyError, TypeError, AttributeError):
        return _tolerant(items, kind)


def _tolerant(items: Any, kind: str) -> dict[str, Any]:
    """The slow path of `attributes`: accepts a missing value (proto3 omits empty ones), and rejects wrong shapes."""
    if not isinstance(items, list):
        raise ValueError("attributes is not a list")
    found = {}
    for item in items:
        if not isinstance(item, dict) or not isinstance(item.get("key") or "", str):
            raise ValueError("an attribute is not an object with a key and a value")
        found[item.get("key") or ""] = any_value(item.get("value"))
    return stable_attributes(found, kind)


def any_value(value: Any, depth: int = 0) -> Any:
    """An OTLP AnyValue as text, bool, int, float, bytes, list, dict or None."""
    if not value:
        return None
    if depth > _MAX_DEPTH:
        raise ValueError(f"a value is nested more than {_MAX_DEPTH} deep")
    if not isinstance(value, dict):
        raise ValueError('a value is not an object such as {"stringValue": …}')
    kind, inner = next(iter(value.items()))
    if inner is None:
        return None
    if kind == "intValue":
        return integer(inner, "intValue")
    if kind == "doubleValue":
        return real(inner, "doubleValue")
    if kind == "arrayValue":
        return [any_value(item, depth + 1) for item in _values(inner)]
    if kind == "kvlistValue":
        return {str(item.get("key") or ""): any_value(item.get("value"), depth + 1) for item in _values(inner)}
    if kind == "bytesValue":
        return _bytes(inner)
    if kind in _CAMEL:
        return any_value({_CAMEL[kind]: inner}, depth)
    return inner if isinstance(inner, (str, bool)) else None


def _values(inner: Any) -> Iterable[Any]:
    items = inner.get("values") if isinstance(inner, dict) else 0
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError("a list or map has no list of values")
    return items


def _bytes(inner: Any) -> bytes:
    """Bytes from base64. Readers of protobuf's JSON take both alphabets, with padding or without."""
    try:
        text = inner.rstrip("=").translate(_URL_SAFE)
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, TypeError, AttributeError):
        raise ValueError("bytesValue is not base64") from None


_URL_SAFE = str.maketrans("-_", "+/")


def camel_case(tree: Any) -> Any:
    """The same tree of OTLP with its fields named as in JSON. Changes it in place; the keys of attributes stay.

    >>> camel_case({"scope_spans": [{"spans": []}]})
    {'scopeSpans': [{'spans': []}]}
    """
    stack = [tree]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            for key in [key for key in item if key in _CAMEL]:
                item.setdefault(_CAMEL[key], item.pop(key))
            stack.extend(item.values())
        elif isinstance(item, list):
            stack.extend(item)
    return tree


def objects(parent: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The list of OTLP objects under `field`, with their fields named as in JSON; empty if the field is missing."""
    items = parent.get(field)
    if items is None or items == []:
        return []
    if not isinstance(items, list):
        raise ValueError(f"{field} is not a list of objects")
    for item in items:
        if not isinstance(item, dict):
            raise ValueError(f"{field} is not a list of objects")
        if not item.keys() <= FIELDS:
            camel_case(item)
    return items


def member(parent: dict[str, Any], field: str) -> dict[str, Any]:
    """The OTLP object under `field`, with its fields named as in JSON; empty if the field is missing."""
    value = parent.get(field)
    if not value and value in (None, {}):
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{field} is not an object")
    return value if value.keys() <= FIELDS else camel_case(value)  # type: ignore[no-any-return]


def plain_objects(parent: dict[str, Any], field: str) -> list[dict[str, Any]]:
    """The list of objects under `field`, which are not OTLP's; empty if the field is missing."""
    items = parent.get(field)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError(f"{field} is not a list of objects")
    return items


def plain_member(parent: dict[str, Any], field: str) -> dict[str, Any]:
    """The object under `field`, which is not OTLP's; empty if the field is missing."""
    value = parent.get(field)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ValueError(f"{field} is not an object")
    return value
