"""What the JSON values of a file hold: OTLP and Jaeger's traces, alone, in an array or in an envelope.

Tempo, Grafana and Jaeger wrap what they export: `{"batches": […]}`, `{"trace": {…}}`, `{"result": {…}}`, `{"data": …}`.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..errors import OtlpError
from . import foreign, values
from .lines import Reporter, json_values, opened
from .signals import BY_KEY, SIGNALS, TRACES, Signal

JAEGER = "jaeger"
Piece = tuple[str, Any]  # (a signal's key, its list of resources) or (JAEGER, a trace)

# The keys of the signals by their two forms: {"resourceSpans": "resourceSpans", "resource_spans": "resourceSpans", …}
_KEYS = {form: key for key in BY_KEY for form in (key, values.snake_case(key))}
# One resource alone, as in Tempo's "batches", is told by its scopes.
_SCOPES = {
    form: signal.key
    for signal in SIGNALS
    for name in (signal.scopes, signal.old_scopes)
    for form in (name, values.snake_case(name))
}
# Where telemetry would be in an answer that has none.
_EMPTY = ("data", "batches", "traces", "trace", "result", "spans")
# Objects and arrays around the telemetry. {"hits": {"hits": [{"_source": {…}}]}}, a search in Elasticsearch, has five.
_DEPTH = 6
_BEGIN = re.compile(rb'\s*\{\s*"(?:%s)"\s*:' % "|".join(_KEYS).encode())
_FIELD = re.compile(rb'"(?:resource_?(?:spans|logs|metrics)|(?:trace|span)_?id|SpanContext)"\s*:', re.I)
_HEAD_BYTES = 2**16
_NOT_TEXT = re.compile(rb"[\0-\x08\x0e-\x1a]")
_PATIENCE = 1000
_QUOTED = {f'"{form}"'.encode(): BY_KEY[key].name for form, key in _KEYS.items()}


def contents(report: Reporter, signal: Signal, *wanted: str) -> Iterator[Piece]:
    """The pieces of a file that belong to a signal; those of other signals are passed over.

    `wanted` are the forms that the caller reads: the signal's key, JAEGER. Reports a file that holds only other things.
    """
    found, others = False, set()
    for value in json_values(report):
        if type(value) is dict and len(value) == 1 and type(batch := value.get(signal.key)) is list:
            pieces: Iterator[Piece] = iter([(signal.key, batch)])
        else:
            pieces = _pieces(value, report)
        for form, content in pieces:
            if form not in wanted:
                others.add(form)
                continue
            found = True
            if isinstance(content, (list, dict) if form == JAEGER else list):
                yield form, content
            elif content is not None:
                report(f"{form} is not a list")
    if others and not found:
        report(_other(signal, others))


class _Scout(Reporter):
    """Collects errors, and gives up on a file that begins with many and no telemetry, such as a long text."""

    def __init__(self, path: Path, found: set[str]) -> None:
        super().__init__(path, [])
        self.found, self.faults = found, 0

    def once(self, text: str) -> None:
        super().once(text)
        self.faults += 1
        if self.faults > _PATIENCE and not self.found:
            raise OtlpError(text, self.path, 1)


def signals_in(path: str | Path) -> tuple[set[str], list[OtlpError]]:
    """(the names of the signals that a file holds, what is wrong with it). Reads the whole file, but parses little."""
    found: set[str] = set()
    report = _Scout(Path(path), found)

    def is_known(line: bytes) -> bool:
        # A line may hold several signals, so one that begins with a known one is only passed over if it has no other.
        new = (quoted for quoted, name in _QUOTED.items() if name not in found)
        return bool(_BEGIN.match(line)) and not any(quoted in line for quoted in new)

    try:
        for value in json_values(report, is_known):
            found |= {"traces" if form == JAEGER else BY_KEY[form].name for form, _ in _pieces(value, report)}
    except OtlpError as error:
        return found, [error]
    return found, report.problems or []


def has_telemetry_fields(path: str | Path) -> bool | None:
    """Whether the beginning of a file has fields of telemetry, even if it can't be parsed; None if it is not text.

    A packed or damaged file is not text, but UTF-16 is.
    """
    try:
        with opened(Path(path)) as file:
            head = file.read(_HEAD_BYTES)
    except (OtlpError, OSError, EOFError, zlib.error):
        return None
    if _FIELD.search(head.replace(b"\0", b"")):
        return True
    return None if _NOT_TEXT.search(head) else False


def _pieces(value: Any, report: Reporter) -> Iterator[Piece]:
    """All telemetry in a JSON value. Reports a value that has none."""
    found = False
    for piece in _walk(value, report, 0):
        found = True
        yield piece
    if said := foreign.api_error(value):
        report(said)
    elif not found and not _is_empty(value):
        report.once(foreign.describe(value))


def _walk(value: Any, report: Reporter, depth: int) -> Iterator[Piece]:
    if isinstance(value, dict):
        if keys := [key for key in value if key in _KEYS]:
            for key in keys:
                yield _KEYS[key], value[key] if key in BY_KEY else values.camel_case(value[key])
            for key in value if depth < _DEPTH else ():
                if key in keys:
                    continue
                if shape := foreign.shape({key: value[key]}):
                    report.once(f"left out: {shape.text}")
                yield from _walk(value[key], report, depth + 1)
        elif scopes := next((key for key in value if key in _SCOPES), None):
            yield _SCOPES[scopes], [value]
        elif "spans" in value and ("processes" in value or "traceID" in value):
            yield JAEGER, value
        elif "spanID" in value and "operationName" in value:  # one span, as Jaeger keeps it in Elasticsearch
            yield JAEGER, {"spans": [value]}
        elif depth < _DEPTH:
            for inner in value.values():
                yield from _walk(inner, report, depth + 1)
    elif isinstance(value, list) and depth < _DEPTH:
        without = []
        for item in value:
            found = False
            for piece in _walk(item, report, depth + 1):
                found = True
                yield piece
            if not found and item not in ({}, []):
                without.append(item)
        if 0 < len(without) < len(value):
            what = foreign.describe(without[0])
            report.once(f"{len(without):,} of {len(value):,} items of an array are left out: {what}")


def _is_empty(value: Any) -> bool:
    if isinstance(value, list):
        return all(item in ({}, []) for item in value)
    return isinstance(value, dict) and (
        not value or any(key in value and value[key] in (None, [], {}) for key in _EMPTY)
    )


def _other(signal: Signal, forms: set[str]) -> str:
    if signal is TRACES and forms <= {JAEGER, TRACES.key}:
        return f"holds traces in {'Jaeger' if JAEGER in forms else 'OTLP'} JSON; read_traces reads either form"
    found = sorted({TRACES if form == JAEGER else BY_KEY[form] for form in forms}, key=SIGNALS.index)
    names, readers = (" and ".join(one) for one in ([s.name for s in found], [s.reader for s in found]))
    return f"holds {names}, not {signal.name}; read that with {readers}, or open the file with Recording.open"
