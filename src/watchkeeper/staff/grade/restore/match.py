"""Matches submitted cells with places in the release: by grade_id, cell id, text, or the cells around them."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watchkeeper.staff.grade.restore.parse import Cell, clean
from watchkeeper.staff.notebooks import CellDict, marks_of, source_of

DEFINES = re.compile(r"^(?:(?:async )?def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
LOOK = 4_000  # characters of a text that are compared: comparing all of a long one could take minutes
ALIKE = 0.5  # share of lines in common that makes a cell the edited form of another


@dataclass(frozen=True)
class Place:
    """One cell of the release. `cell` is a copy that may be changed; `text` is its source as one text."""

    index: int
    cell: CellDict
    text: str
    kind: str
    grade_id: str
    is_fixed: bool  # only the course's text counts: the cell is marked, and not a solution
    is_parameters: bool

    @property
    def id(self) -> str:
        return self.cell.get("id", "")


def places(cells: Sequence[CellDict]) -> list[Place]:
    """The cells of a release, with what matching and restoring need to know about them."""
    found = []
    for index, cell in enumerate(cells):
        mark, text = marks_of(cell), source_of(cell)
        fixed = (bool(mark) and not mark.get("solution")) or cell["metadata"].get("editable") is False
        tagged = "parameters" in cell["metadata"].get("tags", ())
        found.append(Place(index, cell, clean(text), cell["cell_type"], mark.get("grade_id", ""), fixed, tagged))
    return found


def defined(text: str) -> set[str]:
    """The names that code defines at its top level, found line by line (it need not be valid Python)."""
    return {first or second for first, second in DEFINES.findall(text[:LOOK])}


def match(places: Sequence[Place], cells: Sequence[Cell]) -> tuple[dict[int, int], dict[int, str]]:
    """Two mappings by the index of a place: the position of its submitted cell, and how that cell was found, in words.

    No cell is used for two places. The second mapping leaves out cells that were found by their grade_id.
    """
    matching = _Matching(places, cells)
    matching.by_grade_id()
    matching.by_id()
    matching.by_text()
    matching.by_neighbors()
    return matching.claims, matching.how


class _Matching:
    def __init__(self, places: Sequence[Place], cells: Sequence[Cell]) -> None:
        self.places, self.cells = places, cells
        self.claims: dict[int, int] = {}
        self.how: dict[int, str] = {}
        self._looked: dict[int, tuple[set[str], set[str]]] = {}
        self.names = {place.grade_id for place in places if place.grade_id}
        self.free = [position for position, cell in enumerate(cells) if cell.grade_id not in self.names]

    def _claim(self, place: Place, position: int, how: str) -> None:
        self.claims[place.index] = position
        self.how[place.index] = how

    def _settle(self) -> None:
        taken = set(self.claims.values())
        self.free = [position for position in self.free if position not in taken]

    def _open(self) -> list[Place]:
        return [place for place in self.places if place.index not in self.claims]

    def by_grade_id(self) -> None:
        """Of several cells with the same grade_id, use the first that was changed; if none was, the first."""
        named: dict[str, list[int]] = defaultdict(list)
        for position, cell in enumerate(self.cells):
            named[cell.grade_id].append(position)
        for place in self.places:
            found = named[place.grade_id] if place.grade_id else []
            edited = [one for one in found if self.cells[one].text and self.cells[one].text != place.text]
            if found:
                self.claims[place.index] = found[0] if place.is_fixed or not edited else edited[0]

    def by_id(self) -> None:
        first = {self.cells[position].id: position for position in reversed(self.free) if self.cells[position].id}
        for place in self._open():
            if place.id in first:
                self._claim(place, first[place.id], "its cell id")
        self._settle()

    def by_text(self) -> None:
        waiting: dict[tuple[str, str], list[int]] = defaultdict(list)
        for position in reversed(self.free):
            waiting[self.cells[position].kind, (self.cells[position].text or "").strip()].append(position)
        open_places = self._open()
        texts = [(place.kind, place.text.strip()) for place in open_places]
        for place, text in zip(open_places, texts, strict=True):
            if waiting.get(text) and (not place.grade_id or texts.count(text) == 1):
                self._claim(place, waiting[text].pop(), "its text")
        self._settle()

    def by_neighbors(self) -> None:
        """In each gap between matched cells, match first by names defined and lines shared, then by order."""
        lost = self._have_lost_their_ids()
        between = self._gaps()
        for place in self._open():
            if lost if not place.grade_id else not place.is_fixed:
                alike = self._most_alike(place, between.get(place.index, ()))
                if alike is not None:
                    self._claim(place, alike, "its text and place")
                    _without(between, alike)
        self._by_order(between, lost)

    def _have_lost_their_ids(self) -> bool:
        """Whether most cell ids are lost. Then a cell without a known id may still be one of the course's."""
        ids = {place.id for place in self.places}
        return sum(cell.id in ids for cell in self.cells) * 2 < len(self.places)

    def _gaps(self) -> dict[int, list[int]]:
        """For each unmatched place, the free positions between the matched cells around it."""
        at = sorted((position, index) for index, position in self.claims.items())
        positions = [position for position, _ in at]
        spans: dict[tuple[int, int], list[int]] = defaultdict(list)
        for position in self.free:
            number = bisect_left(positions, position)
            before = at[number - 1][1] if number else -1
            after = at[number][1] if number < len(at) else len(self.places)
            spans[before, after].append(position)
        return {
            index: found
            for (before, after), found in spans.items()
            for index in range(before + 1, after)
            if index not in self.claims
        }

    def _most_alike(self, place: Place, candidates: Sequence[int]) -> int | None:
        best, score = None, 0.0
        names, lines = defined(place.text) if place.kind == "code" else set(), _lines(place.text)
        for position in candidates:
            cell = self.cells[position]
            if (cell.kind == "code") == (place.kind == "code") and cell.text:
                their_lines, their_names = self._look(position, cell.text)
                both = len(lines & their_lines)
                shared = both / max(len(lines) + len(their_lines) - both, 1) + bool(names & their_names)
                if shared > score and shared >= ALIKE:
                    best, score = position, shared
        return best

    def _look(self, position: int, text: str) -> tuple[set[str], set[str]]:
        """A cell's lines and names, computed once: a hostile notebook has many cells to compare with many places."""
        if position not in self._looked:
            self._looked[position] = _lines(text), defined(text)
        return self._looked[position]

    def _by_order(self, between: Mapping[int, list[int]], lost: bool) -> None:
        """Match by order alone: an essay shares no text with the line that it replaced, only its position."""
        for place in self._open():
            essay = bool(place.grade_id) and place.kind == "markdown"
            if place.is_fixed or not (essay or (lost and (place.grade_id or place.kind == "code"))):
                continue
            fitting = [one for one in between.get(place.index, ()) if self.cells[one].kind == place.kind]
            if fitting:
                self._claim(place, fitting[0], "its place between the cells around it")
                _without(between, fitting[0])
        self._settle()


def _without(between: Mapping[int, list[int]], position: int) -> None:
    for found in between.values():
        if position in found:
            found.remove(position)
            return  # the places of one gap share one list


def _lines(text: str) -> set[str]:
    return {line.strip() for line in text[:LOOK].splitlines()} - {""}
