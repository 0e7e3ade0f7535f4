"""Coordinated omission: a client that waits for its response sends no requests while the shop is frozen.

The requests that it should have sent in that time are missing, and the tail with them (Tene, How NOT to Measure
Latency, 2013). There are two ways to repair this: fill them in from the interval, or measure from each request's
planned start.
"""

from __future__ import annotations

import numpy as np

from ..errors import LatencyError
from .percentiles import Numbers, numbers

MOST = 100_000_000


def corrected(durations_ms: Numbers, interval_ms: float) -> np.ndarray:
    """The durations, plus those that a client sending every `interval_ms` would have seen during each longer one.

    This is the rule of HdrHistogram in Java (`recordValueWithExpectedInterval`): v adds v - interval, v - 2 · interval
    and so on, as long as that is at least the interval. Its Python port goes on below the interval. The result is in
    the order of the input; each duration is followed by those that it adds. Raises LatencyError if the interval is not
    positive, or so short that it would add more than 100 million durations.

    >>> corrected([1, 35, 1], interval_ms=10).tolist()
    [1.0, 35.0, 25.0, 15.0, 1.0]
    """
    values = numbers(durations_ms)
    if not interval_ms > 0:
        raise LatencyError(f"requests cannot be {interval_ms} ms apart; give the interval the client meant to keep")
    if not values.clip(min=0).sum() / interval_ms < MOST:
        raise LatencyError(
            f"requests {interval_ms:g} ms apart are too many for durations up to {values.max():g} ms; "
            "give both in the same unit"
        )
    # How many durations are added: the last one is still at least one interval long.
    extra = np.maximum(np.floor(values / interval_ms).astype(np.int64) - 1, 0)
    total = extra + 1
    step = np.arange(total.sum()) - np.repeat(np.cumsum(total) - total, total)
    return np.repeat(values, total) - step * interval_ms


def open_loop(intended_ms: Numbers, durations_ms: Numbers) -> np.ndarray:
    """How long each request would have taken if it had been sent as planned: from its planned start to its end.

    `intended_ms` are the planned starts, rising; `durations_ms` is what each request took after it began. The client
    sends one request at a time: each begins as planned, or when the one before it has ended. Raises LatencyError if the
    two do not fit.

    >>> open_loop([0, 10, 20, 30], [1, 25, 1, 1]).tolist()
    [1.0, 25.0, 16.0, 7.0]
    """
    intended, took = numbers(intended_ms), numbers(durations_ms)
    if len(intended) != len(took):
        raise LatencyError(f"{len(intended):,} planned starts do not fit {len(took):,} durations; give one per request")
    if (np.diff(intended) < 0).any():
        raise LatencyError("the planned starts do not rise; sort requests by their plan first")
    done = np.cumsum(took)
    # end_i = max(plan_i, end_{i-1}) + took_i, without a loop: the queue was last empty at the maximum of
    # plan_j - done_{j-1}, where done is the running sum of the durations.
    end = done + np.maximum.accumulate(intended - (done - took))
    return end - intended
