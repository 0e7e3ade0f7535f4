"""One run of the grader over a cohort: what is new or changed is graded, several at once, and stored one by one.

A run may end at any moment. What was stored is stored whole, and the next run goes on with the rest.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade import edition as editions
from watchkeeper.staff.grade import intake
from watchkeeper.staff.grade import submission as unit
from watchkeeper.staff.grade.edition import Edition
from watchkeeper.staff.grade.gradebook import autograded
from watchkeeper.staff.grade.gradebook import book as gradebook
from watchkeeper.staff.grade.gradebook.book import Book
from watchkeeper.staff.grade.lms.export import Total
from watchkeeper.staff.grade.nbgrader import commands as stock
from watchkeeper.staff.grade.result import MISSING, Result, Submission
from watchkeeper.staff.grade.sanitize import html as clean
from watchkeeper.staff.grade.settings import Settings
from watchkeeper.staff.sandbox.process import Process
from watchkeeper.staff.sandbox.runner import Inputs, Runner

Say = Callable[[str], None]
AHEAD = 2  # submissions in hand for each worker: the more, the more memory


@dataclass
class Run:
    """What a run did: a result for everybody in the class, and who was graded by this run (the rest were as they are).

    Results are without their notebooks, which lie in `autograded/`. `due` is when the module was to be handed in,
    `edition` by what was graded.
    """

    edition: Edition

    results: list[Result] = field(default_factory=list)
    graded: list[str] = field(default_factory=list)
    due: datetime | None = None


class Workers(Protocol):
    """Who grades: threads beside one warm process here, or a cluster. `size` is how many at once."""

    size: int

    def submit(self, submission: Submission) -> Future[Result]: ...


def grade(
    settings: Settings,
    module: str,
    students: Sequence[str] = (),
    force: bool = False,
    boxed: bool = True,
    workers: int = 0,
    cluster: str = "",
    say: Say = print,
    told: Callable[[int, int, Result], None] = lambda done, of, result: None,
    process: Process | None = None,
) -> Run:
    """Grade a module's submissions, or only those of `students`; `force` grades also what has not changed.

    `told(done, of, result)` is called after each that was stored; `process` is one that gets warm already.
    Raises WatchkeeperError with a sentence.
    """
    everyone = class_of(settings, module)
    if unknown := [one for one in students if one not in everyone]:
        raise GradingError(
            f"{', '.join(unknown)}: nobody of that name has handed in {module}.\nThere are: {', '.join(everyone)}."
        )
    with alone(settings.folder):
        edition = editions.of(settings.root, module, settings.datasets, settings.held_back, say)
        hired = _hired(settings, edition, boxed, workers, cluster, say, process)
        with hired as crew, Book.open(settings.db_url, settings.config) as book:  # the crew gets warm meanwhile
            if settings.folder != settings.root:
                stock.prepare(settings.root, settings.folder)
            book.ensure(settings.folder, module, settings.root)
            run, due = _sorted(settings, book, edition, students or everyone, force)
            _all(settings, book, crew, module, due, run, told)
            there = {one.student for one in run.results}
            absent = [] if students else sorted(set(book.students()) - there)
            run.results += [Result(one, module, MISSING, "Nothing was handed in.") for one in absent]
            run.due = book.known(module).due
    run.results.sort(key=lambda one: one.student)
    return run


def class_of(settings: Settings, module: str) -> list[str]:
    """Who has handed in this module. Raises GradingError when the module is none, or nobody has."""
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
def alone(folder: Path) -> Iterator[None]:
    """Only one grader at a time in a course folder. The lock goes with its process, however that ends."""
    path = folder / ".watchkeeper" / "grading.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise GradingError(f"Another grader is at work in {folder}. Wait until it has ended.") from None
        yield


def _sorted(
    settings: Settings, book: Book, edition: Edition, students: Sequence[str], force: bool
) -> tuple[Run, list[str]]:
    """What is as it was, as results; and who is to be graded."""
    run, due = Run(edition), list[str]()
    for student in students:
        kept = None if force else autograded.recorded(settings.folder, student, edition.module)
        content = unit.content(intake.read(settings.submitted, student, edition.module)) if kept else ""
        if kept is None or gradebook.stale(book, settings.folder, student, edition.module, content, edition.digest):
            due.append(student)
        else:
            run.results.append(kept)
    return run, due


def _all(
    settings: Settings,
    book: Book,
    crew: Workers,
    module: str,
    due: Sequence[str],
    run: Run,
    told: Callable[[int, int, Result], None],
) -> None:
    """Keep the workers busy and store what comes back, with no more in memory than that takes."""
    clean.get_ready()  # while the crew gets warm
    prose = run.edition.prose
    waiting, busy = list(reversed(due)), dict[Future[Result], Submission]()
    while waiting or busy:
        while waiting and len(busy) < AHEAD * crew.size:
            submission = intake.read(settings.submitted, waiting.pop(), module)
            busy[crew.submit(submission)] = submission
        ready, _ = wait(busy, return_when=FIRST_COMPLETED)
        for future in ready:
            submission, result = busy.pop(future), future.result()
            gradebook.write(book, settings.folder, result, submission.files, prose)
            run.graded.append(result.student)
            run.results.append(replace(result, notebooks=tuple(replace(one, notebook={}) for one in result.notebooks)))
            told(len(run.graded), len(due), result)


def _hired(
    settings: Settings, edition: Edition, boxed: bool, workers: int, cluster: str, say: Say, process: Process | None
) -> AbstractContextManager[Workers]:
    if cluster:
        from watchkeeper.staff.grade.cluster import client as clusters

        return clusters.workers(cluster, settings, edition, boxed, say)
    return here(settings, edition, boxed, workers or os.cpu_count() or 1, process)


@dataclass
class Here:
    """Threads that grade beside one warm process on this machine."""

    pool: ThreadPoolExecutor
    one: Callable[[Submission], Result]
    size: int

    def submit(self, submission: Submission) -> Future[Result]:
        return self.pool.submit(self.one, submission)


@contextmanager
def here(
    settings: Settings, edition: Edition, boxed: bool, size: int, process: Process | None = None
) -> Iterator[Here]:
    """Workers on this machine; they are there at once, and warm a little later."""
    inputs = {question: Inputs(question, pickled) for question, pickled in edition.inputs.items()}
    try:
        warm = Runner(settings.datasets, edition.imports, edition.opens, boxed, settings.budget, process)
        with warm as runner, ThreadPoolExecutor(size) as pool:
            yield Here(pool, lambda submission: unit.grade(edition, submission, runner, inputs), size)
    finally:
        for one in inputs.values():
            one.close()


def kept(settings: Settings, module: str) -> Run:
    """What was graded before, read back; whoever handed in and is not graded yet is missing, and its note says so."""
    edition = editions.of(settings.root, module, settings.datasets, settings.held_back)
    run = Run(edition)
    with Book.open(settings.db_url, settings.config) as book:
        run.due = book.known(module).due
        for student in sorted({*class_of(settings, module), *book.students()}):
            found = autograded.recorded(settings.folder, student, module)
            here = (settings.submitted / student / module).is_dir()
            why = "It is not graded yet." if here else "Nothing was handed in."
            run.results.append(found or Result(student, module, MISSING, why))
    return run


def feedback(settings: Settings, module: str, students: Sequence[str] = ()) -> Iterator[Path]:
    """Write the feedback pages of `students`, or of all who are graded; each path as it is written."""
    from watchkeeper.staff.grade.gradebook import feedback as pages

    with alone(settings.folder), Book.open(settings.db_url, settings.config) as book:
        graded = [one for one in class_of(settings, module) if book.has(one, module)]
        for student in students or graded:
            yield from pages.write(book, settings.folder, student, module)


def points(settings: Settings, module: str) -> dict[str, Total]:
    """Each apprentice's points as the gradebook has them: the judge's, the mentor's, less what lateness costs."""
    rows = {}
    with Book.open(settings.db_url, settings.config) as book:
        for one in kept(settings, module).results:
            scores = book.scores(one.student, module).values()
            total = sum(score.score for score in scores) if scores else None
            possible = sum(sum(cell.possible for cell in notebook.graded) for notebook in book.known(module).notebooks)
            rows[one.student] = Total(one.student, module, total, possible, one.state)
    return rows
