"""The command `watchkeeper`: everything an apprentice needs and, if `staff/` is installed, what mentors need."""

from __future__ import annotations

import gc
import importlib
import importlib.util
import io
import sys
from types import ModuleType
from typing import TYPE_CHECKING

from watchkeeper.errors import WatchkeeperError

if TYPE_CHECKING:
    import typer

HELP = """Watchkeeper: an SRE apprenticeship over the recorded telemetry of a broken web shop.

Begin with `watchkeeper lab`. If something does not work, `watchkeeper doctor` says what is missing."""


def staff() -> ModuleType | None:
    """`watchkeeper.staff.commands`, or None in a kit. No other place outside `staff/` looks for it."""
    found = importlib.util.find_spec("watchkeeper.staff")
    return importlib.import_module("watchkeeper.staff.commands") if found else None


def app() -> typer.Typer:
    """The whole command. In an apprentice's kit, it has only the first part."""
    import typer

    from watchkeeper.commands import learner

    found = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
    )
    learner.add_to(found)
    if more := staff():
        more.add_to(found)
    return found


def escape_what_is_not_in_the_encoding() -> None:
    """Write `\\u0142` where a console or a pipe has no such letter, as on Windows (cp1252) or in an ASCII locale.

    Without this, printing a name or a path ends the command in a traceback, after its work is done.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # it may be None, or something that a test put there
            stream.reconfigure(errors="backslashreplace")


def main() -> None:
    """Run the command. A user's mistake ends in a sentence on stderr and exit code 1, never in a traceback."""
    escape_what_is_not_in_the_encoding()
    try:
        if more := staff():
            more.begin(sys.argv[1:])
        app()()
    except WatchkeeperError as error:
        print(error, file=sys.stderr)
        sys.exit(1)
    finally:
        gc.freeze()  # otherwise Python examines everything that was imported several times before it exits
