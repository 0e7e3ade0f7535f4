"""The recordings of module 2 hold what their questions need, the held-back ones too."""

from __future__ import annotations

import pandas as pd
import pytest
from recording_probe import DATASETS, before_and_during, medians, opened, requests, steps

BOTH = pytest.mark.parametrize("kind", ["", "held-back"])


def calls(kind: str, name: str) -> pd.DataFrame:
    """Client spans with the server span under them (its columns end in _server), and `late_ms`, `gap_ms`, `second`."""
    recording = opened(DATASETS / kind / name)
    spans = recording.spans
    client, server = spans[spans.kind == "CLIENT"], spans[spans.kind == "SERVER"]
    keys = (["trace_id", "span_id"], ["trace_id", "parent_span_id"])
    both = client.merge(server, left_on=keys[0], right_on=keys[1], suffixes=("", "_server"))
    return both.assign(
        late_ms=(both.start_ns_server - both.start_ns) / 1e6,
        gap_ms=both.duration_ms - both.duration_ms_server,
        second=(both.start_ns - recording.card["started_ns"]) / 1e9,
    )


@BOTH
def test_one_hosts_clock_was_off_on_tuesday_evening(kind):
    host, ahead_ms = ("shop-2", -120) if kind else ("shop-1", 170)
    pairs = calls(kind, "tuesday-evening")
    expected = ahead_ms * ((pairs.host_server == host).astype(int) - (pairs.host == host).astype(int))
    assert (pairs.late_ms - expected).median() < 5 and (pairs.late_ms - expected).min() > -1.0
    assert (pairs.late_ms < -50).groupby(pairs.trace_id).any().mean() > 0.5
    recording = opened(DATASETS / kind / "tuesday-evening")
    logs, metrics, spans = recording.logs, recording.metrics, recording.spans
    in_span = logs.merge(spans, on=["trace_id", "span_id"], suffixes=("", "_span"))
    assert ((in_span.time_ns - in_span.start_ns) / 1e6).between(-1, 10_000).mean() > 0.99
    begun = metrics[metrics.name == "process.cpu.time"].groupby("host").start_ns.min() / 1e6
    others = begun[["shop-1", "shop-2", "shop-3"]].drop(host)
    assert abs(begun[host] - ahead_ms - others.mean()) < 100, begun


@BOTH
def test_nobody_felt_it_on_tuesday_evening(kind):
    before, during = before_and_during(DATASETS / kind / "tuesday-evening")
    assert not before.failed.any() and not during.failed.any()
    assert (medians(during) / medians(before)).max() < 1.5


@BOTH
def test_one_way_was_longer_on_wednesday_noon_and_the_called_service_was_as_quick_as_ever(kind):
    folder = DATASETS / kind / "wednesday-noon"
    called = "cart" if kind else "catalog"
    _, onset, cure = steps(folder)
    before, during = requests(folder, 10, onset), requests(folder, onset, cure)
    assert not pd.concat([before, during]).failed.any()
    more = medians(during) - medians(before)
    assert more[["GET /", "GET /products", "GET /product/{id}", "GET /cart"]].between(70, 250).all(), more
    pairs = calls(kind, "wednesday-noon")
    late = pairs.second.between(onset + 1, cure - 1)
    edge = (pairs.service == "frontend") & (pairs.service_server == called)
    assert 90 < pairs[edge & late].gap_ms.median() < 170
    early = pairs.second < onset
    assert pairs[edge & early].gap_ms.median() < 20 and pairs[~edge & late].gap_ms.median() < 20
    assert pairs[edge & late].duration_ms_server.median() < 1.5 * pairs[edge & early].duration_ms_server.median()


@BOTH
def test_a_tenth_of_saturdays_traces_is_kept_and_the_metrics_count_all(kind):
    recording = opened(DATASETS / kind / "busy-saturday")
    _, onset, cure = steps(recording.folder)
    kept = recording.spans[recording.spans.service == "loadgenerator"]
    assert 0.07 < len(kept) / recording.card["counts"]["requests"] < 0.13
    metrics = recording.metrics
    pages = metrics[(metrics.service == "frontend") & (metrics.name == "http.server.request.duration")]
    pages = pages.assign(
        code=pages.attributes.map(lambda one: one["http.response.status_code"]), series=pages.attributes.map(str)
    )
    counts = pages.groupby(["series", "code"])["count"].max()
    assert counts.sum() == recording.card["counts"]["requests"]
    truth = counts[counts.index.get_level_values("code") >= 500].sum() / counts.sum()
    assert 0.01 < truth < 0.12
    failed = (kept.status == "ERROR").mean()
    assert abs(failed - truth) < 3 * (truth * (1 - truth) / len(kept)) ** 0.5
    during = requests(recording.folder, onset - 2, cure + 4)
    outside = kept[~kept.span_id.isin(during.span_id)]
    assert during.failed.sum() >= 4 and not (outside.status == "ERROR").any()
    traced = set(recording.spans.trace_id)
    with_trace = recording.logs[recording.logs.trace_id != ""]
    assert 0.05 < with_trace.trace_id.isin(traced).mean() < 0.2


@BOTH
def test_asking_again_at_once_multiplied_the_calls_on_sunday_night(kind):
    folder = DATASETS / kind / "sunday-night"
    _, onset, cure = steps(folder)
    before, during = requests(folder, 10, onset), requests(folder, onset, cure)
    after = requests(folder, cure + 5, opened(folder).card["seconds"])
    assert not before.failed.any() and not after.failed.any()
    assert during.failed.mean() > 0.05
    assert (medians(during) / medians(before)).drop("POST /cart").min() > 1.5
    recording = opened(folder)
    spans = recording.spans.assign(second=(recording.spans.start_ns - recording.card["started_ns"]) / 1e9)
    asked = spans[(spans.service == "frontend") & (spans.kind == "CLIENT") & (spans.name == "GET /carts/{shopper}")]
    a_page = asked.groupby("parent_span_id").agg(calls=("span_id", "size"), second=("second", "min"))
    assert a_page[a_page.second < onset - 1].calls.mean() < 1.1
    late = a_page[a_page.second.between(onset + 1, cure - 1)]
    assert late.calls.mean() > 1.5 and late.calls.max() == 4
    assert len(during) / (cure - onset) < 1.4 * recording.card["load"]["requests_a_second"]  # no more people than usual


@BOTH
def test_pages_take_longer_with_tracing_than_without(kind):
    without, traced = (opened(DATASETS / kind / name) for name in ("before-tracing", "after-tracing"))
    assert set(without.spans.service) == {"loadgenerator"} and traced.spans.service.nunique() == 12
    assert without.card["counts"]["requests"] == traced.card["counts"]["requests"]
    both = [one.spans[one.spans.service == "loadgenerator"].sort_values("start_ns") for one in (without, traced)]
    # The same shoppers at the same times: their n-th request for a page there and here.
    urls = [one.attributes.map(lambda attributes: attributes["url.full"]) + one.name for one in both]
    numbered = [one.assign(url=url, turn=url.groupby(url).cumcount()) for one, url in zip(both, urls, strict=True)]
    pairs = numbered[0].merge(numbered[1], on=["url", "turn"], suffixes=("", "_traced"))
    assert len(pairs) == len(both[0])
    cost = (pairs.duration_ms_traced / pairs.duration_ms)[20:]
    assert cost.median() > 1.04 and (cost > 1).mean() > 0.58, cost.describe()
    assert cost[pairs.name == "GET /"].median() > 1.08
