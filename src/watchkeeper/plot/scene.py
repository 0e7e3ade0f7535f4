"""What a waterfall shows of one trace: its rows, its times, and the critical path as segments on rows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..errors import TraceError
from ..otlp import in_nanoseconds, misplaced
from ..traces import Forest, critical_path
from ..words import clean, count, ms
from .draw import possible
from .rows import Row, longest, row_of_span, rows_of

COLUMNS = ("trace_id", "span_id", "service", "name", "kind", "duration_ms", "status")


class Scene:
    """One trace made ready: cleaned names, rows, and where the path runs.

    `segments` are (position of the span, row, start_ns, end_ns) in time order; none without the path. `critical` is the
    path's milliseconds in each row, `critical_hidden` those in rows that are not shown. `took` is the longest root's
    duration in ms, which the customer saw, or None if it can't be known. `untimed` says for each span whether its
    duration can't be; its `duration` is then 0. `length` is the axis' in ns: children may stick out of their parents,
    but work that goes on long after the roots are over (a server that answers when its caller is gone) does not squeeze
    what the customer waited for into a sliver: it ends at the axis' end and says so.
    """

    def __init__(self, spans: pd.DataFrame, path: bool, marked: set[str], limit: int, fold: bool) -> None:
        spans = one_trace(spans)
        self.trees = Forest.of(spans)
        everything = rows_of(spans, self.trees, fold)
        self.rows = longest(everything, self.trees, max(limit, 1))
        self.hidden = len(everything) - len(self.rows)
        self.with_path = path
        self.trace = clean(spans["trace_id"].iloc[0], 9)[:8]
        self.service = [clean(name) or "(no service)" for name in spans["service"]]
        self.name = [clean(name) or "(no name)" for name in spans["name"]]
        self.kind = [clean(kind, 12) for kind in spans["kind"]]
        self.error = (spans["status"] == "ERROR").tolist()
        self.untimed = (self.trees.untimed | ~possible(spans["duration_ms"].to_numpy(dtype=float))).tolist()
        self.duration: list[float] = np.where(self.untimed, 0.0, spans["duration_ms"].to_numpy(dtype=float)).tolist()
        self.marked = {at for at, span_id in enumerate(spans["span_id"]) if span_id in marked}
        self.start, self.end = self.trees.start.tolist(), self.trees.end.tolist()
        # A time in another unit is decades away from the others.
        wrong = misplaced(spans["start_ns"].to_numpy(), spans["end_ns"].to_numpy())
        self.zero = int(self.trees.start[~wrong].min() if not wrong.all() else self.trees.start.min())
        for at in np.flatnonzero(wrong & ~wrong.all()).tolist():
            self.start[at] = self.end[at] = self.zero
        roots = np.flatnonzero(self.trees.is_root).tolist()
        self.length = self._length(roots)
        unknown = any(self.untimed[root] and not self.trees.orphan[root] for root in roots)
        known = [self.duration[root] for root in roots if not self.untimed[root]]
        self.took: float | None = max(known, default=self.length / 1e6)
        if unknown or (roots and not known):
            self.took = None
        self.segments = path_segments(spans, self.trees, self.rows) if path else []
        self._share_out()

    def _length(self, roots: list[int]) -> int:
        everything = max(max(self.end), max(self.start)) - self.zero
        timed = [root for root in roots if not self.untimed[root]]
        of_roots = max((self.end[root] for root in timed), default=self.zero) - self.zero
        return min(everything, of_roots * 5 // 4) if of_roots > 0 else everything

    def _share_out(self) -> None:
        self.critical = [0.0] * len(self.rows)
        self.critical_hidden = 0.0
        shown = {span for row in self.rows for span in row.spans}
        for span, row, start, end in self.segments:
            if span in shown:
                self.critical[row] += (end - start) / 1e6
            else:
                self.critical_hidden += (end - start) / 1e6

    def duration_of(self, row: Row) -> str:
        """Milliseconds of the row's span, or of its spans together as far as they are known; "unknown" if none is."""
        known = [self.duration[span] for span in row.spans if not self.untimed[span]]
        return ms(sum(known)) if known else "unknown"

    def sentence(self) -> str:
        """How long the request took, without a full stop."""
        return f"The request took {ms(self.took)} ms" if self.took is not None else "The request's duration is unknown"

    def unknown(self) -> str:
        """For a finding: how many spans have no possible duration; "" for none."""
        several = count(sum(self.untimed), "span")
        return f" The duration of {several} is unknown: look at traces.reports." if any(self.untimed) else ""

    def is_marked(self, row: Row) -> bool:
        """Whether one of the row's spans is highlighted."""
        return not self.marked.isdisjoint(row.spans)

    def tags(self, row: Row) -> list[str]:
        """What is special about a row, in words."""
        failed, first = sum(self.error[span] for span in row.spans), row.spans[0]
        found = [f"{failed} errors" if failed > 1 else "error"] if failed else []
        unknown = sum(self.untimed[span] for span in row.spans)
        found += [f"{unknown} without a duration" if len(row.spans) > 1 else "no duration"] if unknown else []
        found += ["no parent"] if self.trees.orphan[first] else []
        found += ["own ancestor"] if self.trees.cyclic[first] else []
        found += ["repeated id"] if self.trees.duplicate[first] else []
        late_ns = self.start[first] - self.zero
        found += [f"begins at {ms(late_ns / 1e6)} ms"] if late_ns > self.length else []
        found += [f"+{row.hidden} rows" if row.hidden > 1 else "+1 row"] if row.hidden else []
        return found


def one_trace(spans: pd.DataFrame) -> pd.DataFrame:
    """The spans, when they are of one trace; TraceError with what to do otherwise."""
    missing = [name for name in COLUMNS if name not in spans.columns]
    if missing:
        raise TraceError(f"a waterfall needs the column {', '.join(missing)}; give it rows of Recording.spans")
    traces = spans["trace_id"].nunique()
    if traces > 1:
        raise TraceError(f"a waterfall shows one trace, and these spans are of {traces}; use recording.trace(trace_id)")
    if not traces:
        raise TraceError("there is no span to draw; look for the trace's id in recording.traces()")
    return in_nanoseconds(spans.reset_index(drop=True))


def ids_to_mark(spans: pd.DataFrame, highlight: str | Iterable[str] | None) -> set[str]:
    """The ids that `highlight` names; TraceError when one is not in the trace."""
    wanted = {highlight} if isinstance(highlight, str) else set(highlight or ())
    unknown = wanted - set(spans["span_id"])
    if unknown:
        name = clean(min(unknown, key=str), 40)
        raise TraceError(f"highlight names the span {name!r}, which is not in this trace; take an id from its span_id")
    return wanted


def path_segments(spans: pd.DataFrame, trees: Forest, rows: list[Row]) -> list[tuple[int, int, int, int]]:
    """The critical path of the trace's longest root, in time order; each segment on its span's row or one above."""
    # A client and a server span may share an id, but not a service.
    ids, services = spans["span_id"].tolist(), spans["service"].tolist()
    positions = [*np.flatnonzero(~trees.duplicate & ~trees.shared).tolist(), *np.flatnonzero(trees.shared).tolist()]
    by_id: dict[str, int] = {ids[at]: at for at in reversed(positions)}
    by_both: dict[tuple[str, str], int] = {(ids[at], services[at]): at for at in reversed(positions)}
    row = row_of_span(rows, trees)
    found = critical_path(spans, roots="longest", forest=trees)
    keys: list[tuple[str, str]] = list(zip(found["span_id"].tolist(), found["service"].tolist(), strict=True))
    on_it = [by_both.get(key, by_id[key[0]]) for key in keys]
    times = zip(on_it, found["start_ns"].tolist(), found["end_ns"].tolist(), strict=True)
    return [(span, row[span], start, end) for span, start, end in times]
