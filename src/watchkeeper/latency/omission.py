"""Coordinated omission: a client that waits for its answer asks nothing while the shop stands still.

The requests that should have been sent meanwhile are missing, and with them the tail (Tene, How NOT to Measure
Latency, 2013). Two ways back: fill them in from the interval, or measure from when each should have started.
"""

from __future__ import annotations

import numpy as np

from ..errors import LatencyError
from .percentiles import Numbers, numbers

MOST = 100_000_000


def corrected(durations_ms: Numbers, interval_ms: float) -> np.ndarray:
    """The durations, and for each longer one those that a client sending every `interval_ms` would have met meanwhile.

    As HdrHistogram's `record_corrected_value`: v adds v - interval, v - 2 · interval, … down to the interval. In the
    order of the input, each followed by what it adds. LatencyError when the interval is not positive, or so short that
    more than 100 million durations would be added.

    >>> corrected([1, 35, 1], interval_ms=10).tolist()
    [1.0, 35.0, 25.0, 15.0, 1.0]
    """
    values = numbers(durations_ms)
    if not interval_ms > 0:
        raise LatencyError(f"requests cannot be {interval_ms} ms apart; give the interval the client meant to keep")
    if not values.clip(min=0).sum() / interval_ms < MOST:
        raise LatencyError(
            f"requests {interval_ms:g} ms apart are too many for durations up to {values.max():g} ms; "
            "give both in one unit"
        )
    # How many fit: the last of them is still at least one interval long.
    extra = np.maximum(np.floor(values / interval_ms).astype(np.int64) - 1, 0)
    total = extra + 1
    step = np.arange(total.sum()) - np.repeat(np.cumsum(total) - total, total)
    return np.repeat(values, total) - step * interval_ms


def open_loop(intended_ms: Numbers, durations_ms: Numbers) -> np.ndarray:
    """What each request would have waited, had it been sent when it was meant to: from its intended start to its end.

    `intended_ms` are the planned starts, rising; `durations_ms` what each took once it began. One request at a time,
    as the client that recorded them: each begins at its plan, or when the one before has ended. LatencyError when the
    two do not fit.

    >>> open_loop([0, 10, 20, 30], [1, 25, 1, 1]).tolist()
    [1.0, 25.0, 16.0, 7.0]
    """
    intended, took = numbers(intended_ms), numbers(durations_ms)
    if len(intended) != len(took):
        raise LatencyError(f"{len(intended):,} planned starts do not fit {len(took):,} durations; give one for each")
    if (np.diff(intended) < 0).any():
        raise LatencyError("the planned starts do not rise; sort requests by their plan first")
    done = np.cumsum(took)
    # end_i = max(plan_i, end_{i-1}) + took_i, unrolled: the queue was last empty at the largest of plan_j - done_{j-1}.
    end = done + np.maximum.accumulate(intended - (done - took))
    return end - intended
