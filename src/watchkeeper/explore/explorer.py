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
from .controls import buttons, row

ORDERS = ("slowest first", "around the median")
WITHOUT_FRONT_END = "(Choosing another trace needs a running notebook; this is the one that was chosen.)"


def traces(recording: Recording, path: bool = True) -> TraceExplorer:
    """Controls to choose a route and one of its traces by number, and the waterfall of the chosen one.

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
        self.route = buttons(self._routes())
        self.order = buttons(ORDERS)
        self.number = widgets.BoundedIntText(min=1, layout=widgets.Layout(width="80px"))
        self.about = widgets.Label()
        self.path = buttons([("off", False), ("on", True)])
        self.path.value = path
        self._list_requests()
        for control in (self.route, self.order):
            control.observe(self._list_requests, "value")
        for control in (self.number, self.path):
            control.observe(self._draw, "value")
        rows = [("Route", self.route), ("Order", self.order), ("Trace", self.number, self.about)]
        rows += [("Path", self.path)] if path else []
        self.controls = widgets.VBox([row(*one) for one in rows])

    @property
    def trace_id(self) -> str:
        """The id of the chosen trace."""
        return str(self._request.trace_id)

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
        return [(f"{clean(name, 60) or '(no route)'} ({count:,})", str(name)) for name, count in counts.items()]

    def _list_requests(self, _change: Any = None) -> None:
        """Put the route's traces in the chosen order and choose the first."""
        chosen = self._requests[self._requests["route"] == self.route.value]
        self._listed = slowest(chosen) if self.order.value == ORDERS[0] else around_the_median(chosen)
        self.number.value, self.number.max = 1, len(self._listed)
        self._draw()

    @property
    def _request(self) -> Any:
        return self._listed.iloc[self.number.value - 1]

    def _draw(self, _change: Any = None) -> None:
        self.about.value = self._words()
        if self._shown:
            self._shown.update(self.figure)

    def _words(self) -> str:
        request = self._request
        after = (request.start_ns - self._requests["start_ns"].min()) / 1e9
        failed = ", failed" if request.status == "ERROR" else ""
        listed = f"of {len(self._listed):,}: {ms(request.duration_ms)} ms, {request.spans:,} spans"
        return f"{listed}, {after:,.1f} s after the first request{failed}"


def slowest(requests: pd.DataFrame) -> pd.DataFrame:
    """The requests, the slowest first."""
    return requests.sort_values(["duration_ms", "trace_id"], ascending=[False, True])


def around_the_median(requests: pd.DataFrame) -> pd.DataFrame:
    """The requests, those nearest to the median duration first."""
    distance = (requests["duration_ms"] - requests["duration_ms"].median()).abs()
    order = pd.DataFrame({"distance": distance, "trace_id": requests["trace_id"]}).sort_values(["distance", "trace_id"])
    return requests.loc[order.index]
