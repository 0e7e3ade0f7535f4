"""Offsets between the clocks of hosts, and spans moved by them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trace_strategies import frame, spans_of

from watchkeeper.errors import TraceError
from watchkeeper.traces import align_clocks, clock_offsets

US = 1_000


@st.composite
def chains(draw: st.DrawFn) -> tuple[pd.DataFrame, dict[str, int]]:
    """Calls along a chain of hosts whose clocks are off by known nanoseconds; servers run inside their clients."""
    hosts = [f"h{k}" for k in range(draw(st.integers(2, 4)))]
    off = {host: draw(st.integers(-400_000, 400_000)) * US for host in hosts}
    rows = []
    for call in range(draw(st.integers(1, 6))):
        start = call * 1_000_000_000
        end = start + draw(st.integers(100, 5_000)) * US
        above = ""
        for at, host in enumerate(hosts):
            for kind, lead in (("SERVER", 5), ("CLIENT", 3)):
                span = {"span_id": f"{call}-{at}-{kind}", "parent_span_id": above, "kind": kind, "service": host}
                rows.append(span | {"start_ns": start + off[host], "end_ns": end + off[host]})
                start, end, above = start + lead * US, end - lead * US, span["span_id"]
    spans = frame(rows)
    return spans.assign(host=spans["service"]), off


@given(chains(), st.integers(0, 2**40), st.integers(0, 99))
def test_the_interval_holds_the_truth_through_a_chain(made: tuple, by: int, seed: int) -> None:
    spans, off = made
    table = clock_offsets(spans, reference="h0", late_share=0, tolerance_ms=0).set_index("host")
    truth = pd.Series({host: (by - off["h0"]) / 1e6 for host, by in off.items()}).reindex(table.index)
    assert (table["lower_ms"] <= truth + 1e-9).all()
    assert (truth <= table["upper_ms"] + 1e-9).all()
    assert (table["slack_ms"] == 0).all()
    other = spans.assign(start_ns=spans["start_ns"] + by, end_ns=spans["end_ns"] + by).sample(frac=1, random_state=seed)
    again = clock_offsets(other, reference="h0", late_share=0, tolerance_ms=0).set_index("host")
    pd.testing.assert_frame_equal(table, again)


@given(chains())
def test_moved_spans_fit_and_keep_their_durations(made: tuple) -> None:
    spans, _ = made
    strict = clock_offsets(spans, late_share=0, tolerance_ms=0)
    moved = align_clocks(spans, strict)
    again = clock_offsets(moved, strict["reference"].iloc[0], late_share=0, tolerance_ms=0)
    assert (again["offset_ms"] == 0).all()
    assert (moved["end_ns"] - moved["start_ns"] == spans["end_ns"] - spans["start_ns"]).all()


def two_hosts(*servers: tuple[int, int]) -> pd.DataFrame:
    """Calls of 10 ms, every 100 ms; each pair: start and end of the server span in ms after the client's start."""
    rows = []
    for k, (start, end) in enumerate(servers):
        rows += [(f"c{k}", "", 100 * k, 100 * k + 10), (f"s{k}", f"c{k}", 100 * k + start, 100 * k + end)]
    return spans_of(*rows).assign(host=["one", "two"] * len(servers), kind=["CLIENT", "SERVER"] * len(servers))


def test_server_spans_that_end_late_do_not_move_a_clock() -> None:
    spans = two_hosts((1, 9), (1, 9), (1, 9), (2, 130))
    row = clock_offsets(spans).iloc[1]
    assert row[["lower_ms", "upper_ms", "offset_ms", "violated"]].tolist() == [-2, 1, 0, 0.25]
    assert clock_offsets(spans, late_share=0, tolerance_ms=0)["slack_ms"].iloc[0] > 50


def test_a_client_that_gave_up_says_nothing_about_the_end() -> None:
    spans = two_hosts((172, 178), (1_000, 9_000)).assign(status=["UNSET", "UNSET", "ERROR", "UNSET"])
    row = clock_offsets(spans, late_share=0, tolerance_ms=0).set_index("host").loc["two"]
    assert row[["lower_ms", "upper_ms", "offset_ms", "violated"]].tolist() == [168, 172, 170, 0]


def test_the_reference_is_the_host_that_most_agree_with() -> None:
    spans = pd.concat(
        [
            two_hosts((172, 178)),
            two_hosts((172, 178)).assign(host=["three", "two"], trace_id="u"),
            two_hosts((1, 9)).assign(host=["one", "three"], trace_id="v"),
        ],
        ignore_index=True,
    )
    table = clock_offsets(spans).set_index("host")
    assert table["offset_ms"].round().to_dict() == {"one": 0, "three": 0, "two": 170}
    with pytest.raises(TraceError, match='host "four"; there are one, three, two'):
        clock_offsets(spans, reference="four")


def test_a_host_apart_is_left_alone_and_an_outlier_of_one_pair_is_bounded_on_one_side() -> None:
    spans = pd.concat([two_hosts((172, 178)), spans_of(("x", "", 0, 1)).assign(host="far")], ignore_index=True)
    table = clock_offsets(spans, reference="one").set_index("host")
    assert table.loc["far", ["lower_ms", "upper_ms", "offset_ms", "pairs"]].tolist() == [-np.inf, np.inf, 0, 0]
    failed = two_hosts((-50, 9)).assign(status="ERROR")
    assert clock_offsets(failed, reference="one")["offset_ms"].tolist() == [0, -50]


def test_events_move_with_their_span() -> None:
    spans = two_hosts((172, 178))
    spans["events"] = [[{"time_ns": 1, "name": "e"}], [{"time_ns": 175_000_000, "name": "e"}]]
    before = spans.copy(deep=True)
    moved = align_clocks(spans, clock_offsets(spans, reference="one", tolerance_ms=0))
    assert [events[0]["time_ns"] for events in moved["events"]] == [1, 5_000_000]
    assert moved["shifted_ms"].tolist() == [0, -170]
    pd.testing.assert_frame_equal(spans, before)
    assert spans["events"][1][0]["time_ns"] == 175_000_000


def test_spans_without_a_host_cannot_be_moved() -> None:
    offsets = pd.DataFrame({"host": ["one"], "offset_ms": [1.0]})
    with pytest.raises(TraceError, match="no column host"):
        align_clocks(spans_of(("a", "", 0, 1)).drop(columns="host", errors="ignore"), offsets)


def test_no_spans_have_no_clocks() -> None:
    with pytest.raises(TraceError, match="no spans"):
        clock_offsets(two_hosts())
