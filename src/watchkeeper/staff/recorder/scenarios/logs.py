"""The recordings that module 4 reads: what the services wrote down."""

from __future__ import annotations

from watchkeeper.shop.roster import Setup
from watchkeeper.staff.recorder.scenarios.base import Private, Scenario, Step


def _quiet_shop(seed: int) -> Setup:
    return Setup(versions={"shipping": "1.2.2"} if seed % 2 else {"discounts": "1.1.1"})


def _quiet_deploys(seed: int) -> list[Step]:
    bystander = (("payment", "1.8.1"), ("ads", "1.6.1"))[seed % 2]
    return [Step(0.35, "deploy", *bystander), Step(0.45, "deploy", "currency", "1.2.0")]


def _quiet_told(seed: int) -> Private:
    who, where = (
        ("astrid.lindqvist@example.org, an invented person", "shipping's line about the gate")
        if seed % 2
        else ("Tomasz Wilk, +44 1632 960417, an invented person", "discounts' line about a campaign's terms")
    )
    return Private(
        "nothing: currency 1.2.0 writes DEBUG lines and warnings that mean nothing",
        "none",
        "none",
        f"durations and answers stay what they were; only the log grows. One kind of line names a person: {who}, in "
        f"{where}",
        "nothing; one person's data are where they should not be",
        "the volume of currency's log, its warnings, the lines that say that there were no errors, and the errors of "
        "shipping that are tried again with success",
        None,
    )


def _thursday_deploys(seed: int) -> list[Step]:
    both = [("shipping", "1.4.0"), ("currency", "1.3.0")]
    first, second = both if seed % 2 else both[::-1]
    return [Step(0.3, "deploy", *first), Step(0.36, "deploy", *second)]


def _thursday_told(seed: int) -> Private:
    return Private(
        "currency 1.3.0 reads rates with a decimal comma, and goes on without them",
        "currency",
        "Decimal('11,4630') raises InvalidOperation; `except Exception` takes 1 as the rate: amounts in SEK, NOK and "
        "DKK stay those in USD",
        "in every trace with a conversion to SEK or DKK a span of currency fails with InvalidOperation under a page "
        "that is 200, and no record says so; its INFO lines give the same number for both currencies",
        "prices and charges of every shopper in SEK or DKK: a tenth or a seventh of what they should be",
        "shipping 1.4.0: loud errors with stack traces, and every parcel gets its bay at a later attempt",
        1 if seed % 2 else 0,
    )


def _basket_deploys(seed: int) -> list[Step]:
    bystander = (("payment", "1.8.1"), ("frontend", "2.4.1"))[seed % 2]
    return [Step(0.22, "deploy", "cart", "3.2.0"), Step(0.3, "deploy", *bystander)]


def _friday_shop(seed: int) -> Setup:
    return Setup(versions={"checkout": "2.2.0"})


def _friday_deploys(seed: int) -> list[Step]:
    bystander = (("shipping", "1.2.1"), ("frontend", "2.4.1"))[seed % 2]
    return [Step(0.2, "deploy", "email", "1.1.0"), Step(0.42, "deploy", *bystander)]


SCENARIOS = [
    Scenario(
        "chatty-rates",
        "quiet-sunday",
        "A quiet Sunday",
        "The bill for the log store doubled after Sunday's deploys, and somebody searched it for errors and found "
        "many. Is anything wrong for customers? And what is in there that should not be?",
        _quiet_deploys,
        _quiet_told,
        setup=_quiet_shop,
        seconds=115.0,
    ),
    Scenario(
        "swallowed-rates",
        "thursday-morning",
        "Thursday morning",
        "A few shoppers thank us for prices that cannot be right. The log shows many errors that morning, and the "
        "team behind them says that every parcel left.",
        _thursday_deploys,
        _thursday_told,
        seconds=120.0,
        rate=6.0,
    ),
    Scenario(
        "lost-additions",
        "basket-complaint",
        "The baskets' complaint",
        "Shoppers write that things they had put aside were gone from their cart, not always and not all. No page "
        "failed, no alarm rang, no service logged an error about it.",
        _basket_deploys,
        Private(
            "cart 3.2.0 keeps carts in memory and exchanges them with the database over and over",
            "cart",
            "read, write, read back without a lock: what is added while a copy is being written is replaced by what "
            "was written",
            "the log says 'added … now n items', and the next 'cart of' the same shopper says fewer, without an order "
            "in between; the trace of GET /cart asks catalog for fewer ids; no span fails",
            "share of carts that hold what was put into them",
            "the other deploy, a few seconds later, and shipping's errors about bays, which are tried again",
            0,
        ),
        seconds=125.0,
        rate=8.0,
    ),
    Scenario(
        "rationed-mail",
        "friday-evening",
        "Friday evening",
        "From some moment on checkout logged errors, more and more of them: orders not confirmed to the shopper. "
        "Every order was taken, every page came. One service had been deployed just before.",
        _friday_deploys,
        Private(
            "email 1.1.0 sends ten mails a minute, fewer than there are orders",
            "email",
            "a pause of 6 s after each mail: the queue in the outbox grows, each mail is later than the one before",
            "email's warning 'relay takes 10 mails a minute' comes first, about 45 s before the first error; "
            "shop.outbox.waiting grows from its deploy on; the gap from the PRODUCER span to the linked CONSUMER trace "
            "grows, and late orders have none; checkout's errors carry the trace of the order and only echo it",
            "time until the shopper has the confirmation",
            "checkout, which logs all the errors, and the deploy just before the first of them",
            0,
        ),
        setup=_friday_shop,
        seconds=155.0,
        rate=6.0,
    ),
]
