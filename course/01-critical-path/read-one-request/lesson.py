# %% [markdown]
# # Read one request
#
# A customer writes: "Your shop is slow." You have one of her requests in front of you. Before anybody optimises anything: what was she waiting for?
#
# **Three questions from the last module.** Answer them aloud, then open the lines below.
#
# 1. What do you call the span that has no parent, and what does its duration tell you?
# 2. Two spans take 40 ms each. How long do they take together?
# 3. `frontend` has a CLIENT span and `cart` has a SERVER span for the same call. Which of the two is longer, as a rule?
#
# <details><summary>Answers</summary>
#
# 1. The root. It lasts as long as the customer waited.
# 2. Anything from 40 ms (at the same time) to 80 ms (one after the other), or more with a pause between them.
# 3. The CLIENT span: whoever asks also waits while the question and the answer are on their way.
#
# </details>
#
# **By the end you can**
#
# - rebuild the tree of a request, and say which spans are roots and which are orphans;
# - tell sequential from parallel and overlapping work, and compute self time in all three;
# - walk back from the end of a request and name its critical path, by hand and in code;
# - say what is done with a child that outlasts its parent, and prove that your path adds up.
#
# **Not covered:** clocks that disagree, sampling, what a change would save (that is the next notebook).
#
# **Time:** 130 minutes in all, in two sittings: the break is after part 3. If one question holds you longer than 20 minutes, use `hint()`, or go on and come back.

# %% tags=["parameters"]
datasets = None  # a school may name the folder of its own recordings here

# %%
from watchkeeper import Recording, explore, plot, traces
from watchkeeper.check import check, hint, progress
from watchkeeper.check.inputs import paper

morning = Recording.open("monday-morning", datasets)
columns = ["span_id", "parent_span_id", "service", "name", "kind", "duration_ms"]

# %% [markdown]
# ## 1. The tree
#
# Two pandas moves more than in the last module: `spans.span_id.isin(others)` says for each row whether its value is among `others` (`~` turns that round, `&` joins two
# such answers), and a loop over rows is written `for span in spans.itertuples():`, with `span.span_id`, `span.start_ns` and so on inside.
#
# A typical visit to the cart: of all visits that morning, half were quicker than this one, half slower.

# %%
cart_page = morning.trace_at("GET /cart", 0.5)
cart_page[columns].head(6)

# %% [markdown]
# The rows stand in the order in which they were written down, which is no order at all. The two ids make a tree of them: each span names its parent.
#
# **Step 1: find the root.** It names nobody. **Step 2: hang each span under its parent.** **Step 3: look who is left over.**
# `traces.tree` does all three and gives every span its depth.

# %%
traces.tree(cart_page)[["depth", "service", "name", "kind", "duration_ms", "role"]]

# %% [markdown]
# The load generator plays the customer's browser, so its span is the root. From there on, every call between services is *two* spans:
# a CLIENT span where somebody waits, and under it a SERVER span where somebody works.
#
# Sometimes a span's parent never arrives: its program crashed, or the span got lost on its way. Its children then name a parent that is not there.
# They are **orphans**. An orphan is worth knowing about: it is a piece of the request that hangs in the air.
#
# ### Question: roots and orphans
#
# Write `roots_and_orphans(spans)` for the table of one trace. It returns a dict: `"roots"` is the set of span ids whose `parent_span_id` is empty,
# `"orphans"` the set of span ids that name a parent which is not in the table. Example: rows `a` (no parent), `b` (parent `a`), `d` (parent `c`)
# give `{"roots": {"a"}, "orphans": {"d"}}`.

# %% answer="roots-and-orphans"
def roots_and_orphans(spans):
    """The span ids of the roots and of the orphans, as two sets."""
    ### BEGIN SOLUTION
    without_parent = spans.parent_span_id == ""
    unknown_parent = ~without_parent & ~spans.parent_span_id.isin(spans.span_id)
    return {"roots": set(spans.span_id[without_parent]), "orphans": set(spans.span_id[unknown_parent])}
    ### END SOLUTION
    return ...

# %% check="roots-and-orphans"
check("roots-and-orphans", roots_and_orphans)

# %% [markdown]
# ## 2. One after the other, or at the same time
#
# Write down what you expect before you run the next cell: the cart page asks `cart` first, then two services more. Will those two bars begin
# one after the other, or at about the same time?

# %%
plot.waterfall(cart_page, path=False)

# %% [markdown]
# Three words for what you see, and there is no fourth:
#
# - **sequential**: one begins when the other has ended, or later;
# - **parallel**: one lies wholly within the other's time;
# - **overlapping**: each has some time to itself, and they share some.
#
# (If a bar in your figure reaches a little beyond the bar it hangs under: part 6 is about that.)
#
# If all children were sequential, their durations would add up to no more than the parent's. Add up the children of the frontend's SERVER span
# and compare:

# %%
frontend = cart_page[(cart_page.service == "frontend") & (cart_page.kind == "SERVER")].iloc[0]
children = cart_page[cart_page.parent_span_id == frontend.span_id]
print(f"the span itself: {frontend.duration_ms:.2f} ms, its children added up: {children.duration_ms.sum():.2f} ms")

# %% [markdown]
# Gaps between children make the sum smaller, shared time makes it larger, and both happen in one request. So a sum proves nothing when it is small. When it is *larger* than the parent, it proves one thing: not all of this was done one after the other.
#
# Before you answer, look at a few more requests: another route, a slower one. Where do you see work at the same time, and where does one wait for
# the other? (The buttons work with Tab and the space bar. Without them, the figure is one request of the recording.)

# %%
explore.traces(morning, path=False)

# %% [markdown]
# ### Question: overfull spans
#
# Write `overfull(spans)` for the table of one trace: the set of ids of all spans whose **direct children** together last longer than the span itself.
# Example: a span of 10 ms with children of 6 ms and 7 ms is overfull; with children of 6 ms and 3 ms it is not, whatever *their* children last.

# %% answer="overfull"
def overfull(spans):
    """The ids of the spans whose direct children add up to more than the span's own duration."""
    ### BEGIN SOLUTION
    of_children = spans.groupby("parent_span_id").duration_ms.sum()
    sums = spans.span_id.map(of_children).fillna(0)
    return set(spans.span_id[sums > spans.duration_ms])
    ### END SOLUTION
    return ...

# %% check="overfull"
check("overfull", overfull)

# %% [markdown]
# ## 3. Self time
#
# **Self time** is the time in which a span worked itself, while none of its children did. It is what is left of its bar when you paint its children over it.
# Where children share time, paint covers it only once: so it is the **union** of the children's times that counts, not their sum.
#
# Worked on paper. A span from 0 to 100 ms has children from 10 to 60 and from 40 to 80.
#
# **Step 1: the children in order of their start.** 10–60, 40–80. **Step 2: join what overlaps.** 10–80. **Step 3: subtract.** 100 − 70 = 30 ms.
# With the sum you would have got 100 − 50 − 40 = 10 ms, and with three such children less than nothing.

# %%
painted = paper([
    ("a", "", "frontend", "GET /", "SERVER", 0, 100),
    ("b", "a", "cart", "GET /carts", "SERVER", 10, 60),
    ("c", "a", "ads", "GET /ads", "SERVER", 40, 80),
])
traces.self_time(painted)

# %% [markdown]
# Complete it yourself, on paper: a span lasts from 0 to 50 ms, its children from 5 to 20, from 15 to 30, and from 40 to **60**. The last one outlasts its parent:
# only the part inside counts. What is the self time, and what would change if there were one more child, from 8 to 12?
#
# <details><summary>Answer</summary>
#
# Joined: 5–30, and 40–50 of the last one. 50 − 25 − 10 = 15 ms. The child from 8 to 12 lies within what is covered already: it changes nothing.
#
# </details>
#
# ### Question: self time
#
# Write `my_self_time(spans)` for one trace: a dict from each span id to its self time in **ms**. Count time that several children share once,
# and only what lies inside the span. Don't round. The library's own function is switched off while yours is checked.
# Example: the three spans above give `{"a": 30.0, "b": 50.0, "c": 40.0}`.

# %% answer="my-self-time"
def my_self_time(spans):
    """Self time in milliseconds by span id: the duration without the union of the children's times."""
    ### BEGIN SOLUTION
    found = {}
    for span in spans.itertuples():
        covered, reached = 0, span.start_ns
        for child in spans[spans.parent_span_id == span.span_id].sort_values("start_ns").itertuples():
            begin, end = max(child.start_ns, reached), min(child.end_ns, span.end_ns)
            covered, reached = covered + max(end - begin, 0), max(reached, end)
        found[span.span_id] = (span.end_ns - span.start_ns - covered) / 1e6
    return found
    ### END SOLUTION
    return ...

# %% check="my-self-time"
check("my-self-time", my_self_time)

# %% [markdown]
# ## 4. What was she waiting for?
#
# Self time says who worked. It does not say who was *waited for*: while the advertisement was fetched, something slower may have been on its way anyway.
# The **critical path** answers it. You find it by walking back from the end: at every moment, who was the last one that had to finish?
#
# Worked on paper, on this request:

# %%
walked = paper([
    ("root", "", "frontend", "GET /", "SERVER", 0, 100),
    ("stock", "root", "catalog", "GET /products", "SERVER", 5, 30),
    ("cart", "root", "cart", "GET /carts", "SERVER", 35, 60),
    ("ads", "root", "ads", "GET /ads", "SERVER", 35, 85),
])
plot.waterfall(walked, path=True)

# %% [markdown]
# **Step 1: stand at the end.** 100 ms. **Step 2: who ended last before here?** `ads`, at 85. So from 85 to 100 the root worked alone: that stretch is the root's own.
# **Step 3: go through that child.** `ads` has no children, so 35 to 85 is all its own. **Step 4: stand where it began, and ask again.**
# At 35 ms: `cart` ended at 60, which is later than here. Nobody waited for it. `stock` ended at 30. So 30 to 35 is the root's, 5 to 30 belongs to `stock`,
# and 0 to 5 to the root. Written forwards:
#
# | from | to | who |
# |---|---|---|
# | 0 | 5 | root |
# | 5 | 30 | stock |
# | 30 | 35 | root |
# | 35 | 85 | ads |
# | 85 | 100 | root |
#
# **Step 5: prove it.** 5 + 25 + 5 + 50 + 15 = 100 ms: as long as the root, without a gap and without an overlap. If it does not add up, it is not the path.
#
# Two things to notice. The *longest* span is the root, which tells you nothing. And `cart`, 25 ms long on our paper, is not on the path, although `stock`,
# just as long, is: length alone decides nothing.
#
# ### Question: the longest call off the path
#
# Here is a typical home page. The frontend calls several services in it. Walk back by hand, on the figure or on its table: some of the frontend's own
# calls are on the path, some are not. Of those that are **not**, which one lasts longest? Set `off_path` to the name of the service that was
# called, as text, for example `"catalog"`.

# %%
home_page = morning.trace_at("GET /", 0.5)
plot.waterfall(home_page, path=False)

# %%
server = home_page[(home_page.service == "frontend") & (home_page.kind == "SERVER")].iloc[0]
calls = home_page[(home_page.parent_span_id == server.span_id) & (home_page.kind == "CLIENT")].copy()
calls["called"] = [attributes["server.address"] for attributes in calls.attributes]
calls["from_ms"] = (calls.start_ns - server.start_ns) / 1e6
calls["to_ms"] = (calls.end_ns - server.start_ns) / 1e6
calls.sort_values("start_ns")[["called", "name", "from_ms", "to_ms", "duration_ms"]].round(2)

# %% answer="longest-off-path"
off_path = ...
### BEGIN SOLUTION
on_path = set(traces.critical_path(home_page).span_id)
off_path = calls[~calls.span_id.isin(on_path)].sort_values("duration_ms").called.iloc[-1]
### END SOLUTION

# %% check="longest-off-path"
check("longest-off-path", off_path)

# %% [markdown]
# ## 5. The walk in code
#
# The same five steps, as a program. It does not call itself: it keeps a list of what is still to be walked, for traces can be very deep.
# Read it with a finger on the worked example. Before you complete it, put these three in order, in your head:
# *go through that child* · *stand where it began* · *the stretch after its end is the span's own*.
#
# <details><summary>Order</summary>
#
# First the stretch after its end, then through the child, then stand where it began.
#
# </details>
#
# ### Question: the critical path
#
# Complete the two blanks in `my_critical_ms(spans)`. `t` is where you stand (ns). `own_ns` is the stretch in which the span worked alone (step 2),
# and `t` then moves on (step 4). The function returns a dict from span id to its time on the path in **ms**.
# Example: the worked example gives `{"root": 25.0, "stock": 25.0, "ads": 50.0}`.

# %% answer="my-critical-ms"
def my_critical_ms(spans):
    """Milliseconds on the critical path by span id, for the spans that have any."""
    below = {parent: list(group.itertuples()) for parent, group in spans.groupby("parent_span_id")}
    root = below[""][0]
    found_ns, to_walk = {}, [(root, root.start_ns, root.end_ns)]
    while to_walk:
        span, lo, hi = to_walk.pop()
        found_ns[span.span_id], t = 0, hi
        # Clip every child to the span: what lies outside of it, nobody waited for.
        clipped = [(max(child.start_ns, lo), min(child.end_ns, hi), child) for child in below.get(span.span_id, [])]
        for start, end, child in sorted(clipped, key=lambda one: (-one[1], one[0], one[2].span_id)):
            if start < end <= t:
                to_walk.append((child, start, end))
                own_ns = ...
                ### BEGIN SOLUTION
                own_ns = t - end
                ### END SOLUTION
                found_ns[span.span_id] += own_ns
                t = ...
                ### BEGIN SOLUTION
                t = start
                ### END SOLUTION
        found_ns[span.span_id] += t - lo
    return {span_id: ns / 1e6 for span_id, ns in found_ns.items() if ns > 0}

# %% check="my-critical-ms"
check("my-critical-ms", my_critical_ms)

# %% [markdown]
# **Prove it**, as in step 5. Predict first: what must this difference be, for every request of the recording, if the walk is right?

# %%
root = home_page[home_page.parent_span_id == ""].iloc[0]
sum(traces.critical_path(home_page).duration_ms) - root.duration_ms

# %% [markdown]
# ## 6. Children that outlast their parents
#
# Look at the first two bars of the cart page in part 2 again: the frontend's SERVER span ends a little *after* the root that waits for it.
# That is no fault. Whoever asked has the answer when its last byte is there; the server notes the end of its span only after that. It can happen to any call.
#
# So a child may end after its parent, and there is one rule for it: **clip the child to its parent's time, and never drop it.** A colleague of yours dropped such children.
# Predict what that makes of the cart page, then run it.

# %%
outside = traces.reports(cart_page).query("report == 'clipped'")
kept = cart_page[~cart_page.span_id.isin(outside.span_id)]
colleagues_path = traces.critical_path(kept, roots="longest")
colleagues_path[["service", "name", "duration_ms"]].round(2)

# %%
traces.critical_path(cart_page).groupby(["service", "name"], sort=False).duration_ms.sum().round(2)

# %% [markdown]
# Whatever hung below a dropped span is gone from the path, and those who waited for it look as if they had worked.
#
# ### Question: by how much
#
# Write `outlasting(spans)` for one trace: a dict from span id to the **ms** by which the span ends after its parent, only for the spans that do. Don't round.
# Example: a parent from 0 to 10 ms with children from 2 to 13 ms and from 1 to 9 ms gives a dict with one entry: the id of the first child, 3.0.

# %% answer="outlasting"
def outlasting(spans):
    """Milliseconds by which spans end after their parents, by span id."""
    ### BEGIN SOLUTION
    ends = spans.set_index("span_id").end_ns
    after_ns = spans.end_ns - spans.parent_span_id.map(ends)
    late = after_ns > 0
    return dict(zip(spans.span_id[late], after_ns[late] / 1e6))
    ### END SOLUTION
    return ...

# %% check="outlasting"
check("outlasting", outlasting)

# %% [markdown]
# ## 7. Critical does not mean slow
#
# What is on the path can be tiny. Take the home page of part 4 once more. Predict: of the spans that its path comes through, will most last longer than 2 ms, or shorter?

# %%
home_page = morning.trace_at("GET /", 0.5)

# %% [markdown]
# ### Question: short but critical
#
# How many **different spans** of this home page are on its critical path although their whole duration is less than 2 ms? Use your `my_critical_ms` or
# `traces.critical_path`, which has one row per segment, with its `span_id`. Set `short_ones` to that whole number. A span counts once, however often the path
# comes through it.

# %% answer="short-but-critical"
short_ones = ...
### BEGIN SOLUTION
on_path = home_page[home_page.span_id.isin(set(traces.critical_path(home_page).span_id))]
short_ones = int((on_path.duration_ms < 2).sum())
### END SOLUTION

# %% check="short-but-critical"
check("short-but-critical", short_ones)

# %% [markdown]
# ## 8. On your own: Wednesday evening
#
# Another day. This is all that was written down about it:

# %%
evening = Recording.open("wednesday-evening", datasets)
evening.card["symptoms"]

# %%
evening_page = evening.trace_at("GET /", 0.75)
plot.waterfall(evening_page, path=False)

# %% [markdown]
# One bar stands at the very end, with a note: that work began when the customer had long gone. Nobody waited for it, but remember it.
#
# ### Question: what was this customer waiting for?
#
# Walk back from the end of this home page. Fill in the dict: `"service"` is the service that the page was kept waiting by,
# `"mechanism"` is one of the six below, `"evidence"` a list with one or more span ids from this page that show it, and none that doesn't.
# Example of the form: `{"service": "cart", "mechanism": "slow itself", "evidence": ["00f0…"]}`.
#
# - `slow itself`: it worked longer than it usually does
# - `no answer`: it did not answer, and whoever asked gave up waiting
# - `many calls`: it was asked over and over, one after the other
# - `waits for another`: it waited for a service that it asked itself
# - `error at once`: it answered quickly, but with an error
# - `nothing is wrong`: this page took as long as home pages usually do

# %%
of_frontend = evening_page[(evening_page.service == "frontend") & (evening_page.kind == "CLIENT")].copy()
of_frontend["from_ms"] = (of_frontend.start_ns - evening_page.start_ns.min()) / 1e6
of_frontend["to_ms"] = (of_frontend.end_ns - evening_page.start_ns.min()) / 1e6
of_frontend.sort_values("start_ns")[["span_id", "name", "from_ms", "to_ms"]].round(2)

# %% answer="evening-page"
diagnosis = {"service": ..., "mechanism": ..., "evidence": [...]}
### BEGIN SOLUTION
path = traces.critical_path(evening_page)
waited_in = path.groupby("span_id").duration_ms.sum().idxmax()
call = evening_page[evening_page.span_id == waited_in].iloc[0]
mechanism = "no answer" if call.kind == "CLIENT" and call.status == "ERROR" else "slow itself"
called = call.attributes["server.address"]
shows_it = evening_page[(evening_page.span_id == waited_in) | (evening_page.parent_span_id == waited_in)]
diagnosis = {"service": called, "mechanism": mechanism, "evidence": shows_it.span_id.tolist()}
### END SOLUTION

# %% check="evening-page"
check("evening-page", diagnosis)

# %% [markdown]
# ## 9. Look back
#
# ### For your mentor: the longest span
#
# A colleague looks at the home page and says: "The frontend has the longest span, so we should make the frontend faster." Answer in two to four sentences,
# so that a colleague would understand it and not be embarrassed. Use one number from this notebook.

# %% [markdown] reflect="the-longest-span"
# ### BEGIN SOLUTION
# The frontend's span holds everything that was done for the page, so it is always among the longest: that says how long the page took, not who worked.
# Walk back from the end instead. In the home page we looked at, the frontend waits for others most of the time; what is on the path is the catalogue first,
# then the one of five calls that ends last, then the conversions one by one. Those are where a saving would be felt.
# ### END SOLUTION

# %% [markdown]
# ### For your mentor: where I was wrong
#
# Name one thing you predicted in this notebook that turned out otherwise. What had you assumed, and what did the recording say? Two to four sentences.
# If all your predictions held, say which one you were least sure of, and why.

# %% [markdown] reflect="where-i-was-wrong"
# ### BEGIN SOLUTION
# I expected the children of the frontend to add up to its duration, as in a budget. On the cart page two of them ran at the same time, so their sum said
# nothing. I had taken waiting for work: the frontend's own part is only what nobody else did in that time.
# ### END SOLUTION

# %% [markdown]
# ## What you now know
#
# - Ids make a tree; an orphan is a piece of the request that hangs in the air.
# - A sum of children that is larger than the parent proves that not all of it was sequential; a smaller sum proves nothing.
# - Self time is the duration without the *union* of the children, clipped to the span.
# - The critical path is walked from the end. Its segments leave no gap, don't overlap, and sum to the root.
# - A child that outlasts its parent is clipped, never dropped. Critical is not the same as slow.
# - Time stamps show who ended last. They don't *prove* who waited for whom: that is in the code.

# %%
progress()

# %% [markdown]
# **Next:** `what-could-leave`, the second notebook of this module. Its last lines say how to hand both in together.
