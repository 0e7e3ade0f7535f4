"""The commands of authors, mentors and instructors, and additions to the apprentice's commands if `staff/` exists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from watchkeeper.staff.sandbox.box.layers import Layer

EXTRAS = ("shop", "grade")  # the extras in pyproject.toml that these commands need


def add_to(app: typer.Typer) -> None:
    """Add the staff's commands to the app."""
    from watchkeeper.staff.commands import author, grade, shop

    for room in (author, grade, shop):
        room.add_to(app)


def begin(arguments: Sequence[str]) -> None:
    """Start the grader's warm process, which needs half a second, before the rest of the command is imported."""
    if arguments[:1] == ["grade"] and not any(one.startswith(("--help", "--cluster")) for one in arguments):
        from watchkeeper.staff.sandbox import process

        process.begin()


def kit_files(root: Path, say: Callable[[str], None]) -> dict[str, bytes]:
    """The files of a kit of the repository at `root`: path inside it to content. `say` hears what was repaired."""
    from watchkeeper.staff.author import kit

    return kit.files(root, say)


def box_layers() -> list[Layer]:
    """The layers of the sandbox for submissions, and whether this system has them."""
    from watchkeeper.staff.sandbox.box.layers import layers

    return layers()
