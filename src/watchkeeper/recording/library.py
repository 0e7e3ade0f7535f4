"""Many recordings: the folder they are in, and those that are open."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..errors import RecordingError
from ..otlp import SIGNALS
from . import ahead
from .find import files_of, find
from .recording import Recording, read_files


class Library:
    """The recordings of one folder; without a folder, those that `Recording.open` finds.

    With `keep`, a recording stays open: `open` returns the same object again, and its tables are read only once.
    """

    def __init__(self, folder: str | Path | None = None, keep: bool = False) -> None:
        self.folder, self.keep = folder, keep
        self._kept: dict[Path, Recording] = {}

    def open(self, name: str) -> Recording:
        """The recording with that name. Raises `RecordingError` if there is none."""
        if not self.keep:
            return Recording.open(name, self.folder)
        path = find(name, self.folder).resolve()
        if path not in self._kept:
            self._kept[path] = Recording.open(name, self.folder)
        return self._kept[path]

    def read_ahead(self, names: Iterable[str]) -> None:
        """Read these recordings now, for this process and its forked children: see `ahead`.

        Skips unknown names; code that opens such a recording gets the error. Raises `OtlpError`.
        """
        for name in names:
            try:
                files = files_of(find(name, self.folder))
            except RecordingError:
                continue
            for signal in SIGNALS:
                if paths := files.by_signal.get(signal.name):
                    ahead.put(signal, paths, read_files(signal, paths))
