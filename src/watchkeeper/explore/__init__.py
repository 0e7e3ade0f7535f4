"""Controls around what `plot` draws: `traces(recording)`, `latency(recording)` and `logs(recording)`."""

from .explorer import TraceExplorer, traces
from .latency import LatencyExplorer, latency
from .logs import LogExplorer, logs

__all__ = ["LatencyExplorer", "LogExplorer", "TraceExplorer", "latency", "logs", "traces"]
