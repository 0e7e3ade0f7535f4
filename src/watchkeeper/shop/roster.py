"""Who is in the shop: services, the hosts they claim to run on, and the versions that can be deployed."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType

from watchkeeper.errors import UnknownService

# The first version of each service is what the shop starts with.
RELEASES: dict[str, tuple[str, ...]] = {
    "frontend": ("2.4.0", "2.4.1", "2.5.0", "2.6.0"),
    "catalog": ("1.3.0", "1.3.1", "1.3.2", "1.4.0"),
    "currency": ("1.1.2", "1.1.3", "1.2.0", "1.3.0"),
    "cart": ("3.0.1", "3.0.2", "3.1.0", "3.2.0"),
    "recommendation": ("1.0.3", "1.0.4"),
    "ads": ("1.6.0", "1.6.1", "1.7.0"),
    "discounts": ("1.1.0", "1.1.1", "1.2.0", "1.3.0"),
    "checkout": ("2.0.4", "2.1.0", "2.2.0"),
    "payment": ("1.8.0", "1.8.1", "1.9.0"),
    "shipping": ("1.2.0", "1.2.1", "1.2.2", "1.3.0", "1.4.0"),
    "email": ("1.0.0", "1.1.0"),
}
SERVICES = tuple(RELEASES)
LOAD = "loadgenerator"

# Arranged, not observed: all processes share one machine, the names say how a shop of this size would be laid out.
HOSTS = {
    **dict.fromkeys(("frontend", "currency", "recommendation", "ads"), "shop-1"),
    **dict.fromkeys(("catalog", "cart", "discounts"), "shop-2"),
    **dict.fromkeys(("checkout", "payment", "shipping", "email"), "shop-3"),
    LOAD: "outside-1",
}


@dataclass(frozen=True)
class Setup:
    """How a shop stands before its first request, where that is not as usual."""

    versions: dict[str, str] = field(default_factory=dict)  # instead of a service's first one
    clocks_ms: dict[str, float] = field(default_factory=dict)  # by how much a host's clock is ahead
    sampled: float = 1.0  # share of the traces that is kept, decided at the root by the trace's id
    traced: bool = True  # whether the services trace; the load generator always does


@dataclass(frozen=True)
class Identity:
    """What a process says it is, in every signal: service, version, instance and host.

    >>> Identity("catalog", "1.3.0", 1, "shop-2").instance_id
    'catalog-1'
    """

    service: str
    version: str
    number: int
    host: str
    life: int = 1  # how many processes have had this instance id, this one included

    @property
    def instance_id(self) -> str:
        return f"{self.service}-{self.number}"


def check_service(service: str) -> None:
    """Raise `UnknownService` unless the shop has that service."""
    if service not in RELEASES:
        raise UnknownService(f"The shop has no service {service!r}. It has: {', '.join(SERVICES)}.")


def check_version(service: str, version: str) -> None:
    """Raise `UnknownService` unless that version of that service can be deployed."""
    check_service(service)
    if version not in RELEASES[service]:
        known = ", ".join(RELEASES[service])
        raise UnknownService(f"{service} has no version {version!r}. It has: {known}.")


def code_of(service: str, version: str) -> ModuleType:
    """The module with that version's routes.

    A version without a file of its own differs in its templates, or not at all (a rebuild).
    """
    check_version(service, version)
    name = f"{service}_{version.replace('.', '_')}"
    if (Path(__file__).parent / "versions" / f"{name}.py").exists():
        return importlib.import_module(f"watchkeeper.shop.versions.{name}")
    return importlib.import_module(f"watchkeeper.shop.services.{service}")
