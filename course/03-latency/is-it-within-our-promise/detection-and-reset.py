"""detection-and-reset: how soon does a rule fire, and how soon is it silent again?"""

import math

import numpy as np
import pandas as pd

from watchkeeper import slo
from watchkeeper.staff.author.writing import Count, Record, given, question

from .shared import SERIES, minutes_of

q = question(
    kind="predict",
    points=3,
    answer=Record({"detection": Count("minutes"), "reset": Count("minutes"), "least": Count("%")}),
)
q.inputs(given("5 % fail for 30 minutes", {"share": 0.05, "lasts": 30}))
q.hints(
    "14.4 × 0.001 = 0.0144 is the share that is too much, in both windows.",
    "Long window, after t bad minutes: 0.05 × t / 60. The first whole t that makes it more than 0.0144?",
    "Short window, after k good minutes: 0.05 × (5 − k) / 5. The first k that makes it at most 0.0144?",
    "For `least`: after 30 bad minutes half of the hour was bad. What share of it failed?",
)
q.passed("You can say beforehand how long customers suffer unseen, and how long an alarm rings for nothing.")


@q.wrong(
    "A window need not be full of trouble to be above its number.",
    "After t bad minutes the hour's share is 0.05 × t / 60: when above 0.0144?",
    misconception="a window must be full before it can fire, or clean before it falls silent",
)
def long_window_must_fill(paper):
    return {"detection": 60}


def paper_series(paper):
    bad = round(1000 * paper["share"])
    return pd.DataFrame(minutes_of([1000] * 60 + [1000 - bad] * paper["lasts"] + [1000] * 90), columns=SERIES)


def found_by(paper, *windows, rate=14.4):
    """Detection and reset when the windows (minutes) are what is looked at."""
    series, flags = paper_series(paper), np.ones(150 + paper["lasts"], dtype=bool)
    for window in windows:
        flags &= (slo.burn_rate(series, window, 0.999) > rate).to_numpy()
    rows = np.flatnonzero(flags)
    return {"detection": int(rows[0]) + 1 - 60, "reset": int(rows[-1]) + 2 - 60 - paper["lasts"]}


@q.wrong(
    "After so many minutes the hour's share is still a little too small.",
    "Put the number into 0.05 × t / 60, and the next one.",
)
def rounds_down(paper):
    return {"detection": found_by(paper, 60, 5)["detection"] - 1}


@q.wrong(
    "By then the short window is above, the long one not yet; both must be.",
    "When is 0.05 × t / 60 more than 0.0144?",
    misconception="a short window makes a better alert",
)
def short_window_decides(paper):
    return {"detection": found_by(paper, 5)["detection"]}


@q.wrong("The rule does not wait for the end of the trouble.", "When is 0.05 × t / 60 more than 0.0144?")
def at_the_end_of_trouble(paper):
    return {"detection": paper["lasts"]}


@q.wrong(
    "Both windows must be above: one that falls silences the rule.",
    "After k good minutes the short one's share is 0.05 × (5 − k) / 5.",
)
def silent_when_the_hour_is_clean(paper):
    return {"reset": 60}


@q.wrong(
    "That is when the long window falls; the short one has fallen before it.",
    "After k good minutes the short one's share is 0.05 × (5 − k) / 5.",
)
def long_window_resets(paper):
    return {"reset": found_by(paper, 60)["reset"]}


@q.wrong(
    "The short window need not be clean, only no longer above its number.",
    "When is 0.05 × (5 − k) / 5 at most 0.0144?",
    misconception="a window must be full before it can fire, or clean before it falls silent",
)
def short_window_must_empty(paper):
    return {"reset": 5}


@q.wrong(
    "After so many good minutes the short window is still above.",
    "Put the number into 0.05 × (5 − k) / 5, and the next one.",
)
def last_minute_it_rang(paper):
    return {"reset": found_by(paper, 60, 5)["reset"] - 1}


@q.wrong(
    "You wait for the long window; the short one has fallen long before.",
    "The rule is silent as soon as one of them is no longer above.",
)
def long_window_rings_last(paper):
    return {"reset": found_by(paper, 60)["reset"] - 1}


@q.wrong(
    "You wait until enough bad minutes have left the hour.", "Five minutes forget sooner: look at the short window."
)
def enough_must_leave(paper):
    return {"reset": paper["lasts"] + found_by(paper, 60, 5)["detection"]}


@q.wrong("One minute earlier the hour's share is above already.", "Put that number, too, into 0.05 × t / 60.")
def a_minute_too_many(paper):
    return {"detection": found_by(paper, 60, 5)["detection"] + 1}


@q.wrong(
    "You count from the start of the series, an hour before the trouble.",
    "Detection time begins with the first bad minute.",
)
def minute_of_the_series(paper):
    return {"detection": 60 + found_by(paper, 60, 5)["detection"]}


@q.wrong(
    "That is the number of a row, as in the column start.",
    "Detection is how many bad minutes it took: from the first to its end.",
)
def row_of_the_series(paper):
    return {"detection": 59 + found_by(paper, 60, 5)["detection"]}


@q.wrong(
    "That is enough only in an hour full of trouble.",
    "Here only 30 of its 60 minutes are bad: half of the share remains.",
)
def least_for_a_full_hour(paper):
    return {"least": 2}


@q.wrong(
    "14.4 is how many times too fast, not a share in %.", "The share that is too much is 14.4 × 0.001, in a whole hour."
)
def rate_for_a_share(paper):
    return {"least": 15}


def least_that_fires(paper):
    return next(one for one in range(1, 101) if one / 100 * paper["lasts"] / 60 > 0.0144)


@q.alternative
def times_by_windows(paper):
    return found_by(paper, 60, 5) | {"least": least_that_fires(paper)}


@q.alternative
def times_by_counting(paper):
    share, lasts = paper["share"], paper["lasts"]
    detection = next(t for t in range(1, lasts + 1) if share * t / 60 > 0.0144 and share * min(t, 5) / 5 > 0.0144)
    reset = next(k for k in range(1, 61) if share * max(5 - k, 0) / 5 <= 0.0144)
    return {"detection": detection, "reset": reset, "least": math.floor(1.44 * 60 / lasts) + 1}
