"""Static figures, each with a text twin: `Figure.svg`, `.alt`, `.text`."""

from .figure import Figure
from .waterfall import waterfall

__all__ = ["Figure", "waterfall"]
