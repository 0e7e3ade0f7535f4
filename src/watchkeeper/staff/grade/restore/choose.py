"""Finds which file of a submission is which of the module's notebooks, by its name and by the cells inside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from watchkeeper.staff.grade.restore.parse import FILE

COPIES = r"\(\d+\)|^(copy of|kopie von|copia de|copie de)\b|\bcopy( ?\d*)\b|\bkopie( ?\d*)\b|\bcopia\b|\bcopie\b"
GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"([^"\\]{1,200})"')
EXACT, SAME, WITHIN, OTHER = range(4)  # how well a name fits

Answers = Mapping[str, str]  # grade_id to text, of the answers that differ from the release
Work = Callable[[str, bytes], Answers]  # the answers to a lesson's questions in a file's content


@dataclass(frozen=True)
class Chosen:
    """`mapping` is notebook to file, for those that are there; the notes say what is renamed, missing or extra."""

    mapping: dict[str, str]
    notes: tuple[str, ...] = ()


def choose(wanted: Iterable[str], files: Mapping[str, bytes], work: Work | None = None) -> Chosen:
    """Find the wanted notebooks (names with or without `.ipynb`) among files (relative names with `/` to contents).

    If `wanted` maps names to grade_ids, a file with a lesson's grade_ids is recognized under any name, and a file with
    another lesson's is never matched by name alone. Of several files that fit, one with answers counts more than one
    without (`work` finds the answers of a lesson in a file's content), and of these the one with the best name.
    """
    ids = {name: {one.encode() for one in wanted[name]} if isinstance(wanted, Mapping) else set() for name in wanted}
    found = {file: _ids(content) for file, content in files.items() if is_notebook(file)}
    fitting: dict[str, list[tuple[int, float, int, int, str]]] = {name: [] for name in ids}
    for file, inside in found.items():
        shares = {name: len(own & inside) / len(own) if own else 0.0 for name, own in ids.items()}
        for name in ids:
            fit = _fit(name, file)
            foreign = shares[name] == 0 and max(shares.values()) > 0
            if not foreign and (fit < OTHER or shares[name] > 0):
                rank = fit if shares[name] >= 0.5 or not ids[name] else fit + OTHER + 1
                fitting[name].append((rank, -shares[name], -len(name), file.count("/"), file))
    answers = {
        name: {file: work(name, files[file]) if work and len(ranked) > 1 else {} for *_, file in ranked}
        for name, ranked in fitting.items()
    }
    pairs = [
        ((not answers[name][one[-1]] and any(answers[name].values()), *one), name)
        for name, ranked in fitting.items()
        for one in ranked
    ]
    mapping: dict[str, str] = {}
    for (*_, file), name in sorted(pairs):
        if name not in mapping and file not in mapping.values():
            mapping[name] = file
    mapping = {name: mapping[name] for name in ids if name in mapping}
    return Chosen(mapping, tuple(_notes(list(ids), mapping, found, answers)))


def is_notebook(file: str) -> bool:
    """Whether a file is a notebook to work in, and not a checkpoint or a newer version that was put next to one.

    >>> is_notebook("a/First.IPYNB"), is_notebook(".ipynb_checkpoints/a-checkpoint.ipynb"), is_notebook("a.new.ipynb")
    (True, False, False)
    """
    path = PurePosixPath(file)
    hidden = any(part.startswith((".", "__")) for part in path.parts)
    return path.suffix.lower() == ".ipynb" and not hidden and not re.search(r"\.new(-\d+)?$", path.stem)


def shown(name: str) -> str:
    """A name from a submission for use in a sentence: printable, and at most 80 characters long."""
    text = "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in name)
    return text if len(text) <= 80 else f"{text[:60]}…{text[-19:]}"


def _stem(name: str) -> str:
    return name[: -len(".ipynb")] if name.lower().endswith(".ipynb") else name


def plain(name: str) -> str:
    """The words of a file's name in lower case, without punctuation and what file managers add to a copy."""
    text = re.sub(r"\(\d+\)", " ", unicodedata.normalize("NFC", name).casefold())
    words = "".join(one if one.isalnum() or unicodedata.category(one)[0] == "M" else " " for one in text)
    return " ".join(re.sub(COPIES, " ", " ".join(words.split())).split())


def _fit(name: str, file: str) -> int:
    if file == f"{_stem(name)}.ipynb":
        return EXACT
    lesson, stem = plain(_stem(name)), plain(_stem(PurePosixPath(file).name))
    if lesson == stem:
        return SAME
    return WITHIN if lesson and f" {lesson} " in f" {stem} " else OTHER


def _ids(content: bytes) -> set[bytes]:
    """The grade_ids in a file, found without parsing, so also in a damaged one. (UTF-16's zero bytes are skipped.)"""
    return set(GRADE_ID.findall(content[:FILE].replace(b"\0", b"")))


def _notes(
    wanted: list[str], mapping: Mapping[str, str], found: Iterable[str], answers: Mapping[str, Mapping[str, Answers]]
) -> Iterator[str]:
    """What is renamed, missing, chosen among several, or extra. `answers` are by notebook and file."""
    mentioned = set(mapping.values())
    for name in wanted:
        lesson, taken = f"{_stem(name)}.ipynb", mapping.get(name)
        if taken is None:
            yield f"{lesson} is missing"
            continue
        theirs = answers[name]
        idle = [file for file in theirs if file != taken and not theirs[file] and theirs[taken]]
        others = [file for file in theirs if file != taken and theirs[file] and theirs[file] != theirs[taken]]
        if idle and taken != lesson:
            yield f"{_listed(idle)} has no answers in it, so {shown(taken)} is taken for {lesson}"
        elif taken != lesson:
            yield f"{shown(taken)} is taken for {lesson}"
        if others:
            yield (
                f"{shown(taken)} is graded, and {_listed(others)} has other answers to the same questions: if that one "
                f"counts, give it the name {lesson}, in the submission's folder, and grade again"
            )
        mentioned |= {*others, *(idle if taken != lesson else ())}
    extra = sorted(set(found) - mentioned)
    if extra:
        yield f"extra notebooks are left out: {_listed(extra)}"


def _listed(files: list[str]) -> str:
    files = sorted(files)
    return ", ".join(map(shown, files[:5])) + (f" and {len(files) - 5} more" if len(files) > 5 else "")
