"""The shoppers: they arrive whether or not the shop keeps up (open loop), and give up after 10 s.

Only the users of a load test may wait for a response before their next request (closed loop).
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from itertools import groupby

import httpx

from watchkeeper.shop.client import make_client
from watchkeeper.shop.load import Visit
from watchkeeper.shop.process import Place
from watchkeeper.shop.roster import LOAD, Identity
from watchkeeper.shop.telemetry import Telemetry

GIVE_UP_SECONDS = 10.0
AGAIN_SECONDS = (1.5, 3.0)  # before a shopper retries an order that failed
logger = logging.getLogger("shop.loadgenerator")


def run(visits: list[Visit], closed: bool, identity: Identity, place: Place) -> None:
    """Send each request at its time, traced, in this process; then write out the telemetry."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(place.folder)
    telemetry = Telemetry(identity, place.folder / "telemetry", place.setup)
    shoppers = Shoppers(make_client(place.edges.seen_from(LOAD)))
    try:
        asyncio.run(shoppers.work(visits, closed))
    finally:
        telemetry.close(requests=shoppers.sent)


class Shoppers:
    """Sends the requests and counts them."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.sent = 0
        self._stopped = asyncio.Event()
        self._start = 0.0

    async def work(self, visits: list[Visit], closed: bool) -> None:
        """Carry out the timetable, up to its end or SIGTERM."""
        clock = asyncio.get_running_loop()
        clock.add_signal_handler(signal.SIGTERM, self._stopped.set)
        self._start = clock.time()
        async with self.client, asyncio.TaskGroup() as tasks:
            if closed:
                ordered = sorted(visits, key=lambda visit: visit.shopper)  # stable: keeps each user's visits in order
                for _, own in groupby(ordered, key=lambda visit: visit.shopper):
                    tasks.create_task(self.in_turn(list(own)))
                return
            for visit in visits:
                if await self._stopped_before(visit.at):
                    return
                tasks.create_task(self.visit(visit))

    async def in_turn(self, visits: list[Visit]) -> None:
        """One user, who waits for each response; a late one delays the rest, and those past the end are never sent."""
        clock, behind = asyncio.get_running_loop(), 0.0
        for visit in visits:
            behind = max(behind, clock.time() - self._start - visit.at)
            if visit.at + behind > visits[-1].at or await self._stopped_before(visit.at + behind):
                return
            await self.ask(visit)

    async def _stopped_before(self, at: float) -> bool:
        """Wait for that second from the start; True if we were told to stop before it."""
        if self._stopped.is_set():  # wait_for doesn't check if there is no time left
            return True
        try:
            await asyncio.wait_for(self._stopped.wait(), max(0.0, self._start + at - asyncio.get_running_loop().time()))
            return True
        except TimeoutError:
            return False

    async def visit(self, visit: Visit) -> None:
        """One request; an order that fails is retried, as people do."""
        for pause in AGAIN_SECONDS if visit.template == "/checkout" else ():
            if await self.ask(visit):
                return
            await asyncio.sleep(pause)
        await self.ask(visit)

    async def ask(self, visit: Visit) -> bool:
        """Send one request; whether a good response came."""
        self.sent += 1
        cookies = f"shopper={visit.shopper}; currency={visit.currency}"
        try:
            answer = await self.client.request(
                visit.method,
                f"http://frontend{visit.path}",
                headers={"cookie": cookies},
                data=visit.form or None,
                timeout=GIVE_UP_SECONDS,
                extensions={"template": visit.template},
            )
            return answer.status_code < 400
        except httpx.TimeoutException:
            logger.warning("%s gave up on %s %s after %.0f s", visit.shopper, visit.method, visit.path, GIVE_UP_SECONDS)
        except httpx.HTTPError as error:
            logger.warning("%s could not %s %s: %s", visit.shopper, visit.method, visit.path, type(error).__name__)
        return False
