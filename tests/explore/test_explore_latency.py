"""The latency explorer without a browser: what is chosen, what is shown, what it keeps to itself."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from watchkeeper import explore
from watchkeeper.errors import TraceError
from watchkeeper.otlp import write_spans
from watchkeeper.plot import Figure
from watchkeeper.recording import Recording


def spans_of(number: int, route: str, duration: int) -> list[dict[str, Any]]:
    """A request of second `number`: the frontend takes all of it, the catalog half."""
    start = 10**18 + number * 10**9
    common = {"trace_id": f"{number + 1:032x}", "status": "UNSET", "status_message": "", "events": [], "links": []}
    common |= {"host": "", "scope": "", "resource": {}, "kind": "SERVER", "start_ns": start, "name": f"GET {route}"}
    rows = []
    for span_id, parent, service, ms in ((1, "", "frontend", duration), (2, f"{1:016x}", "catalog", duration // 2)):
        times = {"end_ns": start + ms * 10**6, "duration_ms": float(ms)}
        ids = {"span_id": f"{span_id:016x}", "parent_span_id": parent, "service": service}
        rows.append({**common, **times, **ids, "attributes": {"http.request.method": "GET", "http.route": route}})
    return rows


@pytest.fixture
def recording(tmp_path: Path) -> Recording:
    rows = [row for n, ms in enumerate((10, 50, 20, 40, 30)) for row in spans_of(n, "/", ms)]
    write_spans(pd.DataFrame(rows + spans_of(9, "/cart", 800)), tmp_path / "traces.jsonl")
    return Recording.open(tmp_path)


def test_it_opens_with_all_requests_and_no_percentile(recording: Recording) -> None:
    explorer = explore.latency(recording)
    assert explorer.chosen["duration_ms"].tolist() == [10, 50, 20, 40, 30, 800]
    spread, over_time = explorer.figures
    assert spread.finding == "6 requests took 10.0 to 800 ms." and "6 requests" in over_time.finding
    assert [label for label, _ in explorer.which.options] == ["all routes (6)", "GET / (5)", "GET /cart (1)"]


def test_route_window_and_percentile(recording: Recording) -> None:
    explorer = explore.latency(recording)
    explorer.which.value = "GET /"
    explorer.window.begin.value, explorer.window.end.value = 3.0, 1.0
    assert explorer.chosen["duration_ms"].tolist() == [50, 20, 40], "the ends may be given either way round"
    explorer.percentile.value = 0.5
    assert "p50 40.0 ms" in explorer.figures[0].finding


def test_one_service(recording: Recording) -> None:
    explorer = explore.latency(recording)
    explorer.what.value = "one service"
    assert [label for label, _ in explorer.which.options] == ["all services (12)", "frontend (6)", "catalog (6)"]
    explorer.which.value = "catalog"
    assert explorer.chosen["duration_ms"].tolist() == [5, 25, 10, 20, 15, 400]
    explorer.what.value = "whole requests"
    assert len(explorer.chosen) == 6


def test_a_lesson_can_keep_percentiles_out(recording: Recording) -> None:
    explorer = explore.latency(recording, percentiles=False)
    shown = [child for row in explorer.controls.children for child in row.children]
    assert explorer.which in shown and explorer.percentile not in shown
    assert "p95" not in explorer.figures[0].text


class Page:
    """Stands in for the notebook's page: what was displayed, each with what replaced it."""

    def __init__(self) -> None:
        self.outputs: list[list[Any]] = []

    def display(self, shown: Any, raw: bool = False, display_id: bool = False) -> Any:
        history = [shown]
        self.outputs.append(history)

        class Handle:
            def update(self, newer: Any) -> None:
                history.append(newer)

        return Handle()


def test_the_figures_are_outputs_of_their_own_and_follow(recording: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page()
    monkeypatch.setattr("watchkeeper.explore.controls.display", page.display)
    explorer = explore.latency(recording)
    explorer._ipython_display_()
    controls, spread, over_time = (history[-1] for history in page.outputs)
    assert (
        "application/vnd.jupyter.widget-view+json" in controls and "needs a running notebook" in controls["text/plain"]
    )
    assert isinstance(spread, Figure) and isinstance(over_time, Figure)
    explorer.which.value = "GET /cart"
    assert [history[-1].title for history in page.outputs[1:]] == [
        "How long: GET /cart",
        "When and how long: GET /cart",
    ]
    explorer.window.end.value = 1.0
    assert "no request began in that stretch of time" in page.outputs[1][-1] and len(page.outputs) == 3
    with pytest.raises(TraceError, match="widen it"):
        _ = explorer.figures


def test_a_recording_without_traces(recording: Recording) -> None:
    recording.__dict__["_traces"] = recording.traces().iloc[:0]
    with pytest.raises(TraceError, match="has no traces to explore"):
        explore.latency(recording)
