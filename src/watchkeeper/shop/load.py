"""The timetable of the load: which shopper requests which page when. `shoppers` carries it out.

A page of code instead of a load tool, because the whole timetable must follow from a seed and the requests must be the
roots of the traces.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from watchkeeper.shop.seed import PRODUCTS

VERSION = "1.0.0"
REQUESTS_A_SESSION = 6.3  # average of the sessions below
CURRENCIES = ("USD", "USD", "USD", "USD", "EUR", "GBP", "SEK", "DKK")
CARDS = ("4111111111111111", "5500005555555559", "4000056655665556", "378282246310005")
USERS = 5  # of a load test


@dataclass(frozen=True)
class Visit:
    """One request: when (in seconds from the start), by which shopper, and for what."""

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
    """Every request of `seconds` at about `rate` requests per second, in order of time.

    `busier` is (from, to, factor): between these shares of the time, `factor` times as many shoppers arrive.

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
    """One shopper: looks around, perhaps fills a cart, perhaps pays. The times don't depend on the responses."""
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


def plan_test(seconds: float, rate: float) -> list[Visit]:
    """A load test: `USERS` users take turns requesting one page, `rate` requests per second in all, evenly spaced.

    >>> [(visit.shopper, visit.at) for visit in plan_test(0.6, 10)][-2:]
    [('user-5', 0.4), ('user-1', 0.5)]
    """
    return [
        Visit(number / rate, f"user-{number % USERS + 1}", "USD", "GET", "/products")
        for number in range(round(seconds * rate))
    ]
