"""Feedback pages are like nbgrader's, with the same paths, and nothing hostile is on them or on formgrader's page."""

from __future__ import annotations

import json
import re
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path

import nbgrader
import pytest
from bs4 import BeautifulSoup
from late import policy
from nbconvert.exporters import HTMLExporter
from nbgrader.api import Gradebook
from submissions import LESSON, MODULE, ROOT, cell_of, result, unreadable
from traitlets.config import Config, PyFileConfigLoader

from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade import session, settings
from watchkeeper.staff.grade.gradebook import autograded, feedback
from watchkeeper.staff.grade.gradebook.book import Book, Scores, store
from watchkeeper.staff.grade.gradebook.feedback import TEMPLATES, page, write_pages
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
    assert len(ours) == 3 and packed >= set(ours)


def test_a_late_penalty_is_on_the_page(folder, book):
    with Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as opened:
        opened.update_or_create_assignment(MODULE, duedate="2026-03-01")
    with Book.open(book.url, policy("Hourly")) as strict:
        store(strict, folder, result(time=datetime(2026, 3, 1, 2)), {})
        text, _, _ = seen(write_pages(strict, folder, "ada", MODULE)[0])
    assert "Late submission penalty (Score: -2.0)" in text and "(Score: 5.0 / 8.0)" in text


def test_the_page_has_no_sum_until_every_text_is_marked(folder, book):
    store(book, folder, result(answers={REFLECTION: "I saw it."}), {})
    text, _, _ = seen(write_pages(book, folder, "ada", MODULE)[0])
    assert "first-watch (not marked yet, out of 8.0)" in text and "7.0" not in text
    comment_by_hand(folder, "Yes.", 0.5)
    text, _, _ = seen(write_pages(book, folder, "ada", MODULE)[0])
    assert "first-watch (Score: 7.5 / 8.0)" in text


def test_a_failed_submissions_page_says_why(folder, book):
    store(book, folder, unreadable(), {})
    text, _, _ = seen(write_pages(book, folder, "cid", MODULE)[0])
    assert "first-watch (not graded) Not graded ¶ first-watch.ipynb is not a notebook." in text
    assert "Score" not in text


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


@pytest.mark.parametrize("failure", [IndexError("pop from empty list"), RecursionError(), MemoryError(), "not there"])
def test_one_submission_that_gives_no_page_leaves_the_others_theirs(folder, book, monkeypatch, failure):
    for student in ("ada", "bob", "cid"):
        store(book, folder, result(student), {})
        (folder / "submitted" / student / MODULE).mkdir(parents=True, exist_ok=True)
    if failure == "not there":
        (folder / "autograded" / "bob" / MODULE / f"{LESSON}.ipynb").unlink()
    else:
        highlight, broken = feedback.page, {"bob"}

        def failing(notebook, name, scores):
            if broken and "bob" in json.dumps(notebook["cells"]):
                raise failure
            return highlight(notebook, name, scores)

        path = folder / "autograded" / "bob" / MODULE / f"{LESSON}.ipynb"
        written = json.loads(path.read_text(encoding="utf-8"))
        written["cells"][0]["source"] = "bob's"
        path.unlink()
        path.write_text(json.dumps(written), encoding="utf-8")
        monkeypatch.setattr(feedback, "page", failing)
    made = list(session.feedback(settings.read(ROOT, folder), MODULE))
    assert [one.parents[1].name for one in made if isinstance(one, Path)] == ["ada", "cid"]
    (said,) = (one for one in made if not isinstance(one, Path))
    assert said.student == "bob" and "bob" in said.why
    assert not (folder / "feedback" / "bob" / MODULE).exists()


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


class Loads(HTMLParser):
    """What a browser would fetch to show a page: sources, style sheets, and addresses in styles."""

    def __init__(self, text):
        super().__init__()
        self.found, self.policies, self.tag = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tag, values = tag, {name: value or "" for name, value in attrs}
        fetched = [values[name] for name in ("src", "srcset", "data", "poster", "background") if name in values]
        fetched += [values["href"]] if tag in ("link", "base", "use", "image") else []
        self.found += [one for one in fetched if not one.startswith("data:")]
        self.styled(values.get("style", ""))
        self.policies += [values["content"]] if values.get("http-equiv") == "Content-Security-Policy" else []

    def handle_data(self, data):
        if self.tag == "style":
            self.styled(data)

    def styled(self, text):
        urls = re.findall(r"url\(\s*['\"]?([^'\")]+)|@import\s+['\"]([^'\"]+)", text)
        self.found += [one or other for one, other in urls if ":" in (one or other).split("/")[0] or one[:2] == "//"]


FORMULAS = {
    "inline": "The budget is $1 - a<b$ of it.",
    "display": "$$\\sum_i x_i$$",
    "bracketed": "\\\\(x\\\\) and \\begin{align}x&=1\\end{align}",
}


@pytest.mark.parametrize("name", FORMULAS)
def test_a_page_loads_nothing_and_shows_a_formula_as_it_was_written(folder, book, name):
    mine = result(answers={REFLECTION: FORMULAS[name]})
    cell_of(mine.notebooks[0].notebook, "the-root-answer")["outputs"] = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/latex": "$\\frac{1}{2}$"}}
    ]
    store(book, folder, mine, {})
    (path,) = write_pages(book, folder, "ada", MODULE)
    ours = path.read_text(encoding="utf-8")
    found = Loads(ours)
    assert found.found == [] and "default-src 'none'" in found.policies[0] and "<script" not in ours
    shown = BeautifulSoup(ours, "html.parser").text
    assert all(word in shown for word in (*re.findall(r"[a-z]\w*", FORMULAS[name]), r"\frac{1}{2}"))
    stock.must(stock.api(ROOT, folder).generate_feedback(MODULE, "ada", force=True), "feedback")
    theirs = path.read_text(encoding="utf-8")
    assert theirs != ours and Loads(theirs).found == []


def test_what_a_page_would_load_is_noticed():
    page = """<script src="https://a.example/m.js"></script><link href=//b.example/x.css><img src="data:image/png,">
    <style>@import "https://c.example/y.css"; b { background: url(https://d.example/z.png) }</style>"""
    assert [one.split("/")[2] for one in Loads(page).found] == ["a.example", "b.example", "c.example", "d.example"]


# Color codes that nbconvert's converter can't read, and codes that are for a terminal only.
CODES = {
    "no color after 38": "\x1b[38m",
    "no color after 48": "\x1b[1;48m",
    "half a color": "\x1b[38;5m",
    "half of three": "\x1b[48;2;1;2m",
    "a color out of range": "\x1b[38;5;999m",
    "letters": "\x1b[38;xm",
    "a long number": "\x1b[" + "3" * 5000 + "m",
    "colons": "\x1b[38:2::1:2:3m",
    "cursor": "\x1b[2J\x1b[H",
    "title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;https://a.example\x1b\\\\here",
    "no end": "\x1b[38",
    "one inside another": "\x1b\x1b[38m[38m",
    "eight bits": "\x9b38m",
}


@pytest.mark.parametrize("code", CODES.values(), ids=list(CODES))
def test_no_control_code_stops_a_page(folder, book, code):
    """In every place of a notebook from which text gets into a page, of our feedback and of formgrader."""
    mine = result(answers={REFLECTION: f"I saw {code} it."})
    cell_of(mine.notebooks[0].notebook, "the-root-answer")["outputs"] = [
        {"output_type": "stream", "name": "stdout", "text": f"before {code} after"},
        {"output_type": "display_data", "metadata": {}, "data": {"text/plain": f"before {code} after"}},
        {"output_type": "error", "ename": f"E{code}", "evalue": code, "traceback": [f"before {code} after", code]},
    ]
    store(book, folder, mine, {})
    stored = folder / "autograded" / "ada" / MODULE / f"{LESSON}.ipynb"
    (path,) = write_pages(book, folder, "ada", MODULE)
    for shown in (path.read_text(encoding="utf-8"), formgraders_page(formgrader(configured=False), stored)):
        assert shown.count("fter") >= 3


def test_colors_of_a_traceback_stay(folder, book):
    mine = result()
    text = "\x1b[0;31mValueError\x1b[0m \x1b[38;5;28;01mgreen\x1b[39;00m \x1b[48;2;1;2;3mdark\x1b[m"
    cell_of(mine.notebooks[0].notebook, "the-root-answer")["outputs"] = [
        {"output_type": "stream", "name": "stderr", "text": text}
    ]
    store(book, folder, mine, {})
    (path,) = write_pages(book, folder, "ada", MODULE)
    page = path.read_text(encoding="utf-8")
    assert "ansi-red-fg" in page and "rgb(0,135,0)" in page and "rgb(1,2,3)" in page


def colored(monkeypatch):
    """The lengths of the texts that pygments reads with the patterns of a language from now on."""
    from pygments.lexer import RegexLexer

    lengths, read = [], RegexLexer.get_tokens_unprocessed

    def noted(self, text, *args):
        lengths.append(len(text))
        return read(self, text, *args)

    monkeypatch.setattr(RegexLexer, "get_tokens_unprocessed", noted)
    return lengths


@pytest.mark.parametrize(("unit", "size"), [("a.", 200_000), ("x ", 6_000), ("@", 300_000), ("%a ", 6_000)])
def test_long_code_is_shown_without_colors(folder, book, monkeypatch, unit, size):
    mine = result()
    cell_of(mine.notebooks[0].notebook, "the-root-answer")["source"] = unit * (size // len(unit))
    store(book, folder, mine, {})
    stored = folder / "autograded" / "ada" / MODULE / f"{LESSON}.ipynb"
    lengths = colored(monkeypatch)
    (path,) = write_pages(book, folder, "ada", MODULE)
    theirs = formgraders_page(formgrader(configured=True), stored)
    assert len(theirs) > 6_000 and lengths and max(lengths) < 5_100
    shown = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser").text
    assert (unit * (5_990 // len(unit))).strip() in shown


def test_many_cells_of_code_are_colored_only_up_to_a_limit(folder, book, monkeypatch):
    lengths = colored(monkeypatch)
    cells = [
        {
            "cell_type": "code",
            "metadata": {},
            "source": f"# {n}\n" + "x = 1\n" * 800,
            "outputs": [],
            "execution_count": 1,
        }
        for n in range(30)
    ]
    shown = page(
        {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4},
        LESSON,
        Scores(0.0, 1.0, 0.0, {}, {}),
    )
    assert sum(lengths) <= 60_100 and all(f"# {n}\n" in shown or f"# {n}<" in shown for n in (0, 15, 29))
