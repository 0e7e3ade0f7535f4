"""Decides when a notebook has used up its time. It counts what `meter.py` measures, and the clock on the wall last."""

from __future__ import annotations

import os
import signal
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

from watchkeeper.staff.sandbox import wire
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.meter import LOOK, Meter

LATE = "It took too long."
# How many times its budget a notebook may be on the machine, by the wall, before it is given up: on a quiet machine,
# and on the busiest. In between, it is twice the number of programs that want a core.
LEAST_TIMES, MOST_TIMES = 4.0, 40.0


class Starved(wire.Broken):
    """The machine was too busy, as far as anyone can tell. It says nothing about the submission."""


class Clock:
    """The time of one notebook and of the cell or function that runs. Called before each wait for the box.

    `line` is the socket to the notebook's process, `process` its id, `space` the number of its PID namespace. `find`
    gives all processes.
    """

    def __init__(
        self, budget: Budget, line: socket.socket, process: int, space: int, find: Callable[[], list[int]]
    ) -> None:
        self.budget, self._line, self._meter = budget, line, Meter(find)
        self.first, self.space = process, space
        self._began = self._looked = time.monotonic()
        self._process, self._cell = _handle(process), 0
        self._used_before, self._interrupted = 0.0, False

    def close(self) -> None:
        self._let_go()

    def cell(self, number: int) -> None:
        """Another cell runs."""
        if number != self._cell:
            self._cell, self._used_before, self._interrupted = number, self._meter.used, False

    def function(self) -> None:
        """A function will be called, in a process that is not known yet."""
        self._let_go()
        self._used_before, self._interrupted = self._meter.look(), False

    def runs_in(self, process: int) -> None:
        """The function runs in this process."""
        self._process = _handle(process)

    def __call__(self) -> float:
        """How many seconds to wait before asking again. Interrupts what is late.

        Raises Broken if it still runs after that, and Starved if it is the clock on the wall that has run out.
        """
        now = time.monotonic()
        if now - self._looked >= LOOK:
            self._looked = now
            used = self._meter.look()
            of_part = used - self._used_before
            if used > self.budget.notebook_seconds or of_part > self.budget.cell_seconds + self.budget.patience:
                raise wire.Broken(LATE)
            if now - self._began > self.budget.notebook_seconds * wall_times():
                raise Starved(LATE)
            if of_part > self.budget.cell_seconds and not self._interrupted:
                self._interrupted = True
                self._interrupt()
        return LOOK

    @property
    def is_over(self) -> bool:
        """Whether the notebook as a whole has used its time."""
        return self._meter.used > self.budget.notebook_seconds

    def end(self) -> None:
        """End the process of a function that is late, so that it takes no time from the next one."""
        self._send(signal.SIGKILL)

    def _interrupt(self) -> None:
        with suppress(OSError):  # it has closed the line, or does not read it
            self._line.send(struct.pack("!I", self._cell), socket.MSG_DONTWAIT)
        self._send(signal.SIGINT)

    def _send(self, number: signal.Signals) -> None:
        if self._process >= 0:
            with suppress(OSError):  # it has ended
                signal.pidfd_send_signal(self._process, number)

    def _let_go(self) -> None:
        if self._process >= 0:
            os.close(self._process)
            self._process = -1


def _handle(process: int) -> int:
    """A descriptor of a process, which can't come to mean another process; -1 if it has ended."""
    try:
        return os.pidfd_open(process)
    except OSError:
        return -1


def wall_times() -> float:
    """How many times its limit something may be on the machine, by the clock on the wall."""
    wanting = os.getloadavg()[0] / (os.cpu_count() or 1)
    return min(max(LEAST_TIMES, 2 * wanting), MOST_TIMES)
