"""when-it-fires: at the end of which minutes does a burn-rate rule fire?"""

import numpy as np

from watchkeeper.staff.author.writing import Count, SetOf, days, question, table

from .shared import SERIES, minutes_of

TEN_MINUTES = minutes_of([1000] * 30 + [900] + [1000] * 14 + [990] + [1000] * 14 + [0] * 10 + [1000] * 50)
EXACTLY = minutes_of([1232] * 8, [1250] * 8)

AT_ONCE = minutes_of([940] * 20 + [1000] * 30)
QUIET = minutes_of([1000] * 30 + [0] * 6 + [1000] * 30, [1000] * 30 + [10] * 6 + [1000] * 30)

q = question(
    kind="compute",
    points=4,
    # What it counts stands in the reply to a column of True and False, which no Wrong can be.
    answer=SetOf(Count("rows (np.flatnonzero finds where True stands)")),
    yours=[
        "watchkeeper.slo.replay",
        "watchkeeper.slo.firing",
        "watchkeeper.slo.burn_rate",
        "watchkeeper.slo.simple_rule",
        "watchkeeper.slo.rules._windows",
    ],
)
q.inputs(
    table("a blip and ten bad minutes on paper", SERIES, TEN_MINUTES),
    table("trouble from the start, on paper", SERIES, AT_ONCE),
    table("six quiet bad minutes on paper", SERIES, QUIET),
    table("exactly 14.4 times as fast, on paper", SERIES, EXACTLY),
    days("three-weeks", 8, 14),
    days("three-weeks", 1, 21),
)
q.hints(
    "A window's share is its bad requests by its valid ones, each added up by rolling.",
    "Above 14.4 × 0.001 in 60 minutes makes one column of True and False, in 5 another.",
    "On paper: the long window of the example stays above; what ends the firing at row 73?",
)
q.passed("You can replay any rule over any past week, before it wakes anybody.")


def window_share(series, length):
    bad = (series.valid - series.good).rolling(length, min_periods=1).sum()
    return bad / series.valid.rolling(length, min_periods=1).sum()


@q.wrong("Yours fires at exactly 14.4 times as well.", "Above means >, not >=.")
def at_least_so_fast(series):
    return np.flatnonzero((window_share(series, 60) >= 0.0144) & (window_share(series, 5) >= 0.0144)).tolist()


@q.wrong(
    "One of your windows is enough to fire: it rings on when all is well again.",
    "Join the two with & (and), not with | (or).",
    misconception="one of the two windows is enough",
)
def either_window(series):
    return np.flatnonzero((window_share(series, 60) > 0.0144) | (window_share(series, 5) > 0.0144)).tolist()


@q.wrong(
    "That is the long window alone: it rings on for most of an hour.",
    "Keep only minutes in which the last 5 are above as well.",
)
def long_window_alone(series):
    return np.flatnonzero(window_share(series, 60) > 0.0144).tolist()


@q.wrong(
    "That is the short window alone: it rings for every blip.",
    "Keep only minutes in which the last 60 are above as well.",
    misconception="a short window makes a better alert",
)
def short_window_alone(series):
    return np.flatnonzero(window_share(series, 5) > 0.0144).tolist()


@q.wrong(
    "Your rule fires above a burn rate of 1: that is just as fast as allowed.",
    "14.4 times the allowed 0.001 is the share to compare with.",
    misconception="alert when the error rate is above 1 − SLO",
)
def more_than_promised(series):
    return np.flatnonzero((window_share(series, 60) > 0.001) & (window_share(series, 5) > 0.001)).tolist()


@q.wrong(
    "You take the mean of the minutes' shares: quiet minutes weigh too much.",
    "Add up bad and valid over the window with rolling, then divide.",
    misconception="averaging minutes, days or services is fair",
)
def mean_of_the_minutes(series):
    bad = 1 - series.good / series.valid
    long, short = (bad.rolling(length, min_periods=1).mean() for length in (60, 5))
    return np.flatnonzero((long > 0.0144) & (short > 0.0144)).tolist()


@q.wrong(
    "Your windows are silent until they are full.",
    "With min_periods=1 the first rows add up what there is.",
    misconception="a window must be full before it can fire, or clean before it falls silent",
)
def only_full_windows(series):
    return [row for row in fires_by_rolling(series) if row >= 59]


@q.wrong(
    "Your windows begin with the minute: they know the future.",
    "A window ends with its own row; rolling does that by itself.",
)
def looks_ahead(series):
    rows = fires_by_rolling(series.iloc[::-1].reset_index(drop=True))
    return [len(series) - 1 - row for row in rows]


@q.wrong(
    "All your minutes are one too late: rows count from 0.", "Name the row that ends the window, not the one after it."
)
def a_minute_late(series):
    return [row + 1 for row in fires_by_rolling(series)]


@q.wrong("Your windows hold one row too many.", "The own row is one of the 60, and one of the 5.")
def counts_from_one_window_more(series):
    long, short = window_share(series, 61), window_share(series, 6)
    return np.flatnonzero((long > 0.0144) & (short > 0.0144)).tolist()


@q.wrong(
    "You judge each minute by itself; the rule looks at 60 and at 5 together.",
    "Add up bad and valid over each window first.",
)
def each_minute_alone(series):
    return np.flatnonzero((series.valid - series.good) > 0.0144 * series.valid).tolist()


@q.wrong(
    "Those are 0 and 1, one a row: whether it fires, not when.",
    "Name the rows in which it does: np.flatnonzero finds them.",
)
def flags_for_rows(series):
    fires = set(fires_by_rolling(series))
    return [int(row in fires) for row in range(len(series))]


@q.alternative
def fires_by_rolling(series):
    return np.flatnonzero((window_share(series, 60) > 0.0144) & (window_share(series, 5) > 0.0144)).tolist()


@q.alternative
def fires_by_loop(series):
    bad, valid = (series.valid - series.good).tolist(), series.valid.tolist()
    found = []
    for row in range(len(series)):
        parts = [slice(max(row + 1 - length, 0), row + 1) for length in (60, 5)]
        if all(sum(bad[part]) > 14.4 * 0.001 * sum(valid[part]) for part in parts):
            found.append(row)
    return found
