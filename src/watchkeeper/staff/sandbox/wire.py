"""How the processes of a graded run talk: a length of four bytes, then JSON. The grader never unpickles anything."""

from __future__ import annotations

import json
import math
import socket
import struct
import time
from typing import Any

from watchkeeper.check import problem
from watchkeeper.check.problem import Problem

LATER = [{"problem": Problem(problem.LATER).record()}]  # until a snapshot sends the results
LARGEST = 16_000_000  # bytes of one frame; a frame that claims to be longer is not read
MOST_PARTS = 2_500_000  # of one frame: 16 MB of "[[],[],[],…" would take half a gigabyte here


class Broken(Exception):
    """The other side sent something that is not a frame, or nothing in time."""


def send(to: socket.socket, message: Any) -> None:
    """Write one frame."""
    body = json.dumps(message).encode()
    to.sendall(struct.pack("!I", len(body)) + body)


def receive(source: socket.socket, until: float = 0.0, largest: int = LARGEST) -> Any:
    """The next frame, or None at the end of the stream. `until` is a deadline by time.monotonic(), or 0 for none.

    The other side may be hostile. A frame that is too large, or JSON that Python refuses, raises Broken. The result can
    be written as UTF-8 and as strict JSON: half a surrogate pair becomes "?", and NaN becomes None.
    """
    head = _exactly(source, 4, until)
    if head is None:
        return None
    (length,) = struct.unpack("!I", head)
    if length > largest:
        raise Broken("It sent more at once than any answer or output needs.")
    body = _exactly(source, length, until)
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


def _exactly(source: socket.socket, length: int, until: float) -> bytes | None:
    parts, missing = [], length
    while missing:
        if until:
            left = until - time.monotonic()
            if left <= 0:
                raise Broken("It took too long.")
            source.settimeout(left)
        try:
            part = source.recv(min(missing, 1 << 20))
        except TimeoutError:
            raise Broken("It took too long.") from None
        except ConnectionError:
            part = b""
        if not part:
            return None
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)
