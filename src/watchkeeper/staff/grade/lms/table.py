"""CSV files of other programs: whatever encoding, separator and decimal mark they have, and the same for the answer."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from watchkeeper.staff.errors import LmsError
from watchkeeper.staff.grade.lms.base import Table

BOM = "\ufeff"  # without it, Excel reads a CSV file in the encoding of the computer's language
MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SEPARATORS = ",;\t|"
COMMA, POINT = re.compile(r"-?\d+,\d+\s?%?"), re.compile(r"-?\d+\.\d+\s?%?")
NUMBER = re.compile(r"[+-]?\d+([.,]\d+)*\s?%?|-")  # "-" alone is how Moodle writes "no grade"
# What a spreadsheet may take for the beginning of a formula, also behind a separator of another language's CSV files.
FORMULA = re.compile(r"(?:^|(?<=[,;|\t\r\n]))(?=\s*[=+\-@\uff1d\uff0b\uff0d\uff20])|^(?=[\t\r\n])")


def read(path: Path) -> Table:
    """A gradebook export as cells. Raises LmsError."""
    try:
        text, mark = _decoded(path.read_bytes())
        separator, text = _separator(text)
        lines = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if any(row)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise LmsError(f"{path} can't be read as a CSV file ({error}). Export it again, as UTF-8.") from None
    if not lines:
        raise LmsError(f"{path} is empty. Export the gradebook again.")
    header, width = lines[0], len(lines[0])
    for number, row in enumerate(lines[1:], 2):
        if any(row[width:]):
            raise LmsError(
                f"{path} has more cells in row {number} than titles in its first row, so it is not clear which column "
                "is which. Export the gradebook again."
            )
    rows = [(row + [""] * width)[:width] for row in lines[1:]]
    cells = [cell.strip() for row in rows for cell in row]
    comma = any(map(COMMA.fullmatch, cells)) and not any(map(POINT.fullmatch, cells))
    return Table(header, rows, separator, "\r\n" if "\r\n" in text else "\n", mark, comma)


def _decoded(data: bytes) -> tuple[str, str]:
    """The text, and the byte order mark that a file like it should have."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding), BOM
    if zeros := [place % 2 for place, byte in enumerate(data[:1000]) if byte == 0]:  # UTF-8 has none
        return data.decode("utf-16-le" if sum(zeros) * 2 > len(zeros) else "utf-16-be"), BOM
    return data.decode("utf-8"), ""


def _separator(text: str) -> tuple[str, str]:
    """What separates the cells, and the text without Excel's line that says so: the most columns, the same in all."""
    if said := re.match(r"sep=(.)\r?\n", text, re.IGNORECASE):
        return said[1], text[said.end() :]
    found = {}
    for each in SEPARATORS:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=each) if any(row)][:50]
        widths = {len(row) for row in rows}
        found[each] = (len(widths) == 1 and widths != {1}, len(rows[0]) if rows else 0)
    return max(SEPARATORS, key=found.__getitem__), text


def defused(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula.

    >>> defused("=1+1"), defused(" @x"), defused("-3.5"), defused("Ada"), defused("a;=1+1")
    ("'=1+1", "' @x", '-3.5', 'Ada', "a;'=1+1")
    """
    return cell if NUMBER.fullmatch(cell) else FORMULA.sub("'", cell)


def written(lines: Iterable[Sequence[str]], like: Table) -> tuple[str, list[str]]:
    """These cells as a CSV file that is written like a table, and the cells that had to be defused."""
    out, changed = io.StringIO(newline=""), list[str]()
    writer = csv.writer(out, delimiter=like.separator, lineterminator=like.newline)
    for line in lines:
        safe = [defused(cell) for cell in line]
        changed += [cell for was, cell in zip(line, safe, strict=True) if was != cell]
        writer.writerow(safe)
    return like.mark + out.getvalue(), changed
