"""Everything that can go wrong for a user outside `staff/`. Each message says what happened and where, then what to do.

    WatchkeeperError
    ├── OtlpError            a file is not the OTLP JSON Lines it should be (knows its file and line)
    ├── RecordingError       a recording can't be found, or its files don't agree with its card
    ├── TraceError           spans can't answer a question about traces
    ├── LatencyError         durations, histograms or points can't answer a question about latency
    ├── SloError             a series, objective or rule can't answer a question about service levels
    ├── LogError             log records, or a setting, can't answer a question about logs
    ├── SuspectError         two sets of spans can't be compared
    ├── FigureError          a figure can't be drawn from these numbers
    ├── KeyProblem           the key of a module is missing, damaged, or lacks a question
    ├── ShopError            the shop can't be started, reached or controlled
    ├── UnknownService       the shop has no such service, or no such version of it
    ├── ReleaseError         a service's releases.toml or a diff can't be used
    ├── WorkError            the folder an apprentice works in can't be found or used
    └── SubmissionError      a module can't be submitted

The staff's errors are in `watchkeeper.staff.errors` and derive from `WatchkeeperError` too, so catching that catches
everything this package raises for a user's mistake.
"""

from __future__ import annotations

from pathlib import Path


class WatchkeeperError(Exception):
    """Base of everything this package raises for a user's mistake."""


class OtlpError(WatchkeeperError):
    """A file, and where known the line in it, that is not the OTLP JSON Lines it should be.

    >>> str(OtlpError("the line ends in the middle", "traces.jsonl", 7))
    'traces.jsonl, line 7: the line ends in the middle'
    """

    def __init__(self, text: str, path: str | Path = "", line: int = 0) -> None:
        self.text, self.path, self.line = text, str(path), line
        super().__init__(text, path, line)

    def __str__(self) -> str:
        where = f"{self.path}, line {self.line}" if self.line else self.path
        return f"{where}: {self.text}" if where else self.text


class TelemetryWarning(UserWarning):
    """Something in telemetry that can't be true, or that a result leaves out. The result holds for everything else."""


class RecordingError(WatchkeeperError):
    """A recording that can't be found, or whose files don't agree with its card."""


class TraceError(WatchkeeperError):
    """Spans, or a span's id, that can't answer a question about traces."""


class LatencyError(WatchkeeperError):
    """Durations, histograms or metric points that can't answer a question about latency."""


class SloError(WatchkeeperError):
    """A series, an objective or a rule that can't answer a question about service levels."""


class LogError(WatchkeeperError):
    """Log records, or a setting, that can't answer a question about logs."""


class SuspectError(WatchkeeperError):
    """Two sets of spans that can't be compared."""


class FigureError(WatchkeeperError):
    """Numbers that a figure can't be drawn from."""


class KeyProblem(WatchkeeperError):
    """The key of a module is missing or damaged, or it lacks the question that was asked for."""


class ShopError(WatchkeeperError):
    """The shop could not be started, reached or controlled."""


class UnknownService(WatchkeeperError):
    """A service, or a version of it, that the shop does not have."""


class ReleaseError(WatchkeeperError):
    """A service's `releases.toml` or a diff that can't be used."""


class WorkError(WatchkeeperError):
    """The folder an apprentice works in can't be found, or holds something that can't be used."""


class SubmissionError(WatchkeeperError):
    """A module can't be submitted as it is; the message says what to do."""
