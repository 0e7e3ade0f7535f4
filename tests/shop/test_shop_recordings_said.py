"""The recordings of modules 2 to 4 whose cause is a version: each hurts a customer, and is told where said."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from test_shop_recordings import DATASETS, before_and_during, medians, opened, requests, steps

from watchkeeper.shop.scenarios import SCENARIOS

BOTH = pytest.mark.parametrize("kind", ["", "held-back"])


def errors_of(folder: Path) -> pd.DataFrame:
    spans = opened(folder).spans
    return spans[spans.status == "ERROR"]


def onset(folder: Path) -> float:
    """When it began, in seconds from the start."""
    card = opened(folder).card
    told = next(one for one in SCENARIOS.values() if one.recording == card["name"]).told(card["seed"])
    assert told.onset_step is not None
    return steps(folder)[told.onset_step]


@BOTH
def test_some_orders_are_never_taken_on_saturday(kind):
    folder = DATASETS / kind / "saturday-orders"
    before, during = requests(folder, 0, onset(folder)), requests(folder, onset(folder), 999)
    assert not before.failed.any()
    failing = during.groupby("name").failed.mean()
    assert 0.1 < failing["POST /checkout"] < 0.6, failing
    assert failing.drop("POST /checkout").max() == 0.0
    failed = set(during[during.failed].trace_id)
    guilty = errors_of(folder).query("service == 'payment'")
    assert set(guilty.trace_id) >= failed and guilty.events.map(lambda one: "'DKK'" in str(one)).all()


@BOTH
def test_the_most_failing_spans_on_saturday_are_not_the_guilty_ones(kind):
    folder = DATASETS / kind / "saturday-orders"
    counts = errors_of(folder).groupby("service").size()
    assert counts["payment"] == counts.drop("loadgenerator").min() < counts["ads"] < counts.max() == counts["frontend"]
    banners = errors_of(folder).query("service == 'ads'").trace_id
    roots = opened(folder).spans.query("service == 'loadgenerator'").set_index("trace_id").status
    assert len(banners) > 30 and (roots[banners] != "ERROR").all()


@BOTH
def test_one_operation_on_saturday_has_numbers_in_its_name(kind):
    spans = opened(DATASETS / kind / "saturday-orders").spans
    internal = spans[(spans.kind == "INTERNAL") & (spans.service == "shipping")]
    assert len(internal) > 200 and internal.name.is_unique
    assert internal.name.str.fullmatch(r"quote Q[0-9a-f]{8}").all()


@BOTH
def test_one_home_page_in_three_takes_longer_than_the_mean_that_none_has(kind):
    folder = DATASETS / kind / "discounts-complaint"
    before, during = before_and_during(folder, onset=1, end=None)
    assert not during.failed.any()
    pages = during[during.name == "GET /"].duration_ms
    late = pages > 300
    assert 0.2 < late.mean() < 0.45 and before[before.name == "GET /"].duration_ms.max() < 300
    assert pages.between(0.75 * pages.mean(), 1.5 * pages.mean()).mean() < 0.08
    others = (medians(during) / medians(before)).drop("GET /")
    assert others.max() < 1.5, others
    bystander = requests(folder, steps(folder)[0] - 2, steps(folder)[1] + 2)
    assert bystander[bystander.name == "GET /"].duration_ms.max() < 300


@BOTH
def test_two_partners_are_late_on_the_home_page_and_the_log_names_them(kind):
    recording = opened(DATASETS / kind / "discounts-complaint")
    spans = recording.spans[(recording.spans.service == "discounts") & (recording.spans.kind == "SERVER")]
    said = recording.logs[recording.logs.body.str.contains("opening with")].set_index("span_id").body
    served = spans.set_index("span_id").join(said, how="inner")
    partner = served.body.map(lambda body: re.search(r"with the (\w+ \w+)", body)[1])
    late = (served.duration_ms > 300).groupby(partner).mean()
    assert set(late[late == 1.0].index) == {"knot club", "tide tables"} and late.isin([0.0, 1.0]).all()
