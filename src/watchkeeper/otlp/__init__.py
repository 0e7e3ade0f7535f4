"""Reads OTLP JSON into flat tables, and writes such tables back as OTLP JSON Lines.

`read_spans`, `read_logs` and `read_metrics` load their signal from any file of OTLP JSON, ours, a Collector's or
Tempo's: one object per line or indented, alone or in an array or envelope, mixed with other signals, plain or gzip.
They give every attribute its stable name. The `write_…` functions write such a frame to a file. The first error raises
`OtlpError` with file and line; `problems=[]` collects errors instead and keeps the readable rest. `read_jaeger` does
the same for the traces in Jaeger's JSON, and `read_traces` for either format. `signals_in` says which signals a file
holds. `SIGNALS` lists all signals.
"""

from .contents import has_telemetry_fields, signals_in
from .durations import misplaced, repeated, timed
from .jaeger import read_jaeger, read_traces
from .logs import read_logs
from .metrics import NO_RECORDED_VALUE, read_metrics
from .nanoseconds import in_nanoseconds, nanoseconds
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
    "has_telemetry_fields",
    "in_nanoseconds",
    "misplaced",
    "nanoseconds",
    "read_jaeger",
    "read_logs",
    "read_metrics",
    "read_spans",
    "read_traces",
    "repeated",
    "severity_of",
    "signals_in",
    "timed",
    "write_logs",
    "write_metrics",
    "write_spans",
]
