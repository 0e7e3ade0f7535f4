"""The explorer without a browser: what it offers, what it shows, and that the figure is an output of its own."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from watchkeeper import explore
from watchkeeper.errors import TraceError
from watchkeeper.otlp import write_spans
from watchkeeper.plot import Figure
from watchkeeper.recording import Recording


def request(number: int, route: str, duration: int, status: str = "UNSET") -> list[dict[str, Any]]:
    """A request of two spans that starts in second `number`."""
    common = {"trace_id": f"{number + 1:032x}", "status": status, "status_message": "", "events": [], "links": []}
    common |= {"host": "", "scope": "", "resource": {}}
    start = 10**18 + number * 10**9
    rows = []
    for span_id, parent, service, kind in ((1, "", "loadgenerator", "CLIENT"), (2, f"{1:016x}", "frontend", "SERVER")):
        times = {"start_ns": start, "end_ns": start + duration * 10**6, "duration_ms": float(duration)}
        attributes = {"http.request.method": "GET", "http.route": route} if kind == "SERVER" else {}
        named = {"span_id": f"{span_id:016x}", "parent_span_id": parent, "service": service, "name": f"GET {route}"}
        rows.append({**common, **times, **named, "kind": kind, "attributes": attributes})
    return rows


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    """Five requests of "/" (10, 50, 20, 40 and 30 ms), two of "/cart"."""
    rows = [row for n, duration in enumerate((10, 50, 20, 40, 30)) for row in request(n, "/", duration)]
    rows += request(5, "/cart", 7) + request(6, "/cart", 9, "ERROR")
    write_spans(pd.DataFrame(rows), tmp_path / "traces.jsonl")
    return Recording.open(tmp_path)


def durations(explorer: explore.TraceExplorer) -> list[float]:
    """The duration of each trace that can be chosen, in the order of the numbers."""
    found = []
    for number in range(1, explorer.number.max + 1):
        explorer.number.value = number
        found.append(float(explorer.about.value.split(" ms")[0].split()[-1]))
    return found


def test_it_opens_at_the_slowest_trace_of_the_busiest_route(recording: Recording) -> None:
    explorer = explore.traces(recording)
    assert explorer.trace_id == f"{2:032x}"
    assert explorer.about.value == "of 5: 50.0 ms, 2 spans, 1.0 s after the first request"
    assert explorer.figure.finding.startswith("The request took 50.0 ms")
    assert [label for label, _ in explorer.route.options] == ["GET / (5)", "GET /cart (2)"]


def test_orders(recording: Recording) -> None:
    explorer = explore.traces(recording)
    assert durations(explorer) == [50, 40, 30, 20, 10]
    explorer.order.value = "around the median"
    assert explorer.number.value == 1
    assert durations(explorer) == [30, 20, 40, 10, 50]


def test_another_route_starts_at_its_first_trace(recording: Recording) -> None:
    explorer = explore.traces(recording)
    explorer.number.value = 4
    explorer.route.value = "GET /cart"
    assert (explorer.number.value, explorer.number.max) == (1, 2)
    assert explorer.about.value == "of 2: 9.00 ms, 2 spans, 6.0 s after the first request, failed"


def test_the_path_is_a_switch(recording: Recording) -> None:
    explorer = explore.traces(recording)
    assert "critical path" in explorer.figure.alt
    explorer.path.value = False
    assert "critical path" not in explorer.figure.alt


def test_a_lesson_can_keep_the_path_out(recording: Recording) -> None:
    explorer = explore.traces(recording, path=False)
    assert "critical path" not in explorer.figure.text
    shown = [child for row in explorer.controls.children for child in row.children]
    assert explorer.number in shown and explorer.path not in shown


class Page:
    """Stands in for the notebook's page: remembers what was displayed and what replaced it."""

    def __init__(self) -> None:
        self.outputs: list[Any] = []

    def display(self, shown: Any, raw: bool = False, display_id: bool = False) -> "Page":
        self.outputs.append(shown)
        return self

    def update(self, shown: Any) -> None:
        self.outputs[-1] = shown


def test_the_figure_is_an_output_of_its_own_and_follows(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page()
    monkeypatch.setattr("watchkeeper.explore.controls.display", page.display)
    explorer = explore.traces(recording)
    explorer._ipython_display_()
    controls, figure = page.outputs
    assert "application/vnd.jupyter.widget-view+json" in controls and "text/html" not in controls
    assert "needs a running notebook" in controls["text/plain"]
    assert isinstance(figure, Figure) and figure == explorer.figure
    explorer.number.value = 2
    assert len(page.outputs) == 2 and page.outputs[1].finding.startswith("The request took 40.0 ms")


def test_a_recording_without_traces(recording: Recording) -> None:
    recording.__dict__["_traces"] = recording.traces().iloc[:0]
    with pytest.raises(TraceError, match="has no traces to explore"):
        explore.traces(recording)
