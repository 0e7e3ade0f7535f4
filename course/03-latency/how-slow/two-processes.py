"""two-processes: what do the histograms of two processes say together?"""

import math

import numpy as np

from watchkeeper.latency import Histogram
from watchkeeper.staff.author.writing import Count, ListOf, Number, Record, given, question

q = question(
    kind="predict",
    points=3,
    answer=Record(
        {
            "counts": ListOf(Count("requests")),
            "low_ms": Number("ms", within=0.5),
            "high_ms": Number("ms", within=0.5),
        }
    ),
)
q.inputs(
    given("the first", {"bounds": [10, 20, 50], "counts": [48, 24, 8, 0]}),
    given("the second", {"bounds": [10, 40, 50, 100], "counts": [2, 3, 11, 3, 1]}),
)
q.hints(
    "Which bounds do both have? Join the buckets between them.",
    "Over those, the first process holds 48, 32 and 0. Do the same for the second.",
    "Add the two lists, and count up until you reach rank ceil(0.95 · n).",
)
q.passed("Counts can be added over processes and minutes. Bounds that differ cost you: the bucket grew wide.")


def merged_by_hand(one, other):
    bounds = [bound for bound in one["bounds"] if bound in other["bounds"]]
    counts = [0] * (len(bounds) + 1)
    for histogram in (one, other):
        for upper, count in zip([*histogram["bounds"], math.inf], histogram["counts"], strict=True):
            counts[sum(bound < upper for bound in bounds)] += count
    return bounds, counts


def both_bounds(low, high):
    return {"low_ms": low, "high_ms": high}


@q.wrong(
    "That is a point drawn through the bucket; inside it nothing is known.",
    "Give the bucket's two bounds.",
    misconception="a histogram's percentile is exact",
)
def one_point(one, other):
    bounds, counts = merged_by_hand(one, other)
    point = Histogram(tuple(bounds), tuple(counts)).quantile(0.95)
    return both_bounds(point, point)


def drawn(histogram):
    return Histogram(tuple(histogram["bounds"]), tuple(histogram["counts"])).quantile(0.95)


@q.wrong(
    "You averaged two percentiles, and that is the percentile of nothing.",
    "Add the counts first, then look for the rank.",
    misconception="the average of percentiles is the percentile",
)
def mean_of_percentiles(one, other):
    point = (drawn(one) + drawn(other)) / 2
    return both_bounds(point, point)


@q.wrong(
    "Weighted or not: percentiles don't average.",
    "Add the counts first, then look for the rank.",
    misconception="the average of percentiles is the percentile",
)
def weighted_mean_of_percentiles(one, other):
    n, m = sum(one["counts"]), sum(other["counts"])
    point = (n * drawn(one) + m * drawn(other)) / (n + m)
    return both_bounds(point, point)


def p95_bucket(bounds, counts):
    rank, upto = math.ceil(0.95 * sum(counts)), np.cumsum(counts)
    bucket = int(np.searchsorted(upto, rank))
    return [0, *bounds, math.inf][bucket], [*bounds, math.inf][bucket]


@q.wrong(
    "20 is a bound of the first process alone: the second did not count there.",
    "Join what lies between the bounds that both have.",
)
def the_busier_process(one, other):
    return both_bounds(*p95_bucket(one["bounds"], one["counts"]))


@q.wrong(
    "That is the second process alone; most requests went to the other.",
    "Add the counts over the bounds that both have.",
)
def the_slower_process(one, other):
    return both_bounds(*p95_bucket(other["bounds"], other["counts"]))


@q.wrong(
    "40 is a bound of the second process alone: the first did not count there.",
    "Join what lies between the bounds that both have.",
)
def bounds_of_the_second(one, other):
    """40 kept, as if the first process had counted up to it."""
    return both_bounds(40, 50)


@q.wrong(
    "You kept all bounds, but nobody counted between 20 and 40.",
    "Keep only the bounds that both have, and join what lies between.",
)
def all_bounds_kept(one, other):
    return both_bounds(20, 40)


@q.wrong(
    "20 is a bound of one process alone, and it is too low for the rank.",
    "Over the bounds that both have: count up to the rank 95.",
)
def rank_of_the_first_alone(one, other):
    return both_bounds(10, 20)


@q.wrong("Up to there the counts don't reach the rank yet.", "Count on: the bucket in which the 95th of the 100 lies.")
def one_bucket_too_low(one, other):
    bounds, counts = merged_by_hand(one, other)
    return both_bounds(0, p95_bucket(bounds, counts)[0])


@q.wrong(
    "That is the rank, a number of requests.", "Which bucket holds the request of that rank? Give its bounds in ms."
)
def rank_instead_of_bound(one, other):
    _, counts = merged_by_hand(one, other)
    rank = math.ceil(0.95 * sum(counts))
    return both_bounds(rank, rank)


@q.wrong(
    "You added place by place, but the third place is not the same bucket in both.",
    "Keep the bounds that both have, join the buckets between, then add.",
)
def place_by_place(one, other):
    longer = [*one["counts"], *[0] * (len(other["counts"]) - len(one["counts"]))]
    return {"counts": [a + b for a, b in zip(longer, other["counts"], strict=True)]}


@q.wrong(
    "Those counts are summed up from the left; that is for finding the rank.",
    "Give what each merged bucket holds by itself.",
)
def counted_up(one, other):
    return {"counts": np.cumsum(merged_by_hand(one, other)[1]).tolist()}


@q.wrong(
    "The last bucket is missing, for all beyond the last bound.",
    "There is always one count more than there are bounds.",
)
def beyond_forgotten(one, other):
    return {"counts": merged_by_hand(one, other)[1][:-1]}


@q.alternative
def between_by_hand(one, other):
    bounds, counts = merged_by_hand(one, other)
    return {"counts": counts} | both_bounds(*p95_bucket(bounds, counts))


@q.alternative
def between_by_shares(one, other):
    bounds, counts = merged_by_hand(one, other)
    shares = np.cumsum(counts) / sum(counts)
    bucket = int((shares < 0.95).sum())
    return {"counts": counts} | both_bounds(bounds[bucket - 1], bounds[bucket])
