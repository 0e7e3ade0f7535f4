"""cart: what each shopper has put aside."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from sqlalchemy import delete, select
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper.shop.models import CartLine
from watchkeeper.shop.store import session

VERSION = "3.1.0"
logger = logging.getLogger("shop.cart")
SEALING_KEY, ROUNDS = b"the shop's own, and worth nothing outside it", 240_000


async def show(request: Request) -> JSONResponse:
    """The lines of one shopper's cart, with a seal: whoever is handed them later can tell that they are ours."""
    lines = await run_in_threadpool(_lines, request.path_params["shopper"])
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
    item = await request.json()
    await run_in_threadpool(_store, request.path_params["shopper"], item["product_id"], item["quantity"])
    logger.info("added %d of %s", item["quantity"], item["product_id"])
    return JSONResponse({"added": item["quantity"]}, status_code=201)


def _store(shopper: str, product_id: str, quantity: int) -> None:
    with session.begin() as db:
        line = db.get(CartLine, (shopper, product_id))
        if line is None:
            db.add(CartLine(shopper=shopper, product_id=product_id, quantity=quantity))
        else:
            line.quantity += quantity


def empty(request: Request) -> JSONResponse:
    """Forget the cart: its content has become an order."""
    with session.begin() as db:
        db.execute(delete(CartLine).where(CartLine.shopper == request.path_params["shopper"]))
    return JSONResponse({"emptied": True})


routes = [
    Route("/carts/{shopper}", show),
    Route("/carts/{shopper}/items", add, methods=["POST"]),
    Route("/carts/{shopper}", empty, methods=["DELETE"]),
]
