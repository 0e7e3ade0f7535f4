"""A notebook that pages may show: nothing in it runs, loads or posts anything in a reader's browser.

nbgrader's pages (formgrader's and feedback's) put markdown, raw cells, HTML outputs, mime bundles and some metadata
into the page as they are, and formgrader's page can write to the gradebook. So nothing is stored in `autograded/`
that such a page could not show.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from html import escape
from typing import Any, cast

from watchkeeper.staff.grade.sanitize.html import PICTURES, cleaned, is_clean_markdown, markup, rendered
from watchkeeper.staff.grade.sanitize.text import CUT, LONGEST, cut, plain_text
from watchkeeper.staff.notebooks import CellDict, CellMetadata, Marks, NotebookDict, by_grade_id, source_of

_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*")
_WORD = re.compile(r"[\w.+-]{1,64}")
_NAME = re.compile(r"[\w.+ ()-]{1,128}")
_MARKS: dict[str, type | tuple[type, ...]] = {
    "cell_type": str,
    "checksum": str,
    "grade": bool,
    "grade_id": str,
    "locked": bool,
    "points": (int, float),
    "schema_version": int,
    "solution": bool,
    "task": bool,
}
LEFT_OUT = "(An output was left out here: a page can't show it.)"
TOO_MANY = "(More outputs were left out here: a page can't show that many.)"
AS_TEXT = "*Shown as plain text, because it has something that a page must not run or load:*"
MOST_SHOWN = 10_000
SHORT = 1_000  # characters of an output that always has room
FIRST = 5  # outputs of a cell that always have room
MOST_LINES = 500  # of a traceback
MOST_ATTACHED = 10_000_000  # characters of the pictures attached to one cell, each counted as often as it is shown
# Code is colored on pages, and the time for that grows with the square of a cell's length: "a.a.a..." takes 300 s for
# 200,000 characters. The longest cell of the course has 1,100.
MOST_COLORED = 5_000
MOST_COLORED_IN_ALL = 60_000
LONGEST_CODE = 200_000  # characters of a cell that a page shows


def safe(notebook: Mapping[str, Any], ours: Collection[str] = ()) -> NotebookDict:
    """A copy of an nbformat 4 notebook (plain data) that any of nbgrader's pages may show.

    Answers and verdicts stay readable: markdown that would render to anything not allowed is shown as its own text.
    `ours` are texts that the course itself wrote; they are not changed. A cell or an output that can't be cleaned is
    replaced by a sentence that says so.
    """
    cells = [cell for cell in notebook.get("cells", []) if isinstance(cell, Mapping)]
    room = Room()
    kept = [_cell(cell, room, ours) for cell in cells]
    taken = by_grade_id(kept)
    for cell in kept:
        source = source_of(cell)
        if cell["cell_type"] == "markdown" and source not in ours and _takes_an_id(source, taken):
            cell["source"] = as_text(source)
    return {
        "cells": kept,
        "metadata": _notebook_metadata(notebook.get("metadata")),
        "nbformat": 4,
        "nbformat_minor": 5 if all("id" in cell for cell in kept) else 4,
    }


def page_of(notebook: Mapping[str, Any]) -> NotebookDict:
    """`safe`, and code that would take long to color is marked as plain text, in the way that nbconvert reads."""
    page = safe(notebook)
    left = MOST_COLORED_IN_ALL
    for cell in page["cells"]:
        if cell["cell_type"] == "code":
            source = source_of(cell)
            cell["source"] = cut(source, LONGEST_CODE)
            if len(source) > min(left, MOST_COLORED):
                cell["metadata"]["magics_language"] = "text"
            else:
                left -= len(source)
    return page


def markdown(source: str) -> str:
    """Markdown that renders to nothing that runs or loads: as it is, or else as a block of its own text."""
    return source if is_clean_markdown(source) else as_text(source)


def as_text(source: str) -> str:
    """Markdown that shows a text literally, whatever it holds."""
    source = source.replace("\r", "\n").replace("\0", "\N{REPLACEMENT CHARACTER}")
    source = source if len(source) <= MOST_SHOWN else f"{source[:MOST_SHOWN]}\n{CUT}"
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", source)), 3)
    shown = f"{AS_TEXT}\n\n{fence}\n{source}\n{fence}"
    return shown if is_clean_markdown(shown) else f"{AS_TEXT}\n\n<pre>{escape(' '.join(source.split()))}</pre>"


def sentence(text: str) -> str:
    """Our own sentence with an apprentice's file names in it, for a comment that pages render as markdown."""
    return " ".join(re.sub(r"[<>&\[\]()`*_$\\]", " ", text).split())[:1000]


class Room:
    """How much of one notebook is looked at, so that one notebook can't delay the whole cohort.

    `tags` and `characters` are of HTML and markdown, without pictures; `texts` are characters of plain text, and
    `outputs` is how many there may be beyond the first few of each cell, among which is a check's verdict.
    """

    def __init__(
        self, tags: int = 30_000, characters: int = 2_000_000, texts: int = 5_000_000, outputs: int = 5_000
    ) -> None:
        self.tags, self.characters, self.texts, self.outputs = tags, characters, texts, outputs

    def takes(self, text: str) -> bool:
        """Whether this HTML or markdown is looked at."""
        self.tags -= text.count("<") + text.count("[") + 10
        self.characters -= markup(text)
        return self.tags > 0 and self.characters > 0

    def text(self, text: str) -> str:
        """Plain text as far as there is room for it; a short one always has room."""
        shown = plain_text(text)
        self.texts -= len(shown)
        return shown if self.texts > 0 else cut(shown, SHORT)


def _cell(cell: Mapping[str, Any], room: Room, ours: Collection[str]) -> CellDict:
    kind, source = cell.get("cell_type"), joined(cell.get("source"))
    kept: CellDict = {"cell_type": "markdown", "metadata": _cell_metadata(cell.get("metadata")), "source": source}
    if isinstance(cell.get("id"), str) and _WORD.fullmatch(cell["id"]):
        kept["id"] = cell["id"]
    if kind == "code":
        kept["cell_type"] = "code"
        kept["execution_count"] = _count(cell.get("execution_count"))
        kept["outputs"] = _outputs(cell.get("outputs"), room)
    elif kind == "markdown":
        source = with_attachments(source, cell.get("attachments"))
        if source not in ours:
            source = markdown(source) if room.takes(source) else as_text(source)
        kept["source"] = source
    else:  # nbconvert puts raw cells into the page as they are
        kept["source"] = as_text(source)
    return kept


def with_attachments(source: str, attachments: Any) -> str:
    """Markdown with its attached pictures in the text, so that it does not refer to attachments."""
    left = MOST_ATTACHED
    for name, bundle in attachments.items() if isinstance(attachments, Mapping) and "(attachment:" in source else ():
        shown = source.count(f"(attachment:{name})")
        for mime in PICTURES if shown else ():
            data = bundle.get(mime) if isinstance(bundle, Mapping) else None
            if isinstance(data, str) and len(data) * shown <= left and _BASE64.fullmatch(data):
                source = source.replace(f"(attachment:{name})", f"(data:{mime};base64,{''.join(data.split())})")
                left -= len(data) * shown
                break
    return source


def _outputs(outputs: Any, room: Room) -> list[dict[str, Any]]:
    listed = [one for one in outputs if isinstance(one, Mapping)] if isinstance(outputs, list) else []
    kept: list[dict[str, Any]] = []
    for number, output in enumerate(listed):
        if number >= FIRST:
            room.outputs -= 1
            if room.outputs < 0:
                return [*kept, {"output_type": "stream", "name": "stdout", "text": TOO_MANY}]
        try:
            kept.append(_output(output, room))
        except Exception:  # whatever a library raises on an apprentice's output costs only that output
            kept.append({"output_type": "stream", "name": "stdout", "text": LEFT_OUT})
    return kept


def _output(output: Mapping[str, Any], room: Room) -> dict[str, Any]:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return {"output_type": "stream", "name": name, "text": room.text(joined(output.get("text")))}
    if kind == "error":
        trace = output.get("traceback")
        return {
            "output_type": "error",
            "ename": cut(plain_text(joined(output.get("ename"))), SHORT),
            "evalue": room.text(joined(output.get("evalue"))),
            "traceback": _traceback(trace if isinstance(trace, list) else [], room),
        }
    data = output.get("data")
    bundle = _bundle(data if isinstance(data, Mapping) else {}, room)
    shown: dict[str, Any] = {"output_type": "display_data", "metadata": {}, "data": bundle}
    if kind == "execute_result":
        shown |= {"output_type": "execute_result", "execution_count": _count(output.get("execution_count"))}
    return shown


def _traceback(lines: list[Any], room: Room) -> list[str]:
    """The beginning and the end of a long one, which is where its cause is."""
    if len(lines) > MOST_LINES:
        half = MOST_LINES // 2
        lines = [*lines[:half], CUT, *lines[1 - half :]]
    return [room.text(joined(line)) for line in lines]


def _bundle(data: Mapping[str, Any], room: Room) -> dict[str, str]:
    """Only text, pictures and cleaned HTML; metadata is dropped, because pages write it into tags."""
    kept = {mime: room.text(joined(data[mime])) for mime in ("text/plain", "text/latex") if mime in data}
    for mime in ("image/png", "image/jpeg"):
        if mime in data and _BASE64.fullmatch(picture := joined(data[mime])):
            kept[mime] = "".join(picture.split())
    if "image/svg+xml" in data:  # as a picture in a tag no script of it runs
        kept["text/html"] = _svg(joined(data["image/svg+xml"]), kept.get("text/plain", ""))
    page, text = joined(data.get("text/html")), joined(data.get("text/markdown"))
    if page and room.takes(page):
        try:
            shown = cleaned(page)
        except Exception:  # too large, or endless nesting
            shown = ""
        if shown.strip():
            kept["text/html"] = shown
        else:
            kept.setdefault("text/plain", LEFT_OUT)
    if text and room.takes(text) and is_clean_markdown(text):
        kept["text/markdown"] = text
    return kept or {"text/plain": LEFT_OUT}


def _svg(text: str, alt: str) -> str:
    from base64 import b64encode

    picture = b64encode(text.encode("utf-8", "replace")).decode()
    return f'<img src="data:image/svg+xml;base64,{picture}" alt="{escape(alt[:2000])}" style="border:0">'


def _takes_an_id(source: str, taken: Collection[str]) -> bool:
    """Whether a heading would get the id by which formgrader finds the field of a mark or a comment."""
    if "#" not in source and "=" not in source and "-" not in source:
        return False
    ids = set(re.findall(r'\bid="([^"]*)"', rendered(source)))
    return any(one == name or one in (f"{name}-comment", f"{name}_extra_credit") for one in ids for name in taken)


def _notebook_metadata(metadata: Any) -> dict[str, Any]:
    """Kernel and language by plain words; widgets' state, which pages write into a script, is dropped."""
    metadata = metadata if isinstance(metadata, Mapping) else {}
    kept: dict[str, Any] = {"language_info": {"name": "python"}}
    for name in ("kernelspec", "watchkeeper"):
        if isinstance(metadata.get(name), Mapping):
            kept[name] = {
                key: value
                for key, value in metadata[name].items()
                if isinstance(key, str) and isinstance(value, str) and _NAME.fullmatch(value)
            }
    if not {"name", "display_name"} <= kept.get("kernelspec", {}).keys():
        kept.pop("kernelspec", None)  # a notebook without a kernel is valid, and one with half of one is not
    return kept


def _cell_metadata(metadata: Any) -> CellMetadata:
    """nbgrader's own marks, if they are of its types; the rest, which pages write into tags, is dropped."""
    metadata = metadata if isinstance(metadata, Mapping) else {}
    kept: CellMetadata = {}
    for name in ("deletable", "editable"):
        if isinstance(metadata.get(name), bool):
            kept[name] = metadata[name]
    marks = metadata.get("nbgrader")
    if isinstance(marks, Mapping) and isinstance(marks.get("grade_id"), str) and _WORD.fullmatch(marks["grade_id"]):
        typed = {name: marks[name] for name, kind in _MARKS.items() if isinstance(marks.get(name), kind)}
        kept["nbgrader"] = cast(Marks, typed)
    return kept


def joined(text: Any) -> str:
    """nbformat's text: a string, or a list of lines; of anything else what Python calls it."""
    if isinstance(text, list):
        return "".join(line for line in text if isinstance(line, str))
    return text if isinstance(text, str) else "" if text is None else str(text)[:LONGEST]


def _count(value: Any) -> int | None:
    return value if type(value) is int and 0 <= value < 10**9 else None
