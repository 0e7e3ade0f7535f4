"""Writes `source/`: one folder per module with its notebooks and key.json. Never over a person's edit."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from nbformat import NotebookNode

from watchkeeper.check import key as keys
from watchkeeper.check.key import Keyed
from watchkeeper.staff.author import hint, key, lesson, marking, truths
from watchkeeper.staff.author.course import Course, Module
from watchkeeper.staff.errors import BuildError, EditedError

Say = Callable[[str], None]


def notebooks(course: Course, module: Module) -> dict[str, NotebookNode]:
    """The module's source notebooks by file name, from its lessons."""
    return {
        f"{name}.ipynb": lesson.to_notebook(module.lesson(name), module.points, course.edition)
        for name in module.lessons
    }


def files(course: Course, module: Module, datasets: Path, say: Say = print) -> dict[str, str]:
    """What `source/<module>/` must hold: file name to text. Runs each reference notebook whose answers are not kept."""
    marks = marking.load(module)
    built = notebooks(course, module)
    questions: dict[str, Keyed] = {}
    texts: dict[str, str] = {}
    for file, notebook in built.items():
        name = file.removesuffix(".ipynb")
        say(f"running the reference of {module.name}/{file}")
        sheet = truths.of_notebook(course, module, name, datasets, datasets, notebook)
        texts |= dict.fromkeys(lesson.reflections_in(notebook), name)
        for asked, question in sheet.questions.items():
            keyed = key.unanswered(replace(question, notebook=name), module.name, course.edition)
            questions[asked] = key.answered(keyed, question, sheet.truths[asked])
    for name in marks.questions:
        if name not in questions:
            raise BuildError(f"No lesson checks the question {name!r}; ask it in lesson.py, or remove its file.")
    data = keys.packed(module.name, course.edition, texts, [questions[name] for name in marks.questions])
    return {name: lesson.text(notebook) for name, notebook in built.items()} | {keys.KEY_FILE: compact(data)}


def write(folder: Path, wanted: dict[str, str]) -> list[Path]:
    """Write the files that differ and remove those that no lesson gives any more; the paths that changed."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name not in wanted:
            path.unlink()
            changed.append(path)
    for name, content in wanted.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8", newline="\n")
            changed.append(path)
    return changed


def edited(course: Course) -> list[Path]:
    """The notebooks in `source/` that a person edited since they were built."""
    found = []
    for module in course.modules:
        for path in sorted((course.root / "source" / module.name).glob("*.ipynb")):
            notebook = lesson.read(path)
            if notebook.metadata.get("watchkeeper", {}).get("built") != lesson.fingerprint(notebook):
                found.append(path)
    return found


def refuse_edited(course: Course) -> None:
    """Raise EditedError if building would overwrite an edit in `source/`."""
    if paths := edited(course):
        listed = ", ".join(str(path.relative_to(course.root)) for path in paths)
        raise EditedError(
            f"{listed} was edited by hand, and building would overwrite that.\n"
            f"Take the edit into the lesson with: {hint.watchkeeper('build --take-back', course.root)}\n"
            f"Or drop it with: {hint.git('checkout -- source', course.root)}"
        )


def take_back(course: Course) -> list[Path]:
    """Write each edited notebook's text into its lesson; the lessons that changed.

    Raises BuildError, and then writes nothing, if one of them can't be written as a lesson.
    """
    changed, texts = [], dict[Path, str]()
    for path in edited(course):
        try:
            texts[path] = lesson.to_text(lesson.read(path))
        except BuildError as error:
            raise BuildError(f"{path}: {error}") from None
    for path, text in texts.items():
        module = course.module(path.parent.name)
        if path.stem not in module.lessons:
            raise BuildError(f"{path} belongs to no lesson; add {path.stem!r} to {module.name} in course.toml first.")
        target = module.lesson(path.stem)
        target.write_text(text, encoding="utf-8", newline="\n")
        notebook = lesson.to_notebook(target, module.points, course.edition)
        path.write_text(lesson.text(notebook), encoding="utf-8", newline="\n")
        changed.append(target)
    return changed


def compact(data: dict) -> str:
    """JSON with one question per line: a diff shows which question's key changed."""
    head = {name: value for name, value in data.items() if name != "questions"}
    rows = [f"  {json.dumps(name)}: {json.dumps(one)}" for name, one in data["questions"].items()]
    return json.dumps(head)[:-1] + ', "questions": {\n' + ",\n".join(rows) + "\n}}\n"
