"""The commands of a mentor's day, in the order in which `demo-cohort` prints them."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from watchkeeper.commands import app
from watchkeeper.staff.grade.nbgrader.folder import configure

ROOT = Path(__file__).parents[2]
MODULE = "00-welcome"


def run(line: str, code: int = 0) -> str:
    found = CliRunner().invoke(app(), shlex.split(line))
    assert found.exit_code == code, f"{found.output}\n{found.exception!r}"
    return found.stdout


@pytest.fixture(scope="module")
def day(tmp_path_factory):
    """The folder of an invented cohort of three, and the two next commands that were printed."""
    folder = tmp_path_factory.mktemp("a day")
    said = run(f"demo-cohort --module {MODULE} --students 3 --root {shlex.quote(str(ROOT))} --out '{folder}'")
    return folder, re.findall(r"^  watchkeeper (.+)$", said, re.M)


def test_what_the_demo_prints_can_be_typed(day):
    folder, (taking, grading) = day
    assert "3 taken in, 0 unchanged, 0 refused." in run(taking)
    said = run(grading)
    assert "3 apprentices: 3 graded." in said and said.endswith("3 graded now.\n")
    assert run(grading).endswith("0 graded now, 3 unchanged.\n")
    where = f"--root '{ROOT}' --folder '{folder}'"
    assert "Known wrong ideas" in run(f"report {MODULE} --text {where}")
    for command in ("report", "feedback", "export"):
        written = [Path(path) for path in re.findall(r"^wrote (.+)$", run(f"{command} {MODULE} {where}"), re.M)]
        assert len(written) == (3 if command == "feedback" else 1) and all(path.stat().st_size for path in written)


def typed(line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a command of ours as a shell in `cwd` would."""
    program = f"{shlex.quote(sys.executable)} -c 'from watchkeeper.commands import main; main()'"
    return subprocess.run(line.replace("watchkeeper", program, 1), shell=True, cwd=cwd, capture_output=True, text=True)


COMMAND = re.compile(r"watchkeeper [a-z-]+ .+$", re.M)


@pytest.mark.parametrize("place", ["repository", "cohort", "elsewhere"])
def test_every_command_in_a_hint_runs_as_printed_where_it_was_printed(tmp_path, place):
    """From an empty folder with a space and a quote in its name: each hint leads to the next step."""
    folder = tmp_path / "a cohort's $work"
    folder.mkdir()
    configure(ROOT, folder)
    (tmp_path / "handed in").mkdir()
    notebook = (ROOT / "release" / MODULE / "first-watch.ipynb").read_bytes()
    cwd = {"repository": ROOT, "cohort": folder, "elsewhere": tmp_path}[place]
    where = "" if place == "cohort" else f"--root {shlex.quote(str(ROOT))} --folder {shlex.quote(str(folder))}"

    def hint(line: str) -> str:
        done = typed(line, cwd)
        assert done.returncode == 1 and "Traceback" not in done.stderr, done
        (found,) = COMMAND.findall(done.stdout + done.stderr)
        return found

    (tmp_path / "handed in" / "ada" / MODULE).mkdir(parents=True)
    (tmp_path / "handed in" / "ada" / MODULE / "first-watch.ipynb").write_bytes(notebook)
    source = shlex.quote(str(tmp_path / "handed in"))
    taking = hint(f"watchkeeper report {MODULE} {where}").replace("FOLDER_OR_ZIP", source)
    assert "1 taken in" in typed(taking, cwd).stdout
    grading = hint(f"watchkeeper export {MODULE} {where}")
    assert grading == hint(f"watchkeeper feedback {MODULE} ada {where}").replace(f"{MODULE} ada", MODULE)
    done = typed(grading, cwd)
    assert done.stdout.endswith("1 graded now.\n"), done
    with (folder / "nbgrader_config.py").open("a") as own:
        own.write("c.Execute.timeout = 29\n")
    done = typed(f"watchkeeper report {MODULE} --text {where}", cwd)
    assert "Execute.timeout = 30 in" in done.stderr and "has 29, and that file counts" in done.stderr
    (again,) = COMMAND.findall(done.stdout)
    assert again == grading and "1 submission was graded with another version of the course" in done.stdout
    assert typed(again, cwd).stdout.endswith("1 graded now.\n")


def test_students_who_were_not_asked_for_are_not_called_missing(day):
    _, (taking, grading) = day
    run(taking)
    said = run(grading.replace(MODULE, f"{MODULE} amara-okonkwo", 1))
    assert "1 apprentice: 1 graded." in said and "missing" not in said


def test_formgrader_finds_the_demos_folder(day):
    folder, _ = day
    assert str(ROOT) in (folder / "nbgrader_config.py").read_text(encoding="utf-8")


def test_a_file_that_is_not_a_class_list_is_refused_before_anything_is_graded(day, tmp_path):
    _, (taking, grading) = day
    run(taking)
    no_list = tmp_path / "class.csv"
    no_list.write_text("name\nAda\n")
    line = shlex.split(grading)
    line[line.index("--class") + 1] = str(no_list)
    found = CliRunner().invoke(app(), [*line, "--force"])
    assert (
        "is not a class list. It should be a CSV file with a column `student`" in str(found.exception)
        and not found.stdout
    )


def by_itself(folder, *words):
    """Run the command `grade` in its own process, until everything that it started has ended."""
    command = [sys.executable, "-c", "from watchkeeper.commands import main; main()", "grade", *words]
    return subprocess.run([*command, "--root", ROOT, "--folder", folder], capture_output=True, text=True, cwd=folder)


def test_a_grader_with_nothing_to_do_says_only_that(day):
    folder, (taking, grading) = day
    run(taking)
    run(grading)
    said = by_itself(folder, MODULE)
    assert said.stdout.endswith("0 graded now, 3 unchanged.\n") and said.stderr == ""


def test_a_grader_that_can_not_start_grading_leaves_no_process(day):
    folder, _ = day
    said = by_itself(folder, "99-none")
    assert said.returncode == 1 and said.stderr.startswith("The course has no module '99-none'.")
    assert said.stderr.count("\n") == 1
    assert not lost_processes()


def test_a_grader_that_dies_before_it_uses_its_warm_process_leaves_no_process():
    # 17, because an exception would end it with 1.
    dying = "import os; from watchkeeper.staff.sandbox import process; process.begin(); os._exit(17)"
    assert subprocess.run([sys.executable, "-c", dying], check=False).returncode == 17
    assert not lost_processes()


def lost_processes() -> set[Path]:
    """Warm processes whose grader has ended, and that still exist after twenty seconds."""
    until = time.monotonic() + 20
    while (found := set(filter(is_lost, Path("/proc").glob("[0-9]*")))) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def is_lost(process: Path) -> bool:
    try:
        parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
        return parent == 1 and b"watchkeeper.staff.sandbox.zygote" in (process / "cmdline").read_bytes()
    except OSError:  # it has ended meanwhile
        return False
