"""The shop as a person sees it: pictures are drawn, and a sextant can be bought by clicking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

pytestmark = pytest.mark.browser


@pytest.fixture
def window(tmp_path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path}"):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options)
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


def shows(window: webdriver.Chrome, heading: str) -> None:
    """Wait for the page under `heading`. While one page replaces another, the driver may hold a node of the old one
    and raise: that is not an answer yet."""

    def is_there(window: webdriver.Chrome) -> bool:
        return window.find_element(By.TAG_NAME, "h1").text == heading

    WebDriverWait(window, 15, ignored_exceptions=[WebDriverException]).until(is_there, f"no page headed {heading!r}")


def test_a_sextant_can_be_bought_by_clicking(shop, window):
    window.get(shop.url)
    assert len(window.find_elements(By.CSS_SELECTOR, ".cards li")) == 14
    drawn = "return [...document.querySelectorAll('.picture use')].every(one => one.getBBox().width > 10)"
    window.implicitly_wait(5)
    assert window.execute_script(drawn)
    window.find_element(By.PARTIAL_LINK_TEXT, "Sextant").click()
    shows(window, "Sextant")
    window.find_element(By.XPATH, "//button[.='Put into cart']").click()
    shows(window, "Your cart")
    window.find_element(By.XPATH, "//button[.='Place the order']").click()
    shows(window, "Thank you")
