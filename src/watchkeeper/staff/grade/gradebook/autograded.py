"""The folder `autograded/<student>/<module>/`, as nbgrader lays it out: made beside, then swapped in.

Order of a grading: this folder, then the gradebook's rows, then `graded.json` in the folder. Whatever moment a run is
killed at, a submission without its `graded.json` is graded again, and nothing else is.
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
from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade.result import FAILED, Result
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
    """Write a submission's graded notebooks and other files below the course folder; where they are.

    `files` are the submission's (posix name to content), `course_files` the course's own, which go over them; without,
    they are those beside the notebooks in `source/<module>/`; `ours` are the texts of its prose. Raises GradingError;
    then what was there is there still.
    """
    course_files = of_course(folder, result.module) if course_files is None else course_files
    with swapped(folder / "autograded", result.student, result.module) as new:
        for name, content in (kept(files) | dict(course_files)).items():
            _put(new / name, content)
        if result.time:
            _put(new / TIMESTAMP, f"{utc(result.time):%Y-%m-%d %H:%M:%S.%f} UTC\n".encode())
        graded = {one.name: one.notebook for one in result.notebooks}
        notebooks = failed(folder, result) if result.state == FAILED else graded
        for name, notebook in notebooks.items():
            _put(new / f"{check_name(name)}.ipynb", text(safe(notebook, ours)).encode())
    return folder / "autograded" / result.student / result.module


def record(folder: Path, result: Result) -> None:
    """Say that files and rows of this result are written: the last step. It holds the result without its notebooks."""
    place = folder / "autograded" / result.student / result.module
    with _sentences(place):
        temporary = place / f".{RECORD}"
        bare = replace(result, notebooks=tuple(replace(one, notebook={}) for one in result.notebooks))
        temporary.write_text(json.dumps(to_plain(bare)) + "\n", encoding="utf-8")
        temporary.replace(place / RECORD)


def recorded(folder: Path, student: str, module: str) -> Result | None:
    """What `record` wrote, its notebooks empty; None if nothing, or nothing that can be read."""
    try:
        data = (folder / "autograded" / student / module / RECORD).read_text(encoding="utf-8")
        return from_plain(Result, json.loads(data))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def kept(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """A submission's other files: no notebooks, nothing outside the folder, nothing that a browser would run."""
    found = {}
    for name, content in files.items():
        path = PurePosixPath(name)
        plain = not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\0" not in name
        if not plain or not path.name or path.suffix == ".ipynb" or str(path) in (RECORD, f".{RECORD}", TIMESTAMP):
            continue
        found[str(path) if path.suffix.lower() in INERT else f"{path}.txt"] = content
    return found


def of_course(folder: Path, module: str) -> dict[str, bytes]:
    """The course's own files beside its notebooks, as nbgrader copies them: key.json first of all."""
    source = folder / "source" / module
    paths = [path for path in sorted(source.rglob("*")) if path.is_file() and path.suffix != ".ipynb"]
    return {path.relative_to(source).as_posix(): path.read_bytes() for path in paths}


def failed(folder: Path, result: Result) -> dict[str, Mapping[str, Any]]:
    """What a mentor and the apprentice see of a submission that could not be graded: the release, and why, on top."""
    why = {"cell_type": "markdown", "metadata": {}, "source": f"## Not graded\n\n{sentence(result.reason)}\n"}
    shown: dict[str, Mapping[str, Any]] = {}
    for path in sorted((folder / "source" / result.module).glob("*.ipynb")):
        released = folder / "release" / result.module / path.name
        base = json.loads(released.read_text(encoding="utf-8")) if released.is_file() else {"cells": [], "metadata": {}}
        shown[path.stem] = base | {"cells": [why, *base["cells"]], "nbformat": 4, "nbformat_minor": 4}
    return shown


def text(notebook: NotebookDict) -> str:
    """A notebook as JSON, a line each cell. nbformat reads it; its own way of writing takes longer than the judging."""
    cells = ",\n".join(json.dumps(cell, ensure_ascii=False) for cell in notebook["cells"])
    rest = {name: value for name, value in notebook.items() if name != "cells"}
    return f'{{"cells": [\n{cells}\n],\n{json.dumps(rest, ensure_ascii=False)[1:]}\n'


def utc(time: datetime) -> datetime:
    """A time as nbgrader stores it: UTC, without saying so. A time that names no zone is taken for UTC."""
    return time if time.tzinfo is None else time.astimezone(UTC).replace(tzinfo=None)


def check_name(name: str) -> str:
    """A student's, module's or notebook's name that is a plain folder name and harmless in a page."""
    if not NAME.fullmatch(name):
        raise GradingError(f"{name!r} can't be the name of a folder and of a student or notebook. Rename it.")
    return name


@contextmanager
def swapped(place: Path, student: str, module: str) -> Iterator[Path]:
    """A new, empty folder to fill; left well, it takes the place of `place/student/module` in one step.

    A run that was killed leaves `.module.new` or `.module.old` behind; the next one of this submission takes them away.
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
    """Take a folder away, whatever it is; a symlink without what it points to."""
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
            errno.ENOSPC: "the disk is full; make room",
            errno.EDQUOT: "your quota of disk is used up; make room",
            errno.EROFS: "the disk is read-only; choose another course folder",
            errno.EACCES: "you may not write there; ask who owns the folder",
        }
        reason = why.get(error.errno or 0, f"{error.strerror or error}; put that right")
        raise GradingError(
            f"{place} can't be written: {reason}, and grade again. What was there before is there still."
        ) from None


def _put(path: Path, content: bytes) -> None:
    """A file as nbgrader leaves it, which nobody edits by accident: mode 444."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    os.chmod(path, 0o444)
