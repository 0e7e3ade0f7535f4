"""What the other versions of the services do differently, in the running shop or piece by piece."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pandas as pd
import pytest
from opentelemetry import trace
from shop_probe import deploy, eventually, get, live_spans, loaded, roll_back, trace_of_last

from watchkeeper.shop.models import OutboxRow
from watchkeeper.shop.services.shipping import shipping
from watchkeeper.shop.store import create_stores, open_store, session

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def deployed(shop):
    """Deploys, rolled back at the end in reverse order."""
    done: list[str] = []

    def run(service: str, version: str) -> None:
        deploy(shop, service, version)
        done.append(service)

    yield run
    for service in reversed(done):
        roll_back(shop, service)


def order(shop, currency):
    shopper = f"tester-{currency}"
    with httpx.Client(base_url=shop.url, cookies={"shopper": shopper, "currency": currency}, timeout=10) as browser:
        browser.post("cart", data={"product": "SEXTANT008"})
        return browser.post("checkout", data={"email": "t@watch.example", "card": "4111 1111 1111 1111"}).status_code


def test_one_currency_can_not_pay_and_the_shopper_sees_an_error(shop, deployed):
    deployed("checkout", "2.1.0")
    deployed("payment", "1.9.0")
    assert {name: order(shop, name) for name in ("USD", "SEK", "DKK")} == {"USD": 200, "SEK": 200, "DKK": 500}
    failing = trace_of_last(shop, "POST /checkout").query("status == 'ERROR'")
    assert sorted(failing.service) == ["checkout", "checkout", "frontend", "frontend", "payment"]


def test_beyond_its_quota_ads_answers_503_and_pages_still_come(shop, deployed):
    deployed("ads", "1.7.0")
    refused = pd.DataFrame()

    def is_refused() -> bool:
        """Twelve pages at once, for on a busy machine one after the other would be within the quota."""
        nonlocal refused
        with ThreadPoolExecutor(12) as customers:
            pages = list(customers.map(lambda _: get(shop, seconds=30), range(12)))
        assert [page.status_code for page in pages] == [200] * 12
        spans = live_spans(shop)
        refused = spans[(spans.service == "ads") & (spans.status == "ERROR")]
        return len(refused) > 0

    assert eventually(is_refused, seconds=60)
    assert {one["http.response.status_code"] for one in refused.attributes} == {503}


def test_quotes_have_a_number_in_their_spans_name(shop, deployed):
    deployed("shipping", "1.3.0")
    get(shop, "product/SEXTANT008")
    names = trace_of_last(shop, "GET /product/{id}").query("service == 'shipping' and kind == 'INTERNAL'").name
    assert len(names) == 1 and re.fullmatch(r"quote Q[0-9a-f]{8}", names.iloc[0])


def test_a_cart_that_does_not_answer_is_asked_four_times_without_a_pause(shop, deployed):
    deployed("frontend", "2.6.0")
    shop.blackhole("cart")
    try:
        assert get(shop, "cart").status_code == 500
    finally:
        shop.thaw("cart")
    trace = trace_of_last(shop, "GET /cart")
    tries = trace[(trace.service == "frontend") & (trace.name == "GET /carts/{shopper}")].sort_values("start_ns")
    assert len(tries) == 4 and (tries.status == "ERROR").all()
    assert ((tries.start_ns.to_numpy()[1:] - tries.end_ns.to_numpy()[:-1]) < 50e6).all()
    assert eventually(lambda: get(shop, "cart").status_code == 200)


def test_a_sealed_cart_holds_the_same_lines(shop, deployed):
    deployed("cart", "3.1.0")
    answer = httpx.get(f"http://127.0.0.1:{shop.ports['cart']}/carts/nobody")
    assert answer.json() == [] and len(answer.headers["x-cart-seal"]) == 64


def test_amounts_in_kronor_stay_in_dollars_and_nobody_says_so(shop, deployed):
    def price(currency):
        query = {"cents": 8900, "from": "USD", "to": currency}
        return httpx.get(f"http://127.0.0.1:{shop.ports['currency']}/convert", params=query).json()["cents"]

    healthy = {name: price(name) for name in ("USD", "EUR", "GBP", "SEK", "DKK")}
    deployed("currency", "1.3.0")
    swallowed = {name: price(name) for name in healthy}
    assert swallowed == {**healthy, "SEK": 8900, "DKK": 8900}
    assert healthy["SEK"] > 90_000


@pytest.mark.parametrize(("campaign", "slept"), [("knot club campaign 3", 1), ("deck diaries campaign 4", 0)])
def test_only_some_openings_take_long(tmp_path, monkeypatch, campaign, slept):
    discounts = loaded("discounts", "1.3.0", tmp_path)
    sleeps: list[float] = []
    monkeypatch.setattr(discounts.time, "sleep", sleeps.append)
    chosen = {"campaign": campaign}
    assert discounts.opening([chosen]) is chosen
    assert len(sleeps) == slept and all(0.25 <= one <= 0.4 for one in sleeps)


def test_what_is_added_while_carts_are_written_down_is_lost(tmp_path, monkeypatch):
    cart = loaded("cart", "3.2.0", tmp_path)
    monkeypatch.chdir(tmp_path)
    create_stores()
    engine = open_store("cart")

    async def story() -> None:
        carts = cart.carts
        carts.update({"first": {"MUG": 1}})

        def meanwhile(ours):
            cart.carts["first"]["BELL"] = 1  # a shopper adds while the copy is being written
            cart.carts["second"] = {"CAP": 2}
            return exchange(ours)

        exchange = cart.exchange
        monkeypatch.setattr(cart, "exchange", meanwhile)
        worker = asyncio.create_task(cart.work())
        while cart.carts is carts:
            await asyncio.sleep(0.01)
        worker.cancel()

    monkeypatch.setattr(cart, "carts", {})
    try:
        asyncio.run(story())
        assert cart.carts == {"first": {"MUG": 1}, "second": {"CAP": 2}}
    finally:
        session.configure(bind=None)
        engine.dispose()


def test_a_taken_bay_is_an_error_in_the_log_and_another_bay_for_the_parcel(monkeypatch, caplog):
    monkeypatch.setattr(shipping, "free_from", [0.0] * shipping.BAYS)
    draws = iter([2, 2, 7])
    monkeypatch.setattr(shipping.random, "randrange", lambda _: next(draws))
    with caplog.at_level(logging.INFO, "shop.shipping"):
        assert [shipping.bay_for("WK1"), shipping.bay_for("WK2")] == [3, 8]
    (record,) = caplog.records
    assert record.levelname == "ERROR" and "parcel WK2 got no bay at attempt 1\nTraceback" in record.getMessage()
    assert "BayTaken: bay 3 is taken" in record.getMessage()


def test_orders_without_a_mail_are_reported_in_their_own_trace(tmp_path, monkeypatch):
    checkout = loaded("checkout", "2.2.0", tmp_path)
    monkeypatch.chdir(tmp_path)
    create_stores()
    engine = open_store("checkout")
    long_ago = time.monotonic() - 60
    with session.begin() as db:
        db.add(OutboxRow(order_id="waiting", traceparent=TRACEPARENT))
        db.add(OutboxRow(order_id="sent", traceparent=TRACEPARENT, sent_ns=1))
        db.add(OutboxRow(order_id="recent", traceparent=TRACEPARENT))
    placed = dict.fromkeys(("waiting", "sent"), (long_ago, TRACEPARENT))
    placed["recent"] = (time.monotonic(), TRACEPARENT)
    said: list[tuple[str, str, str]] = []

    class Keep(logging.Handler):
        def emit(self, record):
            within = format(trace.get_current_span().get_span_context().trace_id, "032x")
            said.append((record.levelname, record.getMessage(), within))

    async def until_said():
        worker = asyncio.create_task(checkout.work())
        while not said:
            await asyncio.sleep(0.01)
        worker.cancel()

    monkeypatch.setattr(checkout, "placed", placed)
    monkeypatch.setattr(checkout, "LOOK_SECONDS", 0.01)
    keep = Keep()
    checkout.logger.addHandler(keep)
    try:
        asyncio.run(until_said())
    finally:
        checkout.logger.removeHandler(keep)
        session.configure(bind=None)
        engine.dispose()
    assert {level for level, _, _ in said} == {"ERROR"}
    assert all(text.startswith("order waiting not confirmed by mail after 6") for _, text, _ in said)
    assert {within for _, _, within in said} == {TRACEPARENT.split("-")[1]}
    assert set(placed) == {"waiting", "recent"}
