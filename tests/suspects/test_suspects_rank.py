"""The ranking on an invented shop: what goes wrong is named, what does not is not."""

import pandas as pd
import pytest
from suspects_shop import Shop

from watchkeeper.suspects import SuspectError, rank, sentence, split


@pytest.fixture(scope="module")
def before() -> pd.DataFrame:
    return Shop(seed=1, seconds=50).spans()


FAULTS = {
    "its own time": (Shop(seed=2, slow_ms=lambda s, _: 30 * (s == "ads")), "service", "ads", "own time"),
    "some requests only": (
        Shop(seed=2, slow_ms=lambda s, chance: 300 * (s == "ads" and chance.random() < 0.15)),
        "service",
        "ads",
        "own time",
    ),
    "an edge": (
        Shop(seed=2, gap_ms=lambda _, s, __: 60 * (s == "catalog")),
        "edge",
        "frontend → catalog",
        "network or queue on the edge",
    ),
    "errors": (
        Shop(seed=2, fails=lambda s, chance: s == "payment" and chance.random() < 0.4),
        "service",
        "payment",
        "errors begin here",
    ),
    "errors that no customer sees": (
        Shop(seed=2, fails=lambda s, chance: s == "ads" and chance.random() < 0.4, optional=("ads",)),
        "service",
        "ads",
        "errors begin here, masked further up",
    ),
    "a database asked again and again": (
        Shop(
            seed=2,
            seconds=40,
            times=lambda r, c: 100 if (r, c) == ("GET /catalog", "sqlite") else 1,
            slow_ms=lambda s, _: 20 * (s == "catalog"),
        ),
        "service",
        "catalog",
        "more calls",
    ),
    "a service asked again and again": (
        Shop(seed=2, times=lambda r, c: 8 if (r, c) == ("GET /", "cart") else 1),
        "service",
        "frontend",
        "more calls",
    ),
    "a call left out": (
        Shop(seed=2, times=lambda _, c: int(c != "ads")),
        "service",
        "frontend",
        "silent: something no longer happens",
    ),
    "messages": (Shop(seed=2, mail_s=20), "service", "email", "queue in front of it"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_goes_wrong_is_first_in_the_ranking(fault: str, before: pd.DataFrame) -> None:
    shop, kind, where, mechanism = FAULTS[fault]
    ranking = rank(shop.spans(), before)
    assert ranking.loc[0, ["rank", "kind", "where", "mechanism"]].tolist() == [1, kind, where, mechanism]
    begin = "There is only a hint, at ads" if mechanism.endswith("masked further up") else f"Look at {where} first"
    assert sentence(ranking).startswith(f"{begin} ({mechanism}; ")
    assert ranking["score"].is_monotonic_decreasing
    assert ranking["evidence"].str.contains(r"\d").all()


@pytest.mark.parametrize("seed", range(3, 13))
def test_nothing_is_wrong_with_another_day(seed: int, before: pd.DataFrame) -> None:
    ranking = rank(Shop(seed=seed, rate=3.0 + seed % 3 * 4).spans(), before)
    assert ranking.empty
    assert sentence(ranking).startswith("Nothing is wrong: ")


@pytest.mark.parametrize("pace", [lambda _: 1.1, lambda second: 3.0 if 20 < second < 26 else 1.0])
def test_a_little_slower_or_a_short_burst_is_nothing(pace: object, before: pd.DataFrame) -> None:
    assert rank(Shop(seed=2, pace=pace).spans(), before).empty


def test_a_call_that_is_seldom_left_out_is_nothing(before: pd.DataFrame) -> None:
    now = Shop(seed=2).spans()
    calls = now[(now["name"] == "GET /ads") & (now["kind"] == "CLIENT")]
    gone = set(calls["span_id"].iloc[::8])
    assert rank(now[~now["span_id"].isin(gone) & ~now["parent_span_id"].isin(gone)], before).empty


def test_all_slower_is_not_nothing(before: pd.DataFrame) -> None:
    assert set(rank(Shop(seed=2, pace=lambda _: 1.5).spans(), before)["where"]) >= {"catalog", "frontend"}


def test_a_queue_belongs_to_a_slow_service_and_a_slow_edge_to_nobody(before: pd.DataFrame) -> None:
    crowded = Shop(seed=2, slow_ms=lambda s, _: 30 * (s == "cart"), gap_ms=lambda _, s, __: 40 * (s == "cart"))
    assert rank(crowded.spans(), before)["where"].tolist() == ["cart"]
    apart = Shop(seed=2, slow_ms=lambda s, _: 8 * (s == "cart"), gap_ms=lambda _, s, __: 90 * (s == "cart"))
    assert rank(apart.spans(), before).loc[0, "where"] == "frontend → cart"


def test_a_few_failures_break_a_promise_where_none_came_before(before: pd.DataFrame) -> None:
    now = Shop(seed=2, fails=lambda s, chance: s == "payment" and chance.random() < 0.15).spans()
    assert rank(now, before)["where"].tolist() == ["payment"]
    assert int(rank(now, before)["evidence"].iloc[0].split()[0]) < 12


def test_what_is_small_beside_the_first_is_left_out(before: pd.DataFrame) -> None:
    def slow(service: str, _: object) -> float:
        return {"cart": 8.0, "ads": ads_ms}.get(service, 0.0)

    ads_ms = 15.0
    assert set(rank(Shop(seed=2, slow_ms=slow).spans(), before)["where"]) == {"ads", "cart"}
    ads_ms = 400.0
    assert rank(Shop(seed=2, slow_ms=slow).spans(), before)["where"].tolist() == ["ads"]


def test_a_service_that_stops_answering_is_told_from_a_slow_edge(before: pd.DataFrame) -> None:
    spans = Shop(seed=2).spans()
    # From 20 s to 45 s cart takes no work; what was asked of it then begins at 45 s.
    servers = (spans["service"] == "cart") & (spans["kind"] == "SERVER")
    stuck = servers & spans["start_ns"].between(20 * 10**9, 45 * 10**9)
    clients = spans["span_id"].isin(spans.loc[stuck, "parent_span_id"])
    spans.loc[stuck, "end_ns"] = 45 * 10**9 + spans.loc[stuck, "end_ns"] - spans.loc[stuck, "start_ns"]
    spans.loc[stuck, "start_ns"] = 45 * 10**9
    spans.loc[clients, "end_ns"] = 45 * 10**9 + 10**8
    roots = spans["trace_id"].isin(spans.loc[clients, "trace_id"]) & spans["name"].isin(["GET /", "GET /cart"])
    spans.loc[roots, "end_ns"] = 45 * 10**9 + 2 * 10**8
    now = split(spans, 20 * 10**9, 45 * 10**9)[1]
    first = rank(now, before).iloc[0]
    assert (first["where"], first["mechanism"]) == ("cart", "silent: it no longer answers")
    assert "cart started no work for 2" in first["evidence"]


def test_clocks_that_differ_change_nothing(before: pd.DataFrame) -> None:
    now = Shop(seed=2, slow_ms=lambda s, _: 30 * (s == "ads")).spans()
    off = now.copy()
    off.loc[off["host"] == "on-ads", ["start_ns", "end_ns"]] += 200_000_000
    one, two = rank(now, before), rank(off, before)
    assert one["where"].tolist() == two["where"].tolist()
    assert two.loc[0, "score"] == pytest.approx(one.loc[0, "score"], rel=0.05)


def test_the_order_of_rows_and_the_hour_change_nothing(before: pd.DataFrame) -> None:
    now = Shop(seed=2, seconds=30, slow_ms=lambda s, _: 30 * (s == "ads")).spans()
    later = now.assign(start_ns=now["start_ns"] + 10**17, end_ns=now["end_ns"] + 10**17)
    pd.testing.assert_frame_equal(rank(now, before), rank(later.sample(frac=1, random_state=1), before))


def records(spans: pd.DataFrame, lines: dict[str, int], outside: bool = True) -> pd.DataFrame:
    """Each line once a cart span (one of severity 0 every fourth); outside of any trace, or in that of the span."""
    cart = spans[(spans["service"] == "cart") & (spans["kind"] == "SERVER")]
    begun = zip(cart["start_ns"], cart["trace_id"], strict=True)
    rows = [
        {
            "time_ns": at,
            "service": "cart",
            "severity_number": number,
            "body": line.format(k),
            "trace_id": "" if outside else trace,
        }
        for k, (at, trace) in enumerate(begun)
        for line, number in lines.items()
        if number or k % 4 == 0
    ]
    return pd.DataFrame(rows)


USUAL = {"cart {} loaded": 9, "cart {} written back": 9}


@pytest.mark.parametrize(
    ("lines", "mechanism"),
    [
        (USUAL, None),
        (USUAL | {"looked at {} again, debugging": 5, "budget {} of nothing": 13}, None),
        (USUAL | {"cannot write cart {}": 17}, "writes errors"),
        ({"cart {} loaded": 9}, "silent: something no longer happens"),
        (USUAL | {"cart {} loaded": 0}, None),
        ({"cart {} loaded": 9, "storing basket number {} now": 9}, None),
    ],
)
def test_logs_are_hints(lines: dict[str, int], mechanism: str | None, before: pd.DataFrame) -> None:
    now = Shop(seed=2).spans()
    ranking = rank(now, before, records(now, lines), records(before, USUAL))
    assert ranking["mechanism"].tolist() == ([mechanism] if mechanism else [])


def test_errors_in_requests_that_ended_well_are_the_smaller_hint(before: pd.DataFrame) -> None:
    now = Shop(seed=2).spans()
    lines = USUAL | {"cannot write cart {}": 17, "at line {} of the cart": 17}
    said = rank(now, before, records(now, lines), records(before, USUAL))
    mended = rank(now, before, records(now, lines, outside=False), records(before, USUAL, outside=False))
    assert (said["mechanism"].tolist(), mended["mechanism"].tolist()) == (["writes errors"], ["writes errors"])
    assert 0 < mended["score"].max() < said["score"].max() <= 0.1
    assert "no customer would notice" in sentence(mended)


def test_what_cannot_be_compared_is_said(before: pd.DataFrame) -> None:
    with pytest.raises(SuspectError, match="no column status"):
        rank(before.drop(columns="status"), before)
    with pytest.raises(SuspectError, match="among the spans before"):
        rank(before, before.iloc[:0])
    with pytest.raises(SuspectError, match="time_ns; give"):
        split(pd.DataFrame({"service": ["cart"]}), 5)


def test_requests_that_took_no_time_before_are_compared(before: pd.DataFrame) -> None:
    still = before.assign(end_ns=before["start_ns"])
    found = rank(before, still)
    assert len(found) and found["score"].between(0, float("inf"), inclusive="neither").all()


def test_traces_are_split_whole() -> None:
    spans = Shop(seed=2, seconds=20).spans()
    early, now = split(spans, 5 * 10**9, 15 * 10**9)
    assert not set(early["trace_id"]) & set(now["trace_id"])
    assert early["start_ns"].min() < 5 * 10**9 <= now["start_ns"].min()
    assert len(early) + len(now) < len(spans)
    assert len(split(spans, 5 * 10**9)[1]) + len(early) == len(spans)
    logs = pd.DataFrame({"time_ns": [1, 5, 9], "trace_id": ["a", "a", ""]})
    assert [part["time_ns"].tolist() for part in split(logs, 5, 9)] == [[1], [5]]
