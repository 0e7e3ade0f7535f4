"""course.toml: the title, the edition, the modules in teaching order and the points of each question."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.staff.errors import BuildError


@dataclass(frozen=True, eq=False)
class Module:
    """One folder of `course/`, which is one nbgrader assignment."""

    folder: Path
    lessons: tuple[str, ...]
    points: dict[str, float]

    @property
    def name(self) -> str:
        return self.folder.name

    def lesson(self, name: str) -> Path:
        return self.folder / f"{name}.py"

    def markings(self) -> list[Path]:
        """The files that say what is right and wrong in each lesson, in the order of the lessons."""
        return [self.folder / f"{name}.marking.py" for name in self.lessons]


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
        raise BuildError(f"{path} lacks the entry {error}. Look at a neighbouring module for its form.") from None


def _module(path: Path, data: dict) -> Module:
    module = Module(path.parent / data["name"], tuple(data["lessons"]), dict(data["points"]))
    for file in [*map(module.lesson, module.lessons), *module.markings(), module.folder / "module.md"]:
        if not file.is_file():
            raise BuildError(f"{file} is missing; {path.name} lists the module {module.name!r}.")
    return module
