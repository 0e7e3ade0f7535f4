"""Joins stack traces that a collector cut into lines."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from .columns import need

_TRACEBACK = re.compile(r"(?:Exception Group )?Traceback \(most recent call last\):")
# Java, JavaScript, .NET, Go: lines that follow the one that names the exception.
_FURTHER = re.compile(r"Caused by: |Suppressed: |During handling of the above exc|The above exception was|goroutine \d")


def join_lines(records: pd.DataFrame | Iterable[str]) -> pd.DataFrame:
    """Join each record with those that continue it: the first record's columns, the bodies joined by line breaks.

    A line continues the previous one if it is indented or empty, if it begins like another part of a stack trace
    ("Caused by: …"), or if it is inside a Python traceback: its first line, and the line after the indented ones, which
    names the exception. Lines are read in their order, separately for each service and host, so that interleaved
    writers are kept apart. Two requests of the same writer are not. For a list of text lines, the frame has only the
    column body. Adds `lines`, the number of joined lines, and keeps the index of the first line.

    >>> lines = ["ERROR oops", "Traceback (most recent call last):", "  File", "KeyError: 1", "next"]
    >>> join_lines(lines)["lines"].tolist()
    [4, 1]
    """
    if not isinstance(records, pd.DataFrame):
        records = pd.DataFrame({"body": pd.Series(list(records), dtype=object)})
    frame = records
    need(frame, ["body"])
    writer = _writers(frame)
    heads: list[int] = []
    parts: dict[int, list[str]] = {}
    last: dict[int, int] = {}
    inside: dict[int, bool] = {}
    for row, (who, body) in enumerate(zip(writer, frame["body"], strict=True)):
        head = last.get(who)
        within = inside.get(who, False)
        if head is None or not (isinstance(body, str) and _continues(body, within)):
            head = last[who] = row
            heads.append(row)
            parts[row] = []
        inside[who] = isinstance(body, str) and _goes_on(body, within)
        parts[head].append(body)
    joined = frame.take(heads).copy()
    bodies = [parts[head][0] if len(parts[head]) == 1 else "\n".join(map(str, parts[head])) for head in heads]
    joined["body"] = pd.Series(bodies, index=joined.index, dtype=object)
    return joined.assign(lines=[len(parts[head]) for head in heads])


def _writers(frame: pd.DataFrame) -> list[int]:
    columns = [name for name in ("service", "host") if name in frame.columns]
    return frame.groupby(columns, sort=False, dropna=False).ngroup().tolist() if columns else [0] * len(frame)


def _continues(body: str, within: bool) -> bool:
    return not body.strip() or body[0].isspace() or within or bool(_TRACEBACK.match(body) or _FURTHER.match(body))


def _goes_on(body: str, within: bool) -> bool:
    """Whether a Python traceback continues after this line. It ends with the line that names the exception."""
    if _TRACEBACK.search(body):
        # A whole traceback in one body includes its last line.
        lines = body.strip().splitlines()
        return bool(_TRACEBACK.search(lines[-1])) or lines[-1][0].isspace()
    return within and (not body.strip() or body[0].isspace())
