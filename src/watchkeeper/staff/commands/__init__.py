"""The commands of authors, mentors and instructors, and what an apprentice's commands do only where `staff/` is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import typer

    from watchkeeper.staff.sandbox.box.layers import Layer

EXTRAS = ("shop", "grade")  # of pyproject.toml: what these commands need to be installed


def add_to(app: typer.Typer) -> None:
    """Add the staff's commands to the app."""
    from watchkeeper.staff.commands import author, grade, shop

    for room in (author, grade, shop):
        room.add_to(app)


def begin(arguments: Sequence[str]) -> None:
    """Start what takes half a second to get warm before the rest of the command is imported, which takes a tenth."""
    if arguments[:1] == ["grade"] and not any(one.startswith(("--help", "--cluster")) for one in arguments):
        from watchkeeper.staff.sandbox import process

        process.begin()


def kit_files(root: Path) -> dict[str, bytes]:
    """What a kit of the repository at `root` holds: path inside it to content."""
    from watchkeeper.staff.author import kit

    return kit.files(root)


def box_layers() -> list[Layer]:
    """The layers of the box that submissions run in, and whether this system has them."""
    from watchkeeper.staff.sandbox.box.layers import layers

    return layers()
