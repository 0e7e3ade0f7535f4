"""What module.md claims of a lesson, compared with its questions: outcomes and misconceptions.

The tables of misconceptions are written from the question files, each between BEGIN and END.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import combinations

from watchkeeper.staff.author import form, hint, lesson, questionfile
from watchkeeper.staff.author.course import LESSON, Module
from watchkeeper.staff.author.marking import Marking
from watchkeeper.staff.errors import BuildError

LEAST_MISCONCEPTIONS = 3  # per lesson
NEARLY_THE_SAME = 0.9  # a letter or two in a sentence: a slip, which would make two rows of one misconception
NAMED = re.compile(r"`([\w.-]+)`")
BEGIN = "<!-- written by `watchkeeper build` from the question files -->"
END = "<!-- end -->"


def of_lesson(module: Module, name: str, marks: Marking) -> Iterator[str]:
    """Each outcome is taught somewhere and assessed by something, and every question belongs to an outcome."""
    notebook = lesson.to_notebook(module.lesson(name), module.points, "")
    asked = {*lesson.questions_in(notebook), *lesson.reflections_in(notebook)}
    assessed: set[str] = set()
    outcomes = form.table(module, "Outcomes", name)
    if not outcomes:
        yield f'module.md has no table under "## Outcomes: {name}"'
    for cells in outcomes:
        if len(cells) != 3 or not all(cells):
            yield f"the outcome {cells[0]!r} must say where it is taught and by what it is assessed"
            continue
        names = set(NAMED.findall(cells[2]))
        assessed |= names
        if names - asked or not (names or "later" in cells[2]):
            yield f"the outcome {cells[0]!r} is assessed by {cells[2]!r}, which {name} does not ask"
    for path in [*module.questions(name), *module.reflections(name)]:
        if questionfile.name_of(path) not in asked:
            yield f"{path.name} is asked nowhere: {LESSON} has no cell for it"
    for question in sorted(asked - assessed):
        yield f"{question!r} is asked, and no outcome in module.md names it"
    for one, other in combinations(marks.misconceptions[name], 2):
        if SequenceMatcher(None, one, other).ratio() > NEARLY_THE_SAME:
            yield f"two misconceptions differ by a few letters only; write them alike: {one!r} and {other!r}"
    known = len(marks.misconceptions[name])
    if known < LEAST_MISCONCEPTIONS:
        yield (
            f"its questions name {known} misconceptions, of {LEAST_MISCONCEPTIONS} at least: "
            '@q.wrong("...", "...", misconception="...")'
        )
    try:
        if written(module, marks) != module.about.read_text(encoding="utf-8"):
            build = hint.watchkeeper("build", module.folder.parents[1])
            yield f"the misconceptions in module.md are not those of the question files. Run: {build}"
    except BuildError as error:
        yield str(error)


def written(module: Module, marks: Marking) -> str:
    """module.md with the tables that follow from the question files. Raises BuildError where one has no place."""
    text = module.about.read_text(encoding="utf-8")
    for name, listed in marks.misconceptions.items():
        heading = f"## Misconceptions: {name}"
        place = re.compile(rf"(?<=^{re.escape(heading)}\n\n{re.escape(BEGIN)}\n).*?(?=^{re.escape(END)}$)", re.M | re.S)
        if listed and not place.search(text):
            raise BuildError(
                f"{module.about} has no place for the misconceptions of {name}. Add these lines:\n\n"
                f"{heading}\n\n{BEGIN}\n{END}"
            )
        table = f"\n{_table(listed)}\n".replace("\\", "\\\\")  # a replacement's backslashes are an escape
        text = place.sub(table, text)
    return text


def _table(listed: Mapping[str, Sequence[str]]) -> str:
    rows = [
        f"| {said.replace('|', chr(92) + '|')} | {', '.join(f'`{one}`' for one in known)} |\n"
        for said, known in listed.items()
    ]
    return "| misconception | known wrong answer |\n|---|---|\n" + "".join(rows)
