"""From an LMS, nbgrader's exchange or an email to `submitted/<student>/<module>/`, and from there to the grader.

    take_in     a folder or archive of submissions into `submitted/`; one bad item never stops the rest
    read        one submission as plain data
    origins     who an LMS says the submissions are from, by its own IDs

No submission is lost: when a later one replaces it, it is moved to `submitted/.replaced/`.
"""

from watchkeeper.staff.errors import IntakeError
from watchkeeper.staff.grade.intake.disk import Origin, origins, read
from watchkeeper.staff.grade.intake.take import Refused, Taken, take_in

__all__ = ["IntakeError", "Origin", "Refused", "Taken", "origins", "read", "take_in"]
