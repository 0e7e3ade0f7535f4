# %% [markdown]
# # One incident, three signals
#
# Friday evening. `checkout` logs one error after another, and somebody has a finger on the button that rolls back the last deploy. You have the log, the traces and the metrics. What do you tell them?
#
# **Three questions from earlier modules.** Answer them aloud, then open the lines below.
#
# 1. In one request, `frontend`'s SERVER span, its CLIENT span to `cart` and `cart`'s SERVER span all have the status ERROR. How many failures is that, and where did it begin?
# 2. A call was asked at 100 ms, and by its own stamp it was received at 40 ms. What do you conclude?
# 3. A kind of record comes six times a minute, and none of it was there in the 20 s before a deploy. Is it new?
#
# <details><summary>Answers</summary>
#
# 1. One. It began in `cart`; the other two only passed it on.
# 2. The clocks of the two hosts differ: the one that received is behind the other by at least 60 ms.
# 3. Nobody knows. Two would have been expected, and none at all is then no wonder.
#
# </details>
#
# **By the end you can**
#
# - put records of several hosts in order where their stamps contradict each other;
# - tell the record of a cause from its echoes, also where the cause said nothing;
# - find failures that nobody logged, and choose among suspects by the requests they share, not by the clock;
# - compare a stretch of trouble with a healthy one in five ways, and judge what a difference is worth;
# - write the timeline of an incident from three signals.
#
# **Not covered:** tools that page people, postmortems (module 7), statistics of causes.
#
# **Time:** 150 minutes in all, in two sittings: the break is after part 4. If one question holds you longer than 15 minutes, use `hint()`, or go on and come back.

# %% tags=["parameters"]
datasets = None  # a school may name the folder of its own recordings here

# %%
from textwrap import fill

import pandas as pd

from watchkeeper import Recording, explore, logs, plot, suspects, traces
from watchkeeper.check import check, hint, progress

tuesday = Recording.open("tuesday-evening", datasets)

# %% [markdown]
# ## 1. Which came first?
#
# A record has two times. `time_ns`, the **event time**, says when it happened, by the clock of whoever wrote it. `observed_ns`, the **observed time**, says when the collection of logs first saw it: at once,
# or minutes later, when an agent sends what it has gathered as a **batch**. The rows of a file have a third order: that in which something wrote them down.
#
# Tuesday evening is the one on which one host's clock was off, by more than a tenth of a second. Predict: will the time from event to observation show which host it was?

# %%
lag_ms = (tuesday.logs.observed_ns - tuesday.logs.time_ns) / 1e6
lag_ms.groupby(tuesday.logs.host).describe()[["count", "50%", "max"]].round(3)

# %% [markdown]
# It does not: here both stamps are set inside the same process, by the same clock. (OpenTelemetry's data model expects that of records which its own libraries make. Where an agent reads a file, the observed time is the agent's.)
#
# What no clock can overrule is **causality**: a call is sent before it is received, and whoever waits for an answer goes on after it. Lamport (1978) made that the definition of "before" between machines.
# So a record of a server belongs *between* the start and the end of the call above it. Predict: between which pairs of hosts will most records lie outside?

# %%
calls = tuesday.spans[tuesday.spans.kind == "CLIENT"][["span_id", "host", "start_ns", "end_ns"]]
calls.columns = ["parent_span_id", "caller_host", "asked_ns", "answered_ns"]
above = tuesday.spans[["span_id", "parent_span_id"]].merge(calls, on="parent_span_id")
joined = tuesday.logs.merge(above, on="span_id")
joined["outside"] = (joined.time_ns < joined.asked_ns) | (joined.time_ns > joined.answered_ns)
print(joined.groupby(["caller_host", "host"]).outside.agg(["size", "mean"]).round(3))
logs.inversions(tuesday.logs, tuesday.spans)

# %% [markdown]
# The host that is in every impossible pair is the one whose clock is off. The second table counts **inversions**, pairs in the wrong order. The file's own order contradicts the stamps as well: each service hands its records over in batches, one service after another.
# Sort by the stamps, and effects stand before their causes: "record before its parent span" counts answers that were written before the question.
#
# Times written as *text* have one more trap. On paper: five records of one order, from a shop in which one host's clock is off, and some services write the time of another zone. `2026-03-06T11:00:04.300+01:00` is the same moment as `10:00:04.300Z`: the part behind the seconds
# says by how many hours and minutes the writer's zone is ahead of UTC, and `Z` means UTC itself. The observed times are those of one log store, in UTC. Two things are known: `frontend` asks `checkout`, which asks `payment`; each waits for the answer. And a parcel is a matter between `checkout` and `shipping`: no page waits for it.

# %%
story = pd.DataFrame([
    ("p", "2026-03-06T10:00:03.100Z", "10:00:04.700Z", "payment", "charged 12100 USD"),
    ("q", "2026-03-06T10:00:04.700Z", "10:00:09.000Z", "frontend", "page is out"),
    ("r", "2026-03-06T05:00:04.900-05:00", "10:00:06.000Z", "shipping", "parcel leaves"),
    ("s", "2026-03-06T11:00:04.300+01:00", "10:00:05.000Z", "checkout", "will ask for 12100 USD"),
    ("t", "2026-03-06T10:00:04.000Z", "10:00:08.900Z", "frontend", "order comes in"),
], columns=["record", "stamp", "observed", "service", "says"])  # fmt: skip
story

# %% [markdown]
# ### Question: five records
#
# Put the five records into the order in which they must have happened. Bring the stamps to one zone, find the record that cannot have been written then, and move only that one. Set `in_order` to a list of the
# five letters, the earliest first. Example of the form: `["p", "q", "r", "s", "t"]`.

# %% answer="five-records"
in_order = ...
### BEGIN SOLUTION
at = pd.to_datetime(story.stamp, utc=True)
trusted = story.assign(at=at)[story.service != "payment"].sort_values("at").record.tolist()
in_order = [*trusted[:2], "p", *trusted[2:]]  # after it was asked for, before the page that waits for it
### END SOLUTION

# %% check="five-records"
check("five-records", in_order)

# %% [markdown]
# ## 2. Cause and echo
#
# When a service fails, whoever called it fails as well, and writes an error too. Here is an order of Saturday that went wrong. Predict: how many services will have written an ERROR, and which of them first?

# %%
saturday = Recording.open("saturday-orders", datasets)
orders = saturday.traces().query("route == 'POST /checkout' and status == 'ERROR'")
failed_order = saturday.trace(orders.trace_id.iloc[0])
plot.log_timeline(failed_order, saturday.logs, title="An order that failed, and what the services wrote")

# %% [markdown]
# One failure, three errors. The record in the deepest span tells of the **cause**; those in the spans that waited for it are its **echoes**. Here the cause was also written first. Don't count on it: clocks differ, and some
# causes write nothing at all. The tree of spans is safer. From each alarmed record (WARN or above) one walks **down**:
#
# **Step 1: stand at the span of the record. Step 2: if children of it failed, go to the one that began first. Step 3: again, until no child failed. Step 4: name where you stand:**
# the span's service, or, at a CLIENT span, the edge. Nothing below it failed, so the callee gave no error that anybody saw: it was slow, or silent, or not there.
#
# On paper: `frontend` writes ERROR in its SERVER span. Below it failed its CLIENT span to `checkout`, below that `checkout`'s SERVER span, below that `checkout`'s CLIENT span to `cart`, and below that, nothing. The record goes back to `checkout → cart`.

# %%
def alarmed(recording):
    """The records of WARN and above that were written within a recorded span."""
    records = recording.logs[recording.logs.severity_number >= 13]
    return records[records.span_id.isin(recording.spans.span_id)]


def edge(span):
    """The edge that a client span is: its service, and whom it asks."""
    return f"{span.service} → {span.attributes['server.address']}"

# %% [markdown]
# ### Question: told of what?
#
# Complete the two blanks. `deeper` is the failed child that began first; `below` has the list of failed children for each span id. `cause` is `edge(span)` for a CLIENT span, else the span's service.
# The function returns a dict from cause to the number of alarmed **records** that go back to it. Example: the order in the figure adds 3 to the service in its deepest failed span.

# %% answer="told-of"
def told_of(recording):
    """How many alarmed records go back to each cause."""
    spans = recording.spans
    by_id = {span.span_id: span for span in spans.itertuples()}
    failed = spans[spans.status == "ERROR"]
    below = {parent: list(group.itertuples()) for parent, group in failed.groupby("parent_span_id")}
    counts = {}
    for record in alarmed(recording).itertuples():
        span = by_id[record.span_id]
        while span.span_id in below:
            deeper = ...
            ### BEGIN SOLUTION
            deeper = min(below[span.span_id], key=lambda child: child.start_ns)
            ### END SOLUTION
            span = deeper
        cause = ...
        ### BEGIN SOLUTION
        cause = edge(span) if span.kind == "CLIENT" else span.service
        ### END SOLUTION
        counts[cause] = counts.get(cause, 0) + 1
    return counts

# %% check="told-of"
check("told-of", told_of)

# %% [markdown]
# From here on `logs.echoes` and `logs.first_cause` do it for you. One warning: the walk goes from parent to child within one trace, and stops at a **link**. Work that waits in a queue is done in a trace of its own, so what went wrong there is never below the record: follow the link yourself.
#
# Sunday night's log is the louder one. Predict from memory: which service wrote the very first alarmed record, which wrote most, and what do they go back to?

# %%
sunday = Recording.open("sunday-night", datasets)
loud = alarmed(sunday).sort_values("time_ns")
print("first:", loud.service.iloc[0], "-", loud.body.iloc[0].splitlines()[0])
print(loud.service.value_counts().to_string())
logs.first_cause(sunday.logs, sunday.spans)[["cause", "what", "traces", "echoes", "silent"]]

# %% [markdown]
# The first one has nothing to do with that night: `shipping` tried again and got its bay. Who wrote most wrote echoes. And the service that could not keep up is only ever a *callee* in this table: it wrote not one line above INFO.
#
# ## 3. The failure that nobody logged
#
# Thursday morning. Read the complaint, and predict: whose records will be the alarmed ones, and will they be about that complaint?

# %%
thursday = Recording.open("thursday-morning", datasets)
print(fill(thursday.card["symptoms"]))
thursday.logs[thursday.logs.severity_number >= 13].service.value_counts()

# %% [markdown]
# Some of those "errors" are lines of one stack trace. None of them says anything about prices. A program that catches an exception and goes on, without a line about it, **swallows** it: the log stays quiet, the page is 200,
# and the customer has the damage. But an exception that leaves a span marks that span as failed, whoever catches it further out. So ask the spans for errors, and then ask who has **not** spoken.
#
# You know `traces.error_origins(spans)` from module 2: a row for each failed span with its `trace_id`, `service` and `role`, which is `"origin"` where the error began and `"propagated"` where it only came by.
#
# ### Question: unsaid
#
# Write `unsaid(recording)`: a dict from service to the number of requests (trace ids) in which an error began in a span of this service (role `"origin"`, column `service`), but which hold **no** record of severity number 17 or more **of this service**.
# Leave out services with 0. Example: errors of `cart` begin in 5 requests; in 2 of them `cart` wrote an ERROR, in a third `frontend` did: `{"cart": 3}`.

# %% answer="unsaid"
def unsaid(recording):
    """In how many requests an error began in a service that logged none, by service."""
    ### BEGIN SOLUTION
    origins = traces.error_origins(recording.spans).query("role == 'origin'")
    began = origins[["trace_id", "service"]].drop_duplicates()
    errors = recording.logs[recording.logs.severity_number >= 17]
    said = set(zip(errors.trace_id, errors.service))
    silent = [pair not in said for pair in zip(began.trace_id, began.service)]
    return began[silent].service.value_counts().to_dict()
    ### END SOLUTION
    return ...

# %% check="unsaid"
check("unsaid", unsaid)

# %% [markdown]
# ## 4. At the same time
#
# So there is a silent suspect. But `shipping` was deployed that morning too, and its errors grew at the same time. A colleague holds the wrong prices against both. `priced` reads the conversions out of the log, and a request is **harmed** when an amount came out
# unchanged in another currency. The table counts both by stretches of the morning. Predict: will the two begin together, and grow together?

# %%
def priced(recording):
    """One row a logged conversion: trace_id, time_ns, currency, and whether the amount is still the old one."""
    records = recording.logs[recording.logs.service == "currency"]
    parts = records.body.str.extract(r"^(\d+) cents in (\w+) are (\d+) in (\w+)$").dropna()
    wrong = (parts[0] == parts[2]) & (parts[1] != parts[3]) & (parts[0] != "0")
    return records.loc[parts.index, ["trace_id", "time_ns"]].assign(currency=parts[3], wrong=wrong)

# %%
no_bay = thursday.logs.query("service == 'shipping' and severity_number >= 17")
wrong_price = priced(thursday).query("wrong")
both = pd.concat([wrong_price.assign(what="wrong price"), no_bay.assign(what="shipping ERROR")])
began_ns = thursday.logs.time_ns.min()
both["from_s"] = (both.time_ns - began_ns) // 20_000_000_000 * 20
deployed_s = ((thursday.deploys.time_ns - began_ns) / 1e9).round(1)
print("deployed, s:", dict(zip(thursday.deploys.service, deployed_s)))
stretches = range(0, both.from_s.max() + 1, 20)
both.groupby(["what", "from_s"]).size().unstack(fill_value=0).reindex(columns=stretches, fill_value=0)

# %% [markdown]
# Both grew within the same stretch, because two services were deployed within seconds. Whatever begins then goes together **in time**: that is a shared moment, and no proof. A better witness is the request itself. If a thing did the harm, it is **in** the harmed requests, and it is
# missing in the others. `clues` has three candidates, each as the set of requests that hold it:

# %%
def clues(recording):
    """Three suspects, each with the trace ids of the requests in which it is found."""
    shipping = recording.logs.query("service == 'shipping' and severity_number >= 17")
    rates = recording.spans.query("name == 'exchange rate' and status == 'ERROR'")
    later = recording.traces().query("start_ns > @recording.deploys.time_ns.max()")
    held_by = {"no bay": shipping, "no rate": rates, "after both deploys": later}
    return {name: set(frame.trace_id) for name, frame in held_by.items()}


{name: len(found) for name, found in clues(thursday).items()}

# %% [markdown]
# ### Question: kin
#
# Write `kin(recording)`. Take all requests of `recording.traces()`. For each of the three clues compute the share of the **harmed** requests that hold it, minus the share of **all other** requests that hold it, in percentage points (−100 to 100).
# Return a dict from the clue's name to that number. Example: a clue in 6 of 8 harmed requests and in 10 of 100 others gives 75 − 10 = 65.

# %% answer="kin"
def kin(recording):
    """By how many percentage points each clue is more frequent in harmed requests than in the others."""
    ### BEGIN SOLUTION
    everybody = set(recording.traces().trace_id)
    harmed = set(priced(recording).query("wrong").trace_id)
    others = everybody - harmed
    return {name: 100 * (len(found & harmed) / len(harmed) - len(found & others) / len(others))
            for name, found in clues(recording).items()}  # fmt: skip
    ### END SOLUTION
    return ...

# %% check="kin"
check("kin", kin)

# %% [markdown]
# Predict which of the three numbers is the highest, put `kin(thursday)` under your function, and read it. One suspect is in the harmed requests and nowhere else. One was there for whoever came late, harmed or not. One hit orders, and some orders happened to be in the wrong currency.
# To be in the same request is still no *proof* of a cause, but it clears those who were not there.
#
# **Here is the break.** When you come back, run all cells above first (Run > Run All Above Selected Cell).
#
# ## 5. Compared with a healthy stretch
#
# Now a complaint without any error at all, neither in the log nor in a span. Where does one begin? With what is **different** from before. There are five places to look, and this is the order in which they are cheapest to read.
# Predict first: which of the first three will differ for lost items, if any?
#
# **Step 1: own time** of each service. **Step 2: gap** of each call, the time between client and server. **Step 3: errors** by where they begin.

# %%
basket = Recording.open("basket-complaint", datasets)
print(fill(basket.card["symptoms"]))
deployed_ns = basket.deploys.time_ns.min()
before, now = suspects.split(basket.spans, deployed_ns)
logs_before, logs_now = suspects.split(basket.logs, deployed_ns)
basket.deploys[["service", "from", "to"]]

# %%
def healthy_signs(spans):
    """By service: the middle of its own time and of the gap of calls to it, in ms; errors that begin in it."""
    work = spans.assign(own_ms=traces.self_time(spans).to_numpy()).query("kind == 'SERVER'")
    gaps = traces.hop_gaps(spans).groupby("called").gap_ms.median()
    begun = traces.error_origins(spans).query("role == 'origin'").service.value_counts()
    found = pd.DataFrame({"own": work.groupby("service").own_ms.median(), "gap": gaps, "errors": begun})
    return found.loc[sorted(set(work.service))].fillna(0)


pd.concat({"before": healthy_signs(before), "now": healthy_signs(now)}, axis=1).round(2)

# %% [markdown]
# **Step 4: structure.** What does each operation do, and what does it no longer do? Count the calls below each kind of SERVER span. This finds calls that are *missing*; own time may only hint at them, by work that became less. Predict: of the operations whose number of calls has changed most, what will they have in common?

# %%
def calls_each(spans):
    """How many calls an operation makes on average, by service and operation."""
    servers = spans[spans.kind == "SERVER"].set_index("span_id")
    below = spans[spans.kind == "CLIENT"].groupby("parent_span_id").size().reindex(servers.index, fill_value=0)
    return below.groupby(servers["service"] + ": " + servers["name"]).mean()


shape = pd.DataFrame({"before": calls_each(before), "now": calls_each(now)})
shape.assign(change=shape.now - shape.before).sort_values("change", key=abs, ascending=False).head(5).round(2)

# %% [markdown]
# **Step 5: the log**, by kind, as in the last notebook. Here the rates are per *request*, so that more visitors are no news. Predict: will any kind that is new since the deploy speak of lost items?

# %%
requests = len(before[before.parent_span_id == ""]), len(now[now.parent_span_id == ""])
said = logs.changes(logs_before, logs_now, exposure=requests)
shown = ["change", "service", "template", "before", "after", "p_value", "significant"]
said.sort_values("p_value")[shown].head(4)

# %% [markdown]
# What is not significant may be chance, and no significant kind speaks of a lost item. `suspects.rank` takes these five steps for every service and edge at once (own time and gaps only where a customer waited for them): it keeps what is too large and too steady for chance, with all its comparisons counted together (Holm, 1979), and puts first what costs customers most, as far as spans can tell.
# Predict what it will put first, and whether it will say *what* happened to the items.

# %%
ranking = suspects.rank(now, before, logs_now, logs_before)
print(fill(suspects.sentence(ranking)))
ranking[["where", "mechanism", "score", "n"]]

# %% [markdown]
# A difference says **where to look**. It does not say that anybody was hurt: a service that asks its database less often may have become better. That is yours to judge, and you need a question that belongs to the complaint: *does a cart hold what was put into it?* The log can be held against itself.
# Predict for the cart of this shopper: which line cannot be true beside the one before it?

# %%
carts = basket.logs[basket.logs.service == "cart"].sort_values("time_ns")
whose = carts.attributes.map(lambda attributes: attributes.get("shop.shopper", ""))
items = carts.attributes.map(lambda attributes: attributes.get("shop.cart.items"))
complainant = whose[items.groupby(whose).diff() < 0].iloc[0]
print(carts.attributes[whose == complainant].iloc[0])
print(carts.assign(items=items)[whose == complainant][["body", "items"]].to_string())

# %% [markdown]
# Each record names the shopper (`shop.shopper`), and most say how many items are in the cart then (`shop.cart.items`); a record that empties the cart after an order says no number. Start and end of the service have neither. A colleague counts what was lost. Her test passes:

# %%
def colleagues_losses(records):
    """How many carts lost something, and how many items in all."""
    last, lost = {}, {}
    for record in records.itertuples():
        shopper, items = record.attributes.get("shop.shopper"), record.attributes.get("shop.cart.items")
        if items is not None:
            lost[shopper] = lost.get(shopper, 0) + max(last.get(shopper, 0) - items, 0)
            last[shopper] = items
    return {"carts": sum(items > 0 for items in lost.values()), "items": sum(lost.values())}


said_so = [("ann", 2), ("ann", 3), ("ann", 1), ("bob", 1)]
test = [{"shop.shopper": who, "shop.cart.items": items} for who, items in said_so]
print(colleagues_losses(pd.DataFrame({"attributes": test})) == {"carts": 1, "items": 2})

# %% [markdown]
# ### Question: mend it
#
# Two things are wrong with it: it takes the rows in the table's order, and a cart that was emptied by an order looks robbed afterwards. Write `losses(records)` without them.
# A loss is a record with **fewer** items than the same shopper's record before it; an emptied cart holds 0 and has lost nothing. Return the same dict. Example: ann says 3, is emptied, says 0; bob says 2, then 1: `{"carts": 1, "items": 1}`.

# %% answer="gone-items"
def losses(records):
    """How many carts lost something without an order, and how many items in all."""
    ### BEGIN SOLUTION
    last, lost = {}, {}
    for record in records.sort_values("time_ns").itertuples():
        shopper, items = record.attributes.get("shop.shopper"), record.attributes.get("shop.cart.items")
        if shopper is None:
            continue
        if items is not None and items < last.get(shopper, 0):
            lost[shopper] = lost.get(shopper, 0) + last[shopper] - items
        last[shopper] = items or 0
    return {"carts": len(lost), "items": sum(lost.values())}
    ### END SOLUTION
    return ...

# %% check="gone-items"
check("gone-items", losses)

# %% [markdown]
# That is *what* was lost, and when. *Why*, no signal says outright; step 4 pointed at it, and the team found it in the code. The new `cart` keeps the carts in its memory, and copies them to the database and back over and over, without a lock.
# What a shopper adds while a copy is being written is replaced when the older copy is read back: a **lost update**. Each single step went well, so nobody had an error to log.
#
# Now the other side: what does the ranking say where you know the answer? Two days: the quiet Sunday of the last notebook, and Thursday with its wrong prices. Predict for each: an empty table, or which service with a high or a low score?

# %%
for name in ["quiet-sunday", "thursday-morning"]:
    day = Recording.open(name, datasets)
    moment_ns = day.deploys.time_ns.min()
    spans_before, spans_now = suspects.split(day.spans, moment_ns)
    found = suspects.rank(spans_now, spans_before, *reversed(suspects.split(day.logs, moment_ns)))
    print(f"{name}, score {found.score.round(3).tolist()}:\n{fill(suspects.sentence(found))}")

# %% [markdown]
# A score counts time, failures, late messages and missing calls. That is all that spans know of harm.
#
# ### For your mentor: what the ranking knows
#
# Take Thursday or the baskets. In two to four sentences: what did the ranking get right, what did it not know about the harm, and which question of yours showed the harm? Say also what you would tell a colleague who wants to close every
# complaint for which the ranking is empty.

# %% [markdown] reflect="what-the-ranking-knows"
# ### BEGIN SOLUTION
# On Thursday the ranking named the right service, with a score near zero: the requests ended well and took as long as ever, so by time and failures almost nothing had happened. It cannot know that a price is wrong.
# What showed the harm was a question about content: is the amount in another currency still the same number? An empty ranking says that no request got slower, failed, or lost a usual call; a wrong price, a lost item or a
# person's address in a log can still be there, so a complaint is closed by looking at what was complained of.
# ### END SOLUTION

# %% [markdown]
# ## 6. The timeline
#
# The document that everybody asks for afterwards, and that helps most *during* an incident: what happened when, from all signals, in one list. (The example of a postmortem in Google's SRE book has one.) Worked on Sunday night, which you know:
#
# **Step 1: say what is usual**, by the seconds before anything happened. **Step 2: take the first departure** from it in each signal. **Step 3: put the deploys and other acts between them. Step 4: mark where customers were first harmed,
# and where it ended. Step 5: sort the rest into signs, echoes and bystanders**, by requests, not by nearness.
#
# `logs.timeline` does steps 1 to 3. A row says what became more, fewer, or was there for the first time, from when to when, and how many there were then. (*Slower than … ms*: slower than 19 of 20 of that service's requests before anything happened.) Predict: which signal will be the first to show anything after the first of the deploys: a metric, a trace, a log record, and of which level?

# %%
plot.timeline(logs.timeline(sunday), limit=20, title="Sunday night: what departed from the usual, and when")

# %% [markdown]
# Whatever was first in your figure, the first log record that tells of it is an INFO again. Most rows are consequences: what a page that hangs no longer asks for becomes fewer everywhere. And a row says when something *became visible*: a metric is written every few seconds, a failed request shows when it ends.
#
# Now steps 4 and 5. Harmed is whose page failed or took longer than a second. Then ask of each kind of record how many of its records stand in harmed requests. Predict: which kinds are found there only, and which hardly ever?

# %%
pages, zero_ns = sunday.traces(), sunday.deploys.time_ns.min()
harmed = pages[(pages.status == "ERROR") | (pages.duration_ms > 1000)]
print("harmed, s:", ((harmed.start_ns.agg(["min", "max"]) - zero_ns) / 1e9).round(1).tolist())
print("deploys, s:", ((sunday.deploys.time_ns - zero_ns) / 1e9).round(1).tolist())
since = sunday.logs[(sunday.logs.time_ns >= zero_ns) & (sunday.logs.trace_id != "")]
kind = (since.service + ": " + logs.templates(since.body).template).rename("kind")
held = since.assign(in_harmed=since.trace_id.isin(harmed.trace_id)).groupby(kind)
shares = held.agg(records=("in_harmed", "size"), in_harmed=("in_harmed", "mean"), level=("severity_number", "max"))
shares[shares.records >= 5].sort_values("in_harmed", ascending=False).round(2)

# %% [markdown]
# **Step 4** has its two lines: the harm begins seconds after the second deploy, and no request that began after the third, which took that one back, was harmed. **Step 5**, from the top of the table: what stands in harmed requests only, or nearly. Of these kinds, the INFO that some answer did not come in time is the *sign*: it came first, and names the edge.
# The ERRORs are its *echoes*: the same requests, later. Errors of others that share nothing with the harm, such as those about bays, are *bystanders*, however near in time. The rest is usual work, some of it for pages that then failed. (`email` works in traces of its own: for its rows you would follow the link.)
#
# ## 7. On your own: Friday evening
#
# All you are told is in the card. Look around before you compute anything, and write down a hypothesis with a way to find out that it is wrong.

# %%
friday = Recording.open("friday-evening", datasets)
print(fill(friday.card["symptoms"]))
after_s = ((friday.deploys.time_ns - friday.logs.time_ns.min()) / 1e9).round(1)
print(friday.deploys.assign(after_s=after_s)[["after_s", "service", "from", "to"]].to_string())
explore.logs(friday)

# %% [markdown]
# Orders are confirmed by mail. You know this flow: `checkout` notes each order in an outbox (PRODUCER span `send outbox`), `email` takes it from there in a trace of its own, linked to the order's. The metric `shop.outbox.waiting` says how many wait. Two helpers. `unheard` leaves out
# what every start and end of a service writes, and what another day knows too; `mails` has a row for each order. Predict before you run the cell: how will the waits of every sixth order go on after the first deploy?

# %%
def unheard(recording, moment_ns):
    """The records from a moment on of kinds that neither the time before nor the baskets' day has."""
    both = pd.concat([recording.logs, basket.logs], ignore_index=True)
    kind = both.service + ": " + logs.templates(both.body).template
    known = set(kind[(both.index >= len(recording.logs)) | (both.time_ns < moment_ns)])
    return recording.logs[~kind[: len(recording.logs)].isin(known).to_numpy()]


def mails(recording):
    """One row an order: its PRODUCER span, and how many ms its mail waited (inf: not taken up yet)."""
    sent = recording.spans.query("kind == 'PRODUCER'").sort_values("start_ns")[["span_id", "trace_id", "start_ns"]]
    waits = traces.linked(recording.spans).query("found").set_index("from_span_id").gap_ms
    return sent.assign(wait_ms=sent.span_id.map(waits).fillna(float("inf")))

mails(friday).iloc[::6][["start_ns", "wait_ms"]].round(0)

# %% [markdown]
# ### Question: first signs
#
# Write `first_signs(recording)`: a dict of **seconds after the first deploy**. `"trace"`: `start_ns` in `mails` of the first order since then whose mail waited longer than that of any order before the deploy.
# `"metric"`: first point of `shop.outbox.waiting` that is higher than all before the deploy. `"log"`: first record of `unheard`. `"error"`: first record of `unheard` of severity number 17 or more.
# Form: `{"trace": 1.5, "metric": 20.0, "log": 4.25, "error": 31.0}`.

# %% answer="first-signs"
def first_signs(recording):
    """Seconds from the first deploy to the first sign in each signal, and to the first new error."""
    ### BEGIN SOLUTION
    deploy_ns = recording.deploys.time_ns.min()
    orders, points = mails(recording), recording.metrics.query("name == 'shop.outbox.waiting'")
    early, since = orders[orders.start_ns < deploy_ns], orders[orders.start_ns >= deploy_ns]
    usual = points.value[points.time_ns < deploy_ns].max()
    new = unheard(recording, deploy_ns)
    first_ns = {
        "trace": since.start_ns[since.wait_ms > early.wait_ms.max()].min(),
        "metric": points.time_ns[(points.time_ns >= deploy_ns) & (points.value > usual)].min(),
        "log": new.time_ns.min(),
        "error": new.time_ns[new.severity_number >= 17].min(),
    }
    return {name: (at_ns - deploy_ns) / 1e9 for name, at_ns in first_ns.items()}
    ### END SOLUTION
    return ...

# %% check="first-signs"
check("first-signs", first_signs)

# %% [markdown]
# ### Question: Friday evening
#
# Set `friday_finding` to a dict:
#
# - `"service"`: where the trouble comes from;
# - `"mechanism"`: `cannot keep up` (works, but takes fewer a minute than come in), `stopped` (does nothing any more), `loses messages`, `orders fail`, `slow pages`, or `nothing is wrong`;
# - `"echo"`: the service whose ERROR records only repeat it;
# - `"first_sign"`: the row of the earliest record of `unheard` since the first deploy, as the index of `friday.logs` says;
# - `"evidence"`: three or more **trace ids of orders** whose late mail tells the two deploys apart: placed after the first deploy and before the second, with a longer wait than any order before the first. No others.
#
# Form: `{"service": "cart", "mechanism": "stopped", "echo": "ads", "first_sign": 17, "evidence": ["0a…", "1b…", "2c…"]}`.

# %% answer="friday-evening"
friday_finding = {"service": ..., "mechanism": ..., "echo": ..., "first_sign": ..., "evidence": [...]}
### BEGIN SOLUTION
changed_ns = friday.deploys.time_ns.min()
news = unheard(friday, changed_ns).sort_values("time_ns")
all_mails = mails(friday)
usual_ms = all_mails.wait_ms[all_mails.start_ns < changed_ns].max()
between = all_mails.start_ns.between(changed_ns, friday.deploys.time_ns.max())
late = all_mails[between & (all_mails.wait_ms > usual_ms)]
still_sent = (friday.spans.query("kind == 'CONSUMER'").start_ns > changed_ns).any()
friday_finding = {
    "service": news.service.iloc[0],
    "mechanism": "cannot keep up" if still_sent and len(late) else "stopped",
    "echo": news.service[news.severity_number >= 17].mode().item(),
    "first_sign": int(news.index[0]),
    "evidence": late.trace_id.tolist(),
}
### END SOLUTION

# %% check="friday-evening"
check("friday-evening", friday_finding)

# %% [markdown]
# ### For your mentor: the timeline of Friday
#
# Write what you post while the finger is on the button: a timeline of four to six lines (seconds since the first deploy, signal, what), then two sentences: what you propose and what you advise against, each with its evidence. Say which of your lines
# could have been known at that moment, and which only later.

# %% [markdown] reflect="timeline-of-friday"
# ### BEGIN SOLUTION
# 0 s, deploy: email. Within a few seconds, trace: the first order whose mail is late (known only later). A few seconds on, metric: the outbox holds more than ever before; then log: email warns that its relay takes ten mails a minute.
# Half a minute after that, deploy: another service; and only then, log: checkout's first ERROR, one more for each late order every few seconds.
# I propose to roll back email, because each order since its deploy has waited longer than any before and the queue has grown ever since. I advise against rolling back the other service: the queue grew before its deploy, and pages and orders are fine;
# and against touching checkout, whose errors stand in the traces of orders that were placed and only tell of their late mail.
# ### END SOLUTION

# %% [markdown]
# ## What you now know
#
# - Event time, observed time and the order of a file are three orders. Causality stands above all of them: sent before received.
# - The cause is found by walking down the failed spans, not by who wrote first or most. It may have written nothing.
# - No error in the log is no proof of health: ask the spans for errors, and ask who did not speak. Where spans have none either, ask what was complained of.
# - What happens at the same time shares a moment. What is in the same requests, and in no others, shares a history.
# - Five comparisons with a healthy stretch say where to look: own time, gap, errors, structure, log. What it means for people, you judge.
# - A timeline has all signals and all acts in it, and says since when customers were harmed.
#
# **Hand it in:** save both notebooks of this module, open a terminal in JupyterLab (File > New > Terminal) and run `watchkeeper submit 04-logs`.
# It writes one file with both in it, for your mentor.

# %%
progress()
