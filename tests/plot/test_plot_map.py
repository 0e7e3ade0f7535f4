"""The service map: what it counts, where it puts the boxes, and that it blames no service."""

import re
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from plot_words import HOSTILE, assert_tame, everything, words

from watchkeeper.plot import FigureError, service_map
from watchkeeper.plot.draw import CROSS
from watchkeeper.plot.layers import GAP, place

COLUMNS = ["caller", "called", "kind", "calls", "errors", "unanswered", "client_p95_ms"]
SHOP = [
    ("outside", "frontend", "call", 600, 12, 0, 80.0),
    ("frontend", "cart", "call", 500, 0, 0, 9.5),
    ("frontend", "checkout", "call", 43, 12, 3, 70.0),
    ("checkout", "cart", "call", 86, 0, 0, 8.0),
    ("checkout", "email", "link", 40, 0, 0, float("nan")),
    ("cart", "sqlite", "database", 700, 0, 700, 0.2),
]


def graph(*edges: tuple) -> pd.DataFrame:
    return pd.DataFrame(edges, columns=COLUMNS)


def test_it_counts_and_does_not_judge() -> None:
    figure = service_map(graph(*SHOP))
    assert figure.finding == "5 services, 1 database, 6 edges, 1,969 calls, 24 with an error."
    assert figure.table.rows == [
        ("cart", "700", "0", "sqlite 700"),
        ("outside", "600", "12", "frontend 600, 12 errors"),
        ("frontend", "543", "12", "cart 500; checkout 43, 12 errors, 3 with no server span"),
        ("checkout", "126", "0", "cart 86; email by link 40"),
    ]
    assert not re.search("culprit|guilty|cause|fault|worst|most", everything(figure).lower())


def test_each_edge_has_its_number_and_its_errors_a_cross() -> None:
    figure = service_map(graph(*SHOP))
    said = words(figure)
    for number in ("600", "500", "43", "86", "40", "700"):
        assert said.count(number) == 1
    assert said.count("12") == 2
    assert figure.svg.count(CROSS) == 2 * 3, "two edges and the legend, each on white"
    assert "stroke-dasharray" in figure.svg and "message (a link between traces)" in said
    assert "calls with an error" not in words(service_map(graph(SHOP[1])))


def test_another_number_on_the_arrows() -> None:
    figure = service_map(graph(*SHOP), label="client_p95_ms")
    assert {"80.0", "9.50", "0.20", "–"} <= set(words(figure))
    assert ("checkout", "126", "0", "cart 86 calls, 8.00; email by link 40 calls, –") in figure.table.rows


def test_callers_stand_to_the_left() -> None:
    layout = place([edge[:2] for edge in SHOP], 27, 34)
    layer = {item.name: item.layer for item in layout.items if item.name}
    assert layer == {"outside": 0, "frontend": 1, "checkout": 2, "cart": 3, "email": 3, "sqlite": 4}


def test_cycles_and_calls_to_oneself() -> None:
    figure = service_map(
        graph(*SHOP, ("cart", "frontend", "call", 7, 0, 0, 1.0), ("cart", "cart", "call", 9, 2, 0, 1.0))
    )
    assert {"7", "↻ 9, 2 errors"} <= set(words(figure))
    alone = service_map(graph(("cart", "cart", "call", 9, 0, 0, 1.0)))
    assert {"cart", "↻ 9"} <= set(words(alone))


def test_with_many_layers_boxes_are_numbered_and_named_below() -> None:
    chain = graph(*((f"a-service-{n}", f"a-service-{n + 1}", "call", 9, 0, 0, 1.0) for n in range(11)))
    said = words(service_map(chain))
    assert {"1 a-service-0", "12 a-service-11", "12"} <= set(said)
    assert not any(word.endswith("…") for word in said)


def test_more_edges_than_the_limit_are_counted() -> None:
    many = graph(*((f"a{n}", f"b{n % 7}", "call", n + 1, 0, 0, 1.0) for n in range(60)))
    figure = service_map(many, limit=50)
    assert "… 10 edges with fewer calls not shown." in words(figure)
    assert "60 edges" in figure.finding
    assert len(figure.table.rows) == 20 and "… 40 callers more not listed." in figure.text


def test_mistakes_and_hostile_names() -> None:
    with pytest.raises(FigureError, match=r"needs the column calls; give it what traces\.service_graph returns"):
        service_map(graph(*SHOP).drop(columns="calls"))
    with pytest.raises(FigureError, match="nothing to draw"):
        service_map(graph())
    assert_tame(service_map(graph((HOSTILE, HOSTILE * 50, HOSTILE, 3, 1, 1, float("inf"))), title=HOSTILE))


NAMES = st.sampled_from("abcdefgh")
EDGES = st.lists(st.tuples(NAMES, NAMES).filter(lambda edge: edge[0] != edge[1]), min_size=1, max_size=25)


@settings(max_examples=60, deadline=None)
@given(EDGES)
def test_boxes_never_touch_and_edges_run_to_the_right(edges: list[tuple[str, str]]) -> None:
    layout = place(edges, 27, 34)
    for layer in layout.layers:
        for above, below in pairwise(layer):
            a, b = layout.items[above], layout.items[below]
            assert b.y - a.y >= (a.high + b.high) / 2 + GAP - 1e-6
    for at, (edge, route) in enumerate(zip(edges, layout.routes, strict=True)):
        steps = [layout.items[item].layer for item in route]
        assert steps == list(range(steps[0], steps[-1] + 1))
        ends = layout.items[route[0]].name, layout.items[route[-1]].name
        assert ends == (edge[::-1] if at in layout.turned else edge)
