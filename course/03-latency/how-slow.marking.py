"""how-slow: questions, known wrong answers, honest alternatives. Never part of the kit."""

import math

import numpy as np
import pandas as pd

from watchkeeper.latency import Histogram, bounds_fault, corrected, histograms, percentile
from watchkeeper.staff.author.marking import (
    Count,
    ListOf,
    Number,
    Question,
    Record,
    Reflection,
    SomeOf,
    Text,
    Wrong,
    durations,
    given,
    points,
    route,
    table,
    whole,
)
from watchkeeper.traces import self_time

MS = Number("ms", within=0.01)
MECHANISMS = (
    "slow for all",
    "slow for some",
    "many small queries",
    "waits for another",
    "slow connection",
    "nothing is wrong",
)
PANEL = ("slow itself", "waits for another", "counters begin again", "bounds that don't fit", "too few requests")
FORTY = [11 * place % 41 for place in range(1, 40)] + [90]
TWELVE = [31, 12, 18, 240, 15, 22, 14, 19, 16, 35, 90, 27]
# Sixty values, 25 different ones: with the ties thrown out, the rank is another one's.
TIES = [(2 * list(range(1, 21)) + 16 * [21] + [22, 23, 24, 25])[37 * place % 60] for place in range(60)]


def calls_on_paper():
    """21 pages with five calls each; two slow ones on two pages, one on a third."""
    slow = {(3, "a"): 300, (3, "c"): 200, (8, "b"): 30, (8, "e"): 60, (12, "d"): 130}
    rows = []
    for page in range(1, 22):
        usual = {
            "a": 10 + page / 100,
            "b": 20 + page / 100,
            "c": 5 + page / 100,
            "d": 100 + (5 * page % 21) / 10,
            "e": 3 + page / 50,
        }
        calls = {name: float(slow.get((page, name), ms)) for name, ms in usual.items()}
        rows += [(f"page {page}", "frontend", "CLIENT", name, ms) for name, ms in calls.items()]
        rows.append((f"page {page}", "frontend", "SERVER", "GET /", sum(calls.values())))
    return rows


CALLS = ("trace_id", "service", "kind", "name", "duration_ms")
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


# my-p95
def mean(durations_ms):
    return sum(durations_ms) / len(durations_ms)


def worst_case(durations_ms):
    return max(durations_ms)


def median(durations_ms):
    return sorted(durations_ms)[math.ceil(0.5 * len(durations_ms)) - 1]


def between_two_values(durations_ms):
    return float(np.quantile(durations_ms, 0.95))


def one_rank_too_high(durations_ms):
    return [*sorted(durations_ms), max(durations_ms)][math.ceil(0.95 * len(durations_ms))]


def rounded_down(durations_ms):
    return sorted(durations_ms)[max(int(0.95 * len(durations_ms)) - 1, 0)]


def rounded_to_nearest(durations_ms):
    return sorted(durations_ms)[round(0.95 * len(durations_ms)) - 1]


def ties_thrown_out(durations_ms):
    different = sorted(set(durations_ms))
    return different[math.ceil(0.95 * len(different)) - 1]


def share_of_the_longest(durations_ms):
    return 0.95 * max(durations_ms)


def not_sorted(durations_ms):
    return durations_ms[math.ceil(0.95 * len(durations_ms)) - 1]


def from_the_slow_end(durations_ms):
    return sorted(durations_ms, reverse=True)[math.ceil(0.95 * len(durations_ms)) - 1]


def p95_by_series(durations_ms):
    return pd.Series(durations_ms).sort_values().iloc[math.ceil(0.95 * len(durations_ms)) - 1]


def p95_by_counting(durations_ms):
    n = len(durations_ms)
    return min(ms for ms in durations_ms if 100 * sum(other <= ms for other in durations_ms) >= 95 * n)


# her-test
def ten_and_its_like(up_to):
    return [10, 30, 50, 70, 90]


def short_lists(up_to):
    return list(range(1, 20))


def lists_she_gets_right(up_to):
    return [n for n in range(1, up_to + 1) if n % 20]


def one_length_alone(up_to):
    return [20]


def all_of_them(up_to):
    return list(range(1, up_to + 1))


def lengths_by_twenty(up_to):
    return list(range(20, up_to + 1, 20))


def lengths_by_trying(up_to):
    found = []
    for n in range(1, up_to + 1):
        numbered = list(range(1, n + 1))
        if numbered[int(0.95 * n)] != math.ceil(0.95 * n):
            found.append(n)
    return found


# how-long-to-wait
def a_hundred(rate):
    return math.ceil(100 / rate)


def enough_for_p95(rate):
    return math.ceil(59 / rate)


def orders_not_minutes(rate):
    return 299


def minutes_rounded_down(rate):
    return 299 // rate


def until_even_odds(rate):
    return math.ceil(69 / rate)


def doubt_on_both_sides(rate):
    return math.ceil(368 / rate)


def wait_by_logarithm(rate):
    return math.ceil(math.ceil(math.log(0.05) / math.log(0.99)) / rate)


def wait_by_minutes(rate):
    return next(minutes for minutes in range(1, 1000) if 0.99 ** (minutes * rate) <= 0.05)


# slow-somewhere
def with_slow(spans):
    calls = spans[(spans.service == "frontend") & (spans.kind == "CLIENT")]
    limits = {name: percentile(group.duration_ms, 0.95) for name, group in calls.groupby("name")}
    return calls.assign(slow=calls.duration_ms > calls["name"].map(limits))


def calls_not_pages(spans):
    return 100 * with_slow(spans).slow.mean()


def one_limit_for_all(spans):
    calls = with_slow(spans)
    slow = calls.duration_ms > percentile(calls.duration_ms, 0.95)
    return 100 * slow.groupby(calls.trace_id).any().mean()


def tails_added_up(spans):
    calls = with_slow(spans)
    return 100 * calls.slow.sum() / calls.trace_id.nunique()


def like_dice(spans):
    calls = with_slow(spans)
    return 100 * (1 - 0.95 ** round(len(calls) / calls.trace_id.nunique()))


def all_of_its_calls(spans):
    return 100 * with_slow(spans).groupby("trace_id").slow.all().mean()


def more_than_one(spans):
    return 100 * (with_slow(spans).groupby("trace_id").slow.sum() > 1).mean()


def pages_spared(spans):
    return 100 - hit_by_loop(spans)


def a_fraction(spans):
    return hit_by_loop(spans) / 100


def number_of_pages(spans):
    return with_slow(spans).groupby("trace_id").slow.any().sum()


def hit_by_loop(spans):
    calls = with_slow(spans)
    return 100 * len(set(calls.trace_id[calls.slow])) / len(set(calls.trace_id))


def hit_by_max(spans):
    return 100 * with_slow(spans).groupby("trace_id").slow.max().astype(float).mean()


# two-processes
def merged_by_hand(one, other):
    bounds = [bound for bound in one["bounds"] if bound in other["bounds"]]
    counts = [0] * (len(bounds) + 1)
    for histogram in (one, other):
        for upper, count in zip([*histogram["bounds"], math.inf], histogram["counts"], strict=True):
            counts[sum(bound < upper for bound in bounds)] += count
    return bounds, counts


def p95_bucket(bounds, counts):
    rank, upto = math.ceil(0.95 * sum(counts)), np.cumsum(counts)
    bucket = int(np.searchsorted(upto, rank))
    return [0, *bounds, math.inf][bucket], [*bounds, math.inf][bucket]


def both_bounds(low, high):
    return {"low_ms": low, "high_ms": high}


def drawn(histogram):
    return Histogram(tuple(histogram["bounds"]), tuple(histogram["counts"])).quantile(0.95)


def one_point(one, other):
    bounds, counts = merged_by_hand(one, other)
    point = Histogram(tuple(bounds), tuple(counts)).quantile(0.95)
    return both_bounds(point, point)


def mean_of_percentiles(one, other):
    point = (drawn(one) + drawn(other)) / 2
    return both_bounds(point, point)


def weighted_mean_of_percentiles(one, other):
    n, m = sum(one["counts"]), sum(other["counts"])
    point = (n * drawn(one) + m * drawn(other)) / (n + m)
    return both_bounds(point, point)


def the_busier_process(one, other):
    return both_bounds(*p95_bucket(one["bounds"], one["counts"]))


def the_slower_process(one, other):
    return both_bounds(*p95_bucket(other["bounds"], other["counts"]))


def bounds_of_the_second(one, other):
    """40 kept, as if the first process had counted up to it."""
    return both_bounds(40, 50)


def all_bounds_kept(one, other):
    return both_bounds(20, 40)


def rank_of_the_first_alone(one, other):
    return both_bounds(10, 20)


def one_bucket_too_low(one, other):
    bounds, counts = merged_by_hand(one, other)
    return both_bounds(0, p95_bucket(bounds, counts)[0])


def rank_instead_of_bound(one, other):
    _, counts = merged_by_hand(one, other)
    rank = math.ceil(0.95 * sum(counts))
    return both_bounds(rank, rank)


def place_by_place(one, other):
    longer = [*one["counts"], *[0] * (len(other["counts"]) - len(one["counts"]))]
    return {"counts": [a + b for a, b in zip(longer, other["counts"], strict=True)]}


def counted_up(one, other):
    return {"counts": np.cumsum(merged_by_hand(one, other)[1]).tolist()}


def beyond_forgotten(one, other):
    return {"counts": merged_by_hand(one, other)[1][:-1]}


def between_by_hand(one, other):
    bounds, counts = merged_by_hand(one, other)
    return {"counts": counts} | both_bounds(*p95_bucket(bounds, counts))


def between_by_shares(one, other):
    bounds, counts = merged_by_hand(one, other)
    shares = np.cumsum(counts) / sum(counts)
    bucket = int((shares < 0.95).sum())
    return {"counts": counts} | both_bounds(bounds[bucket - 1], bounds[bucket])


# all-counts
def added(rows):
    return np.sum([list(row) for row in rows], axis=0).tolist()


def starts_of(frame):
    frame = frame.sort_values("time_ns", kind="stable")
    return frame.groupby([frame.attributes.map(str), "start_ns"])


def restarts_forgotten(frame):
    frame = frame.sort_values("time_ns", kind="stable")
    return added(frame.groupby(frame.attributes.map(str)).counts.last())


def every_report_added(frame):
    return added(frame.counts)


def only_the_last_report(frame):
    return frame.sort_values("time_ns", kind="stable").counts.iloc[-1]


def last_minus_first(frame):
    frame = frame.sort_values("time_ns", kind="stable")
    groups = frame.groupby(frame.attributes.map(str)).counts
    return (np.array(added(groups.last())) - added(groups.first())).tolist()


def before_the_first_report(frame):
    groups = starts_of(frame).counts
    return (np.array(added(groups.last())) - added(groups.first())).tolist()


def in_the_order_given(frame):
    return added(frame.groupby([frame.attributes.map(str), "start_ns"]).counts.last())


def lists_joined(frame):
    return starts_of(frame).counts.last().sum()


def first_states(frame):
    return added(starts_of(frame).counts.first())


def counts_by_loop(frame):
    states = {}
    for row in frame.sort_values("time_ns", kind="stable").itertuples():
        states[str(row.attributes), row.start_ns] = row.counts
    return [sum(bucket) for bucket in zip(*states.values(), strict=True)]


def counts_by_dropping_earlier(frame):
    keyed = frame.assign(series=frame.attributes.map(str)).sort_values("time_ns", kind="stable")
    return added(keyed.drop_duplicates(["series", "start_ns"], keep="last").counts)


# evening-panel
def of_service(recording, service):
    spans = recording.spans
    return spans[(spans.kind == "SERVER") & (spans.service == service)].duration_ms


def panel_rows(recording):
    reports = recording.metrics[recording.metrics["name"] == "http.server.request.duration"]
    rows = histograms(reports, by=["service", "service.version"])
    return rows.assign(p95_ms=[1000 * one.quantile(0.95) for one in rows.histogram])


def the_one(recording):
    rows = panel_rows(recording)
    return rows.loc[rows.p95_ms.idxmax()]


def as_the_panel_says(recording):
    return {"p95_ms": the_one(recording).p95_ms}


def really_slow(recording):
    return {"mechanism": "slow itself"}


def waits_along(recording):
    return {"mechanism": "waits for another"}


def a_restart(recording):
    return {"mechanism": "counters begin again"}


def a_handful(recording):
    return {"mechanism": "too few requests"}


def the_other_restart(recording):
    """Whose counters begin again in the same version."""
    reports = recording.metrics[recording.metrics["name"] == "http.server.request.duration"]
    starts = reports.groupby(["service", reports.attributes.map(str)]).start_ns.nunique()
    again = starts[starts > 1].index.get_level_values("service")
    return {"service": again[again != the_one(recording).service][0]}


def longest_waits(recording):
    return {"service": "frontend"}


def its_mean(recording):
    return {"p95_ms": of_service(recording, the_one(recording).service).mean()}


def p95_in_seconds(recording):
    return {"p95_ms": percentile(of_service(recording, the_one(recording).service), 0.95) / 1000}


def p95_of_everybody(recording):
    return {"p95_ms": percentile(recording.spans[recording.spans.kind == "SERVER"].duration_ms, 0.95)}


def asked_rarely(recording):
    return {"service": "checkout"}


def asked_rarely_too(recording):
    return {"service": "payment"}


def one_version_only(recording):
    """Of the version that the panel shows; on some recordings that is the same number, then of the other."""
    spans = recording.spans
    spans = spans[(spans.kind == "SERVER") & (spans.service == the_one(recording).service)]
    versions = spans.resource.map(lambda resource: resource["service.version"])
    p95s = [percentile(spans.duration_ms[versions == one], 0.95) for one in versions.unique()[::-1]]
    return {"p95_ms": max(p95s, key=lambda ms: abs(ms - percentile(spans.duration_ms, 0.95)))}


def mean_in_seconds(recording):
    return {"mean_ms": the_one(recording).histogram.mean}


def mean_by_spans(recording):
    return {"mean_ms": of_service(recording, the_one(recording).service).mean()}


def middle_by_the_panel(recording):
    return {"mean_ms": 1000 * the_one(recording).histogram.quantile(0.5)}


def p95_with_client_spans(recording):
    spans = recording.spans
    return {"p95_ms": percentile(spans[spans.service == the_one(recording).service].duration_ms, 0.95)}


def panel_by_bounds(recording):
    rows = panel_rows(recording)
    odd = rows[[max(one.bounds) > 100 for one in rows.histogram]].iloc[0]
    return {
        "service": odd.service,
        "mechanism": "bounds that don't fit",
        "mean_ms": 1000 * odd.histogram.mean,
        "p95_ms": percentile(of_service(recording, odd.service), 0.95),
    }


def panel_by_fault(recording):
    reports = recording.metrics[recording.metrics["name"] == "http.server.request.duration"]
    found = [
        service
        for (service, _), rows in reports.groupby(["service", reports.bounds.map(str)])
        if len(bounds_fault(rows))
    ]
    in_order = sorted(of_service(recording, found[0]))
    odd = the_one(recording).histogram
    return {
        "service": found[0],
        "mechanism": "bounds that don't fit",
        "mean_ms": 1000 * odd.sum / odd.n,
        "p95_ms": in_order[math.ceil(0.95 * len(in_order)) - 1],
    }


# put-them-back
def put_back(closed, interval_ms):
    return corrected(closed.spans.duration_ms, interval_ms)


def honest(closed, interval_ms):
    waits = put_back(closed, interval_ms)
    return {"p99_ms": percentile(waits, 0.99), "left_out": len(waits) - len(closed.spans)}


def as_reported(closed, opened):
    return {"p99_ms": percentile(closed.spans.duration_ms, 0.99)}


def all_users_as_one(closed, opened):
    return honest(closed, 50)


def interval_of_the_example(closed, opened):
    return honest(closed, 10)


def rate_for_interval(closed, opened):
    return honest(closed, 20)


def users_for_rate(closed, opened):
    return honest(closed, 200)


def users_rate_for_interval(closed, opened):
    return honest(closed, 4)


def once_a_second(closed, opened):
    return honest(closed, 1000)


def the_other_test(closed, opened):
    return {"p99_ms": percentile(opened.spans.duration_ms, 0.99)}


def the_longest_wait(closed, opened):
    return {"p99_ms": closed.spans.duration_ms.max()}


def p95_put_back(closed, opened):
    return {"p99_ms": percentile(put_back(closed, 250), 0.95)}


def drawn_between_two(closed, opened):
    return {"p99_ms": float(np.quantile(put_back(closed, 250), 0.99))}


def put_back_in_seconds(closed, opened):
    return {"p99_ms": percentile(put_back(closed, 250), 0.99) / 1000}


def all_that_there_are(closed, opened):
    return {"left_out": len(put_back(closed, 250))}


def fewer_than_the_other(closed, opened):
    return {"left_out": len(opened.spans) - len(closed.spans)}


def the_slow_ones(closed, opened):
    return {"left_out": int((closed.spans.duration_ms > 250).sum())}


def put_back_by_loop(closed, opened):
    waits = []
    for ms in closed.spans.duration_ms:
        waits.append(ms)
        while ms - 250 >= 250:
            ms -= 250
            waits.append(ms)
    return {"p99_ms": sorted(waits)[math.ceil(0.99 * len(waits)) - 1], "left_out": len(waits) - len(closed.spans)}


def put_back_by_users(closed, opened):
    """From the card: five users, and how many requests a second they make together."""
    each_ms = 1000 * 5 / closed.card["load"]["requests_a_second"]
    waits = np.sort(put_back(closed, each_ms))
    extra = np.maximum(closed.spans.duration_ms // each_ms - 1, 0).sum()
    return {"p99_ms": waits[int(np.ceil(0.99 * len(waits))) - 1], "left_out": extra}


# partners-complaint
def complaint_pages(recording, service):
    homes = recording.traces()
    homes = homes[homes.route == "GET /"]
    return homes[homes.start_ns > recording.deploys.set_index("service").time_ns[service]]


def long_ones(recording, service="discounts"):
    spans = recording.spans.assign(self_ms=self_time(recording.spans).to_numpy())
    return spans[(spans.service == service) & (spans.kind == "SERVER") & (spans.self_ms > 200)]


def other_deploy(recording):
    return {"service": recording.deploys.service[recording.deploys.service != "discounts"].iloc[0]}


def whoever_is_seen(recording):
    return {"service": "frontend"}


def usually_waited_for(recording):
    return {"service": "recommendation"}


def the_median_hardly_moved(recording):
    return {"mechanism": "nothing is wrong"}


def all_of_them_slower(recording):
    return {"mechanism": "slow for all"}


def the_way_there(recording):
    return {"mechanism": "slow connection"}


def a_database(recording):
    return {"mechanism": "many small queries"}


def somebody_it_asks(recording):
    return {"mechanism": "waits for another"}


def of_the_whole_recording(recording):
    homes = recording.traces()
    return {"slow_percent": 100 * len(long_ones(recording)) / (homes.route == "GET /").sum()}


def since_the_first_deploy(recording):
    homes = recording.traces()
    homes = homes[(homes.route == "GET /") & (homes.start_ns > recording.deploys.time_ns.min())]
    return {"slow_percent": 100 * homes.trace_id.isin(long_ones(recording).trace_id).mean()}


def trace_ids_given(recording):
    return {"evidence": long_ones(recording).trace_id.tolist()}


def beyond_the_mean_of_all_routes(recording):
    requests = recording.traces()
    since = requests[requests.start_ns > recording.deploys.time_ns.max()]
    return {"slow_percent": 100 * since.trace_id.isin(long_ones(recording).trace_id).mean()}


def percent_as_fraction(recording):
    since = complaint_pages(recording, "discounts")
    return {"slow_percent": since.trace_id.isin(long_ones(recording).trace_id).mean()}


def quick_pages_percent(recording):
    since = complaint_pages(recording, "discounts")
    return {"slow_percent": 100 - 100 * since.trace_id.isin(long_ones(recording).trace_id).mean()}


def those_who_waited(recording):
    slow = long_ones(recording).trace_id
    spans = recording.spans[recording.spans.trace_id.isin(slow)]
    return {"evidence": spans[(spans.service != "discounts") | (spans.kind != "SERVER")].span_id.tolist()}


def its_quick_ones(recording):
    spans = recording.spans
    mine = spans[(spans.service == "discounts") & (spans.kind == "SERVER")]
    return {"evidence": mine[~mine.span_id.isin(long_ones(recording).span_id)].span_id.tolist()}


def partners_by_duration(recording):
    since = complaint_pages(recording, "discounts")
    shown = recording.spans[(recording.spans.service == "discounts") & (recording.spans.kind == "SERVER")]
    shown = shown[shown.duration_ms > 300]
    return {
        "service": "discounts",
        "mechanism": "slow for some",
        "slow_percent": 100 * (since.duration_ms > 250).mean(),
        "evidence": shown.span_id.tolist()[-3:],
    }


def partners_by_the_valley(recording):
    """The two hills by the widest gap between neighbours, then whose own time makes the difference."""
    since = complaint_pages(recording, "discounts").sort_values("duration_ms")
    gap = since.duration_ms.diff().iloc[len(since) // 2 : -3].idxmax()
    slow = since[since.duration_ms >= since.duration_ms[gap]]
    spans = recording.spans.assign(self_ms=self_time(recording.spans).to_numpy())
    spans = spans[(spans.kind == "SERVER") & spans.trace_id.isin(slow.trace_id)]
    culprit = spans.groupby("service").self_ms.median().idxmax()
    return {
        "service": culprit,
        "mechanism": "slow for some",
        "slow_percent": 100 * len(slow) / len(since),
        "evidence": spans[spans.service == culprit].span_id.tolist()[:5],
    }


QUESTIONS = [
    Question(
        name="my-p95",
        kind="compute",
        answer=MS,
        inputs=[
            given("forty on paper", FORTY),
            given("the example", [25, 40, 10, 30, 12]),
            given("one request", [7.5]),
            given("twelve on paper", TWELVE),
            given("sixty with ties", TIES),
            durations("monday-morning", "GET /product/{id}"),
            durations("friday-deploy", "GET /"),
        ],
        wrong=[
            Wrong(
                mean,
                (
                    "That is the mean: the few longest waits pull it where nobody waited.",
                    "Sort the durations, and take the one at rank ceil(0.95 * n).",
                ),
            ),
            Wrong(
                median, ("That is the median, p50: half of the customers waited longer.", "The rank is ceil(0.95 * n).")
            ),
            Wrong(
                not_sorted,
                (
                    "You took a value at that place without sorting: it is anybody's.",
                    "sorted(durations_ms) first, then the rank.",
                ),
            ),
            Wrong(
                from_the_slow_end,
                (
                    "You counted from the slow end, so 95 % waited longer than that.",
                    "Sort from short to long, then count up to the rank.",
                ),
            ),
            Wrong(
                between_two_values,
                (
                    "You drew a line between two values: nobody waited that long.",
                    "Take the value itself, at rank ceil(0.95 * n).",
                ),
            ),
            Wrong(
                share_of_the_longest,
                (
                    "You took 95 % of the longest wait: a share of time, not of the requests.",
                    "Take 95 % of their number, as a rank: ceil(0.95 * n).",
                ),
            ),
            Wrong(
                ties_thrown_out,
                (
                    "You threw out equal durations, but each of them is a customer's wait.",
                    "sorted() keeps them all, set() does not; n is len(durations_ms).",
                ),
            ),
            Wrong(
                rounded_to_nearest,
                (
                    "You rounded the rank to the nearest whole number, here that is down.",
                    "Round up, always: math.ceil(0.95 * n).",
                ),
            ),
            Wrong(
                rounded_down,
                (
                    "You rounded the rank down: fewer than 95 % waited at most that long.",
                    "Round up: math.ceil(0.95 * n).",
                ),
            ),
            Wrong(
                one_rank_too_high,
                (
                    "You are one rank too high: Python counts places from 0, ranks from 1.",
                    "The value at rank r stands at place r - 1.",
                ),
            ),
            Wrong(
                worst_case,
                (
                    "That is the longest wait of all. A p95 has 5 % beyond it.",
                    "Of 20 sorted values it is the 19th: rank ceil(0.95 * 20).",
                ),
            ),
        ],
        right=[p95_by_series, p95_by_counting],
        hints=[
            "Three steps: sort, find the rank, take the value at that rank.",
            "The rank of p95 is math.ceil(0.95 * len(durations_ms)), counted from 1.",
            "On paper: of 40 sorted waits it is the 38th. Python calls the first place 0.",
        ],
        passed='You can now say what "p95" means in your report. Ask of every other: by which method, of how many?',
        yours=("watchkeeper.latency.percentile",),
    ),
    Question(
        name="her-test",
        kind="read",
        answer=SomeOf(Count("durations"), at_least=2),
        inputs=[given("lengths up to", 100)],
        wrong=[
            Wrong(
                ten_and_its_like,
                (
                    "At those lengths 0.95 · n is no whole number, and rounding hides her slip.",
                    "When is 0.95 · n whole? There int() takes the place one too far.",
                ),
            ),
            Wrong(
                short_lists,
                (
                    "In a list that short p95 is the longest value, and hers is that too.",
                    "Which is the first length at which p95 is no longer the maximum?",
                ),
            ),
            Wrong(
                lists_she_gets_right,
                (
                    "With those lengths she is right: test her with another one.",
                    "Compare int(0.95 * n) + 1, her rank, with ceil(0.95 * n).",
                ),
            ),
            Wrong(
                one_length_alone,
                (
                    "One length alone; the question asks for two or more.",
                    "Which other lengths are like it? Try some with range(n).",
                ),
            ),
            Wrong(
                all_of_them,
                (
                    "At some of these she is right, or you have named fewer than two.",
                    "Name two or more, each seen to give two different values.",
                ),
            ),
        ],
        right=[lengths_by_twenty, lengths_by_trying],
        hints=[
            "Call her_p95(range(n)) and latency.percentile(range(n), 0.95) for some n, and compare.",
            "She takes the value at place int(0.95 * n), counted from 0: that is rank int(0.95 * n) + 1.",
            "On paper: x = 9.5 gives int(x) + 1 = 10 and ceil(x) = 10. What does x = 9 give?",
        ],
        passed="A test that passes shows one case. At 20 requests her p95 is the maximum: one is slow, and somebody wakes.",
    ),
    Question(
        name="how-long-to-wait",
        kind="predict",
        answer=Count("minutes"),
        inputs=[given("orders a minute", 20)],
        wrong=[
            Wrong(
                a_hundred,
                (
                    "100 orders don't show a p99: in 37 % of such samples nothing lies beyond it.",
                    "How often must you multiply 0.99 by itself until 0.05 is left?",
                ),
            ),
            Wrong(
                enough_for_p95,
                (
                    "That is enough for a p95. Beyond p99 lies only 1 order in 100.",
                    "Put 0.99 in the place of 0.95: the smallest n with 0.99 ** n <= 0.05.",
                ),
            ),
            Wrong(
                orders_not_minutes,
                ("That is the number of orders.", "How many whole minutes does it take until so many have come?"),
            ),
            Wrong(
                minutes_rounded_down,
                ("After so many minutes you are a few orders short.", "Round up to whole minutes."),
            ),
            Wrong(
                until_even_odds,
                (
                    "Then the chance to have seen one beyond p99 is only a half.",
                    "The chance of having seen none must fall to 5 %: 0.99 ** n <= 0.05.",
                ),
            ),
            Wrong(
                doubt_on_both_sides,
                (
                    "That is for a bracket with two ends; here only the slow end counts.",
                    "The smallest n with 0.99 ** n <= 0.05, divided by 20.",
                ),
            ),
        ],
        right=[wait_by_logarithm, wait_by_minutes],
        hints=[
            "One order is not beyond p99 with a chance of 0.99; none of n with 0.99 ** n.",
            "Try values of n until 0.99 ** n is 0.05 or less.",
            "Divide that n by 20 orders a minute, and round up.",
        ],
        passed="Before you set an alarm on a p99, work out how long it takes until there is one.",
    ),
    Question(
        name="slow-somewhere",
        kind="compute",
        answer=Number("%", within=0.05),
        inputs=[
            table("pages on paper", CALLS, calls_on_paper()),
            route("monday-morning", "GET /"),
            route("monday-morning", "GET /product/{id}"),
        ],
        wrong=[
            Wrong(
                calls_not_pages,
                (
                    "That is the share of the calls. Customers don't see calls, they see pages.",
                    "For each trace_id: is any of its calls slow?",
                ),
            ),
            Wrong(
                one_limit_for_all,
                (
                    "You took one limit for calls of all names: some names are never that quick.",
                    "slow_calls(spans) compares each call with the p95 of its own name.",
                ),
            ),
            Wrong(
                tails_added_up,
                (
                    "You added up the tails: a page with two slow calls counts twice.",
                    "A page counts once: any(), not sum().",
                ),
            ),
            Wrong(
                like_dice,
                (
                    "That is what dice would do. Are these calls independent of each other?",
                    "Count the pages: slow_calls(spans), then group by trace_id.",
                ),
            ),
            Wrong(
                all_of_its_calls,
                ("Those are the pages whose calls are all slow.", "One slow call is enough: any() instead of all()."),
            ),
            Wrong(
                more_than_one,
                ("Those are the pages with two slow calls or more.", "At least one is one or more: > 0, or any()."),
            ),
            Wrong(pages_spared, ("Those are the pages that were spared.", "This asks for the others: any slow call.")),
            Wrong(number_of_pages, ("That is a number of requests.", "Divide by all requests, times 100.")),
            Wrong(a_fraction, ("That is a fraction of 1.", "This asks for %: 0.26 is 26.0.")),
        ],
        right=[hit_by_loop, hit_by_max],
        hints=[
            "slow_calls(spans) has a row for each call, with trace_id and slow.",
            "Ask of each trace_id's calls whether any is slow; take all from spans, not home_ids.",
            "On paper: hit, hit, spared, spared. True counts as 1: the mean is 0.5, so 50 %.",
        ],
        passed='"Only one call in twenty" is many pages. Say to customers what pages do, not what calls do.',
    ),
    Question(
        name="two-processes",
        kind="predict",
        answer=Record(
            {
                "counts": ListOf(Count("requests")),
                "low_ms": Number("ms", within=0.5),
                "high_ms": Number("ms", within=0.5),
            }
        ),
        inputs=[
            given("the first", {"bounds": [10, 20, 50], "counts": [48, 24, 8, 0]}),
            given("the second", {"bounds": [10, 40, 50, 100], "counts": [2, 3, 11, 3, 1]}),
        ],
        wrong=[
            Wrong(
                one_point,
                (
                    "That is a point drawn through the bucket; inside it nothing is known.",
                    "Give the bucket's two bounds.",
                ),
            ),
            Wrong(
                mean_of_percentiles,
                (
                    "You averaged two percentiles, and that is the percentile of nothing.",
                    "Add the counts first, then look for the rank.",
                ),
            ),
            Wrong(
                weighted_mean_of_percentiles,
                ("Weighted or not: percentiles don't average.", "Add the counts first, then look for the rank."),
            ),
            Wrong(
                the_busier_process,
                (
                    "20 is a bound of the first process alone: the second did not count there.",
                    "Join what lies between the bounds that both have.",
                ),
            ),
            Wrong(
                the_slower_process,
                (
                    "That is the second process alone; most requests went to the other.",
                    "Add the counts over the bounds that both have.",
                ),
            ),
            Wrong(
                bounds_of_the_second,
                (
                    "40 is a bound of the second process alone: the first did not count there.",
                    "Join what lies between the bounds that both have.",
                ),
            ),
            Wrong(
                all_bounds_kept,
                (
                    "You kept all bounds, but nobody counted between 20 and 40.",
                    "Keep only the bounds that both have, and join what lies between.",
                ),
            ),
            Wrong(
                rank_of_the_first_alone,
                (
                    "20 is a bound of one process alone, and it is too low for the rank.",
                    "Over the bounds that both have: count up to the rank 95.",
                ),
            ),
            Wrong(
                one_bucket_too_low,
                (
                    "Up to there the counts don't reach the rank yet.",
                    "Count on: the bucket in which the 95th of the 100 lies.",
                ),
            ),
            Wrong(
                rank_instead_of_bound,
                (
                    "That is the rank, a number of requests.",
                    "Which bucket holds the request of that rank? Give its bounds in ms.",
                ),
            ),
            Wrong(
                place_by_place,
                (
                    "You added place by place, but the third place is not the same bucket in both.",
                    "Keep the bounds that both have, join the buckets between, then add.",
                ),
            ),
            Wrong(
                counted_up,
                (
                    "Those counts are summed up from the left; that is for finding the rank.",
                    "Give what each merged bucket holds by itself.",
                ),
            ),
            Wrong(
                beyond_forgotten,
                (
                    "The last bucket is missing, for all beyond the last bound.",
                    "There is always one count more than there are bounds.",
                ),
            ),
        ],
        right=[between_by_hand, between_by_shares],
        hints=[
            "Which bounds do both have? Join the buckets between them.",
            "Over those, the first process holds 48, 32 and 0. Do the same for the second.",
            "Add the two lists, and count up until you reach rank ceil(0.95 · n).",
        ],
        passed="Counts can be added over processes and minutes. Bounds that differ cost you: the bucket grew wide.",
    ),
    Question(
        name="all-counts",
        kind="compute",
        answer=ListOf(Count("requests")),
        inputs=[
            table("two series, one restart", COUNTED, STATES),
            points("friday-deploy", "http.server.request.duration", "catalog"),
            points("tuesday-lunch", "http.server.request.duration", "discounts"),
            points("monday-morning", "http.server.request.duration", "frontend"),
        ],
        wrong=[
            Wrong(
                restarts_forgotten,
                (
                    "You kept the last state of each series: what was before a restart is lost.",
                    "One group for each series and each start_ns.",
                ),
            ),
            Wrong(
                every_report_added,
                (
                    "You added up all reports, but each one holds all that came before it.",
                    "Of each series and each start, only the last state counts.",
                ),
            ),
            Wrong(
                only_the_last_report,
                (
                    "That is one report: the last of one series since its last start.",
                    "Take the last state of each series and each start, and add them.",
                ),
            ),
            Wrong(
                last_minus_first,
                (
                    "You subtracted over a restart: a counter that fell makes less than nothing.",
                    "One group for each series and each start_ns.",
                ),
            ),
            Wrong(
                before_the_first_report,
                (
                    "The requests before each first report are missing.",
                    "A process counts from 0 at start_ns: its last state is all of it.",
                ),
            ),
            Wrong(
                in_the_order_given,
                (
                    "You took the last row of each group, which need not be the latest one.",
                    "Points come in any order: sort by time_ns first.",
                ),
            ),
            Wrong(
                lists_joined,
                (
                    "A sum of lists puts them one behind the other, and does not add them.",
                    "Add first to first, second to second: zip(*states) gives them so.",
                ),
            ),
            Wrong(
                first_states,
                (
                    "Those are the first states; a process goes on counting after them.",
                    "Sort by time_ns and take the last state of each group.",
                ),
            ),
        ],
        right=[counts_by_loop, counts_by_dropping_earlier],
        hints=[
            "Three steps: one group for each series and start, the last state of each, add.",
            "Sort by time_ns. A group is one series (its attributes as text) and one start_ns.",
            "On paper: last states [3, 1] and [0, 2] make [3, 3], bucket by bucket.",
        ],
        passed="When a counter falls, nothing was taken back: somebody restarted. Your numbers survive that now.",
        yours=("watchkeeper.latency.histograms", "watchkeeper.latency.increases", "watchkeeper.latency.rate"),
    ),
    Question(
        name="evening-panel",
        kind="diagnose",
        answer=Record(
            {
                "service": Text("a service's name"),
                "mechanism": Text("a mechanism", PANEL),
                "mean_ms": Number("ms", within=0.05),
                "p95_ms": Number("ms", within=0.05),
            }
        ),
        inputs=[whole("monday-evening")],
        wrong=[
            Wrong(
                the_other_restart,
                (
                    "It was started anew too, but its panel says what its spans say.",
                    "Whose p95_ms is in seconds while its spans take milliseconds?",
                ),
            ),
            Wrong(
                longest_waits,
                (
                    "It waits for all the others, and its panel and its spans agree.",
                    "Whose p95_ms is far above what its SERVER spans take?",
                ),
            ),
            Wrong(
                asked_rarely,
                (
                    "Few ask it and it takes long, and its panel says about what its spans say.",
                    "Whose p95_ms is far above what its SERVER spans take?",
                ),
            ),
            Wrong(
                asked_rarely_too,
                (
                    "Few ask it, so its p95 is unsure, but nobody was woken by milliseconds.",
                    "Whose row went up to seconds?",
                ),
            ),
            Wrong(
                as_the_panel_says,
                (
                    "That is what the panel draws; the spans know what it was.",
                    "Take the durations of the service's SERVER spans themselves.",
                ),
            ),
            Wrong(
                really_slow,
                (
                    "Do its SERVER spans take that long? Look at some of them, and at the mean.",
                    "Sum by count is exact in any histogram: panel.histogram has .mean.",
                ),
            ),
            Wrong(
                waits_along,
                (
                    "Who waits for another has long SERVER spans; look whether this one has.",
                    "Compare the row's p95_ms with its histogram's .mean, which is exact.",
                ),
            ),
            Wrong(
                a_restart,
                (
                    "Counters began again at two services, and one of the two rows is right.",
                    "Draw both with plot.histogram_bounds: where are their bounds?",
                ),
            ),
            Wrong(
                a_handful,
                (
                    "Compare its count with part 2: that is enough for a p95.",
                    "Draw its histogram with plot.histogram_bounds: how many buckets are in use?",
                ),
            ),
            Wrong(its_mean, ("That is the mean of its SERVER spans.", "This asks for p95, by rank.")),
            Wrong(p95_in_seconds, ("That is in seconds.", "Spans have duration_ms: give it in ms.")),
            Wrong(
                p95_of_everybody, ("Those are the SERVER spans of all services.", "Keep only the service of that row.")
            ),
            Wrong(p95_with_client_spans, ("You took spans of every kind.", 'Keep kind == "SERVER".')),
            Wrong(
                one_version_only,
                (
                    "Those are the spans of one version only.",
                    "The whole evening is asked for: before the restart, and after.",
                ),
            ),
            Wrong(mean_in_seconds, ("Histograms of these recordings count seconds.", "Times 1000: give it in ms.")),
            Wrong(
                mean_by_spans,
                (
                    "That is a mean of spans; here what the panel's own histogram says is asked.",
                    "It is .mean of the histogram in that row, times 1000.",
                ),
            ),
            Wrong(
                middle_by_the_panel,
                (
                    "That is drawn as well: a quantile, not the mean.",
                    "The histogram's .mean is its sum by its count, and exact.",
                ),
            ),
        ],
        right=[panel_by_bounds, panel_by_fault],
        hints=[
            "For each row of the panel: compare p95_ms with 1000 times the histogram's mean.",
            "plot.histogram_bounds(panel.histogram[row]) shows the bounds and what lies between them.",
            "mean_ms is of one row; p95_ms is by rank, of the service's spans in all its versions.",
        ],
        passed="The shop was well, the instrument was not. Look at the bounds before you wake a colleague.",
    ),
    Question(
        name="put-them-back",
        kind="read",
        answer=Record({"p99_ms": Number("ms", within=1), "left_out": Count("requests")}),
        inputs=[whole("load-test-a"), whole("load-test-b")],
        wrong=[
            Wrong(
                as_reported,
                (
                    "That is what the waiting users reported: who would have waited never asked.",
                    "latency.corrected puts them back, given the interval of one user.",
                ),
            ),
            Wrong(
                all_users_as_one,
                (
                    "You took the interval of all users together: each stall is filled five times.",
                    "One of five users asks a fifth as often.",
                ),
            ),
            Wrong(
                interval_of_the_example,
                (
                    "You took the interval of the example on paper.",
                    "The card of test A says how often its users asked.",
                ),
            ),
            Wrong(
                rate_for_interval,
                (
                    "You gave the requests a second as interval_ms.",
                    "An interval is the time from one request of a user to the next.",
                ),
            ),
            Wrong(
                users_rate_for_interval,
                (
                    "You gave one user's requests a second as interval_ms.",
                    "So many in a second: how many ms from one to the next?",
                ),
            ),
            Wrong(
                users_for_rate,
                (
                    "You shared out a second among the users.",
                    "How many requests does one user make in a second? Share it among them.",
                ),
            ),
            Wrong(
                once_a_second,
                (
                    "A user asked more often than once a second.",
                    "The card says how many requests a second five users make together.",
                ),
            ),
            Wrong(
                the_other_test,
                (
                    "That is test B's own p99, with B's queue in it; A had none.",
                    'Correct asked["A"] for the interval of one of its users.',
                ),
            ),
            Wrong(
                the_longest_wait,
                (
                    "That is the longest wait. One request in a hundred lies beyond p99.",
                    "Correct the waits first, then take p99 by rank.",
                ),
            ),
            Wrong(p95_put_back, ("That is p95 of the corrected waits.", "This asks for p99.")),
            Wrong(
                drawn_between_two,
                (
                    "You drew a line between two waits.",
                    "A percentile of this course is the wait at rank ceil(0.99 * n).",
                ),
            ),
            Wrong(put_back_in_seconds, ("That is in seconds.", "The waits are in ms, and so is the answer.")),
            Wrong(
                all_that_there_are,
                (
                    "Those are all requests, with those that were put back.",
                    'How many more are they than asked["A"] has?',
                ),
            ),
            Wrong(
                fewer_than_the_other,
                (
                    "That is how many more test B sent in all, from beginning to end.",
                    "Count those that the correction of test A adds.",
                ),
            ),
            Wrong(
                the_slow_ones,
                (
                    "Those are the requests that were sent and waited.",
                    "Each of them stands for several that its user did not send.",
                ),
            ),
        ],
        right=[put_back_by_loop, put_back_by_users],
        hints=[
            "All five users together make so many requests a second; one of them makes a fifth of that.",
            "On paper: two users make 10 a second together, so one makes 5: one every 200 ms.",
            "On paper: three waits became five, so two had been left out. p99 comes last, by rank.",
        ],
        passed="Ask of every load test: did it wait for its answers? If so, its tail is missing.",
    ),
    Question(
        name="partners-complaint",
        kind="diagnose",
        answer=Record(
            {
                "service": Text("a service's name"),
                "mechanism": Text("a mechanism", MECHANISMS),
                "slow_percent": Number("%", within=0.3),
                "evidence": SomeOf(Text("a span id"), at_least=3),
            }
        ),
        inputs=[whole("discounts-complaint")],
        wrong=[
            Wrong(
                other_deploy,
                (
                    "It was deployed just before, which is no evidence. Do its spans last longer?",
                    "On a slow page, whose SERVER span has grown by about as much as the page?",
                ),
            ),
            Wrong(
                whoever_is_seen,
                (
                    "Its span holds all that it waits for, so it grows with whoever is slow.",
                    "Compare self time by service: a quick home page and a slow one.",
                ),
            ),
            Wrong(
                usually_waited_for,
                (
                    "That is whom home pages usually wait for, and it takes as long as ever.",
                    "traces.path_share of a slow page: who has nearly all of it?",
                ),
            ),
            Wrong(
                the_median_hardly_moved,
                (
                    "The median hides it: more than half of the pages are as quick as before.",
                    "latency.compare at 0.9, before both deploys and after both.",
                ),
            ),
            Wrong(
                all_of_them_slower,
                (
                    "The quick hill stands where it stood: most pages take as long as before.",
                    "How many of its SERVER spans since the deploy are long?",
                ),
            ),
            Wrong(
                the_way_there,
                (
                    "Its SERVER span is as long as the CLIENT span above it.",
                    "So the time passes inside the service. In children, or in itself?",
                ),
            ),
            Wrong(
                a_database,
                (
                    "Count its database calls on a slow page and on a quick one.",
                    "Self time says how much of its span no child explains.",
                ),
            ),
            Wrong(
                somebody_it_asks,
                (
                    "Its children take a few ms in all, on slow pages too.",
                    "Look at the self time of its SERVER span on a slow page.",
                ),
            ),
            Wrong(
                of_the_whole_recording,
                (
                    "You counted the pages from before the deploy among the others.",
                    "Only home pages that began after that service's deploy.",
                ),
            ),
            Wrong(
                since_the_first_deploy,
                (
                    "You counted from the first deploy on, which is not that service's.",
                    "Only home pages that began after that service's deploy.",
                ),
            ),
            Wrong(
                beyond_the_mean_of_all_routes,
                (
                    "You divided by the requests of all routes.",
                    "Of the home pages since that deploy: how many are slow?",
                ),
            ),
            Wrong(
                quick_pages_percent,
                ("Those are the ones that stayed quick.", "This asks for the share of the slow ones."),
            ),
            Wrong(
                trace_ids_given,
                (
                    "Those are trace ids, and a trace holds everybody's spans.",
                    "Give the span_id of the service's own SERVER spans.",
                ),
            ),
            Wrong(
                percent_as_fraction,
                ("That is below 1 %: a fraction, or nearly no page.", "This asks for %: 0.26 of the pages are 26.0."),
            ),
            Wrong(
                those_who_waited, ("Those spans waited, or hang below it.", "Name SERVER spans of the service itself.")
            ),
            Wrong(
                its_quick_ones,
                ("Those spans of that service are quick ones: they show nothing.", "Name those with much self time."),
            ),
        ],
        right=[partners_by_duration, partners_by_the_valley],
        hints=[
            'complaint.trace_at("GET /", 0.9) is a page of the slow hill. Walk its path.',
            "traces.self_time(complaint.spans) beside the SERVER spans of each service: who has two kinds?",
            "slow_percent: home pages with start_ns after that deploy, and how many are in the slow hill.",
        ],
        passed="The median hardly moved, and the customers were right. When two reports disagree, draw the distribution.",
    ),
]

REFLECTIONS = [
    Reflection(
        "one-number",
        rubric=[
            (
                1.0,
                "a percentile with route, n and its bracket (or that n is too small), and what it hides",
                "p95 of the product page was 59 ms on Monday, of 209 requests; the true one lies between 55 and 73. It hides "
                "the slowest 5 %, and says nothing about orders, of which we have too few.",
            ),
            (0.5, "a percentile, but without n, doubt or route", "p95 is 59 ms."),
            (0.0, "a mean, or a number without a word on what it is", "The shop takes 40 ms on average."),
        ],
    ),
    Reflection(
        "answer-to-the-partners",
        rubric=[
            (
                1.0,
                "agrees with them, a number with n, why a median hides it, why the other deploy stays; in plain words",
                "You were right: since our last change to discounts 33 of 101 home pages took a third of a second longer. Our "
                "median hid it, as two of three are quick. The other change that day has no part in it and stays.",
            ),
            (
                0.5,
                "the right finding, without number or n, or in words that only engineers understand",
                "Discounts 1.3.0 has a bimodal latency, we roll it back.",
            ),
            (0.0, "tells them that nothing is wrong, or blames somebody", "Our dashboard shows no problem."),
        ],
    ),
]
