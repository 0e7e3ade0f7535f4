"""One run of the grader over a cohort: new and changed submissions are graded, several at a time, and stored at once.

A run may stop at any moment. What was stored is complete, and the next run continues with the rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from watchkeeper.errors import WatchkeeperError
from watchkeeper.staff.errors import GradebookError, GradingError
from watchkeeper.staff.grade import intake
from watchkeeper.staff.grade.edition import Edition, edition_of
from watchkeeper.staff.grade.gradebook.autograded import check_name, recorded, utc
from watchkeeper.staff.grade.gradebook.book import Book, Total, stale, store
from watchkeeper.staff.grade.gradebook.database import named
from watchkeeper.staff.grade.locks import lock
from watchkeeper.staff.grade.nbgrader.commands import prepare
from watchkeeper.staff.grade.restore.choose import shown
from watchkeeper.staff.grade.result import BY_NBGRADER, FAILED, MISSING, UNGRADED, Result, Submission
from watchkeeper.staff.grade.sanitize.html import get_ready
from watchkeeper.staff.grade.settings import Settings
from watchkeeper.staff.grade.standing import Standing, standing
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
    address of a Dask scheduler whose workers grade instead. `listed`: the class, which tells who is missing.
    """

    module: str
    students: tuple[str, ...] = ()
    force: bool = False
    boxed: bool = True
    workers: int = 0
    cluster: str = ""
    listed: tuple[str, ...] = ()


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
    """What a run did: a result and a standing for everyone in the class.

    The results do not contain the notebooks, which are in `autograded/`. `edition` is what the module is graded with
    now. `graded`, `settled` and `older` are students: whose results are new, whose late penalty changed, and who were
    graded with something else (another edition of the course, another configuration) and not again since.
    """

    edition: Edition
    results: list[Result] = field(default_factory=list)
    standings: dict[str, Standing] = field(default_factory=dict)
    graded: list[str] = field(default_factory=list)
    settled: list[str] = field(default_factory=list)
    older: list[str] = field(default_factory=list)

    def settle(self, book: Book, module: str) -> None:
        """Bring late penalties up to date, and find where everyone stands. Called once the results are complete."""
        self.results.sort(key=lambda result: result.student)
        self.settled = book.settle(module)
        totals, cells = book.totals(module), book.known(module)
        self.standings = {result.student: standing(result, totals, cells) for result in self.results}


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
    for path in sorted(settings.submitted.glob("[!.]*")):
        if path.is_file():
            progress.say(f"{path} is a file and not an apprentice's folder, so it is not graded. Take it in first.")
    with locked(settings.folder):
        edition = edition_of(settings.root, job.module, settings.datasets, settings.held_back, progress.say)
        hired = _hired(settings, edition, job, progress, process)
        with hired as crew, Book.open(settings.db_url, settings.config) as book:  # the crew warms up meanwhile
            if settings.folder != settings.root:
                prepare(settings.root, settings.folder)
            book.ensure(settings.folder, job.module, settings.root)
            run, due = _sorted(settings, book, edition, job, job.students or everyone)
            for submission, found in _graded(settings, crew, job.module, due):
                result = replace(found, edition=settings.rules(edition.digest))
                result = _stored(book, settings.folder, result, submission, edition)
                if result.state != UNGRADED:
                    run.graded.append(result.student)
                run.results.append(_without_notebooks(result))
                progress.stored(len(run.graded), len(due), result)
            there = {result.student for result in run.results}
            absent = [] if job.students else {*book.students(), *job.listed} - there
            run.results += [Result(student, job.module, MISSING, "Nothing was submitted.") for student in absent]
            run.settle(book, job.module)
    return run


def class_of(settings: Settings, module: str) -> list[str]:
    """The students who submitted this module. Raises GradingError when there is no such module, or no submission."""
    known = sorted(path.name for path in (settings.root / "source").glob("*") if path.is_dir())
    if module not in known:
        raise GradingError(f"The course has no module {module!r}. It has: {', '.join(known)}.")
    found = sorted(
        path.name
        for path in settings.submitted.glob("[!.]*")
        if os.path.lexists(path / module) or path.is_symlink() or not _can_read(path)
    )
    if not found:
        raise GradingError(
            f"There is no submission of {module} in {settings.submitted}.\n"
            f"Take them in first: {settings.command('take-in', 'FOLDER_OR_ZIP')}"
        )
    return found


def unfit(settings: Settings, student: str, module: str) -> str:
    """Why what is in `submitted/` for a student can't be graded at all, in one sentence; "" if it can be tried."""
    try:
        check_name(student).encode()
    except (GradingError, UnicodeEncodeError):
        return f'"{shown(student)}" can\'t be the name of a student: rename the folder in {settings.submitted}.'
    for folder in (settings.submitted / student, settings.submitted / student / module):
        if folder.is_symlink():
            return f"{folder} is a link, which is not followed. Put the folder itself there."
        if not _can_read(folder):
            return f"{folder} can't be read. Give yourself the right to read it."
    return "" if folder.is_dir() else f"{folder} is a file. Put the notebooks into a folder of that name."


def _unfit(student: str, module: str, reason: str) -> Result:
    """The result of a folder that can't be graded; its name may have bytes that no page can show."""
    return Result(student.encode("utf-8", "replace").decode(), module, FAILED, reason)


def _can_read(folder: Path) -> bool:
    return os.access(folder, os.R_OK | (os.X_OK if folder.is_dir() else 0))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Allow only one grader at a time in a course folder. However this process ends, the lock ends with it."""
    path = folder / ".watchkeeper" / "grading.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        lock(file.fileno(), GradingError(f"Another grader is at work in {folder}. Wait until it has finished."))
        yield


def _sorted(
    settings: Settings, book: Book, edition: Edition, job: Job, students: Sequence[str]
) -> tuple[Run, list[str]]:
    """A run with the results that are still valid, and the students to grade."""
    run, due, rules = Run(edition), list[str](), settings.rules(edition.digest)
    for student in students:
        if reason := unfit(settings, student, job.module):
            run.results.append(_unfit(student, job.module, reason))
            continue
        kept = None if job.force else recorded(settings.folder, student, job.module)
        handed_in = content(intake.read(settings.submitted, student, job.module)) if kept else ""
        if kept is None or stale(book, settings.folder, student, job.module, handed_in, rules):
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
            submission = busy.pop(future)
            result = _result(future, submission)
            if result.state == UNGRADED:
                again.append(submission)
            else:
                yield submission, result
    for submission in again:
        yield submission, _result(crew.submit(submission), submission)


def _result(future: Future[Result], submission: Submission) -> Result:
    """A submission's result. Whatever grading it raised is its own failure, unless nothing can be graded at all."""
    try:
        return future.result()
    except WatchkeeperError:
        raise  # the box, the cluster
    except Exception as error:
        return _not_graded(submission, f"The grader stopped with {type(error).__name__}: {error}.")


def _stored(book: Book, folder: Path, result: Result, submission: Submission, edition: Edition) -> Result:
    """Store a result. Whatever storing it raised is this submission's failure, unless it is about the gradebook."""
    try:
        store(book, folder, result, submission.files, edition.prose)
        return result
    except GradebookError:
        raise
    except GradingError as error:
        return _not_graded(submission, str(error))
    except Exception as error:
        return _not_graded(submission, f"It was graded, but storing it stopped with {type(error).__name__}: {error}.")


def _not_graded(submission: Submission, why: str) -> Result:
    return Result(submission.student, submission.module, FAILED, why, time=submission.time)


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


def kept(settings: Settings, module: str, listed: Sequence[str] = ()) -> Run:
    """The results of earlier runs. `listed` is the class. Where there is no valid result, the reason says why."""
    everyone = class_of(settings, module)
    edition = edition_of(settings.root, module, settings.datasets, settings.held_back)
    run, rules = Run(edition), settings.rules(edition.digest)
    with Book.open(settings.db_url, settings.config) as book:
        if book.cells(module) is None:
            raise GradingError(
                f"Nothing of {module} is in the gradebook {named(settings.db_url)} yet.\n"
                f"Grade it first: {settings.command('grade', module)}"
            )
        totals = book.totals(module)
        for student in {*everyone, *book.students(), *listed}:
            if student in everyone and (reason := unfit(settings, student, module)):
                run.results.append(_unfit(student, module, reason))
                continue
            submission = intake.read(settings.submitted, student, module) if student in everyone else None
            result = _kept(settings, student, module, submission, totals.get(student))
            run.results.append(result)
            if result.edition not in ("", rules):
                run.older.append(student)
        run.settle(book, module)
    return run


def _kept(settings: Settings, student: str, module: str, submission: Submission | None, total: Total | None) -> Result:
    found = recorded(settings.folder, student, module) if submission or total else None
    if found is not None:
        if submission is None or content(submission) == found.content:
            return found
        return Result(student, module, UNGRADED, "The latest submission is not graded yet.")
    if submission is None:
        return Result(student, module, MISSING, "Nothing was submitted.")
    # nbgrader's own rule for what its autograde has graded: a folder, rows, and the same time in both places.
    time = utc(submission.time) if submission.time else None
    if total is not None and total.time == time and (settings.folder / "autograded" / student / module).is_dir():
        return Result(student, module, BY_NBGRADER, time=submission.time)
    return Result(student, module, UNGRADED, "The submission is not graded yet.")


def feedback(settings: Settings, module: str, students: Sequence[str] = ()) -> Iterator[Path | NotWritten]:
    """Write the feedback pages of `students`, or of everyone who is graded. Yields each path once it is written."""
    from watchkeeper.staff.grade.gradebook.feedback import NotWritten, attempted

    everyone = class_of(settings, module)
    with locked(settings.folder), Book.open(settings.db_url, settings.config) as book:
        if book.cells(module) is not None:
            book.settle(module)
        fit = [one for one in everyone if not unfit(settings, one, module)]
        graded = [one for one in fit if recorded(settings.folder, one, module) or book.has(one, module)]
        for student in students or graded:
            if student in graded:
                yield from attempted(book, settings.folder, student, module)
            else:
                how = settings.command("grade", module, student)
                yield NotWritten(student, f"There is no graded {module} from {student}. Grade it first: {how}")
