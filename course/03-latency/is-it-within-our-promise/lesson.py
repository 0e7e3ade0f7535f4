# %% [markdown]
# # Is it within our promise?
#
# Our partners were promised that in every three weeks **99.9 % of all requests** are answered without an error. Three weeks are over, and the head of the shop asks: did we keep it, and who should have been woken?
#
# **Three questions from earlier.** Answer them aloud, then open the lines below.
#
# 1. One order fails. Five spans in three services say ERROR. How many failures did the shopper have?
# 2. Two servers report a p99 of 90 ms and of 700 ms. What is the p99 of both together?
# 3. A counter says 4,180, a minute later 4,300. What is the rate? And if it says 12 a minute later?
#
# <details><summary>Answers</summary>
#
# 1. One. Each failure has an origin; the other spans passed it on.
# 2. Nobody can tell from those two numbers. Percentiles can't be averaged; histograms can be merged, and then asked.
# 3. Two in a second. Counters don't fall: with 12 the process was started anew, and has counted 12 since then.
#
# </details>
#
# **By the end you can**
#
# - turn a promise into a number of good among valid requests, and say which requests count;
# - say what is left of an error budget, in requests and in minutes, without averaging what must not be averaged;
# - compute a burn rate, and say at which minute an alert rule fires, how soon it notices and how soon it falls silent;
# - choose who is woken by what: a page, a ticket or nobody;
# - describe a service by RED and a resource by USE.
#
# **Not covered:** how to agree on a promise with those who pay for it, seasonal traffic, setting up an alerting system, who is on call.
#
# **Time:** 118 minutes in all, with a break after part 3. If one question holds you longer than 15 minutes, use `hint()`, or go on and come back.

# %% tags=["parameters"]
datasets = None  # a school may name the folder of its own recordings here

# %%
import numpy as np
import pandas as pd

from watchkeeper import Recording, latency, plot, slo
from watchkeeper.check import check, hint, progress

MINUTE_NS = 60 * 10**9
OBJECTIVE = 0.999  # the promise, as a share
carts, thursday = Recording.open("carts-complaint", datasets), Recording.open("thursday-afternoon", datasets)

# %% [markdown]
# ## 1. Good requests, of which?
#
# A **service level indicator** (SLI) says how well a service did, as one share: *good* requests of all that count, the *valid* ones (the form that the *SRE Workbook*, chapter 2, recommends).
# A **service level objective** (SLO) is the share that one wants to reach. Half of the work is to say who counts. On paper first:

# %%
eight = pd.DataFrame({
    "route": ["GET /", "GET /cart", "GET /cart", "", "GET /products", "POST /checkout", "GET /", "GET /"],
    "duration_ms": [120.0, 15.0, 900.0, 3.0, 200.0, 2400.0, 80.0, 60.0],
    "status": ["UNSET", "ERROR", "UNSET", "UNSET", "UNSET", "ERROR", "UNSET", "UNSET"],
})  # fmt: skip
eight

# %% [markdown]
# **Step 1: who is valid?** The row without a route is the e-mail worker at its work: nobody waits for it. Seven rows are left on this paper. **Step 2: who of them is good?** For *availability*, those without an error: five.
# **Step 3: divide.** 5 of 7 are 71 %.
#
# Now *latency*, on the same paper: good is who had the answer within 200 ms. What about the cart page that failed after 15 ms? A quick error makes nobody happy. So step 1 changes:
# valid are the requests that were **answered without an error**, five of them. Good are four: the row with exactly 200 ms counts as in time. 4 of 5 are 80 %.
# (The *SRE Book*, chapter 6, asks for it: keep the latency of failed requests apart.)
#
# Now recorded ones. Write down what you expect: were the failed requests of `carts` quicker or slower than the others? And those of `thursday`?

# %%
def customers(recording):
    """The requests that somebody waited for: a row each."""
    requests = recording.traces()
    return requests[requests.route != ""].reset_index(drop=True)


def outcome(requests):
    return np.where(slo.available(requests), "answered", "failed")


carts_requests, thursday_requests = customers(carts), customers(thursday)
plot.distribution(carts_requests.duration_ms, (), groups=outcome(carts_requests), title="Carts")

# %%
plot.distribution(thursday_requests.duration_ms, (), groups=outcome(thursday_requests), title="Thursday")

# %% [markdown]
# An error page may be ready at once, and a hanging request fails when somebody gives up.
# The next cell puts the p99 of all requests beside that of the answered ones. Predict from the two figures, for each recording: which of the two is higher?

# %%
for requests in (carts_requests, thursday_requests):
    answered = requests[slo.available(requests)]
    of_all, of_answered = (latency.percentile(some.duration_ms, 0.99) for some in (requests, answered))
    print(f"of all {len(requests)}: {of_all:.0f} ms, of the {len(answered)} answered: {of_answered:.0f} ms")

# %% [markdown]
# Mixed into a latency, quick failures make it look better than it was, hanging ones worse. Neither says how long an answer took, so leave both out.
#
# ### Question: in time
#
# Write `in_time(requests)`, for a table as `Recording.traces()` gives it: of the requests that somebody waited for (their `route` is not empty) and that were answered without an error
# (`status` is not `"ERROR"`), how many **%** took at most 200 ms? Return a number, unrounded. Example: the eight rows on paper give `80.0`.

# %% answer="in-time"
def in_time(requests):
    """How many % of the answered requests of customers took at most 200 ms."""
    ### BEGIN SOLUTION
    valid = (requests.route != "") & (requests.status != "ERROR")
    return 100 * (requests.duration_ms[valid] <= 200).mean()
    ### END SOLUTION
    return ...

# %% check="in-time"
check("in-time", in_time)

# %% [markdown]
# ## 2. RED for services, USE for resources
#
# An SLI is what customers feel. To see where it comes from, ask each *service* for three things, which Tom Wilkie named **RED**: its **r**ate of requests, their **e**rrors, their **d**uration.
# Predict for `carts`: in which rows will there be errors?

# %%
def red(spans):
    """A row a service, from its SERVER spans: how many, % of errors, p95 in ms."""
    servers = spans[spans.kind == "SERVER"].groupby("service")
    errors = servers.status.apply(lambda status: 100 * (status == "ERROR").mean())
    slow = servers.duration_ms.apply(lambda ms: latency.percentile(ms, 0.95))
    return pd.DataFrame({"requests": servers.size(), "errors, %": errors, "p95, ms": slow}).round(2)


by_service = red(carts.spans)
by_service

# %% [markdown]
# A dashboard in the office shows one green number: the mean of "% without an error" over all services. Predict: will it be above or below what the customers had?

# %%
of_services = 100 - by_service["errors, %"].mean()
of_customers = 100 * slo.available(carts_requests).mean()
print(f"mean over the services: {of_services:.2f} %, what the customers had: {of_customers:.2f} %")

# %% [markdown]
# Why does only one row have errors? A SERVER span is an error when *its own* service failed to answer. The others answered what they were asked; what broke, broke after that, where no other service could see it.
# In the mean these healthy services vote down the one that the customers see. A share is only fair when each *request* counts once: add up first, divide once.
#
# For *resources* (processor, memory, disk, connections) Brendan Gregg asks for **USE**: **u**tilisation, how much of its time it is busy; **s**aturation, how much work waits for it; **e**rrors.
# Two more views of the Friday that you know from module 1. The first cell draws how many requests each service had taken in and not answered yet: a sign of saturation. The second one shows RED for the time between the second deploy and the roll-back. Predict: how many services will look slow?

# %%
friday = Recording.open("friday-deploy", datasets)
active = friday.metrics[friday.metrics.name == "http.server.active_requests"]
in_flight = active.groupby(["service", "time_ns"]).value.sum().reset_index()
busiest = in_flight.groupby("service").value.max().nlargest(4).index
plot.series(in_flight[in_flight.service.isin(busiest)], deploys=friday.deploys, title="In flight")

# %%
red(friday.spans[friday.spans.start_ns.between(*friday.deploys.time_ns.iloc[-2:])])

# %% [markdown]
# RED alone leaves several suspects: whoever waits for a slow service is slow as well. USE tells which *resource* is in demand, and who is at work on it. `process.cpu.time` counts seconds of processor time that a service has used, as a
# counter in two series (user and system). `latency.rate` turns a counter into a rate: seconds of processor time per second, so 1.0 means that one core was busy all the time.
# (A process that starts or stops reports once more at once. Such a stretch is too short to divide by: only stretches of more than four seconds, here `cpu.seconds > 4`, are left.)

# %%
cpu = latency.rate(friday.metrics[friday.metrics.name == "process.cpu.time"])
cpu = cpu[cpu.seconds > 4]
cpu = cpu.assign(mode=[attributes["type"] for attributes in cpu.attributes])
cpu[["service", "mode", "time_ns", "seconds", "value", "per_second"]].head(4)

# %% [markdown]
# ### Question: the busiest processor
#
# Which service has used the processor most, over any single stretch between two reports? Set `busiest_cpu` to a dict: `"service"` and `"percent"`, its utilisation then in **% of one core**. User and system time belong together: add the
# rows with the same service and `time_ns`. Example: 0.5 s of user time and 0.1 s of system time, in a stretch of 5 s, are `{"service": "ads", "percent": 12.0}`.

# %% answer="busiest-cpu"
busiest_cpu = {"service": ..., "percent": ...}
### BEGIN SOLUTION
together = cpu.groupby(["service", "time_ns"]).per_second.sum()
busiest_cpu = {"service": together.idxmax()[0], "percent": 100 * together.max()}
### END SOLUTION

# %% check="busiest-cpu"
check("busiest-cpu", busiest_cpu)

# %% [markdown]
# Not all of a core, and yet customers wait? Two reasons. A stretch of five seconds, for example, is a mean: busy for three and idle for two makes 60 %, and whoever came during the three had to queue.
# And queues grow long before 100 %. Suppose that requests come by chance to somebody who serves one at a time. In the simplest model (M/M/1 in books on queues) they wait on average u / (1 − u) times as long as they are served: once as long at u = 50 %, four times at 80 %.
#
# ## 3. What a promise leaves to be spent
#
# An objective below 100 % says that something may go wrong. What it leaves is the **error budget**. On paper, two forms of it:
#
# - **in requests**, for example: of 50,000 requests, a promise of 99.9 % allows 50 bad ones;
# - **in minutes**, for example: 30 days have 43,200 minutes, and 0.1 % of them are 43.2 minutes in which *everything* fails.
#
# The second form is for a picture only: requests fail in part, and a minute at night holds fewer of them than one at noon. If traffic is even, a minute in which a quarter of the requests fails costs a quarter of a minute.
#
# ### Question: minutes left
#
# A team has promised 99.95 % for 30 days, with even traffic. So far everything failed for 8 minutes, and half of the requests failed for another 20 minutes. How many minutes in which **everything** fails are left?
# Set `minutes_left` to the number. Example: of a budget of 10 minutes, 4 minutes in which a quarter failed leave `9`.

# %% answer="minutes-left"
minutes_left = ...
### BEGIN SOLUTION
minutes_left = slo.minutes(0.9995, days=30) - 8 - 20 / 2
### END SOLUTION

# %% check="minutes-left"
check("minutes-left", minutes_left)

# %% [markdown]
# Now our own promise. Nobody can record three weeks for a lesson, so `three-weeks` is **composed**: each of its minutes is made of requests that were really recorded, in some other minute; when what happened was arranged.
# It holds metrics only. The promise counts over all of it; each week by itself is a part of it that we look at, with a budget of one in a thousand of its own requests. Read the card before you trust anything:

# %%
weeks = Recording.open("three-weeks", datasets)
weeks.card["arranged"], weeks.card["quirks"]

# %% [markdown]
# Each point is a histogram of one minute's requests with one status code. `slo.by_minute` counts them: every request is valid, and good when its code is below 500. A row a minute, numbered from 0; 1,440 rows are a day.
# Minutes without any request have a row as well. Predict: in how many of the first week's minutes did nobody ask for anything, or did something fail?

# %%
minutes = slo.by_minute(weeks.metrics)
first_week = minutes.iloc[: 7 * 1440].reset_index(drop=True)
print("of", len(first_week), "minutes", (first_week.valid == 0).sum(), "are empty,",
      (first_week.good < first_week.valid).sum(), "have a failure")  # fmt: skip
first_week.head(3)

# %% [markdown]
# (A minute without a request has no share at all, 0 / 0: it neither helps nor harms, and sums don't notice it. A latency can be counted from the same points, as long as its limit is a bound of the histogram: `slo.by_minute(weeks.metrics, limit_s=0.2)`. Inside a bucket nobody knows who was in time.)
#
# ### Question: budget spent
#
# Write `budget_spent(series)`, for a table with the columns `good` and `valid`, a row a minute: how many **%** of the error budget have these minutes used? The promise is 99.9 % of the requests in the table.
# More than 100 means that it is broken. Some rows may have no request. Example: 3 bad ones of 4,000 requests are `75.0`. The library's `budget`, `share` and `burn_rate` are switched off.

# %% answer="budget-spent"
def budget_spent(series):
    """How many % of the budget for 99.9 % the bad requests of these minutes have used."""
    ### BEGIN SOLUTION
    bad = series.valid.sum() - series.good.sum()
    return 100 * bad / (series.valid.sum() / 1000)
    ### END SOLUTION
    return ...

# %% check="budget-spent"
check("budget-spent", budget_spent)

# %% [markdown]
# **Find the fault.** Below is what a colleague has computed for the first week, "to be fair to every minute". Predict before you run it: above or below your own number? Then say what is wrong with it, and put yours beside it:
# call `budget_spent(first_week)` in a cell of your own (the button with the plus).

# %%
good_share, in_an_hour = first_week.good / first_week.valid, first_week.valid.rolling(60).sum()
print(f"The mean minute had {100 * good_share.mean():.4f} % good requests: is the promise kept?")
print(f"The quietest hour had {in_an_hour.min():.0f} requests, the busiest {in_an_hour.max():.0f}.")

# %% [markdown]
# <details><summary>What is wrong</summary>
#
# The mean of minutes gives a minute with three customers at night as much weight as one with more than a hundred in the evening. If the bad minutes lie in the quiet hours, the mean makes things look worse than customers had it;
# if they lie in the busy ones, better. The promise is about requests: add up the good ones, add up the valid ones, divide once.
#
# </details>
#
# *A good place for a break.*
#
# ## 4. How fast it burns
#
# A budget for a month says nothing about tonight. The **burn rate** does: how many times as fast as allowed is it being spent?
# **Step 1: take a window**, the last hour for example. **Step 2: add up its bad and its valid requests, and divide.** **Step 3: divide by what the promise allows.** On paper: 12 bad ones of 2,000 are 0.006,
# and 0.006 divided by 0.001 is a burn rate of 6. At a rate of 1 the budget lasts exactly as long as it should.
#
# Complete it on paper: for how long does a whole budget of 30 days last at a rate of 6, and at 14.4?
#
# <details><summary>Answer</summary>
#
# 30 / 6 = 5 days. 30 / 14.4 = 2.08 days, which are 50 hours.
#
# </details>
#
# The *SRE Workbook*, chapter 5, recommends three rules for a promise of 99.9 %. Each has a long window and a short one. The workbook reckons with a budget of 30 days. Predict what share of it is gone when such a rate has held for its long window:

# %%
for rule in slo.STANDARD:
    print(f"{rule}: {100 * rule.budget_share(days=30):.0f} % of the budget")

# %% [markdown]
# A **page** wakes somebody now. A **ticket** waits for the next working day. The faster the budget burns, the shorter the window that is enough to be sure.
#
# The next cell draws the burn rate of the first week over each of these windows. Predict: which window reaches the highest value, which one the lowest, and why? (What else is in a long window when something fails for a few minutes?)

# %%
plot.burn_rate(first_week, slo.STANDARD, OBJECTIVE, title="The first week")

# %% [markdown]
# The shorter the window, the fewer good requests water the bad ones down. The price: it is as high for a single failure in a quiet minute.
#
# ## 5. Two windows, one rule
#
# A rule fires when the burn rate is above its number in the long window **and** in the short one. The long one proves that it matters. The short one proves that it still goes on, so that the alarm falls silent soon after the end.
# Worked on paper, for the first rule (one hour and five minutes, above 14.4) with even traffic; everything fails for 10 minutes:
#
# **Step 1: which share is too much?** 14.4 × 0.001 = 0.0144. **Step 2: when is the long window above it?** After t bad minutes its share is t / 60. One minute is enough: 1/60 is 0.0167. **Step 3: when is the short one?**
# After one minute its share is 1/5: sooner or at the same time. So the **detection time** is 1 minute. **Step 4: when is one of them no longer above?** After k good minutes the share of the short one is (5 − k)/5.
# With k = 4 it is 0.2, still too much; with k = 5 it is 0. The **reset time** is 5 minutes. The library agrees. Its columns hold rows, from 0: `start` is the first row at whose end the rule fired,
# `end` the first one after it at whose end it no longer did. `incident` is meant in the same way: the first bad row, the first good one after it.

# %%
def outage(failing_share, lasts, before=60, after=90):
    """A series of 1,000 requests a minute: all well, then a share of them fails, then all well."""
    good = [1000] * before + [round(1000 * (1 - failing_share))] * lasts + [1000] * after
    return pd.DataFrame({"time_ns": np.arange(len(good)) * MINUTE_NS, "good": good, "valid": 1000})


page_rule = slo.STANDARD[0]
fired = slo.replay([page_rule], outage(1.0, 10), OBJECTIVE, incident=(60, 70))
fired[["start", "end", "detection_minutes", "reset_minutes"]]

# %% [markdown]
# Complete it on paper: one request in ten fails, for 20 minutes. Do the four steps; then change the call of `outage` above to `outage(0.1, 20)` with the incident `(60, 80)`, and see.
#
# <details><summary>Answer</summary>
#
# Long window: 0.1 × t / 60 is above 0.0144 from t = 9 on. Short window: 0.1 × (5 − k) / 5 is still above it with k = 4, and 0 with k = 5. So 9 minutes and 5 minutes.
#
# </details>
#
# ### Question: soon noticed, soon silent
#
# Even traffic, all well for an hour; then 5 % of the requests fail, for 30 minutes. On paper: after how many minutes of trouble does the first rule fire, and how many minutes after the end is it silent?
# How many whole % of failing requests are the least that would make it fire at all in these 30 minutes? Set `times` to a dict of whole numbers. Example: the worked outage gives `{"detection": 1, "reset": 5, "least": 9}`.

# %% answer="detection-and-reset"
times = {"detection": ..., "reset": ..., "least": ...}
### BEGIN SOLUTION
(fired,) = slo.replay([page_rule], outage(0.05, 30), OBJECTIVE, incident=(60, 90)).to_dict("records")
enough = [one for one in range(1, 101) if len(slo.replay([page_rule], outage(one / 100, 30), OBJECTIVE))]
times = {"detection": fired["detection_minutes"], "reset": fired["reset_minutes"], "least": enough[0]}
### END SOLUTION

# %% check="detection-and-reset"
check("detection-and-reset", times)

# %% [markdown]
# Now in code. One pandas move more: `series.valid.rolling(60, min_periods=1).sum()` adds up, for each row, that row and the 59 before it; with `min_periods=1` the first rows add up what there is.
# Comparing gives a column of True and False. `np.flatnonzero` turns such a column into the numbers of the rows that are True: `np.flatnonzero([False, True, True]).tolist()` is `[1, 2]`.
#
# ### Question: when it fires
#
# Write `fires(series)` for a table with `good` and `valid`, a row a minute: the row numbers (from 0) of all minutes **at whose end** the first rule fires, as a list. Burn rate above (not: exactly) 14.4 in the last 60 minutes **and** in the last 5, each window
# with its own row included; promise 99.9 %. Example: `fires(outage(1.0, 10))` is the list from `60` to `73`. The library's `replay`, `firing` and `burn_rate` are switched off.

# %% answer="when-it-fires"
def fires(series):
    """The rows of the minutes at whose end the rule fires: one hour and five minutes above 14.4."""
    ### BEGIN SOLUTION
    bad, found = series.valid - series.good, True
    for length in (60, 5):
        window = bad.rolling(length, min_periods=1).sum() / series.valid.rolling(length, min_periods=1).sum()
        found = found & (window > 0.0144)
    return np.flatnonzero(found).tolist()
    ### END SOLUTION
    return ...

# %% check="when-it-fires"
check("when-it-fires", fires)

# %% [markdown]
# How would a simpler rule have done? "Wake somebody when more than 0.1 % of the requests fail, over one window": predict how often it would have rung in the first week, with a window of one minute, of five, of an hour.
# The last line is the rule that you have just written.

# %%
for window in (1, 5, 60):
    rang = slo.simple_rule(first_week, OBJECTIVE, window)
    print(f"more than 0.1 % failed in {window} min: rang", len(rang), "times")
print(f"{page_rule}: rang", len(slo.replay([page_rule], first_week, OBJECTIVE)), "times")

# %% [markdown]
# A single failure in a quiet minute is a large share. A shorter window notices sooner, and rings for everything; a long one without a short one rings on when all is well again.
#
# One rule is never enough, though: what burns slowly never gets above 14.4. All three rules, then, on the first week: a row for each that fired. Look at `severity` and `minutes` (for how long each rang). What would each of them have told you, and when?

# %%
rang = slo.replay(slo.STANDARD, first_week, OBJECTIVE)
by_rule = rang.groupby(rang.rule.map(lambda number: str(slo.STANDARD[number])))
by_rule.agg(times=("start", "size"), first=("start", "min"), last=("end", "max"), minutes=("minutes", "sum"))

# %% [markdown]
# A rule that rings many times between one `first` and one `last` need not have met many incidents. Close to its number a burn rate rises above and falls below again, with every few failures: the rule **flaps**.
# That is why alert managers group what rings again within a while, and wake one person once.
#
# ### For your mentor: a rule that rings too often
#
# A colleague proposes: "Wake me whenever more than 0.1 % of the requests of five minutes fail, for that is what we promised." Answer in two to four sentences: what that would do to the people on call (with a number from above),
# why five such minutes don't break the promise, and what you would have instead.

# %% [markdown] reflect="rings-too-often"
# ### BEGIN SOLUTION
# In the first week alone it would have rung as often as the table above says, most of the time for one failed request in a quiet hour, and after a few nights nobody would get up any more.
# The promise is about all requests of the period: five minutes at a burn rate of 1 or 2 use next to nothing of the budget. I would page on a rate of 14.4 over an hour that still goes on in the last five minutes
# (and on 6 over six hours), and write a ticket for what burns slowly over days.
# ### END SOLUTION

# %% [markdown]
# ## 6. Wheat and chaff
#
# A rule is only as good as the incidents it was tried on. It must stay quiet when all is well and ring when something is broken. Suppose that yours watches over two promises at once:
# - *availability*: 99.9 % of the customers' requests are answered without an error;
# - *latency*: of the answered ones, 99 % take at most 300 ms.
#
# The recordings last a few minutes, so the windows are made sixty times as short: `slo.scaled(slo.STANDARD, 1 / 60)`. In each recording the requests are counted in steps of five seconds.
# Three helpers: `slo.available(requests)` and `slo.faster_than(requests, 300)` mark each request True or False, and `slo.indicator(requests, good, valid=..., seconds=5)` counts good ones among the valid ones; without `valid` every row is.
# (`customers` from part 1 takes a *recording*; `alarm` will be given the table of requests, so filter its rows yourself.) Suppose first that only `availability` counts, on one recording: predict whether the rule of one minute and five seconds rings:

# %%
quick_rule = slo.scaled(slo.STANDARD, 1 / 60)[0]
wednesday = customers(Recording.open("wednesday-evening", datasets))
steps = slo.indicator(wednesday, slo.available(wednesday), seconds=5)
print(quick_rule, "- rang", len(slo.replay([quick_rule], steps, OBJECTIVE)), "times on Wednesday")

# %% [markdown]
# ### Question: an alarm for both promises
#
# Write `alarm(requests)`, for a table as `Recording.traces()` gives it: `True` if `quick_rule` fires at any moment for **at least one** of the two promises above, else `False`. Count in steps of 5 seconds, customers' requests only.
# It is tried on quiet times and broken ones, on paper and recorded; the reply names one where it is wrong. Example: `alarm(carts.traces())` is `True`.

# %% answer="an-alarm"
def alarm(requests):
    """Whether the page rule, sixty times as quick, fires for availability or for latency."""
    ### BEGIN SOLUTION
    requests = requests[requests.route != ""]
    answered = slo.available(requests)
    whole = slo.indicator(requests, answered, seconds=5)
    timely = slo.indicator(requests, slo.faster_than(requests, 300), answered, seconds=5)
    return len(slo.replay([quick_rule], whole, 0.999)) + len(slo.replay([quick_rule], timely, 0.99)) > 0
    ### END SOLUTION
    return ...

# %% check="an-alarm"
check("an-alarm", alarm)

# %% [markdown]
# ## 7. On your own: the third week
#
# The head of the shop wants to know about the third week: is the promise broken in it, and who should have been told when? Minutes count from 0 again. Two colleagues have looked already. One says: "It began with the first failure, for then the five-minute alarm rang."
# The other one: "It must have been in the minute in which the largest share of the requests failed." What do you say? Look at it before you compute: how close together did the failed requests lie, and which of the three rules is made for such a shape? You know all that is needed.

# %%
third_week = minutes.iloc[14 * 1440 : 21 * 1440].reset_index(drop=True)
failed = third_week.valid - third_week.good
print("minutes with a failure:", (failed > 0).sum(), "- the first of them:", (failed > 0).idxmax())
print("the largest share of a minute's requests failed in minute", (failed / third_week.valid).idxmax())

# %% [markdown]
# ### Question: the third week
#
# Set `third` to a dict:
#
# - `"promise"`: `"kept"` or `"broken"`, for this week's own requests;
# - `"left"`: what is left of the week's budget, in **%** (negative if overspent);
# - `"shape"`: `"burst"` if more than half of its failed requests lie in 60 rows, one after the other; else `"leak"` if in 1,440; else `"scattered"`;
# - `"told"`: `"page"` if a page rule fired at any time, else `"ticket"` if the ticket rule did, else `"nobody"`;
# - `"since"`: the first minute at whose end a rule of **that** severity fired (`-1` for nobody);
# - `"evidence"`: three or more minutes with a failed request, from 30 before `since` until those rules were silent (for `"nobody"`: any).
#
# Form: `{"promise": "broken", "left": -12.5, "shape": "scattered", "told": "nobody", "since": -1, "evidence": [5, 61, 622]}`.

# %% answer="third-week"
third = {"promise": ..., "left": ..., "shape": ..., "told": ..., "since": ..., "evidence": [...]}
### BEGIN SOLUTION
spent = slo.budget(OBJECTIVE, third_week.valid.sum(), failed.sum())
rang = slo.replay(slo.STANDARD, third_week, OBJECTIVE)
told = next((one for one in ("page", "ticket") if (rang.severity == one).any()), "nobody")
since, until = (-1, len(third_week)) if told == "nobody" else rang[rang.severity == told].agg({"start": "min", "end": "max"})
shapes = {"burst": 60, "leak": 1440}
near = (third_week.index >= since - 30) & (third_week.index < until)
third = {
    "promise": "kept" if spent.left >= 0 else "broken",
    "left": 100 * (1 - spent.share),
    "shape": next((one for one, rows in shapes.items() if failed.rolling(rows).sum().max() > failed.sum() / 2), "scattered"),
    "told": told,
    "since": since,
    "evidence": failed.index[near & (failed > 0)].tolist(),
}
### END SOLUTION

# %% check="third-week"
check("third-week", third)

# %% [markdown]
# ## 8. Look back
#
# ### For your mentor: an answer to the head of the shop
#
# Answer the question from the beginning for **the three weeks together**, in two to four sentences: is the promise kept or broken, by how much, which week cost most (the third one you know), and what you propose for what is left (or for what is overspent).
# Say what this series can't tell: the card in part 3 lists what it was made of and what it leaves out.

# %%
second_week = minutes.iloc[7 * 1440 : 14 * 1440]
for name, part in {"three weeks": minutes, "first": first_week, "second": second_week}.items():
    used = slo.budget(OBJECTIVE, part.valid.sum(), part.valid.sum() - part.good.sum())
    print(f"{name}: {100 * used.share:.1f} % of the budget spent")

# %% [markdown] reflect="to-the-head"
# ### BEGIN SOLUTION
# Over the three weeks we have used more than the whole budget (the first number above, in %), so the promise is broken; most of it went in the week with the highest number. Until the budget has recovered I propose to hold back risky
# deploys, and to work first on what that week was about. The series is composed, and made of metrics only: it tells when and how much, but not which customers were hit, which page, or why.
# ### END SOLUTION

# %% [markdown]
# ## What you now know
#
# - An SLI is good requests by valid ones. Say who is valid before you divide; failed requests have no latency worth praising.
# - Each request counts once. The mean of minutes, days or services is a number about the calendar or the office, not about customers.
# - A budget is counted in requests; in minutes it is a picture.
# - A burn rate says how fast it goes. Long window: it matters. Short window: it still goes on. Both, or nobody is woken.
# - Three rules, two severities: what burns fast rings, what burns slowly is written down. A short window alone rings for every single failure.
# - RED describes a service, USE a resource; whoever waits for the slow one looks slow by RED.
#
# **Hand it in:** save both notebooks of this module, open a terminal in JupyterLab (File > New > Terminal) and run `watchkeeper submit 03-latency`.
# It writes one file with both in it, for your mentor.

# %%
progress()
