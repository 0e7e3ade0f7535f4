"""one-incident-three-signals: questions, known wrong answers, honest alternatives. Never part of the kit."""

import pandas as pd

from watchkeeper import logs, traces
from watchkeeper.staff.author.marking import (
    Count,
    Fact,
    ListOf,
    MapOf,
    Number,
    Question,
    Record,
    Reflection,
    SomeOf,
    Text,
    Wrong,
    records,
    table,
    whole,
    whole_on_paper,
)

SERVICES = (
    "frontend",
    "catalog",
    "currency",
    "cart",
    "recommendation",
    "ads",
    "discounts",
    "checkout",
    "payment",
    "shipping",
    "email",
    "loadgenerator",
)
MECHANISMS = ("cannot keep up", "stopped", "loses messages", "orders fail", "slow pages", "nothing is wrong")
SECONDS = Number("s", within=0.02)

STORY = [
    ["p", "2026-03-06T10:00:03.100Z", "10:00:04.700Z", "payment", "charged 12100 USD"],
    ["q", "2026-03-06T10:00:04.700Z", "10:00:09.000Z", "frontend", "page is out"],
    ["r", "2026-03-06T05:00:04.900-05:00", "10:00:06.000Z", "shipping", "parcel leaves"],
    ["s", "2026-03-06T11:00:04.300+01:00", "10:00:05.000Z", "checkout", "will ask for 12100 USD"],
    ["t", "2026-03-06T10:00:04.000Z", "10:00:08.900Z", "frontend", "order comes in"],
]


def said(at, who, items=None, body="cart"):
    """A row of a log of carts, on paper."""
    attributes = {} if who is None else {"shop.shopper": who} | ({} if items is None else {"shop.cart.items": items})
    return [at, body, attributes]


BACK_AGAIN = [
    said(0, None, body="cart 3.0.1 is up"),
    said(10, "ann", 2),
    said(20, "bob", 1),
    said(30, "ann", 5),
    said(40, "ann"),
    said(60, "bob", 3),
    said(70, "ann", 1),
    said(80, "bob", 1),
    said(90, "bob", 4),
    said(100, "bob", 2),
    said(110, "eve", 2),
    said(120, "eve", 2),
]
SHUFFLED = [
    said(70, "ann", 3),
    said(10, "ann", 1),
    said(40, "bob", 4),
    said(90, "ann", 2),
    said(20, "bob", 2),
    said(100, "bob", 4),
    said(60, "ann", 2),
]
SIBLINGS = [
    ("o", "ERROR", "d", "a", "shipping", "ship", "SERVER", 20, 95),
    ("o", "ERROR", "c", "a", "payment", "charge", "SERVER", 10, 90),
    ("o", "ERROR", "a", "", "checkout", "place order", "SERVER", 0, 100),
    ("o", "ERROR", "b", "a", "cart", "empty", "SERVER", 30, 40),
]
OF_SIBLINGS = [(99, "checkout", "ERROR", 17, "o", "a", "no order"), (98, "checkout", "WARN", 13, "o", "a", "trouble")]
LEVELS = [
    ("w", "ERROR", "a", "", "cart", "get", "SERVER", 0, 10),
    ("f", "ERROR", "b", "", "cart", "get", "SERVER", 20, 30),
]
OF_LEVELS = [(5, "cart", "WARN", 13, "w", "a", "odd"), (25, "cart", "FATAL", 21, "f", "b", "out of memory")]
# Nine requests with a second or more between them: h1 to h4 are harmed, o1 to o5 are not.
BEGAN_S = {"o1": 1, "o2": 12, "h1": 15, "o3": 24, "h2": 25, "h3": 35, "o4": 45, "h4": 55, "o5": 65}
NO_RATE = [("h1", "x1"), ("h2", "x2"), ("h2", "x3"), ("h3", "x4"), ("o4", "x5")]
NINE = [
    (who, "UNSET", who, "", "frontend", "GET /", "SERVER", at * 1000, at * 1000 + 500) for who, at in BEGAN_S.items()
] + [
    (
        who,
        "ERROR",
        span,
        who,
        "currency",
        "exchange rate",
        "INTERNAL",
        BEGAN_S[who] * 1000 + 10,
        BEGAN_S[who] * 1000 + 20,
    )
    for who, span in NO_RATE
]
CONVERTED = [
    ("h1", "1200 cents in USD are 1200 in EUR"),
    ("h2", "300 cents in USD are 300 in DKK"),
    ("h2", "900 cents in USD are 900 in DKK"),
    ("h2", "800 cents in USD are 800 in DKK"),
    ("h2", "100 cents in USD are 690 in DKK"),
    ("h3", "500 cents in USD are 500 in EUR"),
    ("h4", "700 cents in USD are 700 in EUR"),
    ("o2", "700 cents in USD are 640 in EUR"),
    ("o2", "900 cents in USD are 820 in EUR"),
    ("o4", "400 cents in USD are 400 in USD"),
    ("o5", "0 cents in USD are 0 in EUR"),
]
SAID_BY_NINE = [(BEGAN_S[who] * 1000 + 30, "currency", "INFO", 9, who, who, text) for who, text in CONVERTED] + [
    (BEGAN_S[who] * 1000 + 40 + n, "shipping", "ERROR", 17, who, who, f"parcel got no bay at attempt {n}")
    for who, tries in {"h1": 1, "o1": 1, "o2": 1, "o3": 2}.items()
    for n in range(1, tries + 1)
]
DEPLOYED = [
    [(10_000, "currency", "1.2.0", "1.3.0"), (20_000, "shipping", "1.2.0", "1.2.1")],
    [(40_000, "currency", "1.2.0", "1.3.0"), (50_000, "shipping", "1.2.0", "1.2.1")],
]
CART_LINES = ["time_ns", "body", "attributes"]


# five-records
def as_text(story):
    return story.sort_values("stamp").record.tolist()


def by_stamp(story):
    return story.assign(at=pd.to_datetime(story.stamp, utc=True)).sort_values("at").record.tolist()


def by_observed(story):
    return story.sort_values("observed").record.tolist()


def as_listed(story):
    return story.record.tolist()


def charged_too_early(story):
    found = by_mended_clock(story)
    return [found[0], found[2], found[1], *found[3:]]


def parcel_before_page(story):
    found = by_mended_clock(story)
    return [*found[:3], found[4], found[3]]


def latest_first(story):
    return by_mended_clock(story)[::-1]


def by_mended_clock(story):
    at = pd.to_datetime(story.stamp, utc=True)
    at = at.where(story.service != "payment", at + pd.Timedelta(seconds=1.4))
    return story.assign(at=at).sort_values("at").record.tolist()


def by_calls(story):
    letter = dict(zip(story.says, story.record, strict=True))
    return [
        letter["order comes in"],
        letter["will ask for 12100 USD"],
        letter["charged 12100 USD"],
        letter["page is out"],
        letter["parcel leaves"],
    ]


# told-of
def alarmed(recording, least=13):
    found = recording.logs[recording.logs.severity_number >= least]
    return found[found.span_id.isin(recording.spans.span_id)]


def failed_below(recording):
    failed = recording.spans[recording.spans.status == "ERROR"].sort_values("start_ns")
    return {parent: list(group.itertuples()) for parent, group in failed.groupby("parent_span_id")}


def ends_of_walks(recording, steps=99, least=13):
    """Each alarmed record with the span where the walk down from it ends."""
    by_id, below = {span.span_id: span for span in recording.spans.itertuples()}, failed_below(recording)
    for record in alarmed(recording, least).itertuples():
        span, left = by_id[record.span_id], steps
        while left and span.span_id in below:
            span, left = below[span.span_id][0], left - 1
        yield record, span


def named(span):
    return f"{span.service} → {span.attributes['server.address']}" if span.kind == "CLIENT" else span.service


def tally(names):
    return {str(name): int(count) for name, count in pd.Series(list(names), dtype=object).value_counts().items()}


def who_wrote_it(recording):
    return tally(alarmed(recording).service)


def first_in_time(recording):
    found = alarmed(recording).sort_values("time_ns")
    return tally(found.trace_id.map(found.groupby("trace_id").service.first()))


def one_step_only(recording):
    return tally(named(span) for _, span in ends_of_walks(recording, steps=1))


def edges_to_the_caller(recording):
    return tally(span.service for _, span in ends_of_walks(recording))


def edges_to_the_called(recording):
    return tally(
        span.attributes["server.address"] if span.kind == "CLIENT" else span.service
        for _, span in ends_of_walks(recording)
    )


def requests_counted(recording):
    pairs = {(record.trace_id, named(span)) for record, span in ends_of_walks(recording)}
    return tally(cause for _, cause in pairs)


def errors_only(recording):
    return tally(named(span) for _, span in ends_of_walks(recording, least=17))


def another_child(recording, chosen):
    by_id = {span.span_id: span for span in recording.spans.itertuples()}
    failed = recording.spans[recording.spans.status == "ERROR"]
    below, ends = {parent: list(group.itertuples()) for parent, group in failed.groupby("parent_span_id")}, []
    for record in alarmed(recording).itertuples():
        span = by_id[record.span_id]
        while span.span_id in below:
            span = chosen(below[span.span_id])
        ends.append(named(span))
    return tally(ends)


def first_child_of_the_table(recording):
    return another_child(recording, lambda children: children[0])


def child_that_began_last(recording):
    return another_child(recording, lambda children: max(children, key=lambda child: child.start_ns))


def names_of_spans(recording):
    return tally(span.name for _, span in ends_of_walks(recording))


def told_by_hops(recording):
    """All records take one step down at a time, until none can go further."""
    wrong = recording.spans[recording.spans.status == "ERROR"].sort_values(["start_ns", "span_id"])
    first = wrong.drop_duplicates("parent_span_id").set_index("parent_span_id").span_id.to_dict()
    by_id = {span.span_id: span for span in recording.spans.itertuples()}
    at = list(alarmed(recording).span_id)
    while any(span in first for span in at):
        at = [first.get(span, span) for span in at]
    return tally(named(by_id[span]) for span in at)


def told_by_walk(recording):
    return tally(named(span) for _, span in ends_of_walks(recording))


# unsaid
def begun(recording, roles=("origin",)):
    origins = traces.error_origins(recording.spans)
    return origins[origins.role.isin(roles)]


def loud(recording, least=17):
    return recording.logs[recording.logs.severity_number >= least]


def any_error_of_the_request(recording):
    found = begun(recording)[["trace_id", "service"]].drop_duplicates()
    return tally(found.service[~found.trace_id.isin(loud(recording).trace_id)])


def failed_requests_only(recording):
    requests = recording.traces()
    failed = set(requests.trace_id[requests.status == "ERROR"])
    found = unsaid_pairs(recording)
    return tally(service for trace, service in found if trace in failed)


def spans_not_requests(recording):
    found, silent = begun(recording), unsaid_pairs(recording)
    return tally(one.service for one in found.itertuples() if (one.trace_id, one.service) in silent)


def passed_on_counted(recording):
    found = begun(recording, ("origin", "propagated"))
    spoke = set(zip(loud(recording).trace_id, loud(recording).service, strict=True))
    return tally(service for _, service in set(zip(found.trace_id, found.service, strict=True)) - spoke)


def silent_by_service(recording):
    found = begun(recording)[["trace_id", "service"]].drop_duplicates()
    return tally(found.service[~found.service.isin(loud(recording).service)])


def all_that_began(recording):
    return tally(begun(recording)[["trace_id", "service"]].drop_duplicates().service)


def all_that_failed(recording):
    failed = recording.spans[recording.spans.status == "ERROR"]
    return tally(failed[["trace_id", "service"]].drop_duplicates().service)


def unsaid_pairs(recording):
    found, errors = begun(recording), loud(recording)
    return set(zip(found.trace_id, found.service, strict=True)) - set(zip(errors.trace_id, errors.service, strict=True))


def unsaid_by_sets(recording):
    return tally(service for _, service in unsaid_pairs(recording))


def unsaid_by_merge(recording):
    found = begun(recording)[["trace_id", "service"]].drop_duplicates()
    both = found.merge(loud(recording)[["trace_id", "service"]].drop_duplicates(), how="left", indicator=True)
    return both[both._merge == "left_only"].groupby("service").size().to_dict()


# kin
def suspects_of(recording):
    shipping = recording.logs.query("service == 'shipping' and severity_number >= 17")
    rates = recording.spans.query("name == 'exchange rate' and status == 'ERROR'")
    requests = recording.traces()
    later = requests[requests.start_ns > recording.deploys.time_ns.max()]
    return {"no bay": set(shipping.trace_id), "no rate": set(rates.trace_id), "after both deploys": set(later.trace_id)}


def harmed_of(recording):
    parts = recording.logs.body.str.extract(r"^(\d+) cents in (\w+) are (\d+) in (\w+)$").dropna()
    wrong = parts[(parts[0] == parts[2]) & (parts[1] != parts[3]) & (parts[0] != "0")]
    return set(recording.logs.trace_id[wrong.index])


def against(recording, share):
    """What `share(found, harmed, others)` gives for each clue."""
    harmed = harmed_of(recording)
    others = set(recording.traces().trace_id) - harmed
    return {name: share(found, harmed, others) for name, found in suspects_of(recording).items()}


def against_everybody(recording):
    return against(
        recording,
        lambda found, harmed, others: 100 * (len(found & harmed) / len(harmed) - len(found) / len(harmed | others)),
    )


def the_other_way_round(recording):
    def share(found, harmed, others):
        without = (harmed | others) - found
        return 100 * (len(found & harmed) / len(found) - len(without & harmed) / len(without))

    return against(recording, share)


def how_dangerous(recording):
    return against(recording, lambda found, harmed, others: 100 * len(found & harmed) / len(found))


def only_the_harmed(recording):
    return against(recording, lambda found, harmed, others: 100 * len(found & harmed) / len(harmed))


def as_fractions(recording):
    return {name: points / 100 for name, points in kin_by_sets(recording).items()}


def near_in_time(recording):
    start = recording.traces().set_index("trace_id").start_ns

    def share(found, harmed, others):
        marks = start[start.index.isin(found)].to_numpy()
        near = {one for one, at in start.items() if len(marks) and abs(marks - at).min() < 5_000_000_000}
        return 100 * (len(near & harmed) / len(harmed) - len(near & others) / len(others))

    return against(recording, share)


def counts_subtracted(recording):
    return against(recording, lambda found, harmed, others: float(len(found & harmed) - len(found & others)))


def kin_by_sets(recording):
    return against(
        recording,
        lambda found, harmed, others: 100 * (len(found & harmed) / len(harmed) - len(found & others) / len(others)),
    )


def kin_by_frame(recording):
    requests = recording.traces()
    harmed = requests.trace_id.isin(harmed_of(recording))
    return {
        name: 100 * (requests.trace_id[harmed].isin(found).mean() - requests.trace_id[~harmed].isin(found).mean())
        for name, found in suspects_of(recording).items()
    }


def records_counted(recording):
    """Shares of conversions, as if each were a request."""
    rows = conversions_of(recording)
    return {
        name: 100 * float(rows.trace_id[rows.wrong].isin(found).mean() - rows.trace_id[~rows.wrong].isin(found).mean())
        for name, found in suspects_of(recording).items()
    }


def harmed_records_only(recording):
    """Shares of wrong conversions among the harmed, of requests among the others."""
    rows, others = conversions_of(recording), set(recording.traces().trace_id) - harmed_of(recording)
    return {
        name: 100 * float(rows.trace_id[rows.wrong].isin(found).mean() - len(found & others) / len(others))
        for name, found in suspects_of(recording).items()
    }


def conversions_of(recording):
    parts = recording.logs.body.str.extract(r"^(\d+) cents in (\w+) are (\d+) in (\w+)$").dropna()
    wrong = (parts[0] == parts[2]) & (parts[1] != parts[3]) & (parts[0] != "0")
    return recording.logs.loc[parts.index, ["trace_id"]].assign(wrong=wrong)


def only_those_with_prices(recording):
    priced, harmed = set(conversions_of(recording).trace_id), harmed_of(recording)
    return against(
        recording,
        lambda found, _, others: (
            100 * (len(found & harmed) / len(harmed) - len(found & priced - harmed) / len(priced - harmed))
        ),
    )


def all_with_prices_harmed(recording):
    priced, everybody = set(conversions_of(recording).trace_id), set(recording.traces().trace_id)
    return against(
        recording,
        lambda found, harmed, others: (
            100 * (len(found & priced) / len(priced) - len(found - priced) / len(everybody - priced))
        ),
    )


def right_prices_harmed(recording):
    rows, everybody = conversions_of(recording), set(recording.traces().trace_id)
    right = set(rows.trace_id[~rows.wrong])
    return against(
        recording,
        lambda found, harmed, others: (
            100 * (len(found & right) / len(right) - len(found - right) / len(everybody - right))
        ),
    )


def of_everybody(recording):
    return against(
        recording,
        lambda found, harmed, others: 100 * (len(found & harmed) - len(found & others)) / len(harmed | others),
    )


def of_the_holders(recording):
    return against(
        recording, lambda found, harmed, others: 100 * (len(found & harmed) - len(found & others)) / len(found)
    )


def others_first(recording):
    return {name: -points for name, points in kin_by_sets(recording).items()}


def only_the_others(recording):
    return against(recording, lambda found, harmed, others: 100 * len(found & others) / len(others))


# gone-items
def walked(lines, forget=True, skip_unnumbered=False, one_cart=False):
    """(shopper, missing) for each record that says fewer items than the one of its shopper before."""
    last, found = {}, []
    for line in lines.itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is None or (items is None and skip_unnumbered):
            continue
        key = "all" if one_cart else shopper
        if items is None and not forget:
            items = 0
        if items is not None and items < last.get(key, 0):
            found.append((shopper, last[key] - items))
        last[key] = items or 0
    return found


def counted(found):
    return {"carts": len({who for who, _ in found}), "items": sum(missing for _, missing in found)}


def as_she_wrote_it(lines):
    return counted(walked(lines, skip_unnumbered=True))


def in_the_tables_order(lines):
    return counted(walked(lines))


def emptied_is_a_loss(lines):
    return counted(walked(lines.sort_values("time_ns"), forget=False))


def losses_counted(lines):
    found = walked(lines.sort_values("time_ns"))
    return {"carts": len({who for who, _ in found}), "items": len(found)}


def each_time_again(lines):
    return counted(walked(lines.sort_values("time_ns"))) | {"carts": len(walked(lines.sort_values("time_ns")))}


def gains_taken_off(lines):
    """Every change of a numbered record, up or down, goes into one sum."""
    last, lost = {}, {}
    for line in lines.sort_values("time_ns").itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is not None and items is not None:
            lost[shopper] = lost.get(shopper, 0) + last.get(shopper, 0) - items
        last[shopper] = items or 0
    return {"carts": sum(one > 0 for one in lost.values()), "items": sum(lost.values())}


def gains_taken_off_where_lost(lines):
    """As above, but the items of carts that ended below where they began, only."""
    last, lost = {}, {}
    for line in lines.sort_values("time_ns").itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is not None and items is not None and shopper in last:
            lost[shopper] = lost.get(shopper, 0) + last[shopper] - items
        last[shopper] = items or 0
    gone = [one for one in lost.values() if one > 0]
    return {"carts": len(gone), "items": sum(gone)}


def changes_counted(lines):
    """Every change counts as a loss, also where a cart grew."""
    last, found = {}, []
    for line in lines.sort_values("time_ns").itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is not None and items is not None and items != last.get(shopper, 0):
            found.append((shopper, abs(last.get(shopper, 0) - items)))
        last[shopper] = items or 0
    return counted(found)


def one_cart_for_all(lines):
    return counted(walked(lines.sort_values("time_ns"), one_cart=True))


def against_the_most(lines):
    most, found = {}, []
    for line in lines.sort_values("time_ns").itertuples():
        shopper, items = line.attributes.get("shop.shopper"), line.attributes.get("shop.cart.items")
        if shopper is None:
            continue
        if items is None:
            most[shopper] = 0
        elif items < most.get(shopper, 0):
            found.append((shopper, most[shopper] - items))
        else:
            most[shopper] = items
    return counted(found)


def losses_by_loop(lines):
    return counted(walked(lines.sort_values("time_ns", kind="stable")))


def losses_by_groups(lines):
    who = lines.attributes.map(lambda one: one.get("shop.shopper"))
    items = lines.attributes.map(lambda one: float(one.get("shop.cart.items", -1)))
    frame = pd.DataFrame({"at": lines.time_ns, "who": who, "items": items}).dropna().sort_values("at")
    frame["emptied"] = frame["items"] < 0
    frame["items"] = frame["items"].clip(lower=0)
    fell = -frame.groupby("who")["items"].diff().fillna(0)
    lost = fell[(fell > 0) & ~frame.emptied]
    return {"carts": int(frame.who[lost.index].nunique()), "items": int(lost.sum())}


# first-signs
def deploy_ns(recording):
    return recording.deploys.time_ns.min()


def new_records(recording, moment_ns):
    """Without another day to compare with: what starts, ends and bays say is known."""
    kind = recording.logs.service + ": " + logs.templates(recording.logs.body).template
    usual = kind.isin(set(kind[recording.logs.time_ns < moment_ns])) | recording.logs.body.str.contains(
        r" is up| ends$|got no bay", regex=True
    )
    return recording.logs[~usual].sort_values("time_ns")


def orders_of(recording):
    sent = recording.spans.query("kind == 'PRODUCER'").sort_values("start_ns")
    linked = traces.linked(recording.spans).query("found").set_index("from_span_id")
    taken = dict(zip(linked.index, linked.to_span_id, strict=True))
    start = recording.spans.set_index("span_id").start_ns
    return sent.assign(
        wait_ms=sent.span_id.map(linked.gap_ms).fillna(float("inf")), came_ns=sent.span_id.map(taken).map(start)
    )


def late_orders(recording):
    orders, moment = orders_of(recording), deploy_ns(recording)
    usual = orders.wait_ms[orders.start_ns < moment].max()
    return orders[(orders.start_ns >= moment) & (orders.wait_ms > usual)]


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


def since_the_recording_began(recording):
    return signs(recording, recording.logs.time_ns.min())


def since_the_last_deploy(recording):
    return signs(recording, recording.deploys.time_ns.max())


def in_nanoseconds(recording):
    return signs(recording, unit=1)


def in_milliseconds(recording):
    return signs(recording, unit=1e6)


def in_minutes(recording):
    return signs(recording, unit=6e10)


def all_but(recording, **part):
    """The whole answer with one part as a wrong idea has it."""
    return {**signs(recording), **part}


def error_as_first_word(recording):
    return all_but(recording, log=signs(recording)["error"])


def when_the_mail_went_out(recording):
    return all_but(recording, trace=float((late_orders(recording).came_ns.min() - deploy_ns(recording)) / 1e9))


def any_error_at_all(recording):
    errors = recording.logs[(recording.logs.severity_number >= 17) & (recording.logs.time_ns >= deploy_ns(recording))]
    return all_but(recording, error=float((errors.time_ns.min() - deploy_ns(recording)) / 1e9))


def highest_point(recording):
    points = recording.metrics[recording.metrics["name"] == "shop.outbox.waiting"]
    return all_but(recording, metric=float((points.time_ns[points.value.idxmax()] - deploy_ns(recording)) / 1e9))


def first_that_never_came(recording):
    orders = orders_of(recording)
    never = orders[orders.wait_ms == float("inf")]
    if never.empty:
        return signs(recording)
    return all_but(recording, trace=float((never.start_ns.min() - deploy_ns(recording)) / 1e9))


def first_order_at_all(recording):
    orders = orders_of(recording)
    since = orders.start_ns[orders.start_ns >= deploy_ns(recording)]
    return all_but(recording, trace=float((since.min() - deploy_ns(recording)) / 1e9))


def by_rows_not_times(recording):
    new = new_records(recording, deploy_ns(recording)).sort_index()
    at = {"log": new.time_ns.iloc[0], "error": new.time_ns[new.severity_number >= 17].iloc[0]}
    return all_but(recording, **{name: float((one - deploy_ns(recording)) / 1e9) for name, one in at.items()})


def signs_by_frame(recording):
    return signs(recording)


def signs_by_minutes(recording):
    return {name: (at - deploy_ns(recording)) / 6e10 * 60 for name, at in signs_ns(recording).items()}


# friday-evening
def loudest(recording):
    return {"service": loud_errors(recording).service.mode().item()}


def loud_errors(recording):
    new = new_records(recording, deploy_ns(recording))
    return new[new.severity_number >= 17]


def deployed_just_before(recording):
    before = recording.deploys[recording.deploys.time_ns < loud_errors(recording).time_ns.iloc[0]]
    return {"service": before.sort_values("time_ns").service.iloc[-1]}


def errors_tried_again(recording):
    errors = recording.logs[recording.logs.severity_number >= 17]
    return {"service": errors.sort_values("time_ns").service.iloc[0], "mechanism": "orders fail"}


def it_stopped(recording):
    return {"mechanism": "stopped"}


def mails_are_lost(recording):
    return {"mechanism": "loses messages"}


def the_orders_fail(recording):
    return {"mechanism": "orders fail"}


def pages_are_slow(recording):
    return {"mechanism": "slow pages"}


def all_is_well(recording):
    return {"mechanism": "nothing is wrong"}


def it_echoes_itself(recording):
    return {"echo": new_records(recording, deploy_ns(recording)).service.iloc[0]}


def bays_as_echo(recording):
    return {"echo": errors_tried_again(recording)["service"]}


def first_error_is_the_sign(recording):
    return {"first_sign": int(loud_errors(recording).index[0])}


def usual_line_just_before(recording):
    new = new_records(recording, deploy_ns(recording))
    before = recording.logs[
        (recording.logs.time_ns < new.time_ns.iloc[0]) & (recording.logs.service == new.service.iloc[0])
    ]
    return {"first_sign": int(before.sort_values("time_ns").index[-1])}


def very_first_error(recording):
    errors = recording.logs[recording.logs.severity_number >= 17].sort_values("time_ns")
    return {"first_sign": int(errors.index[0])}


def position_counted_among_the_new(recording):
    return {"first_sign": 0}


def orders_in_time(recording):
    return {"evidence": sorted(set(orders_of(recording).trace_id) - set(late_orders(recording).trace_id))}


def between_the_deploys(recording):
    late = late_orders(recording)
    return late[late.start_ns < recording.deploys.time_ns.max()]


def late_after_both(recording):
    return {"evidence": late_orders(recording).trace_id.tolist()}


def all_the_orders(recording):
    return {"evidence": orders_of(recording).trace_id.tolist()}


def traces_of_the_mails(recording):
    return {"evidence": recording.spans.query("kind == 'CONSUMER'").trace_id.tolist()}


def spans_of_the_orders(recording):
    return {"evidence": late_orders(recording).span_id.tolist()}


def friday_by_kinds(recording):
    new = new_records(recording, deploy_ns(recording))
    return {
        "service": new.service.iloc[0],
        "mechanism": "cannot keep up",
        "echo": loud_errors(recording).service.iloc[0],
        "first_sign": int(new.index[0]),
        "evidence": between_the_deploys(recording).trace_id.tolist(),
    }


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


QUESTIONS = [
    Question(
        name="five-records",
        kind="read",
        answer=ListOf(Text("a record's letter", options=("p", "q", "r", "s", "t"))),
        inputs=[table("five records", ["record", "stamp", "observed", "service", "says"], STORY)],
        wrong=[
            Wrong(
                as_text,
                (
                    "That is the order of the stamps as text; the zones are still in them.",
                    "Take the hours behind + off, add those behind -, and compare again.",
                ),
            ),
            Wrong(
                by_stamp,
                (
                    "That is the order of the stamps, as if all clocks agreed.",
                    "Can somebody have answered before the question came in? Who asks whom?",
                ),
            ),
            Wrong(
                by_observed,
                (
                    "That is the order in which somebody collected them: one agent sent a batch.",
                    "Use the stamps in one zone, then who asked whom.",
                ),
            ),
            Wrong(
                as_listed,
                (
                    "That is the order of the table, in which they were only written down.",
                    "Begin with the service that the customer talks to.",
                ),
            ),
            Wrong(
                charged_too_early,
                (
                    "checkout noted the sum before it asked payment.",
                    "Its clock is right; payment's is the one to move, and further.",
                ),
            ),
            Wrong(
                parcel_before_page,
                (
                    "You put the page last, as one would expect; but nobody waits for the parcel.",
                    "Compare these two stamps in one zone: both clocks are right.",
                ),
            ),
            Wrong(latest_first, ("That is the right order, from its end.", "Begin with the earliest.")),
        ],
        right=[by_mended_clock, by_calls],
        hints=[
            "Write each stamp as time in UTC first: 11:00 at +01:00 is 10:00.",
            "Then read who asks whom, and look for a record that answers before it was asked.",
            "Move the records of that one clock to where causality lets them be.",
        ],
        passed="Two clocks can disagree, a question and its answer can't: lean on the latter at night.",
    ),
    Question(
        name="told-of",
        kind="compute",
        answer=MapOf("cause", Count("records")),
        inputs=[
            whole("saturday-orders"),
            whole("sunday-night"),
            whole("wednesday-evening"),
            whole_on_paper("an order with three failed children", SIBLINGS, OF_SIBLINGS),
        ],
        wrong=[
            Wrong(
                who_wrote_it,
                (
                    "You counted by who wrote the record: whoever is loud, not whoever failed.",
                    "Walk down from the record's span as long as a child failed.",
                ),
            ),
            Wrong(
                edges_to_the_caller,
                (
                    "A CLIENT span that failed alone became its caller's fault.",
                    "Name the edge there: nobody knows which end it was.",
                ),
            ),
            Wrong(
                first_in_time,
                (
                    "You took the first record of the request; the cause may have written none.",
                    "Go by the tree of spans, not by the time.",
                ),
            ),
            Wrong(
                one_step_only,
                (
                    "You went down one step; the failure may have begun deeper.",
                    "The loop goes on as long as the new span has failed children.",
                ),
            ),
            Wrong(
                edges_to_the_called,
                (
                    "A CLIENT span that failed alone became the fault of the callee.",
                    "Name the edge: it may never have got the question.",
                ),
            ),
            Wrong(
                requests_counted,
                ("You counted requests; one request may hold several alarmed records.", "Each alarmed record adds 1."),
            ),
            Wrong(
                errors_only,
                (
                    "Warnings are missing: you began with the records of ERROR.",
                    "alarmed(recording) has those of 13 and more.",
                ),
            ),
            Wrong(
                first_child_of_the_table,
                (
                    "You took the failed child that stands first in the table.",
                    "Compare their start_ns, and take the smallest.",
                ),
            ),
            Wrong(
                child_that_began_last,
                (
                    "You took a failed child, but the one that began last or ended first.",
                    "Compare their start_ns, and take the smallest.",
                ),
            ),
            Wrong(
                names_of_spans,
                ("Those are names of operations.", "Name the service of the span, or the edge of a CLIENT span."),
            ),
        ],
        right=[told_by_hops, told_by_walk],
        hints=[
            "Walk the paper example with a finger: what does below hold for each span?",
            "The list of failed children is in below, under the span's id; the earliest has the smallest start_ns.",
            "For cause, tell CLIENT spans from all others; the helper above names an edge.",
        ],
        passed="Half of the noise of an incident is people telling each other the same news. Go to its source.",
        yours=("watchkeeper.logs.echoes", "watchkeeper.logs.first_cause"),
    ),
    Question(
        name="unsaid",
        kind="compute",
        answer=MapOf("service", Count("requests")),
        inputs=[
            whole("thursday-morning"),
            whole("saturday-orders"),
            whole("carts-complaint"),
            whole("sunday-night"),
            whole_on_paper("a warning and a FATAL", LEVELS, OF_LEVELS),
        ],
        wrong=[
            Wrong(
                any_error_of_the_request,
                (
                    "Somebody else's ERROR in the same request counted as said.",
                    "The record must be of the service in which the error began.",
                ),
            ),
            Wrong(
                silent_by_service,
                (
                    "You left out a service altogether because it logs errors elsewhere.",
                    "Compare request by request: pairs of trace_id and service.",
                ),
            ),
            Wrong(
                failed_requests_only,
                (
                    "Too few are left: only failed requests, or any record counted as an ERROR.",
                    "Take all origins, and only records from 17 on.",
                ),
            ),
            Wrong(
                spans_not_requests,
                (
                    "You counted spans: one request can hold many of them.",
                    "Count each pair of trace_id and service once.",
                ),
            ),
            Wrong(
                passed_on_counted,
                ("Those who only passed an error on are among yours.", "Keep the rows whose role is origin."),
            ),
            Wrong(
                all_that_failed,
                (
                    "Those are all requests with a failed span of the service, logged or not.",
                    "Keep the origins, then take off those whose service wrote an ERROR.",
                ),
            ),
            Wrong(
                all_that_began,
                (
                    "Those are all requests in which an error began, also where it was logged.",
                    "Take off those with a record of 17 or more of the same service.",
                ),
            ),
        ],
        right=[unsaid_by_sets, unsaid_by_merge],
        hints=[
            "Two lists of pairs (trace_id, service): where errors began, and who wrote an ERROR.",
            "Two columns, zipped, are pairs; a set keeps each pair once and can be subtracted.",
            "The pairs of the first that are not in the second, counted by service.",
        ],
        passed='"No errors in the log" is a statement about the log. Now you can check it.',
    ),
    Question(
        name="kin",
        kind="compute",
        answer=MapOf("clue", Number("percentage points", within=0.05)),
        inputs=[
            whole_on_paper("nine requests on paper", NINE, SAID_BY_NINE, DEPLOYED[0]),
            whole_on_paper("the nine with later deploys", NINE, SAID_BY_NINE, DEPLOYED[1]),
            whole("thursday-morning"),
        ],
        wrong=[
            Wrong(
                against_everybody,
                (
                    "You compared with all requests, and the harmed are among them.",
                    "The second share is of the others only.",
                ),
            ),
            Wrong(
                the_other_way_round,
                (
                    "That says how many of those with the clue were harmed.",
                    "Ask the other way round: how many of the harmed have the clue?",
                ),
            ),
            Wrong(
                how_dangerous,
                (
                    "Those are shares of the requests with the clue: how many of them were harmed.",
                    "Ask how many of the harmed, and how many of the others, hold the clue.",
                ),
            ),
            Wrong(
                only_the_harmed,
                (
                    "What everybody has, the harmed have as well: that proves nothing.",
                    "Subtract the share of the others that hold the clue.",
                ),
            ),
            Wrong(as_fractions, ("Those are shares from 0 to 1.", "Multiply by 100 for percentage points.")),
            Wrong(
                near_in_time,
                (
                    "You took requests near a clue in time: that shares a moment, not a history.",
                    "Take the requests that hold the clue themselves, by their trace id.",
                ),
            ),
            Wrong(
                counts_subtracted,
                (
                    "You subtracted numbers of requests; there are many more of the others.",
                    "Divide each by the size of its group first.",
                ),
            ),
            Wrong(
                of_everybody,
                (
                    "Both of your shares are of all requests, so a large group weighs more.",
                    "Divide by the harmed here, and by the others there.",
                ),
            ),
            Wrong(
                of_the_holders,
                (
                    "Both of your shares are of the requests that hold the clue.",
                    "Divide by the size of the group: the harmed here, the others there.",
                ),
            ),
            Wrong(
                records_counted,
                (
                    "You counted conversions: a request may have many of them, or none.",
                    "Take sets of trace ids, so that each request counts once.",
                ),
            ),
            Wrong(
                harmed_records_only,
                (
                    "Among the harmed, a request counts once for each of its wrong prices.",
                    "Take each trace id once, as a set does.",
                ),
            ),
            Wrong(
                only_those_with_prices,
                (
                    "Your others are only requests that converted a price.",
                    "All requests of recording.traces() that are not harmed are others.",
                ),
            ),
            Wrong(
                all_with_prices_harmed,
                (
                    "You took everybody with a converted price for harmed.",
                    "Keep the rows of priced in which wrong is True.",
                ),
            ),
            Wrong(
                right_prices_harmed,
                (
                    "You took those with a right price for harmed.",
                    "Keep the rows of priced in which wrong is True, not False.",
                ),
            ),
            Wrong(
                others_first,
                (
                    "The signs are turned round: you took the harmed off the others.",
                    "The share of the harmed comes first, then minus that of the others.",
                ),
            ),
            Wrong(
                only_the_others,
                ("Those are the shares of the others alone.", "Take them off the shares of the harmed."),
            ),
        ],
        right=[kin_by_sets, kin_by_frame],
        hints=[
            "Three sets of trace ids: everybody, the harmed, the others.",
            "The harmed are those with a wrong row in priced; the others are everybody without them.",
            "A share: how many ids a clue and a group have in common, divided by the size of the group.",
        ],
        passed='"It began at the same time" is how innocent deploys get rolled back. Ask for shared requests.',
    ),
    Question(
        name="gone-items",
        kind="compute",
        answer=Record({"carts": Count("carts"), "items": Count("items")}),
        inputs=[
            table("two shoppers' carts", CART_LINES, BACK_AGAIN),
            table("rows out of order", CART_LINES, SHUFFLED),
            records("basket-complaint", "cart"),
            records("thursday-morning", "cart"),
        ],
        wrong=[
            Wrong(
                in_the_tables_order,
                ("You went through the rows as they come; a file has an order of its own.", "Sort by time_ns first."),
            ),
            Wrong(
                as_she_wrote_it,
                (
                    "A cart that was emptied by an order still counts as robbed.",
                    "The record without a number sets what the shopper has to 0.",
                ),
            ),
            Wrong(
                emptied_is_a_loss,
                ("The order itself became a loss.", "A record that empties the cart sets it to 0 and loses nothing."),
            ),
            Wrong(
                losses_counted,
                (
                    "As items you counted how often something was lost.",
                    "Add up by how many items the cart became smaller.",
                ),
            ),
            Wrong(
                each_time_again, ("A cart that lost twice counts twice among your carts.", "Count each shopper once.")
            ),
            Wrong(
                gains_taken_off,
                (
                    "What was put in went into your sum as a negative loss.",
                    "Only a record with fewer items adds to the sum; one with more adds 0.",
                ),
            ),
            Wrong(
                gains_taken_off_where_lost,
                (
                    "You compared a cart's end with its start: what was added hides what went.",
                    "Add up falls only, record by record; a rise adds 0.",
                ),
            ),
            Wrong(
                changes_counted,
                (
                    "You counted every change, also what a shopper put in.",
                    "Only a record with fewer items than the one before is a loss.",
                ),
            ),
            Wrong(
                one_cart_for_all,
                (
                    "You compared with the record before, whoever's cart that was.",
                    "Remember the last number for each shopper.",
                ),
            ),
            Wrong(
                against_the_most,
                (
                    "You compared with the most there ever was: one loss counts again and again.",
                    "Compare with the record of the same shopper just before.",
                ),
            ),
        ],
        right=[losses_by_loop, losses_by_groups],
        hints=[
            "Play ann's and bob's records by hand through her function. Where does it go wrong first?",
            "Sort by time before the loop; skip a record that names no shopper.",
            "An emptied cart is no loss, but what was last known of that shopper is 0 from then on.",
        ],
        passed="A log can be held against itself: two honest lines that cannot both be true.",
    ),
    Question(
        name="first-signs",
        kind="compute",
        answer=Record({"trace": SECONDS, "metric": SECONDS, "log": SECONDS, "error": SECONDS}),
        inputs=[whole("sunday-night"), whole("friday-evening")],
        wrong=[
            Wrong(
                since_the_recording_began,
                ("Those are seconds since the recording began.", "Subtract the time of the first deploy."),
            ),
            Wrong(
                since_the_last_deploy,
                (
                    "You count from the last deploy; signs before it became negative.",
                    "Take the smallest time_ns of the deploys.",
                ),
            ),
            Wrong(in_nanoseconds, ("Those are nanoseconds.", "Divide by 1e9 for seconds.")),
            Wrong(in_milliseconds, ("Those are milliseconds.", "Divide by 1e9, not by 1e6, for seconds.")),
            Wrong(in_minutes, ("Those are minutes.", "Leave them in seconds: divide nanoseconds by 1e9.")),
            Wrong(
                error_as_first_word,
                (
                    "Your log's time is that of the first WARN or ERROR; an INFO may speak before.",
                    "For the log, take the first of unheard(...), whatever its level.",
                ),
            ),
            Wrong(
                when_the_mail_went_out,
                (
                    "Your trace's time is when a late mail was taken up at last.",
                    "The sign is the order whose mail came late: its start_ns.",
                ),
            ),
            Wrong(
                any_error_at_all,
                (
                    "Your error is of a kind that other days know, and that was tried again.",
                    "Take it from unheard(...), as the first record.",
                ),
            ),
            Wrong(
                highest_point,
                (
                    "Your metric's time is that of the highest point.",
                    "Take the first point that is higher than all before the deploy.",
                ),
            ),
            Wrong(
                first_that_never_came,
                (
                    "You took the first order whose mail never came; others were late before.",
                    "Compare wait_ms with the longest wait before the deploy.",
                ),
            ),
            Wrong(
                first_order_at_all,
                (
                    "You took an order since the deploy whose mail came no later than some before.",
                    "Keep those that waited longer than every order before the deploy.",
                ),
            ),
            Wrong(
                by_rows_not_times,
                (
                    "You took the first row; a file has an order of its own.",
                    "Take the smallest time_ns, not the topmost row.",
                ),
            ),
        ],
        right=[signs_by_frame, signs_by_minutes],
        hints=[
            "One line each: mails(...), the metric's points, unheard(...), and unheard(...) from 17 on.",
            "Usual is the largest value before the deploy: .max() of the wait_ms, and of the points' value.",
            "Then the earliest time after the deploy that is above the usual, as seconds since the deploy.",
        ],
        passed="The signals spoke long before the first ERROR. A good alarm listens to the earliest that is sure.",
    ),
    Question(
        name="friday-evening",
        kind="diagnose",
        answer=Record(
            {
                "service": Text("a service's name", SERVICES),
                "mechanism": Text("a mechanism", MECHANISMS),
                "echo": Text("a service's name", SERVICES),
                "first_sign": Count("friday.logs.index"),
                "evidence": SomeOf(Text("a trace id"), at_least=3),
            }
        ),
        inputs=[whole("friday-evening")],
        wrong=[
            Wrong(
                loudest,
                (
                    "It wrote the most errors. In whose requests, and what do they say is missing?",
                    "Follow one of its records to the order, and the order to its mail.",
                ),
            ),
            Wrong(
                errors_tried_again,
                (
                    "Its errors are tried again with success, on other days too.",
                    "Look at kinds of record that are new on this day.",
                ),
            ),
            Wrong(
                deployed_just_before,
                (
                    "It was deployed just before the first ERROR, but the trouble is older.",
                    "Compare its deploy with your first_signs.",
                ),
            ),
            Wrong(
                it_stopped,
                (
                    "It still takes up work: look for its spans after the deploy.",
                    "How many mails a minute go out, and how many orders come in?",
                ),
            ),
            Wrong(
                mails_are_lost,
                (
                    "Those that wait are not lost: the metric still counts them.",
                    "Are mails taken up in the order in which they came, later and later?",
                ),
            ),
            Wrong(
                the_orders_fail,
                (
                    "Look at the status of the requests: the orders were placed.",
                    "What is it that the records say about them?",
                ),
            ),
            Wrong(
                pages_are_slow,
                (
                    "Nobody waits for this on a page: compare the durations before and after.",
                    "Who does wait, and where would you see it?",
                ),
            ),
            Wrong(
                all_is_well,
                (
                    "Shoppers wait for something longer and longer; for them it is not nothing.",
                    "Look at mails(friday) to its end.",
                ),
            ),
            Wrong(
                it_echoes_itself,
                (
                    "That is where it comes from; its own words are the cause, not the echo.",
                    "Who writes ERROR about it, in requests that were all right?",
                ),
            ),
            Wrong(
                bays_as_echo,
                (
                    "Those errors have nothing to do with it: other days know them too.",
                    "Whose ERROR records are new this evening?",
                ),
            ),
            Wrong(
                first_error_is_the_sign,
                (
                    "That is the first new ERROR. A quieter record spoke before it.",
                    "Take the earliest of unheard(...), whatever its level.",
                ),
            ),
            Wrong(
                usual_line_just_before,
                (
                    "That line stands just before it, but its kind was there before the deploy.",
                    "Take the earliest row of unheard(...), which leaves known kinds out.",
                ),
            ),
            Wrong(
                very_first_error,
                (
                    "That is the first ERROR of the log, of a kind that means nothing here.",
                    "Take the earliest of unheard(...), whatever its level.",
                ),
            ),
            Wrong(
                position_counted_among_the_new,
                ("That is a position in another list.", "Give the label in the index of friday.logs."),
            ),
            Wrong(
                orders_in_time,
                (
                    "Those orders had their mail as soon as ever.",
                    "Name orders from between the deploys with a longer wait.",
                ),
            ),
            Wrong(
                late_after_both,
                (
                    "After the second deploy an order is late whichever of the two is to blame.",
                    "Name late orders from between the deploys: they clear one of them.",
                ),
            ),
            Wrong(
                all_the_orders,
                (
                    "Among yours are orders whose mail came as soon as ever.",
                    "Name only late orders from between the two deploys.",
                ),
            ),
            Wrong(
                traces_of_the_mails,
                (
                    "Those are the traces of mails that did go out.",
                    "Name the traces of the orders: the trace_id in mails(friday).",
                ),
            ),
            Wrong(spans_of_the_orders, ("Those are span ids.", "Give the trace ids of the same rows.")),
        ],
        right=[friday_by_kinds, friday_by_warnings],
        hints=[
            "What do the ERROR records say that did not happen? Whose work is that?",
            "How many orders a minute come in, and how many CONSUMER spans a minute are there, before and after?",
            "first_sign is a label of unheard(...)'s index; evidence is found in mails(...), by start and by wait.",
        ],
        passed="The loudest service was only the messenger, and the deploy just before it a passer-by.",
    ),
]

REFLECTIONS = [
    Reflection(
        "what-the-ranking-knows",
        rubric=[
            (
                1.0,
                "what it got right, what harm it could not know and why, the question that showed the harm, and what an empty ranking leaves open",
                "On Thursday it named the right service, with a score near zero, because no request failed or got slower. It can't know that a "
                "price is wrong; holding the amount against the currency showed that. An empty ranking only says that spans look as usual, "
                "so I would look at what was complained of before I close anything.",
            ),
            (
                0.5,
                "says that the ranking may miss harm, without saying which or how it was found",
                "The ranking is only a hint and can be wrong, so one should check.",
            ),
            (0.0, "trusts it, or rejects it altogether", "If the ranking is empty, nothing is wrong."),
        ],
    ),
    Reflection(
        "timeline-of-friday",
        rubric=[
            (
                1.0,
                "signals in order with seconds, both deploys, cause told from echo, a proposal and an advice against with evidence, and what was known only later",
                "0 s deploy of email; the next order's mail is late (known only later); the outbox is fuller than ever; email warns of its relay's limit; "
                "the other deploy; checkout's first ERROR. Roll back email: each order since then waited longer. Leave the other: the queue grew before it.",
            ),
            (
                0.5,
                "the right proposal with an incomplete list, or nothing said about the other deploy or about what was known when",
                "Email is too slow since its deploy, roll it back. Checkout only reports it.",
            ),
            (
                0.0,
                "rolls back the last deploy, or blames the service that wrote the errors",
                "Checkout has hundreds of errors since the last deploy, so roll back both.",
            ),
        ],
    ),
]


def harmed_on_sunday(recording):
    pages = recording.traces()
    return pages.start_ns[(pages.status == "ERROR") | (pages.duration_ms > 1000)]


def begins_after_the_second(open):
    sunday = open("sunday-night")
    wait_s = (harmed_on_sunday(sunday).min() - sorted(sunday.deploys.time_ns)[1]) / 1e9
    return 1 < wait_s < 10


def none_after_the_third(open):
    sunday = open("sunday-night")
    return harmed_on_sunday(sunday).max() < sorted(sunday.deploys.time_ns)[2]


FACTS = [
    Fact("the harm begins seconds after the second deploy", begins_after_the_second),
    Fact("no request that began after the third, which took that one back, was harmed", none_after_the_third),
]
