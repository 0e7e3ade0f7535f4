"""Samples of traces: at random at the head, by outcome at the tail, and what you can still conclude from them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..errors import TraceError
from ..words import percent
from .calls import need
from .forest import Forest
from .origins import is_error
from .path import root_order

_HEX = frozenset("0123456789abcdef")


def head_sample(spans: pd.DataFrame, share: float) -> pd.DataFrame:
    """The spans of about `share` of the traces, chosen by trace id, before it is known how the traces end.

    A trace is kept if the number in the last 16 digits of its id is below share · 2^64, like OpenTelemetry's
    TraceIdRatioBased: the same ids are kept everywhere, and a larger share keeps every trace that a smaller one kept.
    Ids that are not hex are hashed first. A new column `weight` is 1 / share. Rows keep their order and labels.

    >>> import pandas as pd
    >>> spans = pd.DataFrame({"trace_id": ["0" * 31 + "1", "f" * 32]})
    >>> head_sample(spans, 0.5)["weight"].tolist()
    [2.0]
    """
    need(spans, "trace_id")
    kept = spans["trace_id"].isin(_drawn(spans["trace_id"], share))
    return spans[kept].assign(weight=1 / share if share else math.inf)


def tail_sample(spans: pd.DataFrame, slower_than_ms: float, share: float) -> pd.DataFrame:
    """The spans of all traces that failed or were slow, and of about `share` of the rest, chosen as in `head_sample`.

    A trace failed if any of its spans is an error (`is_error`), and was slow if its longest root took more than
    `slower_than_ms`. A new column `weight` is 1 for those and 1 / share for the rest. Without it, counts from such a
    sample show a larger share of slow and failed requests than there was.

    >>> import pandas as pd
    >>> ms = 1_000_000
    >>> spans = pd.DataFrame({"trace_id": ["0" * 31 + "1", "e" * 32, "f" * 32], "span_id": ["a", "b", "c"],
    ...                       "parent_span_id": "", "start_ns": 0, "end_ns": [5 * ms, 5 * ms, 900 * ms]})
    >>> tail_sample(spans, slower_than_ms=500, share=0.5)[["span_id", "weight"]].values.tolist()
    [['a', 2.0], ['c', 1.0]]
    """
    need(spans, "trace_id")
    forest = Forest.of(spans)
    roots = root_order(spans, forest, "longest")
    slow = roots[(forest.end - forest.start)[roots] / 1e6 > slower_than_ms]
    certain = np.concatenate([np.flatnonzero(is_error(spans).to_numpy()), slow])
    traces = spans["trace_id"]
    always = traces.isin(set(traces.take(certain)))
    kept = always | traces.isin(_drawn(traces, share))
    return spans[kept].assign(weight=np.where(always, 1.0, 1 / share if share else math.inf)[kept.to_numpy()])


def _drawn(traces: pd.Series, share: float) -> list[str]:
    if not 0 <= share <= 1:
        raise TraceError(f"a share is a number from 0 to 1, not {share!r}")
    bound = round(share * 2**64)
    return [trace for trace in traces.unique().tolist() if _number(str(trace)) < bound]


def _number(trace: str) -> int:
    """The 64 bits that decide: the part of the id that W3C's trace context calls random."""
    low = trace[-16:].lower()
    if len(low) == 16 and _HEX.issuperset(low):
        return int(low, 16)
    return int.from_bytes(hashlib.blake2b(trace.encode(), digest_size=8).digest(), "big")


@dataclass(frozen=True)
class Share:
    """An estimated share with its interval, from `n` flags that are worth `effective_n` equally weighted ones."""

    share: float
    lower: float
    upper: float
    n: int
    effective_n: float

    def __str__(self) -> str:
        return f"{percent(self.share, 1)} ({percent(self.lower, 1)} to {percent(self.upper, 1)}, n = {self.n})"


def weighted_share(flags: Sequence[Any], weights: Sequence[float] | None = None, z: float = 1.96) -> Share:
    """The weighted share of true flags, with Wilson's interval (z = 1.96 gives about 95%).

    `flags` and `weights` have one value per trace; without weights, all count the same. The interval is Wilson's (1927)
    for `effective_n` flags: the number of equally weighted flags that would vary as much as these. Raises `TraceError`
    without flags, for different lengths, and for weights that are not positive numbers.

    >>> print(weighted_share([True, True, False, False], [1, 1, 9, 9]))
    10.0% (1.9% to 38.6%, n = 4)
    """
    flag = np.array([bool(each) for each in flags], dtype=float)
    weight = np.ones(len(flag)) if weights is None else np.asarray(weights, dtype=float)
    if not len(flag) or len(flag) != len(weight) or not (np.isfinite(weight) & (weight > 0)).all():
        raise TraceError("a share needs at least one flag, and as many weights, all of them positive numbers")
    p = float((weight * flag).sum() / weight.sum())
    variance = float((weight**2 * (flag - p) ** 2).sum() / weight.sum() ** 2)
    # If all flags are equal, there is no variance to use, so use how unequal the weights are (Kish).
    n = p * (1 - p) / variance if variance else float(weight.sum() ** 2 / (weight**2).sum())
    middle, half = p + z**2 / (2 * n), z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    scale = 1 + z**2 / n
    return Share(p, max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale), len(flag), n)
