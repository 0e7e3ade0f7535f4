"""What happens to notebooks by accident: each one is submitted and graded in the box, between honest submissions.

It gets the right score or a stated reason, no other result changes, and the run ends.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import classroom
import nbformat
import pytest
from classroom import MODULE, NOTEBOOK, RIGHT, Class, Row, grade_id

from watchkeeper.staff.grade.result import FAILED, GRADED, REPAIRED, Result, Submission

NAME = f"{NOTEBOOK}.ipynb"
ALL = 7.0
Files = dict[str, bytes]


@dataclass(frozen=True)
class Accident:
    """An accident: the files that a right notebook turns into, and the state, points and notes of their result."""

    name: str
    files: Callable[[dict[str, Any]], Files]
    state: str = REPAIRED
    points: float = ALL
    says: str = ""


BUSIEST = RIGHT["busiest-service-answer"]


def written(notebook: Any) -> bytes:
    return json.dumps(notebook, ensure_ascii=False, indent=1).encode()


def edited(change: Callable[[list[dict[str, Any]], dict[str, Any]], Any]) -> Callable[[dict[str, Any]], Files]:
    """Makes the files of a notebook after `change(cells, notebook)`."""

    def files(notebook: dict[str, Any]) -> Files:
        change(notebook["cells"], notebook)
        return {NAME: written(notebook)}

    return files


def whole(change: Callable[[bytes], bytes]) -> Callable[[dict[str, Any]], Files]:
    return lambda notebook: {NAME: change(written(notebook))}


def at(cells: list[dict[str, Any]], name: str) -> int:
    return next(number for number, cell in enumerate(cells) if grade_id(cell) == name)


def pasted(name: str, text: str | None = None) -> Callable[..., None]:
    """Paste a copy of a cell as JupyterLab does: below it, with its metadata and a new id."""

    def change(cells: list[dict[str, Any]], _: Any) -> None:
        place = at(cells, name)
        copied = copy.deepcopy(cells[place]) | {"id": "pasted"}
        cells.insert(place + 1, copied if text is None else copied | {"source": text})

    return change


def without(*names: str) -> Callable[..., None]:
    def change(cells: list[dict[str, Any]], _: Any) -> None:
        cells[:] = [cell for cell in cells if grade_id(cell) not in names]

    return change


def renamed_ids(cells: list[dict[str, Any]], _: Any) -> None:
    for number, cell in enumerate(cells):
        cell["id"] = f"new-{number}"
        if grade_id(cell):
            cell["metadata"]["nbgrader"]["grade_id"] += "-2"


def no_metadata(cells: list[dict[str, Any]], notebook: dict[str, Any]) -> None:
    notebook["metadata"] = {}
    for cell in cells:
        cell["metadata"] = {}
        cell.pop("id", None)


def kernel(name: str, language: str) -> Callable[..., None]:
    def change(_: Any, notebook: dict[str, Any]) -> None:
        notebook["metadata"] = {
            "kernelspec": {"name": name, "display_name": name, "language": language},
            "language_info": {"name": language},
        }

    return change


def format_3(notebook: dict[str, Any]) -> Files:
    return {NAME: nbformat.writes(nbformat.reads(json.dumps(notebook), as_version=3), version=3).encode()}


def latin_1(notebook: dict[str, Any]) -> Files:
    place = at(notebook["cells"], "the-root-answer")
    notebook["cells"][place]["source"] += "  # für später"
    return {NAME: written(notebook).decode().encode("latin-1", "replace")}


def moved(cells: list[dict[str, Any]], _: Any) -> None:
    cells.append(cells.pop(at(cells, "what-waits")))


def all_in_one(cells: list[dict[str, Any]], _: Any) -> None:
    """An answer, its check and the next answer are merged into one cell, as Shift-M does."""
    first, last = at(cells, "the-root-answer"), at(cells, "what-waits-answer")
    merged = cells[first : last + 1]
    del cells[first + 1 : last + 1]
    cells[first]["source"] = "\n\n".join("".join(cell["source"]) for cell in merged)


def ran_before(cells: list[dict[str, Any]], _: Any) -> None:
    """The notebook has outputs of the apprentice's own run."""
    for cell in cells:
        if cell["cell_type"] == "code":
            cell["execution_count"] = 99
            cell["outputs"] = [
                {"output_type": "stream", "name": "stderr", "text": ["a warning\n"]},
                {"output_type": "error", "ename": "E", "evalue": "", "traceback": []},
            ]


def retyped(cells: list[dict[str, Any]], _: Any) -> None:
    cells[at(cells, "the-root")]["cell_type"] = "markdown"
    cells[at(cells, "typical-wait-answer")]["cell_type"] = "raw"


def unfinished(cells: list[dict[str, Any]], _: Any) -> None:
    cells[at(cells, "typical-wait-answer")]["source"] = 'typical_ms = requests[requests.route == "'


RELEASED = (classroom.ROOT / "release" / MODULE / NAME).read_bytes()
COPY = f"{NOTEBOOK}-Copy1.ipynb"


def half(notebook: dict[str, Any]) -> bytes:
    """The notebook with one answer fewer."""
    changed = copy.deepcopy(notebook)
    changed["cells"][at(changed["cells"], "the-root-answer")]["source"] = "root = ..."
    return written(changed)


def answered(name: str, text: str) -> Callable[[dict[str, Any]], Files]:
    """The right notebook, but one answer is this text."""
    return edited(lambda cells, _: cells[at(cells, name)].update(source=text))


def called(text: str) -> Callable[[dict[str, Any]], Files]:
    """The right notebook, with a line below its first answer that gives something a name of its own."""
    return answered("the-root-answer", f"{RIGHT['the-root-answer']}\n{text}")


# Each binds a name that a later cell of the course needs.
NAMES = [
    "check = root == 'a1'",
    "check: int = 3",
    "def check(answer):\n    return answer",
    "class check: pass",
    "for check in range(3): pass",
    "with open('x', 'w') as check: pass",
    "import os as check",
    "from math import sqrt as check",
    "(check := 3)",
    "first, *check = 1, 2, 3",
    "del check, hint, progress",
    "def set_it():\n    global check\n    check = 1\nset_it()",
    "exec('check = 1')",
    "globals()['check'] = 1",
    "check = Recording = datasets = plot = hint = progress = paper = 5",
    "Recording = 5; datasets = ['mine']",
    "%time check = 3",
    "print = len = list = open = max = sum = type = str = __import__ = 1",
    "__name__ = 'mine'; __file__ = __doc__ = 3",
    "get_ipython = display = 1",
    "from math import *\nfrom os import *",
    "%matplotlib inline\nprint(check, Recording, paper)",
]
HELPER = """def check(spans):
    return spans[spans.kind == "SERVER"]

def busiest(spans):
    return check(spans).service.value_counts().idxmax()"""


def right(notebook: dict[str, Any]) -> Files:
    return {NAME: written(notebook)}


ACCIDENTS = [
    Accident("nothing happened", right, GRADED),
    Accident("a solution pasted", edited(pasted("the-root-answer")), says="there twice"),
    Accident("a solution pasted and changed", edited(pasted("the-root-answer", 'root = "b2"')), says="there twice"),
    Accident("a check pasted", edited(pasted("the-root")), says="there twice"),
    Accident("a function's check pasted", edited(pasted("busiest-service")), says="there twice"),
    Accident("prose pasted", edited(pasted("first-impression")), says="there twice"),
    Accident("a check deleted", edited(without("the-root")), says="was missing"),
    Accident(
        "all checks deleted",
        edited(without("the-root", "what-waits", "busiest-service", "typical-wait")),
        says="was missing",
    ),
    Accident("a solution deleted", edited(without("the-root-answer")), points=6.0, says="was missing"),
    Accident("ids changed", edited(renamed_ids), says="without grading metadata"),
    Accident("metadata lost", edited(no_metadata), says="without grading metadata"),
    Accident("cells merged", edited(all_in_one), points=6.0, says="what-waits-answer was missing"),
    Accident("a check moved", edited(moved), says="were moved"),
    Accident("cells retyped", edited(retyped), says="is code again"),
    Accident("submitted with outputs", edited(ran_before), GRADED),
    Accident("R's kernel", edited(kernel("ir", "R")), GRADED),
    Accident("a conda kernel", edited(kernel("conda-env-watch-py", "python")), GRADED),
    Accident("half a line", edited(unfinished), GRADED, points=5.0, says="of your answer stopped with SyntaxError"),
    *(Accident(f"calls it {text[:40]}", called(text), GRADED) for text in NAMES),
    Accident("a helper called check", answered("busiest-service-answer", HELPER), GRADED),
    Accident("morning is something else", answered("busiest-service-answer", f"morning = 3\n{BUSIEST}"), GRADED),
    *(
        Accident(f"stopped: {text}", answered("typical-wait-answer", text), GRADED, points=5.0, says=says)
        for text, says in {
            "typical_ms = reqests.duration_ms.median()": "stopped with NameError: name 'reqests' is not defined",
            "typical_ms = ...\ntypical_ms = requests.wait": "stopped with AttributeError: 'DataFrame'",
            "1 / 0\ntypical_ms = 3": "stopped with ZeroDivisionError: division by zero",
            "typical_ms = ...": "",
        }.items()
    ),
    Accident("format 3", format_3, says="format 3"),
    Accident("a byte order mark", whole(lambda text: b"\xef\xbb\xbf" + text), says="byte order mark"),
    Accident("Latin-1", latin_1, says="not UTF-8"),
    Accident("UTF-16", whole(lambda text: text.decode().encode("utf-16")), says="UTF-16"),
    Accident("Windows line ends", whole(lambda text: text.replace(b"\n", b"\r\n")), GRADED),
    Accident("Windows line ends in cells", whole(lambda text: text.replace(b"\\n", b"\\r\\n")), GRADED),
    Accident("not JSON", whole(lambda text: b"My notebook would not save, sorry!"), FAILED, 0.0, "not JSON"),
    Accident("cut off", whole(lambda text: text[: len(text) // 2]), FAILED, 0.0, "not JSON"),
    Accident("with a merge conflict", whole(lambda text: b"<<<<<<< HEAD\n" + text), FAILED, 0.0, "not JSON"),
    Accident("an HTML page", whole(lambda text: b"<!DOCTYPE html><html></html>"), FAILED, 0.0, "not JSON"),
    Accident("JSON, but a list", whole(lambda text: b"[1, 2]"), FAILED, 0.0, "not a notebook"),
    Accident("empty", whole(lambda text: b""), FAILED, 0.0, "empty"),
    Accident("a notebook without cells", edited(lambda cells, _: cells.clear()), FAILED, 0.0, "this lesson"),
    Accident("renamed", lambda one: {"first-watch (1) final.ipynb": written(one)}, says="is taken for"),
    Accident("with another name", lambda one: {"Untitled3.ipynb": written(one)}, says="is taken for"),
    Accident("in a folder", lambda one: {f"from my laptop/again/{NAME}": written(one)}, says="is taken for"),
    Accident("with another notebook", lambda one: right(one) | {"scratch.ipynb": b"{}"}, says="left out: scratch"),
    Accident(
        "with its checkpoint", lambda one: right(one) | {f".ipynb_checkpoints/{NOTEBOOK}-checkpoint.ipynb": b""}, GRADED
    ),
    *(
        Accident(
            f"answered in {name}", lambda one, name=name: {NAME: RELEASED, name: written(one)}, says="no answers in"
        )
        for name in (COPY, f"{NOTEBOOK} (1).ipynb", "mine.ipynb", f"sub/{NAME}", f"Copy of {NAME}", "FIRST-WATCH.IPYNB")
    ),
    Accident("an untouched copy", lambda one: right(one) | {COPY: RELEASED}, says="left out: first-watch-Copy1"),
    Accident("the same answers in a copy", lambda one: right(one) | {COPY: written(one)}, says="are left out"),
    Accident(
        "answers in both",
        lambda one: {NAME: half(one), COPY: written(one)},
        points=6.0,
        says="has other answers to the",
    ),
    Accident("answers in two copies", lambda one: {"b.ipynb": half(one), COPY: written(one)}, says="has other answers"),
    Accident("damaged, with a copy", lambda one: {NAME: b"{", COPY: written(one)}, says=f"so {COPY} is taken"),
    Accident("with a damaged copy", lambda one: right(one) | {COPY: written(one)[:-40]}, says="are left out"),
    Accident("copies, all untouched", lambda one: {NAME: RELEASED, COPY: RELEASED}, points=0.0, says="are left out"),
    Accident("missing", lambda one: {"notes.txt": b"see you tomorrow"}, FAILED, 0.0, "No notebook"),
    Accident(
        "only another notebook", lambda one: {"scratch.ipynb": written({"cells": []})}, FAILED, 0.0, "No notebook"
    ),
    Accident("with other files", lambda one: right(one) | {"pandas.py": b"exit()", "x/y.csv": b"1"}, GRADED),
]


@pytest.fixture(scope="module")
def results(room: Class) -> Iterator[dict[str, tuple[Result, Result]]]:
    """By accident: its result, and that of the honest work graded after it."""
    honest = room.submission(Row("ada", answers=RIGHT))
    queue = []
    for accident in ACCIDENTS:
        notebook = json.loads(honest.files[NAME])
        queue += [Submission(accident.name, MODULE, accident.files(notebook)), honest]
    with ThreadPoolExecutor(2) as pool:
        graded = list(pool.map(room.grade, queue))
    yield {accident.name: (graded[2 * n], graded[2 * n + 1]) for n, accident in enumerate(ACCIDENTS)}
    assert len(room.processes()) == 2


def said(result: Result) -> str:
    """Everything that a result tells the apprentice, as one text."""
    texts = [result.reason, *result.notes]
    for graded in result.notebooks:
        texts += [*graded.notes, graded.stopped, *(line for mark in graded.marks for line in mark.lines)]
    return "\n".join(texts)


@pytest.mark.parametrize("accident", ACCIDENTS, ids=lambda accident: accident.name)
def test_an_accident_costs_only_what_was_lost_and_changes_no_other_result(results, accident):
    result, honest = results[accident.name]
    assert (honest.state, honest.points) == (GRADED, ALL)
    assert (result.state, result.points) == (accident.state, accident.points), said(result)
    assert accident.says in said(result)
    if result.state in (REPAIRED, FAILED):
        assert result.reason or result.notes or any(graded.notes for graded in result.notebooks), "repaired silently"
    for graded in result.notebooks:
        nbformat.validate(nbformat.from_dict(graded.notebook))
        marks = {mark.name for mark in graded.marks}
        assert marks == {"the-root", "what-waits", "busiest-service", "typical-wait"}
    classroom.everything(result).encode()
