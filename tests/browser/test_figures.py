"""The figures and the explorer as apprentice and mentor see them: in JupyterLab, and in a feedback page offline."""

import html
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest
from labpage import open_notebook, output_text, run_all, save, screenshot, start_chromium
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from watchkeeper import Recording, plot

DATASETS = Path(os.environ.get("WATCHKEEPER_DATASETS", Path(__file__).parents[2] / "datasets")).resolve()
OPEN = f"from watchkeeper import Recording\nrecording = Recording.open('monday-morning', datasets={str(DATASETS)!r})"
SLOWEST = "slowest = recording.traces().sort_values('duration_ms').trace_id.iloc[-1]"
WATERFALL = "from watchkeeper import plot\nplot.waterfall(recording.trace(slowest))"
EXPLORER = "from watchkeeper import explore\nexplorer = explore.traces(recording)\nexplorer"
NUMBER = ".widget-text input[type=number]"
FIGURES = """
from watchkeeper import Recording, latency, logs, slo, traces
requests, first = recording.traces(), recording.traces().trace_id.iloc[0]
minutes = slo.indicator(requests, slo.available(requests), seconds=5)
waiting = recording.metrics[recording.metrics.name == "shop.outbox.waiting"]
shown = [
    plot.service_map(traces.service_graph(recording.spans)),
    plot.distribution(requests.duration_ms, slo_ms=300, ecdf=True),
    plot.log_timeline(recording.trace(first), recording.logs),
    plot.burn_rate(minutes, slo.scaled(slo.STANDARD[:2], 1 / 60), 0.999, firings=True),
    plot.heat_map(requests),
    plot.pareto(logs.templates(recording.logs.body).template.value_counts()),
    plot.log_rates(logs.rates(recording.logs, seconds=5)),
    plot.timeline(pd.DataFrame({"time_ns": [0, 10**9], "signal": "log", "service": "cart", "what": "began"})),
    plot.series(waiting),
    plot.histogram_bounds(latency.Histogram.from_values(requests.duration_ms / 1000), 0.95),
]
"""
SHOW = "from IPython.display import display\nfor figure in shown:\n    display(figure)"


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook of code cells with Python's kernel."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells], metadata=kernel)
    nbformat.write(notebook, path)


@pytest.fixture(scope="module")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebooks")
    write_notebook(folder / "figure.ipynb", OPEN, SLOWEST, WATERFALL)
    write_notebook(folder / "explorer.ipynb", OPEN, EXPLORER)
    write_notebook(folder / "figures.ipynb", OPEN, f"import pandas as pd\nfrom watchkeeper import plot{FIGURES}", SHOW)
    write_notebook(folder / "latency.ipynb", OPEN, "from watchkeeper import explore\nexplore.latency(recording)")
    write_notebook(folder / "logs.ipynb", OPEN, "from watchkeeper import explore\nexplore.logs(recording)")
    return folder


@pytest.fixture(scope="module")
def url(lab: Callable[[Path], str], notebooks: Path) -> str:
    return lab(notebooks)


# In one script, because the page may replace the picture between two questions about it.
PICTURE = """
const image = document.querySelector('img[src^="data:image/svg+xml;base64,"]');
if (!image) return {};
image.scrollIntoView({block: "start"});
const drawn = image.complete ? image.naturalWidth : 0;
return {drawn: drawn, high: image.naturalHeight, wide: image.clientWidth, alt: image.alt};
"""


def picture(driver: webdriver.Chrome) -> dict[str, Any]:
    """The figure on the page: the width at which it was really drawn, its size, and the words that belong to it."""
    return {"drawn": 0, "alt": "", **driver.execute_script(PICTURE)}


def assert_drawn(seen: dict[str, Any]) -> None:
    assert seen["drawn"] == 900
    assert seen["high"] > 150
    assert "The request took" in seen["alt"]


def test_without_chromium_the_tests_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("labpage.CHROMIUM", tmp_path / "chromium")
    with pytest.raises(RuntimeError, match=r"lacks\. Install Chromium and its driver"):
        start_chromium(tmp_path)


def test_waterfall_in_jupyterlab(browser: webdriver.Chrome, url: str) -> None:
    open_notebook(browser, url, "figure.ipynb")
    run_all(browser)
    seen = picture(browser)
    screenshot(browser, "waterfall-in-jupyterlab")
    assert_drawn(seen)
    assert 700 < seen["wide"] <= 900
    assert "The critical path runs through" in output_text(browser)


def test_the_twin_unfolds_by_keyboard_and_the_dark_theme_keeps_the_ground(browser: webdriver.Chrome, url: str) -> None:
    open_notebook(browser, url, "figure.ipynb")
    run_all(browser)
    browser.execute_script("document.querySelector('.jp-OutputArea-output details summary').focus()")
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert "frontend" in browser.find_element(By.CSS_SELECTOR, ".jp-OutputArea-output details[open] table").text
    screenshot(browser, "twin-in-jupyterlab")
    try:
        change_theme(browser, "JupyterLab Dark")
        assert_drawn(picture(browser))
        screenshot(browser, "waterfall-in-dark-jupyterlab")
    finally:
        change_theme(browser, "JupyterLab Light")


def test_a_notebook_that_is_not_trusted_yet_shows_the_figure(
    browser: webdriver.Chrome, url: str, notebooks: Path
) -> None:
    recording = Recording.open("monday-morning", datasets=DATASETS)
    shown = plot.waterfall(recording.trace(recording.traces().trace_id[0]))._repr_html_()
    write_notebook(notebooks / "untrusted.ipynb", "1")
    notebook = nbformat.read(notebooks / "untrusted.ipynb", as_version=4)
    notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", {"text/html": shown})]
    nbformat.write(notebook, notebooks / "untrusted.ipynb")
    open_notebook(browser, url, "untrusted.ipynb")
    assert not browser.find_elements(By.CSS_SELECTOR, ".jp-mod-trusted")
    assert_drawn(picture(browser))
    assert browser.find_elements(By.CSS_SELECTOR, ".jp-OutputArea-output details table")


def change_theme(driver: webdriver.Chrome, theme: str) -> None:
    driver.execute_async_script(
        "const done = arguments[1];"
        "window.jupyterapp.commands.execute('apputils:change-theme', {theme: arguments[0]}).then(() => done(), done);",
        theme,
    )
    dark = "Dark" in theme
    WebDriverWait(driver, 30).until(
        lambda page: (
            page.execute_script("return document.body.dataset.jpThemeLight") == str(not dark).lower()
            and not page.find_elements(By.ID, "jupyterlab-splash")
        )
    )


def wait_for_another_picture(driver: webdriver.Chrome, before: str) -> str:
    return WebDriverWait(driver, 30).until(
        lambda page: picture(page)["alt"] not in ("", before) and picture(page)["alt"]
    )


def test_keyboard_drives_the_explorer_and_the_choice_is_saved(
    browser: webdriver.Chrome, url: str, notebooks: Path
) -> None:
    open_notebook(browser, url, "explorer.ipynb")
    run_all(browser)
    WebDriverWait(browser, 30).until(lambda page: page.find_elements(By.CSS_SELECTOR, NUMBER))
    number = browser.find_element(By.CSS_SELECTOR, NUMBER)
    seen = [picture(browser)["alt"]]
    number.send_keys(Keys.ARROW_UP)
    seen.append(wait_for_another_picture(browser, seen[-1]))
    assert number.get_attribute("value") == "2"
    assert browser.switch_to.active_element == number, "JupyterLab took the key and moved to another cell"
    number.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    seen.append(wait_for_another_picture(browser, seen[-1]))
    assert ["critical path" in alt for alt in seen] == [True, True, False]
    browser.execute_script("document.querySelector('.widget-toggle-buttons').scrollIntoView()")
    screenshot(browser, "explorer-in-jupyterlab")
    save(browser)
    controls, figure = nbformat.read(notebooks / "explorer.ipynb", as_version=4).cells[1].outputs
    assert "text/html" not in controls.data
    assert html.escape(seen[-1]) in figure.data["text/html"]


EVERY_PICTURE = """
return [...document.querySelectorAll('img[src^="data:image/svg+xml;base64,"]')].map(
    image => [image.complete ? image.naturalWidth : 0, image.naturalHeight > 120, image.clientWidth, image.alt]);
"""


def test_every_other_figure_in_both_themes(browser: webdriver.Chrome, url: str) -> None:
    open_notebook(browser, url, "figures.ipynb")
    run_all(browser)
    WebDriverWait(browser, 30).until(lambda page: len(page.execute_script(EVERY_PICTURE)) == 10)
    for drawn, high, wide, alt in browser.execute_script(EVERY_PICTURE):
        assert drawn == 900 and high and 700 < wide <= 900 and len(alt) > 30
    pictures = browser.find_elements(By.CSS_SELECTOR, 'img[src^="data:image/svg+xml;base64,"]')
    try:
        for theme in ("Dark", "Light"):
            change_theme(browser, f"JupyterLab {theme}")
            for number, one in enumerate(pictures):
                browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", one)
                screenshot(browser, f"figure-{number}-{theme.lower()}")
    finally:
        change_theme(browser, "JupyterLab Light")


def test_keyboard_drives_the_latency_explorer(browser: webdriver.Chrome, url: str) -> None:
    open_notebook(browser, url, "latency.ipynb")
    run_all(browser)
    WebDriverWait(browser, 30).until(lambda page: len(page.execute_script(EVERY_PICTURE)) == 2)
    before = [alt for *_, alt in browser.execute_script(EVERY_PICTURE)]
    press(browser, "GET /cart")
    after = WebDriverWait(browser, 30).until(lambda page: changed(page, before))
    assert all("GET /cart" in alt for alt in after)
    press(browser, "p95")
    after = WebDriverWait(browser, 30).until(lambda page: changed(page, after))
    assert "p95" in after[0] and "p95" not in after[1]
    browser.execute_script("document.querySelector('.widget-toggle-buttons').scrollIntoView()")
    screenshot(browser, "latency-explorer-in-jupyterlab")


def press(driver: webdriver.Chrome, words: str) -> None:
    """Reach the button whose words begin so, and press it by keyboard."""
    buttons = driver.find_elements(By.CSS_SELECTOR, ".widget-toggle-button")
    button = next(one for one in buttons if one.text.startswith(words))
    driver.execute_script("arguments[0].focus()", button)
    button.send_keys(Keys.ENTER)


def changed(driver: webdriver.Chrome, before: list[str]) -> list[str]:
    """The words of all pictures, when one at least is another than before and all are there."""
    now = [alt for *_, alt in driver.execute_script(EVERY_PICTURE)]
    return now if len(now) == len(before) and now[0] != before[0] else []


def test_keyboard_drives_the_log_explorer(browser: webdriver.Chrome, url: str) -> None:
    open_notebook(browser, url, "logs.ipynb")
    run_all(browser)
    field = ".widget-text input[type=text]"
    WebDriverWait(browser, 30).until(lambda page: page.find_elements(By.CSS_SELECTOR, field))
    words = browser.find_element(By.CSS_SELECTOR, field)
    words.send_keys("Served Banner x")
    words.send_keys(Keys.BACKSPACE, Keys.BACKSPACE, Keys.ENTER)
    WebDriverWait(browser, 30).until(
        lambda page: "here 1 to 15" in shown_page(page) and "rendered" not in shown_page(page)
    )
    assert browser.find_elements(By.CSS_SELECTOR, field), "JupyterLab took a key and cut the cell"
    number = browser.find_elements(By.CSS_SELECTOR, NUMBER)[-1]
    number.send_keys(Keys.ARROW_UP)
    WebDriverWait(browser, 30).until(lambda page: "here 16 to 30" in shown_page(page))
    browser.execute_script("document.querySelector('.widget-toggle-buttons').scrollIntoView()")
    screenshot(browser, "log-explorer-in-jupyterlab")


def shown_page(driver: webdriver.Chrome) -> str:
    """The page of log records, as the table's output says it."""
    return driver.execute_script(
        "const table = document.querySelector('.jp-OutputArea-output table');"
        "return table ? table.closest('.jp-OutputArea-output').innerText : '';"
    )


# --- feedback --------------------------------------------------------------------------------------------------------


def test_feedback_page_offline(browser: webdriver.Chrome, tmp_path: Path) -> None:
    page = feedback_page(tmp_path)
    browser.get(page.as_uri())
    pictures = browser.find_elements(By.CSS_SELECTOR, 'img[src^="data:image/svg+xml;base64,"]')
    sizes = [
        browser.execute_script("return [arguments[0].complete, arguments[0].naturalWidth]", one) for one in pictures
    ]
    assert sizes == [[True, 900], [True, 900]], "the waterfall and the explorer's figure"
    browser.execute_script("arguments[0].scrollIntoView()", pictures[0])
    screenshot(browser, "waterfall-in-feedback")
    browser.execute_script("arguments[0].scrollIntoView({block: 'center'})", pictures[1])
    screenshot(browser, "explorer-in-feedback")
    assert "The critical path runs through" in browser.find_element(By.TAG_NAME, "body").text


def feedback_page(course: Path) -> Path:
    """A tiny assignment through nbgrader: generate, hand in, autograde, feedback."""
    grader = {"grade": True, "solution": False, "locked": True, "points": 1, "grade_id": "q1", "schema_version": 3}
    (course / "source" / "tiny").mkdir(parents=True)
    path = course / "source" / "tiny" / "tiny.ipynb"
    write_notebook(path, OPEN, SLOWEST, WATERFALL, EXPLORER, "assert slowest")
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[-1].metadata["nbgrader"] = {**grader, "task": False, "cell_type": "code"}
    nbformat.write(notebook, path)
    (course / "nbgrader_config.py").write_text("c = get_config()\nc.CourseDirectory.course_id = 'tiny'\n")
    nbgrader(course, "generate_assignment", "tiny")
    handed_in = course / "submitted" / "ada" / "tiny"
    handed_in.mkdir(parents=True)
    (handed_in / "tiny.ipynb").write_bytes((course / "release" / "tiny" / "tiny.ipynb").read_bytes())
    nbgrader(course, "autograde", "tiny")
    nbgrader(course, "generate_feedback", "tiny")
    return course / "feedback" / "ada" / "tiny" / "tiny.html"


def nbgrader(course: Path, *words: str) -> None:
    """nbgrader calls `alembic` by its bare name, so the environment's programs have to be on PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    command = [sys.executable, "-m", "nbgrader", *words]
    done = subprocess.run(command, cwd=course, env={**os.environ, "PATH": path}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
