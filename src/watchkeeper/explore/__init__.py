"""Controls around the figures of `plot`: `traces(recording)` picks a trace and draws it."""

from .explorer import TraceExplorer, traces

__all__ = ["TraceExplorer", "traces"]
