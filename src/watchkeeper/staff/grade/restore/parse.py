"""Reads the bytes of a submitted notebook as plain cells, or says why it can't. Nothing in them is trusted.

nbformat's reader is not used: it validates against a schema (which is slow, and rejects files that can be repaired),
and on a damaged file it raises whatever its converters happen to raise. Here the size, the parts and the cells of a
file are limited. Only the kind, text, ids and pictures of a cell are read, so outputs and metadata can do no harm.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from watchkeeper.staff.errors import Unreadable

FILE = 20_000_000  # bytes per notebook
CELLS = 2_000
SOURCE = 200_000  # characters per cell
PARTS = 2_000_000  # brackets and commas, which decide how much memory the parsed file takes
PICTURES = 2_000_000  # characters of base64 per cell
PICTURE_TYPES = ("image/png", "image/jpeg", "image/gif")

MARKS = (  # the longer ones first: UTF-32's mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
HEAD, TEXT_KINDS = 6, {"markdown": "markdown", "heading": "markdown", "html": "markdown", "code": "code"}


@dataclass(frozen=True)
class Cell:
    """A submitted cell. `text` is None if there is no usable text; `grade_id` and `id` are "" if unusable.

    `pictures` are a text cell's attachments: name to {mime type: base64}.
    """

    kind: str  # "code", "markdown" or "raw"
    text: str | None
    grade_id: str = ""
    id: str = ""
    pictures: Mapping[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Parsed:
    """The cells in order, and notes on what was repaired in order to read them."""

    cells: tuple[Cell, ...]
    notes: tuple[str, ...]


def parse(content: bytes) -> Parsed:
    """Read a notebook file. Whatever its bytes are, this raises Unreadable and never anything else."""
    if len(content) > FILE:
        raise Unreadable(f"it is {len(content) / 1e6:.0f} MB, more than {FILE / 1e6:.0f}: clear its outputs and save")
    notes: Counter[str] = Counter()
    data = _json(_decoded(content, notes), notes)
    found = _raw_cells(data, notes)
    if len(found) > CELLS:
        raise Unreadable(f"it has {len(found)} cells, more than {CELLS}")
    cells = tuple(_cell(one, notes) for one in found if isinstance(one, dict))
    notes["something in its list of cells was not a cell and is left out"] += len(found) - len(cells)
    said = [f"{note} ({times} times)" if times > 1 else note for note, times in notes.items() if times]
    return Parsed(cells, tuple(said))


def _decoded(content: bytes, notes: Counter[str]) -> str:
    if not content.strip(b"\0 \t\r\n"):
        raise Unreadable("the file is empty")
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return _as(content, encoding, notes)
    if content.startswith(codecs.BOM_UTF8):
        notes["the file began with a byte order mark"] += 1
        content = content[len(codecs.BOM_UTF8) :]
    elif content[:2] in (b"{\0", b"\0{"):  # a notebook begins with a brace, so this can be nothing else
        return _as(content, "utf-16-le" if content[1] == 0 else "utf-16-be", notes)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        # There is no telling which of the old encodings it was. Code is mostly ASCII, which is the same in all of them.
        notes["the file is not UTF-8: unreadable characters are replaced with \N{REPLACEMENT CHARACTER}"] += 1
        return content.decode("utf-8", "replace")


def _as(content: bytes, encoding: str, notes: Counter[str]) -> str:
    notes[f"the file was {encoding[:6].upper()} and not UTF-8"] += 1
    return content.decode(encoding, "replace")


def _json(text: str, notes: Counter[str]) -> Any:
    if sum(map(text.count, "{[,")) > PARTS:
        raise Unreadable("it has too many parts for a notebook: clear its outputs and save")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)  # of the same key the last counts, as in Jupyter
        if len(made) < len(pairs):
            notes["an entry was there twice; the last one counts"] += 1
        return made

    try:
        return json.loads(text, object_pairs_hook=unique, parse_int=_int, parse_constant=lambda _: None)
    except RecursionError:
        raise Unreadable("its parts are nested too deeply for a notebook") from None
    except (ValueError, MemoryError):
        raise Unreadable("it is not JSON, so it was damaged or not saved by Jupyter: save and submit again") from None


def _int(digits: str) -> int:
    return int(digits) if len(digits) < 19 else 0  # a version number has few digits, and no other number is used


def _raw_cells(data: Any, notes: Counter[str]) -> list[Any]:
    if not isinstance(data, dict):
        raise Unreadable(f"it is JSON but not a notebook (a {_word(data)})")
    version = data.get("nbformat")
    if isinstance(version, bool) or not isinstance(version, int | float):
        notes["it did not say its format"] += 1
        version = 4 if "cells" in data else 3
    if version >= 5:
        raise Unreadable(f"it is in notebook format {version:g}, and this reads formats up to 4: save it as format 4")
    if version < 4 and "worksheets" in data:
        notes["it was in the old notebook format 3"] += 1
        return list(_of_worksheets(data["worksheets"]))
    if not isinstance(data.get("cells"), list):
        raise Unreadable("it is JSON but not a notebook (it has no list of cells)")
    return list(data["cells"])


def _of_worksheets(sheets: Any) -> Iterator[Any]:
    for sheet in sheets if isinstance(sheets, list) else []:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        yield from cells if isinstance(cells, list) else []


def _word(data: Any) -> str:
    return {list: "list", str: "text", bool: "truth value", type(None): "null"}.get(type(data), "number")


def _cell(raw: dict[str, Any], notes: Counter[str]) -> Cell:
    kind = raw.get("cell_type")
    kind = TEXT_KINDS.get(kind, "raw") if isinstance(kind, str) else "raw"
    metadata = raw.get("metadata")
    mark = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    grade_id = mark.get("grade_id") if isinstance(mark, dict) else None
    text = _text(raw.get("source", raw.get("input") if kind == "code" else None), notes)
    if raw.get("cell_type") == "heading" and text and isinstance(level := raw.get("level", 1), int):
        text = f"{'#' * min(max(level, 1), HEAD)} {' '.join(text.splitlines())}"
    return Cell(
        kind,
        text,
        _name(grade_id, r".{1,200}"),
        _name(raw.get("id"), r"[A-Za-z0-9_-]{1,64}"),
        {} if kind == "code" else _pictures(raw.get("attachments"), notes),
    )


def _name(value: Any, pattern: str) -> str:
    return value if isinstance(value, str) and re.fullmatch(pattern, value) else ""


def _text(value: Any, notes: Counter[str]) -> str | None:
    if isinstance(value, list):
        lines = [line for line in value if isinstance(line, str)]
        notes["a cell had lines that are not text"] += len(lines) < len(value)
        value = "".join(lines)
    if not isinstance(value, str):
        notes["a cell had no text"] += 1
        return None
    if len(value) > SOURCE:
        notes[f"a cell had more than {SOURCE // 1000} kB of text and is left out"] += 1
        return None
    return clean(value)


def clean(text: str) -> str:
    """Text that can be stored anywhere: no surrogates (which UTF-8 can't encode), no NUL, lines that end in LF."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if text.isascii():
        return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return re.sub("[\0\ud800-\udfff]", "\N{REPLACEMENT CHARACTER}", text)


def _pictures(value: Any, notes: Counter[str]) -> dict[str, dict[str, str]]:
    """The attachments that are plain pictures. An SVG may contain scripts, so it is left out."""
    kept: dict[str, dict[str, str]] = {}
    room = PICTURES
    for name, forms in value.items() if isinstance(value, dict) else ():
        for mime, data in forms.items() if isinstance(forms, dict) else ():
            data = "".join(data) if isinstance(data, list) and all(isinstance(one, str) for one in data) else data
            if mime in PICTURE_TYPES and re.fullmatch(r"[\w. ()-]{1,100}", name) and _is_base64(data, room):
                kept.setdefault(name, {})[mime] = data
                room -= len(data)
            else:
                notes["an attachment that is not a plain picture, or is too large, is left out"] += 1
    return kept


def _is_base64(data: Any, room: int) -> bool:
    if not isinstance(data, str) or len(data) > room:
        return False
    try:
        return bool(base64.b64decode(data.replace("\n", ""), validate=True))
    except (binascii.Error, ValueError):
        return False
