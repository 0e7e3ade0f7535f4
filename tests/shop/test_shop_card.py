"""Cards: those in `datasets/` say what they would say today, and a new one also says which shop it was."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest
from recording_probe import DATASETS, PUBLIC

import watchkeeper.shop
from watchkeeper.staff.recorder import card
from watchkeeper.staff.recorder.scenarios import SCENARIOS, Step

FOLDERS = [folder for name in PUBLIC for folder in (DATASETS / name, DATASETS / "held-back" / name)]


def table(path: Path) -> dict:
    return tomllib.loads(path.read_text("utf-8"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(DATASETS)))
def test_the_same_facts_give_the_same_cards(folder):
    kept = table(folder / "card.toml")
    scenario = next(one for one in SCENARIOS.values() if one.recording == kept["name"])
    facts = card.Facts(
        name=kept["name"],
        seed=kept["seed"],
        seconds=float(kept["seconds"]),
        rate=kept["load"]["requests_a_second"],
        started_ns=kept["started_ns"],
        versions=kept["versions_at_start"],
        counts=kept["counts"],
        sums=kept["sha256"],
    )
    made = tomllib.loads(card.public_card(scenario, facts))
    assert made == kept | {"shop_sha256": made["shop_sha256"]}
    assert isinstance(made["seconds"], int)
    if (folder / "private.toml").exists():
        private = table(folder / "private.toml")
        steps = [
            (one.pop("time_ns"), Step(one.pop("at_s"), **one))
            for one in table(folder / "private.toml").get("steps", [])
        ]
        assert tomllib.loads(card.private_card(scenario, facts, steps)) == private


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("services/ads/ads.py", True),
        ("services/frontend/templates/layout.html", True),
        ("services/ads/releases.toml", True),
        ("client.py", True),
        ("services/frontend/static/shop.css", False),
        ("services/ads/__pycache__/ads.cpython-312.pyc", False),
    ],
)
def test_the_digest_of_the_shop_follows_what_a_recording_depends_on(tmp_path, monkeypatch, name, changes):
    room = tmp_path / "shop"
    shutil.copytree(Path(watchkeeper.shop.__file__).parent, room, ignore=shutil.ignore_patterns("__pycache__"))
    here = card.shop_digest()
    monkeypatch.setattr(watchkeeper.shop, "__file__", str(room / "__init__.py"))
    assert card.shop_digest() == here
    (room / name).parent.mkdir(exist_ok=True)
    with (room / name).open("a") as file:
        file.write("\n")
    assert (card.shop_digest() != here) is changes
