"""nbgrader's gradebook, written without nbgrader: the same rows as from its commands, one transaction per submission.

A mentor's own entries (`manual_score`, `extra_credit`, `manual_comment`) are read and never written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from watchkeeper.staff.errors import GradebookError
from watchkeeper.staff.grade.gradebook import assignment, autograded, database
from watchkeeper.staff.grade.gradebook.assignment import Cells, Notebook
from watchkeeper.staff.grade.gradebook.rows import ByCell, Held, Rows, score_of
from watchkeeper.staff.grade.result import MISSING, SCORED, UNGRADED, Result

if TYPE_CHECKING:  # imported when they are needed: nbgrader takes a second
    from nbgrader.preprocessors import AssignLatePenalties
    from sqlalchemy import Engine
    from traitlets.config import Config

    from watchkeeper.staff.grade.gradebook.tables import AnyRow


@dataclass(frozen=True)
class Scores:
    """The scores of one submitted notebook: `points` is grade_id to (score, maximum), `comments` grade_id to comment.

    `waiting` are the grade_ids of the cells that the mentor has not marked yet; their score is 0 until then.
    """

    score: float
    possible: float
    late_penalty: float
    points: Mapping[str, tuple[float, float]]
    comments: Mapping[str, str | None]
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Total:
    """One submission in the gradebook: its points, minus any late penalty; None while a check has no mark.

    `waiting`: the names of all cells without a mark. A text counts 0 until the mentor has marked it. `time`: when it
    was submitted, in UTC without a time zone. `late`: by how much, beyond the due date and the student's own extension;
    None if on time.
    """

    points: float | None
    waiting: tuple[str, ...]
    time: datetime | None
    late: timedelta | None


@dataclass
class Book:
    """An open gradebook. Use `with Book.open(url) as book`."""

    url: str
    engine: Engine
    config: Config | None
    _modules: dict[str, Cells] = field(default_factory=dict)

    @classmethod
    @contextmanager
    def open(cls, db_url: str, config: Config | None = None, patience: float = database.PATIENCE) -> Iterator[Book]:
        """Open the gradebook at a SQLAlchemy URL, and create it if it does not exist.

        `config` is nbgrader's (traitlets), for late penalties; `patience` is how many seconds to wait while another
        program writes to a SQLite file. Raises GradebookError.
        """
        engine = database.engine(db_url, patience)
        try:
            yield cls(db_url, engine, config)
        finally:
            engine.dispose()

    @cached_property
    def late(self) -> AssignLatePenalties | None:
        """nbgrader's AssignLatePenalties with the plugin that the configuration names; None if it names no policy."""
        if not self.config or not {"LateSubmissionPlugin", "AssignLatePenalties"} & self.config.keys():
            return None  # nbgrader's default costs nothing, and importing it takes a second

        from nbgrader.preprocessors import AssignLatePenalties

        late = AssignLatePenalties(config=self.config)
        late.init_plugin()
        return late

    def ensure(self, folder: Path, module: str, root: Path | None = None) -> None:
        """Have nbgrader's generate_assignment create the assignment's rows, unless they agree with `source/`."""
        if not assignment.agree(self.cells(module), folder, module):
            assignment.generate(root or folder, folder, module, self.url)
            self._modules.pop(module, None)

    def cells(self, module: str) -> Cells | None:
        """The rows of a module, read once; None if the gradebook does not have it."""
        if module not in self._modules:
            with database.sentences(self.url), self.engine.connect() as connection:
                found = assignment.load(connection, module)
            if found is None:
                return None
            self._modules[module] = found
        return self._modules[module]

    def write(self, result: Result) -> None:
        """Store one submission's points and comments, all or nothing. Raises GradebookError.

        One without a grade gets no rows, because nbgrader would count them as a score of 0.
        """
        from sqlalchemy.exc import IntegrityError

        if result.state == MISSING:
            return
        for name in (result.student, result.module):
            autograded.check_name(name)
        cells = self.known(result.module)
        with database.sentences(self.url):
            try:
                self._write(cells, result)
            except IntegrityError:  # another grader has just added the same rows, and now they are found
                self._write(cells, result)

    def _write(self, cells: Cells, result: Result) -> None:
        with self.engine.begin() as connection:
            rows = Rows(connection, cells, lambda: self.late)
            rows.write(result) if result.state in SCORED else rows.withdraw(result)

    def known(self, module: str) -> Cells:
        """The rows of a module. Raises GradebookError if the gradebook does not have it."""
        cells = self.cells(module)
        if cells is None:
            raise GradebookError(
                f"The gradebook {database.named(self.url)} does not have the module {module}. "
                f"Run in the course folder: nbgrader generate_assignment {module}"
            )
        return cells

    def students(self) -> list[str]:
        """The ids of all students in the gradebook, sorted."""
        from sqlalchemy import select

        from watchkeeper.staff.grade.gradebook.tables import student

        with database.sentences(self.url), self.engine.connect() as connection:
            return sorted(connection.execute(select(student.c.id)).scalars())

    def has(self, student: str, module: str) -> bool:
        """Whether a submission of this apprentice is in the gradebook."""
        cells = self.cells(module)
        if cells is None:
            return False
        with database.sentences(self.url), self.engine.connect() as connection:
            return Rows(connection, cells, lambda: self.late).find(student) is not None

    def settle(self, module: str) -> list[str]:
        """Bring late penalties up to date with due dates, extensions, marks and the policy. Gives whose changed."""
        cells = self.known(module)
        with database.sentences(self.url), self.engine.begin() as connection:
            return Rows(connection, cells, lambda: self.late).settle()

    def totals(self, module: str) -> dict[str, Total]:
        """Every submission of a module, by student. This is the only place that adds up points for people."""
        cells = self.known(module)
        with database.sentences(self.url), self.engine.connect() as connection:
            rows = Rows(connection, cells, lambda: self.late)
            return {student: _total(rows, held) for student, held in rows.everyone().items()}

    def scores(self, student: str, module: str) -> dict[str, Scores]:
        """A submission's scores by notebook, including the mentor's; {} if there is no such submission."""
        cells = self.known(module)
        with database.sentences(self.url), self.engine.connect() as connection:
            rows = Rows(connection, cells, lambda: self.late)
            found = rows.find(student)
            if found is None:
                return {}
            notebooks, grades, comments = rows.read(found.id)
        shown = {}
        for notebook in cells.notebooks:
            row = notebooks.get(notebook.id)
            if row is not None:
                shown[notebook.name] = _scores(notebook, row, grades, comments)
        return shown


def _total(rows: Rows, held: Held) -> Total:
    points, waiting, is_graded = 0.0, list[str](), True
    for notebook in rows.cells.notebooks:
        row = held.notebooks.get(notebook.id)
        if row is None:
            waiting += [cell.name for cell in notebook.graded]
            is_graded = False
            continue
        scores = _scores(notebook, row, held.grades, {})
        points += scores.score
        waiting += sorted(scores.waiting)
        is_graded &= not any(cell.name in scores.waiting for cell in notebook.graded if cell.kind != "markdown")
    seconds = rows.seconds_late(held.time, held.extension)
    late = timedelta(seconds=seconds) if seconds else None
    return Total(max(0.0, points) if is_graded else None, tuple(waiting), held.time, late)


def _scores(notebook: Notebook, row: AnyRow, grades: ByCell, comments: ByCell) -> Scores:
    points, said, waiting = {}, {}, set()
    for cell in notebook.graded:
        grade = grades.get((row.id, cell.id))
        if grade is None or (grade.manual_score is None and grade.auto_score is None):
            waiting.add(cell.name)
        points[cell.name] = (score_of(grade) if grade is not None else 0.0, cell.possible)
    for cell in notebook.commented:
        comment = comments.get((row.id, cell.id))
        said[cell.name] = None if comment is None else comment.manual_comment or comment.auto_comment
    penalty = row.late_submission_penalty or 0.0
    total = sum(score for score, _ in points.values()) - penalty
    return Scores(total, sum(cell.possible for cell in notebook.graded), penalty, points, said, frozenset(waiting))


def store(book: Book, folder: Path, result: Result, files: Mapping[str, bytes], ours: Collection[str] = ()) -> None:
    """Store one submission: its folder in `autograded/`, its rows, then the record that both are written.

    `files` are the submission's, `ours` the texts of the course's prose. Raises GradingError; a submission that was
    only stored in part is stale. Of one that is not graded yet, nothing is stored.
    """
    if result.state in (MISSING, UNGRADED):
        return
    autograded.write(folder, result, files, ours=ours)
    book.write(result)
    autograded.record(folder, result)


def stale(book: Book, folder: Path, student: str, module: str, content: str, edition: str) -> bool:
    """Whether a submission must be graded: its content or the edition differs, or it was not stored completely."""
    found = autograded.recorded(folder, student, module)
    if found is None or (found.content, found.edition) != (content, edition):
        return True
    return found.state in SCORED and not book.has(student, module)
