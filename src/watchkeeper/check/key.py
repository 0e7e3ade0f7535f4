"""key.json: what a notebook may know about a module's answers. It holds digests of answers, never an answer.

`check` reads it to reply at once; `watchkeeper build` writes it. It is safe from reading, not from guessing: one name
out of eleven services can be found by trying them all. Its texts are encoded, because a hint that is read too early
gives the answer away. Marks never depend on this file: the judge gives them.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchkeeper.check.answers import AnswerType, Plain, SomeOf
from watchkeeper.check.codec import Damaged, from_plain, to_plain
from watchkeeper.check.compare import part, parts_of
from watchkeeper.check.kinds import KINDS
from watchkeeper.check.question import Known, Question
from watchkeeper.errors import KeyProblem

KEY_FILE = "key.json"
FORMAT = 1
# The fields of a question in key.json, in their order.
FIELDS = ("kind", "points", "answer", "inputs", "hints", "passed", "yours", "salt", "right", "wrong", "notebook")


@dataclass(frozen=True)
class KnownDigests(Known):
    """A known wrong answer with its digests: for each part a list with one entry per input.

    An entry is None where the wrong answer does not give that part, can't be an answer, or happens to be right.
    """

    digests: dict[str, list[list[str] | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Keyed(Question):
    """One question as a notebook knows it. `right[part][i]` has the digests of that part's right answer on input i."""

    wrong: tuple[KnownDigests, ...] = ()
    salt: str = ""
    right: dict[str, list[list[str]]] = field(default_factory=dict)

    def is_right(self, name: str, position: int, kind: AnswerType, plain: Plain) -> bool:
        """Whether part `name` of an answer is right on input `position`, as far as digests can tell."""
        return self._same(self.right[name][position], name, position, kind, plain)

    def differing(self, name: str, position: int, kind: AnswerType, plain: Plain) -> list[str]:
        """The paths of the atoms in part `name` of an answer that are wrong on input `position`."""
        right = set(self.right[name][position])
        return [path for path, atom in kind.atoms(plain).items() if not right & self._near(name, position, path, atom)]

    def wrong_answer(self, position: int, plain: Plain) -> KnownDigests | None:
        """The first known wrong answer that agrees with this answer in every part it gives, or None."""
        parts = parts_of(self.answer)
        for wrong in self.wrong:
            given = {name: known[position] for name, known in wrong.digests.items() if known[position] is not None}
            if given and all(
                self._same(known or [], name, position, parts[name], part(plain, name), True)
                for name, known in given.items()
            ):
                return wrong
        return None

    def digest(self, name: str, position: int, path: str, atom: int | str) -> str:
        """The digest of one atom of one part on one input: 60 bits as 15 hexadecimal digits."""
        text = json.dumps([self.name, name, position, path, atom])
        return hashlib.blake2b(text.encode(), key=self.salt.encode()[:64], digest_size=8).hexdigest()[:15]

    def digests(self, name: str, position: int, kind: AnswerType, plain: Plain) -> list[str]:
        """The digests of an answer's atoms, sorted so that their order gives nothing away."""
        return sorted(self.digest(name, position, path, atom) for path, atom in kind.atoms(plain).items())

    def _near(self, name: str, position: int, path: str, atom: int | str) -> set[str]:
        """The digests that an atom may have to be right. For a number these include the two neighboring grid cells."""
        atoms = [atom - 1, atom, atom + 1] if isinstance(atom, int) else [atom]
        return {self.digest(name, position, path, each) for each in atoms}

    def _same(
        self, known: list[str], name: str, position: int, kind: AnswerType, plain: Plain, known_wrong: bool = False
    ) -> bool:
        atoms, right = kind.atoms(plain), set(known)
        found = sum(bool(right & self._near(name, position, path, atom)) for path, atom in atoms.items())
        if isinstance(kind, SomeOf):
            return found == len(atoms) >= (1 if known_wrong else kind.at_least)
        return found == len(atoms) == len(known)


def load(folder: Path | None = None) -> dict[str, Keyed]:
    """The questions in the key.json of `folder` (default: the current folder), by name.

    Raises KeyProblem with the file and what to do.
    """
    return {name: _question(name, entry) for name, entry in _entries(folder).items()}


def find(name: str) -> Keyed:
    """The question `name` in the key.json of the current folder. Raises KeyProblem, with the names of all questions."""
    entries = _entries(None)
    if name not in entries:
        problem = f'This module has no question "{name}".' if name else 'Say which question, as in hint("…").'
        raise KeyProblem(f"{problem} Its questions: {', '.join(entries)}.")
    return _question(name, entries[name])


def reflections(folder: Path | None = None) -> dict[str, str]:
    """The texts of a module that a mentor marks: from the text's name to its notebook's. Raises KeyProblem."""
    try:
        return from_plain(dict[str, str], _read(folder).get("reflections", {}))
    except Damaged as error:
        raise _damaged(error) from None


def packed(module: str, edition: str, texts: Mapping[str, str], questions: Iterable[Keyed]) -> dict[str, Any]:
    """The content of key.json. `texts` are those that a mentor marks: from the text's name to its notebook's."""
    entries = {question.name: _veiled(to_plain(question), veiled) for question in questions}
    return {
        "format": FORMAT,
        "module": module,
        "edition": edition,
        "reflections": dict(texts),
        "questions": {name: {each: entry[each] for each in FIELDS} for name, entry in entries.items()},
    }


def _question(name: str, entry: Mapping[str, Any]) -> Keyed:
    try:
        keyed = from_plain(Keyed, _veiled(entry, unveiled) | {"name": name})
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(error) from None
    if keyed.kind not in KINDS:
        raise KeyProblem(f'This kit can\'t check "{name}", a question of the kind "{keyed.kind}". Update the kit.')
    return keyed


def _veiled(entry: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """An entry with `change` applied to every text that says what is right or wrong."""
    wrong = [
        known | {"name": change(known["name"]), "hint": list(map(change, known["hint"]))} for known in entry["wrong"]
    ]
    texts = {"hints": list(map(change, entry["hints"])), "passed": change(entry["passed"])}
    return {**entry, **texts, "wrong": wrong}


def _entries(folder: Path | None) -> dict[str, Any]:
    entries = _read(folder).get("questions")
    if not isinstance(entries, dict):
        raise _damaged("it has no questions")
    return entries


def _read(folder: Path | None) -> dict[str, Any]:
    path = (folder or Path.cwd()) / KEY_FILE
    if not path.is_file():
        raise KeyProblem(
            f"There is no {KEY_FILE} next to this notebook, so nothing can be checked.\n"
            "Open the notebook in its module's folder, which has that file."
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        given = data["format"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(error) from None
    if given != FORMAT:
        raise KeyProblem(f"{KEY_FILE} has format {given}; this kit reads {FORMAT}. Update the kit.")
    return data


def _damaged(error: Exception | str) -> KeyProblem:
    return KeyProblem(f"{KEY_FILE} is damaged ({error}). Take a fresh copy of it from the kit.")


def veiled(text: str) -> str:
    """A text as key.json holds it, so that no one who opens the file in JupyterLab reads a hint by accident.

    >>> unveiled(veiled("walk back"))
    'walk back'
    """
    return base64.b64encode(text.encode()).decode()


def unveiled(text: str) -> str:
    """The text that `veiled` encoded. Raises ValueError for anything else."""
    return base64.b64decode(text, validate=True).decode()
