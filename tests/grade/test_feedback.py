"""Feedback pages are like nbgrader's, with the same paths, and nothing hostile is on them or on formgrader's page."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import nbgrader
import pytest
from bs4 import BeautifulSoup
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from submissions import LESSON, MODULE, ROOT, cell_of, result, unreadable
from traitlets.config import Config, PyFileConfigLoader

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade.gradebook import autograded
from watchkeeper.staff.grade.gradebook.book import Book, store
from watchkeeper.staff.grade.gradebook.feedback import TEMPLATES, write_pages
from watchkeeper.staff.grade.nbgrader import commands as stock

EVIL = "<img src=x onerror=alert(1)><script>alert(1)</script>"
REFLECTION = "first-impression"


@pytest.fixture
def book(folder):
    with Book.open(f"sqlite:///{folder / 'gradebook.db'}") as opened:
        yield opened


def comment_by_hand(folder, text, score):
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as opened:
        opened.find_comment(REFLECTION, LESSON, MODULE, "ada").manual_comment = text
        opened.find_grade(REFLECTION, LESSON, MODULE, "ada").manual_score = score
        opened.db.commit()


def seen(path):
    """What a reader sees of a page, and where its links within the page lead."""
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").body
    for link in page.select("#toc li > a"):  # ours names the question where nbgrader's says "Test cell"
        link.string = link["href"]
    pictures = [(one["src"], one["alt"]) for one in page.select("img")]
    return page.get_text(" ", strip=True), pictures, [one["href"] for one in page.select("#toc a")]


def test_the_page_says_what_nbgraders_own_says_and_has_the_same_path(folder, book):
    mine = result(points={"the-root": 1.0, "busiest-service": 1.5}, answers={REFLECTION: "I **saw** $x<y$ it."})
    figure = f'<img src="data:image/svg+xml;base64,{"PHN2Zy8+" * 9}" alt="One bar."><table><tr><td>7</td></tr></table>'
    outputs = [
        {"output_type": "stream", "name": "stdout", "text": "\x1b[31mred\x1b[0m <b>\n"},
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": figure, "text/plain": "bar"}},
        {"output_type": "error", "ename": "E", "evalue": "<e>", "traceback": ["a <t>", "b"]},
    ]
    cell_of(mine.notebooks[0].notebook, "the-root-answer")["outputs"] = outputs
    store(book, folder, mine, {})
    comment_by_hand(folder, "Well *seen*.", 0.5)
    (path,) = write_pages(book, folder, "ada", MODULE)
    assert path == folder / "feedback" / "ada" / MODULE / f"{LESSON}.html"
    ours = seen(path)
    assert "first-watch (Score: 3.0 / 8.0)" in ours[0] and "Well seen ." in ours[0] and "not yet" in ours[0]
    assert ours[1] == [(f"data:image/svg+xml;base64,{'PHN2Zy8+' * 9}", "One bar.")]
    api = stock.api(ROOT, folder)
    stock.must(api.generate_feedback(MODULE, "ada", force=False), "feedback")
    assert seen(path) == ours and path.stat().st_mode & 0o777 == 0o644  # nbgrader took our pages for its own
    stock.must(api.generate_feedback(MODULE, "ada", force=True), "feedback")
    assert seen(path) == ours
    assert not (path.parent / autograded.RECORD).exists()


def test_questions_are_named_and_a_text_that_is_not_marked_has_no_zero(folder, book):
    store(book, folder, result(answers={REFLECTION: "I saw it."}), {})
    (path,) = write_pages(book, folder, "ada", MODULE)
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    listed = {one.a.text: one.text for one in page.select("#toc li")}
    assert "Score: " in listed["the-root"] and "Test cell" not in page.text
    assert listed[REFLECTION] == f"{REFLECTION} (not marked yet, out of 1.0)"
    assert page.text.count("not marked yet, out of 1.0") == 2
    comment_by_hand(folder, "Well seen.", 0.5)
    (path,) = write_pages(book, folder, "ada", MODULE)
    assert "not marked yet" not in path.read_text(encoding="utf-8")


def test_the_style_for_tables_and_the_headings_of_answers_are_on_the_page(folder, book):
    store(book, folder, result(answers={REFLECTION: "I saw it."}), {})
    (path,) = write_pages(book, folder, "ada", MODULE)
    page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
    assert len([one for one in page.select("style") if "td, th { padding: 0.1em 0.6em" in one.text]) == 1
    headings = [" ".join(one.text.split()) for one in page.select(".nbgrader_cell .panel-heading")]
    assert headings[:2] == ["Student's answer (Top)", "Grade cell: the-root Score: 1.0 / 1.0 (Top)"]
    assert headings[-1] == "Student's answer not marked yet, out of 1.0 (Top)"
    assert {one["name"] for one in page.select("a[name]")} >= {"top", "the-root", "comment-the-root-answer"}


def test_the_templates_are_in_the_package():
    from hatchling.builders.wheel import WheelBuilder

    packed = {Path(one.distribution_path) for one in WheelBuilder(str(ROOT)).recurse_included_files()}
    ours = [path.relative_to(ROOT / "src") for path in TEMPLATES.rglob("*.*") if path.is_file()]
    assert len(ours) == 2 and packed >= set(ours)


def test_a_late_penalty_is_on_the_page(folder, book):
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as opened:
        opened.update_or_create_assignment(MODULE, duedate="2026-03-01")
    book.late.plugin_inst.late_submission_penalty = lambda *_: 2.0
    store(book, folder, result(), {})
    text, _, _ = seen(write_pages(book, folder, "ada", MODULE)[0])
    assert "Late submission penalty (Score: -2.0)" in text and "(Score: 5.0 / 8.0)" in text


def test_a_failed_submissions_page_says_why(folder, book):
    store(book, folder, unreadable(), {})
    text, _, _ = seen(write_pages(book, folder, "cid", MODULE)[0])
    assert "Not graded" in text and "first-watch.ipynb is not a notebook." in text and "(Score: 0.0 / 8.0)" in text


def test_feedback_on_a_submission_that_is_not_graded_is_refused_with_a_sentence(folder, book):
    with pytest.raises(GradingError, match="There is no graded 00-welcome from ada"):
        write_pages(book, folder, "ada", MODULE)
    store(book, folder, result(), {})
    path = folder / "autograded" / "ada" / MODULE / f"{LESSON}.ipynb"
    path.unlink()
    path.write_text("{", encoding="utf-8")
    with pytest.raises(GradingError, match="Grade that submission again"):
        write_pages(book, folder, "ada", MODULE)
    assert not (folder / "feedback" / "ada" / MODULE).exists()


class Handlers(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found += [name for name, _ in attrs if name.startswith("onerror")]

    def handle_data(self, data):
        self.found += ["script"] * (self.lasttag == "script" and "alert(1)" in data)


def hostile():
    """A submission with something hostile in every place that a page shows."""
    mine = result(answers={REFLECTION: f"Look:\n\n{EVIL}"})
    notebook = mine.notebooks[0].notebook
    bundle = {"text/html": EVIL, "application/javascript": "alert(1)", "image/png": f'"{EVIL}'}
    cell_of(notebook, "the-root-answer").update(
        execution_count=EVIL, outputs=[{"output_type": "display_data", "metadata": {}, "data": bundle}]
    )
    notebook["metadata"]["widgets"] = {"application/vnd.jupyter.widget-state+json": EVIL}
    return mine


def formgrader(configured):
    """The exporter that formgrader uses for its page: HTMLExporter(config) with its template."""
    loader = PyFileConfigLoader("nbgrader_config.py", path=str(ROOT))
    config = loader.load_config() if configured else Config()
    config.HTMLExporter.template_name = "formgrade"
    templates = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    config.HTMLExporter.extra_template_basedirs = [str(templates)]
    return HTMLExporter(config=config)


def formgraders_page(exporter, path):
    about = {"base_url": "", "index": 0, "total": 1, "notebook_id": LESSON, "submission_id": "1"}
    return exporter.from_filename(str(path), resources=about)[0]


def test_nothing_hostile_is_stored_or_on_a_page(folder, book):
    store(book, folder, hostile(), {})
    stored = folder / "autograded" / "ada" / MODULE / f"{LESSON}.ipynb"
    (path,) = write_pages(book, folder, "ada", MODULE)
    assert Handlers(path.read_text(encoding="utf-8")).found == []
    assert Handlers(formgraders_page(formgrader(configured=False), stored)).found == []
    assert "alert(1)" in path.read_text(encoding="utf-8")  # the mentor sees that it was tried


def test_pages_of_folders_that_plain_nbgrader_wrote_are_safe_by_configuration(folder, book):
    """Formgrader's page runs what is in a markdown cell; the course's configuration cleans it first."""
    mine = hostile()
    store(book, folder, mine, {})
    stored = folder / "autograded" / "ada" / MODULE / f"{LESSON}.ipynb"
    notebook = mine.notebooks[0].notebook
    cell_of(notebook, "the-root-answer")["execution_count"] = 1
    del notebook["metadata"]["widgets"]
    stored.unlink()
    stored.write_text(json.dumps(notebook), encoding="utf-8")
    plain = formgrader(configured=False)
    plain.sanitize_html = True  # nbconvert's own, which nbgrader's template for markdown does not ask for
    assert Handlers(formgraders_page(plain, stored)).found
    page = formgraders_page(formgrader(configured=True), stored)
    assert Handlers(page).found == [] and f'id="{REFLECTION}"' in page
    stock.must(stock.api(ROOT, folder).generate_feedback(MODULE, "ada", force=True), "feedback")
    theirs = (folder / "feedback" / "ada" / MODULE / f"{LESSON}.html").read_text(encoding="utf-8")
    assert Handlers(theirs).found == [] and "(Score: 7.0 / 8.0)" in theirs
