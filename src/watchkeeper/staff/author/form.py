"""What a lesson must look like on the page: headings, prompts, cells, links, minutes. The figures are house rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import jupytext
from nbformat import NotebookNode

from watchkeeper.staff.author import lesson
from watchkeeper.staff.author.course import LESSON, Module
from watchkeeper.staff.author.marking import Question

CELLS = (25, 75)
PROMPT_WORDS = (30, 80)  # between the median of other courses (32) and what can be kept in mind
DIAGNOSIS_WORDS = 140  # a diagnosis lists what it may be called
CODE_LINES = 12
MINUTES = (30, 150)
QUESTION = re.compile(r"^### Question: (?P<title>.*)\n(?P<prompt>(?:(?!^#{1,3} ).*\n?)*)", re.M)
LINK = re.compile(r"(!?)\[(?P<text>[^\]]*)\]\((?P<to>[^)\s]+)\)")


def of_lesson(module: Module, name: str, questions: dict[str, Question]) -> Iterator[str]:
    """What a lesson's form lacks, a sentence each."""
    path = module.lesson(name)
    text = path.read_text(encoding="utf-8")
    if lesson.canonical(jupytext.reads(text, fmt="py:percent")) != text:
        yield "is not in jupytext's own form, so an edit taken back would change other lines too"
    notebook = lesson.to_notebook(path, module.points, "")
    yield from of_headings(notebook)
    yield from of_cells(notebook)
    yield from of_prompts(notebook, questions)
    yield from of_links(notebook, module.folder)
    yield from of_minutes(module, name, text)


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
    """How many cells, how long, and an answer's cell before each check."""
    count = len(notebook.cells)
    if not CELLS[0] <= count <= CELLS[1]:
        yield f"has {count} cells; {CELLS[0]} to {CELLS[1]} can be read in a sitting"
    names = [cell.metadata.nbgrader.grade_id for cell in notebook.cells if "nbgrader" in cell.metadata]
    for check in lesson.questions_in(notebook):
        if f"{check}-answer" not in names:
            yield f"the check {check!r} has no cell to answer in"
    for cell in notebook.cells:
        lines = [line for line in cell.source.splitlines() if line.strip()]
        if cell.cell_type == "code" and "nbgrader" not in cell.metadata and len(lines) > CODE_LINES:
            yield f"a cell has {len(lines)} lines of code, of {CODE_LINES} at most: {lines[0]}"


def of_prompts(notebook: NotebookNode, questions: dict[str, Question]) -> Iterator[str]:
    """The words between a question's heading and the cell to answer in."""
    asked = lesson.questions_in(notebook)
    prompts = [
        (found["title"], len(found["prompt"].split()))
        for cell in notebook.cells
        if cell.cell_type == "markdown"
        for found in QUESTION.finditer(cell.source)
    ]
    if len(prompts) != len(asked):
        yield f'has {len(asked)} checks and {len(prompts)} headings "### Question: ..."'
        return
    for (title, words), name in zip(prompts, asked, strict=True):
        most = DIAGNOSIS_WORDS if name in questions and questions[name].kind == "diagnose" else PROMPT_WORDS[1]
        if not PROMPT_WORDS[0] <= words <= most:
            yield f"the prompt of {title!r} has {words} words; {PROMPT_WORDS[0]} to {most} are house rule"


def of_links(notebook: NotebookNode, folder: Path) -> Iterator[str]:
    """Every link says where it leads; a relative one leads to a file that an apprentice has."""
    for cell in notebook.cells:
        for found in LINK.finditer(cell.source) if cell.cell_type == "markdown" else []:
            to = found["to"].split("#")[0]
            if not found["text"].strip():
                yield f"the link to {to} has no words, or the picture no alternative text"
            if to and not to.startswith("https://") and not _is_lesson(folder / to):
                yield f"the link to {to} leads nowhere: https, or the notebook of a neighbouring lesson"


def _is_lesson(notebook: Path) -> bool:
    return notebook.suffix == ".ipynb" and (notebook.with_suffix("") / LESSON).is_file()


def of_minutes(module: Module, name: str, text: str) -> Iterator[str]:
    """The parts' minutes in module.md sum up to what the lesson promises."""
    planned = minutes(module, name)
    promised = re.search(r"\*\*Time:\*\*.*?\b(\d+) minutes in all", text)
    if not promised or int(promised[1]) != planned:
        said = promised[1] if promised else "none"
        yield f'the minutes of its parts in module.md are {planned}, the lesson\'s "N minutes in all" are {said}'
    if not MINUTES[0] <= planned <= MINUTES[1]:
        yield f"takes {planned} minutes by module.md; {MINUTES[0]} to {MINUTES[1]} are a lesson"


def minutes(module: Module, name: str) -> int:
    """The minutes of all parts of a lesson, by module.md."""
    return sum(int(cells[-1]) for cells in table(module, "Minutes", name) if cells[-1].isdigit())


def table(module: Module, section: str, name: str) -> list[list[str]]:
    """The rows (without head) of the first table in module.md's section `## <section>: <lesson>`."""
    text = (module.folder / "module.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {section}: {re.escape(name)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    lines = [line for line in found[1].splitlines() if line.startswith("|")] if found else []
    return [[cell.strip() for cell in line.strip("| ").split("|")] for line in lines[2:]]
