"""The pieces that need no running shop: the timetable of the load, what services compute, names and versions."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections import Counter
from pathlib import Path

import httpx
import pytest

import watchkeeper.shop
from watchkeeper.errors import WatchkeeperError
from watchkeeper.shop import load, seed
from watchkeeper.shop.roster import Roster
from watchkeeper.shop.services.payment import payment
from watchkeeper.shop.services.recommendation import recommendation
from watchkeeper.shop.services.shipping import shipping
from watchkeeper.shop.shoppers import Shoppers
from watchkeeper.staff.errors import RecordingSpoilt
from watchkeeper.staff.recorder.merge import check_scrubbed, scrub
from watchkeeper.staff.recorder.scenarios import SCENARIOS, scenario

SHOP = Path(watchkeeper.shop.__file__).parent
ROSTER = Roster.read()


def test_the_timetable_follows_from_the_seed():
    assert load.plan(3, 120, 4.5) == load.plan(3, 120, 4.5)
    assert load.plan(3, 120, 4.5) != load.plan(4, 120, 4.5)


def test_the_timetable_keeps_the_rate_it_was_asked_for():
    visits = load.plan(1, 3000, 4.5)
    assert 0.9 * 4.5 < len(visits) / 3000 < 1.1 * 4.5
    assert visits == sorted(visits, key=lambda visit: visit.at)
    assert all(0 <= visit.at < 3000 for visit in visits)


class Terminating:
    """A client whose first request tells this very process to end."""

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        pass

    async def request(self, *_, **__):
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.05)
        raise httpx.ConnectError("gone")


def test_shoppers_who_are_late_stop_when_they_are_told_to():
    ours = Shoppers(Terminating())
    asyncio.run(ours.work([load.Visit(0.0, "one", "USD", "GET", "/")] * 5000, closed=False))
    assert 0 < ours.sent < 5000


def test_a_busier_stretch_has_more_shoppers():
    def homes(visits):
        return Counter(1000 <= visit.at < 2000 for visit in visits if visit.path == "/")[True]

    assert homes(load.plan(1, 3000, 4.5, (1 / 3, 2 / 3, 2.0))) > 1.6 * homes(load.plan(1, 3000, 4.5))


def test_shoppers_pay_only_for_what_they_put_aside():
    for number in range(200):
        visits = load.session(random.Random(number), 0.0, "someone")
        kinds = [(visit.method, visit.template) for visit in visits]
        if ("POST", "/checkout") in kinds:
            assert ("POST", "/cart") in kinds[: kinds.index(("POST", "/checkout"))]


@pytest.mark.parametrize("card", load.CARDS)
def test_the_cards_of_the_load_are_cards(card):
    assert payment.is_card_number(card)


@pytest.mark.parametrize("number", ["4111111111111112", "", "41111111", "4111-1111-1111-1111"])
def test_other_numbers_are_no_cards(number):
    assert not payment.is_card_number(number)


def test_a_text_is_most_like_itself():
    one, other = recommendation.shingles("a brass bell"), recommendation.shingles("an oilskin jacket")
    assert recommendation.likeness(one, one) == pytest.approx(1.0)
    assert 0 <= recommendation.likeness(one, other) < 0.5
    assert recommendation.likeness(one, recommendation.shingles("")) == 0.0


def test_recommendations_are_four_different_ones():
    counts = {product[0]: recommendation.shingles(product[6]) for product in seed.PRODUCTS}
    chosen = recommendation.varied(counts["SEXTANT008"], counts)
    assert len(set(chosen)) == 4
    assert chosen[0] == "SEXTANT008"


def test_heavier_parcels_cost_more_and_hamburg_is_nearer_than_bergen():
    assert shipping.cheapest_route((59.3, 18.1), 2.0)[1] > shipping.cheapest_route((59.3, 18.1), 1.0)[1]
    hamburg, bergen = (53.55, 9.99), (60.39, 5.32)
    assert 80 < shipping.km(shipping.HOME, hamburg) < 100 < shipping.km(shipping.HOME, bergen)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: ROSTER.service("adverts"), "no service 'adverts'"),
        (lambda: ROSTER.service("ads").release("9.9"), "no version '9.9'"),
        (lambda: scenario("everything"), "No scenario is called 'everything'"),
    ],
)
def test_a_wrong_name_gets_a_sentence_with_the_right_ones(call, words):
    with pytest.raises(WatchkeeperError, match=words):
        call()


def test_another_seed_moves_the_steps_and_swaps_the_bystander():
    one, two = (SCENARIOS["reparsing-catalog"].timetable(seed, 145) for seed in (1, 2))
    assert [at for at, _ in one] != [at for at, _ in two]
    assert one[0][1].service != two[0][1].service
    assert one[1][1].service == two[1][1].service == "catalog"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        (SHOP / "process.py", "watchkeeper/shop/process.py"),
        ("/tmp/run/services/discounts/1.2.0/discounts.py", "watchkeeper/shop/services/discounts.py"),
        ("/tmp/run/services/frontend/2.5.0/templates/layout.html", "watchkeeper/shop/templates/layout.html"),
        ("/tmp/run/mail/a.eml", "./mail/a.eml"),
    ],
)
def test_paths_of_this_machine_are_scrubbed(path, shown):
    assert scrub(f'File \\"{path}\\", line 1', Path("/tmp/run")) == f'File \\"{shown}\\", line 1'


def test_two_versions_of_a_statement_are_told_apart_by_their_file():
    line = '{"key":"code.file.path","value":{"stringValue":"/tmp/run/services/ads/1.7.0/ads.py"}}'
    assert scrub(line, Path("/tmp/run")) == line.replace("/tmp/run/", "watchkeeper/shop/")


def test_paths_that_are_left_are_refused():
    check_scrubbed('{"url.full":"http://catalog/products","url.path":"/product/SEXTANT008"}')
    with pytest.raises(RecordingSpoilt, match="/home/somebody/shop"):
        check_scrubbed('File "/home/somebody/shop.py"')
