"""key.json: what a notebook may know of a module's answers. It holds digests, never an answer.

Read by `check` for instant replies; written by `watchkeeper build`. It resists reading, not guessing: a name among
eleven services can be tried out. Marks never depend on it, for those are given by the judge.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchkeeper.check.answers import AnswerType, Plain, SomeOf, from_json
from watchkeeper.check.compare import part, parts_of
from watchkeeper.errors import WatchkeeperError

KEY_FILE = "key.json"
FORMAT = 1


class KeyProblem(WatchkeeperError):
    """The key of a module is missing, damaged, or does not hold the question that was asked for."""


@dataclass(frozen=True)
class Wrong:
    """A known wrong answer: what it comes from, the hint for it, and its digests a part and input.

    None stands for a part that it does not give, and for an input on which it is no answer or happens to be right.
    """

    name: str
    hint: tuple[str, ...]
    digests: dict[str, list[list[str] | None]]


@dataclass(frozen=True)
class Question:
    """One question as the notebook knows it. `right[part][i]` are the digests of that part's answer on input i."""

    name: str
    kind: str
    points: float
    answer: AnswerType
    inputs: tuple[dict[str, Any], ...]
    hints: tuple[str, ...]
    passed: str
    yours: tuple[str, ...] = ()
    notebook: str = ""
    salt: str = ""
    right: dict[str, list[list[str]]] = field(default_factory=dict)
    wrong: tuple[Wrong, ...] = ()

    def is_right(self, name: str, position: int, kind: AnswerType, plain: Plain) -> bool:
        """Whether this part of an answer is the reference's, as far as digests can tell."""
        return self._same(self.right[name][position], name, position, kind, plain)

    def differing(self, name: str, position: int, kind: AnswerType, plain: Plain) -> list[str]:
        """The paths of the atoms that are not the reference's."""
        right = set(self.right[name][position])
        return [path for path, atom in kind.atoms(plain).items() if not right & self._near(name, position, path, atom)]

    def wrong_answer(self, position: int, plain: Plain) -> Wrong | None:
        """The known wrong answer that this is, if it is one: all parts that the wrong answer gives are the same."""
        parts = parts_of(self.answer)
        for wrong in self.wrong:
            given = {name: known[position] for name, known in wrong.digests.items() if known[position] is not None}
            if given and all(self._same(known or [], name, position, parts[name], part(plain, name), True)
                             for name, known in given.items()):  # fmt: skip
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

    def _same(self, known: list[str], name: str, position: int, kind: AnswerType, plain: Plain,
              known_wrong: bool = False) -> bool:  # fmt: skip
        atoms, right = kind.atoms(plain), set(known)
        found = sum(bool(right & self._near(name, position, path, atom)) for path, atom in atoms.items())
        if isinstance(kind, SomeOf):
            return found == len(atoms) >= (1 if known_wrong else kind.at_least)
        return found == len(atoms) == len(known)


def load(folder: Path | None = None) -> dict[str, Question]:
    """The questions of the module whose notebook runs in `folder` (the current one), by name.

    Raises KeyProblem with the file and what to do.
    """
    path = (folder or Path.cwd()) / KEY_FILE
    if not path.is_file():
        raise KeyProblem(
            f"There is no {KEY_FILE} beside this notebook, so nothing can be checked.\n"
            "Open the notebook in the module's own folder, where it came with that file."
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise KeyProblem(f"{KEY_FILE} has format {data['format']}; this kit reads {FORMAT}. Update the kit.")
        return {name: question_from(name, one) for name, one in data["questions"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyProblem(f"{KEY_FILE} is damaged ({error}). Take a fresh copy of it from the kit.") from None


def question_from(name: str, data: Mapping[str, Any]) -> Question:
    """The question that an entry of key.json describes."""
    wrong = tuple(Wrong(one["name"], tuple(one["hint"]), one["digests"]) for one in data["wrong"])
    return Question(
        name=name, kind=data["kind"], points=data["points"], answer=from_json(data["answer"]),
        inputs=tuple(data["inputs"]), hints=tuple(data["hints"]), passed=data["passed"], yours=tuple(data["yours"]),
        notebook=data.get("notebook", ""),        salt=data["salt"], right=data["right"], wrong=wrong,
    )  # fmt: skip
