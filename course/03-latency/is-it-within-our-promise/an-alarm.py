"""an-alarm: does the quick rule fire for one of two promises?"""

import pandas as pd

from watchkeeper import slo
from watchkeeper.staff.author.writing import Truth, question, requests, table

from .shared import COLUMNS


def calm(slow=(), failing=(), usual_ms=40.0):
    """Two minutes of a request every 300 ms, all well but for the numbered ones; the e-mail worker now and then."""
    rows = [
        [f"c{at}", "GET /", at * 300_000_000, 2000.0 if at in slow else usual_ms, "ERROR" if at in failing else "UNSET"]
        for at in range(400)
    ]
    return rows + [[f"m{at}", "", at * 10**10 + 5, 4.0, "UNSET"] for at in range(12)]


FINE, SLOW, FAILED = (40.0, "UNSET"), (2000.0, "UNSET"), (9.0, "ERROR")


def evenly(kinds, start_s, lasts_s, route="GET /"):
    """So many requests, one of each kind given, evenly from a second on."""
    return [
        [f"e{start_s}-{at}{route}", route, round((start_s + at * lasts_s / len(kinds)) * 1e9), ms, status]
        for at, (ms, status) in enumerate(kinds)
    ]


def calm_then(*kinds, count=139):
    """A minute of so many requests: all well for 50 s, and these kinds at the end of the last 10 s."""
    return evenly([FINE] * (count - len(kinds) - 4), 0, 50) + evenly([FINE] * 4 + list(kinds), 50, 10)


q = question(kind="compute", points=3, answer=Truth())
q.inputs(
    table("a calm time on paper", COLUMNS, calm()),
    table("a calm time with one slow request", COLUMNS, calm(slow={250})),
    table("a calm time with one failure", COLUMNS, calm(failing={250})),
    table("a calm time with two failures far apart", COLUMNS, calm(failing={90, 320})),
    table("a calm time, a little slower than usual", COLUMNS, calm(usual_ms=180.0)),
    table("one in twenty slow", COLUMNS, calm_then(*[SLOW] * 7)),
    table("one in four at 250 ms", COLUMNS, calm_then(*[(250.0, "UNSET")] * 35)),
    table("the e-mail worker in trouble", COLUMNS, calm_then() + evenly([FAILED] * 6, 50, 10, "")),
    table("the very first request slow", COLUMNS, evenly([SLOW] + [FINE] * 138, 0, 60)),
    table("one in four failing quickly", COLUMNS, calm_then(*[FAILED] * 35)),
    table("one in four slow", COLUMNS, calm_then(*[SLOW] * 35)),
    table("some slow, as many failing", COLUMNS, calm_then(*[SLOW, FAILED] * 11)),
    table("one in twenty failing", COLUMNS, calm_then(*[FAILED] * 7)),
    table("one in four at 400 ms", COLUMNS, calm_then(*[(400.0, "UNSET")] * 35)),
    table("some slow, two failing quickly", COLUMNS, calm_then(*[SLOW] * 19, *[FAILED] * 2)),
    table("some slow, two failing slowly", COLUMNS, calm_then(*[SLOW] * 19, *[(2000.0, "ERROR")] * 2)),
    table("one more slow, two failing quickly", COLUMNS, calm_then(*[SLOW] * 20, *[FAILED] * 2)),
    table(
        "three calm minutes, then a few failures",
        COLUMNS,
        evenly([FINE] * 120, -180, 180) + calm_then(*[FAILED] * 3, count=100),
    ),
    requests("monday-morning"),
    requests("wednesday-evening"),
    requests("carts-complaint"),
    requests("friday-deploy"),
    requests("thursday-afternoon"),
)
q.hints(
    "Who is valid for availability, who for latency? Part 1 says it; drop the worker first.",
    "A series for each promise in steps of 5 s, each judged by quick_rule and its objective.",
    "On paper: 2 failures of 100 in a minute, one of them just now. Is 2 % above 14.4 × 0.1 %?",
)
q.passed("Quiet on quiet days, loud on both kinds of broken ones: that is a rule to be woken by.")


def rings(requests, share_is_good, objective, long=60, short=5, rate=14.4):
    rule = slo.Rule(long / 60, short / 60, rate, "page")
    customers = requests[requests.route != ""]
    good, valid = share_is_good(customers)
    return len(slo.replay([rule], slo.indicator(customers, good, valid, seconds=5), objective)) > 0


def answered_of_all(requests):
    return slo.available(requests), None


def in_time_of_answered(requests, limit_ms=300):
    return slo.faster_than(requests, limit_ms), slo.available(requests)


# Of two that answer the same the first is named: last come those that fail on the first inputs.
@q.wrong(
    "It missed failures: its windows are too long for so short a time.",
    "Replay quick_rule, the one with a minute and five seconds.",
)
def unscaled_rule(requests):
    return rings(requests, answered_of_all, 0.999, 3600, 300) or rings(requests, in_time_of_answered, 0.99, 3600, 300)


@q.wrong(
    "You ask failed requests, too, whether they were in time.",
    "Give slo.indicator the answered ones as valid.",
    misconception="failed requests are fast, and good for latency",
)
def failures_have_a_latency(requests):
    return only_latency_with_quick_failures(requests) or only_availability(requests)


@q.wrong(
    "The failed requests are among your slow ones, and spent twice.",
    "For latency valid are the answered ones only: valid= of slo.indicator.",
)
def failures_are_slow(requests):
    slow = rings(requests, lambda one: (slo.available(one) & slo.faster_than(one, 300), None), 0.99)
    return slow or rings(requests, answered_of_all, 0.999)


@q.wrong("It let 400 ms pass as in time.", "The limit of this promise is 300 ms.")
def limit_of_500(requests):
    return rings(requests, answered_of_all, 0.999) or rings(requests, lambda one: in_time_of_answered(one, 500), 0.99)


@q.wrong(
    "It missed failures: one promise of 99 % for both is too mild.",
    "Two series, each with its own objective; either may ring.",
    misconception="two promises can be merged into the milder one",
)
def one_promise_for_both(requests):
    return rings(requests, lambda one: (slo.available(one) & slo.faster_than(one, 300), None), 0.99)


@q.wrong("It missed failures: it allows one in a hundred.", "For availability the objective is 0.999.")
def availability_at_two_nines(requests):
    return rings(requests, answered_of_all, 0.99) or rings(requests, in_time_of_answered, 0.99)


@q.wrong(
    "It missed slowness: nothing failed there, it took too long.",
    "Watch latency as well: slo.faster_than(requests, 300), valid are the answered.",
    misconception="what is available is within the promise",
)
def only_availability(requests):
    return rings(requests, answered_of_all, 0.999)


@q.wrong(
    "It missed failures: these failed quickly, and quick looks good.",
    "Watch availability with slo.available as well.",
    misconception="failed requests are fast, and good for latency",
)
def only_latency_with_quick_failures(requests):
    return rings(requests, lambda one: (slo.faster_than(one, 300), None), 0.99)


@q.wrong("It rang for one slow request among two or three.", "Count in steps of 5 seconds, for both promises.")
def steps_of_a_second(requests):
    customers = requests[requests.route != ""]
    rule, answered = slo.scaled(slo.STANDARD, 1 / 60)[0], slo.available(customers)
    whole_ = slo.indicator(customers, answered, seconds=1)
    timely_ = slo.indicator(customers, slo.faster_than(customers, 300), answered, seconds=1)
    return len(slo.replay([rule], whole_, 0.999)) + len(slo.replay([rule], timely_, 0.99)) > 0


@q.wrong(
    "It rang for the e-mail worker, for whom nobody waits.",
    "Keep rows with a route first, as customers(recording) did.",
    misconception="whatever leaves a span is a request that counts",
)
def mail_rings_too(requests):
    return alarm_by_rules(requests.assign(route="GET /"))


@q.wrong("It rang at 250 ms, which is in time for this promise.", "The limit is 300 ms here, not the 200 ms of part 1.")
def limit_of_200(requests):
    return rings(requests, answered_of_all, 0.999) or rings(requests, lambda one: in_time_of_answered(one, 200), 0.99)


@q.wrong(
    "You judge latency as strictly as availability: it may be slow for 1 %.",
    "Objective 0.99 for the answered in time, 0.999 for availability.",
)
def latency_at_three_nines(requests):
    return alarm_by_rules(requests) or rings(requests, in_time_of_answered, 0.999)


@q.wrong(
    "It rang because things were slower than usual, and still within 300 ms.",
    "An alarm watches the promise: at most 300 ms for 99 % of the answered.",
)
def slower_than_usual(requests):
    usual = rings(requests, lambda one: in_time_of_answered(one, 75), 0.99)
    return usual or alarm_by_rules(requests)


@q.wrong(
    "It rang for a single failure: that is what a budget is for.",
    "Let quick_rule judge the share of answered requests, objective 0.999.",
    misconception="alert when the error rate is above 1 − SLO",
)
def one_failure_is_enough(requests):
    return bool((requests.status == "ERROR").any()) or alarm_by_rules(requests)


@q.wrong(
    "It rang for a single slow request: that is within the promise.",
    "Let quick_rule judge the share of requests in time, objective 0.99.",
)
def one_slow_one_is_enough(requests):
    return bool((requests.duration_ms > 300).any()) or alarm_by_rules(requests)


@q.wrong(
    "It rang although all was well: a false alarm.",
    "True only if slo.replay returns at least one row for one of the promises.",
)
def always_rings(requests):
    return True


@q.alternative
def alarm_by_rules(requests):
    return rings(requests, answered_of_all, 0.999) or rings(requests, in_time_of_answered, 0.99)


@q.alternative
def alarm_by_rolling(requests):
    seen = requests[requests.route != ""]
    step = (seen.start_ns - seen.start_ns.min()) // (5 * 10**9)
    failed, slow = seen.status == "ERROR", (seen.status != "ERROR") & (seen.duration_ms > 300)
    for bad, valid, most in ((failed, failed | True, 0.0144), (slow, ~failed, 0.144)):
        counts = pd.DataFrame({"bad": bad, "valid": valid}).groupby(step).sum()
        counts = counts.reindex(range(int(step.max()) + 1), fill_value=0)
        long, short = (counts.rolling(length, min_periods=1).sum() for length in (12, 1))
        if ((long.bad > most * long.valid) & (short.bad > most * short.valid)).any():
            return True
    return False
