"""Severities, searches, personal data, and lines that belong together."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.logs import LogError, grep_quality, join_lines, personal, severities, severity_name, severity_number
from watchkeeper.logs.grep import luhn


@pytest.mark.parametrize("number", range(1, 25))
def test_a_number_has_a_name_and_the_name_its_number(number: int) -> None:
    assert severity_number(severity_name(number)) == number
    row = severities().query("lowest <= @number <= highest")
    assert row["level"].tolist() == [severity_name(number).rstrip("234")]


def test_other_names_and_none() -> None:
    assert [severity_number(name) for name in ("warning", "CRITICAL", "SEVERITY_NUMBER_INFO2")] == [13, 21, 10]
    assert severity_name(0) == ""
    for name in ("", "LOUD", "WARN5", "WARN22"):
        with pytest.raises(LogError, match="Unknown severity"):
            severity_number(name)
    with pytest.raises(LogError):
        severity_name(25)


@given(st.lists(st.tuples(st.booleans(), st.booleans())))
def test_grep_quality_counts(pairs: list[tuple[bool, bool]]) -> None:
    found = grep_quality([a for a, _ in pairs], pd.Series([b for _, b in pairs], dtype=bool))
    assert found.right + found.missed == sum(b for _, b in pairs)
    assert found.right + found.false_alarms == sum(a for a, _ in pairs)
    assert found.precision != found.precision or 0 <= found.precision <= 1


def test_grep_quality_of_different_lengths() -> None:
    with pytest.raises(LogError, match="one True or False per line"):
        grep_quality([True], [])


@pytest.mark.parametrize(
    ("body", "finds"),
    [
        ("mail to Ada.Lovelace+x@mail.example.org.", [("e-mail", "Ada.Lovelace+x@mail.example.org")]),
        ("call +49 40 5550123, or 040 555 0199", [("phone", "+49 40 5550123"), ("phone", "040 555 0199")]),
        ("card 4111 1111 1111 1111 ok", [("card", "4111 1111 1111 1111")]),
        ("card 4111 1111 1111 1112 ok", []),
        ("from 203.0.113.7:443 and 2001:db8::7", [("IP address", "203.0.113.7"), ("IP address", "2001:db8::7")]),
        ("at 12:30:45, version 1.2.3.4000, std::vector, 999.1.1.1", []),
        ("listed 10 products in 12.5 ms at 1795435338717066137", []),
        ("order 3f2a91 placed: 2 lines, 12100 USD, card ending in 5556", []),
        ("550e8400-e29b-41d4-a716-446655440000 took 1795435338.123", []),
        ("me@home", []),
        ("", []),
    ],
)
def test_personal_data(body: str, finds: list[tuple[str, str]]) -> None:
    table = personal(pd.Series([body], index=["x"]))
    assert list(zip(table["rule"], table["text"], strict=True)) == finds
    assert all(body[a:b] == text for a, b, text in zip(table["start"], table["end"], table["text"], strict=True))
    assert set(table["line"]) <= {"x"}


@pytest.mark.parametrize("part", ["1", "+1", "4 ", "@a", "a@a.", "1.", ":1", "+49 ", "0 ", "a@b.co "])
def test_personal_data_in_a_megabyte(part: str) -> None:
    personal([part * (1_000_000 // len(part))])


@given(st.text(alphabet="0123456789", min_size=1, max_size=18))
def test_one_check_digit_passes(digits: str) -> None:
    passing = [d for d in "0123456789" if luhn(digits + d)]
    assert len(passing) == (1 if digits.strip("0") else 0)


PYTHON = [
    "Traceback (most recent call last):",
    '  File "a.py", line 3',
    "KeyError: 'x'",
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    "Traceback (most recent call last):",
    '  File "b.py", line 4',
    "ValueError: no x",
]
JAVA = ["java.io.IOException: gone", "\tat com.example.A.b(A.java:3)", "Caused by: java.lang.Error", "\t... 3 more"]


@pytest.mark.parametrize("trace", [PYTHON, JAVA])
def test_a_stack_trace_is_one_record(trace: list[str]) -> None:
    head = ["it failed"] if trace is PYTHON else []
    table = join_lines(["listed 3", *head, *trace, "listed 4"])
    assert table["body"].tolist()[0] == "listed 3" and table["body"].tolist()[-1] == "listed 4"
    assert len(table) == 3
    assert table["body"].iloc[1].endswith("\n".join(trace))


def test_writers_that_interleave_are_told_apart() -> None:
    bodies = ["oops", "fine", PYTHON[0], "fine too", "KeyError: 1"]
    logs = pd.DataFrame({"service": list("ababa"), "time_ns": range(5), "body": bodies}, index=list("vwxyz"))
    table = join_lines(logs)
    assert table["body"].tolist() == ["oops\nTraceback (most recent call last):\nKeyError: 1", "fine", "fine too"]
    assert table.index.tolist() == ["v", "w", "y"]
    assert logs["body"].iloc[0] == "oops"


def test_whole_tracebacks_in_one_body_take_nothing_along() -> None:
    assert join_lines(["\n".join(PYTHON[:3]), "listed 3"])["lines"].tolist() == [1, 1]


@given(st.lists(st.sampled_from(["a", " b", "", PYTHON[0], "E: 1", "Caused by: x"]), max_size=12))
def test_no_line_is_lost(bodies: list[str]) -> None:
    table = join_lines(bodies)
    assert "\n".join(table["body"]) == "\n".join(bodies)
    assert table["lines"].sum() == len(bodies)
