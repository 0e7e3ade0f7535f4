"""Choose log records of a recording by service, severity, words and time, and read them page by page."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import ipywidgets as widgets
import pandas as pd

from ..errors import RecordingError
from ..logs import LEVELS, level, severity_numbers
from ..plot import Table
from ..recording import Recording
from ..words import clean, count
from .controls import ALL, Explorer, Window, buttons, choices, row

PAGE = 15  # rows that fit onto a laptop's screen, below the controls


def logs(recording: Recording) -> LogExplorer:
    """Controls to choose log records by service, least severity, words they contain and time; a page of them.

    The words are looked for literally, in upper or lower case. Let it be the last line of a cell, or keep it and read
    `.records`, the chosen rows of `recording.logs`, and `.page`.
    """
    return LogExplorer(recording)


@dataclass(frozen=True, repr=False)
class LogPage:
    """A page of records: a sentence that counts, and the table. A notebook shows it as HTML, a terminal as `.text`."""

    finding: str
    table: Table

    @property
    def text(self) -> str:
        """Sentence and table as plain text."""
        return f"{self.finding}\n\n{self.table.text}"

    def __repr__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<p>{escape(self.finding)}</p>{self.table.html}"


class LogExplorer(Explorer):
    """What `logs` returns. `.records` are the chosen rows of the recording's logs, `.page` is what is shown of them."""

    def __init__(self, recording: Recording) -> None:
        if recording.logs.empty:
            raise RecordingError(f'recording "{recording.name}" has no log records to explore; open another one')
        self._recording = recording
        self._logs = recording.logs.sort_values("time_ns", kind="stable", ignore_index=True)
        self._level = pd.Series([LEVELS.index(level(number)) for number in severity_numbers(self._logs).tolist()])
        self._words = self._logs["body"].map(lambda body: str(body).casefold())
        self._seconds = (self._logs["time_ns"] - self._logs["time_ns"].iloc[0]) / 1e9
        self.service = buttons(choices(self._logs["service"], "all"))
        self.severity = buttons(self._severities())
        # Half a word is not a search yet: the field reacts to Enter, or when it loses focus.
        self.contains = widgets.Text(continuous_update=False, layout=widgets.Layout(width="300px"))
        self.window = Window(self._seconds.iloc[-1])
        self.number = widgets.BoundedIntText(min=1, max=1, layout=widgets.Layout(width="80px"))
        self.about = widgets.Label()
        for control in (self.service, self.severity, self.contains, self.window.begin, self.window.end):
            control.observe(self._list, "value")
        self.watch([self.number])
        self._list()
        rows = [row("Service", self.service), row("Severity", self.severity), row("Contains", self.contains)]
        self.controls = widgets.VBox([*rows, self.window.row, row("Page", self.number, self.about)])

    @property
    def records(self) -> pd.DataFrame:
        """The chosen log records, all pages of them, by time."""
        return self._logs[self._chosen].reset_index(drop=True)

    @property
    def page(self) -> LogPage:
        """The records of the chosen page."""
        chosen = self._logs[self._chosen]
        first = (self.number.value - 1) * PAGE
        rows = chosen.iloc[first : first + PAGE]
        total = f"{len(chosen):,} of {count(len(self._logs), 'log record')}"
        shown = f"; here {first + 1:,} to {first + len(rows):,}" if len(rows) else ""
        columns = ("second", "severity", "service", "says", "trace")
        return LogPage(
            f"{total}{shown}.", Table(columns, [self._line(one) for one in rows.itertuples()], frozenset(columns[:1]))
        )

    def __repr__(self) -> str:
        return f'<explorer of logs in "{self._recording.name}", at {int(self._chosen.sum()):,} records>'

    def outputs(self) -> list[Any]:
        """The page."""
        return [self.page]

    def _severities(self) -> list[tuple[str, int]]:
        """The levels that occur: each of them, and all above it."""
        numbers = sorted(set(self._level))
        return [(f"{LEVELS[one]} and above" if one != numbers[-1] else LEVELS[one], one) for one in numbers]

    @property
    def _chosen(self) -> pd.Series:
        chosen = (self._level >= self.severity.value) & self.window.inside(self._seconds)
        if self.service.value != ALL:
            chosen &= self._logs["service"] == self.service.value
        words = self.contains.value.strip().casefold()
        return chosen & self._words.str.contains(words, regex=False) if words else chosen

    def _list(self, _change: Any = None) -> None:
        pages = max(-(-int(self._chosen.sum()) // PAGE), 1)
        self.number.value, self.number.max = 1, pages
        self.about.value = f"of {pages:,}"
        self._draw()

    def _line(self, record: Any) -> tuple[str, ...]:
        name = LEVELS[self._level.iloc[record.Index]]
        second = f"{self._seconds.iloc[record.Index]:.3f}"
        return second, name, clean(record.service, 40), clean(record.body, 160), clean(record.trace_id, 9)[:8]
