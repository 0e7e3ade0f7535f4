"""How the processes of a graded run talk: a length of four bytes, then JSON. Nothing here is ever unpickled outside."""

from __future__ import annotations

import json
import socket
import struct
import time
from typing import Any

LATER = [{"problem": "later"}]  # stands for a function's results until its snapshot gives them
LARGEST = 16_000_000  # bytes of one frame; what says it is longer is not read


class Broken(Exception):
    """The other side said something that is no frame, or nothing in time."""


def send(to: socket.socket, message: Any) -> None:
    """Write one frame."""
    body = json.dumps(message).encode()
    to.sendall(struct.pack("!I", len(body)) + body)


def receive(source: socket.socket, until: float = 0.0) -> Any:
    """The next frame, None at the end of the stream. Raises Broken; `until` is a time of time.monotonic(), 0 for never.

    The other side may be hostile: a frame has a largest size, and JSON that Python refuses is broken.
    """
    head = _exactly(source, 4, until)
    if head is None:
        return None
    (length,) = struct.unpack("!I", head)
    if length > LARGEST:
        raise Broken("It sent more at once than any answer or output needs.")
    body = _exactly(source, length, until)
    if body is None:
        raise Broken("It stopped in the middle of a message.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise Broken("It sent something that is no message.") from None


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
