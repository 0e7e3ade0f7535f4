"""Whatever is done to a notebook, the grader gets the course's own checks and points, or a sentence that says why not.

A few hundred notebooks in each run of the tests, more on demand: WATCHKEEPER_FUZZ=10000 python -m pytest <this file>
"""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from watchkeeper.staff.errors import Unreadable
from watchkeeper.staff.grade.restore import parse
from watchkeeper.staff.grade.restore.choose import choose
from watchkeeper.staff.grade.restore.notebook import Restored, restore

ROOT = Path(__file__).parent.parent.parent
RELEASES = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(ROOT.glob("release/*/*.ipynb"))]
LONG = settings(
    max_examples=int(os.environ.get("WATCHKEEPER_FUZZ", "300")),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

WORDS = st.sampled_from(
    [
        "",
        "code",
        "markdown",
        "raw",
        "heading",
        "html",
        "check('x', 1)",
        "import os",
        "x = 1\n",
        "\r\n",
        "\0",
        "\ud800",
        "é",
        "def f():\n  pass",
        "nbgrader",
        "image/png",
        "aGk=",
        "true",
    ]
)
LEAVES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), WORDS, st.text(max_size=20))
JUNK = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(WORDS, st.text(max_size=8)), inner, max_size=4)
    ),
    max_leaves=8,
)
ENCODINGS = ["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "cp037"]
KEYS = ["cell_type", "id", "metadata", "source", "outputs", "execution_count", "attachments", "input", "level"]


def set_key(draw, cells):
    draw_cell(draw, cells)[draw(st.sampled_from(KEYS))] = draw(JUNK)


def set_text(draw, cells):
    draw_cell(draw, cells)["source"] = draw(st.one_of(WORDS, st.lists(WORDS, max_size=3), st.text(max_size=20)))


def drop_key(draw, cells):
    draw_cell(draw, cells).pop(draw(st.sampled_from(KEYS)), None)


def set_mark(draw, cells):
    mark = draw_cell(draw, cells).get("metadata")
    mark = mark.setdefault("nbgrader", {}) if isinstance(mark, dict) else None
    if isinstance(mark, dict):
        mark[draw(st.sampled_from(["grade_id", "grade_id", "solution", "grade", "locked", "points"]))] = draw(JUNK)


def swap_marks(draw, cells):
    one, other = draw_cell(draw, cells), draw_cell(draw, cells)
    one["metadata"], other["metadata"] = other.get("metadata"), one.get("metadata")


def double(draw, cells):
    cells.insert(draw(st.integers(0, len(cells))), copy.deepcopy(draw_cell(draw, cells)))


def delete(draw, cells):
    start = draw(st.integers(0, len(cells)))
    del cells[start : start + draw(st.sampled_from([1, 1, 1, 5, 30]))]


def move(draw, cells):
    if cells:
        cells.insert(draw(st.integers(0, len(cells))), cells.pop(draw(st.integers(0, len(cells) - 1))))


def add(draw, cells):
    cells.insert(draw(st.integers(0, len(cells))), draw(JUNK))


def lose_all(draw, cells):
    key = draw(st.sampled_from(["metadata", "id"]))
    for cell in cells:
        if isinstance(cell, dict):
            cell.pop(key, None)


def split(draw, cells):
    cell = draw_cell(draw, cells)
    if isinstance(source := cell.get("source"), list) and source and all(isinstance(one, str) for one in source):
        at = draw(st.integers(0, len(source)))
        cells.append(copy.deepcopy(cell) | {"source": source[at:]})
        cell["source"] = source[:at]


CHANGES = [set_key, set_key, set_text, drop_key, set_mark, swap_marks, double, delete, move, add, lose_all, split]


def draw_cell(draw, cells) -> dict[str, Any]:
    dicts = [cell for cell in cells if isinstance(cell, dict)]
    return draw(st.sampled_from(dicts)) if dicts else {}


@st.composite
def notebooks(draw):
    """The bytes of a notebook with many changes, and the release that it was made from."""
    release = draw(st.sampled_from(RELEASES))
    notebook = copy.deepcopy(release)
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=8)):
        change(draw, notebook["cells"])
    if draw(st.integers(0, 4)) == 0:
        notebook[draw(st.sampled_from(["nbformat", "nbformat_minor", "metadata", "cells", "worksheets"]))] = draw(JUNK)
    if draw(st.integers(0, 9)) == 0:
        notebook = {"nbformat": draw(st.sampled_from([1, 2, 3, 3, 3])), "worksheets": [notebook]}
    text = json.dumps(notebook, ensure_ascii=draw(st.booleans()))
    content = text.encode(draw(st.sampled_from(ENCODINGS)), "replace" if draw(st.booleans()) else "xmlcharrefreplace")
    return release, draw(damaged(content))


@st.composite
def damaged(draw, content):
    """Mostly the content as it is; otherwise with some bytes changed, cut off, doubled or inserted."""
    how = draw(st.sampled_from(["whole"] * 6 + ["flip", "flip", "cut", "double", "insert"]))
    at = draw(st.integers(0, len(content)))
    if how == "flip":
        made = bytearray(content)
        for place in draw(st.lists(st.integers(0, len(content) - 1), max_size=6)):
            made[place] ^= draw(st.integers(1, 255))
        return bytes(made)
    if how == "insert":
        return content[:at] + draw(st.binary(max_size=40)) + content[at:]
    return {"cut": content[:at], "double": content[:at] + content, "whole": content}[how]


def held(release: dict[str, Any], made: Restored) -> None:
    """The property: only what may change in the course's cells has changed, and added cells are bare."""
    known = {cell["id"]: cell for cell in release["cells"]}
    cells = made.notebook["cells"]
    assert [cell["id"] for cell in cells if cell["id"] in known] == list(known)
    assert len({cell["id"] for cell in cells}) == len(cells) <= parse.CELLS + len(known)
    assert {**made.notebook, "cells": 0} == {**release, "cells": 0}
    answers = set()
    for cell in cells:
        released = known.get(cell["id"], {"metadata": {}})
        mark = released["metadata"].get("nbgrader", {})
        assert cell["metadata"] == released["metadata"]
        assert cell["cell_type"] in ("code", "markdown", "raw")
        assert isinstance(cell["source"], str) and "\0" not in cell["source"]
        assert len(cell["source"]) <= parse.SOURCE + 1000
        allowed = {"id", "cell_type", "metadata", "source"}
        allowed |= {"outputs", "execution_count"} if cell["cell_type"] == "code" else {"attachments"}
        assert set(cell) <= allowed and not cell.get("outputs") and cell.get("execution_count") is None
        if mark:
            assert cell["cell_type"] == released["cell_type"]
            same = cell["source"] == "".join(released["source"])
            assert same or mark["solution"]
            answers |= set() if same else {mark["grade_id"]}
        elif "parameters" in released["metadata"].get("tags", ()):
            assert cell["source"].endswith("".join(released["source"]))
    assert made.changed == answers
    assert sum(map(len, made.notes)) < 20_000
    json.dumps(made.notebook, ensure_ascii=False, allow_nan=False).encode()
    json.dumps(made.notes, ensure_ascii=False).encode()


@LONG
@given(notebooks())
def test_a_notebook_is_restored_or_refused_in_a_sentence(case):
    release, content = case
    before = json.dumps(release)
    try:
        made = restore("lesson", release, content)
    except Unreadable as problem:
        assert str(problem).startswith("lesson.ipynb can't be graded: ") and str(problem).endswith(".")
    else:
        held(release, made)
    assert json.dumps(release) == before


@LONG
@given(st.one_of(st.binary(max_size=200), JUNK.map(lambda junk: json.dumps(junk).encode())))
def test_any_bytes_are_refused_in_a_sentence(content):
    try:
        restore("lesson", RELEASES[0], content)
    except Unreadable as problem:
        assert str(problem).startswith("lesson.ipynb can't be graded: ")
    else:
        raise AssertionError("nothing in it is of the lesson")


@LONG
@given(st.dictionaries(st.text(max_size=30), st.binary(max_size=60)), st.lists(st.text(max_size=12), max_size=4))
def test_choose_accepts_any_files(files, wanted):
    chosen = choose(wanted, files)
    assert set(chosen.mapping) <= set(wanted) and set(chosen.mapping.values()) <= set(files)
    assert len(set(chosen.mapping.values())) == len(chosen.mapping)


def test_most_cases_are_accepted_and_the_results_are_valid_notebooks():
    """The fuzzing would prove nothing if every case were refused."""
    import nbformat

    seen = []

    @settings(LONG, max_examples=100)
    @given(notebooks())
    def count(case):
        try:
            made = restore("lesson", *case)
        except Unreadable:
            seen.append(None)
        else:
            nbformat.validate(nbformat.from_dict(made.notebook))
            seen.append(bool(made.notes))

    count()
    assert seen.count(True) > len(seen) / 4 and None in seen
