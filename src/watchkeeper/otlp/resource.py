"""Where telemetry comes from: the resource and scope that OTLP writes once above many spans, records or points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import values
from .lines import Reporter
from .repair import ATTRIBUTES, without_bad_parts
from .signals import Signal


@dataclass(frozen=True, slots=True)
class Origin:
    """A resource and an instrumentation scope, shared by all their spans, records or points."""

    service: str
    host: str
    scope: str
    resource: dict[str, Any]


def origins(batch: list[Any], signal: Signal, report: Reporter) -> Iterator[tuple[Origin, list[dict[str, Any]]]]:
    """Each (resource, scope) of a line with its list of records."""
    for part in batch:
        if not isinstance(part, dict):
            report(f"an entry of {signal.key} is not an object")
            continue
        if not part.keys() <= values.FIELDS:
            values.camel_case(part)
        resource = _attributes(part, report)
        for field in (signal.scopes, signal.old_scopes):
            for group in _objects(part, field, report):
                yield _origin(group, resource, report), _objects(group, signal.records, report)


def _objects(parent: dict[str, Any], field: str, report: Reporter) -> list[dict[str, Any]]:
    """The objects of a list. Reports a list that has something else in it, and leaves that out."""
    try:
        return values.objects(parent, field)
    except ValueError as error:
        report(str(error))
    items = parent[field] if isinstance(parent[field], list) else []
    return values.objects({field: [item for item in items if isinstance(item, dict)]}, field)


def _member(parent: dict[str, Any], field: str, report: Reporter) -> dict[str, Any]:
    try:
        return values.member(parent, field)
    except ValueError as error:
        report(f"{error}; left out")
        return {}


def _attributes(part: dict[str, Any], report: Reporter) -> dict[str, Any]:
    resource = _member(part, "resource", report)
    try:
        return values.attributes(resource.get("attributes"))
    except ValueError:
        good = without_bad_parts(resource, {"attributes": ATTRIBUTES}, lambda text: report(f"resource: {text}"))
        return values.attributes(good.get("attributes"))


def _origin(group: dict[str, Any], resource: dict[str, Any], report: Reporter) -> Origin:
    scope = _member(group, "scope", report) or _member(group, "instrumentationLibrary", report)
    return Origin(
        service=str(resource.get("service.name") or ""),
        host=str(resource.get("host.name") or ""),
        scope=str(scope.get("name") or ""),
        resource=resource,
    )
