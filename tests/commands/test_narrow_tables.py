"""Tables that commands print: nothing is cut, in a pipe and in a terminal of any width."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

from watchkeeper.staff.commands import tables

ROWS = [
    ("01-critical-path/read-one-request", "8", "8 of 8"),
    ("01-critical-path/what-could-leave", "10", "10 of 10"),
    ("课程/王小明", "1", "0 of 1"),
]
HEADINGS = ("notebook", "questions", "points")


@pytest.mark.parametrize("columns", [None, 200, 80, 60, 40, 20, 5])
def test_every_cell_is_whole_and_no_two_rows_are_alike(columns: int | None) -> None:
    said = tables.text(HEADINGS, ROWS, columns)
    for row in ROWS:
        assert row[0] in said.splitlines() or any(line.startswith(row[0] + " ") for line in said.splitlines())
        assert all(cell in re.sub(r"\s+", " ", said) for cell in row)


def test_columns_are_aligned_for_letters_of_any_width() -> None:
    lines = tables.text(HEADINGS, ROWS).splitlines()
    assert len(lines) == 5
    assert {
        tables.cell_len(line[: line.index(of)]) for line, of in zip(lines[2:], ("8 of", "10 of", "0 of"), strict=True)
    } == {46}


def test_what_fits_is_a_table_and_what_does_not_is_a_paragraph_per_row() -> None:
    assert tables.text(HEADINGS, ROWS, 54).splitlines()[1].startswith("----")
    assert tables.text(HEADINGS, ROWS, 53).splitlines()[:2] == [ROWS[0][0], "  questions 8, points 8 of 8"]


COMMAND = """
from watchkeeper.staff.commands import tables
tables.show(("lesson", "minutes"), [("a" * 70, "1"), ("a" * 70 + "b", "2")])
"""


@pytest.mark.parametrize("piped", [True, False], ids=["pipe", "terminal"])
def test_in_sixty_columns_names_are_whole(piped: bool) -> None:
    environment = {**os.environ, "COLUMNS": "60"}
    ours, theirs = pty.openpty()
    out = subprocess.PIPE if piped else theirs
    process = subprocess.Popen([sys.executable, "-c", COMMAND], env=environment, stdout=out)
    os.close(theirs)
    said, _ = process.communicate(timeout=60)
    said = said if piped else os.read(ours, 10_000)
    os.close(ours)
    assert b"a" * 70 + b"b" in said and said.count(b"a" * 70) == 2
