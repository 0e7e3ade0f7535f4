"""One grader, or one intake, at a time in a folder: locks that can't outlive the process that holds them."""

from __future__ import annotations

import fcntl

from watchkeeper.errors import WatchkeeperError


def lock(file: int, held: WatchkeeperError) -> None:
    """Lock an open file until it is closed, at the latest by the end of the process; raise `held` if it is locked."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise held from None
