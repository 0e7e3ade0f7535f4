"""What can be done to the running shop hurts what it should, and nothing else. (How much, see the recordings.)"""

from __future__ import annotations

import httpx
import pytest
from shop_probe import cpu_ticks, deploy, eventually, get, roll_back, trace_of_last


def statements(trace, database):
    return int((trace.name == f"SELECT {database}.db").sum())


def test_the_second_frontend_breaks_the_pages_that_fetch_no_banner(shop):
    deploy(shop, "frontend", "2.5.0")
    try:
        answers = {path: get(shop, path).status_code for path in ("", "product/SEXTANT008", "cart", "products")}
        assert answers == {"": 200, "product/SEXTANT008": 200, "cart": 500, "products": 500}
        trace = trace_of_last(shop, "GET /cart")
        page = trace[(trace.service == "frontend") & (trace.kind == "SERVER")].iloc[0]
        assert page.status == "ERROR" and page.attributes["http.response.status_code"] == 500
        assert "UndefinedError" in str(page.events) and "'ads' is undefined" in str(page.events)
    finally:
        roll_back(shop, "frontend")
    assert get(shop, "cart").status_code == 200


def test_the_second_discounts_asks_the_database_again_for_every_code(shop):
    get(shop)
    assert statements(trace_of_last(shop, "GET /"), "discounts") == 1
    deploy(shop, "discounts", "1.2.0")
    try:
        get(shop)
        assert statements(trace_of_last(shop, "GET /"), "discounts") == 1 + 200 + 200
    finally:
        roll_back(shop, "discounts")


def test_the_second_catalog_sells_the_same_for_far_more_work(shop):
    def work():
        pid = shop.status()["services"]["catalog"]["pid"]
        get(shop, "products")
        before = cpu_ticks(pid)
        pages = [get(shop, "products").text for _ in range(20)]
        return pages[-1], max(1, cpu_ticks(pid) - before)

    page, ticks = work()
    deploy(shop, "catalog", "1.4.0")
    try:
        other_page, other_ticks = work()
    finally:
        roll_back(shop, "catalog")
    assert other_page == page
    assert other_ticks > 3 * ticks


def test_without_ads_the_page_comes_without_its_banner(shop):
    assert 'class="banner"' in get(shop).text
    shop.blackhole("ads")
    try:
        page = get(shop)
        assert page.status_code == 200 and 'class="banner"' not in page.text
        trace = trace_of_last(shop, "GET /")
        call = trace[(trace.service == "frontend") & (trace.name == "GET /ads")].iloc[0]
        assert call.status == "ERROR" and call.attributes["error.type"] == "ReadTimeout"
        assert call.duration_ms >= 100
    finally:
        shop.thaw("ads")
    assert eventually(lambda: 'class="banner"' in get(shop).text)


def test_without_recommendation_pages_do_not_come_at_all(shop):
    shop.blackhole("recommendation")
    try:
        for path in ("", "product/SEXTANT008"):
            with pytest.raises(httpx.ReadTimeout):
                get(shop, path, seconds=2.5)  # longer than any deadline on the way
        assert get(shop, "products").status_code == get(shop, "cart").status_code == 200
    finally:
        shop.thaw("recommendation")
    assert eventually(lambda: get(shop).status_code == 200)
