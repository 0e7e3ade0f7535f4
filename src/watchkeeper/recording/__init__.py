"""`Recording`: a name, or a path, and what the shop said in that time as data frames. `Library`: a folder of them."""

from .library import Library
from .recording import Recording

__all__ = ["Library", "Recording"]
