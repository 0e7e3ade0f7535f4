"""checkout: turns a cart into an order, one step after the other."""

from __future__ import annotations

import logging
import uuid
from typing import Any

import httpx
from opentelemetry import trace
from opentelemetry.propagate import inject
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper.shop.client import delete, get, post
from watchkeeper.shop.models import Order, OutboxRow
from watchkeeper.shop.store import session

VERSION = "2.0.4"
logger = logging.getLogger("shop.checkout")
tracer = trace.get_tracer("shop.checkout")


async def place(request: Request) -> JSONResponse:
    """Cart, prices, postage, charge, parcel, order: each step needs the result of the one before."""
    wish = await request.json()
    lines = await get("cart", "/carts/{shopper}", deadline=1.0, shopper=wish["shopper"])
    if not lines:
        return JSONResponse({"error": "the cart is empty"}, status_code=409)
    logger.info("%s wants to order %d lines, in %s", wish["shopper"], len(lines), wish["currency"])
    ids = ",".join(line["product_id"] for line in lines)
    products = {
        product["id"]: product for product in await get("catalog", "/products", deadline=2.0, query={"ids": ids})
    }
    goods = sum(products[line["product_id"]]["cents"] * line["quantity"] for line in lines)
    grams = sum(products[line["product_id"]]["grams"] * line["quantity"] for line in lines)

    send_to = {"lat": wish["lat"], "lon": wish["lon"], "grams": grams}
    postage = await get("shipping", "/quotes", deadline=2.0, query=send_to)
    logger.info("%d g go by %s for %d cents", grams, " and ".join(postage["route"]), postage["cents"])
    amount = {"cents": goods + postage["cents"], "from": "USD", "to": wish["currency"]}
    total = await get("currency", "/convert", deadline=1.0, query=amount)
    try:
        paid = await post("payment", "/charges", deadline=5.0, json={**total, "card": wish["card"]})
    except httpx.HTTPStatusError as refusal:
        logger.warning("payment answered %d", refusal.response.status_code)
        return JSONResponse({"error": "the card was refused"}, status_code=402)
    parcel = await post("shipping", "/shipments", deadline=2.0, json=send_to)

    order_id = uuid.uuid4().hex[:12]
    await run_in_threadpool(_store, order_id, wish, total, paid["receipt"], parcel["tracking"])
    await delete("cart", "/carts/{shopper}", deadline=1.0, shopper=wish["shopper"])
    logger.info(
        "order %s placed: %d lines, %d %s",
        order_id,
        len(lines),
        total["cents"],
        total["currency"],
        extra={"shop.order": order_id, "shop.currency": total["currency"]},
    )
    return JSONResponse({"order": order_id, "tracking": parcel["tracking"], **total}, status_code=201)


def _store(order_id: str, wish: dict[str, Any], total: dict[str, Any], receipt: str, tracking: str) -> None:
    """Order and outbox row in one transaction: an email goes out if, and only if, there is an order."""
    attributes = {"messaging.system": "outbox", "messaging.destination.name": "outbox"}
    with tracer.start_as_current_span("send outbox", kind=trace.SpanKind.PRODUCER, attributes=attributes):
        carrier: dict[str, str] = {}
        inject(carrier)
        with session.begin() as db:
            db.add(
                Order(
                    id=order_id,
                    shopper=wish["shopper"],
                    email=wish["email"],
                    currency=total["currency"],
                    total_cents=total["cents"],
                    receipt=receipt,
                    tracking=tracking,
                )
            )
            db.add(OutboxRow(order_id=order_id, traceparent=carrier["traceparent"]))


routes = [Route("/orders", place, methods=["POST"])]
