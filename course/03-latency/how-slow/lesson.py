# %% [markdown]
# # How slow
#
# The dashboard says that the average page is fine. A customer says that the shop is slow. Both may be right, and you are asked for one number until noon.
#
# **Three questions from earlier modules.** Answer them aloud, then open the lines below.
#
# 1. `requests.groupby("route").duration_ms.median()`: what do you get, and what did each request count for?
# 2. A page asks five services at the same time. Four answer at once, one takes 300 ms. How long does the page wait?
# 3. A CLIENT span takes 40 ms, the SERVER span under it 8 ms. Whose are the other 32 ms?
#
# <details><summary>Answers</summary>
#
# 1. One number a route: half of its requests were quicker, half slower. Each request counts once, however long it took.
# 2. At least 300 ms. Whoever ends last decides.
# 3. The edge's: the question and the answer on their way, and the queue at the door. Not the called service's.
#
# </details>
#
# **By the end you can**
#
# - compute a percentile by a stated method, and say of how many requests it is and how sure that makes you;
# - say how many pages meet a slow call, and why percentiles are neither averaged nor added;
# - read between which two numbers a histogram's percentile lies, merge histograms over restarts, and see bounds that don't fit;
# - tell what a load test left out, and put it back;
# - compare before and after with their doubt, and tell "slow for all" from "slow for some".
#
# **Not covered:** promises, error budgets and alerts (the next notebook), streams too large to keep, requests that depend on each other.
#
# **Time:** 112 minutes in all, in two sittings: the break is after part 4. If one question holds you longer than 20 minutes, use `hint()`, or go on and come back.

# %% tags=["parameters"]
datasets = None  # a school may name the folder of its own recordings here

# %%
import math
from textwrap import fill

import pandas as pd

from watchkeeper import Recording, explore, latency, plot, traces
from watchkeeper.check import check, hint, progress

morning = Recording.open("monday-morning", datasets)
friday = Recording.open("friday-deploy", datasets)


def waits(recording, route):
    """How long the customers of one route waited, in ms: one number a request."""
    return recording.traces().query("route == @route").duration_ms

# %% [markdown]
# ## 1. One number for many requests
#
# You know Friday: for a while pages were slow. Before you run the next cell, write down: of ten product pages of that day, how many took **longer than the mean**?
# And guess the shape: one hill around the mean, or something else? (Each step to the right along the axis *multiplies* the duration.)

# %%
pages = waits(friday, "GET /product/{id}")
longer = (pages > pages.mean()).mean()
print(f"mean {pages.mean():.0f} ms, median {pages.median():.0f} ms; {100 * longer:.0f} % above the mean")
plot.distribution(pages, percentiles=(), title="Friday's product pages")

# %% [markdown]
# A mean is a sum shared out evenly: good for asking how much work the machines did. But waiting is not shared out. The few longest waits pull the mean
# away from where requests are, and sometimes to where none is.
#
# What you want to say instead is "so many of a hundred customers waited no longer than this". That is a **percentile**: p95 is the duration that 95 of a hundred requests don't exceed.
# Worked on paper, on ten waits, for p80: 31, 12, 18, 240, 15, 22, 14, 19, 16, 35 ms.
#
# **Step 1: sort.** 12, 14, 15, 16, 18, 19, 22, 31, 35, 240. **Step 2: rank = ceil(share · n)**, rounded up: 0.8 · 10 = 8. **Step 3: take the value at that rank**, counting from 1: 31 ms.
# **Step 4: say method and n.** "p80 is 31 ms: the value at rank ceil(0.8 · n) of n = 10."
#
# Complete it: what are p50, p85 and p95 of these ten?
#
# <details><summary>Answer</summary>
#
# p50: rank 5, 18 ms. p85: 8.5, rounded up is rank 9, 35 ms. p95: 9.5, rounded up is rank 10, 240 ms. With ten values p95 is the longest of them, and so is p99.
#
# </details>
#
# The method has to be said because there are others. `numpy.quantile(ten, 0.95)` says 147.75 for these ten on paper: by default numpy draws a straight line between two neighbours, and names a wait that nobody had.
# In this course a percentile is always a wait that somebody had: the one at rank ceil(share · n).
#
# ### Question: your own p95
#
# Write `my_p95(durations_ms)` for a list of durations in any order: it returns their p95 in **ms**, the value at rank ceil(0.95 · n), counting from 1.
# The library's own function is switched off while yours is checked. Example: `my_p95([25, 40, 10, 30, 12])` gives 40: ceil(0.95 · 5) is 5.

# %% answer="my-p95"
def my_p95(durations_ms):
    """The duration at rank ceil(0.95 * n) of the sorted durations."""
    ### BEGIN SOLUTION
    in_order = sorted(durations_ms)
    rank = math.ceil(0.95 * len(in_order))
    return in_order[rank - 1]
    ### END SOLUTION
    return ...

# %% check="my-p95"
check("my-p95", my_p95)

# %% [markdown]
# Now all routes of the quiet Monday morning. Predict before you run it: for which route are p95 and p99 nearest to its longest wait, `max`?

# %%
def summary(waited):
    """Mean and percentiles of one route, in ms, and the number of requests they are of."""
    shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1}
    percentiles = {name: latency.percentile(waited, share) for name, share in shares.items()}
    return pd.Series({"n": len(waited), "mean": waited.mean()} | percentiles)


by_route = morning.traces().query("route != ''").groupby("route").duration_ms
by_route.apply(summary).unstack().round(1)

# %% [markdown]
# With fewer than a hundred requests, p99 *is* the longest wait, whatever it is called. With more, it is not the worst case: about one request in a hundred is slower.
# Work it out: a shop gets 8 requests a second, all day. How many of a day's requests are slower than their p99?
#
# <details><summary>Answer</summary>
#
# 8 · 86,400 = 691,200 requests a day, and 1 % of them is 6,912. Each of them is somebody's.
#
# </details>
#
# ### Question: her test passes
#
# A colleague wrote `her_p95`, and a test that passes. Find the lists for which it is wrong. Set `lengths` to a list of two or more lengths, from 1 to 100, at which `her_p95` returns another
# value than rank ceil(0.95 · n) does; the durations in the list all differ. Example of the form: `[7, 8]`.

# %%
def her_p95(durations_ms):
    in_order = sorted(durations_ms)
    return in_order[int(0.95 * len(in_order))]


assert her_p95([30, 10, 50, 20, 40, 70, 60]) == 70

# %% answer="her-test"
lengths = [...]
### BEGIN SOLUTION
lengths = [n for n in range(1, 101) if her_p95(range(n)) != latency.percentile(range(n), 0.95)]
### END SOLUTION

# %% check="her-test"
check("her-test", lengths)

# %% [markdown]
# ## 2. How sure is it?
#
# You have seen n requests. The *true* p95 is what you would find if you saw endlessly many under the same conditions. How near are you?
# Here is a fact that needs no assumption about the durations, only that the requests don't depend on each other: each request is slower than the true p95 with a chance of 1 in 20.
#
# Worked for p95. **Step 1: one request is not beyond it.** Chance 0.95. **Step 2: none of n is.** 0.95 · 0.95 · …, so 0.95 ** n.
# **Step 3: how many until that is 5 % or less?** 0.95 ** 58 is 0.0510, 0.95 ** 59 is 0.0485. So with n = 59 you can be 95 % sure that the longest wait you saw is at least as long as the true p95.
# With fewer, the slow end may not have shown itself at all.
#
# Complete it: of all samples of 100 requests, how many percent hold **nothing** that is slower than the true p99?
#
# <details><summary>Answer</summary>
#
# 0.99 ** 100 is 0.366: in 37 % of them. "p99 of 100 requests" is a bold thing to say.
#
# </details>
#
# How far off may a percentile be? Two of the sorted values bracket the true one with 95 % confidence; which two, depends on n alone.
# Predict for Monday: for which of these two routes will the bracket be wider, and will both have an upper end?

# %%
for route in ["GET /product/{id}", "POST /checkout"]:
    print(route, "p95:", latency.percentile_interval(waits(morning, route), 0.95))

# %% [markdown]
# That is what a percentile should be reported with: the value, n, and the two numbers it may lie between. (An upper end takes more than 59 values: half of the doubt is kept for the lower end. How many, the library says where they are too few.)
#
# ### Question: how long to wait
#
# Your shop takes 20 orders a minute, none of which depends on another. How many **whole minutes** of orders must you collect until, with a probability of at least 95 %, at least one of them is
# slower than the true **p99**? Set `minutes` to that number. Example: for p95 it takes 59 orders, so 3 minutes.

# %% answer="how-long-to-wait"
minutes = ...
### BEGIN SOLUTION
orders = 1
while 0.99**orders > 0.05:
    orders += 1
minutes = math.ceil(orders / 20)
### END SOLUTION

# %% check="how-long-to-wait"
check("how-long-to-wait", minutes)

# %% [markdown]
# ## 3. Slow calls meet in pages
#
# "Only 5 % of our calls are slow." For the home page the frontend makes a number of calls. Each has a name, and here a call counts as **slow** if it took longer than the p95 of all calls of its name:

# %%
def slow_calls(spans):
    """The frontend's calls with one more column, `slow`: longer than the p95 of all calls of that name?"""
    calls = spans[(spans.service == "frontend") & (spans.kind == "CLIENT")]
    limit_ms = calls.groupby("name").duration_ms.transform(lambda ms: latency.percentile(ms, 0.95))
    return calls.assign(slow=calls.duration_ms > limit_ms)


home_ids = morning.traces().query("route == 'GET /'").trace_id
home_spans = morning.spans[morning.spans.trace_id.isin(home_ids)]
home_calls = slow_calls(home_spans)
calls_a_page = len(home_calls) / len(home_ids)
print(f"{calls_a_page:g} calls a page; {100 * home_calls.slow.mean():.1f} % of the calls are slow")

# %% [markdown]
# If every call were slow by its own chance, like dice, a page would be spared only if all its calls were: 0.95 to the power of their number. The others are hit. Work that out for the home page, and write it down.
#
# Dean and Barroso (*The Tail at Scale*, 2013) made this known: with 100 calls of which each is slow once in a hundred times, 63 % of the pages are slow. Customers don't see a call's median. They see pages.
# But is it like dice? Measure it.
#
# ### Question: slow somewhere
#
# Write `pages_hit(spans)` for the spans of many requests of one route: the share of the **requests**, in %, in which at least one of the frontend's calls is slow. Use `slow_calls(spans)`; a request is a `trace_id`.
# Example: of 4 requests, one has two slow calls, another has one, two have none: 50.0.

# %% answer="slow-somewhere"
def pages_hit(spans):
    """In how many % of the requests at least one call of the frontend is slow."""
    ### BEGIN SOLUTION
    calls = slow_calls(spans)
    return 100 * calls.groupby("trace_id").slow.any().mean()
    ### END SOLUTION
    return ...

# %% check="slow-somewhere"
check("slow-somewhere", pages_hit)

# %% [markdown]
# Now compare with the dice, whose sum `latency.tail_amplification` does. Guess first which of the two is larger:

# %%
dice = latency.tail_amplification(0.05, round(calls_a_page))
print(f"in % of the pages: {100 * dice:.1f} by dice; measured:", pages_hit(home_spans))

# %% [markdown]
# If the dice promise more, slow calls come in company: whatever slows one call down in a moment (a busy processor, a full queue) slows its neighbours too, and so they fall on fewer pages, which then have several.
# Either way, of a hundred pages many more are hit than of a hundred calls.
#
# **Percentiles don't add up** either. An order is made of steps, one after the other. Predict: is the sum of the steps' p95 values smaller than, equal to, or larger than the p95 of the steps' sum?

# %%
checkouts = morning.traces().query("route == 'POST /checkout'").trace_id
in_checkout = morning.spans.query("service == 'checkout' and kind == 'CLIENT' and trace_id in @checkouts")
steps = in_checkout.groupby(["trace_id", "name"]).duration_ms.sum().unstack(fill_value=0)
sum_of_p95 = sum(latency.percentile(steps[name], 0.95) for name in steps)
p95_of_sum = latency.percentile(steps.sum(axis=1), 0.95)
print(f"sum of the p95 values {sum_of_p95:.0f} ms, p95 of the sums {p95_of_sum:.0f} ms, n = {len(steps)}")

# %% [markdown]
# Each step has its bad moments in orders of its own. To reach the sum, several steps must have theirs in one and the same order, and few orders are so unlucky. (In general not even the direction is certain: with heavy tails the p95 of a sum can be larger than the sum of its parts' p95.)
#
# And **percentiles don't average**. A dashboard shows one p95 for each quarter of a minute, and a report takes their mean. Predict for Friday: is that mean near the p95 of all requests? And where in time will the figure have its slow cells?

# %%
on_friday = friday.traces().query("route != ''")
quarter = (on_friday.start_ns - on_friday.start_ns.min()) // 15_000_000_000
p95s = on_friday.groupby(quarter).duration_ms.agg(lambda ms: latency.percentile(ms, 0.95))
of_all = latency.percentile(on_friday.duration_ms, 0.95)
print(f"mean of {len(p95s)} p95s: {p95s.mean():.0f} ms; p95 of all {len(on_friday)} requests: {of_all:.0f} ms")
plot.heat_map(on_friday, deploys=friday.deploys, title="Friday: requests by time and duration")

# %% [markdown]
# The mean of percentiles is the percentile of nothing. Whoever wants a p95 of the whole day needs the day's durations, or something that *can* be added. That is next.
#
# ## 4. Histograms
#
# A service answers thousands of requests a minute and keeps none of their durations. It keeps a **histogram**: for each of a few **bounds** fixed beforehand, how many durations were at most so long, and longer than the bound below.
# Worked on paper, on one with the bounds 10, 20 and 50 ms, and the counts 48, 24, 8 and 0 (the last is for all beyond 50).

# %%
first = latency.Histogram(bounds=(10, 20, 50), counts=(48, 24, 8, 0), unit="ms")
plot.histogram_bounds(first, title="What one process counted")

# %% [markdown]
# **Step 1: n.** 48 + 24 + 8 + 0 = 80. **Step 2: the rank.** ceil(0.9 · 80) = 72. **Step 3: count up to it.** 48 up to 10 ms, 72 up to 20 ms: there it is. **Step 4: name the bucket.**
# p90 is more than 10 and at most 20 ms, and the histogram can't know more. Panels show one number nevertheless: they draw a straight line through the bucket, as Prometheus does. That number is a drawing, the two bounds are the measurement.
# Complete it: what are the two bounds of p95, and which number is drawn?
#
# <details><summary>Answer</summary>
#
# Rank ceil(0.95 · 80) = 76. 72 lie below, so it is one of the 8 between 20 and 50 ms: the fourth of them. Drawn is what is half way: 35 ms. `first.quantile_bounds(0.95)` and `first.quantile(0.95)` say so too.
#
# </details>
#
# What histograms can do and percentiles can't: **be added**, bucket by bucket, over processes, minutes and routes. If their bounds differ, keep those bounds that all of them have, and join the buckets between: what two buckets hold together is certain, what part of a bucket lies below some new bound is not.
# Worked: counts 5, 3, 2 between the bounds 1 and 2 become 8, 2 if only the bound 2 is kept.
#
# ### Question: two processes
#
# Besides the process above (bounds 10, 20 and 50 ms), a second one has the bounds 10, **40**, 50 and 100 ms and the counts 2, 3, 11, 3 and 1. Merge them on paper.
# Set `between` to a dict: `"counts"`, the merged counts, and the two bounds of the bucket that holds p95 of **both together**. Form: `{"counts": [7, 0, 3], "low_ms": 2, "high_ms": 5}`.

# %% answer="two-processes"
between = {"counts": ..., "low_ms": ..., "high_ms": ...}
### BEGIN SOLUTION
both = [
    first,
    latency.Histogram((10, 40, 50, 100), (2, 3, 11, 3, 1), unit="ms"),
]
shared = latency.common_bounds(both)
together = latency.merged([one.rebucket(shared) for one in both])
low_ms, high_ms = together.quantile_bounds(0.95)
between = {"counts": list(together.counts), "low_ms": low_ms, "high_ms": high_ms}
### END SOLUTION

# %% check="two-processes"
check("two-processes", between)

# %% [markdown]
# How large the doubt is, the bounds decide, and they are chosen before anybody knows the durations. Three ways to count Monday's home pages:
#
# - the bounds that OpenTelemetry's conventions advise for HTTP: 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25 and so on, in seconds;
# - the default of its SDKs when nobody says anything: 0, 5, 10, 25 … 10,000, which is made for milliseconds, while these durations are recorded in **seconds**;
# - an **exponential** histogram: no bounds to choose, each bucket wider than the one before by the same factor (at scale 3 by a little less than a tenth).
#
# Predict for each: between which two numbers will p90 lie, and what will a panel draw?

# %%
def as_panel(histogram, to_ms=1000):
    """p90 of a histogram in ms: its two bounds, and the number that a panel draws."""
    low, high = histogram.buckets().bounds_of(0.9, None, None)
    return pd.Series({"low": low, "high": high, "drawn": histogram.quantile(0.9)}) * to_ms


seconds = waits(morning, "GET /") / 1000
pd.DataFrame({
    "HTTP bounds": as_panel(latency.Histogram.from_values(seconds)),
    "SDK default": as_panel(latency.Histogram.from_values(seconds, latency.DEFAULT_BOUNDS)),
    "exponential": as_panel(latency.ExponentialHistogram.from_values(seconds, scale=3)),
    "all durations": latency.percentile(seconds, 0.9) * 1000,
}).round(1)

# %% [markdown]
# The second one says seconds for a page that takes a fraction of one. Nothing is slow: each duration is a fraction of a second, so all of them share one bucket that reaches far beyond them. Two things stay exact in any histogram: how many there were, and their mean, for it carries their sum (`.n`, `.mean`).
#
# ## 5. Counters begin again
#
# Metrics of the recordings are **cumulative**: each report says how many requests a process has answered *since it started*, not since the last report. (The other way, a report of what came since the last one, is called *delta*.)
# On Friday `catalog` was deployed twice, and a deploy is a new process. Predict the shape of its counter, then look:

# %%
reported = friday.metrics.query("name == 'http.server.request.duration' and service == 'catalog'")
catalog_points = reported.assign(route=[attributes["http.route"] for attributes in reported.attributes])
title = "catalog: requests counted"
plot.series(catalog_points, value="count", by="route", deploys=friday.deploys, unit="requests", title=title)

# %% [markdown]
# One line a route, because a **series** is what has the same name and the same attributes. Here are the reports around the first fall, of one series. `counts` are the buckets (here the first ten), `start_ns` is since when that series is counted: within one series, a new `start_ns` is a new process. (Two routes of one process may have begun at different times.)
# The figure's seconds count from the first report, those of part 3 from the first request; so one deploy stands at two numbers.

# %%
one_series = catalog_points[catalog_points.route == "/products/{id}"]
fall = int((one_series.start_ns.diff().fillna(0) != 0).to_numpy().nonzero()[0][0])
around = one_series.iloc[fall - 2 : fall + 2][["time_ns", "start_ns", "count", "counts"]]
around.assign(counts=around.counts.str[:10])

# %% [markdown]
# How many requests did a service answer in the whole recording? On paper, one series: a process reports 10, 25 and 40, then its successor reports 8 and 20.
#
# **Step 1: one group for each series and each start.** 10, 25, 40 and 8, 20. **Step 2: the last state of each group.** 40 and 20. **Step 3: add.** 60. Neither the last report (20), nor all of them (103), nor last minus first (10).
# The rate is that number divided by the time, never the counter itself.
#
# ### Question: all that was counted
#
# Write `all_counts(points)` for the histogram points of one service: a list with the number of requests in each bucket (as in `counts`), over all series and processes, restarts included. Points come in any order of time. Attributes are dicts: `points.attributes.map(str)` makes texts of them, to group by.
# Example: states `[1, 0]`, `[3, 1]`, then after a restart `[0, 2]`: `[3, 3]`.

# %% answer="all-counts"
def all_counts(points):
    """How many requests each bucket counted, over all series and all processes."""
    ### BEGIN SOLUTION
    in_time = points.sort_values("time_ns")
    last_states = in_time.groupby([in_time.attributes.map(str), "start_ns"]).counts.last()
    return [sum(bucket) for bucket in zip(*last_states)]
    ### END SOLUTION
    return ...

# %% check="all-counts"
check("all-counts", all_counts)

# %% [markdown]
# From here on `latency.histograms(points)` does it. **Prove it** against the spans, which are counted one by one. Predict: which of these numbers must be equal, and will the true p95 lie between the bounds?

# %%
of_catalog = friday.spans.query("service == 'catalog' and kind == 'SERVER'")
merged = latency.histograms(catalog_points).histogram.iloc[0]
print(merged.n, "requests counted,", len(of_catalog), "SERVER spans")
p95_s = latency.percentile(of_catalog.duration_ms, 0.95) / 1000
print("p95 in s, by the bounds:", merged.quantile_bounds(0.95), "by all spans:", round(p95_s, 3))

# %% [markdown]
# ## 6. Monday evening's panel
#
# A panel woke somebody. First what is known; then what the panel shows, one row for each version of a service. Predict before you run it: if a service really became slow, where else must that show?

# %%
evening = Recording.open("monday-evening", datasets)
print(fill(evening.card["symptoms"]))
reports = evening.metrics.query("name == 'http.server.request.duration'")
panel = latency.histograms(reports, by=["service", "service.version"])
panel["p95_ms"] = [1000 * one.quantile(0.95) for one in panel.histogram]
panel[["service", "service.version", "count", "p95_ms"]].round(1)

# %% [markdown]
# The histograms themselves are in `panel.histogram`; `plot.histogram_bounds` draws one. What happened to one service's counters, `plot.series` shows as in part 5; a process that was started anew in the same version is in no list of deploys. And every request of that evening is in `evening.spans`.
#
# ### Question: the panel
#
# Whose row woke somebody, and why? Set `alarm` to a dict: `"service"`; `"mechanism"`, one of the five below; `"mean_ms"`, the mean by **that row's own** histogram; `"p95_ms"`, the p95 of **all** SERVER spans of that service that evening; both in ms.
# Form: `{"service": "ads", "mechanism": "too few requests", "mean_ms": 2.5, "p95_ms": 12.5}`.
#
# - `slow itself`: its requests really take that long
# - `waits for another`: they do, because of a service that it asks
# - `counters begin again`: what was counted before a restart was mixed with what came after
# - `bounds that don't fit`: its histogram can't tell its durations apart
# - `too few requests`: a handful of requests, and one of them slow

# %% answer="evening-panel"
alarm = {"service": ..., "mechanism": ..., "mean_ms": ..., "p95_ms": ...}
### BEGIN SOLUTION
suspect = panel.loc[panel.p95_ms.idxmax()]
answered_ms = evening.spans.query("kind == 'SERVER' and service == @suspect.service").duration_ms
fullest = max(suspect.histogram.counts) / suspect.histogram.n
alarm = {
    "service": suspect.service,
    "mechanism": "bounds that don't fit" if fullest > 0.95 else "slow itself",
    "mean_ms": 1000 * suspect.histogram.mean,
    "p95_ms": latency.percentile(answered_ms, 0.95),
}
### END SOLUTION

# %% check="evening-panel"
check("evening-panel", alarm)

# %% [markdown]
# ## 7. Who waits does not ask
#
# The shop was tested twice, on one evening, with a stall of the same length. In test A five users take turns at one page, and **each waits for the answer before asking again** (a closed loop). In test B requests are sent by the clock, whoever waits (an open loop). Predict: in which test is p99 larger, and by how much?

# %%
tests = {"A": Recording.open("load-test-a", datasets), "B": Recording.open("load-test-b", datasets)}
asked = {name: test.spans.sort_values("start_ns").duration_ms for name, test in tests.items()}
print(tests["A"].card["load"])
pd.DataFrame({name: summary(ms) for name, ms in asked.items()}).T.round(1)

# %% [markdown]
# While the shop stood still, each user of test A waited with one request, and those that should have followed were never sent. So they are missing exactly where it was slow. Gil Tene named this **coordinated omission**: the test waits along with the shop.
#
# It can be mended if you know how often *one* user meant to ask. On paper, every 10 ms: the waits were 1, 35 and 1 ms. **Step 1: which waits are longer than the interval?** 35. **Step 2: who should have asked meanwhile?** Somebody 10 ms later, who would have waited 25, somebody 20 ms later: 15.
# **Step 3: put them back.** 1, 35, 25, 15, 1. `latency.corrected([1, 35, 1], interval_ms=10)` does that, as HdrHistogram does.
#
# ### Question: put them back
#
# What would test A have reported, had nobody been left out? `asked["A"]` are its waits. Find out how often **one** of its five users meant to ask (the card's rate is all five users' together), and correct the waits for that interval.
# Set `honest` to a dict: `"p99_ms"`, their p99 in ms, and `"left_out"`, how many requests were put back. For the three waits above: `{"p99_ms": 35, "left_out": 2}`.

# %% answer="put-them-back"
honest = {"p99_ms": ..., "left_out": ...}
### BEGIN SOLUTION
a_second = tests["A"].card["load"]["requests_a_second"] / 5
put_back = latency.corrected(asked["A"], interval_ms=1000 / a_second)
honest = {"p99_ms": latency.percentile(put_back, 0.99), "left_out": len(put_back) - len(asked["A"])}
### END SOLUTION

# %% check="put-them-back"
check("put-them-back", honest)

# %% [markdown]
# Now both tests speak of seconds. Don't choose the interval by how near A comes to B: B had something that no correction puts back, the queue of those who asked meanwhile, which had to be worked off when the shop went on. The interval is what one user meant to do, nothing else.
#
# ## 8. Before and after
#
# "Since the deploy it is slower." On Monday morning there was a deploy too. Worked on its product pages. **Step 1: cut at the deploy. Step 2: one percentile of each side, with n. Step 3: what change would chance alone make?**
# The library draws from both sides at random, ten thousand times, and says between which two numbers the change of 95 % of those draws lies. **Step 4: does that bracket hold 0?**
# Predict: that deploy was an innocent one, so will p50 before and after be equal? And what of the bracket?

# %%
product_pages = morning.traces().query("route == 'GET /product/{id}'")
after = product_pages.start_ns > morning.deploys.time_ns.iloc[0]
before_ms, after_ms = product_pages.duration_ms[~after], product_pages.duration_ms[after]
print(len(before_ms), "before,", len(after_ms), "after")
for share in (0.5, 0.95):
    print(f"p{100 * share:.0f}", latency.compare(before_ms, after_ms, share))

# %% [markdown]
# Two percentiles are hardly ever equal, so that they differ proves nothing. If the bracket holds 0, you say: "no change that these requests could show". If the values are too few, you say that, and take a percentile for which they are enough.
#
# ## 9. On your own: the partners' complaint
#
# This is all that is known. Three stretches: before both deploys (0), between them (1), after both (2). Predict: if the dashboard is right, and the customers are too, which column of the table will hardly move?

# %%
complaint = Recording.open("discounts-complaint", datasets)
print(fill(complaint.card["symptoms"]), complaint.deploys, sep="\n")
homes = complaint.traces().query("route == 'GET /'")
stretch = sum((homes.start_ns > moment).astype(int) for moment in complaint.deploys.time_ns)
homes.groupby(stretch.rename("stretch")).duration_ms.agg(["count", "mean", "median"]).round(1)

# %% [markdown]
# Write down what the distribution of stretch 2 will look like: stretch 0 moved to the right, made wider, or something else?

# %%
ends = stretch != 1
sides = stretch[ends].map({0: "before both deploys", 2: "after both"})
plot.distribution(homes.duration_ms[ends], percentiles=(), groups=sides, title="GET /: how long customers waited")

# %% [markdown]
# Tools that you have: `latency.compare` for a percentile of your choice, `traces.path_share(spans)` and `traces.self_time(spans)` of module 1, `complaint.trace_at("GET /", 0.9)` for one of the slow ones, `plot.waterfall`,
# and `explore.latency(complaint)` to choose services and stretches of time with buttons.
#
# ### Question: the partners' complaint
#
# Which service makes home pages slow, and how? Set `partners` to a dict: `"service"`; `"mechanism"`, one of the six below; `"slow_percent"`: of the home pages that began after **that service's** deploy, how many % are slow because of it;
# `"evidence"`, three or more `span_id`s of its SERVER spans that show it. Form: `{"service": "cart", "mechanism": "slow connection", "slow_percent": 12.5, "evidence": ["0a…", "1b…", "2c…"]}`.
#
# - `slow for all`: every request takes longer in it than before
# - `slow for some`: some take far longer in it, the others as long as before
# - `many small queries`: it asks its database again for every row
# - `waits for another`: a service that it asks has become slow
# - `slow connection`: the time passes between a client span and its server span
# - `nothing is wrong`: the waits are what they were

# %% answer="partners-complaint"
partners = {"service": ..., "mechanism": ..., "slow_percent": ..., "evidence": ...}
### BEGIN SOLUTION
worked = complaint.spans.assign(self_ms=traces.self_time(complaint.spans).to_numpy()).query("kind == 'SERVER'")
usual_ms = worked[worked.start_ns < complaint.deploys.time_ns.min()].groupby("service").self_ms.max()
heavy = worked[(worked.self_ms > 2 * worked.service.map(usual_ms)) & worked.service.isin(complaint.deploys.service)]
culprit = heavy.service.mode().item()
deployed_ns = complaint.deploys.query("service == @culprit").time_ns.item()
since = homes[homes.start_ns > deployed_ns]
shown = heavy[heavy.service == culprit]
hit = since.trace_id.isin(shown.trace_id)
partners = {
    "service": culprit,
    "mechanism": "slow for some" if 0.05 < hit.mean() < 0.95 else "slow for all",
    "slow_percent": 100 * hit.mean(),
    "evidence": shown.span_id.tolist(),
}
### END SOLUTION

# %% check="partners-complaint"
check("partners-complaint", partners)

# %% [markdown]
# Look back at the table above the figure. The median hardly moved, because more than half of the pages are as quick as before: whoever watches it sees nothing. The mean did move, but find its place in the figure: two hills, and it stands in the valley between them, where hardly anybody is.
# Such durations are called **bimodal**, and they often mean that there are two kinds of request. What the slow kind has in common, durations don't tell; log records may, and they come in module 4.
#
# ## 10. Look back
#
# ### For your mentor: one number
#
# "Give me one number for how fast the shop is," says the head of the shop. Answer in two to four sentences: which number you give, of which route, how many requests and how sure, and what it hides. Use numbers of this notebook.

# %% [markdown] reflect="one-number"
# ### BEGIN SOLUTION
# Of Monday's product pages 95 % came within the p95 in the table above, of the n requests beside it; the true value lies between the two numbers of the bracket in part 2. One number can't speak for all routes: an order takes longer,
# and there are too few orders for an upper end. It hides the slowest 5 %, and whether they are always the same customers.
# ### END SOLUTION

# %% [markdown]
# ### For your mentor: an answer to the partners
#
# Write to the two partners, in two to four sentences: what you found, with a number and n, why the dashboard did not show it, and why the other deploy stays. They are no engineers, and they were right.

# %% [markdown] reflect="answer-to-the-partners"
# ### BEGIN SOLUTION
# You were right, thank you. Since the last change to our discounts service about one home page in three takes a third of a second longer than the others; we counted about a hundred. Our dashboard shows the page in the middle, which moved little
# because two of three pages are as quick as before. The other change of that day came a few seconds earlier, has no part in the slow pages and stays; discounts goes back now.
# ### END SOLUTION

# %% [markdown]
# ## What you now know
#
# - A percentile is the value at rank ceil(share · n); say the method, n, and between which two numbers it may lie.
# - A mean is about work, not about waiting; with two kinds of request it is nobody's, and the median is the larger kind's.
# - Percentiles are not averaged and not added. Durations and histograms are.
# - Few calls are slow, many pages are, because a page makes many calls.
# - A histogram gives two bounds; the number on the panel is drawn between them, and bounds that don't fit draw nonsense.
# - Counters count from a start: last state of each start, then add.
# - Who waits for answers does not ask meanwhile: the tail of such a test is missing.
# - Before and after always differ. Say by how much, and whether that is more than chance.

# %%
progress()

# %% [markdown]
# **Next:** `is-it-within-our-promise`, the second notebook of this module. Its last lines say how to hand both in together.
