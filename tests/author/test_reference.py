"""The reference runs as a submission does: it must show what a kernel shows, and no run may touch the next."""

from __future__ import annotations

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from watchkeeper.check.handout import HELD_BACK
from watchkeeper.staff.author import course as courses
from watchkeeper.staff.author import lesson, marking, reference
from watchkeeper.staff.errors import BuildError

ROOT = Path(__file__).parent.parent.parent
DATASETS = ROOT / "datasets"


def of_cells(*sources, seconds=20):
    notebook = new_notebook(cells=[new_code_cell(text) for text in sources])
    return reference.run(notebook, [], DATASETS, seconds_a_cell=seconds).cells


def in_a_kernel(notebook, beside):
    """As plain nbgrader runs it, where functions are called in the kernel on the recordings that are held back."""
    notebook = nbformat.from_dict(notebook)
    client = NotebookClient(
        notebook,
        timeout=120,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(beside.parent)}},
    )
    said = {"NBGRADER_EXECUTION": "autograde", "WATCHKEEPER_DATASETS": str(DATASETS)}
    client.execute(env={**os.environ, **said, HELD_BACK: str(DATASETS / "held-back")})
    return notebook


def kinds(cell):
    """What a cell shows, in any order: displays without their ids, errors by name and words."""
    said = [(one.output_type, one.get("ename"), one.get("evalue"), sorted(one.get("data", {}))) for one in cell.outputs]
    return sorted(said, key=repr)


def test_a_lesson_shows_what_a_kernel_shows_and_hands_out_the_same_answers():
    course = courses.read(ROOT)
    module, name = course.modules[0], "first-watch"
    folder = ROOT / "source" / module.name
    notebook, beside = lesson.read(folder / f"{name}.ipynb"), folder / "key.json"
    ours, kernels = reference.run(notebook, [beside], DATASETS, DATASETS / "held-back"), in_a_kernel(notebook, beside)
    questions = marking.load(module).questions
    assert reference.answers(name, ours, questions) == reference.answers(name, kernels, questions)
    pairs = zip(ours.cells, kernels.cells, strict=True)
    code = [(one, other) for one, other in pairs if one.cell_type == "code"]
    assert [kinds(one) for one, _ in code] == [kinds(other) for _, other in code]


def test_values_streams_and_errors_are_told_apart():
    value, printed, warned, failed, after = of_cells(
        "1 + 1", "print('said')", "import sys\nprint('warned', file=sys.stderr)", "1 / 0", "'still here'"
    )
    assert value.outputs[0].output_type == "execute_result" and value.outputs[0].data["text/plain"] == "2"
    assert (printed.outputs[0].name, printed.outputs[0].text) == ("stdout", "said\n")
    assert (warned.outputs[0].name, warned.outputs[0].text) == ("stderr", "warned\n")
    assert failed.outputs[-1].ename == "ZeroDivisionError"
    assert after.outputs[0].data["text/plain"] == "'still here'"


def test_a_run_leaves_nothing_to_the_next():
    of_cells("import pandas\npandas.kept = left = 1")
    (found,) = of_cells("import pandas\n(hasattr(pandas, 'kept'), 'left' in globals())")
    assert found.outputs[0].data["text/plain"] == "(False, False)"


def test_a_run_sees_its_own_environment_and_folder_and_no_other(monkeypatch, tmp_path):
    monkeypatch.setenv(HELD_BACK, "elsewhere")
    (tmp_path / "note.txt").write_text("here")
    code = f"import os\n({HELD_BACK!r} in os.environ, os.listdir(), os.listdir(os.path.expanduser('~')))"
    notebook = new_notebook(cells=[new_code_cell(code)])
    (cell,) = reference.run(notebook, [tmp_path / "note.txt"], DATASETS).cells
    assert cell.outputs[0].data["text/plain"].startswith("(False, ['note.txt'], ")


def test_a_cell_that_never_ends_is_interrupted_and_the_next_one_runs():
    stuck, after = of_cells("while True:\n    pass", "'next'", seconds=0.5)
    assert [one.ename for one in stuck.outputs if one.output_type == "error"] == ["KeyboardInterrupt"]
    assert after.outputs[0].data["text/plain"] == "'next'"


def test_a_process_that_dies_stops_its_own_run_only_and_the_builder_says_where():
    notebook = new_notebook(cells=[new_code_cell("import os\nos._exit(3)"), new_code_cell("1")])
    ran = reference.run(notebook, [], DATASETS)
    assert [[one.ename for one in cell.outputs] for cell in ran.cells] == [["Stopped"], []]
    with pytest.raises(BuildError, match=r"The reference of x stops: Stopped: .*\nin: import os"):
        reference.answers("x", ran, {})
    (alive,) = of_cells("'alive'")
    assert alive.outputs[0].data["text/plain"] == "'alive'"


FUNCTION = """
from watchkeeper.check import check
LIMIT = 5
def busiest(spans):
    return spans[spans.kind == "SERVER"].service.value_counts().idxmax()
{between}
check("busiest-service", busiest)
"""


@pytest.mark.parametrize("between", ["", "busiest.seen = []"], ids=["frozen", "forked"])
def test_functions_are_called_after_the_run_on_recordings_that_it_never_sees(between):
    """By both ways in which a function is kept: as a frozen copy, and in a copy of the whole process."""
    notebook = new_notebook(cells=[new_code_cell("import os\nos.environ.get('WATCHKEEPER_HELD_BACK')")])
    notebook.cells.append(new_code_cell(FUNCTION.format(between=between)))
    notebook.cells[-1].metadata["nbgrader"] = {"grade": True, "solution": False, "grade_id": "busiest-service"}
    key = ROOT / "source" / "00-welcome" / "key.json"
    public, held_back = (
        reference.handed_out(reference.run(notebook, [key], DATASETS, folder).cells[-1])
        for folder in (None, DATASETS / "held-back")
    )
    for (answer,) in (public, held_back):
        assert answer["question"] == "busiest-service" and all(one["plain"] for one in answer["results"])
    inputs = [[one["input"] for one in answer["results"]] for (answer,) in (public, held_back)]
    assert inputs[0] == inputs[1] and len(inputs[0]) > 2


def test_a_builders_many_processes_do_not_count_as_a_notebooks():
    """Without a box the user is the builder, whose desktop has more processes than a notebook may start."""
    (found,) = of_cells("import resource\nresource.getrlimit(resource.RLIMIT_NPROC)[0] != 32")
    assert found.outputs[0].data["text/plain"] == "True"
