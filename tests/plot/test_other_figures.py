"""Shares of the critical path, durations over time, and what all figures share."""

import re
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest

from watchkeeper.errors import TraceError
from watchkeeper.plot import Figure, durations, path_shares
from watchkeeper.plot.draw import CROSS, ticks
from watchkeeper.plot.svg import fit, width
from watchkeeper.traces import path_share

SVG = "{http://www.w3.org/2000/svg}"
SHARES = pd.Series({("frontend", "ads"): 0.125, ("catalog", ""): 0.5, ("frontend", "catalog"): 0.375})


def words(figure: Figure) -> list[str]:
    root = ElementTree.fromstring(figure.svg.encode())
    return ["".join(element.itertext()) for element in root.iter(f"{SVG}text")]


def requests_of(*lines: tuple[str, float, float, str]) -> pd.DataFrame:
    """Lines of (route, second, ms, status)."""
    frame = pd.DataFrame(lines, columns=["route", "second", "duration_ms", "status"])
    return frame.assign(start_ns=(10**18 + frame.pop("second") * 1e9).astype("int64"))


# --- shares ----------------------------------------------------------------------------------------------------------


def test_shares_of_one_group() -> None:
    figure = path_shares(SHARES)
    assert figure.finding == "Most is with catalog: 50%; then frontend → catalog: 38%."
    assert figure.table.rows == [("catalog", "50.0"), ("frontend → catalog", "37.5"), ("frontend → ads", "12.5")]
    assert [text for text in words(figure) if text.endswith("%")] == ["0%", "50.0%", "37.5%", "12.5%"]


def test_what_path_share_returns_can_be_drawn(page: pd.DataFrame) -> None:
    figure = path_shares(path_share(page))
    assert figure.table.rows[0] == ("cart", "58.0")
    assert ("frontend → currency", "14.0") in figure.table.rows


def test_bars_are_as_long_as_their_shares() -> None:
    bars = re.findall(r'<rect x="300" y="[\d.]+" width="([\d.]+)"', path_shares(SHARES).svg)
    longest = float(bars[0])
    assert [float(bar) / longest for bar in bars] == pytest.approx([1, 0.75, 0.25], abs=0.001)


def test_two_groups_are_told_apart_by_name_and_hatching() -> None:
    figure = path_shares({"the middle": SHARES, "the slowest 5%": SHARES.iloc[:1]})
    assert figure.finding.startswith("In the middle, most is with catalog: 50%;")
    assert figure.finding.endswith("In the slowest 5%, most is with frontend → ads: 12%.")
    assert figure.table.rows[2] == ("frontend → ads", "12.5", "12.5")
    assert figure.table.rows[0] == ("catalog", "50.0", "0.0")
    assert {"the middle", "the slowest 5%"} <= set(words(figure))
    assert figure.svg.count('fill="url(#h1)"') == 4 and 'fill="url(#h1)"' not in path_shares(SHARES).svg


def test_more_labels_than_the_limit_are_counted() -> None:
    many = pd.Series({f"service {n:02}": 0.05 for n in range(20)})
    figure = path_shares(many)
    assert (
        len(figure.table.rows) == 15 and "… 5 smaller not shown." in figure.text and "… 5 smaller" in words(figure)[-1]
    )


def test_shares_mistakes() -> None:
    with pytest.raises(TraceError, match="no shares to draw; give a series"):
        path_shares(pd.Series(dtype=float))
    with pytest.raises(TraceError, match="needs the columns owner and share"):
        path_shares(pd.DataFrame({"who": ["ads"]}))
    with pytest.raises(TraceError, match="4 groups of bars are too many"):
        path_shares({str(n): SHARES for n in range(4)})


# --- durations -------------------------------------------------------------------------------------------------------


@pytest.fixture
def requests() -> pd.DataFrame:
    slow = [("GET /", n, 40.0 + n, "UNSET") for n in range(100)]
    return requests_of(*slow, ("GET /cart", 50, 2000.0, "ERROR"), ("GET /cart", 51, 10.0, "UNSET"))


def test_durations_say_who_was_slowest(requests: pd.DataFrame) -> None:
    figure = durations(requests)
    assert figure.finding == (
        "102 requests in 99 s, the median 89.5 ms, 1 failed; "
        "the slowest took 2,000 ms: GET /cart, 50 s after the first."
    )
    assert figure.table.rows == [
        ("GET /", "100", "89.5", "134", "139", "0"),
        ("GET /cart", "2", "1,005", "2,000", "2,000", "1"),
    ]


def test_a_shape_for_each_route_and_a_cross_for_failures(requests: pd.DataFrame) -> None:
    figure = durations(requests)
    assert {"GET /", "GET /cart", "failed"} <= set(words(figure))
    drawn = re.findall(r'<path d="(M[^"]+)" fill="#', figure.svg)
    shapes = {re.sub(r"M\d+ -?\d+", "", commands[: commands.index("z")]) for commands in drawn}
    assert len(shapes) == 2
    assert figure.svg.count(CROSS) == 2 * 2, "one in the legend, one on the request, each on white"


def test_deploys_are_lines_with_words(requests: pd.DataFrame) -> None:
    at = [10**18 + seconds * 10**9 for seconds in (48, 50)]
    deploys = pd.DataFrame({"time_ns": at, "service": ["ads", "catalog"], "from": ["1", "1.3"], "to": ["2", "1.4"]})
    figure = durations(requests, deploys)
    assert figure.finding.endswith("Deploys: ads 1 → 2 at 48 s, catalog 1.3 → 1.4 at 50 s.")
    assert {"deploy: ads 1 → 2", "deploy: catalog 1.3 → 1.4"} <= set(words(figure))
    sides = re.findall(r'class="q h( r)?">deploy: ', figure.svg)
    assert sorted(sides) == ["", " r"], "words of near deploys are on either side of their lines"


def test_log_axis_spreads_the_short_ones(requests: pd.DataFrame) -> None:
    plain, spread = (set(words(durations(requests, log=log))) for log in (False, True))
    assert "500" in plain and "10" not in plain - {"0"}
    assert {"10", "100", "1,000"} <= spread and "0" in spread


def test_many_requests_stay_small() -> None:
    lines = [(f"GET /{n % 12}", n / 100, 10.0 + n % 977, "UNSET") for n in range(20_000)]
    figure = durations(requests_of(*lines))
    assert len(figure.svg) < 600_000 and "all other routes" in words(figure)
    assert len(figure.table.rows) == 8


def test_durations_mistakes(requests: pd.DataFrame) -> None:
    with pytest.raises(TraceError, match="no request to draw"):
        durations(requests.iloc[:0])
    with pytest.raises(TraceError, match="needs the column route"):
        durations(requests.drop(columns="route"))


def test_hostile_words_are_text(requests: pd.DataFrame) -> None:
    name = '</text><script>alert(1)</script>"\x00'
    deploys = pd.DataFrame({"time_ns": [10**18], "service": [name], "from": [name], "to": [name]})
    for figure in (
        durations(requests.assign(route=name), deploys, title=name),
        path_shares({name: pd.Series({(name, name): 1.0})}, title=name),
    ):
        words(figure)
        assert "<script" not in figure.svg + figure._repr_html_() and "\x00" not in figure.text + figure.svg


# --- what they share -------------------------------------------------------------------------------------------------


def test_figures_keep_names_short_and_ticks_round() -> None:
    for text in ("recommendation", "WWWWWWWWWWWW", "名前が長い名前が長い", "e\u0301" * 40):
        assert width(fit(text, 50)) <= 50
    for highest in (0.003, 0.7, 1, 99, 143, 10_000, 10_001):
        steps = ticks(highest)
        assert 2 <= len(steps) <= 9 and steps[-1] <= highest * 1.0001


@pytest.mark.parametrize("odd", [float("nan"), float("inf"), -1.7e12])
def test_requests_without_a_possible_duration_are_left_out_and_counted(requests: pd.DataFrame, odd: float) -> None:
    strange = requests.iloc[:2].assign(duration_ms=odd, start_ns=1)
    plain, figure = durations(requests), durations(pd.concat([requests, strange]))
    assert figure.finding == f"{plain.finding} Left out: 2 requests without a possible duration."
    assert figure.table == plain.table
    with pytest.raises(TraceError, match="none of 2 requests has a possible duration"):
        durations(strange)
