"""The recordings of modules 2 to 4 whose cause is a version: each hurts a customer, and is told where said."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from recording_probe import DATASETS, SETTLE_SECONDS, before_and_during, medians, opened, requests, steps

from watchkeeper.staff.recorder.scenarios import SCENARIOS

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


def error_records(folder: Path) -> pd.DataFrame:
    logs = opened(folder).logs
    return logs[logs.severity == "ERROR"]


@BOTH
def test_nothing_was_wrong_on_sunday_but_the_log_was_full(kind):
    folder = DATASETS / kind / "quiet-sunday"
    deployed = steps(folder)[-1]
    before, during = requests(folder, 10, deployed), requests(folder, deployed, 999)
    assert not before.failed.any() and not during.failed.any()
    assert (medians(during) / medians(before)).max() < 1.5
    logs = opened(folder).logs
    after = logs.time_ns > opened(folder).card["started_ns"] + deployed * 1e9
    rate_before = (~after).sum() / deployed
    assert after.sum() / (opened(folder).card["seconds"] - deployed) > 2 * rate_before
    assert set(logs[logs.severity == "DEBUG"].service) == {"currency"}
    assert logs.body.str.contains("error", case=False).sum() > 10 * (logs.severity == "ERROR").sum() > 0


@pytest.mark.parametrize(
    ("kind", "service", "datum"),
    [("", "shipping", "astrid.lindqvist@example.org"), ("held-back", "discounts", "+44 1632 960417")],
)
def test_one_kind_of_line_on_sunday_names_a_person(kind, service, datum):
    logs = opened(DATASETS / kind / "quiet-sunday").logs
    named = logs[logs.body.str.contains(datum, regex=False)]
    assert len(named) > 5 and set(named.service) == {service}
    rest = logs.drop(named.index).body
    assert not rest.str.contains(r"@example\.org|\+\d\d \d").any()
    assert not rest.str.contains(r"shopper\S*@").any()  # role addresses only


@BOTH
def test_errors_about_bays_are_tried_again_with_success(kind):
    """An ERROR that no customer feels, in every recording with the newer logs."""
    for name in ("quiet-sunday", "thursday-morning", "basket-complaint", "friday-evening"):
        records = error_records(DATASETS / kind / name)
        bays = records[records.body.str.contains("got no bay")]
        spans = opened(DATASETS / kind / name).spans
        roots = spans[spans.service == "loadgenerator"].set_index("trace_id").status
        assert len(bays) > 0 and (roots[bays.trace_id] != "ERROR").all(), name


@BOTH
def test_prices_in_nordic_currencies_were_wrong_on_thursday_and_no_record_says_so(kind):
    folder = DATASETS / kind / "thursday-morning"
    started, begun = opened(folder).card["started_ns"], onset(folder)
    failing = errors_of(folder)
    assert set(failing.service) == {"currency"} and (failing.start_ns > started + begun * 1e9).all()
    assert not requests(folder, 0, 999).failed.any()
    logs = opened(folder).logs
    assert set(error_records(folder).service) == {"shipping"}
    assert not logs[logs.service == "currency"].severity.isin(["WARN", "ERROR"]).any()
    said = logs[logs.service == "currency"].body.str.extract(r"(\d+) cents in USD are (\d+) in (\w+)").dropna()
    at = (logs.time_ns[said.index] - started) / 1e9
    said["late"] = at > begun + SETTLE_SECONDS
    said = said[said.late | (at < begun)]
    unchanged = (said[0] == said[1]).groupby([said[2], said.late]).mean().unstack()
    assert not unchanged[False].any()
    assert (unchanged[True][["DKK", "SEK"]] == 1.0).all() and not unchanged[True][["EUR", "GBP"]].any()
    pages = requests(folder, begun, 999)
    hurt = pages[pages.name == "GET /"].trace_id.isin(set(failing.trace_id))
    assert hurt.sum() >= 10 and 0.1 < hurt.mean() < 0.5
    quiet = set(failing.trace_id) - set(error_records(folder).trace_id)
    assert len(quiet) > 0.7 * failing.trace_id.nunique()


def carts_that_shrank(logs: pd.DataFrame) -> pd.Series:
    """Shopper → whether a cart showed fewer items than had been added and not ordered."""
    added: dict[str, int] = {}
    short: dict[str, bool] = {}
    for body in logs[logs.service == "cart"].sort_values("time_ns").body:
        if line := re.match(r"added (\d+) of \S+ to the cart of (\S+),", body):
            added[line[2]] = added.get(line[2], 0) + int(line[1])
            short.setdefault(line[2], False)
        elif line := re.match(r"emptied the cart of (\S+)", body):
            added[line[1]] = 0
        elif line := re.match(r"cart of (\S+): (\d+) items", body):
            short[line[1]] = short.get(line[1], False) or int(line[2]) < added.get(line[1], 0)
    return pd.Series({shopper: short[shopper] for shopper in added})


@BOTH
def test_carts_lost_what_was_put_into_them_and_nothing_failed(kind):
    folder = DATASETS / kind / "basket-complaint"
    recording = opened(folder)
    assert not requests(folder, 0, 999).failed.any() and errors_of(folder).empty
    assert set(error_records(folder).service) <= {"shipping"}
    begun = recording.card["started_ns"] + onset(folder) * 1e9
    before = carts_that_shrank(recording.logs[recording.logs.time_ns < begun])
    during = carts_that_shrank(recording.logs[recording.logs.time_ns >= begun])
    assert len(before) > 5 and not before.any()
    assert during.sum() >= 5 and during.mean() > 0.05, during.mean()


@BOTH
def test_mails_come_later_and_later_on_friday(kind):
    folder = DATASETS / kind / "friday-evening"
    recording = opened(folder)
    assert not requests(folder, 0, 999).failed.any() and errors_of(folder).empty
    begun = recording.card["started_ns"] + onset(folder) * 1e9
    spans = recording.spans
    sent = spans[(spans.kind == "CONSUMER")].copy()
    producers = spans[spans.kind == "PRODUCER"].set_index("span_id").start_ns
    sent["waited_s"] = [(row.start_ns - producers[row.links[0]["span_id"]]) / 1e9 for row in sent.itertuples()]
    assert sent[sent.start_ns < begun].waited_s.max() < 3
    assert sent.sort_values("start_ns").waited_s.tail(5).min() > 30
    assert len(producers) - len(sent) > 10  # still waiting when it ended
    points = recording.metrics[recording.metrics.name == "shop.outbox.waiting"].sort_values("time_ns")
    assert points[points.time_ns < begun].value.max() <= 3 < 15 < points.value.iloc[-1]


@BOTH
def test_the_first_warning_on_friday_comes_long_before_the_first_error_about_it(kind):
    logs = opened(DATASETS / kind / "friday-evening").logs
    warning = logs[logs.body.str.contains("relay takes")].time_ns.min()
    echoes = logs[logs.body.str.contains("not confirmed by mail")]
    assert echoes.time_ns.min() - warning > 30e9
    assert set(echoes.service) == {"checkout"} and len(echoes) > 5 * logs.body.str.contains("relay takes").sum()
    spans = opened(DATASETS / kind / "friday-evening").spans
    assert set(echoes.span_id) <= set(spans[spans.kind == "PRODUCER"].span_id)
