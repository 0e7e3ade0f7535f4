"""Traces made by hand: one span per line, written as a person would on paper."""

from collections.abc import Callable

import pandas as pd
import pytest

COLUMNS = ["trace_id", "span_id", "parent_span_id", "service", "name", "kind"]
COLUMNS += ["start_ns", "end_ns", "duration_ms", "status"]


def spans_of(*lines: tuple) -> pd.DataFrame:
    """Lines of (id, parent's id, service, name, kind, start in ms, end in ms[, status])."""
    rows = []
    for span_id, parent, service, name, kind, start, end, *status in lines:
        times = (int(1e18 + start * 1e6), int(1e18 + end * 1e6), float(end - start))
        rows.append(["7" * 32, span_id, parent, service, name, kind, *times, (status or ["UNSET"])[0]])
    return pd.DataFrame(rows, columns=COLUMNS)


@pytest.fixture
def make() -> Callable[..., pd.DataFrame]:
    return spans_of


@pytest.fixture
def page() -> pd.DataFrame:
    """A page of 100 ms: cart waits 60 ms on the path, ads 50 ms next to it, then seven conversions."""
    lines = [
        ("r", "", "loadgenerator", "GET /", "CLIENT", 0, 100),
        ("f", "r", "frontend", "GET /", "SERVER", 1, 99),
        ("c", "f", "frontend", "GET /carts", "CLIENT", 5, 65),
        ("cs", "c", "cart", "GET /carts", "SERVER", 6, 64),
        ("a", "f", "frontend", "GET /ads", "CLIENT", 5, 55, "ERROR"),
    ]
    lines += [(f"x{n}", "f", "frontend", "GET /convert", "CLIENT", 66 + 4 * n, 69 + 4 * n) for n in range(7)]
    lines += [(f"y{n}", f"x{n}", "currency", "GET /convert", "SERVER", 67 + 4 * n, 68 + 4 * n) for n in range(7)]
    return spans_of(*lines)
