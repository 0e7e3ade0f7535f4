"""An invented cohort, submitted as `watchkeeper submit` writes it: for demonstrations, measurements and tests.

<out>/handed-in/submission-<module>-<name>.zip    what was submitted
<out>/class.csv                                   who is in the class, including those who submitted nothing
<out>/plan.json                                   how each submission was made, and how it should be graded
"""

from __future__ import annotations

import copy
import json
import random
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import cast

from nbformat import NotebookNode

from watchkeeper.kit import archive
from watchkeeper.staff.author import marking, truths
from watchkeeper.staff.author.course import Course, Module, read
from watchkeeper.staff.author.marking import Marking
from watchkeeper.staff.author.sheet import Sheet
from watchkeeper.staff.grade.lms import classlist
from watchkeeper.staff.grade.practice import intended, invented, samples
from watchkeeper.staff.grade.practice.intended import FIRST, Planned, differences, plan
from watchkeeper.staff.notebooks import CellDict, NotebookDict, by_grade_id, marks_of, source_of

__all__ = ["Desk", "Made", "Planned", "differences", "files", "packed", "plan", "write"]

HANDED_IN, CLASS, PLAN = "handed-in", "class.csv", "plan.json"


@dataclass(frozen=True)
class Made:
    """What was written: the folder of zip files, the class list, and the plan."""

    handed_in: Path
    class_list: Path
    plan: tuple[Planned, ...]


class Desk:
    """A module's released notebooks, and the source of every answer that a plan may ask for. Built once per cohort."""

    def __init__(self, course: Course, module: Module) -> None:
        self.module, self.edition = module.name, course.edition
        self.marks: Marking = marking.load(module)
        self.sheets = {name: _sheet(course, module, name) for name in module.lessons}
        self.released = {name: _read(course, "release", module, name) for name in module.lessons}
        reference = [_read(course, "source", module, name) for name in module.lessons]
        self._reference = by_grade_id([cell for notebook in reference for cell in notebook["cells"]])
        self.source: Callable[[str, str], str] = cache(self._source)

    def _source(self, question: str, choice: str) -> str:
        """The code of an answer's cell; `choice` is right, a crash, a loop or the name of a known wrong answer."""
        right = source_of(self._reference[f"{question}-answer"])
        variable = samples.variable(NotebookNode(source=source_of(self._reference[question])))
        if choice == intended.RIGHT:
            return right
        if choice == intended.CRASH:
            return f"{variable} = int(input_table.strip())\n{variable}"  # a name from another notebook
        if choice == intended.LOOP:
            return f"waiting = 3\nwhile waiting > 0:\n    waiting + 1\n{variable} = waiting"
        sheet = next(one for one in self.sheets.values() if question in one.questions)
        asked = self.marks.questions[question]
        return samples.as_cell(asked, asked.wrong[choice], sheet, variable)


def write(root: Path, out: Path, module: str, kinds: Sequence[str] = FIRST, seed: int = 1) -> Made:
    """Write an invented cohort of `module` to `out`: one student per kind. The same arguments give the same bytes.

    Runs the module's reference once, for its known wrong answers. Raises BuildError and CohortError.
    """
    course = read(root)
    desk = Desk(course, course.module(module))
    people = plan(desk.marks, course.module(module).points, kinds, seed)
    handed_in = out / HANDED_IN
    handed_in.mkdir(parents=True, exist_ok=True)
    for old in handed_in.glob("submission-*.zip"):
        old.unlink()
    for person in people:
        if content := packed(desk, person, seed):
            (handed_in / archive.file_name(module, person.name)).write_bytes(content)
    (out / CLASS).write_text(classlist.text((one.student, one.name) for one in people), encoding="utf-8", newline="")
    about = {"module": module, "seed": seed, "due": intended.DUE.isoformat()}
    said = about | {"cohort": [one.to_json() for one in people]}
    (out / PLAN).write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return Made(handed_in, out / CLASS, people)


def packed(desk: Desk, person: Planned, seed: int = 1) -> bytes:
    """The zip file of one student; empty for one who submitted nothing."""
    if person.time is None:
        return b""
    notebooks = files(desk, person, seed)
    return archive.archive(notebooks, archive.about(desk.module, desk.edition, person.name, notebooks, person.time))


def files(desk: Desk, person: Planned, seed: int = 1) -> dict[str, bytes]:
    """The notebooks of one apprentice, by file name."""
    dice = random.Random(f"{person.name} {seed}")
    found: dict[str, bytes] = {}
    for name, released in desk.released.items():
        notebook = _answered(desk, copy.deepcopy(released), person, dice)
        if person.kind == intended.TWICE:
            _paste(notebook, dice)
        if person.kind == intended.BARE:
            _bare(notebook, dice)
        text = json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"
        if person.kind == intended.NOT_JSON:
            text = text[: len(text) // 2]
        renamed = f"{name} (1).ipynb" if len(found) % 2 else f"{person.student}_{name}_final.ipynb"
        found[renamed if person.kind == intended.RENAMED else f"{name}.ipynb"] = text.encode()
    return found


def _answered(desk: Desk, notebook: NotebookDict, person: Planned, dice: random.Random) -> NotebookDict:
    cells = by_grade_id(notebook["cells"])
    for question, choice in person.answers.items():
        if f"{question}-answer" in cells and choice != intended.UNTOUCHED:
            cells[f"{question}-answer"]["source"] = _lines(desk.source(question, choice))
    for name, quality in person.texts.items():
        if name in cells:
            _reflect(cells[name], desk.marks.reflections[name], quality, dice)
    return notebook


def _reflect(cell: CellDict, asked: marking.Reflection, quality: str, dice: random.Random) -> None:
    if quality == invented.NONE:
        if dice.random() < 0.5:
            cell["source"] = _lines(dice.choice(invented.INSTEAD_OF_AN_ANSWER))
        return
    said = [invented.sample(asked.rubric, quality), dice.choice(invented.ENDINGS[quality])]
    cell["source"] = _lines(" ".join(one for one in said if one))


def _paste(notebook: NotebookDict, dice: random.Random) -> None:
    """Copy a graded cell and paste it after itself, as in JupyterLab: the same metadata, a new id."""
    places = [n for n, cell in enumerate(notebook["cells"]) if marks_of(cell).get("grade_id")]
    place = dice.choice(places)
    pasted = copy.deepcopy(notebook["cells"][place])
    notebook["cells"].insert(place + 1, pasted | {"id": _id(pasted["id"], dice)})


def _bare(notebook: NotebookDict, dice: random.Random) -> None:
    """Save the notebook like an editor that does not know nbgrader: without metadata, and with new ids."""
    notebook["metadata"] = {}
    for cell in notebook["cells"]:
        cell["metadata"], cell["id"] = {}, _id(cell["id"], dice)


def _id(before: str, dice: random.Random) -> str:
    return f"{zlib.crc32(f'{before} {dice.random()}'.encode()):08x}"


def _lines(source: str) -> list[str]:
    return source.splitlines(keepends=True)


def _read(course: Course, folder: str, module: Module, name: str) -> NotebookDict:
    text = (course.root / folder / module.name / f"{name}.ipynb").read_text(encoding="utf-8")
    return cast(NotebookDict, json.loads(text))


def _sheet(course: Course, module: Module, name: str) -> Sheet:
    datasets = course.root / "datasets"
    return truths.of_notebook(course, module, name, datasets, datasets / "held-back")
