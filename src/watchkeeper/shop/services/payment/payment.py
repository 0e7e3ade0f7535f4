"""payment: charges a card and gives a signed receipt."""

from __future__ import annotations

import hashlib
import logging
import uuid

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

VERSION = "1.8.0"
logger = logging.getLogger("shop.payment")
SIGNING_KEY = b"the shop's own, and worth nothing outside it"
ROUNDS = 60_000


def is_card_number(number: str) -> bool:
    """Luhn: with every second digit from the right doubled, the sum of all digits must divide by ten."""
    if not number.isdigit() or len(number) < 13:
        return False
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[0::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def signature(charge_id: str, cents: int, currency: str) -> str:
    """Slow on purpose (PBKDF2), so that a receipt can't be guessed."""
    text = f"{charge_id} {cents} {currency}".encode()
    return hashlib.pbkdf2_hmac("sha256", text, SIGNING_KEY, ROUNDS).hex()


async def charge(request: Request) -> JSONResponse:
    """Charge an amount in hundredths of a currency; 402 if that is not a card number."""
    order = await request.json()
    if not is_card_number(order["card"]):
        logger.warning("card ending in %s refused", order["card"][-4:])
        return JSONResponse({"error": "card refused"}, status_code=402)
    charge_id = str(uuid.uuid4())
    receipt = await run_in_threadpool(signature, charge_id, order["cents"], order["currency"])
    logger.debug("receipt %s… signed in %d rounds", receipt[:8], ROUNDS)
    logger.info(
        "charged %d %s to the card ending in %s",
        order["cents"],
        order["currency"],
        order["card"][-4:],
        extra={"shop.currency": order["currency"], "shop.charge": charge_id},
    )
    return JSONResponse({"charge": charge_id, "receipt": receipt}, status_code=201)


routes = [Route("/charges", charge, methods=["POST"])]
