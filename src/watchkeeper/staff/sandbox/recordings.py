"""The public recordings that notebooks open, read before the notebooks are: each process finds every table read once.

The first time a process asks for a table it gets the one that was read before the fork, in a copy of its own, for it is
a process of its own; whoever asks again has it read from the files, as in a kernel. So no notebook can tell.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from watchkeeper.errors import WatchkeeperError


def read_ahead(names: Iterable[str]) -> None:
    """Read these recordings now, and hand their tables to the first who asks. Unknown names are left out."""
    from watchkeeper.recording import Recording

    from_files: Any = Recording._read
    kept: dict[tuple[str, str], Any] = {}
    for name in names:
        try:
            recording = Recording.open(name)
        except WatchkeeperError:
            continue
        for signal in recording._files:
            kept[str(recording.folder.resolve()), signal] = from_files(recording, signal)

    def _read(self: Recording, signal: str) -> Any:
        found = kept.pop((str(self.folder.resolve()), signal), None) if self._problems is None else None
        return from_files(self, signal) if found is None else found

    Recording._read = _read  # type: ignore[method-assign]
