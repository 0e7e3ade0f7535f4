"""The notebook that is graded: the course's own, with the apprentice's answers in it.

Everything comes from the release: check cells, locked cells, all metadata, tags, points and the kernel's name. Only
texts are taken from the submission:

- A *solution* cell gets the text of the submitted cell with the same grade_id. Of several, the first that was changed
  counts. A later one is left out if it is a copy (it defines the same names), and otherwise stays as the apprentice's
  own cell: for instance, the second half of a cell that was split.
- An *unmarked* cell of the course (prose, an example) gets the submitted text and type: nbgrader overwrites only locked
  cells, so an edited example runs as edited. It is found by its cell id, else by its text, else between the matched
  cells around it. The cell tagged `parameters` ends with the course's own lines, because a folder that an apprentice
  set there is on the apprentice's machine.
- A cell of the *apprentice's own* stays after the nearest matched cell before it, without metadata and outputs: it may
  contain helpers and imports. Copies of check cells and of the course's prose are left out.
- A marked cell that lost its metadata is found in the same way as an unmarked one. A missing one is as released. The
  notes list all of this.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from watchkeeper.staff.errors import Unreadable
from watchkeeper.staff.grade.restore.choose import Chosen, choose
from watchkeeper.staff.grade.restore.match import Place, defined, match, places
from watchkeeper.staff.grade.restore.parse import Cell, Parsed, clean, parse
from watchkeeper.staff.notebooks import CellDict, NotebookDict, marks_of, source_of

__all__ = ["Chosen", "Restored", "Unreadable", "answers_in", "choose", "grade_ids", "restore"]


@dataclass(frozen=True)
class Restored:
    """A notebook (nbformat 4, sources as text, no outputs) to run. `changed`: the grade_ids of the answers that differ
    from the release. The notes say what was repaired."""

    notebook: NotebookDict
    notes: tuple[str, ...]
    changed: frozenset[str]


def restore(name: str, release: Mapping[str, Any], submitted: bytes) -> Restored:
    """The release of the lesson `name` with the answers of a submitted notebook. Does not change `release`.

    Raises Unreadable, and never anything else, if there is nothing in `submitted` that could be graded.
    """
    lesson = name.removesuffix(".ipynb")
    try:
        parsed = parse(submitted)
        return _Restoring(release, parsed).restored()
    except Unreadable as problem:
        raise Unreadable(f"{lesson}.ipynb can't be graded: {problem}.") from None
    except (RecursionError, MemoryError):
        raise Unreadable(f"{lesson}.ipynb can't be graded: it is too large or too deeply nested.") from None


def grade_ids(releases: Mapping[str, Mapping[str, Any]]) -> dict[str, set[str]]:
    """The grade_ids of each lesson; `releases` are their notebooks by name."""
    return {
        name: {marks_of(cell)["grade_id"] for cell in release["cells"] if marks_of(cell)}
        for name, release in releases.items()
    }


def answers_in(releases: Mapping[str, Mapping[str, Any]], name: str, submitted: bytes) -> dict[str, str]:
    """The answers in a submitted notebook that differ from its release, by grade_id; none if it can't be read."""
    try:
        restored = restore(name, releases[name], submitted)
    except Unreadable:
        return {}
    texts = {marks_of(cell).get("grade_id", ""): source_of(cell) for cell in restored.notebook["cells"]}
    return {name: text for name, text in texts.items() if name in restored.changed}


class _Restoring:
    """The work on one notebook. `claims` maps the index of a place to the position of its submitted cell."""

    def __init__(self, release: Mapping[str, Any], parsed: Parsed) -> None:
        self.cells, self.notes = parsed.cells, list(parsed.notes)
        # The release must not be changed, and a deep copy of it would take longer than everything else here.
        cells = [{**cell, "metadata": dict(cell["metadata"])} for cell in release["cells"]]
        self.notebook = cast(NotebookDict, {**release, "metadata": dict(release["metadata"]), "cells": cells})
        self.places = places(self.notebook["cells"])
        self.changed: set[str] = set()
        self.claims, self.found_by = match(self.places, self.cells)
        if not self.claims:
            raise Unreadable("none of its cells belongs to this lesson")

    def restored(self) -> Restored:
        copies = dict(self._copies())
        own = self._own(copies)
        used = {cell.get("id") for cell in self.notebook["cells"]}
        fresh = (f"own-{number}" for number in range(1, 10**6) if f"own-{number}" not in used)
        cells = [_added(cell, next(fresh)) for cell in own[-1]]
        for place in self.places:
            cells.append(self._at(place))
            cells += [_added(cell, next(fresh)) for cell in own[place.index]]
        self.notebook["cells"] = cells
        self._note_found()
        self._note_order()
        self._note_missing()
        return Restored(self.notebook, tuple(self.notes), frozenset(self.changed))

    def _at(self, place: Place) -> CellDict:
        """The release's cell (already a copy), with the submitted text, unless only the course's counts."""
        made = place.cell
        made["source"] = place.text
        if made["cell_type"] == "code":
            made["outputs"], made["execution_count"] = [], None
        cell = self._claimed(place)
        if cell is None:
            return made
        if place.is_fixed:
            self._note_fixed(place, cell)
            return made
        if cell.text is None:
            if place.grade_id:
                self.notes.append(f"{place.grade_id} had no text that could be read, so it is as released")
            return made
        return self._filled(place, made, cell, cell.text)

    def _filled(self, place: Place, made: CellDict, cell: Cell, text: str) -> CellDict:
        if place.is_parameters and text != place.text:
            self.notes.append("the parameters cell was changed; the course's own values count")
            text = f"{text}\n\n{place.text}" if cell.kind == "code" else place.text
        if not place.grade_id and cell.kind != place.kind and not place.is_parameters:
            return _retyped(made, cell)
        made["source"] = text
        if not place.grade_id:
            return made
        if cell.kind != place.kind:
            self.notes.append(f"{place.grade_id} had become a {cell.kind} cell; it is {place.kind} again")
        if text != place.text:
            self.changed.add(place.grade_id)
        if cell.pictures and place.kind == "markdown":
            made["attachments"] = {name: dict(forms) for name, forms in cell.pictures.items()}
        return made

    def _claimed(self, place: Place) -> Cell | None:
        return self.cells[self.claims[place.index]] if place.index in self.claims else None

    def _note_fixed(self, place: Place, cell: Cell) -> None:
        text = (cell.text or "").strip()
        if place.grade_id and (text != place.text.strip() or cell.kind != place.kind):
            self.notes.append(f"{place.grade_id} was changed, which is not allowed; the course's own cell counts")

    def _copies(self) -> Iterator[tuple[int, bool]]:
        """The positions of cells whose grade_id is another cell's already, and whether they stay as own cells."""
        claimed = {self.claims[place.index]: place for place in self.places if place.index in self.claims}
        by_name = {place.grade_id: place for place in self.places if place.grade_id}
        times = Counter(cell.grade_id for cell in self.cells)
        for position, cell in enumerate(self.cells):
            place = by_name.get(cell.grade_id)
            if place is None or position in claimed:
                continue
            first = self._claimed(place)
            stays = not place.is_fixed and bool(cell.text) and not _is_copy(cell, first, place)
            yield position, stays
            if times[cell.grade_id] > 1:
                number = times.pop(cell.grade_id)  # noted only once
                often = "twice" if number == 2 else f"{number} times"
                which = "the course's own" if place.is_fixed else "the first answer"
                self.notes.append(f"{place.grade_id} was there {often}; {which} counts")
            if stays:
                self.notes.append(f"another cell marked {place.grade_id} stays as the apprentice's own cell")

    def _own(self, copies: Mapping[int, bool]) -> dict[int, list[Cell]]:
        """The apprentice's own cells by the index of the place they follow; -1 is the top."""
        known = {position: index for index, position in self.claims.items()}
        fixed = {place.text.strip() for place in self.places if place.is_fixed and place.grade_id}
        prose = {place.text.strip() for place in self.places if place.kind == "markdown"}
        found: dict[int, list[Cell]] = defaultdict(list)
        last, left_out = -1, 0
        for position, cell in enumerate(self.cells):
            if position in known:
                last = known[position]
                continue
            text = (cell.text or "").strip()
            if cell.kind == "code" and text in fixed:
                left_out += position not in copies
            elif text and copies.get(position, True) and not (cell.kind != "code" and text in prose):
                found[last].append(cell)
        if left_out:
            self.notes.append(f"copies of check cells are left out: {left_out}")
        return found

    def _note_found(self) -> None:
        ways: dict[str, list[str]] = defaultdict(list)
        for place in self.places:
            if place.grade_id and place.index in self.found_by:
                ways[self.found_by[place.index]].append(place.grade_id)
        self.notes += [f"without grading metadata, found by {how}: {', '.join(names)}" for how, names in ways.items()]

    def _note_order(self) -> None:
        marked = [self.claims[place.index] for place in self.places if place.grade_id and place.index in self.claims]
        if marked != sorted(marked):
            self.notes.append("answers or checks were moved; they are back in the course's order")

    def _note_missing(self) -> None:
        gone = [place for place in self.places if place.index not in self.claims]
        self.notes += [f"{place.grade_id} was missing; it is as released" for place in gone if place.grade_id]
        examples = [place for place in gone if not place.grade_id and place.kind == "code"]
        if examples:
            self.notes.append(f"example cells of the course were missing and are back: {len(examples)}")


def _is_copy(cell: Cell, first: Cell | None, place: Place) -> bool:
    text, counted = cell.text or "", (first.text or "") if first else ""
    if text.strip() in (counted.strip(), place.text.strip()):
        return True
    return place.kind == "code" and bool(defined(text) & defined(counted))


def _retyped(made: CellDict, cell: Cell) -> CellDict:
    """An unmarked cell whose type was changed: the course's id and metadata, the apprentice's text and type."""
    own = _added(cell, made.get("id", ""))
    own["metadata"] = made["metadata"]
    return own


def _added(cell: Cell, identity: str) -> CellDict:
    made: CellDict = {"cell_type": cell.kind, "id": identity, "metadata": {}, "source": clean(cell.text or "")}
    if cell.kind == "code":
        made["outputs"], made["execution_count"] = [], None
    return made
