"""What runs in the shop: its services, the hosts they claim to run on, and the releases that can be deployed.

Each service describes itself in the `releases.toml` of its folder. Further releases of the same services can be in
other folders, which `Setup.releases` names.
"""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchkeeper.errors import ReleaseError, UnknownService
from watchkeeper.shop import diffs

SERVICES = Path(__file__).parent / "services"
RELEASES = "releases.toml"
KINDS = ("healthy", "rebuild")  # of a release without a diff: the service's files, or the same files built again
CODE = "services"  # in a run's folder: the files that run, in <service>/<version>
VERSION = re.compile(r"\d+(\.\d+)*")
LOAD = "loadgenerator"
LOAD_HOST = "outside-1"


@dataclass(frozen=True)
class Setup:
    """What is unusual about a shop before its first request."""

    versions: dict[str, str] = field(default_factory=dict)  # instead of a service's first one
    clocks_ms: dict[str, float] = field(default_factory=dict)  # how far a host's clock is ahead
    sampled: float = 1.0  # share of traces that is kept, decided at the root by trace id
    traced: bool = True  # whether the services trace; the load generator always does
    releases: tuple[str, ...] = ()  # folders with further releases, one folder per service in each


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
    life: int = 1  # how many processes have had this instance id, including this one

    @property
    def instance_id(self) -> str:
        return f"{self.service}-{self.number}"


@dataclass(frozen=True)
class Release:
    """One version of a service: the files in the service's folder, with the diff applied if there is one."""

    version: str
    diff: Path | None = None


@dataclass(frozen=True)
class Service:
    """One service, as its folder describes it."""

    folder: Path
    host: str  # arranged, not observed: all processes share one machine
    first: str  # the version that the shop starts with
    releases: dict[str, Release]  # by version, in order
    database: str = ""  # the one that it opens, if any
    worker: bool = False  # works through the outbox in its database

    @property
    def name(self) -> str:
        return self.folder.name

    def release(self, version: str) -> Release:
        """That version; raises `UnknownService` unless it can be deployed."""
        if version not in self.releases:
            known = ", ".join(self.releases)
            raise UnknownService(f"{self.name} has no version {version!r}. It has: {known}.")
        return self.releases[version]

    def put(self, version: str, folder: Path) -> Path:
        """Write the whole files of that version to `folder/<service>/<version>`, unless they are there; that folder.

        A rebuild has the same files as the version that the shop starts with, so it shares that one's folder.
        Raises `UnknownService`, and `ReleaseError` when the diff does not apply.
        """
        release = self.release(version)
        target = folder / self.name / (version if release.diff else self.first)
        if target.exists():
            return target
        changed = _changed(self.folder, release)
        partial = target.with_name(f".{target.name}")
        shutil.copytree(self.folder, partial, ignore=shutil.ignore_patterns("__*", RELEASES))
        for name, text in changed.items():
            (partial / name).write_text(text, encoding="utf-8")
        return partial.rename(target)


@dataclass(frozen=True)
class Roster:
    """All services by name."""

    services: dict[str, Service]

    @classmethod
    def read(cls, folders: Iterable[str | Path] = ()) -> Roster:
        """The shop's own services, with their own releases and those in `folders`.

        Raises `ReleaseError` for a `releases.toml` that can't be used.
        """
        paths = {path.parent.name: [path] for path in sorted(SERVICES.glob(f"*/{RELEASES}"))}
        for folder in folders:
            found = sorted(Path(folder).glob(f"*/{RELEASES}"))
            if not found:
                raise ReleaseError(f"{folder} has no {RELEASES}. It should have one in a folder per service.")
            for path in found:
                if path.parent.name not in paths:
                    raise ReleaseError(
                        f"{path} is for a service that the shop does not have. It has: {', '.join(paths)}."
                    )
                paths[path.parent.name].append(path)
        return cls({name: _service(several) for name, several in paths.items()})

    @property
    def hosts(self) -> dict[str, str]:
        """The host of each service, and of the load."""
        return {name: service.host for name, service in self.services.items()} | {LOAD: LOAD_HOST}

    def service(self, name: str) -> Service:
        """That service; raises `UnknownService` unless the shop has it."""
        if name not in self.services:
            raise UnknownService(f"The shop has no service {name!r}. It has: {', '.join(self.services)}.")
        return self.services[name]


def _service(paths: list[Path]) -> Service:
    """The service that the first file describes, with the releases that any of the files lists."""
    own = _table(paths[0])
    if missing := {"host", "first"} - own.keys():
        raise ReleaseError(f"{paths[0]} has no {' and no '.join(sorted(missing))}.")
    if unknown := own.keys() - {"host", "first", "database", "worker", "releases"}:
        raise ReleaseError(f"{paths[0]} has a key that means nothing: {', '.join(sorted(unknown))}.")
    releases: dict[str, Release] = {}
    for path in paths:
        for version, what in _table(path)["releases"].items():
            diff = None if what in KINDS else path.parent / str(what)
            if not VERSION.fullmatch(version):
                raise ReleaseError(f"{path}: {version!r} is not a version like 1.4.0.")
            if version in releases:
                raise ReleaseError(f"{path} has version {version}, which another folder has already.")
            if diff and not diff.is_file():
                raise ReleaseError(
                    f"{path}: {version} is {what!r}, not a diff next to it, nor one of: {', '.join(KINDS)}."
                )
            releases[version] = Release(version, diff)
    service = Service(
        folder=paths[0].parent,
        host=own["host"],
        first=own["first"],
        releases=dict(sorted(releases.items(), key=lambda one: [int(number) for number in one[0].split(".")])),
        database=own.get("database", ""),
        worker=own.get("worker", False),
    )
    service.release(service.first)
    return service


def _table(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_text("utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ReleaseError(f"{path} is not TOML: {error}.") from None
    if not isinstance(table.get("releases"), dict):
        raise ReleaseError(f"{path} has no table [releases].")
    return table


def _changed(folder: Path, release: Release) -> dict[str, str]:
    """The text of each file that the release's diff changes, by its path in the service's folder."""
    if release.diff is None:
        return {}
    try:
        found = diffs.read(release.diff.read_text("utf-8"))
        return {name: diffs.apply((folder / name).read_text("utf-8"), hunks) for name, hunks in found.items()}
    except (ReleaseError, OSError) as error:
        raise ReleaseError(f"{release.diff} does not apply to {folder}: {error}") from None
