"""Tables read ahead by a process that forks, so that its children don't have to read the recordings again.

The first time a process asks for the table of some files, it gets the one that was read ahead; after a fork, that is
the child's own copy. After that, files are read as usual. So two recordings never share a table, and a notebook only
notices that loading is faster.

`Library.read_ahead` fills this store, and `Recording` looks here before it opens a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from ..otlp import Signal

_tables: dict[tuple[Signal, tuple[Path, ...]], pd.DataFrame] = {}


def put(signal: Signal, paths: Sequence[Path], table: pd.DataFrame) -> None:
    """Keep a signal's table of these files for the first caller of `take`."""
    _tables[signal, _known(paths)] = table


def take(signal: Signal, paths: Sequence[Path]) -> pd.DataFrame | None:
    """The table read ahead from exactly these files, or None if there is none or it has been taken already."""
    return _tables.pop((signal, _known(paths)), None) if _tables else None


def _known(paths: Sequence[Path]) -> tuple[Path, ...]:
    return tuple(path.resolve() for path in paths)
