"""Plain nbgrader's time limit: it counts what the kernel uses, and a busy machine gives no zero."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.preprocessors.execute import UnresponsiveKernelError

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade.nbgrader import execute
from watchkeeper.staff.grade.nbgrader.execute import Execute
from watchkeeper.staff.sandbox.meter import Meter

LATE = "CellTimeoutError"


def run(*sources: str, timeout: int = 1) -> list:
    """The outputs of the cells."""
    notebook = new_notebook(cells=[new_code_cell(one) for one in sources])
    Execute(timeout=timeout, kernel_name="python3").preprocess(notebook, {})
    return [cell.outputs for cell in notebook.cells]


def test_a_late_cell_is_interrupted_and_the_next_one_runs():
    loops, sleeps, last = run("while True: pass", "import time; time.sleep(60)", "1 + 1")
    for outputs in (loops, sleeps):
        assert [one.ename for one in outputs if one.output_type == "error"] == ["KeyboardInterrupt", LATE]
    assert last[0].data == {"text/plain": "2"}


def test_a_cell_that_can_not_be_interrupted_ends_the_run(monkeypatch):
    monkeypatch.setattr(execute.Budget, "patience", 0.5)
    with pytest.raises(UnresponsiveKernelError):
        run("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass")


def test_time_in_which_the_machine_is_busy_with_something_else_does_not_count(monkeypatch):
    monkeypatch.setattr(Meter, "_count", lambda self: (0.0, True))
    (outputs,) = run("import time; time.sleep(2.5); 1 + 1")
    assert outputs[0].data == {"text/plain": "2"}


def test_a_machine_that_is_too_busy_is_an_error_and_no_zero(monkeypatch):
    monkeypatch.setattr(Meter, "_count", lambda self: (0.0, True))
    monkeypatch.setattr(execute, "wall_times", lambda: 0.1)
    with pytest.raises(GradingError, match="too busy"):
        run("import time; time.sleep(60)")


def test_what_earlier_cells_have_used_does_not_count_for_a_later_one():
    """The kernel is only looked at while a cell runs for some time."""
    burn = "import time\nend = time.process_time() + {}\nwhile time.process_time() < end: pass"
    *_, last = run(*[burn.format(0.15)] * 6, burn.format(0.6) + "\n1 + 1")
    assert last[0].data == {"text/plain": "2"}
