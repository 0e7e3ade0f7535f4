"""Takes the bad parts out of a record, so that one bad link or attribute doesn't cost the whole record.

This is the slow path: the readers come here only after they could not read a record as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..words import clean
from . import values


@dataclass(frozen=True)
class Part:
    """A field that a record can do without. `check` raises `ValueError` if it is bad, or for a `many`, if an item is.

    `parts` are the fields that an item can do without.
    """

    check: Callable[[Any], Any]
    many: bool = False
    parts: dict[str, Part] = field(default_factory=dict)


def _attribute(item: dict[str, Any]) -> None:
    try:
        values.attributes([item])
    except ValueError as error:
        key = clean(item.get("key") or "", 60)
        raise ValueError(f'attribute "{key}": {error}') from None


ATTRIBUTES = Part(_attribute, many=True)


def without_bad_parts(record: dict[str, Any], parts: dict[str, Part], report: Callable[[str], None]) -> dict[str, Any]:
    """A copy of the record without the parts that can't be read. Each of those is reported."""
    kept = dict(record)
    for name in parts.keys() & record.keys():
        value, part = record[name], parts[name]
        try:
            if part.many and value is not None and not isinstance(value, list):
                raise ValueError(f"{name} is not a list")
            if part.many:
                items = (_good_item(item, name, part, report) for item in value or ())
                kept[name] = [item for item in items if item is not None]
            else:
                part.check(value)
        except ValueError as error:
            report(f"{error}; left out")
            del kept[name]
    return kept


def _good_item(item: Any, name: str, part: Part, report: Callable[[str], None]) -> dict[str, Any] | None:
    if not isinstance(item, dict):
        report(f"an item of {name} is not an object; left out")
        return None
    try:
        part.check(item)
        return item
    except ValueError:
        smaller = without_bad_parts(item, part.parts, report)
    try:
        part.check(smaller)
        return smaller
    except ValueError as error:
        report(f"{error}; left out")
        return None
