"""What an answer may be: a few types, each of which turns a value into plain data and plain data into atoms.

A *plain* answer is what JSON can hold. Its *atoms* are the smallest parts that are right or wrong on their own: a text,
or the cell of a number on a grid as wide as the tolerance. The check compares digests of atoms, the judge compares the
atoms themselves, so the two can't disagree.
"""

from __future__ import annotations

import math
import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from watchkeeper.check.codec import Tagged

Plain = Any
Atoms = dict[str, "int | str"]

LARGEST = 1e15  # beyond it a float no longer holds every integer, and nothing a lesson asks for is that large
MOST_ITEMS = 20_000
EARLIEST_NS, LATEST_NS = 9e17, 4e18  # nanoseconds since 1970: the years 1998 to 2096


class AnswerProblem(Exception):
    """The value can't be an answer to this question. The text says what came and what to give instead.

    `why` is one of WHYS, `part` the part of a record: all that may be told of it where the text may not.
    """

    def __init__(self, text: str, why: str = "type", part: str = "") -> None:
        super().__init__(text)
        self.why, self.part = why, part


# Why a value can't be an answer. "type" is every reason that needs no words of its own.
WHYS = ("type", "none", "nan", "inf", "time", "large", "order", "option", "missing")


class AnswerType(Tagged, ABC):
    """The base of all answer types. `plain` refuses what does not fit, `atoms` flattens what does."""

    @property
    @abstractmethod
    def noun(self) -> str:
        """What the question asks for, as it follows "this asks for"."""

    @abstractmethod
    def plain(self, value: Any) -> Plain:
        """The value as plain data. Raises AnswerProblem."""

    @abstractmethod
    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        """The smallest parts of a plain answer that are right or wrong on their own, by path."""

    def show(self, plain: Plain) -> str:
        """The value as an apprentice would say it, with its unit, never longer than a line."""
        text = str(plain)
        return text if len(text) <= 44 else text[:41] + "..."


@dataclass(frozen=True)
class Number(AnswerType):
    """A finite number in `unit`, right when it lies `within` the reference's (give or take the grid's own width)."""

    unit: str
    within: float

    @property
    def noun(self) -> str:
        return f"a number in {self.unit}"

    def plain(self, value: Any) -> float:
        value = _unwrapped(value)
        if isinstance(value, bool) or not isinstance(value, numbers.Real):
            raise _other(value, self.noun)
        try:
            result = float(value)
        except OverflowError:
            result = math.inf
        if not math.isfinite(result) or abs(result) > LARGEST:
            raise _not_measured(result)
        return result

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        return {path: round(plain / self.within)}

    def show(self, plain: Plain) -> str:
        return f"{plain:.6g} {self.unit}"


@dataclass(frozen=True)
class Count(AnswerType):
    """A whole number of things; a float such as 3.0 is taken, 3.5 is not."""

    of: str

    @property
    def noun(self) -> str:
        return f"a whole number of {self.of}"

    def plain(self, value: Any) -> int:
        number = Number(self.of, 1).plain(value)
        if number != int(number):
            raise AnswerProblem(f"It is {number:g}; this asks for {self.noun}.")
        return int(number)

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        return {path: f"={plain}"}  # as a text: the neighbour of a count is a wrong count

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
        text = value.strip().lower().replace("->", "→")  # edges are written with an arrow, and keyboards have none
        if not text or len(text) > 200:
            raise AnswerProblem(f"The text is {'empty' if not text else 'too long'}; give {self.noun}.")
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
        return sorted({self.item.plain(one) for one in _items(value, self.noun)})

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        return {f"{path}{{{one}}}": "in" for one in plain}

    def show(self, plain: Plain) -> str:
        return f"{len(plain)} {'item' if len(plain) == 1 else 'items'}"


@dataclass(frozen=True)
class SomeOf(SetOf):
    """Evidence: at least `at_least` items, each of which the reference accepts. Naming everything is no evidence."""

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
        return [self.item.plain(one) for one in _items(value, self.noun)]

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        found: Atoms = {}
        for position, one in enumerate(plain):
            found |= self.item.atoms(one, f"{path}[{position}]")
        return found

    def show(self, plain: Plain) -> str:
        if len(plain) >= 5:
            return f"a list of {len(plain)}"
        # An arrow between names is an order; between numbers it would be a comparison.
        return " > ".join(plain) if plain and all(isinstance(one, str) for one in plain) else str(plain)


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
        return {str(key): self.value.plain(one) for key, one in value.items()}

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        found: Atoms = {}
        for key, one in plain.items():
            found |= self.value.atoms(one, f"{path}{key}")
        return found

    def show(self, plain: Plain) -> str:
        return f"a dict with {len(plain)} {'entry' if len(plain) == 1 else 'entries'}"


@dataclass(frozen=True)
class Record(AnswerType):
    """Named parts, each with a type of its own: a diagnosis is service, mechanism and evidence."""

    parts: dict[str, AnswerType] = field(default_factory=dict)

    @property
    def noun(self) -> str:
        return "a dict with " + ", ".join(self.parts)

    def plain(self, value: Any) -> dict[str, Plain]:
        if not isinstance(value, Mapping):
            raise _other(value, self.noun)
        missing = [name for name in self.parts if name not in value or value[name] is ...]
        if missing:
            said = f"The part {missing[0]!r} is missing; this asks for {self.noun}."
            raise AnswerProblem(said, "missing", missing[0])
        plain = {}
        for name, part in self.parts.items():
            try:
                plain[name] = part.plain(value[name])
            except AnswerProblem as problem:
                raise AnswerProblem(f"In {name!r}: {problem}", problem.why, name) from None
        return plain

    def atoms(self, plain: Plain, path: str = "") -> Atoms:
        found: Atoms = {}
        for name, part in self.parts.items():
            found |= part.atoms(plain[name], f"{path}{name}.")
        return found

    def show(self, plain: Plain) -> str:
        return ", ".join(self.parts[name].show(one) for name, one in plain.items() if name in self.parts)


def is_blank(answer: Any) -> bool:
    """Whether nothing was filled in: `...`, an empty text, or a dict or list of nothing but that."""
    if isinstance(answer, str):
        return not answer.strip()
    if isinstance(answer, dict | list | tuple) and answer:
        return all(is_blank(one) for one in (answer.values() if isinstance(answer, dict) else answer))
    return answer is ...


def a_kind(value: Any) -> str:
    """What a value is, in words an apprentice knows: 'a DataFrame with 12 rows', 'the text "ads"'."""
    if value is None:
        return "None (did the function return?)"
    if isinstance(value, str):
        return f'the text "{value[:24]}"'
    if isinstance(value, bool | int | float):
        return f"the {type(value).__name__} {value}"[:40]
    name = type(value).__name__[:30]
    try:
        return f"a {name} with {len(value)} {'rows' if name == 'DataFrame' else 'items'}"
    except Exception:  # anything may happen inside somebody else's __len__
        return f"a {name}"


def _other(value: Any, noun: str) -> AnswerProblem:
    """The problem of a value of another type than `noun`."""
    return AnswerProblem(f"It is {a_kind(value)}; this asks for {noun}.", "none" if value is None else "type")


def _not_measured(number: float) -> AnswerProblem:
    """What to look for behind a number that can't have been measured: each kind has causes of its own."""
    if math.isnan(number):
        said = "It is nan, which can't be measured. Is something empty: a minimum or mean of nothing, or 0 / 0?"
        return AnswerProblem(said, "nan")
    if math.isinf(number):
        said = f"{number} can't be measured. Look for a division by zero, or a request that never finished."
        return AnswerProblem(said, "inf")
    if EARLIEST_NS <= abs(number) <= LATEST_NS:
        said = f"It is {number:g}: that is a point in time, in nanoseconds since 1970, such as time_ns."
        return AnswerProblem(said, "time")
    return AnswerProblem(f"It is {number:g}, more than any lesson asks for. Check its unit.", "large")


def _items(value: Any, noun: str) -> list[Any]:
    if hasattr(value, "tolist") and getattr(value, "ndim", 0) == 1:
        value = value.tolist()
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable) or getattr(value, "ndim", 1) != 1:
        raise _other(value, noun)
    found = []
    for one in value:
        found.append(one)
        if len(found) > MOST_ITEMS:
            raise AnswerProblem(f"It has more than {MOST_ITEMS:,} items, which no question asks for.")
    return found


def _unwrapped(value: Any) -> Any:
    """A numpy scalar, or a Series or array that holds one value, as Python's own."""
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
