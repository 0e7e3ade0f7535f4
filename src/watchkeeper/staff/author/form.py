"""What a lesson must look like on the page: headings, prompts, cells, links, minutes. The numbers are house rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from watchkeeper.check.kinds import kind_of
from watchkeeper.staff.author import lesson
from watchkeeper.staff.author.course import LESSON, Module
from watchkeeper.staff.author.marking import Marked

# A notebook that can be finished in one evening: 5 to 8 graded questions in at most 90 minutes.
QUESTIONS = (5, 8)
MOST_MINUTES = 90
CELLS = (40, 70)
CODE_LINES = 12
# A prompt: between the median of other courses (32) and what can be kept in mind. The list of what a diagnosis may be
# called, or of its parts, is not counted in it; with that list it has 140 words at most.
PROMPT_WORDS = (30, 75)
DIAGNOSIS_WORDS = 140
LIST_ITEM = re.compile(r"^- .*\n?", re.M)

# What does not keep these rules yet, and why: module/lesson to rule to reason. An entry that is no longer needed is
# a fault that `watchkeeper verify` reports.
SPLIT = "to be split into shorter notebooks when its prose is rewritten"
SHORTEN = "a few words over, which its rewriting takes out"
NOT_YET: dict[str, dict[str, str]] = {
    "00-welcome/first-watch": {
        "questions": "everything in it is new to an apprentice, so four are enough",
        "prompt of busiest-service": SHORTEN,
    },
    "01-critical-path/read-one-request": {"minutes": SPLIT},
    "01-critical-path/what-could-leave": {
        "minutes": SPLIT,
        "prompt of best-candidate": SHORTEN,
        "prompt of n-plus-one": SHORTEN,
    },
    "02-tracing/follow-a-request": {
        "minutes": SPLIT,
        "cells": SPLIT,
        "prompt of sent-headers": SHORTEN,
        "prompt of my-gaps": SHORTEN,
    },
    "02-tracing/when-traces-lie": {"minutes": SPLIT, "cells": SPLIT},
    "03-latency/how-slow": {"minutes": SPLIT, "cells": SPLIT, "questions": SPLIT},
    "03-latency/is-it-within-our-promise": {
        "minutes": SPLIT,
        "prompt of detection-and-reset": SHORTEN,
        "prompt of when-it-fires": SHORTEN,
    },
    "04-logs/what-did-it-say": {"minutes": SPLIT, "cells": SPLIT, "prompt of new-kinds": SHORTEN},
    "04-logs/one-incident-three-signals": {"minutes": SPLIT, "cells": SPLIT},
}
QUESTION = re.compile(r"^### Question: (?P<title>.*)\n(?P<prompt>(?:(?!^#{1,3} ).*\n?)*)", re.M)
LINK = re.compile(r"(!?)\[(?P<text>[^\]]*)\]\((?P<to>[^)\s]+)\)")


def of_lesson(module: Module, name: str, questions: dict[str, Marked]) -> Iterator[str]:
    """What is wrong with a lesson's form, one sentence per fault."""
    path = module.lesson(name)
    text = path.read_text(encoding="utf-8")
    if lesson.canonical(jupytext.reads(text, fmt="py:percent")) != text:
        yield "is not in jupytext's own form, so an edit taken back would change other lines too"
    notebook = lesson.to_notebook(path, module.points, "")
    yield from of_headings(notebook)
    yield from of_cells(notebook)
    yield from of_links(notebook, module.folder)
    yield from of_time(module, name, text)
    broken = {
        **dict(of_size(notebook, minutes(module, name))),
        **dict(of_prompts(notebook, questions)),
    }
    excepted = NOT_YET.get(f"{module.name}/{name}", {})
    yield from (fault for rule, fault in broken.items() if rule not in excepted)
    for rule in excepted.keys() - broken.keys():
        yield f"keeps its rule for {rule}: this exception is no longer needed, remove it from NOT_YET in form.py"


def of_size(notebook: NotebookNode, planned: int) -> Iterator[tuple[str, str]]:
    """Whether it can be finished in one evening: the name of each rule that it breaks, and how."""
    if planned > MOST_MINUTES:
        yield "minutes", f"takes {planned} minutes by module.md; a notebook is at most {MOST_MINUTES} minutes"
    for rule, count, (least, most) in (
        ("questions", len(lesson.questions_in(notebook)), QUESTIONS),
        ("cells", len(notebook.cells), CELLS),
    ):
        if not least <= count <= most:
            yield rule, f"has {count} {rule}; a notebook has {least} to {most}"


def of_headings(notebook: NotebookNode) -> Iterator[str]:
    """One heading of the first level, at the beginning, and no level skipped."""
    levels = [
        len(line.split(" ")[0])
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for line in cell.source.splitlines()
        if re.match(r"#+ ", line) and "SOLUTION" not in line
    ]
    if levels[:1] != [1] or levels.count(1) != 1:
        yield "must have one heading of the first level, at its beginning"
    if any(after > before + 1 for before, after in pairwise(levels)):
        yield "skips a level of headings"


def of_cells(notebook: NotebookNode) -> Iterator[str]:
    """An answer's cell for each check, and code that is short enough to read."""
    names = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]
    for check in lesson.questions_in(notebook):
        if f"{check}-answer" not in names:
            yield f"the check {check!r} has no cell to answer in"
    for cell in notebook.cells:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if cell.cell_type == "code" and "nbgrader" not in cell.metadata and len(lines) > CODE_LINES:
            yield f"a cell has {len(lines)} lines of code, of {CODE_LINES} at most: {lines[0]}"


def of_prompts(notebook: NotebookNode, questions: dict[str, Marked]) -> Iterator[tuple[str, str]]:
    """The words between a question's heading and its answer cell: the name of each rule that is broken, and how."""
    asked = lesson.questions_in(notebook)
    prompts = [
        (found["title"], found["prompt"])
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for found in QUESTION.finditer(cell.source)
    ]
    if len(prompts) != len(asked):
        yield "headings", f'has {len(asked)} checks and {len(prompts)} headings "### Question: ..."'
        return
    for (title, prompt), name in zip(prompts, asked, strict=True):
        if fault := of_prompt(prompt, name in questions and kind_of(questions[name].question).lists):
            yield f"prompt of {name}", f"the prompt of {title!r} {fault}"


def of_prompt(prompt: str, lists: bool) -> str:
    """What is wrong with the length of a prompt; an empty text for nothing."""
    least, most = PROMPT_WORDS
    words = len(prompt.split())
    if lists and words > DIAGNOSIS_WORDS:
        return f"has {words} words; {DIAGNOSIS_WORDS} at most, its list included"
    if lists and len(LIST_ITEM.sub("", prompt).split()) <= most:
        return ""
    return "" if least <= words <= most else f"has {words} words; keep it to {least} to {most}"


def of_links(notebook: NotebookNode, folder: Path) -> Iterator[str]:
    """Every link says where it leads; a relative one leads to a file that an apprentice has."""
    for cell in notebook.cells:
        for found in LINK.finditer(cell.source) if cell.cell_type == "markdown" else []:
            to = found["to"].split("#")[0]
            if not found["text"].strip():
                yield f"the link to {to} has no words, or the picture no alternative text"
            if to and not to.startswith("https://") and not _is_lesson(folder / to):
                yield f"the link to {to} leads nowhere. Use https, or the notebook of a lesson of this module"


def _is_lesson(notebook: Path) -> bool:
    return notebook.suffix == ".ipynb" and (notebook.with_suffix("") / LESSON).is_file()


def of_time(module: Module, name: str, text: str) -> Iterator[str]:
    """The parts' minutes in module.md add up to what the lesson promises."""
    planned = minutes(module, name)
    promised = re.search(r"\*\*Time:\*\*.*?\b(\d+) minutes in all", text)
    if not promised or int(promised[1]) != planned:
        said = promised[1] if promised else "none"
        yield f'the parts in module.md add up to {planned} minutes, but the lesson says {said}: "N minutes in all"'


def minutes(module: Module, name: str) -> int:
    """The minutes of all parts of a lesson, by module.md."""
    return sum(int(cells[-1]) for cells in table(module, "Minutes", name) if cells[-1].isdigit())


def table(module: Module, section: str, name: str) -> list[list[str]]:
    """The rows (without head) of the first table in module.md's section `## <section>: <lesson>`."""
    text = (module.folder / "module.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {section}: {re.escape(name)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    lines = [line for line in found[1].splitlines() if line.startswith("|")] if found else []
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines[2:]]
