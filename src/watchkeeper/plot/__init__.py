"""Static figures, each with a text twin: the waterfall of a trace, shares of the critical path, durations over time.

A `Figure` shows itself in a notebook; `.alt`, `.finding` and `.text` say the same in words, `.svg` is the picture.
"""

from .durations import durations
from .figure import Figure
from .shares import path_shares
from .waterfall import waterfall

__all__ = ["Figure", "durations", "path_shares", "waterfall"]
