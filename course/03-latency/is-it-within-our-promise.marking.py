"""is-it-within-our-promise: questions, known wrong answers, honest alternatives. Never part of the kit."""

import math

import numpy as np
import pandas as pd

from watchkeeper import latency, slo
from watchkeeper.staff.author.marking import (
    Count,
    Number,
    Question,
    Record,
    Reflection,
    SetOf,
    SomeOf,
    Text,
    Truth,
    Wrong,
    days,
    given,
    requests,
    table,
    whole,
)

MINUTE_NS = 60 * 10**9
COLUMNS = ["trace_id", "route", "start_ns", "duration_ms", "status"]
EIGHT = [
    [f"t{at}", route, at * 10**9, ms, status]
    for at, (route, ms, status) in enumerate(
        [
            ("GET /", 120.0, "UNSET"),
            ("GET /cart", 15.0, "ERROR"),
            ("GET /cart", 900.0, "UNSET"),
            ("", 3.0, "UNSET"),
            ("GET /products", 200.0, "UNSET"),
            ("POST /checkout", 2400.0, "ERROR"),
            ("GET /", 80.0, "UNSET"),
            ("GET /", 60.0, "UNSET"),
        ]
    )
]


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


def minutes_of(good, valid=None):
    return [[at * MINUTE_NS, each, 1000 if valid is None else valid[at]] for at, each in enumerate(good)]


SERIES = ["time_ns", "good", "valid"]
FIVE = minutes_of([1000, 0, 498, 1999, 500], [1000, 0, 500, 2000, 500])
TEN_MINUTES = minutes_of([1000] * 30 + [900] + [1000] * 14 + [990] + [1000] * 14 + [0] * 10 + [1000] * 50)
EXACTLY = minutes_of([1232] * 8, [1250] * 8)
NINE = [
    [f"s{at}", route, at * 10**9, ms, status]
    for at, (route, ms, status) in enumerate(
        [
            ("", 300.0, "UNSET"),
            ("GET /cart", 40.0, "UNSET"),
            ("GET /", 250.0, "UNSET"),
            ("GET /", 9.0, "ERROR"),
            ("GET /products", 90.0, "UNSET"),
            ("GET /", 30.0, "UNSET"),
            ("POST /checkout", 1100.0, "UNSET"),
            ("GET /", 200.0, "UNSET"),
            ("GET /cart", 60.0, "UNSET"),
        ]
    )
]
AT_ONCE = minutes_of([940] * 20 + [1000] * 30)
QUIET = minutes_of([1000] * 30 + [0] * 6 + [1000] * 30, [1000] * 30 + [10] * 6 + [1000] * 30)


# in-time
def timely(valid, good):
    return 100 * good.sum() / valid.sum()


def quick_failures_are_good(requests):
    seen = requests.route != ""
    return timely(seen, seen & (requests.duration_ms <= 200))


def failures_count_as_slow(requests):
    seen = requests.route != ""
    return timely(seen, seen & (requests.duration_ms <= 200) & (requests.status != "ERROR"))


def mail_counts_too(requests):
    answered = requests.status != "ERROR"
    return timely(answered, answered & (requests.duration_ms <= 200))


def less_than_the_limit(requests):
    valid = (requests.route != "") & (requests.status != "ERROR")
    return timely(valid, valid & (requests.duration_ms < 200))


def too_slow_ones(requests):
    return 100 - in_time_by_library(requests)


def in_time_as_a_fraction(requests):
    return in_time_by_library(requests) / 100


def nobody_left_out(requests):
    return 100 * (requests.duration_ms <= 200).mean()


def the_eight_whatever_is_given(requests):
    return 80.0


def in_time_rounded(requests):
    return round(in_time_by_library(requests), 1)


def in_time_by_library(requests):
    customers = requests[requests.route != ""]
    return 100 * slo.share(slo.indicator(customers, slo.faster_than(customers, 200), slo.available(customers)))


def in_time_by_loop(requests):
    good = valid = 0
    for row in requests.itertuples():
        if row.route and row.status != "ERROR":
            valid += 1
            good += row.duration_ms <= 200
    return 100 * good / valid


# busiest-cpu
def cpu_rates(recording):
    rates = latency.rate(recording.metrics[recording.metrics.name == "process.cpu.time"])
    rates = rates[rates.seconds > 4]
    return rates.assign(mode=[one["type"] for one in rates.attributes])


def together(recording, column="per_second"):
    return cpu_rates(recording).groupby(["service", "time_ns"])[column].sum()


def waits_for_all(recording):
    spans = recording.spans[recording.spans.start_ns.between(*recording.deploys.time_ns.iloc[-2:])]
    return {"service": spans[spans.kind == "SERVER"].groupby("service").duration_ms.quantile(0.95).idxmax()}


def most_requests(recording):
    servers = recording.spans[recording.spans.kind == "SERVER"]
    return {"service": servers.groupby("service").size().idxmax()}


def slowest_by_red(recording):
    spans = recording.spans[recording.spans.start_ns.between(*recording.deploys.time_ns.iloc[-2:])]
    servers = spans[(spans.kind == "SERVER") & ~spans.service.isin(["frontend", together(recording).idxmax()[0]])]
    return {"service": servers.groupby("service").duration_ms.quantile(0.95).idxmax()}


def only_user_time(recording):
    return {"percent": 100 * cpu_rates(recording).query("mode == 'user'").per_second.max()}


def cpu_as_a_fraction(recording):
    return {"percent": together(recording).max()}


def counter_for_rate(recording):
    points = recording.metrics[recording.metrics.name == "process.cpu.time"]
    return {"percent": 100 * points.groupby(["service", "time_ns"]).value.sum().max()}


def seconds_for_a_share(recording):
    return {"percent": 100 * together(recording, "value").max()}


def its_average(recording):
    service = together(recording).idxmax()[0]
    return {"percent": 100 * together(recording)[service].mean()}


def mean_of_rows(recording):
    return {"percent": 100 * cpu_rates(recording).groupby("service").per_second.mean().max()}


def all_stretches_added(recording):
    return {"percent": 100 * cpu_rates(recording).groupby("service").per_second.sum().max()}


def short_stretches_too(recording):
    rates = latency.rate(recording.metrics[recording.metrics.name == "process.cpu.time"])
    return {"percent": 100 * rates.groupby(["service", "time_ns"]).per_second.sum().max()}


def busiest_by_pivot(recording):
    sums = cpu_rates(recording).pivot_table(index="time_ns", columns="service", values="per_second", aggfunc="sum")
    return {"service": sums.max().idxmax(), "percent": 100 * sums.max().max()}


def busiest_by_loop(recording):
    found = {}
    for row in cpu_rates(recording).itertuples():
        found[row.service, row.time_ns] = found.get((row.service, row.time_ns), 0.0) + row.per_second
    (service, _), most = max(found.items(), key=lambda item: item[1])
    return {"service": service, "percent": 100 * most}


# minutes-left
def half_counts_in_full(paper):
    return 43_200 * (1 - paper["objective"]) - paper["all_failed"] - paper["half_failed"]


def half_is_forgotten(paper):
    return 43_200 * (1 - paper["objective"]) - paper["all_failed"]


def of_three_nines(paper):
    return 43.2 - paper["all_failed"] - paper["half_failed"] / 2


def nines_are_minutes(paper):
    return 4.32 - paper["all_failed"] - paper["half_failed"] / 2


def what_was_spent(paper):
    return paper["all_failed"] + paper["half_failed"] / 2


def the_whole_budget(paper):
    return 43_200 * (1 - paper["objective"])


def left_by_percent(paper):
    budget = paper["days"] * 24 * 60 * 0.05 / 100
    return budget - paper["all_failed"] - 0.5 * paper["half_failed"]


def left_by_library(paper):
    spent = paper["all_failed"] * 1.0 + paper["half_failed"] * 0.5
    return slo.minutes(paper["objective"], paper["days"]) - spent


# budget-spent
def spent_by_mean_of_minutes(series):
    return 100 * (1 - series.good / series.valid).mean() / 0.001


def empty_minutes_are_perfect(series):
    return 100 * (1 - series.good / series.valid).fillna(0).mean() / 0.001


def empty_minutes_are_lost(series):
    return 100 * (1 - (series.good / series.valid).fillna(0)).mean() / 0.001


def allowed_of_the_good(series):
    return 100 * (series.valid - series.good).sum() / (0.001 * series.good.sum())


def spent_in_whole_percent(series):
    return int(spent_by_sums(series))


def spent_in_bad_minutes(series):
    return 100 * (series.good < series.valid).sum() / (0.001 * len(series))


def share_of_the_requests(series):
    return 100 * (series.valid - series.good).sum() / series.valid.sum()


def what_is_left(series):
    return 100 - spent_by_sums(series)


def spent_as_a_fraction(series):
    return spent_by_sums(series) / 100


def budget_of_one_percent(series):
    return spent_by_sums(series) / 10


def good_ones_counted(series):
    return 100 * series.good.sum() / (0.001 * series.valid.sum())


def spent_by_sums(series):
    return 100 * (series.valid - series.good).sum() / (0.001 * series.valid.sum())


def spent_by_loop(series):
    bad = valid = 0
    for row in series.itertuples():
        bad, valid = bad + row.valid - row.good, valid + row.valid
    return bad * 1000 / valid * 100


# detection-and-reset
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


def long_window_must_fill(paper):
    return {"detection": 60}


def rounds_down(paper):
    return {"detection": found_by(paper, 60, 5)["detection"] - 1}


def short_window_decides(paper):
    return {"detection": found_by(paper, 5)["detection"]}


def at_the_end_of_trouble(paper):
    return {"detection": paper["lasts"]}


def silent_when_the_hour_is_clean(paper):
    return {"reset": 60}


def long_window_resets(paper):
    return {"reset": found_by(paper, 60)["reset"]}


def short_window_must_empty(paper):
    return {"reset": 5}


def last_minute_it_rang(paper):
    return {"reset": found_by(paper, 60, 5)["reset"] - 1}


def long_window_rings_last(paper):
    return {"reset": found_by(paper, 60)["reset"] - 1}


def enough_must_leave(paper):
    return {"reset": paper["lasts"] + found_by(paper, 60, 5)["detection"]}


def a_minute_too_many(paper):
    return {"detection": found_by(paper, 60, 5)["detection"] + 1}


def minute_of_the_series(paper):
    return {"detection": 60 + found_by(paper, 60, 5)["detection"]}


def row_of_the_series(paper):
    return {"detection": 59 + found_by(paper, 60, 5)["detection"]}


def least_for_a_full_hour(paper):
    return {"least": 2}


def rate_for_a_share(paper):
    return {"least": 15}


def least_that_fires(paper):
    return next(one for one in range(1, 101) if one / 100 * paper["lasts"] / 60 > 0.0144)


def times_by_windows(paper):
    return found_by(paper, 60, 5) | {"least": least_that_fires(paper)}


def times_by_counting(paper):
    share, lasts = paper["share"], paper["lasts"]
    detection = next(t for t in range(1, lasts + 1) if share * t / 60 > 0.0144 and share * min(t, 5) / 5 > 0.0144)
    reset = next(k for k in range(1, 61) if share * max(5 - k, 0) / 5 <= 0.0144)
    return {"detection": detection, "reset": reset, "least": math.floor(1.44 * 60 / lasts) + 1}


# when-it-fires
def window_share(series, length):
    bad = (series.valid - series.good).rolling(length, min_periods=1).sum()
    return bad / series.valid.rolling(length, min_periods=1).sum()


def either_window(series):
    return np.flatnonzero((window_share(series, 60) > 0.0144) | (window_share(series, 5) > 0.0144)).tolist()


def long_window_alone(series):
    return np.flatnonzero(window_share(series, 60) > 0.0144).tolist()


def short_window_alone(series):
    return np.flatnonzero(window_share(series, 5) > 0.0144).tolist()


def more_than_promised(series):
    return np.flatnonzero((window_share(series, 60) > 0.001) & (window_share(series, 5) > 0.001)).tolist()


def mean_of_the_minutes(series):
    bad = 1 - series.good / series.valid
    long, short = (bad.rolling(length, min_periods=1).mean() for length in (60, 5))
    return np.flatnonzero((long > 0.0144) & (short > 0.0144)).tolist()


def only_full_windows(series):
    return [row for row in fires_by_rolling(series) if row >= 59]


def looks_ahead(series):
    rows = fires_by_rolling(series.iloc[::-1].reset_index(drop=True))
    return [len(series) - 1 - row for row in rows]


def each_minute_alone(series):
    return np.flatnonzero((series.valid - series.good) > 0.0144 * series.valid).tolist()


def at_least_so_fast(series):
    return np.flatnonzero((window_share(series, 60) >= 0.0144) & (window_share(series, 5) >= 0.0144)).tolist()


def flags_for_rows(series):
    fires = set(fires_by_rolling(series))
    return [int(row in fires) for row in range(len(series))]


def a_minute_late(series):
    return [row + 1 for row in fires_by_rolling(series)]


def counts_from_one_window_more(series):
    long, short = window_share(series, 61), window_share(series, 6)
    return np.flatnonzero((long > 0.0144) & (short > 0.0144)).tolist()


def fires_by_rolling(series):
    return np.flatnonzero((window_share(series, 60) > 0.0144) & (window_share(series, 5) > 0.0144)).tolist()


def fires_by_loop(series):
    bad, valid = (series.valid - series.good).tolist(), series.valid.tolist()
    found = []
    for row in range(len(series)):
        parts = [slice(max(row + 1 - length, 0), row + 1) for length in (60, 5)]
        if all(sum(bad[part]) > 14.4 * 0.001 * sum(valid[part]) for part in parts):
            found.append(row)
    return found


# an-alarm
def rings(requests, share_is_good, objective, long=60, short=5, rate=14.4):
    rule = slo.Rule(long / 60, short / 60, rate, "page")
    customers = requests[requests.route != ""]
    good, valid = share_is_good(customers)
    return len(slo.replay([rule], slo.indicator(customers, good, valid, seconds=5), objective)) > 0


def answered_of_all(requests):
    return slo.available(requests), None


def in_time_of_answered(requests, limit_ms=300):
    return slo.faster_than(requests, limit_ms), slo.available(requests)


def always_rings(requests):
    return True


def one_slow_one_is_enough(requests):
    return bool((requests.duration_ms > 300).any()) or alarm_by_rules(requests)


def one_failure_is_enough(requests):
    return bool((requests.status == "ERROR").any()) or alarm_by_rules(requests)


def slower_than_usual(requests):
    usual = rings(requests, lambda one: in_time_of_answered(one, 75), 0.99)
    return usual or alarm_by_rules(requests)


def latency_at_three_nines(requests):
    return alarm_by_rules(requests) or rings(requests, in_time_of_answered, 0.999)


def limit_of_200(requests):
    return rings(requests, answered_of_all, 0.999) or rings(requests, lambda one: in_time_of_answered(one, 200), 0.99)


def limit_of_500(requests):
    return rings(requests, answered_of_all, 0.999) or rings(requests, lambda one: in_time_of_answered(one, 500), 0.99)


def mail_rings_too(requests):
    return alarm_by_rules(requests.assign(route="GET /"))


def steps_of_a_second(requests):
    customers = requests[requests.route != ""]
    rule, answered = slo.scaled(slo.STANDARD, 1 / 60)[0], slo.available(customers)
    whole_ = slo.indicator(customers, answered, seconds=1)
    timely_ = slo.indicator(customers, slo.faster_than(customers, 300), answered, seconds=1)
    return len(slo.replay([rule], whole_, 0.999)) + len(slo.replay([rule], timely_, 0.99)) > 0


def availability_at_two_nines(requests):
    return rings(requests, answered_of_all, 0.99) or rings(requests, in_time_of_answered, 0.99)


def one_promise_for_both(requests):
    return rings(requests, lambda one: (slo.available(one) & slo.faster_than(one, 300), None), 0.99)


def failures_are_slow(requests):
    slow = rings(requests, lambda one: (slo.available(one) & slo.faster_than(one, 300), None), 0.99)
    return slow or rings(requests, answered_of_all, 0.999)


def failures_have_a_latency(requests):
    return only_latency_with_quick_failures(requests) or only_availability(requests)


def unscaled_rule(requests):
    return rings(requests, answered_of_all, 0.999, 3600, 300) or rings(requests, in_time_of_answered, 0.99, 3600, 300)


def only_latency_with_quick_failures(requests):
    return rings(requests, lambda one: (slo.faster_than(one, 300), None), 0.99)


def only_availability(requests):
    return rings(requests, answered_of_all, 0.999)


def alarm_by_rules(requests):
    return rings(requests, answered_of_all, 0.999) or rings(requests, in_time_of_answered, 0.99)


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


# third-week
def third(recording):
    points = recording.metrics
    return slo.by_minute(points).iloc[14 * 1440 : 21 * 1440].reset_index(drop=True)


def bad_of(week):
    return week.valid - week.good


def rung(week):
    """Severity, first row and end of the most urgent rules that fired."""
    fired = slo.replay(slo.STANDARD, week, 0.999)
    for severity in ("page", "ticket"):
        some = fired[fired.severity == severity]
        if len(some):
            return severity, int(some.start.min()), int(some.end.max())
    return "nobody", -1, len(week)


def answer_of(week):
    severity, since, until = rung(week)
    bad, rows = bad_of(week), week.index
    near = rows[(rows >= max(since, 0) - 30) & (rows < until) & (bad > 0)]
    used = bad.sum() / (0.001 * week.valid.sum())
    return {
        "promise": "broken" if used > 1 else "kept",
        "left": 100 * (1 - used),
        "shape": shape_of(bad),
        "told": severity,
        "since": since,
        "evidence": near.tolist(),
    }


def shape_of(bad):
    for shape, length in (("burst", 60), ("leak", 1440)):
        if bad.rolling(length).sum().max() > bad.sum() / 2:
            return shape
    return "scattered"


def shape_by_minutes(recording):
    return {"shape": "scattered" if shape_of(bad_of(third(recording))) != "scattered" else "leak"}


def the_other_shape(recording):
    return {"shape": {"burst": "leak", "leak": "burst", "scattered": "burst"}[shape_of(bad_of(third(recording)))]}


def left_of_three_weeks(recording):
    minutes = slo.by_minute(recording.metrics)
    return {"left": 100 * (1 - bad_of(minutes).sum() / (0.001 * minutes.valid.sum()))}


def another_rules_minute(recording):
    week = third(recording)
    severity, since, _ = rung(week)
    starts = slo.replay(slo.STANDARD, week, 0.999).groupby("rule").start.min()
    others = starts[starts != since]
    if len(others):
        return {"since": int(others.min())}
    told = next(one for one in slo.STANDARD if one.severity == severity)
    return {"since": int(np.flatnonzero(slo.burn_rate(week, told.short_minutes, 0.999) > told.rate)[0])}


def least_urgent_minute(recording):
    fired = slo.replay(slo.STANDARD, third(recording), 0.999)
    if fired.rule.nunique() > 2:
        return {"since": int(fired[fired.rule == fired.rule.max()].start.min())}
    return {"since": int(fired.start.max())}


def when_it_fell_silent(recording):
    week = third(recording)
    fired = slo.replay(slo.STANDARD, week, 0.999)
    return {"since": int(fired[fired.start == rung(week)[1]].end.min())}


def beginning_of_the_burst(recording):
    """The first of the failing minutes, none more than three after the one before it, that lead up to the firing."""
    week = third(recording)
    since, failing = rung(week)[1], bad_of(week) > 0
    begin = since
    while before := [row for row in range(begin - 3, begin) if failing[row]]:
        begin = before[0]
    return {"since": begin}


def the_other_verdict(recording):
    return {"promise": "broken" if answer_of(third(recording))["promise"] == "kept" else "kept"}


def left_by_mean_of_minutes(recording):
    week = third(recording)
    return {"left": 100 * (1 - (bad_of(week) / week.valid).mean() / 0.001)}


def left_in_bad_minutes(recording):
    week = third(recording)
    return {"left": 100 * (1 - (bad_of(week) > 0).sum() / (0.001 * len(week)))}


def spent_for_left(recording):
    return {"left": 100 - answer_of(third(recording))["left"]}


def left_as_a_fraction(recording):
    return {"left": answer_of(third(recording))["left"] / 100}


def too_urgent_or_too_late(recording):
    return {"told": {"page": "ticket", "ticket": "page", "nobody": "page"}[rung(third(recording))[0]]}


def nobody_at_all(recording):
    return {"told": "nobody"}


def first_failure_of_the_week(recording):
    return {"since": int((bad_of(third(recording)) > 0).idxmax())}


def largest_share_of_a_minute(recording):
    week = third(recording)
    return {"since": int((bad_of(week) / week.valid).idxmax())}


def counted_over_three_weeks(recording):
    return {"since": answer_of(third(recording))["since"] + 14 * 1440}


def minute_after(recording):
    return {"since": answer_of(third(recording))["since"] + 1}


def first_minute_of_trouble(recording):
    week = third(recording)
    since = rung(week)[1]
    return {"since": int(next(row for row in range(since - 30, since) if bad_of(week)[row] > 0))}


def failures_elsewhere(recording):
    week, answer = third(recording), answer_of(third(recording))
    rows = week.index[(bad_of(week) > 0) & ~week.index.isin(answer["evidence"])]
    return {"evidence": rows.tolist()}


def third_by_hand(recording):
    week = third(recording)
    answer = answer_of(week)
    return answer | {"evidence": bad_of(week)[answer["evidence"]].nlargest(4).index.tolist()}


def third_by_firing(recording):
    week = third(recording)
    flags = {one: slo.firing(one, week, 0.999) for one in slo.STANDARD}
    page = flags[slo.STANDARD[0]] | flags[slo.STANDARD[1]]
    told, rows = ("page", page) if page.any() else ("ticket", flags[slo.STANDARD[2]])
    since = int(np.flatnonzero(rows)[0])
    bad = bad_of(week)
    left = slo.budget(0.999, int(week.valid.sum()), int(bad.sum()))
    evidence = [row for row in np.flatnonzero(rows).tolist() if bad[row] > 0][:3]
    return {
        "promise": "kept" if left.left > 0 else "broken",
        "left": 100 * left.left / left.allowed,
        "shape": shape_of(bad),
        "told": told,
        "since": since,
        "evidence": evidence,
    }


QUESTIONS = [
    Question(
        name="in-time",
        kind="compute",
        answer=Number("%", within=0.005),
        inputs=[
            table("the eight requests on paper", COLUMNS, EIGHT),
            table("nine other requests on paper", COLUMNS, NINE),
            requests("carts-complaint"),
            requests("thursday-afternoon"),
            requests("friday-deploy"),
        ],
        wrong=[
            Wrong(
                quick_failures_are_good,
                (
                    "Failed requests are among yours: a quick error makes nobody happy.",
                    'Keep the rows whose status is not "ERROR" first, then divide.',
                ),
            ),
            Wrong(
                failures_count_as_slow,
                (
                    "You divide by the failed requests as well; they belong to availability.",
                    "Valid are the answered ones: leave the failed out below the line, too.",
                ),
            ),
            Wrong(
                mail_counts_too,
                (
                    "The e-mail worker's rows are among yours, and nobody waited for them.",
                    "Valid are rows whose route is not empty.",
                ),
            ),
            Wrong(less_than_the_limit, ("A request of exactly 200 ms counts as in time here.", "At most means <=.")),
            Wrong(
                too_slow_ones, ("Those are the ones that were too slow.", "Good are those that took at most 200 ms.")
            ),
            Wrong(in_time_as_a_fraction, ("That is a fraction of 1.", "This asks for %: 0.8 is 80.")),
            Wrong(
                nobody_left_out,
                (
                    "You count every row: the failed ones, and those nobody waited for.",
                    "First say who is valid, then divide among those only.",
                ),
            ),
            Wrong(
                the_eight_whatever_is_given,
                (
                    "That is the number of the eight rows, and this is another table.",
                    "Does your function look at its argument, or at `eight`?",
                ),
            ),
            Wrong(
                in_time_rounded,
                ("You have rounded: near 100 %, what is rounded off is the budget.", "Return the number as it is."),
            ),
        ],
        right=[in_time_by_library, in_time_by_loop],
        hints=[
            "Cross out on paper the rows that don't count. Which two columns tell you?",
            "Who of the rest took at most 200 ms? The row with exactly 200 ms did.",
            "Divide by what was left, not by all rows; in % that is a number up to 100.",
        ],
        passed='Whoever says "99 % were fast" can be asked: of which? You have an answer.',
    ),
    Question(
        name="busiest-cpu",
        kind="read",
        answer=Record({"service": Text("a service's name"), "percent": Number("%", within=0.2)}),
        inputs=[whole("friday-deploy")],
        wrong=[
            Wrong(
                waits_for_all,
                (
                    "It is the slowest by RED: it waits for whoever works, and is slow as well.",
                    "Ask its processor: add up per_second by service and time_ns.",
                ),
            ),
            Wrong(
                most_requests,
                (
                    "It has the most requests; how long each keeps the processor is another matter.",
                    "Add up per_second by service and time_ns, then take the largest.",
                ),
            ),
            Wrong(
                slowest_by_red,
                (
                    "It is slow by RED, but it may wait while somebody else works.",
                    "Utilisation is processor time: add up per_second by service and time_ns.",
                ),
            ),
            Wrong(
                only_user_time,
                ("That is user time without system time.", "Add the rows with the same service and time_ns first."),
            ),
            Wrong(cpu_as_a_fraction, ("That is a fraction of one core.", "This asks for %: 0.12 is 12.")),
            Wrong(
                counter_for_rate,
                (
                    "That is a counter's reading: all seconds since the process started.",
                    "Take per_second, which latency.rate has computed.",
                ),
            ),
            Wrong(
                seconds_for_a_share,
                (
                    "Those are seconds of processor time in a stretch of several seconds.",
                    "Divide by the length of the stretch: per_second has done so.",
                ),
            ),
            Wrong(
                its_average,
                (
                    "That is its average over all stretches.",
                    "Utilisation is asked for the busiest stretch: the maximum.",
                ),
            ),
            Wrong(
                mean_of_rows,
                (
                    "That is the mean of rows: user and system time are one stretch, not two.",
                    "Add the two rows of each stretch, then look for the largest sum.",
                ),
            ),
            Wrong(
                all_stretches_added,
                (
                    "You added all stretches of a service: shares of different times.",
                    "Add only the rows with the same service and the same time_ns.",
                ),
            ),
            Wrong(
                short_stretches_too,
                (
                    "That comes of a stretch far too short to divide by.",
                    "Use the table cpu from above: it leaves out up to four seconds.",
                ),
            ),
        ],
        right=[busiest_by_pivot, busiest_by_loop],
        hints=[
            "Two rows of `cpu` belong to one stretch of one service. Find such a pair.",
            "Add up each pair (groupby takes a list of columns); which sum is largest, and whose?",
            "On paper: 0.5 s and 0.1 s in 5 s are 0.6 / 5 = 0.12 of a core, which is 12 %.",
        ],
        passed="Many are slow by RED, one is busy by USE: the others wait for it.",
    ),
    Question(
        name="minutes-left",
        kind="predict",
        answer=Number("minutes", within=0.05),
        inputs=[given("a team on paper", {"objective": 0.9995, "days": 30, "all_failed": 8, "half_failed": 20})],
        wrong=[
            Wrong(
                half_counts_in_full,
                (
                    "You counted the minutes in which half failed in full.",
                    "With even traffic each of them costs half a minute.",
                ),
            ),
            Wrong(
                half_is_forgotten,
                (
                    "The minutes in which half of the requests failed cost something as well.",
                    "With even traffic each of them costs half a minute.",
                ),
            ),
            Wrong(
                of_three_nines,
                (
                    "That is the budget of 99.9 %; this team has promised more.",
                    "30 days have 43,200 minutes. What share of them does 99.95 % allow?",
                ),
            ),
            Wrong(
                nines_are_minutes,
                (
                    "That is the budget of 99.99 %: more nines than were promised.",
                    "30 days have 43,200 minutes. What share of them does 99.95 % allow?",
                ),
            ),
            Wrong(what_was_spent, ("That is what was spent.", "Subtract it from what 99.95 % allows in 30 days.")),
            Wrong(the_whole_budget, ("That is the whole budget.", "Subtract what the two troubles have cost.")),
        ],
        right=[left_by_percent, left_by_library],
        hints=[
            "The budget: 30 × 24 × 60 minutes, of which 0.05 % may be lost.",
            "The first trouble costs all of its minutes, the second one half of them.",
            "Budget minus both costs.",
        ],
        passed="At 99.9 % a month may lose 43.2 minutes, at 99.95 % half of that; partial failures cost a part.",
    ),
    Question(
        name="budget-spent",
        kind="compute",
        answer=Number("%", within=0.01),
        inputs=[
            table("five minutes on paper", SERIES, FIVE),
            days("three-weeks", 1, 7),
            days("three-weeks", 15, 21),
            days("three-weeks", 1, 21),
        ],
        wrong=[
            Wrong(
                spent_by_mean_of_minutes,
                (
                    "That is the mean of the minutes: a quiet one weighs as much as a busy one.",
                    "Add up bad and valid requests over all rows, then divide once.",
                ),
            ),
            Wrong(
                spent_in_bad_minutes,
                (
                    "You count minutes; in most of them only a small part of the requests failed.",
                    "The budget is one in a thousand requests: count bad requests.",
                ),
            ),
            Wrong(
                share_of_the_requests,
                (
                    "That is the share of bad requests among all.",
                    "Divide by what the promise allows: one in a thousand.",
                ),
            ),
            Wrong(what_is_left, ("That is what is left.", "This asks for what is spent.")),
            Wrong(spent_as_a_fraction, ("That is a fraction of the budget.", "This asks for %: 0.75 is 75.")),
            Wrong(budget_of_one_percent, ("You allow one request in a hundred.", "99.9 % allows one in a thousand.")),
            Wrong(
                empty_minutes_are_perfect,
                (
                    "A mean of minutes: empty ones count as perfect, quiet ones as busy.",
                    "Leave the minutes alone: add up bad and valid, divide once.",
                ),
            ),
            Wrong(
                empty_minutes_are_lost,
                (
                    "Minutes without a request count as failed in yours.",
                    "Nobody was harmed: add up bad and valid, and divide once.",
                ),
            ),
            Wrong(
                allowed_of_the_good,
                (
                    "You take one in a thousand of the good requests.",
                    "The promise allows one in a thousand of all valid ones.",
                ),
            ),
            Wrong(
                spent_in_whole_percent, ("You have cut or rounded it to a whole number.", "Return the number as it is.")
            ),
            Wrong(good_ones_counted, ("You count the good requests as spent.", "Bad ones are valid minus good.")),
        ],
        right=[spent_by_sums, spent_by_loop],
        hints=[
            "How many requests were bad in all rows together? valid minus good, added up.",
            "How many does the promise allow? One in a thousand of all valid ones.",
            "On paper: 2,000 requests allow 2 bad ones, so 3 bad ones are 150 % of the budget.",
        ],
        passed="Counted in requests, a bad minute at noon costs what it cost the customers.",
        yours=["watchkeeper.slo.budget", "watchkeeper.slo.share", "watchkeeper.slo.burn_rate"],
    ),
    Question(
        name="detection-and-reset",
        kind="predict",
        answer=Record({"detection": Count("minutes"), "reset": Count("minutes"), "least": Count("%")}),
        inputs=[given("5 % fail for 30 minutes", {"share": 0.05, "lasts": 30})],
        wrong=[
            Wrong(
                long_window_must_fill,
                (
                    "A window need not be full of trouble to be above its number.",
                    "After t bad minutes the hour's share is 0.05 × t / 60: when above 0.0144?",
                ),
            ),
            Wrong(
                rounds_down,
                (
                    "After so many minutes the hour's share is still a little too small.",
                    "Put the number into 0.05 × t / 60, and the next one.",
                ),
            ),
            Wrong(
                short_window_decides,
                (
                    "By then the short window is above, the long one not yet; both must be.",
                    "When is 0.05 × t / 60 more than 0.0144?",
                ),
            ),
            Wrong(
                at_the_end_of_trouble,
                ("The rule does not wait for the end of the trouble.", "When is 0.05 × t / 60 more than 0.0144?"),
            ),
            Wrong(
                silent_when_the_hour_is_clean,
                (
                    "Both windows must be above: one that falls silences the rule.",
                    "After k good minutes the short one's share is 0.05 × (5 − k) / 5.",
                ),
            ),
            Wrong(
                long_window_resets,
                (
                    "That is when the long window falls; the short one has fallen before it.",
                    "After k good minutes the short one's share is 0.05 × (5 − k) / 5.",
                ),
            ),
            Wrong(
                short_window_must_empty,
                (
                    "The short window need not be clean, only no longer above its number.",
                    "When is 0.05 × (5 − k) / 5 at most 0.0144?",
                ),
            ),
            Wrong(
                last_minute_it_rang,
                (
                    "After so many good minutes the short window is still above.",
                    "Put the number into 0.05 × (5 − k) / 5, and the next one.",
                ),
            ),
            Wrong(
                long_window_rings_last,
                (
                    "You wait for the long window; the short one has fallen long before.",
                    "The rule is silent as soon as one of them is no longer above.",
                ),
            ),
            Wrong(
                enough_must_leave,
                (
                    "You wait until enough bad minutes have left the hour.",
                    "Five minutes forget sooner: look at the short window.",
                ),
            ),
            Wrong(
                a_minute_too_many,
                ("One minute earlier the hour's share is above already.", "Put that number, too, into 0.05 × t / 60."),
            ),
            Wrong(
                minute_of_the_series,
                (
                    "You count from the start of the series, an hour before the trouble.",
                    "Detection time begins with the first bad minute.",
                ),
            ),
            Wrong(
                row_of_the_series,
                (
                    "That is the number of a row, as in the column start.",
                    "Detection is how many bad minutes it took: from the first to its end.",
                ),
            ),
            Wrong(
                least_for_a_full_hour,
                (
                    "That is enough only in an hour full of trouble.",
                    "Here only 30 of its 60 minutes are bad: half of the share remains.",
                ),
            ),
            Wrong(
                rate_for_a_share,
                (
                    "14.4 is how many times too fast, not a share in %.",
                    "The share that is too much is 14.4 × 0.001, in a whole hour.",
                ),
            ),
        ],
        right=[times_by_windows, times_by_counting],
        hints=[
            "14.4 × 0.001 = 0.0144 is the share that is too much, in both windows.",
            "Long window, after t bad minutes: 0.05 × t / 60. The first whole t that makes it more than 0.0144?",
            "Short window, after k good minutes: 0.05 × (5 − k) / 5. The first k that makes it at most 0.0144?",
            "For `least`: after 30 bad minutes half of the hour was bad. What share of it failed?",
        ],
        passed="You can say beforehand how long customers suffer unseen, and how long an alarm rings for nothing.",
    ),
    Question(
        name="when-it-fires",
        kind="compute",
        # What it counts stands in the reply to a column of True and False, which no Wrong can be.
        answer=SetOf(Count("rows (np.flatnonzero finds where True stands)")),
        inputs=[
            table("a blip and ten bad minutes on paper", SERIES, TEN_MINUTES),
            table("trouble from the start, on paper", SERIES, AT_ONCE),
            table("six quiet bad minutes on paper", SERIES, QUIET),
            table("exactly 14.4 times as fast, on paper", SERIES, EXACTLY),
            days("three-weeks", 8, 14),
            days("three-weeks", 1, 21),
        ],
        wrong=[
            Wrong(at_least_so_fast, ("Yours fires at exactly 14.4 times as well.", "Above means >, not >=.")),
            Wrong(
                either_window,
                (
                    "One of your windows is enough to fire: it rings on when all is well again.",
                    "Join the two with & (and), not with | (or).",
                ),
            ),
            Wrong(
                long_window_alone,
                (
                    "That is the long window alone: it rings on for most of an hour.",
                    "Keep only minutes in which the last 5 are above as well.",
                ),
            ),
            Wrong(
                short_window_alone,
                (
                    "That is the short window alone: it rings for every blip.",
                    "Keep only minutes in which the last 60 are above as well.",
                ),
            ),
            Wrong(
                more_than_promised,
                (
                    "Your rule fires above a burn rate of 1: that is just as fast as allowed.",
                    "14.4 times the allowed 0.001 is the share to compare with.",
                ),
            ),
            Wrong(
                mean_of_the_minutes,
                (
                    "You take the mean of the minutes' shares: quiet minutes weigh too much.",
                    "Add up bad and valid over the window with rolling, then divide.",
                ),
            ),
            Wrong(
                only_full_windows,
                (
                    "Your windows are silent until they are full.",
                    "With min_periods=1 the first rows add up what there is.",
                ),
            ),
            Wrong(
                looks_ahead,
                (
                    "Your windows begin with the minute: they know the future.",
                    "A window ends with its own row; rolling does that by itself.",
                ),
            ),
            Wrong(
                a_minute_late,
                (
                    "All your minutes are one too late: rows count from 0.",
                    "Name the row that ends the window, not the one after it.",
                ),
            ),
            Wrong(
                counts_from_one_window_more,
                ("Your windows hold one row too many.", "The own row is one of the 60, and one of the 5."),
            ),
            Wrong(
                each_minute_alone,
                (
                    "You judge each minute by itself; the rule looks at 60 and at 5 together.",
                    "Add up bad and valid over each window first.",
                ),
            ),
            Wrong(
                flags_for_rows,
                (
                    "Those are 0 and 1, one a row: whether it fires, not when.",
                    "Name the rows in which it does: np.flatnonzero finds them.",
                ),
            ),
        ],
        right=[fires_by_rolling, fires_by_loop],
        hints=[
            "A window's share is its bad requests by its valid ones, each added up by rolling.",
            "Above 14.4 × 0.001 in 60 minutes makes one column of True and False, in 5 another.",
            "On paper: the long window of the example stays above; what ends the firing at row 73?",
        ],
        passed="You can replay any rule over any past week, before it wakes anybody.",
        yours=[
            "watchkeeper.slo.replay",
            "watchkeeper.slo.firing",
            "watchkeeper.slo.burn_rate",
            "watchkeeper.slo.simple_rule",
            "watchkeeper.slo.rules._windows",
        ],
    ),
    Question(
        name="an-alarm",
        kind="compute",
        answer=Truth(),
        inputs=[
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
        ],
        wrong=[
            # Of two that answer the same the first is named: last come those that fail on the first inputs.
            Wrong(
                unscaled_rule,
                (
                    "It missed failures: its windows are too long for so short a time.",
                    "Replay quick_rule, the one with a minute and five seconds.",
                ),
            ),
            Wrong(
                failures_have_a_latency,
                (
                    "You ask failed requests, too, whether they were in time.",
                    "Give slo.indicator the answered ones as valid.",
                ),
            ),
            Wrong(
                failures_are_slow,
                (
                    "The failed requests are among your slow ones, and spent twice.",
                    "For latency valid are the answered ones only: valid= of slo.indicator.",
                ),
            ),
            Wrong(limit_of_500, ("It let 400 ms pass as in time.", "The limit of this promise is 300 ms.")),
            Wrong(
                one_promise_for_both,
                (
                    "It missed failures: one promise of 99 % for both is too mild.",
                    "Two series, each with its own objective; either may ring.",
                ),
            ),
            Wrong(
                availability_at_two_nines,
                ("It missed failures: it allows one in a hundred.", "For availability the objective is 0.999."),
            ),
            Wrong(
                only_availability,
                (
                    "It missed slowness: nothing failed there, it took too long.",
                    "Watch latency as well: slo.faster_than(requests, 300), valid are the answered.",
                ),
            ),
            Wrong(
                only_latency_with_quick_failures,
                (
                    "It missed failures: these failed quickly, and quick looks good.",
                    "Watch availability with slo.available as well.",
                ),
            ),
            Wrong(
                steps_of_a_second,
                ("It rang for one slow request among two or three.", "Count in steps of 5 seconds, for both promises."),
            ),
            Wrong(
                mail_rings_too,
                (
                    "It rang for the e-mail worker, for whom nobody waits.",
                    "Keep rows with a route first, as customers(recording) did.",
                ),
            ),
            Wrong(
                limit_of_200,
                (
                    "It rang at 250 ms, which is in time for this promise.",
                    "The limit is 300 ms here, not the 200 ms of part 1.",
                ),
            ),
            Wrong(
                latency_at_three_nines,
                (
                    "You judge latency as strictly as availability: it may be slow for 1 %.",
                    "Objective 0.99 for the answered in time, 0.999 for availability.",
                ),
            ),
            Wrong(
                slower_than_usual,
                (
                    "It rang because things were slower than usual, and still within 300 ms.",
                    "An alarm watches the promise: at most 300 ms for 99 % of the answered.",
                ),
            ),
            Wrong(
                one_failure_is_enough,
                (
                    "It rang for a single failure: that is what a budget is for.",
                    "Let quick_rule judge the share of answered requests, objective 0.999.",
                ),
            ),
            Wrong(
                one_slow_one_is_enough,
                (
                    "It rang for a single slow request: that is within the promise.",
                    "Let quick_rule judge the share of requests in time, objective 0.99.",
                ),
            ),
            Wrong(
                always_rings,
                (
                    "It rang although all was well: a false alarm.",
                    "True only if slo.replay returns at least one row for one of the promises.",
                ),
            ),
        ],
        right=[alarm_by_rules, alarm_by_rolling],
        hints=[
            "Who is valid for availability, who for latency? Part 1 says it; drop the worker first.",
            "A series for each promise in steps of 5 s, each judged by quick_rule and its objective.",
            "On paper: 2 failures of 100 in a minute, one of them just now. Is 2 % above 14.4 × 0.1 %?",
        ],
        passed="Quiet on quiet days, loud on both kinds of broken ones: that is a rule to be woken by.",
    ),
    Question(
        name="third-week",
        kind="diagnose",
        answer=Record(
            {
                "promise": Text("a verdict", ("kept", "broken")),
                "left": Number("%", within=0.05),
                "shape": Text("a shape", ("burst", "leak", "scattered")),
                "told": Text("who is told", ("page", "ticket", "nobody")),
                "since": Count("minutes"),
                "evidence": SomeOf(Count("minutes"), at_least=3),
            }
        ),
        inputs=[whole("three-weeks")],
        wrong=[
            Wrong(
                the_other_verdict,
                (
                    "Not so: compare the bad requests of the week with what was allowed.",
                    "Your budget_spent(third_week) says it: more than 100 is broken.",
                ),
            ),
            Wrong(
                left_by_mean_of_minutes,
                (
                    "That comes of the mean of the minutes: quiet ones weigh too much.",
                    "100 minus your budget_spent(third_week).",
                ),
            ),
            Wrong(
                left_in_bad_minutes,
                (
                    "That counts minutes as if everything had failed in them.",
                    "Count requests: 100 minus your budget_spent(third_week).",
                ),
            ),
            Wrong(spent_for_left, ("That is what is spent.", "What is left is 100 minus that.")),
            Wrong(left_as_a_fraction, ("That is a fraction of the budget.", "This asks for %: 0.2 is 20.")),
            Wrong(
                nobody_at_all,
                (
                    "A rule did fire in this week.",
                    "slo.replay(slo.STANDARD, third_week, OBJECTIVE): look at its severity.",
                ),
            ),
            Wrong(
                too_urgent_or_too_late,
                (
                    "Look again at which rules fired, and with which severity.",
                    "slo.replay(slo.STANDARD, third_week, OBJECTIVE) lists them all.",
                ),
            ),
            Wrong(
                left_of_three_weeks,
                (
                    "That is left of the three weeks together.",
                    "Only the third week's requests, against the third week's budget.",
                ),
            ),
            Wrong(
                shape_by_minutes,
                (
                    "Many minutes have a failure; most failed requests are closer together.",
                    "Add up failed requests over a window of rows, and take the largest sum.",
                ),
            ),
            Wrong(
                the_other_shape,
                (
                    "How close together did most of the failed requests lie?",
                    "Find the largest sum of failed in 60 rows in a row, then in 1,440.",
                ),
            ),
            Wrong(
                first_failure_of_the_week,
                (
                    "Somebody's request fails every day; an alarm for that rings all week.",
                    "When did a rule of the standard three fire first?",
                ),
            ),
            Wrong(
                largest_share_of_a_minute,
                (
                    "The worst minute is not the one in which somebody could know.",
                    "When did a rule of that severity fire first? slo.replay says it.",
                ),
            ),
            Wrong(
                counted_over_three_weeks,
                (
                    "You count from the first of the three weeks.",
                    "Give slo.replay the series third_week, whose rows begin at 0.",
                ),
            ),
            Wrong(
                minute_after,
                (
                    "That is the minute after the one that ends with the firing.",
                    "The column start of slo.replay has the row at whose end it fired.",
                ),
            ),
            Wrong(
                first_minute_of_trouble,
                (
                    "Customers may have felt it by then, but no such rule had fired yet.",
                    "Take the first row at whose end a rule of that severity fired.",
                ),
            ),
            Wrong(
                beginning_of_the_burst,
                (
                    "So it began; a rule needs some failures more before it is sure.",
                    "Detection takes time: whose windows were both above, and when first?",
                ),
            ),
            Wrong(
                another_rules_minute,
                (
                    "Another rule, or one window of this rule, says that minute.",
                    "Of the most urgent severity take the rule that fired first.",
                ),
            ),
            Wrong(
                least_urgent_minute,
                (
                    "That is a later firing, and not the first of that severity.",
                    "Sort what slo.replay gives by severity, then by start.",
                ),
            ),
            Wrong(
                when_it_fell_silent,
                (
                    "By then it was no longer firing: that is the column end.",
                    "Since when did it fire? The column start.",
                ),
            ),
            Wrong(
                failures_elsewhere,
                (
                    "Requests failed in those minutes, but that is not what the rule saw.",
                    "Name failing minutes from 30 before `since` until it fell silent.",
                ),
            ),
        ],
        right=[third_by_hand, third_by_firing],
        hints=[
            "What your budget_spent says is spent; the rest is left, and may be negative.",
            "Shape: add up `failed` over 60 rows; is the largest sum more than half of all? Then 1,440.",
            "Replay all three rules. Of the most urgent severity that fired, the earliest start counts.",
        ],
        passed="Not the loudest minute, but what the budget can bear, decides who is woken.",
    ),
]

REFLECTIONS = [
    Reflection(
        "rings-too-often",
        rubric=[
            (
                1.0,
                "a number of false alarms, why a share for minutes is not the promise, and a rule with two windows",
                "In the first week it would have rung 130 times, mostly for one failed request at night. The promise is about a "
                "month of requests; five minutes at a rate of 2 cost next to nothing. I'd page at 14.4 over 1 h and 5 min.",
            ),
            (
                0.5,
                "says that it rings too often, but without number, or without a better rule",
                "It would wake us all the time, so we should take a longer window.",
            ),
            (0.0, "agrees, or would switch alarms off", "Good idea, then we notice everything."),
        ],
    ),
    Reflection(
        "to-the-head",
        rubric=[
            (
                1.0,
                "kept or broken with a number, the costliest week, a proposal that follows from the budget, and a limit",
                "Broken: we used 115 % of the budget, the second week alone 183 % of its own. No risky deploys until it has "
                "recovered; first we mend what the second week was about. The series is composed and can't say whom it hit.",
            ),
            (
                0.5,
                "the right verdict, but without number, proposal or limit",
                "The promise is broken, mainly because of the second week.",
            ),
            (
                0.0,
                "the wrong verdict, or a mean of minutes or weeks as evidence",
                "On average we were at 99.9 %, so all is well.",
            ),
        ],
    ),
]
