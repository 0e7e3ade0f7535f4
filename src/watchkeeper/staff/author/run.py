"""Runs all notebooks with papermill and counts what the checks say: the reference, and the untouched release."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from watchkeeper.check.outcome import EDGE, NOT_ATTEMPTED, PASSED
from watchkeeper.staff.author import hint, lesson, several, source
from watchkeeper.staff.author.course import Course, Module
from watchkeeper.staff.errors import BuildError

Say = Callable[[str], None]
OUTCOME = re.compile(rf"^(?P<name>[\w-]+): (?P<word>{'|'.join(EDGE)})")


@dataclass
class Tally:
    """The results of one notebook's checks: question to word, points reached, possible points, and errors."""

    notebook: str
    words: dict[str, str] = field(default_factory=dict)
    reached: float = 0.0
    possible: float = 0.0
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0


def run(course: Course, kind: str, datasets: Path, say: Say = print) -> list[Tally]:
    """Run every notebook of `source/` (kind "reference") or `release/` with papermill, in a copy, in module order.

    If `datasets` are not the course's own recordings, the keys are recomputed from them, in the copy only.
    """
    if kind not in ("reference", "release"):
        raise BuildError(f"Unknown kind {kind!r}. Run 'reference' or 'release'.")
    with ExitStack() as copies:
        jobs = []
        for module in course.modules:
            folder = copies.enter_context(_copy(course, module, kind, datasets, say))
            jobs += [(folder / f"{name}.ipynb", module, datasets) for name in module.lessons]
        return list(several.each(_one, jobs, say, f"notebooks of the {kind}"))


def problems(tallies: list[Tally], kind: str) -> list[str]:
    """The problems of a run: a reference must reach every point, and an untouched release must say "not attempted"."""
    wanted = PASSED if kind == "reference" else NOT_ATTEMPTED
    found = []
    for tally in tallies:
        found += [f"{tally.notebook} stopped: {error}" for error in tally.errors]
        found += [
            f"{tally.notebook}, {name}: {word}, not {wanted}" for name, word in tally.words.items() if word != wanted
        ]
        if not tally.words:
            found.append(f"{tally.notebook} has not checked anything")
        if kind == "reference" and tally.reached != tally.possible:
            found.append(f"{tally.notebook} reaches {tally.reached:g} of {tally.possible:g} points")
    return found


@contextmanager
def _copy(course: Course, module: Module, kind: str, datasets: Path, say: Say) -> Iterator[Path]:
    origin = course.root / ("source" if kind == "reference" else "release") / module.name
    if not origin.is_dir():
        raise BuildError(f"{origin} is missing. Create it with: {hint.watchkeeper('build', course.root)}")
    with tempfile.TemporaryDirectory(prefix="watchkeeper-run-") as folder:
        target = Path(folder) / module.name
        shutil.copytree(origin, target)
        if datasets.resolve() != (course.root / "datasets").resolve():
            key = source.files(course, module, datasets, say)["key.json"]
            (target / "key.json").write_text(key, encoding="utf-8")
        yield target


def _one(path: Path, module: Module, datasets: Path) -> Tally:
    """Execute one notebook with papermill, in the notebook's own folder.

    The recordings are named twice: as the notebook's parameter, and in the environment, where the checks look.
    """
    import papermill

    tally = Tally(f"{module.name}/{path.stem}")
    os.environ["WATCHKEEPER_DATASETS"] = str(datasets)  # this process runs notebooks on these recordings only
    try:
        papermill.execute_notebook(
            str(path),
            str(path),
            parameters={"datasets": str(datasets)},
            cwd=str(path.parent),
            kernel_name="python3",
            progress_bar=False,
            extra_arguments=["--IPKernelApp.log_level=40"],
        )
    except papermill.PapermillExecutionError as error:
        tally.errors.append(f"{error.ename}: {error.evalue}"[:300])
    _read(nbformat.read(path, as_version=4), tally, module)
    return tally


def _read(notebook: NotebookNode, tally: Tally, module: Module) -> None:
    tally.seconds = round(notebook.metadata.get("papermill", {}).get("duration") or 0.0, 1)
    for name in lesson.questions_in(notebook):
        tally.possible += module.points[name]
        tally.words[name] = "no outcome"
    for cell in notebook.cells:
        if not lesson.is_check(cell):
            continue
        for output in cell.outputs:
            said = OUTCOME.match(str(output.get("data", {}).get("text/plain", "")))
            if said and said["name"] == cell.metadata.nbgrader.grade_id:
                tally.words[said["name"]] = said["word"]
                tally.reached += module.points[said["name"]] * (said["word"] == PASSED)
