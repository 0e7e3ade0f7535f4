"""Cleaned HTML as a browser's own parser reads it: only what is allowed, and nothing of it runs."""

from __future__ import annotations

import runpy
from pathlib import Path

from selenium import webdriver

from watchkeeper.staff.grade.sanitize.html import TAGS, cleaned

CORPUS = runpy.run_path(str(Path(__file__).parents[1] / "grade" / "hostile.py"))
READ = """
const place = document.body.appendChild(document.createElement("div"));
const read = [];
for (const text of arguments[0]) {
  place.innerHTML = text;
  read.push([...place.querySelectorAll("*")].map(
    (one) => [`${one.namespaceURI.split("/").pop()} ${one.localName}`, one.getAttributeNames(), one.shadowRoot]
  ));
}
return [read, window.owned || 0];
"""


def test_the_browser_reads_only_what_is_allowed(browser: webdriver.Chrome) -> None:
    browser.get("data:text/html,<title>a page</title>")
    names = list(CORPUS["HOSTILE_HTML"])
    texts = [cleaned(CORPUS["HOSTILE_HTML"][name].replace("alert(1)", "window.owned=1")) for name in names]
    read, owned = browser.execute_script(READ, texts)
    assert owned == 0
    for name, elements in zip(names, read, strict=True):
        for element, attributes, shadow in elements:
            namespace, tag = element.split()
            assert namespace == "xhtml" and tag in TAGS and shadow is None, name
            acting = [one for one in attributes if one.startswith("on") or one in ("id", "name", "srcset", "is")]
            assert acting == [], name


def test_what_was_not_cleaned_would_run(browser: webdriver.Chrome) -> None:
    browser.get("data:text/html,<title>a page</title>")
    hostile = CORPUS["HOSTILE_HTML"]["picture's handler"].replace("alert(1)", "window.owned=1")
    browser.execute_script(READ, [hostile])
    browser.implicitly_wait(2)
    assert browser.execute_async_script("setTimeout(() => arguments[0](window.owned), 500)") == 1
