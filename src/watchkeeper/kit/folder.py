"""The folder an apprentice works in: finds it, and brings new versions into it without touching their work."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

from watchkeeper.errors import WorkError

MANIFEST = ".watchkeeper/delivered.json"


def repository(start: Path) -> Path | None:
    """The nearest folder from `start` upwards that is the course's repository; None if a kit comes first."""
    for folder in (start, *start.parents):
        if (folder / "course" / "course.toml").is_file():
            return folder
        if is_kit(folder):
            return None
    return None


def is_kit(folder: Path) -> bool:
    """Whether a folder is an unpacked kit. The repository has notebooks too, but apprentices don't work there."""
    return (folder / "release").is_dir() and (folder / MANIFEST).is_file()


def kit_at(start: Path) -> Path:
    """The unpacked kit that contains `start`, or the one in `work/` of the repository. Raises WorkError."""
    for folder in (start, *start.parents):
        if is_kit(folder):
            return folder
        if is_kit(folder / "work"):
            return folder / "work"
    raise WorkError(
        f"Neither {start} nor any folder above it is an unpacked kit (it would hold release/ and .watchkeeper/).\n"
        "Go to the folder you unpacked (cd FOLDER) and try again. In the repository, run `watchkeeper lab` once."
    )


def modules(kit: Path) -> dict[str, Path]:
    """The modules' folders by name, in teaching order."""
    folders = sorted(path for path in (kit / "release").iterdir() if path.is_dir())
    return {folder.name: folder for folder in folders if not folder.name.startswith(".")}


def digest(content: bytes) -> str:
    """The sha256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def delivered(kit: Path) -> dict[str, str]:
    """The files delivered into this folder: path inside it to sha256."""
    path = kit / MANIFEST
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError):
        raise WorkError(
            f"{path} is damaged, so we can't tell which files are your work.\n"
            f"Rename the folder {kit} and run `watchkeeper lab` again. Then copy your notebooks over."
        ) from None


def touched(kit: Path, manifest: Mapping[str, str]) -> list[str]:
    """The notebooks that have changed since they were delivered."""
    names = [name for name in manifest if name.endswith(".ipynb") and (kit / name).is_file()]
    return [name for name in names if digest((kit / name).read_bytes()) != manifest[name]]


def deliver(files: Mapping[str, bytes], folder: Path) -> list[str]:
    """Bring these files (path inside the folder to content) into `folder`. Returns a sentence per file left unchanged.

    A file that has not changed since it was delivered is updated, or removed if it is no longer part of the kit. A
    changed file stays, and its new version is written next to it as `name.new.ipynb`, once.
    """
    before = delivered(folder)
    manifest, said = dict(before), []
    for name in before.keys() - files.keys():
        _remove(folder / name, before[name])
        del manifest[name]
    for name, content in files.items():
        if name == MANIFEST:
            continue
        kept = _deliver(folder / name, content, before.get(name, ""))
        if kept:
            said.append(f"{name} has your work in it, so it was kept. Its new version is next to it: {kept.name}.")
        manifest[name] = digest(content)
    write(folder / MANIFEST, (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode())
    return said


def _deliver(path: Path, content: bytes, was: str) -> Path | None:
    """Write one file. If it was changed, write the new version next to it instead, and return that path."""
    there = digest(path.read_bytes()) if path.is_file() else ""
    if there == digest(content):
        return None
    if there in ("", was):
        write(path, content)
        return None
    if was == digest(content):  # the kit has no newer version
        return None
    beside = _free(path)
    write(beside, content)
    return beside


def _free(path: Path) -> Path:
    """An unused name next to `path`: lesson.new.ipynb, lesson.new-2.ipynb, …"""
    number, found = 1, path.with_name(f"{path.stem}.new{path.suffix}")
    while found.exists():
        number += 1
        found = path.with_name(f"{path.stem}.new-{number}{path.suffix}")
    return found


def _remove(path: Path, was: str) -> None:
    if path.is_file() and digest(path.read_bytes()) == was:
        path.unlink()
        if not any(path.parent.iterdir()):
            path.parent.rmdir()


def write(path: Path, content: bytes) -> None:
    """Write a file completely or not at all. Creates its folders."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.half")
    half.write_bytes(content)
    os.replace(half, path)
