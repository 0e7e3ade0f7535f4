"""Paths and options of one school, read from nbgrader_config.py."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.sandbox.box.walls import Budget

CONFIGURATION = "nbgrader_config.py"


@dataclass(frozen=True)
class Settings:
    """The paths and options of one school.

    `root`: the course's repository. `folder`: the cohort's work. `db_url`: its gradebook. `datasets`: the recordings
    that notebooks open. `held_back`: the recordings for grading. `config`: nbgrader's configuration (traitlets).
    """

    root: Path
    folder: Path
    db_url: str
    datasets: Path
    held_back: Path
    config: Any

    @property
    def budget(self) -> Budget:
        """What one notebook may use. The seconds per cell are nbgrader's own `Execute.timeout`."""
        seconds = self.config.Execute.get("timeout")
        return Budget(cell_seconds=float(seconds)) if isinstance(seconds, int | float) and seconds > 0 else Budget()

    @property
    def submitted(self) -> Path:
        return self.folder / "submitted"


def read(root: Path, folder: Path | None = None, db_url: str = "") -> Settings:
    """The settings of a repository. The cohort's work is in `folder`, or in the repository itself.

    Raises GradingError, which names the file and what is wrong in it.
    """
    from traitlets.config import PyFileConfigLoader

    skip_address_grammar()
    path = root / CONFIGURATION
    if not path.is_file():
        raise GradingError(f"{path} is missing: run this in the course's repository, or name it with --root.")
    try:
        config = PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:  # the configuration is a program and may fail in any way
        raise GradingError(f"{path} can't be read: {type(error).__name__}: {error}") from None
    folder = (folder or root).resolve()
    inputs = config.SetInputs
    usual = {"datasets": root / "datasets", "held_back": root / "datasets" / "held-back"}
    found = {name: Path(str(inputs.get(name) or default)).resolve() for name, default in usual.items()}
    for name, place in found.items():
        if not place.is_dir():
            raise GradingError(f"SetInputs.{name} in {path} names {place}, which is not a folder.")
    own = config.CourseDirectory.get("db_url") if folder == root else None
    url = db_url or (str(own) if own else f"sqlite:///{folder / 'gradebook.db'}")
    config.CourseDirectory.root, config.CourseDirectory.db_url = str(folder), url
    return Settings(root, folder, url, found["datasets"], found["held_back"], config)


def skip_address_grammar() -> None:
    """Hide `rfc3987_syntax` from jsonschema, which treats it as an optional dependency that is not installed.

    nbformat imports jsonschema, and jsonschema imports everything that can check formats of text. This module would
    compile a grammar of internationalized addresses, which takes 1.1 s of CPU time (Python 3.11), and no notebook has
    such an address. Call this before anything imports nbformat.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: importing it raises ImportError
