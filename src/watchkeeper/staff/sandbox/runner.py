"""Runs a notebook's cells in the box and reads what comes out: the only door between a submission and the grader."""

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
from watchkeeper.staff.sandbox import wire as frames
from watchkeeper.staff.sandbox.box.layers import layers, sentence
from watchkeeper.staff.sandbox.box.root import interpreter
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.process import ENDED, HOUSE, Process, environment
from watchkeeper.staff.sandbox.wire import LATER

PATIENCE = 3.0  # seconds after a cell's budget in which the interrupted cell may end by itself
CLOSING = 120.0  # seconds in which a box has to be closed
MOST_BYTES = 64_000_000  # that one notebook may send in all
LEAST_BYTES = 1_000  # that any message counts for: reading many small ones takes the grader's time too
MOST_ANSWER = 2_000_000  # characters of one answer; the check's own limit of half of that can be patched
TOO_LARGE = [{"problem": Problem(problem.TOO_LARGE).record()}]
NO_ANSWER = [{"problem": Problem(problem.NO_REPLY).record()}]


@dataclass
class Ran:
    """What a notebook left behind: the outputs of each cell, the answers each handed out, and why it stopped, if so.

    `outputs[i]` are nbformat's outputs of code cell i, None for a cell that was not run to its end; `answers[i]` are
    the payloads `{"question": …, "results": […]}` in the order in which they were handed out. `seconds`: wall time.
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
    """What the functions of one question are called on: pickled, kept in memory, lent out as a file descriptor.

    The file is sealed: whoever has a descriptor for reading could open the same file for writing by /proc/self/fd,
    and change what everybody graded later is asked.
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
        """Send a descriptor of its own, for reading only."""
        descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            socket.send_fds(to, [b"i"], [descriptor])
        finally:
            os.close(descriptor)

    def close(self) -> None:
        os.close(self._file)


@dataclass
class Runner:
    """A warm process and the ways to use it. A context manager; `run` may be called from several threads at once.

    `datasets` is the folder of the public recordings; modules named in `warm` are imported and recordings named in
    `opened` read beforehand; `boxed=False` is for systems without the box, and for people who know what they do.
    `process` is one that was started before; it ends with this runner.
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
                "Make the environment in a folder of its own, as `make lab` does in .venv."
            )
        self._process = self.process or Process()
        places = {"WATCHKEEPER_DATASETS": str(self.datasets)}
        if not self.boxed:  # the folders that a box has are not there
            self._home = tempfile.TemporaryDirectory(prefix="watchkeeper-home-")
            places |= {"HOME": self._home.name, "TMPDIR": self._home.name, "IPYTHONDIR": f"{self._home.name}/.ipython"}
        self._process.prepare(
            {
                "boxed": self.boxed,
                "environment": environment() | places,
                "warm": list(self.warm),
                "opened": list(self.opened),
                "readable": [*interpreter(), str(HOUSE), *map(str, recordings(self.datasets))],
                "hidden": [str(HOUSE / "staff")],  # what tells right from wrong: a submission does not see it
            }
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.__exit__()
        if not self.boxed:
            self._home.cleanup()

    def wait(self) -> None:
        """Return when the process is warm. Raises RunnerError with its reason when it can't be."""
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

        `places` says by question which of the sources is the course's own check; one without is checked where it likes.
        `opens` are recordings that the warm process reads first, unless it has; `budget` replaces the runner's own.
        Never raises for what a submission does: the worst is a Ran that stopped.
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
            # A function took the process down, or never came back; those asked after it get a process of their own.
            seconds, ran = ran.seconds, self._run(about, questions, budget or self.budget, forks=True)
            ran.seconds += seconds
        return ran

    def _run(self, about: dict[str, Any], questions: Sequence[Inputs], budget: Budget, forks: bool) -> Ran:
        began = time.monotonic()
        ran = Ran([None] * len(about["sources"]), [[] for _ in about["sources"]])
        out, out_theirs = socket.socketpair()
        life_theirs, life = os.pipe2(os.O_CLOEXEC)
        pairs = {one.question: socket.socketpair() for one in questions}
        folder = "" if self.boxed else tempfile.mkdtemp(prefix="watchkeeper-work-")  # in a box it needs none of ours
        try:
            job = about | {"questions": list(pairs), "budget": asdict(budget), "folder": folder, "forks": forks}
            theirs = [out_theirs.fileno(), life_theirs, *(pair[1].fileno() for pair in pairs.values())]
            self._process.send(job, theirs)
            for one in (out_theirs, *(pair[1] for pair in pairs.values())):
                one.close()
            os.close(life_theirs)
            life_theirs = -1
            _listen(out, ran, budget)
            # From here on nobody reads what the notebook says: only now the functions see the held-back recordings.
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
        if self._process.has_ended():  # then nothing that came back says anything about the submission
            raise RunnerError(ENDED)
        ran.seconds = time.monotonic() - began
        return ran


def recordings(datasets: Path) -> list[Path]:
    """The public recordings of a folder: each folder with a card, and nothing else that lies beside them."""
    return sorted(card.parent for card in datasets.glob("*/card.toml"))


def _listen(out: socket.socket, ran: Ran, budget: Budget) -> None:
    """Read frames until the notebook has ended, or has to. The first one is the box's own, the rest may be forged."""
    _closed(out, ran)
    end, cell, size = time.monotonic() + budget.notebook_seconds, 0, 0
    while not ran.stopped:
        until = min(end, time.monotonic() + budget.cell_seconds + PATIENCE)
        try:
            said = frames.receive(out, until)
        except frames.Broken as error:
            which = f"cell {cell + 1} of its code" if time.monotonic() < end else "the notebook as a whole"
            ran.stopped = f"{error} ({which})"
            return
        if said is None:
            ran.stopped = f"The process ended in cell {cell + 1} of its code: by os._exit, a crash or too much memory."
            return
        if not isinstance(said, dict):
            ran.stopped = f"It sent something that is no message (cell {cell + 1} of its code)."
            return
        if "end" in said:
            return
        size += max(len(str(said)), LEAST_BYTES)
        if size > MOST_BYTES:
            ran.stopped = "It sent more than 64 MB of outputs."
            return
        cell = _note(ran, said, cell)


def _closed(out: socket.socket, ran: Ran) -> None:
    """Wait for the word that the box is closed, which is said before any line of the submission runs.

    That takes a millisecond, and longer where others make the system busy: it is not of the notebook's own time.
    """
    try:
        said = frames.receive(out, time.monotonic() + CLOSING)
    except frames.Broken as error:
        said = {"failed": str(error)}
    if said == {"closed": True}:
        return
    if isinstance(said, dict) and "files" in said:
        ran.stopped = f"The files handed in beside the notebook do not fit into the box: {said['files']}"
        return
    why = said.get("failed") if isinstance(said, dict) else None
    raise RunnerError(f"The box could not be closed around a notebook: {why or 'it ended'}")


def _note(ran: Ran, said: dict[str, Any], at: int) -> int:
    """Keep what a frame says of a cell; the cell that runs now, as far as it can be told, having been at `at`."""
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
    """A snapshot's answer, or None when there is none, or none in time."""
    try:
        inputs.lend(pair)
        return frames.receive(pair, time.monotonic() + budget.cell_seconds + PATIENCE, MOST_ANSWER)
    except (OSError, frames.Broken):
        return None


def _insert(ran: Ran, later: Mapping[str, Any]) -> None:
    """Put the snapshots' answers where the notebook said that they would come."""
    for answers in ran.answers:
        for number, answer in enumerate(answers):
            name = answer.get("question") if isinstance(answer, dict) else None
            if isinstance(name, str) and name in later and answer.get("results") == LATER:
                answers[number] = {"question": name, "results": NO_ANSWER if later[name] is None else later[name]}
