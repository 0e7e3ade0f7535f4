"""Burn rates over time, a panel per rule: both of its windows, its threshold, and when it fired."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..errors import FigureError
from ..slo import Rule, replay
from ..slo import burn_rate as burnt
from ..words import clean, count, decimal, duration
from . import svg
from .draw import Axis, Panel, need, picture
from .figure import Figure, Table
from .marks import Level, Line, Stretches
from .palette import ERROR, INK, MUTED

LEAST = 0.1  # a tenth of what is allowed: nothing below it matters to a budget
MOST_RULES, ROWS = 6, 12  # panels on one screen; rows of the twin
UNITS = ((1440.0, "days"), (60.0, "hours"), (1.0, "minutes"), (1 / 60, "seconds"))
# The long window thick, the short one thin and in another color.
WINDOWS = (svg.stroke(MUTED[0], 2.4), svg.stroke(MUTED[6], 1.3, opacity=0.75))
THRESHOLD = svg.stroke(ERROR, 1.6, "7 4")


@dataclass(frozen=True)
class Burnt:
    """A rule with the burn rates of its windows (long, short), and when it fired: (from, until) in the axis' unit."""

    rule: Rule
    windows: tuple[str, str]
    rates: tuple[np.ndarray, np.ndarray]
    fired: list[tuple[float, float]]


@dataclass(frozen=True)
class Clock:
    """The time of each value, in a unit that suits the length."""

    at: np.ndarray
    unit: str
    ns: float
    first: int


def burn_rate(
    series: pd.DataFrame,
    rules: Sequence[Rule],
    objective: float,
    firings: pd.DataFrame | bool = False,
    title: str = "How fast the error budget burns",
) -> Figure:
    """How many times as fast as allowed the budget burnt, for the long and the short window of each rule, over time.

    `series` has time_ns, good, valid, as `slo.indicator` returns it; `rules` are such as `slo.STANDARD`; each value is
    at the end of its window. `firings=True` draws when each rule fired, as `slo.replay` finds it, or give what that
    returned; without, a question can ask for it. The scale is logarithmic, with everything up to 0.1 at its lower end.
    Raises FigureError for no rule, more than six, or an empty series; SloError as `slo.burn_rate` does.

    >>> minutes = pd.DataFrame({"time_ns": [n * 60 * 10**9 for n in range(60)], "good": 99, "valid": 100})
    >>> burn_rate(minutes, [Rule(30, 5, 6, "page")], 0.99).finding
    'An objective of 99%, 60 minutes. At most, the budget burnt 1 times as fast as allowed over 30 min, 1 over 5 min.'
    """
    need(series, ("time_ns", "good", "valid"), "what slo.indicator returns")
    if isinstance(rules, Rule):
        raise FigureError("rules come as a list, also a single one; give [rule]")
    if not 1 <= len(rules) <= MOST_RULES:
        raise FigureError(f"{count(len(rules), 'rule')} cannot be drawn; give one to six, such as slo.STANDARD")
    clock = _clock(series)
    table = replay(rules, series, objective) if firings is True else firings
    panels = [_burnt(at, rule, series, objective, table, clock) for at, rule in enumerate(rules)]
    title = clean(title)
    shown = isinstance(table, pd.DataFrame)
    return Figure(
        title,
        _finding(panels, clock, objective, shown),
        _draw(panels, clock, title, shown),
        _table(panels, clock, shown),
    )


def _clock(series: pd.DataFrame) -> Clock:
    time_ns = series["time_ns"].to_numpy()
    step = int(np.median(np.diff(time_ns))) if len(time_ns) > 1 else 60 * 10**9
    length = (int(time_ns[-1] - time_ns[0]) + step) / 60e9
    minutes, unit = next(((minutes, unit) for minutes, unit in UNITS if length >= 4 * minutes), UNITS[-1])
    ns = minutes * 60e9
    return Clock((time_ns - time_ns[0] + step) / ns, unit, ns, int(time_ns[0]))


def _burnt(
    at: int, rule: Rule, series: pd.DataFrame, objective: float, table: pd.DataFrame | bool, clock: Clock
) -> Burnt:
    windows = duration(60 * rule.long_minutes), duration(60 * rule.short_minutes)
    long, short = (burnt(series, minutes, objective).to_numpy() for minutes in (rule.long_minutes, rule.short_minutes))
    fired = []
    if isinstance(table, pd.DataFrame):
        need_columns = {"rule", "start_ns", "end_ns"} - set(table.columns)
        if need_columns:
            raise FigureError(f"firings lack the column {min(need_columns)}; give what slo.replay returns, or True")
        own = table[table["rule"] == at]
        fired = [
            ((int(start) - clock.first) / clock.ns, (int(end) - clock.first) / clock.ns)
            for start, end in zip(own["start_ns"], own["end_ns"], strict=True)
        ]
    return Burnt(rule, windows, (long, short), fired)


def _name(rule: Rule) -> str:
    return str(replace(rule, severity=clean(rule.severity, 30)))


def _rate(value: float) -> str:
    return decimal(float(f"{value:.3g}"))


def _finding(panels: list[Burnt], clock: Clock, objective: float, shown: bool) -> str:
    begin = f"An objective of {decimal(100 * objective)}%, {clock.at[-1]:,.4g} {clock.unit}."
    if not shown:
        peaks = {name: rates.max() for panel in panels for name, rates in zip(panel.windows, panel.rates, strict=True)}
        told = [f"{_rate(peak)} over {name}" for name, peak in peaks.items()]
        told[0] = told[0].replace(" over", " times as fast as allowed over")
        return f"{begin} At most, the budget burnt {', '.join(told)}."
    return " ".join([begin, *(_fired(panel, clock) for panel in panels)])


def _fired(panel: Burnt, clock: Clock) -> str:
    if not panel.fired:
        return f"“{_name(panel.rule)}” never fired."
    times = {1: "once", 2: "twice"}.get(len(panel.fired), f"{len(panel.fired):,} times")
    seconds = clock.ns / 1e9
    stretches = ", ".join(f"{duration(start * seconds)} to {duration(end * seconds)}" for start, end in panel.fired[:3])
    more = " and so on" if len(panel.fired) > 3 else ""
    return f"“{_name(panel.rule)}” fired {times}, from {stretches}{more}."


def _time(value: float) -> str:
    return decimal(round(value, 2))


def _table(panels: list[Burnt], clock: Clock, shown: bool) -> Table:
    """The highest rate of each window in at most twelve stretches; when a rule fired in the note."""
    windows = {name: rates for panel in panels for name, rates in zip(panel.windows, panel.rates, strict=True)}
    columns = (f"until, {clock.unit}", *(f"over {name}" for name in windows))
    parts = np.array_split(np.arange(len(clock.at)), min(ROWS, len(clock.at)))
    lines: list[tuple[str, ...]] = [
        (_time(clock.at[part[-1]]), *(_rate(rates[part].max()) for rates in windows.values())) for part in parts
    ]
    note = "The highest burn rate of each stretch."
    return Table(
        columns, lines, frozenset(columns), f"{note} {' '.join(_fired(p, clock) for p in panels)}" if shown else note
    )


def _draw(panels: list[Burnt], clock: Clock, title: str, shown: bool) -> str:
    drawn = []
    for panel in panels:
        lines = [Line(clock.at, panel.rates[window], WINDOWS[window]) for window in (1, 0)]
        highest = max(panel.rule.rate * 1.5, *(float(rates.max()) for rates in panel.rates))
        y = Axis(LEAST, highest * 1.15, log=True, most=5)
        threshold = Level(panel.rule.rate, f"{panel.rule.rate:g}", THRESHOLD)
        foot = Stretches("fires", panel.fired) if shown else None
        drawn.append(Panel([*lines, threshold], y, 118, _name(panel.rule), foot))
    x = Axis(0, float(clock.at[-1]), f"{clock.unit} since the series began", most=10)
    return picture(title, _legend(shown), x, drawn)


def _legend(shown: bool) -> list[tuple[str, str]]:
    lines = zip((*WINDOWS, THRESHOLD), ("long window", "short window", "the rule's burn rate"), strict=True)
    entries = [(svg.path("M0 -4H22", look), words) for look, words in lines]
    return [*entries, (svg.rect(0, -9, 22, 9, svg.fill(INK)), "the rule fires")] if shown else entries
