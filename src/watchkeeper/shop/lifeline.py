"""Why no process outlives the shop, not even one that is stopped with SIGSTOP and can't react.

There are three nets: the parent's caller holds a pipe to it (end of file: an orderly stop); a small keeper process
holds a pipe from the parent (end of file: kill the whole process group); and on Linux the kernel kills each child
when its parent dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """On Linux, have the kernel kill this process when its parent dies, even while it is stopped."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could say so
        os._exit(1)


def start_keeper() -> int:
    """Fork the keeper: when our end of its pipe closes, it kills our process group. Returns our end."""
    theirs, ours = os.pipe()
    if os.fork():
        os.close(theirs)
        return ours
    os.close(ours)
    os.close(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.read(theirs, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)
