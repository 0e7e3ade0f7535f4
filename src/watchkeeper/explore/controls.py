"""What all explorers are made of: buttons, fields, and outputs next to them that follow.

JupyterLab takes the arrow keys and letters from lists and drop-downs for its own shortcuts (x cuts the cell), but
leaves number and text fields and buttons alone: so these are what a keyboard can use.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from ..words import clean

ALL = ""


def buttons(options: Any) -> widgets.ToggleButtons:
    """One of several, as buttons."""
    return widgets.ToggleButtons(options=options, style={"button_width": "auto"})


def row(label: str, *controls: widgets.Widget) -> widgets.HBox:
    """Controls behind their label; the labels are aligned."""
    return widgets.HBox([widgets.Label(label, layout=widgets.Layout(width="60px", flex="0 0 auto")), *controls])


def choices(values: pd.Series, everything: str) -> list[tuple[str, str]]:
    """The values with how often each occurs, the most frequent first, behind one for all of them (value "")."""
    counts = values.value_counts()
    named = [(f"{clean(name, 60) or '(none)'} ({count:,})", str(name)) for name, count in counts.items()]
    return [(f"{everything} ({len(values):,})", ALL), *(choice for choice in named if choice[1] != ALL)]


class Window:
    """Two number fields for a stretch of time, in seconds; start and end may be swapped."""

    def __init__(self, seconds: float) -> None:
        longest = max(round(seconds + 0.05, 1), 0.1)
        layout = widgets.Layout(width="90px")
        self.begin = widgets.BoundedFloatText(0.0, min=0.0, max=longest, step=1.0, layout=layout)
        self.end = widgets.BoundedFloatText(longest, min=0.0, max=longest, step=1.0, layout=layout)
        self.row = row("Seconds", self.begin, widgets.Label("to"), self.end)

    def inside(self, seconds: pd.Series) -> pd.Series:
        """Which of the times are in it, both ends included."""
        first, last = sorted((self.begin.value, self.end.value))
        return seconds.between(first, last)


class Explorer:
    """Controls, and next to them their outputs, redrawn at each change.

    A page without a running notebook (nbgrader's feedback, a printed lesson) leaves out a widget and everything inside
    it, and must still show what was chosen last.
    """

    controls: widgets.VBox
    static = "(Choosing needs a running notebook; this is what was chosen.)"

    def outputs(self) -> list[Any]:
        """What to show for the present choice; always as many."""
        raise NotImplementedError

    def watch(self, controls: Iterable[widgets.Widget]) -> None:
        """Redraw when one of these changes."""
        self._shown: list[Any] = []
        for control in controls:
            control.observe(self._draw, "value")

    def _ipython_display_(self) -> None:
        bundle = self.controls._repr_mimebundle_()
        display({**bundle, "text/plain": self.static}, raw=True)
        self._shown = [display(output, display_id=True) for output in self.outputs()]

    def _draw(self, _change: Any = None) -> None:
        if self._shown:
            for shown, output in zip(self._shown, self.outputs(), strict=True):
                shown.update(output)
