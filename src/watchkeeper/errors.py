"""What can go wrong for a user, each with one sentence: what happened, where, what to do next.

    WatchkeeperError
    ├── OtlpError          a file is not the OTLP JSON Lines it should be (knows its file and line)
    ├── RecordingError     a recording cannot be found, or is not whole
    └── TraceError         spans that a question about traces cannot be asked of

Other rooms derive theirs from `WatchkeeperError` too: whoever catches that catches them all.
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


class RecordingError(WatchkeeperError):
    """A recording that cannot be found, or whose files do not agree with its card."""


class TraceError(WatchkeeperError):
    """Spans, or a span's id, that a question about traces cannot be asked of."""
