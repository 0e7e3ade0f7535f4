"""nbgrader's formgrader in a real JupyterLab: a reflection is marked by typing, and nothing of a submission runs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from labpage import screenshot
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from watchkeeper.staff.grade import session, settings
from watchkeeper.staff.grade.nbgrader import folder

ROOT = Path(__file__).parents[2]
MODULE, LESSON, TEXT = "00-welcome", "first-watch", "first-impression"
RELEASED = ROOT / "release" / MODULE / f"{LESSON}.ipynb"
REFLECTION = "The page waits for the cart. I would look there first."
COMMENT = "You say what waits, and why. Which span is *next*?"
SCRIPT = "<script>window.owned = 1; alert(1)</script>"
HANDLER = '<img src="x" onerror="window.owned = 1">'
HOSTILE = f"It waits. {SCRIPT} {HANDLER} [more](javascript:alert(1))"
SHOWS = (
    f"from IPython.display import HTML, Javascript\ndisplay(HTML({SCRIPT + HANDLER!r}), Javascript('window.owned=1'))"
)
FILLED = "const found = document.getElementById(arguments[0]); return found && found.placeholder"  # formgrader has come


def submission(text: str, more: str = "", outputs: tuple[dict, ...] = ()) -> str:
    """A released notebook with a reflection, and more code in its first answer, which has these outputs."""
    notebook = json.loads(RELEASED.read_text(encoding="utf-8"))
    cells = {cell["metadata"].get("nbgrader", {}).get("grade_id"): cell for cell in notebook["cells"]}
    cells[TEXT]["source"] = text
    cells["the-root-answer"].update(source=f"root = 'a1'\n{more}", outputs=list(outputs))
    return json.dumps(notebook)


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> settings.Settings:
    """A cohort's folder of three: an honest one, a hostile one, and a hostile one as plain nbgrader would leave it."""
    found = settings.read(ROOT, tmp_path_factory.mktemp("a school"))
    folder.configure(ROOT, found.folder)
    work = {"ada": submission(REFLECTION), "mallory": submission(HOSTILE, SHOWS), "unclean": submission(HOSTILE)}
    for student, content in work.items():
        place = found.submitted / student / MODULE
        place.mkdir(parents=True)
        (place / f"{LESSON}.ipynb").write_text(content, encoding="utf-8")
    session.grade(found, session.Job(MODULE))
    output = {"output_type": "display_data", "metadata": {}, "data": {"text/html": SCRIPT + HANDLER}}
    left = found.folder / "autograded" / "unclean" / MODULE / f"{LESSON}.ipynb"
    left.unlink()
    left.write_text(submission(HOSTILE, outputs=(output,)), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def url(lab: Callable[[Path], str], school: settings.Settings) -> str:
    return lab(school.folder)


def marked(school: settings.Settings, student: str) -> tuple[float | None, str | None]:
    """What the gradebook holds of the mentor's own for the reflection: points and comment."""
    from nbgrader.api import Gradebook

    with Gradebook(school.db_url) as book:
        names = TEXT, LESSON, MODULE, student
        return book.find_grade(*names).manual_score, book.find_comment(*names).manual_comment


def open_submission(driver: webdriver.Chrome, url: str, school: settings.Settings, student: str) -> None:
    """By the links that a mentor clicks, to one submission, and wait until its points are on the page."""
    from nbgrader.api import Gradebook

    with Gradebook(school.db_url) as book:
        wanted = book.find_submission_notebook(LESSON, MODULE, student).id
    wait = WebDriverWait(driver, 30)
    driver.get(f"{url}/formgrader/")
    for place in ("gradebook", f"gradebook/{MODULE}", f"gradebook/{MODULE}/{LESSON}", f"submissions/{wanted}"):
        link = By.CSS_SELECTOR, f"a[href$='/formgrader/{place}']"
        wait.until(lambda page, link=link: [one for one in page.find_elements(*link) if one.is_displayed()])[-1].click()
    wait.until(lambda page: page.execute_script(FILLED, f"{TEXT}-comment"))


def field(driver: webdriver.Chrome, name: str) -> str:
    return driver.execute_script("return document.getElementById(arguments[0]).value", name)


def type_into(driver: webdriver.Chrome, name: str, text: str) -> None:
    found = driver.find_element(By.ID, name)
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", found)
    found.clear()
    found.send_keys(text + Keys.TAB)


def test_a_reflection_is_marked_by_typing_and_grading_again_leaves_it(browser, url, school):
    open_submission(browser, url, school, "ada")
    assert REFLECTION in browser.find_element(By.ID, "notebook").text
    pictures = browser.find_elements(By.CSS_SELECTOR, "#notebook img")
    assert pictures and {one.value_of_css_property("border-top-width") for one in pictures} == {"0px"}
    type_into(browser, TEXT, "0.75")
    type_into(browser, f"{TEXT}-comment", COMMENT)
    WebDriverWait(browser, 30).until(lambda _: marked(school, "ada") == (0.75, COMMENT))
    screenshot(browser, "formgrader")

    again = session.grade(school, session.Job(MODULE, ("ada",), force=True))
    assert again.graded == ["ada"] and marked(school, "ada") == (0.75, COMMENT)
    open_submission(browser, url, school, "ada")
    assert (field(browser, TEXT), field(browser, f"{TEXT}-comment")) == ("0.75", COMMENT)

    (page,) = session.feedback(school, MODULE, ["ada"])
    browser.get(page.as_uri())
    shown = browser.find_element(By.TAG_NAME, "body").text
    assert "You say what waits, and why. Which span is next?" in shown and "Score: 0.75 / 1.0" in shown


@pytest.mark.parametrize("student", ["mallory", "unclean"])
def test_what_a_submission_brings_is_shown_and_does_nothing(browser, url, school, student):
    open_submission(browser, url, school, student)
    assert "window.owned = 1; alert(1)" in browser.find_element(By.ID, "notebook").text
    assert browser.execute_script("return window.owned") is None
    assert not browser.find_elements(By.CSS_SELECTOR, "#notebook [onerror], #notebook a[href^='javascript']")
    # The page would have let it run: that nothing happened is the cleaning's doing.
    browser.execute_script("document.getElementById('notebook').insertAdjacentHTML('beforeend', arguments[0])", HANDLER)
    WebDriverWait(browser, 30).until(lambda page: page.execute_script("return window.owned") == 1)
