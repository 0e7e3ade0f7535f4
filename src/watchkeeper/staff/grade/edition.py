"""Everything that grading one module needs, as plain data: compiled once, cached by content, sent to a cluster."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import watchkeeper
from watchkeeper.check.codec import from_plain, to_plain
from watchkeeper.check.key import KEY_FILE
from watchkeeper.staff.author.sheet import Sheet
from watchkeeper.staff.sandbox import needs
from watchkeeper.staff.sandbox.runner import packed

KEPT = ".watchkeeper/editions"
FORMAT = 4

Say = Callable[[str], None]


@dataclass(frozen=True)
class Lesson:
    """One notebook: the release, and the sheet that the judge reads."""

    name: str
    release: dict[str, Any]
    sheet: Sheet


@dataclass(frozen=True)
class Edition:
    """One module. `digest` is computed from everything that can change a mark.

    `beside`: the course's files that are put next to each notebook, by name. `inputs`: the questions' inputs, pickled;
    they are only unpickled in a box. `imports` and `opens`: the modules and the public recordings that notebooks use.
    """

    module: str
    digest: str
    lessons: dict[str, Lesson]
    beside: dict[str, bytes]
    inputs: dict[str, bytes]
    imports: tuple[str, ...]
    opens: tuple[str, ...]

    @property
    def possible(self) -> float:
        """The points that the judge can give."""
        return sum(sum(lesson.sheet.points.values()) for lesson in self.lessons.values())

    @property
    def prose(self) -> frozenset[str]:
        """The texts of the course's own markdown cells."""
        return frozenset(
            "".join(cell["source"])
            for lesson in self.lessons.values()
            for cell in lesson.release["cells"]
            if cell["cell_type"] == "markdown"
        )


def edition_of(root: Path, module: str, datasets: Path, held_back: Path, say: Say = print) -> Edition:
    """The edition of one module, from the cache or newly compiled. Raises BuildError if the course is broken."""
    digest = _digest(root, module, datasets, held_back)
    kept = root / KEPT / f"{module}-{digest}"
    try:
        return _read(kept)
    except (OSError, ValueError, KeyError, TypeError):
        pass  # missing or incomplete, so compile it again
    say(f"computing the course's own answers to {module}; they are kept until the course changes")
    found = _compiled(root, module, datasets, held_back, digest)
    _keep(kept, found)
    return found


def _compiled(root: Path, module: str, datasets: Path, held_back: Path, digest: str) -> Edition:
    from watchkeeper.staff.author import course as courses  # takes a second to import, only needed without a cache

    course = courses.read(root)
    chosen = course.module(module)
    lessons: dict[str, Lesson] = {}
    inputs: dict[str, bytes] = {}
    imports: set[str] = set()
    opens: set[str] = set()
    names = {card.parent.name for card in datasets.glob("*/card.toml")}
    for name in chosen.lessons:
        lessons[name], of_lesson = _of_lesson(course, chosen, name, datasets, held_back)
        inputs |= of_lesson
        imports |= needs.imported_by(lessons[name].release)
        opens |= needs.opened_by(lessons[name].release, names)
    beside = {KEY_FILE: (root / "source" / module / KEY_FILE).read_bytes()}
    return Edition(module, digest, lessons, beside, inputs, tuple(sorted(imports)), tuple(sorted(opens)))


def _of_lesson(course: Any, module: Any, name: str, datasets: Path, held_back: Path) -> tuple[Lesson, dict[str, bytes]]:
    from watchkeeper.check.inputs import resolve
    from watchkeeper.recording import Library
    from watchkeeper.staff.author import truths

    sheet = truths.of_notebook(course, module, name, datasets, held_back)
    release = json.loads((course.root / "release" / module.name / f"{name}.ipynb").read_text(encoding="utf-8"))
    inputs = {
        question: packed(resolve(one.inputs, Library(held_back)))
        for question, one in sheet.questions.items()
        if one.inputs
    }
    judged = {question: replace(one, alternatives={}) for question, one in sheet.truths.items()}
    return Lesson(name, release, replace(sheet, truths=judged)), inputs


def _digest(root: Path, module: str, datasets: Path, held_back: Path) -> str:
    """A digest of everything that can change a mark: the module's text, notebooks, the recordings' cards, our code."""
    from importlib.metadata import version

    house = Path(watchkeeper.__file__).parent
    texts = [*(root / "course").glob("*"), *(root / "course" / module).rglob("*")]
    built = [*(root / "source" / module).glob("*"), *(root / "release" / module).glob("*.ipynb")]
    cards = [*datasets.glob("*/card.toml"), *held_back.glob("*/card.toml")]
    digest = hashlib.sha256(f"{FORMAT}\0{version('pandas')}\0{datasets}\0{held_back}".encode())
    for path in sorted(one for one in [*texts, *built, *cards, *house.rglob("*.py")] if one.is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]


def _read(folder: Path) -> Edition:
    data = json.loads((folder / "edition.json").read_text(encoding="utf-8"))
    inputs = {path.stem: path.read_bytes() for path in folder.glob("*.pickle")}
    return replace(from_plain(Edition, data), inputs=inputs)


def _keep(folder: Path, edition: Edition) -> None:
    """Write the edition to a temporary folder and rename that, so that it is never incomplete. Deletes older ones."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    for old in folder.parent.glob(f"{edition.module}-*"):
        shutil.rmtree(old, ignore_errors=True)
    new = Path(tempfile.mkdtemp(prefix=".", dir=folder.parent))
    for question, pickled in edition.inputs.items():
        (new / f"{question}.pickle").write_bytes(pickled)
    (new / "edition.json").write_text(json.dumps(to_plain(replace(edition, inputs={}))), encoding="utf-8")
    new.rename(folder)
