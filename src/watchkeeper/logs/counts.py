"""Counts by template: over time, before compared with after, and the few templates that make up most lines."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ..errors import LogError
from ..otlp import nanoseconds
from .columns import UNTIMED, need
from .templates import templates

RATES = ["time_ns", "service", "template_id", "template", "count", "per_s"]
CHANGES = ["change", "service", "template_id", "template", "before", "after", "lift", "p_value", "significant"]
MOST_CELLS = 5_000_000


def rates(logs: pd.DataFrame, seconds: float = 10.0) -> pd.DataFrame:
    """How often each service wrote each template in each window: one row per window and template, including zeros.

    Windows begin with the earliest record and are `seconds` long. The records may end within the last window, so its
    count may be too low. Columns: time_ns (the window's start), service ("" without such a column), template_id,
    template, count, per_s. Needs time_ns and body; uses template_id and template if they exist. Raises `LogError` if a
    column is missing, for a window without length, and for more than five million rows.

    >>> import pandas as pd
    >>> logs = pd.DataFrame({"time_ns": [0, 1_000_000_000, 12_000_000_000], "body": ["run 1", "run 2", "run 3"]})
    >>> rates(logs, seconds=5)["count"].tolist()
    [2, 0, 1]
    """
    need(logs, ["time_ns", "body"])
    width = int(seconds * 1e9) if math.isfinite(seconds) else 0
    if width < 1:
        raise LogError(f"a window of {seconds} s has no length; give a positive number of seconds")
    if logs.empty:
        return pd.DataFrame(columns=RATES)
    who = _writers(logs)
    time = nanoseconds(logs["time_ns"])
    window = (time - time.min()) // width
    kinds = who.drop_duplicates().sort_values(["service", "template_id"], ignore_index=True)
    windows = int(window.max()) + 1
    if windows * len(kinds) > MOST_CELLS:
        hint = UNTIMED if (time == 0).any() else ""
        raise LogError(f"{windows:,} windows of {len(kinds):,} templates are too many; give longer windows{hint}")
    kind = who.merge(kinds.assign(kind=range(len(kinds))), how="left")["kind"].to_numpy()
    count = np.bincount(window * len(kinds) + kind, minlength=windows * len(kinds))
    table = kinds.take(np.tile(np.arange(len(kinds)), windows)).reset_index(drop=True)
    table["time_ns"] = np.repeat(time.min() + np.arange(windows, dtype=np.int64) * width, len(kinds))
    table["count"], table["per_s"] = count, count / seconds
    return table[RATES]


def _writers(logs: pd.DataFrame) -> pd.DataFrame:
    """Service, template_id and template of each record."""
    known = {"template_id", "template"} <= set(logs.columns)
    found = logs[["template_id", "template"]] if known else templates(logs["body"])
    table = found.reset_index(drop=True)
    table.insert(0, "service", logs["service"].to_numpy() if "service" in logs.columns else "")
    return table


def changes(
    before: pd.DataFrame,
    after: pd.DataFrame,
    exposure: tuple[float, float] | None = None,
    alpha: float = 0.01,
    least_lift: float = 2.0,
) -> pd.DataFrame:
    """How two periods of log records differ: one row per service and template, the most significant first.

    `lift` is the rate after divided by the rate before: inf if the template is new, 0 if it vanished. Rates are per
    unit of `exposure` (before, after), which is seconds, or requests if more traffic should not count as a lift. The
    default is the seconds from the first to the last record of each period. That needs time_ns, and the rate is too
    high for a period with few records. `p_value` belongs to the exact two-sided binomial test that both rates are equal
    (Przyborowski and Wilenski, 1940). The test assumes independent records. Those of one request are not, so a lift
    must also be large. `significant` is true if the test holds after Holm's correction over all rows at `alpha`.
    `change` is "new" or "vanished" (zero on one side, perhaps by chance: see `significant`), "lifted" or "fallen"
    (significant, and at least by `least_lift`), else "same". Templates are mined over both periods at once. Columns:
    change service template_id template before after lift p_value significant. Raises `LogError` if a column is missing
    or an exposure is not above 0.
    """
    for frame in (before, after):
        need(frame, ["body"])
    share = _exposure(before, after, exposure)
    both = pd.concat([before, after], ignore_index=True).drop(columns=["template_id", "template"], errors="ignore")
    who = _writers(both.assign(body=both["body"].astype(object)))
    who["late"] = np.arange(len(both)) >= len(before)
    groups = who.groupby(["service", "template_id", "template"], sort=True)["late"]
    table = pd.DataFrame({"after": groups.sum().astype("int64"), "total": groups.size()}).reset_index()
    table["before"] = table["total"] - table["after"]
    odds = share / (1 - share)
    table["lift"] = np.where(table["before"] > 0, table["after"] / table["before"].clip(lower=1) / odds, np.inf)
    pairs = zip(table["after"], table["total"], strict=True)
    table["p_value"] = np.array([binomial_p(int(k), int(n), share) for k, n in pairs], dtype=float)
    table["significant"] = holm(table["p_value"].to_numpy(), alpha)
    table["change"] = _words(table, least_lift)
    far = np.abs(np.log((table["after"] + 0.5) / (table["before"] + 0.5) / odds))
    order = np.lexsort((table["template_id"], -far, table["change"] == "same", ~table["significant"]))
    return table[CHANGES].take(order).reset_index(drop=True)


def _exposure(before: pd.DataFrame, after: pd.DataFrame, given: tuple[float, float] | None) -> float:
    """The share of the exposure that belongs to `after`."""
    if given is None:
        for frame in (before, after):
            need(frame, ["time_ns"])
        given = (_seconds(before), _seconds(after))
    if not all(math.isfinite(one) and one > 0 for one in given):
        raise LogError(f"an exposure of {given[0]:g} before and {given[1]:g} after is impossible; both must be above 0")
    return given[1] / (given[0] + given[1])


def _seconds(logs: pd.DataFrame) -> float:
    return float(np.ptp(nanoseconds(logs["time_ns"]))) / 1e9 if len(logs) else 0.0


def _words(table: pd.DataFrame, least: float) -> np.ndarray:
    lifted = table["significant"] & (table["lift"] >= least)
    fallen = table["significant"] & (table["lift"] * least <= 1)
    conditions = [table["before"] == 0, table["after"] == 0, lifted, fallen]
    return np.select(conditions, ["new", "vanished", "lifted", "fallen"], "same").astype(object)


def binomial_p(k: int, n: int, share: float) -> float:
    """The two-sided p-value of k of n if `share` (0 to 1) was expected: twice the smaller exact tail, at most 1.

    >>> round(binomial_p(10, 10, 0.5), 6)
    0.001953
    """
    if not n:
        return 1.0
    # Away from the mean, the terms fall faster and faster, so the sum needs only tens to hundreds of terms.
    step = 1 if k > n * share else -1
    term = math.exp(
        math.lgamma(n + 1)
        - math.lgamma(k + 1)
        - math.lgamma(n - k + 1)
        + k * math.log(share)
        + (n - k) * math.log1p(-share)
    )
    total = term
    odds = share / (1 - share)
    while 0 <= k + step <= n and term > total * 1e-16:
        term *= (n - k) / (k + 1) * odds if step > 0 else k / (n - k + 1) / odds
        k += step
        total += term
    return min(1.0, 2 * total)


def holm(p_values: Sequence[float] | np.ndarray, alpha: float) -> np.ndarray:
    """Which of many tests hold if the chance of one or more false positives must be at most `alpha` (Holm 1979).

    >>> holm([0.001, 0.04, 0.004], 0.01).tolist()
    [True, False, True]
    """
    p_values = np.asarray(p_values, dtype=float)
    order = np.argsort(p_values, kind="stable")
    passed = p_values[order] <= alpha / np.arange(len(order), 0, -1)
    significant = np.zeros(len(order), dtype=bool)
    significant[order] = np.logical_and.accumulate(passed)
    return significant


def pareto(counts: pd.Series | Mapping[str, float], share: float = 0.8) -> pd.DataFrame:
    """The smallest set of labels that makes up `share` of all: label, count, share, cumulative share, largest first.

    Of equal counts, the first by label comes first. Raises `LogError` for a share outside (0, 1], negative counts and a
    duplicate label.

    >>> pareto({"a": 70, "b": 15, "c": 10, "d": 5})["label"].tolist()
    ['a', 'b']
    """
    if not 0 < share <= 1:
        raise LogError(f"a share of {share} is impossible; give one above 0 and at most 1")
    if isinstance(counts, pd.Series) and not counts.index.is_unique:
        twice = counts.index[counts.index.duplicated()][0]
        raise LogError(f'the label "{twice}" is there twice; add up the counts of each label first')
    labels, values = list(dict(counts)), np.array(list(dict(counts).values()), dtype=float)
    names = np.array([str(label) for label in labels], dtype=str)
    if not (np.isfinite(values) & (values >= 0)).all():
        raise LogError("counts must be numbers of 0 or more")
    order = np.lexsort((names, -values))
    total = values.sum()
    cumulative = np.cumsum(values[order])
    # Sums of decimals may be off in the last digit: 0.1 + 0.2 + 0.5 is not 0.8.
    enough = int(np.searchsorted(cumulative, share * total * (1 - 1e-12))) + 1 if total else 0
    chosen = order[:enough]
    columns = {
        "label": [labels[k] for k in chosen],
        "count": values[chosen],
        "share": values[chosen] / (total or 1),
        "cumulative": cumulative[:enough] / (total or 1),
    }
    return pd.DataFrame(columns)
