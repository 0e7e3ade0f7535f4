"""From what an LMS, nbgrader's exchange or somebody's mail gave to `submitted/<student>/<module>/`, and from there to
the grader.

    take_in     a folder or archive of submissions into `submitted/`; one bad item never stops the rest
    read        one submission as plain data

Nothing that was handed in is lost: what a later submission replaces lies in `submitted/.replaced/`.
"""

from watchkeeper.staff.errors import IntakeError
from watchkeeper.staff.grade.intake.disk import read
from watchkeeper.staff.grade.intake.take import Refused, Taken, take_in

__all__ = ["IntakeError", "Refused", "Taken", "read", "take_in"]
