"""friday-evening: what went wrong on Friday evening, and since when?"""

from watchkeeper.staff.author.writing import Count, Record, SomeOf, Text, question, whole

from ...vocabulary import SERVICES
from .shared import deploy_ns, late_orders, new_records, orders_of

MECHANISMS = ("cannot keep up", "stopped", "loses messages", "orders fail", "slow pages", "nothing is wrong")

q = question(
    kind="diagnose",
    points=4,
    answer=Record(
        {
            "service": Text("a service's name", SERVICES),
            "mechanism": Text("a mechanism", MECHANISMS),
            "echo": Text("a service's name", SERVICES),
            "first_sign": Count("friday.logs.index"),
            "evidence": SomeOf(Text("a trace id"), at_least=3),
        }
    ),
)
q.inputs(whole("friday-evening"))
q.hints(
    "What do the ERROR records say that did not happen? Whose work is that?",
    "How many orders a minute come in, and how many CONSUMER spans a minute are there, before and after?",
    "first_sign is a label of unheard(...)'s index; evidence is found in mails(...), by start and by wait.",
)
q.passed("The loudest service was only the messenger, and the deploy just before it a passer-by.")


def loud_errors(recording):
    new = new_records(recording, deploy_ns(recording))
    return new[new.severity_number >= 17]


@q.wrong(
    "It wrote the most errors. In whose requests, and what do they say is missing?",
    "Follow one of its records to the order, and the order to its mail.",
    misconception="who writes most errors is to blame",
)
def loudest(recording):
    return {"service": loud_errors(recording).service.mode().item()}


@q.wrong(
    "Its errors are tried again with success, on other days too.", "Look at kinds of record that are new on this day."
)
def errors_tried_again(recording):
    errors = recording.logs[recording.logs.severity_number >= 17]
    return {"service": errors.sort_values("time_ns").service.iloc[0], "mechanism": "orders fail"}


@q.wrong(
    "It was deployed just before the first ERROR, but the trouble is older.",
    "Compare its deploy with your first_signs.",
    misconception="what happens at the same time is the cause",
)
def deployed_just_before(recording):
    before = recording.deploys[recording.deploys.time_ns < loud_errors(recording).time_ns.iloc[0]]
    return {"service": before.sort_values("time_ns").service.iloc[-1]}


@q.wrong(
    "It still takes up work: look for its spans after the deploy.",
    "How many mails a minute go out, and how many orders come in?",
    misconception="a queue that grows means that its worker stands still, or loses",
)
def it_stopped(recording):
    return {"mechanism": "stopped"}


@q.wrong(
    "Those that wait are not lost: the metric still counts them.",
    "Are mails taken up in the order in which they came, later and later?",
    misconception="a queue that grows means that its worker stands still, or loses",
)
def mails_are_lost(recording):
    return {"mechanism": "loses messages"}


@q.wrong("Look at the status of the requests: the orders were placed.", "What is it that the records say about them?")
def the_orders_fail(recording):
    return {"mechanism": "orders fail"}


@q.wrong(
    "Nobody waits for this on a page: compare the durations before and after.",
    "Who does wait, and where would you see it?",
)
def pages_are_slow(recording):
    return {"mechanism": "slow pages"}


@q.wrong(
    "Shoppers wait for something longer and longer; for them it is not nothing.", "Look at mails(friday) to its end."
)
def all_is_well(recording):
    return {"mechanism": "nothing is wrong"}


@q.wrong(
    "That is where it comes from; its own words are the cause, not the echo.",
    "Who writes ERROR about it, in requests that were all right?",
)
def it_echoes_itself(recording):
    return {"echo": new_records(recording, deploy_ns(recording)).service.iloc[0]}


@q.wrong(
    "Those errors have nothing to do with it: other days know them too.", "Whose ERROR records are new this evening?"
)
def bays_as_echo(recording):
    return {"echo": errors_tried_again(recording)["service"]}


@q.wrong(
    "That is the first new ERROR. A quieter record spoke before it.",
    "Take the earliest of unheard(...), whatever its level.",
    misconception="the first ERROR line is the cause",
)
def first_error_is_the_sign(recording):
    return {"first_sign": int(loud_errors(recording).index[0])}


@q.wrong(
    "That line stands just before it, but its kind was there before the deploy.",
    "Take the earliest row of unheard(...), which leaves known kinds out.",
)
def usual_line_just_before(recording):
    new = new_records(recording, deploy_ns(recording))
    before = recording.logs[
        (recording.logs.time_ns < new.time_ns.iloc[0]) & (recording.logs.service == new.service.iloc[0])
    ]
    return {"first_sign": int(before.sort_values("time_ns").index[-1])}


@q.wrong(
    "That is the first ERROR of the log, of a kind that means nothing here.",
    "Take the earliest of unheard(...), whatever its level.",
)
def very_first_error(recording):
    errors = recording.logs[recording.logs.severity_number >= 17].sort_values("time_ns")
    return {"first_sign": int(errors.index[0])}


@q.wrong("That is a position in another list.", "Give the label in the index of friday.logs.")
def position_counted_among_the_new(recording):
    return {"first_sign": 0}


@q.wrong("Those orders had their mail as soon as ever.", "Name orders from between the deploys with a longer wait.")
def orders_in_time(recording):
    return {"evidence": sorted(set(orders_of(recording).trace_id) - set(late_orders(recording).trace_id))}


@q.wrong(
    "After the second deploy an order is late whichever of the two is to blame.",
    "Name late orders from between the deploys: they clear one of them.",
    misconception="whatever is late after a deploy speaks against it",
)
def late_after_both(recording):
    return {"evidence": late_orders(recording).trace_id.tolist()}


@q.wrong(
    "Among yours are orders whose mail came as soon as ever.", "Name only late orders from between the two deploys."
)
def all_the_orders(recording):
    return {"evidence": orders_of(recording).trace_id.tolist()}


@q.wrong(
    "Those are the traces of mails that did go out.", "Name the traces of the orders: the trace_id in mails(friday)."
)
def traces_of_the_mails(recording):
    return {"evidence": recording.spans.query("kind == 'CONSUMER'").trace_id.tolist()}


@q.wrong("Those are span ids.", "Give the trace ids of the same rows.")
def spans_of_the_orders(recording):
    return {"evidence": late_orders(recording).span_id.tolist()}


def between_the_deploys(recording):
    late = late_orders(recording)
    return late[late.start_ns < recording.deploys.time_ns.max()]


@q.alternative
def friday_by_kinds(recording):
    new = new_records(recording, deploy_ns(recording))
    return {
        "service": new.service.iloc[0],
        "mechanism": "cannot keep up",
        "echo": loud_errors(recording).service.iloc[0],
        "first_sign": int(new.index[0]),
        "evidence": between_the_deploys(recording).trace_id.tolist(),
    }


@q.alternative
def friday_by_warnings(recording):
    worker = recording.spans.query("kind == 'CONSUMER'").service.mode().item()
    warned = recording.logs.query("service == @worker and severity_number >= 13").sort_values("time_ns")
    orders = orders_of(recording)
    never = orders[orders.wait_ms == float("inf")]
    repeated = recording.logs[recording.logs.trace_id.isin(never.trace_id) & (recording.logs.severity_number >= 17)]
    return {
        "service": worker,
        "mechanism": "cannot keep up",
        "first_sign": int(warned.index[0]),
        "echo": repeated.service[repeated.service != "shipping"].mode().item(),
        "evidence": between_the_deploys(recording).trace_id.tolist()[-3:],
    }
