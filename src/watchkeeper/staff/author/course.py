"""course.toml and the folders it names: modules in teaching order, their lessons, and the files of each lesson.

course/<module>/module.md               outcomes, minutes, misconceptions, notes for mentors
course/<module>/<lesson>/lesson.py      the page (py:percent)
                         <name>.py      one graded question (see writing.py)
                         <name>.reflect.md   one text that a mentor marks, with its rubric
                         facts.py       numbers that the prose states, if it states any
                         shared.py      what several questions of the lesson use, if they share anything
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from watchkeeper.staff.errors import BuildError

LESSON, FACTS, SHARED = "lesson.py", "facts.py", "shared.py"
REFLECT = ".reflect.md"
GRADED = re.compile(r'^# %%.*? (?:check|reflect)="([^"]+)"', re.M)
HEADING = re.compile(r"# (?P<name>\S+) \((?P<points>\d+(?:\.\d+)?) points?\)")


@dataclass(frozen=True, eq=False)
class Module:
    """One folder of `course/`, which is one nbgrader assignment."""

    folder: Path
    lessons: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def about(self) -> Path:
        return self.folder / "module.md"

    def lesson(self, name: str) -> Path:
        return self.folder / name / LESSON

    def questions(self, lesson: str) -> list[Path]:
        """The files of a lesson that hold one question each; they are called as their questions."""
        return [path for path in sorted(self._folder(lesson).glob("*.py")) if path.name not in (LESSON, FACTS, SHARED)]

    def reflections(self, lesson: str) -> list[Path]:
        """The files of a lesson that hold one reflection each."""
        return sorted(self._folder(lesson).glob(f"*{REFLECT}"))

    def texts(self, lesson: str) -> list[Path]:
        """Every file that can change what is right and wrong in a lesson."""
        folder = self._folder(lesson)
        return [*sorted(self.folder.parent.glob("*.py")), *sorted(folder.glob("*.py")), *self.reflections(lesson)]

    @cached_property
    def points(self) -> dict[str, float]:
        """What each question and reflection is worth, in the order of the lessons' cells.

        Read from the text of the files, without running them: a report on a cohort needs the points and nothing else.
        Raises BuildError where a file gives none.
        """
        return {name: worth for lesson in self.lessons for name, worth in self._points(lesson)}

    def _points(self, lesson: str) -> Iterator[tuple[str, float]]:
        worth = {path.stem: _of_question(path) for path in self.questions(lesson)}
        worth |= {path.name.removesuffix(REFLECT): _of_reflection(path) for path in self.reflections(lesson)}
        asked = GRADED.findall(self.lesson(lesson).read_text(encoding="utf-8"))
        for name in [*asked, *sorted(worth.keys() - set(asked))]:
            if name in worth:
                yield name, worth[name]

    def _folder(self, lesson: str) -> Path:
        return self.folder / lesson


def _of_question(path: Path) -> float:
    """The points in the call of `question(...)`."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except SyntaxError as error:
        raise BuildError(f"{path}, line {error.lineno}: the file does not run. SyntaxError: {error.msg}.") from None
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="q")], value=ast.Call(keywords=keywords, lineno=line)):
                values = [one.value for one in keywords if one.arg == "points"]
                match values:
                    case [ast.Constant(value=int() | float() as points)] if points > 0:
                        return points
                raise BuildError(f"{path}, line {line}: the question has no points. Add a plain number: points=2.")
    raise BuildError(
        f"{path} asks nothing. A file in a lesson's folder holds one question, q = question(...); what several "
        f"questions share is in {SHARED}, and what the prose states is in {FACTS}."
    )


def _of_reflection(path: Path) -> float:
    """The points in the heading of a reflection."""
    name = path.name.removesuffix(REFLECT)
    first = path.read_text(encoding="utf-8").partition("\n")[0]
    found = HEADING.fullmatch(first)
    if not found or found["name"] != name:
        raise BuildError(f'{path}, line 1: begin with the name and its points: "# {name} (2 points)".')
    return float(found["points"]) if "." in found["points"] else int(found["points"])


@dataclass(frozen=True)
class Course:
    """The whole course as text; `root` is the repository's folder."""

    root: Path
    title: str
    edition: str
    modules: tuple[Module, ...]

    def module(self, name: str) -> Module:
        for module in self.modules:
            if module.name == name:
                return module
        raise BuildError(f"The course has no module {name!r}. It has: {', '.join(m.name for m in self.modules)}.")


def read(root: Path) -> Course:
    """The course under `root/course`. Raises BuildError with the file and what is wrong in it."""
    path = root / "course" / "course.toml"
    if not path.is_file():
        raise BuildError(f"{path} is missing: run this command in the course's repository, or name it with --root.")
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        modules = tuple(_module(path, one) for one in data["module"])
        return Course(root=root, title=data["title"], edition=data["edition"], modules=modules)
    except tomllib.TOMLDecodeError as error:
        raise BuildError(f"{path} is not valid TOML: {error}.") from None
    except KeyError as error:
        raise BuildError(f"{path} lacks the entry {error}. Look at the modules around it for its form.") from None


def _module(path: Path, data: dict) -> Module:
    module = Module(path.parent / data["name"], tuple(data["lessons"]))
    if more := data.keys() - {"name", "lessons"}:
        raise BuildError(
            f"{path}: the module {module.name!r} has an entry {sorted(more)[0]!r}. A module has a name and lessons; "
            "points are in the question files."
        )
    for file in [*map(module.lesson, module.lessons), module.about]:
        if not file.is_file():
            raise BuildError(f"{file} is missing; {path.name} lists the module {module.name!r}.")
    return module
