"""Where submissions of one run are graded on another machine: a warm process and the edition, kept until the run ends.

Everything that comes and goes is plain data (JSON), so that nothing of a submission is ever unpickled outside a box.
"""

from __future__ import annotations

import hashlib
import os
import platform
import threading
from pathlib import Path

from watchkeeper.recording.find import VARIABLE
from watchkeeper.staff.errors import RunnerError
from watchkeeper.staff.grade.edition import Edition
from watchkeeper.staff.grade.result import Result, Submission
from watchkeeper.staff.grade.submission import grade_one
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.runner import HOUSE, Inputs, Runner, recordings


def fingerprint(datasets: Path) -> dict[str, str]:
    """Fingerprints of everything besides the edition that can change a mark: code, libraries, public recordings.

    A recording is known by its card and its files' sizes; reading them all would take longer than grading.
    """
    from importlib.metadata import version

    code, public = hashlib.sha256(), hashlib.sha256()
    for path in sorted(HOUSE.rglob("*.py")):
        code.update(f"{path.relative_to(HOUSE).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    found = recordings(datasets)
    for folder in found:
        for path in sorted(one for one in folder.iterdir() if one.is_file()):
            public.update(f"{folder.name}/{path.name}\0{path.stat().st_size}\0".encode())
        public.update((folder / "card.toml").read_bytes())
    return {
        "watchkeeper": code.hexdigest()[:24],
        "Python": ".".join(platform.python_version_tuple()[:2]),
        "pandas": version("pandas"),
        "recordings": public.hexdigest()[:24] if found else "",
    }


def difference(here: dict[str, str], there: dict[str, str], datasets: Path) -> str:
    """Why a machine can't grade for another one, in a sentence; "" if it can. `here` is the grader."""
    if there["watchkeeper"] != here["watchkeeper"]:
        return "its watchkeeper is not the same as here. Install this version there and start it again."
    for name in ("Python", "pandas"):
        if there[name] != here[name]:
            return f"it has {name} {there[name]}, and here is {here[name]}. Install the locked versions there."
    if not there["recordings"]:
        return f"there are no recordings in {datasets}. Copy them there, or set {VARIABLE} where it is started."
    if there["recordings"] != here["recordings"]:
        return f"the recordings in {datasets} differ from the grader's. Copy the course's recordings to that machine."
    return ""


def place(datasets: Path) -> Path:
    """Where this machine has the recordings: the folder that WATCHKEEPER_DATASETS names, else the grader's own path."""
    return Path(os.environ.get(VARIABLE) or datasets)


class Station:
    """Open until `close`. `grade` may be called from several threads at once."""

    def __init__(self, edition: Edition, datasets: Path, boxed: bool, budget: Budget) -> None:
        """Start the warm process, and return when it is warm. Raises RunnerError where there is no box."""
        self.edition, self.datasets, self.boxed, self.budget = edition, datasets, boxed, budget
        self._turn = threading.Lock()
        self._inputs = {question: Inputs(question, pickled) for question, pickled in edition.inputs.items()}
        try:
            self._runner = self._warm()
        except BaseException:
            self._let_go()
            raise

    def grade(self, submission: Submission) -> Result:
        """The result of one submission; a warm process that ended (out of memory) is restarted once."""
        runner = self._runner
        try:
            return grade_one(self.edition, submission, runner, self._inputs)
        except RunnerError:
            with self._turn:
                if self._runner is runner:
                    runner.__exit__()
                    self._runner = self._warm()
            return grade_one(self.edition, submission, self._runner, self._inputs)

    def close(self) -> None:
        self._runner.__exit__()
        self._let_go()

    def _warm(self) -> Runner:
        made = Runner(self.datasets, self.edition.imports, self.edition.opens, self.boxed, self.budget)
        runner = made.__enter__()
        try:
            runner.wait()
        except BaseException:
            runner.__exit__()
            raise
        return runner

    def _let_go(self) -> None:
        for one in self._inputs.values():
            one.close()
