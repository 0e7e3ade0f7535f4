"""Pick a trace of a recording and see its waterfall.

The controls are ipywidgets; the figure is an output of its own beside them. A page without a running notebook
(nbgrader's feedback, a printed lesson) leaves out a widget and all that is inside it, and must still show the figure.
"""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import pandas as pd
from IPython.display import display

from ..errors import TraceError
from ..plot import Figure, waterfall
from ..plot.svg import clean, ms
from ..recording import Recording

LISTED = 100
ORDERS = ("slowest first", "around the median")
WITHOUT_FRONT_END = "(Choosing another trace needs a running notebook; this is the one that was chosen.)"


def traces(recording: Recording, path: bool = True) -> TraceExplorer:
    """Controls to choose a route and one of its traces, and the waterfall of the chosen one.

    `path=True` adds a switch for the critical path; `path=False` leaves it off for good, for a notebook that asks where
    it runs. Let it be the last line of a cell, or keep it and read `.trace_id` and `.figure`.
    """
    return TraceExplorer(recording, path)


class TraceExplorer:
    """What `traces` returns. `.trace_id` is the chosen trace, `.figure` its waterfall; a notebook shows both."""

    def __init__(self, recording: Recording, path: bool = True) -> None:
        self._recording, self._requests, self._shown = recording, recording.traces(), None
        if self._requests.empty:
            raise TraceError(f'recording "{recording.name}" has no traces to explore; open another one')
        wide = widgets.Layout(width="100%", max_width="820px")
        label = {"description_width": "70px"}
        self.route = widgets.Dropdown(options=self._routes(), description="Route", layout=wide, style=label)
        self.order = widgets.ToggleButtons(options=ORDERS, description="Order", style=label)
        self.request = widgets.Select(rows=6, description="Trace", layout=wide, style=label)
        self.path = widgets.ToggleButtons(options=[("off", False), ("on", True)], description="Path", style=label)
        self.path.value = path
        self._list_requests()
        for control in (self.route, self.order):
            control.observe(self._list_requests, "value")
        for control in (self.request, self.path):
            control.observe(self._draw, "value")
        self.controls = widgets.VBox([self.route, self.order, self.request, *([self.path] if path else [])])

    @property
    def trace_id(self) -> str:
        """The id of the chosen trace."""
        return str(self.request.value)

    @property
    def figure(self) -> Figure:
        """The waterfall of the chosen trace, with the critical path if that is switched on."""
        return waterfall(self._recording.trace(self.trace_id), path=self.path.value)

    def __repr__(self) -> str:
        return f'<explorer of "{self._recording.name}", at trace {self.trace_id}>'

    def _ipython_display_(self) -> None:
        bundle = self.controls._repr_mimebundle_()
        display({**bundle, "text/plain": WITHOUT_FRONT_END}, raw=True)
        self._shown = display(self.figure, display_id=True)

    def _routes(self) -> list[tuple[str, str]]:
        """Routes with their number of traces, the busiest first."""
        counts = self._requests["route"].value_counts()
        return [(f"{clean(name, 80) or '(no route)'}: {count:,} traces", str(name)) for name, count in counts.items()]

    def _list_requests(self, _change: Any = None) -> None:
        """Offer the route's traces in the chosen order; the first becomes the chosen one."""
        chosen = self._requests[self._requests["route"] == self.route.value]
        chosen = slowest(chosen) if self.order.value == ORDERS[0] else around_the_median(chosen)
        zero = self._requests["start_ns"].min()
        self.request.options = [(_label(row, zero), row.trace_id) for row in chosen.itertuples()]
        self.request.index = 0

    def _draw(self, _change: Any = None) -> None:
        if self._shown and self.request.value is not None:
            self._shown.update(self.figure)


def slowest(requests: pd.DataFrame) -> pd.DataFrame:
    """The hundred slowest requests, the slowest first."""
    return requests.sort_values(["duration_ms", "trace_id"], ascending=[False, True]).head(LISTED)


def around_the_median(requests: pd.DataFrame) -> pd.DataFrame:
    """The hundred requests nearest to the median duration, the nearest first."""
    distance = (requests["duration_ms"] - requests["duration_ms"].median()).abs()
    order = pd.DataFrame({"distance": distance, "trace_id": requests["trace_id"]}).sort_values(["distance", "trace_id"])
    return requests.loc[order.index].head(LISTED)


def _label(row: Any, zero: int) -> str:
    failed = ", failed" if row.status == "ERROR" else ""
    after = (row.start_ns - zero) / 1e9
    trace = clean(row.trace_id)[:8]
    return f"{ms(row.duration_ms)} ms, {row.spans:,} spans, {after:,.1f} s after the first{failed} ({trace})"
