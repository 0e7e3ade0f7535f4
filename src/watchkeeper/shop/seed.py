"""What the shop sells on its first day: products, the supplier's feed, discount codes. Always the same."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from watchkeeper.shop import models

# id, name, picture, keywords, price in cents, weight in grams, description
PRODUCTS = [
    (
        "BRASSBELL1",
        "Brass ship's bell",
        "bell",
        "brass deck gift",
        8900,
        1900,
        "A bell of polished brass that carries over the harbour. Strike it at the change of the watch, or hang it at "
        "your own front door; the rope is hand-spliced and the bracket takes two screws.",
    ),
    (
        "CHARTMAP02",
        "Chart of the North Sea",
        "chart",
        "paper navigation gift",
        2450,
        300,
        "Printed on heavy paper that folds without tearing. Soundings, lights and wrecks from the Firth of Forth to "
        "the Skagerrak, with a compass rose large enough to lay a parallel rule across.",
    ),
    (
        "COMPASS003",
        "Hand-bearing compass",
        "compass",
        "brass navigation",
        5600,
        400,
        "A damped card in a brass bowl, lit from below, for taking the bearing of a light or a headland. Fits the "
        "palm, survives a fall to the deck, and never asks for an update.",
    ),
    (
        "ENAMELMUG4",
        "Enamel mug",
        "mug",
        "galley gift",
        1250,
        250,
        "The mug of the middle watch: steel under blue enamel, a rim that does not chip, and room for half a litre of "
        "whatever keeps you awake until four in the morning.",
    ),
    (
        "FOGHORN005",
        "Hand-pumped fog horn",
        "horn",
        "deck safety",
        4300,
        800,
        "One push of the piston gives a note that is heard for half a mile. No battery and no gas, so it works in the "
        "one night of the year when everything else does not.",
    ),
    (
        "LANTERN006",
        "Storm lantern",
        "lantern",
        "deck safety brass",
        3900,
        1100,
        "A lantern with a wind-proof glass and a brass cap, for oil or a candle. Hangs from a hook in the cabin or "
        "stands on the table, and throws a warm light over charts and cards alike.",
    ),
    (
        "OILSKIN007",
        "Oilskin jacket",
        "jacket",
        "clothing deck",
        12900,
        1600,
        "Waxed cotton with a collar that closes over the chin and cuffs that keep the spray out. Cut wide enough for a "
        "jersey under it; it gets better with every season it is worn.",
    ),
    (
        "SEXTANT008",
        "Sextant",
        "sextant",
        "navigation brass",
        34900,
        2100,
        "A full-size sextant with a micrometer drum and seven shades, in its own box of oak. Bring the sun down to the "
        "horizon, note the second, and know where you are without asking anybody.",
    ),
    (
        "WATCHCAP09",
        "Watch cap",
        "cap",
        "clothing gift",
        1900,
        120,
        "Knitted from thick wool in one piece, the way it has been done for a hundred years. Rolls down over the ears "
        "when the wind goes round to the north and dries on the stove overnight.",
    ),
    (
        "ROPEKIT010",
        "Splicing kit",
        "rope",
        "deck gift",
        2750,
        650,
        "A fid, a marlinspike, waxed twine and four metres of rope to practise on, in a canvas roll. With a card of "
        "twelve knots, from the bowline to the long splice.",
    ),
]

NETWORKS = ("harbour radio", "lighthouse letters", "deck diaries", "knot club", "tide tables", "galley kitchen")
DISCOUNTS = 200
FEED_ITEMS = 7_000


def rows(database: str) -> list[Any]:
    """The rows a database starts with; carts and orders start empty."""
    makers: dict[str, Callable[[], list[Any]]] = {"catalog": _products, "discounts": _discounts}
    return makers[database]() if database in makers else []


def _products() -> list[models.Product]:
    return [
        models.Product(
            id=id_, name=name, picture=picture, keywords=keywords, cents=cents, grams=grams, description=what
        )
        for id_, name, picture, keywords, cents, grams, what in PRODUCTS
    ]


def _discounts() -> list[models.Discount]:
    """One campaign per code: every code has its own type, and every type its own influencer."""
    chance = random.Random(7)
    made = []
    for number in range(1, DISCOUNTS + 1):
        network = chance.choice(NETWORKS)
        influencer = models.Influencer(id=number, name=f"{network.title()} {number}")
        kind = models.DiscountType(
            id=number, name=f"{network} campaign {number}", percent=chance.randrange(5, 30), influencer=influencer
        )
        code = "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=8))
        made.append(models.Discount(id=number, code=code, value=chance.randrange(100, 2000), type=kind))
    return made


def supplier_feed() -> str:
    """The wholesaler's whole range as XML; the shop's products are a few of its articles."""
    chance = random.Random(11)
    items = [_article(*product) for product in PRODUCTS]
    for number in range(FEED_ITEMS):
        text = " ".join(chance.choices(PRODUCTS[number % len(PRODUCTS)][6].split(), k=12))
        cents, grams = chance.randrange(500, 40_000), chance.randrange(50, 3_000)
        items.append(_article(f"ARTICLE{number:05}", f"Article {number}", "rope", "wholesale", cents, grams, text))
    return "<?xml version='1.0' encoding='utf-8'?>\n<feed>\n" + "\n".join(items) + "\n</feed>\n"


def _article(id_: str, name: str, picture: str, keywords: str, cents: int, grams: int, text: str) -> str:
    return (
        f'<article id="{id_}" listed="{"no" if id_.startswith("ARTICLE") else "yes"}"><name>{escape(name)}</name>'
        f"<picture>{picture}</picture><keywords>{keywords}</keywords>"
        f"<price>{cents / 100:.2f}</price><weight>{grams}</weight><text>{escape(text)}</text></article>"
    )
