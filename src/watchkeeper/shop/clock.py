"""A host whose clock is off: every time that its processes read is off, and nothing else changes."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

# The real ones, whatever is patched later.
_time, _time_ns = time.time, time.time_ns


def set_ahead(ahead_ms: float) -> None:
    """Set this process's clock ahead by that many milliseconds (negative: back); 0 undoes it.

    Wall clock only: `time.monotonic`, which deadlines and pauses use, is left alone, as on a real host. Patched at the
    source, so that spans, log records and metric points all carry it.
    """
    ahead_ns = round(ahead_ms * 1e6)
    _rebind("time_ns", (lambda: _time_ns() + ahead_ns) if ahead_ns else _time_ns)
    _rebind("time", (lambda: _time() + ahead_ns / 1e9) if ahead_ns else _time)


def _rebind(name: str, clock: Callable[[], float]) -> None:
    """Replace `time.<name>` by `clock`, also where `from time import <name>` has copied it."""
    current = getattr(time, name)
    for module in list(sys.modules.values()):
        if vars(module).get(name) is current:  # not getattr: lazy modules would start to import
            setattr(module, name, clock)
