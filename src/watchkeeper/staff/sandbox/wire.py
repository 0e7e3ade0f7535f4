"""How the processes of a graded run talk: a length of four bytes, then JSON. The grader never unpickles anything."""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

from watchkeeper.check import problem
from watchkeeper.check.problem import Problem

LATER = [{"problem": Problem(problem.LATER).record()}]  # until a snapshot sends the results
CALLED = {"called": True}  # what a process sends when it has its inputs and will now call a function
LARGEST = 16_000_000  # bytes of one frame; a frame that claims to be longer is not read
Wait = Callable[[], float]  # how many seconds to wait before asking again; raises Broken when the time is up
MOST_PARTS = 2_500_000  # of one frame: 16 MB of "[[],[],[],…" would take half a gigabyte here
_CREDENTIALS = struct.Struct("iII")  # struct ucred: process, user, group


class Broken(Exception):
    """The other side sent something that is not a frame, or nothing in time."""


def send(to: socket.socket, message: Any) -> None:
    """Write one frame."""
    body = json.dumps(message).encode()
    to.sendall(struct.pack("!I", len(body)) + body)


def within(seconds: float) -> Wait:
    """Wait this long by the clock on the wall, and no longer."""
    end = time.monotonic() + seconds

    def left() -> float:
        if (rest := end - time.monotonic()) <= 0:
            raise Broken("It took too long.")
        return rest

    return left


def told_who_sends(source: socket.socket) -> None:
    """Have `sender` work on this socket."""
    source.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)


def sender(source: socket.socket, wait: Wait) -> int:
    """The process that sends the next frame, by its id here; 0 at the end of the stream. The frame stays unread.

    The kernel says who it is, so a process can only tell the truth. Raises Broken when the time is up.
    """
    space = socket.CMSG_SPACE(_CREDENTIALS.size)
    while True:
        source.settimeout(wait())
        try:
            data, ancillary, _, _ = source.recvmsg(1, space, socket.MSG_PEEK)
        except TimeoutError:
            continue
        except ConnectionError:
            return 0
        found = [
            data for level, kind, data in ancillary if (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS)
        ]
        return int(_CREDENTIALS.unpack(found[0])[0]) if data and found else 0


def receive(source: socket.socket, wait: Wait | None = None, largest: int = LARGEST) -> Any:
    """The next frame, or None at the end of the stream. `wait` says how long to wait for it; None waits without limit.

    The other side may be hostile. A frame that is too large, or JSON that Python refuses, raises Broken. The result can
    be written as UTF-8 and as strict JSON: half a surrogate pair becomes "?", and NaN becomes None.
    """
    head = _exactly(source, 4, wait)
    if head is None:
        return None
    (length,) = struct.unpack("!I", head)
    if length > largest:
        raise Broken("It sent more at once than any answer or output needs.")
    body = _exactly(source, length, wait)
    if body is None:
        raise Broken("It stopped in the middle of a message.")
    if sum(map(body.count, (b",", b"[", b"{"))) > MOST_PARTS:
        raise Broken("It sent more parts at once than any answer or output needs.")
    try:
        said = json.loads(body, parse_constant=_nothing, parse_float=_finite)
        if b"\\ud" in body.lower():  # most are the two halves of one character
            said = json.loads(json.dumps(said, ensure_ascii=False).encode(errors="replace"))
        return said
    except (ValueError, RecursionError):
        raise Broken("It sent an invalid message.") from None


def _nothing(_: str) -> None:
    """The replacement for NaN and Infinity."""


def _finite(text: str) -> float | None:
    number = float(text)
    return number if math.isfinite(number) else None


def _exactly(source: socket.socket, length: int, wait: Wait | None) -> bytes | None:
    parts, missing = [], length
    while missing:
        source.settimeout(wait() if wait else None)
        try:
            part = source.recv(min(missing, 1 << 20))
        except TimeoutError:
            continue
        except ConnectionError:
            part = b""
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
