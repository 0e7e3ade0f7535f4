"""The recordings in `datasets/`: whole, within bounds, silent about their cause, and each hurts what it says."""

from __future__ import annotations

import gzip
import hashlib
import re
import tomllib

import pandas as pd
import pytest
from recording_probe import DATASETS, PUBLIC, before_and_during, medians, opened, requests, steps

from watchkeeper.staff.recorder.compose import NAME as COMPOSED
from watchkeeper.staff.recorder.scenarios import SCENARIOS
from watchkeeper.traces import critical_path

BOTH = [folder for name in PUBLIC for folder in (DATASETS / name, DATASETS / "held-back" / name)]
IDS = [str(folder.relative_to(DATASETS)) for folder in BOTH]
TELLING = re.compile(
    r"\b(faults?|faulty|scenario|slow\w*|n\+1|black ?hole\w*|bugs?|chaos|frozen|freez\w*|thaw\w*|lazy|lazily|"
    r"broken(?! down)|sigstop|sabotage\w*|culprit|decoy|held-back|reparsing|banner-in-layout|"
    r"nothing-wrong|private|re-?parse\w*)\b",
    re.IGNORECASE,
)


def test_every_scenario_is_recorded_for_both_sets():
    missing = {one.recording for one in SCENARIOS.values()} - set(PUBLIC)
    assert not missing and all((DATASETS / name / "card.toml").exists() for name in PUBLIC)


@pytest.mark.parametrize("folder", BOTH, ids=IDS)
def test_files_are_what_the_card_says(folder):
    card = tomllib.loads((folder / "card.toml").read_text("utf-8"))
    for name, digest in card["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest, name
    recording = opened(folder)
    assert len(recording.spans) == card["counts"]["spans"] and len(recording.logs) == card["counts"]["log_records"]
    assert (folder / "private.toml").exists() == (folder.parent.name == "held-back")


@pytest.mark.parametrize("folder", BOTH, ids=IDS)
def test_sizes_stay_within_bounds(folder):
    counts = opened(folder).card["counts"]
    assert counts["requests"] >= 300 and counts["traces"] <= 3000 and counts["spans"] <= 60_000
    assert sum(path.stat().st_size for path in folder.iterdir()) < 3e6


def test_the_public_set_stays_small():
    public = [path for path in DATASETS.rglob("*") if path.is_file() and "held-back" not in path.parts]
    assert sum(path.stat().st_size for path in public) < 30e6


@pytest.mark.parametrize("name", [*PUBLIC, COMPOSED])
def test_nothing_public_tells_the_cause(name):
    for path in (DATASETS / name).iterdir():
        text = gzip.decompress(path.read_bytes()).decode() if path.suffix == ".gz" else path.read_text("utf-8")
        assert not (found := TELLING.search(text)), f"{path.name}: {found}"
        assert not TELLING.search(path.name + name)


@pytest.mark.parametrize("folder", BOTH, ids=IDS)
def test_no_span_is_missing(folder):
    spans = opened(folder).spans
    known = set(zip(spans.trace_id, spans.span_id, strict=True))
    assert all(
        not parent or (trace, parent) in known
        for trace, parent in zip(spans.trace_id, spans.parent_span_id, strict=True)
    )


@pytest.mark.parametrize("kind", ["", "held-back"])
def test_nothing_was_wrong_on_monday_morning(kind):
    before, during = before_and_during(DATASETS / kind / "monday-morning")
    everything = pd.concat([before, during])
    assert not everything.failed.any()
    ratio = medians(during) / medians(before)
    assert ratio.max() < 1.5, ratio


@pytest.mark.parametrize("kind", ["", "held-back"])
def test_carts_and_lists_failed_while_the_carts_complained(kind):
    before, during = before_and_during(DATASETS / kind / "carts-complaint")
    assert not before.failed.any()
    failing = during.groupby("name").failed.mean()
    assert failing[["GET /cart", "GET /products"]].min() == 1.0
    # Now and then ads misses its deadline, and without a banner that layout fails anywhere.
    assert failing.drop(["GET /cart", "GET /products"]).max() < 0.1


@pytest.mark.parametrize("kind", ["", "held-back"])
def test_only_the_home_page_took_longer_on_tuesday(kind):
    before, during = before_and_during(DATASETS / kind / "tuesday-lunch")
    assert not during.failed.any()
    ratio = medians(during) / medians(before)
    assert ratio["GET /"] > 1.7
    assert ratio.drop("GET /").max() < 1.6, ratio


@pytest.mark.parametrize("kind", ["", "held-back"])
def test_pages_with_a_banner_took_a_tenth_of_a_second_longer_on_wednesday(kind):
    before, during = before_and_during(DATASETS / kind / "wednesday-evening")
    assert not during.failed.any()
    more = medians(during) - medians(before)
    with_banner = ["GET /", "GET /product/{id}"]
    assert more[with_banner].between(40, 120).all(), more
    assert more.drop(with_banner).max() < 25, more


@pytest.mark.parametrize("kind", ["", "held-back"])
def test_pages_with_recommendations_did_not_come_on_thursday(kind):
    folder = DATASETS / kind / "thursday-afternoon"
    frozen, thawed = steps(folder)
    during = requests(folder, frozen, thawed - 10)  # later ones were still waiting when it ended
    failing = during.groupby("name").failed.mean()
    with_recommendation = ["GET /", "GET /product/{id}"]
    assert failing[with_recommendation].min() == 1.0
    assert failing.drop(with_recommendation).max() == 0.0
    assert not requests(folder, 10, frozen - 10).failed.any()
    assert (during[during.failed].duration_ms >= 10_000).all()


@pytest.mark.parametrize("kind", ["", "held-back"])
def test_every_page_took_longer_after_the_second_deploy_on_friday(kind):
    folder = DATASETS / kind / "friday-deploy"
    bystander, onset, cure = steps(folder)
    before, between = requests(folder, 10, bystander), requests(folder, bystander, onset)
    during, after = requests(folder, onset, cure), requests(folder, cure, opened(folder).card["seconds"])
    pages = ["GET /", "GET /products", "GET /product/{id}", "GET /cart"]
    harm = (medians(during) / medians(pd.concat([before, between])))[pages]
    assert harm.min() > 1.5, harm
    innocent = (medians(between) / medians(before)).reindex(pages).dropna()
    assert innocent.max() < 1.5, innocent
    assert (medians(during) / medians(after)).reindex(pages).dropna().min() > 1.3
    assert list(opened(folder).deploys.service)[1:] == ["catalog", "catalog"]


def test_on_three_routes_a_span_off_the_path_is_longer_than_a_sibling_on_it():
    """Otherwise "the longest call is the critical one" would be right, and module 1 had nothing to teach."""
    recording = opened(DATASETS / "monday-morning")
    spans = recording.spans
    on_path = set(critical_path(spans)[["trace_id", "span_id"]].itertuples(index=False, name=None))
    critical = pd.Series([key in on_path for key in zip(spans.trace_id, spans.span_id, strict=True)], spans.index)
    siblings = ["trace_id", "parent_span_id"]
    longest_off = spans[~critical].groupby(siblings).duration_ms.max()
    shortest_on = spans[critical].groupby(siblings).duration_ms.min()
    both = pd.concat([longest_off.rename("off"), shortest_on.rename("on")], axis=1, join="inner")
    taught = set(both[both.off > both.on].index.get_level_values("trace_id"))
    traces = recording.traces()
    share = traces.trace_id.isin(taught).groupby(traces.route).mean()
    assert (share > 0.5).sum() >= 3, share
