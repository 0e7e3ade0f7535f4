"""nbgrader's own commands, driven from Python in a course folder: generate, autograde, feedback, scores."""

from __future__ import annotations

import shutil
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from watchkeeper.staff.author.release import with_programs_on_path
from watchkeeper.staff.errors import GradingError


@dataclass(frozen=True)
class Scored:
    """One apprentice's result on one module: points by grade_id, and the path of the first feedback page."""

    student: str
    module: str
    points: dict[str, float]
    score: float
    possible: float
    feedback: Path | None = None


def prepare(root: Path, folder: Path) -> Path:
    """Make a course folder with a copy of `source/`; `api` then puts a gradebook in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(root / "source", folder / "source", dirs_exist_ok=True)
    return folder


def api(root: Path, folder: Path, configuration: Path | None = None) -> Any:
    """nbgrader's API for a course folder, with the repository's configuration (or another one)."""
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    with_programs_on_path()
    path = configuration or root / "nbgrader_config.py"
    config = PyFileConfigLoader(path.name, path=str(path.parent)).load_config()
    config.CourseDirectory.root = str(folder)
    config.CourseDirectory.db_url = f"sqlite:///{folder / 'gradebook.db'}"
    return NbGraderAPI(config=config)


def must(result: Mapping[str, Any], what: str) -> None:
    """Raise GradingError with nbgrader's log unless a step succeeded."""
    if not result["success"]:
        raise GradingError(f"nbgrader stopped at: {what}.\n{result.get('error') or ''}\n{result.get('log') or ''}")


def autograde(nbgrader: Any, module: str, student: str, feedback: bool = True) -> None:
    """Grade the submission in `submitted/<student>/<module>/`, and write its feedback pages if asked."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # sqlalchemy warns about nbgrader's own objects, which a mentor can't change
        must(nbgrader.autograde(module, student, force=True), f"autograde {module} of {student}")
        if feedback:
            must(nbgrader.generate_feedback(module, student, force=True), f"feedback on {module} for {student}")


def scores(nbgrader: Any, module: str, student: str) -> Scored:
    """The points of one submission in the gradebook."""
    folder = Path(nbgrader.coursedir.root)
    with nbgrader.gradebook as book:
        found = book.find_submission(module, student)
        points = {grade.name: grade.auto_score for notebook in found.notebooks for grade in notebook.grades}
        pages = sorted((folder / "feedback" / student / module).glob("*.html"))
        return Scored(student, module, points, found.score, found.max_score, pages[0] if pages else None)
