"""Rehearsals stand in for kernels: the same cells must give the same outputs, and no run may touch the next."""

from __future__ import annotations

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import marking, reference, rehearsal, source

ROOT = Path(__file__).parent.parent.parent


def of_cells(*sources, seconds=20, folder="."):
    notebook = new_notebook(cells=[new_code_cell(text) for text in sources])
    return rehearsal.run(notebook, folder, {}, seconds).cells


def in_a_kernel(notebook, beside, datasets, held_back):
    notebook = nbformat.from_dict(notebook)
    client = NotebookClient(
        notebook,
        timeout=120,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(beside.parent)}},
    )
    client.execute(env=reference.graded_environment(datasets, held_back))
    return notebook


def kinds(cell):
    """What a cell shows, in any order: displays without their ids, errors by name and words."""
    said = [(one.output_type, one.get("ename"), one.get("evalue"), sorted(one.get("data", {}))) for one in cell.outputs]
    return sorted(said, key=repr)


def test_a_rehearsed_lesson_shows_what_a_kernel_shows_and_hands_out_the_same_answers():
    course = courses.read(ROOT)
    module, name = course.modules[0], "first-watch"
    folder = ROOT / "source" / module.name
    notebook, beside = source.read(folder / f"{name}.ipynb"), folder / "key.json"
    datasets = ROOT / "datasets"
    rehearsed = reference.run(notebook, [beside], datasets, datasets / "held-back")
    real = in_a_kernel(notebook, beside, datasets, datasets / "held-back")
    questions = marking.load(module).questions
    assert reference.answers(name, rehearsed, questions) == reference.answers(name, real, questions)
    pairs = zip(rehearsed.cells, real.cells, strict=True)
    code = [(ours, theirs) for ours, theirs in pairs if ours.cell_type == "code"]
    assert [kinds(ours) for ours, _ in code] == [kinds(theirs) for _, theirs in code]


def test_values_streams_and_errors_are_told_apart():
    value, printed, failed, after = of_cells("1 + 1", "print('said')", "1 / 0", "'still here'")
    assert value.outputs[0].output_type == "execute_result" and value.outputs[0].data["text/plain"] == "2"
    assert (printed.outputs[0].name, printed.outputs[0].text) == ("stdout", "said\n")
    assert failed.outputs[-1].ename == "ZeroDivisionError"
    assert after.outputs[0].data["text/plain"] == "'still here'"


def test_a_run_leaves_nothing_to_the_next():
    of_cells("import pandas\npandas.kept = left = 1")
    (found,) = of_cells("import pandas\n(hasattr(pandas, 'kept'), 'left' in globals())")
    assert found.outputs[0].data["text/plain"] == "(False, False)"


def test_a_run_sees_the_environment_that_it_is_given_and_no_other(monkeypatch):
    monkeypatch.setattr(rehearsal, "_parent", None)  # another one, which is started with this variable
    monkeypatch.setenv("WATCHKEEPER_HELD_BACK", "elsewhere")
    (found,) = of_cells("import os\n'WATCHKEEPER_HELD_BACK' in os.environ")
    assert found.outputs[0].data["text/plain"] == "False"


def test_a_cell_that_never_ends_is_interrupted_and_the_next_one_runs():
    stuck, after = of_cells("while True:\n    pass", "'next'", seconds=0.5)
    assert stuck.outputs[-1].ename == "KeyboardInterrupt"
    assert after.outputs[0].data["text/plain"] == "'next'"


def test_a_child_that_dies_costs_its_own_run_only():
    (dead,) = of_cells("import os\nos._exit(3)")
    assert dead.outputs[-1].ename == "DeadKernel"
    (alive,) = of_cells("'alive'")
    assert alive.outputs[0].data["text/plain"] == "'alive'"
