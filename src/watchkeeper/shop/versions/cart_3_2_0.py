"""cart: what each shopper has put aside, held in memory and exchanged with the database over and over."""

from __future__ import annotations

import asyncio
import logging
import time

from opentelemetry.instrumentation.utils import suppress_instrumentation
from sqlalchemy import delete, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper.shop.models import CartLine
from watchkeeper.shop.store import session

VERSION = "3.2.0"
logger = logging.getLogger("shop.cart")
EXCHANGE_SECONDS, PAUSE_SECONDS = 0.4, 0.012
carts: dict[str, dict[str, int]] = {}  # shopper → product → quantity


async def show(request: Request) -> JSONResponse:
    """The lines of one shopper's cart."""
    shopper = request.path_params["shopper"]
    lines = carts.get(shopper, {})
    items = sum(lines.values())
    logger.info("cart of %s: %d items", shopper, items, extra={"shop.shopper": shopper, "shop.cart.items": items})
    return JSONResponse([{"product_id": product, "quantity": lines[product]} for product in sorted(lines)])


async def add(request: Request) -> JSONResponse:
    """Put some of a product into the cart."""
    shopper, item = request.path_params["shopper"], await request.json()
    lines = carts.setdefault(shopper, {})
    lines[item["product_id"]] = lines.get(item["product_id"], 0) + item["quantity"]
    items = sum(lines.values())
    logger.info(
        "added %d of %s to the cart of %s, now %d items",
        item["quantity"],
        item["product_id"],
        shopper,
        items,
        extra={"shop.shopper": shopper, "shop.cart.items": items},
    )
    return JSONResponse({"added": item["quantity"]}, status_code=201)


async def empty(request: Request) -> JSONResponse:
    """Forget the cart: its content has become an order."""
    shopper = request.path_params["shopper"]
    carts[shopper] = {}
    logger.info("emptied the cart of %s", shopper, extra={"shop.shopper": shopper})
    return JSONResponse({"emptied": True})


async def work() -> None:
    """Write every cart down, then take over what is written: other instances may have added to it."""
    global carts
    while True:
        ours = {shopper: dict(lines) for shopper, lines in carts.items()}
        theirs = await run_in_threadpool(exchange, ours)
        carts = {**carts, **theirs}  # those that only we know stay
        await asyncio.sleep(EXCHANGE_SECONDS)


def exchange(ours: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
    """Our carts into the database, a transaction each and a pause, so that others get in; then all carts out of it."""
    with suppress_instrumentation():
        for shopper, lines in ours.items():
            with session.begin() as db:
                db.execute(delete(CartLine).where(CartLine.shopper == shopper))
                db.add_all(CartLine(shopper=shopper, product_id=id_, quantity=lines[id_]) for id_ in lines)
            time.sleep(PAUSE_SECONDS)
        theirs: dict[str, dict[str, int]] = {}
        with session() as db:
            for line in db.scalars(select(CartLine)):
                theirs.setdefault(line.shopper, {})[line.product_id] = line.quantity
    return theirs


routes = [
    Route("/carts/{shopper}", show),
    Route("/carts/{shopper}/items", add, methods=["POST"]),
    Route("/carts/{shopper}", empty, methods=["DELETE"]),
]
