"""cart: what each shopper wants to buy."""

from __future__ import annotations

import logging

from sqlalchemy import delete, func, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper.shop.models import CartLine
from watchkeeper.shop.store import session

VERSION = "3.0.1"
logger = logging.getLogger("shop.cart")


def show(request: Request) -> JSONResponse:
    """The lines of one shopper's cart."""
    shopper = request.path_params["shopper"]
    query = select(CartLine).where(CartLine.shopper == shopper).order_by(CartLine.product_id)
    with session() as db:
        found = db.scalars(query).all()
    items = sum(line.quantity for line in found)
    logger.info("cart of %s: %d items", shopper, items, extra={"shop.shopper": shopper, "shop.cart.items": items})
    return JSONResponse([{"product_id": line.product_id, "quantity": line.quantity} for line in found])


async def add(request: Request) -> JSONResponse:
    """Add some of a product to the cart."""
    shopper, item = request.path_params["shopper"], await request.json()
    items = await run_in_threadpool(_store, shopper, item["product_id"], item["quantity"])
    logger.info(
        "added %d of %s to the cart of %s, now %d items",
        item["quantity"],
        item["product_id"],
        shopper,
        items,
        extra={"shop.shopper": shopper, "shop.cart.items": items},
    )
    return JSONResponse({"added": item["quantity"]}, status_code=201)


def _store(shopper: str, product_id: str, quantity: int) -> int:
    """Write the line; return how many items the cart now holds."""
    with session.begin() as db:
        line = db.get(CartLine, (shopper, product_id))
        if line is None:
            db.add(CartLine(shopper=shopper, product_id=product_id, quantity=quantity))
        else:
            line.quantity += quantity
        db.flush()
        return db.scalar(select(func.sum(CartLine.quantity)).where(CartLine.shopper == shopper)) or 0


def empty(request: Request) -> JSONResponse:
    """Empty the cart: its contents have become an order."""
    shopper = request.path_params["shopper"]
    with session.begin() as db:
        db.execute(delete(CartLine).where(CartLine.shopper == shopper))
    logger.info("emptied the cart of %s", shopper, extra={"shop.shopper": shopper})
    return JSONResponse({"emptied": True})


routes = [
    Route("/carts/{shopper}", show),
    Route("/carts/{shopper}/items", add, methods=["POST"]),
    Route("/carts/{shopper}", empty, methods=["DELETE"]),
]
