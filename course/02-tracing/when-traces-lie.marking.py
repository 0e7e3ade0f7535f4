"""when-traces-lie: questions, known wrong answers, honest alternatives. Never part of the kit."""

import re

import numpy as np
import pandas as pd

from watchkeeper.staff.author.marking import (
    Count,
    MapOf,
    Number,
    Question,
    Record,
    Reflection,
    SomeOf,
    Text,
    Wrong,
    on_paper,
    pick,
    requests,
    route,
    table,
    whole,
)
from watchkeeper.traces import clock_offsets, retries, tail_sample

TWO_CALLS = [
    ("c1", "", "frontend", "GET /products", "CLIENT", 100, 112),
    ("s1", "c1", "catalog", "GET /products", "SERVER", 153, 162),
    ("c2", "", "frontend", "GET /products", "CLIENT", 200, 215),
    ("s2", "c2", "catalog", "GET /products", "SERVER", 252, 263),
]
BEHIND = [
    ("c1", "", "frontend", "GET /products", "CLIENT", 1000, 1020),
    ("s1", "c1", "catalog", "GET /products", "SERVER", 904, 917),
    ("c2", "", "frontend", "GET /products", "CLIENT", 1100, 1130),
    ("s2", "c2", "catalog", "GET /products", "SERVER", 1002, 1028),
    ("c3", "", "frontend", "GET /products", "CLIENT", 1200, 1210),
    ("s3", "c3", "catalog", "GET /products", "SERVER", 1109, 1112),
    ("other", "", "checkout", "GET /products", "CLIENT", 1300, 1310),
    ("s4", "other", "catalog", "GET /products", "SERVER", 1301, 1309),
]
AHEAD = [
    (span, parent, service, name, kind, start + 200 * (kind == "SERVER"), end + 200 * (kind == "SERVER"))
    for span, parent, service, name, kind, start, end in BEHIND
]
COLUMNS = (
    "trace_id",
    "span_id",
    "parent_span_id",
    "service",
    "name",
    "kind",
    "start_ns",
    "end_ns",
    "duration_ms",
    "status",
    "status_message",
    "host",
    "scope",
    "attributes",
    "events",
    "links",
)
ANSWERED, SILENT, QUERY = {"http.response.status_code": 200}, {}, {"db.system.name": "sqlite"}


def spans_table(label, rows):
    """A table of spans on paper that has status, host and attributes as well."""
    ms = 1_000_000
    return table(
        label,
        COLUMNS,
        [
            (
                "paper",
                span,
                parent,
                service,
                name,
                kind,
                start * ms,
                end * ms,
                float(end - start),
                status,
                "",
                host,
                "paper",
                attributes,
                [],
                [],
            )
            for span, parent, service, name, kind, start, end, status, host, attributes in rows
        ],
    )


STICKING_OUT = spans_table(
    "calls on three hosts, and a queue",
    [
        ("a", "", "frontend", "GET /carts", "CLIENT", 0, 20, "UNSET", "one", ANSWERED),
        ("a2", "a", "cart", "GET /carts", "SERVER", 302, 318, "UNSET", "two", ANSWERED),
        ("b", "", "frontend", "GET /carts", "CLIENT", 100, 120, "UNSET", "one", ANSWERED),
        ("b2", "b", "cart", "GET /carts", "SERVER", 402, 417, "UNSET", "two", ANSWERED),
        ("c", "", "frontend", "GET /ads", "CLIENT", 200, 220, "UNSET", "one", ANSWERED),
        ("c2", "c", "ads", "GET /ads", "SERVER", 201, 221, "UNSET", "one", ANSWERED),
        ("d", "", "frontend", "GET /ads", "CLIENT", 300, 400, "ERROR", "one", SILENT),
        ("d2", "d", "ads", "GET /ads", "SERVER", 301, 900, "UNSET", "one", ANSWERED),
        ("e", "", "checkout", "send mail", "PRODUCER", 500, 502, "UNSET", "one", ANSWERED),
        ("e2", "e", "email", "process mail", "CONSUMER", 504, 640, "UNSET", "one", SILENT),
        ("f", "", "frontend", "GET /prices", "CLIENT", 700, 720, "ERROR", "one", {"http.response.status_code": 500}),
        ("f2", "f", "currency", "GET /prices", "SERVER", 702, 740, "ERROR", "one", {"http.response.status_code": 500}),
        ("h", "", "frontend", "GET /quotes", "CLIENT", 800, 820, "UNSET", "one", ANSWERED),
        ("h2", "h", "shipping", "GET /quotes", "SERVER", 801, 821, "UNSET", "three", ANSWERED),
        ("i", "", "frontend", "GET /quotes", "CLIENT", 840, 860, "UNSET", "one", ANSWERED),
        ("i2", "i", "shipping", "GET /quotes", "SERVER", 842, 858, "UNSET", "three", ANSWERED),
        ("g", "f2", "currency", "SELECT", "CLIENT", 703, 704, "UNSET", "one", QUERY),
        ("j", "", "frontend", "GET /carts", "CLIENT", 900, 950, "ERROR", "one", SILENT),
        ("j2", "j", "cart", "GET /carts", "SERVER", 1205, 1300, "UNSET", "two", ANSWERED),
        ("k", "", "checkout", "send mail", "PRODUCER", 1000, 1030, "UNSET", "one", ANSWERED),
        ("k2", "k", "email", "process mail", "CONSUMER", 990, 1025, "UNSET", "one", SILENT),
        ("l", "b2", "cart", "GET /prices", "CLIENT", 404, 410, "UNSET", "two", ANSWERED),
        ("l2", "l", "currency", "GET /prices", "SERVER", 105, 109, "UNSET", "one", ANSWERED),
    ],
)
TO_CART, TO_ADS = {"server.address": "cart"}, {"server.address": "ads"}
HOLES = spans_table(
    "eight questions",
    [
        ("page", "", "frontend", "GET /", "SERVER", 0, 100, "UNSET", "one", ANSWERED),
        ("q1", "page", "frontend", "GET /carts", "CLIENT", 1, 9, "UNSET", "one", TO_CART),
        ("s1", "q1", "cart", "GET /carts", "SERVER", 2, 8, "UNSET", "one", ANSWERED),
        ("db", "s1", "cart", "SELECT", "CLIENT", 3, 4, "UNSET", "one", QUERY | {"server.address": "cart.db"}),
        ("q2", "page", "frontend", "GET /carts", "CLIENT", 11, 19, "UNSET", "one", TO_CART),
        ("q3", "page", "frontend", "GET /carts", "CLIENT", 21, 29, "UNSET", "one", TO_CART),
        ("s3", "q3", "cart", "GET /carts", "SERVER", 22, 28, "UNSET", "one", ANSWERED),
        ("q4", "page", "frontend", "GET /carts", "CLIENT", 31, 39, "UNSET", "one", TO_CART),
        ("s4", "q4", "cart", "GET /carts", "SERVER", 32, 38, "UNSET", "one", ANSWERED),
        ("q5", "page", "frontend", "GET /ads", "CLIENT", 41, 49, "UNSET", "one", TO_ADS),
        ("s5", "q5", "ads", "GET /ads", "SERVER", 42, 48, "UNSET", "one", ANSWERED),
        ("q6", "page", "frontend", "GET /ads", "CLIENT", 51, 59, "UNSET", "one", TO_ADS),
        ("s6", "q6", "ads", "GET /ads", "SERVER", 52, 58, "UNSET", "one", ANSWERED),
        ("repeat", "q2", "frontend", "wait for cart", "INTERNAL", 12, 18, "UNSET", "one", SILENT),
        ("q7", "page", "frontend", "GET /carts", "CLIENT", 71, 79, "UNSET", "one", TO_CART),
        ("q8", "page", "frontend", "GET /carts", "CLIENT", 86, 90, "UNSET", "one", TO_CART),
        ("s8", "gone too", "cart", "GET /carts", "SERVER", 82, 84, "UNSET", "one", ANSWERED),
        ("s9", "gone as well", "cart", "GET /carts", "SERVER", 86, 88, "UNSET", "one", ANSWERED),
        ("orphan", "gone", "catalog", "GET /products", "SERVER", 60, 66, "UNSET", "one", ANSWERED),
    ],
)
THREE_TRIES = spans_table(
    "the page on paper",
    [
        ("page", "", "frontend", "GET /", "SERVER", 0, 100, "UNSET", "one", ANSWERED),
        ("try1", "page", "frontend", "GET /ads", "CLIENT", 5, 25, "ERROR", "one", SILENT),
        ("try2", "page", "frontend", "GET /ads", "CLIENT", 35, 55, "ERROR", "one", SILENT),
        ("try3", "page", "frontend", "GET /ads", "CLIENT", 75, 90, "UNSET", "one", ANSWERED),
    ],
)
MIXED_TRIES = spans_table(
    "two parents and their calls",
    [
        ("c2", "page", "frontend", "GET /carts", "CLIENT", 231, 331, "ERROR", "one", SILENT),
        ("c1", "page", "frontend", "GET /carts", "CLIENT", 130, 230, "ERROR", "one", SILENT),
        ("r0", "sub", "recommendation", "GET /carts", "CLIENT", 100, 125, "ERROR", "one", SILENT),
        ("x1", "page", "frontend", "GET /quotes", "CLIENT", 365, 370, "ERROR", "one", SILENT),
        ("t2", "page", "frontend", "render", "INTERNAL", 350, 360, "UNSET", "one", SILENT),
        ("t1", "page", "frontend", "render", "INTERNAL", 340, 345, "ERROR", "one", SILENT),
        ("a2", "page", "frontend", "GET /ads", "CLIENT", 80, 110, "ERROR", "one", SILENT),
        ("a1", "page", "frontend", "GET /ads", "CLIENT", 70, 120, "ERROR", "one", SILENT),
        ("p5", "page", "frontend", "GET /prices", "CLIENT", 62, 66, "UNSET", "one", ANSWERED),
        ("p4", "page", "frontend", "GET /prices", "CLIENT", 45, 60, "UNSET", "one", ANSWERED),
        ("r1", "sub", "recommendation", "GET /prices", "CLIENT", 41, 44, "UNSET", "one", ANSWERED),
        ("p3", "page", "frontend", "GET /prices", "CLIENT", 33, 40, "ERROR", "one", SILENT),
        ("p2", "page", "frontend", "GET /prices", "CLIENT", 22, 30, "UNSET", "one", ANSWERED),
        ("p1", "page", "frontend", "GET /prices", "CLIENT", 10, 20, "UNSET", "one", ANSWERED),
        ("sub", "page", "recommendation", "GET /recommendations", "SERVER", 5, 128, "UNSET", "one", ANSWERED),
        ("page", "", "frontend", "GET /", "SERVER", 0, 400, "ERROR", "one", ANSWERED),
    ],
)
NAMES = spans_table(
    "names on paper",
    [
        (f"s{number}", "", "payment", name, "INTERNAL", number, number + 1, "UNSET", "one", SILENT)
        for number, name in enumerate(
            [
                "charge A1",
                "charge B2",
                "charge B2",
                "GET /ads",
                "GET /product/{id}",
                "send mail 77 again",
                "send mail 78 again",
                "send mail 79 again",
                "retry 1",
                "charge",
                "GET /ads",
            ]
        )
    ],
)
TWICE_SAMPLED = table(
    "a tail sample of a head sample",
    (*COLUMNS, "weight"),
    [
        (
            trace,
            f"root{number}",
            "",
            "loadgenerator",
            "GET /cart",
            "CLIENT",
            0,
            took * 1_000_000,
            float(took),
            status,
            "",
            "one",
            "paper",
            SILENT,
            [],
            [],
            weight,
        )
        for number, (trace, took, status, weight) in enumerate(
            [
                ("1".zfill(32), 20, "ERROR", 1.0),
                ("2".zfill(32), 20, "ERROR", 10.0),
                ("3".zfill(32), 20, "UNSET", 1.0),
                ("4".zfill(32), 20, "UNSET", 10.0),
                ("5".zfill(32), 900, "UNSET", 1.0),
                ("6".zfill(32), 900, "UNSET", 10.0),
                ("f" * 32, 20, "UNSET", 1.0),
            ]
        )
    ],
)
NINE_SECONDS = table(
    "requests on paper",
    ("trace_id", "route", "start_ns", "duration_ms", "status"),
    [
        (f"t{start}", page, start * 1_000_000, took, "UNSET")
        for page, start, took in [
            ("GET /cart", 100, 50.0),
            ("GET /", 600, 2500.0),
            ("GET /", 700, 900.0),
            ("GET /", 1000, 10_000.0),
            ("GET /cart", 2000, 40.0),
            ("", 2500, 5.0),
            ("GET /cart", 3000, 60.5),
            ("GET /", 4000, 9500.0),
            ("GET /cart", 9940, 60.0),
            ("GET /cart", 9970, 80.0),
            ("GET /cart", 10_000, 30.0),
            ("GET /cart", 10_001, 20.0),
        ]
    ],
)
REASONS = ("clock", "nobody waited", "end of body")
MECHANISMS = (
    "slow itself",
    "asks again at once",
    "asks again later",
    "asks for every row",
    "slow connection",
    "clock",
    "nothing is wrong",
)


# offset-window
def gaps(spans, caller="frontend", called="catalog"):
    asked = spans[(spans.service == caller) & (spans.kind == "CLIENT")].set_index("span_id")
    served = spans[(spans.service == called) & (spans.kind == "SERVER") & spans.parent_span_id.isin(asked.index)]
    above = asked.loc[served.parent_span_id]
    return (served.start_ns.to_numpy() - above.start_ns.to_numpy()) / 1e6, (
        served.end_ns.to_numpy() - above.end_ns.to_numpy()
    ) / 1e6


def half(numbers):
    return float(pd.Series(numbers).median())


def strictest_end(spans):
    return {"lower_ms": max(gaps(spans)[1]), "upper_ms": min(gaps(spans)[0])}


def typical_start(spans):
    return {"lower_ms": half(gaps(spans)[1]), "upper_ms": half(gaps(spans)[0])}


def mean_of_both(spans):
    start, end = gaps(spans)
    return {"lower_ms": end.mean(), "upper_ms": start.mean()}


def largest_start(spans):
    start, end = gaps(spans)
    return {"lower_ms": half(end), "upper_ms": max(start)}


def smallest_end(spans):
    start, end = gaps(spans)
    return {"lower_ms": min(end), "upper_ms": min(start)}


def ends_exchanged(spans):
    return {"lower_ms": min(gaps(spans)[0]), "upper_ms": half(gaps(spans)[1])}


def other_way_round(spans):
    return {"lower_ms": -min(gaps(spans)[0]), "upper_ms": -half(gaps(spans)[1])}


def without_signs(spans):
    start, end = gaps(spans)
    return {"lower_ms": abs(half(end)), "upper_ms": abs(min(start))}


def client_minus_server(spans):
    start, end = gaps(spans)
    return {"lower_ms": -half(end), "upper_ms": -min(start)}


def rounded_to_ms(spans):
    start, end = gaps(spans)
    return {"lower_ms": round(half(end)), "upper_ms": round(min(start))}


def only_the_first_call(spans):
    start, end = gaps(spans)
    return {"lower_ms": end[0], "upper_ms": start[0]}


def window_in_ns(spans):
    start, end = gaps(spans)
    return {"lower_ms": half(end) * 1e6, "upper_ms": min(start) * 1e6}


def window_by_loop(spans):
    clients = {one.span_id: one for one in spans.itertuples() if one.service == "frontend" and one.kind == "CLIENT"}
    starts, ends = [], []
    for one in spans.itertuples():
        if one.service == "catalog" and one.kind == "SERVER" and one.parent_span_id in clients:
            starts.append((one.start_ns - clients[one.parent_span_id].start_ns) / 1e6)
            ends.append((one.end_ns - clients[one.parent_span_id].end_ns) / 1e6)
    ends.sort()
    middle = len(ends) // 2
    median = ends[middle] if len(ends) % 2 else (ends[middle - 1] + ends[middle]) / 2
    return {"lower_ms": median, "upper_ms": min(starts)}


def window_by_merge(spans):
    both = spans[(spans.service == "catalog") & (spans.kind == "SERVER")].merge(
        spans[(spans.service == "frontend") & (spans.kind == "CLIENT")],
        left_on=["trace_id", "parent_span_id"],
        right_on=["trace_id", "span_id"],
        suffixes=("", "_client"),
    )
    ends, starts = both.end_ns - both.end_ns_client, both.start_ns - both.start_ns_client
    return {"lower_ms": ends.quantile(0.5) / 1e6, "upper_ms": starts.sort_values().iloc[0] / 1e6}


# three-reasons
def beside_parent(spans):
    offset_ms = dict(clock_offsets(spans)[["host", "offset_ms"]].itertuples(index=False))
    above = {one.span_id: one for one in spans.itertuples()}
    for span in spans.itertuples():
        parent = above.get(span.parent_span_id)
        if parent is not None:
            differs = offset_ms[span.host] != offset_ms[parent.host]
            yield span, parent, differs, "http.response.status_code" in parent.attributes


def sticks_out(span, parent):
    return span.start_ns < parent.start_ns or span.end_ns > parent.end_ns


def reason(span, differs, answered):
    if differs:
        return "clock"
    return "nobody waited" if span.kind == "CONSUMER" or not answered else "end of body"


def all_of_it_is_the_clock(spans):
    return {span.span_id: "clock" for span, parent, _, _ in beside_parent(spans) if sticks_out(span, parent)}


def only_at_the_end(spans):
    return {
        span.span_id: reason(span, differs, answered)
        for span, parent, differs, answered in beside_parent(spans)
        if span.end_ns > parent.end_ns
    }


def only_at_the_start(spans):
    return {
        span.span_id: reason(span, differs, answered)
        for span, parent, differs, answered in beside_parent(spans)
        if span.start_ns < parent.start_ns
    }


def every_child(spans):
    return {span.span_id: reason(span, differs, answered) for span, _, differs, answered in beside_parent(spans)}


def only_a_clock_ahead(spans):
    offset_ms = dict(clock_offsets(spans)[["host", "offset_ms"]].itertuples(index=False))
    return {
        span.span_id: reason(span, offset_ms[span.host] > offset_ms[parent.host], answered)
        for span, parent, _, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


def waiting_before_clocks(spans):
    def unwaited(span, answered):
        return span.kind == "CONSUMER" or not answered

    return {
        span.span_id: "nobody waited" if unwaited(span, answered) else "clock" if differs else "end of body"
        for span, parent, differs, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


def whenever_hosts_differ(spans):
    return {
        span.span_id: reason(span, span.host != parent.host, answered)
        for span, parent, _, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


def clocks_left_out(spans):
    return {
        span.span_id: reason(span, False, answered)
        for span, parent, _, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


def any_error_above(spans):
    return {
        span.span_id: reason(span, differs, parent.status != "ERROR")
        for span, parent, differs, _ in beside_parent(spans)
        if sticks_out(span, parent)
    }


def only_after_the_parent(spans):
    return {
        span.span_id: reason(span, differs, span.start_ns < parent.end_ns)
        for span, parent, differs, _ in beside_parent(spans)
        if sticks_out(span, parent)
    }


def queues_left_out(spans):
    return {
        span.span_id: "clock" if differs else "end of body" if answered else "nobody waited"
        for span, parent, differs, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


def reasons_by_comprehension(spans):
    return {
        span.span_id: reason(span, differs, answered)
        for span, parent, differs, answered in beside_parent(spans)
        if sticks_out(span, parent)
    }


def reasons_by_columns(spans):
    offset_ms, above = clock_offsets(spans).set_index("host").offset_ms, spans.set_index("span_id")
    child = spans[spans.parent_span_id.isin(above.index)].reset_index(drop=True)
    parent = above.loc[child.parent_span_id].reset_index(drop=True)
    out = (child.start_ns < parent.start_ns) | (child.end_ns > parent.end_ns)
    clock = child.host.map(offset_ms) != parent.host.map(offset_ms)
    left = (child.kind == "CONSUMER") | parent.attributes.map(lambda one: "http.response.status_code" not in one)
    found = pd.Series("end of body", index=child.index).mask(left, "nobody waited").mask(clock, "clock")
    return dict(zip(child.span_id[out], found[out], strict=True))


# lost-spans
def asks(spans, databases=False):
    clients = spans[spans.kind == "CLIENT"]
    queries = [any(key.startswith("db.") for key in one) for one in clients.attributes]
    called = [one.get("server.address", one.get("db.namespace", "database")) for one in clients.attributes]
    clients = clients.assign(called=called, query=queries)
    return clients if databases else clients[~clients["query"]]


def unanswered(spans, clients):
    return ~clients.span_id.isin(spans.parent_span_id[spans.kind == "SERVER"])


def databases_too(spans):
    clients = asks(spans, databases=True)
    percent = 100 * unanswered(spans, clients).groupby(clients.called).mean()
    return percent[percent > 0]


def orphans_by_service(spans):
    orphan = (spans.parent_span_id != "") & ~spans.parent_span_id.isin(spans.span_id)
    percent = 100 * orphan.groupby(spans.service).mean()
    return percent[percent > 0]


def by_who_asked(spans):
    clients = asks(spans)
    percent = 100 * unanswered(spans, clients).groupby(clients.service).mean()
    return percent[percent > 0]


def of_all_questions(spans):
    clients = asks(spans)
    return 100 * clients.called[unanswered(spans, clients)].value_counts() / len(clients)


def how_many_were_lost(spans):
    clients = asks(spans)
    return clients.called[unanswered(spans, clients)].value_counts()


def share_of_all_losses(spans):
    clients = asks(spans)
    lost = clients.called[unanswered(spans, clients)].value_counts()
    return 100 * lost / lost.sum()


def any_child(spans):
    clients = asks(spans)
    percent = 100 * (~clients.span_id.isin(spans.parent_span_id)).groupby(clients.called).mean()
    return percent[percent > 0]


def rows_against_rows(spans):
    questions = asks(spans).called.value_counts()
    served = spans.service[spans.kind == "SERVER"].value_counts().reindex(questions.index, fill_value=0)
    percent = 100 * (questions - served) / questions
    return percent[percent > 0]


def lost_as_a_fraction(spans):
    clients = asks(spans)
    share = unanswered(spans, clients).groupby(clients.called).mean()
    return share[share > 0]


def zeros_kept(spans):
    clients = asks(spans)
    return 100 * unanswered(spans, clients).groupby(clients.called).mean()


def answered_instead(spans):
    clients = asks(spans)
    percent = 100 * (~unanswered(spans, clients)).groupby(clients.called).mean()
    return percent[percent > 0]


def lost_by_loop(spans):
    served = {one.parent_span_id for one in spans.itertuples() if one.kind == "SERVER"}
    all_of, missing = {}, {}
    for one in asks(spans).itertuples():
        all_of[one.called] = all_of.get(one.called, 0) + 1
        missing[one.called] = missing.get(one.called, 0) + (one.span_id not in served)
    return {called: 100 * missing[called] / all_of[called] for called in all_of if missing[called]}


def lost_by_merge(spans):
    clients = asks(spans)
    servers = spans.loc[spans.kind == "SERVER", ["parent_span_id", "service"]].drop_duplicates("parent_span_id")
    joined = clients[["span_id", "called"]].merge(
        servers.rename(columns={"parent_span_id": "span_id", "service": "server"}), on="span_id", how="left"
    )
    found = joined.server.isna().groupby(joined.called).agg(["sum", "size"])
    found = found[found["sum"] > 0]
    return (100 * found["sum"] / found["size"]).to_dict()


# mended-share
def sampled(spans):
    drawn_before = spans.get("weight", 1.0)
    kept = tail_sample(spans, slower_than_ms=100, share=0.25)
    kept = kept.assign(weight=kept.weight * drawn_before)
    return kept[kept.parent_span_id == ""].assign(failed=lambda roots: roots.status == "ERROR")


def without_weights(spans):
    return 100 * sampled(spans).failed.mean()


def quarter_of_it(spans):
    return 25 * sampled(spans).failed.mean()


def divided_by_the_rows(spans):
    requests = sampled(spans)
    return 100 * requests.weight[~requests.failed].sum() / len(requests)


def weights_upside_down(spans):
    requests = sampled(spans)
    return 100 * (requests.failed / requests.weight).sum() / (1 / requests.weight).sum()


def all_weigh_four(spans):
    requests = sampled(spans)
    return 100 * 4 * requests.failed.sum() / requests.weight.sum()


def failed_weigh_one(spans):
    requests = sampled(spans)
    return 100 * requests.failed.sum() / requests.weight.sum()


def good_ones_weigh_four(spans):
    failed = sampled(spans).failed
    return 100 * failed.sum() / (failed.sum() + 4 * (~failed).sum())


def rounded_share(spans):
    return round(mended_by_average(spans), 1)


def failed_by_ok(spans):
    requests = sampled(spans)
    return 100 * requests.weight[requests.failed].sum() / requests.weight[~requests.failed].sum()


def mended_as_a_fraction(spans):
    requests = sampled(spans)
    return requests.weight[requests.failed].sum() / requests.weight.sum()


def from_every_request(spans):
    return 100 * (spans[spans.parent_span_id == ""].status == "ERROR").mean()


def mended_by_repeating(spans):
    requests = sampled(spans)
    stands_for = [
        flag for flag, weight in zip(requests.failed, requests.weight, strict=True) for _ in range(int(weight))
    ]
    return 100 * sum(stands_for) / len(stands_for)


def mended_by_average(spans):
    requests = sampled(spans)
    return np.average(100.0 * requests.failed, weights=requests.weight)


# at-that-moment
def thursday(requests):
    requests = requests.query("route != ''").copy()
    requests["end_ns"] = requests.start_ns + (requests.duration_ms * 1e6).round().astype("int64")
    first = requests.start_ns[requests.duration_ms > 9000].min()
    return requests, first, first + 9_000_000_000


def begun_and_written(requests):
    requests, first, now = thursday(requests)
    begun = requests[(requests.start_ns >= first) & (requests.start_ns <= now)]
    return begun, begun[begun.end_ns <= now]


def moment_by_masks(requests):
    begun, written = begun_and_written(requests)
    return {"begun": len(begun), "written": len(written), "slowest_ms": written.duration_ms.max()}


def slowest_of_all_begun(requests):
    return moment_by_masks(requests) | {"slowest_ms": begun_and_written(requests)[0].duration_ms.max()}


def slowest_so_far(requests):
    requests, _, now = thursday(requests)
    return moment_by_masks(requests) | {"slowest_ms": requests.duration_ms[requests.end_ns <= now].max()}


def typical_of_the_written(requests):
    return moment_by_masks(requests) | {"slowest_ms": begun_and_written(requests)[1].duration_ms.median()}


def slowest_in_seconds(requests):
    return moment_by_masks(requests) | {"slowest_ms": begun_and_written(requests)[1].duration_ms.max() / 1000}


def as_long_as_they_hung(requests):
    return moment_by_masks(requests) | {"slowest_ms": 9000.0}


def begun_since_morning(requests):
    requests, _, now = thursday(requests)
    return moment_by_masks(requests) | {"begun": int((requests.start_ns <= now).sum())}


def edge_left_out(requests):
    return moment_by_masks(requests) | {"begun": len(begun_and_written(requests)[0]) - 1}


def written_in_the_end(requests):
    return moment_by_masks(requests) | {"written": len(begun_and_written(requests)[0])}


def still_under_way(requests):
    begun, written = begun_and_written(requests)
    return moment_by_masks(requests) | {"written": len(begun) - len(written)}


def ended_whenever_begun(requests):
    requests, first, now = thursday(requests)
    return moment_by_masks(requests) | {"written": int(requests.end_ns.between(first, now).sum())}


def written_by_now(requests):
    requests, _, now = thursday(requests)
    return moment_by_masks(requests) | {"written": int((requests.end_ns <= now).sum())}


def written_before_now(requests):
    now = thursday(requests)[2]
    return moment_by_masks(requests) | {"written": int((begun_and_written(requests)[0].end_ns < now).sum())}


def moment_by_loop(requests):
    requests, first, now = thursday(requests)
    begun = [one for one in requests.itertuples() if first <= one.start_ns <= now]
    took = [one.duration_ms for one in begun if one.end_ns <= now]
    return {"begun": len(begun), "written": len(took), "slowest_ms": max(took)}


# my-retries
def sibling_calls(spans):
    for _, alike in spans[spans.kind == "CLIENT"].groupby(["parent_span_id", "name"]):
        yield list(alike.sort_values("start_ns").itertuples())


def retried(spans):
    return [
        (before, after)
        for alike in sibling_calls(spans)
        for before, after in zip(alike, alike[1:], strict=False)
        if before.status == "ERROR" and before.end_ns <= after.start_ns
    ]


def pause(pairs):
    return sum(after.start_ns - before.end_ns for before, after in pairs) / 1e6


def alike_calls(spans):
    pairs = [pair for alike in sibling_calls(spans) for pair in zip(alike, alike[1:], strict=False)]
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


def repeated_names(spans):
    again = spans[spans.kind == "CLIENT"].duplicated(["parent_span_id", "name"])
    return {"retries": int(again.sum()), "pause_ms": pause(retried(spans))}


def attempts_not_retries(spans):
    pairs = retried(spans)
    firsts = {before.span_id for before, _ in pairs} - {after.span_id for _, after in pairs}
    return {"retries": len(pairs) + len(firsts), "pause_ms": pause(pairs)}


def every_failed_call(spans):
    failed = spans[(spans.kind == "CLIENT") & (spans.status == "ERROR")]
    return {"retries": len(failed), "pause_ms": pause(retried(spans))}


def again_after_failure(spans, by, sort=True):
    ordered = spans.sort_values("start_ns") if sort else spans
    for _, alike in ordered.groupby(by):
        siblings = list(alike.itertuples())
        for before, after in zip(siblings, siblings[1:], strict=False):
            if before.status == "ERROR" and before.end_ns <= after.start_ns:
                yield before, after


def by_name_alone(spans):
    pairs = list(again_after_failure(spans[spans.kind == "CLIENT"], "name"))
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


def by_parent_alone(spans):
    pairs = list(again_after_failure(spans[spans.kind == "CLIENT"], "parent_span_id"))
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


def in_order_of_rows(spans):
    pairs = list(again_after_failure(spans[spans.kind == "CLIENT"], ["parent_span_id", "name"], sort=False))
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


def of_every_kind(spans):
    pairs = list(again_after_failure(spans, ["parent_span_id", "name"]))
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


def after_any_failure(spans):
    pairs = [
        (before, after)
        for alike in sibling_calls(spans)
        for number, (before, after) in enumerate(zip(alike, alike[1:], strict=False), 1)
        if any(one.status == "ERROR" and one.end_ns <= after.start_ns for one in alike[:number])
    ]
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


def also_at_the_same_time(spans):
    pairs = [
        (before, after)
        for alike in sibling_calls(spans)
        for before, after in zip(alike, alike[1:], strict=False)
        if before.status == "ERROR"
    ]
    return {"retries": len(pairs), "pause_ms": pause(pairs)}


def from_start_to_start(spans):
    pairs = retried(spans)
    return {"retries": len(pairs), "pause_ms": sum(after.start_ns - before.start_ns for before, after in pairs) / 1e6}


def time_of_the_retries(spans):
    pairs = retried(spans)
    return {"retries": len(pairs), "pause_ms": sum(after.end_ns - after.start_ns for _, after in pairs) / 1e6}


def time_of_the_failed(spans):
    pairs = retried(spans)
    return {"retries": len(pairs), "pause_ms": sum(before.end_ns - before.start_ns for before, _ in pairs) / 1e6}


def pause_in_ns(spans):
    pairs = retried(spans)
    return {"retries": len(pairs), "pause_ms": pause(pairs) * 1e6}


def retries_by_shift(spans):
    calls = spans[spans.kind == "CLIENT"].sort_values("start_ns")
    earlier = calls.groupby(["parent_span_id", "name"])[["status", "end_ns"]].shift()
    again = (earlier.status == "ERROR") & (earlier.end_ns <= calls.start_ns)
    return {"retries": int(again.sum()), "pause_ms": float((calls.start_ns - earlier.end_ns)[again].sum()) / 1e6}


def retries_by_last_seen(spans):
    last, count, pause_ns = {}, 0, 0
    for span in spans[spans.kind == "CLIENT"].sort_values("start_ns").itertuples():
        before = last.get((span.parent_span_id, span.name))
        if before is not None and before.status == "ERROR" and before.end_ns <= span.start_ns:
            count, pause_ns = count + 1, pause_ns + span.start_ns - before.end_ns
        last[span.parent_span_id, span.name] = span
    return {"retries": count, "pause_ms": pause_ns / 1e6}


# names-with-ids
def masked(name):
    return " ".join("{id}" if re.search(r"\d", word) else word for word in name.split(" "))


def spans_not_names(spans):
    counts = spans.name.map(masked).value_counts()
    return counts[counts > 1]


def names_that_stand_alone(spans):
    counts = pd.Series(spans.name.unique()).map(masked).value_counts()
    return counts


def names_as_they_are(spans):
    counts = spans.name.value_counts()
    return counts[counts > 1]


def spans_of_the_pattern(spans):
    counts = spans.name.map(masked).value_counts()
    return counts[counts.index.isin(names_by_set(spans))]


def digits_only(spans):
    counts = pd.Series([re.sub(r"\d", "{id}", name) for name in spans.name.unique()]).value_counts()
    return counts[counts > 1]


def runs_of_digits(spans):
    counts = pd.Series([re.sub(r"\d+", "{id}", name) for name in spans.name.unique()]).value_counts()
    return counts[counts > 1]


def last_word_only(spans):
    def of_last(name):
        *first, last = name.split(" ")
        return " ".join([*first, masked(last)])

    counts = pd.Series(spans.name.unique()).map(of_last).value_counts()
    return counts[counts > 1]


def words_taken_out(spans):
    kept = [" ".join(word for word in name.split(" ") if not re.search(r"\d", word)) for name in spans.name.unique()]
    counts = pd.Series(kept).value_counts()
    return counts[counts > 1]


def names_by_set(spans):
    found = {}
    for name in set(spans.name):
        found.setdefault(masked(name), set()).add(name)
    return {pattern: len(names) for pattern, names in found.items() if len(names) > 1}


def names_by_regex(spans):
    names = spans.name.drop_duplicates()
    counts = names.groupby(names.str.replace(r"[^ ]*\d[^ ]*", "{id}", regex=True)).size()
    return counts[counts >= 2].to_dict()


# sunday-night
def attempts_of(recording):
    calls = recording.spans[recording.spans.kind == "CLIENT"].sort_values("start_ns")
    earlier = calls.groupby(["trace_id", "parent_span_id", "name"])[["status", "end_ns"]].shift()
    return calls, (earlier.status == "ERROR") & (earlier.end_ns <= calls.start_ns)


def whoever_got_slower(recording):
    return {"service": "cart"}


def whose_customers_they_are(recording):
    return {"service": "loadgenerator"}


def another_caller_of_it(recording):
    return {"service": "checkout"}


def it_works_longer(recording):
    return {"mechanism": "slow itself"}


def with_a_back_off(recording):
    return {"mechanism": "asks again later"}


def one_call_a_row(recording):
    return {"mechanism": "asks for every row"}


def on_the_way(recording):
    return {"mechanism": "slow connection"}


def a_clock_again(recording):
    return {"mechanism": "clock"}


def more_visitors(recording):
    return {"mechanism": "nothing is wrong"}


def work_of_the_slow_one(recording):
    spans = recording.spans
    return {"evidence": spans.span_id[(spans.service == "cart") & (spans.kind == "SERVER")].tolist()}


def traces_of_it(recording):
    calls, again = attempts_of(recording)
    return {"evidence": calls.trace_id[again].unique().tolist()}


def first_attempts(recording):
    calls, again = attempts_of(recording)
    mine = (calls.service == "frontend") & calls.name.isin(calls.name[again].unique()) & ~again
    return {"evidence": calls.span_id[mine].tolist()}


def pages_that_waited(recording):
    spans = recording.spans
    return {"evidence": spans.span_id[(spans.service == "frontend") & (spans.kind == "SERVER")].tolist()}


def sunday_by_shift(recording):
    calls, again = attempts_of(recording)
    found = calls[again]
    return {
        "service": found.service.mode().item(),
        "mechanism": "asks again at once",
        "evidence": found.span_id[found.service == "frontend"].tolist()[:3],
    }


def sunday_by_library(recording):
    groups = retries(recording.spans)
    groups = groups[groups.service == groups.groupby("service").attempts.sum().idxmax()]
    first = groups[groups.attempts > 2].iloc[-3:]
    calls = recording.spans[recording.spans.parent_span_id.isin(first.parent_span_id)]
    calls = calls[(calls.kind == "CLIENT") & calls.name.isin(first.name) & ~calls.span_id.isin(first.first_span_id)]
    return {"service": groups.service.iloc[0], "mechanism": "asks again at once", "evidence": calls.span_id.tolist()}


QUESTIONS = [
    Question(
        name="offset-window",
        kind="compute",
        answer=Record({"lower_ms": Number("ms", within=0.02), "upper_ms": Number("ms", within=0.02)}),
        inputs=[
            on_paper("a clock that is ahead", AHEAD),
            on_paper("a clock that is behind", BEHIND),
            on_paper("the two calls on paper", TWO_CALLS),
            route("tuesday-evening", "GET /products"),
            route("tuesday-evening", "GET /product/{id}"),
            route("monday-morning", "GET /cart"),
        ],
        wrong=[
            Wrong(
                strictest_end,
                (
                    "You took the largest end gap: one late last byte decides it.",
                    "Ends may be late without any clock: take their median.",
                ),
            ),
            Wrong(
                typical_start,
                (
                    "You took the middle of the start gaps, though each call is a proof.",
                    "What all calls allow is at most the smallest start gap.",
                ),
            ),
            Wrong(
                mean_of_both,
                (
                    "Those are means, and a mean is neither a proof nor safe from stragglers.",
                    "Smallest start gap for the upper end, median end gap for the lower.",
                ),
            ),
            Wrong(
                without_signs,
                (
                    "You took the signs off, but below 0 says that catalog's clock is behind.",
                    "Leave the sign of each gap as calls(...) gives it.",
                ),
            ),
            Wrong(
                client_minus_server,
                (
                    "Your signs are turned round: that is the client's stamp minus the server's.",
                    "Leave the sign of each gap as calls(...) gives it.",
                ),
            ),
            Wrong(
                rounded_to_ms,
                (
                    "You rounded to whole ms; what clocks disagree by can be less than that.",
                    "Leave the numbers as they are.",
                ),
            ),
            Wrong(
                only_the_first_call,
                (
                    "That is what the first call allows, and the others allow less.",
                    "Use all rows of calls(...): min() and median().",
                ),
            ),
            Wrong(
                largest_start,
                (
                    "The largest start gap is the call that was longest on its way.",
                    "The strictest call counts: the smallest start gap.",
                ),
            ),
            Wrong(
                smallest_end,
                (
                    "The smallest end gap says least: its answer was long on the way.",
                    "The lower end is the median of the end gaps.",
                ),
            ),
            Wrong(
                ends_exchanged,
                (
                    "The two ends are exchanged: the lower one is the larger number.",
                    'Starts say "at most", ends say "at least".',
                ),
            ),
            Wrong(
                other_way_round,
                (
                    "That is how far the frontend is ahead of catalog.",
                    "Server's stamp minus client's stamp, in this order.",
                ),
            ),
            Wrong(window_in_ns, ("Those are nanoseconds.", "The columns of calls(...) are in ms already.")),
        ],
        right=[window_by_loop, window_by_merge],
        hints=[
            "Who asks, who is asked? calls(...) takes them in this order, and gives one row a call.",
            'Of many sentences "ahead by at most …", which one makes all the others superfluous?',
            "The ends are spoilt by late last bytes: take what half of the calls lie below.",
        ],
        passed="When a trace looks impossible at 3 a.m., this interval says in a minute whether to doubt the clock.",
        yours=["watchkeeper.traces.clock_offsets"],
    ),
    Question(
        name="three-reasons",
        kind="compute",
        answer=MapOf("a span id", Text("a reason", REASONS)),
        inputs=[
            STICKING_OUT,
            route("tuesday-evening", "GET /cart"),
            route("wednesday-evening", "GET /"),
            route("carts-complaint", "GET /cart"),
        ],
        wrong=[
            Wrong(
                all_of_it_is_the_clock,
                (
                    "You blamed the clock for every span that sticks out.",
                    "Where clock_ms is 0 there is another reason: look at kind and answered.",
                ),
            ),
            Wrong(
                only_at_the_end,
                (
                    "You looked at the ends only; a span can also begin too early.",
                    "Either end counts: start before the parent's start, or end after its end.",
                ),
            ),
            Wrong(
                only_at_the_start,
                (
                    "You looked at the starts only; a span can also end too late.",
                    "Either end counts: start before the parent's start, or end after its end.",
                ),
            ),
            Wrong(
                every_child,
                (
                    "That is every child, those that fit into their parents too.",
                    "Keep the spans that stick out at one end at least.",
                ),
            ),
            Wrong(
                whenever_hosts_differ,
                (
                    "Different hosts are not yet different clocks.",
                    "Ask clock_ms, not whether host and parent_host differ.",
                ),
            ),
            Wrong(
                only_a_clock_ahead,
                (
                    "You looked for clocks that are ahead; one that is behind misleads as much.",
                    "The rule says other than 0: clock_ms may be below 0.",
                ),
            ),
            Wrong(
                waiting_before_clocks,
                (
                    "You asked rule 2 first: with a wrong clock, a span may seem to be late.",
                    "The rules in their order: clock_ms first, and only where it is 0 the others.",
                ),
            ),
            Wrong(
                clocks_left_out,
                (
                    "You left the clocks aside: spans of a wrong clock got another reason.",
                    "Ask clock_ms first, then the other two rules.",
                ),
            ),
            Wrong(
                any_error_above,
                (
                    "You took every failed parent for one that gave up; some got an answer.",
                    "Nobody waited where no answer came: ask the column answered.",
                ),
            ),
            Wrong(
                only_after_the_parent,
                (
                    "Work can begin in time and still be left: its caller gave up meanwhile.",
                    "Ask the column answered, not when the span began.",
                ),
            ),
            Wrong(
                queues_left_out,
                (
                    "A CONSUMER takes its work from a queue: nobody waits for it.",
                    "Rule 2 has two halves: the kind CONSUMER, or not answered.",
                ),
            ),
        ],
        right=[reasons_by_comprehension, reasons_by_columns],
        hints=[
            "Each row of with_parent(spans) is a span with all that the rules ask: itertuples() walks along them.",
            "First keep those that stick out: compare start with parent's start, end with parent's end.",
            "Then one chain of if, elif, else in the order of the rules; write the word under the span's id.",
        ],
        passed="Most spans that stick out mean nothing. Now you can point at those that do.",
    ),
    Question(
        name="lost-spans",
        kind="compute",
        answer=MapOf("a service", Number("%", within=0.1)),
        inputs=[
            HOLES,
            pick("monday-morning", "POST /checkout", [0.5], without="cart"),
            pick("monday-morning", "GET /product/{id}", [0.5], without="recommendation"),
            pick("monday-morning", "GET /", [0.5], without="ads"),
            pick("monday-morning", "GET /cart", [0.5]),
        ],
        wrong=[
            Wrong(
                databases_too,
                (
                    "Databases write no spans here, so they can't lose any.",
                    "Begin with questions(spans), which leaves them out.",
                ),
            ),
            Wrong(
                orphans_by_service,
                (
                    "Those services have the orphans: they lost nothing.",
                    "Who was asked, and has no SERVER span below the question?",
                ),
            ),
            Wrong(by_who_asked, ("You grouped by who asked; they wrote their spans.", "Group by the column called.")),
            Wrong(
                of_all_questions,
                (
                    "You divided by the questions to everybody.",
                    "Divide by the questions to that service: the mean within its group.",
                ),
            ),
            Wrong(
                share_of_all_losses,
                (
                    "You divided by all that was lost.",
                    "Divide by the questions to that service: the mean within its group.",
                ),
            ),
            Wrong(
                any_child,
                (
                    "You took any child for an answer; the asker's own spans can be children too.",
                    "Only a SERVER span below the question says that it came in: kind counts.",
                ),
            ),
            Wrong(
                rows_against_rows,
                (
                    "You compared numbers of spans: an orphan then makes up for a lost one.",
                    "Look under each question by its id: is there a SERVER span?",
                ),
            ),
            Wrong(
                how_many_were_lost,
                ("That is a number of questions.", "This asks for a share in %: of the questions to that service."),
            ),
            Wrong(lost_as_a_fraction, ("That is a fraction of 1.", "This asks for %: 0.25 is 25.0.")),
            Wrong(
                zeros_kept,
                (
                    "Services that lost nothing have no place in the answer, not even with 0.",
                    "Keep the shares above 0.",
                ),
            ),
            Wrong(
                answered_instead,
                ("That is the share that does have a SERVER span.", "Turn the condition round with ~."),
            ),
        ],
        right=[lost_by_loop, lost_by_merge],
        hints=[
            "Begin with questions(spans): one row a question, with its span_id and whom it called.",
            "A question was received if some SERVER span names it as its parent.",
            "Mark each question as lost or not; a share is the mean of such marks within a group.",
        ],
        passed="Before you trust a silence in a trace, you can now ask whether anybody was lost on the way.",
    ),
    Question(
        name="mended-share",
        kind="compute",
        answer=Number("%", within=0.005),
        inputs=[
            TWICE_SAMPLED,
            route("carts-complaint", "GET /cart"),
            route("saturday-orders", "POST /checkout"),
            route("thursday-afternoon", "GET /product/{id}"),
            route("monday-morning", "GET /product/{id}"),
        ],
        wrong=[
            Wrong(
                without_weights,
                (
                    "You counted each kept request once, and the sample prefers the failed ones.",
                    "Add up weights instead of rows, above and below the line.",
                ),
            ),
            Wrong(
                quarter_of_it,
                (
                    "You took a quarter of the colleague's share; failed requests were all kept.",
                    "Each row has its own weight: add up weights.",
                ),
            ),
            Wrong(
                divided_by_the_rows,
                (
                    "You added up the weights of the requests that went well.",
                    "Above the line: the weights of the failed ones; below: all weights.",
                ),
            ),
            Wrong(
                weights_upside_down,
                (
                    'You divided by the weights: a weight of 4 means "stands for four".',
                    "Add up the weights themselves.",
                ),
            ),
            Wrong(
                all_weigh_four,
                (
                    "You gave each failed request the weight 4; the tail sample kept them all.",
                    "Take the weight that stands in its row.",
                ),
            ),
            Wrong(
                failed_weigh_one,
                (
                    "You counted each failed request once; after two draws one may stand for ten.",
                    "Add up the weights of the failed ones as well.",
                ),
            ),
            Wrong(
                good_ones_weigh_four,
                (
                    "You gave each good request the weight 4; slow ones were all kept.",
                    "Take the weight that stands in its row.",
                ),
            ),
            Wrong(rounded_share, ("You rounded.", "Return the number as it comes: rounding is for the last reader.")),
            Wrong(
                failed_by_ok,
                ("You divided by the requests that went well.", "A share is of all: divide by the sum of all weights."),
            ),
            Wrong(mended_as_a_fraction, ("That is a fraction of 1.", "This asks for %: 0.2 is 20.0.")),
            Wrong(
                from_every_request,
                (
                    "That is the share of all requests; a shop that samples hasn't got them.",
                    "Use only the rows of kept_requests(spans).",
                ),
            ),
        ],
        right=[mended_by_repeating, mended_by_average],
        hints=[
            "Each row of kept_requests(spans) stands for as many requests as its weight says.",
            "How many requests does the whole sample stand for? That belongs below the line.",
            "For how many do the failed rows stand? That belongs above it; then make it %.",
        ],
        passed="A dashboard over sampled traces that forgets the weights pages you for the sampler, not for the shop.",
        yours=["watchkeeper.traces.weighted_share"],
    ),
    Question(
        name="at-that-moment",
        kind="compute",
        answer=Record(
            {"begun": Count("requests"), "written": Count("requests"), "slowest_ms": Number("ms", within=0.1)}
        ),
        inputs=[NINE_SECONDS, requests("thursday-afternoon")],
        wrong=[
            Wrong(
                slowest_of_all_begun,
                (
                    "You took the slowest of all that had begun; you know its end from later.",
                    "At that moment only written ones have a duration: end_ns <= now_ns.",
                ),
            ),
            Wrong(
                slowest_so_far,
                ("That request began before the nine seconds.", "Keep those that began from first_ns on."),
            ),
            Wrong(
                typical_of_the_written,
                ("That is the median of the written ones.", "This asks for the longest of them: max()."),
            ),
            Wrong(slowest_in_seconds, ("Those are seconds.", "duration_ms is in ms already: leave it as it is.")),
            Wrong(
                as_long_as_they_hung,
                (
                    "Nobody's duration was known to be nine seconds; those had not ended.",
                    "Look it up among the written ones: their longest duration_ms.",
                ),
            ),
            Wrong(
                edge_left_out,
                ("One that began at the very edge is missing.", "Both ends are included: from first_ns to now_ns."),
            ),
            Wrong(
                begun_since_morning,
                ("You counted all since the recording began.", "Keep those that began from first_ns to now_ns."),
            ),
            Wrong(
                written_in_the_end,
                ("They were all written in the end, but not by now_ns.", "Written by then means end_ns <= now_ns."),
            ),
            Wrong(still_under_way, ("Those were still under way.", "Written are the others: end_ns <= now_ns.")),
            Wrong(
                ended_whenever_begun,
                (
                    "Some of these ended in the nine seconds, but began before them.",
                    "Take those that began in the nine seconds, and of them the ended ones.",
                ),
            ),
            Wrong(
                written_before_now,
                ("One that ended at that very moment is missing.", "Written by then means end_ns <= now_ns."),
            ),
            Wrong(
                written_by_now,
                (
                    "You counted the written ones since the recording began.",
                    "Of those that began in the nine seconds: end_ns <= now_ns.",
                ),
            ),
        ],
        right=[moment_by_masks, moment_by_loop],
        hints=[
            "Two steps: who began in these nine seconds? Then, of them only: who had ended?",
            "Every comparison is one of start_ns or end_ns with the moment, never with a duration.",
            "A span is written when it ends; the slowest is judged by those that were written, too.",
        ],
        passed="The worst minute of an outage is the one in which every trace you have looks fine.",
    ),
    Question(
        name="my-retries",
        kind="compute",
        answer=Record({"retries": Count("retries"), "pause_ms": Number("ms", within=0.01)}),
        inputs=[
            THREE_TRIES,
            MIXED_TRIES,
            pick("monday-morning", "GET /", [0.5]),
            pick("sunday-night", "GET /cart", [0.5, 0.9]),
            pick("sunday-night", "GET /product/{id}", [0.95]),
        ],
        wrong=[
            Wrong(
                by_name_alone,
                (
                    "You grouped by name alone: another parent's call is no sibling.",
                    "Siblings have the same parent_span_id and the same name.",
                ),
            ),
            Wrong(
                by_parent_alone,
                (
                    "You grouped by parent alone: a call to something else is no retry.",
                    "Siblings have the same parent_span_id and the same name.",
                ),
            ),
            Wrong(
                in_order_of_rows,
                (
                    "You took the rows as they came; nobody promised that they are in order.",
                    "Order them by start before you compare neighbours.",
                ),
            ),
            Wrong(
                of_every_kind,
                ("You took spans of every kind; a retry is a question asked again.", "Keep the client spans only."),
            ),
            Wrong(
                after_any_failure,
                (
                    "One of yours follows a success; an older failure doesn't count.",
                    "Compare neighbours: only the call right before it decides.",
                ),
            ),
            Wrong(
                alike_calls,
                (
                    "You counted alike calls, those after a success too.",
                    "A retry comes after a failure: the one before it has the status ERROR.",
                ),
            ),
            Wrong(
                repeated_names,
                (
                    "You counted every repetition, those after a success too.",
                    "Count only where the call right before it failed, as your pauses do.",
                ),
            ),
            Wrong(
                attempts_not_retries,
                ("You counted attempts: the first one is no retry.", "Count the later one of each pair."),
            ),
            Wrong(
                every_failed_call,
                (
                    "You counted failed calls; the last of them may have had no successor.",
                    "Count the calls that come after a failed one.",
                ),
            ),
            Wrong(
                also_at_the_same_time,
                (
                    "One of yours began while the one before it was still running.",
                    "A retry begins after the failed one has ended.",
                ),
            ),
            Wrong(
                from_start_to_start,
                (
                    "You measured from start to start; the failed call itself is in it.",
                    "The pause is from the end of the failed one to the start of the next.",
                ),
            ),
            Wrong(
                time_of_the_retries,
                (
                    "That is how long the retries took.",
                    "The pause is from the end of the failed one to the start of the next.",
                ),
            ),
            Wrong(
                time_of_the_failed,
                (
                    "That is how long the failed calls took.",
                    "The pause is what lies between them and their successors.",
                ),
            ),
            Wrong(pause_in_ns, ("Those are nanoseconds.", "This asks for ms: divide by 1e6.")),
        ],
        right=[retries_by_shift, retries_by_last_seen],
        hints=[
            "What makes two client spans siblings? Group by all of it, each group in order of time.",
            "In a list of siblings, zip(siblings, siblings[1:]) gives each with the one after it.",
            "Of each such pair, ask two things of the earlier one: did it fail, and had it ended?",
        ],
        passed="One slow call and four quick failures look alike from outside, and need opposite cures.",
        yours=["watchkeeper.traces.retries"],
    ),
    Question(
        name="names-with-ids",
        kind="compute",
        answer=MapOf("a name", Count("names")),
        inputs=[
            NAMES,
            route("saturday-orders", "GET /product/{id}"),
            route("saturday-orders", "GET /cart"),
            route("monday-morning", "GET /cart"),
        ],
        wrong=[
            Wrong(
                spans_not_names,
                (
                    "You counted spans, so every common name is in it.",
                    "Take each different name once: spans.name.unique().",
                ),
            ),
            Wrong(
                spans_of_the_pattern,
                (
                    "You counted spans; a name that comes twice counts twice.",
                    "Take each different name once, then count.",
                ),
            ),
            Wrong(
                names_that_stand_alone,
                ("Names that only one name became are in it.", "Keep the counts of two or more."),
            ),
            Wrong(
                names_as_they_are,
                ("Those names still hold their ids.", "Replace each word that has a digit by {id}, then count."),
            ),
            Wrong(
                digits_only,
                (
                    "You replaced each digit by itself; the rest of the id is still there.",
                    "Replace the whole word that has a digit in it.",
                ),
            ),
            Wrong(
                runs_of_digits,
                (
                    "You replaced the digits; the letters of the id are still there.",
                    "Replace the whole word that has a digit in it.",
                ),
            ),
            Wrong(
                last_word_only,
                (
                    "You looked at the last word only; an id can stand anywhere in a name.",
                    "Ask every word of the name whether it has a digit.",
                ),
            ),
            Wrong(
                words_taken_out,
                ('You took the word out; then "charge" and "charge A1" are one name.', "Put {id} in its place."),
            ),
        ],
        right=[names_by_set, names_by_regex],
        hints=[
            'Of one name: name.split(" ") gives its words, " ".join(words) puts them together again.',
            "A character knows whether it is a digit: c.isdigit(). A word has one if any of its characters is.",
            "Mask each different name once, then ask how often each result came.",
        ],
        passed="One id in a name has broken many a dashboard: each request becomes an operation of its own.",
        yours=["watchkeeper.traces.high_cardinality", "watchkeeper.traces.masked_name"],
    ),
    Question(
        name="sunday-night",
        kind="diagnose",
        answer=Record(
            {
                "service": Text("a service's name"),
                "mechanism": Text("a mechanism", MECHANISMS),
                "evidence": SomeOf(Text("a span id"), at_least=3),
            }
        ),
        inputs=[whole("sunday-night")],
        wrong=[
            Wrong(
                whoever_got_slower,
                (
                    "That one got slower; it answers whoever asks, and asks nobody more.",
                    "Who asks it more often than before, for the same page?",
                ),
            ),
            Wrong(
                whose_customers_they_are,
                (
                    "The visitors were as many as on any night, and each asks once.",
                    "Who asks more often than before, for the same page?",
                ),
            ),
            Wrong(
                another_caller_of_it,
                (
                    "It asks others too, but how often for one request?",
                    "Count questions per request, by who asks: before, and in the trouble.",
                ),
            ),
            Wrong(
                it_works_longer,
                (
                    "That explains a slow answer, and no more questions than usual.",
                    "Look at the client spans under one slow page, in order of start.",
                ),
            ),
            Wrong(
                with_a_back_off,
                (
                    "Look at the pauses: are they long, and do they grow?",
                    "my_retries(page) gives the number and the pauses.",
                ),
            ),
            Wrong(
                one_call_a_row,
                (
                    "Those calls don't ask for different things, and they fail.",
                    "Look at the status of the client spans in order of start.",
                ),
            ),
            Wrong(
                on_the_way,
                (
                    "The server spans themselves have grown.",
                    "Look at the client spans under one slow page, in order of start.",
                ),
            ),
            Wrong(
                a_clock_again,
                (
                    "The clocks agree: traces.clock_offsets(sunday.spans) says so.",
                    "Look at the client spans under one slow page, in order of start.",
                ),
            ),
            Wrong(
                more_visitors,
                (
                    "Even one single page asked more questions than on a good night.",
                    "Count the client spans under one slow page, and look at their names.",
                ),
            ),
            Wrong(
                work_of_the_slow_one,
                (
                    "Those spans are the work of the slow service.",
                    "Name what made that work more: spans of the service that asks.",
                ),
            ),
            Wrong(
                traces_of_it,
                (
                    "Those are ids of traces; a whole trace holds innocent spans as well.",
                    "Name the spans themselves: their column span_id.",
                ),
            ),
            Wrong(
                first_attempts,
                (
                    "Those questions would have been asked on a good night as well.",
                    "Name those that a good night would not have had: what came before them?",
                ),
            ),
            Wrong(
                pages_that_waited,
                (
                    "Those are the pages, and there would have been as many on a good night.",
                    "Name what is new below them: which client spans did not exist before?",
                ),
            ),
        ],
        right=[sunday_by_shift, sunday_by_library],
        hints=[
            "Divide: client spans of each service by its pages, before the trouble and in it. Whose number grows?",
            "Draw one slow page in the trouble as a waterfall, and read its bars in order of start.",
            "What had happened right before each bar that is one too many, and how long was the pause?",
        ],
        passed="Roll back the slow one to end the night; mend the one that multiplies, or the night will come again.",
    ),
]

REFLECTIONS = [
    Reflection(
        "the-blamed-deploy",
        rubric=[
            (
                1.0,
                "the host and the interval, that it was so before the deploy, that customers felt nothing, and what to do",
                "shop-1's clock is 169 to 171 ms ahead of all others, since the first minute, so before ads was deployed. ads takes "
                "as long as before; the cart page got slower too and never asks it, so that is chance. Nobody was hurt but our "
                "eyes: leave ads alone, and repair that host's clock.",
            ),
            (
                0.5,
                "names the clock, but without interval, or without a word on what customers felt or on the time of the deploy",
                "It was not ads, a clock was wrong.",
            ),
            (
                0.0,
                "finds fault with the deploy, or with the colleague",
                "You should look more carefully before you blame anybody.",
            ),
        ],
    ),
    Reflection(
        "what-to-write-down",
        rubric=[
            (
                1.0,
                "cost with a number (spans or names), what goes into the name, the address nowhere, the way by the trace id",
                "A home page has 39 spans as it is; one for each function makes hundreds, all written while she waits. Names say "
                "the kind of work (shipping had hundreds of names for one), ids go into attributes, the address nowhere: traces "
                "are copied. Support asks for the trace id, which we show on the page.",
            ),
            (
                0.5,
                "refuses the address or the spans with a reason, but without number, or without a way for support",
                "E-mail addresses are personal data, so we must not put them into span names.",
            ),
            (0.0, "agrees, or refuses without a reason", "Good idea, then we can find everything."),
        ],
    ),
]
