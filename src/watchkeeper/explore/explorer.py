"""Pick a trace of a recording and see its waterfall."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import pandas as pd

from ..errors import TraceError
from ..plot import Figure, waterfall
from ..recording import Recording
from ..words import clean, ms
from .controls import Explorer, buttons, row

ORDERS = ("slowest first", "around the median")


def traces(recording: Recording, path: bool = True) -> TraceExplorer:
    """Controls to choose a route and one of its traces by number, and the waterfall of the chosen one.

    `path=True` adds a switch for the critical path; `path=False` leaves it off for good, for a notebook that asks where
    it runs. Let it be the last line of a cell, or keep it and read `.trace_id` and `.figure`.
    """
    return TraceExplorer(recording, path)


class TraceExplorer(Explorer):
    """What `traces` returns. `.trace_id` is the chosen trace, `.figure` its waterfall; a notebook shows both."""

    static = "(Choosing another trace needs a running notebook; this is the one that was chosen.)"

    def __init__(self, recording: Recording, path: bool = True) -> None:
        self._recording, self._requests = recording, recording.traces()
        if self._requests.empty:
            raise TraceError(f'recording "{recording.name}" has no traces to explore; open another one')
        self.route = buttons(self._routes())
        self.order = buttons(ORDERS)
        self.number = widgets.BoundedIntText(min=1, layout=widgets.Layout(width="80px"))
        self.about = widgets.Label()
        self.path = buttons([("off", False), ("on", True)])
        self.path.value = path
        for control in (self.route, self.order):
            control.observe(self._list_requests, "value")
        self.watch((self.number, self.path))
        self._list_requests()
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

    def outputs(self) -> list[Any]:
        """The waterfall."""
        return [self.figure]

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
        super()._draw()

    def _words(self) -> str:
        request = self._request
        after = (request.start_ns - self._requests["start_ns"].min()) / 1e9
        failed = ", failed" if request.status == "ERROR" else ""
        took = f"{ms(request.duration_ms)} ms" if request.duration_ms >= 0 else "no possible duration"
        listed = f"of {len(self._listed):,}: {took}, {request.spans:,} spans"
        return f"{listed}, {after:,.1f} s after the first request{failed}"


def slowest(requests: pd.DataFrame) -> pd.DataFrame:
    """The requests, the slowest first."""
    return requests.sort_values(["duration_ms", "trace_id"], ascending=[False, True])


def around_the_median(requests: pd.DataFrame) -> pd.DataFrame:
    """The requests, those nearest to the median duration first."""
    distance = (requests["duration_ms"] - requests["duration_ms"].median()).abs()
    order = pd.DataFrame({"distance": distance, "trace_id": requests["trace_id"]}).sort_values(["distance", "trace_id"])
    return requests.loc[order.index]
