"""frontend: the pages. Each handler calls other services, then renders a template."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from watchkeeper.shop.client import get, post

VERSION = "2.4.0"
logger = logging.getLogger("shop.frontend")
HERE = {"lat": 59.33, "lon": 18.07}  # where parcels go, until shoppers have an address


def shopper_of(request: Request) -> str:
    return request.cookies.get("shopper", "guest")


def page(request: Request, template: str, status: int = 200, **content: Any) -> Response:
    """A rendered template; `root` leads back to `/` from any page, so links stay relative."""
    root = "../" * (request.url.path.count("/") - 1)
    response = request.app.state.pages.TemplateResponse(request, template, {"root": root, **content}, status)
    logger.info("%s %s rendered, %d bytes", request.method, request.url.path, len(response.body))
    return response


async def banners(request: Request, keywords: str) -> list[dict[str, str]]:
    """Optional: a page without a banner is better than no page."""
    try:
        query = {"keywords": keywords, "shopper": shopper_of(request)}
        return await get("ads", "/ads", deadline=0.1, query=query)
    except httpx.HTTPError as error:
        logger.warning("no banner: %s", type(error).__name__)
        return []


async def home(request: Request) -> Response:
    """Everything we sell, in the shopper's currency."""
    currency = request.cookies.get("currency", "USD")
    products = await get("catalog", "/products", deadline=2.0)
    recommended, ads, discounts, cart = await asyncio.gather(
        get("recommendation", "/recommendations", deadline=None),
        banners(request, "gift"),
        get("discounts", "/discounts", deadline=2.0),
        get("cart", "/carts/{shopper}", deadline=1.0, shopper=shopper_of(request)),
    )
    for product in products:
        amount = {"cents": product["cents"], "from": "USD", "to": currency}
        product["price"] = await get("currency", "/convert", deadline=1.0, query=amount)
    logger.info("%d products priced in %s, %d codes on top", len(products), currency, len(discounts[:3]))
    return page(
        request, "home.html", products=products, recommended=recommended, ads=ads, discounts=discounts[:3], cart=cart
    )


async def products(request: Request) -> Response:
    """The plain list."""
    listed, cart = await asyncio.gather(
        get("catalog", "/products", deadline=2.0),
        get("cart", "/carts/{shopper}", deadline=1.0, shopper=shopper_of(request)),
    )
    return page(request, "products.html", products=listed, cart=cart)


async def product(request: Request) -> Response:
    """One product: what it is, what it costs to send, and what else we sell."""
    product_id = request.path_params["id"]
    found, cart = await asyncio.gather(
        get("catalog", "/products/{id}", deadline=2.0, id=product_id),
        get("cart", "/carts/{shopper}", deadline=1.0, shopper=shopper_of(request)),
    )
    recommended, ads, postage = await asyncio.gather(
        get("recommendation", "/recommendations", deadline=None, query={"product": product_id}),
        banners(request, found["keywords"]),
        get("shipping", "/quotes", deadline=2.0, query={"grams": found["grams"], **HERE}),
    )
    return page(request, "product.html", product=found, recommended=recommended, ads=ads, postage=postage, cart=cart)


async def cart(request: Request) -> Response:
    """What the shopper wants to buy, and what it would cost to send."""
    lines = await get("cart", "/carts/{shopper}", deadline=1.0, shopper=shopper_of(request))
    ids = ",".join(line["product_id"] for line in lines) or "none"
    grams = 900 * sum(line["quantity"] for line in lines)  # an estimate, so that both calls can run at once
    products, postage = await asyncio.gather(
        get("catalog", "/products", deadline=2.0, query={"ids": ids}),
        get("shipping", "/quotes", deadline=2.0, query={"grams": grams, **HERE}),
    )
    quantity = {line["product_id"]: line["quantity"] for line in lines}
    rows = [{**product, "quantity": quantity[product["id"]]} for product in products]
    return page(request, "cart.html", rows=rows, postage=postage, cart=lines)


async def add_to_cart(request: Request) -> Response:
    """Add a product to the cart, then show the cart."""
    form = await request.form()
    item = {"product_id": str(form["product"]), "quantity": int(str(form.get("quantity", "1")))}
    await post("cart", "/carts/{shopper}/items", deadline=1.0, json=item, shopper=shopper_of(request))
    logger.info("%s takes %d of %s", shopper_of(request), item["quantity"], item["product_id"])
    return RedirectResponse("cart", status_code=303)


async def checkout(request: Request) -> Response:
    """Order what is in the cart."""
    form = await request.form()
    wish = {
        "shopper": shopper_of(request),
        "currency": request.cookies.get("currency", "USD"),
        "email": str(form["email"]),
        "card": str(form["card"]).replace(" ", ""),
        **HERE,
    }
    try:
        order = await post("checkout", "/orders", deadline=8.0, json=wish)
    except httpx.HTTPStatusError as refusal:
        if refusal.response.status_code >= 500:
            raise
        return page(request, "refused.html", 402, reason=refusal.response.json()["error"], cart=[])
    return page(request, "order.html", order=order, cart=[])


routes = [
    Route("/", home),
    Route("/products", products),
    Route("/product/{id}", product),
    Route("/cart", cart),
    Route("/cart", add_to_cart, methods=["POST"]),
    Route("/checkout", checkout, methods=["POST"]),
]
