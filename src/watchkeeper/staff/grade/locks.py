"""One grader, or one intake, at a time in a folder: locks that can't outlive the process that holds them."""

from __future__ import annotations

import fcntl

from watchkeeper.errors import WatchkeeperError


def lock(file: int, held: WatchkeeperError) -> None:
    """Lock an open file until it is closed or the process ends. Raises `held` if it is locked already."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise held from None
