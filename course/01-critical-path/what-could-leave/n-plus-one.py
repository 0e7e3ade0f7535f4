"""n-plus-one: why did the home page take longer on Tuesday?"""

import pandas as pd

from watchkeeper.staff.author.writing import Record, SomeOf, Text, question, whole

from .shared import MECHANISMS, spans_of_route

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
q.inputs(whole("tuesday-lunch"))
q.hints(
    "traces.path_share(slow) beside traces.path_share(quick): who has grown?",
    "alike(slow) and alike(quick): which call has become numerous, and whose is it?",
    'alike(spans_of(lunch, "GET /")) lists them for all home pages; see parent_span_id.',
)
q.passed("Each query was quick: no alarm about slow queries would have rung. Most of the time went into asking.")


@q.wrong(
    "Its calls repeat, but they do so on quick home pages as well.",
    "Compare a quick home page with a slow one: what is new?",
)
def the_currency_service(recording):
    return {"service": "currency"}


@q.wrong(
    "Its span is the longest because it holds all the others.",
    "Whose share of the critical time is larger on slow home pages?",
)
def whoever_has_the_longest_span(recording):
    return {"service": "frontend"}


@q.wrong(
    "That is whom home pages usually wait for. Look at the slow ones.",
    "Whose share of the critical time is larger on the slow ones?",
)
def the_usual_straggler(recording):
    return {"service": "recommendation"}


@q.wrong(
    "Look for the slow query: the longest of them is still short.",
    "Count them: how many does one request need, quick and slow?",
    misconception="many calls of a few ms are harmless; it must be one slow query",
)
def the_database_is_slow(recording):
    return {"mechanism": "one slow query"}


@q.wrong(
    "Its own time has grown, but is that all that has changed?", "Use alike(...) on the quick page and on the slow one."
)
def it_just_works_longer(recording):
    return {"mechanism": "slow itself"}


@q.wrong(
    "The figure shows two kinds of home page: quick ones, and far slower ones.",
    "What do the slow ones have that the quick ones have not?",
)
def nothing_happened(recording):
    return {"mechanism": "nothing is wrong"}


def database_calls(recording):
    spans = spans_of_route(recording, "GET /")
    queries = spans[(spans.kind == "CLIENT") & spans.name.str.contains(".db", regex=False)]
    counts = queries.groupby(["trace_id", "parent_span_id"]).span_id.agg(["size", list]).reset_index()
    return spans, counts[counts["size"] > 100]


@q.wrong(
    "Those are the small calls; each one alone is harmless.", "Name the spans they hang under: their parent_span_id."
)
def the_small_queries_themselves(recording):
    shown, counts = recording.trace_at("GET /", 0.9).trace_id.iloc[0], database_calls(recording)[1]
    chosen = pd.concat([counts[counts.trace_id == shown], counts.iloc[-2:]])
    return {"evidence": [one for many in chosen["list"] for one in many]}


@q.wrong("Those spans waited for the answer.", "Name the spans that the repeated calls hang under.")
def the_clients_that_waited(recording):
    spans, counts = database_calls(recording)
    return {"evidence": spans[spans.span_id.isin(counts.parent_span_id)].parent_span_id.tolist()}


@q.alternative
def tuesday_by_counting_children(recording):
    spans, counts = database_calls(recording)
    parents = spans[spans.span_id.isin(counts.parent_span_id)]
    return {
        "service": parents.service.mode().item(),
        "mechanism": "many small queries",
        "evidence": parents.span_id.tolist()[:3],
    }


@q.alternative
def tuesday_by_the_slowest(recording):
    spans, _ = database_calls(recording)
    many = spans[spans.kind == "CLIENT"].parent_span_id.value_counts().head(5)
    return {"service": "discounts", "mechanism": "many small queries", "evidence": many.index.tolist()}
