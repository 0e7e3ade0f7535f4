"""The ranking: which services and edges to look at first, and why."""

from __future__ import annotations

import pandas as pd

from ..errors import SuspectError
from ..logs import holm
from ..words import percent
from . import failing, said, slower, structure
from .requests import Finding, Stretch

COLUMNS = ["rank", "kind", "where", "mechanism", "score", "evidence", "n"]
_NEEDED = ("trace_id", "span_id", "parent_span_id", "service", "name", "kind", "start_ns", "end_ns", "status")
# A suspect with less than a tenth of the first one's score is an effect of the same fault.
ECHO = 0.1


def rank(
    spans_now: pd.DataFrame,
    spans_before: pd.DataFrame,
    logs_now: pd.DataFrame | None = None,
    logs_before: pd.DataFrame | None = None,
    alpha: float = 0.01,
) -> pd.DataFrame:
    """Services and edges that differ from a healthy baseline, the most harmful first; empty if nothing is wrong.

    `spans_now` are those of the incident, `spans_before` those of a healthy period: the lead-in of the same recording
    (`split`), or another recording of the same traffic with the same sampling. Columns: rank, kind ("service" or
    "edge"), where, mechanism, score, evidence (a sentence with numbers), n (requests, calls, messages or records
    compared).

    `score` is the harm, measured in usual requests: the time added to the average request divided by the usual time,
    plus 10 times the share of failed requests, plus the share of late messages. Differences without a proven cost
    (errors that no customer saw, missing calls or lines) score a fraction. Signals: critical time by service and edge
    on each route, errors by origin, calls of each operation, waits of messages, log templates.

    A signal counts if it is significant: the chance of any false alarm over all tests is at most alpha (Holm; the
    owners of a route's time are only tested if the route got slower). It must also be large: a fifth of the route's
    usual time, which people notice. Thresholds come from theory and were tried on invented spans; none was fitted to a
    recording. Five rules were changed after a first evaluation on recordings. benchmarks/suspects.py says which rules
    and which recordings, and counts later recordings separately. `sentence` puts the table into words, also if it is
    empty. Raises `SuspectError` if there are no requests to compare.

    >>> import pandas as pd
    >>> spans = pd.DataFrame({"trace_id": ["t"], "span_id": ["a"], "parent_span_id": "", "service": "frontend",
    ...                       "name": "GET /", "kind": "SERVER", "start_ns": 0, "end_ns": 9, "status": "OK"})
    >>> rank(spans, spans).empty
    True
    """
    before, now = _stretch(spans_before, "before"), _stretch(spans_now, "now")
    share = alpha if logs_now is None or logs_before is None else alpha / 2
    single = [
        *failing.findings(before, now),
        *structure.calls(before, now),
        *structure.messages(spans_before, spans_now),
    ]
    held, tests = _holding(single, slower.slower(before, now), before, now, share)
    if logs_now is not None and logs_before is not None:
        counts = len(before.requests), len(now.requests)
        held += said.findings(logs_before, logs_now, counts, now.ended_well, share)
    table = _table([one for one in held if one.felt and one.score > 0])
    table.attrs = {"tests": tests, "now": len(now.requests), "before": len(before.requests), "alpha": alpha}
    return table


def _holding(
    single: list[Finding], rows: list[slower.Slower], before: Stretch, now: Stretch, alpha: float
) -> tuple[list[Finding], int]:
    """The significant findings, and the number of tests: one per single finding and route, then those in each route."""
    routes = slower.routes(rows)
    passed = holm([*routes.values(), *[one.p_value for one in single]], alpha)
    held = [one for one, holds in zip(single, passed[len(routes) :], strict=True) if holds]
    owners = slower.findings(before, now, rows)
    for route, holds in zip(routes, passed, strict=False):
        parts = [one for one in owners if holds and one.family == route]
        held += [one for one, true in zip(parts, holm([one.p_value for one in parts], alpha), strict=True) if true]
    return held, len(passed)


def _stretch(spans: pd.DataFrame, when: str) -> Stretch:
    missing = [name for name in _NEEDED if name not in spans.columns]
    if missing:
        raise SuspectError(f"the spans have no column {', '.join(missing)}; take them as Recording.spans gives them")
    stretch = Stretch.of(spans)
    if stretch.requests.empty:
        raise SuspectError(f"there is no request among the spans {when}; give a longer period, or a different one")
    return stretch


def _table(findings: list[Finding]) -> pd.DataFrame:
    """One row per place: the sum of its findings' scores, with the text of the one that weighs most."""
    places: dict[tuple[str, str], list[Finding]] = {}
    for one in findings:
        places.setdefault((one.kind, one.where), []).append(one)
    rows = []
    for (kind, where), found in places.items():
        found.sort(key=lambda one: (-one.score, one.mechanism, one.evidence))
        more = [one for one in found if one.mechanism == slower.MORE]
        # If a service makes more calls, they explain why its time grew.
        first = more[0] if more and found[0].mechanism == slower.OWN else found[0]
        rows.append((kind, where, first.mechanism, sum(one.score for one in found), first.evidence, first.n))
    rows.sort(key=lambda row: (-row[3], row[:2]))
    rows = [row for row in rows if row[3] >= ECHO * rows[0][3]]
    table = pd.DataFrame([(place, *row) for place, row in enumerate(rows, 1)], columns=COLUMNS)
    return table.astype({"rank": "int64", "score": "float64", "n": "int64"})


def sentence(ranking: pd.DataFrame) -> str:
    """The result of `rank` in one sentence, even if it is empty."""
    said_by = ranking.attrs
    compared = f"{said_by.get('now', 0)} requests now against {said_by.get('before', 0)} before"
    if ranking.empty:
        chance = f"{said_by.get('tests', 0)} comparisons at {percent(said_by.get('alpha', 0), 0)} overall"
        return f"Nothing is wrong: {compared}, {chance}, and no difference that a customer would notice."
    first = ranking.iloc[0]
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
    if "trace_id" in frame.columns and "start_ns" in frame.columns:
        start = frame.groupby("trace_id")["start_ns"].transform("min")
    elif "time_ns" in frame.columns:
        start = frame["time_ns"]
    else:
        raise SuspectError("splitting needs the columns trace_id and start_ns, or time_ns; give spans or log records")
    now = (start >= at_ns) & ((start < until_ns) if until_ns is not None else True)
    return frame[start < at_ns].reset_index(drop=True), frame[now].reset_index(drop=True)
