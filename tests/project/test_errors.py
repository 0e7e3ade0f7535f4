"""One file of errors per side of the wall, each with its whole tree in its docstring."""

import ast
from collections.abc import Iterator
from types import ModuleType

import pytest
from tree import ROOT

import watchkeeper.errors
import watchkeeper.staff.errors
from watchkeeper.errors import WatchkeeperError

HOUSE = ROOT / "src" / "watchkeeper"
FILES = {HOUSE / "errors.py": watchkeeper.errors, HOUSE / "staff" / "errors.py": watchkeeper.staff.errors}
BRANCHES = "│├└─ "
LEVEL = 4  # columns per level of the tree


def drawn(text: str) -> set[tuple[str, str]]:
    """The classes of a tree drawn in a docstring, each with its base.

    >>> sorted(drawn("├── A    what A is\\n│   └── B    what B is\\n└── C    what C is"))
    [('A', 'WatchkeeperError'), ('B', 'A'), ('C', 'WatchkeeperError')]
    """
    found, path = set(), [WatchkeeperError.__name__]
    for line in map(str.strip, text.splitlines()):
        name = line.lstrip(BRANCHES)
        if line[:1] in tuple(BRANCHES):
            depth = (len(line) - len(name)) // LEVEL
            path[depth:] = [name.split()[0]]
            found.add((path[depth], path[depth - 1]))
    return found


def tree(base: type) -> Iterator[tuple[type, type]]:
    """Every class below `base` with the class it derives from."""
    for each in base.__subclasses__():
        yield each, base
        yield from tree(each)


@pytest.mark.parametrize("module", FILES.values(), ids=["learner", "staff"])
def test_the_drawn_tree_is_the_real_one(module: ModuleType) -> None:
    real = {
        (each.__name__, base.__name__) for each, base in tree(WatchkeeperError) if each.__module__ == module.__name__
    }
    assert sorted(drawn(module.__doc__ or "")) == sorted(real)


def test_every_error_of_the_package_is_defined_in_one_of_the_two_files() -> None:
    known = {WatchkeeperError.__name__, *(each.__name__ for each, _ in tree(WatchkeeperError))}
    elsewhere = [
        f"{path.relative_to(HOUSE)}: {node.name}"
        for path in sorted(HOUSE.rglob("*.py"))
        if path not in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef) and any(ast.unparse(base).split(".")[-1] in known for base in node.bases)
    ]
    assert elsewhere == []


def test_no_two_errors_share_a_name() -> None:
    names = [each.__name__ for each, _ in tree(WatchkeeperError)]
    assert len(names) == len(set(names))
