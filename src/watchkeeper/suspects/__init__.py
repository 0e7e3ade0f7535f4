"""Where to look first: services and edges that differ from a healthy baseline, with evidence."""

from ..errors import SuspectError
from .ranking import rank, sentence, split

__all__ = ["SuspectError", "rank", "sentence", "split"]
