"""all-counts: how many requests did a service count in each bucket, restarts included?"""

import numpy as np

from watchkeeper.staff.author.writing import Count, ListOf, points, question, table

COUNTED = ("time_ns", "start_ns", "attributes", "count", "counts", "bounds")
STATES = [
    (10, 1, {"http.route": "/b"}, 1, [0, 1, 0], [1, 2]),
    (20, 1, {"http.route": "/a"}, 9, [6, 2, 1], [1, 2]),
    (10, 1, {"http.route": "/a"}, 4, [3, 1, 0], [1, 2]),
    (20, 1, {"http.route": "/b"}, 3, [1, 1, 1], [1, 2]),
    (40, 22, {"http.route": "/a"}, 7, [4, 1, 2], [1, 2]),
    (40, 23, {"http.route": "/b"}, 2, [0, 2, 0], [1, 2]),
    (30, 22, {"http.route": "/a"}, 2, [2, 0, 0], [1, 2]),
]

q = question(
    kind="compute",
    points=4,
    answer=ListOf(Count("requests")),
    yours=["watchkeeper.latency.histograms", "watchkeeper.latency.increases", "watchkeeper.latency.rate"],
)
q.inputs(
    table("two series, one restart", COUNTED, STATES),
    points("friday-deploy", "http.server.request.duration", "catalog"),
    points("tuesday-lunch", "http.server.request.duration", "discounts"),
    points("monday-morning", "http.server.request.duration", "frontend"),
)
q.hints(
    "Three steps: one group for each series and start, the last state of each, add.",
    "Sort by time_ns. A group is one series (its attributes as text) and one start_ns.",
    "On paper: last states [3, 1] and [0, 2] make [3, 3], bucket by bucket.",
)
q.passed("When a counter falls, nothing was taken back: somebody restarted. Your numbers survive that now.")


def added(rows):
    return np.sum([list(row) for row in rows], axis=0).tolist()


@q.wrong(
    "You kept the last state of each series: what was before a restart is lost.",
    "One group for each series and each start_ns.",
    misconception="a counter's value is what happened",
)
def restarts_forgotten(frame):
    frame = frame.sort_values("time_ns", kind="stable")
    return added(frame.groupby(frame.attributes.map(str)).counts.last())


@q.wrong(
    "You added up all reports, but each one holds all that came before it.",
    "Of each series and each start, only the last state counts.",
    misconception="a counter's value is what happened",
)
def every_report_added(frame):
    return added(frame.counts)


@q.wrong(
    "That is one report: the last of one series since its last start.",
    "Take the last state of each series and each start, and add them.",
)
def only_the_last_report(frame):
    return frame.sort_values("time_ns", kind="stable").counts.iloc[-1]


@q.wrong(
    "You subtracted over a restart: a counter that fell makes less than nothing.",
    "One group for each series and each start_ns.",
)
def last_minus_first(frame):
    frame = frame.sort_values("time_ns", kind="stable")
    groups = frame.groupby(frame.attributes.map(str)).counts
    return (np.array(added(groups.last())) - added(groups.first())).tolist()


def starts_of(frame):
    frame = frame.sort_values("time_ns", kind="stable")
    return frame.groupby([frame.attributes.map(str), "start_ns"])


@q.wrong(
    "The requests before each first report are missing.",
    "A process counts from 0 at start_ns: its last state is all of it.",
)
def before_the_first_report(frame):
    groups = starts_of(frame).counts
    return (np.array(added(groups.last())) - added(groups.first())).tolist()


@q.wrong(
    "You took the last row of each group, which need not be the latest one.",
    "Points come in any order: sort by time_ns first.",
)
def in_the_order_given(frame):
    return added(frame.groupby([frame.attributes.map(str), "start_ns"]).counts.last())


@q.wrong(
    "A sum of lists puts them one behind the other, and does not add them.",
    "Add first to first, second to second: zip(*states) gives them so.",
)
def lists_joined(frame):
    return starts_of(frame).counts.last().sum()


@q.wrong(
    "Those are the first states; a process goes on counting after them.",
    "Sort by time_ns and take the last state of each group.",
)
def first_states(frame):
    return added(starts_of(frame).counts.first())


@q.alternative
def counts_by_loop(frame):
    states = {}
    for row in frame.sort_values("time_ns", kind="stable").itertuples():
        states[str(row.attributes), row.start_ns] = row.counts
    return [sum(bucket) for bucket in zip(*states.values(), strict=True)]


@q.alternative
def counts_by_dropping_earlier(frame):
    keyed = frame.assign(series=frame.attributes.map(str)).sort_values("time_ns", kind="stable")
    return added(keyed.drop_duplicates(["series", "start_ns"], keep="last").counts)
