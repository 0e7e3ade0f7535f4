"""The JSON values of a telemetry file, plain or gzip: one per line, several on a line, or one over many lines.

Source: the OTLP File Exporter specification, which wants one object per line; other tools write one indented object, or
an array. Every reader here takes `problems`. With None, the first error raises `OtlpError`. With a list, errors are
appended to it and reading continues. What can be read but can't be true (a span that ends before it starts) is a
`TelemetryWarning` instead, or is appended to the list too.
"""

from __future__ import annotations

import gc
import gzip
import io
import json
import math
import re
import warnings
import zlib
from bisect import bisect
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..errors import OtlpError, TelemetryWarning
from . import foreign

# A Collector's batch is a line of a few megabytes. Anything larger than this is a mistake or an attack.
MAX_LINE_BYTES = 256 * 2**20
MAX_FILE_BYTES = 4 * 2**30

Problems = list[OtlpError] | None
# What may be between two values; files that were joined on Windows have byte order marks inside.
_BETWEEN = re.compile(r"[\s\ufeff]*")
# After a fault, reading goes on at the next line that begins like an object; the lines inside of one are indented. The
# object may be an array's, so commas and the closing bracket are passed over.
_NEXT = re.compile(r"^\{", re.M)
_AFTER_A_FAULT = re.compile(r"[\s\ufeff,\]]*")
_HALF_PAIR = re.compile(r"\\ud", re.I)
# The first letters of true, false, null, a number or an escaped character, when a text ends there.
_HALF_WORD = re.compile(r"[-+.\\\w]{1,6}")
_DECODER = json.JSONDecoder()
_ALIKE = len('{"resource')


class Reporter:
    """Raises or collects errors, and adds the file and the line to each."""

    def __init__(self, path: Path, problems: Problems) -> None:
        self.path, self.problems, self.line = path, problems, 0
        self._told: Counter[str] = Counter()
        self.marks: list[tuple[int, int]] = []  # (first row, line) of each part of the file

    def __call__(self, text: str) -> None:
        error = OtlpError(text, self.path, self.line)
        if self.problems is None:
            raise error
        self.problems.append(error)

    def once(self, text: str) -> None:
        """Report what may be wrong with every line of a file: only the first time; `ended` reports the others."""
        self._told[text] += 1
        if self._told[text] == 1:
            self(text)

    def ended(self) -> None:
        """Report how often `once` was given the same text again, without a line."""
        self.line = 0
        for text, times in self._told.items():
            if times > 1:
                self(f"{times - 1:,} more of these: {text}")
        self._told.clear()

    def mark(self, row: int) -> None:
        """Remember that the rows from this one on come from the current line."""
        self.marks.append((row, self.line))

    def note(self, text: str, row: int) -> None:
        """Something that can't be true but could be read: collected with the line of that row, or else a warning."""
        line = self.marks[bisect(self.marks, (row, math.inf)) - 1][1] if self.marks else 0
        note = OtlpError(text, self.path, line)
        if self.problems is None:
            warnings.warn(str(note), TelemetryWarning, stacklevel=4)
        else:
            self.problems.append(note)


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


def json_values(report: Reporter, is_known: Callable[[bytes], bool] = lambda line: False) -> Iterator[Any]:
    """Each JSON value of the file; `report.line` is the line that it begins in. Passes over lines that are known."""
    lines = _lines(report)
    for line in lines:
        if is_known(line):
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            if not line.isspace():
                yield from _not_one_per_line(line, lines, report)
        else:
            yield without_surrogates(value) if b"\\ud" in line or b"\\uD" in line else value
    report.ended()


def _lines(report: Reporter) -> Generator[bytes, None, None]:
    """The lines of the file, with their number in `report.line`. Reports a file that isn't text: it has no lines."""
    total = number = 0
    with opened(report.path) as file:
        while True:
            number += 1
            report.line = number
            try:
                if number == 1 and (named := foreign.by_first_bytes(file.peek(512), str(report.path))):
                    report.line = 0
                    report(named)
                    return
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
            yield line


def opened(path: Path) -> gzip.GzipFile | io.BufferedReader:
    """The file for reading, unpacked if it is gzip."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise OtlpError(f"cannot be read ({error.strerror}); look at the spelling and the folder", path) from None
    # The file's name may be wrong about compression; its first two bytes are not.
    return gzip.GzipFile(fileobj=file) if file.peek(2)[:2] == b"\x1f\x8b" else file


def _not_one_per_line(line: bytes, lines: Generator[bytes, None, None], report: Reporter) -> Iterator[Any]:
    """The values of a line that holds several, or the beginning of one that goes on in the lines after it."""
    text, number, at, between = _decoded(line, report), report.line, 0, _BETWEEN
    counted = 0  # up to where `number` has counted the text's lines
    joined = False  # whether the text is everything up to the end of the file
    while (at := between.match(text, at).end()) < len(text):  # type: ignore[union-attr]
        number, counted = number + text.count("\n", counted, at), at
        report.line = number
        try:
            if text[at] not in "{[":  # `2026-11-29 started` begins with a number, but isn't JSON
                raise json.JSONDecodeError("", text, at)
            value, end = _DECODER.raw_decode(text, at)
        except json.JSONDecodeError as error:
            cut = _is_cut(error, text, at)
            after = b"" if joined or not cut else _next_line(lines)
            if after and _goes_on(text[at:], after):
                rest = _rest(after, lines, number, report)
                if not rest:
                    lines.close()
                    return
                text, joined, at, counted = text[at:] + rest, True, 0, 0
                continue
            report.line = number
            if after:
                report("the line ends in the middle: the writer was stopped, and went on in a new line")
                text, number, at, counted = _decoded(after, report), number + 1, 0, 0
                continue
            if cut:
                report(_torn(error, text, at))
            else:
                report.once(_not_json(error, text, at))
        except (ValueError, RecursionError):
            report("nested too deeply or with a number too long to be telemetry")
        else:
            yield without_surrogates(value) if _HALF_PAIR.search(text, at, end) else value
            at = end
            continue
        found = _NEXT.search(text, at + 1)
        at, between = found.start() if found else len(text), _AFTER_A_FAULT


def _decoded(line: bytes, report: Reporter) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        report.once("the line is not UTF-8 text")
        return ""


def _next_line(lines: Iterator[bytes]) -> bytes:
    """The next line that is not blank, and the blank ones before it. Empty at the end of the file."""
    text = b""
    for line in lines:
        text += line
        if not line.isspace():
            return text
    return b""


def _goes_on(text: str, after: bytes) -> bool:
    """Whether text that ends in the middle of a value may go on with this line."""
    if len(text) > _ALIKE and after.startswith(text[:_ALIKE].encode()):
        return False  # it begins like the text, so it is the next of a file's lines
    both = text + after.decode(errors="replace")
    try:
        _DECODER.raw_decode(both)
    except json.JSONDecodeError as error:
        return _is_cut(error, both, 0)
    except (ValueError, RecursionError):
        return False
    return True


def _rest(after: bytes, lines: Iterator[bytes], begin: int, report: Reporter) -> str:
    parts, size = [after], len(after)
    for line in lines:
        parts.append(line)
        size += len(line)
        if size > MAX_LINE_BYTES:
            report.line = begin
            report(f"one object of more than {MAX_LINE_BYTES >> 20} MiB over several lines; " + foreign.ONE_PER_LINE)
            return ""
    return _decoded(b"".join(parts), report)


def _is_cut(error: json.JSONDecodeError, text: str, at: int) -> bool:
    """Whether an object or array that begins at `at` is only wrong because the text ends too early."""
    rest = text[error.pos :].rstrip()
    at_the_end = not rest or error.msg.startswith("Unterminated string") or bool(_HALF_WORD.fullmatch(rest))
    return text[at] in "{[" and error.pos > at and at_the_end


def _torn(error: json.JSONDecodeError, text: str, at: int) -> str:
    where = f"in line {error.lineno} of it" if "\n" in text[at : error.pos] else f"column {error.colno}"
    return f"the last line ends in the middle ({where}): the writer was stopped, or the copy is not whole"


def _not_json(error: json.JSONDecodeError, text: str, at: int) -> str:
    if text[at] not in "{[":
        return "not JSON: the line is text, not an object"
    where = f"column {error.colno}" + (f" of line {error.lineno} from here" if "\n" in text[at : error.pos] else "")
    return f"not JSON ({error.msg} at {where})"


def without_surrogates(value: Any) -> Any:
    """The value without half surrogate pairs, which are legal in JSON but raise an error when printed."""
    return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace"))
