"""payment: charges a card and gives a signed receipt."""

from __future__ import annotations

import hashlib
import logging
import uuid

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

VERSION = "1.9.0"
logger = logging.getLogger("shop.payment")
SIGNING_KEY = b"the shop's own, and worth nothing outside it"
ROUNDS = 60_000
# Digits behind the point (ISO 4217): the new acquirer wants amounts written out.
DIGITS = {"EUR": 2, "USD": 2, "GBP": 2, "SEK": 2, "NOK": 2, "CHF": 2, "CAD": 2, "AUD": 2, "JPY": 0}


def is_card_number(number: str) -> bool:
    """The check digit fits (Luhn: every second digit from the right doubled, the digits' sum divides by ten)."""
    if not number.isdigit() or len(number) < 13:
        return False
    digits = [int(digit) for digit in reversed(number)]
    return sum(digits[0::2] + [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]) % 10 == 0


def written_out(cents: int, currency: str) -> str:
    """The amount as the acquirer reads it: `89.00 USD`."""
    return f"{cents / 100:.{DIGITS[currency]}f} {currency}"


def signature(charge_id: str, cents: int, currency: str) -> str:
    """Slow on purpose (PBKDF2), so that a receipt can't be guessed."""
    text = f"{charge_id} {cents} {currency}".encode()
    return hashlib.pbkdf2_hmac("sha256", text, SIGNING_KEY, ROUNDS).hex()


async def charge(request: Request) -> JSONResponse:
    """Charge an amount in hundredths of a currency; 402 when the card is no card."""
    order = await request.json()
    if not is_card_number(order["card"]):
        logger.warning("card ending in %s refused", order["card"][-4:])
        return JSONResponse({"error": "card refused"}, status_code=402)
    charge_id = str(uuid.uuid4())
    amount = written_out(order["cents"], order["currency"])
    receipt = await run_in_threadpool(signature, charge_id, order["cents"], order["currency"])
    logger.debug("receipt %s… signed in %d rounds", receipt[:8], ROUNDS)
    logger.info(
        "charged %s to the card ending in %s",
        amount,
        order["card"][-4:],
        extra={"shop.currency": order["currency"], "shop.charge": charge_id},
    )
    return JSONResponse({"charge": charge_id, "receipt": receipt}, status_code=201)


routes = [Route("/charges", charge, methods=["POST"])]
