"""Prints tables in which nothing is cut: what tells two rows apart is often at the end of a name."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Sequence

from rich.cells import cell_len

GAP = "  "


def text(headings: Sequence[str], rows: Sequence[Sequence[str]], columns: int | None = None) -> str:
    """A table as text, one line per row; in fewer `columns` than that needs, one paragraph per row.

    >>> print(text(("lesson", "points"), [("first-watch", "8")]))
    lesson       points
    -----------  ------
    first-watch  8
    >>> print(text(("lesson", "points", "cells"), [("first-watch", "8", "40")], columns=20))
    first-watch
      points 8, cells 40
    """
    widths = [max(map(cell_len, column)) for column in zip(headings, *rows, strict=True)]
    if columns is not None and sum(widths) + len(GAP) * (len(widths) - 1) > columns:
        return "\n".join(_paragraph(headings, row, columns) for row in rows)
    lines = [headings, ["-" * width for width in widths], *rows]
    return "\n".join(
        GAP.join(cell + " " * (width - cell_len(cell)) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def show(headings: Sequence[str], rows: Sequence[Sequence[str]], title: str = "") -> None:
    """Print a table as wide as it must be, or as paragraphs in a terminal that is too narrow."""
    columns = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    if title:
        print(f"{title}:")
    print(text(headings, rows, columns))


def _paragraph(headings: Sequence[str], row: Sequence[str], columns: int) -> str:
    rest = ", ".join(f"{heading} {cell}" for heading, cell in zip(headings[1:], row[1:], strict=True))
    filled = textwrap.fill(rest, max(columns, 20), initial_indent=GAP, subsequent_indent=GAP, break_long_words=False)
    return f"{row[0]}\n{filled}"
