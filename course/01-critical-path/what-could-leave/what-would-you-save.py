"""what-would-you-save: how long does the page take if one call takes half as long?"""

from watchkeeper.staff.author.writing import Number, on_paper, question
from watchkeeper.traces import retime

from .shared import RETIMED, wait_ms

q = question(kind="predict", points=2, answer=Number("ms", within=0.5))
q.inputs(on_paper("the page on paper", RETIMED))
q.hints(
    "Step 1: similar now lasts from 32 to 52.",
    "Step 2: price waits for all that had ended before it began: similar and banner. Which ends last now?",
    "Step 3: price keeps its gap of 2 ms and its 20 ms, the page keeps its last 6 ms.",
)
q.passed('"Twice as fast" is about a call. What the customer gets of it, the next branch decides.')


@q.wrong(
    "You took the whole 20 ms off the page; somebody else was still running.",
    "What else must have ended before price can begin?",
)
def without_half_of_it(spans):
    return wait_ms(spans) - 20


@q.wrong(
    "That is as long as before, but price can begin a little earlier.",
    "When do similar and banner both have ended, after the change?",
    misconception="the slowest span saves its whole duration when it goes",
)
def nothing_changes(spans):
    return wait_ms(spans)


@q.wrong(
    "You let price begin at once; it began 2 ms after the last answer before.",
    "Keep that gap: price moves to the last end + 2 ms.",
)
def without_the_gap(spans):
    return wait_ms(retime(spans, "similar", 20)) - 2


@q.wrong("You stopped at the end of price; the page went on for a while after it.", "Step 3: keep the page's tail.")
def without_the_tail(spans):
    return wait_ms(retime(spans, "similar", 20)) - 6


@q.wrong("That is what is saved.", "This asks how long the page takes then.")
def the_saving(spans):
    return wait_ms(spans) - wait_ms(retime(spans, "similar", 20))


@q.alternative
def by_the_next_branch(spans):
    ends = spans.set_index("span_id").end_ns / 1e6
    starts = spans.set_index("span_id").start_ns / 1e6
    others = max(starts["similar"] + 20, ends["banner"])
    return ends["page"] - (ends["similar"] - others)


@q.alternative
def by_forward_counting(spans):
    length = spans.set_index("span_id").duration_ms
    start = spans.set_index("span_id").start_ns / 1e6
    fetched = max(start["similar"] + 20, start["banner"] + length["banner"])
    return fetched + 2 + length["price"] + 6
