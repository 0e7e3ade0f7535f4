"""nbgrader preprocessors, named in `pipeline.py`: Restore, SetInputs (names the recordings), Run, Judge (verdicts)."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from nbformat import NotebookNode, from_dict
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from watchkeeper.check.handout import HELD_BACK, MIME
from watchkeeper.staff.author import course, truths
from watchkeeper.staff.author.reference import handed_out
from watchkeeper.staff.author.sheet import Sheet
from watchkeeper.staff.errors import BuildError
from watchkeeper.staff.grade.intake import read
from watchkeeper.staff.grade.nbgrader.execute import Execute
from watchkeeper.staff.grade.restore.choose import choose
from watchkeeper.staff.grade.restore.notebook import answers_in, grade_ids, restore
from watchkeeper.staff.grade.restore.shield import shielded
from watchkeeper.staff.grade.verdict import cell as cells


class SetInputs(NbGraderPreprocessor):
    """Puts the recordings' folders into the environment, which the kernel of a graded run inherits."""

    held_back = Unicode(help="folder of the recordings that functions are called on when graded").tag(config=True)
    datasets = Unicode(help="folder of the recordings that notebooks open").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        for folder, trait in ((self.held_back, "held_back"), (self.datasets, "datasets")):
            if not Path(folder).is_dir():
                raise BuildError(f"SetInputs.{trait} in nbgrader_config.py names {folder!r}, which is not a folder.")
        os.environ[HELD_BACK] = self.held_back
        os.environ["WATCHKEEPER_DATASETS"] = self.datasets
        return nb, resources


class Restore(NbGraderPreprocessor):
    """Puts the apprentice's answers into the course's own notebook, as `watchkeeper grade` does (`restore/`).

    Of a notebook without answers and a copy of it with answers, the copy counts.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        about = resources["nbgrader"]
        folder = Path(self.parent.config.Judge.root) / "release" / about["assignment"]
        releases = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.ipynb")}
        content = self._chosen(about, releases) or json.dumps(nb).encode()
        return from_dict(restore(about["notebook"], releases[about["notebook"]], content).notebook), resources

    def _chosen(self, about: Mapping[str, str], releases: Mapping[str, Any]) -> bytes | None:
        submitted = Path(self.parent.config.CourseDirectory.root) / "submitted"
        files = read(submitted, about["student"], about["assignment"]).files
        mapping = choose(grade_ids(releases), files, partial(answers_in, releases)).mapping
        return files.get(mapping.get(about["notebook"], ""))


class Run(Execute):
    """Runs the notebook. The course's own cells work whatever names the apprentice's cells bind (`shield.py`)."""

    def preprocess(self, nb: NotebookNode, resources: Any, **more: Any) -> tuple[NotebookNode, Any]:
        about = resources["nbgrader"]
        path = Path(self.parent.config.Judge.root) / "release" / about["assignment"] / f"{about['notebook']}.ipynb"
        release = json.loads(path.read_text(encoding="utf-8"))
        code = [cell for cell in nb.cells if cell.cell_type == "code"]
        texts = [cell.source for cell in code]
        for cell, text in zip(code, shielded(release["cells"], nb.cells), strict=True):
            cell.source = text
        try:
            nb, resources = super().preprocess(nb, resources, **more)
            return nb, resources
        finally:
            for cell, text in zip(code, texts, strict=True):
                cell.source = text


class DropEmptyMarks(NbGraderPreprocessor):
    """Removes the empty `nbgrader` entry that DeduplicateIds leaves on a copied cell; the next step would fail."""

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[NotebookNode, Any]:
        if cell.metadata.get("nbgrader") == {}:
            del cell.metadata["nbgrader"]
        return cell, resources


class Judge(NbGraderPreprocessor):
    """Compares the answers that the cells recorded with the reference's, in this process, outside the kernel."""

    root = Unicode(help="the repository that holds the course").tag(config=True)

    _sheets: ClassVar[dict[tuple[str, ...], Sheet]] = {}

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        about = resources["nbgrader"]
        sheet = self._sheet(about["assignment"], about["notebook"])
        said = cells.Said()
        for cell in nb.cells:
            answers = handed_out(cell) if cell.cell_type == "code" else []
            forget(cell)
            outputs = cell.get("outputs", [])
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in sheet.expected:
                outcome = cells.verdict(sheet, name, outputs, answers, said.stopped)
                cell.outputs = [from_dict(cells.shown(outcome, sheet.points[name]))]
            said.hear(cell, outputs)
        return nb, resources

    def _sheet(self, module: str, notebook: str) -> Sheet:
        root = self.root
        datasets, held_back = os.environ["WATCHKEEPER_DATASETS"], os.environ[HELD_BACK]
        place = (root, module, notebook, datasets, held_back)
        if place not in self._sheets:
            read = course.read(Path(root))
            chosen = read.module(module)
            self._sheets[place] = truths.of_notebook(read, chosen, notebook, Path(datasets), Path(held_back))
        return self._sheets[place]


def forget(cell: NotebookNode) -> None:
    """Remove recorded answers from a cell: they don't belong in a stored notebook."""
    if cell.cell_type == "code":
        cell.outputs = [output for output in cell.outputs if MIME not in output.get("data", {})]
