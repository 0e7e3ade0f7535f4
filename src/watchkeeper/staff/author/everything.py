"""`watchkeeper build`: source, release and the generated tables of module.md, for all modules."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import watchkeeper
from watchkeeper.staff.author import claims, hint, marking, release, several, source
from watchkeeper.staff.author.course import Course, Module
from watchkeeper.staff.errors import StaleError

Say = Callable[[str], None]
BUILT = ".watchkeeper/built"  # one file per module: a digest of what it was built from and of the result
take_back = source.take_back


def build(
    course: Course, datasets: Path, check: bool = False, say: Say = print, modules: Sequence[Module] = ()
) -> list[Path]:
    """Write what differs and give the paths that changed. With `check`, raise StaleError instead of writing.

    Builds these `modules`, or all. A module is skipped if nothing of what it was last built from has changed, and
    nothing of the result; a check never skips one.
    """
    course = replace(course, modules=tuple(modules) or course.modules)
    source.refuse_edited(course)
    changed: list[Path] = []
    due = [module for module in course.modules if check or _built(course, module, datasets) != _kept(course, module)]
    jobs = [(course, module, datasets) for module in due]
    for module, (made, released) in zip(due, several.each(_made, jobs, say, "modules"), strict=True):
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
        if not check:
            kept = course.root / BUILT / module.name
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(_built(course, module, datasets), encoding="utf-8")
    if check and changed:
        listed = ", ".join(str(path.relative_to(course.root)) for path in changed)
        raise StaleError(f"Stale: {listed}.\nRebuild with: {hint.watchkeeper('build', course.root)}")
    return changed


def _built(course: Course, module: Module, datasets: Path) -> str:
    """A digest of everything that a module is built from, and of what is there of it in `source/` and `release/`."""
    root = course.root
    texts = [*(root / "course").glob("*.*"), *module.folder.rglob("*"), root / "nbgrader_config.py"]
    made = [path for folder in ("source", "release") for path in (root / folder / module.name).glob("*")]
    code = Path(watchkeeper.__file__).parent.rglob("*.py")
    digest = hashlib.sha256(str(datasets).encode())
    for path in sorted(path for path in [*texts, *made, *datasets.glob("*/card.toml"), *code] if path.is_file()):
        if path.suffix != ".pyc":
            digest.update(f"{path}\0".encode("utf-8", "surrogateescape") + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _kept(course: Course, module: Module) -> str:
    path = course.root / BUILT / module.name
    return path.read_text(encoding="utf-8") if path.is_file() else ""


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
