"""recommendation: other products whose description is like that of the one on the page."""

from __future__ import annotations

import logging
import math
from collections import Counter

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper.shop.client import get

VERSION = "1.0.3"
logger = logging.getLogger("shop.recommendation")
HOW_MANY = 4


def shingles(text: str) -> Counter[str]:
    """How often each sequence of three, four and five characters occurs."""
    text = " ".join(text.lower().split())
    return Counter(text[start : start + size] for size in (3, 4, 5) for start in range(len(text) - size + 1))


def likeness(one: Counter[str], other: Counter[str]) -> float:
    """Cosine of the angle between two counts: 1 for the same text, 0 for nothing in common."""
    shared = sum(count * other[piece] for piece, count in one.items())
    length = math.sqrt(sum(count * count for count in one.values()) * sum(count * count for count in other.values()))
    return shared / length if length else 0.0


def varied(wanted: Counter[str], counts: dict[str, Counter[str]]) -> list[str]:
    """Ids of products like the wanted one, but unlike each other (maximal marginal relevance)."""
    chosen: list[str] = []
    while len(chosen) < HOW_MANY:
        scores = {
            id_: likeness(wanted, count) - 0.5 * max((likeness(counts[other], count) for other in chosen), default=0.0)
            for id_, count in counts.items()
            if id_ not in chosen
        }
        chosen.append(max(scores, key=lambda id_: scores[id_]))
    return chosen


async def recommendations(request: Request) -> JSONResponse:
    """The products most like `?product=…`; without one, those most like everything that we sell."""
    products = await get("catalog", "/products", deadline=2.0)
    counts = {product["id"]: shingles(f"{product['name']} {product['description']}") for product in products}
    seen = request.query_params.get("product", "")
    wanted = counts[seen] if seen in counts else sum(counts.values(), Counter())
    counts.pop(seen, None)
    best = varied(wanted, counts)
    if seen:
        logger.info("whoever looks at %s may like %s", seen, ", ".join(best), extra={"shop.product": seen})
    else:
        logger.info("recommended %s", ", ".join(best))
    return JSONResponse([product for product in products if product["id"] in best])


routes = [Route("/recommendations", recommendations)]
