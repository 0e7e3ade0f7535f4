"""A school's whole set of recordings, public and held back, in one run that may be interrupted and continued."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from watchkeeper.errors import WatchkeeperError
from watchkeeper.shop.control import DEFAULT_STORE
from watchkeeper.staff.errors import RecordingSpoilt
from watchkeeper.staff.recorder.compose import NAME as SERIES
from watchkeeper.staff.recorder.compose import compose
from watchkeeper.staff.recorder.record import record
from watchkeeper.staff.recorder.scenarios import SCENARIOS, Scenario
from watchkeeper.words import count, duration

AROUND = 23.0  # seconds that a recording takes beyond its shoppers': 168 s were measured for 145 s
COMPOSING = 20.0  # seconds
IN_A_ROW = 3  # recordings that may be spoilt before the run stops
AGAIN = "Type the same command again when the machine has nothing else to do: it records only what is missing."

Say = Callable[[str], None]


@dataclass(frozen=True)
class Part:
    """One recording of the set, in the folder `out`; without a scenario, the series composed of the others there."""

    scenario: Scenario | None
    out: Path
    seed: int
    public: bool
    length: float  # seconds

    @property
    def folder(self) -> Path:
        return self.out / (self.scenario.recording if self.scenario else SERIES)

    def there(self, replace: bool) -> bool:
        """Whether it is recorded already. Raises WatchkeeperError if something else is in its place."""
        if not self.folder.exists():
            return False
        try:
            card = tomllib.loads((self.folder / "card.toml").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise WatchkeeperError(
                f"{self.folder} exists and is not a recording. Move it away, or record into another folder."
            ) from None
        private = self.scenario is not None and (self.folder / "private.toml").is_file()
        same = card.get("seed") == self.seed and (self.scenario is None or private != self.public)
        if not same and not replace:
            kind = "with" if private else "without"
            raise WatchkeeperError(
                f"{self.folder} is another recording: its seed is {card.get('seed')}, {kind} a private card. Nothing "
                f"was recorded. To replace it and all others that are not of seed {self.seed}, add --replace."
            )
        return same


def parts(seed: int, public: Path, held_back: Path, seconds: float = 0.0) -> list[Part]:
    """Every scenario and the series, for apprentices with `seed` and for grading with the next one."""
    found = []
    for out, number, shown in ((public, seed, True), (held_back, seed + 1, False)):
        for scenario in SCENARIOS.values():
            found.append(Part(scenario, out, number, shown, (seconds or scenario.seconds) + AROUND))
        found.append(Part(None, out, number, shown, COMPOSING))
    return found


def record_all(
    seed: int,
    public: Path,
    held_back: Path,
    replace: bool = False,
    seconds: float = 0.0,
    rate: float = 0.0,
    store_url: str = DEFAULT_STORE,
    say: Say = print,
) -> None:
    """Record what is missing of the set. `seconds` and `rate` are the scenarios' own by default.

    Recordings of these seeds that are there are kept, so a run that was interrupted continues. Raises WatchkeeperError
    before anything is recorded if a recording of another seed is in the way, unless `replace`; and at the end if some
    could not be recorded.
    """
    if public.resolve() == held_back.resolve():
        raise WatchkeeperError(f"{public} can't hold both sets. Name another folder with --held-back.")
    whole = parts(seed, public, held_back, seconds)
    missing = [part for part in whole if not part.there(replace)]
    say(f"{count(len(whole), 'recording')} with the seeds {seed} (in {public}) and {seed + 1} (in {held_back}).")
    if len(missing) < len(whole):
        say(f"{len(whole) - len(missing)} are there already and are kept.")
    left = sum(part.length for part in missing)
    if missing:
        say(f"This takes about {duration(60 * round(left / 60 + 0.5), 2)}. Leave the machine alone meanwhile.")
    spoilt: list[Part] = []
    in_a_row = 0
    for number, part in enumerate(missing, 1):
        try:
            if part.scenario:
                what = (part.scenario.name, part.seed, part.out, "", part.public)
                record(*what, seconds, rate, store_url, replace)
            elif missed := [one for one in spoilt if one.out == part.out]:
                raise RecordingSpoilt(f"{part.folder} is composed of the others, and {missed[0].folder} is missing.")
            else:
                compose(part.seed, part.out, part.out, private=not part.public, replace=replace)
            said, in_a_row = f"recorded {part.folder}", 0
        except RecordingSpoilt as error:
            spoilt.append(part)
            said, in_a_row = f"{part.folder} was not recorded: {error}", in_a_row + 1
        left -= part.length
        rest = f"; about {duration(60 * round(left / 60 + 0.5), 2)} left" if number < len(missing) else ""
        say(f"{number} of {len(missing)}: {said}{rest}")
        if in_a_row == IN_A_ROW and number < len(missing):
            raise RecordingSpoilt(f"{IN_A_ROW} recordings in a row could not be made, so this stops. {AGAIN}")
    if spoilt:
        listed = ", ".join(str(part.folder) for part in spoilt)
        raise RecordingSpoilt(f"{count(len(spoilt), 'recording')} could not be made: {listed}. {AGAIN}")
    say(f"All {len(whole)} are there.")
