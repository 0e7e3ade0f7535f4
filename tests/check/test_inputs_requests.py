"""Inputs of a question: requests, days and printed lines of a recording, and recordings on paper."""

from pathlib import Path

import pandas as pd

from watchkeeper import Recording
from watchkeeper.check.inputs import resolve
from watchkeeper.recording import Library
from watchkeeper.staff.author.writing import days, printed, requests, whole_on_paper

DATASETS = Path(__file__).parents[2] / "datasets"
LIBRARY = Library(DATASETS)


def test_requests_are_the_recordings_traces() -> None:
    ((label, table),) = resolve([requests("monday-morning")], LIBRARY)
    assert label == "the requests of monday-morning"
    pd.testing.assert_frame_equal(table, Recording.open("monday-morning", DATASETS).traces())


def test_days_are_counted_from_one_and_the_last_one_is_included() -> None:
    minute = 60 * 10**9
    same = {"type": "histogram", "temporality": "DELTA", "name": "http.server.request.duration", "attributes": {}}
    rows = [
        same | {"start_ns": at * minute, "time_ns": (at + 1) * minute, "count": at, "counts": [at], "bounds": []}
        for at in range(3 * 1440)
    ]
    counted = Recording.of_tables("counted", metrics=pd.DataFrame(rows))

    class OneOnly(Library):
        def open(self, name: str) -> Recording:
            return counted

    (_, second), (_, rest) = resolve([days("counted", 2, 2), days("counted", 2, 3)], OneOnly())
    assert second["valid"].tolist() == list(range(1440, 2880)) and second.index.tolist() == list(range(1440))
    assert rest["valid"].tolist() == list(range(1440, 4320))


def test_printed_records_are_split_into_lines() -> None:
    ((label, lines),) = resolve([printed("sunday-night", "shipping")], LIBRARY)
    logs = Recording.open("sunday-night", DATASETS).logs
    bodies = logs.body[logs.service == "shipping"]
    assert label == "the lines of shipping of sunday-night"
    assert "\n".join(lines) == "\n".join(bodies) and len(lines) > len(bodies)


def test_a_recording_on_paper_has_requests_and_records() -> None:
    spans = [
        ("t1", "UNSET", "a", "", "shop", "GET /", "SERVER", 0, 10),
        ("t1", "ERROR", "b", "a", "shop", "GET /ads", "CLIENT", 2, 6),
        ("t2", "ERROR", "c", "", "shop", "GET /", "SERVER", 20, 30),
    ]
    said = [(5, "shop", "ERROR", 17, "t1", "b", "no ads")]
    given = whole_on_paper("two requests", spans, said, [(15, "ads", "1.0", "1.1")])
    ((label, paper),) = resolve([given])
    assert label == "two requests"
    assert paper.traces().set_index("trace_id").status.to_dict() == {"t1": "UNSET", "t2": "ERROR"}
    assert paper.logs[["time_ns", "trace_id", "span_id"]].to_numpy().tolist() == [[5_000_000, "t1", "b"]]
    assert paper.deploys.to_dict("records") == [{"time_ns": 15_000_000, "service": "ads", "from": "1.0", "to": "1.1"}]
    recorded = Recording.open("monday-morning", DATASETS)
    ((_, quiet),) = resolve([whole_on_paper("no deploy", spans, said)])
    assert quiet.deploys.empty and quiet.deploys.dtypes.time_ns == recorded.deploys.dtypes.time_ns
    assert set(recorded.logs.columns) - set(paper.logs.columns) <= {"resource"}
    assert set(recorded.spans.columns) == set(paper.spans.columns)
