"""Where a school's things lie: what nbgrader_config.py says, and nbgrader's own folders."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.sandbox.box.walls import Budget

CONFIGURATION = "nbgrader_config.py"


@dataclass(frozen=True)
class Settings:
    """The course's repository, the folder with the cohort's work, its gradebook, the recordings, nbgrader's traits."""

    root: Path
    folder: Path
    db_url: str
    datasets: Path
    held_back: Path
    config: Any

    @property
    def budget(self) -> Budget:
        """What one notebook may use; the seconds a cell are nbgrader's own `Execute.timeout`."""
        seconds = self.config.Execute.get("timeout")
        return Budget(cell_seconds=float(seconds)) if isinstance(seconds, int | float) and seconds > 0 else Budget()

    @property
    def submitted(self) -> Path:
        return self.folder / "submitted"


def read(root: Path, folder: Path | None = None, db_url: str = "") -> Settings:
    """The settings of a repository; the cohort's work lies in `folder`, or in the repository itself.

    Raises GradingError with the file and what is wrong in it.
    """
    from traitlets.config import PyFileConfigLoader

    # jsonschema would build a grammar of internationalised addresses, which takes a second and nothing here asks for.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    path = root / CONFIGURATION
    if not path.is_file():
        raise GradingError(f"{path} is missing: run this in the course's repository, or name it with --root.")
    try:
        with _without_nbgrader():
            config = PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    except Exception as error:  # it is a program, and may fail in any way
        raise GradingError(f"{path} can't be read: {type(error).__name__}: {error}") from None
    folder = (folder or root).resolve()
    inputs = config.SetInputs
    usual = {"datasets": root / "datasets", "held_back": root / "datasets" / "held-back"}
    found = {name: Path(str(inputs.get(name) or default)).resolve() for name, default in usual.items()}
    for name, place in found.items():
        if not place.is_dir():
            raise GradingError(f"SetInputs.{name} in {path} names {place}, which is no folder.")
    own = config.CourseDirectory.get("db_url") if folder == root else None
    url = db_url or (str(own) if own else f"sqlite:///{folder / 'gradebook.db'}")
    config.pop("Autograde", None)  # its preprocessors are nbgrader's own command's business
    config.CourseDirectory.root, config.CourseDirectory.db_url = str(folder), url
    return Settings(root, folder, url, found["datasets"], found["held_back"], config)


@contextmanager
def _without_nbgrader() -> Iterator[None]:
    """A configuration names the steps of nbgrader's own grading, whose import takes a second: here it gets none."""
    name = "watchkeeper.staff.grade.nbgrader.pipeline"
    if name in sys.modules:
        yield
        return
    stands_in = ModuleType(name)
    vars(stands_in).update(SANITIZE=[], AUTOGRADE=[], KERNEL_ARGUMENTS=[])
    sys.modules[name] = stands_in
    try:
        yield
    finally:
        del sys.modules[name]
