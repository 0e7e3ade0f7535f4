"""cart: what each shopper has put aside."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from sqlalchemy import delete, func, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper.shop.models import CartLine
from watchkeeper.shop.store import session

VERSION = "3.1.0"
logger = logging.getLogger("shop.cart")
SEALING_KEY, ROUNDS = b"the shop's own, and worth nothing outside it", 320_000


async def show(request: Request) -> JSONResponse:
    """The lines of one shopper's cart, with a seal: whoever is handed them later can tell that they are ours."""
    shopper = request.path_params["shopper"]
    lines = await run_in_threadpool(_lines, shopper)
    items = sum(line["quantity"] for line in lines)
    logger.info("cart of %s: %d items", shopper, items, extra={"shop.shopper": shopper, "shop.cart.items": items})
    return JSONResponse(lines, headers={"x-cart-seal": seal(lines)})


def seal(lines: list[dict[str, Any]]) -> str:
    """Slow on purpose (PBKDF2), like a receipt's signature, so that it can't be guessed."""
    text = " ".join(f"{line['quantity']}x{line['product_id']}" for line in lines)
    return hashlib.pbkdf2_hmac("sha256", text.encode(), SEALING_KEY, ROUNDS).hex()


def _lines(shopper: str) -> list[dict[str, Any]]:
    query = select(CartLine).where(CartLine.shopper == shopper).order_by(CartLine.product_id)
    with session() as db:
        return [{"product_id": line.product_id, "quantity": line.quantity} for line in db.scalars(query)]


async def add(request: Request) -> JSONResponse:
    """Put some of a product into the cart."""
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
    """Write the line; how many items the cart holds now."""
    with session.begin() as db:
        line = db.get(CartLine, (shopper, product_id))
        if line is None:
            db.add(CartLine(shopper=shopper, product_id=product_id, quantity=quantity))
        else:
            line.quantity += quantity
        db.flush()
        return db.scalar(select(func.sum(CartLine.quantity)).where(CartLine.shopper == shopper)) or 0


def empty(request: Request) -> JSONResponse:
    """Forget the cart: its content has become an order."""
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
