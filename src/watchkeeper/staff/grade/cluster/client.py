"""A cohort graded on a Dask cluster: `watchkeeper grade MODULE --cluster tcp://SCHEDULER:8786`.

Each worker (a `dask worker` on a machine with this package and the public recordings) keeps one warm process for the
run and grades in the same box as here; the gradebook is written here, by this process alone. A worker that dies is
replaced by another one, which grades what the first one was grading.

Trust. A Dask cluster runs the code of anyone who reaches its scheduler or a worker: its protocol unpickles. So it
belongs in a private network that no apprentice reaches, or behind TLS with certificates of its own on the scheduler,
the workers and here: `--cluster tls://...`, with Dask's own settings (`distributed.comm.tls` in its YAML files or
DASK_DISTRIBUTED__COMM__TLS__CA_FILE and so on in the environment). The held-back recordings travel to the workers, who
could read them: a worker is as trusted as the grader. A submission is not: it travels as JSON, and runs in a box.
"""

from __future__ import annotations

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import asdict
from typing import Any

from watchkeeper.check.codec import from_plain, to_plain
from watchkeeper.errors import WatchkeeperError
from watchkeeper.staff.errors import ClusterError
from watchkeeper.staff.grade.edition import Edition
from watchkeeper.staff.grade.result import FAILED, MISSING, UNGRADED, Result, Submission
from watchkeeper.staff.grade.settings import Settings
from watchkeeper.staff.grade.submission import content

ANSWERS_WITHIN = 10  # seconds for a scheduler to answer the first time
REPLIES_WITHIN = 30  # the same, once it has: it may be on a busy machine
COMING = 30.0  # seconds for a first worker to come
GONE = 30.0  # seconds without any worker, after which a run ends
SILENT = 120.0  # the same, while the scheduler does not answer: it may just be busy
LOOK = 1.0  # seconds between looks at who is there
SHOWN = 5  # refusals that are told one by one
LOGS = ("distributed", "distributed.client", "distributed.core", "distributed.batched", "distributed.comm", "tornado")

Say = Callable[[str], None]
Hand = tuple[Future[Result], Submission]  # a submission that is queued or being graded
Sent = tuple[Any, Hand, bool]  # Dask's own future; whether it went alone


class Cluster:
    """A cluster's workers that are ready for a run. `size` is how many submissions they grade at once."""

    def __init__(self, client: Any, run: str, edition: Edition) -> None:
        self.client, self.run, self.edition, self.size = client, run, edition, 1
        self._held: list[Hand] = []  # not sent yet
        self._sent: dict[Future[Result], Sent] = {}
        self._suspects: list[Hand] = []
        self._lock, self._over = threading.RLock(), threading.Event()

    def submit(self, submission: Submission) -> Future[Result]:
        """Have a submission graded. The future gives a result, or a ClusterError that ends the run."""
        future = Future[Result]()
        with self._lock:
            self._held.append((future, submission))
            self._send()
        return future

    def _send(self) -> None:
        """Send the submissions that are held. A suspect is sent alone, when the workers have nothing else."""
        if not self._suspects:
            while self._held:
                self._give(self._held.pop(0), alone=False)
        elif not self._sent:
            self._give(self._suspects[0], alone=True)

    def _give(self, hand: Hand, alone: bool) -> None:
        remote = self.client.submit(
            _on_worker("grade"),
            self.run,
            json.dumps(to_plain(hand[1])).encode(),
            resources={self.run: 1},
            key=f"{self.run}-{uuid.uuid4().hex}",
            pure=False,
        )
        self._sent[hand[0]] = remote, hand, alone
        remote.add_done_callback(lambda done: self._came(done, hand, alone))

    def _came(self, remote: Any, hand: Hand, alone: bool) -> None:
        """Called by Dask, in its own thread, when a submission is graded or has failed."""
        future, submission = hand
        outcome = self._outcome(remote, submission, alone)
        with self._lock:
            if self._sent.get(future, (None,))[0] is not remote:
                return  # ended meanwhile, or sent again
            del self._sent[future]
            if alone:
                self._suspects.pop(0)
            if outcome is None:
                self._suspects.append(hand)
            else:
                _end(future, outcome)
            with suppress(Exception):  # the client is closing; submissions that are held end with the run
                self._send()

    def _outcome(self, remote: Any, submission: Submission, alone: bool) -> Result | ClusterError | None:
        """The outcome of a submission; None if workers died that had it and others, so it is only a suspect."""
        from distributed import KilledWorker

        try:
            came = json.loads(remote.result())
            if "failed" in came:
                raise ClusterError(came["failed"])
            return checked(came["result"], submission, self.edition)
        except KilledWorker as error:
            return killed(submission, self.edition, error.allowed_failures + 1) if alone else None
        except CancelledError:
            return ClusterError("The cluster's scheduler has gone. What was graded is stored: grade again.")
        except WatchkeeperError as error:
            return ClusterError(f"The cluster could not grade {submission.student}: {error}")
        except Exception as error:
            return ClusterError(f"The cluster could not grade {submission.student}: {type(error).__name__}: {error}")

    def watch(self) -> None:
        """Watch the workers until `close`. After GONE seconds without a worker, end all submissions that wait.

        If the scheduler does not answer, it takes SILENT seconds.
        """
        seen, before = time.monotonic(), set[str]()
        while not self._over.wait(LOOK):
            there, most = 0, SILENT
            with suppress(Exception):  # the scheduler does not answer
                there = self.look()
                most = GONE
                stuck = self._stuck() if there else set[str]()
                if stuck and stuck == before:
                    self._send_again()
                before = stuck
            if there:
                seen, self.size = time.monotonic(), there
            elif time.monotonic() - seen > most:
                said = f"The cluster had no worker for {most:.0f} s. What was graded is stored: grade again."
                self._give_up(ClusterError(said))

    def _stuck(self) -> set[str]:
        """The keys of everything that was sent, if workers are ready and none of them has any of it.

        When a worker joins, Dask tries again to place tasks that no worker could take. Our workers are ready only some
        seconds after they join, and then Dask does not try again.
        """
        busy = self.client.sync(self.client.scheduler.processing, workers=None, callback_timeout=REPLIES_WITHIN)
        having = {key for keys in busy.values() for key in keys}
        with self._lock:
            sent = {remote.key for remote, _, _ in self._sent.values()}
        return sent if not sent & having else set()

    def _send_again(self) -> None:
        with self._lock:
            before = list(self._sent.values())
            for _, hand, alone in before:
                self._give(hand, alone)
        self.client.cancel([remote for remote, _, _ in before], force=True)

    def look(self) -> int:
        """How many submissions the workers that are ready can grade at once."""
        self.client.sync(self.client._update_scheduler_info, n_workers=-1, callback_timeout=REPLIES_WITHIN)
        found = self.client._scheduler_identity["workers"].values()
        return int(sum(one["resources"].get(self.run, 0) for one in found))

    def _give_up(self, error: ClusterError) -> list[Any]:
        """End everything that waits with an error. Gives Dask's futures for what was sent."""
        with self._lock:
            futures = {*self._sent, *(future for future, _ in [*self._held, *self._suspects])}
            remotes = [remote for remote, _, _ in self._sent.values()]
            self._held, self._sent, self._suspects = [], {}, []
        for future in futures:
            _end(future, error)
        return remotes

    def close(self) -> None:
        """Release the workers: their warm processes end."""
        self._over.set()
        remotes = self._give_up(ClusterError("The run has ended."))
        with suppress(Exception):  # the run is over, whether they hear it or not
            if self.client.status == "running":
                self.client.cancel(remotes, force=True)
                self.client.sync(self.client._unregister_worker_plugin, name=self.run, callback_timeout=10)


@contextmanager
def workers(address: str, settings: Settings, edition: Edition, boxed: bool, say: Say = print) -> Iterator[Cluster]:
    """The workers of the cluster whose scheduler is at `address`, warm. `say` is told which ones can't grade, and why.

    Raises ClusterError with a sentence: no scheduler there, no worker, or none that can grade.
    """
    try:
        import dask
        import distributed  # noqa: F401
    except ModuleNotFoundError:
        raise ClusterError("A cluster needs Dask, which is not installed here: pip install distributed") from None
    large = {"distributed.admin.large-graph-warning-threshold": "1GB"}  # a submission may be large, and that is known
    with _quiet(), dask.config.set(large), _connected(address) as client:
        found = Cluster(client, f"watchkeeper-{uuid.uuid4().hex}", edition)
        try:
            _hire(found, address, settings, edition, boxed, say)
            watcher = threading.Thread(target=found.watch, daemon=True)
            watcher.start()
            yield found
        finally:
            found.close()


def checked(data: Any, submission: Submission, edition: Edition) -> Result:
    """A worker's result, if it is about this submission. Raises ClusterError if it is about something else."""
    result = from_plain(Result, data)
    about = (result.student, result.module, result.content)
    marks = {mark.name: mark for notebook in result.notebooks for mark in notebook.marks}
    worth = {name: most for lesson in edition.lessons.values() for name, most in lesson.sheet.points.items()}
    if about != (submission.student, submission.module, content(submission)) or result.edition != edition.digest:
        raise ClusterError("what came back is about another submission.")
    if result.state not in (FAILED, MISSING, UNGRADED) and marks.keys() != worth.keys():
        raise ClusterError("what came back has other checks than the module.")
    if any(mark.possible != worth.get(name) or not 0 <= mark.points <= mark.possible for name, mark in marks.items()):
        raise ClusterError("what came back has other points than the module.")
    return result


def killed(submission: Submission, edition: Edition, deaths: int) -> Result:
    """The result of a submission with which the workers died that had it, while it was the only suspect."""
    reason = f"Each of the {deaths} workers of the cluster that it was given to ended while it ran."
    return Result(
        submission.student,
        submission.module,
        FAILED,
        reason,
        time=submission.time,
        edition=edition.digest,
        content=content(submission),
        notes=submission.notes,
    )


def _end(future: Future[Result], outcome: Result | ClusterError) -> None:
    if isinstance(outcome, Result):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)


def _hire(found: Cluster, address: str, settings: Settings, edition: Edition, boxed: bool, say: Say) -> None:
    """Have every worker get warm. Raises ClusterError when none does."""
    from watchkeeper.staff.grade.cluster.station import fingerprint
    from watchkeeper.staff.grade.cluster.worker import Hired

    expected = fingerprint(settings.datasets)
    data = json.dumps(to_plain(edition)).encode()
    hired = Hired(found.run, data, str(settings.datasets), expected, boxed, asdict(settings.budget))
    try:
        found.client.wait_for_workers(1, timeout=COMING)
    except TimeoutError:
        raise ClusterError(f"The cluster at {address} has no workers. Start some: dask worker {address}") from None
    with suppress(Exception):  # of a worker without this package; it says so below
        found.client.register_plugin(hired, name=found.run)
    said = found.client.run(_on_worker("refused"), found.run, on_error="return")
    refusals = [f"The worker {worker} can't grade: {_why(one)}" for worker, one in sorted(said.items()) if one]
    if len(refusals) == len(said):
        raise ClusterError("\n".join([*refusals[:SHOWN], *_rest(refusals)]))
    for line in [*refusals[:SHOWN], *_rest(refusals)]:
        say(line)
    found.size = found.look() or 1


def _on_worker(name: str) -> Callable[..., Any]:
    """A function of `worker.py` by its name: pickled as it stands, so that the scheduler needs nothing of ours."""

    def call(*arguments: Any) -> Any:
        import importlib

        return getattr(importlib.import_module("watchkeeper.staff.grade.cluster.worker"), name)(*arguments)

    return call


def _why(said: object) -> str:
    if isinstance(said, ImportError | AttributeError):
        return "its watchkeeper is missing or an older one. Install this version there and start it again."
    return str(said)


def _rest(refusals: list[str]) -> list[str]:
    more = len(refusals) - SHOWN
    return [f"{more} more workers can't grade."] if more > 0 else []


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    from distributed import Client
    from distributed.security import Security

    class Ours(Client):
        """Closed by us. Dask's own would close itself when it is collected, which may be while it holds the very lock
        that closing waits for: a client that never got through then stops the whole program."""

        def __del__(self) -> None:
            pass

    if address.startswith("tls://") and not Security().get_connection_args("client").get("ssl_context"):
        raise ClusterError(
            f"{address} needs certificates, and Dask's settings here name none: distributed.comm.tls.ca-file, and "
            "cert and key of distributed.comm.tls.client."
        )
    try:
        client = Ours(address, timeout=ANSWERS_WITHIN, set_as_default=False)
    except Exception as error:  # an OSError, a ValueError of the address, TLS: many kinds
        known = str(error).strip().splitlines()
        raise ClusterError(
            f"No Dask scheduler answers at {address}: {known[0][:200] if known else type(error).__name__}\n"
            "An address is for example tcp://10.0.0.5:8786, as `dask scheduler` prints it when it starts."
        ) from None
    try:
        yield client
    finally:
        with suppress(Exception):
            client.close(timeout=5)


@contextmanager
def _quiet() -> Iterator[None]:
    """What goes wrong is said in a sentence; Dask's own log would stand between the lines of the progress."""
    before = {name: logging.getLogger(name).level for name in LOGS}
    for name in LOGS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for name, level in before.items():
            logging.getLogger(name).setLevel(level)
