"""Every command that a command prints runs as it was printed, in the folder where it was printed."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import typer
from apprentice import ROOT
from typer.testing import CliRunner

from watchkeeper.commands import app
from watchkeeper.kit import folder as work
from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import everything, run, source
from watchkeeper.staff.recorder import compose

WORD = r"""(?:"[^"]*"|'[^']*'|[\w./-]+)"""
HINT = re.compile(rf"\bwatchkeeper ([a-z]+(?:-[a-z]+)*(?: {WORD})*)")
WELCOME = "00-welcome"
UsageError = typer.BadParameter.__mro__[1]  # typer has a click of its own


def typed(line: str) -> tuple[int, str]:
    """What a command answers, a user's mistake included, as in a terminal."""
    done = CliRunner().invoke(app(), shlex.split(line))
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def hints(said: str) -> list[str]:
    """The commands in a text, without the full stop of their sentence."""
    return [found.rstrip(".") for found in HINT.findall(said)]


def problem(line: str) -> str:
    """Why a command can't be typed here: wrong words, or a folder that is not what it needs; "" if it can."""
    command = typer.main.get_command(app())
    words = shlex.split(line)
    try:
        context = command.make_context("watchkeeper", words)
        while getattr(command, "commands", None):
            name, command, words = command.resolve_command(context, [*context._protected_args, *context.args])
            context = command.make_context(name, words, parent=context)
    except UsageError as error:
        return f"{line}: {error.message}"
    if "root" in context.params and not (Path(context.params["root"]) / "course" / "course.toml").is_file():
        return f"{line}: {Path(context.params['root']).resolve()} is not the course"
    for name in ("recordings", "source"):
        if name in context.params and not Path(context.params[name]).exists():
            return f"{line}: there is no {context.params[name]}"
    return ""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of the welcome module, in a folder with a space in its name."""
    root = tmp_path / "a course"
    for folder in ("course", "source", "release"):
        shutil.copytree(ROOT / folder / WELCOME, root / folder / WELCOME)
    parts = (ROOT / "course" / "course.toml").read_text(encoding="utf-8").split("[[module]]")[:2]
    (root / "course" / "course.toml").write_text("[[module]]".join(parts), encoding="utf-8")
    for name in ("nbgrader_config.py", "LICENSE", "LICENSE-CONTENT", "pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, root)
    (root / "src" / "watchkeeper").mkdir(parents=True)
    work.write(root / "datasets" / "LICENSE", b"")
    return root


def edited(root: Path) -> Callable[[], object]:
    path = root / "source" / WELCOME / "first-watch.ipynb"
    path.write_text(path.read_text(encoding="utf-8").replace("Monday morning", "Tuesday noon"), encoding="utf-8")
    return lambda: source.refuse_edited(courses.read(root))


def stale(root: Path) -> Callable[[], object]:
    (root / "release" / WELCOME / "key.json").unlink()
    files = {path.name: path.read_text(encoding="utf-8") for path in (root / "source" / WELCOME).iterdir()}
    made = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "release" / WELCOME).iterdir()}
    everything.several.each = lambda *_: iter([(files, made)])
    return lambda: everything.build(courses.read(root), root / "datasets", check=True, say=lambda _: None)


def without_release(root: Path) -> Callable[[], object]:
    shutil.rmtree(root / "release")
    return lambda: run.run(courses.read(root), "release", root / "datasets")


def without_notebooks(root: Path) -> str:
    shutil.rmtree(root / "release" / WELCOME)
    return f'kit --root "{root}"'


def without_recordings(root: Path) -> str:
    return f'kit --root "{root}"'


def without_one_for_the_series(root: Path) -> Callable[[], object]:
    return lambda: compose.compose(1, root / "datasets", root / "datasets")


FLOWS = [edited, stale, without_release, without_notebooks, without_recordings, without_one_for_the_series]


@pytest.mark.parametrize("inside", [True, False], ids=["in the course", "elsewhere"])
@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.__name__)
def test_what_an_error_tells_to_type_can_be_typed(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, flow: Callable, inside: bool
) -> None:
    monkeypatch.setattr(everything.several, "each", everything.several.each)  # so that it is put back
    what = flow(course)
    monkeypatch.chdir(course if inside else tmp_path)
    if isinstance(what, str):
        code, said = typed(what)
        assert code == 1
    else:
        with pytest.raises(Exception, match="watchkeeper ") as raised:
            what()
        said = str(raised.value)
    found = hints(said)
    assert found and [told for line in found if (told := problem(line))] == []
    assert ("--root" in said) == (not inside and "record" not in said)


def test_an_edit_is_taken_back_by_the_command_that_was_printed(
    course: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse = edited(course)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Exception, match="--take-back") as raised:
        refuse()
    monkeypatch.setattr(everything, "build", lambda *_: [])
    (line,) = hints(str(raised.value))
    code, said = typed(line)
    assert code == 0 and "took the edit back into course/00-welcome/first-watch/lesson.py" in said
    refuse()  # there is nothing to refuse any more


@pytest.mark.parametrize("line", ["record", "record no-such", "doctor", "shop status"])
def test_what_these_print_can_be_typed(kit: Path, monkeypatch: pytest.MonkeyPatch, line: str, tmp_path: Path) -> None:
    monkeypatch.chdir(kit)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    _, said = typed(line)
    assert [told for each in hints(said) if (told := problem(each))] == []


def test_the_demo_prints_what_can_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, said = typed(f'demo-cohort --module {WELCOME} --students 3 --root "{ROOT}" --out "{tmp_path / "a cohort"}"')
    found = hints(said)
    assert len(found) == 2 and [told for each in found if (told := problem(each))] == []


@pytest.mark.parametrize(
    "line", ["build --no-such", "bild", "build --root /tmp", "compose --out x --recordings no-such", "record a b"]
)
def test_what_can_not_be_typed_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    monkeypatch.chdir(tmp_path)
    assert problem(line)
