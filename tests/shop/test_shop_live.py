"""The running shop: its pages, who calls whom, what it weighs."""

from __future__ import annotations

import re

import httpx
import pytest
from shop_probe import alive, children, eventually, get, live_spans, proportional_bytes, trace_of_last

from watchkeeper.errors import ShopError
from watchkeeper.shop.control import Shop
from watchkeeper.shop.roster import Roster

ROSTER = Roster.read()
EDGES = {
    ("frontend", "catalog"),
    ("frontend", "currency"),
    ("frontend", "cart"),
    ("frontend", "recommendation"),
    ("frontend", "ads"),
    ("frontend", "discounts"),
    ("frontend", "shipping"),
    ("frontend", "checkout"),
    ("recommendation", "catalog"),
    ("checkout", "cart"),
    ("checkout", "catalog"),
    ("checkout", "currency"),
    ("checkout", "shipping"),
    ("checkout", "payment"),
}


def buy(shop: Shop, product: str = "SEXTANT008") -> httpx.Response:
    with httpx.Client(base_url=shop.url, cookies={"shopper": "tester"}, timeout=10) as browser:
        assert browser.post("cart", data={"product": product}).headers["location"] == "cart"
        return browser.post("checkout", data={"email": "tester@watch.example", "card": "4111 1111 1111 1111"})


@pytest.mark.parametrize("path", ["", "products", "product/SEXTANT008", "cart"])
def test_pages_have_only_relative_links(shop, path):
    page = get(shop, path)
    assert page.status_code == 200
    links = re.findall(r'(?:href|src|action)="([^"]*)"', page.text)
    assert len(links) > 3
    assert not [link for link in links if link.startswith(("/", "http"))]
    with httpx.Client(base_url=page.url) as browser:
        for link in set(links):
            target = page.url.join(link)
            assert browser.get(target).status_code in (200, 405), link  # 405: the form's target wants a POST


def test_a_product_that_does_not_exist_is_an_error_page(shop):
    page = get(shop, "product/NOSUCH")
    assert page.status_code == 500 and "Sorry" in page.text


def test_an_order_is_charged_shipped_and_confirmed_by_mail(shop):
    page = buy(shop)
    assert page.status_code == 200 and "Thank you" in page.text
    order = re.search(r"Order <b>(\w+)</b>", page.text)[1]
    mail = shop.folder / "mail" / f"{order}.eml"
    assert eventually(mail.exists)
    assert "tester@watch.example" in mail.read_text("utf-8")


def test_a_refused_card_is_no_order(shop):
    with httpx.Client(base_url=shop.url, cookies={"shopper": "poor"}) as browser:
        browser.post("cart", data={"product": "SEXTANT008"})
        answer = browser.post("checkout", data={"email": "x@watch.example", "card": "4111 1111 1111 1112"})
        assert answer.status_code == 402 and "refused" in answer.text
        assert "Sextant" in browser.get("cart").text


def test_the_mail_is_a_trace_of_its_own_linked_to_the_order(shop):
    buy(shop)
    sent = trace_of_last(shop, "POST /checkout")
    producer = sent[sent.kind == "PRODUCER"].iloc[0]

    def linked():
        spans = live_spans(shop)
        mails = spans[(spans.kind == "CONSUMER") & (spans.service == "email")]
        return mails[[producer.span_id in str(links) for links in mails.links]]

    assert eventually(lambda: len(linked()) == 1)
    assert linked().trace_id.iloc[0] != producer.trace_id and linked().parent_span_id.iloc[0] == ""


def test_services_call_exactly_those_they_should(shop):
    for path in ("", "products", "product/SEXTANT008", "cart"):
        get(shop, path)
    buy(shop)
    spans = live_spans(shop)
    calls = spans[spans.attributes.map(lambda one: "url.full" in one) & (spans.service != "loadgenerator")]
    seen = {(row.service, row.attributes["server.address"]) for row in calls.itertuples()}
    assert seen == EDGES
    assert all(
        row.attributes["url.full"].startswith(f"http://{row.attributes['server.address']}/")
        for row in calls.itertuples()
    )
    assert all(re.fullmatch(r"[A-Z]+ /[a-z{}/]*", name) for name in calls.name)


def test_the_home_page_asks_once_a_product_one_after_the_other(shop):
    get(shop)
    trace = trace_of_last(shop, "GET /")
    calls = trace[(trace.service == "frontend") & (trace.kind == "CLIENT")].set_index("name").sort_values("start_ns")
    conversions = calls.loc[["GET /convert"]]
    assert len(conversions) == 10
    assert (conversions.start_ns.to_numpy()[1:] >= conversions.end_ns.to_numpy()[:-1]).all()
    together = calls.loc[["GET /recommendations", "GET /ads", "GET /discounts", "GET /carts/{shopper}"]]
    assert together.start_ns.max() < together.end_ns.min()
    assert calls.loc["GET /products"].end_ns <= together.start_ns.min()
    assert together.end_ns.max() <= conversions.start_ns.min()


def test_checkout_is_strictly_serial_and_charges_before_it_ships(shop):
    buy(shop)
    trace = trace_of_last(shop, "POST /checkout")
    steps = trace[(trace.service == "checkout") & trace.kind.isin(["CLIENT", "PRODUCER"])]
    steps = steps[~steps.name.str.contains("checkout.db")].sort_values("start_ns")
    assert list(steps.name) == [
        "GET /carts/{shopper}",
        "GET /products",
        "GET /quotes",
        "GET /convert",
        "POST /charges",
        "POST /shipments",
        "send outbox",
        "DELETE /carts/{shopper}",
    ]
    assert (steps.start_ns.to_numpy()[1:] >= steps.end_ns.to_numpy()[:-1]).all()


def test_identity_is_in_every_span(shop):
    get(shop)
    spans = live_spans(shop)
    assert set(spans.service) <= {*ROSTER.services, "loadgenerator"}
    assert {(row.service, row.host) for row in spans.itertuples()} <= set(ROSTER.hosts.items())
    assert not spans.name.str.contains("http send|http receive").any()


def test_the_shop_fits_into_600_megabytes(shop):
    state = shop.status()
    pids = [state["supervisor"], *(one["pid"] for one in state["services"].values())]
    assert len(alive(pids)) == 1 + len(ROSTER.services)
    assert set(pids[1:]) < set(children(pids[0]))
    assert sum(proportional_bytes(pid) for pid in pids) < 600 * 2**20


def test_a_deploy_refuses_nobody_and_can_be_taken_back(shop):
    before, after = list(ROSTER.service("shipping").releases)[:2]
    old = shop.status()["services"]["shipping"]["pid"]
    assert shop.deploy("shipping", after)["from"] == before
    assert shop.status()["services"]["shipping"] != old
    assert get(shop, "cart").status_code == 200
    assert shop.roll_back("shipping")["to"] == before
    assert get(shop, "cart").status_code == 200
    assert eventually(lambda: not alive([old]))
    assert [one["to"] for one in shop.deploys() if one["service"] == "shipping"] == [after, before]


def test_wrong_orders_get_a_sentence_and_do_no_harm(shop):
    with pytest.raises(ShopError, match="no version"):
        shop.deploy("ads", "0.0.1")
    with pytest.raises(ShopError, match="no service 'adverts'"):
        shop.blackhole("adverts")
    with pytest.raises(ShopError, match="nothing to roll back to"):
        shop.roll_back("currency")
    with pytest.raises(ShopError, match="does not understand"):
        shop._order(do="dance")
    with pytest.raises(ShopError, match="is taken"):
        Shop.start(port=shop.ports["frontend"])
    assert get(shop).status_code == 200
