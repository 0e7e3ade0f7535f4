"""Learning management systems: whose submission an archive holds, class lists, and points for their gradebooks.

An LMS is one file here (`canvas.py`, `moodle.py`) with one `Lms` in it, and its place in `LMSES`. The order counts for
names in archives, where a file name of Moodle's can look like one of Canvas's.
"""

from watchkeeper.staff.grade.lms.base import Lms
from watchkeeper.staff.grade.lms.canvas import CANVAS
from watchkeeper.staff.grade.lms.moodle import MOODLE

LMSES: tuple[Lms, ...] = (MOODLE, CANVAS)

__all__ = ["CANVAS", "LMSES", "MOODLE", "Lms"]
