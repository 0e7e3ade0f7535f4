"""What can go wrong when durations are summed up."""

from __future__ import annotations

from ..errors import WatchkeeperError


class LatencyError(WatchkeeperError):
    """Durations, histograms or metric points that a question about latency cannot be asked of."""
