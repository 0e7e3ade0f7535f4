"""`nbgrader export` without invented zeros: a submission without a grade has no score in the file."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import CsvExportPlugin

from watchkeeper.staff.grade import intake
from watchkeeper.staff.grade.gradebook.autograded import recorded
from watchkeeper.staff.grade.lms.table import defused
from watchkeeper.staff.grade.result import SCORED
from watchkeeper.staff.grade.submission import content

COLUMNS = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)


class OnlyGrades(CsvExportPlugin):
    """nbgrader's CSV file, with its columns, but its own exporter gives 0 to everyone who has no grade."""

    def export(self, gradebook: Gradebook) -> None:
        """Write the file. A score is left empty if there is no grade. Texts without a mark count 0."""
        chosen, people = set(map(str, self.assignment)), set(map(str, self.student))
        with Path(self.to or "grades.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for assignment in gradebook.assignments:
                for student in gradebook.students:
                    if (not chosen or assignment.name in chosen) and (not people or student.id in people):
                        row = self._row(gradebook, assignment, student)
                        writer.writerow([defused("" if row.get(name) is None else str(row[name])) for name in COLUMNS])

    def _row(self, gradebook: Gradebook, assignment: Any, student: Any) -> dict[str, Any]:
        row = {
            "assignment": assignment.name,
            "duedate": assignment.duedate,
            "student_id": student.id,
            "last_name": student.last_name,
            "first_name": student.first_name,
            "email": student.email,
            "max_score": assignment.max_score,
        }
        try:
            submission = gradebook.find_submission(assignment.name, student.id)
        except MissingEntry:
            return row
        row["timestamp"] = submission.timestamp
        checks = [one for notebook in submission.notebooks for one in notebook.grades if one.cell.cell_type == "code"]
        is_scored = all(grade.auto_score is not None or grade.manual_score is not None for grade in checks)
        if is_scored and _is_current(Path(self.parent.coursedir.root), student.id, assignment.name):
            penalty = submission.late_submission_penalty
            row |= {"raw_score": submission.score, "late_submission_penalty": penalty}
            row["score"] = max(0.0, submission.score - penalty)
        return row


def _is_current(folder: Path, student: str, module: str) -> bool:
    """Whether our own grader, if it was the one, graded what is submitted now, and could."""
    ours = recorded(folder, student, module)
    if ours is None:
        return True
    submission = intake.read(folder / "submitted", student, module)
    return ours.state in SCORED and (not submission.files or content(submission) == ours.content)
