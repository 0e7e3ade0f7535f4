# %% [markdown]
# # When traces lie
#
# On Tuesday evening somebody opened a trace of our shop: calls were answered before they were made. Now they want to roll back a deploy. Are they right?
#
# **Three questions from earlier.** Answer them aloud, then open the lines below.
#
# 1. A child ends 2 ms after its parent. What do you do with it when you walk back along the critical path?
# 2. A CLIENT span lasts 12 ms, the SERVER span below it 9 ms. Whose are the other 3 ms?
# 3. What is an orphan?
#
# <details><summary>Answers</summary>
#
# 1. You clip it to its parent's time. It is never dropped.
# 2. They belong to the edge between the two: the way there and back, and waiting at the door.
# 3. A span that names a parent which is not there.
#
# </details>
#
# **By the end you can**
#
# - say by how much two clocks may differ, as an interval, and put a trace right again;
# - sort spans that stick out of their parents into three causes, and name the service whose spans got lost;
# - tell what a sample is worth: estimate with weights, give an interval, and compare with the metrics;
# - say what the traces don't show *while* something hangs;
# - find retries, and who it is that multiplies the load.
#
# **Not covered:** how clocks are kept in step, setting up a collector, percentiles (module 3), templates of logs (module 4).
#
# **Time:** 135 minutes in all, in two sittings: the break is after part 3. If one question holds you longer than 20 minutes, use `hint()`, or go on and come back.

# %% tags=["parameters"]
datasets = None  # a school may name the folder of its own recordings here

# %%
from textwrap import fill

import pandas as pd

from watchkeeper import Recording, plot, traces
from watchkeeper.check import check, hint, progress
from watchkeeper.check.inputs import paper

monday = Recording.open("monday-morning", datasets)


def spans_of(recording, route):
    """The spans of every request of one route."""
    ids = recording.traces().query("route == @route").trace_id
    return recording.spans[recording.spans.trace_id.isin(ids)].reset_index(drop=True)

# %% [markdown]
# ## 1. Two clocks
#
# Every span is stamped with the clock of the machine it ran on, its **host**. Hosts set their clocks by a time server, and sometimes one of them is off.
# Durations hardly suffer: both ends carry the same error. Comparing *across* hosts does.
#
# Here is the trace, a typical visit to the cart. Write down first: what would a waterfall look like if one host's clock were ahead?

# %%
evening = Recording.open("tuesday-evening", datasets)
print(fill(evening.card["symptoms"]))
cart_page = evening.trace_at("GET /cart", 0.5)
plot.waterfall(cart_page, path=False)

# %% [markdown]
# (A bar that claims a time outside of the page is drawn as a sliver at the edge; open "The same as text" below the figure to read its time.)
#
# Nobody can answer before being asked, and that is what gives the clocks away. Worked on paper, with two calls from `frontend` to `catalog`, each stamped by its own host's clock:
#
# | call | asked at | received at | answer finished at | answer there at |
# |---|---|---|---|---|
# | 1 | 100 | 153 | 162 | 112 |
# | 2 | 200 | 252 | 263 | 215 |
#
# **Step 1: the starts.** The first call was received at 153, and asked at 100. In truth it was received *after* it was asked, so `catalog`'s clock is ahead by **at most** 153 − 100 = 53 ms.
# **Step 2: the ends.** The answer was finished at 162, and it was there at 112. In truth it was finished *before* it was there, so the clock is ahead by **at least** 162 − 112 = 50 ms.
# **Step 3: the interval.** One call allows 50 to 53 ms. No call allows a single number: what is left open is the time on the way.
# **Step 4: more calls.** Each one has an interval of its own; only what *all* of them allow can be true.
#
# Complete it: which interval does the second call allow, and which do both of them?
#
# <details><summary>Answer</summary>
#
# The second: at most 252 − 200 = 52, at least 263 − 215 = 48. Both: 50 to 52 ms.
#
# </details>
#
# `calls` takes these differences for every call from one service to another. A number below 0 means that the server's stamp is the earlier one.

# %%
two_calls = paper([
    ("c1", "", "frontend", "GET /products", "CLIENT", 100, 112),
    ("s1", "c1", "catalog", "GET /products", "SERVER", 153, 162),
    ("c2", "", "frontend", "GET /products", "CLIENT", 200, 215),
    ("s2", "c2", "catalog", "GET /products", "SERVER", 252, 263),
])

# %%
def calls(spans, caller, called):
    """One row a call: by how many ms the server span's stamps lie behind the client span's, at the start and at the end."""
    asked = spans[(spans.service == caller) & (spans.kind == "CLIENT")].set_index("span_id")
    served = spans[(spans.service == called) & (spans.kind == "SERVER") & spans.parent_span_id.isin(asked.index)]
    return pd.DataFrame({
        "start_gap_ms": (served.start_ns - served.parent_span_id.map(asked.start_ns)) / 1e6,
        "end_gap_ms": (served.end_ns - served.parent_span_id.map(asked.end_ns)) / 1e6,
    })


calls(two_calls, "frontend", "catalog")

# %% [markdown]
# Before you run this on Tuesday's calls, predict: will every start gap be smaller than every end gap, or larger, or will they mix?

# %%
calls(evening.spans, "frontend", "catalog").describe().round(2)

# %% [markdown]
# At the start, every call is a proof, so that the strictest of them decides. At the end there is a catch that you know: a server span lasts until its last byte is sent and may end a little *after* its client span,
# with the best of clocks. One such straggler would push "at least" too high. So at the end no extreme decides, but the **median**: as long as most answers end in time, the late ones do it no harm.
# That makes this end a good estimate, and no longer a proof.
#
# ### Question: the window
#
# Write `window(spans)`: by how many ms is `catalog`'s clock ahead of the `frontend`'s? Use `calls`. Return a dict with the interval's two ends, `"lower_ms"` and `"upper_ms"`,
# each from all the calls, as reasoned above. Below 0 means that it is behind. Don't round.
# Example: the two calls on paper give `{"lower_ms": 49.0, "upper_ms": 52.0}`.

# %% answer="offset-window"
def window(spans):
    """Between which two numbers of ms the catalog's clock is ahead of the frontend's."""
    ### BEGIN SOLUTION
    gaps = calls(spans, "frontend", "catalog")
    return {"lower_ms": gaps.end_gap_ms.median(), "upper_ms": gaps.start_gap_ms.min()}
    ### END SOLUTION
    return ...

# %% check="offset-window"
check("offset-window", window)

# %% [markdown]
# Two hosts disagree, but which one is wrong? One pair can't say; the others can. `traces.clock_offsets` does the same for every pair of hosts, chains included.
# To be on the safe side it moves the end that comes from a median outwards by one millisecond. Its column `pairs` counts the calls between that host and all others.
# `outside-1` is where the customers' browsers are. Predict: how many hosts will have an interval without 0 in it?

# %%
offsets = traces.clock_offsets(evening.spans, reference="outside-1")
print(evening.spans.groupby("host").service.unique().map(", ".join).to_string())
offsets[["host", "pairs", "lower_ms", "upper_ms", "offset_ms"]].round(2)

# %% [markdown]
# Where the interval holds 0, the clocks may agree, and nothing is moved. Where it does not, `traces.align_clocks` takes the middle of the interval off all times of that host.
# That is a repair, and no measurement: whoever shows an aligned trace says so. Predict the cart page after it:

# %%
plot.waterfall(traces.align_clocks(cart_page, offsets), path=False, title="The same visit, with the clocks aligned")

# %% [markdown]
# A critical path believes the stamps: before the repair, services that this customer waited for are on no path at all. Every log line believes them too, and every metric point of that host.
#
# And since when? And the customers? The next cell shows, first, the typical start gap in every stretch of the evening; then how long pages took before and after the deploy that was blamed: those that never ask the deployed service, those that do, and that service itself.
# Predict both. A median over few visits goes up and down by chance, so before you blame a difference, look for one that *cannot* come from the deploy: how large is that?

# %%
deployed, began_ns = evening.deploys.iloc[0], evening.spans.start_ns.min()
print(f"deployed: {deployed.service}, {(deployed.time_ns - began_ns) / 1e9:.0f} s after the first span")
start_gaps = calls(evening.spans, "frontend", "catalog").start_gap_ms
from_s = 20 * ((evening.spans.start_ns[start_gaps.index] - began_ns) // 20_000_000_000)
print(start_gaps.groupby(from_s.rename("from_s")).median().round(1).to_string())
itself = evening.spans[(evening.spans.service == deployed.service) & (evening.spans.kind == "SERVER")]
rows = pd.concat([evening.traces().query("route != ''"), itself.assign(route=f"{deployed.service} itself")])
rows["asks_it"] = rows.trace_id.isin(itself.trace_id)
rows["when"] = (rows.start_ns > deployed.time_ns).map({False: "before", True: "after"})
by_route = rows.groupby(["asks_it", "route", "when"]).duration_ms.agg(["median", "count"]).unstack()
by_route.round(1).sort_index(axis=1, ascending=False)

# %% [markdown]
# ### For your mentor: the deploy that was blamed
#
# Answer the colleague who wants to roll back, in two to four sentences: what was wrong that evening and since when, which interval says so, what customers felt of it (mind the pages that got slower by chance), and what you would ask for now.
# "Nothing is wrong but the instrument" is a diagnosis: give its evidence.

# %% [markdown] reflect="the-blamed-deploy"
# ### BEGIN SOLUTION
# All the calls that cross from or to one host disagree with its clock, from the first minute on, before anything was deployed: its interval lies far from 0, while those of all other hosts hold 0.
# Durations carry the same error at both ends. The deployed service itself answered as quickly after the deploy as before; the medians of pages moved a little, those of pages that never ask it as well,
# so that is chance, and no customer felt anything. The deploy is innocent. I would ask for that host's time service to be looked at, and for an alarm on the offset, because its logs and metrics are misdated too.
# ### END SOLUTION

# %% [markdown]
# ## 2. Three reasons to stick out
#
# A span **sticks out** when it begins before its parent begins, or ends after its parent ends. There are three honest reasons, and kind, host and answer tell them apart. Predict for a home page of a Wednesday evening: its `frontend` gave up asking `ads`, and long after that `ads` began to answer. Which rule will that span of `ads` fall under?
#
# 1. `clock`: the clocks of the two hosts differ. As long as they do, nothing else can be said.
# 2. `nobody waited`: it is a CONSUMER, which takes its work from a queue, or the client span above it never got an answer: it had given up.
# 3. `end of body`: all else. The server sent its last byte and noted its end a moment after the client's.
#
# `with_parent` puts beside each span what the rules need of its parent; the last line of the second cell shows those that end late on that page.

# %%
def with_parent(spans):
    """Each span that has a parent here, with its parent's times, `clock_ms` between their hosts, and whether an answer came."""
    offset_ms = traces.clock_offsets(spans).set_index("host").offset_ms
    above = spans.set_index("span_id")
    family = spans[spans.parent_span_id.isin(above.index)].copy()
    for column in ("start_ns", "end_ns", "host"):
        family["parent_" + column] = family.parent_span_id.map(above[column])
    family["clock_ms"] = family.host.map(offset_ms) - family.parent_host.map(offset_ms)
    got = above.attributes.map(lambda attributes: "http.response.status_code" in attributes)
    family["answered"] = family.parent_span_id.map(got)
    return family

# %%
wednesday = Recording.open("wednesday-evening", datasets)
family = with_parent(wednesday.trace_at("GET /", 0.75))
family[family.end_ns > family.parent_end_ns][["service", "kind", "host", "parent_host", "clock_ms", "answered", "duration_ms"]]

# %% [markdown]
# ### Question: three reasons
#
# Write `reasons(spans)` for many requests: a dict from span id to `"clock"`, `"nobody waited"` or `"end of body"`, for every span that sticks out, at **either** end. Use `with_parent`.
# The first of the three rules that fits decides. Example: a SERVER span that ends 0.3 ms after a client span that got its answer, on one clock, is `"end of body"`.

# %% answer="three-reasons"
def reasons(spans):
    """Why each span that sticks out of its parent does so, by span id."""
    ### BEGIN SOLUTION
    found = {}
    for span in with_parent(spans).itertuples():
        if span.start_ns < span.parent_start_ns or span.end_ns > span.parent_end_ns:
            unwaited = span.kind == "CONSUMER" or not span.answered
            found[span.span_id] = "clock" if span.clock_ms != 0 else "nobody waited" if unwaited else "end of body"
    return found
    ### END SOLUTION
    return ...

# %% check="three-reasons"
check("three-reasons", reasons)

# %% [markdown]
# Try it on a healthy morning: on many a page something sticks out a little at its end. There it is everyday life, and no fault.
#
# ## 3. Lost spans
#
# A span is written when it ends. Between there and your table it can get lost: the service's queue for spans is full, its program crashes, the connection to the collector breaks. Then a trace has a hole, and no mark says so.
#
# Let us lose all spans of `recommendation` in a product page. It was asked by the `frontend`, and asked `catalog` in its turn. Then, instead, those of `ads`, which asks nobody. Predict for each: how many orphans, and whose?

# %%
def without(spans, service):
    """The spans as they would have come in if those of one service had been lost."""
    return spans[spans.service != service].reset_index(drop=True)


product_page = monday.trace_at("GET /product/{id}", 0.5)
for loser in ("recommendation", "ads"):
    holed = traces.tree(without(product_page, loser))
    print(f"without {loser}:", holed[holed.role == "orphan"].service.tolist())

# %% [markdown]
# The orphan is `catalog`'s, and `catalog` lost nothing: an orphan says that whoever is **above** it is missing. And `ads` asks nobody, so its loss makes no orphan at all.
# So orphans alone don't find whoever loses spans. What does: somebody asked, and there is no SERVER span under the question. (A third kind of hole makes neither: a service that forgets to pass the trace context on.
# Then whoever it asks begins a trace of its own, with a root that no customer ever sent.)
#
# Databases don't write spans in this shop, so questions to them have no SERVER span even on a good day. `questions` leaves them out:

# %%
def questions(spans):
    """The client spans that ask another service, with its name in the column `called`; databases are left out."""
    to_database = spans.attributes.map(lambda attributes: any(key.startswith("db.") for key in attributes))
    asks = spans[(spans.kind == "CLIENT") & ~to_database.astype(bool)]
    return asks.assign(called=[attributes.get("server.address", "") for attributes in asks.attributes])


asked = questions(product_page)
answered_here = product_page.parent_span_id[product_page.kind == "SERVER"]
asked[["service", "called", "name"]].assign(server_below=asked.span_id.isin(answered_here))

# %% [markdown]
# ### Question: who loses spans
#
# Write `lost(spans)`: a dict (or a Series) from service to the share of the questions **to it**, in %, that have no SERVER span below them. Leave out services that lost nothing; if nobody lost anything, the dict is empty.
# Example: of four questions to `cart`, one has no SERVER span: `{"cart": 25.0}`.

# %% answer="lost-spans"
def lost(spans):
    """Share of the questions to each service, in %, that have no SERVER span below them."""
    ### BEGIN SOLUTION
    asks = questions(spans)
    missing = ~asks.span_id.isin(spans.parent_span_id[spans.kind == "SERVER"])
    percent = 100 * missing.groupby(asks.called).mean()
    return percent[percent > 0]
    ### END SOLUTION
    return ...

# %% check="lost-spans"
check("lost-spans", lost)

# %% [markdown]
# **Here is the break.** When you come back, run all cells above first (Run > Run All Above Selected Cell).
#
# ## 4. One trace in ten
#
# Keeping every trace is expensive, so most shops keep a **sample**. **Head sampling** draws at the beginning, by the trace id, before anybody knows how the request will end; the decision travels in the header, so that all services keep the same traces.
# A kept trace then stands for ten, so its **weight** is 10. For a *number* of failures you need the weight; for a *share* you don't, as long as all weights are equal.
# A small sample is a rough one, so give an interval with it. `traces.weighted_share` gives Wilson's (1927), of which about 95 in 100 hold the truth.
#
# Saturday was busy, and one trace in ten was kept. Guess before you run this: how wide will the interval be, in percentage points?

# %%
saturday = Recording.open("busy-saturday", datasets)
print(fill(saturday.card["symptoms"]))
kept = saturday.traces().query("route != ''")
failed = kept.status == "ERROR"
print(f"kept requests: {len(kept)}, of which failed: {failed.sum()}")
print("share of failed requests:", traces.weighted_share(failed))
print("number of failed requests: about", failed.sum() * 10)

# %% [markdown]
# Now the truth. Metrics are not sampled: the frontend's counter of answers says how many it gave, by status code. Predict: will its share of 500s lie in the interval?
#
# Logs are not sampled either. Each record that was written in a request names its trace. Predict this too: for how many per cent of these records is that trace among the kept ones?

# %%
served = saturday.metrics.query("name == 'http.server.request.duration' and service == 'frontend'").copy()
served["code"] = [attributes.get("http.response.status_code") for attributes in served.attributes]
served["series"] = [str(sorted(attributes.items())) for attributes in served.attributes]
answers = served.sort_values("time_ns").groupby(["start_ns", "series", "code"])["count"].last()
by_code = answers.groupby("code").sum()
print(f"answers: {by_code.sum():.0f}, share of 500s: {by_code[by_code.index >= 500].sum() / by_code.sum():.1%}")
named = saturday.logs[saturday.logs.trace_id != ""]
print(f"log records that name a trace: {len(named):,}, trace found: {named.trace_id.isin(saturday.spans.trace_id).mean():.1%}")

# %% [markdown]
# Whatever your recording says here: the sample saw a handful of failures, the counter saw all of them. Of a failure that happens once in a thousand requests, a sample of this size would most likely have shown none.
# So shares come from metrics, and *examples* from traces.
#
# To look a log record's trace up by its id is a **join**, a walk from one signal to another; module 4 lives on it. From metrics there is one as well: a point of a histogram may carry an **exemplar**, one measured value with its trace id. OpenTelemetry takes
# exemplars, unless told otherwise, only from requests whose trace is sampled, so that the id leads somewhere. (Our recordings hold none.)
#
# ## 5. Keep the interesting ones
#
# **Tail sampling** waits until a trace has ended, and then keeps all that failed or were slow, and only some of the rest. You get the examples you need. The price is in the next cells:
# we keep what is slower than 100 ms or has an error, and a quarter of the rest. A colleague wrote a function for the share of failed requests from such a sample, and a test beside it. The test passes.

# %%
def kept_requests(spans):
    """One row a kept request, after tail sampling: whether it failed for the customer, and for how many it stands."""
    drawn_before = spans.get("weight", 1.0)
    kept = traces.tail_sample(spans, slower_than_ms=100, share=0.25)
    kept = kept.assign(weight=kept.weight * drawn_before, failed=kept.status == "ERROR")
    return kept.loc[kept.parent_span_id == "", ["trace_id", "failed", "weight"]].reset_index(drop=True)


def colleagues_share(spans):
    """Share of the requests that failed, in %, from a tail sample."""
    return 100 * kept_requests(spans).failed.mean()


assert colleagues_share(spans_of(monday, "GET /product/{id}")) == 0
print("the test passes")

# %% [markdown]
# Now the cart page of `carts-complaint`, where many requests failed. The truth is known, because this recording holds every request. Write down: will the colleague's share be too high, too low, or right?

# %%
complaint = Recording.open("carts-complaint", datasets)
cart_visits = complaint.traces().query("route == 'GET /cart'")
print(f"every request:   {100 * (cart_visits.status == 'ERROR').mean():.1f} % of {len(cart_visits)}")
print(f"colleague's:     {colleagues_share(spans_of(complaint, 'GET /cart')):.1f} %")
kept_requests(spans_of(complaint, "GET /cart")).value_counts(["failed", "weight"])

# %% [markdown]
# The last lines say what the sample holds. The test could not fail: where nothing fails, every formula says 0. A test of an estimate needs both kinds of request in it, with *different* weights. On paper, what is the share of failed requests in this sample?
#
# | failed | weight |
# |---|---|
# | True | 1 |
# | True | 1 |
# | False | 4 |
# | False | 4 |
#
# <details><summary>Answer</summary>
#
# The sample stands for 1 + 1 + 4 + 4 = 10 requests, of which 2 failed: 20 %. The colleague's way says 50 %.
#
# </details>
#
# A shop may sample twice: a head sample first, and from that a tail sample. Then weights multiply, which `kept_requests` does, and a failed request can stand for many, too.
#
# ### Question: mend it
#
# Write `mended(spans)`: the share of the requests that failed, in %, estimated from what `kept_requests(spans)` keeps, each request with its own weight, whatever that is. Return a number and don't round.
# The library's `weighted_share` is switched off while yours is checked. Example: the four rows on paper give `20.0`.

# %% answer="mended-share"
def mended(spans):
    """Share of the requests that failed, in %, from a tail sample."""
    ### BEGIN SOLUTION
    requests = kept_requests(spans)
    return 100 * requests.weight[requests.failed].sum() / requests.weight.sum()
    ### END SOLUTION
    return ...

# %% check="mended-share"
check("mended-share", mended)

# %% [markdown]
# How near do you come to the truth above? Not quite there, in most cases: a weight repairs the bias, and chance remains. Without weights, the bias stays however many traces you keep.
#
# ## 6. What is not there yet
#
# The spans that matter most may be the ones you don't have. A span is written when it **ends**. One that hangs is not in your table, nor is one that never ends.
# On Thursday afternoon something hung. You will stand in the middle of it: nine seconds after the first of the requests that later took longer than nine. Nobody knows that yet.

# %%
thursday = Recording.open("thursday-afternoon", datasets)
print(fill(thursday.card["symptoms"]))


def nine_seconds(requests):
    """The customers' requests with `end_ns`; when the first that took longer than nine seconds began; the moment nine seconds later."""
    shoppers = requests.query("route != ''").copy()
    shoppers["end_ns"] = shoppers.start_ns + (shoppers.duration_ms * 1e6).round().astype("int64")
    first_ns = shoppers[shoppers.duration_ms > 9000].start_ns.min()
    return shoppers, first_ns, first_ns + 9_000_000_000

# %% [markdown]
# ### Question: at that moment
#
# Write `moment(requests)`, for rows as `traces()` gives them; `nine_seconds` gives what you need. Take those that began from `first_ns` to `now_ns`, both included. Return a dict: `"begun"` is their number, `"written"` the number of those
# that had ended by `now_ns`, `"slowest_ms"` the longest duration among the **written** ones. Form: `{"begun": 40, "written": 31, "slowest_ms": 55.2}`. Predict Thursday's slowest first.

# %% answer="at-that-moment"
def moment(requests):
    """How many requests had begun and had been written nine seconds after the first long one began, and how slow those looked."""
    requests, first_ns, now_ns = nine_seconds(requests)
    ### BEGIN SOLUTION
    begun = requests[requests.start_ns.between(first_ns, now_ns)]
    written = begun[begun.end_ns <= now_ns]
    return {"begun": len(begun), "written": len(written), "slowest_ms": written.duration_ms.max()}
    ### END SOLUTION
    return ...

# %% check="at-that-moment"
check("at-that-moment", moment)

# %% [markdown]
# That is **survivorship**: you judge by those who came back. (What has ended *inside* the hanging requests is there, as orphans, but their roots are not.) Look at what yours says of Thursday. Predict, for those nine seconds: of which pages are the written ones, and how many requests did the frontend's own gauge of requests in progress show?

# %%
print(pd.Series(moment(thursday.traces())).to_string())
requests, first_ns, now_ns = nine_seconds(thursday.traces())
print("written in those nine seconds:", requests[requests.end_ns.between(first_ns, now_ns)].route.unique().tolist())
gauge = thursday.metrics.query("name == 'http.server.active_requests' and service == 'frontend'")
in_progress = gauge.groupby(((gauge.time_ns - first_ns) / 1e9).round(1).rename("after_s")).value.sum()
in_progress[in_progress.index.to_series().between(-15, 20)]

# %% [markdown]
# A page that is missing among the written ones is louder than any error, if you know that it ought to be there. So watch what *stops coming*, and count what is under way.
#
# ## 7. Asked again
#
# Who gets no answer may ask again: a **retry**. In a trace it is no long call. It is a **sibling**: another client span with the same name under the same parent, which begins after the one before it has **failed**.
# The pause between them is the **back-off**. On paper, a page asks for its banner three times:

# %%
again = paper([
    ("page", "", "frontend", "GET /", "SERVER", 0, 100),
    ("try1", "page", "frontend", "GET /ads", "CLIENT", 5, 25),
    ("try2", "page", "frontend", "GET /ads", "CLIENT", 35, 55),
    ("try3", "page", "frontend", "GET /ads", "CLIENT", 75, 90),
]).assign(status=["UNSET", "ERROR", "ERROR", "UNSET"])
plot.waterfall(again, path=False, title="Three attempts")

# %% [markdown]
# **Step 1: group siblings** by parent and name. **Step 2: order them** by start. **Step 3: compare neighbours**: the later one is a retry if the earlier one failed and had ended. **Step 4: add up the pauses.**
# Here: two retries, pauses of 35 − 25 = 10 ms and 75 − 55 = 20 ms.
#
# Alike calls that went well are no retries. Predict for a home page of Monday, which asks `currency` over and over: how many retries?
#
# ### Question: retries
#
# Write `my_retries(spans)` for one trace. Return a dict: `"retries"` is the number of client spans that are retries, `"pause_ms"` the sum of the pauses right before them, in ms. Only `status == "ERROR"` counts as failed.
# The library's `retries` is switched off while yours is checked. Example: the page on paper gives `{"retries": 2, "pause_ms": 30.0}`.

# %% answer="my-retries"
def my_retries(spans):
    """How many client spans are retries, and the sum of the pauses before them."""
    ### BEGIN SOLUTION
    count, pause_ns = 0, 0
    for _, alike in spans[spans.kind == "CLIENT"].sort_values("start_ns").groupby(["parent_span_id", "name"]):
        siblings = list(alike.itertuples())
        for before, after in zip(siblings, siblings[1:]):
            if before.status == "ERROR" and before.end_ns <= after.start_ns:
                count, pause_ns = count + 1, pause_ns + after.start_ns - before.end_ns
    return {"retries": count, "pause_ms": pause_ns / 1e6}
    ### END SOLUTION
    return ...

# %% check="my-retries"
check("my-retries", my_retries)

# %% [markdown]
# ## 8. What a span costs, and what it must not hold
#
# Writing spans is work too, done while the customer waits. Two recordings of the same load: in one, only the customers' own requests were traced, in the other every service was.
# Predict for the home page: how many per cent longer, at the median, with tracing everywhere?

# %%
silent, traced = Recording.open("before-tracing", datasets), Recording.open("after-tracing", datasets)
silent_ms, traced_ms = (
    one.spans[(one.spans.parent_span_id == "") & (one.spans.kind == "CLIENT")].groupby("name").duration_ms.median()
    for one in (silent, traced)
)
cost = pd.DataFrame({"silent_ms": silent_ms, "traced_ms": traced_ms})
names = traced.spans.set_index("span_id").name
cost["spans"] = traced.traces().groupby(traced.traces().root_span_id.map(names)).spans.median()
cost["longer_percent"] = 100 * (cost.traced_ms / cost.silent_ms - 1)
cost["us_per_span"] = 1000 * (cost.traced_ms - cost.silent_ms) / cost.spans
cost.round(1)

# %% [markdown]
# The last column would be the price of a span, in microseconds (millionths of a second), if the machine had been equally quiet both times. That "if" is a large one:
# two recordings of the same load differ by some per cent although nothing was changed. So look first whether the routes agree. A price below zero is no gift; it says that the noise is as large as what you want to measure.
# Whoever has to know records each side several times, by turns.
#
# What is certain: this shop writes every span within the request (its cards say so), while the customer waits. Writing in the background costs less of her time, and can lose spans when its queue is full.
#
# Spans also cost whoever stores and groups them. A span's **name** is what you group by, so it should say what kind of work this was. On Saturday's orders, how many different names has each service? Guess the largest number; the last lines are names of that service.

# %%
orders = Recording.open("saturday-orders", datasets)
names = orders.spans.groupby("service").name.nunique().sort_values(ascending=False)
print(names.to_string())
orders.spans[orders.spans.service == names.index[0]].name.value_counts().tail(4)

# %% [markdown]
# Some name holds an **id**, so that no two spans of that work fall into one group: no count, no median, one more line in every list for each request. That is **high cardinality**.
# A name keeps what all of them share; the id becomes an attribute. And an id that is a person's, or an address, or a card number, should not be written at all: traces are copied to many places, and few people may see such things.
#
# ### Question: names that hold ids
#
# Write `patterns(spans)`. Replace each word of a span's `name` that has a digit in it by `{id}` (words are what blanks separate). Return a dict from the new name to how many **different** old names became it, only where it is two or more.
# Example: the names `charge A1`, `charge B2`, `GET /ads` give `{"charge {id}": 2}`.

# %% answer="names-with-ids"
def patterns(spans):
    """For each name with its ids masked: how many different names became it, where that is two or more."""
    ### BEGIN SOLUTION
    names = pd.Series(spans.name.unique())
    masked = names.map(lambda name: " ".join("{id}" if any(c.isdigit() for c in word) else word for word in name.split(" ")))
    counts = masked.value_counts()
    return counts[counts > 1]
    ### END SOLUTION
    return ...

# %% check="names-with-ids"
check("names-with-ids", patterns)

# %% [markdown]
# A mask is a guess, and whoever masks looks at what was joined: add a cell here (the + above) and run `patterns(orders.spans)`. Two names of the template library have a digit and hold no id: which ones are they, and what did the mask make of them?
#
# ### For your mentor: what to write down
#
# A colleague wants a span around every function, with the customer's e-mail address in its name, "so that support can find it". Answer in two to four sentences: what that costs (with a number from this notebook), what you
# would put into the name and what into attributes or nowhere, and how support finds the request all the same.

# %% [markdown] reflect="what-to-write-down"
# ### BEGIN SOLUTION
# Each span is written while the customer waits. How much that costs, two recordings tell only roughly, but a home page has dozens of spans already, and one for every function would make hundreds: I would trace calls and queries.
# The name says the kind of work, "quote" or "GET /quotes": with an id in it, shipping had a name for every request, and nothing could be counted. The address goes nowhere, because traces are copied and kept;
# support gets the trace id, which the page can show and every log record has.
# ### END SOLUTION

# %% [markdown]
# ## 9. On your own: Sunday night
#
# All you know of it:

# %%
sunday = Recording.open("sunday-night", datasets)
print(fill(sunday.card["symptoms"]))
plot.durations(sunday.traces().query("route != ''"), log=True, title="Sunday night: how long each request took")

# %% [markdown]
# That a service is slow explains slow pages. It does not explain that a machine is as busy as at Christmas with the visitors of a quiet night: for that, somebody must make more work of the same visits. Look for that one, and clear the others:
# count questions by who asks, per page, before and in the trouble; then read one slow page, bar by bar, and the status of each.
#
# ### Question: who multiplies the load?
#
# Set `night` to a dict: `"service"` is who **makes the load multiply**, `"mechanism"` how, one of the seven below, `"evidence"` three or more **span** ids of that service's that a good night would not have had.
# Form: `{"service": "cart", "mechanism": "clock", "evidence": ["0a…", "1b…", "2c…"]}`.
#
# - `slow itself`: it works longer on its own
# - `asks again at once`: it repeats a failed question, with hardly a pause
# - `asks again later`: it repeats a failed question, after pauses that grow
# - `asks for every row`: it asks once for each thing on a list, and gets each answer
# - `slow connection`: the time passes between a client span and its server span
# - `clock`: its host's clock is off
# - `nothing is wrong`: more visitors came, that is all

# %% answer="sunday-night"
night = {"service": ..., "mechanism": ..., "evidence": [...]}
### BEGIN SOLUTION
attempts = sunday.spans[sunday.spans.kind == "CLIENT"].sort_values("start_ns")
earlier = attempts.groupby(["trace_id", "parent_span_id", "name"])[["status", "end_ns"]].shift()
repeated = attempts[(earlier.status == "ERROR") & (earlier.end_ns <= attempts.start_ns)]
culprit = repeated.service.value_counts().idxmax()
pauses_ms = (repeated.start_ns - earlier.end_ns[repeated.index]) / 1e6
night = {
    "service": culprit,
    "mechanism": "asks again at once" if pauses_ms.median() < 20 else "asks again later",
    "evidence": repeated.span_id[repeated.service == culprit].tolist(),
}
### END SOLUTION

# %% check="sunday-night"
check("sunday-night", night)

# %% [markdown]
# When you have passed: how much does *your* service multiply, and whom does it ask? And what was done that night: which deploy would you roll back at once, which one mend? Predict first. The table has its questions per page, ten seconds a row.

# %%
asks, nights_ns = questions(sunday.spans), sunday.traces().start_ns.min()
asks = asks[asks.service.astype(object) == night["service"]]
from_s = (10 * ((asks.start_ns - nights_ns) // 10_000_000_000)).rename("from_s")
print(sunday.deploys.assign(at_s=((sunday.deploys.time_ns - nights_ns) / 1e9).round(1))[["at_s", "service", "from", "to"]])
per_page = asks.groupby([from_s, "called"]).agg(questions=("span_id", "count"), pages=("parent_span_id", "nunique"))
(per_page.questions / per_page.pages).unstack().round(1)

# %% [markdown]
# <details><summary>When your check has passed: what that night teaches</summary>
#
# A retry is help while failures are rare and by chance. When the other side is *slow*, each retry adds to what makes it slow, and those that nobody waits for any more are served all the same. That is why the Google SRE book (ch. 22) asks for few attempts,
# pauses that grow and are drawn by chance, and a budget of retries for the whole process.
#
# </details>
#
# ## What you now know
#
# - Stamps from two hosts compare only within an interval. Align before you walk, and say so. Durations can be trusted.
# - A span sticks out by its clock, because nobody waited, or by the end of its body. Only the first two are worth a look.
# - Traces have holes. Orphans say who is *below* a hole; questions without a SERVER span say who fell into it.
# - Samples are for examples. A share from a sample needs weights and an interval, and metrics to be compared with.
# - While something hangs, the traces look healthy: only what has ended is written. Count what is under way.
# - Retries are siblings: alike questions, each after one that failed. How many, and how soon, decides whom they help.
# - Each span costs time, each id in a name costs a group, and a person's data does not belong there.
#
# **Hand it in:** save both notebooks of this module, open a terminal in JupyterLab (File > New > Terminal) and run `watchkeeper submit 02-tracing`.

# %%
progress()
