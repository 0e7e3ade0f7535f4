"""Calls between services for property tests: clients, servers, errors, hosts and attributes, in any order."""

import pandas as pd
from hypothesis import strategies as st
from trace_strategies import frame, traces

SERVICES = ("frontend", "cart", "ads")


@st.composite
def calls(draw: st.DrawFn) -> pd.DataFrame:
    """Spans of up to two traces, with services, statuses and attributes drawn at random."""
    rows = []
    for trace in range(draw(st.integers(1, 2))):
        for row in draw(traces()):
            service = draw(st.sampled_from(SERVICES))
            code = draw(st.sampled_from([{}, {"http.response.status_code": 404}, {"http.response.status_code": 503}]))
            status = draw(st.sampled_from(["UNSET", "UNSET", "OK", "ERROR"]))
            peer = draw(st.sampled_from([{}, {"server.address": "ads:80"}]))
            rows.append(
                row
                | {
                    "trace_id": f"t{trace}",
                    "service": service,
                    "host": f"on-{service}",
                    "status": status,
                    "attributes": code | peer,
                    "status_message": "",
                    "events": [],
                    "links": [],
                }
            )
    spans = frame(rows)
    extra = pd.DataFrame(rows)[["host", "status", "attributes", "status_message", "events", "links"]]
    return spans.join(extra)


def shifted(spans: pd.DataFrame, by_ns: int) -> pd.DataFrame:
    return spans.assign(start_ns=spans["start_ns"] + by_ns, end_ns=spans["end_ns"] + by_ns)


def shuffled(spans: pd.DataFrame, seed: int) -> pd.DataFrame:
    return spans.sample(frac=1, random_state=seed).reset_index(drop=True)
