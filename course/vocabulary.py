"""What questions of several lessons are answered in."""

from watchkeeper.staff.author.writing import Number

MS = Number("ms", within=0.01)

SERVICES = (
    "frontend",
    "catalog",
    "currency",
    "cart",
    "recommendation",
    "ads",
    "discounts",
    "checkout",
    "payment",
    "shipping",
    "email",
    "loadgenerator",
)
