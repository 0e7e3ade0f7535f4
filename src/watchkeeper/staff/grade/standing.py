"""A student's points and state in a module: the one source of points for tables, reports and exports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from watchkeeper.staff.grade.gradebook.assignment import Cells
from watchkeeper.staff.grade.gradebook.book import Total
from watchkeeper.staff.grade.result import SCORED, Result


@dataclass(frozen=True)
class Standing:
    """One student's points in one module, and the state of the submission.

    `points` are final: the judge's and the mentor's, minus any late penalty. They are None if there is no grade, and
    then `why` says why: a submission without a grade must never look like one with 0 points. `unmarked` are the texts
    that count 0 in the points because the mentor has not marked them yet. `late`: by how much, beyond the due date and
    the student's own extension; None if on time.
    """

    student: str
    module: str
    points: float | None
    possible: float
    state: str
    why: str = ""
    late: timedelta | None = None
    unmarked: tuple[str, ...] = ()

    @property
    def note(self) -> str:
        """Why there are no points, or what is not in them yet."""
        return self.why or (f"Counts 0 until it is marked: {', '.join(self.unmarked)}." if self.unmarked else "")


def standing(result: Result, totals: Mapping[str, Total], cells: Cells) -> Standing:
    """The standing of the student that `result` is about, by the gradebook's `totals`."""
    possible = sum(cell.possible for notebook in cells.notebooks for cell in notebook.graded)
    total = totals.get(result.student)
    late = total.late if total else None
    points, why = None, result.reason or "There is no grade."
    unmarked: tuple[str, ...] = ()
    if result.state in SCORED and total is None:
        why = "The submission is not in this gradebook. Grade it again."
    elif result.state in SCORED and total is not None:
        points = total.points
        why = "" if points is not None else f"Not marked yet: {', '.join(total.waiting)}."
        unmarked = total.waiting if points is not None else ()
    return Standing(result.student, result.module, points, possible, result.state, why, late, unmarked)


def number(value: float | None) -> str:
    """Points as people and every LMS read them.

    >>> number(12.0), number(1 / 3), number(None)
    ('12', '0.33', '')
    """
    return "" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
