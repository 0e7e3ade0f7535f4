# %% [markdown]
# # What could leave the critical path
#
# It is planning week. The head of the shop asks you: "Which services matter most to our customers, and is there anything a page need not wait for?"
#
# **Three questions from the last notebook.** Answer them aloud, then open the lines below.
#
# 1. A page ends at 80 ms. Its children ended at 60, 70 and 75 ms. Which of them do you walk through first, and what is the page's own?
# 2. A call of 30 ms is not on the critical path. Can a call of 2 ms in the same request be on it?
# 3. The segments of your path sum to 91 ms, and the root lasted 97 ms. What do you conclude?
#
# <details><summary>Answers</summary>
#
# 1. The one that ended at 75 ms. From 75 to 80 ms the page worked alone.
# 2. Yes. Critical does not mean slow: what counts is who ended last.
# 3. That it is not the path. Something was dropped that should have been clipped, or walked twice.
#
# </details>
#
# **By the end you can**
#
# - say which services and which connections hold the critical time of a route, and how many requests you say it of;
# - compare a route's middle with its slow tail, and tell a straggler from an average;
# - predict what a faster call would save before the next one takes over, and prove it by retiming;
# - find the many small calls that nobody notices one by one.
#
# **Not covered:** clocks that disagree, percentiles and how sure they are, what happens inside a process, what a change does under more load.
#
# **Time:** 140 minutes in all, in two sittings: the break is after part 4. If one question holds you longer than 20 minutes, use `hint()`, or go on and come back.

# %% tags=["parameters"]
datasets = None  # a school may name the folder of its own recordings here

# %%
import pandas as pd

from watchkeeper import Recording, plot, traces
from watchkeeper.check import check, hint, progress
from watchkeeper.check.inputs import paper

morning = Recording.open("monday-morning", datasets)


def spans_of(recording, route):
    """The spans of every request of one route."""
    ids = recording.traces().query("route == @route").trace_id
    return recording.spans[recording.spans.trace_id.isin(ids)].reset_index(drop=True)

# %% [markdown]
# ## 1. One request shows one path
#
# For a product page, `GET /product/{id}`, the frontend asks `catalog` and `cart` at the same time. When it has both answers, it asks `recommendation`, `ads` and `shipping`,
# again at the same time. Write down before you run the next cell: how many different critical paths will the requests of that morning have taken, and which is the most common?

# %%
traces.path_signature(spans_of(morning, "GET /product/{id}")).value_counts()

# %% [markdown]
# Each line is one path: the services on it, each named once, where it first comes. (`recommendation` asks `catalog` in its turn.) It is the same page and the same program, and still not one path:
# the page waits for whichever answer comes last, and that changes from request to request.
# A single trace shows *a* path. Which one is typical, only many of them can tell. `traces.critical_path` takes any number of requests at once,
# walks each of them, and returns one row a segment, with its `trace_id` and `service`.
#
# ### Question: how often critical
#
# Write `how_often(spans)`. It takes the spans of many requests and returns a dict (or a Series) from service to the share of the requests, in %,
# in which that service is on the critical path. A request counts once, however many segments a service has in it. Leave out services that are on no path.
# Example: `ads` is on the path of 2 requests of 40: `{"ads": 5.0, …}`.

# %% answer="how-often-critical"
def how_often(spans):
    """In how many % of the requests each service is on the critical path."""
    ### BEGIN SOLUTION
    path = traces.critical_path(spans)
    requests_by_service = path.groupby("service").trace_id.nunique()
    return 100 * requests_by_service / spans.trace_id.nunique()
    ### END SOLUTION
    return ...

# %% check="how-often-critical"
check("how-often-critical", how_often)

# %% [markdown]
# Now use it. For the home page the frontend asks six services: `catalog` first, then `recommendation`, `ads`, `discounts` and `cart` at the same time, `currency` at the end. Guess each one's number before you run this; who is missing was on no path at all:

# %%
how_often(spans_of(morning, "GET /"))

# %% [markdown]
# A small number here, or none, does not make a service free: its work takes processor time from the others, and the day it is slow, it is the one the customer waits for.
#
# ## 2. Whose time is it?
#
# A SERVER span's own time is its service's: there the work is done. A CLIENT span's own time is different. Nobody works in it: the question is on its way,
# it queues at the other's door, or the answer is on its way back. It belongs to the **edge** between the two, written `frontend → cart`.
# Give it to the caller, and a frozen neighbour makes the caller look guilty. (A database counts as a neighbour like any other.)
#
# The next cell gives every span its owner. Worked on one typical `GET /cart`, with names for the steps:
# **Step 1: walk. Step 2: name the owner of each segment. Step 3: add up by owner. Step 4: divide by the whole.**

# %%
def with_owner(spans):
    """The spans with one more column, `owner`: the service, or for a client span the edge "service → peer"."""
    peer = pd.Series(traces.peers(spans), index=spans.index)
    edge = spans.service + " → " + peer
    return spans.assign(owner=edge.where(peer != "", spans.service))


one_page = morning.trace_at("GET /cart", 0.5)
path = traces.critical_path(one_page)
path["owner"] = path.span_id.map(with_owner(one_page).set_index("span_id").owner)
owned_ms = path.groupby("owner", sort=False).duration_ms.sum()
(100 * owned_ms / owned_ms.sum()).round(1)

# %% [markdown]
# ### Question: critical share
#
# Write `shares(spans)` for the spans of **many** requests: a dict (or a Series) from owner to its share of all their critical time, in %.
# Add up the time of all requests first, then divide once. Leave out owners without critical time. You may use `with_owner`; the library's `path_share` is
# switched off while yours is checked. Example: requests of 10 and 30 ms, 8 ms of it `cart`'s, give `{"cart": 20.0, …}`.

# %% answer="critical-share"
def shares(spans):
    """Share of the critical time of all requests, in %, by owner."""
    ### BEGIN SOLUTION
    path = traces.critical_path(spans).merge(with_owner(spans)[["trace_id", "span_id", "owner"]])
    critical_ms = path.groupby("owner").duration_ms.sum()
    return 100 * critical_ms / critical_ms.sum()
    ### END SOLUTION
    return ...

# %% check="critical-share"
check("critical-share", shares)

# %% [markdown]
# From here on `traces.path_share` does it for you. Paying, `POST /checkout`, is one call after the other, through half of the shop. Whom do its customers wait for most,
# and will it be a service or an edge? Write down your first two, then run this.

# %%
checkout = traces.path_share(spans_of(morning, "POST /checkout"))
plot.path_shares(checkout.set_index("owner").share, title="POST /checkout: share of critical time", limit=8)

# %% [markdown]
# ## 3. The middle and the slowest 5 %
#
# Customers don't complain about the typical request. So ask two questions apart: what is the middle made of, and what are the slowest made of?
# Worked on the home page. **Step 1: rank the requests by duration. Step 2: take the middle fifth and the slowest twentieth. Step 3: share of each. Step 4: say n.**

# %%
requests = morning.traces()
homes = requests[requests.route == "GET /"]
rank = homes.duration_ms.rank(pct=True)
middle, slowest = homes[(rank > 0.4) & (rank <= 0.6)], homes[rank > 0.95]
len(homes), len(middle), len(slowest)

# %% [markdown]
# These three numbers are n: of all home pages, in the middle, among the slowest. A share over a handful of requests is an observation, not a law, so n is always said.
# Before you run the next cell: what will have a larger share among the slowest than in the middle?

# %%
def share_by_owner(recording, chosen):
    """Share of the critical time (0 to 1) by owner, over the chosen rows of `recording.traces()`."""
    spans = recording.spans[recording.spans.trace_id.isin(chosen.trace_id)].reset_index(drop=True)
    return traces.path_share(spans).set_index("owner").share


plot.path_shares({"the middle": share_by_owner(morning, middle), "the slowest 5 %": share_by_owner(morning, slowest)},
                 title="GET /: who has the critical time", limit=10)

# %% [markdown]
# ### Question: middle and tail
#
# Do the same for the product page, `GET /product/{id}`: the middle fifth against the slowest 5 %, cut as above. Set `tail` to a dict: `"owner"` is the service or edge
# whose share **grows by the most percentage points** from the middle to the slowest, copied from the table; `"n"` is the number of requests among the slowest.
# Example of the form: `{"owner": "cart", "n": 4}`.

# %% answer="middle-and-tail"
tail = {"owner": ..., "n": ...}
### BEGIN SOLUTION
pages = requests[requests.route == "GET /product/{id}"]
page_rank = pages.duration_ms.rank(pct=True)
page_middle, page_slowest = pages[(page_rank > 0.4) & (page_rank <= 0.6)], pages[page_rank > 0.95]
growth = share_by_owner(morning, page_slowest).sub(share_by_owner(morning, page_middle), fill_value=0)
tail = {"owner": growth.idxmax(), "n": len(page_slowest)}
### END SOLUTION

# %% check="middle-and-tail"
check("middle-and-tail", tail)

# %% [markdown]
# ## 4. The average request does not exist
#
# The list of products, `GET /products`, asks `catalog` and `cart` at the same time, and nobody else. Of calls that run at the same time, the one that ends last is the **straggler**:
# the page waits for it alone. A colleague wants to save work: "Average the calls of all requests, and walk back once." Here is the averaged request, in ms since the request began:

# %%
def page_calls(spans):
    """The calls that a page makes itself (client spans under the frontend's server span), and whom they ask."""
    pages = spans[(spans.service == "frontend") & (spans.kind == "SERVER")]
    calls = spans[(spans.kind == "CLIENT") & spans.parent_span_id.isin(pages.span_id)]
    return calls.assign(called=[attributes.get("server.address", "") for attributes in calls.attributes])


lists = spans_of(morning, "GET /products")
began_ns = lists.groupby("trace_id").start_ns.min()
calls = page_calls(lists)
calls["from_ms"] = (calls.start_ns - calls.trace_id.map(began_ns)) / 1e6
calls["to_ms"] = (calls.end_ns - calls.trace_id.map(began_ns)) / 1e6
averaged = calls.groupby("called")[["from_ms", "to_ms"]].mean().sort_values("from_ms")
averaged.round(2)

# %% [markdown]
# ### Question: average first
#
# Walk back over this averaged table as if it were one request: one of the two services is not on that path. Set `lost` to a dict: `"service"` is that service,
# `"percent"` is the share of the **real** requests of `GET /products`, in %, in which it is on the critical path after all.
# Example of the form: `{"service": "ads", "percent": 12.5}`.

# %% answer="average-first"
lost = {"service": ..., "percent": ...}
### BEGIN SOLUTION
left_out = averaged.to_ms.idxmin()
signatures = traces.path_signature(lists)
lost = {"service": left_out, "percent": 100 * signatures.str.split(" > ").map(lambda path: left_out in path).mean()}
### END SOLUTION

# %% check="average-first"
check("average-first", lost)

# %% [markdown]
# So the order of the two steps matters: **walk each request, then add up**. Add up first, and the straggler of some requests is gone before you look.
#
# ## 5. What would you save?
#
# Now the second half of the question. If a call took less time, how much earlier would the *customer* have her page? On paper first, with three steps:

# %%
example = paper([
    ("page", "", "frontend", "page", "SERVER", 0, 100),
    ("long", "page", "frontend", "long", "CLIENT", 0, 60),
    ("first", "page", "frontend", "first", "CLIENT", 0, 45),
    ("second", "page", "frontend", "second", "CLIENT", 46, 95),
])
plot.waterfall(example, path=False, title="A page on paper")

# %% [markdown]
# `first` is made 25 ms shorter: it takes 20 ms instead of 45. **Step 1: shorten the bar.** It ends at 20. **Step 2: move who waited for it.** `second` began after `first` had ended,
# 1 ms later. `long` was still running then, so `second` did not wait for `long`. It moves to 20 + 1 = 21 ms and ends at 70.
# **Step 3: keep the page's tail.** The page went on for 5 ms after its last call, so it ends at 75. Saved: 25 ms, all of it. The library does the same three steps:

# %%
retimed = traces.retime(example, "first", 20)
plot.waterfall(retimed, path=False, title="The same page, retimed")

# %% [markdown]
# Step 2 has one more rule. Whoever began after *several* calls had ended waits for **all** of them. The gap is the one it had to whoever ended last *before* the change;
# it keeps it behind whoever ends last *after* the change.
# With that, the next one is yours.

# %%
page = paper([
    ("page", "", "frontend", "page", "SERVER", 0, 100),
    ("goods", "page", "frontend", "goods", "CLIENT", 4, 30),
    ("similar", "page", "frontend", "similar", "CLIENT", 32, 72),
    ("banner", "page", "frontend", "banner", "CLIENT", 33, 62),
    ("price", "page", "frontend", "price", "CLIENT", 74, 94),
])
plot.waterfall(page, path=False, title="Another page on paper")

# %% [markdown]
# ### Question: what would you save
#
# Somebody offers to make the call `similar` twice as fast: 20 ms instead of 40. Without running `retime`, do the three steps on paper.
# How long would the **whole page** then take? Set `page_ms` to that number of milliseconds. Example: the worked page above would give `75`.

# %% answer="what-would-you-save"
page_ms = ...
### BEGIN SOLUTION
page_ms = traces.retime(page, "similar", 20).duration_ms.max()
### END SOLUTION

# %% check="what-would-you-save"
check("what-would-you-save", page_ms)

# %% [markdown]
# Next prediction: what if `similar` took 35 ms, and what if it took no time at all? Write down both page times, then run this.

# %%
def root_ms(spans):
    """How long the customer waited, in ms: the duration of the span without a parent."""
    return float(spans[spans.parent_span_id == ""].duration_ms.max())


[root_ms(traces.retime(page, "similar", takes_ms)) for takes_ms in (35, 0)]

# %% [markdown]
# The first milliseconds are saved in full. Then the next branch takes over, and every further millisecond is saved for nobody.
#
# ### Question: best candidate
#
# Write `best(spans)` for the spans of **one** request. Of the page's own calls, the rows of `page_calls(spans)`, which one would save the customer most if it took 0 ms?
# Return a dict: `"call"` is its `span_id`, `"saved_ms"` the number of ms by which the root gets shorter. Try each call with `traces.retime(spans, span_id, 0)`, unrounded.
# (The library has this number too; here it is switched off.)
# Example: the page on paper above gives `{"call": "goods", "saved_ms": 26.0}`.

# %% answer="best-candidate"
def best(spans):
    """The call of the page that would save most if it took no time, and how many ms that would be."""
    ### BEGIN SOLUTION
    now_ms = root_ms(spans)
    saved = {call: now_ms - root_ms(traces.retime(spans, call, 0)) for call in page_calls(spans).span_id}
    call = max(saved, key=saved.get)
    return {"call": call, "saved_ms": saved[call]}
    ### END SOLUTION
    return ...

# %% check="best-candidate"
check("best-candidate", best)

# %% [markdown]
# What you have just computed has a name. A call's **drag** is what the request would save if the call took no time: up to the point where the next branch takes over.
# A call off the path has drag 0, however long it is. `traces.drag` gives it for every span; here are a typical product page's own calls, with their durations beside it.
# Predict for each: is its drag equal to its duration, smaller, or 0?

# %%
product_page = morning.trace_at("GET /product/{id}", 0.5)
own_calls = page_calls(product_page)
own_calls["drag_ms"] = own_calls.span_id.map(traces.drag(product_page))
own_calls[["called", "name", "duration_ms", "drag_ms"]].round(2)

# %% [markdown]
# ## 6. What could leave the product page?
#
# Two of these calls are said to be optional: a product page without recommendations or without a banner is still a page one can buy from.
# "Leaving the path" means: the page is sent without waiting, and the rest is filled in later. Which of the two is worth the work?
# One request does not tell, so take the drag of both in all product pages. Predict the two medians.

# %%
product_pages = spans_of(morning, "GET /product/{id}")
held_up = page_calls(product_pages)
held_up["drag_ms"] = held_up.span_id.map(traces.drag(product_pages))
optional = held_up[held_up.called.isin(["recommendation", "ads"])]
optional.groupby("called").drag_ms.describe(percentiles=[0.5, 0.95])[["count", "50%", "95%", "max"]].round(2)

# %% [markdown]
# One caution first. At the start of the page, `catalog` and `cart` are asked at the same time. What if **neither** took any time: would you save the sum of their drags,
# more, or less? Predict, then prove it by retiming the typical page twice.

# %%
first_two = own_calls.set_index("called").span_id[["catalog", "cart"]]
without_one = traces.retime(product_page, first_two["catalog"], 0)
without_both = traces.retime(without_one, first_two["cart"], 0)
sum_of_drags = traces.drag(product_page)[first_two].sum()
saved_by_both = root_ms(product_page) - root_ms(without_both)
pd.Series({"sum of both drags, ms": sum_of_drags, "saved by both, ms": saved_by_both}).round(2)

# %% [markdown]
# Drags don't add up: each is measured while the other still stands in the way. So say of each proposal what else it leaves in place.
#
# ### For your mentor: what to move
#
# Answer the head of the shop in two to four sentences: which call would you let leave the path of the product page, what would that save the typical customer (in ms, of how many requests),
# and what would she miss? Say one thing that retiming can't know.

# %% [markdown] reflect="what-to-move"
# ### BEGIN SOLUTION
# I would let the recommendations leave: they are on the path of nearly every product page, and without them the typical page would be sooner by the median of their drag in the table above,
# of all product pages of that morning. The customer would see the product at once and the suggestions a moment later. Retiming assumes that nothing else changes: it can't know
# whether the other calls would become faster or slower when they no longer share the machine, and it takes the time stamps' word for who waited for whom.
# ### END SOLUTION

# %% [markdown]
# ## 7. Many small calls
#
# The home page shows its prices in the customer's currency, and asks `currency` for them. Each of these calls is quick, so nobody ever worried.
# Write down: what share of the typical home page do you expect them to have?

# %%
home_page = morning.trace_at("GET /", 0.5)
conversions = home_page[(home_page.service == "frontend") & (home_page.name == "GET /convert")]
print(len(conversions), "calls in a page of", round(root_ms(home_page), 1), "ms")
conversions.duration_ms.agg(["median", "max", "sum"]).round(2)

# %% [markdown]
# One call for each product, one after the other: that is the shape called **N+1**. One question gets the list, then one more question for each of its N rows.
# No single call is slow, and no list of the slowest spans will ever show them. What shows them is counting alike children of one parent:
# **Step 1: group by parent and name. Step 2: count and add up. Step 3: sort by the count.**

# %%
def alike(spans):
    """Alike calls under one parent: how many, and how many ms they take in all. The most numerous come first."""
    calls = spans[spans.kind == "CLIENT"].groupby(["trace_id", "parent_span_id", "service", "name"]).duration_ms
    return calls.agg(["count", "sum"]).sort_values("count", ascending=False).droplevel("trace_id").reset_index()


alike(home_page).head(3)

# %% [markdown]
# Now two incidents. When a page has become slow because of a service, it helps to know by which **mechanism**. Seven of them:
#
# - `slow itself`: it works longer on its own, and asks nobody more often than before
# - `many small queries`: it asks its database again for every row
# - `one slow query`: a single question to its database takes most of the time
# - `waits for another`: a service that it asks has become slow
# - `slow connection`: the time passes between a client span and its server span
# - `no answer`: whoever asks it gives up waiting
# - `nothing is wrong`: it takes as long as ever, and so do the pages that need it
#
# And this is what is known about Tuesday:

# %%
lunch = Recording.open("tuesday-lunch", datasets)
quick, slow = lunch.trace_at("GET /", 0.1), lunch.trace_at("GET /", 0.9)
print(lunch.card["symptoms"])
plot.durations(lunch.traces().query("route == 'GET /'"), title="GET /: how long each request took")

# %% [markdown]
# ### Question: Tuesday's home page
#
# Around noon the home page took longer. Why? Compare the `quick` home page with the `slow` one. Set `tuesday` to a dict: `"service"` is where the time comes from, `"mechanism"` one of the seven above,
# `"evidence"` a list of three or more span ids from slow home pages of this recording (one page may hold only one of them). If calls repeat, name the spans they hang **under**.
# Form: `{"service": "cart", "mechanism": "no answer", "evidence": ["0a…", "1b…", "2c…"]}`.

# %% answer="n-plus-one"
tuesday = {"service": ..., "mechanism": ..., "evidence": ...}
### BEGIN SOLUTION
crowded = alike(spans_of(lunch, "GET /")).query("count > 100")
small = (crowded["sum"] / crowded["count"]).median() < 1
tuesday = {
    "service": crowded.service.mode().item(),
    "mechanism": "many small queries" if len(crowded) and small else "nothing is wrong",
    "evidence": crowded.parent_span_id.tolist(),
}
### END SOLUTION

# %% check="n-plus-one"
check("n-plus-one", tuesday)

# %% [markdown]
# ## 8. On your own: Friday's deploys
#
# A **deploy** puts a new version of a service in place; a roll-back puts the old one back. Every deploy before the trouble is a suspect,
# and to stand near it in time is no proof. First what people wrote (people exaggerate: see which pages really were), then what was done.
#
# Three moments cut the morning into four stretches: before all of them (0), after the first (1), after the second (2), after the third (3).
# The second cell shows the product pages of each. `friday_pages[stretch == 2]` are those of stretch 2, for example for `share_by_owner`.

# %%
friday = Recording.open("friday-deploy", datasets)
print(friday.card["symptoms"])
plot.durations(friday.traces(), log=True, title="Friday: how long each request took")

# %%
began_ns = friday.traces().start_ns.min()
after_s = ((friday.deploys.time_ns - began_ns) / 1e9).round(1)
print(friday.deploys.assign(after_s=after_s)[["after_s", "service", "from", "to"]])

friday_pages = friday.traces().query("route == 'GET /product/{id}'")
stretch = sum((friday_pages.start_ns > moment).astype(int) for moment in friday.deploys.time_ns)
friday_pages.groupby(stretch.rename("stretch")).duration_ms.agg(["count", "median"]).round(1)

# %% [markdown]
# ### Question: which deploy?
#
# Which service made the pages slow, and how? Set `deploys` to a dict with `"service"`, `"mechanism"` (one of the seven in part 7) and `"evidence"`: three or more ids of SERVER spans
# from this recording in which that service did what you say: spans that waited for the culprit are no evidence, nor are its quick ones.
# Form: `{"service": "cart", "mechanism": "no answer", "evidence": ["0a…", "1b…", "2c…"]}`.

# %% answer="two-deploys"
deploys = {"service": ..., "mechanism": ..., "evidence": ...}
### BEGIN SOLUTION
moments = friday.deploys.time_ns.tolist()
before, trouble = friday_pages[stretch == 0], friday_pages[stretch == len(moments) - 1]
grew = share_by_owner(friday, trouble).sub(share_by_owner(friday, before), fill_value=0)
culprit = grew.idxmax()
worked = friday.spans.assign(self_ms=traces.self_time(friday.spans).to_numpy())
worked = worked[(worked.service == culprit) & (worked.kind == "SERVER")]
usual_ms = worked[worked.start_ns < moments[0]].self_ms.median()
heavy = worked[worked.start_ns.between(moments[-2], moments[-1]) & (worked.self_ms > 5 * usual_ms)]
deploys = {
    "service": culprit,
    "mechanism": "slow itself" if len(heavy) >= 3 else "slow connection",
    "evidence": heavy.span_id.tolist(),
}
### END SOLUTION

# %% check="two-deploys"
check("two-deploys", deploys)

# %% [markdown]
# ## 9. Look back
#
# ### For your mentor: a message to the channel
#
# It is Friday, the pages are slow, and nothing has been rolled back yet. Write the message you would post for your colleagues, two to four sentences: what customers feel,
# what you propose and on what evidence (with a number and n), and why you do *not* touch the other deploy.

# %% [markdown] reflect="message-to-the-channel"
# ### BEGIN SOLUTION
# Since the second deploy every page that needs catalog is slow. Catalog's own time in a request has gone from a few ms to over a hundred,
# and its share of the critical time of the product page from a small part to most of it, in all the product pages since then. I propose to roll back catalog now.
# The other deploy came earlier: pages stayed quick between the two, and that service's own time has hardly changed, so rolling it back would cost time and prove nothing.
# ### END SOLUTION

# %% [markdown]
# ## What you now know
#
# - One request shows one path. How often a service is critical, and how much of the critical time it has, only many requests of one route can say; and you say of how many.
# - A client span's own time belongs to the edge, not to the caller.
# - The slowest 5 % are made of other things than the middle. Walk each request, then add up; never average first.
# - A saving ends where the next branch takes over. Drag says how much there is to gain, retiming proves it, and drags don't add up.
# - N small calls, one after the other, add up, and the work of asking N times comes on top. Count alike children.
# - A deploy just before the trouble is a suspect, no more.
#
# **Hand it in:** save both notebooks of this module, open a terminal in JupyterLab (File > New > Terminal) and run `watchkeeper submit 01-critical-path`.
# It writes one file with both in it, for your mentor.

# %%
progress()
