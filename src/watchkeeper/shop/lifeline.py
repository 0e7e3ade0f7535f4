"""Why no process outlives the shop, not even one that is stopped with SIGSTOP and can't react.

There are three safety nets. The parent's caller holds a pipe to it: at end of file, the parent stops in order. A small
keeper process holds a pipe from the parent: at end of file, it kills the whole process group. And on Linux the kernel
kills each child when its parent dies.
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
    if os.getppid() != parent:  # it died before the call above
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
