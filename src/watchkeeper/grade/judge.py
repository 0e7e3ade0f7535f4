"""nbgrader preprocessors: SetInputs names the recordings, Judge replaces each check's outputs by a verdict."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, ClassVar

from nbformat import NotebookNode
from nbformat.v4 import new_output
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets import Unicode

from watchkeeper.build import course, truths
from watchkeeper.build.errors import BuildError
from watchkeeper.build.reference import handed_out
from watchkeeper.build.truths import Sheet
from watchkeeper.check.handout import HELD_BACK, MIME
from watchkeeper.check.outcome import Outcome
from watchkeeper.grade.verdict import Verdict, judge, no_answer


class SetInputs(NbGraderPreprocessor):
    """Puts the recordings' folders into the environment, which the kernel of a graded run inherits."""

    held_back = Unicode(help="folder of the recordings that functions are called on when graded").tag(config=True)
    datasets = Unicode(help="folder of the recordings that notebooks open").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        for folder, trait in ((self.held_back, "held_back"), (self.datasets, "datasets")):
            if not Path(folder).is_dir():
                raise BuildError(f"SetInputs.{trait} in nbgrader_config.py names {folder!r}, which is no folder.")
        os.environ[HELD_BACK] = self.held_back
        os.environ["WATCHKEEPER_DATASETS"] = self.datasets
        return nb, resources


class Judge(NbGraderPreprocessor):
    """Compares the answers that the cells handed out with the reference's, in this process, outside the kernel."""

    root = Unicode(help="the repository that holds the course").tag(config=True)

    _sheets: ClassVar[dict[tuple[str, ...], Sheet]] = {}

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        about = resources["nbgrader"]
        sheet = self._sheet(about["assignment"], about["notebook"])
        for cell in nb.cells:
            answers = handed_out(cell) if cell.cell_type == "code" else []
            forget(cell)
            name = cell.metadata.get("nbgrader", {}).get("grade_id")
            if name in sheet.expected:
                verdict = of_cell(sheet, name, cell, answers)
                cell.outputs = [shown(name, verdict, sheet.points[name])]
        return nb, resources

    def _sheet(self, module: str, notebook: str) -> Sheet:
        root = self.root
        place = (root, module, notebook, os.environ["WATCHKEEPER_DATASETS"], os.environ[HELD_BACK])
        if place not in self._sheets:
            read = course.read(Path(root))
            self._sheets[place] = truths.of_notebook(read, read.module(module), notebook, *map(Path, place[3:]))
        return self._sheets[place]


def forget(cell: NotebookNode) -> None:
    """Take handed-out answers out of a cell: nothing of them belongs in a stored notebook."""
    if cell.cell_type == "code":
        cell.outputs = [output for output in cell.outputs if MIME not in output.get("data", {})]


def of_cell(sheet: Sheet, name: str, cell: NotebookNode, answers: list[dict[str, Any]]) -> Verdict:
    """The verdict on one check cell. The questions it answered must be those that the reference's cell answers."""
    asked = [one.get("question") if isinstance(one, dict) else None for one in answers]
    if asked != sheet.expected[name]:
        return no_answer(_stopped(cell) or "The cell did not give exactly the answer it asks for.")
    verdicts = [judge(sheet.questions[question], answer.get("results"), sheet.truths[question])
                for question, answer in zip(asked, answers, strict=True)]  # fmt: skip
    return min(verdicts, key=lambda verdict: verdict.share)


def shown(name: str, verdict: Verdict, points: float) -> NotebookNode:
    """A cell output that is points to nbgrader and a message to the apprentice."""
    score = min(max(round(points * verdict.share, 2), 0.0), points)
    outcome = Outcome(name, verdict.word, verdict.lines)
    return new_output("execute_result", execution_count=None,
                      data={"text/plain": f"{score}", "text/html": outcome.html})  # fmt: skip


def _stopped(cell: NotebookNode) -> str:
    for output in cell.outputs:
        if output.output_type == "error" and output.ename != "NotJudged":
            return f"The cell stopped with {output.ename}: {output.evalue}"[:200]
    return ""


