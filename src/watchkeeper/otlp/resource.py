"""Where telemetry comes from: the resource and scope that OTLP writes once above many spans, records or points."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import values
from .lines import Reporter
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
        try:
            resource = values.attributes(values.member(part, "resource").get("attributes"))
            groups = values.objects(part, signal.scopes)
            # The name that Collectors used before 2022.
            groups = groups or values.objects(part, signal.scopes.replace("scope", "instrumentationLibrary", 1))
        except (ValueError, AttributeError) as error:
            report(str(error) if isinstance(error, ValueError) else f"an entry of {signal.key} is not an object")
            continue
        for group in groups:
            try:
                yield _origin(group, resource), values.objects(group, signal.records)
            except ValueError as error:
                report(str(error))


def _origin(group: dict[str, Any], resource: dict[str, Any]) -> Origin:
    scope = values.member(group, "scope") or values.member(group, "instrumentationLibrary")
    return Origin(
        service=str(resource.get("service.name", "")),
        host=str(resource.get("host.name", "")),
        scope=str(scope.get("name", "")),
        resource=resource,
    )
