"""Looking at the recordings in `datasets/`: what the shoppers felt, before and after each step of the scenario."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from watchkeeper import Recording
from watchkeeper.staff.recorder.scenarios import SCENARIOS

DATASETS = Path(__file__).parents[2] / "datasets"
# A scenario that is being written has no recording yet.
PUBLIC = sorted(one.recording for one in SCENARIOS.values() if (DATASETS / "held-back" / one.recording).exists())
SETTLE_SECONDS = 2.0  # on each side of a step: requests under way belong to neither side


@cache
def opened(folder: Path) -> Recording:
    return Recording.open(folder)


@cache
def steps(folder: Path) -> list[float]:
    """When each step of the scenario was done, in seconds from the start, by its timetable."""
    card = opened(folder).card
    scenario = next(one for one in SCENARIOS.values() if one.recording == card["name"])
    return [at for at, _ in scenario.timetable(card["seed"], card["seconds"])]


def requests(folder: Path, first: float, last: float) -> pd.DataFrame:
    """The shoppers' requests sent between two times (seconds from the start): name, duration_ms, failed, http."""
    recording = opened(folder)
    spans = recording.spans[recording.spans.service == "loadgenerator"]
    at = (spans.start_ns - recording.card["started_ns"]) / 1e9
    chosen = spans[(at >= first + SETTLE_SECONDS) & (at < last - SETTLE_SECONDS)]
    return chosen.assign(failed=chosen.status == "ERROR")


def before_and_during(folder: Path, onset: int = 0, end: int | None = 1) -> tuple[pd.DataFrame, pd.DataFrame]:
    times = steps(folder)
    last = times[end] if end is not None and end < len(times) else opened(folder).card["seconds"]
    return requests(folder, 10, times[onset]), requests(folder, times[onset], last)


def medians(requests: pd.DataFrame) -> pd.Series:
    return requests[~requests.failed].groupby("name").duration_ms.median()
