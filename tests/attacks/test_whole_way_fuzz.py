"""A right notebook with random changes is restored, run in the box and judged: there is always a result.

Each run of the tests grades forty notebooks. For more: WATCHKEEPER_FUZZ=1000 python -m pytest <this file>
"""

from __future__ import annotations

import copy
import json
import os
from dataclasses import replace
from typing import Any

import classroom
import nbformat
from classroom import MODULE, NOTEBOOK, RIGHT, Class, Row
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchkeeper.check.codec import from_plain, to_plain
from watchkeeper.staff.grade import submission as unit
from watchkeeper.staff.grade.gradebook.autograded import text
from watchkeeper.staff.grade.result import FAILED, GRADED, REPAIRED, Result, Submission
from watchkeeper.staff.grade.sanitize.notebook import safe
from watchkeeper.staff.sandbox.box.walls import Budget

SOME = settings(
    max_examples=int(os.environ.get("WATCHKEEPER_FUZZ", "40")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
SHORT = Budget(cell_seconds=1, notebook_seconds=5)
NAME = f"{NOTEBOOK}.ipynb"

WORDS = st.sampled_from(["", "code", "markdown", "raw", "x = 1", "nbgrader", "the-root", "\0", "\ud800", "é", "true"])
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=9))
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.one_of(WORDS, st.text(max_size=5)), inner, max_size=3)
    ),
    max_leaves=6,
)
CODE = st.sampled_from(
    [
        "1/0",
        "raise SystemExit",
        "exit()",
        "import os; os._exit(3)",
        "while True: pass",
        "del root",
        "root = busiest = 3",
        "def busiest(spans): return spans",
        "def busiest(spans): raise ValueError(spans)",
        "busiest = max",
        "(((",
        "\0",
        "%reset -f",
        "%%bash\nexit 1",
        "check('the-root', root)",
        "check = print",
        "print('x' * 10**7)",
        "await 3",
        "?len",
        "display({'text/html': 3}, raw=True)",
        "display({'application/json': [1]}, raw=True)",
        "root = 10 ** 400",
        "from IPython.display import HTML; HTML('<script>alert(1)</script>')",
        "get_ipython().kernel.do_shutdown(True)",
        "root = {'a': float('nan')}",
        "both_ms = float('inf')",
        "typical_ms = '\\ud800'",
        "import sys; sys.exit('\\ud800')",
        "raise type('E' * 9000, (Exception,), {})('m' * 10**6)",
        "import sys; sys.stdout = None",
        "import ctypes; ctypes.string_at(0)",
    ]
)


@st.composite
def contents(draw) -> Any:
    """(changes to the notebook, a way to damage the bytes of the file, where to damage them in percent)."""
    places = st.integers(0, 40)
    change = st.one_of(
        st.tuples(st.just("code"), places, CODE),
        st.tuples(st.just("code"), places, CODE),
        st.tuples(st.just("insert"), places, CODE),
        st.tuples(st.just("double"), places, places),
        st.tuples(st.just("delete"), places, st.none()),
        st.tuples(st.just("move"), places, places),
        st.tuples(st.sampled_from(["source", "metadata", "cell_type", "id", "outputs", "mark"]), places, JUNK),
        st.tuples(st.just("cell"), places, JUNK),
        st.tuples(st.just("notebook"), WORDS, JUNK),
    )
    how = draw(st.sampled_from(["", "", "", "", "utf-16", "latin-1", "cut", "flip"]))
    return draw(st.lists(change, min_size=1, max_size=6)), how, draw(st.integers(0, 99))


def changed(notebook: dict[str, Any], changes: list[Any]) -> dict[str, Any]:
    """The notebook after all changes, each of which is (what, place, new value)."""
    for what, place, new in changes:
        cells = notebook["cells"]
        number = place % len(cells) if isinstance(place, int) and cells else 0
        if what == "notebook":
            notebook["metadata"] = {place: new}
        elif what in ("insert", "cell"):
            own = {"cell_type": "code", "id": f"own-{place}", "metadata": {}, "source": new, "outputs": []}
            cells.insert(number, own if what == "insert" else new)
        elif not cells or not isinstance(cells[number], dict):
            continue
        elif what == "double":
            cells.insert(new % len(cells), copy.deepcopy(cells[number]))
        elif what == "move":
            cells.insert(new % len(cells), cells.pop(number))
        elif what == "delete":
            del cells[number]
        elif what == "mark":
            cells[number]["metadata"] = {"nbgrader": {"grade_id": new}}
        else:
            cells[number]["source" if what == "code" else what] = new
    return notebook


def damaged(content: str, how: str, place: int) -> bytes:
    if how in ("utf-16", "latin-1"):
        return content.encode(how, "replace")
    raw = content.encode(errors="replace")
    position = len(raw) * place // 100
    return {"cut": raw[:position], "flip": raw[:position] + b"\xff" + raw[position + 1 :]}.get(how, raw)


def check_result(result: Result) -> None:
    """It has a reason if it failed, valid notebooks and marks, and survives being written and read."""
    assert result.state in (GRADED, REPAIRED, FAILED)
    assert result.reason or result.state != FAILED
    for graded in result.notebooks:
        nbformat.validate(nbformat.from_dict(copy.deepcopy(graded.notebook)))
        stored = text(safe(graded.notebook))
        nbformat.validate(nbformat.reads(stored, as_version=4))
        assert [mark.possible for mark in graded.marks] == [1, 1, 3, 2]
        assert all(0 <= mark.points <= mark.possible for mark in graded.marks)
    assert from_plain(Result, json.loads(json.dumps(to_plain(result), allow_nan=False))) == result
    classroom.everything(result).encode()


def test_a_changed_notebook_has_a_result_and_the_next_one_is_graded(room: Class):
    right = room.submission(Row("ada", answers=RIGHT))
    seen = []

    with replace(room.runner, budget=SHORT) as runner:

        @SOME
        @given(contents())
        def hold(case):
            changes, how, place = case
            notebook = changed(json.loads(right.files[NAME]), changes)
            content = damaged(json.dumps(notebook, ensure_ascii=False), how, place)
            result = unit.grade_one(room.edition, Submission("bo", MODULE, {NAME: content}), runner, room.inputs)
            check_result(result)
            seen.append(result)
            honest = unit.grade_one(room.edition, right, runner, room.inputs)
            assert (honest.state, honest.points) == (GRADED, 7.0)

        hold()
    # If all of them were refused, or all of them right, this test would prove nothing.
    assert {result.state for result in seen} >= {REPAIRED, FAILED}
    assert len({result.points for result in seen}) > 3
