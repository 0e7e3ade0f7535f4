"""What can be unusual about a shop from its first request on: clocks, versions, how much of it is traced."""

from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop_probe import eventually, get, live_spans, trace_of_last

from watchkeeper import otlp
from watchkeeper.errors import ShopError
from watchkeeper.shop import clock
from watchkeeper.shop.control import Shop
from watchkeeper.shop.edges import Edges
from watchkeeper.shop.load import USERS
from watchkeeper.shop.roster import LOAD, Roster, Setup
from watchkeeper.staff.recorder import VERSIONS

SERVICES = tuple(Roster.read().services)
CALLERS = (*SERVICES, LOAD)


@pytest.fixture(scope="module")
def odd_shop():
    setup = Setup(versions={"shipping": "1.2.1"}, clocks_ms={"shop-2": -5000.0})
    with Shop.start(setup=setup) as running:
        get(running, "products")
        yield running


@pytest.fixture
def own_clock():
    yield
    clock.set_ahead(0)


def test_a_clock_ahead_moves_wall_time_and_leaves_durations_alone(own_clock):
    real, monotonic = time.time_ns, time.monotonic
    clock.set_ahead(60_000)
    assert 59e9 < time.time_ns() - real() < 61e9
    assert abs(time.time() - time.time_ns() / 1e9) < 1
    assert time.monotonic is monotonic
    clock.set_ahead(0)
    assert time.time_ns is real


def test_every_signal_of_a_host_carries_its_clock(odd_shop):
    trace = trace_of_last(odd_shop, "GET /products")
    starts = trace.groupby("host").start_ns.min()
    assert 4e9 < starts["shop-1"] - starts["shop-2"] < 6e9
    folder = odd_shop.folder / "telemetry"
    logs = pd.concat([otlp.read_logs(path) for path in folder.glob("*.logs.jsonl") if path.stat().st_size])
    times = logs[logs.trace_id == trace.trace_id.iloc[0]].groupby("host").time_ns.min()
    assert 4e9 < times["shop-1"] - times["shop-2"] < 6e9

    def metric_lag():
        begun = {one: otlp.read_metrics(folder / f"{one}-1.metrics.jsonl").start_ns.max() for one in ("ads", "cart")}
        return begun["ads"] - begun["cart"]

    assert eventually(lambda: 3e9 < metric_lag() < 7e9)  # they started within a second or so of each other


def test_it_starts_with_the_versions_it_is_told(odd_shop):
    versions = {name: one["version"] for name, one in odd_shop.status()["services"].items()}
    assert versions["shipping"] == "1.2.1" and versions["catalog"] == "1.3.0"


def test_a_share_of_the_traces_is_kept_whole_and_the_rest_not_at_all():
    with Shop.start(setup=Setup(sampled=0.3)) as shop:
        shop.load(seed=5, seconds=6.0, rate=12.0)
        assert eventually(lambda: not shop.load_runs())
        spans = live_spans(shop)
    roots = spans[(spans.service == "loadgenerator") & (spans.parent_span_id == "")]
    assert 5 < len(roots) < 45
    pages = spans[spans.service != "email"]
    assert set(pages.trace_id) == set(roots.trace_id)
    assert spans.service.nunique() > 5


def test_without_tracing_only_the_shoppers_requests_are_seen():
    with Shop.start(setup=Setup(traced=False)) as shop:
        shop.load(seed=5, seconds=3.0, rate=8.0)
        assert eventually(lambda: not shop.load_runs())
        assert set(live_spans(shop).service) == {"loadgenerator"}


@given(st.lists(st.tuples(st.sampled_from(CALLERS), st.sampled_from(SERVICES), st.integers(1024, 65535))))
def test_a_detour_changes_its_own_edge_only(detours):
    edges = Edges({service: 80 + number for number, service in enumerate(SERVICES)})
    expected = {}
    for caller, called, port in detours:
        edges.detour(caller, called, port)
        expected[caller, called] = port
    for caller in CALLERS:
        for called in SERVICES:
            assert edges.seen_from(caller)[called] == expected.get((caller, called), edges.ports[called])


def test_a_relay_on_an_edge_is_felt_there_and_nowhere_else(shop):
    def call(path, caller, name):
        get(shop, path)
        trace = trace_of_last(shop, "GET /" + path)
        client = trace[(trace.service == caller) & (trace.kind == "CLIENT") & (trace.name == name)].iloc[0]
        server = trace[trace.parent_span_id == client.span_id].iloc[0]
        return client.duration_ms - server.duration_ms

    shop.delay("frontend", "catalog", 150)
    try:
        gaps = [call("products", "frontend", "GET /products") for _ in range(3)]
        assert min(gaps) >= 150 * 0.75
        assert call("products", "frontend", "GET /carts/{shopper}") < 100
    finally:
        shop.delay("frontend", "catalog", 0)
    assert call("products", "frontend", "GET /products") < 100


def test_a_restart_keeps_the_instance_and_begins_its_counters_again():
    with Shop.start() as shop:
        get(shop, "cart")
        with pytest.raises(ShopError, match="no version"):
            shop.restart("cart", "9.9.9")
        assert shop.status()["services"]["cart"]["version"] == "3.0.1"
        shop.restart("cart")
        shop.restart("catalog", "1.3.1")
        assert get(shop, "products").status_code == get(shop, "cart").status_code == 200
        assert [(one["service"], one["to"]) for one in shop.deploys()] == [("catalog", "1.3.1")]
        shop.close()
        paths = sorted((shop.folder / "telemetry").glob("cart-*.metrics.jsonl"))
        lives = [otlp.read_metrics(path) for path in paths]
    assert len(lives) == 2
    assert {one["service.instance.id"] for life in lives for one in life.resource} == {"cart-1"}
    begun = [life[life.name == "process.cpu.time"].start_ns.unique() for life in lives]
    first, second = sorted(begun, key=min)
    assert max(first) < min(second)


def test_a_version_may_bring_bounds_of_its_own():
    with Shop.start(setup=Setup(versions={"catalog": "1.3.2"}, releases=(str(VERSIONS),))) as shop:
        get(shop, "products")
        shop.close()
        paths = (shop.folder / "telemetry").glob("ca*.metrics.jsonl")
        metrics = pd.concat([otlp.read_metrics(path) for path in paths])
    durations = metrics[metrics.name == "http.server.request.duration"].groupby("service").last()
    assert list(durations.bounds["catalog"])[:3] == [0, 5, 10] and durations["counts"]["catalog"][1] > 0
    assert durations.bounds["cart"][0] == 0.001


@pytest.mark.parametrize(("style", "felt"), [("open", 20), ("closed", USERS)])
def test_who_waits_for_answers_meets_a_stall_once(style, felt):
    with Shop.start(setup=Setup(traced=False)) as shop:
        shop.load(seed=1, seconds=5.0, rate=20.0, style=style)
        time.sleep(1.5)
        shop.blackhole("frontend")
        time.sleep(2.0)
        shop.thaw("frontend")
        assert eventually(lambda: not shop.load_runs())
        spans = live_spans(shop)
    waited = int((spans.duration_ms > 600).sum())
    assert waited > felt if style == "open" else waited >= felt - 1
    assert len(spans) == 100 if style == "open" else len(spans) < 90
