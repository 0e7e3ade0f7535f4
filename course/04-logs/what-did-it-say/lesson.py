# %% [markdown]
# # What did it say?
#
# Monday, nine o'clock. The bill for the log store is said to have doubled since Sunday's deploys, somebody searched Sunday's log for errors and found hundreds, and the head of the shop asks you: is anything wrong for our customers?
#
# **Three questions from earlier modules.** Answer them aloud, then open the lines below.
#
# 1. A request's root span is fine, and a span in the middle of it has the status ERROR. What is that called, and who was harmed?
# 2. A counter of requests stood at 900 and now says 40. What happened, and how many requests were there at least?
# 3. A mail is sent in a trace of its own. How do you get from it to the order?
#
# <details><summary>Answers</summary>
#
# 1. A masked error: somebody could do without that answer. Nobody, as far as this request tells.
# 2. The process started anew, and with it the counter. At least 940.
# 3. By the link in its CONSUMER span, which names the PRODUCER span of the order.
#
# </details>
#
# **By the end you can**
#
# - read a log record and its severity, and say how good a search for "error" was;
# - put lines together that belong together, and gather lines that one statement wrote;
# - find the few kinds of record that make most of a log, and those that are new since a moment;
# - join records to requests, by id and without one, and say which errors anybody felt;
# - say what a log costs, what may be left out, and who must not stand in it.
#
# **Not covered:** which record is the cause and which the echo, clocks of records, timelines (next notebook); how to run a log store.
#
# **Time:** 150 minutes in all, with a break after part 5: better two sittings than one. If one question holds you longer than 15 minutes, use `hint()`, or go on and come back.

# %% tags=["parameters"]
datasets = None  # a school may name the folder of its own recordings here

# %%
from textwrap import fill

import pandas as pd

from watchkeeper import Recording, explore, logs, plot
from watchkeeper.check import check, hint, progress

pd.set_option("display.max_colwidth", 90, "display.width", 100)
sunday = Recording.open("sunday-night", datasets)
columns = ["service", "severity", "severity_number", "body"]

# %% [markdown]
# ## 1. A record
#
# You know Sunday night by its traces: pages hung, and one service was asked again and again. Now read what the services wrote while it happened. This is one **log record**, with all of its fields.

# %%
records = sunday.logs
records[records.service == "shipping"].iloc[5]

# %% [markdown]
# The **body** is a sentence for people. All around it is **structured**: fields that a program can filter by without reading the sentence. `attributes` repeats one word of the sentence as a field, so that nobody has to cut it out
# again. A line of plain text has none of this: even its level is just a word in it.
#
# Of the other fields, `time_ns` says when it was written, in nanoseconds since 1970, and `observed_ns` when it was collected (next notebook). `resource` tells of the process, and is the same in each of its records; `scope` names the logger that the program used. `event_name` could say of what kind the record is; here nobody filled it in.
#
# **Severity** says how serious the *writer* thought it was. Every logging library has its own words (`WARNING`, `warn`, `NOTICE`), so OpenTelemetry gives them numbers, and by its data model a record with 17 or more tells of something that went wrong.
#
# | level | numbers | usually means |
# |---|---|---|
# | TRACE | 1–4 | a step of the program, for whoever debugs this very code |
# | DEBUG | 5–8 | what helps to understand a fault; normally switched off |
# | INFO | 9–12 | something happened that was meant to happen |
# | WARN | 13–16 | unexpected, but this request or job went on |
# | ERROR | 17–20 | an operation failed; whether anybody felt it, it does not say |
# | FATAL | 21–24 | the program, or a whole part of it, cannot go on |
#
# Compare by number. As texts, `"ERROR" < "INFO" < "WARN"`: the alphabet knows nothing of harm. And a promise is only the writer's: no machine checks it. You will meet an ERROR that nobody felt,
# and an INFO that says more about Sunday night than any ERROR.
#
# ## 2. Search for "error"
#
# The first thing that anybody does with a log. Predict: which services write lines that contain the word, and at which level? And what may the records with 17 or more look like that do *not* contain it?

# %%
has_word = records.body.str.contains("error", case=False)
missed = records[(records.severity_number >= 17) & ~has_word]
print(len(missed), "without the word, such as", missed.body.str.split("\n").str[0].value_counts().head(3).to_dict())
print(records[has_word].groupby(["service", "severity"]).size().rename("with the word"))
records[has_word].drop_duplicates(["service", "severity"])[columns]

# %% [markdown]
# "0 errors" is good news, and nearly all that the search missed stop after the colon: the program wrote down the text of an exception that has none, and all that is left of "nobody answered in time" is a page's name. The *field* is still right.
# That is why one filters by field first and by word second.
#
# Two numbers say how good a search was:
#
# - **precision**: of the lines it found, the share that it should have found;
# - **recall**: of the lines it should have found, the share that it did find.
#
# On paper, seven lines, and a search for "error":
#
# | service | level | number | body | found? | should it be? |
# |---|---|---|---|---|---|
# | cart | INFO | 9 | `job done, 0 Errors` | yes | |
# | cart | ERROR | 18 | `error while saving` | yes | yes |
# | ads | INFO | 9 | `no errors so far` | yes | |
# | ads | INFO | 9 | `served banner 7` | | |
# | payment | FATAL | 21 | `cannot open the store` | | yes |
# | email | WARN | 13 | `3 mails wait` | | |
# | email | INFO | 9 | `outbox is empty` | | |
#
# It finds three lines, one of them rightly: precision 1/3. It should have found two, and found one of them: recall 1/2.
#
# ### Question: how good was the search?
#
# Write `search_quality(records)`. The search finds each record whose `body` contains "error" in any case; it should find each record whose `severity_number` is 17 or more.
# Return a dict with `"precision"` and `"recall"`, shares from 0 to 1. (The library's own function is switched off meanwhile.)
# Example: the seven lines above give `{"precision": 0.333…, "recall": 0.5}`.

# %% answer="search-quality"
def search_quality(records):
    """Precision and recall of a search for the word "error"."""
    ### BEGIN SOLUTION
    matches = records.body.str.lower().str.contains("error")
    wanted = records.severity_number >= 17
    right = (matches & wanted).sum()
    return {"precision": right / matches.sum(), "recall": right / wanted.sum()}
    ### END SOLUTION
    return ...

# %% check="search-quality"
check("search-quality", search_quality)

# %%
logs.grep_quality(has_word, records.severity_number >= 17)

# %% [markdown]
# That is the same search on Sunday night: a third of its finds was good news, and it missed most of what it looked for.
#
# ## 3. Many lines, one record
#
# An exception comes with a **stack trace**: which line of code called which. Here is one error of `shipping`. Predict how many lines it has, and which one you would put into a message to a colleague.

# %%
stacked = records[(records.service == "shipping") & (records.severity_number >= 17)].body.iloc[0]
print(stacked)

# %% [markdown]
# The first line says what was attempted, the last one which exception it was: those two tell. Here all of it is *one* record. But many services print to a file, and a collector that reads the file makes a record of **each line**. Then one failure counts as often as it has lines, and the line that names the exception
# stands alone, without a word on where it came from.
#
# A colleague puts such lines together again: what is indented belongs to the record before. His test passes. `printed` is a whole stack trace and what came before and after it: count by hand how many records that is, and predict what his function says.

# %%
def colleagues_lines_each(lines):
    counts = []
    for line in lines:
        if counts and line.startswith(" "):
            counts[-1] += 1
        else:
            counts.append(1)
    return counts


printed = ["POST /charges: 'DKK'", "Traceback (most recent call last):", '  File "payment.py", line 40, in charge',
           "    return digits[currency]", "KeyError: 'DKK'", "charged 12100 USD"]
print("passed" if colleagues_lines_each(["no bay", "  at gate 4", "parcel leaves"]) == [2, 1] else "not passed")
colleagues_lines_each(printed)

# %% [markdown]
# The rule for Python's traces: a line **belongs** to the record before when it is indented or empty, or when it is the head of a trace, or when a trace is still **open**. The head opens one; it stays open over the indented lines that follow;
# the first line that is not indented names the exception, belongs to it still, and closes it, unless it is a head again. (Not all is covered by that: an exception whose text has several lines, or that names another one as its cause, still falls apart.)
#
# ### Question: mend it
#
# Complete the two blanks: put your own in place of each `...`. `belongs` is True or False for this line, by the rule above. `open_behind` is True when a trace is open *behind* this line; for the next line that is `still_open`. `indented` (empty lines count) and `head` are there already.
# Example: for `printed` it returns `[5, 1]`.

# %% answer="lines-each"
def lines_each(lines):
    """How many lines each record has."""
    counts, still_open = [], False
    for line in lines:
        indented = line == "" or line.startswith((" ", "\t"))
        head = line.startswith("Traceback (most recent call last):")
        belongs = ...
        ### BEGIN SOLUTION
        belongs = indented or head or still_open
        ### END SOLUTION
        open_behind = ...
        ### BEGIN SOLUTION
        open_behind = head or (still_open and indented)
        ### END SOLUTION
        still_open = open_behind
        if counts and belongs > 0:  # True counts as 1; a blank can't be compared, and stops here
            counts[-1] += 1
        else:
            counts.append(1)
    return counts

# %% check="lines-each"
check("lines-each", lines_each)

# %% [markdown]
# The library has `logs.join_lines` for it, which also knows a little of other languages, and keeps services and hosts apart. Two requests of *one* process that print at the same time, no rule can part again: another reason for records with fields.
#
# ## 4. Who wrote this line?
#
# Nobody reads thousands of lines. But few *statements* wrote them, each over and over with other values in it. What the lines of one statement share is its **template**, with `<*>` where the values stand. Predict: how many different
# texts did `catalog` write on Sunday night, and how many statements might that be?

# %%
catalog = records[records.service == "catalog"]
print(len(catalog), "records,", catalog.body.nunique(), "different texts")
catalog.body.value_counts().head(8)

# %% [markdown]
# **Step 1: mask.** Whatever looks like a value gives way: numbers, ids, addresses, paths, what stands in quotes. That is a matter of regular expressions, and `logs.masked` does it. Predict what will be left of these three lines, and whether they come out alike:

# %%
[logs.masked(line) for line in ["8900 cents in USD are 94063 in SEK", "POST /cart from 10.0.0.7 took 12ms",
                                "showed the Brass Ship Bell, 8900 cents"]]

# %% [markdown]
# A currency, a product, a city or a user's name is a value too, but it looks like any other word. Masking cannot know. One sees it only by comparing lines:
#
# **Step 2: compare with the groups so far.** Only groups with equally many words. Count the places where both have the same word; at half of the places or more, the line joins. **Step 3: where they disagree, the template becomes `<*>`.**
#
# On paper, one line after the other:
#
# | masked line | compared with | same places | templates now |
# |---|---|---|---|
# | `tug <*> leaves Oslo` | – | – | `tug <*> leaves Oslo` |
# | `tug <*> leaves Hull` | `tug <*> leaves Oslo` | 3 of 4 | `tug <*> leaves <*>` |
# | `tug <*> leaves Leith` | `tug <*> leaves <*>` | 3 of 4 | as before |
# | `harbour closed until noon` | `tug <*> leaves <*>` | 0 of 4 | and a second one |
#
# This is the idea of Drain (He et al., 2017), which finds the groups to compare with by a tree: first by the number of words, then by the first of them.
#
# ### Question: your own templates
#
# Complete the two blanks. `same` is the number of places at which `group["words"]` and `words` agree (a star agrees with a star); `template` is a list of words, with `"<*>"` where they disagree.
# The function returns a dict from template to number of lines. Example: the four lines on paper give `{"tug <*> leaves <*>": 3, "harbour closed until noon": 1}`.

# %% answer="my-templates"
def my_templates(records):
    """How many lines each template has, by the steps above."""
    groups = []
    for body in records.body:
        words = logs.masked(body).split()
        for group in groups:
            same = 0
            if len(group["words"]) == len(words):
                same = ...
                ### BEGIN SOLUTION
                same = sum(ours == theirs for ours, theirs in zip(group["words"], words))
                ### END SOLUTION
            if 0 < len(words) <= 2 * same:
                template = ...
                ### BEGIN SOLUTION
                template = [ours if ours == theirs else "<*>" for ours, theirs in zip(group["words"], words)]
                ### END SOLUTION
                group["words"] = template
                group["lines"] += 1
                break
        else:
            groups.append({"words": words, "lines": 1})
    return {" ".join(group["words"]): group["lines"] for group in groups}

# %% check="my-templates"
check("my-templates", my_templates)

# %% [markdown]
# The library's `logs.templates` goes the same way, with more care. Predict: how many forms are left in `catalog` by masking alone, and how many templates then? And these two lines of a crane, masked, agree at four of five places,
# so by your steps they are one. Should they be?

# %%
print(catalog.body.map(logs.masked).nunique(), "by masking alone")
print(logs.templates(catalog.body).template.value_counts())
print(logs.templates(["door 4 opened by crane", "door 5 closed by crane"]).template.tolist())

# %% [markdown]
# It takes a word for a value only when the words at its place look like values, and it joins names of different lengths, here from one word to five, when it has seen enough of them. Your steps would leave one template for each number of words. In the code of `catalog`, four statements wrote these lines: here the guess is right.
#
# How good is such a thing? Where the code is known, count: the **grouping accuracy** is the share of lines whose group holds exactly the lines of one statement (Zhu et al., 2019, who call it parsing accuracy). One line too many makes the whole group wrong. A template is a good guess, not the truth.
#
# ## 5. The few that make most
#
# The same text is not the same event, either. So from here on a **kind** of record is a service *and* a template; you may use `kinds` in your answers. (Public recordings don't say which line of code wrote a record. Where a log does,
# use that.) And name the kinds of all records *at once*: a word becomes a value by being seen next to others, so the same record may get another name among other records, as `catalog`'s start does here. Predict: from how many services does the template of a service's start come?

# %%
def kinds(records):
    """The kind of each record: its service and its template."""
    return records.service + ": " + logs.templates(records.body).template


by_template = records.groupby(logs.templates(records.body).template).service
by_template.nunique().sort_values(ascending=False).head(3)

# %% [markdown]
# Start and end come from every service, and all services share the code that writes them: two statements, and yet the end of `cart` is not the end of `email`. That is why a kind has both, service and template.
#
# Often a few kinds make most of a log, as a few alerts make most of the noise: Juran, an engineer of quality, named this after the economist Pareto. The rule of thumb says that a fifth of the causes makes four fifths of the effects. Predict for the log of a healthy
# morning: how many of its kinds does it take for four fifths of the records? The figure has no line for it, so count.

# %%
monday = Recording.open("monday-morning", datasets)
plot.pareto(kinds(monday.logs).value_counts(), share=None, title="Monday morning: records by kind")

# %% [markdown]
# ### Question: how few?
#
# Write `how_few(records)`. It returns a dict: `"kinds"` is the number of kinds in `records`, `"few"` the size of the smallest set of kinds that together make at least 0.8 of all records.
# Example: kinds with 50, 20, 11, 9, 5, 3 and 2 records give `{"kinds": 7, "few": 3}`, for 70 are too few and 81 are enough.

# %% answer="how-few"
def how_few(records):
    """How many kinds there are, and how few of them make four fifths of the records."""
    ### BEGIN SOLUTION
    counts = kinds(records).value_counts()
    together = counts.cumsum() / counts.sum()
    return {"kinds": len(counts), "few": int((together < 0.8).sum()) + 1}
    ### END SOLUTION
    return ...

# %% check="how-few"
check("how-few", how_few)

# %%
plot.pareto(kinds(records).value_counts(), share=0.8, limit=16, title="Sunday night: records by kind")

# %% [markdown]
# The rule of thumb is no law: it takes nearly half of Monday's kinds, and about a fifth of Sunday night's, which has many rare ones. The few are where a log's cost lies, and where one starts when it has to shrink. It is *not* where the news is: what is written most is what is written every time.
#
# This is the middle, and a good place for a break.
#
# ## 6. What is new?
#
# To read a log before and after a moment, compare **rates**: records of a kind per second. Worked on Saturday's orders: **Step 1: count by kind and window. Step 2: look along each row. Step 3: what began, what ended, what grew?**
# Predict first: will the kind that tells most about that day be a frequent one or a rare one? (The picture counts by ten seconds. The table folded below it has longer stretches, of which the last is cut short by the end of the records: it only looks like a fall.)

# %%
saturday = Recording.open("saturday-orders", datasets)
by_window = logs.rates(saturday.logs, seconds=10)
plot.log_rates(by_window, saturday.deploys, limit=16, title="Saturday's orders: records by kind")

# %% [markdown]
# A template such as `POST <*>: '<*>'` says little: nearly all of it were values. Then read one line of its kind. Here are the kinds that began after the first 20 s, each with its first record. Predict which of them tells the reason.

# %%
second = (saturday.logs.time_ns - saturday.logs.time_ns.min()) / 1e9
told = saturday.logs.assign(second=second.round(3), body=saturday.logs.body.str.split("\n").str[0])
begun = told.sort_values("second").groupby(kinds(told)).first().sort_values("second")
begun[begun.second > 20][["second", "service", "severity", "body"]].reset_index(drop=True)

# %% [markdown]
# Began: three kinds, nearly at once, after the second deploy. Two of them only pass on that a call failed, and name whom they had called. The earliest names what it stumbled over: `'DKK'` alone is all that a KeyError has to say (you met one in part 3), so `payment` looked up the Danish krone and did not find it. Ended: none. Grown: `ads: quota …`, perhaps, but that came in bunches before. And the three are the rarest rows of the figure.
#
# Rate after over rate before is the **lift**. A kind that was never there before is **new**; its lift is infinite. One that was there and is no more has **vanished**, and that is the quietest of all alarms: no search finds the line that is missing.
#
# But not all that was not seen before is new. Suppose a kind comes six times a minute, at random moments. In 20 s we expect two, and none at all is no wonder: by Poisson's law its chance is `exp(-2)`, about one in seven. Where five are
# expected it is one in 150, and with dozens of kinds one of them will be late by chance. Besides, records come in bunches, since one order makes several. So we ask for ten. (Records need not stand in the order of time; and remember to name the kinds of all records at once.)
#
# ### Question: new kinds
#
# Write `new_kinds(records)`. The lead-in is the first 20 s from the earliest `time_ns`, second 20 itself excluded. Return the set of kinds without records in the lead-in of which, at their rate from second 20 to the last record, at least 10
# would have been expected *in* it. Example: in 90 s of records, a kind with 42, all after the lead-in, comes 0.6 times a second: 12 expected, none seen, so it is in the set.

# %% answer="new-kinds"
def new_kinds(records):
    """The kinds that were not there in the lead-in, though they should have been."""
    ### BEGIN SOLUTION
    kind = kinds(records)
    seconds = (records.time_ns - records.time_ns.min()) / 1e9
    known = set(kind[seconds < 20])
    per_second = kind[seconds >= 20].value_counts() / (seconds.max() - 20)
    return {name for name, rate in per_second.items() if name not in known and rate * 20 >= 10}
    ### END SOLUTION
    return ...

# %% check="new-kinds"
check("new-kinds", new_kinds)

# %% [markdown]
# The library's `logs.changes` does it for any two stretches, with lifts and a test. Predict: which severities do the new kinds have, and which of them came first?

# %%
early = records.time_ns < records.time_ns.min() + 20_000_000_000
changed = logs.changes(records[early], records[~early]).query("significant")
new = changed[changed.change == "new"]
told = records[kinds(records).isin(new.service + ": " + new.template)].sort_values("time_ns")
told = told.assign(second=((told.time_ns - records.time_ns.min()) / 1e9).round(2))
print(told.drop_duplicates(["service", "severity"])[["second", "service", "severity", "body"]].to_string(index=False))
changed[["change", "service", "template", "before", "after", "lift"]]

# %% [markdown]
# The first *new* kind of that night was an INFO: a program that politely says it will try again. (An ERROR of `shipping` came earlier. Its kind is too rare to be new; part 7 looks at one.) Rare lines are no news, and loud ones need not be; *new* ones are.
#
# ## 7. Which request was it?
#
# A record carries the trace id and span id of the moment it was written in, so each leads to its request. Here is one order whose records are not all INFO. Predict from the letters: was the shopper harmed? (Letters that would cover each other share a mark; the list below the spans has each record. A called span may outlast its caller's by a little: the answer is out before the called one closes its span.)

# %%
tried = records[(records.service == "shipping") & (records.severity_number >= 17)].trace_id.iloc[0]
plot.log_timeline(sunday.trace(tried), records, title="An order, and what the services wrote")

# %% [markdown]
# An attempt failed, the program tried again, and the order went through. ERROR says that an *operation* failed; whether a customer felt it, only the request can say.
#
# ### Question: felt or not?
#
# Write `felt_or_not(recording)`. It returns a dict with two dicts: under `"felt"` the number of records with severity number 17 or more by service, of those whose request has the status ERROR in `recording.traces()`;
# under `"unfelt"` the same for all other requests. (Each of these records has a trace id.) Leave out services with 0. Example of the form: `{"felt": {"cart": 3}, "unfelt": {"ads": 2, "cart": 1}}`.

# %% answer="felt-or-not"
def felt_or_not(recording):
    """ERROR records by service: in requests that failed, and in those that did not."""
    ### BEGIN SOLUTION
    requests = recording.traces()
    failed = set(requests.trace_id[requests.status == "ERROR"])
    errors = recording.logs[recording.logs.severity_number >= 17]
    harmed = errors.trace_id.isin(failed)
    return {"felt": errors[harmed].service.value_counts().to_dict(),
            "unfelt": errors[~harmed].service.value_counts().to_dict()}
    ### END SOLUTION
    return ...

# %% check="felt-or-not"
check("felt-or-not", felt_or_not)

# %% [markdown]
# ### For your mentor: a page for every ERROR?
#
# A colleague wants a page for every ERROR record of `shipping`. Answer in two to four sentences: how many such records there were on Sunday night and how many of them anybody felt (your own function says it),
# what a page should hang on instead, and what you would do with these records.

# %% [markdown] reflect="page-on-error"
# ### BEGIN SOLUTION
# On Sunday night every ERROR of shipping was an attempt that was repeated with success: by my function all of them stand in requests that ended well, so each page would have woken somebody for nothing.
# A page should hang on what customers feel, such as the share of orders that fail. I would make the record a WARN, with the attempt as a field, and watch its rate: if tries were ever used up, that is the ERROR.
# ### END SOLUTION

# %% [markdown]
# Not every record has an id. Predict which service has the smallest share of records with one, and what it is that is written outside of any request:

# %%
print(logs.coverage(records).head(4))
kinds(records[records.trace_id == ""]).value_counts().head(6)

# %% [markdown]
# Start, end, jobs in the background: nobody asked for them, so they belong to no request. In other shops, though, an id gets *lost*: a library that does not pass it on, an old service, a log that was never joined to tracing. Then place and time are all there is: which requests had a span of this service
# open at that moment? Those are the **candidates**. One candidate is a find; several leave it open.
#
# How far does that get us? Try it where the truth is known. Predict for Sunday night: how often will it work for `shipping`, and how often for `cart`?
#
# ### Question: by place and time
#
# Complete `candidates`: the set of trace ids of the spans in `working` that had begun by `record.time_ns` and had not ended before it (both ends count). The function returns, for each of two services, the share (0 to 1)
# of its records *with an id* whose only candidate is their own trace. Example: 4 records, of which 3 have one candidate and 1 has two, give 0.75.

# %% answer="by-place-and-time"
def found_by_place_and_time(recording):
    """The share of a service's records that place and time alone lead to their request."""
    spans, shares = recording.spans, {}
    for service in ["cart", "shipping"]:
        working = spans[spans.service == service]
        with_id = recording.logs[(recording.logs.service == service) & (recording.logs.trace_id != "")]
        found = 0
        for record in with_id.itertuples():
            candidates = ...
            ### BEGIN SOLUTION
            open_then = (working.start_ns <= record.time_ns) & (working.end_ns >= record.time_ns)
            candidates = set(working.trace_id[open_then])
            ### END SOLUTION
            found += len(candidates) == 1 and record.trace_id in candidates
        shares[service] = found / len(with_id)
    return shares

# %% check="by-place-and-time"
check("by-place-and-time", found_by_place_and_time)

# %% [markdown]
# Call your function on `sunday` in a cell of your own to see both shares. The busier the service, the less it tells, and it is in trouble that one asks. There is a worse trap. Here are records that were written inside *no* request. Predict: for how many of them will your rule name exactly one? And if a span counts
# as open a millisecond more on both sides? (So does the library's `logs.join_window`, since a record may be written just after its span's end.)

# %%
background = records[records.trace_id == ""]
for slack_ms in [0, 1]:
    joined = logs.join_window(background, sunday.spans, slack_ms=slack_ms, by=["service"])
    print("by your rule" if slack_ms == 0 else "1 ms wider", joined.verdict.value_counts().to_dict())
kinds(records)[joined.index[joined.verdict == "one"]].value_counts()

# %% [markdown]
# None of these was written inside a request, so no "one" names the request it was written in. Read which they are. `outbox: <*> waiting` is written just before the span of the next mail begins: it is about that mail, and about any other that waits. The rest, such as the end of a process, merely met somebody's span.
# A join by place and time finds a neighbour; whether it is kin, you find out by reading, and a little slack changes much. So pass ids on, and say how you joined.
#
# ## 8. On your own: a quiet Sunday
#
# Back to the beginning. Read the complaint and the deploys, look at what the customers got, and write down a hypothesis *before* you look at the log.

# %%
quiet = Recording.open("quiet-sunday", datasets)
print(fill(quiet.card["symptoms"]))
last_deploy = quiet.deploys.time_ns.max()  # what is before it, what is after it?
plot.durations(quiet.traces(), quiet.deploys, log=True, title="A quiet Sunday: how long each request took")

# %% [markdown]
# How to rule harm out: compare what was before `last_deploy` with what came after. Did requests fail (their status)? Were they slower (the middle of their durations)? Are prices wrong: does the *same* conversion, such as `8900 cents in USD`, come to another amount?
#
# What should not be in a log are **personal data**: what tells of a person whom one can find by it.
#
# - A name, a mail address, a telephone number do. A desk's address is no person's.
# - The last four digits of a card alone do not, and the card industry's rules (PCI DSS) allow them.
# - An alias such as `shopper-1-0001` points to somebody as soon as one has the list of aliases. So the European law (GDPR) counts it in, but it names nobody by itself.
#
# `logs.personal(bodies)` finds *candidates* by their form: its column `line` is the record's row in `quiet.logs`. Whether one is a person, you decide by reading the line. Records outside of any request have an empty trace id, which is no evidence.
#
# Here is the log, with controls to read it by. They show the first 8 characters of a trace id; `quiet.logs` has the whole. And they count seconds from the first record, the figure above from the first request, so a deploy may stand at two different seconds.

# %%
explore.logs(quiet)

# %% [markdown]
# ### Question: a quiet Sunday
#
# Set `quiet_finding` to a dict:
#
# - `"harm"`: what changed for customers: `requests fail`, `pages are slower`, `prices are wrong` or `nothing is wrong`;
# - `"grew"`: the service whose records per second grew most from before the last deploy to after it;
# - `"why"`: `more visitors`, `more records a request`, `errors repeated` or `calls tried again`;
# - `"named"`: the service that writes a *person's* mail address or telephone number;
# - `"evidence"`: a list of three or more different trace ids, whole, of requests in which it did so, and of no other.
#
# Form: `{"harm": "pages are slower", "grew": "cart", "why": "more visitors", "named": "ads", "evidence": ["0a…", "1b…", "2c…"]}`.

# %% answer="quiet-sunday"
quiet_finding = {"harm": ..., "grew": ..., "why": ..., "named": ..., "evidence": [...]}
### BEGIN SOLUTION
deployed_ns = quiet.deploys.time_ns.max()
later = quiet.logs.time_ns >= deployed_ns
seconds_before = (deployed_ns - quiet.logs.time_ns.min()) / 1e9
seconds_after = (quiet.logs.time_ns.max() - deployed_ns) / 1e9
growth = quiet.logs[later].service.value_counts() / quiet.logs[~later].service.value_counts()
requests = quiet.traces()
came_later = requests.start_ns >= deployed_ns
harmed = (requests.status == "ERROR").any() or (
    requests.duration_ms[came_later].median() > 1.5 * requests.duration_ms[~came_later].median()
)
visitors = (came_later.sum() / seconds_after) / ((~came_later).sum() / seconds_before)
clues = quiet.logs.loc[logs.personal(quiet.logs.body).line]
people = clues[(clues.trace_id != "") & ~clues.body.str.contains("operations@")]
quiet_finding = {
    "harm": "pages are slower" if harmed else "nothing is wrong",
    "grew": growth.idxmax(),
    "why": "more visitors" if visitors > 1.5 else "more records a request",
    "named": people.service.mode().item(),
    "evidence": sorted(set(people.trace_id)),
}
### END SOLUTION

# %% check="quiet-sunday"
check("quiet-sunday", quiet_finding)

# %% [markdown]
# ## 9. What it costs
#
# Now you may say what somebody's search had found: predict its precision. And stores ask money for volume and for days. Has the volume "doubled"? Predict, too, whose records at which severity take most of the bytes since the last deploy. (Counted are the characters of the bodies; fields come on top.)

# %%
written = quiet.logs.assign(size=quiet.logs.body.str.len())
print(logs.grep_quality(written.body.str.contains("error", case=False), written.severity_number >= 17))
for name, part in [("before", written[written.time_ns < last_deploy]), ("since", written[written.time_ns >= last_deploy])]:
    lasted_s = (part.time_ns.max() - part.time_ns.min()) / 1e9
    print(f"{name}: {len(part) / lasted_s:.0f} records and {part['size'].sum() / lasted_s:,.0f} characters per second")
print(kinds(written)[written.severity == "WARN"].value_counts())
size = part.groupby(["service", "severity"])["size"].sum()
(size / size.sum()).sort_values(ascending=False).head(6).round(3)

# %% [markdown]
# "Doubled" was somebody's word: a complaint is where one begins to measure. What helps, in this order: write less (DEBUG off, which can be switched on for an hour when it is needed), keep it for fewer days, write one record with fields in place of four sentences; then **sample**. Suppose you keep one
# record in eight. Drawn line by line, or by trace id, so that a request's records stay or go together? Predict: of how many requests do you keep the *whole* story, each way?

# %%
with_id = quiet.logs[quiet.logs.trace_id != ""]
by_line = with_id.sample(frac=1 / 8, random_state=1)
by_trace = with_id[with_id.trace_id.map(lambda trace_id: int(trace_id, 16) % 8 == 0)]
all_of_it = with_id.trace_id.value_counts()
print(len(all_of_it), "requests have records; whole are, of these:")
{name: int((kept.trace_id.value_counts().reindex(all_of_it.index) == all_of_it).sum())
 for name, kept in [("by line", by_line), ("by trace", by_trace)]}

# %% [markdown]
# By trace, each story is whole or absent, and one can keep every record of ERROR and above besides. Of WARN only if it is rare: here it is nearly all one kind, again and again. What nobody keeps cannot be counted later, so count *first*: the rate by kind is a metric, and costs almost nothing.
#
# ### For your mentor: the log bill
#
# Answer the head of the shop in three or four sentences: is anything wrong for customers, and how do you know (a number); what makes the bill, what you propose, what share of the bytes since the last deploy that saves and what one then can't look up any more;
# and what must be done about the person who is in the log.

# %% [markdown] reflect="the-log-bill"
# ### BEGIN SOLUTION
# Nothing is wrong: no request failed that Sunday, and the typical page took as long after the deploys as before. The hundreds of finds were lines that say "0 errors"; the few ERROR records of shipping were tried again with success.
# The bill comes from one service that has logged at DEBUG since its deploy, with a warning on every call: switching both off saves about six tenths of the bytes written since, and we lose how a single conversion was computed, which nobody has asked for.
# One service writes a person's address or number into its log. The line must go, the team and whoever is responsible for data protection must hear of it, and what is stored has to be deleted, copies included.
# ### END SOLUTION

# %% [markdown]
# ## What you now know
#
# - A record has fields; filter by them before you search by words. Severity is a number, and the writer's promise.
# - A search has precision and recall. "error" finds lines that say there was none, and misses those that stop after the colon.
# - A stack trace is one record. Cut into lines it counts as many failures, with no cause.
# - A template is what the lines of a statement share: mask, then compare. The same text from two services is two kinds.
# - A few kinds make most of the cost. *New* and *vanished* kinds make the news, whatever their level.
# - ERROR is not harm: join it to its request. Without an id, place and time give candidates, not proof.
# - A log costs money and can cost a person's privacy. Write less, sample by trace, name nobody.
#
# **Next:** `one-incident-three-signals`, the second notebook of this module: which record was the cause, and which its echo. Its last lines say how to hand both in together.

# %%
progress()
