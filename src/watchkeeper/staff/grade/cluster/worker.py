"""What runs on the workers of a Dask cluster: a station per run of a grader, from its first submission to its last.

Only what `client.py` sends imports this module, because it needs `distributed`.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from distributed import Worker, WorkerPlugin

from watchkeeper.check.codec import from_plain, to_plain
from watchkeeper.errors import WatchkeeperError
from watchkeeper.staff.grade.cluster import station
from watchkeeper.staff.grade.cluster.station import Station
from watchkeeper.staff.grade.edition import Edition
from watchkeeper.staff.grade.result import Submission
from watchkeeper.staff.sandbox.box.walls import Budget

STATIONS: dict[str, Station] = {}  # this process's stations, by run
REFUSED: dict[str, str] = {}  # why this worker has no station, by run


class Hired(WorkerPlugin):
    """Gets each worker ready, also those that join later. A worker that is ready has a resource named like the run.

    This is a plugin because scattered data is lost with the last worker that has it, and Dask's memory manager leaves
    it on only one.
    """

    def __init__(
        self, run: str, edition: bytes, datasets: str, expected: dict[str, str], boxed: bool, budget: dict[str, Any]
    ) -> None:
        self.run, self.edition, self.datasets = run, edition, datasets
        self.expected, self.boxed, self.budget = expected, boxed, budget

    async def setup(self, worker: Worker) -> None:
        """Warm up, or note why that failed. Never raises, because that would end a worker that has just joined."""
        REFUSED.pop(self.run, None)
        try:
            STATIONS[self.run] = await asyncio.to_thread(self._station)
        except Exception as error:
            REFUSED[self.run] = _said(error)
            return
        await worker.set_resources(**{self.run: worker.state.nthreads})

    def _station(self) -> Station:
        datasets = station.place(Path(self.datasets))
        if why := station.difference(self.expected, station.fingerprint(datasets), datasets):
            raise WatchkeeperError(why)
        return Station(from_plain(Edition, json.loads(self.edition)), datasets, self.boxed, Budget(**self.budget))

    async def teardown(self, worker: Worker) -> None:
        """The run is over, or the worker ends."""
        REFUSED.pop(self.run, None)
        if one := STATIONS.pop(self.run, None):
            await asyncio.to_thread(one.close)


def refused(run: str) -> str:
    """Why this worker does not grade for this run; "" if it does."""
    return REFUSED.get(run, "" if run in STATIONS else "it is not ready.")


def grade(run: str, submission: bytes) -> bytes:
    """Grade one submission, as JSON both ways: `{"result": …}` or `{"failed": sentence}`.

    Never raises: Dask pickles an exception with its traceback, and a task whose exception can't be pickled is lost.
    """
    try:
        result = STATIONS[run].grade(from_plain(Submission, json.loads(submission)))
        return json.dumps({"result": to_plain(result)}).encode()
    except Exception as error:
        said = _said(error)
    return json.dumps({"failed": said[:1000]}).encode()


def _said(error: Exception) -> str:
    """The text of an error, even of one that contains something too deeply nested to print."""
    try:
        return str(error) if isinstance(error, WatchkeeperError) else f"{type(error).__name__}: {error}"
    except Exception:
        return type(error).__name__
