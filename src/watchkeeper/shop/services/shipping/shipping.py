"""shipping: what it costs to send a parcel, and sending it."""

from __future__ import annotations

import logging
import math
import random
import time
import traceback
import uuid
from itertools import pairwise, permutations

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

VERSION = "1.2.0"
logger = logging.getLogger("shop.shipping")

# Latitude and longitude of each depot in degrees, and the cost of one handling in cents.
DEPOTS = {
    "Leith": (55.98, -3.17, 60),
    "Hull": (53.74, -0.33, 45),
    "Esbjerg": (55.47, 8.45, 50),
    "Hamburg": (53.55, 9.99, 40),
    "Rotterdam": (51.92, 4.48, 35),
    "Bergen": (60.39, 5.32, 70),
    "Aalborg": (57.05, 9.92, 55),
    "Antwerp": (51.22, 4.40, 40),
    "Oslo": (59.90, 10.74, 65),
    "Gdynia": (54.53, 18.53, 45),
}
HOME, CENTS_PER_KM_KG = (54.32, 10.14), 0.12
BAYS, BAY_SECONDS, TRIES = 12, 5.0, 6
free_from = [0.0] * BAYS  # when each loading bay is free again


class BayTaken(Exception):
    """Another parcel is in that bay."""


def km(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Great-circle distance (haversine) between two points in degrees."""
    (lat1, lon1), (lat2, lon2) = [tuple(map(math.radians, point)) for point in (one, other)]
    half = math.sin((lat2 - lat1) / 2) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin((lon2 - lon1) / 2) ** 2
    return 2 * 6371 * math.asin(math.sqrt(half))


def cheapest_route(place: tuple[float, float], kilos: float) -> tuple[list[str], int]:
    """The cheapest route over three depots, found by trying them all, and its price in cents."""
    best: tuple[list[str], float] = ([], math.inf)
    for stops in permutations(DEPOTS, 3):
        points = [HOME, *((DEPOTS[stop][0], DEPOTS[stop][1]) for stop in stops), place]
        cents = sum(km(*leg) for leg in pairwise(points)) * kilos * CENTS_PER_KM_KG
        cents += sum(DEPOTS[stop][2] for stop in stops)
        best = min(best, (list(stops), cents), key=lambda route: route[1])
    return best[0], 250 + round(best[1])


async def quote(request: Request) -> JSONResponse:
    """`?grams=…&lat=…&lon=…` → price in cents and the route."""
    query = request.query_params
    stops, cents = cheapest_route((float(query["lat"]), float(query["lon"])), int(query["grams"]) / 1000)
    logger.info("quoted %d cents over %s", cents, ", ".join(stops), extra={"shop.depot": stops[0]})
    return JSONResponse({"cents": cents, "route": stops})


def book_bay() -> int:
    """Book a loading bay, chosen at random, for a few seconds. Raises `BayTaken`."""
    bay, now = random.randrange(BAYS), time.monotonic()
    if free_from[bay] > now:
        raise BayTaken(f"bay {bay + 1} is taken for another {free_from[bay] - now:.1f} s")
    free_from[bay] = now + BAY_SECONDS
    return bay + 1


def bay_for(tracking: str) -> int:
    """Book a bay; when it is taken, try another."""
    for attempt in range(1, TRIES + 1):
        try:
            return book_bay()
        except BayTaken:
            logger.error("parcel %s got no bay at attempt %d\n%s", tracking, attempt, traceback.format_exc().strip())
    return 0  # the yard


async def ship(request: Request) -> JSONResponse:
    """Hand a parcel over: 201 with the tracking number."""
    parcel = await request.json()
    stops, cents = cheapest_route((parcel["lat"], parcel["lon"]), parcel["grams"] / 1000)
    tracking = f"WK{uuid.uuid4().hex[:10].upper()}"
    bay = bay_for(tracking)
    logger.info(
        "parcel %s leaves for %s from bay %d",
        tracking,
        stops[0],
        bay,
        extra={"shop.parcel": tracking, "shop.depot": stops[0]},
    )
    return JSONResponse({"tracking": tracking, "cents": cents}, status_code=201)


routes = [Route("/quotes", quote), Route("/shipments", ship, methods=["POST"])]
