"""The load: shoppers who arrive when they arrive, whether or not the shop keeps up (open loop), and give up after 10 s.

A page of code instead of a load tool, because the whole timetable must follow from a seed, and the requests must be
the roots of the traces. `plan` is pure; `run` only carries it out.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
from dataclasses import dataclass, field
from itertools import pairwise

import httpx

from watchkeeper.shop.client import make_client
from watchkeeper.shop.process import Place
from watchkeeper.shop.roster import LOAD, Identity
from watchkeeper.shop.seed import PRODUCTS
from watchkeeper.shop.telemetry import Telemetry

VERSION = "1.0.0"
GIVE_UP_SECONDS = 10.0
AGAIN_SECONDS = (1.5, 3.0)  # pauses of a shopper whose order was not taken
REQUESTS_A_SESSION = 6.3  # what the sessions below come to on average
CURRENCIES = ("USD", "USD", "USD", "USD", "EUR", "GBP", "SEK", "DKK")
CARDS = ("4111111111111111", "5500005555555559", "4000056655665556", "378282246310005")
logger = logging.getLogger("shop.loadgenerator")


@dataclass(frozen=True)
class Visit:
    """One request: when, in seconds from the start, by whom, and what."""

    at: float
    shopper: str
    currency: str
    method: str
    template: str
    product: str = ""
    form: dict[str, str] = field(default_factory=dict)

    @property
    def path(self) -> str:
        return self.template.format(id=self.product)


def plan(seed: int, seconds: float, rate: float, busier: tuple[float, float, float] | None = None) -> list[Visit]:
    """Every request of that many seconds at about `rate` requests a second, in order of time.

    `busier` is (from, to, factor): between these shares of the time, so many times as many shoppers arrive.

    >>> plan(1, 60, 4) == plan(1, 60, 4), plan(1, 60, 4) == plan(2, 60, 4)
    (True, False)
    """
    chance = random.Random(seed)
    visits: list[Visit] = []
    start, number = 0.0, 0
    first, last, factor = busier or (1.0, 1.0, 1.0)
    while True:
        crowd = factor if first <= start / seconds < last else 1.0
        start += chance.expovariate(crowd * rate / REQUESTS_A_SESSION)
        if start >= seconds:
            return sorted((visit for visit in visits if visit.at < seconds), key=lambda visit: visit.at)
        number += 1
        visits += session(chance, start, f"shopper-{seed}-{number:04}")


def session(chance: random.Random, start: float, shopper: str) -> list[Visit]:
    """One shopper: looks round, perhaps fills a cart, perhaps pays. The clock runs on without the answers."""
    currency = chance.choice(CURRENCIES)
    visits: list[Visit] = []
    at = start

    def visit(method: str, template: str, pause: float, **what: object) -> None:
        nonlocal at
        visits.append(Visit(at, shopper, currency, method, template, **what))  # type: ignore[arg-type]
        at += pause

    def thinking() -> float:
        return min(0.6 + chance.expovariate(1 / 1.8), 8.0)

    visit("GET", "/", thinking())
    if chance.random() < 0.5:
        visit("GET", "/products", thinking())
    bought = 0
    for _ in range(chance.choice((1, 1, 2, 2, 3))):
        product = chance.choice(PRODUCTS)[0]
        visit("GET", "/product/{id}", thinking(), product=product)
        if chance.random() < 0.55:
            # The browser follows the redirect to the cart at once.
            visit("POST", "/cart", 0.15, form={"product": product, "quantity": str(chance.choice((1, 1, 1, 2, 3)))})
            visit("GET", "/cart", thinking())
            bought += 1
    if bought and chance.random() < 0.6:
        form = {"email": f"{shopper}@watch.example", "card": chance.choice(CARDS)}
        visit("POST", "/checkout", thinking(), form=form)
    elif chance.random() < 0.4:
        visit("GET", "/", 0.0)
    return visits


def gaps(visits: list[Visit]) -> list[float]:
    """Seconds from each request to the next: what a test of the timetable looks at."""
    return [later.at - earlier.at for earlier, later in pairwise(visits)]


def run(visits: list[Visit], identity: Identity, place: Place) -> None:
    """Send each request at its time, traced, in this process; then write out the telemetry."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.chdir(place.folder)
    telemetry = Telemetry(identity, place.folder / "telemetry", place.setup)
    shoppers = Shoppers(make_client(place.edges.seen_from(LOAD)))
    try:
        asyncio.run(_send_all(visits, shoppers))
    finally:
        telemetry.close(requests=shoppers.sent)


@dataclass
class Shoppers:
    """Those who make the requests, and how many these were."""

    client: httpx.AsyncClient
    sent: int = 0

    async def visit(self, visit: Visit) -> None:
        """One request; an order that was not taken is tried again, as people do."""
        for pause in AGAIN_SECONDS if visit.template == "/checkout" else ():
            if await self.ask(visit):
                return
            await asyncio.sleep(pause)
        await self.ask(visit)

    async def ask(self, visit: Visit) -> bool:
        """Whether there was an answer, and a good one."""
        self.sent += 1
        cookies = f"shopper={visit.shopper}; currency={visit.currency}"
        try:
            answer = await self.client.request(
                visit.method, f"http://frontend{visit.path}", headers={"cookie": cookies}, data=visit.form or None,
                timeout=GIVE_UP_SECONDS, extensions={"template": visit.template},
            )  # fmt: skip
            return answer.status_code < 400
        except httpx.TimeoutException:
            logger.warning("%s gave up on %s %s after %.0f s", visit.shopper, visit.method, visit.path, GIVE_UP_SECONDS)
        except httpx.HTTPError as error:
            logger.warning("%s could not %s %s: %s", visit.shopper, visit.method, visit.path, type(error).__name__)
        return False


async def _send_all(visits: list[Visit], shoppers: Shoppers) -> None:
    clock = asyncio.get_running_loop()
    stopped = asyncio.Event()
    clock.add_signal_handler(signal.SIGTERM, stopped.set)
    start = clock.time()
    async with shoppers.client, asyncio.TaskGroup() as requests:
        for visit in visits:
            try:
                await asyncio.wait_for(stopped.wait(), max(0.0, start + visit.at - clock.time()))
                break
            except TimeoutError:
                requests.create_task(shoppers.visit(visit))
