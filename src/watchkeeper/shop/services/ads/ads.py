"""ads: a banner for the top of a page."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import Counter

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

VERSION = "1.6.0"
logger = logging.getLogger("shop.ads")
shown: Counter[str] = Counter()
REPORT_SECONDS = 15.0

BANNERS = [
    {"url": "product/LANTERN006", "text": "Light for the dark half of the year", "keywords": "deck safety brass"},
    {"url": "product/ENAMELMUG4", "text": "The mug of the middle watch", "keywords": "galley gift"},
    {"url": "product/SEXTANT008", "text": "Know where you are: the sextant, in oak", "keywords": "navigation brass"},
    {"url": "product/OILSKIN007", "text": "It rains. The oilskin is back", "keywords": "clothing deck"},
    {"url": "product/ROPEKIT010", "text": "Twelve knots for long evenings", "keywords": "deck gift"},
]


def weight(banner: dict[str, str], wanted: set[str], visit: str) -> float:
    """How well a banner fits: shared keywords first, then a draw that is the same for one shopper."""
    shared = len(wanted & set(banner["keywords"].split()))
    draw = hashlib.sha256((visit + banner["url"]).encode()).digest()[0] / 256
    return shared + draw


async def ads(request: Request) -> JSONResponse:
    """The two best banners for `?keywords=…`, best first."""
    wanted = set(request.query_params.get("keywords", "").split())
    visit = request.query_params.get("shopper", "")
    best = sorted(BANNERS, key=lambda banner: -weight(banner, wanted, visit))[:2]
    shown[best[0]["url"]] += 1
    logger.info("served banner %s", best[0]["url"])
    logger.debug("%d banners weighed for the keywords %s", len(BANNERS), " ".join(sorted(wanted)) or "none")
    return JSONResponse([{"url": banner["url"], "text": banner["text"]} for banner in best])


async def work() -> None:
    """Log what the advertisers want to know, every 15 seconds."""
    while True:
        await asyncio.sleep(REPORT_SECONDS)
        for url, times in shown.most_common(1):
            logger.info("%d banners shown so far, most often %s (%d times)", shown.total(), url, times)


routes = [Route("/ads", ads)]
