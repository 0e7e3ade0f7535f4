"""email: a worker that reads the outbox and emails the shopper, some time after the order."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from email.message import EmailMessage
from pathlib import Path

from opentelemetry import trace
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.propagate import extract
from sqlalchemy import select
from starlette.concurrency import run_in_threadpool

from watchkeeper.shop.models import Order, OutboxRow
from watchkeeper.shop.store import session

VERSION = "1.0.0"
logger = logging.getLogger("shop.email")
tracer = trace.get_tracer("shop.email")
POLL_SECONDS, REPORT_LOOKS = 1.0, 15


def waiting() -> list[tuple[int, str]]:
    """Outbox rows that have not been sent: id and traceparent. Polling leaves no spans."""
    query = select(OutboxRow.id, OutboxRow.traceparent).where(OutboxRow.sent_ns.is_(None)).order_by(OutboxRow.id)
    with suppress_instrumentation(), session() as db:
        return [(row.id, row.traceparent) for row in db.execute(query.limit(50))]


def send(row_id: int, traceparent: str) -> None:
    """Write one email, in a trace of its own that links to the order's."""
    origin = trace.get_current_span(extract({"traceparent": traceparent})).get_span_context()
    attributes = {"messaging.system": "outbox", "messaging.destination.name": "outbox"}
    with (
        tracer.start_as_current_span(
            "process outbox", kind=trace.SpanKind.CONSUMER, links=[trace.Link(origin)], attributes=attributes
        ),
        session.begin() as db,
    ):
        row = db.get_one(OutboxRow, row_id)
        order = db.get_one(Order, row.order_id)
        Path("mail").mkdir(exist_ok=True)
        Path("mail", f"{order.id}.eml").write_bytes(letter(order).as_bytes())
        row.sent_ns = time.time_ns()
        logger.info("mail for order %s sent", order.id, extra={"shop.order": order.id})


def letter(order: Order) -> EmailMessage:
    """The confirmation email."""
    mail = EmailMessage()
    mail["To"], mail["From"], mail["Subject"] = order.email, "shop@watch.example", f"Your order {order.id}"
    mail.set_content(
        f"Thank you. We charged {order.total_cents / 100:.2f} {order.currency}.\n"
        f"Your parcel is {order.tracking}.\n\nReceipt {order.receipt}\n"
    )
    return mail


async def work() -> None:
    """Poll the outbox, send what is in it, wait, poll again."""
    for look in itertools.count(1):
        rows = await run_in_threadpool(waiting)
        if rows:
            logger.info("outbox: %d waiting", len(rows), extra={"shop.outbox.waiting": len(rows)})
        for row_id, traceparent in rows:
            await run_in_threadpool(send, row_id, traceparent)
        if look % REPORT_LOOKS == 0:
            logger.info("looked into the outbox %d times, 0 errors", look)
        await asyncio.sleep(POLL_SECONDS)


routes: list[object] = []
