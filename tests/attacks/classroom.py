"""A small class to try attacks in: a short edition of module 00, one runner, honest work between the attacks."""

from __future__ import annotations

import copy
import json
import os
import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from watchkeeper.check.codec import to_plain
from watchkeeper.staff.grade import submission as unit
from watchkeeper.staff.grade.edition import Edition, edition_of
from watchkeeper.staff.grade.gradebook.autograded import text
from watchkeeper.staff.grade.result import Result, Submission
from watchkeeper.staff.grade.sanitize.notebook import safe
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.runner import Inputs, Runner

ROOT = Path(__file__).parent.parent.parent
DATASETS = ROOT / "datasets"
HEX = re.compile(r"[0-9a-f]{16,}")
MODULE, NOTEBOOK = "00-welcome", "first-watch"
BUDGET = Budget(cell_seconds=3, notebook_seconds=20)

RIGHT = {
    "the-root-answer": 'root = three[three.parent_span_id == ""].span_id.item()',
    "what-waits-answer": 'both_ms = (three[three.parent_span_id == "a1"].end_ns.min()\n'
    '           - three[three.parent_span_id == "a1"].start_ns.max()) / 1e6',
    "busiest-service-answer": "def busiest(spans):\n"
    '    return spans[spans.kind == "SERVER"].service.value_counts().idxmax()',
    "typical-wait-answer": 'typical_ms = requests[requests.route == "GET /product/{id}"].duration_ms.median()',
}
WRONG = {
    "the-root-answer": 'root = "nothing"',
    "what-waits-answer": "both_ms = -1.0",
    "busiest-service-answer": 'def busiest(spans):\n    return "nothing"',
    "typical-wait-answer": "typical_ms = -1.0",
}
NEEDED = re.compile(r"^(datasets = |from watchkeeper|three = |morning = |requests = )", re.MULTILINE)


@dataclass(frozen=True)
class Row:
    """One attack: a submission, and what its result must be.

    `code` is the source of an extra cell. `at` says where that cell goes: "first", "last", or the grade_id of the cell
    that follows it. `cells` are new sources by grade_id; `answers` are the sources of all other answers.

    `points` are the points that the answers earn, without what the attack hopes for. `stopped` is part of the reason
    why not every cell ran; it is empty if every cell ran and None if both are fine. `shows` must be in the outputs and
    none of `hides` anywhere. `edit` changes the notebook in place.
    """

    name: str
    code: str = ""
    at: str = "first"
    answers: Mapping[str, str] = field(default_factory=lambda: WRONG)
    cells: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    points: float = 0.0
    stopped: str | None = ""
    shows: str = ""
    hides: tuple[str, ...] = ()
    edit: Callable[[dict[str, Any]], None] = lambda notebook: None


@dataclass
class Class:
    """An edition, its inputs and a runner. `run` grades attacks and honest work, two at a time."""

    edition: Edition
    inputs: dict[str, Inputs]
    runner: Runner

    def submission(self, row: Row) -> Submission:
        """The submission of an apprentice who tries `row`."""
        release = self.edition.lessons[NOTEBOOK].release
        notebook = copy.deepcopy(release)
        for cell in notebook["cells"]:
            name = grade_id(cell)
            if name in row.cells or name in row.answers:
                cell["source"] = row.cells.get(name, row.answers.get(name))
        if row.code:
            cells = notebook["cells"]
            names = [grade_id(cell) for cell in cells]
            place = {"first": 0, "last": len(cells)}.get(row.at)
            own = {
                "cell_type": "code",
                "id": "own",
                "metadata": {},
                "source": row.code,
                "outputs": [],
                "execution_count": None,
            }
            cells.insert(names.index(row.at) if place is None else place, own)
        row.edit(notebook)
        return Submission(row.name, MODULE, {f"{NOTEBOOK}.ipynb": json.dumps(notebook).encode(), **row.files})

    def within(self, budget: Budget) -> Class:
        """The same class with another budget, and the same warm process."""
        runner = copy.copy(self.runner)
        runner.budget = budget
        return replace(self, runner=runner)

    def grade(self, submission: Submission) -> Result:
        """One submission's result."""
        return unit.grade_one(self.edition, submission, self.runner, self.inputs)

    def run(self, rows: Sequence[Row]) -> dict[str, tuple[Result, Result, Result]]:
        """For each row three results: its own, and those of the honest work graded just before and just after it."""
        honest = Row("ada", answers=RIGHT)
        queue = [honest]
        for row in rows:
            queue += [row, honest]
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(self.grade, map(self.submission, queue)))
        return {row.name: (results[2 * n + 1], results[2 * n], results[2 * n + 2]) for n, row in enumerate(rows)}

    def processes(self) -> list[str]:
        """The programs that the runner's process has started and that still run after at most ten seconds.

        Two of them always do: the warm process in its namespaces, and the process that watches the memory.
        """
        deadline = time.monotonic() + 10
        while len(running := below(self.runner._process.pid)) > 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        return [_program(process) for process in running]


def small(edition: Edition) -> Edition:
    """The edition without the cells that only show something: running those takes longer than all graded cells."""
    lesson = edition.lessons[NOTEBOOK]
    cells = [
        cell
        for cell in lesson.release["cells"]
        if grade_id(cell) or (cell["cell_type"] == "code" and NEEDED.search("".join(cell["source"])))
    ]
    return replace(edition, lessons={NOTEBOOK: replace(lesson, release=lesson.release | {"cells": cells})})


def compiled() -> Edition:
    """The small edition of module 00."""
    return small(edition_of(ROOT, MODULE, DATASETS, DATASETS / "held-back", lambda _: None))


def opened(edition: Edition, boxed: bool = True) -> Runner:
    """A runner with a short budget, to be used in a `with` statement."""
    return Runner(DATASETS, edition.imports, edition.opens, boxed, BUDGET)


def grade_id(cell: Mapping[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def outputs(result: Result) -> str:
    """Everything that the cells of the graded notebooks put out, as one text."""
    texts = []
    for graded in result.notebooks:
        for cell in graded.notebook["cells"]:
            for output in cell.get("outputs", []):
                texts += [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
                texts += [str(value) for value in output.get("data", {}).values()]
    return "\n".join(texts)


def everything(result: Result) -> str:
    """Every text that leaves the grader: the result, and the notebooks as they are stored and shown on pages."""
    stored = [text(safe(graded.notebook)) for graded in result.notebooks]
    return json.dumps(to_plain(result)) + "\n".join(stored)


def _program(process: int) -> str:
    """A process's program, or that it ended after it was seen."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text().split("\0")[0]
    except OSError:
        return f"{process}, which has ended"


def below(process: int) -> list[int]:
    """The ids of all descendants of a process."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    descendants, generation = [], [process]
    while generation:
        generation = [child for child, parent in parents.items() if parent in generation]
        descendants += generation
    return descendants
