"""Log records on a waterfall, rates of templates, and an incident's timeline."""

import pandas as pd
import pytest
from plot_words import HOSTILE, assert_short, assert_tame, words

from watchkeeper.plot import FigureError, log_timeline

TRACE = "7" * 32


def records(*lines: tuple) -> pd.DataFrame:
    """Lines of (ms, severity number, service, span's id, body[, trace])."""
    rows = [(int(1e18 + at * 1e6), number, body, (trace or [TRACE])[0], span, service)
            for at, number, service, span, body, *trace in lines]  # fmt: skip
    columns = ["time_ns", "severity_number", "body", "trace_id", "span_id", "service"]
    return pd.DataFrame(rows, columns=columns)


# --- one trace -------------------------------------------------------------------------------------------------------


def test_records_of_the_trace_in_order_of_time(page: pd.DataFrame) -> None:
    other = (41, 9, "cart", "zz", "not of it", "8" * 32)
    logs = records((90, 17, "frontend", "f", "no ads"), (40, 9, "cart", "cs", "cart read"), other)
    figure = log_timeline(page, logs)
    assert figure.finding == "The request took 100 ms: 19 spans, 2 log records of 2 services: 1 INFO, 1 ERROR."
    assert figure.table.rows == [
        ("40.0", "INFO", "cart", "GET /carts", "cart read"),
        ("90.0", "ERROR", "frontend", "GET /", "no ads"),
    ]
    said = words(figure)
    assert said.count("I") == 2 and said.count("E") == 2, "on the waterfall and in the list"
    assert "service and record (I = INFO, E = ERROR)" in said and "not of it" not in figure.text


def test_records_too_near_to_tell_apart_share_the_severest_mark(page: pd.DataFrame) -> None:
    logs = records(*((40 + n / 100, 13 if n == 3 else 9, "cart", "cs", f"line {n}") for n in range(5)))
    said = words(log_timeline(page, logs))
    assert "×5" in said and said.count("W") == 2 and said.count("I") == 4


def test_of_many_the_most_severe_are_listed(page: pd.DataFrame) -> None:
    logs = records(*((n, 17 if n == 97 else 9, "cart", "cs", f"line {n}") for n in range(98)))
    figure = log_timeline(page, logs)
    assert [row[4] for row in figure.table.rows] == [*(f"line {n}" for n in range(13)), "line 97"]
    assert "… 84 records not listed." in figure.text and "… 84 records not listed." in words(figure)


def test_a_trace_without_records_and_a_span_that_is_not_there(page: pd.DataFrame) -> None:
    assert log_timeline(page, records()).finding == "The request took 100 ms: 19 spans; no log record carries its id."
    stray = log_timeline(page, records((5, 9, "cart", "nowhere", "hello")))
    assert stray.table.rows[0][3] == "(span not in the trace)"


def test_log_mistakes_and_hostile_bodies(page: pd.DataFrame) -> None:
    with pytest.raises(FigureError, match=r"lack the column body; give rows of Recording\.logs"):
        log_timeline(page, records().drop(columns="body"))
    logs = records((-1e6, 99, HOSTILE, "f", HOSTILE * 9000), (1e9, -3, "", "f", {"a": HOSTILE}))
    assert_tame(log_timeline(page, logs, title=HOSTILE))
    assert_short(log_timeline(page, logs))
