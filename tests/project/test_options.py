"""Every option that a printed sentence or a page tells people to use is one that a command has."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from tree import ROOT, tracked

from watchkeeper.commands import app

OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
COMMAND = re.compile(r"\bwatchkeeper ([a-z]+(?:-[a-z]+)*)\b([^\n`]*)")
OF_OTHERS = {
    "--duedate": "nbgrader db assignment add",  # printed by demo-cohort
    "--rm": "zstd and lz4, which keep a packed file otherwise",
}


def options(command: typer.core.TyperCommand, path: str = "") -> Iterator[tuple[str, str]]:
    """Every command with each of its options, and with `--help`."""
    yield path, "--help"
    for each in command.params:
        yield from ((path, name) for name in (*each.opts, *each.secondary_opts))
    for name, below in getattr(command, "commands", {}).items():
        yield from options(below, f"{path} {name}".strip())


def sentences(path: Path) -> Iterator[str]:
    """The string constants of a module that are more than one word: what may be printed, and docstrings."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value.strip():
            yield node.value


HAS = set(options(typer.main.get_command(app())))
NAMES = {name for _, name in HAS}


def test_every_option_in_a_sentence_is_one_that_a_command_has() -> None:
    modules = sorted((ROOT / "src" / "watchkeeper").rglob("*.py"))
    named = {(option, path.name) for path in modules for text in sentences(path) for option in OPTION.findall(text)}
    assert [(option, name) for option, name in sorted(named) if option not in NAMES | OF_OTHERS.keys()] == []
    assert ("--names", "export.py") in named


@pytest.mark.parametrize("page", [path.relative_to(ROOT).as_posix() for path in tracked("*.md")])
def test_every_option_on_a_page_is_one_that_its_command_has(page: str) -> None:
    if page == "CHANGELOG.md":  # tells of options that are gone
        return
    commands = {path for path, _ in HAS}
    wrong = [
        (command, option)
        for command, rest in COMMAND.findall((ROOT / page).read_text(encoding="utf-8"))
        if command in commands
        for option in OPTION.findall(rest.partition("#")[0])
        if not any(option == name for path, name in HAS if path.split()[:1] == [command])
    ]
    assert wrong == []
