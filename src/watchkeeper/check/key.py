"""key.json: what a notebook may know of a module's answers. It holds digests, never an answer.

Read by `check` for instant replies; written by `watchkeeper build`. It resists reading, not guessing: a name among
eleven services can be tried out, and its texts are only veiled, for a hint that is seen too early is an answer. Marks
never depend on it, for those are given by the judge.
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
# Of a question, in the order in which key.json has them.
FIELDS = ("kind", "points", "answer", "inputs", "hints", "passed", "yours", "salt", "right", "wrong", "notebook")


@dataclass(frozen=True)
class KnownDigests(Known):
    """A known wrong answer with its digests, by part, one entry per input.

    None is for a part that it does not give, and for an input on which it is no answer or happens to be right.
    """

    digests: dict[str, list[list[str] | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Keyed(Question):
    """One question as the notebook knows it. `right[part][i]` are the digests of that part's answer on input i."""

    wrong: tuple[KnownDigests, ...] = ()
    salt: str = ""
    right: dict[str, list[list[str]]] = field(default_factory=dict)

    def is_right(self, name: str, position: int, kind: AnswerType, plain: Plain) -> bool:
        """Whether this part of an answer is the reference's, as far as digests can tell."""
        return self._same(self.right[name][position], name, position, kind, plain)

    def differing(self, name: str, position: int, kind: AnswerType, plain: Plain) -> list[str]:
        """The paths of the atoms that are not the reference's."""
        right = set(self.right[name][position])
        return [path for path, atom in kind.atoms(plain).items() if not right & self._near(name, position, path, atom)]

    def wrong_answer(self, position: int, plain: Plain) -> KnownDigests | None:
        """The known wrong answer that this is, if it is one: all parts that the wrong answer gives are the same."""
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
        """Sixty bits that name one atom of one part on one input."""
        text = json.dumps([self.name, name, position, path, atom])
        return hashlib.blake2b(text.encode(), key=self.salt.encode()[:64], digest_size=8).hexdigest()[:15]

    def digests(self, name: str, position: int, kind: AnswerType, plain: Plain) -> list[str]:
        """The digests of an answer's atoms, sorted so that their order tells nothing."""
        return sorted(self.digest(name, position, path, atom) for path, atom in kind.atoms(plain).items())

    def _near(self, name: str, position: int, path: str, atom: int | str) -> set[str]:
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
    """The questions of the module whose notebook runs in `folder` (the current one), by name.

    Raises KeyProblem with the file and what to do.
    """
    return {name: _question(name, entry) for name, entry in _entries(folder).items()}


def find(name: str) -> Keyed:
    """One of the questions of the notebook that runs in the current folder. Raises KeyProblem."""
    entries = _entries(None)
    if name not in entries:
        said = f"This module has no question {name!r}." if name else 'Say which question, as in hint("…").'
        raise KeyProblem(f"{said} Its questions: {', '.join(entries)}.")
    return _question(name, entries[name])


def reflections(folder: Path | None = None) -> dict[str, str]:
    """The module's texts for the mentor: name to notebook."""
    try:
        return from_plain(dict[str, str], _read(folder).get("reflections", {}))
    except Damaged as error:
        raise _damaged(error) from None


def packed(module: str, edition: str, texts: Mapping[str, str], questions: Iterable[Keyed]) -> dict[str, Any]:
    """What key.json holds of these questions, and of the texts for the mentor (name to notebook)."""
    entries = {one.name: _veiled(to_plain(one), veiled) for one in questions}
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
        raise KeyProblem(
            f"{name!r} is a question of the kind {keyed.kind!r}, which this kit does not know. Update the kit."
        )
    return keyed


def _veiled(entry: Mapping[str, Any], change: Callable[[str], str]) -> dict[str, Any]:
    """An entry with its texts changed: those that say what is right or wrong."""
    wrong = [one | {"name": change(one["name"]), "hint": list(map(change, one["hint"]))} for one in entry["wrong"]]
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
            "Open the notebook in the module's own folder, where it came with that file."
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
    """A text as key.json holds it: nobody who opens the file in JupyterLab comes across a hint.

    >>> unveiled(veiled("walk back"))
    'walk back'
    """
    return base64.b64encode(text.encode()).decode()


def unveiled(text: str) -> str:
    """The text that `veiled` was given."""
    return base64.b64decode(text, validate=True).decode()
