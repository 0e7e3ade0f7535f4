"""What starts quickly stays quick: which modules a command or a room has imported, asked of a new process."""

from __future__ import annotations

import subprocess
import sys

import pytest
from tree import ROOT

HEAVY = {
    *("pandas", "numpy", "matplotlib", "IPython", "ipykernel", "sqlalchemy", "distributed", "uvicorn", "starlette"),
    *("nbgrader", "nbformat", "nbconvert", "jsonschema", "jupytext", "papermill"),
}
COMMAND = """
import sys
from watchkeeper.commands import main
sys.argv[1:] = {arguments!r}
try:
    main()
except SystemExit:
    pass
"""
GRADER = """
from watchkeeper.staff.grade import edition, intake, session, settings
from watchkeeper.staff.grade.report import terminal
"""
SETTINGS = f"""
import pathlib
from watchkeeper.staff.grade import settings
settings.read(pathlib.Path({str(ROOT)!r}))
"""


def imported(code: str) -> set[str]:
    """The packages that a new process has imported once it has run `code`, without Python's own."""
    code += "\nimport sys\nprint('imported:', *{name.partition('.')[0] for name, one in sys.modules.items() if one})"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return {*done.stdout.splitlines()[-1].split()[1:]} - sys.stdlib_module_names


def test_importing_the_package_imports_nothing_else() -> None:
    found = imported("import watchkeeper")
    assert "watchkeeper" in found and not found & (HEAVY | {"typer", "rich", "traitlets"}), found


def test_a_heavy_import_would_be_seen() -> None:
    assert {"pandas", "numpy"} <= imported("from watchkeeper import Recording")


@pytest.mark.parametrize("arguments", [["--help"], ["grade", "--help"], ["build", "--help"], ["submit", "--help"]])
def test_help_comes_without_what_the_command_needs_to_work(arguments: list[str]) -> None:
    found = imported(COMMAND.format(arguments=arguments))
    assert "typer" in found and not found & HEAVY, found & HEAVY


def test_the_configuration_is_read_without_nbgrader() -> None:
    found = imported(SETTINGS)
    assert "traitlets" in found and not found & HEAVY, found & HEAVY


def test_a_grader_that_has_nothing_to_grade_yet_imports_neither_pandas_nor_nbgrader() -> None:
    """What `watchkeeper grade` imports before the first submission: each second counts for every small class."""
    found = imported(GRADER)
    assert not found & (HEAVY - {"sqlalchemy"}), found & HEAVY
