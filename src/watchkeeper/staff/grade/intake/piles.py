"""Sorts the files of a source into piles, one per submission, and reads a pile's files.

A pile has an owner if the path of its files names one. Nothing here looks at what was taken in before.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any

from watchkeeper.kit.archive import ABOUT, BYTES, FILES, reserved, slug
from watchkeeper.staff.errors import Damaged, Unusable
from watchkeeper.staff.grade.intake import names
from watchkeeper.staff.grade.intake.entries import ARCHIVE, Entry, Listed, of_zip, room_for
from watchkeeper.staff.grade.intake.names import Owner
from watchkeeper.staff.grade.restore.choose import shown

Modules = Mapping[str, Collection[str]]
PEOPLE = 1_000  # in one archive


@dataclass(frozen=True)
class Pile:
    """The files of one submission: their names in it, their owner according to the path, and where they came from."""

    label: str
    owner: Owner | None
    entries: dict[tuple[str, ...], Entry]
    notes: list[str] = field(default_factory=list)


def check_people(zips: Collection[Entry], piles: Collection[Pile], outer: Pile, level: int) -> None:
    """Raise Unusable if an archive that should be one person's holds the work of several, or one holds too many."""
    if len(zips) + len(piles) > PEOPLE:
        raise Unusable(f"it has the work of more than {PEOPLE} people: take it in as several archives")
    packed = {"/".join(entry.parts): _named_in(entry) for entry in zips if level or outer.owner}
    loose = {pile.label: _named(pile.entries) or slug(pile.owner.name) for pile in piles if pile.owner}
    if outer.owner:
        people = set(packed.values()) - {""}  # a folder may be called like anything
        whose = f", and {shown(outer.owner.name)} submitted it: ask for their own work only"
    else:
        people = {name or label for label, name in (packed | loose).items()}
        whose = "; if you packed it, take it in by itself: name it in the command"
        if level == 0:
            return  # the mentor named it
    if len(people) > 1:
        listed = ", ".join(map(shown, sorted(people)[:5]))
        raise Unusable(f"it has the work of {len(people)} people or archives in it ({listed}){whose}")


def names_another(entry: Entry) -> bool:
    """Whether an archive's file name says nothing of the person named inside: then those that do come first."""
    words = {word for word in _named_in(entry).split("-") if len(word) > 2}
    return not words & set(slug(stem("/".join(entry.parts))).split("-"))


def _named_in(entry: Entry) -> str:
    """The slug of the name in an archive's submission.json, or "" if there is none that can be read."""
    try:
        return _named(of_zip(entry.read(room_for([entry], ARCHIVE))).entries)
    except Unusable:
        return ""


def _named(entries: Mapping[tuple[str, ...], Entry]) -> str:
    """The slug of the name in the submission.json among these files, or ""."""
    try:
        content = next((one.read(100_000) for parts, one in entries.items() if parts[-1] == ABOUT), b"")
        name = json.loads(content.decode("utf-8-sig"))["name"]
        return slug(name) if isinstance(name, str) else ""
    except (Unusable, ValueError, KeyError, TypeError, RecursionError):
        return ""


def dealt(
    listed: Listed, modules: Modules, in_folder: bool, is_outside: bool, slots: Mapping[tuple[str, str], str]
) -> tuple[list[Entry], list[Pile]]:
    """The files whose path names no one, and the others as piles, one per submission.

    People of the same name whom an LMS tells apart by a number get that number, unless `slots` knows their folder.
    """
    loose: list[Entry] = []
    piles: dict[str, Pile] = {}
    for parts, entry in listed.entries.items():
        owner = names.owner(parts, modules, in_folder, is_outside)
        if owner is None or not owner.rest:
            loose.append(entry)
        else:
            piles.setdefault(owner.group, Pile(owner.group, owner, {})).entries[owner.rest] = entry
    numbers: dict[str, set[str]] = defaultdict(set)
    for pile in piles.values():
        if pile.owner and pile.owner.number:
            numbers[slug(pile.owner.name)].add(pile.owner.number)
    return loose, [_told_apart(pile, numbers, slots) for pile in piles.values()]


def _told_apart(pile: Pile, numbers: Mapping[str, set[str]], slots: Mapping[tuple[str, str], str]) -> Pile:
    owner = pile.owner
    if not owner or len(numbers.get(slug(owner.name), ())) < 2 or (owner.system, owner.number) in slots:
        return pile
    note = f"several students are called {shown(owner.name)}; this is number {owner.number} in the LMS"
    return replace(pile, owner=replace(owner, name=f"{owner.name} {owner.number}"), notes=[*pile.notes, note])


def is_zip(parts: tuple[str, ...]) -> bool:
    return parts[-1].lower().endswith(".zip")


def contents(pile: Pile) -> dict[str, bytes]:
    """The files' contents, together within the limit. A damaged file is left out, with a note."""
    if len(pile.entries) > FILES:
        raise Unusable(f"it has {len(pile.entries)} files, more than {FILES}")
    files: dict[str, bytes] = {}
    room = room_for(pile.entries.values(), BYTES)
    for parts, entry in pile.entries.items():
        try:
            files["/".join(parts)] = content = entry.read(room)
            room -= len(content)
        except Damaged as problem:
            pile.notes.append(f"left out: {problem}")
    return files


def without_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files as in a module's folder: if all of them are in the same folder, that is removed from their names."""
    tops = {name.split("/")[0] if "/" in name else "" for name in files}
    if len(tops) == 1 and (top := tops.pop()):
        return without_folder({name[len(top) + 1 :]: content for name, content in files.items()})
    return files


def without_ours(files: Mapping[str, bytes]) -> tuple[dict[str, bytes], list[str]]:
    """The files without those whose names the grader needs for its own, and a note for each of these."""
    kept, notes = {}, []
    for name, content in files.items():
        why = reserved(tuple(name.split("/")))
        if why and (name.casefold() == "graded.json" or "/" in name):
            notes.append(f"{shown(name)} is left out: {why}")
        else:
            kept[name] = content
    return kept, notes


def about_in(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What `watchkeeper submit` wrote next to the notebooks, or nothing if it is missing or malformed."""
    content = next((content for name, content in files.items() if name.split("/")[-1] == ABOUT), b"")
    try:
        about = json.loads(content.decode("utf-8-sig")) if len(content) < 100_000 else None
    except (ValueError, RecursionError):
        about = None
    return about if isinstance(about, dict) else {}


def stem(label: str) -> str:
    return PurePosixPath(label).name.removesuffix(".zip").removesuffix(".ZIP")
