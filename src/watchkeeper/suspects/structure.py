"""Finds what no longer happens: calls that an operation omits, and messages that are not consumed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..traces import Forest
from ..traces.calls import handed_over
from .requests import Finding, Stretch
from .slower import BUSY, NOTICED
from .statistics import share_p

GONE = "silent: something no longer happens"
# A call counts as part of an operation if most of its cases make it.
USUAL = 0.5
# It is not proven that a missing call does harm, so such a finding ranks below those that do.
UNPROVEN = 0.2
_KEY = ["caller", "operation", "name", "peer"]


def calls(before: Stretch, now: Stretch) -> list[Finding]:
    """Calls that used to be part of an operation, but are missing in cases that succeed anyway."""
    had, have = _per_entry(before), _per_entry(now)
    found = []
    for key, old in sorted(had.items()):
        if (old > 0).mean() < USUAL:
            continue
        well = _entries(now, key)
        if len(well):
            found.append(_gone(key, old, have.get(key, np.zeros(len(well))), len(now.requests)))
    return found


Key = tuple[str, ...]


def _entries(stretch: Stretch, key: Key) -> np.ndarray:
    """Rows of an operation's spans without an error. One that failed may have ended before its later calls."""
    own = (stretch.entry == np.arange(len(stretch.entry))) & ~stretch.error
    return np.flatnonzero(own & (stretch.service == key[0]) & (stretch.name == key[1]))


def _per_entry(stretch: Stretch) -> dict[Key, np.ndarray]:
    """How often each case of an operation makes a call, by caller, operation, name and peer of the call."""
    table = stretch.calls.groupby([*_KEY, "entry"], sort=True).size().rename("calls").reset_index()
    found = {}
    for names, rows in table.groupby(_KEY, sort=True):
        key = tuple(map(str, names))
        counts = pd.Series(rows["calls"].to_numpy(), index=rows["entry"].to_numpy())
        found[key] = counts.reindex(_entries(stretch, key)).fillna(0).to_numpy()
    return found


def _gone(key: Key, old: np.ndarray, new: np.ndarray, requests: int) -> Finding:
    caller, operation, name, peer = key
    missing_before, missing = int((old == 0).sum()), int((new == 0).sum())
    share, usual = missing / len(new), missing_before / len(old)
    evidence = (
        f"{operation}: {caller} does not call {peer or 'itself'} ({name}) in {missing} of {len(new)} successful cases"
        f" (before: {missing_before} of {len(old)})"
    )
    p_value = share_p(missing_before, len(old), missing, len(new))
    score = UNPROVEN * max(0.0, share - usual) * min(1.0, len(new) / max(requests, 1))
    return Finding("service", caller, GONE, score, evidence, len(old) + len(new), p_value, share - usual >= NOTICED)


def messages(before: pd.DataFrame, now: pd.DataFrame) -> list[Finding]:
    """Messages from a PRODUCER to its CONSUMER that wait longer than any did before, or are never consumed.

    No request waits for them, so they cost no time. The score is the share of late messages.
    """
    spans = pd.concat([before, now], ignore_index=True)
    kind, service = spans["kind"].to_numpy(dtype=object), spans["service"].to_numpy(dtype=object)
    forest = Forest.of(spans)
    # Look at both periods at once, because a message of one may be consumed in the other.
    producers, consumers = handed_over(spans, kind, forest)
    sent = np.flatnonzero((kind == "PRODUCER") & ~forest.duplicate)
    taken = np.full(len(spans), np.iinfo(np.int64).max)
    np.minimum.at(taken, producers, forest.start[consumers])
    to = dict(zip(producers.tolist(), service[consumers].tolist(), strict=True))
    names = spans["name"].to_numpy(dtype=object)
    usual = {(str(service[row]), str(names[row])): str(to[row]) for row in sent.tolist() if row in to}
    last = forest.end.max() if len(spans) else 0
    wait = (np.minimum(taken, last) - forest.end) / 1e6
    late = np.arange(len(spans)) >= len(before)
    found = []
    for (caller, name), consumer in sorted(usual.items()):
        rows = sent[(service[sent] == caller) & (names[sent] == name)]
        found.append(
            _waiting(
                caller, name, consumer, wait[rows[~late[rows]]], wait[rows[late[rows]]], taken[rows[late[rows]]] > last
            )
        )
    return found


def _waiting(caller: str, name: str, consumer: str, old: np.ndarray, new: np.ndarray, lost: np.ndarray) -> Finding:
    longest = float(old.max()) if len(old) else 0.0
    over = new > longest
    share = float(over.mean()) if len(new) else 0.0
    evidence = (
        f"{int(over.sum())} of {len(new)} messages of {caller} ({name}) waited longer for {consumer} than any of"
        f" {len(old)} before ({longest / 1000:.1f} s), and {int((over & lost).sum())} of them were never consumed"
    )
    p_value = share_p(0, len(old), int(over.sum()), len(new))
    return Finding("service", consumer, BUSY, share, evidence, len(old) + len(new), p_value, share >= NOTICED)
