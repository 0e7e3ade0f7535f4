"""A check of a function, put off: the function is called when the notebook has ended and its outputs are sealed.

So nothing that runs before ever sees the recordings that functions are graded on. What can't be changed any more is
kept as it is and called at the end; of everything else a copy of the process sleeps until then.
Everything here runs beside the submission's own code: what it sends is an answer, and nobody's verdict.
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
from watchkeeper.staff.sandbox import wire as frames
from watchkeeper.staff.sandbox.frozen import frozen_copy


@dataclass
class PutOff:
    """The checks of functions so far. `sockets`: where each question's inputs will come from; `out`: the outputs' way.

    Only the check in the course's own cell counts (`places` has its number, `cell` is the one that runs): apprentices
    also check in cells of their own, and what they had written by then is not what they hand in.
    With `forks` every function gets a copy of the process, which outlives whatever another function does.
    """

    sockets: dict[str, int]
    seconds: float
    out: int
    forks: bool
    places: dict[str, int]
    cell: int = 0
    kept: dict[int, tuple[Question, Any]] = field(default_factory=dict)

    def results(self, question: Question, answer: Any) -> list[dict[str, Any]]:
        """What a check of a function hands out: a word that its results come later."""
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
        return frames.LATER

    def _fork(self, descriptor: int, question: Question, answer: Any) -> None:
        drawn = random.getstate()
        if os.fork():
            os.close(descriptor)
            return
        try:
            random.setstate(drawn)  # Python seeds a forked process anew; a kernel would have gone on drawing
            for other in (*self.sockets.values(), *self.kept):
                os.close(other)
            with open(os.devnull, "wb") as nothing:  # the grader sees at once when the notebook's own process has ended
                os.dup2(nothing.fileno(), self.out)
            _serve(socket.socket(fileno=descriptor), question, answer, self.seconds)
        finally:
            os._exit(0)

    def serve(self) -> None:
        """After the notebook's end: answer for the functions that were kept, in the order in which they are asked."""
        while self.kept:
            ready, _, _ = select.select(list(self.kept), [], [])
            for descriptor in ready:
                question, function = self.kept.pop(descriptor)
                with socket.socket(fileno=descriptor) as grader:
                    _serve(grader, question, function, self.seconds)


def put_off(sockets: dict[str, int], seconds: float, out: int, forks: bool, places: dict[str, int]) -> PutOff:
    """From now on a check of a function whose question has a socket gives no results yet."""
    later = PutOff(sockets, seconds, out, forks, places)
    handout.wait_with(later.results)
    return later


def _serve(grader: socket.socket, question: Question, function: Any, seconds: float) -> None:
    inputs = _inputs(grader)
    if inputs is None:
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    found = [given.record() for given in kind_of(question).run(question, function, inputs)]
    signal.setitimer(signal.ITIMER_REAL, 0)
    frames.send(grader, found)


def _inputs(grader: socket.socket) -> list[tuple[str, Any]] | None:
    """Waits for the inputs: a file in memory, which the grader wrote and nobody here can have touched before."""
    said, descriptors, _, _ = socket.recv_fds(grader, 1, 1)
    if not said or not descriptors:
        return None
    with open(descriptors[0], "rb") as file:
        file.seek(0)
        return pickle.load(file)
