"""What a scenario is: what is done to the shop and when, the public description, and the private one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from watchkeeper.shop.roster import Setup


@dataclass(frozen=True)
class Step:
    """One action on the shop, `at` this share of the recording's length."""

    at: float
    do: str  # a method of control.Control: blackhole, thaw, deploy, roll_back, restart, delay
    service: str
    version: str = ""
    called: str = ""  # with delay: the other end of the edge
    ms: float = 0.0


@dataclass(frozen=True)
class Private:
    """What an investigator should find out."""

    cause: str
    service: str
    mechanism: str
    evidence: str
    hurts: str
    decoy: str
    onset_step: int | None  # which step starts it; None if nothing is wrong


@dataclass(frozen=True)
class Scenario:
    """One recording that can be made: its steps by seed, and both descriptions."""

    name: str
    recording: str
    title: str
    symptoms: str
    steps: Callable[[int], list[Step]]
    private: Private | Callable[[int], Private]  # by seed if the seed chooses the victim
    busier: tuple[float, float, float] | None = None  # from, to (shares of the length), factor on arrivals
    setup: Callable[[int], Setup] = lambda seed: Setup()
    load: str = "shoppers"  # or a load test: open, closed
    seconds: float = 145.0
    rate: float = 4.5
    arranged: tuple[str, ...] = ()  # public: what was arranged rather than observed
    quirks: tuple[str, ...] = ()  # public: what a reader of the files must know

    def told(self, seed: int) -> Private:
        """The private half for that seed."""
        return self.private if isinstance(self.private, Private) else self.private(seed)

    def timetable(self, seed: int, seconds: float) -> list[tuple[float, Step]]:
        """The steps with their times in seconds; another seed moves them by a few seconds."""
        chance = random.Random(f"{self.name} {seed}")
        shift = chance.uniform(-0.03, 0.03)
        return [((step.at + shift) * seconds, step) for step in self.steps(seed)]
