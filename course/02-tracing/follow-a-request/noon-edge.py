"""noon-edge: which edge made the pages slow, and how?"""

from watchkeeper.staff.author.writing import Record, SomeOf, Text, question, whole
from watchkeeper.traces import hop_gaps, service_graph

MECHANISMS = ("slow itself", "slow connection", "many calls", "waits for another", "no answer", "nothing is wrong")

# No call of the healthy shop has such a gap once the first requests are through, and each held-up one has.
HELD_UP_MS = 60

q = question(
    kind="diagnose",
    points=4,
    answer=Record(
        {
            "edge": Text("an edge"),
            "mechanism": Text("a mechanism", options=MECHANISMS),
            "evidence": SomeOf(Text("a span id"), at_least=3),
        }
    ),
)
q.inputs(whole("wednesday-noon"))
q.hints(
    "Give each row of noon_calls a gap, and mark the rows of the slow stretch by began_s.",
    "Medians by edge, in the slow stretch and outside of it: client_ms, server_ms, gap.",
    "Evidence: span_id_client of three calls on it with a large gap, all from the slow stretch, not from the start-up.",
)
q.passed("An innocent team sleeps on, an innocent deploy stays, and the right people look at the way between.")


@q.wrong(
    "That edge holds all that shoppers waited for: it says that, not why.",
    "Which edge below it has changed, compared with before?",
)
def longest_waits(recording):
    return {"edge": "loadgenerator → frontend"}


def noon_gaps(recording):
    found = hop_gaps(recording.spans).dropna()
    found["edge"] = found.caller + " → " + found.called
    started = recording.spans.set_index("span_id").start_ns
    found["start_ns"] = found.span_id.map(started)
    return found


@q.wrong("That edge's gap is long on any day.", "Compare each edge with itself, before and in the slow stretch.")
def long_on_any_day(recording):
    """The edge that has the longest typical gap before anything happened."""
    calls = noon_gaps(recording)
    before = calls[calls.start_ns < recording.deploys.time_ns.min()]
    return {"edge": before.groupby("edge").gap_ms.median().idxmax()}


def held_up(recording):
    found = noon_gaps(recording)
    return found[(found.gap_ms > HELD_UP_MS) & (found.start_ns > recording.deploys.time_ns.min())]


def the_edge(recording):
    return held_up(recording).edge.mode().item()


def callers_of_it(recording):
    """Up to two other callers; where nobody else asks it, an edge that nobody will name."""
    caller, called = the_edge(recording).split(" → ")
    return [f"{one} → {called}" for one in ("recommendation", "checkout", "frontend") if one != caller]


@q.wrong("Somebody else asks the same service there, and as quickly as ever.", "Whose calls to it have changed?")
def another_caller(recording):
    calls, edge = noon_gaps(recording), the_edge(recording)
    others = calls[calls.edge.str.endswith(edge.split(" → ")[1]) & (calls.edge != edge)]
    return {
        "edge": others[others.edge != callers_of_it(recording)[1]]
        .edge.mode()
        .reindex([0], fill_value=callers_of_it(recording)[0])[0]
    }


@q.wrong(
    "Another caller asks the same service there, as quickly as ever.",
    "Compare each caller's calls to it with themselves, before and during it.",
)
def the_orders_way(recording):
    return {"edge": callers_of_it(recording)[1]}


@q.wrong("That is a service; an edge has two ends.", "Write it as paired does: caller → called.")
def a_service(recording):
    return {"edge": the_edge(recording).split(" → ")[1]}


@q.wrong("Your arrow points from the called to the caller.", "Who asks comes first.")
def against_the_arrow(recording):
    return {"edge": " → ".join(reversed(the_edge(recording).split(" → ")))}


@q.wrong(
    "That edge has the most calls, as on any day.",
    "Compare each edge's client_ms with itself, before and in the slow stretch.",
)
def most_calls(recording):
    return {"edge": noon_gaps(recording).edge.mode().item()}


@q.wrong(
    "If it were, its SERVER spans would have grown: look at server_ms.",
    "What has grown, if the SERVER spans have not?",
    misconception="if a call is slow, the called service is",
)
def the_called_service(recording):
    return {"mechanism": "slow itself"}


@q.wrong("It is asked as often for one request as before.", "Compare client_ms and server_ms of single calls.")
def asked_more(recording):
    return {"mechanism": "many calls"}


@q.wrong(
    "If it waited for another, its SERVER spans would be long too.", "Compare client_ms and server_ms of single calls."
)
def something_behind_it(recording):
    return {"mechanism": "waits for another"}


@q.wrong(
    "These calls were answered: there is a SERVER span, and no error.",
    "Compare client_ms and server_ms of single calls.",
)
def gave_up(recording):
    return {"mechanism": "no answer"}


@q.wrong(
    "Pages took longer for a while; something did change.",
    "Compare each edge's client_ms, before and in the slow stretch.",
)
def as_ever(recording):
    return {"mechanism": "nothing is wrong"}


@q.wrong("The SERVER spans are as quick as ever: they show nothing.", "Name the CLIENT spans above them.")
def the_spans_that_answered(recording):
    spans = recording.spans
    return {
        "evidence": spans[
            (spans.kind == "SERVER") & spans.parent_span_id.isin(held_up(recording).span_id)
        ].span_id.tolist()
    }


def mine_held_up(recording):
    slow = held_up(recording)
    return slow[slow.edge == the_edge(recording)]


@q.wrong(
    "Those calls are from before the trouble; a shop just started has gaps, too.",
    "Take calls of that edge that began in the slow stretch.",
    misconception="whoever was deployed before it did it",
)
def right_after_the_deploy(recording):
    calls, slow = noon_gaps(recording), mine_held_up(recording)
    mine = calls[(calls.edge == the_edge(recording)) & (calls.start_ns < slow.start_ns.min())]
    return {"evidence": mine.span_id.tolist()}


@q.wrong("Those calls began when the trouble was over.", "Take calls of that edge that began in the slow stretch.")
def once_it_was_over(recording):
    calls = noon_gaps(recording)
    mine = calls[(calls.edge == the_edge(recording)) & (calls.start_ns > mine_held_up(recording).start_ns.max())]
    return {"evidence": mine.span_id.tolist()}


@q.wrong("Those are trace ids: a request holds many calls.", "Give span_id_client of single calls.")
def whole_requests(recording):
    return {"evidence": mine_held_up(recording).trace_id.unique().tolist()}


@q.wrong("Those spans show that a page was slow, not why.", "Name the CLIENT spans of the edge itself.")
def pages_that_waited(recording):
    spans = recording.spans
    waited = spans[spans.trace_id.isin(held_up(recording).trace_id)]
    return {
        "evidence": waited[
            (waited.parent_span_id == "") | (waited.service == "frontend") & (waited.kind == "SERVER")
        ].span_id.tolist()
    }


@q.wrong("Those are calls on another edge.", "Filter noon_calls by the edge you name.")
def other_edges_calls(recording):
    calls = noon_gaps(recording)
    return {"evidence": calls[calls.edge != the_edge(recording)].span_id.tolist()}


@q.alternative
def noon_by_gaps(recording):
    slow = mine_held_up(recording)
    return {"edge": slow.edge.iloc[0], "mechanism": "slow connection", "evidence": slow.span_id.tolist()[:3]}


@q.alternative
def noon_by_graph(recording):
    graph = service_graph(recording.spans).query("kind == 'call' and caller != 'loadgenerator'")
    worst = graph.loc[(graph.client_p95_ms - graph.client_p50_ms).where(graph.client_p95_ms > 100).idxmax()]
    calls = noon_gaps(recording)
    mine = calls[calls.edge == f"{worst.caller} → {worst.called}"].nlargest(20, "gap_ms")
    return {
        "edge": f"{worst.caller} -> {worst.called}",
        "mechanism": "Slow connection",
        "evidence": mine.span_id.tolist(),
    }
