"""The runner alone: when it refuses to run, and that the data it lends to notebooks does not change."""

from __future__ import annotations

import copy
import os
import signal
import tempfile
import time
from pathlib import Path

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from watchkeeper.staff.errors import RunnerError
from watchkeeper.staff.sandbox import process, runner
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.runner import Inputs, Runner

DATASETS = Path(__file__).parents[2] / "datasets"


def test_an_environment_around_the_course_is_refused(monkeypatch):
    monkeypatch.setattr(runner, "interpreter", lambda: [str(DATASETS.parent)])
    with pytest.raises(RunnerError, match="holds the course itself"), Runner(DATASETS):
        pass


def test_a_box_that_cannot_be_made_is_a_sentence_and_nothing_runs(monkeypatch):
    monkeypatch.setattr(runner, "interpreter", list)  # inside, Python finds no packages
    with pytest.raises(RunnerError, match="can't be made here"), Runner(DATASETS) as made:
        made.run(["1 + 1"], {})


def test_a_warm_process_that_can_not_import_says_what(monkeypatch, tmp_path):
    (tmp_path / "IPython.py").write_text("raise ImportError('this one is broken')")
    monkeypatch.setattr(process, "HOUSE", tmp_path / "watchkeeper")
    (tmp_path / "watchkeeper").symlink_to(runner.HOUSE)
    with pytest.raises(RunnerError, match="ImportError: this one is broken"), Runner(DATASETS) as made:
        made.run(["1 + 1"], {})


def test_a_warm_process_that_has_ended_is_reported():
    with Runner(DATASETS, warm=()) as made:
        made.wait()
        os.kill(made._process.pid, signal.SIGKILL)
        while not made._process.has_ended():
            time.sleep(0.01)
        with pytest.raises(RunnerError, match="has ended"):
            made.run(["1 + 1"], {})


def test_nothing_of_a_runner_is_left(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Runner(DATASETS, warm=()) as made:
        assert made.run(["1 + 1"], {}).outputs[0][0]["data"] == {"text/plain": "2"}
        assert not list(tmp_path.iterdir()), "what is killed from here on leaves nothing behind"
        number = made._process.pid
    assert not Path(f"/proc/{number}").exists()


def test_a_notebook_finds_what_it_finds_in_a_kernel():
    options = "('display.max_columns', 'display.max_rows', 'display.width', 'display.notebook_repr_html')"
    sources = [f"import pandas\n[pandas.get_option(one) for one in {options}]", "(len(_), __, ___, len(In))"]
    notebook = new_notebook(cells=[new_code_cell(one) for one in sources])
    NotebookClient(notebook, kernel_name="python3").execute()
    with Runner(DATASETS) as made:
        cold, warm = made.run(sources, {}), made.run(sources, {})  # the first ones start before everything is warm
    for ran in (cold, warm):
        for cell, outputs in zip(notebook.cells, ran.outputs, strict=True):
            assert outputs[0]["data"] == cell.outputs[0]["data"]
            assert outputs[0]["execution_count"] == cell.execution_count


def test_what_is_lent_cannot_be_changed():
    inputs = Inputs("asked", b"pickled")
    try:
        with pytest.raises(PermissionError), open(inputs._path, "r+b") as file:
            file.write(b"forged")
    finally:
        inputs.close()
    assert not os.path.exists(inputs._path)


def test_a_cell_that_is_stopped_says_so_and_the_next_one_runs():
    with Runner(DATASETS, warm=(), budget=Budget(cell_seconds=1)) as made:
        ran = made.run(["while True:\n    pass", "1 + 1"], {})
    assert ran.stopped == ""
    assert ran.outputs[0][-1]["text"] == "This cell was stopped: it used more than the 1 s that a cell has.\n"
    assert ran.outputs[1][0]["data"] == {"text/plain": "2"}


@pytest.mark.parametrize("boxed", [True, False])
def test_recordings_are_read_ahead_once_and_a_notebook_finds_them(boxed):
    kept = "from watchkeeper.recording import Recording, ahead\nlen(ahead._tables)"
    spans = (
        "one, two = (Recording.open('monday-morning').spans for _ in range(2))\n"
        "(len(ahead._tables), one is two, one.equals(two))"
    )
    with Runner(DATASETS, boxed=boxed) as made:
        nothing = made.run([kept], {})
        for _ in range(2):  # a table that one notebook used is still there for the next
            ran = made.run([kept, spans], {}, opens=["monday-morning", "no-such-recording"])
            assert [outputs[0]["data"]["text/plain"] for outputs in ran.outputs] == ["3", "(2, False, True)"]
    assert nothing.outputs[0][0]["data"]["text/plain"] == "0"


def test_a_run_can_have_its_own_budget():
    with Runner(DATASETS, warm=(), budget=Budget(cell_seconds=30)) as made:
        ran = made.run(["while True:\n    pass"], {}, budget=Budget(cell_seconds=0.5))
    assert "more than the 0.5 s" in ran.outputs[0][-1]["text"]


CHECKED = """
import os, time
from watchkeeper.check import handout
from watchkeeper.check.answers import Text
from watchkeeper.check.question import Question

def ends(_): os._exit(0)
def sleeps(_): time.sleep(99)
def never_ends(_):
    while True:
        try: time.sleep(1)
        except BaseException: pass
def leaves_a_child(_):
    if os.fork() == 0: time.sleep(99)
    os._exit(0)
def adds(given): return given + '!'

def hand_out(name, answer):
    kind = "compute" if callable(answer) else "read"
    question = Question(name, kind, 1, Text("a text"), ({"case": "one"},), (), "Yes.")
    try: handout.hand_out(question, answer)
    except handout.NotJudged: pass

print("run", time.time_ns(), os.getpid())
hand_out("when", str(time.time_ns()))
"""


@pytest.fixture
def runs(monkeypatch):
    """Every run of a notebook in a box, in order."""
    seen, begin = [], runner.Sealed.__init__

    def remember(sealed, *given, **more):
        begin(sealed, *given, **more)
        seen.append(copy.deepcopy(sealed.ran))

    monkeypatch.setattr(runner.Sealed, "__init__", remember)
    return seen


@pytest.mark.parametrize("first", ["ends", "never_ends", "leaves_a_child"])
def test_of_a_second_run_only_what_functions_return_is_used(runs, first):
    """A function that has seen its input could tell a cell of a second run about it. Its output is not used."""
    inputs = [Inputs(name, runner.packed([("one", "x")])) for name in ("bad", "good")]
    sources = [CHECKED, f"hand_out('bad', {first})", "hand_out('good', adds)"]
    with Runner(DATASETS, budget=Budget(cell_seconds=0.5, patience=0.25)) as made:
        ran = made.run(sources, {}, inputs)
    for each in inputs:
        each.close()
    assert len(runs) == 2 and runs[0].outputs != runs[1].outputs
    assert ran.outputs == runs[0].outputs
    assert ran.answers[0] == runs[0].answers[0] != runs[1].answers[0]
    assert ran.answers[2] == [{"question": "good", "results": [{"input": "one", "plain": "x!"}]}]
    assert ran.answers[1] == [{"question": "bad", "results": runner.NO_ANSWER}]


def test_a_notebook_whose_functions_all_answer_runs_once(runs):
    """Also when one has to be interrupted, and when one was never checked."""
    inputs = [Inputs(name, runner.packed([("one", "x")])) for name in ("slow", "good", "never-checked")]
    with Runner(DATASETS, budget=Budget(cell_seconds=0.5)) as made:
        ran = made.run([CHECKED, "hand_out('slow', sleeps)", "hand_out('good', adds)"], {}, inputs)
    for each in inputs:
        each.close()
    assert len(runs) == 1
    assert ran.answers[1][0]["results"] == [{"input": "one", "problem": {"kind": "interrupted"}}]
    assert ran.answers[2] == [{"question": "good", "results": [{"input": "one", "plain": "x!"}]}]
