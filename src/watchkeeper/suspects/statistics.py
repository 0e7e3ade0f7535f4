"""Is it more than before? Tests that hold for few requests, any distribution, and noise that comes in bursts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

# A burst of noise or a full queue lasts seconds: requests of one window count as one observation, not as many.
WINDOW_S = 5.0
LEAST_WINDOWS = 12


@dataclass(frozen=True)
class Growth:
    """By how much values grew (difference of the medians of window means), and the chance of that without a cause."""

    before: float
    now: float
    p_value: float
    n: int

    @property
    def excess(self) -> float:
        return self.now - self.before


def window_ns(*starts_ns: np.ndarray) -> int:
    """The length of a window: 5 s, or less where a stretch of time would be cut into fewer than 12."""
    lengths = [float(starts.max() - starts.min()) / 1e9 for starts in starts_ns if len(starts)]
    return max(1, round(min([WINDOW_S, *[length / LEAST_WINDOWS for length in lengths]]) * 1e9))


def growth(before: np.ndarray, before_ns: np.ndarray, now: np.ndarray, now_ns: np.ndarray, width_ns: int) -> Growth:
    """Compare values at two stretches of time by the means of their windows (one-sided exact rank test).

    The median of window means stands a few wild windows, and sees what hits only some requests of each.
    """
    first, second = _means(before, before_ns, width_ns), _means(now, now_ns, width_ns)
    if not len(first) or not len(second):
        return Growth(math.nan, math.nan, 1.0, len(before) + len(now))
    return Growth(float(np.median(first)), float(np.median(second)), rank_p(first, second), len(before) + len(now))


def _means(values: np.ndarray, at_ns: np.ndarray, width_ns: int) -> np.ndarray:
    if not len(values):
        return np.zeros(0)
    _, window = np.unique((at_ns - at_ns.min()) // width_ns, return_inverse=True)
    means: np.ndarray = np.bincount(window, values) / np.bincount(window)
    return means


def rank_p(before: np.ndarray, now: np.ndarray) -> float:
    """One-sided p-value of Mann and Whitney's rank test that `now` is not larger; exact, ties count against growth.

    >>> rank_p(np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0]))
    0.05
    """
    a, b = len(before), len(now)
    wins = int((now[:, None] > before[None, :]).sum())
    if a * b > 10_000:
        z = (wins - 0.5 - a * b / 2) / math.sqrt(a * b * (a + b + 1) / 12)
        return math.erfc(z / math.sqrt(2)) / 2
    # ways[k]: in how many orders of a and b values b wins k times. Built from Gaussian binomials.
    ways = np.zeros(a * b + 1)
    ways[0] = 1.0
    for k in range(1, b + 1):
        up = np.zeros_like(ways)
        up[a + k :] = ways[: max(0, len(ways) - a - k)]
        ways = _divided(ways - up, k)
    return float(ways[wins:].sum() / ways.sum())


def _divided(ways: np.ndarray, k: int) -> np.ndarray:
    """Polynomial division by (1 - q^k)."""
    for start in range(k):
        ways[start::k] = np.cumsum(ways[start::k])
    return ways


def share_p(k_before: int, n_before: int, k_now: int, n_now: int) -> float:
    """One-sided p-value of Fisher's exact test that the share k / n did not rise.

    >>> round(share_p(0, 10, 5, 10), 4)
    0.0163
    """
    total, hits = n_before + n_now, k_before + k_now
    if not n_before or not n_now or not hits:
        return 1.0
    whole = _log_choose(total, hits)
    most = min(hits, n_now)
    terms = [math.exp(_log_choose(n_now, k) + _log_choose(n_before, hits - k) - whole)
             for k in range(k_now, most + 1) if hits - k <= n_before]  # fmt: skip
    return min(1.0, sum(terms))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def holm(p_values: list[float], alpha: float) -> list[bool]:
    """Which of many tests hold when all of them together may be wrong once in 1 / alpha times (Holm 1979).

    >>> holm([0.001, 0.04, 0.004], 0.01)
    [True, False, True]
    """
    held = [False] * len(p_values)
    for passed, at in enumerate(sorted(range(len(p_values)), key=lambda k: p_values[k])):
        if p_values[at] > alpha / (len(p_values) - passed):
            break
        held[at] = True
    return held
