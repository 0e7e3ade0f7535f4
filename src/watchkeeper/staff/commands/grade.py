"""The commands of a mentor's day: take in, grade, report, feedback, export, and a practice cohort to try them on."""

from __future__ import annotations

import gc
import shlex
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from watchkeeper.staff.grade import session, settings
    from watchkeeper.staff.grade.report import summary

Root = Annotated[Path, typer.Option(help="The course's repository.", show_default="the current folder's")]
Folder = Annotated[Path | None, typer.Option(help="The folder of the cohort's work.", show_default="the repository")]
Module = Annotated[str, typer.Argument(help="For example 01-critical-path.", show_default=False)]
ClassList = Annotated[
    Path | None,
    typer.Option(
        "--class", help="A CSV file with the class in its column `student`.", show_default="the one given last time"
    ),
]
Database = Annotated[str, typer.Option("--db", help="The gradebook, as a SQLAlchemy URL.", show_default="gradebook.db")]


def add_to(app: typer.Typer) -> None:
    """Add the mentors' commands to the app."""
    for command in (take_in, grade, report, feedback, export, demo_cohort):
        app.command()(command)


def take_in(
    source: Annotated[Path, typer.Argument(help="A zip, a folder of zips, an LMS archive, or nbgrader's inbound.")],
    root: Root = Path(),
    folder: Folder = None,
    replace: Annotated[
        list[str] | None,
        typer.Option(help="An apprentice for whom the submission in SOURCE counts, whatever its time or spelling."),
    ] = None,
) -> None:
    """Copy submissions into `submitted/`, from wherever they are.

    Running it again changes nothing. A person's later submission replaces the earlier one, which is kept.
    """
    from watchkeeper.staff.grade import intake
    from watchkeeper.staff.grade.nbgrader.folder import configure

    found = _settings(root, folder)
    modules = {path.name: {one.stem for one in path.glob("*.ipynb")} for path in (found.root / "source").glob("*")}
    given = {"--root": None if root == Path() else root, "--folder": folder}
    options = "".join(f" {name} {shlex.quote(str(value))}" for name, value in given.items() if value)
    results = intake.take_in(source, found.submitted, modules, print, counts=replace or (), options=options)
    configure(found.root, found.folder)
    if any(isinstance(one, intake.Refused) for one in results):
        raise typer.Exit(1)


def grade(
    module: Module,
    students: Annotated[list[str] | None, typer.Argument(help="Only these apprentices.")] = None,
    root: Root = Path(),
    folder: Folder = None,
    db: Database = "",
    class_list: ClassList = None,
    force: Annotated[bool, typer.Option("--force", help="Grade everything again, even if unchanged.")] = False,
    box: Annotated[bool, typer.Option(help="Run submissions in the sandbox. Without it they have your rights.")] = True,
    workers: Annotated[int, typer.Option(help="How many to grade at once.", show_default="one per core")] = 0,
    cluster: Annotated[str, typer.Option(help="The address of a Dask scheduler; its workers grade.")] = "",
) -> None:
    """Grade the submissions of a module that are new, or have changed since they were graded.

    An interrupted run continues where it stopped. Grades that you gave by hand stay as they are. The exit code is 1 if
    a submission could not be graded; the table says which, and why.
    """
    from watchkeeper.staff.sandbox.process import started

    with nullcontext() if cluster else started() as process:  # it warms up while the rest is imported and read
        from rich.console import Console

        from watchkeeper.staff.commands.progress import Bar
        from watchkeeper.staff.grade import result, session
        from watchkeeper.staff.grade.lms import classlist
        from watchkeeper.staff.grade.report import terminal

        gc.freeze()  # imports stay, and notebooks as plain data have many small lists and dicts but no cycles
        gc.set_threshold(50_000)
        found, aside = _settings(root, folder, db), Console(stderr=True)
        listed = classlist.known(found.folder, class_list)
        expected = [] if students else listed  # if only some were named, the others are not missing
        job = session.Job(module, tuple(students or ()), force, box, workers, cluster, tuple(expected))
        with Bar(aside) as bar:
            run = session.grade(found, job, bar, process)
    print(terminal.text(_summary(run, found.root, module, expected), whole=found.command("report", module, "--text")))
    same = len(run.results) - len(run.graded)
    print(f"{len(run.graded)} graded now" + (f", {same} unchanged." if same else "."))
    if again := sorted(set(run.settled) - set(run.graded)):
        print(f"The late penalty changed for: {', '.join(map(terminal.plain, again))}.")
    if any(one.state in (result.FAILED, result.UNGRADED) for one in run.results):
        raise typer.Exit(1)


def report(
    module: Module,
    root: Root = Path(),
    folder: Folder = None,
    db: Database = "",
    class_list: ClassList = None,
    out: Annotated[Path | None, typer.Option(help="The page to write.", show_default="report-MODULE.html")] = None,
    anonymous: Annotated[bool, typer.Option("--anonymous", help="Leave out names, to show the class.")] = False,
    text: Annotated[bool, typer.Option("--text", help="Print it instead of writing a page.")] = False,
) -> None:
    """Write the cohort's report as one page that prints well: results, common mistakes, and who is stuck."""
    from watchkeeper.staff.grade import session
    from watchkeeper.staff.grade.lms import classlist
    from watchkeeper.staff.grade.report import page, terminal

    found = _settings(root, folder, db)
    listed = classlist.known(found.folder, class_list)
    run = session.kept(found, module, listed)
    summary = _summary(run, found.root, module, listed)
    if text:
        print(terminal.text(summary, anonymous))
    else:
        print(f"wrote {page.write(summary, out or found.folder / f'report-{module}.html', anonymous)}")
    _say_older(run, found, module)


def feedback(
    module: Module,
    students: Annotated[list[str] | None, typer.Argument(help="Only these apprentices.")] = None,
    root: Root = Path(),
    folder: Folder = None,
    db: Database = "",
) -> None:
    """Write each apprentice's feedback pages, with your points and comments, to the same place as nbgrader.

    The exit code is 1 if someone's pages could not be written; it says whose, and why.
    """
    from watchkeeper.staff.grade import session

    found = _settings(root, folder, db)
    failed = False
    for written in session.feedback(found, module, students or ()):
        if isinstance(written, Path):
            print(f"wrote {written}")
        else:
            failed = True
            print(written.why)
    if failed:
        raise typer.Exit(1)


def export(
    module: Module,
    root: Root = Path(),
    folder: Folder = None,
    db: Database = "",
    class_list: ClassList = None,
    out: Annotated[Path | None, typer.Option(help="The file to write.", show_default="grades-MODULE.csv")] = None,
    into: Annotated[Path | None, typer.Option(help="A gradebook exported from your LMS, to fill in.")] = None,
    column: Annotated[str, typer.Option(help="The column to fill in, if there are several candidates.")] = "",
    names: Annotated[
        Path | None,
        typer.Option(help="A CSV file of two columns: a student here; their login, ID or name in the LMS."),
    ] = None,
    who: Annotated[
        str, typer.Option(help="The column with the students' logins, emails, IDs or names, if it isn't recognized.")
    ] = "",
) -> None:
    """Write the points, the judge's and yours, as a plain table or into a gradebook exported from Canvas or Moodle."""
    from watchkeeper.staff.errors import LmsError
    from watchkeeper.staff.grade import session
    from watchkeeper.staff.grade.lms import classlist, export

    if into is None and (names or column or who):
        raise LmsError("--names, --column and --who need an LMS's file. Name that file too: --into FILE")
    exceptions = export.read_exceptions(names) if names else {}
    found = _settings(root, folder, db)
    run = session.kept(found, module, classlist.known(found.folder, class_list))
    if into:
        people = export.People(export.known(found.submitted, module), exceptions, who)
        made = export.into(into, run.standings, column, people)
    else:
        made = export.table(run.standings)
    path = made.write(out or found.folder / f"grades-{module}.csv")
    print(f"wrote {path}, for {made.lms} to import" if made.lms else f"wrote {path}")
    for sentence in made.said:
        print(sentence)
    _say_older(run, found, module)


def demo_cohort(
    out: Annotated[Path, typer.Option(help="Where to write it.")] = Path("work/cohort"),
    module: Annotated[str, typer.Option(help="The module.")] = "01-critical-path",
    students: Annotated[int, typer.Option(help="How many apprentices.")] = 12,
    seed: Annotated[int, typer.Option(help="A different number gives a different cohort.")] = 1,
    root: Root = Path(),
) -> None:
    """Invent a cohort to try the commands on: right, wrong, partial, late, broken and missing work."""
    from watchkeeper.staff.grade import settings
    from watchkeeper.staff.grade.nbgrader.folder import configure
    from watchkeeper.staff.grade.practice import cohort, intended

    made = cohort.write(root.resolve(), out, module, intended.kinds(students), seed)
    configure(root, out)
    found = settings.read(root, out)
    print(f"wrote {len(list(made.handed_in.iterdir()))} submissions to {made.handed_in}. Now:")
    print(f"  {found.command('take-in', made.handed_in.resolve())}")
    print(f"  {found.command('grade', module, '--class', made.class_list.resolve())}")
    print("To mark its texts in nbgrader's formgrader, and to set the due date:")
    print(f"  {shlex.join(['cd', str(found.folder)])}")
    print(f'  nbgrader db assignment add {module} --duedate "{intended.DUE:%Y-%m-%d %H:%M} UTC"')
    print("  jupyter lab")


def _settings(root: Path, folder: Path | None, db: str = "") -> settings.Settings:
    """The settings that count. Each setting of the repository that doesn't is reported."""
    from watchkeeper.staff.grade import settings

    found = settings.read(root, folder, db)
    for sentence in found.ignored:
        print(sentence, file=sys.stderr)
    return found


def _say_older(run: session.Run, found: settings.Settings, module: str) -> None:
    if run.older:
        number = len(run.older)
        print(
            f"{number} submission{'s were' if number > 1 else ' was'} graded with another version of the course or its "
            f"configuration. To grade again: {found.command('grade', module)}"
        )


def _summary(run: session.Run, root: Path, module: str, listed: list[str]) -> summary.Summary:
    from watchkeeper.staff.author import course
    from watchkeeper.staff.grade.report import summary

    points = course.read(root).module(module).points
    asked = {name: one for lesson in run.edition.lessons.values() for name, one in lesson.sheet.questions.items()}
    return summary.summary(summary.Cohort(module, run.results, listed, run.standings), asked, points)
