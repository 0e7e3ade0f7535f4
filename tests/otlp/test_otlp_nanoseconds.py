"""Columns of datetimes, in every unit that pandas has, are the same times as the nanoseconds that they were made of."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from watchkeeper import latency, logs, otlp, plot, slo, suspects, traces
from watchkeeper.recording import Recording

NOW = 1_750_000_000 * 10**9
SECOND = 10**9
DTYPES = ["datetime64[s]", "datetime64[ms]", "datetime64[us]", "datetime64[ns]", "datetime64[ms, Europe/Berlin]"]
TRACE = [("a", "", "web", "SERVER", 0, 9), ("b", "a", "web", "CLIENT", 1, 7), ("c", "b", "ads", "SERVER", 2, 5)]


def spans() -> pd.DataFrame:
    rows = [
        {"trace_id": f"t{n}", "span_id": i, "parent_span_id": p, "service": s, "host": s, "name": s, "kind": kind}
        | {
            "start_ns": NOW + (20 * n + a) * SECOND,
            "end_ns": NOW + (20 * n + b) * SECOND,
            "duration_ms": 1000.0 * (b - a),
        }
        | {"status": "UNSET", "attributes": {}, "events": [], "links": []}
        for n in range(4)
        for i, p, s, kind, a, b in TRACE
    ]
    return pd.DataFrame(rows)


def records() -> pd.DataFrame:
    rows = [
        {
            "time_ns": NOW + n * SECOND,
            "observed_ns": NOW + (n + n % 3) * SECOND,
            "severity_number": 17,
            "severity": "ERROR",
        }
        | {"body": f"order {n}", "trace_id": f"t{n // 20}", "span_id": "c", "service": "ads", "host": "ads"}
        for n in range(60)
    ]
    return pd.DataFrame(rows)


def points() -> pd.DataFrame:
    rows = [
        {"time_ns": NOW + 60 * n * SECOND, "start_ns": NOW, "name": "m", "type": "histogram", "unit": "s", "scope": ""}
        | {
            "temporality": "CUMULATIVE",
            "monotonic": False,
            "value": np.nan,
            "count": 2.0 * n,
            "sum": 1.0 * n,
            "min": np.nan,
        }
        | {
            "max": np.nan,
            "bounds": [1.0],
            "counts": [n, n],
            "service": "ads",
            "host": "",
            "attributes": {},
            "details": {},
        }
        | {"resource": {}}
        for n in range(1, 6)
    ]
    return pd.DataFrame(rows)


def requests() -> pd.DataFrame:
    return Recording.of_tables("paper", spans=spans()).traces()


def minutes() -> pd.DataFrame:
    time_ns = NOW + 60 * SECOND * np.arange(60)
    return pd.DataFrame({"time_ns": time_ns, "good": [100] * 30 + [0] * 30, "valid": 100})


DEPLOYS = pd.DataFrame({"time_ns": [NOW + 30 * SECOND], "service": "ads", "from": "1", "to": "2"})
FUNCTIONS: dict[str, tuple[Callable[[], pd.DataFrame], Callable[[pd.DataFrame], Any]]] = {
    "traces()": (spans, lambda table: Recording.of_tables("paper", spans=table).traces()),
    "critical_path": (spans, traces.critical_path),
    "service_graph": (spans, traces.service_graph),
    "reports": (spans, traces.reports),
    "clock_offsets": (spans, traces.clock_offsets),
    "align_clocks": (spans, lambda table: traces.align_clocks(table)[["start_ns", "end_ns"]]),
    "waterfall": (spans, lambda table: plot.waterfall(table[table["trace_id"] == "t1"]).text),
    "log_timeline": (spans, lambda table: plot.log_timeline(table[table["trace_id"] == "t1"], records()).text),
    "log_timeline's records": (records, lambda table: plot.log_timeline(spans().iloc[:3], table).text),
    "split": (spans, lambda table: suspects.split(table, NOW + 30 * SECOND)[0]["span_id"]),
    "heat_map": (requests, lambda table: latency.heat_map(table["start_ns"], table["duration_ms"])),
    "a figure's heat_map": (requests, lambda table: plot.heat_map(table, seconds=10, deploys=DEPLOYS).text),
    "durations": (requests, lambda table: plot.durations(table, DEPLOYS).text),
    "indicator": (requests, lambda table: slo.indicator(table, slo.available(table))),
    "increases": (points, lambda table: latency.increases(table)[["start_ns", "time_ns", "seconds", "count"]]),
    "histograms": (points, lambda table: latency.histograms(table, window_seconds=60)[["start_ns", "count"]]),
    "by_minute": (points, slo.by_minute),
    "series": (points, lambda table: plot.series(table, "count").text),
    "burn_rate": (minutes, lambda table: slo.burn_rate(table, 5, 0.99).reset_index(drop=True)),
    "replay": (minutes, lambda table: slo.replay(slo.STANDARD[:1], table, 0.99)),
    "merge": (minutes, lambda table: slo.merge(table, table)),
    "rates": (records, lambda table: logs.rates(table, 5)),
    "inversions": (records, logs.inversions),
    "join_window": (records, lambda table: logs.join_window(table, spans())),
    "echoes": (records, lambda table: logs.echoes(table, spans())),
    "timeline": (records, lambda table: logs.timeline(logs=table, spans=spans())),
    "deploys of a timeline": (lambda: DEPLOYS, lambda table: logs.timeline(logs=records(), deploys=table)),
    "deploys of a figure": (lambda: DEPLOYS, lambda table: plot.durations(requests(), table).text),
    "log_rates": (lambda: logs.rates(records(), 5), lambda table: plot.log_rates(table).text),
    "a figure's timeline": (
        lambda: logs.timeline(logs=records(), deploys=DEPLOYS),
        lambda table: plot.timeline(table).text,
    ),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("dtype", DTYPES)
def test_datetimes_of_any_unit_are_the_same_times(name: str, dtype: str) -> None:
    make, function = FUNCTIONS[name]
    table = make()
    wanted = function(table)
    times = [column for column in table.columns if column.endswith("_ns")]
    zone = dtype.removesuffix("]").partition(", ")[2]
    unit = dtype.removeprefix("datetime64[").partition(",")[0].removesuffix("]")
    dated = table.assign(**{column: pd.to_datetime(table[column], utc=True).dt.as_unit(unit) for column in times})
    for column in times:
        dated[column] = dated[column].dt.tz_convert(zone or None)
    before = dated.copy(deep=True)
    got = function(dated)
    pd.testing.assert_frame_equal(dated, before)
    if isinstance(wanted, pd.DataFrame):
        pd.testing.assert_frame_equal(got, wanted)
    elif isinstance(wanted, pd.Series):
        pd.testing.assert_series_equal(got, wanted)
    else:
        assert got == wanted


def test_a_missing_time_and_timedeltas_are_refused() -> None:
    with pytest.raises(ValueError, match="a time is missing"):
        otlp.nanoseconds(pd.Series(pd.to_datetime(["2025-01-01", None])))
    with pytest.raises(latency.LatencyError, match="numbers of milliseconds"):
        latency.percentile(pd.Series(pd.to_timedelta([1, 2], unit="s")), 0.5)
    dates = [pd.Timestamp("1970-01-01 00:00:01").to_pydatetime()]
    assert otlp.nanoseconds(dates).tolist() == [SECOND] and otlp.nanoseconds([5, 6]).tolist() == [5, 6]
