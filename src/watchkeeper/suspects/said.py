"""Finds differences in the logs: new errors, except those that did no harm, and lines that are missing."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ..logs import changes, severity_numbers, templates
from .requests import Finding
from .structure import GONE

ERRORS = "writes errors"
HINT = 0.1
ERROR = 17  # records with this severity number or more say that something failed


def findings(
    before: pd.DataFrame, now: pd.DataFrame, requests: tuple[int, int], well: set[str], alpha: float
) -> list[Finding]:
    """Templates of severity ERROR that are new or more frequent, and lines that vanished although requests continued.

    `well` are the traces of `now` that succeeded: an ERROR in one of them was fixed by a retry, or did no harm.
    """
    if before.empty or now.empty or not all(requests):
        return []
    who = pd.concat([before, now], ignore_index=True)
    who["template_id"] = templates(who["body"].astype(object))["template_id"].to_numpy()
    bad = (severity_numbers(who) >= ERROR) & ~who["trace_id"].isin(well)
    harmful = who[bad & (who.index >= len(before))].groupby(["service", "template_id"]).size().to_dict()
    table = changes(before, now, exposure=(float(requests[0]), float(requests[1])), alpha=alpha)
    rows: list[dict[str, Any]] = table[table["significant"]].to_dict("records")  # type: ignore[assignment]
    louder = [row for row in rows if row["change"] in ("new", "lifted")]
    found = []
    for row in louder:
        if harm := harmful.get((row["service"], row["template_id"]), 0):
            found.append(_finding(row, ERRORS, requests, harm / row["after"]))
    for row in rows:
        # Only vanished lines count. A line may occur ten times per request, so its count varies more than such tests
        # assume. And if another line has replaced it, it was only reworded.
        reworded = any(2 * other["after"] >= row["before"] for other in louder if other["service"] == row["service"])
        if row["change"] == "vanished" and not reworded:
            found.append(_finding(row, GONE, requests))
    # A stack trace may be split into many records, which all mean the same.
    found.sort(key=lambda one: (-one.score, one.evidence))
    return list({(one.where, one.mechanism): one for one in reversed(found)}.values())


def _finding(row: dict[str, Any], mechanism: str, requests: tuple[int, int], share: float = 1.0) -> Finding:
    before, now = row["before"] / requests[0], row["after"] / requests[1]
    evidence = f'{row["service"]} wrote "{row["template"][:80]}" {now:.2f} times per request, before {before:.2f}'
    score = HINT * share * min(1.0, abs(now - before))
    n = int(row["before"] + row["after"])
    return Finding("service", row["service"], mechanism, score, evidence, n, row["p_value"])
