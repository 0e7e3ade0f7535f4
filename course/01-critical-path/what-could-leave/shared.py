"""What several questions of what-could-leave use."""

import pandas as pd

from watchkeeper.traces import critical_path
from watchkeeper.traces.share import peers

RETIMED = [
    ("page", "", "frontend", "page", "SERVER", 0, 100),
    ("goods", "page", "frontend", "goods", "CLIENT", 4, 30),
    ("similar", "page", "frontend", "similar", "CLIENT", 32, 72),
    ("banner", "page", "frontend", "banner", "CLIENT", 33, 62),
    ("price", "page", "frontend", "price", "CLIENT", 74, 94),
]
FANNED_OUT = [
    ("root", "", "loadgenerator", "GET /", "CLIENT", 0, 100),
    ("page", "root", "frontend", "GET /", "SERVER", 2, 98),
    ("c1", "page", "frontend", "GET /products", "CLIENT", 10, 40),
    ("s1", "c1", "catalog", "GET /products", "SERVER", 14, 38),
    ("c2", "page", "frontend", "GET /carts", "CLIENT", 42, 90),
    ("s2", "c2", "cart", "GET /carts", "SERVER", 50, 84),
    ("d2", "s2", "cart", "read cart", "INTERNAL", 55, 65),
    ("c3", "page", "frontend", "GET /ads", "CLIENT", 43, 75),
    ("s3", "c3", "ads", "GET /ads", "SERVER", 44, 74),
]

MECHANISMS = (
    "slow itself",
    "many small queries",
    "one slow query",
    "waits for another",
    "slow connection",
    "no answer",
    "nothing is wrong",
)


def owned(spans):
    peer = pd.Series(peers(spans), index=spans.index)
    return spans.assign(owner=(spans.service + " → " + peer).where(peer != "", spans.service))


def owned_path(spans):
    return critical_path(spans).merge(owned(spans)[["trace_id", "span_id", "owner"]], on=["trace_id", "span_id"])


def spans_of_route(recording, route):
    ids = recording.traces().query("route == @route", local_dict={"route": route}).trace_id
    return recording.spans[recording.spans.trace_id.isin(ids)].reset_index(drop=True)


def calls_of_page(spans):
    servers = spans[(spans.service == "frontend") & (spans.kind == "SERVER")]
    return spans[(spans.kind == "CLIENT") & spans.parent_span_id.isin(servers.span_id)]


def wait_ms(spans):
    return spans[spans.parent_span_id == ""].duration_ms.max()


def cut(recording, route="GET /product/{id}"):
    requests = recording.traces()
    requests = requests[requests.route == route]
    rank = requests.duration_ms.rank(pct=True)
    return requests[(rank > 0.4) & (rank <= 0.6)], requests[rank > 0.95]


def shares_of(recording, requests):
    path = owned_path(recording.spans[recording.spans.trace_id.isin(requests.trace_id)])
    return path.groupby("owner").duration_ms.sum() / path.duration_ms.sum()


def growth(recording):
    middle, slowest = cut(recording)
    return shares_of(recording, slowest).sub(shares_of(recording, middle), fill_value=0)
