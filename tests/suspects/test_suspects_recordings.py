"""The ranking on real recordings: nothing where nothing is wrong, and what is wrong with its reason."""

import tomllib
from pathlib import Path

import pytest

from watchkeeper import Recording
from watchkeeper.suspects import rank, sentence, split

ROOT = Path(__file__).parents[2]
HELD_BACK = ROOT / "datasets" / "held-back"
FOUND = {
    "carts-complaint": "errors begin here",
    "friday-deploy": "own time",
    "saturday-orders": "errors begin here",
    "thursday-afternoon": "silent: it no longer answers",
    "tuesday-lunch": "more calls",
    "wednesday-noon": "network or queue on the edge",
}


@pytest.mark.parametrize("folder", [ROOT / "datasets" / "monday-morning", HELD_BACK / "monday-morning"], ids=str)
def test_nothing_is_wrong_on_monday_morning_wherever_it_is_cut(folder: Path) -> None:
    recording = Recording.open(folder)
    start, end = recording.spans["start_ns"].min(), recording.spans["start_ns"].max()
    for share in (0.3, 0.5, 0.7):
        cut = int(start + share * (end - start))
        (before, now), (said_before, said_now) = split(recording.spans, cut), split(recording.logs, cut)
        ranking = rank(now, before, said_now, said_before)
        assert ranking.empty
        assert "Nothing is wrong" in sentence(ranking)


@pytest.mark.parametrize("name", FOUND)
def test_what_is_wrong_comes_first(name: str) -> None:
    known = tomllib.loads((HELD_BACK / name / "private.toml").read_text(encoding="utf-8"))
    later = [step["time_ns"] for step in known["steps"] if step["time_ns"] > known["onset_ns"]]
    recording = Recording.open(HELD_BACK / name)
    before, now = split(recording.spans, known["onset_ns"], min(later, default=None))
    first = rank(now, before).iloc[0]
    assert (first["where"], first["mechanism"]) == (known["service"].replace("->", "→"), FOUND[name])
