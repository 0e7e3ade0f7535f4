"""The order of the house: a room imports only from rooms before it, and nothing outside `staff/` imports `staff/`."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tree import ROOT

HOUSE = ROOT / "src" / "watchkeeper"
FRONT_DOOR = "__init__"  # imports nouns on demand; it is outside the order, and no room imports from it

LEARNER = (
    *("errors", "words", "otlp", "recording", "traces", "latency", "slo", "logs", "suspects", "plot", "explore"),
    *("check", "shop", "kit", "commands"),
)
STAFF = ("errors", "notebooks", "sandbox", "recorder", "author", "grade", "commands")
ORDER = (*LEARNER, *(f"staff.{room}" for room in STAFF))


def may_import(room: str, other: str) -> bool:
    """Whether the order allows it. An unknown room may import nothing."""
    return room in ORDER and other in ORDER[: ORDER.index(room) + 1]


def room_of(module: str) -> str:
    """The room of a dotted module name without its `watchkeeper.`; a noun of the front door is `Recording`'s.

    >>> room_of("traces.path"), room_of("staff.grade.session"), room_of("Recording")
    ('traces', 'staff.grade', 'recording')
    """
    parts = module.split(".")
    if parts[0] == "staff":
        return ".".join(parts[:2])
    return "recording" if parts[0] == "Recording" else parts[0]


def imports(source: str, module: str) -> Iterator[str]:
    """The dotted names below `watchkeeper` that a module imports, wherever in it."""
    package = f"watchkeeper.{module}".split(".")
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: -node.level] if node.level else []
            names = [".".join([*above, *filter(None, [node.module]), alias.name]) for alias in node.names]
        else:
            continue
        yield from (name.removeprefix("watchkeeper.") for name in names if name.startswith("watchkeeper."))


def modules() -> list[str]:
    """Every module below `watchkeeper`, dotted; a package is its `__init__`."""
    names = [path.relative_to(HOUSE).with_suffix("").as_posix().replace("/", ".") for path in HOUSE.rglob("*.py")]
    return sorted(name for name in names if name not in (FRONT_DOOR, "staff.__init__"))


@pytest.mark.parametrize("module", modules())
def test_a_module_imports_only_from_rooms_before_its_own(module: str) -> None:
    path = HOUSE / Path(*module.split(".")).with_suffix(".py")
    found = list(imports(path.read_text(encoding="utf-8"), module))
    assert [name for name in found if not may_import(room_of(module), room_of(name))] == []


@pytest.mark.parametrize(
    ("source", "module", "found"),
    [
        ("from watchkeeper import Recording", "check.call", ["Recording"]),
        ("from .path import walk\nfrom .. import otlp", "traces.drag", ["traces.path.walk", "otlp"]),
        ("def f():\n    import watchkeeper.staff.author.kit", "commands.lab", ["staff.author.kit"]),
        ("from . import roster", "shop.__init__", ["shop.roster"]),
        ("import pandas\nfrom json import loads", "otlp.lines", []),
    ],
)
def test_imports_are_found_in_every_form(source: str, module: str, found: list[str]) -> None:
    assert list(imports(source, module)) == found


@pytest.mark.parametrize(
    ("room", "other", "allowed"),
    [
        ("traces", "otlp", True),
        ("otlp", "traces", False),
        ("commands", "staff.author", False),
        ("staff.author", "kit", True),
        ("staff.grade", "staff.author", True),
        ("staff.author", "staff.grade", False),
        ("attic", "errors", False),
    ],
)
def test_the_order(room: str, other: str, allowed: bool) -> None:
    assert may_import(room, other) is allowed


def test_the_kit_looks_across_the_wall_in_one_place() -> None:
    learner = [path for path in HOUSE.rglob("*.py") if "staff" not in path.relative_to(HOUSE).parts]
    looking = [path.name for path in learner for _ in range(path.read_text(encoding="utf-8").count("find_spec("))]
    assert looking == ["__init__.py"]
