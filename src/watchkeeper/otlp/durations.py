"""Which spans have a duration that can be true, which repeat another one, and the report of those that a file holds.

A span that never ended, ends before it starts, or has times in another unit has no known duration. Its `duration_ms` is
NaN, so that no mean, percentile or figure counts it. The span itself stays, because its children need their parent. The
same goes for a span that repeats the id of another one.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ..words import clean, count
from .lines import Reporter

# No request takes longer than a year. A difference of decades is an end or a start that was never set.
LONGEST_NS = 366 * 86_400 * 10**9
# OpenTelemetry began in 2019, so recorded times are later. Made-up times may be anything, and are usually near 0.
YEAR_2000_NS = 946_684_800 * 10**9
# Seconds since 1970 between 2017 and 2033.
_EARLIEST, _LATEST = 1_500_000_000, 2_000_000_000
UNITS = {"seconds": 1, "milliseconds": 10**3, "microseconds": 10**6}


def timed(start_ns: np.ndarray, end_ns: np.ndarray) -> np.ndarray:
    """Which spans have a duration that can be true: one bool per span, from int64 nanoseconds since 1970.

    >>> timed(np.array([5, 5, 5]), np.array([9, 0, 5])).tolist()
    [True, False, True]
    """
    # 2^62 ns is the year 2116.
    known = (end_ns >= start_ns) & (end_ns - start_ns <= LONGEST_NS) & (end_ns < 2**62)
    return known & ~misplaced(start_ns, end_ns)


def misplaced(start_ns: np.ndarray, end_ns: np.ndarray) -> np.ndarray:
    """Which spans have times in another unit than nanoseconds since 1970, as far as that can be told.

    Those are spans from before 2000 next to later ones; and all of them if all would be recent times in another unit.
    """
    early = start_ns < YEAR_2000_NS
    if not early.all():
        return early
    return np.full(len(early), bool(unit_of(start_ns, end_ns)))


def unit_of(start_ns: np.ndarray, end_ns: np.ndarray) -> str:
    """The unit in which all these times would be of our days, and no span longer than an hour; "" without one.

    >>> unit_of(np.array([1_700_000_000_000]), np.array([1_700_000_000_250]))
    'milliseconds'
    """
    for unit, size in UNITS.items() if len(start_ns) else ():
        inside = (start_ns >= _EARLIEST * size) & (start_ns < _LATEST * size)
        if inside.all() and (end_ns - start_ns <= 3600 * size).all():
            return unit
    return ""


def repeated(spans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(repeats, shared): one bool per span each. Needs trace_id, span_id, kind, start_ns, end_ns.

    Of several spans with the same id in a trace, the earliest counts, and the others repeat it. In Zipkin's B3, a
    server span shares its id with the client span that called it. Such a pair is two spans; the server's is `shared`.
    """
    repeats, shared = np.zeros(len(spans), dtype=bool), np.zeros(len(spans), dtype=bool)
    ids = spans["span_id"].tolist()
    if len(set(ids)) == len(ids):
        return repeats, shared
    groups: dict[tuple[object, object], list[int]] = {}
    for row, key in enumerate(zip(spans["trace_id"].tolist(), ids, strict=True)):
        groups.setdefault(key, []).append(row)
    kind, start, end = (spans[name].tolist() for name in ("kind", "start_ns", "end_ns"))
    for rows in groups.values():
        if len(rows) == 1:
            continue
        rows.sort(key=lambda row: (start[row], end[row]))
        pair = [next((row for row in rows if kind[row] == side), -1) for side in ("CLIENT", "SERVER")]
        kept = set(pair) if min(pair) >= 0 else {rows[0]}
        shared[[row for row in pair if min(pair) >= 0][1:]] = True
        repeats[[row for row in rows if row not in kept]] = True
    return repeats, shared


def report_spans(
    spans: pd.DataFrame, repeats: np.ndarray, shared: np.ndarray, itself: np.ndarray, report: Reporter
) -> None:
    """Note what can't be true of the spans of a file: a sentence per kind, with their number and the first one's line.

    `repeats` is that of `repeated`; `shared` says which server spans had the id of their client's, and `itself` which
    spans name themselves as the parent.
    """
    start, end = (spans[name].to_numpy() for name in ("start_ns", "end_ns"))
    wrong, unit = misplaced(start, end), unit_of(start, end)
    unended = (end == 0) & (start > 0) & ~wrong
    backward = (end < start) & ~unended & ~wrong
    endless = ~timed(start, end) & ~wrong & ~unended & ~backward
    unit = f"in {unit}, not nanoseconds" if unit else "before the year 2000, unlike others; look at their unit"
    unknown = "The duration is NaN there, and nothing counts it."
    found = (
        (wrong, f"with times {unit}", unknown),
        (unended, "without an end", unknown),
        (backward, "with an end before the start", unknown),
        (endless, "longer than a year", unknown),
        (
            repeats,
            "with the id of another span of the trace",
            "Each id counts once; the duration of the others is NaN.",
        ),
        (shared, "of a server with the id of the client's span", "It has an id of its own now, below the client's."),
        (itself & ~shared, "with itself as the parent", "They are on no critical path."),
    )
    for which, what, then in found:
        rows = np.flatnonzero(which)
        if len(rows):
            name = clean(spans["name"].iat[rows[0]], 60)
            report.note(f'{count(len(rows), "span")} {what}; the first is "{name}". {then}', int(rows[0]))
