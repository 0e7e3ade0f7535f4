"""The file an apprentice hands in: a module's notebooks, and who worked on them when. What is in it: `check.handin`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from watchkeeper.check.key import KEY_FILE
from watchkeeper.errors import SubmissionError
from watchkeeper.kit import archive as handin
from watchkeeper.kit import folder as work
from watchkeeper.kit.archive import slug

NAME_FILE = ".watchkeeper/name"


@dataclass(frozen=True)
class Submission:
    """The file that was written, and what its owner should know about it."""

    path: Path
    notebooks: tuple[str, ...]
    warnings: tuple[str, ...]


def submit(module: str, name: str, kit: Path, here: Path, now: datetime | None = None) -> Submission:
    """Write `submission-<module>-<name>.zip` into the kit's folder, in place of an earlier one of the same name.

    `module` may be empty inside a module's folder, `name` when it was given before. Raises SubmissionError.
    """
    folder = _module(module, kit, here)
    person = _name(name, kit)
    notebooks = {path.name: path.read_bytes() for path in _notebooks(folder)}
    if not notebooks:
        raise SubmissionError(f"There is no notebook in {folder}. Copy it there out of the kit's archive first.")
    warnings = [warning for file, content in notebooks.items() if (warning := _without_answers(folder / file, content))]
    about = _about(folder, person, notebooks, now or datetime.now(UTC))
    target = kit / handin.file_name(folder.name, person)
    work.write(target, handin.archive(notebooks, about))
    work.write(kit / NAME_FILE, (person + "\n").encode())
    return Submission(target, tuple(notebooks), tuple(warnings))


def _module(module: str, kit: Path, here: Path) -> Path:
    known = work.modules(kit)
    wanted = Path(module.replace("\\", "/")).name or (here.name if here.parent == kit / "release" else "")
    if wanted in known:
        return known[wanted]
    said = f"There is no module {wanted!r} in {kit / 'release'}." if wanted else "Say which module you hand in."
    listed = ", ".join(known) or "none, so unpack the kit again"
    raise SubmissionError(f"{said} There are: {listed}.\nFor example: watchkeeper submit {next(iter(known), 'MODULE')}")


def _name(name: str, kit: Path) -> str:
    path = kit / NAME_FILE
    found = " ".join((name or (path.read_text(encoding="utf-8") if path.is_file() else "")).split())
    if slug(found) in ("", "your-name"):  # the second stands in the notebook, for somebody to write over
        raise SubmissionError('Say who you are, this once: watchkeeper submit MODULE --name "Ada Lovelace"')
    return found


def _notebooks(folder: Path) -> list[Path]:
    """The notebooks somebody works in: not a newer version laid beside one."""
    return [path for path in sorted(folder.glob("*.ipynb")) if not re.search(r"\.new(-\d+)?$", path.stem)]


def _without_answers(path: Path, content: bytes) -> str:
    """A warning when every place for an answer is as it was released; "" when somebody has answered something."""
    places = [cell for cell in _cells(path, content) if cell.metadata.get("nbgrader", {}).get("solution")]
    if not places:
        return f"{path.name} has no place for an answer: is it a notebook of the course?"
    if all(map(_untouched, places)):
        return f"{path.name} has no answer in it yet. If you did answer, save it (Ctrl-S) and hand in again."
    return ""


def _untouched(cell: Any) -> bool:
    from nbgrader.utils import compute_checksum  # nearly a second: only who hands in pays for it

    mark = cell.metadata.nbgrader
    return "grade_id" in mark and mark.get("checksum") == compute_checksum(cell)


def _cells(path: Path, content: bytes) -> list[Any]:
    import nbformat

    try:
        return list(nbformat.reads(content.decode("utf-8-sig"), as_version=4).cells)
    except Exception:  # nbformat raises whatever its schema, its converters or JSON raise
        raise SubmissionError(
            f"{path} can't be read as a notebook any more.\n"
            "In JupyterLab, open it and choose File > Revert Notebook to Checkpoint;\n"
            "or copy the original out of the kit's archive and answer again."
        ) from None


def _about(folder: Path, person: str, notebooks: Mapping[str, bytes], now: datetime) -> dict[str, Any]:
    try:
        edition = json.loads((folder / KEY_FILE).read_text(encoding="utf-8"))["edition"]
    except (OSError, ValueError, KeyError, TypeError):
        edition = ""  # an incomplete folder is no reason to refuse somebody's work
    return handin.about(folder.name, edition, person, notebooks, now)
