"""two-deploys: which of two deploys made the pages slow, and how?"""

from watchkeeper.staff.author.writing import Record, SomeOf, Text, question, whole
from watchkeeper.traces import self_time

from .shared import MECHANISMS

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
q.inputs(whole("friday-deploy"))
q.hints(
    "share_by_owner(friday, friday_pages[stretch == 0]) beside the slow stretch's: who has grown?",
    "traces.self_time(friday.spans) says whether a span worked itself or waited for children.",
    "Evidence: SERVER spans of that service from the slow stretch, with much self time.",
)
q.passed("Two deploys, one culprit: being the first to change something is no evidence.")


@q.wrong(
    "It was deployed first, but were pages slow between the two deploys?",
    "Compare the shares of the critical time in stretch 0 and in stretch 1.",
    misconception="the first deploy before the trouble is the cause",
)
def first_deploy(recording):
    return {"service": recording.deploys.service.iloc[0]}


@q.wrong("Its spans have grown, but what fills them?", "Look at shares of critical time, or at its self time.")
def grew_most_of_the_calls(recording):
    return {"service": "recommendation"}


@q.wrong(
    "It waits for all the others, so its span grows with theirs.",
    "Look at shares of critical time, or at self time by service.",
)
def whoever_the_customer_sees(recording):
    return {"service": "frontend"}


@q.wrong(
    "Count its database calls a request, before and in the trouble: not one more.",
    "Which time of its spans has grown: own, or of children?",
)
def too_many_queries(recording):
    return {"mechanism": "many small queries"}


@q.wrong(
    "Its children take as long as before.", "Compare the self time of its SERVER spans, before and in the trouble."
)
def something_it_asks(recording):
    return {"mechanism": "waits for another"}


@q.wrong(
    "Its SERVER spans themselves have grown, not only what lies around them.",
    "Compare the self time of its SERVER spans, before and after that deploy.",
)
def the_way_there(recording):
    return {"mechanism": "slow connection"}


def server_spans(recording, service):
    spans = recording.spans.assign(self_ms=self_time(recording.spans).to_numpy())
    return spans[(spans.service == service) & (spans.kind == "SERVER")]


@q.wrong("Those spans are from before the trouble.", "Name spans of the same kind from the slow stretch.")
def before_it_was_deployed(recording):
    spans = server_spans(recording, "catalog")
    return {"evidence": spans[spans.start_ns < recording.deploys.time_ns.iloc[0]].span_id.tolist()}


@q.wrong("Those spans waited for the culprit.", "Name the culprit's own SERVER spans.")
def those_who_waited(recording):
    pages = recording.traces().query("route == 'GET /product/{id}'").trace_id
    spans = recording.spans[recording.spans.trace_id.isin(pages) & (recording.spans.service != "catalog")]
    return {"evidence": spans[spans.start_ns.between(*recording.deploys.time_ns.iloc[-2:])].span_id.tolist()}


@q.alternative
def friday_by_duration(recording):
    spans = server_spans(recording, "catalog").sort_values("self_ms")
    spans = spans[spans.start_ns.between(*recording.deploys.time_ns.iloc[-2:])]
    return {"service": "catalog", "mechanism": "slow itself", "evidence": spans.span_id.tolist()[-5:]}


@q.alternative
def friday_by_medians(recording):
    moments = recording.deploys.time_ns.tolist()
    spans = recording.spans.assign(self_ms=self_time(recording.spans).to_numpy()).query("kind == 'SERVER'")
    good, bad = spans[spans.start_ns < moments[0]], spans[spans.start_ns.between(moments[-2], moments[-1])]
    ratio = bad.groupby("service").self_ms.median() / good.groupby("service").self_ms.median()
    mine = bad[bad.service == ratio.idxmax()].sort_values("self_ms").span_id.tolist()
    return {"service": ratio.idxmax(), "mechanism": "slow itself", "evidence": mine[-3:]}
