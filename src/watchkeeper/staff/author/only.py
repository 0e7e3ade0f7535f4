"""`watchkeeper verify --only NAME`: the proofs of one question in seconds, or those of one lesson or one module."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from watchkeeper.staff.author import form, lesson, marking, questionfile, truths, verify
from watchkeeper.staff.author.course import Course, Module
from watchkeeper.staff.errors import BuildError

Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """A module; with `lesson`, one lesson of it; with `question`, one question or reflection of that lesson."""

    module: Module
    lesson: str = ""
    question: str = ""


def part(course: Course, name: str) -> Part:
    """What `name` is in this course. Raises BuildError with names that are nearly the same."""
    parts = list(_parts(course))
    for known, found in parts:
        if known == name:
            return found
    near = difflib.get_close_matches(name, [known for known, _ in parts])
    hint = f" Did you mean: {', '.join(near)}?" if near else f" Modules: {', '.join(m.name for m in course.modules)}."
    raise BuildError(f"There is no question, lesson or module {name!r}.{hint}")


def _parts(course: Course) -> Iterator[tuple[str, Part]]:
    for module in course.modules:
        yield module.name, Part(module)
        for name in module.lessons:
            yield name, Part(module, name)
            for path in [*module.questions(name), *module.reflections(name)]:
                yield questionfile.name_of(path), Part(module, name, questionfile.name_of(path))


def problems(course: Course, chosen: Part, say: Say = print) -> list[str]:
    """Everything that is wrong with this part, one sentence each. Other lessons are not run."""
    if not chosen.lesson:
        return verify.problems(replace(course, modules=(chosen.module,)), say)
    module = replace(chosen.module, lessons=(chosen.lesson,))
    if not chosen.question:
        return verify.problems(replace(course, modules=(module,)), say)
    return [f"{chosen.question}: {one}" for one in _of_question(course, module, chosen, say)]


def _of_question(course: Course, module: Module, chosen: Part, say: Say) -> Iterator[str]:
    name = chosen.question
    marks = marking.load(module)
    notebook = lesson.to_notebook(module.lesson(chosen.lesson), module.points, course.edition)
    if name not in [*lesson.questions_in(notebook), *lesson.reflections_in(notebook)]:
        yield f"is asked nowhere: {module.lesson(chosen.lesson)} has no cell for it"
        return
    if name in marks.reflections:
        return
    marked = marks.questions[name]
    yield from verify.of_marking(marked)
    excepted = form.NOT_YET.get(f"{module.name}/{chosen.lesson}", {})
    for rule, fault in form.of_prompts(notebook, marks.questions):
        if rule in ("headings", f"prompt of {name}") and rule not in excepted:
            yield fault
    public = course.root / "datasets"
    for where, datasets in (("public", public), ("held-back", public / "held-back")):
        say(f"{name} on the {where} recordings")
        truth = truths.of_question(course, module, chosen.lesson, marked, datasets)
        yield from (f"on the {where} recordings: {fault}" for fault in verify.of_truths(marked.question, truth))
