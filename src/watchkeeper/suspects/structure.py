"""Finds what no longer happens, and what happens more often: parts of operations, and messages that are not consumed.

What a request does depends on what it asks for, and no span says that. So more of what was there before (more requests
for a product that takes another path) is never a difference, only what a healthy period did not show under the same
circumstances: a part that every case had and that is missing now, or more of it than any request had.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ..traces import Forest
from ..traces.calls import handed_over
from .failing import Strata
from .requests import UNKNOWN, Finding, Periods, groups, pairs
from .slower import BUSY, NOTICED, SILENT, UNPROVEN, in_words
from .statistics import exceeding_p, share_p, shares_p

GONE, MORE = "silent: something no longer happens", "more calls"
# A part belongs to every case even if one in a hundred seems to lack it: exporters lose a span now and then.
LOST = 0.01
# With 1.5 times as many calls, the program has changed, not the customer.
RATIO = 1.5
# What is new and takes no time may be no more than a new span in the code, so it is the weakest of all hints.
ADDED = 0.01


@dataclass(frozen=True)
class Counts:
    """Parts of cases, as arrays. Those of the first group have one element per part under certain circumstances."""

    circumstances: np.ndarray
    part: np.ndarray  # the number of the part
    case: np.ndarray  # the row of one of the cases with it
    row: np.ndarray  # the row of one of its spans, the latest in the frame; -1 for a line of the log
    having: tuple[np.ndarray, np.ndarray]  # traces in which most cases have it, before and now
    most: np.ndarray  # the largest number per case in any trace before
    sums: tuple[np.ndarray, np.ndarray]  # the numbers per case, added up over the traces of each period
    over: np.ndarray  # the traces now with more than that
    of: np.ndarray  # one element per part, circumstances and trace: the place in the first group
    times: np.ndarray  # how often each case has it, on average
    trace: np.ndarray
    late: np.ndarray
    has: np.ndarray  # whether most cases of the trace have it

    @classmethod
    def count(
        cls, periods: Periods, circumstances: np.ndarray, case: np.ndarray, part: np.ndarray, row: np.ndarray
    ) -> Counts:
        trace, late = periods.forest.trace, periods.late
        of = pairs(circumstances[case], part)
        size = int(of.max(initial=-1)) + 1
        last = np.zeros(size, dtype=np.int64)
        last[of] = np.arange(len(of))
        each = pairs(of, trace[case])
        first = np.unique(each, return_index=True)[1]
        spans = np.bincount(each)
        once = np.unique(pairs(each, case), return_index=True)[1]
        cases = np.bincount(each[once])
        at = np.flatnonzero(circumstances >= 0)
        alike = pairs(circumstances[at], trace[at])
        total = np.zeros(len(circumstances), dtype=np.int64)
        total[at] = np.bincount(alike)[alike]
        all_cases = total[case[first]]
        late = late[case[first]]
        has = 2 * cases > all_cases
        times = spans / all_cases
        most = np.zeros(size)
        np.maximum.at(most, of[first][~late], times[~late])
        over = np.bincount(of[first][late & (times > most[of[first]])], minlength=size)
        sums = [np.bincount(of[first][late == when], times[late == when], size) for when in (False, True)]
        having = [np.bincount(of[first][has & (late == when)], minlength=size) for when in (False, True)]
        return cls(
            circumstances[case[last]],
            part[last],
            case[last],
            row[last],
            (having[0], having[1]),
            most,
            (sums[0], sums[1]),
            over,
            of[first],
            times,
            trace[case[first]],
            late,
            has,
        )


def parts(periods: Periods, lines: tuple[np.ndarray, np.ndarray, list[str]] | None = None) -> tuple[list[Finding], int]:
    """What is missing in cases that succeed anyway, what they do more often, and calls that are no longer answered.

    `lines` are parts that the log knows: the case (row of the entry) and number of each line, and each number's text.
    The second value is the number of tests.
    """
    own = periods.parts
    sent = np.flatnonzero(periods.answered[own.row] & periods.calls[own.row])
    n = int(own.key.max(initial=-1)) + 1
    said = (np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), []) if lines is None else lines
    case = np.concatenate([own.case, own.case[sent], said[0]])
    part = np.concatenate([own.key, own.key[sent] + n, said[1] + 2 * n])
    row = np.concatenate([own.row, own.row[sent], np.full(len(said[0]), -1)])
    # Cases that failed may have ended before their later calls.
    circumstances = np.where(periods.error, -1, periods.circumstances)
    well = circumstances[case] >= 0
    counts = Counts.count(periods, circumstances, case[well], part[well], row[well])
    strata = Strata(circumstances, periods.forest.trace, periods.late)
    before, now = strata.before[counts.circumstances], strata.now[counts.circumstances]
    comparable = (before > 0) & (now > 0)
    always = comparable & (before - counts.having[0] <= LOST * before)
    whole = _whole(counts, always, len(strata.now))
    tested = [np.flatnonzero(always), np.flatnonzero(comparable & (counts.part < n))]
    found = []
    families = 0
    for places, look in zip(tested, (_missing, _more), strict=True):
        operation = periods.names[counts.case[places]]
        what = pairs(operation, counts.part[places])
        # Parts of an operation are missing together, so there is one test for all of them.
        each = operation if look is _missing else what
        services = pd.Series(each).groupby(periods.service[counts.case[places]]).nunique()
        families += len(services)
        for _, at in groups(operation):
            best: Finding | None = None
            for _, alike in groups(what[at]):
                one = look(periods, circumstances, counts, strata, places[at[alike]], n, said[2], services)
                if one is not None and (best is None or (one.p_value, -one.score) < (best.p_value, -best.score)):
                    best = one
            if best is not None and look is _missing:
                of = np.unique(counts.circumstances[places[at]])
                n_before, n_now = strata.before[of], strata.now[of]
                p_value = shares_p(n_before - whole[0][of], n_before, n_now - whole[1][of], n_now)
                tests_here = int(services[periods.service[counts.case[places[at[0]]]]])
                best = replace(best, p_value=min(1.0, p_value * tests_here))
            found += [best] if best is not None else []
    return found, families


def _whole(counts: Counts, always: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    """How many traces have every part that belongs to their cases, before and now, by circumstances."""
    at = np.flatnonzero(always[counts.of] & counts.has)
    each = pairs(counts.circumstances[counts.of[at]], counts.trace[at])
    needed = np.bincount(counts.circumstances[always], minlength=size)
    first = np.unique(each, return_index=True)[1]
    circumstances = counts.circumstances[counts.of[at[first]]]
    whole = np.bincount(each) == needed[circumstances]
    late = counts.late[at[first]]
    before, now = (np.bincount(circumstances[whole & (late == when)], minlength=size) for when in (False, True))
    return before, now


def _missing(
    periods: Periods,
    circumstances: np.ndarray,
    counts: Counts,
    strata: Strata,
    at: np.ndarray,
    n: int,
    texts: list[str],
    tests: pd.Series,
) -> Finding | None:
    """The finding that a part is missing now. `at` are the places of the part under different circumstances."""
    before, now = strata.before[counts.circumstances[at]], strata.now[counts.circumstances[at]]
    lacked, lack = before - counts.having[0][at], now - counts.having[1][at]
    share, usual = lack.sum() / now.sum(), lacked.sum() / before.sum()
    if share - usual < NOTICED:
        return None
    case, part, row = (int(values[at[0]]) for values in (counts.case, counts.part, counts.row))
    service, operation = str(periods.service[case]), str(periods.name[case])
    cases = np.isin(circumstances, counts.circumstances[at])
    marks = np.flatnonzero(cases & periods.late & ~_having(periods, counts, at, circumstances))
    how_many = f"in {lack.sum()} of {now.sum()} requests (before: {lacked.sum()} of {before.sum()})"
    where, mechanism = service, GONE
    if part >= 2 * n:
        evidence = f'{operation}: {service} does not write "{texts[part - 2 * n][:80]}" {how_many}'
    elif part >= n:
        where, mechanism = str(periods.peer[row]), SILENT
        evidence = f"{operation}: {service} calls {where} ({periods.name[row]}) without an answer {how_many}"
    else:
        called = _called(periods, row)
        verb = f"does not call {called} ({periods.name[row]})" if called else f"skips {periods.name[row]}"
        evidence = f"{operation}: {service} {verb} {how_many}"
    p_value = shares_p(lacked, before, lack, now) * int(tests[service])
    score = UNPROVEN * float(share - usual)
    n_all = int(before.sum() + now.sum())
    p_value = min(1.0, p_value)
    return Finding("service", where, mechanism, score, evidence, n_all, p_value, marks=marks, hint=True)


def _called(periods: Periods, row: int) -> str:
    """What a part calls: a service or a database; "" if it is the service's own work."""
    if periods.kind[row] == "CLIENT" and periods.peer[row] != UNKNOWN:
        return str(periods.peer[row])
    return str(periods.service[row]) if periods.kind[row] == "SERVER" else ""


def _having(periods: Periods, counts: Counts, at: np.ndarray, circumstances: np.ndarray) -> np.ndarray:
    """Which spans belong to a trace that has the part, under the same circumstances."""
    among = np.isin(counts.of, at)
    size = int(periods.forest.trace.max(initial=0)) + 1
    with_it = counts.circumstances[counts.of[among]] * size + counts.trace[among]
    return np.isin(circumstances * size + periods.forest.trace, with_it)


def _more(
    periods: Periods,
    circumstances: np.ndarray,
    counts: Counts,
    strata: Strata,
    at: np.ndarray,
    _n: int,
    _texts: list[str],
    tests: pd.Series,
) -> Finding | None:
    """The finding that a part occurs more often per request than in any request before."""
    before, now = strata.before[counts.circumstances[at]], strata.now[counts.circumstances[at]]
    old, new = counts.sums[0][at].sum() / before.sum(), counts.sums[1][at].sum() / now.sum()
    over = int(counts.over[at].sum())
    if over < NOTICED * now.sum() or new < RATIO * old:
        return None
    case, row = int(counts.case[at[0]]), int(counts.row[at[0]])
    service, operation = str(periods.service[case]), str(periods.name[case])
    called = _called(periods, row)
    alike = (periods.names == periods.names[row]) & periods.late
    each_ms = float((periods.forest.end - periods.forest.start)[alike].mean()) / 1e6
    cases = np.isin(circumstances, counts.circumstances[at])
    on = np.unique(periods.request[cases & ~periods.late & (periods.request >= 0)])
    usual = periods.requests["ms"].to_numpy()[on]
    cost = (new - old) * each_ms
    share = cost / max(float(np.median(usual)), 1e-6) if len(usual) else 0.0
    verb = f"calls {called} ({periods.name[row]})" if called else f"runs {periods.name[row]}"
    evidence = (
        f"{operation}: {service} {verb} {new:.1f} times per request, before {old:.1f}, and"
        f" {over} of {now.sum()} requests do so more often than any did before"
        f" (each takes {in_words(each_ms)} ms)"
    )
    p_value = exceeding_p(over, now, before) * int(tests[service])
    those = np.isin(counts.of, at) & counts.late & (counts.times > counts.most[counts.of])
    marks = np.flatnonzero(cases & periods.late & np.isin(periods.forest.trace, counts.trace[those]))
    score = max(share, ADDED * over / float(now.sum()))
    n_all = int(before.sum() + now.sum())
    p_value = min(1.0, p_value)
    return Finding("service", service, MORE, score, evidence, n_all, p_value, marks=marks, hint=True)


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
