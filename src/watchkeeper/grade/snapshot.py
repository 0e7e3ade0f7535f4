"""A check of a function, put off: a copy of the process sleeps until the notebook has ended, then calls the function.

So nothing that runs before the notebook's outputs are sealed ever sees the recordings that functions are graded on.
Everything here runs beside the submission's own code: what it sends is an answer, and nobody's verdict.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
from typing import Any

from watchkeeper.check import call, handout
from watchkeeper.check.answers import is_blank
from watchkeeper.check.key import Question
from watchkeeper.grade import frames


def put_off(sockets: dict[str, int], seconds: float) -> None:
    """From now on a check of a function whose question has a socket leaves a snapshot behind and gives no results."""
    at_once = handout.results

    def results(question: Question, answer: Any) -> list[dict[str, Any]]:
        if question.kind != "compute" or is_blank(answer) or not callable(answer):
            return at_once(question, answer)
        descriptor = sockets.pop(question.name, None)
        if descriptor is None:
            return [{"problem": "This question was asked twice."}]
        if os.fork() == 0:
            try:
                for other in sockets.values():
                    os.close(other)
                _serve(socket.socket(fileno=descriptor), question, answer, seconds)
            finally:
                os._exit(0)
        os.close(descriptor)
        return frames.LATER

    handout.results = results


def _serve(grader: socket.socket, question: Question, function: Any, seconds: float) -> None:
    inputs = _inputs(grader)
    if inputs is None:
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    results = call.on_each(function, iter(inputs), question.answer, question.yours)
    frames.send(grader, [handout.entry(result) for result in results])


def _inputs(grader: socket.socket) -> list[tuple[str, Any]] | None:
    """Waits for the inputs: a file in memory, which the grader wrote and nobody here can have touched before."""
    said, descriptors, _, _ = socket.recv_fds(grader, 1, 1)
    if not said or not descriptors:
        return None
    with open(descriptors[0], "rb") as file:
        file.seek(0)
        return pickle.load(file)
