"""The log explorer without a browser: which records are chosen, and which page of them is shown."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from watchkeeper import explore
from watchkeeper.errors import RecordingError

HOSTILE = "<script>alert(1)</script>"


def record(second: float, severity: int, service: str, body: Any) -> dict[str, Any]:
    ids = {"trace_id": "a" * 32, "span_id": "b" * 16}
    return {"time_ns": int(10**18 + second * 1e9), "severity_number": severity, "service": service, "body": body, **ids}


@pytest.fixture
def recording() -> Any:
    """Forty records: cart one a second, every tenth a warning; one error of ads; out of order."""
    rows = [record(n, 13 if n % 10 == 9 else 9, "cart", f"added {n} of LAMP") for n in range(39)]
    rows.append(record(7.5, 17, "ads", {"text": f"0 errors {HOSTILE}"}))
    return SimpleNamespace(name="a-day", logs=pd.DataFrame(rows[::-1]))


def seconds(explorer: explore.LogExplorer) -> list[str]:
    return [row[0] for row in explorer.page.table.rows]


def test_it_opens_with_the_first_page_of_all(recording: Any) -> None:
    explorer = explore.logs(recording)
    assert explorer.page.finding == "40 of 40 log records; here 1 to 15."
    assert seconds(explorer)[:3] == ["0.000", "1.000", "2.000"] and explorer.about.value == "of 3"
    assert explorer.page.table.rows[1] == ("1.000", "INFO", "cart", "added 1 of LAMP", "aaaaaaaa")


def test_service_severity_words_and_time(recording: Any) -> None:
    explorer = explore.logs(recording)
    assert [label for label, _ in explorer.severity.options] == ["INFO and above", "WARN and above", "ERROR"]
    explorer.severity.value = 3
    assert len(explorer.records) == 4
    explorer.service.value = "ads"
    assert explorer.records["service"].tolist() == ["ads"]
    explorer.service.value, explorer.severity.value = "", 2
    explorer.contains.value = " lamp "
    assert len(explorer.records) == 39, "in any case"
    explorer.contains.value = "added 1. of"
    assert explorer.page.finding == "0 of 40 log records.", "words, not a pattern"
    explorer.contains.value = ""
    explorer.window.begin.value, explorer.window.end.value = 5, 8
    assert seconds(explorer) == ["5.000", "6.000", "7.000", "7.500", "8.000"]


def test_a_severity_without_a_number_is_chosen_by_its_text(recording: Any) -> None:
    recording.logs = recording.logs.assign(severity_number=0, severity="WARNING")
    recording.logs.loc[0, "severity"] = "err"
    explorer = explore.logs(recording)
    assert [label for label, _ in explorer.severity.options] == ["WARN and above", "ERROR"]


def test_another_choice_starts_at_its_first_page(recording: Any) -> None:
    explorer = explore.logs(recording)
    explorer.number.value = 3
    assert len(seconds(explorer)) == 10 and explorer.page.finding.endswith("here 31 to 40.")
    explorer.service.value = "ads"
    assert (explorer.number.value, explorer.number.max) == (1, 1)


def test_bodies_are_text(recording: Any) -> None:
    explorer = explore.logs(recording)
    explorer.service.value = "ads"
    assert "<script" not in explorer.page._repr_html_() and "&lt;script" in explorer.page._repr_html_()
    assert repr(explorer.page) == explorer.page.text


def test_a_recording_without_logs(recording: Any) -> None:
    recording.logs = recording.logs.iloc[:0]
    with pytest.raises(RecordingError, match="has no log records to explore"):
        explore.logs(recording)
