"""Spans with times that can't be true, and spans that repeat an id: kept, reported, and without a duration."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from otlp_lines import span, spans_line, write

from watchkeeper import otlp
from watchkeeper.errors import OtlpError, TelemetryWarning

NOW = 1_750_000_000 * 10**9
DAY = 86_400 * 10**9


def one(number: int, start: int, end: int | None, **fields: object) -> dict:
    stamps = {"startTimeUnixNano": str(start), "endTimeUnixNano": None if end is None else str(end)}
    return span(spanId=f"{number:016x}", name=f"work {number}", **stamps, **fields)


def read(path: Path, *lines: list[dict]) -> tuple[pd.DataFrame, list[str]]:
    problems: list[OtlpError] = []
    write(path / "traces.jsonl", *(spans_line(*line) for line in lines))
    return otlp.read_spans(path / "traces.jsonl", problems), [str(problem) for problem in problems]


IMPOSSIBLE = {
    "an end of 0": (one(2, NOW, 0), "1 span without an end"),
    "no end": (one(2, NOW, None), "1 span without an end"),
    "an end before the start": (one(2, NOW, NOW - 1), "1 span with an end before the start"),
    "no start": (one(2, 0, NOW), "1 span with times before the year 2000"),
    "a start in microseconds": (one(2, NOW // 1000, NOW), "1 span with times before the year 2000"),
    "an end in milliseconds": (one(2, NOW, NOW // 10**6), "1 span with an end before the start"),
    "both in seconds": (one(2, NOW // 10**9, NOW // 10**9 + 2), "1 span with times before the year 2000"),
    "both in microseconds": (one(2, NOW // 1000, NOW // 1000 + 5000), "1 span with times before the year 2000"),
    "the largest end": (one(2, NOW, 2**63 - 1), "1 span longer than a year"),
    "two years": (one(2, NOW, NOW + 730 * DAY), "1 span longer than a year"),
}


@pytest.mark.parametrize("case", IMPOSSIBLE)
def test_an_impossible_span_is_kept_without_a_duration(tmp_path: Path, case: str) -> None:
    broken, words = IMPOSSIBLE[case]
    spans, problems = read(tmp_path, [one(1, NOW, NOW + 5_000_000)], [one(3, NOW, NOW), broken, one(4, NOW, NOW + DAY)])
    assert spans["span_id"].str[-1].tolist() == ["1", "3", "2", "4"]
    assert spans["duration_ms"].isna().tolist() == [False, False, True, False]
    assert [problem.split("traces.jsonl, ")[1] for problem in problems] == [
        f'line 2: {words}; the first is "work 2". The duration is NaN there, and nothing counts it.'
        if "before the year" not in words
        else f'line 2: {words}, unlike others; look at their unit; the first is "work 2". The duration is NaN there, '
        "and nothing counts it."
    ]


@pytest.mark.parametrize(("unit", "size"), [("seconds", 1), ("milliseconds", 10**3), ("microseconds", 10**6)])
def test_a_file_in_another_unit_is_named(tmp_path: Path, unit: str, size: int) -> None:
    now = 1_750_000_000 * size
    spans, problems = read(tmp_path, [one(1, now, now + size)], [one(2, now, now + 3 * size // 2)])
    assert spans["duration_ms"].isna().all()
    assert len(problems) == 1 and f"line 1: 2 spans with times in {unit}, not nanoseconds" in problems[0]


def test_times_of_ones_own_may_begin_at_zero(tmp_path: Path) -> None:
    spans, problems = read(
        tmp_path, [one(1, 0, 5_000_000), one(2, 1_600_000_000, 1_700_000_000), one(3, 5 * DAY, 6 * DAY)]
    )
    assert spans["duration_ms"].tolist() == [5, 100, DAY / 1e6] and not problems


def test_every_kind_is_counted_once_with_its_first_line(tmp_path: Path) -> None:
    lines = [[one(1, NOW, NOW + 1)], [one(2, NOW, 0)], [one(3, NOW, NOW - 1), one(4, NOW, 0)], [one(5, NOW, NOW - 9)]]
    _, problems = read(tmp_path, *lines)
    assert [problem.split("traces.jsonl, ")[1].split(";")[0] for problem in problems] == [
        "line 2: 2 spans without an end",
        "line 3: 2 spans with an end before the start",
    ]


def test_without_a_list_it_is_a_warning(tmp_path: Path) -> None:
    path = write(tmp_path / "traces.jsonl", spans_line(one(1, NOW, NOW + 1), one(2, NOW, 0)))
    with pytest.warns(TelemetryWarning, match=r"traces\.jsonl, line 1: 1 span without an end"):
        otlp.read_spans(path)
    write(path, spans_line(one(1, NOW, NOW + 1)))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        otlp.read_spans(path)


def test_an_id_counts_once_with_its_earliest_span(tmp_path: Path) -> None:
    later, earlier, twin = one(1, NOW + 5, NOW + 9), one(1, NOW, NOW + 9), one(2, NOW, NOW + 7)
    elsewhere = one(1, NOW, NOW + 3, traceId="c" * 32)
    spans, problems = read(tmp_path, [later, earlier], [twin, twin, elsewhere])
    assert spans["duration_ms"].isna().tolist() == [True, False, False, True, False]
    assert len(problems) == 1 and "line 1: 2 spans with the id of another span of the trace" in problems[0]


def test_a_client_and_a_server_that_share_an_id_are_two_spans(tmp_path: Path) -> None:
    client, server = one(1, NOW, NOW + 9, kind=3), one(1, NOW + 1, NOW + 8, kind=2)
    spans, problems = read(tmp_path, [server, client])
    assert (spans["duration_ms"] * 1e6).round().tolist() == [7, 9]
    assert len(problems) == 1 and "1 span of a server with the id of the client's span" in problems[0]


def test_a_span_that_is_its_own_parent_is_reported(tmp_path: Path) -> None:
    spans, problems = read(tmp_path, [one(1, NOW, NOW + 9), one(2, NOW, NOW + 9, parentSpanId=f"{2:016x}")])
    assert spans["duration_ms"].notna().all()
    assert len(problems) == 1 and "line 1: 1 span with itself as the parent" in problems[0]


def test_what_is_timed_does_not_depend_on_the_order(tmp_path: Path) -> None:
    start = np.array([NOW, NOW // 1000, NOW, NOW, 0])
    end = np.array([NOW + 1, NOW // 1000 + 1, 0, NOW - 1, NOW])
    order = np.array([3, 1, 4, 0, 2])
    assert otlp.timed(start, end).tolist() == [True, False, False, False, False]
    assert (otlp.timed(start[order], end[order]) == otlp.timed(start, end)[order]).all()
    assert otlp.timed(start[:0], end[:0]).tolist() == []
