"""put-them-back: what would a load test have reported if it had left no request out?"""

import math

import numpy as np

from watchkeeper.latency import corrected, percentile
from watchkeeper.staff.author.writing import Count, Number, Record, question, whole

q = question(kind="read", points=2, answer=Record({"p99_ms": Number("ms", within=1), "left_out": Count("requests")}))
q.inputs(whole("load-test-a"), whole("load-test-b"))
q.hints(
    "All five users together make so many requests a second; one of them makes a fifth of that.",
    "On paper: two users make 10 a second together, so one makes 5: one every 200 ms.",
    "On paper: three waits became five, so two had been left out. p99 comes last, by rank.",
)
q.passed("Ask of every load test: did it wait for its answers? If so, its tail is missing.")


@q.wrong(
    "That is what the waiting users reported: who would have waited never asked.",
    "latency.corrected puts them back, given the interval of one user.",
    misconception="a load test's p99 is what users would have had",
)
def as_reported(closed, opened):
    return {"p99_ms": percentile(closed.spans.duration_ms, 0.99)}


def put_back(closed, interval_ms):
    return corrected(closed.spans.duration_ms, interval_ms)


def honest(closed, interval_ms):
    waits = put_back(closed, interval_ms)
    return {"p99_ms": percentile(waits, 0.99), "left_out": len(waits) - len(closed.spans)}


@q.wrong(
    "You took the interval of all users together: each stall is filled five times.",
    "One of five users asks a fifth as often.",
)
def all_users_as_one(closed, opened):
    return honest(closed, 50)


@q.wrong("You took the interval of the example on paper.", "The card of test A says how often its users asked.")
def interval_of_the_example(closed, opened):
    return honest(closed, 10)


@q.wrong(
    "You gave the requests a second as interval_ms.", "An interval is the time from one request of a user to the next."
)
def rate_for_interval(closed, opened):
    return honest(closed, 20)


@q.wrong(
    "You gave one user's requests a second as interval_ms.", "So many in a second: how many ms from one to the next?"
)
def users_rate_for_interval(closed, opened):
    return honest(closed, 4)


@q.wrong(
    "You shared out a second among the users.", "How many requests does one user make in a second? Share it among them."
)
def users_for_rate(closed, opened):
    return honest(closed, 200)


@q.wrong(
    "A user asked more often than once a second.", "The card says how many requests a second five users make together."
)
def once_a_second(closed, opened):
    return honest(closed, 1000)


@q.wrong(
    "That is test B's own p99, with B's queue in it; A had none.",
    'Correct asked["A"] for the interval of one of its users.',
)
def the_other_test(closed, opened):
    return {"p99_ms": percentile(opened.spans.duration_ms, 0.99)}


@q.wrong(
    "That is the longest wait. One request in a hundred lies beyond p99.",
    "Correct the waits first, then take p99 by rank.",
)
def the_longest_wait(closed, opened):
    return {"p99_ms": closed.spans.duration_ms.max()}


@q.wrong("That is p95 of the corrected waits.", "This asks for p99.")
def p95_put_back(closed, opened):
    return {"p99_ms": percentile(put_back(closed, 250), 0.95)}


@q.wrong("You drew a line between two waits.", "A percentile of this course is the wait at rank ceil(0.99 * n).")
def drawn_between_two(closed, opened):
    return {"p99_ms": float(np.quantile(put_back(closed, 250), 0.99))}


@q.wrong("That is in seconds.", "The waits are in ms, and so is the answer.")
def put_back_in_seconds(closed, opened):
    return {"p99_ms": percentile(put_back(closed, 250), 0.99) / 1000}


@q.wrong("Those are all requests, with those that were put back.", 'How many more are they than asked["A"] has?')
def all_that_there_are(closed, opened):
    return {"left_out": len(put_back(closed, 250))}


@q.wrong(
    "That is how many more test B sent in all, from beginning to end.",
    "Count those that the correction of test A adds.",
)
def fewer_than_the_other(closed, opened):
    return {"left_out": len(opened.spans) - len(closed.spans)}


@q.wrong(
    "Those are the requests that were sent and waited.", "Each of them stands for several that its user did not send."
)
def the_slow_ones(closed, opened):
    return {"left_out": int((closed.spans.duration_ms > 250).sum())}


@q.alternative
def put_back_by_loop(closed, opened):
    waits = []
    for ms in closed.spans.duration_ms:
        waits.append(ms)
        while ms - 250 >= 250:
            ms -= 250
            waits.append(ms)
    return {"p99_ms": sorted(waits)[math.ceil(0.99 * len(waits)) - 1], "left_out": len(waits) - len(closed.spans)}


@q.alternative
def put_back_by_users(closed, opened):
    """From the card: five users, and how many requests a second they make together."""
    each_ms = 1000 * 5 / closed.card["load"]["requests_a_second"]
    waits = np.sort(put_back(closed, each_ms))
    extra = np.maximum(closed.spans.duration_ms // each_ms - 1, 0).sum()
    return {"p99_ms": waits[int(np.ceil(0.99 * len(waits))) - 1], "left_out": extra}
