"""Runs the Python files of a lesson's folder, and reads its reflections."""

from __future__ import annotations

import hashlib
import importlib
import re
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from watchkeeper.staff.author.course import FACTS, REFLECT, Module
from watchkeeper.staff.author.writing import Draft, Fact
from watchkeeper.staff.errors import BuildError

NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
DOCSTRING = re.compile(r"(?P<name>[^\s:]+): (?P<asks>\S.*[?.])")
ROW = re.compile(r"\| *(?P<share>1|0|0?\.\d+) *\| *(?P<level>[^|]+?) *\| *(?P<sample>[^|]+?) *\|")


def fresh(module: Module) -> None:
    """Forget what ran before under this course, so that files that were edited since are read again."""
    package = _package(module)
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        del sys.modules[name]
    course = ModuleType(package)
    course.__path__ = [str(module.folder.parent)]
    sys.modules[package] = course
    importlib.invalidate_caches()


def question(module: Module, path: Path) -> Draft:
    """Run a question file. Raises BuildError with the file, the line and what to do."""
    if not NAME.fullmatch(path.stem):
        raise BuildError(f"{path}: {path.stem!r} can't be a question's name. Use small letters, digits and hyphens.")
    ran = _run(module, path)
    first = (ran.__doc__ or "").strip().partition("\n")[0]
    found = DOCSTRING.fullmatch(first)
    if not found:
        raise BuildError(f'{path}, line 1: begin with """{path.stem}: what the question asks, in one sentence?"""')
    if found["name"] != path.stem:
        raise BuildError(
            f"{path}, line 1: the docstring calls the question {found['name']!r}, the file calls it {path.stem!r}. "
            "Use one name; the lesson's check cell has the same one."
        )
    draft = getattr(ran, "q", None)
    if not isinstance(draft, Draft):
        raise BuildError(f"{path} asks nothing: it has no q = question(...).")
    return draft


def facts(module: Module, lesson: str) -> list[Fact]:
    """The facts that a lesson's prose states; none without a facts.py."""
    path = module.folder / lesson / FACTS
    if not path.is_file():
        return []
    found = getattr(_run(module, path), "FACTS", None)
    if not isinstance(found, list) or not all(isinstance(one, Fact) for one in found):
        raise BuildError(f"{path} has no FACTS = [Fact(...), ...].")
    return found


def rubric(path: Path) -> Sequence[tuple[float, str, str]]:
    """The levels of a reflection, best first: share of the points, what earns it, and a sample answer."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [(number, line) for number, line in enumerate(lines, start=1) if line.startswith("|")][2:]
    found = []
    for number, line in rows:
        row = ROW.fullmatch(line)
        if not row:
            raise BuildError(
                f"{path}, line {number}: write a level as | share of the points, 0 to 1 | what earns it | a sample |."
            )
        found.append((float(row["share"]), row["level"], row["sample"]))
    shares = [share for share, _, _ in found]
    if len(found) < 2 or shares != sorted(set(shares), reverse=True):
        raise BuildError(f"{path}: the rubric needs two levels or more, the best first, each with its own share.")
    return found


def name_of(path: Path) -> str:
    """The name of the question or the reflection that a file holds."""
    return path.name.removesuffix(REFLECT) if path.name.endswith(REFLECT) else path.stem


def _package(module: Module) -> str:
    """One package per course folder: two copies of a course must not take their files from each other."""
    return f"course_{hashlib.sha256(str(module.folder.parent).encode()).hexdigest()[:12]}"


def _run(module: Module, path: Path) -> ModuleType:
    """Run a file of the course as a part of the package `course`: it may import from `.shared` and `...vocabulary`."""
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True  # no __pycache__ in course/
    try:
        return importlib.import_module(f"{_package(module)}.{module.name}.{path.parent.name}.{path.stem}")
    except BuildError:
        raise
    except Exception as error:
        where = _place(error, module) or path
        said = error.msg if isinstance(error, SyntaxError) else error
        raise BuildError(f"{where}: the file does not run. {type(error).__name__}: {said}.") from error
    finally:
        sys.dont_write_bytecode = writes


def _place(error: Exception, module: Module) -> str:
    """The last place in the course's own files that an exception went through."""
    if isinstance(error, SyntaxError):
        return f"{error.filename}, line {error.lineno}"
    inside = [
        f"{frame.filename}, line {frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(module.folder.parent)
    ]
    return inside[-1] if inside else ""
