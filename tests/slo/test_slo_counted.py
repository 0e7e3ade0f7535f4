"""An indicator from histogram points: by hand, against the points, and on the composed weeks' shape."""

import pandas as pd
import pytest

from watchkeeper.slo import SloError, by_minute

MINUTE = 60 * 10**9
CODE = "http.response.status_code"


def point(minute: int, code: int, counts: list[int], **more: object) -> dict[str, object]:
    return {
        "type": "histogram",
        "temporality": "DELTA",
        "name": "http.server.request.duration",
        "unit": "s",
        "scope": "",
        "start_ns": minute * MINUTE,
        "time_ns": (minute + 1) * MINUTE,
        "count": float(sum(counts)),
        "counts": counts,
        "bounds": [0.1, 0.2],
        "attributes": {CODE: code},
        **more,
    }


POINTS = pd.DataFrame(
    [point(3, 200, [5, 2, 1]), point(3, 500, [3, 0, 0]), point(3, 404, [1, 0, 0]), point(6, 503, [0, 0, 4])]
)


def test_a_request_fails_from_500_on_and_a_minute_without_any_has_a_row() -> None:
    assert by_minute(POINTS).values.tolist() == [
        [3 * MINUTE, 9, 12],
        [4 * MINUTE, 0, 0],
        [5 * MINUTE, 0, 0],
        [6 * MINUTE, 0, 4],
    ]


def test_quick_failures_are_neither_fast_nor_slow() -> None:
    assert by_minute(POINTS, 0.2).values.tolist()[0] == [3 * MINUTE, 8, 9]
    assert by_minute(POINTS, 0.1)["good"].tolist() == [6, 0, 0, 0]


def test_a_point_without_a_value_counts_nothing() -> None:
    nothing = point(4, 200, []) | {"count": float("nan"), "bounds": []}
    for flags in ({}, {"flags": 1}):
        points = pd.concat([POINTS, pd.DataFrame([nothing | flags])], ignore_index=True)
        pd.testing.assert_frame_equal(by_minute(points), by_minute(POINTS))
        pd.testing.assert_frame_equal(by_minute(points, 0.2), by_minute(POINTS, 0.2))


def test_a_limit_inside_a_bucket_is_refused() -> None:
    with pytest.raises(SloError, match=r"0\.15 s is not a bound.*0\.1, 0\.2"):
        by_minute(POINTS, 0.15)


def test_points_that_count_up_are_subtracted() -> None:
    more = {
        "temporality": "CUMULATIVE",
        "start_ns": MINUTE,
        "service": "shop",
        "host": "",
        "monotonic": False,
        "value": float("nan"),
        "sum": 1.0,
        "min": float("nan"),
        "max": float("nan"),
        "details": {},
        "resource": {},
    }
    rising = pd.DataFrame([point(1, 200, [1, 0, 0], **more), point(2, 200, [1, 3, 0], **more)])
    assert by_minute(rising).values.tolist() == [[MINUTE, 1, 1], [2 * MINUTE, 3, 3]]


def test_what_holds_no_histogram_is_refused() -> None:
    with pytest.raises(SloError, match="no histogram"):
        by_minute(POINTS.assign(type="gauge"))


def test_a_request_that_two_histograms_counted_is_not_counted_twice() -> None:
    with pytest.raises(SloError, match="2 histograms"):
        by_minute(pd.concat([POINTS, POINTS.assign(name="http.client.request.duration")]))


def test_points_without_a_beginning_and_of_no_length() -> None:
    with pytest.raises(SloError, match="start_ns"):
        by_minute(pd.DataFrame([point(30_000_000, 200, [1, 0, 0], start_ns=0)]))
    at_once = pd.DataFrame([point(3, 200, [1, 0, 0], time_ns=3 * MINUTE), point(3, 200, [1, 0, 0])])
    assert by_minute(at_once).values.tolist() == [[3 * MINUTE, 2, 2]]


def test_what_are_no_points_is_said() -> None:
    with pytest.raises(SloError, match="no column temporality"):
        by_minute(POINTS.drop(columns="temporality"))
