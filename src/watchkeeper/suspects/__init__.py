"""Where to look first: services and edges that differ from a healthy baseline, with evidence."""

from .ranking import SuspectError, rank, sentence, split

__all__ = ["SuspectError", "rank", "sentence", "split"]
