"""Is it more than before? Tests that work for few requests, any distribution, and noise that comes in bursts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# A burst of noise or a full queue lasts seconds, so the requests of one window count as a single observation.
BURST_S = 5.0
LEAST_WINDOWS = 12


@dataclass(frozen=True)
class Growth:
    """How much values grew (the difference of means without the worst burst), and the p-value of that growth."""

    before: float
    now: float
    p_value: float
    n: int

    @property
    def excess(self) -> float:
        return self.now - self.before


def window_ns(*starts_ns: np.ndarray) -> int:
    """The length of a window: 5 s, or less if a period would have fewer than 12 windows."""
    lengths = [float(starts.max() - starts.min()) / 1e9 for starts in starts_ns if len(starts)]
    return max(1, round(min([BURST_S, *[length / LEAST_WINDOWS for length in lengths]]) * 1e9))


def growth(before: np.ndarray, before_ns: np.ndarray, now: np.ndarray, now_ns: np.ndarray, width_ns: int) -> Growth:
    """Compare the values of two periods, each value with its time, one-sided.

    Two exact tests share the p-value. The first is a rank test of window means, which detects a small change in all
    requests. The second counts the new values that exceed all old ones, which detects a large change in a few. The
    windows with the worst 5 s are left out of the means, and out of the values that may exceed.
    """
    if not len(before) or not len(now):
        return Growth(math.nan, math.nan, 1.0, len(before) + len(now))
    bursts = math.ceil(BURST_S * 1e9 / width_ns)
    first, _ = _means(before, before_ns, width_ns)
    second, window = _means(now, now_ns, width_ns)
    over = np.bincount(window[now > before.max()], minlength=len(second))
    spread = int(np.sort(over)[: max(0, len(over) - bursts)].sum())
    p_value = min(1.0, 2 * min(rank_p(first, second), exceeding_p(spread, len(now), len(before))))
    return Growth(_calm(first, bursts), _calm(second, bursts), p_value, len(before) + len(now))


def _means(values: np.ndarray, at_ns: np.ndarray, width_ns: int) -> tuple[np.ndarray, np.ndarray]:
    """The mean of each window, and the window of each value."""
    _, window = np.unique((at_ns - at_ns.min()) // width_ns, return_inverse=True)
    return np.bincount(window, values) / np.bincount(window), window


def _calm(means: np.ndarray, bursts: int) -> float:
    """The mean of the window means without the largest `bursts`; at least half of the windows are kept."""
    return float(np.sort(means)[: max(len(means) - bursts, (len(means) + 1) // 2)].mean())


def exceeding_p(k: int, n_now: int, n_before: int) -> float:
    """The chance that k or more of n_now values exceed all n_before values if nothing changed (Rosenbaum 1954).

    >>> round(exceeding_p(2, 10, 10), 4)
    0.2368
    """
    steps = np.arange(min(k, n_now))
    return float(np.prod((n_now - steps) / (n_now + n_before - steps))) if k else 1.0


def rank_p(before: np.ndarray, now: np.ndarray) -> float:
    """The one-sided exact p-value of Mann and Whitney's rank test that `now` is not larger. Ties count against growth.

    >>> rank_p(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    0.05
    """
    a, b = len(before), len(now)
    wins = int((now[:, None] > before[None, :]).sum())
    if a * b > 10_000:
        z = (wins - 0.5 - a * b / 2) / math.sqrt(a * b * (a + b + 1) / 12)
        return math.erfc(z / math.sqrt(2)) / 2
    # ways[k]: the number of orders of a and b values in which b wins k times, from Gaussian binomials.
    ways = np.zeros(a * b + 1)
    ways[0] = 1.0
    for k in range(1, b + 1):
        up = np.zeros_like(ways)
        up[a + k :] = ways[: max(0, len(ways) - a - k)]
        ways = _divided(ways - up, k)
    # By symmetry, as many orders win k times as lose k times. Use the beginning of `ways`: its numbers are small enough
    # to be exact.
    return float(ways[: a * b - wins + 1].sum() / ways.sum())


def _divided(ways: np.ndarray, k: int) -> np.ndarray:
    """The polynomial divided by (1 - q^k)."""
    for start in range(k):
        ways[start::k] = np.cumsum(ways[start::k])
    return ways


def share_p(k_before: int, n_before: int, k_now: int, n_now: int) -> float:
    """The one-sided p-value of Fisher's exact test that the share k / n did not rise.

    >>> round(share_p(0, 10, 5, 10), 4)
    0.0163
    """
    total, hits = n_before + n_now, k_before + k_now
    if not n_before or not n_now or not hits:
        return 1.0
    whole = _log_choose(total, hits)
    most = min(hits, n_now)
    terms = [
        math.exp(_log_choose(n_now, k) + _log_choose(n_before, hits - k) - whole)
        for k in range(k_now, most + 1)
        if hits - k <= n_before
    ]
    return min(1.0, sum(terms))


def promise_p(k: int, n: int, share: float) -> float:
    """The chance of k or more failures of n if at most `share` is promised (exact binomial tail).

    >>> round(promise_p(3, 100, 0.001), 5)
    0.00015
    """
    if not k:
        return 1.0
    below = [math.exp(_log_choose(n, i) + i * math.log(share) + (n - i) * math.log1p(-share)) for i in range(k)]
    tail = 1.0 - math.fsum(below)
    # A difference of nearly equal numbers is lost in rounding. The first term of the tail is a known lower bound.
    first = math.exp(_log_choose(n, k) + k * math.log(share) + (n - k) * math.log1p(-share))
    return min(1.0, max(tail, first))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
