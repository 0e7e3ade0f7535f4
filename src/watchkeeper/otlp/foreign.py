"""Names the formats that the readers here don't read, and says what to do with each."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ..words import clean

ONE_PER_LINE = "write one object per line, for example with jq -c . FILE"

# A Collector that packs its messages one by one writes the length of each, 4 bytes, before it.
_LENGTH = 4
_ZSTD = b"\x28\xb5\x2f\xfd"
# Files packed by a program, by their first bytes: its name, and the command that unpacks them and removes the original.
_PACKED = {
    _ZSTD: ("zstd", "zstd -d --rm"),
    b"\xfd7zXZ\x00": ("xz", "xz -d"),
    b"BZh": ("bzip2", "bunzip2"),
    b"\x04\x22\x4d\x18": ("lz4", "lz4 -d --rm"),
    b"PK\x03\x04": ("zip", "unzip"),
    b"7z\xbc\xaf\x27\x1c": ("7-Zip", "7z x"),
}
_BINARY = {
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"Obj\x01": "an Avro file",
    b"SQLite format 3": "an SQLite database",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"%PDF": "a PDF document",
}
_UTF_16 = (
    "iconv -f UTF-16 -t UTF-8 {file} > utf-8.json "
    "(in PowerShell: Get-Content {file} | Set-Content utf-8.json -Encoding utf8)"
)
_AS_JSON = "set `format: json` in the Collector's file exporter, without `compression`, and record again"


def by_first_bytes(head: bytes, path: str) -> str:
    """What a file is if it isn't JSON, and what to do with it, by its first bytes; "" for anything that may be JSON.

    >>> by_first_bytes(b"<!DOCTYPE html><p>Sign in", "traces.json")
    'a web page, not telemetry: the download gave a page instead (a login or an error?); open the file to see which'
    """
    file = shlex.quote(path)
    for magic, (packer, command) in _PACKED.items():
        if head.startswith(magic):
            return f"packed with {packer}, which Watchkeeper doesn't read; unpack it first: {command} {file}"
    if head[_LENGTH:].startswith(_ZSTD):
        return (
            "a Collector packed each message in it with zstd separately, which `zstd -d` can't unpack; record again "
            "without `compression` in the file exporter (or with its feature gate exporter.file.nativeCompression)"
        )
    if head.startswith(b"\x1f\x8b"):
        return f"packed with gzip twice; unpack it once: gzip -d {file}"
    if head[257:262] == b"ustar":
        return f"a tar archive; unpack it first: tar -xf {file}"
    if what := next((what for magic, what in _BINARY.items() if head.startswith(magic)), ""):
        return f"{what}, not OTLP JSON; export the telemetry as OTLP JSON"
    if head.startswith((b"\xff\xfe", b"\xfe\xff", b"{\0", b"\0{", b"[\0", b"\0[", b"\0\0\0{", b"\0\0\0[")):
        return f"text in UTF-16 or UTF-32, as PowerShell's > writes it; make it UTF-8: {_UTF_16.format(file=file)}"
    # A protobuf export begins with its field 1, a list of resources: the byte 0x0a and a length.
    if head[_LENGTH : _LENGTH + 1] == b"\n" and head[:1] == b"\0":
        return f"protobuf, one message after another, not JSON; {_AS_JSON}"
    if b"\0" in head or (head.startswith(b"\n") and _CONTROL.search(head)):
        return f"binary data (protobuf?), not JSON; {_AS_JSON}"
    return _by_first_words(head.lstrip().lower())


_CONTROL = re.compile(rb"[\x01-\x08\x0e-\x1f]")


def _by_first_words(head: bytes) -> str:
    if head.startswith((b"<!doctype html", b"<html", b"<head")):
        return (
            "a web page, not telemetry: the download gave a page instead (a login or an error?); "
            "open the file to see which"
        )
    if head.startswith(b"<"):
        return "XML, not OTLP JSON; export the telemetry as OTLP JSON"
    if head.startswith((b"# help ", b"# type ")):
        return (
            "metrics in Prometheus' text format, not OTLP JSON; let a Collector with a prometheus receiver and a "
            "file exporter record them"
        )
    return ""


@dataclass(frozen=True)
class Shape:
    """A format told by the keys of one of its objects: all of `keys`, and one of `any_of` if there are some."""

    keys: frozenset[str]
    any_of: frozenset[str]
    text: str

    def fits(self, item: dict[str, Any]) -> bool:
        """Whether an object has these keys."""
        return self.keys <= item.keys() and (not self.any_of or not self.any_of.isdisjoint(item))


def _shape(keys: str, any_of: str, text: str) -> Shape:
    return Shape(frozenset(keys.split()), frozenset(any_of.split()), text)


_PROFILES = "profiles, a signal that Watchkeeper doesn't read"
_ZIPKIN = (
    "Zipkin's spans; convert them with a Collector that has a zipkin receiver and a file exporter: "
    "curl -H 'Content-Type: application/json' -d @FILE http://localhost:9411/api/{version}/spans"
)
_CHROME = "events of Chrome's tracing (or Perfetto's), which have no trace ids; export OTLP instead"
_CONSOLE = "what the {} prints; use the OTLP exporter instead, and a Collector's file exporter"
_FOUND = "a list of traces that Tempo found, without their spans; get each trace by its id: /api/traces/ID"
_BARE = "spans or records without the resource around them; export whole resourceSpans, resourceLogs or resourceMetrics"
_SHAPES = (
    _shape("resourceProfiles", "", _PROFILES),
    _shape("resource_profiles", "", _PROFILES),
    _shape("traceId id", "annotations binaryAnnotations", _ZIPKIN.format(version="v1")),
    _shape("traceId id", "", _ZIPKIN.format(version="v2")),
    _shape("traceEvents", "", _CHROME),
    _shape("ph ts", "", _CHROME),
    _shape("SpanContext", "", _CONSOLE.format("Go SDK's stdouttrace")),
    _shape("context start_time", "", _CONSOLE.format("Python SDK's console exporter")),
    _shape("observed_timestamp body", "", _CONSOLE.format("Python SDK's console exporter")),
    _shape("traceID", "rootTraceName spanSets spanSet", _FOUND),
    _shape("traceId operationName", "", "spans of Jaeger's gRPC API; get them from its HTTP API: /api/traces/ID"),
    _shape("traceId traceGroup", "", "spans of Data Prepper (OpenSearch); export OTLP from the Collector before it"),
    _shape(
        "resultType result", "", "an answer of Prometheus or Loki, not OTLP; record with a Collector's file exporter"
    ),
    _shape("traceId spanId", "", _BARE),
    _shape("trace_id span_id", "", _BARE),
)


def shape(item: dict[str, Any]) -> Shape | None:
    """The format of an object that isn't OTLP's or Jaeger's, if it is known."""
    return next((known for known in _SHAPES if known.fits(item)), None)


def describe(value: Any) -> str:
    """What a JSON value is that holds neither OTLP nor Jaeger's traces, and what to do with it."""
    for item in _objects(value):
        if found := shape(item):
            return found.text
    what = f"a JSON {type(value).__name__}" if not isinstance(value, dict) else "an object"
    inside = next(_objects(value), {})
    keys = f" with {', '.join(clean(key, 30) for key in list(inside)[:3])}" if inside else ""
    return f"{what}{keys}: neither OTLP (resourceSpans, resourceLogs, resourceMetrics) nor Jaeger's traces"


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """The value if it is an object, then objects inside of it: the first of each list, three levels down."""
    level = [value] if isinstance(value, (dict, list)) else []
    for _ in range(4):
        yield from (item for item in level if isinstance(item, dict))
        inner = [one for item in level for one in (item.values() if isinstance(item, dict) else item[:1])]
        level = [one for one in inner if isinstance(one, (dict, list))][:100]


def api_error(value: Any) -> str:
    """The sentence for an API's answer that says that something went wrong, as Jaeger's, Tempo's and Loki's do; or "".

    >>> api_error({"data": None, "errors": [{"code": 404, "msg": "trace not found"}]})
    'the answer of an API that reports an error, "trace not found" (404); ask for the data again'
    """
    if not isinstance(value, dict):
        return ""
    errors = value.get("errors") or value.get("error")
    error = errors[0] if isinstance(errors, list) and errors else errors
    if isinstance(error, dict):
        text = next((error[key] for key in ("msg", "message", "error") if error.get(key)), "no message")
        code = next((error[key] for key in ("httpCode", "code", "grpcCode") if error.get(key)), "")
    else:
        text, code = error, value.get("errorType", "")
    if not isinstance(text, str) or not text:
        return ""
    said = f'"{clean(text, 200)}"' + (f" ({clean(code, 30)})" if code else "")
    return f"the answer of an API that reports an error, {said}; ask for the data again"
