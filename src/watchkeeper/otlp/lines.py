"""The lines of an OTLP JSON Lines file, plain or gzip, each parsed into one object.

Source: the OTLP File Exporter specification. Every reader here takes `problems`. With None, the first error raises
`OtlpError`. With a list, errors are appended to it and reading continues.
"""

from __future__ import annotations

import gc
import gzip
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ..errors import OtlpError
from .signals import BY_KEY, Signal

# A Collector's batch is a line of a few megabytes. Anything larger than this is a mistake or an attack.
MAX_LINE_BYTES = 256 * 2**20
MAX_FILE_BYTES = 4 * 2**30

Problems = list[OtlpError] | None


class Reporter:
    """Raises or collects errors, and adds the file and the line to each."""

    def __init__(self, path: Path, problems: Problems) -> None:
        self.path, self.problems, self.line = path, problems, 0

    def __call__(self, text: str) -> None:
        error = OtlpError(text, self.path, self.line)
        if self.problems is None:
            raise error
        self.problems.append(error)


@contextmanager
def gc_paused() -> Iterator[None]:
    """Pause the cyclic garbage collector: a parsed file has millions of live objects without any cycle."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def batches(report: Reporter, signal: Signal) -> Iterator[list[Any]]:
    """The list of resources in each line of the file."""
    for line in _lines(report):
        record = _parse(line, report)
        if record is None:
            continue
        batch = record.get(signal.key)
        if isinstance(batch, list):
            yield batch
        elif batch is not None:
            report(f"{signal.key} is not a list")
        elif record:
            report(_wrong_signal(record, signal))


def signal_of(path: str | Path) -> str:
    """Which signal the first readable line of a file holds: "traces", "logs" or "metrics"."""
    report = Reporter(Path(path), [])
    for line in _lines(report):
        for key in _parse(line, report) or ():
            if key in BY_KEY:
                return BY_KEY[key].name
    first = report.problems[0] if report.problems else None
    raise first or OtlpError("no line holds resourceSpans, resourceLogs or resourceMetrics, so it is not OTLP", path)


def _lines(report: Reporter) -> Iterator[bytes]:
    total = 0
    with opened(report.path) as file:
        while True:
            report.line += 1
            try:
                line = file.readline(MAX_LINE_BYTES + 1)
            except (EOFError, zlib.error, OSError) as error:
                report(f"the gzip data end or break here ({error}); the copy is not whole, fetch the file again")
                return
            total += len(line)
            if not line:
                return
            if len(line) > MAX_LINE_BYTES or total > MAX_FILE_BYTES:
                report(f"more than {MAX_LINE_BYTES >> 20} MiB in a line, or {MAX_FILE_BYTES >> 30} GiB in all: stopped")
                return
            if not line.isspace():
                yield line


def opened(path: Path) -> IO[bytes]:
    """The file for reading, unpacked if it is gzip."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise OtlpError(f"cannot be read ({error.strerror}); look at the spelling and the folder", path) from None
    # The file's name may be wrong about compression; its first two bytes are not.
    magic = file.read(2)
    file.seek(0)
    return gzip.GzipFile(fileobj=file) if magic == b"\x1f\x8b" else file  # type: ignore[return-value]


def _parse(line: bytes, report: Reporter) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except UnicodeDecodeError:
        report("the line is not UTF-8 text")
    except json.JSONDecodeError as error:
        torn = not line.endswith(b"\n")
        report(
            _torn(error) if torn else f"not JSON ({error.msg} at column {error.colno}); a line holds one whole object"
        )
    except (ValueError, RecursionError):
        report("nested too deeply or with a number too long to be telemetry")
    else:
        if isinstance(record, dict):
            return without_surrogates(record) if b"\\ud" in line or b"\\uD" in line else record
        report(f"a JSON {type(record).__name__}, not an object with {', '.join(BY_KEY)}")
    return None


def _torn(error: json.JSONDecodeError) -> str:
    return f"the last line ends in the middle (column {error.colno}): the writer was stopped, or the copy is not whole"


def without_surrogates(record: dict[str, Any]) -> dict[str, Any]:
    """The record without half surrogate pairs, which are legal in JSON but raise an error when printed."""
    return json.loads(json.dumps(record, ensure_ascii=False).encode("utf-8", "replace"))  # type: ignore[no-any-return]


def _wrong_signal(record: dict[str, Any], signal: Signal) -> str:
    found = next((other.name for key, other in BY_KEY.items() if key in record), None)
    if found:
        return f"holds {found}, not {signal.name}; open it as {found}"
    keys = ", ".join(str(name)[:30] for name in list(record)[:3])
    return f"an object with {keys}, and OTLP {signal.name} need {signal.key}"
