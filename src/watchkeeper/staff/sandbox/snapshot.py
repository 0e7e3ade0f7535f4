"""Delays the checks of functions: a function is called when its notebook has ended and the outputs are sealed.

So no code that runs earlier ever sees the recordings that functions are graded on. A function that nothing can change
any more is kept and called at the end. For every other function, a copy of the process sleeps until then. All of this
runs in the same process as the submission's own code, so what it sends is only an answer, never a verdict.
"""

from __future__ import annotations

import os
import pickle
import random
import select
import signal
import socket
from dataclasses import dataclass, field
from typing import Any

from watchkeeper.check import handout
from watchkeeper.check.kinds import kind_of
from watchkeeper.check.problem import ELSEWHERE, TWICE, Given, Problem
from watchkeeper.check.question import Question
from watchkeeper.staff.sandbox import wire
from watchkeeper.staff.sandbox.frozen import frozen_copy


@dataclass
class PutOff:
    """The checks of functions so far. A question's inputs will come from its socket in `sockets`; `out` is for outputs.

    Only the check in the course's own cell counts (`places` has its number, `cell` is the running one). Apprentices
    also check in cells of their own, where the function may not be the final one yet. With `forks`, every function gets
    a copy of the process, which survives whatever another function does.
    """

    sockets: dict[str, int]
    out: int
    forks: bool
    places: dict[str, int]
    cell: int = 0
    kept: dict[int, tuple[Question, Any]] = field(default_factory=dict)

    def results(self, question: Question, answer: Any) -> list[dict[str, Any]]:
        """The payload for a check of a function: a placeholder that says that results come later."""
        if self.places.get(question.name, self.cell) != self.cell:
            return [Given(problem=Problem(ELSEWHERE)).record()]
        descriptor = self.sockets.pop(question.name, None)
        if descriptor is None:
            return [Given(problem=Problem(TWICE)).record()]
        copy = None if self.forks else frozen_copy(answer)
        if copy is not None:
            self.kept[descriptor] = (question, copy)
        else:
            self._fork(descriptor, question, answer)
        return wire.LATER

    def _fork(self, descriptor: int, question: Question, answer: Any) -> None:
        drawn = random.getstate()
        if os.fork():
            os.close(descriptor)
            return
        try:
            random.setstate(drawn)  # Python reseeds a forked process; a kernel would have continued the sequence
            for other in (*self.sockets.values(), *self.kept):
                os.close(other)
            with open(os.devnull, "wb") as nothing:  # the grader sees at once when the notebook's own process has ended
                os.dup2(nothing.fileno(), self.out)
            _serve(socket.socket(fileno=descriptor), question, answer)
        finally:
            os._exit(0)

    def serve(self) -> None:
        """After the notebook's end, answer for the kept functions, in the order in which the grader asks."""
        while self.kept:
            ready, _, _ = select.select(list(self.kept), [], [])
            for descriptor in ready:
                question, function = self.kept.pop(descriptor)
                with socket.socket(fileno=descriptor) as grader:
                    _serve(grader, question, function)


def put_off(sockets: dict[str, int], out: int, forks: bool, places: dict[str, int]) -> PutOff:
    """Delay the checks of functions from now on, for all questions that have a socket."""
    later = PutOff(sockets, out, forks, places)
    handout.wait_with(later.results)
    return later


def _serve(grader: socket.socket, question: Question, function: Any) -> None:
    inputs = _inputs(grader)
    if inputs is None:
        return
    wire.send(grader, wire.CALLED)  # the kernel tells the grader which process this is, so that it can interrupt
    signal.signal(signal.SIGINT, signal.default_int_handler)
    found = [given.record() for given in kind_of(question).run(question, function, inputs)]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    wire.send(grader, found)


def _inputs(grader: socket.socket) -> list[tuple[str, Any]] | None:
    """Wait for the inputs, a file in memory that the grader wrote and that no process in here has seen before."""
    said, descriptors, _, _ = socket.recv_fds(grader, 1, 1)
    if not said or not descriptors:
        return None
    with open(descriptors[0], "rb") as file:
        file.seek(0)
        return pickle.load(file)
