"""Grading on a real Dask cluster: the same results as here, workers that die or refuse, and no way out of a box."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import threading
from contextlib import redirect_stdout
from dataclasses import replace
from pathlib import Path

import pytest
from dask_cluster import dask, until
from submissions import LESSON, MODULE, ROOT, TIME, cell_of, released

from watchkeeper.check.codec import from_plain, to_plain
from watchkeeper.staff.errors import ClusterError, RunnerError
from watchkeeper.staff.grade import edition, session, settings
from watchkeeper.staff.grade.cluster import client, station, worker
from watchkeeper.staff.grade.gradebook import autograded
from watchkeeper.staff.grade.gradebook.book import Book
from watchkeeper.staff.grade.result import FAILED, GRADED, REPAIRED, Result, Submission
from watchkeeper.staff.sandbox.box.walls import Budget

RIGHT = 'root = three[three.parent_span_id == ""].span_id.item()'
# What a worker has, and a submission must not get: its files, its network, its environment, other processes.
PROBE = """
import os, socket
got = []
for path in {paths!r}:
    try:
        got += [open(path).read()[:50]] if os.path.isfile(path) else os.listdir(path)
    except OSError:
        pass
for address in {addresses!r}:
    try:
        socket.create_connection(address, 2)
        got.append(address)
    except OSError:
        pass
got += [name for name in os.environ if name.startswith("DASK")]
for one in os.listdir("/proc"):
    try:
        got += [one] if one.isdigit() and b"dask" in open(f"/proc/{{one}}/cmdline", "rb").read() else []
    except OSError:  # it has ended meanwhile
        pass
print("looked for it and got", got)
"""


def handed_in(student: str, answer: str = RIGHT, **files: bytes) -> Submission:
    """A submission of the first lesson with one answer filled in."""
    notebook = released()
    cell_of(notebook, "the-root-answer")["source"] = answer
    return Submission(student, MODULE, {f"{LESSON}.ipynb": json.dumps(notebook).encode()} | files, TIME)


@pytest.fixture(scope="module")
def compiled():
    return edition.edition_of(ROOT, MODULE, ROOT / "datasets", ROOT / "datasets" / "held-back")


@pytest.fixture
def found(tmp_path):
    return settings.read(ROOT, tmp_path / "a cohort")


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A cluster of two workers, which their nannies restart when they die."""
    with dask(tmp_path_factory.mktemp("dask")) as made:
        for name in ("one", "two"):
            made.worker(name, nanny=True)
        yield made


def alike(result: Result) -> Result:
    """A result without the seconds, which differ."""
    return replace(result, notebooks=tuple(replace(one, seconds=0.0) for one in result.notebooks))


def graded(crew, submissions) -> dict[str, Result]:
    futures = [crew.submit(one) for one in submissions]
    return {one.student: one for one in (future.result() for future in futures)}


def test_results_are_those_of_this_machine(there, found, compiled):
    cohort = [
        handed_in("ada"),
        handed_in("ben", "root = 'c0'"),
        handed_in("cid", "print('\\udc80', float('nan'))"),
        handed_in("josé 佐藤", "import os\nos._exit(3)"),
        handed_in("eve", RIGHT, **{"helper.py": b"\x00\xff"}),
        Submission("fay", MODULE, {f"{LESSON}.ipynb": b"{"}, None, ("late",)),
        Submission("gus", MODULE, {}),
    ]
    with session.here(found, compiled, True, 2) as crew:
        here = graded(crew, cohort)
    with client.workers(there.address, found, compiled, True) as crew:
        assert crew.size == 2
        there_ = graded(crew, cohort)
    assert {name: alike(one) for name, one in there_.items()} == {name: alike(one) for name, one in here.items()}
    assert [here[name].state for name in ("ada", "josé 佐藤", "fay")] == [GRADED, REPAIRED, FAILED]
    assert here["ada"].points > here["ben"].points


def test_the_box_holds_on_the_workers(there, found, compiled):
    secrets = [
        "/etc/passwd",
        "/etc/hostname",
        str(Path.home()),
        str(ROOT / "course"),
        str(ROOT / "source"),
        str(ROOT / "datasets" / "held-back"),
        str(there.folder),
        str(there.folder / "scheduler.json"),
        str(ROOT / "src" / "watchkeeper" / "staff" / "grade"),
        str(ROOT / "tests"),
    ]
    host, port = there.address.removeprefix("tcp://").split(":")
    probe = PROBE.format(paths=secrets, addresses=[(host, int(port))])
    with redirect_stdout(io.StringIO()) as heard:
        exec(probe, {})  # here it finds all of it
    for one in ("root:", "scheduler.json", "submission.py", "conftest.py", host, "00-welcome"):
        assert one in heard.getvalue()
    with client.workers(there.address, found, compiled, True) as crew:
        result = crew.submit(handed_in("mal", probe)).result()
    said = "".join(str(cell.get("outputs")) for cell in result.notebooks[0].notebook["cells"])
    assert "looked for it and got []" in said, said[:2000]


def test_a_worker_that_dies_loses_nothing(there, found, compiled):
    """A worker is killed while it grades a submission: another one grades that, and each is graded once."""
    others = [handed_in(f"s{number}") for number in range(4)]
    with client.workers(there.address, found, compiled, True) as crew:
        futures = [crew.submit(one) for one in (handed_in("waits"), *others)]
        until(lambda: there.seen("waits"), "the worker that waits", there.folder)
        os.kill(there.seen("waits")[0], signal.SIGKILL)
        results = [future.result() for future in futures]
    assert [one.student for one in results] == ["waits", "s0", "s1", "s2", "s3"]
    assert {one.state for one in results} == {GRADED} and len({one.points for one in results}) == 1
    assert len(set(there.seen("waits"))) == 2 and len(there.seen("s3")) <= 2


def test_a_submission_that_kills_its_workers_fails_and_no_other_does(there, found, compiled):
    cohort = [handed_in("kills-workers"), *(handed_in(f"t{number}") for number in range(4))]
    with client.workers(there.address, found, compiled, True) as crew:
        results = graded(crew, cohort)
    failed = results.pop("kills-workers")
    assert failed.state == FAILED and "workers of the cluster" in failed.reason
    assert failed.content and failed.edition == compiled.digest
    assert {one.state for one in results.values()} == {GRADED}


def test_an_error_on_a_worker_is_reported_in_a_sentence(there, found, compiled):
    with client.workers(there.address, found, compiled, True) as crew:
        future = crew.submit(handed_in("fails"))
        with pytest.raises(ClusterError, match="could not grade fails: RuntimeError"):
            future.result()


class Told(session.Printed):
    """Remembers the sentences of a run."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def say(self, sentence: str) -> None:
        self.said.append(sentence)


def test_a_cohort_is_stored_and_the_workers_are_released(there, found, compiled):
    """All of `watchkeeper grade`; one of the workers has no recordings."""
    from distributed import Client

    for student in ("ada", "ben"):
        place = found.submitted / student / MODULE
        place.mkdir(parents=True)
        (place / f"{LESSON}.ipynb").write_bytes(handed_in(student).files[f"{LESSON}.ipynb"])
    empty = found.folder / "no recordings"
    empty.mkdir()
    third = there.worker("three", datasets=empty)
    told = Told()
    try:
        run = session.grade(found, session.Job(MODULE, cluster=there.address), told)
    finally:
        os.killpg(third.pid, signal.SIGKILL)
    assert sorted(run.graded) == ["ada", "ben"]
    assert [line for line in told.said if "The worker" in line and f"no recordings in {empty}" in line]
    with Book.open(found.db_url, found.config) as book:
        assert book.has("ada", MODULE) and book.has("ben", MODULE)
    assert autograded.recorded(found.folder, "ada", MODULE).points > 0
    with Client(there.address, set_as_default=False) as client:

        def left():
            from watchkeeper.staff.grade.cluster import worker

            return len(worker.STATIONS)

        def killed_is_forgotten():
            return len(client.scheduler_info(n_workers=-1)["workers"]) == 2

        until(killed_is_forgotten, "a scheduler without the killed worker", there.folder)
        assert set(client.run(left).values()) == {0}


def test_a_scheduler_that_ends_is_a_sentence(tmp_path, found, compiled):
    with dask(tmp_path / "dask") as made:
        made.worker("one")
        with client.workers(made.address, found, compiled, True) as crew:
            future = crew.submit(handed_in("waits"))
            until(lambda: made.seen("waits"), "the worker that waits", made.folder)
            os.killpg(made.scheduler.pid, signal.SIGKILL)
            with pytest.raises(ClusterError, match="scheduler has gone"):
                future.result()


def test_workers_that_do_not_come_back_are_a_sentence(tmp_path, found, compiled, monkeypatch):
    monkeypatch.setattr(client, "GONE", 2.0)
    with dask(tmp_path / "dask") as made:
        only = made.worker("one")
        with client.workers(made.address, found, compiled, True) as crew:
            future = crew.submit(handed_in("waits"))
            until(lambda: made.seen("waits"), "the worker that waits", made.folder)
            os.killpg(only.pid, signal.SIGKILL)
            with pytest.raises(ClusterError, match="The cluster had no worker for"):
                future.result()


def test_a_cluster_without_a_worker_that_can_grade_is_a_sentence(tmp_path, found, compiled, monkeypatch):
    monkeypatch.setattr(client, "COMING", 0.5)
    with dask(tmp_path / "dask") as made:
        with pytest.raises(ClusterError, match="has no workers"), client.workers(made.address, found, compiled, True):
            pass
        made.worker("one", datasets=tmp_path)
        with (
            pytest.raises(ClusterError, match="can't grade: there are no recordings"),
            client.workers(made.address, found, compiled, True),
        ):
            pass


@pytest.mark.parametrize(
    "address",
    [
        "tcp://127.0.0.1:1",
        "127.0.0.1:1",
        "nonsense://127.0.0.1:8786",
        "tcp://no-such-host.invalid:8786",
        "tcp://",
    ],
)
def test_a_wrong_address_is_a_sentence(address, found, compiled, monkeypatch):
    monkeypatch.setattr(client, "ANSWERS_WITHIN", 1)
    with (
        pytest.raises(ClusterError, match="No Dask scheduler answers at"),
        client.workers(address, found, compiled, True),
    ):
        pass


def test_an_address_that_needs_certificates_is_a_sentence_if_there_are_none(found, compiled, monkeypatch):
    monkeypatch.setattr(client, "ANSWERS_WITHIN", 1)
    with (
        pytest.raises(ClusterError, match="needs certificates"),
        client.workers("tls://127.0.0.1:1", found, compiled, True),
    ):
        pass


def test_something_else_at_the_address_is_a_sentence(found, compiled, monkeypatch):
    monkeypatch.setattr(client, "ANSWERS_WITHIN", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        answer = b"HTTP/1.1 400 Bad Request\r\n\r\n"
        threading.Thread(target=lambda: server.accept()[0].sendall(answer), daemon=True).start()
        with (
            pytest.raises(ClusterError, match="No Dask scheduler answers at"),
            client.workers(f"tcp://127.0.0.1:{server.getsockname()[1]}", found, compiled, True),
        ):
            pass


class Worker:
    """The parts of a Dask worker that the plugin uses."""

    def __init__(self):
        self.resources, self.state = {}, type("State", (), {"nthreads": 3})

    async def set_resources(self, **resources):
        self.resources |= resources


def set_up(compiled, **expected) -> tuple[str, Worker]:
    import asyncio

    data = json.dumps(to_plain(compiled)).encode()
    datasets = ROOT / "datasets"
    hired = worker.Hired("run", data, str(datasets), station.fingerprint(datasets) | expected, True, {})
    there = Worker()
    asyncio.run(hired.setup(there))
    why = worker.refused("run")
    asyncio.run(hired.teardown(there))
    return why, there


def test_a_worker_without_a_box_refuses(compiled, monkeypatch):
    monkeypatch.delenv("WATCHKEEPER_DATASETS", raising=False)
    assert set_up(compiled)[1].resources == {"run": 3}

    def wait(self):
        raise RunnerError("The box that submissions run in can't be made here: no namespaces")

    monkeypatch.setattr("watchkeeper.staff.sandbox.runner.Runner.wait", wait)
    why, worker = set_up(compiled)
    assert "can't be made here: no namespaces" in why and worker.resources == {}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("watchkeeper", "its watchkeeper is not the same"),
        ("pandas", "and here is 0.0"),
        ("Python", "and here is 0.0"),
        ("recordings", "differ from the grader"),
    ],
)
def test_a_worker_that_would_grade_differently_refuses(compiled, monkeypatch, name, said):
    monkeypatch.delenv("WATCHKEEPER_DATASETS", raising=False)
    why, worker = set_up(compiled, **{name: "0.0"})
    assert said in why and worker.resources == {}


def test_a_recording_that_was_changed_has_another_fingerprint(tmp_path):
    shutil.copytree(ROOT / "datasets" / "quiet-sunday", tmp_path / "quiet-sunday")
    before = station.fingerprint(tmp_path)
    with (tmp_path / "quiet-sunday" / "deploys.jsonl").open("a") as file:
        file.write("\n")
    after = station.fingerprint(tmp_path)
    assert before["recordings"] != after["recordings"] and before["watchkeeper"] == after["watchkeeper"]


def test_a_warm_process_that_ended_is_started_again(compiled):
    one = station.Station(compiled, ROOT / "datasets", True, Budget())
    try:
        before = alike(one.grade(handed_in("ada")))
        one._runner._process._socket.close()
        one._runner._process._socket = socket.socketpair()[0]  # the other end is gone
        assert alike(one.grade(handed_in("ada"))) == before
    finally:
        one.close()


@pytest.mark.parametrize(
    "change",
    [
        {"student": "ben"},
        {"module": "01-critical-path"},
        {"content": "other"},
        {"edition": "other"},
        {"notebooks": ()},
    ],
)
def test_a_result_about_something_else_is_refused(compiled, change):
    submission = handed_in("ada")
    with session.here(settings.read(ROOT), compiled, True, 1) as crew:
        mine = crew.submit(submission).result()
    assert client.checked(to_plain(mine), submission, compiled) == mine
    with pytest.raises(ClusterError, match="what came back"):
        client.checked(to_plain(replace(mine, **change)), submission, compiled)


def test_a_result_with_points_of_another_module_is_refused(compiled):
    submission = handed_in("ada")
    with session.here(settings.read(ROOT), compiled, True, 1) as crew:
        mine = crew.submit(submission).result()
    marks = mine.notebooks[0].marks
    for mark in (
        replace(marks[0], points=marks[0].possible + 1),
        replace(marks[0], possible=9.0, points=9.0),
        replace(marks[0], points=float("nan")),
    ):
        forged = replace(mine, notebooks=(replace(mine.notebooks[0], marks=(mark, *marks[1:])),))
        with pytest.raises(ClusterError, match="other points than the module"):
            client.checked(to_plain(forged), submission, compiled)


def test_a_submission_is_the_same_after_a_round_trip():
    submission = handed_in("josé 佐藤", **{"a/b\udc80.txt": bytes(range(256))})
    bare = Submission("ada", MODULE, {}, None, ("one", "two"))
    for one in (submission, bare):
        assert from_plain(Submission, json.loads(json.dumps(to_plain(one)))) == one
