"""The unit of work: one submission in, one result out. It touches no disk and no gradebook, so it runs anywhere."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from watchkeeper.kit.archive import reserved
from watchkeeper.staff.errors import Unreadable
from watchkeeper.staff.grade.edition import Edition, Lesson
from watchkeeper.staff.grade.restore import choose
from watchkeeper.staff.grade.restore import notebook as restore
from watchkeeper.staff.grade.restore.shield import shielded
from watchkeeper.staff.grade.result import (
    FAILED,
    GRADED,
    MISSING,
    REPAIRED,
    UNGRADED,
    Graded,
    Mark,
    Result,
    Submission,
)
from watchkeeper.staff.grade.verdict import cell as cells
from watchkeeper.staff.notebooks import NotebookDict
from watchkeeper.staff.sandbox.runner import Inputs, Ran, Runner, Sealed

NOTEBOOK = ".ipynb"
OF_JSON = re.compile(r"application/(.*\+)?json")  # the types whose data may be something other than text
DEEPEST = 50  # levels of lists and dicts that an output may have


def content(submission: Submission) -> str:
    """A digest of the submitted files."""
    digest = hashlib.sha256()
    for name, data in sorted(submission.files.items()):
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()[:24]


def grade_one(edition: Edition, submission: Submission, runner: Runner, inputs: Mapping[str, Inputs]) -> Result:
    """Restore, run and judge a submission. Whatever is in it, the worst outcome is a result that says what failed."""
    about: dict[str, Any] = {
        "student": submission.student,
        "module": submission.module,
        "time": submission.time,
        "edition": edition.digest,
        "content": content(submission),
    }
    if not submission.files and submission.notes:
        return Result(state=FAILED, reason=f"Nothing in it can be read: {'; '.join(submission.notes)}.", **about)
    if not submission.files:
        return Result(state=MISSING, reason="Nothing was submitted.", **about)
    releases = {name: lesson.release for name, lesson in edition.lessons.items()}
    chosen = choose.choose(restore.grade_ids(releases), submission.files, partial(restore.answers_in, releases))
    notes = [*submission.notes, *chosen.notes]
    beside = {name: data for name, data in submission.files.items() if not name.endswith(NOTEBOOK)}
    for name in [name for name in beside if "/" in name and reserved(tuple(name.split("/")))]:
        del beside[name]  # its folder is called like one of the course's files
        notes.append(f"{choose.shown(name)} is left out: {reserved(tuple(name.split('/')))}")
    beside |= edition.beside
    with ExitStack() as boxes:
        run, reasons = list[_Run](), []
        # First the cells of every notebook, then the functions: no cell of a submission runs after one of its functions
        # has seen a held-back recording.
        for lesson in edition.lessons.values():
            file, why, unread = chosen.mapping.get(lesson.name), "This notebook was not submitted.", False
            try:
                restored = restore.restore(lesson.name, lesson.release, submission.files[file]) if file else None
            except Unreadable as error:
                restored, why, unread = None, str(error), True
                reasons.append(why)
            sealed = boxes.enter_context(_sealed(lesson, restored, runner, beside, inputs)) if restored else None
            run.append(_Run(lesson, restored, sealed, why, unread))
        graded = [one.graded() for one in run]
    if busy := [one.lesson.name for one in run if one.sealed and one.sealed.ran.unfinished]:
        reason = f"The machine was too busy to run {', '.join(busy)} to the end. Grade again when it has less to do."
        return Result(state=UNGRADED, reason=reason, notes=tuple(notes), **about)
    if len(reasons) == len(chosen.mapping) or not chosen.mapping:
        reason = reasons[0] if reasons else "No notebook of this module was submitted."
        return Result(state=FAILED, reason=reason, notebooks=tuple(graded), notes=tuple(notes), **about)
    repaired = notes or any(one.notes or one.stopped for one in graded)
    return Result(state=REPAIRED if repaired else GRADED, notebooks=tuple(graded), notes=tuple(notes), **about)


@dataclass(frozen=True)
class _Run:
    """A notebook after its cells have run; or, without `sealed`, why it was not run, and whether it is unreadable."""

    lesson: Lesson
    restored: restore.Restored | None
    sealed: Sealed | None
    why: str
    unread: bool

    def graded(self) -> Graded:
        if self.restored is None or self.sealed is None:
            return replace(_empty(self.lesson, self.why), unread=self.unread)
        return judged(self.lesson, self.restored.notebook, self.sealed.asked(), self.restored.notes)


def _sealed(
    lesson: Lesson,
    restored: restore.Restored,
    runner: Runner,
    beside: Mapping[str, bytes],
    inputs: Mapping[str, Inputs],
) -> Sealed:
    code = [cell for cell in restored.notebook["cells"] if cell["cell_type"] == "code"]
    asked = [inputs[name] for name in lesson.sheet.questions if name in inputs]
    checks = {cell["metadata"].get("nbgrader", {}).get("grade_id"): number for number, cell in enumerate(code)}
    places = {question: checks[name] for name, questions in lesson.sheet.expected.items() for question in questions}
    sources = shielded(lesson.release["cells"], restored.notebook["cells"])
    return runner.sealed(sources, beside, asked, places)


def judged(lesson: Lesson, notebook: NotebookDict, ran: Ran, notes: Sequence[str] = ()) -> Graded:
    """The notebook with the outputs of its run. The outputs of checks are replaced by verdicts."""
    marks, position, said = [], 0, cells.Said()
    for cell in notebook["cells"]:
        if cell["cell_type"] != "code":
            continue
        outputs = [one for one in ran.outputs[position] or [] if is_output(one)]
        cell["outputs"], cell["execution_count"] = outputs, position + 1 if ran.outputs[position] is not None else None
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in lesson.sheet.expected:
            verdict = cells.verdict(lesson.sheet, name, outputs, ran.answers[position], said.stopped)
            if ran.stopped and not verdict.share and not ran.answers[position]:
                verdict = cells.no_answer(name, ran.stopped)
            possible = lesson.sheet.points[name]
            cell["outputs"] = [cells.shown(verdict, possible)]
            marks.append(
                Mark(
                    name,
                    cells.points(verdict, possible),
                    possible,
                    verdict.share,
                    verdict.word,
                    verdict.lines,
                    verdict.misconception,
                )
            )
        said.hear(cell, outputs)
        position += 1
    return Graded(lesson.name, notebook, tuple(marks), tuple(notes), ran.stopped, round(ran.seconds, 3))


def _empty(lesson: Lesson, why: str) -> Graded:
    """The result for a missing or unreadable notebook: the released one, with every check unanswered."""
    notebook = json.loads(json.dumps(lesson.release))
    code = sum(cell["cell_type"] == "code" for cell in notebook["cells"])
    return judged(lesson, notebook, Ran([None] * code, [[] for _ in range(code)], why))


def is_output(one: Any) -> bool:
    """Whether something is an output as nbformat describes it, with plain text where text belongs."""
    if not isinstance(one, dict):
        return False
    match one.get("output_type"):
        case "stream":
            return one.get("name") in ("stdout", "stderr") and isinstance(one.get("text"), str) and len(one) == 3
        case "error":
            lines = one.get("traceback")
            return (
                isinstance(one.get("ename"), str)
                and isinstance(one.get("evalue"), str)
                and len(one) == 4
                and isinstance(lines, list)
                and all(isinstance(line, str) for line in lines)
            )
        case "display_data" | "execute_result" as kind:
            data, count = one.get("data"), one.get("execution_count")
            return (
                isinstance(data, dict)
                and isinstance(one.get("metadata"), dict)
                and all(isinstance(value, str) or OF_JSON.fullmatch(name) for name, value in data.items())
                and len(one) == 3 + (kind == "execute_result")
                and _is_shallow(one)
                and (kind == "display_data" or count is None or (type(count) is int and 0 <= count < 10**9))
            )
    return False


def _is_shallow(value: Any, levels: int = DEEPEST) -> bool:
    """Whether plain data is at most `levels` deep, so that walking, copying and writing it can't overflow the stack."""
    if not isinstance(value, dict | list):
        return True
    inside = value.values() if isinstance(value, dict) else value
    return levels > 0 and all(_is_shallow(one, levels - 1) for one in inside)


def _text(source: Any) -> str:
    return source if isinstance(source, str) else "".join(source)
