"""Spans for property tests: small trees with ties, overlaps, overflows, orphans and instants, in any order."""

import pandas as pd
from hypothesis import strategies as st

KINDS = ("INTERNAL", "CLIENT", "SERVER", "PRODUCER", "CONSUMER")


def frame(rows: list[dict]) -> pd.DataFrame:
    """A frame of spans from rows; what a row leaves out is filled in."""
    names = ["trace_id", "span_id", "parent_span_id", "service", "name", "kind", "start_ns", "end_ns"]
    whole = [
        {"trace_id": "t", "parent_span_id": "", "service": "shop", "name": "work", "kind": "INTERNAL", **row}
        for row in rows
    ]
    spans = pd.DataFrame(whole, columns=names).astype({"start_ns": "int64", "end_ns": "int64"})
    return spans.assign(duration_ms=(spans["end_ns"] - spans["start_ns"]) / 1e6)


def spans_of(*rows: tuple) -> pd.DataFrame:
    """A frame from (span_id, parent_span_id, start, end) in milliseconds, for cases that fit on paper."""
    ms = 1_000_000
    return frame([{"span_id": i, "parent_span_id": p, "start_ns": a * ms, "end_ns": b * ms} for i, p, a, b in rows])


@st.composite
def traces(draw: st.DrawFn, wild: bool = True, least: int = 1, most: int = 9) -> list[dict]:
    """The rows of one trace. Wild ones have children outside their parents, cycles, orphans and negative lengths."""
    n = draw(st.integers(least, most))
    rows = []
    for k in range(n):
        parent = "" if k == 0 else f"s{draw(st.integers(0, k - 1))}"
        if wild and draw(st.integers(0, 9)) == 0:
            parent = draw(st.sampled_from(["", "gone", *(f"s{other}" for other in range(n))]))
        above = next((row for row in rows if row["span_id"] == parent), None)
        lo, hi = (above["start_ns"], above["end_ns"]) if above else (0, 30)
        if wild and draw(st.integers(0, 3)) == 0:
            lo, hi = lo - 5, hi + 5
        start = draw(st.integers(lo, max(lo, hi)))
        end = draw(st.integers(start - (3 if wild and draw(st.integers(0, 19)) == 0 else 0), max(start, hi)))
        kind = draw(st.sampled_from(KINDS)) if wild else "INTERNAL"
        rows.append({"span_id": f"s{k}", "parent_span_id": parent, "kind": kind, "start_ns": start, "end_ns": end})
    return draw(st.permutations(rows))
