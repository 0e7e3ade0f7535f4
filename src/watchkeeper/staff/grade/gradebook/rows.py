"""One submission's rows: what nbgrader's SaveAutoGrades and AssignLatePenalties store, in one transaction."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from watchkeeper.staff.errors import GradebookError
from watchkeeper.staff.grade.gradebook.assignment import Cell, Cells, Notebook
from watchkeeper.staff.grade.gradebook.autograded import utc
from watchkeeper.staff.grade.result import Graded, Result
from watchkeeper.staff.grade.sanitize.notebook import sentence
from watchkeeper.staff.notebooks import CellDict, by_grade_id, marks_of, source_of

if TYPE_CHECKING:  # importing it takes a third of a second, which happens when the gradebook is opened
    from nbgrader.preprocessors import AssignLatePenalties
    from sqlalchemy import Connection
    from sqlalchemy.sql.dml import UpdateBase

    from watchkeeper.staff.grade.gradebook.tables import AnyRow

NO_RESPONSE = "No response."
Values = dict[str, str | float | None]  # of a row to add or to change
ByCell = Mapping[tuple[str, str], "AnyRow"]  # rows by (id of the submitted notebook, id of the cell)


class Scored(Protocol):
    """A row of the table `grade`, stored or about to be."""

    @property
    def auto_score(self) -> float | None: ...
    @property
    def manual_score(self) -> float | None: ...
    @property
    def extra_credit(self) -> float | None: ...


@dataclass(frozen=True)
class Held:
    """What the gradebook holds of one submission: its time, its extension, its notebooks (by the id of the module's
    notebook) and its grades.
    """

    student: str
    time: datetime | None
    extension: timedelta | None
    notebooks: dict[str, AnyRow] = field(default_factory=dict)
    grades: dict[tuple[str, str], AnyRow] = field(default_factory=dict)


@dataclass(frozen=True)
class Rows:
    """Reads and writes one module's submissions over an open connection; the caller commits."""

    connection: Connection
    cells: Cells
    late: Callable[[], AssignLatePenalties | None]  # called when a submission is late; None: lateness costs nothing

    def find(self, student: str) -> AnyRow | None:
        """The submission's row (id, timestamp, extension), or None."""
        from sqlalchemy import select

        from watchkeeper.staff.grade.gradebook.tables import submitted_assignment

        query = select(submitted_assignment.c.id, submitted_assignment.c.timestamp, submitted_assignment.c.extension)
        where = (submitted_assignment.c.assignment_id == self.cells.id) & (submitted_assignment.c.student_id == student)
        return self.connection.execute(query.where(where)).first()

    def read(self, submission: str) -> tuple[dict[str, AnyRow], ByCell, ByCell]:
        """A submission's rows: its notebooks by the id of the module's notebook, its grades, and its comments."""
        from sqlalchemy import select

        from watchkeeper.staff.grade.gradebook import tables
        from watchkeeper.staff.grade.gradebook.tables import submitted_notebook

        found = self.connection.execute(
            select(submitted_notebook).where(submitted_notebook.c.assignment_id == submission)
        )
        notebooks = {row.notebook_id: row for row in found}
        ids = [row.id for row in notebooks.values()]
        both = []
        for one in (tables.grade, tables.comment):
            query = select(one).where(one.c.notebook_id.in_(ids))
            both.append({(row.notebook_id, row.cell_id): row for row in self.connection.execute(query)})
        return notebooks, both[0], both[1]

    def everyone(self) -> dict[str, Held]:
        """All submissions of the module, by student, in three queries."""
        from sqlalchemy import select

        from watchkeeper.staff.grade.gradebook.tables import grade, submitted_assignment, submitted_notebook

        ours = submitted_assignment.c.assignment_id == self.cells.id
        found = list(self.connection.execute(select(submitted_assignment).where(ours)))
        held = {row.id: Held(row.student_id, row.timestamp, row.extension) for row in found}
        whose = submitted_notebook.c.assignment_id == submitted_assignment.c.id
        owner: dict[str, Held] = {}
        for row in self.connection.execute(select(submitted_notebook).join(submitted_assignment, whose).where(ours)):
            owner[row.id] = held[row.assignment_id]
            owner[row.id].notebooks[row.notebook_id] = row
        of = grade.c.notebook_id == submitted_notebook.c.id
        joined = select(grade).join(submitted_notebook, of).join(submitted_assignment, whose)
        for row in self.connection.execute(joined.where(ours)):
            owner[row.notebook_id].grades[row.notebook_id, row.cell_id] = row
        return {one.student: one for one in held.values()}

    def settle(self) -> list[str]:
        """Bring late penalties up to date: the due date, an extension, the policy or a mark may have changed since.

        Gives the students whose penalty changed.
        """
        wanted, changed = _Wanted(), list[str]()
        for held in self.everyone().values():
            seconds = self.seconds_late(held.time, held.extension)
            penalties = len(wanted.penalties)
            for notebook in self.cells.notebooks:
                row = held.notebooks.get(notebook.id)
                if row is None or not (seconds or row.late_submission_penalty):
                    continue
                grades = (held.grades.get((row.id, cell.id)) for cell in notebook.graded)
                score = sum(score_of(grade) for grade in grades if grade is not None)
                penalty = self._penalty(held.student, score, seconds)
                if (penalty or 0.0) != (row.late_submission_penalty or 0.0):
                    wanted.penalties.append({"key": row.id, "penalty": penalty})
            if len(wanted.penalties) > penalties:
                changed.append(held.student)
        wanted.execute(self.connection)
        return sorted(changed)

    def withdraw(self, result: Result) -> None:
        """Take back the points of a submission that can't be graded. nbgrader counts every row it finds as a score.

        So its rows are deleted, unless the mentor entered something in them: then only the grader's points go, and
        every cell without a mark of the mentor's waits for one.
        """
        from sqlalchemy import delete, update

        from watchkeeper.staff.grade.gradebook import tables
        from watchkeeper.staff.grade.gradebook.tables import submitted_assignment, submitted_notebook

        self._add_student(result.student)
        found = self.find(result.student)
        if found is None:
            return
        notebooks, grades, comments = self.read(found.id)
        ids = [row.id for row in notebooks.values()]
        marked = any(row.manual_score is not None or row.extra_credit for row in grades.values())
        if marked or found.extension or any(row.manual_comment for row in comments.values()):
            said = f"Not graded: {sentence(result.reason)}"
            for change in (
                update(tables.grade)
                .where(tables.grade.c.notebook_id.in_(ids))
                .values(auto_score=None, needs_manual_grade=True),
                update(tables.comment).where(tables.comment.c.notebook_id.in_(ids)).values(auto_comment=said),
                update(submitted_notebook).where(submitted_notebook.c.id.in_(ids)).values(late_submission_penalty=None),
            ):
                self.connection.execute(change)
            self._set_time(found.id, utc(result.time) if result.time else found.timestamp)
            return
        for table in (tables.grade, tables.comment):
            self.connection.execute(delete(table).where(table.c.notebook_id.in_(ids)))
        self.connection.execute(delete(submitted_notebook).where(submitted_notebook.c.id.in_(ids)))
        self.connection.execute(delete(submitted_assignment).where(submitted_assignment.c.id == found.id))

    def write(self, result: Result) -> None:
        """Add missing rows, change those that differ, and keep what the mentor entered."""
        found = self.find(result.student)
        submission = found.id if found is not None else self._add(result)
        time = utc(result.time) if result.time else (found.timestamp if found is not None else None)
        if found is not None and found.timestamp != time:
            self._set_time(submission, time)
        notebooks, grades, comments = self.read(submission) if found is not None else ({}, {}, {})
        by_name = {one.name: one for one in result.notebooks}
        seconds = self.seconds_late(time, found.extension if found is not None else None)
        wanted = _Wanted()
        for notebook in self.cells.notebooks:
            row = notebooks.get(notebook.id)
            key = row.id if row is not None else uuid4().hex
            if row is None:
                wanted.notebooks.append(
                    {
                        "id": key,
                        "notebook_id": notebook.id,
                        "assignment_id": submission,
                        "flagged": False,
                        "late_submission_penalty": None,
                    }
                )
            graded = by_name.get(notebook.name)
            score = wanted.grade(notebook, key, graded, grades)
            wanted.comment(notebook, key, graded, comments)
            if graded is not None:  # for a notebook without a file, nbgrader does the same
                penalty = self._penalty(result.student, score, seconds)
                if penalty != (row.late_submission_penalty if row is not None else None):
                    wanted.penalties.append({"key": key, "penalty": penalty})
        wanted.execute(self.connection)

    def _add(self, result: Result) -> str:
        from sqlalchemy import insert

        from watchkeeper.staff.grade.gradebook.tables import submitted_assignment

        self._add_student(result.student)
        key = uuid4().hex
        self.connection.execute(
            insert(submitted_assignment).values(
                id=key,
                assignment_id=self.cells.id,
                student_id=result.student,
                timestamp=utc(result.time) if result.time else None,
            )
        )
        return key

    def _add_student(self, name: str) -> None:
        from sqlalchemy import insert, select

        from watchkeeper.staff.grade.gradebook.tables import student

        if self.connection.execute(select(student.c.id).where(student.c.id == name)).first() is None:
            self.connection.execute(insert(student).values(id=name))

    def _set_time(self, submission: str, time: datetime | None) -> None:
        from sqlalchemy import update

        from watchkeeper.staff.grade.gradebook.tables import submitted_assignment

        self.connection.execute(
            update(submitted_assignment).where(submitted_assignment.c.id == submission).values(timestamp=time)
        )

    def seconds_late(self, time: datetime | None, extension: timedelta | None) -> float:
        if time is None or self.cells.due is None:
            return 0.0
        return max(0.0, (time - self.cells.due - (extension or timedelta())).total_seconds())

    def _penalty(self, student: str, score: float, seconds: float) -> float | None:
        """What the course's late plugin takes off, from 0 to the score; None if it takes nothing off."""
        if seconds <= 0:
            return None
        try:
            late = self.late()
            if late is None:
                return None
            penalty = late.plugin_inst.late_submission_penalty(student, score, seconds)
            return None if penalty is None else late._check_late_penalty(SimpleNamespace(score=score), penalty)
        except Exception as error:
            raise GradebookError(
                f"The late penalty of {student} can't be computed: the plugin that nbgrader_config.py names "
                f"raised {type(error).__name__}: {error}. Fix the plugin and grade again."
            ) from None


class _Wanted:
    """Collects the rows to add and to change, so that each kind takes only one statement."""

    def __init__(self) -> None:
        self.notebooks: list[Values] = []
        self.penalties: list[Values] = []
        self.new_grades: list[Values] = []
        self.new_comments: list[Values] = []
        self.grades: list[Values] = []
        self.comments: list[Values] = []

    def grade(self, notebook: Notebook, key: str, graded: Graded | None, there: ByCell) -> float:
        """Collect the grades of one notebook. Gives the notebook's score, including the mentor's points."""
        cells = by_grade_id(graded.notebook.get("cells", [])) if graded else {}
        points = {mark.name: mark.points for mark in graded.marks} if graded else {}
        total = 0.0
        for cell in notebook.graded:
            row = there.get((key, cell.id))
            auto = auto_score(cell, cells.get(cell.name), points.get(cell.name), notebook.checksums) if graded else 0.0
            if graded and graded.unread:  # not 0: no one has seen what is in it
                auto = None
            if cell.task and graded:  # nbgrader never scores a task: it waits for the mentor
                auto = row.auto_score if row is not None else None
            manual = row.manual_score if row is not None else None
            needs = auto is None or manual is not None  # nbgrader's rule: the mentor looks at a marked answer again
            if row is None:
                self.new_grades.append(
                    {
                        "id": uuid4().hex,
                        "notebook_id": key,
                        "cell_id": cell.id,
                        "auto_score": auto,
                        "needs_manual_grade": needs,
                    }
                )
            elif (row.auto_score, row.needs_manual_grade) != (auto, needs):
                self.grades.append({"key": row.id, "auto": auto, "needs": needs})
            total += score_of(
                SimpleNamespace(
                    auto_score=auto, manual_score=manual, extra_credit=row.extra_credit if row is not None else None
                )
            )
        return total

    def comment(self, notebook: Notebook, key: str, graded: Graded | None, there: ByCell) -> None:
        """Collect the comments on one notebook: why it was not graded, or that an answer was left unchanged."""
        cells = by_grade_id(graded.notebook.get("cells", [])) if graded else {}
        for cell in notebook.commented:
            row = there.get((key, cell.id))
            said = row.auto_comment if row is not None else None
            if graded is not None:
                untouched = not cell.task and is_untouched(cells.get(cell.name), notebook.checksums.get(cell.name))
                said = NO_RESPONSE if untouched else None
                said = f"Not graded: {sentence(graded.stopped)}" if graded.unread else said
            if row is None:
                self.new_comments.append(
                    {"id": uuid4().hex, "notebook_id": key, "cell_id": cell.id, "auto_comment": said}
                )
            elif row.auto_comment != said:
                self.comments.append({"key": row.id, "said": said})

    def execute(self, connection: Connection) -> None:
        """Store the rows, in at most six statements."""
        rows = (self.notebooks, self.penalties, self.new_grades, self.new_comments, self.grades, self.comments)
        for statement, values in zip(_statements(), rows, strict=True):
            if values:
                connection.execute(statement, values)


@cache
def _statements() -> tuple[UpdateBase, ...]:
    """The statement for each kind of row in `_Wanted`; a row comes before the rows that refer to it."""
    from sqlalchemy import Boolean, bindparam, case, insert, true, update

    from watchkeeper.staff.grade.gradebook.tables import comment, grade, submitted_notebook

    # The database decides: formgrader may have stored a mark since the rows were read.
    needs = case((grade.c.manual_score.is_not(None), true()), else_=bindparam("needs", type_=Boolean()))
    penalty = update(submitted_notebook).where(submitted_notebook.c.id == bindparam("key"))
    graded = update(grade).where(grade.c.id == bindparam("key"))
    commented = update(comment).where(comment.c.id == bindparam("key"))
    return (
        insert(submitted_notebook),
        penalty.values(late_submission_penalty=bindparam("penalty")),
        insert(grade),
        insert(comment),
        graded.values(auto_score=bindparam("auto"), needs_manual_grade=needs),
        commented.values(auto_comment=bindparam("said")),
    )


def score_of(grade: Scored) -> float:
    """nbgrader's `Grade.score`: the mentor's points, or else the grader's, plus extra credit."""
    base = grade.manual_score if grade.manual_score is not None else grade.auto_score
    return 0.0 if base is None else float(base) + float(grade.extra_credit or 0.0)


def auto_score(
    cell: Cell, found: CellDict | None, points: float | None, sums: Mapping[str, str | None]
) -> float | None:
    """The judge's points, from 0 to the cell's maximum. None for a text that the mentor marks, 0 if it is unchanged."""
    if points is not None:
        return min(max(float(points), 0.0), cell.possible) if math.isfinite(points) else 0.0
    is_answer = found is not None and marks_of(found).get("solution")
    if is_answer and not is_untouched(found, sums.get(cell.name)):
        return None
    return 0.0  # a check without a verdict scores nothing


def is_untouched(cell: CellDict | None, checksum: str | None) -> bool:
    """Whether a cell is as released, by nbgrader's own checksum. A missing cell counts as untouched."""
    return cell is None or (checksum is not None and checksum_of(cell) == checksum)


def checksum_of(cell: CellDict) -> str:
    """nbgrader's `compute_checksum`, repeated because nbgrader takes a second to import; a test compares the two."""
    about = marks_of(cell)
    is_grade, is_solution = about.get("grade", False), about.get("solution", False)
    is_locked = not is_solution and (True if is_grade else about.get("locked", False))
    parts = [source_of(cell), cell["cell_type"], str(is_grade), str(is_solution), str(is_locked), about["grade_id"]]
    parts += [str(float(about["points"]))] if is_grade else []
    return hashlib.md5("".join(parts).encode(), usedforsecurity=False).hexdigest()
