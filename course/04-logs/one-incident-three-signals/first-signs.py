"""first-signs: when did each signal first show the trouble?"""

from watchkeeper.staff.author.writing import Number, Record, question, whole

from .shared import deploy_ns, late_orders, new_records, orders_of

SECONDS = Number("s", within=0.02)

q = question(
    kind="compute", points=4, answer=Record({"trace": SECONDS, "metric": SECONDS, "log": SECONDS, "error": SECONDS})
)
q.inputs(whole("sunday-night"), whole("friday-evening"))
q.hints(
    "One line each: mails(...), the metric's points, unheard(...), and unheard(...) from 17 on.",
    "Usual is the largest value before the deploy: .max() of the wait_ms, and of the points' value.",
    "Then the earliest time after the deploy that is above the usual, as seconds since the deploy.",
)
q.passed("The signals spoke long before the first ERROR. A good alarm listens to the earliest that is sure.")


def signs_ns(recording):
    moment = deploy_ns(recording)
    points = recording.metrics[recording.metrics["name"] == "shop.outbox.waiting"]
    usual = points.value[points.time_ns < moment].max()
    new = new_records(recording, moment)
    return {
        "trace": late_orders(recording).start_ns.min(),
        "metric": points.time_ns[(points.time_ns >= moment) & (points.value > usual)].min(),
        "log": new.time_ns.iloc[0],
        "error": new.time_ns[new.severity_number >= 17].iloc[0],
    }


def signs(recording, zero_ns=None, unit=1e9):
    zero_ns = deploy_ns(recording) if zero_ns is None else zero_ns
    return {name: float((at - zero_ns) / unit) for name, at in signs_ns(recording).items()}


@q.wrong("Those are seconds since the recording began.", "Subtract the time of the first deploy.")
def since_the_recording_began(recording):
    return signs(recording, recording.logs.time_ns.min())


@q.wrong(
    "You count from the last deploy; signs before it became negative.", "Take the smallest time_ns of the deploys."
)
def since_the_last_deploy(recording):
    return signs(recording, recording.deploys.time_ns.max())


@q.wrong("Those are nanoseconds.", "Divide by 1e9 for seconds.")
def in_nanoseconds(recording):
    return signs(recording, unit=1)


@q.wrong("Those are milliseconds.", "Divide by 1e9, not by 1e6, for seconds.")
def in_milliseconds(recording):
    return signs(recording, unit=1e6)


@q.wrong("Those are minutes.", "Leave them in seconds: divide nanoseconds by 1e9.")
def in_minutes(recording):
    return signs(recording, unit=6e10)


def all_but(recording, **part):
    """The whole answer with one part as a wrong idea has it."""
    return {**signs(recording), **part}


@q.wrong(
    "Your log's time is that of the first WARN or ERROR; an INFO may speak before.",
    "For the log, take the first of unheard(...), whatever its level.",
    misconception="the first warning is the first sign",
)
def error_as_first_word(recording):
    return all_but(recording, log=signs(recording)["error"])


@q.wrong(
    "Your trace's time is when a late mail was taken up at last.",
    "The sign is the order whose mail came late: its start_ns.",
)
def when_the_mail_went_out(recording):
    return all_but(recording, trace=float((late_orders(recording).came_ns.min() - deploy_ns(recording)) / 1e9))


@q.wrong(
    "Your error is of a kind that other days know, and that was tried again.",
    "Take it from unheard(...), as the first record.",
)
def any_error_at_all(recording):
    errors = recording.logs[(recording.logs.severity_number >= 17) & (recording.logs.time_ns >= deploy_ns(recording))]
    return all_but(recording, error=float((errors.time_ns.min() - deploy_ns(recording)) / 1e9))


@q.wrong(
    "Your metric's time is that of the highest point.",
    "Take the first point that is higher than all before the deploy.",
)
def highest_point(recording):
    points = recording.metrics[recording.metrics["name"] == "shop.outbox.waiting"]
    return all_but(recording, metric=float((points.time_ns[points.value.idxmax()] - deploy_ns(recording)) / 1e9))


@q.wrong(
    "You took the first order whose mail never came; others were late before.",
    "Compare wait_ms with the longest wait before the deploy.",
)
def first_that_never_came(recording):
    orders = orders_of(recording)
    never = orders[orders.wait_ms == float("inf")]
    if never.empty:
        return signs(recording)
    return all_but(recording, trace=float((never.start_ns.min() - deploy_ns(recording)) / 1e9))


@q.wrong(
    "You took an order since the deploy whose mail came no later than some before.",
    "Keep those that waited longer than every order before the deploy.",
)
def first_order_at_all(recording):
    orders = orders_of(recording)
    since = orders.start_ns[orders.start_ns >= deploy_ns(recording)]
    return all_but(recording, trace=float((since.min() - deploy_ns(recording)) / 1e9))


@q.wrong("You took the first row; a file has an order of its own.", "Take the smallest time_ns, not the topmost row.")
def by_rows_not_times(recording):
    new = new_records(recording, deploy_ns(recording)).sort_index()
    at = {"log": new.time_ns.iloc[0], "error": new.time_ns[new.severity_number >= 17].iloc[0]}
    return all_but(recording, **{name: float((one - deploy_ns(recording)) / 1e9) for name, one in at.items()})


@q.alternative
def signs_by_frame(recording):
    return signs(recording)


@q.alternative
def signs_by_minutes(recording):
    return {name: (at - deploy_ns(recording)) / 6e10 * 60 for name, at in signs_ns(recording).items()}
