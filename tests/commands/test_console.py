"""Every command prints names in any script to any console or pipe: what the encoding lacks is written as an escape."""

from __future__ import annotations

import ast
import io
import os
import pty
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from apprentice import MODULE, ROOT, answer
from rich.console import Console
from rich.progress import track
from rich.table import Table

import watchkeeper.commands as commands
from watchkeeper.errors import WatchkeeperError
from watchkeeper.kit import folder as work

NAMES = ("Łucja Nowak", "Ирина Соколова", "王小明", "سارة حداد", "মিতা সেন")
LOST = "caf\udce9"  # a file's name in another encoding, as Python reads it
ENCODINGS = ("cp1252", "ascii", "utf-8", "cp437", "gbk")
PROGRAM = [sys.executable, "-c", "from watchkeeper.commands import main; main()"]


class Kept(io.BytesIO):
    """Bytes that can still be read when the stream on top of them is gone."""

    def close(self) -> None:
        pass


class Typed:
    """The command, typed at a console or into a pipe of an encoding: its exit code, and what it wrote."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch
        monkeypatch.setattr(commands.gc, "freeze", lambda: None)

    def __call__(self, encoding: str, *arguments: str) -> tuple[int, str]:
        written = Kept()
        with self.monkeypatch.context() as patch:
            for name in ("stdout", "stderr"):
                patch.setattr(sys, name, io.TextIOWrapper(written, encoding, errors="strict", write_through=True))
            patch.setattr(sys, "argv", ["watchkeeper", *arguments])
            try:
                commands.main()
                code = 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
        return code, written.getvalue().decode(encoding)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Typed:
    return Typed(monkeypatch)


def names_everywhere(fails: bool) -> None:
    """A command's work: it prints names as text, in a table, in a progress bar and in color, or fails with one."""
    if fails:
        raise WatchkeeperError(f"There is no {LOST} of {NAMES[0]}.")
    table = Table("name", "…", title=NAMES[1])
    for name in (*NAMES, LOST):
        print(name)
        print(name, file=sys.stderr)
        table.add_row(name, "─" * 200)
    Console().print(table)
    with Console(stderr=True, force_terminal=True).status(NAMES[2]):
        list(track([1, 2], NAMES[3], console=Console(force_terminal=True)))
    print("done")


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_whatever_a_command_prints_it_ends_as_it_would_anywhere(
    typed: Typed, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.setattr(commands, "app", lambda: lambda: names_everywhere(fails=False))
    code, said = typed(encoding, "any-command")
    assert code == 0 and said.rstrip("\n").endswith("done")
    assert all(name in said for name in NAMES) or said.count("\\u") > 20
    monkeypatch.setattr(commands, "app", lambda: lambda: names_everywhere(fails=True))
    code, said = typed(encoding, "any-command")
    assert code == 1 and said.startswith("There is no caf")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "utf-8"])
@pytest.mark.parametrize("name", NAMES)
def test_a_submission_in_a_folder_of_that_name_is_reported_as_written(
    typed: Typed, kit: Path, monkeypatch: pytest.MonkeyPatch, name: str, encoding: str
) -> None:
    place = kit.rename(kit.parent / name)
    answer(place / "release" / MODULE / "first-watch.ipynb")
    monkeypatch.chdir(place)
    code, said = typed(encoding, "submit", MODULE, "--name", name)
    assert code == 0 and "Wrote " in said and "Send this one file to your mentor" in said
    (made,) = place.glob("submission-*.zip")
    assert zipfile.is_zipfile(made)
    code, again = typed(encoding, "submit", MODULE)  # the name was kept
    assert code == 0 and again == said
    code, said = typed(encoding, "doctor")
    assert code == 0 and "Everything you need is here." in said
    for card in place.glob("datasets/*/card.toml"):
        card.unlink()
    assert typed(encoding, "doctor")[0] == 1


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8"])
def test_a_name_in_another_encoding_is_refused_with_a_sentence(
    typed: Typed, kit: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    monkeypatch.chdir(kit)
    code, said = typed(encoding, "submit", MODULE, "--name", LOST)
    assert code == 1 and "another encoding" in said and list(kit.glob("*.zip")) == []


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_the_staffs_commands_in_a_folder_of_that_name(
    typed: Typed, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    root = small.rename(tmp_path / NAMES[2])
    out = str(tmp_path / NAMES[1] / "kit.zip")
    code, said = typed(encoding, "kit", "--root", str(root), "--out", out)
    assert code == 0 and said.startswith("wrote ") and Path(out).is_file()
    code, said = typed(encoding, "build", "--root", str(root))
    assert code == 1 and "course.toml" in said and "Traceback" not in said
    inbox = tmp_path / NAMES[3]
    work.write(inbox / f"{NAMES[4]}.zip", b"not an archive")
    code, said = typed(encoding, "take-in", str(inbox), "--root", str(ROOT), "--folder", str(tmp_path / NAMES[0]))
    assert code == 1 and "refused" in said and "Traceback" not in said
    code, said = typed(
        encoding, "demo-cohort", "--module", MODULE, "--students", "3", "--root", str(ROOT), "--out", out[:-4]
    )
    assert code == 0 and said.count("watchkeeper ") == 2


@pytest.mark.parametrize("piped", [True, False], ids=["pipe", "terminal"])
def test_a_real_console_of_windows_encoding(kit: Path, piped: bool) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"}
    command = [*PROGRAM, "submit", MODULE, "--name", NAMES[0]]
    if piped:
        done = subprocess.run(command, cwd=kit, env=environment, capture_output=True, check=True)
        said = done.stdout
        assert done.stderr == b""
    else:
        ours, theirs = pty.openpty()
        process = subprocess.Popen(command, cwd=kit, env=environment, stdout=theirs, stderr=theirs)
        os.close(theirs)
        assert process.wait(60) == 0
        said = os.read(ours, 100_000)
        os.close(ours)
    assert b"Wrote " in said and rb"\u0142" in said


READS_OR_WRITES = {"open", "read_text", "write_text", "fdopen", "TextIOWrapper", "NamedTemporaryFile"}
OURS = {"Recording", "recording", "Library", "library", "Book", "archive", "self", "webbrowser", "os", "warm", "typer"}


def opened_in_the_consoles_encoding(text: str) -> list[int]:
    """The lines that open a text file, or a process's text, without saying in which encoding."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        values = [each.value for each in (*node.args, *given.values()) if isinstance(each, ast.Constant)]
        binary = any(
            isinstance(each, str) and each.strip("+") in ("rb", "wb", "ab", "xb", "br", "bw") for each in values
        )
        positional = name == "read_text" and len(node.args) == 1
        if name in READS_OR_WRITES and isinstance(node.func, ast.Attribute):
            whose = node.func.value
            binary |= isinstance(whose, ast.Name) and whose.id in OURS
        if name in READS_OR_WRITES and "encoding" not in given and not binary and not positional:
            found.append(node.lineno)
        if isinstance(given.get("text"), ast.Constant) and given["text"].value is True and "encoding" not in given:
            found.append(node.lineno)
    return found


def test_every_file_is_opened_in_an_encoding_that_is_named() -> None:
    modules = sorted((ROOT / "src" / "watchkeeper").rglob("*.py"))
    modules = [path for path in modules if "sandbox" not in path.parts]  # Linux only; its files are the kernel's
    found = {
        path.relative_to(ROOT).as_posix(): lines
        for path in modules
        if (lines := opened_in_the_consoles_encoding(path.read_text(encoding="utf-8")))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("path.read_text()", 1),
        ("path.write_text(x)", 1),
        ("open(name)", 1),
        ("path.open('a')", 1),
        ("subprocess.run(x, text=True)", 1),
        ("path.read_text('utf-8')", 0),
        ("path.open('rb')", 0),
        ("open(name, encoding='utf-8')", 0),
    ],
)
def test_a_file_without_an_encoding_is_noticed(line: str, number: int) -> None:
    assert len(opened_in_the_consoles_encoding(line)) == number
