"""Is it more than before? Tests that work for few requests, any distribution, and noise that comes in bursts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# A burst of noise or a full queue lasts seconds, so the requests of one window count as a single observation.
BURST_S = 5.0
LEAST_WINDOWS = 12


@dataclass(frozen=True)
class Growth:
    """The p-value that values grew, and the smallest p-value that as many values could have had."""

    p_value: float
    least_p: float


def window_ns(*starts_ns: np.ndarray) -> int:
    """The length of a window: 5 s, or less if a period would have fewer than 12 windows."""
    lengths = [float(starts.max() - starts.min()) / 1e9 for starts in starts_ns if len(starts)]
    return max(1, round(min([BURST_S, *[length / LEAST_WINDOWS for length in lengths]]) * 1e9))


def growth(values: np.ndarray, stratum: np.ndarray, window: np.ndarray, late: np.ndarray, bursts: int) -> Growth:
    """Compare the values of two periods, one-sided; each value only with those of its own stratum.

    Two exact tests share the p-value. The first ranks the values of each stratum, both periods together, and compares
    the windows' mean ranks (van Elteren's test, with the windows as observations). It detects a small change in all
    requests. The second counts the new values that exceed all old ones of their stratum, which detects a large change
    in a few; the `bursts` worst windows are left out. If nothing changed, no mix of strata makes either p small.
    `window` is the number of each value's window in its own period.
    """
    number = np.unique(stratum, return_inverse=True)[1]
    n_now = np.bincount(number, late)
    n_before = np.bincount(number) - n_now
    both = ((n_now > 0) & (n_before > 0))[number]
    if not both.any():
        return Growth(1.0, 1.0)
    values, number, window, late = values[both], number[both], window[both], late[both]
    rank = _rank_share(values, number)
    first, second = (_means(rank[late == when], window[late == when]) for when in (False, True))
    least = max(1e-300, math.exp(-_log_choose(len(first) + len(second), len(first))))
    largest = np.full(len(n_now), -np.inf)
    np.maximum.at(largest, number[~late], values[~late])
    over = late & (values > largest[number])
    k = int(np.sort(np.bincount(window[over]))[:-bursts].sum()) if over.any() else 0
    p_value = min(rank_p(first, second), exceeding_p(k, n_now[n_now * n_before > 0], n_before[n_now * n_before > 0]))
    return Growth(min(1.0, 2 * p_value), min(1.0, 2 * least))


def _rank_share(values: np.ndarray, number: np.ndarray) -> np.ndarray:
    """The rank of each value in its stratum, as a share from -0.5 to 0.5; equal values share their mean rank."""
    order = np.lexsort((values, number))
    v, s = values[order], number[order]
    new = np.concatenate([[True], (v[1:] != v[:-1]) | (s[1:] != s[:-1])])
    begins = np.flatnonzero(new)
    run = np.cumsum(new) - 1
    middle = (begins + np.append(begins[1:], len(v)) - 1) / 2
    size = np.bincount(number)
    start = np.cumsum(size) - size
    share = np.empty(len(v))
    share[order] = (middle[run] - start[s] + 1) / (size[s] + 1) - 0.5
    return share


def _means(values: np.ndarray, window: np.ndarray) -> np.ndarray:
    """The mean of each window that has values."""
    number = np.unique(window, return_inverse=True)[1]
    return np.bincount(number, values) / np.bincount(number)


def calm(values: np.ndarray, window: np.ndarray, bursts: int) -> float:
    """The mean of the window means without the largest `bursts`; at least half of the windows are kept."""
    if not len(values):
        return math.nan
    means = np.sort(_means(values, window))
    return float(means[: max(len(means) - bursts, (len(means) + 1) // 2)].mean())


def exceeding_p(k: int, n_now: np.ndarray, n_before: np.ndarray) -> float:
    """The chance that k or more new values exceed all old ones of their stratum if nothing changed (Rosenbaum 1954).

    `n_now` and `n_before` have one element per stratum.

    >>> round(exceeding_p(2, np.array([10]), np.array([10])), 4)
    0.2368
    """
    if not k:
        return 1.0
    chances = []
    for now, before in zip(n_now.tolist(), n_before.tolist(), strict=True):
        steps = np.arange(min(int(now), k))
        tail = np.concatenate([[1.0], np.cumprod((now - steps) / (now + before - steps)), [0.0]])
        chances.append(tail[:-1] - tail[1:])
    return _tail(chances, k)


def _tail(chances: Sequence[np.ndarray], k: int) -> float:
    """The chance that a sum of independent counts is k or more; each array holds the chances of 0, 1, 2, …"""
    total, tail = np.ones(1), 0.0
    for one in chances:
        # What reaches k stays there, so that nothing is lost when small numbers are subtracted from 1.
        whole = np.convolve(total, one)
        tail = tail + float(whole[k:].sum())
        total = whole[:k]
    return min(1.0, tail)


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


def shares_p(k_before: np.ndarray, n_before: np.ndarray, k_now: np.ndarray, n_now: np.ndarray) -> float:
    """The one-sided exact p-value that the share k / n did not rise, given strata (Fisher; Mantel and Haenszel).

    Each argument has one element per stratum: only requests of one stratum are compared with each other.

    >>> round(shares_p(np.array([0]), np.array([10]), np.array([5]), np.array([10])), 4)
    0.0163
    """
    chances, least = [], 0
    for hits_before, before, hits_now, now in zip(
        *(a.tolist() for a in (k_before, n_before, k_now, n_now)), strict=True
    ):
        hits = int(hits_before + hits_now)
        if not hits or not before or not now:
            continue
        low, high = max(0, hits - int(before)), min(hits, int(now))
        k = np.arange(low, high + 1)
        terms = _log_chooses(now, k) + _log_chooses(before, hits - k) - _log_choose(before + now, hits)
        chances.append(np.exp(terms))
        least += int(hits_now) - low
    return _tail(chances, least) if least else 1.0


def share_p(k_before: int, n_before: int, k_now: int, n_now: int) -> float:
    """`shares_p` with one stratum."""
    return shares_p(*(np.array([one]) for one in (k_before, n_before, k_now, n_now)))


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


def urn_p(k: int, n: int, hits: float, misses: float) -> float:
    """The chance of k or more hits in n draws if `hits` and `misses` have been drawn before (Pólya's urn).

    >>> round(urn_p(1, 1, 1.0, 3.0), 6)
    0.25
    """
    if not k or not misses > 0:
        return 1.0
    whole = math.lgamma(hits) + math.lgamma(misses) - math.lgamma(hits + misses)
    terms = (
        _log_choose(n, j) + math.lgamma(hits + j) + math.lgamma(misses + n - j) - math.lgamma(hits + misses + n) - whole
        for j in range(k, n + 1)
    )
    return min(1.0, math.fsum(map(math.exp, terms)))


def _log_choose(n: float, k: float) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def _log_chooses(n: float, k: np.ndarray) -> np.ndarray:
    return np.array([_log_choose(n, one) for one in k.tolist()])
