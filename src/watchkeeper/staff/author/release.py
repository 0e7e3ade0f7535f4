"""Makes `release/` from `source/` with nbgrader's own generate_assignment, in a temporary course."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from watchkeeper.staff.errors import BuildError


def files(root: Path, module: str, source: dict[str, str]) -> dict[str, str]:
    """The files of `release/<module>/`, given those of `source/<module>/`. nbgrader removes the answers."""
    with tempfile.TemporaryDirectory(prefix="watchkeeper-release-") as folder:
        course = Path(folder)
        (course / "source" / module).mkdir(parents=True)
        for name, content in source.items():
            (course / "source" / module / name).write_text(content, encoding="utf-8")
        shutil.copy2(root / "nbgrader_config.py", course)
        _generate(course, module)
        made = sorted((course / "release" / module).iterdir())
        return {path.name: path.read_text(encoding="utf-8").rstrip("\n") + "\n" for path in made}


def _generate(course: Path, module: str) -> None:
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    with_programs_on_path()
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.CourseDirectory.root = str(course)
    config.CourseDirectory.db_url = f"sqlite:///{course / 'gradebook.db'}"
    result = NbGraderAPI(config=config).generate_assignment(module, force=True)
    if not result["success"]:
        raise BuildError(f"nbgrader can't make a release of {module}:\n{result.get('error') or result.get('log')}")


def with_programs_on_path() -> None:
    """Put this environment's programs on the path, because nbgrader starts the command `alembic` by name."""
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
