"""What can go wrong when a promise is measured."""

from __future__ import annotations

from ..errors import WatchkeeperError


class SloError(WatchkeeperError):
    """A series, an objective or a rule that a question about service levels cannot be asked of."""
