"""A figure: the picture, one sentence that says what it shows, and the same as a table of text."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

from .svg import escape


@dataclass(frozen=True)
class Table:
    """The text twin's table: all cells are text, already cleaned and short.

    `numeric` are the columns that are set to the right.
    """

    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    numeric: frozenset[str] = frozenset()
    note: str = ""

    @property
    def text(self) -> str:
        """The table as aligned lines."""
        lines = [self.columns, *self.rows]
        wide = [max(len(line[at]) for line in lines) for at in range(len(self.columns))]
        aligned = [
            "  ".join(
                cell.rjust(size) if name in self.numeric else cell.ljust(size)
                for cell, size, name in zip(line, wide, self.columns, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([*aligned, self.note] if self.note else aligned)

    @property
    def html(self) -> str:
        """The table as HTML."""
        head = "".join(f'<th scope="col"{self._align(name)}>{escape(name)}</th>' for name in self.columns)
        body = "".join(f"<tr>{self._cells(row)}</tr>" for row in self.rows)
        note = f"<p>{escape(self.note)}</p>" if self.note else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{note}"

    def _cells(self, row: tuple[str, ...]) -> str:
        pairs = zip(row, self.columns, strict=True)
        return "".join(f"<td{self._align(name)}>{escape(cell)}</td>" for cell, name in pairs)

    def _align(self, name: str) -> str:
        # The first column says by dots how deep a row is: broken into lines it would not.
        whole = ";white-space:nowrap" if name == self.columns[0] else ""
        return f' style="text-align:{"right" if name in self.numeric else "left"}{whole}"'


@dataclass(frozen=True, repr=False)
class Figure:
    """A static figure with its text twin.

    A notebook shows it as an image with alt text, the finding under it and the table folded away; a terminal, a screen
    reader or a diff gets `.text`. The image is a data URL and not inline SVG, because JupyterLab hides inline SVG in a
    notebook that is not trusted yet, and because nothing inside an image can run.
    """

    title: str
    finding: str
    svg: str
    table: Table

    @property
    def alt(self) -> str:
        """What a screen reader says in place of the picture."""
        return f"{self.title}. {self.finding}"

    @property
    def text(self) -> str:
        """The twin as plain text: title, finding, table."""
        return f"{self.title}\n{self.finding}\n\n{self.table.text}"

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        picture = base64.b64encode(self.svg.encode()).decode()
        # border: formgrader's page draws a red line around every picture, and a figure is not a mistake.
        return (
            f'<img src="data:image/svg+xml;base64,{picture}" alt="{escape(self.alt)}" '
            'style="max-width:100%;height:auto;display:block;border:0">'
            f"<p>{escape(self.finding)}</p>"
            # nbgrader's page takes the triangle away that says "this opens"; list-item brings it back.
            '<details><summary style="display:list-item;cursor:pointer">The same as text</summary>'
            f"{self.table.html}</details>"
        )
