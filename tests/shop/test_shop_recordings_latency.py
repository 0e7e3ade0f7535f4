"""The recordings of module 3 hold what their questions need, the held-back ones too."""

from __future__ import annotations

import pandas as pd
import pytest
from recording_probe import DATASETS, medians, opened, requests, steps

from watchkeeper.shop.load import USERS

BOTH = pytest.mark.parametrize("kind", ["", "held-back"])


def server_durations(kind: str, name: str, service: str) -> pd.DataFrame:
    metrics = opened(DATASETS / kind / name).metrics
    return metrics[(metrics.service == service) & (metrics.name == "http.server.request.duration")]


@BOTH
def test_only_the_instrument_was_wrong_on_monday_evening(kind):
    folder = DATASETS / kind / "monday-evening"
    first, second = steps(folder)
    before, after = requests(folder, 10, first), requests(folder, second, opened(folder).card["seconds"])
    assert not before.failed.any() and not requests(folder, first, second + 10).failed.any()
    assert (medians(after) / medians(before)).max() < 1.5
    durations = server_durations(kind, "monday-evening", "recommendation" if kind else "catalog")
    other = durations[durations.bounds.map(lambda bounds: bounds[1] == 5)]
    assert len(other) and other.counts.map(lambda counts: counts[1] / sum(counts)).min() > 0.99
    last = other.sort_values("time_ns").groupby(other.attributes.map(str)).last()
    assert last["sum"].sum() / last["count"].sum() < 0.1  # seconds: the mean is what it always was


@BOTH
def test_counters_begin_again_with_a_restart_on_monday_evening(kind):
    durations = server_durations(kind, "monday-evening", "catalog" if kind else "cart")
    assert {one["service.instance.id"] for one in durations.resource} == {"catalog-1" if kind else "cart-1"}
    key = durations.attributes.map(str)
    starts = durations.groupby(key).start_ns.nunique()
    assert starts.max() >= 2
    falls = durations.sort_values("time_ns").groupby(key)["count"].diff() < 0
    assert falls.any()


@BOTH
def test_the_same_stall_is_hidden_from_who_waits_for_answers(kind):
    closed, opened_ = (opened(DATASETS / kind / name) for name in ("load-test-a", "load-test-b"))
    waited = {}
    for name, recording in (("closed", closed), ("open", opened_)):
        assert set(recording.spans.service) == {"loadgenerator"}
        first, last = steps(recording.folder)
        assert 5.5 < last - first < 6.5
        durations = recording.spans.sort_values("duration_ms").duration_ms
        waited[name] = int((durations > 1000).sum())
        assert 5500 < durations.max() < 8000
        assert durations.quantile(0.5, interpolation="lower") < 30
    p99 = [one.spans.duration_ms.quantile(0.99, interpolation="lower") for one in (closed, opened_)]
    assert p99[0] < 200 and p99[1] > 4000, p99
    assert waited["closed"] <= USERS < 60 < waited["open"]
    assert len(opened_.spans) == 1400 and 1200 < len(closed.spans) < 1320
