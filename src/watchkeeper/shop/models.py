"""The tables: one family of models per database. Services don't share tables; the outbox is the exception."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class CatalogTables(DeclarativeBase):
    """The database `catalog`."""


class CartTables(DeclarativeBase):
    """The database `cart`."""


class DiscountTables(DeclarativeBase):
    """The database `discounts`."""


class OrderTables(DeclarativeBase):
    """The database `checkout`: orders, and the outbox that the email worker reads."""


class Product(CatalogTables):
    __tablename__ = "products"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str]
    picture: Mapped[str]
    keywords: Mapped[str]
    cents: Mapped[int]
    grams: Mapped[int]

    def as_dict(self) -> dict[str, Any]:
        return {column.name: getattr(self, column.name) for column in self.__table__.columns}


class CartLine(CartTables):
    __tablename__ = "lines"

    shopper: Mapped[str] = mapped_column(primary_key=True)
    product_id: Mapped[str] = mapped_column(primary_key=True)
    quantity: Mapped[int]


class Influencer(DiscountTables):
    __tablename__ = "influencers"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]


class DiscountType(DiscountTables):
    __tablename__ = "types"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    percent: Mapped[int]
    influencer_id: Mapped[int] = mapped_column(ForeignKey("influencers.id"))
    influencer: Mapped[Influencer] = relationship()


class Discount(DiscountTables):
    __tablename__ = "discounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    value: Mapped[int]
    type_id: Mapped[int] = mapped_column(ForeignKey("types.id"))
    type: Mapped[DiscountType] = relationship()


class Order(OrderTables):
    __tablename__ = "orders"

    id: Mapped[str] = mapped_column(primary_key=True)
    shopper: Mapped[str]
    email: Mapped[str]
    currency: Mapped[str]
    total_cents: Mapped[int]
    receipt: Mapped[str]
    tracking: Mapped[str]


class OutboxRow(OrderTables):
    """A message that must go out if, and only if, the order was stored: both are written in one transaction."""

    __tablename__ = "outbox"

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[str]
    traceparent: Mapped[str]
    sent_ns: Mapped[int | None] = mapped_column(index=True)


DATABASES: dict[str, type[DeclarativeBase]] = {
    "catalog": CatalogTables,
    "cart": CartTables,
    "discounts": DiscountTables,
    "checkout": OrderTables,
}
