"""Log records on a waterfall, rates of templates, and an incident's timeline."""

import numpy as np
import pandas as pd
import pytest
from plot_words import HOSTILE, assert_short, assert_tame, words

from watchkeeper import logs as science
from watchkeeper.plot import Figure, FigureError, log_rates, log_timeline, timeline

TRACE = "7" * 32


def records(*lines: tuple) -> pd.DataFrame:
    """Lines of (ms, severity number, service, span's id, body[, trace])."""
    rows = [
        (int(1e18 + at * 1e6), number, body, (trace or [TRACE])[0], span, service)
        for at, number, service, span, body, *trace in lines
    ]
    columns = ["time_ns", "severity_number", "body", "trace_id", "span_id", "service"]
    return pd.DataFrame(rows, columns=columns)


def said_in(figure: Figure) -> list[tuple[str, ...]]:
    """The rows of the twin that are records, not spans."""
    return [row for row in figure.table.rows if not row[1].endswith(" span")]


# --- one trace -------------------------------------------------------------------------------------------------------


def test_records_of_the_trace_in_order_of_time(page: pd.DataFrame) -> None:
    other = (41, 9, "cart", "zz", "not of it", "8" * 32)
    logs = records((90, 17, "frontend", "f", "no ads"), (40, 9, "cart", "cs", "cart read"), other)
    figure = log_timeline(page, logs)
    assert figure.finding == "The request took 100 ms: 19 spans, 2 log records of 2 services: 1 INFO, 1 ERROR."
    assert said_in(figure) == [
        ("40.0", "INFO", "cart", "GET /carts", "cart read"),
        ("90.0", "ERROR", "frontend", "GET /", "no ads"),
    ]
    said = words(figure)
    assert said.count("I") == 2 and said.count("E") == 2, "on the waterfall and in the list"
    assert "service and record (I = INFO, E = ERROR)" in said and "not of it" not in figure.text


def test_a_severity_that_is_only_text_has_its_mark(page: pd.DataFrame) -> None:
    logs = records((90, 0, "frontend", "f", "no ads"), (40, 0, "cart", "cs", "cart read"))
    figure = log_timeline(page, logs.assign(severity=["SEVERE", "Warning"]))
    assert figure.finding.endswith("2 log records of 2 services: 1 WARN, 1 ERROR.")


def test_the_twin_has_the_tree_of_spans_before_the_records(page: pd.DataFrame) -> None:
    failed = page.assign(status=["ERROR" if span == "f" else "UNSET" for span in page.span_id])
    *tree, last = log_timeline(failed, records((40, 9, "cart", "cs", "cart read"))).table.rows
    assert last[1] == "INFO" and all(row[1].endswith(" span") for row in tree)
    assert tree[0][2] == "loadgenerator" and {"· frontend", "· · frontend"} <= {row[2] for row in tree}
    assert [row[4].endswith("error") for row in tree].count(True) == 1


def test_records_too_near_to_tell_apart_share_the_severest_mark(page: pd.DataFrame) -> None:
    logs = records(*((40 + n / 100, 13 if n == 3 else 9, "cart", "cs", f"line {n}") for n in range(5)))
    said = words(log_timeline(page, logs))
    assert "×5" in said and said.count("W") == 2 and said.count("I") == 4


def test_of_many_the_most_severe_are_listed(page: pd.DataFrame) -> None:
    logs = records(*((n, 17 if n == 97 else 9, "cart", "cs", f"line {n}") for n in range(98)))
    figure = log_timeline(page, logs)
    assert [row[4] for row in said_in(figure)] == [*(f"line {n}" for n in range(13)), "line 97"]
    assert "… 84 records not listed." in figure.text and "… 84 records not listed." in words(figure)


def test_a_trace_without_records_and_a_span_that_is_not_there(page: pd.DataFrame) -> None:
    assert log_timeline(page, records()).finding == "The request took 100 ms: 19 spans; no log record carries its id."
    stray = log_timeline(page, records((5, 9, "cart", "nowhere", "hello")))
    assert stray.table.rows[-1][3] == "(span not in the trace)"


def test_log_mistakes_and_hostile_bodies(page: pd.DataFrame) -> None:
    with pytest.raises(FigureError, match=r"lack the column body; give rows of Recording\.logs"):
        log_timeline(page, records().drop(columns="body"))
    logs = records((-1e6, 99, HOSTILE, "f", HOSTILE * 9000), (1e9, -3, "", "f", {"a": HOSTILE}))
    assert_tame(log_timeline(page, logs, title=HOSTILE))
    assert_short(log_timeline(page, logs))


# --- rates -----------------------------------------------------------------------------------------------------------

SECOND = 10**9


def rates(counts: dict[str, list[int]], seconds: int = 5) -> pd.DataFrame:
    """Counts by window of templates "service template"; windows without a record are left out."""
    rows = [
        (10**18 + at * seconds * SECOND, *name.split(" ", 1), number)
        for name, numbers in counts.items()
        for at, number in enumerate(numbers)
        if number
    ]
    return pd.DataFrame(rows, columns=["time_ns", "service", "template", "count"])


def test_rates_count_by_template_and_time() -> None:
    figure = log_rates(
        rates({"cart added <*>": [4, 4, 0, 4], "ads no banner": [0, 0, 0, 90], "ads late": [0, 1, 0, 0]})
    )
    assert figure.finding == "103 records of 3 templates in 20 s, counted every 5 s."
    assert figure.table.columns == ("service", "template", "0–5 s", "5–10 s", "10–15 s", "15–20 s")
    assert figure.table.rows == [
        ("ads", "no banner", "0", "0", "0", "90"),
        ("cart", "added <*>", "4", "4", "0", "4"),
        ("ads", "late", "0", "1", "0", "0"),
    ]
    assert {"highest", "in all", "90", "12", "added <*>"} <= set(words(figure))


def test_what_logs_rates_returns_can_be_drawn(page: pd.DataFrame) -> None:
    lines = records(*((n * 400.0, 9, "cart", "cs", f"added {n} of LAMP") for n in range(50)))
    figure = log_rates(science.rates(lines, seconds=2))
    assert figure.finding.startswith("50 records of 1 template in 20 s")
    assert figure.table.columns[2:] == ("0–4 s", "4–8 s", "8–12 s", "12–16 s", "16–20 s")  # all of one length


def test_of_many_templates_the_most_frequent_are_shown() -> None:
    many = {f"cart template {chr(97 + n)}": [n + 1] for n in range(20)}
    deploys = pd.DataFrame({"time_ns": [10**18], "service": ["ads"], "from": ["1"], "to": ["2"]})
    figure = log_rates(rates(many), deploys=deploys)
    assert "… 8 templates with fewer records not shown." in words(figure) and "deploy: ads 1 → 2" in words(figure)
    assert figure.table.rows[0][:2] == ("cart", "template t") and figure.finding.startswith("210 records of 20")
    assert_short(figure)


# --- an incident -----------------------------------------------------------------------------------------------------


def events(*lines: tuple) -> pd.DataFrame:
    """Lines of (second, until, signal, service, what, count)."""
    frame = pd.DataFrame(lines, columns=["time_ns", "until_ns", "signal", "service", "what", "count"])
    for name in ("time_ns", "until_ns"):
        frame[name] = (10**18 + frame[name].astype(float) * SECOND).astype("int64")
    return frame


def test_events_stand_in_order_of_time() -> None:
    figure = timeline(events((12, 40, "log", "cart", "timeouts", 31), (0, 0, "deploy", "ads", "1 → 2", 1)))
    assert figure.finding == "2 events in 40 s: deploy 1, log 1."
    assert figure.table.rows == [
        ("0.0", "", "deploy", "ads", "1 → 2", "1"),
        ("12.0", "40.0", "log", "cart", "timeouts", "31"),
    ]
    said = words(figure)
    assert said.count("D") == 2 and said.count("L") == 2, "in the legend and in the row"
    assert "×31" in said and "×1" not in said and "how many" in said
    assert "0 s is the first event." in figure.text


def test_what_stayed_away_altogether_is_said_in_words() -> None:
    figure = timeline(events((0, 0, "deploy", "ads", "1 → 2", 1), (5, 9, "log", "ads", 'fewer: "banner"', 0)))
    assert "none" in words(figure) and "×0" not in words(figure)


def test_until_and_count_may_be_missing_and_signals_unknown() -> None:
    plain = events((0, 0, "page", "", "a shopper called", 1)).drop(columns=["until_ns", "count"])
    figure = timeline(plain)
    assert figure.table.rows == [("0.0", "", "page", "", "a shopper called", "")]
    assert words(figure).count("P") == 2


def test_later_events_than_the_limit_are_counted() -> None:
    figure = timeline(events(*((n, n, "log", "cart", f"line {n}", 1) for n in range(30))), limit=12)
    assert len(figure.table.rows) == 12 and "… 18 later events not shown." in figure.text
    assert "30 events" in figure.finding


def test_rates_and_timeline_mistakes_and_hostile_words() -> None:
    with pytest.raises(FigureError, match=r"needs the column count; give it what logs\.rates returns"):
        log_rates(rates({"a b": [1]}).drop(columns="count"))
    with pytest.raises(FigureError, match=r"nothing to draw.*give it what logs\.timeline returns"):
        timeline(events())
    assert_tame(log_rates(rates({"a b": [1]}).assign(template=HOSTILE * 99, service=HOSTILE), title=HOSTILE))
    assert_tame(timeline(events((0, -5, HOSTILE, HOSTILE, HOSTILE * 99, np.nan)), title=HOSTILE))
