"""Finds out what is missing on this machine and how to get it: one line per finding."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from watchkeeper.commands import staff
from watchkeeper.errors import WorkError
from watchkeeper.kit import folder as work

OK, MISSING, TOO_OLD, DAMAGED = "ok", "missing", "wrong version", "damaged"
OPTIONAL, BUSY, LITTLE = "not here", "in use", "little"
FAILING = (MISSING, TOO_OLD, DAMAGED)
PYTHON = ((3, 11), (3, 14))  # at least, below
MEMORY, DISK = 2e9, 1e9  # bytes; enough for JupyterLab with one open recording

INSTALL = "get it with: python -m pip install -r requirements.txt (in the repository: requirements.lock)"


@dataclass(frozen=True)
class Finding:
    """One line: what was checked, a word for the result, and what to do if it is not ok."""

    what: str
    word: str
    detail: str = ""

    @property
    def fails(self) -> bool:
        return self.word in FAILING


def examine(start: Path, port: int) -> Iterator[Finding]:
    """All findings, the most important ones to fix first."""
    yield python(sys.version_info[:2])
    yield from dependencies()
    yield from recordings(start)
    yield port_free(port)
    yield from programs(start)
    yield from box(start)
    yield from room_to_work(start)


def python(version: tuple[int, int]) -> Finding:
    """Whether the course runs on this Python."""
    found = ".".join(map(str, version))
    if PYTHON[0] <= version < PYTHON[1]:
        return Finding("Python", OK, found)
    return Finding("Python", TOO_OLD, f"{found}; get 3.11, 3.12 or 3.13 from https://www.python.org/downloads/")


def dependencies(package: str = "watchkeeper") -> Iterator[Finding]:
    """Compare each package that pyproject.toml needs here with the installed one."""
    try:
        from packaging.requirements import Requirement
    except ImportError:  # JupyterLab needs this package, so JupyterLab is missing too
        yield Finding("packages", MISSING, f"nearly all; {INSTALL}")
        return
    more = staff()
    extras = more.EXTRAS if more else ()
    for text in metadata.requires(package) or []:
        requirement = Requirement(text)
        wanted = [one for one in ("", *extras) if not requirement.marker or requirement.marker.evaluate({"extra": one})]
        if wanted:
            yield _installed(requirement.name, str(requirement.specifier), wanted[0])


def _installed(name: str, specifier: str, extra: str) -> Finding:
    from packaging.specifiers import SpecifierSet

    where = f"watchkeeper[{extra}]" if extra else "the course"
    get = f"needed by {where}; {INSTALL}"
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, MISSING, get)
    if not SpecifierSet(specifier).contains(found, prereleases=True):
        return Finding(name, TOO_OLD, f"{found} is not {specifier}; {get}")
    return Finding(name, OK, found)


def recordings(start: Path) -> Iterator[Finding]:
    """Compare each recording that notebooks here find with the checksums on its card."""
    place = _place(start) / "datasets"
    try:
        from watchkeeper.errors import RecordingError
        from watchkeeper.recording import Recording
    except ImportError as error:
        yield Finding("recordings", MISSING, f"can't be read until {error.name} is installed")
        return
    cards = sorted(place.glob("*/card.toml"))
    if not cards:
        yield Finding("recordings", MISSING, f"none in {place}; go to the kit's folder, or unpack it again")
    for card in cards:
        try:
            Recording.open(card.parent).verify()
            yield Finding(f"recording {card.parent.name}", OK)
        except RecordingError as error:
            yield Finding(f"recording {card.parent.name}", DAMAGED, f"{error}; {_repair(start, card.parent)}")


def _repair(start: Path, recording: Path) -> str:
    """How to get a recording's own files back."""
    root = work.repository(start)
    if root is None:
        return "copy it from the kit's archive"
    texts = [path.read_bytes() for path in sorted(recording.glob("*")) if path.suffix in (".toml", ".jsonl")]
    why = "git changed its line endings; " if any(b"\r\n" in text for text in texts) else ""
    place = f"datasets/{recording.name}"
    here = "" if root == start else f' -C "{root}"'
    return f"{why}delete the folder {place} and run: git{here} -c core.autocrlf=false checkout -- {place}"


def port_free(port: int) -> Finding:
    """Whether the port is free. If not, JupyterLab uses the next one, so this never stops you."""
    with socket.socket() as listener:
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            other = f"watchkeeper lab --port {port + 100 if port < 65_000 else 8888}"
            return Finding(f"port {port}", BUSY, f"JupyterLab uses the next free one; or choose one: {other}")
    return Finding(f"port {port}", OK, "free")


def programs(start: Path) -> Iterator[Finding]:
    """Programs other than Python that only mentors and contributors need."""
    if not work.repository(start):
        return
    if path := shutil.which("alembic"):
        yield Finding("alembic", OK, path)
    else:
        yield Finding("alembic", OPTIONAL, "nbgrader starts it by name; activate the environment first")
    if path := shutil.which("chromium"):
        yield Finding("Chromium", OK, path)
    else:
        yield Finding("Chromium", OPTIONAL, "only for browser tests; Debian: apt-get install chromium chromium-driver")


def box(start: Path) -> Iterator[Finding]:
    """The layers between a submission and a mentor's machine. There are none in a kit, which can't grade."""
    more = staff()
    if not work.repository(start) or not more:
        return
    for layer in more.box_layers():
        said = layer.what if layer.there else f"{layer.what}: {layer.why}"
        yield Finding("box", OK if layer.there else OPTIONAL, said)


def room_to_work(start: Path) -> Iterator[Finding]:
    """Memory and disk. Too little makes things slow, not wrong."""
    yield _enough("disk", shutil.disk_usage(start).free, DISK)
    with suppress(ImportError):  # comes with JupyterLab's kernel
        import psutil

        yield _enough("memory", psutil.virtual_memory().available, MEMORY)


def _enough(what: str, free: float, wanted: float) -> Finding:
    said = f"{free / 1e9:.1f} GB free"
    if free >= wanted:
        return Finding(what, OK, said)
    return Finding(what, LITTLE, f"{said}; it will be slow below {wanted / 1e9:.0f} GB, so close other programs first")


def _place(start: Path) -> Path:
    """The folder whose `datasets/` the notebooks find."""
    if root := work.repository(start):
        return root
    try:
        return work.kit_at(start)
    except WorkError:
        return start
