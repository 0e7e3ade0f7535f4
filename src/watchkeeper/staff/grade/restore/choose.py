"""Finds which file of a submission is which of the module's notebooks, by its name and by the cells inside."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from watchkeeper.staff.grade.restore.parse import FILE

COPIES = r"\(\d+\)|^(copy of|kopie von|copia de|copie de)\b|\bcopy( ?\d*)\b|\bkopie( ?\d*)\b|\bcopia\b|\bcopie\b"
GRADE_ID = re.compile(rb'"grade_id"\s*:\s*"([^"\\]{1,200})"')
EXACT, SAME, WITHIN, OTHER = range(4)  # how well a name fits


@dataclass(frozen=True)
class Chosen:
    """`mapping` is notebook to file, for those that are there; the notes say what is renamed, missing or extra."""

    mapping: dict[str, str]
    notes: tuple[str, ...] = ()


def choose(wanted: Iterable[str], files: Mapping[str, bytes]) -> Chosen:
    """Find the wanted notebooks (names with or without `.ipynb`) among files (relative names with `/` to contents).

    If `wanted` maps names to grade_ids, a file with a lesson's grade_ids is recognized under any name, and a file with
    another lesson's is never matched by name alone. Of several files that fit, the one with the best name counts.
    """
    ids = {name: {one.encode() for one in wanted[name]} if isinstance(wanted, Mapping) else set() for name in wanted}
    found = {file: _ids(content) for file, content in files.items() if is_notebook(file)}
    pairs = []
    for file, inside in found.items():
        shares = {name: len(own & inside) / len(own) if own else 0.0 for name, own in ids.items()}
        for name in ids:
            fit = _fit(name, file)
            foreign = shares[name] == 0 and max(shares.values()) > 0
            if not foreign and (fit < OTHER or shares[name] > 0):
                rank = fit if shares[name] >= 0.5 or not ids[name] else fit + OTHER + 1
                pairs.append((rank, -shares[name], -len(name), file.count("/"), file, name))
    mapping: dict[str, str] = {}
    for *_, file, name in sorted(pairs):
        if name not in mapping and file not in mapping.values():
            mapping[name] = file
    return Chosen({name: mapping[name] for name in ids if name in mapping}, tuple(_notes(list(ids), mapping, found)))


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
    words = re.sub(r"[\W_]+", " ", re.sub(r"\(\d+\)", " ", unicodedata.normalize("NFC", name).casefold())).strip()
    return " ".join(re.sub(COPIES, " ", words).split())


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


def _notes(wanted: list[str], mapping: Mapping[str, str], found: Iterable[str]) -> Iterable[str]:
    for name in wanted:
        lesson = f"{_stem(name)}.ipynb"
        if name not in mapping:
            yield f"{lesson} is missing"
        elif mapping[name] != lesson:
            yield f"{shown(mapping[name])} is taken for {lesson}"
    extra = sorted(set(found) - set(mapping.values()))
    if extra:
        listed = ", ".join(map(shown, extra[:5])) + (f" and {len(extra) - 5} more" if len(extra) > 5 else "")
        yield f"extra notebooks are left out: {listed}"
