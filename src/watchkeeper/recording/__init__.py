"""`Recording`: a name, or a path, and what the shop said in that time as data frames."""

from .recording import Recording

__all__ = ["Recording"]
