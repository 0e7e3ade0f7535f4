"""Writes an apprentice's submission: a module's files, and who worked on them when. Its layout: `kit.archive`."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from watchkeeper.check.key import KEY_FILE
from watchkeeper.errors import SubmissionError
from watchkeeper.kit import archive as handin
from watchkeeper.kit import folder as work
from watchkeeper.kit.archive import slug, spelled
from watchkeeper.words import clean

NAME_FILE = ".watchkeeper/name"
NOTEBOOK = ".ipynb"


@dataclass(frozen=True)
class Submission:
    """The file that was written, the names of what is in it, and warnings about it.

    `left_out` has one sentence for each file in the module's folder that is not in it, or for several of a kind.
    """

    path: Path
    notebooks: tuple[str, ...]
    warnings: tuple[str, ...]
    files: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


def submit(module: str, name: str, kit: Path, here: Path, now: datetime | None = None) -> Submission:
    """Write `submission-<module>-<name>.zip` into the kit's folder. It replaces an earlier one of the same person.

    It holds the notebooks and every other file of the apprentice's own in the module's folder, because the grader reads
    those too. `module` may be empty if `here` is in a module's folder, and `name` if it was given before. Raises
    SubmissionError.
    """
    folder = _module(module, kit, here)
    person = _name(name, kit)
    target = kit / handin.file_name(folder.name, person)
    _keep_others(target, folder.name, person)
    files, left_out = _packed(folder, _delivered(kit, folder))
    notebooks = {name: content for name, content in files.items() if name.lower().endswith(NOTEBOOK)}
    if not notebooks:
        raise SubmissionError(f"There is no notebook in {folder}. Copy it there from the kit's archive first.")
    ours = {one for one in _delivered(kit, folder) if one.endswith(NOTEBOOK)}
    warnings = list(_warnings(folder, notebooks, ours))
    about = _about(folder, person, files, now or datetime.now(UTC))
    work.write(target, handin.archive(files, about))
    work.write(kit / NAME_FILE, (person + "\n").encode())
    others = tuple(name for name in files if name not in notebooks)
    return Submission(target, tuple(notebooks), tuple(warnings), others, tuple(left_out))


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
    found = spelled(name or (path.read_text(encoding="utf-8") if path.is_file() else ""))
    if slug(found) in ("", "your-name"):  # "Your Name" is the example in the notebook
        raise SubmissionError('Give your name, only this once: watchkeeper submit MODULE --name "Ada Lovelace"')
    if any("\ud800" <= letter <= "\udfff" for letter in found):  # bytes that the system could not decode
        raise SubmissionError(
            "Your terminal gave your name in another encoding than this system's, so some letters can't be read. Type "
            "the command in a notebook, in a cell that begins with !, or give your name in plain letters."
        )
    return found


def _keep_others(target: Path, module: str, person: str) -> None:
    """Raise SubmissionError if the archive to write is there already and is someone else's."""
    there = spelled(handin.person_in(target.read_bytes())) if target.is_file() else ""
    if there and there != person:
        raise SubmissionError(
            f"{target.name} is the submission of {clean(there)}, and yours would have the same file name. Nothing was "
            f'written.\nIf that is you, use the same spelling: watchkeeper submit {module} --name "{clean(there)}"\n'
            "If that is someone else, move their file out of this folder first, and tell your mentor that your names "
            "are alike."
        )


def _delivered(kit: Path, folder: Path) -> dict[str, str]:
    """The course's own files in a module's folder: name in it to the sha256 that they were delivered with."""
    prefix = folder.relative_to(kit).as_posix() + "/"
    return {name[len(prefix) :]: sha for name, sha in work.delivered(kit).items() if name.startswith(prefix)}


def _packed(folder: Path, delivered: Mapping[str, str]) -> tuple[dict[str, bytes], list[str]]:
    """The apprentice's files in a module's folder, and a sentence for whatever is left out. Notebooks come first."""
    found: dict[str, Path] = {}
    left_out: list[str] = []
    skipped: list[str] = []

    def unread(error: OSError) -> None:
        left_out.append(f"{clean(Path(error.filename).name)} is left out: it can't be read ({error.strerror}).")

    for where, folders, names in os.walk(folder, onerror=unread):
        inside = Path(where).relative_to(folder)
        for name in sorted(folders):
            if _is_not_work(name) or Path(where, name, "pyvenv.cfg").is_file():
                skipped.append(f"{(inside / name).as_posix()}/")
            elif Path(where, name).is_symlink():
                left_out.append(f"{(inside / name).as_posix()} is left out: it is a link.")
            else:
                continue
            folders.remove(name)
        folders.sort()
        for name in sorted(names):
            full, path = (inside / name).as_posix(), Path(where, name)
            if _is_not_work(name):
                skipped.append(full)
            elif full in delivered and not name.endswith(NOTEBOOK) and _is_ours(path, full, delivered[full]):
                continue  # the grader has it
            elif re.search(r"\.new(-\d+)?$", path.stem) and name.endswith(NOTEBOOK):
                continue  # a newer version, which was put next to the work
            elif why := _unusable(full, path, found):
                left_out.append(f"{clean(full)} is left out: {why}.")
            else:
                found[full] = path
    files = _read(found, left_out)
    if skipped:
        some = ", ".join(map(clean, skipped[:5])) + (f" and {len(skipped) - 5} more" if len(skipped) > 5 else "")
        left_out.append(f"Hidden files, caches and environments are left out: {some}.")
    return files, left_out


def _is_ours(path: Path, full: str, was: str) -> bool:
    """Whether a file is still the course's own, as it was delivered."""
    return full in handin.OURS or (path.is_file() and work.digest(path.read_bytes()) == was)


def _is_not_work(name: str) -> bool:
    return name.startswith(".") or name.lower() in handin.IGNORED


def _unusable(full: str, path: Path, found: Collection[str]) -> str:
    """Why a file can't be submitted, or "". The grader's intake would leave it out for the same reasons."""
    if path.is_symlink() or not path.is_file():
        return "it is a link" if path.is_symlink() else "it is not a regular file"
    parts, problem = handin.checked(full)
    if problem:
        return problem
    if problem := handin.reserved(parts):
        return f"{problem}; rename yours"
    if full.casefold() in {one.casefold() for one in found}:
        return "another file's name differs only in case; rename one of them"
    return ""


def _read(found: Mapping[str, Path], left_out: list[str]) -> dict[str, bytes]:
    """The files' contents, within the limits of a submission."""
    files: dict[str, bytes] = {}
    room = handin.BYTES
    for name in sorted(found, key=lambda one: (not one.lower().endswith(NOTEBOOK), one.count("/"), one)):
        size = f"{found[name].stat().st_size / 1e6:.0f} MB"
        if len(files) >= handin.FILES - 2:  # submission.json and timestamp.txt come on top
            left_out.append(f"{clean(name)} is left out: a submission has at most {handin.FILES} files.")
        elif found[name].stat().st_size > room:
            most = f"{handin.BYTES // 1_000_000} MB"
            left_out.append(f"{clean(name)} is left out: it has {size}, and all files together may have {most}.")
        else:
            try:
                files[name] = found[name].read_bytes()
                room -= len(files[name])
            except OSError as error:
                left_out.append(f"{clean(name)} is left out: it can't be read ({error.strerror}).")
    return files


@dataclass(frozen=True)
class _Notebook:
    """A notebook to submit: the grade_ids of its answers, and those that have been answered."""

    name: str
    answers: frozenset[str]
    answered: frozenset[str]


def _warnings(folder: Path, notebooks: Mapping[str, bytes], ours: Collection[str]) -> Iterator[str]:
    """What the apprentice should look at: no answers, or several notebooks with answers to the same questions."""
    read = []
    for name, content in notebooks.items():
        try:
            read.append(_answers(name, _cells(folder / name, content)))
        except SubmissionError as error:
            if name in ours or len(notebooks) == 1:
                raise
            yield str(error).splitlines()[0]
    done: set[str] = set()
    for one in sorted(read, key=lambda one: (one.name not in ours, one.name.count("/"), one.name)):
        if not one.answers:
            yield f"{one.name} has no answer cells. Is it a notebook of the course?"
        elif one.name not in done:
            alike = [one, *(other for other in read if other is not one and _is_copy(one, other))]
            done |= {other.name for other in alike}
            yield from _which_counts(alike, ours)


def _which_counts(alike: Sequence[_Notebook], ours: Collection[str]) -> Iterator[str]:
    """A warning unless the notebook with the course's name is the only one with answers."""
    first, answered = alike[0].name, [one.name for one in alike if one.answered]
    if not answered:
        yield f"{first} has no answers in it yet. If you did answer, save it (Ctrl-S) and submit again."
    elif len(answered) == 1 and answered[0] != first:
        yield f"{first} has no answers in it, but {answered[0]} has, so {answered[0]} is the one that will be graded."
    elif len(answered) > 1:
        listed = " and ".join([", ".join(answered[:-1]), answered[-1]])
        which = f"{first} will be graded, and the rest ignored" if first in ours and first in answered else ""
        yield (
            f"{listed} have answers to the same questions, and only one of them can count. "
            + (f"{which}. " if which else "")
            + "Keep the one that counts in this folder, move the others out, and submit again."
        )


def _is_copy(one: _Notebook, other: _Notebook) -> bool:
    return 2 * len(one.answers & other.answers) > min(len(one.answers), len(other.answers))


def _answers(name: str, cells: Sequence[Any]) -> _Notebook:
    marked = [cell for cell in cells if cell.metadata.get("nbgrader", {}).get("solution")]
    places = [str(cell.metadata.nbgrader.get("grade_id", "")) for cell in marked]
    answered = [place for place, cell in zip(places, marked, strict=True) if not _untouched(cell)]
    return _Notebook(name, frozenset(places), frozenset(answered))


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


def _about(folder: Path, person: str, files: Mapping[str, bytes], now: datetime) -> dict[str, Any]:
    try:
        edition = json.loads((folder / KEY_FILE).read_text(encoding="utf-8"))["edition"]
    except (OSError, ValueError, KeyError, TypeError):
        edition = ""  # an incomplete folder is not a reason to refuse a submission
    return handin.about(folder.name, edition, person, files, now)
