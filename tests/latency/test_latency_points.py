"""What was counted between metric points: restarts, both temporalities, groups and stretches."""

import copy
import math
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from latency_points import DELTA, S, counter, exponential, histogram, read

from watchkeeper import Recording
from watchkeeper.latency import (
    DEFAULT_BOUNDS,
    ExponentialHistogram,
    Histogram,
    LatencyError,
    bounds_fault,
    histograms,
    increases,
    percentile,
    rate,
)

DATASETS = Path(__file__).parents[2] / "datasets"


def rows(points: pd.DataFrame) -> list[tuple]:
    found = increases(points)
    return list(zip(found["start_ns"] // S, found["time_ns"] // S, found["value"], found["restart"], strict=True))


ON_PAPER = {
    "the first point counts from the start": ([(1, 5, 7)], [(1, 5, 7, False)]),
    "differences": ([(1, 5, 7), (1, 9, 10), (1, 12, 10)], [(1, 5, 7, False), (5, 9, 3, False), (9, 12, 0, False)]),
    "a new start is a restart": ([(1, 5, 7), (6, 9, 20)], [(1, 5, 7, False), (6, 9, 20, True)]),
    "a value that fell is a restart": ([(1, 5, 7), (1, 9, 2)], [(1, 5, 7, False), (5, 9, 2, True)]),
    "without a start the first point only serves to subtract": ([(0, 5, 7), (0, 9, 8)], [(5, 9, 1, False)]),
    "so does one that starts when it is taken": ([(5, 5, 7), (5, 9, 8)], [(5, 9, 1, False)]),
    "two processes that take turns are told apart by their start": (
        [(1, 5, 7), (2, 6, 3), (1, 8, 9), (2, 9, 4)],
        [(1, 5, 7, False), (2, 6, 3, True), (5, 8, 2, False), (6, 9, 1, False)],
    ),
    "the order of the points does not matter": ([(1, 9, 10), (1, 5, 7)], [(5, 9, 3, False), (1, 5, 7, False)]),
}


@pytest.mark.parametrize("case", ON_PAPER)
def test_increases_on_paper(case: str, tmp_path: Path) -> None:
    points, wanted = ON_PAPER[case]
    assert rows(read(tmp_path, counter(*points))) == wanted


def test_series_are_told_apart_by_attributes_service_and_name(tmp_path: Path) -> None:
    two = counter((1, 5, 7, {"route": "/"}), (1, 5, 3, {"route": "/cart"}), (1, 9, 8, {"route": "/"}))
    other = counter((1, 9, 1), name="errors")
    points = read(tmp_path, two, other, ads=[counter((1, 9, 50))])
    assert increases(points)["value"].tolist() == [7, 3, 1, 1, 50]


def test_delta_passes_through_and_gauges_are_left_out(tmp_path: Path) -> None:
    delta = counter((1, 5, 7), (5, 9, 2), temporality=DELTA)
    points = read(tmp_path, delta, counter((1, 5, 7), name="active", monotonic=False))
    assert rows(points) == [(1, 5, 7, False), (5, 9, 2, False)]
    assert rows(read(tmp_path, counter((0, 5, 7), temporality=DELTA))) == [(0, 5, 7, False)]
    once = increases(points)
    pd.testing.assert_frame_equal(increases(once), once)


def test_the_input_stays_as_it_is(tmp_path: Path) -> None:
    points = read(tmp_path, counter((1, 5, 7), (1, 9, 10)), histogram((1, 5, [1, 0, 0]), (1, 9, [1, 1, 0])))
    before = points.copy(deep=True)
    increases(points)
    pd.testing.assert_frame_equal(points, before)


def test_a_rate_over_a_restart(tmp_path: Path) -> None:
    found = rate(read(tmp_path, counter((0.5, 10, 95), (0.5, 20, 195), (21, 31, 50))))
    assert found["per_second"].tolist() == [10, 10, 5]
    assert found["restart"].tolist() == [False, False, True]


@given(st.lists(st.lists(st.integers(0, 9), min_size=1, max_size=5), min_size=1, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
def test_increases_sum_to_what_was_counted(tmp_path: Path, lives: list[list[int]]) -> None:
    """Each life of the process counts up from 0; its points are some seconds apart."""
    points, time = [], 1
    for life in lives:
        start, value = time, 0
        for step in life:
            time, value = time + 2, value + step
            points.append((start, time, value))
        time += 1
    found = increases(read(tmp_path, counter(*points)))
    assert found["value"].tolist() == [step for life in lives for step in life]
    assert found["restart"].sum() == len(lives) - 1


def test_histograms_are_subtracted_bucket_by_bucket(tmp_path: Path) -> None:
    found = increases(read(tmp_path, histogram((1, 5, [3, 1, 0]), (1, 9, [4, 1, 2]), (1, 12, [0, 5, 2]))))
    assert found["counts"].tolist() == [[3, 1, 0], [1, 0, 2], [0, 5, 2]]
    assert found["count"].tolist() == [4, 3, 7] and found["sum"].tolist() == [4, 3, 7]
    assert found["restart"].tolist() == [False, False, True]  # the count did not fall, its first bucket did
    assert found["max"].isna().tolist() == [False, True, False]


def test_exponential_ones_too_when_their_scale_went_down(tmp_path: Path) -> None:
    points = read(tmp_path, exponential((1, 5, 1, 0, 0, [2, 1]), (1, 9, 0, 1, 0, [4, 5])))
    late = ExponentialHistogram.from_point(increases(points).iloc[1])
    assert (late.scale, late.zero_count, late.positive) == (0, 1, (0, (1, 5)))
    merged = histograms(points)["histogram"].iloc[0]
    assert (merged.n, merged.scale, merged.zero_count) == (10, 0, 1)


def test_an_exponential_one_that_began_anew_is_counted_from_there(tmp_path: Path) -> None:
    # The count did not fall, its first bucket did.
    found = increases(read(tmp_path, exponential((1, 5, 0, 0, 0, [2]), (1, 9, 0, 0, 5, [3]))))
    assert found["count"].tolist() == [2, 3] and found["restart"].tolist() == [False, True]
    assert ExponentialHistogram.from_point(found.iloc[1]).positive == (5, (3,))


def test_merged_by_group_and_stretch(tmp_path: Path) -> None:
    points = histogram(
        (1, 5, [3, 0, 0], {"route": "/"}), (1, 25, [3, 2, 0], {"route": "/"}), (1, 6, [0, 0, 1], {"route": "/cart"})
    )
    frame = read(tmp_path, points, ads=[histogram((1, 5, [9, 0, 0]))])
    by_service = histograms(frame)
    assert by_service["service"].tolist() == ["ads", "cart"] and by_service["count"].tolist() == [9, 6]
    assert by_service["histogram"].iloc[1].counts == (3, 2, 1)
    routes = histograms(frame[frame["service"] == "cart"], by="route", window_seconds=10)
    assert routes["route"].tolist() == ["/", "/", "/cart"]
    assert [histogram.counts for histogram in routes["histogram"]] == [(3, 0, 0), (0, 2, 0), (0, 0, 1)]
    assert (routes["start_ns"] // S).tolist() == [5, 25, 5] and (routes["time_ns"] // S).tolist() == [15, 35, 15]


def test_different_bounds_are_not_merged(tmp_path: Path) -> None:
    one, other = histogram((1, 5, [1, 0, 0], {"a": "x"})), histogram((1, 5, [1, 0, 0], {"a": "y"}), bounds=(1, 3))
    with pytest.raises(LatencyError, match="2 sets of bounds"):
        histograms(read(tmp_path, one, other))


def test_what_points_cannot_say(tmp_path: Path) -> None:
    points = read(tmp_path, counter((1, 5, 7)))
    with pytest.raises(LatencyError, match="no histogram"):
        histograms(points)
    with pytest.raises(LatencyError, match="no column start_ns, unit"):
        increases(points.drop(columns=["start_ns", "unit"]))
    assert increases(points.iloc[:0]).empty


def test_bounds_in_milliseconds_for_seconds_are_found(tmp_path: Path) -> None:
    counts = [0, 199, 1, *[0] * 13]
    good, few = histogram((1, 5, [60, 60, 60]), name="good"), histogram((1, 5, [10, 0, 0]), name="few")
    fault = bounds_fault(read(tmp_path, histogram((1, 5, counts), bounds=DEFAULT_BOUNDS), good, few))
    assert fault["name"].tolist() == ["duration"] and fault["upper"].tolist() == [5]
    assert "between 0 and 5 s" in fault["says"][0] and "made for milliseconds" in fault["says"][0]
    assert fault["share"][0] == 0.995


def test_a_full_bucket_is_no_fault_when_it_is_narrow(tmp_path: Path) -> None:
    points = read(tmp_path, histogram((1, 5, [0, 50, 0]), bounds=(0.002, 0.005)))
    assert bounds_fault(points).empty
    overflow = bounds_fault(read(tmp_path, histogram((1, 5, [0, 0, 50]), bounds=(0.002, 0.005))))
    assert math.isinf(overflow["upper"][0]) and "above 0.005 s" in overflow["says"][0]


@pytest.mark.parametrize("name", ["monday-morning", "friday-deploy"])
def test_a_recordings_metrics_agree_with_its_spans(name: str) -> None:
    recording = Recording.open(name, datasets=DATASETS)
    served = recording.metrics[recording.metrics["name"] == "http.server.request.duration"]
    assert bounds_fault(served).empty
    table = histograms(served, by=("service",)).set_index("service")["histogram"]
    spans = recording.spans
    for service, found in table.items():
        took = spans.loc[(spans["service"] == service) & (spans["kind"] == "SERVER"), "duration_ms"] / 1000
        assert isinstance(found, Histogram) and abs(found.n - len(took)) <= 0.02 * len(took) + 2
        low, high = found.quantile_bounds(0.5)
        # The two are measured at different places in the server: by up to a millisecond apart.
        assert low - 0.001 <= percentile(took, 0.5) <= high + 0.001


def absent(metric: dict, *times: float, start: float = 1) -> dict:
    """The metric with points at these seconds that say that there was no value."""
    data = next(value for value in metric.values() if isinstance(value, dict))
    stamps = [{"startTimeUnixNano": str(round(start * S)), "timeUnixNano": str(round(time * S))} for time in times]
    data["dataPoints"] += [stamp | {"attributes": [], "flags": 1} for stamp in stamps]
    return metric


WITH_ABSENCES = {
    "a counter": counter((1, 5, 7), (1, 9, 10), (1, 12, 10)),
    "a counter without a start": counter((0, 5, 7), (0, 9, 10), (0, 12, 10)),
    "a histogram": histogram((1, 5, [3, 1, 0]), (1, 9, [4, 1, 2]), (1, 12, [4, 5, 2])),
    "an exponential histogram": exponential((1, 5, 0, 0, 0, [2, 1]), (1, 9, 0, 1, 0, [4, 5])),
    "increases of a counter": counter((1, 5, 7), (5, 9, 2), temporality=DELTA),
    "increases of a histogram": histogram((1, 5, [3, 0, 0]), (5, 9, [1, 0, 2]), temporality=DELTA),
}


@pytest.mark.parametrize("case", WITH_ABSENCES)
@pytest.mark.parametrize("start", [0, 1])
def test_a_point_without_a_value_changes_nothing(tmp_path: Path, case: str, start: int) -> None:
    wanted = increases(read(tmp_path, WITH_ABSENCES[case]))
    points = read(tmp_path, absent(copy.deepcopy(WITH_ABSENCES[case]), 2, 7, 11, 15, start=start))
    assert len(points) == len(read(tmp_path, WITH_ABSENCES[case])) + 4
    pd.testing.assert_frame_equal(increases(points).drop(columns="flags"), wanted.drop(columns="flags"))
    # Frames from before points had flags say the same by their NaN.
    pd.testing.assert_frame_equal(increases(points.drop(columns="flags")), wanted.drop(columns="flags"))
    if "histogram" in case:
        assert histograms(points)["count"].tolist() == histograms(read(tmp_path, WITH_ABSENCES[case]))["count"].tolist()


def test_a_restart_during_an_absence_is_still_one(tmp_path: Path) -> None:
    points = read(tmp_path, absent(counter((1, 5, 7), (8, 9, 4)), 6, 7))
    assert rows(points) == [(1, 5, 7, False), (8, 9, 4, True)]
