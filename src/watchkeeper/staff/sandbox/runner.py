"""Runs a notebook's cells in the box and reads the results: the only door between a submission and the grader."""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from watchkeeper.check import problem
from watchkeeper.check.problem import Problem
from watchkeeper.staff.errors import RunnerError
from watchkeeper.staff.sandbox import wire
from watchkeeper.staff.sandbox.box.layers import layers, sentence
from watchkeeper.staff.sandbox.box.root import interpreter
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.process import ENDED, HOUSE, Process, environment
from watchkeeper.staff.sandbox.wire import LATER

PATIENCE = 3.0  # seconds after a cell's budget in which the interrupted cell may end by itself
CLOSING = 120.0  # seconds within which a box has to be closed
MOST_BYTES = 64_000_000  # that one notebook may send in total
LEAST_BYTES = 1_000  # the minimum that each message counts for, because reading many small ones takes time too
MOST_ANSWER = 2_000_000  # characters of one answer; the check's own limit of half of that can be patched
TOO_LARGE = [{"problem": Problem(problem.TOO_LARGE).record()}]
NO_ANSWER = [{"problem": Problem(problem.NO_REPLY).record()}]


@dataclass
class Ran:
    """The results of a notebook: each cell's outputs, the answers it sent out, and why the notebook stopped, if it did.

    `outputs[i]` are nbformat's outputs of code cell i, or None if the cell did not run to its end. `answers[i]` are its
    payloads `{"question": …, "results": […]}` in the order in which they were sent. `seconds` is wall time.
    """

    outputs: list[list[dict[str, Any]] | None]
    answers: list[list[Any]]
    stopped: str = ""
    seconds: float = 0.0


def packed(inputs: Iterable[tuple[str, Any]]) -> bytes:
    """The inputs of a question, each with its label, as `Inputs` holds them and the box unpacks them."""
    import pickle

    return pickle.dumps(list(inputs), protocol=5)


class Inputs:
    """The inputs that one question's functions are called on: pickled, kept in memory, lent as a file descriptor.

    The file is sealed. Otherwise a process with a descriptor for reading could open the file for writing through
    /proc/self/fd, and change the inputs of everyone who is graded later.
    """

    def __init__(self, question: str, pickled: bytes) -> None:
        self.question = question
        self._file = os.memfd_create(f"inputs of {question}", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with os.fdopen(os.dup(self._file), "wb") as file:
            file.write(pickled)
        fcntl.fcntl(
            self._file,
            fcntl.F_ADD_SEALS,
            fcntl.F_SEAL_WRITE | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_SEAL,
        )
        self._path = f"/proc/self/fd/{self._file}"

    def lend(self, to: socket.socket) -> None:
        """Send a new descriptor that can only read."""
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            socket.send_fds(to, [b"i"], [descriptor])
        finally:
            os.close(descriptor)

    def close(self) -> None:
        os.close(self._file)


@dataclass
class Runner:
    """A warm process and how to use it. A context manager; `run` may be called from several threads at once.

    `datasets` is the folder of the public recordings. The modules in `warm` are imported in advance, and the recordings
    in `opened` are read in advance. `boxed=False` is for systems without the box, and for people who know the risk.
    `process` is an already started process; it ends with this runner.
    """

    datasets: Path
    warm: Sequence[str] = ("pandas",)
    opened: Sequence[str] = ()
    boxed: bool = True
    budget: Budget = field(default_factory=Budget)
    process: Process | None = None

    def __enter__(self) -> Self:
        course = self.datasets.resolve().parent
        if self.boxed and (around := [one for one in interpreter() if course.is_relative_to(one) and one != "/usr"]):
            raise RunnerError(
                f"The environment {around[0]} holds the course itself, so a submission could read it. "
                "Create the environment in a separate folder, as `make lab` does in .venv."
            )
        self._process = self.process or Process()
        places = {"WATCHKEEPER_DATASETS": str(self.datasets)}
        if not self.boxed:  # without a box, its folders don't exist
            self._home = tempfile.TemporaryDirectory(prefix="watchkeeper-home-")
            places |= {"HOME": self._home.name, "TMPDIR": self._home.name, "IPYTHONDIR": f"{self._home.name}/.ipython"}
        self._process.prepare(
            {
                "boxed": self.boxed,
                "environment": environment() | places,
                "warm": list(self.warm),
                "opened": list(self.opened),
                "readable": [*interpreter(), str(HOUSE), *map(str, recordings(self.datasets))],
                "hidden": [str(HOUSE / "staff")],  # has the answers, so a submission must not see it
            }
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__()
        if not self.boxed:
            self._home.cleanup()

    def wait(self) -> None:
        """Wait until the process is warm. Raises RunnerError with the reason if it can't be."""
        if reason := self._process.wait():
            raise RunnerError(f"The box that submissions run in can't be made here: {reason}\n{sentence(layers())}")

    def run(
        self,
        sources: Sequence[str],
        files: Mapping[str, bytes],
        inputs: Iterable[Inputs] = (),
        places: Mapping[str, int] | None = None,
        opens: Iterable[str] = (),
        budget: Budget | None = None,
    ) -> Ran:
        """Run the code cells `sources` in a folder with `files`; then each question's function on its `inputs`.

        `places` maps a question to the source that holds the course's own check; a question that is not in it may be
        checked in any cell. The warm process first reads the recordings in `opens`, if it has not yet. `budget`
        replaces the runner's own. Nothing that a submission does raises an error: the worst result is a Ran that
        stopped.
        """
        self.wait()
        questions = list(inputs)
        about = {
            "sources": list(sources),
            "places": dict(places or {}),
            "opens": list(opens),
            "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
        }
        ran = self._run(about, questions, budget or self.budget, forks=False)
        if any(
            answer.get("results") is NO_ANSWER
            for answers in ran.answers
            for answer in answers
            if isinstance(answer, dict)
        ):
            # A function ended the process or never returned. The functions after it get a process of their own.
            seconds, ran = ran.seconds, self._run(about, questions, budget or self.budget, forks=True)
            ran.seconds += seconds
        return ran

    def _run(self, about: dict[str, Any], questions: Sequence[Inputs], budget: Budget, forks: bool) -> Ran:
        began = time.monotonic()
        ran = Ran([None] * len(about["sources"]), [[] for _ in about["sources"]])
        out, out_theirs = socket.socketpair()
        life_theirs, life = os.pipe2(os.O_CLOEXEC)
        pairs = {one.question: socket.socketpair() for one in questions}
        folder = "" if self.boxed else tempfile.mkdtemp(prefix="watchkeeper-work-")  # in a box, it has its own
        try:
            job = about | {"questions": list(pairs), "budget": asdict(budget), "folder": folder, "forks": forks}
            theirs = [out_theirs.fileno(), life_theirs, *(pair[1].fileno() for pair in pairs.values())]
            self._process.send(job, theirs)
            for one in (out_theirs, *(pair[1] for pair in pairs.values())):
                one.close()
            os.close(life_theirs)
            life_theirs = -1
            _listen(out, ran, budget)
            # From here on, the notebook's outputs are no longer read. Only now do functions see held-back recordings.
            out.close()
            later = {one.question: _asked(one, pairs[one.question][0], budget) for one in questions}
            _insert(ran, later)
        finally:
            os.close(life)
            if life_theirs >= 0:
                os.close(life_theirs)
            out.close()
            out_theirs.close()
            for pair in pairs.values():
                pair[0].close()
                pair[1].close()
            if folder:
                shutil.rmtree(folder, ignore_errors=True)
        if self._process.has_ended():  # then the results say nothing about the submission
            raise RunnerError(ENDED)
        ran.seconds = time.monotonic() - began
        return ran


def recordings(datasets: Path) -> list[Path]:
    """The public recordings in a folder: each folder with a card, and nothing else."""
    return sorted(card.parent for card in datasets.glob("*/card.toml"))


def _listen(out: socket.socket, ran: Ran, budget: Budget) -> None:
    """Read frames until the notebook has ended, or has to. The box sends the first frame; all others may be forged."""
    _closed(out, ran)
    end, cell, size = time.monotonic() + budget.notebook_seconds, 0, 0
    while not ran.stopped:
        until = min(end, time.monotonic() + budget.cell_seconds + PATIENCE)
        try:
            said = wire.receive(out, until)
        except wire.Broken as error:
            which = f"code cell {cell + 1}" if time.monotonic() < end else "the notebook as a whole"
            ran.stopped = f"{error} ({which})"
            return
        if said is None:
            ran.stopped = f"The process ended in code cell {cell + 1}: os._exit, a crash, or too much memory."
            return
        if not isinstance(said, dict):
            ran.stopped = f"It sent an invalid message (code cell {cell + 1})."
            return
        if "end" in said:
            return
        size += max(len(str(said)), LEAST_BYTES)
        if size > MOST_BYTES:
            ran.stopped = "It sent more than 64 MB of outputs."
            return
        cell = _note(ran, said, cell)


def _closed(out: socket.socket, ran: Ran) -> None:
    """Wait for the message that the box is closed. It is sent before any line of the submission runs.

    That takes a millisecond, or longer on a busy system. It does not count as the notebook's own time.
    """
    try:
        said = wire.receive(out, time.monotonic() + CLOSING)
    except wire.Broken as error:
        said = {"failed": str(error)}
    if said == {"closed": True}:
        return
    if isinstance(said, dict) and "files" in said:
        ran.stopped = f"The files submitted with the notebook do not fit into the box: {said['files']}"
        return
    why = said.get("failed") if isinstance(said, dict) else None
    raise RunnerError(f"The box could not be closed around a notebook: {why or 'it ended'}")


def _note(ran: Ran, said: dict[str, Any], at: int) -> int:
    """Store what a frame says about a cell. `at` is the cell that was running before, as far as we know."""
    cell = said.get("cell")
    if type(cell) is not int or not 0 <= cell < len(ran.outputs):
        return at
    if "answer" in said and len(ran.answers[cell]) < 20:
        ran.answers[cell].append(_short(said["answer"]))
    outputs = said.get("outputs")
    if isinstance(outputs, list) and ran.outputs[cell] is None:
        ran.outputs[cell] = outputs
        return cell + 1
    return cell


def _short(answer: Any) -> Any:
    if len(str(answer)) <= MOST_ANSWER:
        return answer
    return {"question": answer.get("question"), "results": TOO_LARGE} if isinstance(answer, dict) else None


def _asked(inputs: Inputs, pair: socket.socket, budget: Budget) -> Any:
    """A snapshot's answer, or None if there is none in time."""
    try:
        inputs.lend(pair)
        return wire.receive(pair, time.monotonic() + budget.cell_seconds + PATIENCE, MOST_ANSWER)
    except (OSError, wire.Broken):
        return None


def _insert(ran: Ran, later: Mapping[str, Any]) -> None:
    """Replace the placeholders in the notebook's answers with the snapshots' answers."""
    for answers in ran.answers:
        for number, answer in enumerate(answers):
            name = answer.get("question") if isinstance(answer, dict) else None
            if isinstance(name, str) and name in later and answer.get("results") == LATER:
                answers[number] = {"question": name, "results": NO_ANSWER if later[name] is None else later[name]}
