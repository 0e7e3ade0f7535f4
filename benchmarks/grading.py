"""python benchmarks/grading.py: what grading a cohort costs with our grader, with stock nbgrader, and at minimum.

It grades the same submissions in three ways, one after the other on the same machine:

- ours: `watchkeeper grade` in the sandbox, including its startup and the gradebook. The course's own answers have been
  computed before; they are cached until the course changes.
- stock: `nbgrader autograde` with nbgrader's own Execute, which starts one kernel per notebook. It uses the
  repository's nbgrader_config.py, so both ways use the course's judge. Without it there would be nothing to compare.
- floor: the same cells in bare forked children of one warm process. There is no sandbox, IPython, output, judge or
  gradebook, and functions are called in place. As many children run at once as our grader has workers.

Stock grades `--stock` submissions in one run and a single one in another. The difference gives the time per submission;
the rest is startup. `added` is the whole time, including startup, minus the cells' own time. The cells' own time is the
floor's time minus the floor's startup (a run without submissions). For runs of up to 40 small submissions, the median
of five counts. Whatever stock's kernels import and read for each notebook counts as added.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import small_course
from metered import Cost, measure

from watchkeeper.staff.author.release import with_programs_on_path
from watchkeeper.staff.grade import settings
from watchkeeper.staff.grade.gradebook.book import Book
from watchkeeper.staff.grade.nbgrader import commands as stock

REPOSITORY = Path(__file__).parents[1]
COMMAND = [sys.executable, "-c", "from watchkeeper.commands import main; main()"]
BIG = "01-critical-path"


def main() -> None:
    """Print one Markdown table per module."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stock", type=int, default=40, help="submissions that stock grades (40)")
    parser.add_argument("--sizes", type=int, nargs="*", default=[40, 200, 1000], help="small submissions that we grade")
    parser.add_argument("--big", type=int, default=40, help=f"submissions of {BIG}; 0 leaves that out (40)")
    parser.add_argument("--big-stock", type=int, default=10, help=f"submissions of {BIG} that stock grades (10)")
    parser.add_argument("--floor", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.floor:
        root, module, students, workers = options.floor
        return floor(Path(root), module, int(students), int(workers))
    with tempfile.TemporaryDirectory(prefix="watchkeeper-grading-") as name:
        place = Path(name)
        place.chmod(0o755)
        small = small_course.make(place / "small", REPOSITORY)
        print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}\n")
        compare(small, small_course.MODULE, place, options.sizes, options.stock, rounds=5)
        if options.big:
            compare(REPOSITORY, BIG, place, [options.big], options.big_stock, rounds=1)


def compare(root: Path, module: str, place: Path, sizes: Sequence[int], by_stock: int, rounds: int) -> None:
    """Grade one module in all three ways and print the ratios. Of short runs, which vary a lot, the median counts."""
    print(f"## {module}\n")
    print("| way | submissions | wall, s | CPU, s | each, ms wall | each, ms CPU | peak, MB | load before |")
    print("|---|---|---|---|---|---|---|---|")
    one, several = (
        _middle([_stock(root, module, place, students) for _ in range(rounds)]) for students in (1, by_stock)
    )
    show("stock", 1, one)
    show("stock", by_stock, several)
    _ours(root, module, place, 1)  # computes the course's own answers, which are cached
    nothing = _floor(root, module, 0)
    for students in sizes:
        again = range(rounds if students <= 40 else 1)
        bare = _middle([_floor(root, module, students) for _ in again])
        ours = _middle([_ours(root, module, place, students) for _ in again])
        show("floor", students, bare)
        show("ours", students, ours)
        each = {kind: (getattr(several, kind) - getattr(one, kind)) / max(by_stock - 1, 1) for kind in ("wall", "cpu")}
        whole = {kind: getattr(one, kind) + each[kind] * (students - 1) for kind in each}
        own = {kind: getattr(bare, kind) - getattr(nothing, kind) for kind in each}
        words = []
        for kind, name in (("wall", "wall"), ("cpu", "CPU")):
            # Stock runs one notebook after the other, so its cells take as much wall time as the floor's take CPU time.
            ours_added = getattr(ours, kind) - own[kind]
            added = f"1/{(whole[kind] - own['cpu']) / ours_added:.1f}" if ours_added > 0 else "none (below the floor)"
            words.append(f"{name}: whole run 1/{whole[kind] / getattr(ours, kind):.1f}, added {added}")
        ratios.append(f"{students} submissions, ours against stock: {'; '.join(words)}")
    print()
    print("\n".join(ratios), "\n", flush=True)
    ratios.clear()


def _middle(costs: Sequence[Cost]) -> Cost:
    """The cost with the median wall time."""
    return sorted(costs, key=lambda cost: cost.wall)[len(costs) // 2]


ratios: list[str] = []


def show(way: str, students: int, cost: Cost) -> None:
    """Print one row."""
    cpu = f"{cost.cpu:.2f}" + ("" if cost.exact else " (waited for)")
    print(
        f"| {way} | {students:,} | {cost.wall:.2f} | {cpu} | {cost.wall / students * 1e3:.1f} | "
        f"{cost.cpu / students * 1e3:.1f} | {cost.memory:.0f} | {cost.load:.1f} |",
        flush=True,
    )


def _environment(root: Path) -> dict[str, str]:
    programs = str(Path(sys.executable).parent)  # nbgrader starts the bare command `alembic`
    # Keep compiled modules, as is usual. Container images and build machines often switch that off.
    ours = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {
        **ours,
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": str(REPOSITORY / "src"),
        "WATCHKEEPER_DATASETS": str(root / "datasets"),
    }


def _ours(root: Path, module: str, place: Path, students: int) -> Cost:
    folder = Path(tempfile.mkdtemp(dir=place))
    small_course.submit(root, module, folder, students)
    with_programs_on_path()
    found = settings.read(root, folder)  # stock's gradebook knows the assignment beforehand, so ours must too
    stock.prepare(root, folder)
    with Book.open(found.db_url, found.config) as book:
        book.ensure(folder, module, root)
    command = [*COMMAND, "grade", module, "--root", str(root), "--folder", str(folder)]
    cost = measure(command, folder, _environment(root))
    graded = len(list((folder / "autograded").glob(f"*/{module}/*.ipynb")))
    per = len(list((root / "release" / module).glob("*.ipynb")))
    assert graded == students * per, cost.said
    shutil.rmtree(folder)
    return cost


def _stock(root: Path, module: str, place: Path, students: int) -> Cost:
    folder = Path(tempfile.mkdtemp(dir=place))
    for name in ("course", "datasets", "release", "source"):
        (folder / name).symlink_to(root / name)
    shutil.copy2(root / "nbgrader_config.py", folder)
    small_course.submit(root, module, folder, students)
    environment = _environment(root)
    programs = [sys.executable, "-m", "nbgrader"]
    # Release into another folder: this call is only here to put the assignment into the gradebook.
    measure(
        [*programs, "generate_assignment", module, "--force", "--CourseDirectory.release_directory=thrown-away"],
        folder,
        environment,
    )
    # One grading that does not count, so that the judge has computed the course's own answers, which are cached.
    measure([*programs, "autograde", module, "--student=s0000"], folder, environment)
    cost = measure([*programs, "autograde", module, "--force"], folder, environment)
    notebooks = list((folder / "autograded").glob(f"*/{module}/*.ipynb"))
    assert len({path.parent for path in notebooks}) == students, cost.said
    shutil.rmtree(folder)
    return cost


def _floor(root: Path, module: str, students: int) -> Cost:
    workers = os.cpu_count() or 1
    command = [sys.executable, __file__, "--floor", str(root), module, str(students), str(workers)]
    return measure(command, root / "source" / module, _environment(root))


def floor(root: Path, module: str, students: int, workers: int) -> None:
    """Run the reference's cells `students` times, each notebook in a forked child, `workers` at once."""
    import IPython.display  # noqa: F401  # warm: what a check imports when it is called

    from watchkeeper.check import call, handout  # noqa: F401  # warm: what the cells import
    from watchkeeper.recording import Library
    from watchkeeper.staff.sandbox import needs

    os.environ.update(
        NBGRADER_EXECUTION="autograde", MPLBACKEND="agg", WATCHKEEPER_HELD_BACK=str(root / "datasets" / "held-back")
    )
    paths = sorted((root / "source" / module).glob("*.ipynb"))
    names = {card.parent.name for card in (root / "datasets").glob("*/card.toml")}
    for notebook in (json.loads(path.read_text(encoding="utf-8")) for path in paths):
        for name in needs.imported_by(notebook):
            __import__(name)
        Library().read_ahead(needs.opened_by(notebook, names))
    notebooks = [cells(path) for path in paths]
    running = 0
    for _ in range(students):
        for notebook in notebooks:
            if running == workers:
                os.wait()
                running -= 1
            if os.fork() == 0:
                bare(notebook)
            running += 1
    for _ in range(running):
        os.wait()


def cells(path: Path) -> list[str]:
    """The code cells of a notebook that plain Python can run."""
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = [
        one["source"] if isinstance(one["source"], str) else "".join(one["source"])
        for one in found
        if one["cell_type"] == "code"
    ]
    return [text for text in texts if not text.lstrip().startswith(("!", "%"))]


def bare(notebook: Sequence[str]) -> None:
    """Run the cells one after the other, with nothing around them, and end this process."""
    space: dict[str, object] = {"display": lambda *_: None}
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    for text in notebook:
        try:
            exec(compile(text, "<cell>", "exec"), space)
        except Exception:  # a check raises an error to say that it has not been judged yet
            continue
    os._exit(0)


if __name__ == "__main__":
    main()
