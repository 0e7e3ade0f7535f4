"""Times, counts, percentages and foreign text in words: exact where it matters, and one function for each."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.words import clean, count, decimal, duration, ms, percent


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0004, "0.40 ms"),
        (0.9996, "1 s"),
        (59.6, "1 min"),
        (3605, "1 h 5 s"),
        (86399.6, "1 d"),
        (-90, "-1 min 30 s"),
        (30 * 86400, "30 d"),
        (5000 * 86400, "5,000 d"),
    ],
)
def test_durations(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_short_duration_leaves_out_the_small_units() -> None:
    assert [duration(3605, most) for most in (1, 2, 3)] == ["1 h", "1 h", "1 h 5 s"]
    assert duration(2 * 86400 + 3 * 3600, most=1) == "2 d"


@given(st.integers(10, 10**9))
def test_a_duration_in_words_is_exact_to_the_second(seconds: int) -> None:
    sizes = {"d": 86400, "h": 3600, "min": 60, "s": 1}
    parts = re.findall(r"([\d,]+) (\w+)", duration(seconds))
    assert sum(int(number.replace(",", "")) * sizes[unit] for number, unit in parts) == seconds


@given(st.floats(0, 1))
def test_a_percentage_says_nothing_and_all_only_when_it_is(share: float) -> None:
    said = percent(share)
    if 1e-9 <= share <= 1 - 1e-9:
        assert said not in ("0%", "100%")
    assert float(said.rstrip("%")) == pytest.approx(100 * share, abs=0.51)


def test_numbers() -> None:
    assert [decimal(value) for value in (1e-5, 12.0, 1234567.0)] == ["0.00001", "12", "1,234,567"]
    assert [ms(value) for value in (0.5, 9.99, 10, 99.9, 100, 1e6)] == [
        "0.50",
        "9.99",
        "10.0",
        "99.9",
        "100",
        "1,000,000",
    ]
    assert percent(0.99999) == "99.999%" and percent(1.0) == "100%" and percent(0.0501, 0) == "5%"
    assert [count(2, noun) for noun in ("day", "entry", "record")] == ["2 days", "2 entries", "2 records"]


@given(st.text())
def test_clean_text_is_one_short_line_without_marks_that_turn_the_reading_direction(text: str) -> None:
    said = clean(text, 20)
    assert len(said) <= 20 and not set("\n\r\x00\u202e\ud800") & set(said)
