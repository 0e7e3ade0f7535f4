"""Fixtures of the browser tests: `lab(folder)` starts JupyterLab and returns its url, `browser` is a headless Chromium.

What a test does on the page (open a notebook, run it, take a picture) are functions of `labpage`.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from labpage import start_chromium, start_lab, stop
from selenium import webdriver


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser: mark it, so that `-m "not browser"` leaves it out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path], str]]:
    """`lab(folder)` starts JupyterLab on that folder and returns its url; all end with the tests."""
    running = []

    def start(folder: Path) -> str:
        process, url = start_lab(folder, tmp_path_factory.mktemp("jupyter"))
        running.append(process)
        return url

    yield start
    for process in running:
        stop(process)


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    """A headless Chromium, shared by all browser tests."""
    driver = start_chromium(tmp_path_factory.mktemp("chromium"))
    yield driver
    driver.quit()
