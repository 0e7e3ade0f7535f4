"""Runs a notebook's cells in the box and reads the results: the only door between a submission and the grader."""

from __future__ import annotations

import base64
import fcntl
import os
import shutil
import socket
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from watchkeeper.check import problem
from watchkeeper.check.problem import Problem
from watchkeeper.staff.errors import RunnerError
from watchkeeper.staff.sandbox import wire
from watchkeeper.staff.sandbox.box.group import Groups
from watchkeeper.staff.sandbox.box.layers import layers, sentence
from watchkeeper.staff.sandbox.box.root import interpreter
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.clock import Clock, Starved
from watchkeeper.staff.sandbox.meter import of_family, of_namespace, space_of
from watchkeeper.staff.sandbox.process import ENDED, HOUSE, Process, environment
from watchkeeper.staff.sandbox.wire import CALLED, LATER

CLOSING = 600.0  # seconds within which a box has to be closed; a millisecond, unless the machine is very busy
MOST_BYTES = 64_000_000  # that one notebook may send in total
LEAST_BYTES = 1_000  # the minimum that each message counts for, because reading many small ones takes time too
MOST_ANSWER = 2_000_000  # characters of one answer; the check's own limit of half of that can be patched
TOO_LARGE = [{"problem": Problem(problem.TOO_LARGE).record()}]
NO_ANSWER = [{"problem": Problem(problem.NO_REPLY).record()}]
BUSY = "The machine was too busy to run it to its end."


@dataclass
class Ran:
    """The results of a notebook: each cell's outputs, the answers it sent out, and why the notebook stopped, if it did.

    `outputs[i]` are nbformat's outputs of code cell i, or None if the cell did not run to its end. `answers[i]` are its
    payloads `{"question": …, "results": […]}` in the order in which they were sent. `unfinished` says that the machine
    was too busy to run it to its end, and `seconds` is wall time.
    """

    outputs: list[list[dict[str, Any]] | None]
    answers: list[list[Any]]
    stopped: str = ""
    unfinished: bool = False
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
        self._groups = Groups() if self.boxed else None
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
        if self._groups:
            self._groups.close()
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
        with self.sealed(sources, files, inputs, places, opens, budget) as notebook:
            return notebook.asked()

    def sealed(
        self,
        sources: Sequence[str],
        files: Mapping[str, bytes],
        inputs: Iterable[Inputs] = (),
        places: Mapping[str, int] | None = None,
        opens: Iterable[str] = (),
        budget: Budget | None = None,
    ) -> Sealed:
        """Run the cells like `run`, and call no function yet: what comes back has not seen any of `inputs`."""
        self.wait()
        job = {
            "sources": list(sources),
            "places": dict(places or {}),
            "opens": list(opens),
            "files": {name: base64.b64encode(content).decode() for name, content in files.items()},
        }
        return Sealed(self, job, {one.question: one for one in inputs}, budget or self.budget)


class Sealed:
    """A notebook whose cells have run: its outputs are final, and its functions wait in the box to be called.

    A context manager, so that the box ends.
    """

    def __init__(
        self, runner: Runner, job: dict[str, Any], inputs: Mapping[str, Inputs], budget: Budget, forks: bool = False
    ) -> None:
        self._runner, self._job, self._inputs, self._budget = runner, job, inputs, budget
        self.ran = Ran([None] * len(job["sources"]), [[] for _ in job["sources"]])
        began = time.monotonic()
        self._ending, process = ExitStack(), runner._process
        try:
            folder = "" if runner.boxed else self._ending.enter_context(_folder())  # in a box, it has one of its own
            pairs = {name: self._socket_pair() for name in ["", *inputs]}
            life_theirs, life = os.pipe2(os.O_CLOEXEC)
            self._ending.callback(os.close, life)
            about = {"questions": list(inputs), "budget": asdict(budget), "folder": folder, "forks": forks}
            out_theirs, *theirs = (pair[1].fileno() for pair in pairs.values())
            try:
                process.send(self._job | about, [out_theirs, life_theirs, *theirs])
            finally:
                os.close(life_theirs)
                for _, one in pairs.values():
                    one.close()
            self._sockets = {name: pair[0] for name, pair in pairs.items()}
            out = self._sockets.pop("")
            self._clock = _closed(out, self.ran, budget, runner.boxed)
            self._ending.callback(self._clock.close)
            if groups := runner._groups:
                self._ending.callback(groups.end, groups.add(self._clock.first))
            with suppress(OSError):  # it has ended
                out.send(b"g")  # only now does the first cell run
            _listen(out, self.ran, self._clock)
            out.close()  # from here on, the notebook's outputs are no longer read
            self._ask_for_lack_of_memory()
            self._check_process()
        except BaseException:
            self.close()
            raise
        self.ran.seconds = time.monotonic() - began

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the box."""
        self._ending.close()

    def asked(self) -> Ran:
        """Call the functions on their inputs, and put what they return into the answers. Ends the box.

        A function may end its process, or take all of its time. The functions after it get another run of the notebook,
        in which each has a process of its own. Only what they return is used of that run: a cell of it could know what
        a function of the first one has seen.
        """
        began = time.monotonic()
        waiting = [name for name in self._inputs if name in _put_off(self.ran)]
        later = self._ask(waiting)
        self.close()
        silent = [name for name in waiting if later[name] is None]
        if silent and not self.ran.unfinished:
            with Sealed(self._runner, self._job, self._inputs, self._budget, forks=True) as again:
                later |= again._ask([name for name in silent if name in _put_off(again.ran)])
            self.ran.unfinished = again.ran.unfinished
        _insert(self.ran, later)
        self._check_process()
        self.ran.seconds += time.monotonic() - began
        return self.ran

    def _ask(self, names: Sequence[str]) -> dict[str, Any]:
        later: dict[str, Any] = dict.fromkeys(names)
        for name in names:
            if self.ran.unfinished:
                break
            try:
                later[name] = _asked(self._inputs[name], self._sockets[name], self._clock)
            except Starved:
                self.ran.unfinished = True
                self.ran.stopped = self.ran.stopped or BUSY
            except (OSError, wire.Broken):
                self._clock.end()
        self._ask_for_lack_of_memory()
        return later

    def _ask_for_lack_of_memory(self) -> None:
        """If the machine had no memory left and this box was ended for that, it says nothing about the submission."""
        if self._runner.boxed and self._runner._process.has_ended_box(self._clock.space):
            self.ran.unfinished, self.ran.stopped = True, BUSY

    def _socket_pair(self) -> tuple[socket.socket, socket.socket]:
        ours, theirs = socket.socketpair()
        self._ending.callback(ours.close)
        wire.told_who_sends(ours)
        return ours, theirs

    def _check_process(self) -> None:
        if self._runner._process.has_ended():  # then the results say nothing about the submission
            raise RunnerError(ENDED)


def recordings(datasets: Path) -> list[Path]:
    """The public recordings in a folder: each folder with a card, and nothing else."""
    return sorted(card.parent for card in datasets.glob("*/card.toml"))


@contextmanager
def _folder() -> Iterator[str]:
    folder = tempfile.mkdtemp(prefix="watchkeeper-work-")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _listen(out: socket.socket, ran: Ran, clock: Clock) -> None:
    """Read frames until the notebook has ended, or has to. Any of them may be forged."""
    cell, size = 0, 0
    while not ran.stopped:
        try:
            said = wire.receive(out, clock)
        except Starved:
            ran.stopped, ran.unfinished = BUSY, True
            return
        except wire.Broken as error:
            ran.stopped = f"{error} ({'the notebook as a whole' if clock.is_over else f'code cell {cell + 1}'})"
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
        clock.cell(cell)


def _closed(out: socket.socket, ran: Ran, budget: Budget, boxed: bool) -> Clock:
    """Wait for the message that the box is closed. It is sent before any line of the submission runs.

    What it takes until then does not count as the notebook's own time.
    """
    wait = wire.within(CLOSING)
    try:
        process = wire.sender(out, wait)
        space = space_of(process)
        find = of_namespace(space) if boxed else of_family(process)
        said = wire.receive(out, wait)
    except wire.Broken as error:
        raise RunnerError(f"The box could not be closed around a notebook: {error}") from None
    if said != {"closed": True}:
        if not isinstance(said, dict) or "files" not in said:
            why = said.get("failed") if isinstance(said, dict) else None
            raise RunnerError(f"The box could not be closed around a notebook: {why or 'it ended'}")
        ran.stopped = f"The files submitted with the notebook do not fit into the box: {said['files']}"
    return Clock(budget, out, process, space, find)


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


def _asked(inputs: Inputs, pair: socket.socket, clock: Clock) -> Any:
    """A function's answer, or None if its process ended without one. Raises Broken if it is late, OSError, Starved."""
    clock.function()
    inputs.lend(pair)
    clock.runs_in(wire.sender(pair, clock))
    said = wire.receive(pair, clock, MOST_ANSWER)
    return wire.receive(pair, clock, MOST_ANSWER) if said == CALLED else said


def _put_off(ran: Ran) -> set[str]:
    """The questions whose functions wait to be called."""
    return {
        answer["question"]
        for answers in ran.answers
        for answer in answers
        if isinstance(answer, dict) and isinstance(answer.get("question"), str) and answer.get("results") == LATER
    }


def _insert(ran: Ran, later: Mapping[str, Any]) -> None:
    """Replace the placeholders in the notebook's answers with what the functions returned."""
    for answers in ran.answers:
        for number, answer in enumerate(answers):
            name = answer.get("question") if isinstance(answer, dict) else None
            if isinstance(name, str) and name in later and answer.get("results") == LATER:
                answers[number] = {"question": name, "results": NO_ANSWER if later[name] is None else later[name]}
