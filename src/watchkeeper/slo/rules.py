"""Alert rules based on the burn rate over two windows, and their replay over a series.

SRE Workbook, ch. 5, "Multiwindow, Multi-Burn-Rate Alerts": a rule fires when the budget burns faster than its rate in
the long window (so it matters) *and* in the short one (so it is still going on). If you have several rules, one of them
is enough.

A minute is judged at its end, over the windows that end with it. A window that starts before the series counts the part
that exists, and a window without valid requests burns nothing. The comparison is `>`, as in the workbook, and in whole
numbers: on every machine, a burn rate of exactly 14.4 does not fire a rule of 14.4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd

from ..errors import SloError
from ..otlp import in_nanoseconds
from ..words import duration
from .budget import tolerated
from .indicator import MINUTE_NS, step_ns

COLUMNS = [
    "rule",
    "severity",
    "start",
    "end",
    "start_ns",
    "end_ns",
    "minutes",
    "detection_minutes",
    "reset_minutes",
    "open",
]


@dataclass(frozen=True)
class Rule:
    """Fires with `severity` when the burn rate is above `rate` in both windows. SloError if the windows don't fit.

    >>> Rule(60, 5, 14.4, "page").budget_share()
    0.02
    """

    long_minutes: float
    short_minutes: float
    rate: float
    severity: str

    def __post_init__(self) -> None:
        if not 0 < self.short_minutes <= self.long_minutes or not self.rate > 0:
            raise SloError(f"{self} is not a useful rule; it needs 0 < short window <= long window, and a rate above 0")

    def budget_share(self, days: float = 30) -> float:
        """The share of the budget of `days` that is spent if the rate lasts for the long window."""
        return float(Fraction(repr(float(self.rate))) * Fraction(self.long_minutes) / (Fraction(days) * 1440))

    def __str__(self) -> str:
        long, short = duration(60 * self.long_minutes), duration(60 * self.short_minutes)
        return f"{self.severity}: {long} and {short} above {self.rate:g}"


STANDARD = (Rule(60, 5, 14.4, "page"), Rule(360, 30, 6, "page"), Rule(4320, 360, 1, "ticket"))


def scaled(rules: Sequence[Rule], factor: float) -> tuple[Rule, ...]:
    """The same rules with windows `factor` times as long, for a shorter or longer series. Rates don't change.

    A recording of a few minutes can't fill a window of days. Say by which factor you made the windows shorter.

    >>> [str(rule) for rule in scaled(STANDARD, 1 / 60)]
    ['page: 1 min and 5 s above 14.4', 'page: 6 min and 30 s above 6', 'ticket: 1 h 12 min and 6 min above 1']
    """
    if not factor > 0:
        raise SloError(f"windows cannot be {factor} times as long; give a factor above 0, such as 1/60")
    return tuple(
        replace(rule, long_minutes=rule.long_minutes * factor, short_minutes=rule.short_minutes * factor)
        for rule in rules
    )


def burn_rate(series: pd.DataFrame, window_minutes: float, objective: float) -> pd.Series:
    """How fast the budget burned in the window that ends with each minute; 1 spends exactly the budget.

    One value per row of the series, indexed by time_ns, 0.0 if the window has no valid request. Raises SloError if it
    is not a series, or if the window is shorter than its step.

    >>> series = pd.DataFrame({"time_ns": [0, 60 * 10**9], "good": [100, 90], "valid": [100, 100]})
    >>> burn_rate(series, 2, 0.99).tolist()
    [0.0, 5.0]
    """
    bad, valid = _windows(series, window_minutes)
    share = np.divide(bad, valid, out=np.zeros(len(bad)), where=valid > 0)
    index = pd.Index(series["time_ns"], name="time_ns")
    return pd.Series(share / float(tolerated(objective)), index=index, name="burn_rate")


def _windows(series: pd.DataFrame, window_minutes: float) -> tuple[np.ndarray, np.ndarray]:
    """Bad and valid requests in the window that ends with each minute, from differences of running sums."""
    step = step_ns(series)
    length = round(window_minutes * MINUTE_NS / step)
    if length < 1:
        raise SloError(
            f"a window of {duration(60 * window_minutes)} is shorter than the series' step of "
            f"{duration(step / 1e9)}; count in shorter steps, or scale the rules less"
        )
    valid = series["valid"].to_numpy()
    sums = [np.concatenate([[0], np.cumsum(counts)]) for counts in (valid - series["good"].to_numpy(), valid)]
    begin = np.maximum(np.arange(1, len(valid) + 1) - length, 0)
    bad, all_of_them = (total[1:] - total[begin] for total in sums)
    return bad, all_of_them


def firing(rule: Rule, series: pd.DataFrame, objective: float) -> np.ndarray:
    """Whether the rule fires at the end of each minute: one bool per row of the series."""
    # bad / valid > rate · (1 - objective), without a division. Counts are whole numbers, so both sides are too.
    threshold = Fraction(repr(float(rule.rate))) * tolerated(objective)
    above = np.ones(len(series), dtype=bool)
    for window in {rule.long_minutes, rule.short_minutes}:
        bad, valid = _windows(series, window)
        if int(valid.max()) * max(threshold.as_integer_ratio()) < 2**62:
            above &= bad * threshold.denominator > valid * threshold.numerator
        else:
            above &= bad > valid * float(threshold)
    return above


def replay(
    rules: Sequence[Rule],
    series: pd.DataFrame,
    objective: float,
    incident: tuple[int, int] | None = None,
) -> pd.DataFrame:
    """When each rule would have fired: one row each time that it fires, sorted by rule, then by time.

    Columns: rule (its number), severity, start and end (row numbers of the series: the first minute at whose end it
    fired, and the first later one at whose end it did not), start_ns and end_ns (the ends of those minutes), minutes
    (how long it fired), open (whether it still fired when the series ended; then `end` is the series' length and end_ns
    its end). If you pass the `incident` as (first bad minute, first good minute after it), detection_minutes is the
    time from its start until the rule fires, and reset_minutes from its end until the rule stops firing; otherwise both
    are NaN. They are negative if the rule fired before. Raises SloError like `burn_rate`, and if `rules` is not a list.

    >>> good = [100] * 60 + [0] * 10 + [100] * 50
    >>> outage = pd.DataFrame({"time_ns": np.arange(120) * 60 * 10**9, "valid": 100, "good": good})
    >>> found = replay(STANDARD[:1], outage, 0.999, incident=(60, 70))
    >>> found[["start", "end", "detection_minutes", "reset_minutes"]].values.tolist()
    [[60.0, 74.0, 1.0, 5.0]]
    """
    if isinstance(rules, Rule):
        raise SloError("rules must be a list, even for a single rule; give [rule]")
    step, series = step_ns(series), in_nanoseconds(series)
    first, rows = int(series["time_ns"].iloc[0]), []
    per_minute = step / MINUTE_NS
    begin, over = incident if incident is not None else (np.nan, np.nan)
    for number, rule in enumerate(rules):
        for start, end in _stretches(firing(rule, series, objective)):
            is_open = end == len(series)
            rows.append(
                (
                    number,
                    rule.severity,
                    start,
                    end,
                    first + step * (start + 1),
                    first + step * (end + (not is_open)),
                    (end - start) * per_minute,
                    (start + 1 - begin) * per_minute,
                    np.nan if is_open else (end + 1 - over) * per_minute,
                    is_open,
                )
            )
    table = pd.DataFrame(rows, columns=COLUMNS)
    # An empty table has the same types.
    real = dict.fromkeys(("minutes", "detection_minutes", "reset_minutes"), "float64")
    return table.astype(dict.fromkeys(COLUMNS, "int64") | real | {"severity": "str", "open": "bool"})


def simple_rule(
    series: pd.DataFrame, objective: float, window_minutes: float = 5, incident: tuple[int, int] | None = None
) -> pd.DataFrame:
    """When a naive rule fires, with the table of `replay`: its error share is above 1 - objective in one window."""
    return replay([Rule(window_minutes, window_minutes, 1, "simple")], series, objective, incident)


def _stretches(flags: np.ndarray) -> list[tuple[int, int]]:
    """(start, end) of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
