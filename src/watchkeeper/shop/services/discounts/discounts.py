"""discounts: the codes that are valid today, and the campaign that each belongs to."""

from __future__ import annotations

import logging
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper.shop.models import Discount, DiscountType
from watchkeeper.shop.store import session

VERSION = "1.1.0"
logger = logging.getLogger("shop.discounts")


def described(discount: Discount) -> dict[str, Any]:
    """A code with its campaign and the influencer who announces it."""
    return {
        "code": discount.code,
        "cents": discount.value,
        "campaign": discount.type.name,
        "percent": discount.type.percent,
        "influencer": discount.type.influencer.name,
    }


def discounts(request: Request) -> JSONResponse:
    """Every valid code, the most generous first."""
    query = select(Discount).options(joinedload(Discount.type).joinedload(DiscountType.influencer))
    with session() as db:
        found = [described(discount) for discount in db.scalars(query)]
    found.sort(key=lambda discount: -discount["percent"])
    best = found[0]
    logger.info("%d codes are valid, best are %d %% by %s", len(found), best["percent"], best["influencer"])
    return JSONResponse(found)


routes = [Route("/discounts", discounts)]
