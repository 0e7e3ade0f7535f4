"""OTLP JSON Lines in, flat tables out, and back.

`read_spans`, `read_logs` and `read_metrics` load any OTLP JSON Lines file, ours or a Collector's, plain or gzip, and
give every attribute its stable name; the `write_…` functions write such a frame as a file again.
"""

from .lines import signal_of
from .spans import read_spans

__all__ = ["read_spans", "signal_of"]
