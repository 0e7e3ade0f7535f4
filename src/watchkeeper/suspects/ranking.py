"""The ranking: which services and edges to look at first, and why."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from ..errors import SuspectError
from ..logs import holm
from ..otlp import in_nanoseconds
from ..words import count, percent
from . import failing, said, slower, structure
from .requests import Finding, Periods

COLUMNS = ["rank", "kind", "where", "mechanism", "score", "evidence", "n"]
_NEEDED = ("trace_id", "span_id", "parent_span_id", "service", "name", "kind", "start_ns", "end_ns", "status")
# A suspect with less than a tenth of the first one's harm is an effect of the same fault. Hints say nothing about harm,
# so they stay: their own echoes are left out already.
ECHO = 0.1


def rank(
    spans_now: pd.DataFrame,
    spans_before: pd.DataFrame,
    logs_now: pd.DataFrame | None = None,
    logs_before: pd.DataFrame | None = None,
    alpha: float = 0.01,
) -> pd.DataFrame:
    """Services and edges that differ from a healthy baseline, the most harmful first; empty if nothing differs.

    `spans_now` are those of the incident, `spans_before` those of a healthy period: the lead-in of the same recording
    (`split`), or another recording of the same traffic with the same sampling. Columns: rank, kind ("service" or
    "edge"), where, mechanism, score, evidence (a sentence with numbers), n (requests, messages or records compared).
    `attrs["untested"]` lists what occurs too seldom for any test. If the spans have no kinds, they are inferred.

    `score` is the harm to a request that uses the place, measured in usual requests: the time added to it divided by
    its usual time, plus 10 times the share of failed requests, plus the share of late messages. Differences without a
    proven cost (errors that no customer saw, missing or added calls, lines of the log) score a fraction.

    Each service and each edge is tested with its own evidence: its own time or the time that no server span covers,
    errors by origin, parts of its operations, waits of messages, errors in its log. Only like is compared with like:
    the same operation for the same caller on the same route and path. So a shifted mix of requests is not a difference,
    and the cases of one request count as one. If all calls from and to a service differ, they point to the service. A
    hint does not count where another one was found further down in the same requests.

    A signal counts if it is significant: the chance of any false alarm over all tests is at most alpha (Holm; several
    tests of the same place and signal are first corrected among themselves). It must also be large: a fifth of the
    usual time, which people notice, or twice as much as before. Thresholds come from theory and were tried on invented
    spans; none was fitted to a recording. benchmarks/suspects.py says which recordings had been seen when the rules
    were made. `sentence` puts the table into words. Raises `SuspectError` if there are no requests to compare.

    >>> import pandas as pd
    >>> spans = pd.DataFrame({"trace_id": ["t"], "span_id": ["a"], "parent_span_id": "", "service": "frontend",
    ...                       "name": "GET /", "kind": "SERVER", "start_ns": 0, "end_ns": 9, "status": "OK"})
    >>> rank(spans, spans).empty
    True
    """
    periods = _periods(spans_before, spans_now)
    records = _records(periods, logs_before, logs_now)
    measured = slower.slower(periods)
    single, families = structure.parts(periods, None if records is None else said.lines(periods, records))
    single += failing.findings(periods) + structure.messages(spans_before, spans_now)
    single += [] if records is None else said.findings(periods, records)
    # The tests of an owner, over all requests and on each route, count as one: the smallest p-value times their number.
    owners = {owner: min(1.0, len(rows) * min(one.p_value for one in rows)) for owner, rows in measured.items() if rows}
    others = families - sum(one.mechanism in (structure.GONE, structure.MORE) for one in single)
    tests = [*owners.values(), *[one.p_value for one in single], *[1.0] * max(0, others)]
    passed = holm(tests, alpha)
    held: dict[slower.Owner, slower.Slower] = {}
    for owner, holds in zip(owners, passed, strict=False):
        rows = [one for one in measured[owner] if holds and one.large and one.p_value * len(measured[owner]) <= alpha]
        if rows:
            held[owner] = max(rows, key=lambda one: one.score)
    kept = [one for one, holds in zip(single, passed[len(owners) :], strict=False) if holds and one.felt]
    found = [*slower.blamed(periods, measured, held, alpha), *_without_echoes(periods, kept)]
    table = _table([one for one in found if one.score > 0])
    untested = _untested(periods, measured, alpha / max(len(tests), 1))
    now = int(periods.requests["late"].sum())
    before = len(periods.requests) - now
    table.attrs = {"tests": len(tests), "now": now, "before": before, "alpha": alpha, "untested": untested}
    return table


def _periods(before: pd.DataFrame, now: pd.DataFrame) -> Periods:
    for spans, when in ((before, "before"), (now, "now")):
        missing = [name for name in _NEEDED if name not in spans.columns]
        if missing:
            raise SuspectError(
                f"the spans have no column {', '.join(missing)}; take them as Recording.spans gives them"
            )
        if spans.empty:
            raise SuspectError(f"there is no request among the spans {when}; give a longer period, or a different one")
    periods = Periods.of(before, now)
    late = periods.requests["late"]
    for has, when in ((~late, "before"), (late, "now")):
        if not has.any():
            raise SuspectError(f"there is no request among the spans {when}; give a longer period, or a different one")
    return periods


def _records(periods: Periods, before: pd.DataFrame | None, now: pd.DataFrame | None) -> said.Records | None:
    if before is None or now is None or now.empty:
        return None
    return said.Records.of(periods, before, now)


def _without_echoes(periods: Periods, findings: list[Finding]) -> list[Finding]:
    """The findings, with hints scored by the share of their cases below which nothing else was found.

    A service that gets no answer, or a wrong one, leaves things out itself and complains in its log.
    """
    parent = periods.forest.parent
    below = np.zeros(len(parent), dtype=bool)
    up = np.unique(np.concatenate([one.marks for one in findings])) if findings else np.zeros(0, dtype=np.int64)
    while len(up):
        up = np.unique(parent[up])
        up = up[(up >= 0) & ~below[np.maximum(up, 0)]]
        below[up] = True
    return [
        replace(one, score=one.score * float((~below[one.marks]).mean())) if one.hint and len(one.marks) else one
        for one in findings
    ]


def _untested(periods: Periods, measured: dict[slower.Owner, list[slower.Slower]], least: float) -> list[str]:
    """Services, calls and routes that are in both periods too seldom for any test to say something about them."""
    late, route = periods.requests["late"].to_numpy(), periods.requests["route"].to_numpy()
    found = []
    for name in sorted(set(route)):
        before, now = int((~late & (route == name)).sum()), int((late & (route == name)).sum())
        if not before or not now:
            found.append(f"{name} ({count(before, 'request')} before, {now} now)")
    for owner, rows in measured.items():
        if not rows or len(rows) * min(one.least_p for one in rows) > least:
            found.append(" → ".join(filter(None, owner)))
    return found


def _table(findings: list[Finding]) -> pd.DataFrame:
    """One row per place: the sum of its findings' scores, with the text of the one that weighs most."""
    places: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        places.setdefault((one.kind, one.where), []).append(one)
    rows = []
    for (kind, where), found in places.items():
        found.sort(key=lambda one: (-one.score, one.mechanism, one.evidence))
        # Several operations or edges may show the same cause, so each mechanism counts once.
        best = {one.mechanism: one for one in reversed(found)}
        own, more = best.get(slower.OWN), best.get(structure.MORE)
        if own and more:  # more calls explain why the service's own time grew
            best[slower.OWN if own.score < more.score else structure.MORE] = replace(more, score=0.0)
        first = more if more and found[0] is own else found[0]
        score = sum(one.score for one in best.values())
        rows.append((kind, where, first.mechanism, score, first.evidence, first.n, all(one.hint for one in found)))
    rows.sort(key=lambda row: (-row[3], row[:2]))
    rows = [row for row in rows if row[-1] or row[3] >= ECHO * rows[0][3]]
    table = pd.DataFrame([(place, *row[:-1]) for place, row in enumerate(rows, 1)], columns=COLUMNS)
    return table.astype({"rank": "int64", "score": "float64", "n": "int64"})


def sentence(ranking: pd.DataFrame) -> str:
    """The result of `rank` in words, even if it is empty: where to look, or what was and what could not be tested."""
    said_by = ranking.attrs
    compared = f"{said_by.get('now', 0)} requests now against {said_by.get('before', 0)} before"
    untested = list(said_by.get("untested", []))
    more = f" and {count(len(untested) - 3, 'other place')}" if len(untested) > 3 else ""
    limits = f" There are too few requests to test {', '.join(untested[:3])}{more}." if untested else ""
    if ranking.empty:
        chance = f"{said_by.get('tests', 0)} comparisons at {percent(said_by.get('alpha', 0), 0)} overall"
        if untested:
            return f"No difference was found ({compared}, {chance}), but not all could be tested.{limits}"
        return f"Nothing is wrong: {compared}, {chance}, and no difference that a customer would notice."
    first = ranking.iloc[0]
    if first["score"] < slower.NOTICED:
        hint = f"There is only a hint, at {first['where']} ({first['mechanism']}; {compared}): {first['evidence']}."
        return f"{hint} As far as spans can tell, no customer would notice it.{limits}"
    return f"Look at {first['where']} first ({first['mechanism']}; {compared}): {first['evidence']}."


def split(frame: pd.DataFrame, at_ns: int, until_ns: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(before, now): spans split at a moment by the start of their trace, or log records split by their own time.

    Traces that start at or after `until_ns` (the recovery) are in neither. Traces stay whole. Raises `SuspectError` for
    rows without a time.

    >>> import pandas as pd
    >>> before, now = split(pd.DataFrame({"time_ns": [1, 5, 9]}), at_ns=5, until_ns=9)
    >>> now["time_ns"].tolist()
    [5]
    """
    frame = in_nanoseconds(frame)
    if "trace_id" in frame.columns and "start_ns" in frame.columns:
        start = frame.groupby("trace_id")["start_ns"].transform("min")
    elif "time_ns" in frame.columns:
        start = frame["time_ns"]
    else:
        raise SuspectError("splitting needs the columns trace_id and start_ns, or time_ns; give spans or log records")
    now = (start >= at_ns) & ((start < until_ns) if until_ns is not None else True)
    return frame[start < at_ns].reset_index(drop=True), frame[now].reset_index(drop=True)
