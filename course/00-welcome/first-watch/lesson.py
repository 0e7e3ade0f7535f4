# %% [markdown]
# # First watch
#
# It is Monday morning, the shop is open, and for the next half hour you are the one who looks.
#
# **By the end you can**
#
# - say what a *span*, a *parent* and a *trace* are, and read a table of them;
# - use the eight pandas moves that this course needs, and know whether you have to practise them first;
# - open a recording, look, answer, get a reply, and hand your work in.
#
# **Not covered:** how the shop is built, why anything is slow, what to do about it. That is what the other modules are for.
#
# **Time:** 15 minutes to your first passed check, 45 minutes in all. Nothing you do here can break anything: a recording is a file, and you only read it.

# %% tags=["parameters"]
datasets = None  # a school may name the folder of its own recordings here

# %%
from watchkeeper import Recording, plot
from watchkeeper.check import check, hint, progress
from watchkeeper.check.inputs import paper

# %% [markdown]
# ## 1. Three spans on paper
#
# A shop is many small programs, called **services**. When a customer opens a page, one service asks another, which may ask a third.
# Each of them writes down its own piece of work: who did it, when it began, when it ended, and on whose behalf.
# That note is a **span**. The span on whose behalf it worked is its **parent**. All spans of one request together are a **trace**.
#
# Here is a whole trace. A customer asks for a page; the page asks for the goods and for an advertisement.

# %%
three = paper([
    ("a1", "",   "frontend", "GET /",         "SERVER", 0, 100),
    ("b2", "a1", "catalog",  "GET /products", "SERVER", 10, 60),
    ("c3", "a1", "ads",      "GET /ads",      "SERVER", 20, 90),
])
three[["span_id", "parent_span_id", "service", "start_ns", "end_ns", "duration_ms"]]

# %%
plot.waterfall(three, path=False)

# %% [markdown]
# Such a figure is a **waterfall**: time runs to the right, a child stands under its parent, and the length of a bar is how long the work took.
# Every figure in this course has the same facts as text below it. Use whichever you read better.
#
# ### Question: the root
#
# One span of a trace has no parent: it is the **root**, and it lasts as long as the customer waited.
# Look at the column `parent_span_id` in the table above. Set `root` to the `span_id` of the root, as text, for example `"b2"`:
# write it where the three dots `...` stand, run that cell, then the next one.

# %% answer="the-root"
root = ...
### BEGIN SOLUTION
root = three[three.parent_span_id == ""].span_id.item()
### END SOLUTION

# %% check="the-root"
check("the-root", root)

# %% [markdown]
# Did it say *passed*? That is your first win, and you can share it. Did it say *not yet*? Then it also said what to look at next.
# Change the cell above, run it, and run the check again: as often as you like. If you are stuck, add a cell (the `+` above the notebook)
# and run `hint("the-root")` in it: it goes a step further each time.
#
# A check tells you one of four things: *passed*, *not yet*, *not attempted*, *your code stopped*. What only a person can judge,
# such as the text at the end of this notebook, goes to your mentor.
#
# ### Question: at the same time
#
# `catalog` worked from 10 ms to 60 ms, `ads` from 20 ms to 90 ms. Add up their durations and you get more than the page itself took.
# How long were **both of them** at work at the same time? Set `both_ms` to that number of milliseconds.
# Example: work from 0 to 5 ms and work from 3 to 10 ms overlap for 2 ms.

# %% answer="what-waits"
both_ms = ...
### BEGIN SOLUTION
children = three[three.parent_span_id == "a1"]
both_ms = (children.end_ns.min() - children.start_ns.max()) / 1e6
### END SOLUTION

# %% check="what-waits"
check("what-waits", both_ms)

# %% [markdown]
# ## 2. The eight pandas moves
#
# Spans come as a table, and a table is a pandas *data frame*. Most of this course is done with eight moves. Run each cell below, and say beforehand what it will show.
#
# | move | what for |
# |---|---|
# | `spans.head(3)` | see the first rows |
# | `spans["service"]` or `spans.service` | one column |
# | `spans[spans.kind == "SERVER"]` | the rows that fulfil a condition |
# | `spans.sort_values("duration_ms")` | order the rows |
# | `spans.service.value_counts()` | how often each value occurs |
# | `spans.groupby("service").duration_ms.median()` | one number per group |
# | `….idxmax()` | the *label* of the largest number: of the service, not the number itself |
# | `spans.merge(other, on="trace_id")` | join two tables |

# %%
morning = Recording.open("monday-morning", datasets)
spans = morning.spans
spans[["trace_id", "service", "name", "kind", "duration_ms"]].head(3)

# %% [markdown]
# You have just opened a **recording**: a few minutes of a real shop, every request that was made and every span that was written.
# `loadgenerator` is the program that plays the customers' browsers, so that there is something to record. A name such as `GET /products/{id}` stands for
# all products: `{id}` is where the number goes. The recording holds many traces. How many spans does each service have in it? Guess which service has most, then run this.

# %%
spans.service.value_counts()

# %% [markdown]
# A service writes several **kinds** of span. Two matter at first: `SERVER` is "I was asked, and this is how long it took me to answer";
# `CLIENT` is "I asked somebody else, and this is how long I waited". The other kinds come later; you can leave them aside today.

# %%
spans.kind.value_counts()

# %%
asked = spans[spans.kind == "SERVER"]
asked.groupby("service").duration_ms.median().sort_values()

# %%
asked.groupby("service").duration_ms.median().idxmax()

# %% [markdown]
# ### Question: the busiest service (a five-minute test of yourself)
#
# Write `busiest(spans)`. It takes a table of spans like the one above and returns the name of the service that was **asked** most often, as text:
# the one with the most spans of the kind `SERVER`. Spans of other kinds don't count. Use the argument, not the table of this page:
# the check calls your function on tables you have not seen.
# Example: for the three spans on paper with two more for `ads`, it returns `"ads"`.

# %% answer="busiest-service"
def busiest(spans):
    """The service with the most SERVER spans."""
    ### BEGIN SOLUTION
    return spans[spans.kind == "SERVER"].service.value_counts().idxmax()
    ### END SOLUTION
    return ...

# %% check="busiest-service"
check("busiest-service", busiest)

# %% [markdown]
# Did that take you five minutes or less? Then you have the pandas to go on with; module 1 shows two moves more. If it took much longer, spend an evening with the
# pandas tutorial "10 minutes to pandas" before module 1, and do the moves above on this recording. That is no detour: everybody did it once.

# %% [markdown]
# ## 3. Look at the shop
#
# `morning.traces()` has one row per trace: which page it was (`route`), when it began and how long the customer waited. Traces without a route are no pages:
# in them the shop sends its e-mails, after the customer has gone.

# %%
requests = morning.traces()
requests[["route", "duration_ms", "status", "spans"]].head(5)

# %% [markdown]
# The last of the eight moves joins two tables: it tells for each span which page it was for.

# %%
of_pages = spans.merge(requests[["trace_id", "route"]], on="trace_id")
of_pages[["route", "service", "name", "duration_ms"]].head(3)

# %% [markdown]
# Before you go on, write down on paper: which page of the shop do you expect to be the slowest? The home page with all its goods, one product,
# the cart, the checkout? And why? Predicting first is the whole trick of this course: who only watches learns little.
#
# ### Question: the typical wait
#
# How long does a customer typically wait for a product page? Take the rows of `requests` whose `route` is `"GET /product/{id}"`, and set `typical_ms`
# to the **median** of their `duration_ms`: half of them waited less, half more. Let pandas compute it, and don't round.
# Example: the median of 3, 4, 5, 6 and 90 ms is 5 ms.

# %% answer="typical-wait"
typical_ms = ...
### BEGIN SOLUTION
typical_ms = requests[requests.route == "GET /product/{id}"].duration_ms.median()
### END SOLUTION

# %% check="typical-wait"
check("typical-wait", typical_ms)

# %% [markdown]
# Now compare with what you wrote down. Every request of the recording is a mark in this figure, the higher the slower:

# %%
plot.durations(requests)

# %% [markdown]
# ### For your mentor: first impression
#
# The next cell shows a typical home page: half of the home pages were quicker, half slower. You can put another route in, or another number than 0.5.
# In two to four sentences: what did you expect to see, what do you see, and which question would you ask somebody who knows the shop?
# There is no wrong answer here. "I don't understand why …" is a good one.

# %%
plot.waterfall(morning.trace_at("GET /", 0.5), path=False)

# %% [markdown] reflect="first-impression"
# ### BEGIN SOLUTION
# I expected one bar for each service. I see that the page asks for the catalogue first and only then for several things at once.
# At the end it asks for the currency again and again, once after the other. I would ask: why so often, when all prices are in the same currency?
# ### END SOLUTION

# %% [markdown]
# ## What you now know
#
# - A **span** is one piece of work with a beginning and an end; its **parent** is the work it was done for; a **trace** is a whole request.
# - Children can work at the same time, so their durations don't add up to their parent's.
# - A recording is a table, and eight moves are enough to question it.
# - A check replies at once, and a wrong answer costs nothing.

# %%
progress()

# %% [markdown]
# ## Hand it in
#
# Save this notebook (Ctrl-S, or Cmd-S on a Mac). Then run the next cell once, without the `#`, with your own name in it. It writes one file and says where it is:
# that file goes to your mentor. (A line that begins with `!` is run by your computer, not by Python; the same line without the `!` works in a terminal.)
# You can hand in again whenever you like; the last one counts.

# %%
# # !watchkeeper submit 00-welcome --name "Your Name"
