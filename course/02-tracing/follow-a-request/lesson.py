# %% [markdown]
# # Follow a request
#
# A shopper writes: "I tried to pay again and again." Three teams have looked, and each says that its own service is fine. Somebody has to follow the request through all of them.
#
# **Three questions from earlier modules.** Answer them aloud, then open the lines below.
#
# 1. A span names a parent that is not in the table. What is it called, and what has happened?
# 2. In a CLIENT span from `frontend` to `cart`, 8 of 10 ms have no SERVER span below them. Whose time is that: `frontend`'s, `cart`'s, or somebody else's?
# 3. A service was deployed two minutes before the trouble. What does that prove?
#
# <details><summary>Answers</summary>
#
# 1. An orphan. Its parent was never written, or got lost on its way to you.
# 2. The edge's, `frontend → cart`. Nobody works in a client span: something is on its way, or queues.
# 3. Nothing. It makes that deploy a suspect, no more.
#
# </details>
#
# **By the end you can**
#
# - say what travels with a request from service to service, and read one span as it stands in a file;
# - pair the two spans of a call, and tell the time on the edge from the time in the service;
# - draw who calls whom, how often for one request, and follow a message into a trace of its own;
# - count failures by where they began, and tell them from errors that are passed on or that nobody felt.
#
# **Not covered:** clocks that disagree, sampling, lost spans and headers (next notebook); how to put tracing into a program.
#
# **Time:** 130 minutes in all, in two sittings: stop after part 4. If one question holds you longer than 15 minutes, use `hint()`, or go on and come back.

# %% tags=["parameters"]
datasets = None  # a school may name the folder of its own recordings here

# %%
import json
from textwrap import fill

import pandas as pd

from watchkeeper import Recording, plot, traces
from watchkeeper.check import check, hint, progress
from watchkeeper.check.inputs import paper

morning = Recording.open("monday-morning", datasets)
columns = ["span_id", "parent_span_id", "service", "name", "kind", "duration_ms"]

# %% [markdown]
# ## 1. What travels with a request
#
# Each service writes its own spans and knows nothing of the others'. Here is how many spans each of them wrote for one order. Predict first:
# could the team of `payment` rebuild this request from what it wrote itself?

# %%
order = morning.trace_at("POST /checkout", 0.5)
order.service.value_counts()

# %% [markdown]
# What joins these rows is one line that travels in the header of every HTTP call. It is called `traceparent`, and the W3C's *Trace Context* defines it. This is the example in that standard:
#
# `traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`
#
# | part | what it is | whose it is |
# |---|---|---|
# | `00` | version of the format | the standard's |
# | 32 hex digits | the **trace id** | the whole request's: made once at its beginning, passed on unchanged |
# | 16 hex digits | a **span id** | the sender's: the CLIENT span in which it waits for the answer |
# | `01` | flags; `01` says that this request is being recorded | the sender's |
#
# These ids and flags are a span's **context**. To hand it over is called **propagation**: the sender *injects* the header, the receiver *extracts* it, and its SERVER span takes
# the 16 digits as its parent. Worked on the first call of a cart page: **Step 1: the sender's span. Step 2: write the header. Step 3: look who has it as parent.**

# %%
cart_page = morning.trace_at("GET /cart", 0.5)
asks = cart_page[(cart_page.service == "frontend") & (cart_page.kind == "CLIENT")].sort_values("start_ns").iloc[0]
print(f"traceparent: 00-{asks.trace_id}-{asks.span_id}-01")
cart_page[cart_page.parent_span_id == asks.span_id][columns]

# %% [markdown]
# A parent that lives in another process is a **remote** parent. In the files a bit of a span's flags says so: 768 marks a span whose parent came in by a header, 256 all others.
# Predict: which kind of span will have 768? (`crosstab` counts how often each pair of values occurs.)

# %%
pd.crosstab(morning.spans.kind, morning.spans["flags"])

# %% [markdown]
# There is a second header, `baggage`: names and values that somebody puts in on the way, such as `tier=gold`, and that every service behind can read. It is not part of any span unless a program
# copies it there. And it goes wherever the request goes, to other companies too: nothing secret or personal belongs into it.
#
# ### Question: the headers that arrived
#
# Write `headers(spans)` for the table of one trace. It returns a dict from the id of each SERVER span that has a parent to the header value that reached it: version `00`, trace id,
# the sender's span id, flags `01`, joined by hyphens. The sender's own span may be missing from the table: its header arrived all the same.
# Example: in the trace `t1`, a SERVER span `b` below a CLIENT span `a` gives `{"b": "00-t1-a-01"}`.

# %% answer="sent-headers"
def headers(spans):
    """The traceparent that reached each SERVER span, by its span id."""
    ### BEGIN SOLUTION
    reached = spans[(spans.kind == "SERVER") & (spans.parent_span_id != "")]
    return {span.span_id: f"00-{span.trace_id}-{span.parent_span_id}-01" for span in reached.itertuples()}
    ### END SOLUTION
    return ...

# %% check="sent-headers"
check("sent-headers", headers)

# %% [markdown]
# ## 2. One span, by hand
#
# A recording's file holds lines in OTLP/JSON, OpenTelemetry's own format. You will meet it in any tool that exports traces, and it can be read without one. Three levels:
# a **resource** (who writes: service, host), in it **scopes** (which library measured), in these the **spans**. Times are nanoseconds since 1970, written as text; a million of them make a millisecond. Read this one before you run it.
# Which names will each of the three levels have? And how long did it take?

# %%
line = """{"resourceSpans": [{"resource": {"attributes": [
  {"key": "service.name", "value": {"stringValue": "shipping"}},
  {"key": "host.name", "value": {"stringValue": "shop-3"}}]},
 "scopeSpans": [{"scope": {"name": "instrumentation.httpx"}, "spans": [{
  "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "parentSpanId": "0a25b20e3df06b11",
  "name": "GET /depots/{town}", "kind": 3,
  "startTimeUnixNano": "1700000000900000000", "endTimeUnixNano": "1700000000946500000",
  "attributes": [{"key": "net.peer.name", "value": {"stringValue": "carrier"}},
   {"key": "http.status_code", "value": {"intValue": "404"}}], "status": {"code": 2}}]}]}]}"""
written = json.loads(line)["resourceSpans"][0]
print("resource:", *[one["key"] for one in written["resource"]["attributes"]])
print("scope:   ", *written["scopeSpans"][0]["scope"], "\nspan:    ", *written["scopeSpans"][0]["spans"][0])

# %% [markdown]
# `kind` and `status.code` are numbers. These are their words:
#
# | kind | 0 | 1 | 2 | 3 | 4 | 5 |
# |---|---|---|---|---|---|---|
# | | UNSPECIFIED | INTERNAL | SERVER | CLIENT | PRODUCER | CONSUMER |
#
# `status.code`: 0 UNSET, 1 OK, 2 ERROR. **Attributes** are facts about the whole span, named by the *semantic conventions*. A span can also have **events** (something that happened at one moment, such as
# an exception) and **links** (other spans it owes something to, in any trace); you will use both below.
#
# ### Question: one line
#
# Read the span in `line` by hand. Set `seen` to a dict: `"service"` is the service that **wrote** it, `"kind"` its kind as a word, `"ms"` its duration in ms,
# `"parent"` the id of its parent span, `"error"` True or False: does its status say that it is one?
# Example of the form: `{"service": "cart", "kind": "INTERNAL", "ms": 12.5, "parent": "00f0…", "error": False}`.

# %% answer="one-line"
seen = {"service": ..., "kind": ..., "ms": ..., "parent": ..., "error": ...}
### BEGIN SOLUTION
one_span = written["scopeSpans"][0]["spans"][0]
names = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"]
seen = {
    "service": written["resource"]["attributes"][0]["value"]["stringValue"],
    "kind": names[one_span["kind"]],
    "ms": (int(one_span["endTimeUnixNano"]) - int(one_span["startTimeUnixNano"])) / 1e6,
    "parent": one_span["parentSpanId"],
    "error": one_span["status"]["code"] == 2,
}
### END SOLUTION

# %% check="one-line"
check("one-line", seen)

# %% [markdown]
# `http.status_code` and `net.peer.name` are old names. The conventions for HTTP became stable in 2023, and it is now `http.response.status_code` and `server.address`; programs out there write either, some write both.
# Our `Recording` gives you stable names whatever the file says. A table from any other tool holds what was written, so in part 6 you will write a function that knows both:
# a chart that falls to zero after an update is often nothing but a name.
#
# ## 3. Two spans, one call
#
# A call is seen from two sides: the CLIENT span is how long somebody waited, the SERVER span how long somebody worked on the answer.
# Worked on the cart page: **Step 1: each SERVER span with its parent. Step 2: both durations side by side. Step 3: subtract.** Write down first:
# what is in the difference, and can it be negative? (`merge` joins two tables row by row; `suffixes` tells their columns of the same name apart.)

# %%
def paired(spans):
    """One row a SERVER span whose CLIENT span is there: who called whom, and both durations."""
    clients = spans[spans.kind == "CLIENT"][["span_id", "service", "duration_ms", "start_ns"]]
    servers = spans[spans.kind == "SERVER"][["trace_id", "span_id", "parent_span_id", "service", "duration_ms"]]
    pairs = servers.merge(clients, left_on="parent_span_id", right_on="span_id", suffixes=("_server", "_client"))
    pairs["edge"] = pairs.service_client + " → " + pairs.service_server
    return pairs.rename(columns={"duration_ms_client": "client_ms", "duration_ms_server": "server_ms"})


pairs = paired(cart_page)
pairs["gap_ms"] = pairs.client_ms - pairs.server_ms
pairs[["edge", "client_ms", "server_ms", "gap_ms"]].round(2)

# %% [markdown]
# The difference is the **hop gap**: the way there and back, queues, packing and unpacking the message, a proxy between the two. It belongs to the edge. You subtract *durations*, so it does not matter
# whether the two hosts' clocks agree. A SERVER span lasts until its last byte is sent and can outlast its CLIENT span: then there is no gap, not a negative one.
#
# What is between two services need not be a cable alone: a proxy or load balancer may pass calls on, and some shops put a proxy beside each service, which is called a *service mesh*.
# None of these belongs to the caller's or to the called service's team; whoever runs the network or the platform looks after them.
#
# A recording has CLIENT spans without any SERVER span, too. Predict whom they call, then look:

# %%
home_page = morning.trace_at("GET /", 0.5)
alone = home_page[(home_page.kind == "CLIENT") & ~home_page.span_id.isin(home_page.parent_span_id)]
alone[["service", "name", "duration_ms"]].round(2)

# %% [markdown]
# A database writes no spans, so nobody knows how much of these calls was on the way: leave them out rather than guess. The opposite happens as well: a proxy in between tries a call again by itself, and one
# CLIENT span gets **two** SERVER spans. Both are work for that call.
#
# ### Question: hop gaps
#
# Complete `gaps(spans)`: `worked_ms` is a Series from CLIENT span id to the durations of all SERVER spans right below it, added up, in **ms**; clients without one are not in it.
# pandas then subtracts id by id, `dropna` leaves out ids that only one side has, and `clip` turns what is negative into 0.
# Example: a client of 10 ms over servers of 3 ms and 4 ms has `worked_ms` 7.0, and a gap of 3.0.

# %% answer="my-gaps"
def gaps(spans):
    """The hop gap in ms by CLIENT span id, for the calls that a SERVER span answers."""
    waited_ms = spans[spans.kind == "CLIENT"].set_index("span_id").duration_ms
    worked_ms = ...
    ### BEGIN SOLUTION
    worked_ms = paired(spans).groupby("parent_span_id").server_ms.sum()
    ### END SOLUTION
    return (waited_ms - worked_ms).dropna().clip(lower=0)

# %% check="my-gaps"
check("my-gaps", gaps)

# %% [markdown]
# From here on `traces.hop_gaps` does it, one row a client span, for any number of requests. (Where two tries ran on one host *at the same time*, it counts that time once; tries one after the other add up, as yours do.)
# Below, `quantile` gives the middle and the 95th percentile of each edge, and `unstack` puts the two side by side. This is a healthy morning: which edge has the longest typical gap, do you think, and is it anywhere near
# what people mean by "it's the network"?

# %%
gap_by_edge = traces.hop_gaps(morning.spans).dropna().groupby(["caller", "called"]).gap_ms
gap_by_edge.quantile([0.5, 0.95]).unstack().sort_values(0.5, ascending=False).head(6).round(2)

# %% [markdown]
# All of these processes share one machine, so there is hardly any network in it: what you see is packing and unpacking, and processes that wait for their turn.
#
# ## 4. Who calls whom
#
# Pairs of all requests together give the **service graph**: a box a service, an arrow an edge. Before you run it: how many arrows will end at `catalog`? Which edge has the most calls? Does `email` hang together with the rest?
# (The figure counts a message that is handed over, `by link`, as well; it is no call, and part 5 is about it.)

# %%
graph = traces.service_graph(morning.spans)
plot.service_map(graph, title="Monday morning: who calls whom")

# %% [markdown]
# Beware of the number on an arrow. The edge with the most calls need not be the one that most requests use: a single page may ask the same service many times over, which is called **fan-out**.
# So there are two questions: in how many requests does the edge occur, and how many calls does such a request make?
#
# ### Question: calls for one request
#
# Write `calls_for_one(spans)` for the spans of many requests: a dict (or a Series) from edge, as `paired(spans)` writes it, to the mean number of calls **per request in which the edge occurs**.
# Leave out databases (they are in no pair). Two decimals are enough.
# Example: 6 calls `frontend → cart` in 2 of 3 requests, none in the third, give `{"frontend → cart": 3.0, …}`.

# %% answer="calls-for-one"
def calls_for_one(spans):
    """Mean number of calls by edge, over the requests that have at least one."""
    ### BEGIN SOLUTION
    by_edge = paired(spans).groupby("edge")
    return by_edge.size() / by_edge.trace_id.nunique()
    ### END SOLUTION
    return ...

# %% check="calls-for-one"
check("calls-for-one", calls_for_one)

# %% [markdown]
# The library's graph has it as `calls_per_trace`. Beside it stand the three numbers that most teams put on their first dashboard; Tom Wilkie named them RED: **r**ate, **e**rrors, **d**uration (here the caller's, for
# that is what is waited for). Predict first: which edge leads in calls for one request? Will the same edge have the longest duration?

# %%
red = ["caller", "called", "calls_per_trace", "rate_per_s", "error_share", "client_p50_ms", "client_p95_ms"]
graph[graph.kind == "call"].sort_values("calls_per_trace", ascending=False)[red].round(2)

# %% [markdown]
# Predict: which page is to blame for the edge on top?

# %%
top = graph[graph.kind == "call"].nlargest(1, "calls_per_trace").iloc[0]
calls = paired(morning.spans).query("edge == @top.caller + ' → ' + @top.called")
by_route = calls.groupby(calls.trace_id.map(morning.traces().set_index("trace_id").route))
(by_route.size() / by_route.trace_id.nunique()).round(1)

# %% [markdown]
# This is the end of the first sitting.
#
# ## 5. An order and its mail
#
# After an order the shop sends a mail. `checkout` writes a note into its **outbox**, and the `email` service looks there every second. Nobody waits for it.
# Predict: will the mail stand in the waterfall of the order?

# %%
plot.waterfall(order, path=False, title="A typical order")

# %% [markdown]
# All you see of it is `send outbox`, a span of the kind PRODUCER. The mail is written in another trace, which starts with a CONSUMER span. It has no parent. Predict what it has instead.

# %%
mail = morning.spans[morning.spans.kind == "CONSUMER"].iloc[0]
print("trace", mail.trace_id, "parent", repr(mail.parent_span_id))
mail.links

# %% [markdown]
# A **link** names a span in another trace: "this is why I exist". It is no parent: the mail is in no tree of the order, counts in no self time and on no critical path. To follow an order to its mail, you
# go by the link. The function below does that.
#
# ### Question: how long mails wait
#
# Complete the two blanks in `waits(recording)`: `sender` is the id of the span that the link names, `waited_ns` the nanoseconds from the **end** of that span to the **start** of the consumer.
# It returns a dict from the PRODUCER's span id to the ms that its message waited. Example: sent until 20 ms, taken at 320 ms gives 300.0.

# %% answer="mail-waits"
def waits(recording):
    """Milliseconds that each message waited, by the span id of its PRODUCER."""
    spans = recording.spans
    end_ns = spans.set_index("span_id").end_ns
    found = {}
    for consumer in spans[spans.kind == "CONSUMER"].itertuples():
        for link in consumer.links:
            sender = ...
            ### BEGIN SOLUTION
            sender = link["span_id"]
            ### END SOLUTION
            waited_ns = ...
            ### BEGIN SOLUTION
            waited_ns = consumer.start_ns - end_ns[sender]
            ### END SOLUTION
            found[sender] = waited_ns / 1e6
    return found

# %% check="mail-waits"
check("mail-waits", waits)

# %% [markdown]
# The library has `traces.linked` for this. The worker looks once a second. Predict from that alone: what will the shortest, the typical and the longest wait be, roughly?

# %%
traces.linked(morning.spans).gap_ms.describe()[["count", "min", "50%", "max"]].round(0)

# %% [markdown]
# A number that follows from how the thing works is worth more than one that was merely measured: when it no longer fits, you know that the worker is in trouble before any shopper asks for her mail.
#
# ## 6. Where errors begin
#
# First, what is an error? By OpenTelemetry's conventions for HTTP, a 404 is none for the *server*: it answered correctly that there is no such thing. For the *client* it is one: it did not get what it came for.
# From 500 on, both are. Programs may also state OK or ERROR themselves, and that counts more. So:
#
# | status | HTTP code | SERVER | CLIENT, and every other kind |
# |---|---|---|---|
# | OK or ERROR | any or none | as stated | as stated |
# | UNSET | 400–499 | no error | error |
# | UNSET | 500 and up | error | error |
# | UNSET | below 400, or none | no error | no error |
#
# (The conventions speak of SERVER and CLIENT only. Other kinds rarely carry a code; in this course they go with CLIENT.)
# A colleague has written a function for it, and a test, which passes:

# %%
def colleagues_errors(spans):
    """The span ids of the errors."""
    codes = spans.attributes.map(lambda attributes: attributes.get("http.response.status_code", 0))
    return set(spans.span_id[codes >= 400])


tested = paper([("x", "", "frontend", "GET /carts", "CLIENT", 0, 9), ("y", "x", "cart", "GET /carts", "SERVER", 1, 8)])
tested["attributes"] = [{"http.response.status_code": 500}, {"http.response.status_code": 500}]
print("passed" if colleagues_errors(tested) == {"x", "y"} else "not passed")

# %% [markdown]
# His test has one case. Here are eight. Decide for each by the rule above whether it is an error, and write down on which of them his function is wrong. There are more reasons than one.

# %%
cases = pd.DataFrame([
    ("a", "SERVER", "UNSET", {"http.response.status_code": 404}),
    ("b", "CLIENT", "UNSET", {"http.response.status_code": 404}),
    ("c", "SERVER", "UNSET", {"http.response.status_code": 500}),
    ("d", "CLIENT", "OK", {"http.response.status_code": 404}),
    ("e", "INTERNAL", "ERROR", {}),
    ("f", "SERVER", "UNSET", {"http.status_code": 503}),
    ("g", "CLIENT", "UNSET", {"http.status_code": 200}),
    ("h", "CLIENT", "UNSET", {}),
], columns=["span_id", "kind", "status", "attributes"])
sorted(colleagues_errors(cases))

# %% [markdown]
# ### Question: mend it
#
# Complete `errors(spans)`, so that it follows the rule: `code` is the HTTP code under its stable name or, where that is missing, under its old one, and 0 without either;
# `least` is the smallest code that is an error on this span's side. It returns the set of span ids that are errors. (The library's `is_error` is switched off meanwhile.)
# Example: on the colleague's test it still gives `{"x", "y"}`.

# %% answer="mended-errors"
def errors(spans):
    """The span ids of the errors, by the conventions for HTTP."""
    found = set()
    for span in spans.itertuples():
        code = ...
        least = ...
        ### BEGIN SOLUTION
        code = span.attributes.get("http.response.status_code", span.attributes.get("http.status_code", 0))
        least = 500 if span.kind == "SERVER" else 400
        ### END SOLUTION
        if span.status == "ERROR" or (span.status == "UNSET" and code >= least):
            found.add(span.span_id)
    return found

# %% check="mended-errors"
check("mended-errors", errors)

# %% [markdown]
# Now a complaint from a day you know nothing about. Here is one of the requests that failed: which of these spans is to blame? Predict from the figure, then read on.

# %%
complaint = Recording.open("carts-complaint", datasets)
failed = complaint.traces().query("status == 'ERROR'")
one_failure = complaint.trace(failed.trace_id.iloc[0])
plot.waterfall(one_failure, path=False, title="A page that failed")

# %% [markdown]
# **Step 1: take the error spans. Step 2: cross out each that has an error among its children.** It only passes on what it got: the error is **propagated**. **Step 3: what is left is an origin.**
# **Step 4: read its events.**

# %%
wrong = one_failure[one_failure.status == "ERROR"]
origin = wrong[~wrong.span_id.isin(wrong.parent_span_id)]
print(origin[["service", "name", "kind"]])
[(event["name"], event["attributes"]["exception.type"]) for event in origin.events.iloc[0]]

# %% [markdown]
# One failure, one origin, several error spans: whoever counts error spans counts each failure as often as it was passed on. (If nobody answered at all, the origin is the CLIENT span that gave up; then look at whom it had called.)
#
# There is a third kind. An error below a parent that is fine is **masked**: somebody could do without that answer. Such a request ends well, and its root says nothing of it.
#
# Now Saturday. This is what people say, and how many error spans each service wrote. Whom would you call? Write it down before the question.

# %%
saturday = Recording.open("saturday-orders", datasets)
print(fill(saturday.card["symptoms"]))
print(saturday.deploys[["service", "from", "to"]])
saturday.spans[saturday.spans.status == "ERROR"].service.value_counts()

# %% [markdown]
# ### Question: failures by origin
#
# Write `verdict(recording)`. It returns a dict with two dicts: under `"failed"`, for requests whose status in `recording.traces()` is ERROR, the number of requests by the **service in which an error began**;
# under `"masked"` the same for all other requests. Leave out services with 0. Use the stated `status` of spans. However many errors began in a service, the request counts once for it.
# Example of the form: `{"failed": {"cart": 3}, "masked": {"email": 2, "cart": 1}}`.

# %% answer="failures-by-origin"
def verdict(recording):
    """Requests by the service in which an error began: those that failed, and those that did not."""
    spans, requests = recording.spans, recording.traces()
    ### BEGIN SOLUTION
    wrong = spans[spans.status == "ERROR"]
    origins = wrong[~wrong.span_id.isin(wrong.parent_span_id)]
    did_fail = origins.trace_id.isin(requests.trace_id[requests.status == "ERROR"])
    return {
        "failed": origins[did_fail].groupby("service").trace_id.nunique().to_dict(),
        "masked": origins[~did_fail].groupby("service").trace_id.nunique().to_dict(),
    }
    ### END SOLUTION
    return ...

# %% check="failures-by-origin"
check("failures-by-origin", verdict)

# %% [markdown]
# Compare that with the list of error spans before it. For the reflection below you need one piece of evidence: the event of an origin in a request that failed. Predict what sort of exception it is: a time-out, a bug, a refusal?

# %%
origins = traces.error_origins(saturday.spans).query("role == 'origin'")
failed_orders = saturday.traces().query("status == 'ERROR'").trace_id
chosen = origins[origins.trace_id.isin(failed_orders)].span_id
began = saturday.spans[saturday.spans.span_id.isin(chosen)]
said = [event["attributes"] for events in began.events for event in events]
{f"{one['exception.type']}: {one['exception.message']}" for one in said}

# %% [markdown]
# A `KeyError` names what was looked up in a table and not found. Three capital letters are a currency here: `DKK` is the Danish krone.
#
# ### For your mentor: whom to call
#
# Write the message with which you call one team on that Saturday, two to four sentences: who is harmed and how often, where it begins and what shows it (a number, an exception),
# and why you leave the louder teams in peace: whoever has more error spans, or more origins.

# %% [markdown] reflect="whom-to-call"
# ### BEGIN SOLUTION
# Payment team, please look: since your deploy some orders fail, and in every request that failed the first error is in your `POST /charges`, with a KeyError for a currency.
# Checkout and the frontend only pass it on; the frontend has the most error spans because each of these failures crosses it, and because it also writes the calls to ads that failed.
# The errors of ads are masked: each of those pages was delivered, so nobody has to get up for them tonight.
# ### END SOLUTION

# %% [markdown]
# ## 7. On your own: Wednesday noon
#
# Another day, and no error anywhere. Read, look at the figure and at the medians of each ten seconds below it, and write down when it began and ended.
# Then form a hypothesis *before* you compute anything.

# %%
noon = Recording.open("wednesday-noon", datasets)
print(noon.card["symptoms"].split(". ")[0])
plot.durations(noon.traces(), noon.deploys, log=True, title="Wednesday noon: how long each request took")

# %%
visits = noon.traces().query("route in ['GET /', 'GET /cart', 'GET /product/{id}']")
since_s = (visits.start_ns - noon.spans.start_ns.min()) / 1e9
visits.duration_ms.groupby((since_s // 10 * 10).rename("from second")).median().round(1)

# %%
noon_calls = paired(noon.spans)
noon_calls["began_s"] = ((noon_calls.start_ns - noon.spans.start_ns.min()) / 1e9).round(1)
noon_calls[["edge", "span_id_client", "span_id_server", "client_ms", "server_ms", "began_s"]].head(3)

# %% [markdown]
# Six mechanisms to choose from:
#
# - `slow itself`: the called service works longer than before
# - `slow connection`: the time passes between a CLIENT span and its SERVER span
# - `many calls`: it is asked more often for one request than before
# - `waits for another`: it waits for a service that it asks itself
# - `no answer`: whoever asks it gives up waiting
# - `nothing is wrong`: calls take what they always took
#
# ### Question: which edge, and how?
#
# What made the pages take longer? Set `noon_finding` to a dict: `"edge"` as `paired` writes it (`->` is taken for the arrow), `"mechanism"` one of the six,
# `"evidence"` a list of three or more ids of CLIENT spans of that edge that show it, and of no healthy call.
# Form: `{"edge": "frontend -> ads", "mechanism": "no answer", "evidence": ["0a…", "1b…", "2c…"]}`.

# %% answer="noon-edge"
noon_finding = {"edge": ..., "mechanism": ..., "evidence": [...]}
### BEGIN SOLUTION
late = noon_calls[noon_calls.start_ns > noon.deploys.time_ns.min()]
held_up = late[late.client_ms - late.server_ms > 60]
edge = held_up.edge.mode().item()
held_up = held_up[held_up.edge == edge]
grew = held_up.server_ms.median() > 2 * noon_calls[noon_calls.edge == edge].server_ms.median()
noon_finding = {
    "edge": edge,
    "mechanism": "slow itself" if grew else "slow connection",
    "evidence": held_up.span_id_client.tolist(),
}
### END SOLUTION

# %% check="noon-edge"
check("noon-edge", noon_finding)

# %% [markdown]
# ## 8. Look back
#
# ### For your mentor: the roll-back
#
# It is Wednesday, the pages are slow, and a colleague is about to roll back the service that was deployed shortly before. Answer in two to four sentences: what you compared, with one number,
# what the other callers of that service felt, and whom you would ask instead (part 3 says who works between two services).

# %% [markdown] reflect="the-roll-back"
# ### BEGIN SOLUTION
# Please wait: the deployed service answers as fast as before. Its SERVER spans have the same median as before the trouble; only the CLIENT spans of one caller have grown, by about a tenth of a second a call.
# Other services ask it too, and their calls are as quick as ever, so it is not the service but the way to it from that one caller. I would ask whoever runs the network or the proxies there.
# ### END SOLUTION

# %% [markdown]
# ## What you now know
#
# - The trace id is the whole request's, the span id in the header is the sender's. Who receives it takes it as parent.
# - A call is two spans, or one, or three. The hop gap, client minus server, belongs to the edge, and clocks don't matter for it.
# - A graph counts calls; how many requests make them is another question. RED is rate, errors and duration of an edge or a service.
# - Links join traces. They are no children and nobody waits on them.
# - A 404 is an error for the client, not for the server. Count failures by origin, not error spans; look for masked ones below roots that are fine.
# - Whoever has the most error spans may only have passed them on.
#
# **Next:** `when-traces-lie`, the second notebook of this module: clocks, samples and spans that never come. Its last lines say how to hand both in together.

# %%
progress()
