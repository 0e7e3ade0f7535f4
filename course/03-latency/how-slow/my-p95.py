"""my-p95: what is the p95 of a list of durations?"""

import math

import numpy as np
import pandas as pd

from watchkeeper.staff.author.writing import durations, given, question

from ...vocabulary import MS

FORTY = [11 * place % 41 for place in range(1, 40)] + [90]
TWELVE = [31, 12, 18, 240, 15, 22, 14, 19, 16, 35, 90, 27]
# Sixty values, 25 different ones: with the ties thrown out, the rank is another one's.
TIES = [(2 * list(range(1, 21)) + 16 * [21] + [22, 23, 24, 25])[37 * place % 60] for place in range(60)]

q = question(kind="compute", points=2, answer=MS, yours=["watchkeeper.latency.percentile"])
q.inputs(
    given("forty on paper", FORTY),
    given("the example", [25, 40, 10, 30, 12]),
    given("one request", [7.5]),
    given("twelve on paper", TWELVE),
    given("sixty with ties", TIES),
    durations("monday-morning", "GET /product/{id}"),
    durations("friday-deploy", "GET /"),
)
q.hints(
    "Three steps: sort, find the rank, take the value at that rank.",
    "The rank of p95 is math.ceil(0.95 * len(durations_ms)), counted from 1.",
    "On paper: of 40 sorted waits it is the 38th. Python calls the first place 0.",
)
q.passed('You can now say what "p95" means in your report. Ask of every other: by which method, of how many?')


@q.wrong(
    "That is the mean: the few longest waits pull it where nobody waited.",
    "Sort the durations, and take the one at rank ceil(0.95 * n).",
    misconception="the mean describes latency",
)
def mean(durations_ms):
    return sum(durations_ms) / len(durations_ms)


@q.wrong("That is the median, p50: half of the customers waited longer.", "The rank is ceil(0.95 * n).")
def median(durations_ms):
    return sorted(durations_ms)[math.ceil(0.5 * len(durations_ms)) - 1]


@q.wrong(
    "You took a value at that place without sorting: it is anybody's.", "sorted(durations_ms) first, then the rank."
)
def not_sorted(durations_ms):
    return durations_ms[math.ceil(0.95 * len(durations_ms)) - 1]


@q.wrong(
    "You counted from the slow end, so 95 % waited longer than that.",
    "Sort from short to long, then count up to the rank.",
)
def from_the_slow_end(durations_ms):
    return sorted(durations_ms, reverse=True)[math.ceil(0.95 * len(durations_ms)) - 1]


@q.wrong(
    "You drew a line between two values: nobody waited that long.", "Take the value itself, at rank ceil(0.95 * n)."
)
def between_two_values(durations_ms):
    return float(np.quantile(durations_ms, 0.95))


@q.wrong(
    "You took 95 % of the longest wait: a share of time, not of the requests.",
    "Take 95 % of their number, as a rank: ceil(0.95 * n).",
)
def share_of_the_longest(durations_ms):
    return 0.95 * max(durations_ms)


@q.wrong(
    "You threw out equal durations, but each of them is a customer's wait.",
    "sorted() keeps them all, set() does not; n is len(durations_ms).",
)
def ties_thrown_out(durations_ms):
    different = sorted(set(durations_ms))
    return different[math.ceil(0.95 * len(different)) - 1]


@q.wrong(
    "You rounded the rank to the nearest whole number, here that is down.", "Round up, always: math.ceil(0.95 * n)."
)
def rounded_to_nearest(durations_ms):
    return sorted(durations_ms)[round(0.95 * len(durations_ms)) - 1]


@q.wrong("You rounded the rank down: fewer than 95 % waited at most that long.", "Round up: math.ceil(0.95 * n).")
def rounded_down(durations_ms):
    return sorted(durations_ms)[max(int(0.95 * len(durations_ms)) - 1, 0)]


@q.wrong(
    "You are one rank too high: Python counts places from 0, ranks from 1.",
    "The value at rank r stands at place r - 1.",
)
def one_rank_too_high(durations_ms):
    return [*sorted(durations_ms), max(durations_ms)][math.ceil(0.95 * len(durations_ms))]


@q.wrong(
    "That is the longest wait of all. A p95 has 5 % beyond it.",
    "Of 20 sorted values it is the 19th: rank ceil(0.95 * 20).",
    misconception="a high percentile is the worst case",
)
def worst_case(durations_ms):
    return max(durations_ms)


@q.alternative
def p95_by_series(durations_ms):
    return pd.Series(durations_ms).sort_values().iloc[math.ceil(0.95 * len(durations_ms)) - 1]


@q.alternative
def p95_by_counting(durations_ms):
    n = len(durations_ms)
    return min(ms for ms in durations_ms if 100 * sum(other <= ms for other in durations_ms) >= 95 * n)
