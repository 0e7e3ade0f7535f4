"""The grader's input and its results: plain data, the same on this machine and on a cluster."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

GRADED = "graded"
REPAIRED = "repaired and graded"
BY_NBGRADER = "graded by nbgrader"  # by its own command, which leaves no record of ours
FAILED = "failed"
UNGRADED = "not graded yet"
MISSING = "missing"
SCORED = (GRADED, REPAIRED, BY_NBGRADER)  # only in these states can a submission have points


@dataclass(frozen=True)
class Submission:
    """The files of `submitted/<student>/<module>/`: names (posix, relative) and contents, submitted at `time`."""

    student: str
    module: str
    files: Mapping[str, bytes]
    time: datetime | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mark:
    """The verdict on one check cell: `share` of the points it is worth (0 to 1), and what the apprentice is told."""

    name: str
    points: float
    possible: float
    share: float
    word: str
    lines: tuple[str, ...] = ()
    misconception: str = ""


@dataclass(frozen=True)
class Graded:
    """One notebook after its run: nbformat 4 as plain data, its marks, and what had to be repaired before.

    `stopped` says why not every cell was run, and is empty if all were; `seconds` is the wall time in the box. If it is
    `unread`, its file could not be read, so its marks of 0 are not a grade.
    """

    name: str
    notebook: Mapping[str, Any]
    marks: tuple[Mark, ...] = ()
    notes: tuple[str, ...] = ()
    stopped: str = ""
    seconds: float = 0.0
    unread: bool = False


@dataclass(frozen=True)
class Result:
    """The result of one submission. `edition` and `content` are digests of what graded it and of what it contained.

    `reason` is one sentence that says why a submission failed, is not graded yet, or is missing.
    """

    student: str
    module: str
    state: str
    reason: str = ""
    notebooks: tuple[Graded, ...] = ()
    time: datetime | None = None
    edition: str = ""
    content: str = ""
    notes: tuple[str, ...] = ()

    @property
    def points(self) -> float:
        """The points that the judge gave, without the texts that the mentor marks."""
        return sum(mark.points for notebook in self.notebooks for mark in notebook.marks)
