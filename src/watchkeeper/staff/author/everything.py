"""`watchkeeper build`: source, release and the generated tables of module.md, for all modules."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from watchkeeper.staff.author import claims, marking, release, several, source
from watchkeeper.staff.author.course import Course, Module
from watchkeeper.staff.errors import StaleError

Say = Callable[[str], None]
take_back = source.take_back


def build(course: Course, datasets: Path, check: bool = False, say: Say = print) -> list[Path]:
    """Write what differs and give the paths that changed. With `check`, raise StaleError instead of writing."""
    source.refuse_edited(course)
    changed: list[Path] = []
    jobs = [(course, module, datasets) for module in course.modules]
    for module, (made, released) in zip(course.modules, several.each(_made, jobs, say, "modules"), strict=True):
        about = claims.written(module, marking.load(module))
        if about != module.about.read_text(encoding="utf-8"):
            changed.append(module.about)
            if not check:
                module.about.write_text(about, encoding="utf-8", newline="\n")
        for folder, wanted in ((course.root / "source", made), (course.root / "release", released)):
            if check:
                changed += stale(folder / module.name, wanted)
            else:
                changed += source.write(folder / module.name, wanted)
    if check and changed:
        listed = ", ".join(str(path.relative_to(course.root)) for path in changed)
        raise StaleError(f"Stale: {listed}.\nRebuild with: watchkeeper build")
    return changed


def _made(course: Course, module: Module, datasets: Path) -> tuple[dict[str, str], dict[str, str]]:
    """What `source/` and `release/` must hold of one module; runs in a process of its own."""
    made = source.files(course, module, datasets, say=lambda _: None)
    return made, release.files(course.root, module.name, made)


def stale(folder: Path, wanted: dict[str, str]) -> list[Path]:
    """The files of a generated folder that are not what the course's text gives."""
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    differing = [folder / name for name in sorted(there - wanted.keys())]
    for name, content in wanted.items():
        path = folder / name
        if name not in there or path.read_text(encoding="utf-8") != content:
            differing.append(path)
    return differing
