"""Rates, changes and Pareto."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchkeeper import Recording
from watchkeeper.logs import LogError, changes, pareto, rates, timeline
from watchkeeper.logs.counts import binomial_p

S = 1_000_000_000


def said(*rows: tuple[float, str], service: str = "shop") -> pd.DataFrame:
    """Records from (seconds, body)."""
    times = [int(at * S) for at, _ in rows]
    bodies = [body for _, body in rows]
    return pd.DataFrame({"time_ns": pd.Series(times, dtype="int64"), "body": bodies, "service": service})


@given(st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["run 1", "run 2", "stop now"])), min_size=1))
def test_rates_count_every_record_once(rows: list[tuple[int, str]]) -> None:
    table = rates(said(*rows), seconds=7)
    assert table["count"].sum() == len(rows)
    assert (
        table.groupby("template")["count"].sum().to_dict()
        == pd.Series(["stop now" if body == "stop now" else "run <*>" for _, body in rows]).value_counts().to_dict()
    )
    assert len(table) == table["time_ns"].nunique() * table["template_id"].nunique()
    assert (table["per_s"] * 7 - table["count"]).abs().max() < 1e-9


def test_rates_of_a_service_are_its_own() -> None:
    logs = pd.concat([said((0, "run 1")), said((1, "run 2"), service="mail")])
    assert rates(logs)[["service", "count"]].values.tolist() == [["mail", 1], ["shop", 1]]
    assert rates(logs.iloc[:0]).empty
    for seconds in (0, -1, float("nan"), float("inf")):
        with pytest.raises(LogError, match="has no length"):
            rates(logs, seconds)
    with pytest.raises(LogError, match="too many"):
        rates(said((0, "a"), (10_000_000, "b")), 1)


def test_a_record_without_a_time_is_named_where_it_makes_too_many_windows() -> None:
    logs = said((1_700_000_000, "a"), (1_700_000_001, "b"))
    untimed = pd.concat([logs, logs.iloc[:1].assign(time_ns=0)])
    for count in (rates, lambda logs: timeline(logs=logs)):
        with pytest.raises(LogError, match=r"give longer windows, or leave out the rows without a time \(time_ns 0\)$"):
            count(untimed)
        with pytest.raises(LogError, match=r"give longer windows$"):
            count(pd.concat([logs, logs.iloc[:1].assign(time_ns=1)]))


def test_a_chatty_template_is_no_change_and_a_new_one_is() -> None:
    chatty = [(k / 10, f"heart beat {k}") for k in range(1_000)]
    before = said(*chatty, (5, "old news"))
    after = said(*chatty, *((k, "disk is full") for k in range(20)))
    table = changes(before, after)
    columns = ["change", "template", "before", "after"]
    assert table[columns].values.tolist() == [
        ["new", "disk is full", 0, 20],
        ["vanished", "old news", 1, 0],
        ["same", "heart beat <*>", 1_000, 1_000],
    ]
    assert table["significant"].tolist() == [True, False, False]
    assert table["lift"].tolist() == [math.inf, 0, 1]


def test_more_traffic_is_no_lift_where_it_is_the_exposure() -> None:
    before, after = said(*((k, "run 1") for k in range(100))), said(*((k / 3, "run 1") for k in range(300)))
    assert changes(before, after, exposure=(100, 100))["change"].tolist() == ["lifted"]
    assert changes(before, after, exposure=(100, 300))[["change", "lift"]].values.tolist() == [["same", 1.0]]
    assert changes(after, before, exposure=(1, 1))["change"].tolist() == ["fallen"]
    for exposure in ((0, 1), (1, float("nan")), (-1, 1)):
        with pytest.raises(LogError, match="above 0"):
            changes(before, after, exposure)


def test_a_value_seen_on_one_side_only_is_not_a_new_template() -> None:
    before = said(*((k, "parcel 1 leaves for Hamburg") for k in range(50)))
    after = said(*((k, "parcel 2 leaves for Oslo") for k in range(50)))
    assert changes(before, after)["change"].tolist() == ["same"]


@pytest.mark.parametrize("name", ["monday-morning", "friday-deploy", "tuesday-lunch"])
def test_two_halves_of_a_recording_whose_logs_say_nothing_differ_by_nothing(name: str) -> None:
    logs = Recording.open(name).logs
    early = logs["time_ns"] < logs["time_ns"].median()
    table = changes(logs[early], logs[~early])
    assert not table["significant"].any() or (table.loc[table["significant"], "change"] == "same").all()


@given(st.integers(1, 60), st.floats(0.02, 0.98), st.data())
def test_the_p_value_against_a_sum_over_all_outcomes(n: int, share: float, data: st.DataObject) -> None:
    k = data.draw(st.integers(0, n))
    chance = [math.comb(n, j) * share**j * (1 - share) ** (n - j) for j in range(n + 1)]
    tail = sum(chance[k:]) if k > n * share else sum(chance[: k + 1])
    assert binomial_p(k, n, share) == pytest.approx(min(1, 2 * tail), rel=1e-6)


def test_the_p_value_of_many() -> None:
    assert binomial_p(0, 0, 0.3) == 1
    assert binomial_p(500_000, 1_000_000, 0.5) == pytest.approx(1, abs=1e-3)
    assert binomial_p(1_000_000, 1_000_000, 0.5) == 0


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 50), max_size=12), st.floats(0.01, 1))
def test_pareto_is_the_smallest_set(counts: dict[str, int], share: float) -> None:
    table = pareto(counts, share)
    total, kept = sum(counts.values()), table["count"].sum()
    assert kept >= share * total * (1 - 1e-9)
    if len(table):
        assert kept - table["count"].iloc[-1] < share * total
        left = set(counts) - set(table["label"])
        assert table["count"].min() >= max((counts[label] for label in left), default=0)


def test_pareto_of_a_series_and_of_nonsense() -> None:
    assert pareto(pd.Series({"a": 1, "b": 1, "c": 8}), 0.9)["label"].tolist() == ["c", "a"]
    assert pareto({"a": 0.1, "b": 0.2, "c": 0.5, "d": 0.2})["label"].tolist() == ["c", "b", "d"]
    assert pareto({}).empty
    for counts, share in (
        ({"a": 1}, 0),
        ({"a": 1}, 1.1),
        ({"a": -1}, 0.8),
        ({"a": float("nan")}, 0.8),
        (pd.Series([5, 2], index=["a", "a"]), 0.8),
    ):
        with pytest.raises(LogError):
            pareto(counts, share)
