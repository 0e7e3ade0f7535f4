"""The commands of authors, mentors and instructors: build, verify, run, kit, demo."""

from __future__ import annotations

import sys
from dataclasses import astuple, fields
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from watchkeeper.staff.commands.tables import show

if TYPE_CHECKING:
    from watchkeeper.staff.author.course import Course

Root = Annotated[Path, typer.Option(help="The course's repository.", show_default="the current folder")]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[NAMES]", help="Modules, lessons or questions.", show_default="all"),
]
Datasets = Annotated[Path | None, typer.Option(help="A folder of your own recordings.", show_default="datasets/")]


def add_to(app: typer.Typer) -> None:
    """Add the authors' commands to the app."""
    app.command()(build)
    app.command()(verify)
    app.command()(run)
    app.command()(kit)
    app.command()(demo)


def build(
    names: Names = None,
    root: Root = Path(),
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail if a copy is stale.")] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="Write hand edits back into the lessons.")] = False,
    datasets: Datasets = None,
) -> None:
    """Generate `source/` and `release/` from `course/`: all modules that have changed, or those of these names.

    A notebook that you edited in `source/` is never overwritten: the command stops and suggests `--take-back`.
    """
    from watchkeeper.staff.author import course, everything, only

    found = course.read(root.resolve())
    modules = list({(module := only.part(found, name).module).name: module for name in names or ()}.values())
    if take_back:
        for path in everything.take_back(found):
            print(f"took the edit back into {path.relative_to(found.root)}")
    with Console(stderr=True).status("building", spinner="line") as status:
        folder = (datasets or found.root / "datasets").resolve()
        changed = everything.build(found, folder, check, status.update, modules)
    for path in changed:
        print(f"wrote {path.relative_to(found.root)}")
    if not changed:
        which = f" of {', '.join(module.name for module in modules)}" if modules else ""
        print(f"source/ and release/{which} are up to date.")


def verify(
    names: Names = None,
    root: Root = Path(),
    only: Annotated[str, typer.Option(help="A question, a lesson or a module: check nothing else.")] = "",
) -> None:
    """Prove the content, of everything or of these names: questions, hints and wrong answers on public and held-back
    recordings, and that nothing leaks.
    """
    from watchkeeper.staff.author import course, verify

    found = course.read(root.resolve())
    if chosen := [*(names or ()), *([only] if only else [])]:
        _verify_parts(found, chosen)
        return
    with Console(stderr=True).status("verifying", spinner="line") as status:
        problems = verify.problems(found, say=status.update)
    lines = verify.page(found)
    rows = [[f"{one:g}" if isinstance(one, float) else str(one) for one in astuple(line)] for line in lines]
    show([one.name.replace("_", " ") for one in fields(verify.Line)], rows)
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems.", file=sys.stderr)
        raise typer.Exit(1)
    print(f"{sum(line.questions for line in lines)} questions pass, on the public and on the held-back recordings.")


def _verify_parts(found: Course, names: list[str]) -> None:
    from watchkeeper.staff.author import only

    parts = [only.part(found, name) for name in names]
    with Console(stderr=True).status("verifying", spinner="line") as status:
        problems = [problem for part in parts for problem in only.problems(found, part, say=status.update)]
    for problem in problems:
        print(problem)
    if problems:
        print(f"{len(problems)} problems.", file=sys.stderr)
        raise typer.Exit(1)
    for name in names:
        print(f"{name} passes.")


def run(
    root: Root = Path(),
    datasets: Datasets = None,
    kind: Annotated[str, typer.Option(help="reference, release, or both")] = "both",
) -> None:
    """Run all notebooks with papermill: the reference must reach every point, an untouched release none."""
    from watchkeeper.staff.author import course
    from watchkeeper.staff.author import run as runs

    found, wrong = course.read(root.resolve()), []
    for each in ("reference", "release") if kind == "both" else (kind,):
        with Console(stderr=True).status("running", spinner="line") as status:
            tallies = runs.run(found, each, (datasets or found.root / "datasets").resolve(), say=status.update)
        rows = [
            (one.notebook, str(len(one.words)), f"{one.reached:g} of {one.possible:g}", f"{one.seconds:g}")
            for one in tallies
        ]
        show(("notebook", "questions", "points", "seconds"), rows, title=each)
        wrong += runs.problems(tallies, each)
    for problem in wrong:
        print(problem)
    if wrong:
        raise typer.Exit(1)


def kit(
    out: Annotated[Path, typer.Option(help="The archive to write.")] = Path("dist/watchkeeper-kit.zip"),
    root: Root = Path(),
) -> None:
    """Write the archive for apprentices: notebooks, public recordings and the package, nothing else."""
    from watchkeeper.staff.author import kit

    print(f"wrote {kit.write(root.resolve(), out)}")


def demo(
    root: Root = Path(),
    out: Annotated[Path, typer.Option(help="The demo's working folder.")] = Path("work/demo"),
    browser: Annotated[bool, typer.Option(help="Open the feedback in your browser.")] = True,
) -> None:
    """Grade two invented submissions, one right and one with known wrong answers, and open their feedback."""
    from watchkeeper.staff.grade.practice import demo

    made = list(demo.run(root.resolve(), out.resolve(), say=Console(stderr=True).print))
    rows = [(row.student, row.module, f"{row.score:g} of {row.possible:g}", str(row.feedback)) for row in made]
    show(("apprentice", "module", "points", "feedback"), rows)
    if browser:
        typer.launch(str(made[-1].feedback))
