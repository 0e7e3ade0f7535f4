"""Tables that were read ahead, for a process that forks: its children find the recordings read.

The first time a process asks for a table of some files it gets the one that was read before, which after a fork is a
copy of its own; from then on the files are read, as in a process where nothing was read ahead. So no two recordings
share a table, and a notebook can't tell the difference but by the time it takes.

`Library.read_ahead` fills this, `Recording` looks here before it opens a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

_tables: dict[tuple[Path, ...], pd.DataFrame] = {}


def put(paths: Sequence[Path], table: pd.DataFrame) -> None:
    """Keep what these files hold, for the first that asks."""
    _tables[_known(paths)] = table


def take(paths: Sequence[Path]) -> pd.DataFrame | None:
    """What was read ahead from exactly these files, once; None if nothing was, or it has been taken."""
    return _tables.pop(_known(paths), None) if _tables else None


def _known(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(path.resolve() for path in paths)
