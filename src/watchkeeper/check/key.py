"""key.json: what a notebook may know of a module's answers. It holds digests, never an answer.

Read by `check` for instant replies; written by `watchkeeper build`. It resists reading, not guessing: a name among
eleven services can be tried out, and its texts are only veiled, for a hint that is seen too early is an answer. Marks
never depend on it, for those are given by the judge.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from watchkeeper.check.answers import AnswerType, Plain, SomeOf, from_json
from watchkeeper.check.compare import part, parts_of
from watchkeeper.errors import KeyProblem

KEY_FILE = "key.json"
FORMAT = 1


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


def load(folder: Path | None = None) -> dict[str, Question]:
    """The questions of the module whose notebook runs in `folder` (the current one), by name.

    Raises KeyProblem with the file and what to do.
    """
    try:
        return {name: question_from(name, one) for name, one in _read(folder)["questions"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _damaged(error) from None


def _read(folder: Path | None) -> dict[str, Any]:
    path = (folder or Path.cwd()) / KEY_FILE
    if not path.is_file():
        raise KeyProblem(
            f"There is no {KEY_FILE} beside this notebook, so nothing can be checked.\n"
            "Open the notebook in the module's own folder, where it came with that file."
        )
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        given = data["format"]
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(error) from None
    if given != FORMAT:
        raise KeyProblem(f"{KEY_FILE} has format {given}; this kit reads {FORMAT}. Update the kit.")
    return data


def _damaged(error: Exception) -> KeyProblem:
    return KeyProblem(f"{KEY_FILE} is damaged ({error}). Take a fresh copy of it from the kit.")


def reflections(folder: Path | None = None) -> dict[str, str]:
    """The module's texts for the mentor: name to notebook."""
    return dict(_read(folder).get("reflections", {}))


def question_from(name: str, data: Mapping[str, Any]) -> Question:
    """The question that an entry of key.json describes."""
    wrong = tuple(
        Wrong(unveiled(one["name"]), tuple(map(unveiled, one["hint"])), one["digests"]) for one in data["wrong"]
    )
    return Question(
        name=name,
        kind=data["kind"],
        points=data["points"],
        answer=from_json(data["answer"]),
        inputs=tuple(data["inputs"]),
        hints=tuple(map(unveiled, data["hints"])),
        passed=unveiled(data["passed"]),
        yours=tuple(data["yours"]),
        notebook=data.get("notebook", ""),
        salt=data["salt"],
        right=data["right"],
        wrong=wrong,
    )


def veiled(text: str) -> str:
    """A text as key.json holds it: whoever opens the file in JupyterLab does not stumble over a hint.

    >>> unveiled(veiled("walk back"))
    'walk back'
    """
    return base64.b64encode(text.encode()).decode()


def unveiled(text: str) -> str:
    """The text that `veiled` was given."""
    return base64.b64decode(text, validate=True).decode()
