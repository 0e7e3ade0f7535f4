"""Writes an apprentice's submission: a module's notebooks, and who worked on them when. Its layout: `kit.archive`."""

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
    """The file that was written, and warnings about it."""

    path: Path
    notebooks: tuple[str, ...]
    warnings: tuple[str, ...]


def submit(module: str, name: str, kit: Path, here: Path, now: datetime | None = None) -> Submission:
    """Write `submission-<module>-<name>.zip` into the kit's folder. It replaces an earlier one of the same name.

    `module` may be empty if `here` is in a module's folder, and `name` if it was given before. Raises SubmissionError.
    """
    folder = _module(module, kit, here)
    person = _name(name, kit)
    notebooks = {path.name: path.read_bytes() for path in _notebooks(folder)}
    if not notebooks:
        raise SubmissionError(f"There is no notebook in {folder}. Copy it there from the kit's archive first.")
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
    said = f"There is no module {wanted!r} in {kit / 'release'}." if wanted else "Say which module you submit."
    listed = ", ".join(known) or "none, so unpack the kit again"
    raise SubmissionError(f"{said} There are: {listed}.\nFor example: watchkeeper submit {next(iter(known), 'MODULE')}")


def _name(name: str, kit: Path) -> str:
    path = kit / NAME_FILE
    found = " ".join((name or (path.read_text(encoding="utf-8") if path.is_file() else "")).split())
    if slug(found) in ("", "your-name"):  # "Your Name" is the example in the notebook
        raise SubmissionError('Give your name, only this once: watchkeeper submit MODULE --name "Ada Lovelace"')
    return found


def _notebooks(folder: Path) -> list[Path]:
    """The notebooks that apprentices work in, without newer versions next to them."""
    return [path for path in sorted(folder.glob("*.ipynb")) if not re.search(r"\.new(-\d+)?$", path.stem)]


def _without_answers(path: Path, content: bytes) -> str:
    """A warning if every answer cell is unchanged since the release; "" if at least one has been answered."""
    places = [cell for cell in _cells(path, content) if cell.metadata.get("nbgrader", {}).get("solution")]
    if not places:
        return f"{path.name} has no answer cells. Is it a notebook of the course?"
    if all(map(_untouched, places)):
        return f"{path.name} has no answers in it yet. If you did answer, save it (Ctrl-S) and submit again."
    return ""


def _untouched(cell: Any) -> bool:
    from nbgrader.utils import compute_checksum  # takes nearly a second, so import it only for submit

    mark = cell.metadata.nbgrader
    return "grade_id" in mark and mark.get("checksum") == compute_checksum(cell)


def _cells(path: Path, content: bytes) -> list[Any]:
    import nbformat

    try:
        return list(nbformat.reads(content.decode("utf-8-sig"), as_version=4).cells)
    except Exception:  # nbformat passes on any error of its schema, its converters or JSON
        raise SubmissionError(
            f"{path} is no longer a readable notebook.\n"
            "In JupyterLab, open it and choose File > Revert Notebook to Checkpoint;\n"
            "or copy the original from the kit's archive and answer again."
        ) from None


def _about(folder: Path, person: str, notebooks: Mapping[str, bytes], now: datetime) -> dict[str, Any]:
    try:
        edition = json.loads((folder / KEY_FILE).read_text(encoding="utf-8"))["edition"]
    except (OSError, ValueError, KeyError, TypeError):
        edition = ""  # an incomplete folder is not a reason to refuse a submission
    return handin.about(folder.name, edition, person, notebooks, now)
