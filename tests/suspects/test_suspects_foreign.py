"""The ranking on systems that no one here runs: what their data lack, what their traffic does, and what goes wrong."""

import numpy as np
import pandas as pd
import pytest
from suspects_foreign import FAULTS, System

from watchkeeper.suspects import rank, sentence

MS = 1_000_000
SECOND = 1_000 * MS


def spans(requests: list[list[tuple]]) -> pd.DataFrame:
    """One request per second; each is a list of (id, parent, service, name, kind, start_ms, end_ms, status)."""
    rows = [
        (
            f"trace {k}",
            f"{k} {own}",
            f"{k} {parent}" if parent else "",
            *rest,
            k * SECOND + start * MS,
            k * SECOND + end * MS,
            s,
        )
        for k, request in enumerate(requests)
        for own, parent, *rest, start, end, s in request
    ]
    names = ["trace_id", "span_id", "parent_span_id", "service", "name", "kind", "start_ns", "end_ns", "status"]
    return pd.DataFrame(rows, columns=names)


def page(
    name: str = "GET /x", calls: tuple[str, ...] = ("cart",), gap: int = 1, status: str = "UNSET", kinds: bool = True
) -> list:
    """A page of the shop that calls services one after the other, 10 ms each and a gap on both sides."""
    server, client = ("SERVER", "CLIENT") if kinds else ("UNSPECIFIED", "UNSPECIFIED")
    rows, at = [], 5
    for called in calls:
        rows.append((f"c{called}", "root", "shop", f"call {called}", client, at, at + 10 + 2 * gap, "UNSET"))
        rows.append((f"s{called}", f"c{called}", called, f"{called}.get", server, at + gap, at + 10 + gap, "UNSET"))
        at += 10 + 2 * gap
    return [("root", "", "shop", name, server, 0, at + 5, status), *rows]


def longer(request: list[tuple], ids: tuple[str, ...], ms: int) -> list[tuple]:
    """The request, with some spans that end later."""
    return [(*row[:6], row[6] + ms, row[7]) if row[0] in ids else row for row in request]


def records(lines: list[tuple[int, str, int, str]], span: str = "") -> pd.DataFrame:
    """Log records (number of the request, service, severity, body)."""
    rows = [
        (k * SECOND + 10 * MS, service, severity, body, f"trace {k}", f"{k} {span}" if span else "")
        for k, service, severity, body in lines
    ]
    return pd.DataFrame(rows, columns=["time_ns", "service", "severity_number", "body", "trace_id", "span_id"])


def test_an_operation_that_always_failed_before_and_works_now_is_no_suspect() -> None:
    for failed in (page(status="ERROR"), page(status="ERROR", calls=())):
        ranking = rank(spans([page() for _ in range(30)]), spans([failed for _ in range(30)]))
        assert "errors" not in " ".join(ranking["mechanism"])
        assert np.isfinite(ranking["score"]).all()


@pytest.mark.parametrize("ids", [True, False])
def test_errors_in_the_log_count_where_roots_are_fine(ids: bool) -> None:
    both = spans([page(calls=("contacts", "cart")) for _ in range(60)])
    usual = [(k, service, 9, f"{service} asked by {k}") for k in range(60) for service in ("contacts", "cart")]
    bad = [(k, "contacts", 17, f"cannot read contact {k}") for k in range(20, 40)]
    span = "scontacts" if ids else ""
    ranking = rank(both, both, pd.concat([records(usual), records(bad, span)]), records(usual))
    assert ranking[["where", "mechanism"]].values.tolist() == [["contacts", "writes errors"]]
    assert '"cannot read contact <*>" as an error in 20 of 60 requests (before: 0 of 60)' in ranking["evidence"].iloc[0]
    assert sentence(ranking).startswith("There is only a hint, at contacts")


def test_errors_of_callers_are_the_echo_of_the_service_they_called() -> None:
    both = spans([page(calls=("contacts",)) for _ in range(60)])
    bad = [(k, "contacts", 17, "cannot read") for k in range(60)]
    echo = [(k, "shop", 17, "no contacts for this page") for k in range(60)]
    none = records([])
    ranking = rank(both, both, pd.concat([records(bad, "scontacts"), records(echo, "root")]), none)
    assert ranking["where"].tolist() == ["contacts"]


@pytest.mark.parametrize("fixed", [(1, 3), (2, 0), (0, 4)])
def test_lists_of_another_length_are_no_vanished_lines(fixed: tuple[int, int]) -> None:
    both = spans([page() for _ in range(24)])

    def sold(seats: int) -> pd.DataFrame:
        body = "sold=[" + ", ".join(f"T(seat={k})" for k in range(seats)) + "]"
        return records([(k, "cart", 9, body) for k in range(24)], "scart")

    assert rank(both, both, sold(fixed[1]), sold(fixed[0])).empty
    other = records([(k, "cart", 9, f"cart {k} is saved") for k in range(24)], "scart")
    gone = rank(both, both, sold(2), pd.concat([sold(2), other]))
    assert gone["where"].tolist() == ["cart"]
    assert "does not write" in gone["evidence"].iloc[0]


def test_a_shifted_mix_of_products_is_no_vanished_call() -> None:
    short, long = page(calls=("cart",)), page(calls=("cart", "seats"))
    before = spans([short if k % 8 == 0 else long for k in range(114)])
    now = spans([short if k % 8 < 3 else long for k in range(168)])
    assert rank(now, before).empty
    assert rank(before, now).empty
    assert rank(spans([short] * 100), spans([long] * 100))["where"].tolist() == ["shop"]


def test_a_shifted_mix_of_pages_and_callers_is_nothing() -> None:
    cheap, dear = page("GET /list"), page("GET /order", calls=("cart", "payment", "mail"), gap=20)
    before = spans([dear if k % 10 == 0 else cheap for k in range(120)])
    now = spans([dear if k % 10 else cheap for k in range(120)])
    assert rank(now, before).empty


def test_a_slow_edge_of_a_rare_page_is_found() -> None:
    chance = np.random.default_rng(5)

    def period(gap: int, orders: int) -> pd.DataFrame:
        requests = [page("GET /", calls=("catalog", "ads")) for _ in range(500)]
        for k in chance.choice(500, orders, replace=False):
            requests[k] = page("POST /order", ("cart", "stock", "mail"), 40)
            late = page("POST /order", ("cart", "stock", "mail", "payment"), 40)
            requests[k] = [
                (*row[:6], row[6] + 2 * gap, row[7]) if row[0] in ("root", "cpayment") else row for row in late
            ]
        return spans(requests).assign(start_ns=lambda t: t["start_ns"] // 8, end_ns=lambda t: t["end_ns"] // 8)

    ranking = rank(period(270, 17), period(4, 18))
    assert ranking["where"].tolist() == ["shop → payment"]
    assert sentence(ranking).startswith("Look at shop → payment first")


def test_hints_stay_next_to_a_large_harm() -> None:
    both = spans([page(calls=("cart", "ads")) for _ in range(60)])
    slow = spans([longer(page(calls=("cart", "ads")), ("root", "cads"), 800) for _ in range(60)])
    bad = records([(k, "cart", 17, "cannot write") for k in range(60)], "scart")
    ranking = rank(slow, both, bad, records([]))
    assert ranking["where"].tolist() == ["shop → ads", "cart"]
    assert ranking["score"].iloc[1] < 0.1 * ranking["score"].iloc[0]


@pytest.mark.parametrize("kinds", [True, False])
def test_kinds_are_inferred(kinds: bool) -> None:
    chance = np.random.default_rng(6)
    before = spans([page(calls=("cart", "ads"), gap=int(chance.integers(1, 4)), kinds=kinds) for _ in range(60)])
    late = [page(calls=("cart", "ads"), gap=int(chance.integers(1, 4)), kinds=kinds) for _ in range(60)]
    late = [[(*row[:6], row[6] + 80, row[7]) if row[0] in ("root", "cads") else row for row in each] for each in late]
    assert rank(spans(late), before)["where"].tolist() == ["shop → ads"]


def test_what_could_not_be_tested_is_said() -> None:
    usual = [page("GET /", ("catalog",)) for _ in range(60)]
    before, now = (
        spans([*usual, page("GET /pay", ("payment",))]),
        spans([*usual, page("GET /pay", ("payment",), gap=400)]),
    )
    ranking = rank(now, before)
    assert ranking.empty
    assert "payment" in ranking.attrs["untested"]
    assert "Nothing is wrong" not in sentence(ranking)
    assert "too few requests to test payment" in sentence(ranking)
    alone = rank(spans(usual), spans([*usual, page("GET /pay", ("payment",))]))
    assert "GET /pay (1 request before, 0 now)" in sentence(alone)


def case(seed: int) -> tuple[System, float]:
    """A system in one of the dialects, and its requests per second."""
    bare = seed % 2 == 1
    system = System(
        seed,
        kinds=not bare,
        status=not bare,
        routes=seed % 4 != 3,
        span_ids=seed % 3 != 0,
        whole_ms=seed % 5 == 0,
        quiet=seed % 4 == 2,
    )
    return system, (1.2, 3.0, 8.0)[seed % 3]


@pytest.mark.parametrize("seed", range(200, 206))
def test_another_minute_of_a_foreign_system_is_nothing_whatever_people_buy(seed: int) -> None:
    system, rate = case(seed)
    before = system.period(1, rate=rate)
    mix = tuple(np.random.default_rng(seed).dirichlet(np.ones(len(system.pages)) * 2).tolist())
    now = system.period(2, rate=rate, mix=mix, products=(0.15, 0.25, 0.6))
    assert rank(now[0], before[0], now[1], before[1]).empty


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_of_a_foreign_system_comes_first(kind: str) -> None:
    right = 0
    for seed in (201, 208):
        system, _ = case(seed)
        before, fault = system.period(1, rate=5), system.fault(kind, 1)
        now = system.period(3, fault=fault, rate=5, seconds=90)
        places = rank(now[0], before[0], now[1], before[1])["where"].tolist()
        assert not places or places[0] in system.truth(fault)
        right += bool(places)
    assert right >= 1
