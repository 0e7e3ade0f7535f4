"""Time by duration: every request is in one cell, the shades keep their order, the twin adds up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plot_words import HOSTILE, assert_short, assert_tame, words

from watchkeeper import latency
from watchkeeper.plot import Figure, FigureError, heat_map
from watchkeeper.plot.marks import limits, shades_of

SECOND = 10**9


def total(figure: Figure) -> int:
    return sum(int(cell.replace(",", "")) for row in figure.table.rows for cell in row[1:])


def test_two_humps_stay_two() -> None:
    starts = [n * SECOND for n in range(20)] * 2
    figure = heat_map(starts, [8.0] * 20 + [310.0] * 20, seconds=10)
    assert figure.finding == "40 requests in 2 columns of 10 s, from 6 to 400 ms; the fullest cell holds 10."
    assert words(figure).count("10") >= 4, "four cells say their number"
    assert [row[0] for row in figure.table.rows] == ["0", "10"]
    assert all(row[1:] == ("10", *["0"] * (len(row) - 3), "10") for row in figure.table.rows)


def test_the_three_ways_to_give_it_agree() -> None:
    frame = pd.DataFrame({"start_ns": [0, SECOND, 5 * SECOND], "duration_ms": [1.0, 30.0, 3000.0]})
    by_frame = heat_map(frame, seconds=1)
    assert by_frame == heat_map(frame["start_ns"], frame["duration_ms"], seconds=1)
    assert by_frame.svg == heat_map(latency.heat_map(frame["start_ns"], frame["duration_ms"], seconds=1)).svg


def test_deploys_are_lines_with_words() -> None:
    deploys = pd.DataFrame({"time_ns": [3 * SECOND, 900 * SECOND], "service": "ads", "from": "1", "to": ["2", "3"]})
    figure = heat_map([0, 9 * SECOND], [5.0, 6.0], seconds=1, deploys=deploys)
    assert "deploy: ads 1 → 2" in words(figure) and "ads 2 → 3" not in figure.text, "one lies after the picture's end"
    assert figure.finding.endswith("Deploys: ads 1 → 2 at 3 s.")


def test_a_deploy_does_not_strike_numbers_out() -> None:
    deploys = pd.DataFrame({"time_ns": [2 * SECOND], "service": "ads", "from": "1", "to": "2"})
    drawn = heat_map([2 * SECOND] * 7, [5.0] * 7, seconds=5, deploys=deploys).svg
    assert 0 < drawn.index("stroke-dasharray") < drawn.index(">7</text>"), "what is drawn later is on top"


def test_mistakes_and_hostile_words() -> None:
    with pytest.raises(FigureError, match="2 starts and 1 durations"):
        heat_map([0, 1], [5.0])
    with pytest.raises(FigureError, match="give columns of numbers"):
        heat_map(["GET /"], [5.0])
    with pytest.raises(FigureError, match="negative or not a finite number"):
        heat_map([0], [float("inf")])
    with pytest.raises(FigureError, match="more than 200 columns; give more seconds"):
        heat_map([0, 1000 * SECOND], [5.0, 5.0], seconds=1)
    with pytest.raises(FigureError, match="this frame is not a heat map"):
        heat_map(pd.DataFrame({"route": ["a"]}))
    deploys = pd.DataFrame({"time_ns": [0], "service": [HOSTILE], "from": [HOSTILE], "to": [HOSTILE]})
    assert_tame(heat_map([0], [0.0], deploys=deploys, title=HOSTILE))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 10**12), st.floats(0, 1e7)), min_size=1, max_size=60))
def test_every_request_is_counted_once(requests: list[tuple[int, float]]) -> None:
    starts, durations = zip(*requests, strict=True)
    figure = heat_map(np.array(starts) + 10**18, durations)
    assert total(figure) == len(requests)
    assert_tame(figure)
    assert_short(figure)
    assert len(figure.table.columns) <= 9


@given(st.integers(1, 10**7))
def test_a_greater_number_never_has_a_paler_shade(most: int) -> None:
    found = limits(most)
    assert found == sorted(set(found)) and found[-1] == most
    shades = shades_of(np.array(found), most).tolist()
    assert shades == sorted(set(shades)) and shades[-1] <= 7
