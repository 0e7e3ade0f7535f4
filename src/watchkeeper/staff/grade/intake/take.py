"""Takes submissions out of folders and archives, each with its owner, its module and notes on what was repaired.

The mentor's system (the LMS, nbgrader's exchange, a folder per student) decides who submitted something, never a file
inside, because anyone can write someone else's name into an archive. Only if an archive comes by itself does the name
inside count, because there is no other. Then the notes mention a second archive for the same student.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from watchkeeper.kit.archive import slug
from watchkeeper.staff.errors import Damaged, Earlier, IntakeError, Unusable
from watchkeeper.staff.grade.intake import disk, names
from watchkeeper.staff.grade.intake.entries import ARCHIVE, Entry, Listed, checked, of_folder, of_zip
from watchkeeper.staff.grade.intake.names import Owner
from watchkeeper.staff.grade.restore.choose import choose, is_notebook, shown

Modules = Mapping[str, Collection[str]]
Say = Callable[[str], None]
ABOUT = "submission.json"
NO_ONE = {"", "your-name", "release", "source", "submitted", "autograded", "feedback"}  # folders, not people
LEVELS = 2  # an LMS's archive holds an apprentice's archive, and that holds files


@dataclass(frozen=True)
class Taken:
    """A submission that is now at `path`. If it is not `is_new`, it was there already and nothing changed."""

    student: str
    module: str
    path: Path
    notes: tuple[str, ...] = ()
    is_new: bool = True


@dataclass(frozen=True)
class Refused:
    """A part of the source that was not taken in, and a sentence that says why."""

    what: str
    why: str


def take_in(
    source: Path, submitted: Path, modules: Modules, say: Say = lambda _: None, now: datetime | None = None
) -> list[Taken | Refused]:
    """Bring every submission in `source` into `submitted`. `modules`: the names of each module's notebooks.

    A source is a zip of `watchkeeper submit`, a folder or zip of such zips, the archive of all submissions that Moodle
    or Canvas gives, a folder `<student>/<module>/`, or the inbound folder of nbgrader's exchange. A later submission
    replaces an earlier one of the same student and module. `say` is called with a line for each result.
    Raises IntakeError if there is no source, or if another intake is running.
    """
    if not source.exists():
        raise IntakeError(f"{source} does not exist: name the folder or zip that has the submissions.")
    with disk.Store(submitted) as store:
        taking = _Taking(store, modules, say, now or datetime.now(UTC))
        taking.source(source)
    new = [one for one in taking.results if isinstance(one, Taken) and one.is_new]
    refused = sum(isinstance(one, Refused) for one in taking.results)
    same = len(taking.results) - len(new) - refused
    say(f"{len(new)} taken in, {same} unchanged, {refused} refused." + ("" if new else " Nothing was changed."))
    return taking.results


@dataclass(frozen=True)
class _Pile:
    """The files of one submission: their names in it, their owner according to the path, and where they came from."""

    label: str
    owner: Owner | None
    entries: dict[tuple[str, ...], Entry]
    notes: list[str] = field(default_factory=list)


class _Taking:
    """One intake. `results` are in the order of the source."""

    def __init__(self, store: disk.Store, modules: Modules, say: Say, now: datetime) -> None:
        self.store, self.modules, self.say, self.now = store, modules, say, now
        self.results: list[Taken | Refused] = []
        self.origins: dict[tuple[str, str], str] = {}

    def source(self, source: Path) -> None:
        """Take in everything in a folder or zip."""
        self._guarded(
            source.name,
            lambda: self._tree(
                of_folder(source) if source.is_dir() else of_zip(source),
                _Pile(source.name, None, {}),
                source.is_dir(),
                0,
            ),
        )

    def _guarded(self, label: str, work: Callable[[], None]) -> None:
        try:
            work()
        except (Unusable, Earlier) as problem:
            self._refuse(label, str(problem))
        except Exception as error:  # whatever is wrong with one item, take in the others
            self._refuse(label, f"it could not be taken in ({type(error).__name__})")

    def _refuse(self, label: str, why: str) -> None:
        why = f"{why[:1].upper()}{why[1:]}."
        self.results.append(Refused(shown(label), why))
        self.say(f"refused {shown(label)}: {why}")

    def _tree(self, listed: Listed, outer: _Pile, in_folder: bool, level: int) -> None:
        """Sort the files of a folder or archive by owner, and take in each submission."""
        is_outside = level == 0 and outer.owner is None
        loose, piles = _dealt(listed, self.modules, in_folder, is_outside)
        if is_outside and (in_folder or len(piles) != 1):
            self._spread(listed, {pile.owner.group: pile for pile in piles if pile.owner}, in_folder)
        for pile in piles:
            if outer.owner and pile.owner:  # the name outside counts; only the module comes from the path inside
                owner = replace(outer.owner, module=outer.owner.module or pile.owner.module)
                pile = _Pile(outer.label, owner, pile.entries, [*outer.notes, *listed.notes])
            else:
                pile.notes.extend(listed.notes)
                pile = replace(pile, label=pile.label if level == 0 else outer.label)
            self._guarded(pile.label, partial(self._hand_in, pile, level))
        zips = [one for one in loose if _is_zip(one.parts)]
        for entry in zips:
            inner = _Pile(outer.label if outer.owner else "/".join(entry.parts), outer.owner, {}, list(outer.notes))
            self._guarded(inner.label, partial(self._inner, entry, inner, level))
        rest = {one.parts: one for one in loose if not _is_zip(one.parts)}
        if in_folder:
            for top in sorted({parts[0] for parts in rest}):
                self._refuse(top, "nothing says whose it is: it is not a zip, and not in a folder <student>/<module>")
        elif any(is_notebook("/".join(parts)) for parts in rest) or not (piles or zips):
            pile = _Pile(outer.label, outer.owner, rest, [*outer.notes, *listed.notes])
            self._guarded(pile.label, partial(self._package, pile))

    def _spread(self, listed: Listed, piles: Mapping[str, _Pile], in_folder: bool) -> None:
        """Tell each owner which of their files were left out, and the mentor which files without an owner were."""
        ownerless = 0
        for name, why in listed.left_out:
            owner = names.owner(checked(name)[0], self.modules, in_folder, True)
            if owner and owner.group in piles:
                piles[owner.group].notes.append(f"{shown(name)} is left out: {why}")
            elif (ownerless := ownerless + 1) <= 20:
                self._refuse(name, why)
        if ownerless > 20:
            self._refuse("and more", f"{ownerless - 20} other files could not be taken in either")
        listed.left_out.clear()

    def _inner(self, entry: Entry, outer: _Pile, level: int) -> None:
        if level >= LEVELS:
            raise Unusable("it is an archive in an archive in an archive")
        self._tree(of_zip(entry.read(ARCHIVE)), outer, False, level + 1)

    def _hand_in(self, pile: _Pile, level: int) -> None:
        """Take in a pile that names its module. Otherwise look for submissions among its files."""
        owner = pile.owner
        packed = any(map(_is_zip, pile.entries)) and not any(is_notebook("/".join(one)) for one in pile.entries)
        if owner and owner.module and not packed:
            self._package(pile)
        else:
            inside = Listed({parts: Entry(parts, entry.read) for parts, entry in pile.entries.items()})
            self._tree(inside, pile, False, level)

    def _package(self, pile: _Pile) -> None:
        files, notes = _read(pile), list(pile.notes)
        about = _about(files)
        module = self._module(pile, files, about)
        files = _without_folder(files)
        name, said = _name(pile.owner, about)
        notes += said
        if not name:
            raise Unusable("nothing says whose it is; ask for it again, made with `watchkeeper submit`")
        time, said = self._time(pile.owner, about, files)
        notes += said
        path, before = self._put(name, module, files, time)
        notes += self._history(pile.label, name, module, before)
        is_new = before not in ("same", "since replaced")
        self.results.append(Taken(name, module, path, tuple(dict.fromkeys(notes)), is_new))
        self.say(f"{'taken in' if is_new else 'unchanged'}: {name}, {module}")

    def _put(self, name: str, module: str, files: dict[str, bytes], time: datetime | None) -> tuple[Path, str]:
        try:
            return self.store.put(name, module, files, time)
        except Earlier as problem:
            first = self.origins.get((name, module))
            where = f"; the other is from {first}" if first else ""
            raise Earlier(f"for {name}, {module}: {problem}{where}") from None

    def _history(self, label: str, name: str, module: str, before: str) -> list[str]:
        first = self.origins.get((name, module))
        if before != "since replaced":
            self.origins[name, module] = shown(label)
        if before == "same":
            return ["it was there already"]
        if before == "since replaced":
            return ["it was taken in before, and a later one has replaced it"]
        came = f" (from {first})" if first else ""
        said = f"{shown(label)} is later and replaces the earlier one{came}, which is now in {before}"
        return [said] if before else []

    def _module(self, pile: _Pile, files: Mapping[str, bytes], about: Mapping[str, Any]) -> str:
        if not any(map(is_notebook, files)):
            raise Unusable(f"there is no notebook in it{f' ({pile.notes[0]})' if pile.notes else ''}")
        if pile.owner and pile.owner.module:
            return pile.owner.module
        if isinstance(about.get("module"), str) and about["module"] in self.modules:
            return str(about["module"])
        found = {module: len(choose(wanted, files).mapping) for module, wanted in self.modules.items()}
        best = max(found.values(), default=0)
        likely = [module for module, number in found.items() if number == best]
        if best == 0 or len(likely) > 1:
            raise Unusable("its notebooks are not from the course, or fit several modules equally well")
        return likely[0]

    def _time(
        self, owner: Owner | None, about: Mapping[str, Any], files: Mapping[str, bytes]
    ) -> tuple[datetime | None, list[str]]:
        written = files.get(disk.TIME_FILE, b"")[:100].decode("utf-8", "replace")
        time = (owner.time if owner else None) or names.moment(about.get("time")) or names.moment(written)
        if time is None:
            return None, ["it does not say when it was submitted"]
        if time > self.now + timedelta(days=1):
            return None, [f"its time, {time:%Y-%m-%d}, is in the future, so it counts as without a time"]
        return time.replace(microsecond=0), []


def _dealt(listed: Listed, modules: Modules, in_folder: bool, is_outside: bool) -> tuple[list[Entry], list[_Pile]]:
    """The files whose path names no one, and the others as piles, one per submission."""
    loose: list[Entry] = []
    piles: dict[str, _Pile] = {}
    for parts, entry in listed.entries.items():
        owner = names.owner(parts, modules, in_folder, is_outside)
        if owner is None or not owner.rest:
            loose.append(entry)
        else:
            piles.setdefault(owner.group, _Pile(owner.group, owner, {})).entries[owner.rest] = entry
    numbers: dict[str, set[str]] = defaultdict(set)
    for pile in piles.values():
        if pile.owner and pile.owner.number:
            numbers[names.student(pile.owner.name.casefold())[0]].add(pile.owner.number)
    return loose, [_told_apart(pile, numbers) for pile in piles.values()]


def _told_apart(pile: _Pile, numbers: Mapping[str, set[str]]) -> _Pile:
    owner = pile.owner
    if not owner or len(numbers.get(names.student(owner.name.casefold())[0], ())) < 2:
        return pile
    note = f"several students are called {shown(owner.name)}; this is number {owner.number} in the LMS"
    return replace(pile, owner=replace(owner, name=f"{owner.name} {owner.number}"), notes=[*pile.notes, note])


def _is_zip(parts: tuple[str, ...]) -> bool:
    return parts[-1].lower().endswith(".zip")


def _read(pile: _Pile) -> dict[str, bytes]:
    """The files' contents, together within the limit. A damaged file is left out, with a note."""
    if len(pile.entries) > disk.FILES:
        raise Unusable(f"it has {len(pile.entries)} files, more than {disk.FILES}")
    files: dict[str, bytes] = {}
    room = disk.BYTES
    for parts, entry in pile.entries.items():
        try:
            files["/".join(parts)] = content = entry.read(room)
            room -= len(content)
        except Damaged as problem:
            pile.notes.append(f"left out: {problem}")
    return files


def _without_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    """The files as in a module's folder: if all of them are in the same folder, that is removed from their names."""
    tops = {name.split("/")[0] if "/" in name else "" for name in files}
    if len(tops) == 1 and (top := tops.pop()):
        return _without_folder({name[len(top) + 1 :]: content for name, content in files.items()})
    return files


def _about(files: Mapping[str, bytes]) -> dict[str, Any]:
    """What `watchkeeper submit` wrote next to the notebooks, or nothing if it is missing or malformed."""
    content = next((content for name, content in files.items() if name.split("/")[-1] == ABOUT), b"")
    try:
        about = json.loads(content.decode("utf-8-sig")) if len(content) < 100_000 else None
    except (ValueError, RecursionError):
        about = None
    return about if isinstance(about, dict) else {}


def _name(owner: Owner | None, about: Mapping[str, Any]) -> tuple[str, list[str]]:
    """The student's folder, and a note if the names in a submission differ."""
    given = about.get("name")
    inner = given if isinstance(given, str) and slug(given) not in NO_ONE else ""
    outer = owner.name if owner and owner.name.casefold() not in NO_ONE else ""
    differ = inner and outer and not names.same(inner, outer) and slug(inner) != slug(outer)
    if owner and owner.is_sure and outer:
        name, said = (slug(outer), "") if owner.number else names.student(outer)
        note = f"a file inside names {shown(inner)}, but it was submitted by {shown(outer)}, which counts"
    else:
        name, said = names.student(slug(inner or outer))
        note = f"a file inside names {shown(inner)}, and the folder names {shown(outer)}; the file counts"
    return name, [one for one in (note if differ else "", said) if one]
