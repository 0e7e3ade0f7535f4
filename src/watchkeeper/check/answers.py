"""The types that an answer can have. Each turns a value into plain data, and plain data into atoms.

A *plain* answer is what JSON can hold. Its *atoms* are the smallest parts that are right or wrong on their own: a text,
or the number of the grid cell that a number falls into, on a grid as wide as the tolerance. The check in the notebook
compares digests of atoms and the judge compares the atoms themselves, so the two can't disagree.
"""

from __future__ import annotations

import math
import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from watchkeeper.check.codec import Tagged
from watchkeeper.check.outcome import continued

Plain = Any
Atoms = dict[str, "int | str"]

LARGEST = 1e15  # no lesson asks for more, and soon after it a float can't hold every integer
MOST_ITEMS = 20_000
EARLIEST_NS, LATEST_NS = 9e17, 4e18  # nanoseconds since 1970: the years 1998 to 2096


class AnswerProblem(Exception):
    """The value can't be an answer to this question. The text says what was given and what to give instead.

    `why` is one of WHYS, `part` the name of a record's part or empty. A graded run reports only these two, because the
    text may contain data.
    """

    def __init__(self, text: str, why: str = "type", part: str = "") -> None:
        super().__init__(text)
        self.why, self.part = why, part


# Why a value can't be an answer. "type" is for every reason without a name of its own.
WHYS = ("type", "none", "nan", "inf", "time", "large", "order", "option", "missing")


class AnswerType(Tagged, ABC):
    """The base of all answer types. `plain` refuses a value that does not fit, `atoms` flattens one that does."""

    @property
    @abstractmethod
    def noun(self) -> str:
        """What the question asks for, in the words that follow "this asks for"."""

    @abstractmethod
    def plain(self, value: Any) -> Plain:
        """The value as plain data. Raises AnswerProblem."""

    @abstractmethod
    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        """The smallest parts of a plain answer that are right or wrong on their own: from path to atom.

        `path` is the prefix of every path.
        """

    def show(self, plain: Plain) -> str:
        """The value as an apprentice would say it, with its unit, never longer than one line."""
        text = str(plain)
        return text if len(text) <= 44 else text[:41] + "..."


@dataclass(frozen=True)
class Number(AnswerType):
    """A finite number in `unit`. It is right when it differs from the reference's by less than `within`.

    Up to twice `within` may pass: what counts is whether the two are in the same or in neighboring grid cells.
    """

    unit: str
    within: float

    @property
    def noun(self) -> str:
        return f"a number in {self.unit}"

    def plain(self, value: Any) -> float:
        return _measured(value, self.noun)

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        return {path: round(plain / self.within)}

    def show(self, plain: Plain) -> str:
        return f"{plain:.6g} {self.unit}"


@dataclass(frozen=True)
class Count(AnswerType):
    """A whole number of things; a float such as 3.0 is accepted, 3.5 is not."""

    of: str

    @property
    def noun(self) -> str:
        return f"a whole number of {self.of}"

    def plain(self, value: Any) -> int:
        number = _measured(value, self.noun)
        if number != int(number):
            raise AnswerProblem(f"It is {number}; this asks for {self.noun}.")
        return int(number)

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        return {path: f"={plain}"}  # a text, because an int atom would make the next count right, too

    def show(self, plain: Plain) -> str:
        return f"{plain} {self.of}"


@dataclass(frozen=True)
class Truth(AnswerType):
    """True or False."""

    @property
    def noun(self) -> str:
        return "True or False"

    def plain(self, value: Any) -> bool:
        value = _unwrapped(value)
        if not isinstance(value, bool):
            raise _other(value, self.noun)
        return value

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        return {path: str(plain)}


@dataclass(frozen=True)
class Text(AnswerType):
    """A short text such as an id or a name; case and surrounding space don't count."""

    of: str
    options: tuple[str, ...] = ()

    @property
    def noun(self) -> str:
        return f"{self.of} as text"

    def plain(self, value: Any) -> str:
        given, value = value, _unwrapped(value)
        if not isinstance(value, str):
            raise _other(given, self.noun)
        text = value.strip().lower().replace("->", "→")  # an edge has an arrow, which keyboards lack
        if not text or len(text) > 200:
            raise AnswerProblem(f"The text is {'empty' if not text else 'too long'}; this asks for {self.noun}.")
        if self.options and text not in self.options:
            raise AnswerProblem(f'"{text[:24]}" is not one of: {", ".join(self.options)}.', "option")
        return text

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        return {path: plain}


@dataclass(frozen=True)
class SetOf(AnswerType):
    """Any number of different items, in any order."""

    item: AnswerType

    @property
    def noun(self) -> str:
        return f"a set or list, each item {self.item.noun}"

    def plain(self, value: Any) -> list[Plain]:
        return sorted({self.item.plain(item) for item in _items(value, self.noun)})

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        return {f"{path}{{{item}}}": "in" for item in plain}

    def show(self, plain: Plain) -> str:
        return f"{len(plain)} {'item' if len(plain) == 1 else 'items'}"


@dataclass(frozen=True)
class SomeOf(SetOf):
    """Evidence: `at_least` or more items, all of which the reference accepts; one wrong item makes it wrong."""

    at_least: int = 1

    @property
    def noun(self) -> str:
        return f"a list of {self.at_least} or more, each {self.item.noun}"


@dataclass(frozen=True)
class ListOf(AnswerType):
    """Items whose order counts."""

    item: AnswerType

    @property
    def noun(self) -> str:
        return f"a list in order, each item {self.item.noun}"

    def plain(self, value: Any) -> list[Plain]:
        if isinstance(value, (set, frozenset)):
            raise AnswerProblem("It is a set, which has no order; this asks for a list.", "order")
        return [self.item.plain(item) for item in _items(value, self.noun)]

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        atoms: Atoms = {}
        for position, item in enumerate(plain):
            atoms |= self.item.atoms(item, f"{path}[{position}]")
        return atoms

    def show(self, plain: Plain) -> str:
        if len(plain) >= 5:
            return f"a list of {len(plain)}"
        # Between names ">" reads as an order; between numbers it would read as a comparison.
        return " > ".join(plain) if plain and all(isinstance(item, str) for item in plain) else str(plain)


@dataclass(frozen=True)
class MapOf(AnswerType):
    """A dict (or a pandas Series with its index) from a key such as a span id to a value."""

    key: str
    value: AnswerType

    @property
    def noun(self) -> str:
        return f"a dict from {self.key} to {self.value.noun}"

    def plain(self, value: Any) -> dict[str, Plain]:
        if hasattr(value, "to_dict") and getattr(value, "ndim", 0) == 1:
            value = value.to_dict()
        if not isinstance(value, Mapping):
            raise _other(value, self.noun)
        if len(value) > MOST_ITEMS:
            raise AnswerProblem(f"It has {len(value):,} entries, which is more than any question asks for.")
        return {str(key): self.value.plain(each) for key, each in value.items()}

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        atoms: Atoms = {}
        for key, each in plain.items():
            atoms |= self.value.atoms(each, f"{path}{key}")
        return atoms

    def show(self, plain: Plain) -> str:
        return f"a dict with {len(plain)} {'entry' if len(plain) == 1 else 'entries'}"


@dataclass(frozen=True)
class Record(AnswerType):
    """Named parts, each of its own type: a diagnosis has a service, a mechanism and evidence."""

    parts: dict[str, AnswerType] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        return "a dict with " + ", ".join(self.parts)

    def plain(self, value: Any) -> dict[str, Plain]:
        if not isinstance(value, Mapping):
            raise _other(value, self.noun)
        missing = [name for name in self.parts if name not in value or value[name] is ...]
        if missing:
            text = f'The part "{missing[0]}" is missing; this asks for {self.noun}.'
            raise AnswerProblem(text, "missing", missing[0])
        plain = {}
        for name, part in self.parts.items():
            try:
                plain[name] = part.plain(value[name])
            except AnswerProblem as problem:
                raise AnswerProblem(f'In "{name}": {continued(str(problem))}', problem.why, name) from None
        return plain

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        atoms: Atoms = {}
        for name, part in self.parts.items():
            atoms |= part.atoms(plain[name], f"{path}{name}.")
        return atoms

    def show(self, plain: Plain) -> str:
        return ", ".join(self.parts[name].show(each) for name, each in plain.items() if name in self.parts)


def is_blank(answer: Any) -> bool:
    """Whether nothing was filled in: `...`, an empty text, or a dict or list that holds only blanks.

    An empty dict or list is not blank: it can be the right answer.
    """
    if isinstance(answer, str):
        return not answer.strip()
    if isinstance(answer, dict | list | tuple) and answer:
        return all(is_blank(item) for item in (answer.values() if isinstance(answer, dict) else answer))
    return answer is ...


def a_kind(value: Any) -> str:
    """What a value is, in words that an apprentice knows: 'a DataFrame with 12 rows', 'the text "ads"'."""
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, str):
        return f'the text "{value[:24]}"'
    if isinstance(value, bool | int | float):
        return f"the {type(value).__name__} {value}"[:40]
    name = type(value).__name__[:30]
    try:
        return f"a {name} with {len(value)} {'rows' if name == 'DataFrame' else 'items'}"
    except Exception:  # `len` runs the apprentice's own code, which may raise anything
        return f"a {name}"


def _other(value: Any, noun: str) -> AnswerProblem:
    """The problem that a value is of another type than `noun`."""
    return AnswerProblem(f"It is {a_kind(value)}; this asks for {noun}.", "none" if value is None else "type")


def _measured(value: Any, noun: str) -> float:
    """The value as a number that could have been measured. Raises AnswerProblem, with a likely cause where it can."""
    value = _unwrapped(value)
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise _other(value, noun)
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isnan(number):
        raise AnswerProblem("nan can't be a measured value. Look for an empty selection, or 0 / 0.", "nan")
    if math.isinf(number):
        raise AnswerProblem(f"{number} can't be a measured value. Did you divide by zero?", "inf")
    if EARLIEST_NS <= abs(number) <= LATEST_NS:
        text = f"{number:g} looks like a point in time (nanoseconds since 1970); this asks for {noun}."
        raise AnswerProblem(text, "time")
    if abs(number) > LARGEST:
        raise AnswerProblem(f"{number:g} is out of range; this asks for {noun}. Check the unit.", "large")
    return number


def _items(value: Any, noun: str) -> list[Any]:
    """The items of a list, set, array or Series. Raises AnswerProblem for other values, and for too many items."""
    if hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1:
        value = value.tolist()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable) or getattr(value, "ndim", 1) != 1:
        raise _other(value, noun)
    items = []
    for item in value:
        items.append(item)
        if len(items) > MOST_ITEMS:  # also stops a generator that never ends
            raise AnswerProblem(f"It has more than {MOST_ITEMS:,} items, which is more than any question asks for.")
    return items


def _unwrapped(value: Any) -> Any:
    """A numpy scalar, or a Series or array with a single value, as a Python value; any other value unchanged."""
    if type(value).__module__.split(".")[0] in {"numpy", "pandas"} and getattr(value, "size", 0) == 1:
        try:
            return value.item()
        except Exception:
            return value
    return value


__all__ = [
    "WHYS",
    "AnswerProblem",
    "AnswerType",
    "Atoms",
    "Count",
    "ListOf",
    "MapOf",
    "Number",
    "Plain",
    "Record",
    "SetOf",
    "SomeOf",
    "Text",
    "Truth",
    "a_kind",
    "is_blank",
]
