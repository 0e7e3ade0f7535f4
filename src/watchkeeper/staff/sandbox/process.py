"""The warm process, as the grader sees it. What runs in it is `zygote.py`.

It starts at once, is told later what to load, and then gets one job per notebook.
"""

from __future__ import annotations

import json
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Self

import watchkeeper
from watchkeeper.staff.errors import RunnerError
from watchkeeper.staff.sandbox import wire
from watchkeeper.staff.sandbox.box import memory
from watchkeeper.staff.sandbox.box.places import HOME, TEMPORARY

WARMING = 600.0  # seconds within which it has to be warm; it takes one or two, unless the machine is very busy
ENDED = "The warm process that runs the notebooks has ended. Grade again: the results so far are stored."
HOUSE = Path(watchkeeper.__file__).parent


_early: list[Process] = []


def begin() -> None:
    """Start a process for `started` to return. Call this as soon as a command knows that it will need one."""
    _early.append(Process())


def started() -> Process:
    """The process that `begin` started, or a new one."""
    return _early.pop() if _early else Process()


class Process:
    """A zygote. It imports what every notebook needs while the grader still reads the submissions.

    A context manager; `send` may be called from several threads at once.
    """

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair()
        self._boxes, told = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
        self._ended = set[int]()
        command = [sys.executable, "-P", "-m", "watchkeeper.staff.sandbox.zygote", str(theirs.fileno()), str(told)]
        with theirs, os.fdopen(told, "wb"):
            # Its own session, so that Ctrl-C reaches only the grader, which then closes the socket.
            self._popen = subprocess.Popen(
                command,
                pass_fds=[theirs.fileno(), told],
                stdin=subprocess.DEVNULL,
                cwd="/",
                env=environment(),
                start_new_session=True,
            )
        self.pid, self.mount = self._popen.pid, ""  # the folder that the box's root is built in
        self._turn, self._ready = threading.Lock(), False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()
        if self._boxes >= 0:
            os.close(self._boxes)
            self._boxes = -1
        self._popen.kill()
        self._popen.wait()
        self._unmount()

    def _unmount(self) -> None:
        if self.mount:
            Path(self.mount).rmdir()
            self.mount = ""

    def prepare(self, plan: Mapping[str, Any]) -> None:
        """Tell the process what notebooks will need: see `zygote.Plan`. Returns at once."""
        import tempfile

        self.mount = tempfile.mkdtemp(prefix="watchkeeper-box-")
        os.chmod(self.mount, 0o755)
        with suppress(OSError):  # if it has ended already, `wait` returns the reason
            wire.send(self._socket, {**plan, "mount": self.mount})

    def wait(self) -> str:
        """Wait until it is warm. Returns "", or the reason why it can't be."""
        with self._turn:
            if self._ready:
                return ""
            try:
                said = wire.receive(self._socket, wire.within(WARMING))
            except wire.Broken as error:
                said = {"failed": str(error)}
            self._ready = bool(said and "ready" in said)
            if self._ready:
                self._unmount()  # its root no longer needs the folder, so a killed grader leaves nothing behind
            return "" if self._ready else said["failed"] if said else "it ended without an error message"

    def send(self, job: Mapping[str, Any], descriptors: Sequence[int]) -> None:
        """Send one job with the file descriptors that it needs. Raises RunnerError."""
        body = json.dumps(job).encode()
        with self._turn:
            try:
                socket.send_fds(self._socket, [struct.pack("!I", len(body))], descriptors)
                self._socket.sendall(body)
            except OSError:
                raise RunnerError(ENDED) from None

    def has_ended_box(self, space: int) -> bool:
        """Whether the box with this PID namespace was ended because the machine had no memory left."""
        with self._turn, suppress(OSError):  # nothing more to read
            while said := os.read(self._boxes, memory.NUMBER.size):
                self._ended.add(memory.NUMBER.unpack(said)[0])
        return space in self._ended

    def has_ended(self) -> bool:
        return self._popen.poll() is not None


def environment() -> dict[str, str]:
    """The environment variables of a notebook's process, except for the folders of its recordings."""
    here = str(Path(sys.executable).parent)
    return {
        "PATH": f"{here}:/usr/local/bin:/usr/bin:/bin",
        "HOME": HOME,
        "TMPDIR": TEMPORARY,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PYTHONPATH": str(HOUSE.parent),
        "PYTHONNOUSERSITE": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": f"{HOME}/.ipython",
        "NBGRADER_EXECUTION": "autograde",
    }
