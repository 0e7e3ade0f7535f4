"""A small class for the table of attacks: a short edition of module 00, one runner, honest work between the attacks."""

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
    """One attack: a submission, and the result that it must have.

    `code` is a cell of its own at `at`: "first", "last", or before the cell of that grade_id. `cells` replaces cells by
    grade_id, the rest is answered by `answers`. `points` is the score that is earned, not the one that is hoped for;
    `stopped` is in the reason why not every cell ran (None: either way), `shows` in the outputs, `hides` nowhere.
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
    """An edition, its inputs and a runner; `grade` is a class run of honest work and attacks, two at a time."""

    edition: Edition
    inputs: dict[str, Inputs]
    runner: Runner

    def submission(self, row: Row) -> Submission:
        """The submission that tries `row`."""
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

    def grade(self, submission: Submission) -> Result:
        """One submission's result."""
        return unit.grade_one(self.edition, submission, self.runner, self.inputs)

    def run(self, rows: Sequence[Row]) -> dict[str, tuple[Result, Result, Result]]:
        """For each row, its result, and those of the honest submissions graded just before and just after it."""
        honest = Row("ada", answers=RIGHT)
        line = [honest]
        for row in rows:
            line += [row, honest]
        with ThreadPoolExecutor(2) as pool:
            results = list(pool.map(self.grade, map(self.submission, line)))
        return {row.name: (results[2 * n + 1], results[2 * n], results[2 * n + 2]) for n, row in enumerate(rows)}

    def processes(self) -> list[str]:
        """The command lines below the runner's, once boxes had time to end: the warm process and its two keepers."""
        until = time.monotonic() + 10
        while len(found := below(self.runner._process.pid)) > 2 and time.monotonic() < until:
            time.sleep(0.05)
        return [Path(f"/proc/{one}/cmdline").read_text().split("\0")[0] for one in found]


def small(found: Edition) -> Edition:
    """The edition without the cells that only show something, which take longer than the rest."""
    lesson = found.lessons[NOTEBOOK]
    cells = [
        cell
        for cell in lesson.release["cells"]
        if grade_id(cell) or (cell["cell_type"] == "code" and NEEDED.search("".join(cell["source"])))
    ]
    return replace(found, lessons={NOTEBOOK: replace(lesson, release=lesson.release | {"cells": cells})})


def compiled() -> Edition:
    """The small edition of module 00."""
    return small(edition_of(ROOT, MODULE, DATASETS, DATASETS / "held-back", lambda _: None))


def opened(edition: Edition, boxed: bool = True) -> Runner:
    """A runner with short budgets, not yet entered."""
    return Runner(DATASETS, edition.imports, edition.opens, boxed, BUDGET)


def grade_id(cell: Mapping[str, Any]) -> str:
    return cell["metadata"].get("nbgrader", {}).get("grade_id", "")


def outputs(result: Result) -> str:
    """The outputs of all of the notebooks' own cells, as one text."""
    found = []
    for graded in result.notebooks:
        for cell in graded.notebook["cells"]:
            for one in cell.get("outputs", []):
                found += [one.get("text", ""), one.get("evalue", ""), *one.get("traceback", [])]
                found += [str(value) for value in one.get("data", {}).values()]
    return "\n".join(found)


def everything(result: Result) -> str:
    """Every text that leaves the grader: the result, and the notebook as it is stored and as pages show it."""
    stored = [text(safe(graded.notebook)) for graded in result.notebooks]
    return json.dumps(to_plain(result)) + "\n".join(stored)


def below(process: int) -> list[int]:
    """The processes that `process` or one of its descendants started."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                parents[int(name)] = int(Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found, new = [], [process]
    while new:
        new = [child for child, parent in parents.items() if parent in new]
        found += new
    return found
