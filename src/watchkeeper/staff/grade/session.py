"""One run of the grader over a cohort: new and changed submissions are graded, several at a time, and stored at once.

A run may stop at any moment. What was stored is complete, and the next run continues with the rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade import intake
from watchkeeper.staff.grade.edition import Edition, edition_of
from watchkeeper.staff.grade.gradebook.autograded import recorded
from watchkeeper.staff.grade.gradebook.book import Book, stale, store
from watchkeeper.staff.grade.lms.export import Total
from watchkeeper.staff.grade.locks import lock
from watchkeeper.staff.grade.nbgrader.commands import prepare
from watchkeeper.staff.grade.result import MISSING, UNGRADED, Result, Submission
from watchkeeper.staff.grade.sanitize.html import get_ready
from watchkeeper.staff.grade.settings import Settings
from watchkeeper.staff.grade.submission import content, grade_one
from watchkeeper.staff.sandbox.process import Process
from watchkeeper.staff.sandbox.runner import Inputs, Runner

if TYPE_CHECKING:
    from watchkeeper.staff.grade.gradebook.feedback import NotWritten

AHEAD = 2  # queued submissions per worker: the more, the more memory


@dataclass(frozen=True)
class Job:
    """What to grade, and how.

    `students`: whose submissions; empty for everyone's. `force`: unchanged ones too. `boxed`: in the sandbox; without
    it, submissions run with the rights of the grader. `workers`: how many at once, 0 for one per core. `cluster`: the
    address of a Dask scheduler whose workers grade instead.
    """

    module: str
    students: tuple[str, ...] = ()
    force: bool = False
    boxed: bool = True
    workers: int = 0
    cluster: str = ""


class Progress(Protocol):
    """Hears about a run while it is going on."""

    def say(self, sentence: str) -> None:
        """Show the mentor a sentence."""

    def stored(self, done: int, of: int, result: Result) -> None:
        """A submission was graded and stored: the `done`-th of `of`."""


class Printed:
    """Prints sentences to stdout, and nothing about single submissions."""

    def say(self, sentence: str) -> None:
        print(sentence)

    def stored(self, done: int, of: int, result: Result) -> None:
        pass


@dataclass
class Run:
    """What a run did: a result for everyone in the class. `graded` are the students whose results are new.

    The results do not contain the notebooks, which are in `autograded/`. `due` is when the module was due, `edition`
    what it was graded with.
    """

    edition: Edition
    results: list[Result] = field(default_factory=list)
    graded: list[str] = field(default_factory=list)
    due: datetime | None = None


class Workers(Protocol):
    """What grades: threads next to a warm process on this machine, or a cluster. `size` is how many work at once."""

    size: int

    def submit(self, submission: Submission) -> Future[Result]: ...


def grade(settings: Settings, job: Job, progress: Progress | None = None, process: Process | None = None) -> Run:
    """Grade what the job asks for. `process` is a warm process that was started before. Raises WatchkeeperError."""
    progress = progress or Printed()
    everyone = class_of(settings, job.module)
    if unknown := [student for student in job.students if student not in everyone]:
        raise GradingError(
            f"There is no submission of {job.module} from {', '.join(unknown)}.\nThere is one from each of: "
            f"{', '.join(everyone)}."
        )
    with locked(settings.folder):
        edition = edition_of(settings.root, job.module, settings.datasets, settings.held_back, progress.say)
        hired = _hired(settings, edition, job, progress, process)
        with hired as crew, Book.open(settings.db_url, settings.config) as book:  # the crew warms up meanwhile
            if settings.folder != settings.root:
                prepare(settings.root, settings.folder)
            book.ensure(settings.folder, job.module, settings.root)
            run, due = _sorted(settings, book, edition, job, job.students or everyone)
            for submission, result in _graded(settings, crew, job.module, due):
                store(book, settings.folder, result, submission.files, edition.prose)
                if result.state != UNGRADED:
                    run.graded.append(result.student)
                run.results.append(_without_notebooks(result))
                progress.stored(len(run.graded), len(due), result)
            there = {result.student for result in run.results}
            absent = [] if job.students else sorted(set(book.students()) - there)
            run.results += [Result(student, job.module, MISSING, "Nothing was submitted.") for student in absent]
            run.due = book.known(job.module).due
    run.results.sort(key=lambda result: result.student)
    return run


def class_of(settings: Settings, module: str) -> list[str]:
    """The students who submitted this module. Raises GradingError when there is no such module, or no submission."""
    known = sorted(path.name for path in (settings.root / "source").glob("*") if path.is_dir())
    if module not in known:
        raise GradingError(f"The course has no module {module!r}. It has: {', '.join(known)}.")
    found = sorted(path.parent.name for path in settings.submitted.glob(f"[!.]*/{module}") if path.is_dir())
    if not found:
        raise GradingError(
            f"There is no submission of {module} in {settings.submitted}.\n"
            "Take them in first: watchkeeper take-in FOLDER_OR_ZIP"
        )
    return found


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Allow only one grader at a time in a course folder. However this process ends, the lock ends with it."""
    path = folder / ".watchkeeper" / "grading.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        lock(file.fileno(), GradingError(f"Another grader is at work in {folder}. Wait until it has finished."))
        yield


def _sorted(
    settings: Settings, book: Book, edition: Edition, job: Job, students: Sequence[str]
) -> tuple[Run, list[str]]:
    """A run with the results that are still valid, and the students to grade."""
    run, due = Run(edition), list[str]()
    for student in students:
        kept = None if job.force else recorded(settings.folder, student, job.module)
        handed_in = content(intake.read(settings.submitted, student, job.module)) if kept else ""
        if kept is None or stale(book, settings.folder, student, job.module, handed_in, edition.digest):
            due.append(student)
        else:
            run.results.append(kept)
    return run, due


def _graded(settings: Settings, crew: Workers, module: str, due: Sequence[str]) -> Iterator[tuple[Submission, Result]]:
    """Grade these students' submissions. Yields each result when it is ready; holds AHEAD submissions per worker.

    What the machine was too busy for is graded again when nothing else runs here, one submission at a time.
    """
    get_ready()  # while the crew warms up
    waiting, busy, again = list(reversed(due)), dict[Future[Result], Submission](), list[Submission]()
    while waiting or busy:
        while waiting and len(busy) < AHEAD * crew.size:
            submission = intake.read(settings.submitted, waiting.pop(), module)
            busy[crew.submit(submission)] = submission
        ready, _ = wait(busy, return_when=FIRST_COMPLETED)
        for future in ready:
            submission, result = busy.pop(future), future.result()
            if result.state == UNGRADED:
                again.append(submission)
            else:
                yield submission, result
    for submission in again:
        yield submission, crew.submit(submission).result()


def _without_notebooks(result: Result) -> Result:
    return replace(result, notebooks=tuple(replace(graded, notebook={}) for graded in result.notebooks))


def _hired(
    settings: Settings, edition: Edition, job: Job, progress: Progress, process: Process | None
) -> AbstractContextManager[Workers]:
    if job.cluster:
        from watchkeeper.staff.grade.cluster.client import workers

        return workers(job.cluster, settings, edition, job.boxed, progress.say)
    return here(settings, edition, job.boxed, job.workers or os.cpu_count() or 1, process)


@dataclass
class Here:
    """Threads that grade next to one warm process on this machine."""

    pool: ThreadPoolExecutor
    grade_one: Callable[[Submission], Result]
    size: int

    def submit(self, submission: Submission) -> Future[Result]:
        return self.pool.submit(self.grade_one, submission)


@contextmanager
def here(
    settings: Settings, edition: Edition, boxed: bool, size: int, process: Process | None = None
) -> Iterator[Here]:
    """Workers on this machine. They accept submissions at once, and have warmed up a little later."""
    inputs = {question: Inputs(question, pickled) for question, pickled in edition.inputs.items()}
    try:
        warm = Runner(settings.datasets, edition.imports, edition.opens, boxed, settings.budget, process)
        with warm as runner, ThreadPoolExecutor(size) as pool:
            yield Here(pool, lambda submission: grade_one(edition, submission, runner, inputs), size)
    finally:
        for lent in inputs.values():
            lent.close()


def kept(settings: Settings, module: str) -> Run:
    """The results of earlier runs. A student without one is missing, and the reason says whether they submitted."""
    edition = edition_of(settings.root, module, settings.datasets, settings.held_back)
    run = Run(edition)
    with Book.open(settings.db_url, settings.config) as book:
        run.due = book.known(module).due
        for student in sorted({*class_of(settings, module), *book.students()}):
            found = recorded(settings.folder, student, module)
            submitted = (settings.submitted / student / module).is_dir()
            why = "Not graded yet." if submitted else "Nothing was submitted."
            run.results.append(found or Result(student, module, MISSING, why))
    return run


def feedback(settings: Settings, module: str, students: Sequence[str] = ()) -> Iterator[Path | NotWritten]:
    """Write the feedback pages of `students`, or of everyone who is graded. Yields each path once it is written."""
    from watchkeeper.staff.grade.gradebook.feedback import attempted

    with locked(settings.folder), Book.open(settings.db_url, settings.config) as book:
        graded = [student for student in class_of(settings, module) if book.has(student, module)]
        for student in students or graded:
            yield from attempted(book, settings.folder, student, module)


def points(settings: Settings, module: str) -> dict[str, Total]:
    """Each student's points as the gradebook has them: the judge's and the mentor's, minus any late penalty."""
    totals = {}
    with Book.open(settings.db_url, settings.config) as book:
        for result in kept(settings, module).results:
            scores = book.scores(result.student, module).values()
            total = sum(score.score for score in scores) if scores else None
            possible = sum(sum(cell.possible for cell in notebook.graded) for notebook in book.known(module).notebooks)
            totals[result.student] = Total(result.student, module, total, possible, result.state)
    return totals
