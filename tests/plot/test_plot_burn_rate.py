"""Burn rates: what the panels show is what `slo` computes, and a question can keep the firings out."""

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest
from plot_words import HOSTILE, SVG, assert_short, assert_tame, everything, words

from watchkeeper import slo
from watchkeeper.plot import FigureError, burn_rate

MINUTE = 60 * 10**9


def series(minutes: int, bad: range, share: float = 1.0) -> pd.DataFrame:
    """100 valid requests a minute, of which in the `bad` minutes that share fails."""
    good = np.where(np.isin(np.arange(minutes), bad), round(100 * (1 - share)), 100)
    return pd.DataFrame({"time_ns": 10**18 + np.arange(minutes) * MINUTE, "good": good, "valid": 100})


DOWN = series(120, range(60, 70))
PAGE = slo.STANDARD[:1]


def test_it_says_when_each_rule_fired() -> None:
    figure = burn_rate(DOWN, slo.STANDARD[:2], 0.999, firings=True)
    assert figure.finding == (
        "An objective of 99.9%, 120 minutes. “page: 1 h and 5 min above 14.4” fired once, from 1 h 1 min to "
        "1 h 15 min. “page: 6 h and 30 min above 6” fired once, from 1 h 1 min to 1 h 40 min."
    )
    assert figure == burn_rate(DOWN, slo.STANDARD[:2], 0.999, firings=slo.replay(slo.STANDARD[:2], DOWN, 0.999))
    bar = re.search(r'<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)" height="12" fill="#000000"', figure.svg)
    assert bar and [float(part) for part in bar.groups()] == pytest.approx(
        [64 + 808 * 61 / 120, 808 * 14 / 120], abs=0.1
    )


def test_a_rule_that_never_fires_says_so() -> None:
    figure = burn_rate(series(120, range(0)), PAGE, 0.999, firings=True)
    assert figure.finding.endswith("never fired.") and "never" in words(figure)


def test_without_firings_nothing_tells_them() -> None:
    figure = burn_rate(DOWN, PAGE, 0.999)
    assert "fire" not in everything(figure)
    assert figure.finding.endswith("At most, the budget burnt 167 times as fast as allowed over 1 h, 1,000 over 5 min.")


def test_the_twin_holds_the_highest_of_each_stretch() -> None:
    figure = burn_rate(DOWN, PAGE, 0.999)
    assert figure.table.columns == ("until, minutes", "over 1 h", "over 5 min")
    assert figure.table.rows[6] == ("70", "167", "1,000")
    assert len(figure.table.rows) == 12


def test_lines_go_through_the_rates() -> None:
    figure = burn_rate(DOWN, PAGE, 0.999)
    paths = [path.get("d", "") for path in ElementTree.fromstring(figure.svg).iter(f"{SVG}path")]
    long, short = sorted((path for path in paths if path.count("L") > 20), key=lambda path: path.count("L"))[::-1]
    heights = [float(point.split()[1]) for point in re.split("[ML]", long)[1:]]
    assert heights.index(min(heights)) > 0 and short.count("L") < long.count("L") + 60
    bottom = max(heights)
    assert heights[0] == bottom, "nothing burns at first: the line starts at the lower end"


def test_a_month_of_minutes_stays_small() -> None:
    rng = np.random.default_rng(1)
    month = series(30 * 1440, range(0)).assign(good=100 - rng.binomial(100, 0.002, 30 * 1440))
    figure = burn_rate(month, slo.STANDARD, 0.999, firings=True)
    assert len(figure.svg) < 250_000 and "days since the series began" in words(figure)
    assert_short(figure)


def test_mistakes_and_hostile_words() -> None:
    with pytest.raises(FigureError, match="0 rules cannot be drawn; give one to six"):
        burn_rate(DOWN, [], 0.999)
    with pytest.raises(FigureError, match="rules come as a list"):
        burn_rate(DOWN, PAGE[0], 0.999)
    with pytest.raises(FigureError, match=r"needs the column good, valid; give it what slo\.indicator returns"):
        burn_rate(DOWN[["time_ns"]], PAGE, 0.999)
    with pytest.raises(FigureError, match="firings lack the column end_ns"):
        burn_rate(DOWN, PAGE, 0.999, firings=pd.DataFrame({"rule": [0], "start_ns": [0]}))
    with pytest.raises(slo.SloError, match="an objective is between"):
        burn_rate(DOWN, PAGE, 99.9)
    assert_tame(burn_rate(DOWN, [slo.Rule(5, 1, 2, HOSTILE)], 0.999, firings=True, title=HOSTILE))
