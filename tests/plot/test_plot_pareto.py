"""Pareto: the smallest set that reaches the share, and what a question may keep out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from plot_words import HOSTILE, assert_short, assert_tame, everything, words

from watchkeeper.plot import FigureError, pareto

COUNTS = {"timeout": 10, "declined": 70, "slow": 15, "full": 5}


def test_the_largest_first_and_the_smallest_set() -> None:
    figure = pareto(COUNTS)
    assert figure.table.rows == [
        ("declined", "70", "70%", "70%"),
        ("slow", "15", "15%", "85%"),
        ("timeout", "10", "10%", "95.0%"),
        ("full", "5", "5.0%", "100%"),
    ]
    assert "the first 2 of them (50%) make 85%" in figure.finding
    assert figure.svg.count("font-weight:600") and figure.svg.count('class="n b"') == 2
    assert pareto(COUNTS, share=0.7).finding.startswith("100 in 4 kinds; the first (25%) makes 70%")


def test_without_a_share_nothing_is_added_up() -> None:
    figure = pareto(COUNTS, share=None)
    assert figure.table.columns == ("what", "count", "share")
    assert "together" not in everything(figure) and "85%" not in everything(figure) and "smallest" not in figure.finding


def test_the_rest_is_one_row() -> None:
    figure = pareto(pd.Series({f"alert {n:02}": 100 - n for n in range(40)}), limit=10)
    assert figure.table.rows[-1] == ("30 more together", "2,265", "70%", "100%")
    assert "… " not in words(figure)
    assert_short(figure)


def test_mistakes_and_hostile_labels() -> None:
    with pytest.raises(FigureError, match="numbers without names"):
        pareto([1, 2])
    with pytest.raises(FigureError, match="2 counts have 1 labels"):
        pareto([1, 2], ["a"])
    with pytest.raises(FigureError, match="not all 0"):
        pareto({"a": 0})
    with pytest.raises(FigureError, match="80 is not a share"):
        pareto(COUNTS, share=80)
    assert_tame(pareto([1e12, 0.001], [HOSTILE, (HOSTILE, HOSTILE * 80)], title=HOSTILE))


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=40).filter(any), st.floats(0.01, 1.0))
def test_one_label_less_would_not_do(counts: list[int], share: float) -> None:
    from watchkeeper.plot.pareto import _enough

    values = np.sort(np.array(counts, dtype=float))[::-1]
    enough = _enough(values, share)
    assert values[:enough].sum() >= share * values.sum() * (1 - 1e-9)
    assert values[: enough - 1].sum() < share * values.sum()
