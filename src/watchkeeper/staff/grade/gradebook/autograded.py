"""The folder `autograded/<student>/<module>/`, as nbgrader lays it out: written to a new folder, then swapped in.

A submission is stored in this order: the folder, the gradebook's rows, `graded.json` in the folder. When a run is
killed, at whatever moment, the next run grades the submissions without a `graded.json` again, and no others.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from watchkeeper.check.codec import from_plain, to_plain
from watchkeeper.kit.archive import reserved
from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade.result import SCORED, Result
from watchkeeper.staff.grade.sanitize.notebook import safe, sentence
from watchkeeper.staff.notebooks import NotebookDict

RECORD = "graded.json"
TIMESTAMP = "timestamp.txt"
NAME = re.compile(r"[^\s/\\<>&\"'`+*?\x00-\x1f.-][^/\\<>&\"'`+*?\x00-\x1f]{0,127}")
# Formgrader serves these folders' files from the mentor's own Jupyter: a page or a vector picture there would run.
INERT = frozenset(
    {
        ".py",
        ".txt",
        ".csv",
        ".tsv",
        ".json",
        ".jsonl",
        ".md",
        ".toml",
        ".yaml",
        ".yml",
        ".png",
        ".jpg",
        ".jpeg",
        ".gif",
        ".gz",
        ".zip",
        ".parquet",
    }
)


def write(
    folder: Path,
    result: Result,
    files: Mapping[str, bytes],
    course_files: Mapping[str, bytes] | None = None,
    ours: Collection[str] = (),
) -> Path:
    """Write a submission's graded notebooks and other files to the course folder, and give the folder they are in.

    `files` are the submission's (posix name to content). `course_files` are the course's own, which replace files of
    the same name; by default, the files next to the notebooks in `source/<module>/`. `ours` are the texts of the
    course's prose. Raises GradingError, and then leaves the folder as it was.
    """
    course_files = of_course(folder, result.module) if course_files is None else course_files
    with swapped(folder / "autograded", result.student, result.module) as new:
        for name, content in (kept(files) | dict(course_files)).items():
            _put(new / name, content)
        if result.time:
            _put(new / TIMESTAMP, f"{utc(result.time):%Y-%m-%d %H:%M:%S.%f} UTC\n".encode())
        graded = {one.name: one.notebook for one in result.notebooks}
        notebooks = graded if result.state in SCORED else failed(folder, result)
        for name, notebook in notebooks.items():
            _put(new / f"{check_name(name)}.ipynb", text(safe(notebook, ours)).encode())
    return folder / "autograded" / result.student / result.module


def record(folder: Path, result: Result) -> None:
    """Write `graded.json`, the last step: the result without its notebooks. Its files and rows must be there."""
    place = folder / "autograded" / result.student / result.module
    with _sentences(place):
        temporary = place / f".{RECORD}"
        bare = replace(result, notebooks=tuple(replace(one, notebook={}) for one in result.notebooks))
        temporary.write_text(json.dumps(to_plain(bare)) + "\n", encoding="utf-8")
        temporary.replace(place / RECORD)


def recorded(folder: Path, student: str, module: str) -> Result | None:
    """The result that `record` wrote, with empty notebooks; None if it is missing or can't be read."""
    try:
        data = (folder / "autograded" / student / module / RECORD).read_text(encoding="utf-8")
        return from_plain(Result, json.loads(data))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def kept(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """A submission's files except notebooks and names that lead elsewhere. Types that may run get `.txt` appended."""
    found = {}
    for name, content in files.items():
        path = PurePosixPath(name)
        plain = not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name
        if not plain or not path.name or path.suffix == ".ipynb" or str(path) in (RECORD, f".{RECORD}", TIMESTAMP):
            continue
        if len(path.parts) > 1 and reserved(path.parts):
            continue  # a folder that is called like one of our files
        found[str(path) if path.suffix.lower() in INERT else f"{path}.txt"] = content
    folders = {str(above) for name in found for above in PurePosixPath(name).parents}
    return {name: content for name, content in found.items() if name not in folders}


def of_course(folder: Path, module: str) -> dict[str, bytes]:
    """The course's own files next to its notebooks, which nbgrader copies too; the important one is key.json."""
    source = folder / "source" / module
    paths = [path for path in sorted(source.rglob("*")) if path.is_file() and path.suffix != ".ipynb"]
    return {path.relative_to(source).as_posix(): path.read_bytes() for path in paths}


def failed(folder: Path, result: Result) -> dict[str, Mapping[str, Any]]:
    """What is shown for a submission that could not be graded: the released notebooks, with the reason at the top."""
    why = {"cell_type": "markdown", "metadata": {}, "source": f"## Not graded\n\n{sentence(result.reason)}\n"}
    shown: dict[str, Mapping[str, Any]] = {}
    for path in sorted((folder / "source" / result.module).glob("*.ipynb")):
        released = folder / "release" / result.module / path.name
        base = json.loads(released.read_text(encoding="utf-8")) if released.is_file() else {"cells": [], "metadata": {}}
        shown[path.stem] = base | {"cells": [why, *base["cells"]], "nbformat": 4, "nbformat_minor": 4}
    return shown


def text(notebook: NotebookDict) -> str:
    """A notebook as JSON, one line per cell. nbformat can read it, but nbformat's writer takes longer than judging."""
    cells = ",\n".join(json.dumps(cell, ensure_ascii=False) for cell in notebook["cells"])
    rest = {name: value for name, value in notebook.items() if name != "cells"}
    return f'{{"cells": [\n{cells}\n],\n{json.dumps(rest, ensure_ascii=False)[1:]}\n'


def utc(time: datetime) -> datetime:
    """A time as nbgrader stores it: in UTC, without a time zone. A time without a zone is taken as UTC."""
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)


def check_name(name: str) -> str:
    """The name of a student, module or notebook, if it is a plain folder name and harmless in a page."""
    if not NAME.fullmatch(name):
        raise GradingError(f"{name!r} can't be used as the name of a folder, student or notebook. Rename it.")
    return name


@contextmanager
def swapped(place: Path, student: str, module: str) -> Iterator[Path]:
    """Yield an empty folder to fill. On success, it replaces `place/student/module`; on error, nothing changes.

    A killed run leaves `.module.new` or `.module.old` behind; the next run for this submission deletes them.
    """
    parent = place / check_name(student)
    final, new, old = parent / check_name(module), parent / f".{module}.new", parent / f".{module}.old"
    with _sentences(final):
        parent.mkdir(parents=True, exist_ok=True)
        for left in (new, old):
            remove(left)
        new.mkdir()
        try:
            yield new
            if final.exists() or final.is_symlink():
                final.rename(old)
            new.rename(final)
        except BaseException:
            remove(new)
            if old.exists() and not final.exists():
                old.rename(final)
            raise
        remove(old)


def remove(folder: Path) -> None:
    """Delete a folder, a file, or a symlink but not what it points to."""
    if folder.is_symlink() or folder.is_file():
        folder.unlink()
    elif folder.exists():
        shutil.rmtree(folder)


@contextmanager
def _sentences(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        why = {
            errno.ENOSPC: "the disk is full; free some space",
            errno.EDQUOT: "your disk quota is used up; free some space",
            errno.EROFS: "the disk is read-only; choose another course folder",
            errno.EACCES: "you may not write there; ask the owner of the folder",
        }
        reason = why.get(error.errno or 0, f"{error.strerror or error}; fix that")
        raise GradingError(
            f"{place} can't be written: {reason}, and grade again. The earlier files are still there."
        ) from None


def _put(path: Path, content: bytes) -> None:
    """Write a file with nbgrader's mode 444, so that it isn't edited by accident."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    os.chmod(path, 0o444)
