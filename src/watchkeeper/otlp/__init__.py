"""Reads OTLP JSON Lines into flat tables, and writes such tables back.

`read_spans`, `read_logs` and `read_metrics` load any OTLP JSON Lines file, ours or a Collector's, plain or gzip, and
give every attribute its stable name. The `write_…` functions write such a frame to a file. The first error raises
`OtlpError` with file and line; `problems=[]` collects errors instead and keeps the readable rest. `read_jaeger` does
the same for the traces of a Jaeger JSON export, and `read_traces` for either format. `SIGNALS` lists all signals.
"""

from .jaeger import is_jaeger, read_jaeger, read_traces
from .lines import signal_of
from .logs import read_logs
from .metrics import NO_RECORDED_VALUE, read_metrics
from .severity import LEVELS, severity_of
from .signals import LOGS, METRICS, SIGNALS, TRACES, Signal
from .spans import read_spans
from .write import write_logs, write_metrics, write_spans

__all__ = [
    "LEVELS",
    "LOGS",
    "METRICS",
    "NO_RECORDED_VALUE",
    "SIGNALS",
    "TRACES",
    "Signal",
    "is_jaeger",
    "read_jaeger",
    "read_logs",
    "read_metrics",
    "read_spans",
    "read_traces",
    "severity_of",
    "signal_of",
    "write_logs",
    "write_metrics",
    "write_spans",
]
