"""sunday-night: which service multiplies the load, and how?"""

from watchkeeper.staff.author.writing import Record, SomeOf, Text, question, whole
from watchkeeper.traces import retries

MECHANISMS = (
    "slow itself",
    "asks again at once",
    "asks again later",
    "asks for every row",
    "slow connection",
    "clock",
    "nothing is wrong",
)

q = question(
    kind="diagnose",
    points=4,
    answer=Record(
        {
            "service": Text("a service's name"),
            "mechanism": Text("a mechanism", MECHANISMS),
            "evidence": SomeOf(Text("a span id"), at_least=3),
        }
    ),
)
q.inputs(whole("sunday-night"))
q.hints(
    "Divide: client spans of each service by its pages, before the trouble and in it. Whose number grows?",
    "Draw one slow page in the trouble as a waterfall, and read its bars in order of start.",
    "What had happened right before each bar that is one too many, and how long was the pause?",
)
q.passed("Roll back the slow one to end the night; mend the one that multiplies, or the night will come again.")


@q.wrong(
    "That one got slower; it answers whoever asks, and asks nobody more.",
    "Who asks it more often than before, for the same page?",
    misconception="whoever is slow makes the load",
)
def whoever_got_slower(recording):
    return {"service": "cart"}


@q.wrong(
    "The visitors were as many as on any night, and each asks once.",
    "Who asks more often than before, for the same page?",
)
def whose_customers_they_are(recording):
    return {"service": "loadgenerator"}


@q.wrong(
    "It asks others too, but how often for one request?",
    "Count questions per request, by who asks: before, and in the trouble.",
)
def another_caller_of_it(recording):
    return {"service": "checkout"}


@q.wrong(
    "That explains a slow answer, and no more questions than usual.",
    "Look at the client spans under one slow page, in order of start.",
)
def it_works_longer(recording):
    return {"mechanism": "slow itself"}


@q.wrong("Look at the pauses: are they long, and do they grow?", "my_retries(page) gives the number and the pauses.")
def with_a_back_off(recording):
    return {"mechanism": "asks again later"}


@q.wrong(
    "Those calls don't ask for different things, and they fail.",
    "Look at the status of the client spans in order of start.",
)
def one_call_a_row(recording):
    return {"mechanism": "asks for every row"}


@q.wrong("The server spans themselves have grown.", "Look at the client spans under one slow page, in order of start.")
def on_the_way(recording):
    return {"mechanism": "slow connection"}


@q.wrong(
    "The clocks agree: traces.clock_offsets(sunday.spans) says so.",
    "Look at the client spans under one slow page, in order of start.",
)
def a_clock_again(recording):
    return {"mechanism": "clock"}


@q.wrong(
    "Even one single page asked more questions than on a good night.",
    "Count the client spans under one slow page, and look at their names.",
    misconception="more load means more visitors",
)
def more_visitors(recording):
    return {"mechanism": "nothing is wrong"}


@q.wrong(
    "Those spans are the work of the slow service.", "Name what made that work more: spans of the service that asks."
)
def work_of_the_slow_one(recording):
    spans = recording.spans
    return {"evidence": spans.span_id[(spans.service == "cart") & (spans.kind == "SERVER")].tolist()}


def attempts_of(recording):
    calls = recording.spans[recording.spans.kind == "CLIENT"].sort_values("start_ns")
    earlier = calls.groupby(["trace_id", "parent_span_id", "name"])[["status", "end_ns"]].shift()
    return calls, (earlier.status == "ERROR") & (earlier.end_ns <= calls.start_ns)


@q.wrong(
    "Those are ids of traces; a whole trace holds innocent spans as well.",
    "Name the spans themselves: their column span_id.",
)
def traces_of_it(recording):
    calls, again = attempts_of(recording)
    return {"evidence": calls.trace_id[again].unique().tolist()}


@q.wrong(
    "Those questions would have been asked on a good night as well.",
    "Name those that a good night would not have had: what came before them?",
)
def first_attempts(recording):
    calls, again = attempts_of(recording)
    mine = (calls.service == "frontend") & calls.name.isin(calls.name[again].unique()) & ~again
    return {"evidence": calls.span_id[mine].tolist()}


@q.wrong(
    "Those are the pages, and there would have been as many on a good night.",
    "Name what is new below them: which client spans did not exist before?",
)
def pages_that_waited(recording):
    spans = recording.spans
    return {"evidence": spans.span_id[(spans.service == "frontend") & (spans.kind == "SERVER")].tolist()}


@q.alternative
def sunday_by_shift(recording):
    calls, again = attempts_of(recording)
    found = calls[again]
    return {
        "service": found.service.mode().item(),
        "mechanism": "asks again at once",
        "evidence": found.span_id[found.service == "frontend"].tolist()[:3],
    }


@q.alternative
def sunday_by_library(recording):
    groups = retries(recording.spans)
    groups = groups[groups.service == groups.groupby("service").attempts.sum().idxmax()]
    first = groups[groups.attempts > 2].iloc[-3:]
    calls = recording.spans[recording.spans.parent_span_id.isin(first.parent_span_id)]
    calls = calls[(calls.kind == "CLIENT") & calls.name.isin(first.name) & ~calls.span_id.isin(first.first_span_id)]
    return {"service": groups.service.iloc[0], "mechanism": "asks again at once", "evidence": calls.span_id.tolist()}
