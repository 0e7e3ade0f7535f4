"""Samples by head and by tail, and estimates from them."""

import random

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper.errors import TraceError
from watchkeeper.traces import head_sample, tail_sample, weighted_share


def requests(n: int, seed: int = 1, failing: float = 0.05, slow: float = 0.05) -> pd.DataFrame:
    """n traces of one span: some fail, some take a second."""
    chance = random.Random(seed)
    rows = [
        {
            "trace_id": f"{chance.getrandbits(128):032x}",
            "span_id": str(k),
            "parent_span_id": "",
            "start_ns": 0,
            "end_ns": 1_000_000_000 if chance.random() < slow else 5_000_000,
            "status": "ERROR" if chance.random() < failing else "UNSET",
        }
        for k in range(n)
    ]
    return pd.DataFrame(rows)


def test_a_head_sample_draws_by_the_low_half_of_the_id() -> None:
    ids = ["f" * 16 + "0" * 15 + "1", "0" * 16 + "7" + "f" * 15, "0" * 16 + "8" + "0" * 15]
    spans = pd.DataFrame({"trace_id": ids})
    assert head_sample(spans, 0.5).index.tolist() == [0, 1]
    assert head_sample(spans, 1)["weight"].tolist() == [1, 1, 1]
    assert head_sample(spans, 0).empty


def test_it_keeps_what_the_sdk_keeps() -> None:
    sampling = pytest.importorskip("opentelemetry.sdk.trace.sampling")
    spans = requests(300)
    sampler = sampling.TraceIdRatioBased(0.3)
    theirs = [sampler.should_sample(None, int(trace, 16), "").decision.is_sampled() for trace in spans["trace_id"]]
    assert spans["trace_id"].isin(head_sample(spans, 0.3)["trace_id"]).tolist() == theirs


@given(st.lists(st.text("abcdef0123xyz", min_size=1, max_size=40), min_size=1), st.floats(0, 1), st.floats(0, 1))
def test_samples_nest_and_hold_whole_traces(ids: list[str], one: float, two: float) -> None:
    spans = pd.DataFrame({"trace_id": ids})
    small, big = (set(head_sample(spans, share)["trace_id"]) for share in sorted((one, two)))
    assert small <= big
    assert spans["trace_id"].isin(big).sum() == len(head_sample(spans, max(one, two)))


def test_ids_that_are_not_hex_are_drawn_evenly_too() -> None:
    spans = pd.DataFrame({"trace_id": [f"request {k}" for k in range(2000)]})
    assert 0.45 < len(head_sample(spans, 0.5)) / 2000 < 0.55


def test_a_tail_sample_keeps_all_that_failed_or_took_long() -> None:
    spans = requests(1000)
    kept = tail_sample(spans, slower_than_ms=500, share=0.1)
    special = (spans["status"] == "ERROR") | (spans["end_ns"] == 1_000_000_000)
    assert set(spans.index[special]) <= set(kept.index)
    assert set(kept.loc[kept.index.intersection(spans.index[special]), "weight"]) == {1.0}
    rest = kept[~special.reindex(kept.index)]
    assert set(rest["weight"]) == {10.0}
    assert set(rest.index) == set(head_sample(spans[~special], 0.1).index)


def test_an_error_deep_in_a_trace_keeps_the_whole_trace() -> None:
    spans = requests(1).assign(status="UNSET", trace_id="f" * 32)
    child = spans.assign(span_id="child", parent_span_id="0", status="ERROR")
    assert len(tail_sample(pd.concat([spans, child]), 500, 0)) == 2
    assert tail_sample(spans, 500, 0).empty
    assert len(tail_sample(spans, 4, 0)) == 1


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(TraceError, match="from 0 to 1"):
        head_sample(requests(2), share)


@given(st.integers(0, 200), st.integers(1, 200))
def test_equal_weights_are_wilson_s_own_interval(hits: int, misses: int) -> None:
    n, z = hits + misses, 1.96
    found = weighted_share([True] * hits + [False] * misses, [3.0] * n)
    p = hits / n
    roots = np.roots([n + z**2, -(2 * n * p + z**2), n * p**2])  # (p - x)^2 = z^2 x (1 - x) / n
    assert (found.lower, found.upper) == (
        pytest.approx(max(0, min(roots)), abs=1e-7),
        pytest.approx(max(roots), abs=1e-7),
    )
    assert (found.n, found.effective_n) == (n, pytest.approx(n))


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered, biased = 0, 0
    for seed in range(200):
        spans = requests(800, seed)
        sample = tail_sample(spans, 500, 0.2)
        estimate = weighted_share(sample["status"] == "ERROR", sample["weight"])
        covered += estimate.lower <= 0.05 <= estimate.upper
        naive = weighted_share(sample["status"] == "ERROR")
        biased += naive.lower <= 0.05 <= naive.upper
    assert covered >= 185
    assert biased <= 5


@pytest.mark.parametrize(("flags", "weights"), [([], None), ([True], [0]), ([True], [1, 2]), ([True], [float("inf")])])
def test_what_cannot_be_estimated_is_said(flags: list, weights: list | None) -> None:
    with pytest.raises(TraceError, match="at least one flag"):
        weighted_share(flags, weights)
