"""The command `watchkeeper`: what an apprentice needs, and, where the staff rooms are installed, what mentors need."""

from __future__ import annotations

import gc
import importlib.util
import sys
from typing import TYPE_CHECKING

from watchkeeper.errors import WatchkeeperError

if TYPE_CHECKING:
    import typer

HELP = """Watchkeeper: an SRE apprenticeship over the recorded telemetry of a broken web shop.

Begin with `watchkeeper lab`. If something does not work, `watchkeeper doctor` says what is missing."""


def app() -> typer.Typer:
    """The whole command. The kit that apprentices get holds only the first part."""
    import typer

    from watchkeeper.cli import learner

    found = typer.Typer(help=HELP, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
                        rich_markup_mode="markdown")  # fmt: skip
    learner.add_to(found)
    for room in ("staff", "grade", "shop"):
        if importlib.util.find_spec(f"watchkeeper.cli.{room}"):
            importlib.import_module(f"watchkeeper.cli.{room}").add_to(found)
    return found


def _begin(arguments: list[str]) -> None:
    """Start what takes half a second to get warm before the rest of the command is imported, which takes a tenth."""
    local = arguments[:1] == ["grade"] and not any(one.startswith(("--help", "--cluster")) for one in arguments)
    if local and importlib.util.find_spec("watchkeeper.grade"):
        importlib.import_module("watchkeeper.grade.process").begin()


def main() -> None:
    """Run the command; a user's mistake ends in a sentence on stderr and exit code 1, never in a traceback."""
    try:
        _begin(sys.argv[1:])
        app()()
    except WatchkeeperError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    finally:
        gc.freeze()  # else Python looks through all that was imported, several times, before it ends
