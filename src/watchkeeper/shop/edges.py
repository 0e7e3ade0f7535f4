"""The edges between services: direct, or through a relay that delays everything.

A table in shared memory holds the port that the calls of each edge go to. Callers look it up for each call, so an edge
can be delayed and restored while the shop runs.
"""

from __future__ import annotations

import asyncio
import contextlib
import mmap
import random
import signal
import socket
from collections.abc import Iterator, Mapping

from watchkeeper.shop.roster import LOAD

CHUNK_BYTES = 65_536
JITTER = 0.25  # a delay varies by up to this share


class Edges:
    """Ports by edge, shared by all processes that are forked after it was created. Only the parent writes."""

    def __init__(self, ports: dict[str, int]) -> None:
        self.ports = ports
        self._called = list(ports)
        self._callers = [*ports, LOAD]
        self._detours = memoryview(mmap.mmap(-1, 2 * len(self._callers) * len(self._called))).cast("H")

    def detour(self, caller: str, called: str, port: int) -> None:
        """Send the calls of that edge to another port from now on; 0 ends the detour."""
        self._detours[self._place(caller, called)] = port

    def port(self, caller: str, called: str) -> int:
        """The port that a call on that edge goes to now."""
        return self._detours[self._place(caller, called)] or self.ports[called]

    def seen_from(self, caller: str) -> Mapping[str, int]:
        """The ports as one caller sees them; they may change from call to call."""
        return _View(self, caller)

    def _place(self, caller: str, called: str) -> int:
        return self._callers.index(caller) * len(self._called) + self._called.index(called)


class _View(Mapping[str, int]):
    def __init__(self, edges: Edges, caller: str) -> None:
        self._edges = edges
        self._caller = caller

    def __getitem__(self, called: str) -> int:
        return self._edges.port(self._caller, called)

    def __iter__(self) -> Iterator[str]:
        return iter(self._edges.ports)

    def __len__(self) -> int:
        return len(self._edges.ports)


def run_relay(listener: socket.socket, port: int, delay_ms: float, seed: int) -> None:
    """Forward what arrives at `listener` to `port` and back, until SIGTERM; a call takes `delay_ms` longer in all.

    Half of the delay is on the way there and half on the way back, each with its own jitter. Order is kept, as in TCP.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    asyncio.run(_relay(listener, port, delay_ms / 2000, random.Random(seed)))


async def _relay(listener: socket.socket, port: int, one_way_s: float, chance: random.Random) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.close()
            return
        with contextlib.suppress(asyncio.CancelledError):  # told to end
            await asyncio.gather(
                _pass_on(reader, there_writer, one_way_s, chance),
                _pass_on(there_reader, writer, one_way_s, chance),
                return_exceptions=True,  # a connection that is cut on one side is closed on the other
            )

    async with await asyncio.start_server(carry, sock=listener):
        await stopped.wait()


async def _pass_on(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, one_way_s: float, chance: random.Random
) -> None:
    """Every chunk arrives after the delay, and not before the chunk ahead of it."""
    clock = asyncio.get_running_loop()
    last_s = 0.0

    def arrive(chunk: bytes) -> None:
        if chunk:
            writer.write(chunk)
        else:
            writer.close()

    while True:
        chunk = await reader.read(CHUNK_BYTES)
        due_s = clock.time() + one_way_s * chance.uniform(1 - JITTER, 1 + JITTER)
        last_s = max(last_s + 1e-6, due_s)  # never equal: timers for the same moment fire in any order
        clock.call_at(last_s, arrive, chunk)
        if not chunk:
            return
