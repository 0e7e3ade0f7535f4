"""Everything that can go wrong for authors, mentors and instructors. Each message says what happened, then what to do.

    WatchkeeperError
    ├── BuildError           a lesson, a question or course.toml can't be built
    │   ├── StaleError       what is committed is not what the course's text gives
    │   └── EditedError      a generated notebook was edited by hand, and building would overwrite the edit
    ├── UnknownScenario      the recorder has no such scenario
    ├── RecordingSpoilt      a recording must not be kept
    ├── RunnerError          notebooks can't be run here
    ├── GradingError         a cohort can't be graded, or nbgrader stopped
    │   ├── GradebookError   the gradebook can't be opened or written
    │   └── ClusterError     the cluster can't be reached, or can't grade
    ├── IntakeError          a source of submissions, or the folder `submitted/`, can't be used
    ├── Unusable             one archive or file in a source can't be taken in
    │   └── Damaged          one file is damaged, and the files next to it may be fine
    ├── Earlier              a submission does not replace the one that is there
    ├── Unreadable           one submitted notebook can't be read
    ├── LmsError             an LMS's gradebook export, or a table of exceptions, can't be used
    └── CohortError          an invented cohort can't be made

`Unusable`, `Earlier` and `Unreadable` never stop a run: they are reported for the one submission they are about.
"""

from __future__ import annotations

from watchkeeper.errors import WatchkeeperError


class BuildError(WatchkeeperError):
    """A lesson, a question or course.toml says something that can't be built."""


class StaleError(BuildError):
    """What is committed differs from what the course's text gives."""


class EditedError(BuildError):
    """A generated notebook was edited by hand, and building would overwrite the edit."""


class UnknownScenario(WatchkeeperError):
    """A scenario that the recorder does not have."""


class RecordingSpoilt(WatchkeeperError):
    """What was recorded must not be kept."""


class RunnerError(WatchkeeperError):
    """Notebooks can't be run here; the message says why and what can be done."""


class GradingError(WatchkeeperError):
    """A cohort can't be graded as asked, or nbgrader stopped; then the message holds what nbgrader logged."""


class GradebookError(GradingError):
    """The gradebook can't be opened or written; nothing of the current submission was stored."""


class ClusterError(GradingError):
    """The cluster can't be reached, or can't grade; whatever was stored so far stays stored."""


class IntakeError(WatchkeeperError):
    """A source of submissions, or a folder `submitted/`, that can't be used at all; the message says what to do."""


class Unusable(WatchkeeperError):
    """An archive or a file that can't be taken in; the message is the part of a sentence that says why."""


class Damaged(Unusable):
    """One file that can't be read; the files next to it may be fine."""


class Earlier(WatchkeeperError):
    """A submission that does not replace the one that is there; the message says why."""


class Unreadable(WatchkeeperError):
    """A submitted notebook that can't be graded; the message is one sentence that says why and what to do."""


class LmsError(WatchkeeperError):
    """A gradebook export, or a table of exceptions, that can't be used; the message says what to do."""


class CohortError(WatchkeeperError):
    """An invented cohort that can't be made; the message says what to change."""
