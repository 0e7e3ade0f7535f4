"""Did it get slower? The difference of a percentile before and after, with its uncertainty."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..errors import LatencyError
from .percentiles import Numbers, least_n, numbers, percentile, rank


class Comparison(NamedTuple):
    """A percentile before and after, in the unit of the durations; the change is between `low` and `high`.

    `enough` says whether both sides have enough values for an upper end (`least_n`). With fewer, no value beyond the
    percentile was seen, and the interval is too narrow.
    """

    before: float
    after: float
    change: float
    low: float
    high: float
    enough: bool

    @property
    def differs(self) -> bool:
        """Whether "no change" is outside the interval, and there are enough values to say so."""
        return self.enough and not self.low <= 0 <= self.high

    def __str__(self) -> str:
        change = f"from {self.before:g} to {self.after:g}: {self.change:+g}, between {self.low:+g} and {self.high:+g}"
        return change if self.enough else f"{change}, from too few values to rely on"


def compare(
    before: Numbers, after: Numbers, share: float, confidence: float = 0.95, resamples: int = 10_000, seed: int = 0
) -> Comparison:
    """How a percentile changed, with a bootstrap interval. The same seed gives the same interval.

    Resampling is exact and needs only one random number per resample: the r-th smallest of n draws is the value at
    index floor(n · U), where U is Beta(r, n - r + 1). The values must be independent of each other. Raises LatencyError
    in the same cases as `percentile`.

    >>> print(compare(range(1000), range(200, 1200), 0.5))
    from 499 to 699: +200, between +156 and +243
    """
    if resamples < 1 or not 0 < confidence < 1:
        raise LatencyError("the bootstrap needs at least one resample, and a confidence between 0 and 1")
    doubt = round((1 - confidence) / 2, 12)
    draw = np.random.default_rng(seed)
    old, new = percentile(before, share), percentile(after, share)
    changes = _resampled(after, share, resamples, draw) - _resampled(before, share, resamples, draw)
    low, high = (percentile(changes, end) for end in (doubt, 1 - doubt))
    enough = 0 < share < 1 and min(len(before), len(after)) >= least_n(share, 1 - doubt)
    return Comparison(old, new, new - old, low, high, enough)


def _resampled(durations: Numbers, share: float, resamples: int, draw: np.random.Generator) -> np.ndarray:
    """The percentile of each resample."""
    values = np.sort(numbers(durations))
    n, r = len(values), rank(share, len(values))
    places = (n * draw.beta(r, n - r + 1, resamples)).astype(np.int64)
    return values[np.minimum(places, n - 1)]
