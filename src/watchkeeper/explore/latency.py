"""Choose requests of a recording, or one service's part in them, and see how long they took."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets
import pandas as pd

from ..errors import FigureError, TraceError
from ..plot import Figure, distribution, heat_map
from ..recording import Recording
from ..words import clean
from .controls import ALL, Explorer, Window, buttons, choices, row

WHOLE, PART = "whole requests", "one service"
PERCENTILES = [("none", 0.0), ("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)]


def latency(recording: Recording, percentiles: bool = True) -> LatencyExplorer:
    """Controls to choose requests by route, or server spans by service, and a stretch of time; how long they took.

    Shows their distribution, with a percentile if one is chosen, and their heat map over time. `percentiles=False`
    leaves percentiles out for good, for a notebook that asks for one. Let it be the last line of a cell, or keep it and
    read `.chosen` (start_ns, duration_ms) and `.figures`.
    """
    return LatencyExplorer(recording, percentiles)


class LatencyExplorer(Explorer):
    """What `latency` returns: `.chosen` are start_ns and duration_ms of what is shown, `.figures` the two figures."""

    def __init__(self, recording: Recording, percentiles: bool = True) -> None:
        self._recording, self._requests = recording, recording.traces()
        if self._requests.empty:
            raise TraceError(f'recording "{recording.name}" has no traces to explore; open another one')
        spans = recording.spans
        self._served = spans.loc[spans["kind"] == "SERVER", ["service", "start_ns", "duration_ms"]]
        self._first = int(self._requests["start_ns"].min())
        self.what = buttons([WHOLE, PART] if len(self._served) else [WHOLE])
        self.which = buttons(self._choices())
        self.window = Window((self._requests["start_ns"].max() - self._first) / 1e9)
        self.percentile = buttons(PERCENTILES)
        self.what.observe(self._list, "value")
        self.watch((self.which, self.window.begin, self.window.end, self.percentile))
        rows = [row("Of", self.what), row("Which", self.which), self.window.row]
        self.controls = widgets.VBox(rows + ([row("Mark", self.percentile)] if percentiles else []))

    @property
    def chosen(self) -> pd.DataFrame:
        """start_ns and duration_ms of the chosen requests or server spans, by start."""
        table, name = self._table()
        table = table if self.which.value == ALL else table[table[name] == self.which.value]
        inside = self.window.inside((table["start_ns"] - self._first) / 1e9)
        return table.loc[inside, ["start_ns", "duration_ms"]].sort_values("start_ns", ignore_index=True)

    @property
    def figures(self) -> tuple[Figure, Figure]:
        """The distribution and the heat map of what is chosen. TraceError when nothing is."""
        chosen, words = self.chosen, self._words()
        if chosen.empty:
            raise TraceError("nothing was chosen: no request began in that stretch of time; widen it")
        shares = [self.percentile.value] if self.percentile.value else []
        spread = distribution(chosen["duration_ms"], percentiles=shares, title=f"How long: {words}")
        return spread, heat_map(chosen, deploys=self._recording.deploys, title=f"When and how long: {words}")

    def __repr__(self) -> str:
        return f'<explorer of latency in "{self._recording.name}", at {self._words()}>'

    def outputs(self) -> list[Any]:
        """The two figures, or the sentence that nothing was chosen."""
        try:
            return list(self.figures)
        except (TraceError, FigureError) as nothing:
            return [str(nothing), ""]

    def _table(self) -> tuple[pd.DataFrame, str]:
        return (self._requests, "route") if self.what.value == WHOLE else (self._served, "service")

    def _choices(self) -> list[tuple[str, str]]:
        table, name = self._table()
        return choices(table[name], "all routes" if name == "route" else "all services")

    def _list(self, _change: Any = None) -> None:
        self.which.options = self._choices()
        self._draw()

    def _words(self) -> str:
        every = "all requests" if self.what.value == WHOLE else "all services"
        return every if self.which.value == ALL else clean(self.which.value, 60)
