"""The box for a grader who is not root: a few attacks of each kind, graded in a process of an ordinary user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from watchkeeper.check.codec import to_plain

SCRIPT = Path(__file__).with_name("as_ordinary_user.py")


@pytest.fixture(scope="module")
def printed(room):
    """What as_ordinary_user.py prints."""
    environment = os.environ | {"PYTHONPATH": str(SCRIPT.parent.parent.parent / "src")}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)],
        capture_output=True,
        text=True,
        env=environment,
        cwd="/",
        input=json.dumps(to_plain(room.edition)),
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_user_is_not_root(printed):
    assert printed["user"] != 0


def test_attacks_change_no_result(printed):
    points = {name: points for name, points, _ in printed["results"]}
    assert set(points.values()) == {7.0}


def test_attacks_read_and_gain_nothing(printed):
    shown = {name: text for name, _, text in printed["results"]}
    assert "GOT []" in shown["reads"]
    assert "RIGHTS -1 -1 -1 1000" in shown["rights"]


def test_nothing_tells_about_other_submissions_and_the_memory_of_the_kernel_is_limited(printed):
    shown = {name: text for name, _, text in printed["results"]}
    assert "WORKS []" in shown["traces"]
    assert "SMALL True" in shown["sockets"] and "SMALL True" in shown["pipes"]
    assert "GOT []" in shown["unopened"]
    assert "FEW True [b'FULL" in shown["terminals"]
    assert "FEW True (64, 64) (0, 0)\nFIRST 1000\nSTILL FIRST" in shown["timers"]


@pytest.mark.parametrize("name", ["loops", "sleeps"])
def test_a_late_cell_is_interrupted(printed, name):
    shown = {name: text for name, _, text in printed["results"]}
    assert "it used more than the 3 s" in shown[name]


def test_no_process_is_left(printed):
    assert printed["left"] == 2  # the warm process and the process that watches the memory
