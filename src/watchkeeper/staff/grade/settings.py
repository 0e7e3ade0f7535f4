"""Paths and options of one school, read from nbgrader_config.py.

Which configuration counts is nbgrader's own rule: the one in the folder of the cohort's work, if there is one, and
otherwise the repository's.
"""

from __future__ import annotations

import hashlib
import shlex
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade.gradebook.database import named
from watchkeeper.staff.sandbox.box.walls import Budget

CONFIGURATION = "nbgrader_config.py"
COURSE = "course/course.toml"


@dataclass(frozen=True)
class Settings:
    """The paths and options of one school.

    `root`: the course's repository. `folder`: the cohort's work. `db_url`: its gradebook. `datasets`: the recordings
    that notebooks open. `held_back`: the recordings for grading. `config`: nbgrader's configuration (traitlets).
    `given`: the gradebook that the command line named. `ignored`: a sentence per setting that does not count.
    """

    root: Path
    folder: Path
    db_url: str
    datasets: Path
    held_back: Path
    config: Any
    given: str = ""
    ignored: tuple[str, ...] = ()

    @property
    def budget(self) -> Budget:
        """What one notebook may use. The seconds per cell are nbgrader's own `Execute.timeout`."""
        seconds = self.config.Execute.get("timeout")
        return Budget(cell_seconds=float(seconds)) if isinstance(seconds, int | float) and seconds > 0 else Budget()

    @property
    def submitted(self) -> Path:
        return self.folder / "submitted"

    def rules(self, edition: str) -> str:
        """A digest of everything that can change what the judge gives: the edition's digest, and the configuration."""
        return hashlib.sha256(f"{edition}\0{self.budget}".encode()).hexdigest()[:24]

    def command(self, name: str, *words: object) -> str:
        """A command of ours as it can be typed in the current folder, for the same repository, folder and gradebook."""
        where: list[object] = []
        if Path.cwd() != self.folder or not _leads(self.folder, self.root):
            where += ["--root", self.root] if Path.cwd() != self.root else []
            where += ["--folder", self.folder] if self.folder != self.root else []
        if self.given and name != "take-in":
            where += ["--db", named(self.given) if "@" in self.given else self.given]  # never print a password
        return shlex.join(["watchkeeper", name, *map(str, words), *map(str, where)])


def read(root: Path, folder: Path | None = None, db_url: str = "") -> Settings:
    """The settings of a repository. The cohort's work is in `folder`, or in the repository itself.

    `root` may also be a folder of a cohort's work whose configuration leads to the repository.
    Raises GradingError, which names the file and what is wrong in it.
    """
    skip_address_grammar()
    root = root.resolve()
    folder = (folder or root).resolve()
    if not (root / COURSE).is_file():
        root = _repository(root)
    theirs = _load(root / CONFIGURATION)
    path = folder / CONFIGURATION
    if folder == root or not path.is_file():
        path, config = root / CONFIGURATION, theirs
    else:
        config = _load(path)
    inputs = config.SetInputs
    usual = {"datasets": root / "datasets", "held_back": root / "datasets" / "held-back"}
    found = {name: Path(str(inputs.get(name) or default)).resolve() for name, default in usual.items()}
    for name, place in found.items():
        if not place.is_dir():
            raise GradingError(f"SetInputs.{name} in {path} names {place}, which is not a folder.")
    ignored = tuple(_ignored(root / CONFIGURATION, theirs, path, config))
    url = db_url or str(config.CourseDirectory.get("db_url") or f"sqlite:///{folder / 'gradebook.db'}")
    config.CourseDirectory.root, config.CourseDirectory.db_url = str(folder), url
    return Settings(root, folder, url, found["datasets"], found["held_back"], config, db_url, ignored)


def _repository(folder: Path) -> Path:
    """The repository that the configuration in a folder of a cohort's work leads to."""
    path = folder / CONFIGURATION
    found = str(_load(path).Judge.get("root") or "") if path.is_file() else ""
    if not found or not (Path(found) / COURSE).is_file():
        raise GradingError(
            f"{folder} is not the course's repository: it has no {COURSE}. Run this in the repository, or name it with "
            "--root."
        )
    return Path(found).resolve()


def _leads(folder: Path, root: Path) -> bool:
    """Whether a command that is run in `folder` finds the repository without being told."""
    try:
        return folder == root or _repository(folder) == root
    except GradingError:
        return False


def _load(path: Path) -> Any:
    from traitlets.config import PyFileConfigLoader

    if not path.is_file():
        raise GradingError(f"{path} is missing: run this in the course's repository, or name it with --root.")
    try:
        return PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:  # the configuration is a program and may fail in any way
        raise GradingError(f"{path} can't be read: {type(error).__name__}: {error}") from None


def _ignored(root: Path, theirs: Any, path: Path, config: Any) -> Iterator[str]:
    """A sentence for each setting of the repository that the cohort's own configuration replaces or leaves out."""
    if path == root:
        return
    for section, settings in sorted(theirs.items()):
        for name, value in sorted(settings.items()):
            counts = config[section].get(name) if section in config else None
            if _plain(counts) != _plain(value) and (section, name) != ("CourseDirectory", "root"):
                there = "does not have it" if counts is None else f"has {_plain(counts)!r}"
                said = f"{section}.{name} = {_plain(value)!r} in {root} does not count here"
                yield f"{said}: {path} {there}, and that file counts."


def _plain(value: Any) -> Any:
    """A value as it can be compared: `c.Section.name.append(…)` makes a new object each time it is read."""
    from traitlets.config.loader import LazyConfigValue

    return value.to_dict() if isinstance(value, LazyConfigValue) else value


def skip_address_grammar() -> None:
    """Hide `rfc3987_syntax` from jsonschema, which treats it as an optional dependency that is not installed.

    nbformat imports jsonschema, and jsonschema imports everything that can check formats of text. This module would
    compile a grammar of internationalized addresses, which takes 1.1 s of CPU time (Python 3.11), and no notebook has
    such an address. Call this before anything imports nbformat.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: importing it raises ImportError
