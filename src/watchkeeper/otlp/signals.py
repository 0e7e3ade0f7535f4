"""The signals of OTLP, and their names: in a line of a file, in a file's name, in a `Recording`.

To add a signal, add a `Signal` here, a reader, and a property of `Recording` with the name of its table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from .lines import Problems


@dataclass(frozen=True)
class Signal:
    """One kind of telemetry.

    `name` is its name in files and messages. A line of OTLP JSON holds a list `key` of resources. Each resource holds a
    list `scopes`, and each scope a list `records`. A record's time is in its field `time` ("" if only its points have
    times). `table` is the property of a `Recording`, and `reader` the function of this package that reads that table.
    """

    name: str
    key: str
    scopes: str
    records: str
    time: str
    table: str
    reader: str

    @property
    def old_scopes(self) -> str:
        """The name of the list `scopes` in what Collectors wrote before 2022."""
        return self.scopes.replace("scope", "instrumentationLibrary", 1)

    def read(self, path: str | Path, problems: Problems = None) -> pd.DataFrame:
        """The table of one file. With a list as `problems`, errors are appended to it; else the first is raised."""
        from watchkeeper import otlp  # imported here, because the readers import this module

        table: pd.DataFrame = getattr(otlp, self.reader)(path, problems)
        return table


TRACES = Signal("traces", "resourceSpans", "scopeSpans", "spans", "startTimeUnixNano", "spans", "read_traces")
LOGS = Signal("logs", "resourceLogs", "scopeLogs", "logRecords", "timeUnixNano", "logs", "read_logs")
METRICS = Signal("metrics", "resourceMetrics", "scopeMetrics", "metrics", "", "metrics", "read_metrics")

SIGNALS = (TRACES, LOGS, METRICS)
BY_KEY = {signal.key: signal for signal in SIGNALS}
