"""The grammar of figures: what a mark draws of its values, and what a panel makes room for."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.errors import FigureError
from watchkeeper.plot.draw import CROSS, LANE, Axis, Deploys, Flags, Panel, Scale, Space, picture
from watchkeeper.plot.marks import Bars, CellNumbers, Cells, Counts, Crosses, Dots, Line, Points, Steps, Stretches

SPACE = Space(Scale(0, 100, 0, 500), Scale(0, 10, 200, 100))
LOOK = 'stroke="#000"'


def points_of(path: str) -> list[tuple[float, float]]:
    commands = re.search(r' d="M([^"]+)"', path)
    assert commands
    return [(float(x), float(y)) for x, y in (point.split() for point in commands[1].split("L"))]


def test_a_line_of_few_points_has_them_all() -> None:
    drawn = points_of(Line(np.array([0.0, 50, 50, 100]), np.array([0.0, 10, 5, 0]), LOOK).draw(SPACE)[0])
    assert drawn == [(0, 200), (250, 100), (250, 150), (500, 200)]


@given(st.integers(0, 9_999), st.integers(0, 9_999))
def test_a_line_of_many_points_keeps_every_spike(high: int, low: int) -> None:
    values = np.full(10_000, 5.0)
    values[low], values[high] = 0.0, 10.0
    drawn = points_of(Line(np.linspace(0, 100, 10_000), values, LOOK).draw(SPACE)[0])
    assert len(drawn) < 1_600
    assert min(y for _, y in drawn) == 100 and (max(y for _, y in drawn) == 200 or low == high)


def test_a_line_has_markers_at_some_of_its_points() -> None:
    _, markers = Line(np.arange(100.0), np.zeros(100), LOOK, "m-1 0h2", LOOK, phase=1).draw(SPACE)
    assert markers.count("m-1 0h2") == 25 and 'd="M5 200m' in markers


def test_the_smallest_bar_is_seen_and_none_is_none() -> None:
    (bars,) = Bars([0, 10, 20, 30], [0, 0.0001, 10]).draw(SPACE)
    assert re.findall(r"M([\d.]+) 200V([\d.]+)H([\d.]+)", bars) == [
        ("50.5", "198.5", "99.5"),
        ("100.5", "100", "149.5"),
    ]
    assert Bars([0, 10], [0]).draw(SPACE) == []
    assert [re.sub("<.*?>", "", words) for words in Counts([0, 10, 20], [0, 7]).draw(SPACE)] == ["7"]


def test_dots_are_stacked_and_say_how_much_room_they_need() -> None:
    dots = Dots(np.array([50.0] * 10))
    assert dots.tallest(SPACE.x) == 100 and Dots(np.array([1.0])).tallest(SPACE.x) == 40
    heights = re.findall(r'cy="([\d.]+)"', "".join(dots.draw(SPACE)))
    assert len(set(heights)) == 10


def test_what_would_cover_each_other_is_drawn_once() -> None:
    same = np.array([10.0, 10.001, 90])
    assert Points(same, same / 10, "m0 0h1", LOOK).draw(SPACE)[0].count("m0 0h1") == 2
    ground, crosses = Crosses(same, same / 10).draw(SPACE)
    assert ground.count(CROSS) == crosses.count(CROSS) == 2
    assert Crosses(same[:0], same[:0]).draw(SPACE) == []


def test_steps_reach_one_and_a_strip_says_never() -> None:
    steps = Steps(np.array([10.0, 20, 40]), LOOK).draw(SPACE)[1]
    assert steps.split('"')[1].endswith("H200V100H500")
    assert "never" in "".join(Stretches("fires", []).draw(SPACE))
    assert "never" not in "".join(Stretches("fires", [(1, 2)]).draw(SPACE))


def test_cells_fill_the_panel_and_numbers_go_where_they_fit() -> None:
    counts = np.array([[1, 0], [0, 123_456]])
    assert "".join(Cells(counts, 123_456).draw(SPACE)).count("<rect") == 1 + 2
    assert len(CellNumbers(counts, 123_456).draw(SPACE)) == 2
    narrow = Space(Scale(0, 100, 0, 30), SPACE.y)
    assert len(CellNumbers(counts, 123_456).draw(narrow)) == 1


def test_a_panel_makes_room_for_words_above_it() -> None:
    near = Flags([(10, "one deploy"), (11, "another"), (12, "a third")], LOOK)
    assert Flags([], LOOK).headroom(SPACE.x) == 0 and near.headroom(SPACE.x) >= 2 * LANE
    bare, flagged = (picture("t", [], Axis(0, 100), [Panel(marks)]) for marks in ([], [near]))
    heights = [int(re.findall(r'height="(\d+)"', drawn)[0]) for drawn in (bare, flagged)]
    assert heights[1] - heights[0] == pytest.approx(near.headroom(Scale(0, 100, 64, 872)), abs=1)


def test_deploys_inside_the_picture_only() -> None:
    frame = pd.DataFrame({"time_ns": [0, 5 * 10**9, 10**12], "service": "ads", "from": "1", "to": ["2", "3", "4"]})
    deploys = Deploys.of(frame, 10**9, 60)
    assert deploys.sentence == " Deploys: ads 1 → 3 at 4 s." and deploys.note == "ads 1 → 3 deployed at 4.0 s"
    assert Deploys.of(None, 0, 60).sentence == ""
    with pytest.raises(FigureError, match=r"deploys lack the column to; give Recording\.deploys"):
        Deploys.of(frame.drop(columns="to"), 0, 60)


def test_named_numbers_that_would_touch_lose_some() -> None:
    words = [(at, f"bound {at}") for at in range(101)]
    drawn = picture("t", [], Axis(0, 100, named=words), [Panel([])])
    shown = re.findall(r">bound (\d+)<", drawn)
    assert 5 < len(shown) < 30 and shown[:2] != ["0", "1"]
