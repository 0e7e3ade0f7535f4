"""Spans for the benchmarks: a file like the shop's, generated from a seed, and the two shapes that break naive code."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pandas as pd

from watchkeeper import otlp

SERVICES = ("catalog", "currency", "cart", "recommendation", "ads")
US = 1_000


def write_file(path: Path, n: int, seed: int = 1) -> None:
    """Write a file of about `n` spans: requests of 21 spans with nine calls, some of which overlap."""
    draw = random.Random(seed)
    rows: list[dict] = []
    while len(rows) < n:
        rows += _request(draw, start=1_700_000_000_000_000_000 + len(rows) * 1_000_000)
    # Like the shop: each process writes its own lines.
    spans = pd.DataFrame(rows).sort_values("service", kind="stable")
    otlp.write_spans(spans, path)


def _request(draw: random.Random, start: int) -> list[dict]:
    trace = f"{draw.getrandbits(128):032x}"
    page, handler = _id(draw), _id(draw)
    calls, t = [], start + 900 * US
    for k in range(9):
        took = draw.randrange(1_000, 20_000) * US
        calls += _call(draw, trace, handler, SERVICES[k % 5], t, took)
        # Two in five start while the one before is still running.
        t += took + 80 * US if draw.random() < 0.6 else 0
    end = max(call["end_ns"] for call in calls) + 1_100 * US
    return [
        _span(trace, page, "", "loadgenerator", "CLIENT", start, end + 600 * US, "frontend", 200),
        _span(trace, handler, page, "frontend", "SERVER", start + 300 * US, end, "frontend", 200),
        _span(trace, _id(draw), handler, "frontend", "INTERNAL", end - 900 * US, end - 100 * US, "frontend", 200),
        *calls,
    ]


def _call(draw: random.Random, trace: str, parent: str, peer: str, start: int, took: int) -> list[dict]:
    client, product = _id(draw), draw.randrange(100)
    return [
        _span(trace, client, parent, "frontend", "CLIENT", start, start + took, peer, product),
        _span(trace, _id(draw), client, peer, "SERVER", start + 90 * US, start + took - 70 * US, peer, product),
    ]


def _id(draw: random.Random) -> str:
    return f"{draw.getrandbits(64):016x}"


def _span(
    trace: str, own: str, parent: str, service: str, kind: str, start: int, end: int, peer: str, product: int
) -> dict:
    attributes = {
        "http.request.method": "GET",
        "url.full": f"http://{peer}/products/{product}",
        "server.address": peer,
        "http.response.status_code": 200,
        "http.route": "/products/{id}",
        "network.protocol.version": "1.1",
        "server.port": 8080,
    }
    return {
        "trace_id": trace,
        "span_id": own,
        "parent_span_id": parent,
        "service": service,
        "name": "GET /products/{id}",
        "kind": kind,
        "start_ns": start,
        "end_ns": end,
        "status": "UNSET",
        "status_message": "",
        "host": "shop-1",
        "scope": "instrumentation.http",
        "attributes": attributes,
        "events": [],
        "links": [],
        "flags": 256,
    }


def wide(n: int) -> pd.DataFrame:
    """One root with `n` children, one after the other."""
    start = np.arange(n) * 10
    return _plain(["", *["s0"] * n], [0, *start], [10 * n, *(start + 9)])


def deep(n: int) -> pd.DataFrame:
    """A chain of `n` generations; each span is a little shorter than its parent."""
    return _plain(["", *(f"s{k}" for k in range(n - 1))], range(n), [3 * n - k for k in range(n)])


def _plain(parents: list[str], start: object, end: object) -> pd.DataFrame:
    ids = [f"s{k}" for k in range(len(parents))]
    spans = pd.DataFrame({"trace_id": "t", "span_id": ids, "parent_span_id": parents, "service": "a", "name": "b"})
    return spans.assign(kind="INTERNAL", start_ns=start, end_ns=end)
