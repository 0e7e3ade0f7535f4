"""catalog: what the shop sells."""

from __future__ import annotations

import logging

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from watchkeeper.shop.models import Product
from watchkeeper.shop.store import session

VERSION = "1.3.0"
logger = logging.getLogger("shop.catalog")


def products(request: Request) -> JSONResponse:
    """All products, or the ones requested (`?ids=A,B`)."""
    ids = request.query_params.get("ids")
    query = select(Product).order_by(Product.name)
    if ids:
        query = query.where(Product.id.in_(ids.split(",")))
    with session() as db:
        found = [product.as_dict() for product in db.scalars(query)]
    logger.info("listed %d products", len(found), extra={"shop.products": len(found)})
    logger.debug("asked for %s", ids or "everything")
    return JSONResponse(found)


def product(request: Request) -> JSONResponse:
    """One product."""
    product_id = request.path_params["id"]
    with session() as db:
        found = db.get(Product, product_id)
    if found is None:
        logger.warning("no product %s", product_id)
        return JSONResponse({"error": f"no product {product_id}"}, status_code=404)
    logger.info("showed the %s, %d cents", found.name, found.cents, extra={"shop.product": product_id})
    return JSONResponse(found.as_dict())


routes = [Route("/products", products), Route("/products/{id}", product)]
