"""Three weeks out of recorded minutes: as many requests as the time of day brings, incidents where they were put."""

from __future__ import annotations

import gzip
import hashlib
import tomllib

import numpy as np
import pytest
from recording_probe import DATASETS

from watchkeeper import Recording
from watchkeeper.errors import WatchkeeperError
from watchkeeper.slo import by_minute
from watchkeeper.staff.recorder import compose

BOTH = pytest.mark.parametrize("kind", ["", "held-back"])


@pytest.fixture(scope="module")
def shares():
    """The share of failed requests in each minute of both series."""
    found = {}
    for kind in ("", "held-back"):
        minutes = by_minute(Recording.open(DATASETS / kind / compose.NAME).metrics)
        found[kind] = (1 - minutes.good / minutes.valid.clip(lower=1)).where(minutes.valid > 0, 0).to_numpy()
    return found


@BOTH
def test_the_series_is_small_whole_and_says_that_it_was_composed(kind):
    folder = DATASETS / kind / compose.NAME
    card = tomllib.loads((folder / "card.toml").read_text("utf-8"))
    for name, digest in card["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert sum(path.stat().st_size for path in folder.iterdir()) < 1e6
    assert "composed" in card["arranged"][0] and card["kind"] == "composed"
    metrics = Recording.open(folder).metrics
    assert len(metrics) == card["counts"]["metric_points"]
    assert metrics["count"].sum() == card["counts"]["requests"]
    assert ((metrics.time_ns - metrics.start_ns) == compose.MINUTE_NS).all()
    assert (metrics.temporality == "DELTA").all()
    assert (metrics["counts"].map(sum) == metrics["count"]).all()
    assert (folder / "private.toml").exists() == (kind == "held-back")


@BOTH
def test_days_have_a_shape_and_the_weekend_is_quieter(kind):
    metrics = Recording.open(DATASETS / kind / compose.NAME).metrics
    minute = (metrics.start_ns - compose.FIRST_NS) // compose.MINUTE_NS
    by_hour = metrics["count"].groupby(minute // 60 % 24).sum()
    assert by_hour.loc[19] > 5 * by_hour.loc[3]
    by_day = metrics["count"].groupby(minute // 1440 % 7).sum()
    assert by_day.loc[5:6].max() < 0.9 * by_day.loc[0:4].min()


@BOTH
def test_three_incidents_of_different_shape_stand_out_and_nothing_else_does(kind, shares):
    share = shares[kind]
    sharp, drip, blips = (one.minutes for one in compose.incidents(2 if kind else 1))
    assert share[sharp].mean() > 0.1 and len(sharp) < 30
    assert 0.002 < share[drip].mean() < 0.02 and len(drip) > 20 * 60
    assert share[blips].mean() > 0.05 and (np.diff(blips) > 5).sum() >= 10
    quiet = np.ones(len(share), bool)
    quiet[np.concatenate([sharp, drip, blips])] = False
    assert share[quiet].mean() < 0.001


def test_another_seed_has_its_incidents_elsewhere(shares):
    one, two = (compose.incidents(seed) for seed in (1, 2))
    for ours, theirs in zip(one, two, strict=True):
        assert abs(int(ours.minutes[0]) - int(theirs.minutes[0])) > 6 * 60
    assert len({int(incident.minutes[0]) // 1440 for incident in one}) == 3


def test_the_same_seed_gives_the_same_file(tmp_path):
    folder = compose.compose(1, tmp_path / "new", DATASETS)
    made, kept = (gzip.decompress((one / "metrics.jsonl.gz").read_bytes()) for one in (folder, DATASETS / compose.NAME))
    assert made == kept, "a recording that it is made of has changed; compose it again with: watchkeeper compose"
    cards = [tomllib.loads((one / "card.toml").read_text("utf-8")) for one in (folder, DATASETS / compose.NAME)]
    assert {**cards[0], "sha256": {}} == {**cards[1], "sha256": {}}


def test_the_private_card_is_the_one_that_was_kept():
    kept = (DATASETS / "held-back" / compose.NAME / "private.toml").read_text("utf-8")
    assert tomllib.loads(compose.private_card(2, compose.incidents(2))) == tomllib.loads(kept)


def test_a_folder_that_is_no_recording_is_left_alone(tmp_path):
    (tmp_path / compose.NAME).mkdir()
    with pytest.raises(WatchkeeperError, match="is not a recording"):
        compose.compose(1, tmp_path, DATASETS)


def test_a_minute_takes_each_request_at_most_once_while_there_are_enough():
    pool = compose.Requests(np.arange(50.0), np.arange(50.0), np.full(50, 200))
    chance = np.random.default_rng(3)
    assert len(set(compose.thinned(chance, [pool], 40).second)) == 40
    assert len(compose.thinned(chance, [pool], 70).second) == 70
