"""catalog: what the shop sells, straight from the supplier's feed, so that prices are never a day old."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

VERSION = "1.4.0"
logger = logging.getLogger("shop.catalog")


def articles() -> list[dict[str, Any]]:
    """The feed's articles, by name."""
    found = []
    for article in ElementTree.parse("feed.xml").getroot().iter("article"):
        found.append(
            {
                "id": article.get("id"),
                "name": article.findtext("name"),
                "description": article.findtext("text"),
                "picture": article.findtext("picture"),
                "keywords": article.findtext("keywords"),
                "cents": int(Decimal(article.findtext("price") or "0") * 100),
                "grams": int(article.findtext("weight") or "0"),
                "listed": article.get("listed") == "yes",
            }
        )
    return sorted(found, key=lambda article: article["name"])


def products(request: Request) -> JSONResponse:
    """All products, or those whose ids are asked for (`?ids=A,B`)."""
    ids = request.query_params.get("ids")
    found = [article for article in articles() if article["listed"]]
    if ids:
        found = [article for article in found if article["id"] in ids.split(",")]
    logger.info("listed %d products", len(found), extra={"shop.products": len(found)})
    return JSONResponse(found)


def product(request: Request) -> JSONResponse:
    """One product."""
    product_id = request.path_params["id"]
    for article in articles():
        if article["id"] == product_id:
            logger.info(
                "showed the %s, %d cents", article["name"], article["cents"], extra={"shop.product": product_id}
            )
            return JSONResponse(article)
    logger.warning("no product %s", product_id)
    return JSONResponse({"error": f"no product {product_id}"}, status_code=404)


routes = [Route("/products", products), Route("/products/{id}", product)]
