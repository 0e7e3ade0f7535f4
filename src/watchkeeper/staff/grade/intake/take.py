"""Takes submissions out of folders and archives, each with its owner, its module and notes on what was repaired.

The mentor's system (the LMS, nbgrader's exchange, a folder per student) decides who submitted something, never a file
inside, because anyone can write someone else's name into an archive. Only if an archive comes by itself does the name
inside count, because there is no other. Such an archive is one person's, and another archive with the same name inside
is refused: which of them counts is for the mentor to say (`counts`). People whose names give the same folder are never
taken for one.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from watchkeeper.kit.archive import TIMESTAMP, checked, slug, spelled
from watchkeeper.staff.errors import Earlier, IntakeError, Unusable
from watchkeeper.staff.grade.intake import disk, names, times
from watchkeeper.staff.grade.intake.disk import Origin
from watchkeeper.staff.grade.intake.entries import ARCHIVE, Entry, Listed, of_folder, of_zip, room_for
from watchkeeper.staff.grade.intake.names import Owner
from watchkeeper.staff.grade.intake.piles import (
    Modules,
    Pile,
    about_in,
    check_people,
    contents,
    dealt,
    is_zip,
    names_another,
    stem,
    without_folder,
    without_ours,
)
from watchkeeper.staff.grade.restore.choose import choose, is_notebook, plain, shown

Say = Callable[[str], None]
NO_ONE = {"", "your-name", "release", "source", "submitted", "autograded", "feedback"}  # folders, not people
LEVELS = 2  # an LMS's archive holds an apprentice's archive, and that holds files
WRITTEN = 4_000_000_000  # bytes that one intake may add to `submitted/`


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
    source: Path,
    submitted: Path,
    modules: Modules,
    say: Say = lambda _: None,
    now: datetime | None = None,
    counts: Collection[str] = (),
    options: str = "",
) -> list[Taken | Refused]:
    """Bring every submission in `source` into `submitted`. `modules`: the names of each module's notebooks.

    A source is a zip of `watchkeeper submit`, a folder or zip of such zips, the archive of all submissions that Moodle
    or Canvas gives, a folder `<student>/<module>/`, or the inbound folder of nbgrader's exchange. A later submission
    replaces an earlier one of the same student and module. `say` is called with a line for each result and each note.
    The submissions of the students `counts` replace what is there, whatever their time or spelling; `options` are the
    command's options, for the commands in sentences.
    Raises IntakeError if there is no source, or if another intake is running.
    """
    if not source.exists():
        raise IntakeError(f"{source} does not exist: name the folder or zip that has the submissions.")
    with disk.Store(submitted) as store:
        taking = _Taking(store, modules, say, now or datetime.now(UTC), source, counts, options)
        taking.take()
    new = [one for one in taking.results if isinstance(one, Taken) and one.is_new]
    refused = sum(isinstance(one, Refused) for one in taking.results)
    same = len(taking.results) - len(new) - refused
    for student in sorted(set(counts) - taking.forced):
        say(f"Nothing in {source} is new and from {student}, so --replace {student} did nothing.")
    say(f"{len(new)} taken in, {same} unchanged, {refused} refused." + ("" if new else " Nothing was changed."))
    return taking.results


@dataclass(frozen=True)
class _From:
    """Where a submission of this intake came from: the item in the source, and whether its system named the owner."""

    label: str
    is_sure: bool
    time: datetime | None = None

    @property
    def when(self) -> str:
        return f"of {disk.stamp(self.time)}" if self.time else "without a time"


class _Taking:
    """One intake. `results` are in the order of the source."""

    def __init__(
        self,
        store: disk.Store,
        modules: Modules,
        say: Say,
        now: datetime,
        source: Path,
        counts: Collection[str],
        options: str,
    ) -> None:
        self.store, self.modules, self.say, self.now = store, modules, say, now
        self.source, self.counts, self.options = source, counts, options
        self.results: list[Taken | Refused] = []
        self.origins: dict[tuple[str, str], _From] = {}
        self.forced: set[str] = set()
        self.room = WRITTEN
        found = disk.origins(store.folder)
        self.slots = {(one.system, one.number): student for student, one in found.items() if one.number}

    def take(self) -> None:
        """Take in everything in the source."""
        source = self.source
        self._guarded(
            source.name,
            lambda: self._tree(
                of_folder(source) if source.is_dir() else of_zip(source),
                Pile(source.name, None, {}),
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

    def _tree(self, listed: Listed, outer: Pile, in_folder: bool, level: int) -> None:
        """Sort the files of a folder or archive by owner, and take in each submission."""
        is_outside = level == 0 and outer.owner is None
        loose, piles = dealt(listed, self.modules, in_folder, is_outside, self.slots)
        if is_outside and (in_folder or len(piles) != 1):
            self._spread(listed, {pile.owner.group: pile for pile in piles if pile.owner}, in_folder)
        zips = [one for one in loose if is_zip(one.parts)]
        if not in_folder:
            check_people(zips, piles, outer, level)
        for pile in piles:
            if outer.owner and pile.owner:  # the name outside counts; only the module comes from the path inside
                owner = replace(outer.owner, module=outer.owner.module or pile.owner.module)
                pile = Pile(outer.label, owner, pile.entries, [*outer.notes, *listed.notes])
            else:
                pile.notes.extend(listed.notes)
                pile = replace(pile, label=pile.label if level == 0 else outer.label)
            self._guarded(pile.label, partial(self._hand_in, pile, level))
        for entry in sorted(zips, key=names_another) if len(zips) > 1 and not outer.owner else zips:
            inner = Pile(outer.label if outer.owner else "/".join(entry.parts), outer.owner, {}, list(outer.notes))
            self._guarded(inner.label, partial(self._inner, entry, inner, level))
        rest = {one.parts: one for one in loose if not is_zip(one.parts)}
        if in_folder:
            for top in sorted({parts[0] for parts in rest}):
                self._refuse(top, "nothing says whose it is: it is not a zip, and not in a folder <student>/<module>")
        elif any(is_notebook("/".join(parts)) for parts in rest) or not (piles or zips):
            pile = Pile(outer.label, outer.owner, rest, [*outer.notes, *listed.notes])
            self._guarded(pile.label, partial(self._package, pile))

    def _spread(self, listed: Listed, piles: Mapping[str, Pile], in_folder: bool) -> None:
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

    def _inner(self, entry: Entry, outer: Pile, level: int) -> None:
        if level >= LEVELS:
            raise Unusable("it is an archive in an archive in an archive")
        inside = of_zip(entry.read(room_for([entry], ARCHIVE)))
        for parts, one in inside.entries.items():
            inside.entries[parts] = replace(one, changed=entry.changed)
        self._tree(inside, outer, False, level + 1)

    def _hand_in(self, pile: Pile, level: int) -> None:
        """Take in a pile that names its module. Otherwise look for submissions among its files."""
        owner = pile.owner
        packed = any(map(is_zip, pile.entries)) and not any(is_notebook("/".join(one)) for one in pile.entries)
        if owner and owner.module and not packed:
            self._package(pile)
        else:
            inside = Listed({parts: replace(entry, parts=parts) for parts, entry in pile.entries.items()})
            self._tree(inside, pile, False, level)

    def _package(self, pile: Pile) -> None:
        files, notes = contents(pile), list(pile.notes)
        about = about_in(files)
        module = self._module(pile, files, about)
        files, said = without_ours(without_folder(files))
        notes += said
        name, raw, said = self._name(pile.owner, about)
        notes += said
        if not name:
            raise Unusable("nothing says whose it is; ask for it again, made with `watchkeeper submit`")
        time, said = self._time(pile.owner, about, files)
        notes += said
        if pile.owner and pile.owner.is_late:
            notes.append(f"{pile.owner.system} marks it as late")
        changed = max(entry.changed for entry in pile.entries.values())
        origin = _origin(pile.owner, name, raw, about, changed)
        path, before = self._put(pile, name, raw, module, files, time, origin, said)
        notes += self._history(pile, name, module, time, path, before)
        is_new = before not in ("same", "since replaced")
        notes = list(dict.fromkeys(notes))
        self.results.append(Taken(name, module, path, tuple(notes), is_new))
        self.say(f"{'taken in' if is_new else 'unchanged'}: {name}, {module}")
        for note in notes:
            self.say(f"  {note}")

    def _name(self, owner: Owner | None, about: Mapping[str, Any]) -> tuple[str, str, list[str]]:
        """The student's folder, their name as it was given, and notes: if names differ, or can't be a folder's."""
        name, raw, said = _name(owner, about)
        if owner and owner.number:
            slot = (owner.system, owner.number)
            others = [one for (system, one), student in self.slots.items() if (system, student) == (slot[0], name)]
            if slot in self.slots:
                name = self.slots[slot]
            elif others:
                said.append(
                    f"{name} is number {others[0]} in {owner.system}, and this is number {owner.number}: "
                    f"someone else, so {name}-{owner.number} is used"
                )
                name = f"{name}-{owner.number}"
            self.slots[slot] = name
            return name, raw, said
        before = names.former(raw)
        if name and before != name and not (self.store.folder / name).exists():
            folders = (self.store.folder / before).glob("*")
            if any(spelled(disk.name_in(folder)) == spelled(raw) for folder in folders):
                return before, raw, said  # edition 2026.1 called this person's folder so
        return name, raw, said

    def _put(
        self,
        pile: Pile,
        name: str,
        raw: str,
        module: str,
        files: dict[str, bytes],
        time: datetime | None,
        origin: Origin,
        said: Collection[str],
    ) -> tuple[Path, str]:
        size = sum(map(len, files.values()))
        if size > self.room:
            raise Unusable(f"one intake writes at most {WRITTEN // 10**9} GB; take this in by itself")
        first, mine = self.origins.get((name, module)), _From(pile.label, bool(pile.owner and pile.owner.is_sure), time)
        counts = name in self.counts and name not in self.forced
        archive = _another_archive(first, mine)
        why_not = self._another_person(pile.owner, name, raw) or archive
        try:
            path, before = self.store.put(name, module, files, time, origin, why_not, counts)
        except Earlier as problem:
            unread = f" ({'; '.join(said)})" if said and time is None else ""
            where = f"; the other is from {shown(first.label)}" if first and str(problem) != archive else ""
            remedy = self._remedy(pile, name, bool(why_not))
            raise Earlier(f"for {name}, {module}: {problem}{unread}{where}. {remedy}") from None
        if before not in ("same", "since replaced"):
            self.room -= size
            self.forced |= {name} & set(self.counts)
        return path, before

    def _another_person(self, owner: Owner | None, name: str, raw: str) -> str:
        """Why a submission must not go to a folder: what is there is, as far as we know, another person's.

        A person has one folder for all modules, so the names in all of them count.
        """
        folders = [one for one in (self.store.folder / name).glob("*") if one.is_dir()]
        stored = [disk.stored(one) for one in folders]
        inside = [disk.name_in(one) for one in folders]
        # If the folder is not called like this, the mentor's system named it, and not the file inside.
        inside = [one for one in inside if name in (slug(one), names.former(one))]
        if owner and owner.is_sure and not owner.system:
            return ""  # the mentor's folder, with the student's name
        if owner and owner.system == names.EXCHANGED:
            there = [one.name for one in stored if one.system == names.EXCHANGED]
        elif owner and owner.number:
            if any(one.number for one in stored):
                return ""  # then their numbers were compared
            there = [spelled(one).casefold() for one in [*(one.name for one in stored), *inside] if one]
            raw = spelled(raw).casefold()
        else:
            there = [spelled(one) for one in [*(one.name for one in stored), *inside] if one]
            raw = spelled(raw)
        if not there or raw in there:
            return ""
        return f"the work there is from {shown(there[0])}, and this is from {shown(raw)}"

    def _remedy(self, pile: Pile, name: str, is_someone: bool) -> str:
        item = self.source / pile.label
        there = item if self.source.is_dir() and is_zip((pile.label,)) and item.is_file() else self.source
        how = f"watchkeeper take-in {shlex.quote(str(there))} --replace {shlex.quote(name)}{self.options}"
        other = (
            ". If they are two people, put the notebooks of one of them into a folder NAME/MODULE, with another NAME, "
            "and take in the folder above it"
        )
        return f"If this one counts, run: {how}{other if is_someone else ''}"

    def _history(self, pile: Pile, name: str, module: str, time: datetime | None, path: Path, before: str) -> list[str]:
        first = self.origins.get((name, module))
        if before != "since replaced":
            self.origins[name, module] = _From(pile.label, bool(pile.owner and pile.owner.is_sure), time)
        if before == "same":
            return ["it was there already"]
        if before == "since replaced":
            return ["it was taken in before, and a later one has replaced it"]
        if not before:
            return []
        came = f" (from {shown(first.label)})" if first else ""
        was = disk.read(path.parent.parent / Path(before).parent.parent, module, Path(before).name).time
        if name in self.forced:
            why = "replaces the earlier one, as you said"
        elif time and was:
            why = "is later and replaces the earlier one"
        elif time:
            why = "has a time and replaces the earlier one, which has none"
        else:
            why = "has no time, but was downloaded later, and replaces the earlier one"
        return [f"{shown(pile.label)} {why}{came}, which is now in {before}"]

    def _module(self, pile: Pile, files: Mapping[str, bytes], about: Mapping[str, Any]) -> str:
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
        written = files.get(TIMESTAMP, b"")[:100].decode("utf-8", "replace").strip()
        given = [one for one in (owner.written if owner else "", about.get("time"), written) if one]
        said = []
        for text in given:
            time = times.moment(text)
            if time is None:
                said.append(f'its time, "{shown(str(text))}", can\'t be read')
            elif time > self.now + timedelta(days=1):
                said.append(f"its time, {time:%Y-%m-%d}, is in the future, so it counts as without a time")
                return None, said
            else:
                assumed = times.assumed(text)
                return time, [*said, assumed] if assumed else said
        return None, said or ["it does not say when it was submitted"]


def _another_archive(first: _From | None, mine: _From) -> str:
    """Why a submission is refused after another one of this intake, or "": anyone can write any name into an archive.

    If the mentor's system named both owners, or the archives are copies by their names, as a browser names a second
    download, their times decide.
    """
    if first is None or (first.is_sure and mine.is_sure):
        return ""
    one, other = (plain(re.sub(r"[-_ ]\d{1,2}$", "", stem(each.label))) for each in (first, mine))
    if one == other:
        return ""
    return f"{shown(first.label)}, {first.when}, has the same name inside, and this one is {mine.when}"


def _name(owner: Owner | None, about: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    """The student's folder, the name that it is made of, and a note if the names in a submission differ."""
    given = about.get("name")
    inner = given if isinstance(given, str) and slug(given) not in NO_ONE else ""
    outer = owner.name if owner and owner.name.casefold() not in NO_ONE else ""
    differ = inner and outer and not names.same(inner, outer) and slug(inner) != slug(outer)
    if owner and owner.is_sure and outer:
        name, said = (slug(outer), "") if owner.number else names.student(outer)
        raw = outer
        note = f"a file inside names {shown(inner)}, but it was submitted by {shown(outer)}, which counts"
    else:
        raw = inner or outer
        name, said = names.student(slug(raw))
        note = f"a file inside names {shown(inner)}, and the folder names {shown(outer)}; the file counts"
    return name, raw, [one for one in (note if differ else "", said) if one]


def _origin(owner: Owner | None, name: str, raw: str, about: Mapping[str, Any], changed: float) -> Origin:
    """What to store about where a submission came from: whatever its own files don't say."""
    if owner and owner.system:
        return Origin(raw, owner.system, owner.number, changed)
    if owner and owner.is_sure:
        return Origin()  # a folder of the mentor's, with the student's name
    return Origin() if raw in (name, about.get("name")) else Origin(raw)
