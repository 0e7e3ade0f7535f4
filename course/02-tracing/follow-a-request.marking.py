"""follow-a-request: questions, known wrong answers, honest alternatives. Never part of the kit."""

import json

import pandas as pd

from watchkeeper import Recording
from watchkeeper.staff.author.marking import (
    MapOf,
    Number,
    Question,
    Record,
    Reflection,
    SetOf,
    SomeOf,
    Text,
    Truth,
    Wrong,
    given,
    on_paper,
    pick,
    route,
    table,
    whole,
)
from watchkeeper.traces import error_origins, hop_gaps, service_graph

KINDS = ("unspecified", "internal", "server", "client", "producer", "consumer")
MECHANISMS = ("slow itself", "slow connection", "many calls", "waits for another", "no answer", "nothing is wrong")
MS = Number("ms", within=0.001)
HELD_UP_MS = (
    60  # no call of the healthy shop has such a gap once the first requests are through, and each held-up one has
)

ASKED = [
    ("root", "", "loadgenerator", "GET /cart", "CLIENT", 0, 100),
    ("page", "root", "frontend", "GET /cart", "SERVER", 2, 98),
    ("c1", "page", "frontend", "GET /carts", "CLIENT", 10, 40),
    ("s1", "c1", "cart", "GET /carts", "SERVER", 14, 38),
    ("d1", "s1", "cart", "SELECT cart.db", "CLIENT", 20, 21),
    ("r1", "page", "frontend", "render", "INTERNAL", 90, 95),
]
ALONE = [("s", "", "cart", "GET /health", "SERVER", 0, 3), ("d", "s", "cart", "SELECT cart.db", "CLIENT", 1, 2)]
# A proxy that tried four times, a database, a server that outlasts its client, and one whose clock is half a second ahead.
HOPS = [
    ("page", "", "frontend", "GET /", "SERVER", 0, 200),
    ("c1", "page", "frontend", "GET /carts", "CLIENT", 5, 105),
    ("s1", "c1", "cart", "GET /carts", "SERVER", 15, 35),
    ("s2", "c1", "cart", "GET /carts", "SERVER", 38, 73),
    ("s5", "c1", "cart", "GET /carts", "SERVER", 75, 85),
    ("s6", "c1", "cart", "GET /carts", "SERVER", 88, 100),
    ("c2", "page", "frontend", "GET /ads", "CLIENT", 110, 130),
    ("s3", "c2", "ads", "GET /ads", "SERVER", 111, 134),
    ("c3", "page", "frontend", "GET /quotes", "CLIENT", 135, 155),
    ("s4", "c3", "shipping", "GET /quotes", "SERVER", 640, 652),
    ("c4", "page", "frontend", "SELECT shop.db", "CLIENT", 160, 168),
]
CALL_COLUMNS = ("trace_id", "span_id", "parent_span_id", "service", "kind", "duration_ms", "start_ns")
# Five requests: four of them ask cart once, once, twice and five times; the last asks ads, which asks a database.
CALLS = [
    *(
        row
        for n, asks in enumerate([1, 1, 2, 5], start=1)
        for row in [
            (f"t{n}", f"p{n}", "", "frontend", "SERVER", 50.0, 100 * n),
            *((f"t{n}", f"c{n}{k}", f"p{n}", "frontend", "CLIENT", 5.0, 100 * n + k) for k in range(asks)),
            *((f"t{n}", f"s{n}{k}", f"c{n}{k}", "cart", "SERVER", 4.0, 100 * n + k) for k in range(asks)),
        ]
    ),
    ("t5", "p5", "", "frontend", "SERVER", 50.0, 500),
    ("t5", "c5", "p5", "frontend", "CLIENT", 5.0, 501),
    ("t5", "s5", "c5", "ads", "SERVER", 4.0, 502),
    ("t5", "d5", "s5", "ads", "CLIENT", 1.0, 503),
]
LINE = """{"resourceSpans": [{"resource": {"attributes": [
  {"key": "service.name", "value": {"stringValue": "shipping"}},
  {"key": "host.name", "value": {"stringValue": "shop-3"}}]},
 "scopeSpans": [{"scope": {"name": "instrumentation.httpx"}, "spans": [{
  "traceId": "5b8efff798038103d269b633813fc60c", "spanId": "eee19b7ec3c1b174", "parentSpanId": "0a25b20e3df06b11",
  "name": "GET /depots/{town}", "kind": 3,
  "startTimeUnixNano": "1700000000900000000", "endTimeUnixNano": "1700000000946500000",
  "attributes": [{"key": "net.peer.name", "value": {"stringValue": "carrier"}},
   {"key": "http.status_code", "value": {"intValue": "404"}}], "status": {"code": 2}}]}]}]}"""
CODE = "http.response.status_code"
OLD_CODE = "http.status_code"
CASES = [
    ("a", "SERVER", "UNSET", {CODE: 404}),
    ("b", "CLIENT", "UNSET", {CODE: 404}),
    ("c", "SERVER", "UNSET", {CODE: 500}),
    ("d", "CLIENT", "OK", {CODE: 404}),
    ("e", "INTERNAL", "ERROR", {}),
    ("f", "SERVER", "UNSET", {OLD_CODE: 503}),
    ("g", "CLIENT", "UNSET", {OLD_CODE: 200}),
    ("h", "CLIENT", "UNSET", {}),
]
OTHER_CASES = [
    ("k", "SERVER", "UNSET", {OLD_CODE: 404}),
    ("l", "CLIENT", "UNSET", {OLD_CODE: 400}),
    ("m", "CLIENT", "UNSET", {CODE: 399}),
    ("n", "SERVER", "OK", {CODE: 500}),
    ("o", "CLIENT", "ERROR", {CODE: 200}),
    ("p", "SERVER", "UNSET", {CODE: 499}),
    ("q", "CLIENT", "UNSET", {CODE: 200, OLD_CODE: 200}),
    ("r", "SERVER", "UNSET", {CODE: 404, OLD_CODE: 500}),
    ("s", "INTERNAL", "UNSET", {CODE: 404}),
]


def called_spans(spans):
    return spans[(spans.kind == "SERVER") & (spans.parent_span_id != "")]


def joined(spans):
    clients = spans[spans.kind == "CLIENT"].set_index("span_id")
    servers = spans[(spans.kind == "SERVER") & spans.parent_span_id.isin(clients.index)]
    callers = servers.parent_span_id.map(clients.service)
    return servers.assign(
        caller=callers,
        client_ms=servers.parent_span_id.map(clients.duration_ms),
        client_start=servers.parent_span_id.map(clients.start_ns),
        edge=callers + " → " + servers.service,
    )


# sent-headers
def with_its_own_id(spans):
    return {one.span_id: f"00-{one.trace_id}-{one.span_id}-01" for one in called_spans(spans).itertuples()}


def ids_swapped(spans):
    return {one.span_id: f"00-{one.parent_span_id}-{one.trace_id}-01" for one in called_spans(spans).itertuples()}


def with_the_root_id(spans):
    root = spans[spans.parent_span_id == ""].span_id.iloc[0]
    return {one.span_id: f"00-{one.trace_id}-{root}-01" for one in called_spans(spans).itertuples()}


def not_recorded(spans):
    return {span: header[:-2] + "00" for span, header in headers_by_loop(spans).items()}


def one_service_only(spans):
    mine = spans[spans.service == "frontend"]
    return {one.span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in called_spans(mine).itertuples()}


def every_child(spans):
    below = spans[spans.parent_span_id != ""]
    return {one.span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in below.itertuples()}


def keyed_by_sender(spans):
    return {
        one.parent_span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in called_spans(spans).itertuples()
    }


def from_every_client(spans):
    return {one.span_id: f"00-{one.trace_id}-{one.span_id}-01" for one in spans[spans.kind == "CLIENT"].itertuples()}


def roots_too(spans):
    return {
        one.span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in spans[spans.kind == "SERVER"].itertuples()
    }


def with_the_headers_name(spans):
    return {span: f"traceparent: {header}" for span, header in headers_by_loop(spans).items()}


def without_orphans(spans):
    reached = spans[(spans.kind == "SERVER") & spans.parent_span_id.isin(spans.span_id)]
    return {one.span_id: f"00-{one.trace_id}-{one.parent_span_id}-01" for one in reached.itertuples()}


def the_cart_page_always(spans):
    return headers_by_loop(Recording.open("monday-morning").trace_at("GET /cart", 0.5))


def headers_by_loop(spans):
    found = {}
    for span in spans.itertuples():
        if span.kind == "SERVER" and span.parent_span_id:
            found[span.span_id] = "-".join(["00", span.trace_id, span.parent_span_id, "01"])
    return found


def headers_by_columns(spans):
    reached = spans[(spans.kind == "SERVER") & spans.parent_span_id.ne("")]
    return pd.Series(
        ("00-" + reached.trace_id + "-" + reached.parent_span_id + "-01").tolist(), index=list(reached.span_id)
    )


# one-line
def its_span(line):
    return json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["spans"][0]


def nanoseconds(line):
    return int(its_span(line)["endTimeUnixNano"]) - int(its_span(line)["startTimeUnixNano"])


def whom_it_called(line):
    return {"service": next(one["value"]["stringValue"] for one in its_span(line)["attributes"])}


def where_it_runs(line):
    return {"service": json.loads(line)["resourceSpans"][0]["resource"]["attributes"][1]["value"]["stringValue"]}


def what_measured_it(line):
    return {"service": json.loads(line)["resourceSpans"][0]["scopeSpans"][0]["scope"]["name"]}


def counted_without_zero(line):
    return {"kind": KINDS[its_span(line)["kind"] + 1]}


def counted_from_one(line):
    return {"kind": KINDS[its_span(line)["kind"] - 1]}


def left_in_ns(line):
    return {"ms": nanoseconds(line)}


def in_microseconds(line):
    return {"ms": nanoseconds(line) / 1e3}


def in_seconds(line):
    return {"ms": nanoseconds(line) / 1e9}


def its_own_id(line):
    return {"parent": its_span(line)["spanId"]}


def the_trace_id(line):
    return {"parent": its_span(line)["traceId"]}


def not_found_is_fine(line):
    return {"error": False}


def read_with_json(line):
    batch = json.loads(line)["resourceSpans"][0]
    names = {one["key"]: one["value"]["stringValue"] for one in batch["resource"]["attributes"]}
    span = its_span(line)
    return {
        "service": names["service.name"],
        "kind": KINDS[span["kind"]],
        "ms": nanoseconds(line) / 1e6,
        "parent": span["parentSpanId"],
        "error": span["status"].get("code") == 2,
    }


def read_by_eye(line):
    return {"service": "shipping", "kind": "Client", "ms": 46.5, "parent": "0A25B20E3DF06B11", "error": True}


# my-gaps
def the_way_there(spans):
    pairs = joined(spans).drop_duplicates("parent_span_id")
    return dict(zip(pairs.parent_span_id, (pairs.start_ns - pairs.client_start) / 1e6, strict=True))


def nothing_means_network(spans):
    clients = spans[spans.kind == "CLIENT"].set_index("span_id").duration_ms
    worked = joined(spans).groupby("parent_span_id").duration_ms.sum()
    return clients.sub(worked.reindex(clients.index).fillna(0)).clip(lower=0)


def first_server_only(spans):
    pairs = joined(spans).drop_duplicates("parent_span_id")
    return dict(zip(pairs.parent_span_id, (pairs.client_ms - pairs.duration_ms).clip(lower=0), strict=True))


def last_server_only(spans):
    pairs = joined(spans).drop_duplicates("parent_span_id", keep="last")
    return dict(zip(pairs.parent_span_id, (pairs.client_ms - pairs.duration_ms).clip(lower=0), strict=True))


def gap_to(spans, how):
    worked = joined(spans).groupby("parent_span_id").agg(server=("duration_ms", how), client=("client_ms", "first"))
    return (worked.client - worked.server).clip(lower=0)


def longest_server_only(spans):
    return gap_to(spans, "max")


def mean_of_the_servers(spans):
    return gap_to(spans, "mean")


def median_of_the_servers(spans):
    return gap_to(spans, "median")


def no_client_matches(spans):
    """What (waited_ms - worked_ms).dropna() leaves when worked_ms has the servers' ids as its index."""
    return {}


def ns_from_ms(spans):
    clients = spans[spans.kind == "CLIENT"].set_index("span_id").duration_ms
    servers = spans[spans.kind == "SERVER"]
    worked_ns = (servers.end_ns - servers.start_ns).groupby(servers.parent_span_id).sum()
    return (clients - worked_ns).dropna().clip(lower=0)


def below_zero(spans):
    worked = joined(spans).groupby("parent_span_id").agg(server=("duration_ms", "sum"), client=("client_ms", "first"))
    return worked.client - worked.server


def gaps_in_ns(spans):
    return {span: ms * 1e6 for span, ms in gaps_by_loop(spans).items()}


def what_was_worked(spans):
    return joined(spans).groupby("parent_span_id").duration_ms.sum()


def what_was_waited(spans):
    return joined(spans).groupby("parent_span_id").client_ms.first()


def keyed_by_server(spans):
    pairs = joined(spans)
    return dict(zip(pairs.span_id, (pairs.client_ms - pairs.duration_ms).clip(lower=0), strict=True))


def by_clock(spans):
    """Cuts the server's time to the client's, as if both had the same clock."""
    found = {}
    for client, group in joined(spans).groupby("parent_span_id"):
        begin, end = group.client_start.iloc[0], group.client_start.iloc[0] + group.client_ms.iloc[0] * 1e6
        inside = (group.end_ns.clip(upper=end) - group.start_ns.clip(lower=begin)).clip(lower=0)
        found[client] = (end - begin - inside.sum()) / 1e6
    return found


def gaps_by_loop(spans):
    waited = {one.span_id: one.duration_ms for one in spans.itertuples() if one.kind == "CLIENT"}
    worked = {}
    for one in spans.itertuples():
        if one.kind == "SERVER" and one.parent_span_id in waited:
            worked[one.parent_span_id] = worked.get(one.parent_span_id, 0.0) + one.duration_ms
    return {client: max(waited[client] - ms, 0.0) for client, ms in worked.items()}


def gaps_by_merge(spans):
    clients, servers = spans[spans.kind == "CLIENT"], spans[spans.kind == "SERVER"]
    worked = servers.groupby("parent_span_id", as_index=False).duration_ms.sum()
    both = clients.merge(worked, left_on="span_id", right_on="parent_span_id", suffixes=("", "_worked"))
    return dict(zip(both.span_id, (both.duration_ms - both.duration_ms_worked).clip(lower=0), strict=True))


# calls-for-one
def all_calls(spans):
    return joined(spans).groupby("edge").size().astype(float)


def over_all_requests(spans):
    return joined(spans).groupby("edge").size() / spans.trace_id.nunique()


def requests_with_it(spans):
    return joined(spans).groupby("edge").trace_id.nunique().astype(float)


def share_of_requests(spans):
    return joined(spans).groupby("edge").trace_id.nunique() / spans.trace_id.nunique()


def calls_a_request(spans):
    return joined(spans).groupby(["edge", "trace_id"]).size().groupby("edge")


def the_median(spans):
    return calls_a_request(spans).median()


def the_most(spans):
    return calls_a_request(spans).max().astype(float)


def to_whole_numbers(spans):
    return calls_a_request(spans).mean().round()


def to_one_decimal(spans):
    return calls_a_request(spans).mean().round(1)


def keyed_by_pairs(spans):
    return {tuple(edge.split(" → ")): calls for edge, calls in calls_by_loop(spans).items()}


def typed_arrows(spans):
    return {edge.replace("→", "->"): calls for edge, calls in calls_by_loop(spans).items()}


def the_morning_always(spans):
    return calls_by_loop(Recording.open("monday-morning").spans)


def both_sides_counted(spans):
    return {edge: 2 * calls for edge, calls in calls_by_loop(spans).items()}


def arrows_turned_round(spans):
    return {" → ".join(reversed(edge.split(" → "))): calls for edge, calls in calls_by_loop(spans).items()}


def by_who_is_called(spans):
    by_service = joined(spans).groupby("service")
    return by_service.size() / by_service.trace_id.nunique()


def calls_by_loop(spans):
    calls, seen = {}, {}
    for one in joined(spans).itertuples():
        calls[one.edge] = calls.get(one.edge, 0) + 1
        seen.setdefault(one.edge, set()).add(one.trace_id)
    return {edge: count / len(seen[edge]) for edge, count in calls.items()}


def calls_by_table(spans):
    counts = joined(spans).groupby(["edge", "trace_id"]).size()
    return counts.groupby("edge").mean()


# mail-waits
def consumed(recording):
    return [
        (link, one) for one in recording.spans[recording.spans.kind == "CONSUMER"].itertuples() for link in one.links
    ]


def from_its_beginning(recording):
    start = recording.spans.set_index("span_id").start_ns
    return {link["span_id"]: (one.start_ns - start[link["span_id"]]) / 1e6 for link, one in consumed(recording)}


def until_the_mail_is_out(recording):
    end = recording.spans.set_index("span_id").end_ns
    return {link["span_id"]: (one.end_ns - end[link["span_id"]]) / 1e6 for link, one in consumed(recording)}


def as_children(recording):
    spans = recording.spans
    end = spans.set_index("span_id").end_ns
    below = spans[(spans.kind == "CONSUMER") & spans.parent_span_id.isin(end.index)]
    return {one.parent_span_id: (one.start_ns - end[one.parent_span_id]) / 1e6 for one in below.itertuples()}


def keyed_by_consumer(recording):
    end = recording.spans.set_index("span_id").end_ns
    return {one.span_id: (one.start_ns - end[link["span_id"]]) / 1e6 for link, one in consumed(recording)}


def divided_twice(recording):
    return {span: ms / 1e6 for span, ms in waits_by_dict(recording).items()}


def the_consumer_itself(recording):
    return {one.span_id: (one.start_ns - one.end_ns) / 1e6 for _, one in consumed(recording)}


def by_the_order(recording):
    """From the end of the whole order: the customer's answer comes later than the note in the outbox."""
    spans = recording.spans
    ends = spans[spans.parent_span_id == ""].set_index("trace_id").end_ns
    return {link["span_id"]: (one.start_ns - ends[link["trace_id"]]) / 1e6 for link, one in consumed(recording)}


def turned_round(recording):
    return {span: -ms for span, ms in waits_by_dict(recording).items()}


def waits_by_dict(recording):
    spans = recording.spans
    ended = dict(zip(spans.span_id, spans.end_ns, strict=True))
    return {link["span_id"]: (one.start_ns - ended[link["span_id"]]) / 1e6 for link, one in consumed(recording)}


def waits_by_explode(recording):
    spans = recording.spans
    taken = spans[spans.kind == "CONSUMER"].explode("links")
    sender = taken.links.map(lambda link: link["span_id"])
    sent_ns = sender.map(spans.set_index("span_id").end_ns)
    return dict(zip(sender, (taken.start_ns - sent_ns) / 1e6, strict=True))


# mended-errors
def code_of(attributes):
    return attributes.get(CODE, attributes.get(OLD_CODE, 0))


def as_the_colleague(spans):
    return set(spans.span_id[spans.attributes.map(lambda attributes: attributes.get(CODE, 0)) >= 400])


def four_hundred_on_both_sides(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR" or (one.status == "UNSET" and code_of(one.attributes) >= 400)
    }


def five_hundred_on_both_sides(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR" or (one.status == "UNSET" and code_of(one.attributes) >= 500)
    }


def sides_mixed_up(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR"
        or (one.status == "UNSET" and code_of(one.attributes) >= (400 if one.kind == "SERVER" else 500))
    }


def stable_name_only(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR"
        or (one.status == "UNSET" and one.attributes.get(CODE, 0) >= (500 if one.kind == "SERVER" else 400))
    }


def more_than_least(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR"
        or (one.status == "UNSET" and code_of(one.attributes) > (500 if one.kind == "SERVER" else 400))
    }


def by_code(spans, code_in, least=lambda kind: 500 if kind == "SERVER" else 400):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR" or (one.status == "UNSET" and code_in(one.attributes) >= least(one.kind))
    }


def old_name_first(spans):
    return by_code(spans, lambda attributes: attributes.get(OLD_CODE, attributes.get(CODE, 0)))


def codes_added_up(spans):
    return by_code(spans, lambda attributes: attributes.get(CODE, 0) + attributes.get(OLD_CODE, 0))


def clients_alone_from_400(spans):
    return by_code(spans, code_of, lambda kind: 400 if kind == "CLIENT" else 500)


def stated_only(spans):
    return set(spans.span_id[spans.status == "ERROR"])


def ok_overruled(spans):
    return {
        one.span_id
        for one in spans.itertuples()
        if one.status == "ERROR" or code_of(one.attributes) >= (500 if one.kind == "SERVER" else 400)
    }


def code_before_status(spans):
    return {
        one.span_id for one in spans.itertuples() if code_of(one.attributes) >= (500 if one.kind == "SERVER" else 400)
    }


def errors_by_columns(spans):
    code = spans.attributes.map(code_of)
    least = spans.kind.map({"SERVER": 500}).fillna(400)
    return set(spans.span_id[(spans.status == "ERROR") | ((spans.status == "UNSET") & (code >= least))])


def errors_by_loop(spans):
    found = []
    for span in spans.itertuples():
        if span.status == "UNSET":
            code = span.attributes.get("http.response.status_code") or span.attributes.get("http.status_code") or 0
            if code >= 500 or (code >= 400 and span.kind != "SERVER"):
                found.append(span.span_id)
        elif span.status == "ERROR":
            found.append(span.span_id)
    return found


# failures-by-origin
def error_spans(recording):
    spans = recording.spans
    return spans[spans.status == "ERROR"]


def in_failed(recording, rows):
    requests = recording.traces()
    return rows.trace_id.isin(requests.trace_id[requests.status == "ERROR"])


def by_service(rows):
    return rows.groupby("service").trace_id.nunique().to_dict()


def began_there(recording):
    wrong = error_spans(recording)
    return wrong[~wrong.span_id.isin(wrong.parent_span_id)]


def with_failed(recording, counts):
    return {**verdict_by_loop(recording), "failed": counts}


def with_masked(recording, counts):
    return {**verdict_by_loop(recording), "masked": counts}


def error_spans_counted(recording):
    wrong = error_spans(recording)
    failed = in_failed(recording, wrong)
    return {
        "failed": wrong[failed].service.value_counts().to_dict(),
        "masked": wrong[~failed].service.value_counts().to_dict(),
    }


def whoever_has_one(recording):
    wrong = error_spans(recording)
    failed = in_failed(recording, wrong)
    return {"failed": by_service(wrong[failed]), "masked": by_service(wrong[~failed])}


def the_loudest_team(recording):
    failed = recording.traces().query("status == 'ERROR'")
    return with_failed(recording, {error_spans(recording).service.value_counts().idxmax(): len(failed)})


def where_the_shopper_sees_it(recording):
    wrong = error_spans(recording)
    topmost = wrong[~wrong.parent_span_id.isin(wrong.span_id)]
    failed = in_failed(recording, topmost)
    return {"failed": by_service(topmost[failed]), "masked": by_service(topmost[~failed])}


def every_error_a_failure(recording):
    return {"failed": by_service(began_there(recording)), "masked": {}}


def fine_at_the_root(recording):
    return with_masked(recording, {})


def whoever_coped(recording):
    """The service that did without the answer, in place of the one in which the error began."""
    wrong = error_spans(recording)
    topmost = wrong[~wrong.parent_span_id.isin(wrong.span_id) & ~in_failed(recording, wrong)]
    return with_masked(recording, by_service(topmost))


def all_origins_as_failed(recording):
    return with_failed(recording, by_service(began_there(recording)))


def split_by_request(recording, rows, counts):
    failed = in_failed(recording, rows)
    return {"failed": counts(rows[failed]), "masked": counts(rows[~failed])}


def origins_counted(recording):
    return split_by_request(recording, began_there(recording), lambda rows: rows.service.value_counts().to_dict())


def only_server_origins(recording):
    origins = began_there(recording)
    return split_by_request(recording, origins[origins.kind == "SERVER"], by_service)


def servers_among_themselves(recording):
    """Looks for children among SERVER spans alone: between two of them there is always a CLIENT span."""
    wrong = error_spans(recording).query("kind == 'SERVER'")
    return split_by_request(recording, wrong[~wrong.span_id.isin(wrong.parent_span_id)], by_service)


def turned_over(recording):
    found = verdict_by_loop(recording)
    return {"failed": found["masked"], "masked": found["failed"]}


def in_percent(recording):
    found = verdict_by_loop(recording)
    return {
        name: {service: 100 * count / sum(counts.values()) for service, count in counts.items()}
        for name, counts in found.items()
    }


def verdict_by_library(recording):
    found = {}
    origins = error_origins(recording.spans).query("role == 'origin'")
    failed = in_failed(recording, origins)
    for name, rows in (("failed", origins[failed]), ("masked", origins[~failed])):
        found[name] = by_service(rows)
    return found


def verdict_by_loop(recording):
    status = dict(zip(recording.traces().trace_id, recording.traces().status, strict=True))
    wrong = error_spans(recording)
    passed_on, met = set(wrong.parent_span_id), {"failed": {}, "masked": {}}
    for span in wrong.itertuples():
        if span.span_id not in passed_on:
            group = met["failed" if status[span.trace_id] == "ERROR" else "masked"]
            group.setdefault(span.service, set()).add(span.trace_id)
    return {name: {service: len(ids) for service, ids in group.items()} for name, group in met.items()}


# noon-edge
def noon_gaps(recording):
    found = hop_gaps(recording.spans).dropna()
    found["edge"] = found.caller + " → " + found.called
    started = recording.spans.set_index("span_id").start_ns
    found["start_ns"] = found.span_id.map(started)
    return found


def held_up(recording):
    found = noon_gaps(recording)
    return found[(found.gap_ms > HELD_UP_MS) & (found.start_ns > recording.deploys.time_ns.min())]


def the_edge(recording):
    return held_up(recording).edge.mode().item()


def longest_waits(recording):
    return {"edge": "loadgenerator → frontend"}


def long_on_any_day(recording):
    """The edge that has the longest typical gap before anything happened."""
    calls = noon_gaps(recording)
    before = calls[calls.start_ns < recording.deploys.time_ns.min()]
    return {"edge": before.groupby("edge").gap_ms.median().idxmax()}


def another_caller(recording):
    calls, edge = noon_gaps(recording), the_edge(recording)
    others = calls[calls.edge.str.endswith(edge.split(" → ")[1]) & (calls.edge != edge)]
    return {
        "edge": others[others.edge != callers_of_it(recording)[1]]
        .edge.mode()
        .reindex([0], fill_value=callers_of_it(recording)[0])[0]
    }


def callers_of_it(recording):
    """Up to two other callers; where nobody else asks it, an edge that nobody will name."""
    caller, called = the_edge(recording).split(" → ")
    return [f"{one} → {called}" for one in ("recommendation", "checkout", "frontend") if one != caller]


def the_orders_way(recording):
    return {"edge": callers_of_it(recording)[1]}


def a_service(recording):
    return {"edge": the_edge(recording).split(" → ")[1]}


def against_the_arrow(recording):
    return {"edge": " → ".join(reversed(the_edge(recording).split(" → ")))}


def most_calls(recording):
    return {"edge": noon_gaps(recording).edge.mode().item()}


def the_called_service(recording):
    return {"mechanism": "slow itself"}


def asked_more(recording):
    return {"mechanism": "many calls"}


def something_behind_it(recording):
    return {"mechanism": "waits for another"}


def gave_up(recording):
    return {"mechanism": "no answer"}


def as_ever(recording):
    return {"mechanism": "nothing is wrong"}


def the_spans_that_answered(recording):
    spans = recording.spans
    return {
        "evidence": spans[
            (spans.kind == "SERVER") & spans.parent_span_id.isin(held_up(recording).span_id)
        ].span_id.tolist()
    }


def right_after_the_deploy(recording):
    calls, slow = noon_gaps(recording), mine_held_up(recording)
    mine = calls[(calls.edge == the_edge(recording)) & (calls.start_ns < slow.start_ns.min())]
    return {"evidence": mine.span_id.tolist()}


def once_it_was_over(recording):
    calls = noon_gaps(recording)
    mine = calls[(calls.edge == the_edge(recording)) & (calls.start_ns > mine_held_up(recording).start_ns.max())]
    return {"evidence": mine.span_id.tolist()}


def mine_held_up(recording):
    slow = held_up(recording)
    return slow[slow.edge == the_edge(recording)]


def whole_requests(recording):
    return {"evidence": mine_held_up(recording).trace_id.unique().tolist()}


def other_edges_calls(recording):
    calls = noon_gaps(recording)
    return {"evidence": calls[calls.edge != the_edge(recording)].span_id.tolist()}


def pages_that_waited(recording):
    spans = recording.spans
    waited = spans[spans.trace_id.isin(held_up(recording).trace_id)]
    return {
        "evidence": waited[
            (waited.parent_span_id == "") | (waited.service == "frontend") & (waited.kind == "SERVER")
        ].span_id.tolist()
    }


def noon_by_gaps(recording):
    slow = mine_held_up(recording)
    return {"edge": slow.edge.iloc[0], "mechanism": "slow connection", "evidence": slow.span_id.tolist()[:3]}


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


QUESTIONS = [
    Question(
        name="sent-headers",
        kind="compute",
        answer=MapOf("span id", Text("a traceparent")),
        inputs=[
            on_paper("a page with one call", ASKED),
            on_paper("nobody asked for it", ALONE),
            pick("monday-morning", "POST /checkout", [0.5], without="frontend"),
            pick("monday-morning", "GET /cart", [0.5]),
            pick("monday-morning", "POST /checkout", [0.8]),
        ],
        wrong=[
            Wrong(
                with_its_own_id,
                (
                    "Each of these headers names the very span that received it.",
                    "The sender can't know that id yet: it sends its own, the parent's.",
                ),
            ),
            Wrong(
                ids_swapped,
                (
                    "Trace id and span id have changed places.",
                    "Behind the version comes the trace id, then the sender's span id.",
                ),
            ),
            Wrong(
                with_the_root_id,
                (
                    "You passed on the id of the root; only the trace id stays the same.",
                    "Each sender puts in the id of its own CLIENT span.",
                ),
            ),
            Wrong(
                not_recorded,
                (
                    "Flags 00 would say that nobody records this request.",
                    "These spans are on record: the flags are 01.",
                ),
            ),
            Wrong(
                one_service_only,
                (
                    "You looked at one service; a trace is a tree over all of them.",
                    "Every SERVER span with a parent got a header, whoever wrote it.",
                ),
            ),
            Wrong(
                every_child,
                (
                    "Children inside one service got no header: nothing left the process.",
                    "Keep SERVER spans that have a parent.",
                ),
            ),
            Wrong(
                keyed_by_sender,
                ("Your keys are the senders' ids.", "Give the id of the span that received the header as the key."),
            ),
            Wrong(
                from_every_client,
                (
                    "You went by CLIENT spans: you have what was sent, under the senders' ids.",
                    "Go by SERVER spans: their ids are the keys, their parents the senders.",
                ),
            ),
            Wrong(
                roots_too,
                (
                    "A SERVER span without a parent got no header, or none with a sender in it.",
                    "Leave out those whose parent_span_id is empty.",
                ),
            ),
            Wrong(
                with_the_headers_name,
                ("The header's name stands in front; this asks for its value.", "Begin with 00, the version."),
            ),
            Wrong(
                without_orphans,
                (
                    "You left out spans whose sender is not in the table; their header did come.",
                    "It is enough that parent_span_id is not empty.",
                ),
            ),
            Wrong(
                the_cart_page_always,
                (
                    "That is the cart page's answer, whatever the function is given.",
                    "Use the argument, spans, not the table cart_page from above.",
                ),
            ),
        ],
        right=[headers_by_loop, headers_by_columns],
        hints=[
            "First the rows: SERVER spans whose parent_span_id is not empty.",
            "The header's span id is the sender's, and the sender is the parent.",
            'f"00-{span.trace_id}-{...}-01" in a loop over those rows, span.span_id as key.',
        ],
        passed="When a trace breaks off in the middle, ask first who did not hand this line on.",
    ),
    Question(
        name="one-line",
        kind="read",
        answer=Record(
            {
                "service": Text("a service's name"),
                "kind": Text("a kind of span", options=KINDS),
                "ms": MS,
                "parent": Text("a span id"),
                "error": Truth(),
            }
        ),
        inputs=[given("the line", LINE)],
        wrong=[
            Wrong(
                whom_it_called,
                (
                    "That is whom the span called; somebody else wrote it.",
                    "The writer stands in the resource, as service.name.",
                ),
            ),
            Wrong(
                where_it_runs,
                (
                    "That is the host on which it ran; a host runs many services.",
                    "The writer stands beside it in the resource, as service.name.",
                ),
            ),
            Wrong(
                what_measured_it,
                (
                    "That is the scope: the library that measured.",
                    "The writer stands one level higher, in the resource.",
                ),
            ),
            Wrong(
                counted_without_zero,
                (
                    "That is the next kind in the row: the count begins at 0.",
                    "Find the number of `kind` in the head of the table of kinds.",
                ),
            ),
            Wrong(
                counted_from_one,
                ("That is one kind too early.", "Find the number of `kind` in the head of the table of kinds."),
            ),
            Wrong(left_in_ns, ("That is the duration in nanoseconds.", "A ms has 1,000,000 of them.")),
            Wrong(in_microseconds, ("That is the duration in microseconds.", "A ms has 1,000 of them.")),
            Wrong(in_seconds, ("That is the duration in seconds.", "A second has 1,000 ms.")),
            Wrong(its_own_id, ("That is the span's own id.", "Look for the id of the span above it.")),
            Wrong(
                the_trace_id,
                ("That is the id of the whole request.", "A span id has 16 digits; look for the parent's."),
            ),
            Wrong(
                not_found_is_fine,
                (
                    "A 404 is no error for who answers, but this span is on the asking side.",
                    "Look at status.code, and at the words for its numbers.",
                ),
            ),
        ],
        right=[read_with_json, read_by_eye],
        hints=[
            "Three levels: the resource says who wrote, the span says what happened.",
            "Both times differ only in their last digits: subtract those, then divide by 1,000,000.",
            "kind and status.code are numbers; their words stand above the question.",
        ],
        passed="With this you can read any exporter's file, also on a machine that has nothing but a pager.",
    ),
    Question(
        name="my-gaps",
        kind="compute",
        answer=MapOf("span id", MS),
        inputs=[
            on_paper("four tries, a late server, another clock", HOPS),
            pick("monday-morning", "GET /", [0.5]),
            pick("monday-morning", "POST /checkout", [0.3]),
        ],
        wrong=[
            Wrong(
                the_way_there,
                (
                    "That is the way there only, and it trusts two clocks to agree.",
                    "Subtract durations: client_ms - server_ms.",
                ),
            ),
            Wrong(
                nothing_means_network,
                (
                    "A call without a SERVER span is not all network: nobody knows.",
                    "Leave out clients without a server.",
                ),
            ),
            Wrong(
                first_server_only,
                (
                    "One client span need not have one server span: you took the first.",
                    "Add up all servers of a client before you subtract.",
                ),
            ),
            Wrong(
                longest_server_only,
                (
                    "You took the longest of a client's servers; the others worked for it, too.",
                    "Add up all servers of a client before you subtract.",
                ),
            ),
            Wrong(
                mean_of_the_servers,
                (
                    "You took the mean of a client's servers; each of them is work for that call.",
                    "Add up all servers of a client before you subtract.",
                ),
            ),
            Wrong(
                median_of_the_servers,
                (
                    "You took the median of a client's servers; each is work for that call.",
                    "Add up all servers of a client before you subtract.",
                ),
            ),
            Wrong(
                no_client_matches,
                (
                    "Nothing is left: no id in the index of worked_ms is a client's.",
                    "Its index must be CLIENT span ids: parent_span_id in paired(spans).",
                ),
            ),
            Wrong(
                ns_from_ms,
                (
                    "Every gap is 0: the work you subtract is far longer than the wait.",
                    "Is one of the two in nanoseconds? Use ms for both.",
                ),
            ),
            Wrong(
                last_server_only,
                (
                    "One client span need not have one server span: you took the last.",
                    "Add up all servers of a client before you subtract.",
                ),
            ),
            Wrong(
                below_zero,
                (
                    "A gap can't be negative: a server span lasts until its last byte.",
                    "Put 0.0 where the difference is below it.",
                ),
            ),
            Wrong(
                by_clock,
                (
                    "You cut the server's span to the client's times: two clocks need not agree.",
                    "Subtract durations, whatever the start times say.",
                ),
            ),
            Wrong(gaps_in_ns, ("Those are nanoseconds.", "Divide by 1e6 for ms, or use duration_ms.")),
            Wrong(
                what_was_worked, ("That is what the servers worked.", "The gap is what is left of the client's time.")
            ),
            Wrong(
                what_was_waited,
                ("Client time is not server time: that is the whole wait.", "Subtract what the servers worked."),
            ),
            Wrong(
                keyed_by_server,
                (
                    "Your keys are the servers' ids, so a call tried twice counts twice.",
                    "One number a CLIENT span, under its id.",
                ),
            ),
        ],
        right=[gaps_by_loop, gaps_by_merge],
        hints=[
            "paired(spans) has a row for each SERVER span, with its CLIENT span's id in parent_span_id.",
            "Group those rows so that all servers of one client are together: by which column?",
            "In each group add up the servers' durations; the index is then the client's id by itself.",
        ],
        passed='"It\'s the network" is now a number that you can look up, for each edge.',
        yours=("watchkeeper.traces.hop_gaps", "watchkeeper.traces.service_graph"),
    ),
    Question(
        name="calls-for-one",
        kind="compute",
        answer=MapOf("edge", Number("calls", within=0.005)),
        inputs=[
            table("five requests on paper", CALL_COLUMNS, CALLS),
            route("saturday-orders", "POST /checkout"),
            route("monday-morning", "GET /"),
        ],
        wrong=[
            Wrong(
                all_calls,
                (
                    "That is the number of calls in all: an edge's count is not a request's.",
                    "Divide by the number of requests in which the edge occurs.",
                ),
            ),
            Wrong(
                over_all_requests,
                (
                    "You divided by all requests, also by those without this edge.",
                    "Divide by the number of requests in which the edge occurs.",
                ),
            ),
            Wrong(
                requests_with_it,
                ("That is in how many requests the edge occurs.", "Divide the number of calls by that."),
            ),
            Wrong(
                share_of_requests,
                (
                    "That is the share of the requests in which the edge occurs.",
                    "How many calls does such a request make?",
                ),
            ),
            Wrong(
                the_median,
                (
                    "That is the median over the requests; this asks for the mean.",
                    "Divide all calls of the edge by the requests in which it occurs.",
                ),
            ),
            Wrong(
                the_most,
                (
                    "That is the most that one request made.",
                    "Divide all calls of the edge by the requests in which it occurs.",
                ),
            ),
            Wrong(to_whole_numbers, ("You rounded to whole numbers, and a mean seldom is one.", "Don't round at all.")),
            Wrong(to_one_decimal, ("You rounded to one decimal.", "Give two, or don't round at all.")),
            Wrong(keyed_by_pairs, ("Your keys are pairs of names.", "Use one text, the column edge of paired(spans).")),
            Wrong(typed_arrows, ("Your keys have -> for the arrow.", "Use the column edge of paired(spans) as it is.")),
            Wrong(
                the_morning_always,
                (
                    "That is the answer for the whole morning, whatever the function is given.",
                    "Use the argument, spans, not morning.spans.",
                ),
            ),
            Wrong(both_sides_counted, ("You counted both spans of each call.", "A row of paired(spans) is one call.")),
            Wrong(
                arrows_turned_round,
                (
                    "Your arrows point from the called to the caller.",
                    "Write them as paired(spans) does: who asks comes first.",
                ),
            ),
            Wrong(
                by_who_is_called, ("You grouped by who is called; an edge has two ends.", "Group by the column edge.")
            ),
        ],
        right=[calls_by_loop, calls_by_table],
        hints=[
            'paired(spans).groupby("edge") has a group for each edge.',
            ".size() counts its rows; .trace_id.nunique() counts the requests among them.",
            "Divide the first by the second.",
        ],
        passed="When this number grows and traffic doesn't, somebody asks more often than before: a page, or a retry.",
        yours=("watchkeeper.traces.service_graph",),
    ),
    Question(
        name="mail-waits",
        kind="compute",
        answer=MapOf("span id", MS),
        inputs=[whole("monday-morning"), whole("saturday-orders")],
        wrong=[
            Wrong(
                from_its_beginning,
                (
                    "You counted from the beginning of the span that sent it.",
                    "The message waits from that span's end on.",
                ),
            ),
            Wrong(
                until_the_mail_is_out,
                ("You counted until the mail was out; its work is no waiting.", "Stop at the consumer's start."),
            ),
            Wrong(
                as_children,
                ("A link is no parent: a consumer is nobody's child here.", "Take the span id that the link names."),
            ),
            Wrong(
                keyed_by_consumer,
                ("Your keys are the consumers' ids.", "The key is the id of the span that the link names."),
            ),
            Wrong(
                divided_twice,
                (
                    "These are a million times too small: converted to ms twice.",
                    "waited_ns is in nanoseconds; the last line of the loop divides already.",
                ),
            ),
            Wrong(
                the_consumer_itself,
                (
                    "Your sender is the consumer itself, so you measured its own work.",
                    "sender is the id in the link: print one link, and look at its keys.",
                ),
            ),
            Wrong(
                by_the_order,
                (
                    "You counted from the end of the whole order.",
                    "The message waits from the end of the span that the link names.",
                ),
            ),
            Wrong(
                turned_round,
                (
                    "Your waits are negative: the difference is the wrong way round.",
                    "Later minus earlier: the consumer's start comes last.",
                ),
            ),
        ],
        right=[waits_by_dict, waits_by_explode],
        hints=[
            "A link is a dict: print one, and look at its keys.",
            "The id that it names has an end in end_ns: end_ns[sender].",
            "consumer.start_ns minus that.",
        ],
        passed="Queues hide from waterfalls. Whoever follows links sees them grow before customers do.",
        yours=("watchkeeper.traces.linked",),
    ),
    Question(
        name="mended-errors",
        kind="compute",
        answer=SetOf(Text("a span id")),
        inputs=[
            table("the eight cases", ("span_id", "kind", "status", "attributes"), CASES),
            table("nine more", ("span_id", "kind", "status", "attributes"), OTHER_CASES),
            pick("carts-complaint", "GET /cart", [0.1, 0.3, 0.5]),
        ],
        wrong=[
            Wrong(
                as_the_colleague,
                (
                    "That is still what the colleague's function gives.",
                    "Begin with case a: what does the rule say, what does the code do?",
                ),
            ),
            Wrong(
                four_hundred_on_both_sides,
                ("A 404 is no error for the server: it answered correctly.", "For SERVER spans errors begin at 500."),
            ),
            Wrong(
                five_hundred_on_both_sides,
                (
                    "A 404 is an error for the client: it did not get what it wanted.",
                    "For CLIENT spans errors begin at 400.",
                ),
            ),
            Wrong(
                sides_mixed_up,
                ("The two sides have changed places.", "SERVER spans: from 500 on. CLIENT spans: from 400 on."),
            ),
            Wrong(
                stable_name_only,
                (
                    "Spans under the convention's old names pass you by.",
                    "Look for http.status_code where the stable name is missing.",
                ),
            ),
            Wrong(
                more_than_least,
                (
                    "You ask for more than the least: 400 and 500 themselves are errors.",
                    "least is the first code that is one; the comparison is >=.",
                ),
            ),
            Wrong(
                old_name_first,
                (
                    "Where both names are there, you take the old one.",
                    "The stable name comes first; the old one only where that is missing.",
                ),
            ),
            Wrong(
                codes_added_up,
                (
                    "Some programs write both names: you add two codes up.",
                    "Take the stable name; the old one only where that is missing.",
                ),
            ),
            Wrong(
                clients_alone_from_400,
                (
                    "By the table above, every kind but SERVER goes with CLIENT.",
                    "500 for SERVER spans; what is left for all others?",
                ),
            ),
            Wrong(
                stated_only,
                (
                    "You took only what is stated; UNSET does not mean that all is well.",
                    "Where the status is UNSET, the HTTP code decides.",
                ),
            ),
            Wrong(
                code_before_status,
                (
                    "You asked the code alone; a program may state OK or ERROR itself.",
                    "First the status; the code only where that is UNSET.",
                ),
            ),
            Wrong(ok_overruled, ("A stated OK counts more than the code.", "Ask the code only where status is UNSET.")),
        ],
        right=[errors_by_columns, errors_by_loop],
        hints=[
            "Two questions a span: is something stated? If not, what does the code say on this side?",
            'attributes.get("http.response.status_code", attributes.get("http.status_code", 0)) finds either.',
            "least depends on span.kind alone: read the two columns of the table, SERVER and all others.",
        ],
        passed="Many a quarrel about an error rate is about this table. You can now end it.",
        yours=("watchkeeper.traces.is_error", "watchkeeper.traces.error_origins", "watchkeeper.traces.masked_errors"),
    ),
    Question(
        name="failures-by-origin",
        kind="compute",
        answer=Record(
            {
                "failed": MapOf("service", Number("requests", within=0.1)),
                "masked": MapOf("service", Number("requests", within=0.1)),
            }
        ),
        inputs=[whole("carts-complaint"), whole("saturday-orders"), whole("thursday-morning")],
        wrong=[
            Wrong(
                origins_counted,
                (
                    "You counted origins; several may begin in one request.",
                    "Count different trace ids in each service.",
                ),
            ),
            Wrong(
                error_spans_counted,
                (
                    "You counted error spans: one failure marks many of them.",
                    "Keep those that have no error among their children.",
                ),
            ),
            Wrong(
                whoever_has_one,
                (
                    "Those are all services that have an error; most only passed it on.",
                    "Keep spans that have no error among their children.",
                ),
            ),
            Wrong(
                the_loudest_team,
                (
                    "That is the service with the most error spans: it may only pass them on.",
                    "Ask where the errors of each failed request began.",
                ),
            ),
            Wrong(
                where_the_shopper_sees_it,
                (
                    "That is where an error ends its way up, not where it began.",
                    "Go down to the error span that has no error below it.",
                ),
            ),
            Wrong(
                every_error_a_failure,
                ("You called every request with an error in it failed.", "Ask the request's own status, then split."),
            ),
            Wrong(
                all_origins_as_failed,
                (
                    'Under "failed" are also requests that ended well.',
                    "Keep origins whose request has the status ERROR.",
                ),
            ),
            Wrong(
                fine_at_the_root,
                (
                    "A root that is fine may have errors below it: they are masked.",
                    "Look for origins in requests that ended well.",
                ),
            ),
            Wrong(
                whoever_coped,
                (
                    'Under "masked" you name who did without the answer.',
                    "Name the service in which the error began, as for the others.",
                ),
            ),
            Wrong(
                only_server_origins,
                (
                    "An error can begin in any kind of span; you kept one kind only.",
                    "Keep every error span that has no error among its children.",
                ),
            ),
            Wrong(
                servers_among_themselves,
                (
                    "No SERVER span has a SERVER span as child: a CLIENT span is between.",
                    "Look for children among all error spans, of any kind.",
                ),
            ),
            Wrong(
                turned_over, ("The two dicts have changed places.", '"failed" holds requests whose status is ERROR.')
            ),
            Wrong(in_percent, ("Those are shares, in %.", "Give the number of requests.")),
        ],
        right=[verdict_by_library, verdict_by_loop],
        hints=[
            "Steps 1 and 2 as in the worked example, for all spans of the recording at once.",
            "origins.trace_id.isin(...) tells which of them belong to requests with the status ERROR.",
            '.groupby("service").trace_id.nunique().to_dict() counts requests, once for each of the two.',
        ],
        passed="You have told harm from noise, and the origin from its echoes. That decides whom to wake.",
    ),
    Question(
        name="noon-edge",
        kind="diagnose",
        answer=Record(
            {
                "edge": Text("an edge"),
                "mechanism": Text("a mechanism", options=MECHANISMS),
                "evidence": SomeOf(Text("a span id"), at_least=3),
            }
        ),
        inputs=[whole("wednesday-noon")],
        wrong=[
            Wrong(
                longest_waits,
                (
                    "That edge holds all that shoppers waited for: it says that, not why.",
                    "Which edge below it has changed, compared with before?",
                ),
            ),
            Wrong(
                long_on_any_day,
                (
                    "That edge's gap is long on any day.",
                    "Compare each edge with itself, before and in the slow stretch.",
                ),
            ),
            Wrong(
                another_caller,
                (
                    "Somebody else asks the same service there, and as quickly as ever.",
                    "Whose calls to it have changed?",
                ),
            ),
            Wrong(
                the_orders_way,
                (
                    "Another caller asks the same service there, as quickly as ever.",
                    "Compare each caller's calls to it with themselves, before and during it.",
                ),
            ),
            Wrong(a_service, ("That is a service; an edge has two ends.", "Write it as paired does: caller → called.")),
            Wrong(against_the_arrow, ("Your arrow points from the called to the caller.", "Who asks comes first.")),
            Wrong(
                most_calls,
                (
                    "That edge has the most calls, as on any day.",
                    "Compare each edge's client_ms with itself, before and in the slow stretch.",
                ),
            ),
            Wrong(
                the_called_service,
                (
                    "If it were, its SERVER spans would have grown: look at server_ms.",
                    "What has grown, if the SERVER spans have not?",
                ),
            ),
            Wrong(
                asked_more,
                ("It is asked as often for one request as before.", "Compare client_ms and server_ms of single calls."),
            ),
            Wrong(
                something_behind_it,
                (
                    "If it waited for another, its SERVER spans would be long too.",
                    "Compare client_ms and server_ms of single calls.",
                ),
            ),
            Wrong(
                gave_up,
                (
                    "These calls were answered: there is a SERVER span, and no error.",
                    "Compare client_ms and server_ms of single calls.",
                ),
            ),
            Wrong(
                as_ever,
                (
                    "Pages took longer for a while; something did change.",
                    "Compare each edge's client_ms, before and in the slow stretch.",
                ),
            ),
            Wrong(
                the_spans_that_answered,
                ("The SERVER spans are as quick as ever: they show nothing.", "Name the CLIENT spans above them."),
            ),
            Wrong(
                right_after_the_deploy,
                (
                    "Those calls are from before the trouble; a shop just started has gaps, too.",
                    "Take calls of that edge that began in the slow stretch.",
                ),
            ),
            Wrong(
                once_it_was_over,
                (
                    "Those calls began when the trouble was over.",
                    "Take calls of that edge that began in the slow stretch.",
                ),
            ),
            Wrong(
                whole_requests,
                ("Those are trace ids: a request holds many calls.", "Give span_id_client of single calls."),
            ),
            Wrong(
                pages_that_waited,
                ("Those spans show that a page was slow, not why.", "Name the CLIENT spans of the edge itself."),
            ),
            Wrong(other_edges_calls, ("Those are calls on another edge.", "Filter noon_calls by the edge you name.")),
        ],
        right=[noon_by_gaps, noon_by_graph],
        hints=[
            "Give each row of noon_calls a gap, and mark the rows of the slow stretch by began_s.",
            "Medians by edge, in the slow stretch and outside of it: client_ms, server_ms, gap.",
            "Evidence: span_id_client of three calls on it with a large gap, all from the slow stretch, not from the start-up.",
        ],
        passed="An innocent team sleeps on, an innocent deploy stays, and the right people look at the way between.",
    ),
]

REFLECTIONS = [
    Reflection(
        "whom-to-call",
        rubric=[
            (
                1.0,
                "harm with a number, the origin with its exception, and why two louder teams are left in peace",
                "Payment, please look: 39 requests for an order failed since your deploy, each with a KeyError in POST /charges. Checkout and "
                "the frontend pass it on, two spans each. The errors of ads are masked: those pages were delivered.",
            ),
            (
                0.5,
                "the right team, but without a number or exception, or nothing about the others",
                "Payment throws errors since its deploy; please roll it back.",
            ),
            (
                0.0,
                "calls whoever has the most error spans, or everybody",
                "The frontend has the most errors, so call them.",
            ),
        ],
    ),
    Reflection(
        "the-roll-back",
        rubric=[
            (
                1.0,
                "compares SERVER with CLIENT spans in a number, mentions another caller, and says whom to ask",
                "Wait: its SERVER spans have the same median as before, the client spans of one caller grew by over 100 ms. Another service "
                "asks it as quickly as ever. So it is the way between these two: ask who runs the network or a proxy there.",
            ),
            (
                0.5,
                "right that the service is innocent, without a number or the other caller",
                "The service is fine, it is the network.",
            ),
            (0.0, "agrees with the roll-back, or has no evidence", "It was deployed just before, so roll it back."),
        ],
    ),
]
