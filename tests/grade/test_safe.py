"""What an apprentice's notebook may bring into the mentor's browser: nothing that runs, loads or posts."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import nbgrader
import pandas as pd
import pytest
from hostile import HOSTILE_HTML, HOSTILE_MARKDOWN, PICTURE
from nbconvert.exporters import HTMLExporter

from watchkeeper.check.outcome import Outcome
from watchkeeper.staff.grade.sanitize import html
from watchkeeper.staff.grade.sanitize import notebook as notebooks
from watchkeeper.staff.grade.sanitize.html import MOST_ATTRIBUTES, Unsafe, cleaned
from watchkeeper.staff.grade.sanitize.notebook import AS_TEXT, LEFT_OUT, TOO_MANY, safe, sentence
from watchkeeper.staff.grade.sanitize.text import CUT, LONGEST, MOST_CODES, plain_text

ROOT = Path(__file__).parent.parent.parent
FIGURE = (
    f'<img src="{PICTURE}" alt="Wait. It &quot;grew&quot;." style="max-width:100%;height:auto;display:block">'
    '<details><summary style="display:list-item;cursor:pointer">The same as text</summary></details>'
)
BUNDLES = {
    "script": {"application/javascript": "alert(1)"},
    "widget": {"application/vnd.jupyter.widget-view+json": {"model_id": "x"}},
    "plot that loads": {"application/vnd.plotly.v1+json": {}, "text/vnd.mermaid": "<script>alert(1)</script>"},
    "vector picture": {"image/svg+xml": '<svg onload="alert(1)"/>'},
    "picture that leaves its tag": {"image/png": '" onerror="alert(1)'},
    "formula": {"text/latex": "</script><script>alert(1)</script>"},
    "markdown": {"text/markdown": "<img src=x onerror=alert(1)>"},
    "no text": {"text/plain": {"a": 1}, "text/html": ["<img src=x ", "onerror=alert(1)>"]},
    "not a bundle": ["<script>alert(1)</script>"],
    "deep": {"text/html": "<div>" * 60_000 + "<script>alert(1)</script>"},
}
BARRED = {
    "script",
    "iframe",
    "object",
    "embed",
    "form",
    "button",
    "link",
    "meta",
    "base",
    "svg",
    "math",
    "video",
    "audio",
    "style",
    "noscript",
    "textarea",
    "template",
    "foreignobject",
    "annotation-xml",
    "animate",
    "use",
    "image",
    "xmp",
    "noembed",
    "noframes",
    "plaintext",
    "select",
    "slot",
}
ACTS = {"srcset", "srcdoc", "action", "formaction", "ping", "background", "contenteditable", "popover", "is", "slot"}


class Page(HTMLParser):
    """Everything in the body of a page that could run, load or be mistaken for the page's own."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        values = {name: value or "" for name, value in attrs}
        self.found += [tag] if tag in BARRED else []
        self.found += [name for name in values if name.startswith("on") or name in ACTS]
        self.found += [name for name in values if name.startswith("data-")]
        self.found += [values["src"]] if not values.get("src", PICTURE).startswith("data:image/") else []
        href = values.get("href", "#").strip().lower()
        self.found += [href] if not href.startswith(("#", "https://", "http://", "mailto:")) else []
        self.found += [values["style"] for bad in ("url", "position", "\\", ":-") if bad in values.get("style", "")]
        self.found += [values["id"]] if values.get("id") in ("slowest", "slowest-comment") else []
        self.found += [values["class"]] if "full-credit" in values.get("class", "") else []


def notebook(*cells, **metadata):
    marks = {"grade_id": "slowest", "grade": True, "solution": False, "points": 2, "locked": True, "schema_version": 3}
    check = {"cell_type": "code", "metadata": {"nbgrader": marks | metadata}, "source": "", "outputs": []}
    return {"cells": [check, *cells], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def cell(kind, source, outputs=(), **more):
    more |= {"outputs": list(outputs)} if outputs else {}
    return {"cell_type": kind, "metadata": {}, "source": source} | more


def body(cleaned):
    """The cells as formgrader's template shows them, which sanitizes nothing; without the page's own head."""
    import nbformat

    node = nbformat.from_dict(cleaned)
    for one in node.cells:
        one.metadata.setdefault("nbgrader", {})
    folder = Path(nbgrader.__file__).parent / "server_extensions" / "formgrader" / "templates"
    exporter = HTMLExporter(template_name="formgrade", extra_template_basedirs=[str(folder)])
    exporter.preprocessors = []
    page, _ = exporter.from_notebook_node(node, resources={"base_url": "", "index": 0, "total": 1})
    start, end = page.index('id="notebook-container"'), page.index('<div class="help">')
    shown = page[start:end].replace('<input class="score tabbable" id="slowest"', "")
    return shown.replace("full-credit", "", shown.count("scoring-buttons"))  # the template's own


def own_buttons(found):
    """The buttons that the template itself puts next to a mark."""
    return [one for one in found if one not in ("button", "textarea")]


@pytest.mark.parametrize("name", HOSTILE_HTML)
def test_hostile_html_is_left_out(name):
    once = cleaned(HOSTILE_HTML[name])
    assert Page(once).found == []
    assert cleaned(once) == once, "it is read differently the second time"


@pytest.mark.parametrize("name", HOSTILE_MARKDOWN)
def test_hostile_markdown_is_shown_as_text_by_formgraders_own_template(name):
    cleaned = safe(notebook(cell("markdown", HOSTILE_MARKDOWN[name])))
    assert own_buttons(Page(body(cleaned)).found) == []


@pytest.mark.parametrize("name", BUNDLES)
def test_hostile_outputs_are_harmless_in_formgraders_own_template(name):
    hostile = {"output_type": "display_data", "metadata": {"text/html": {"isolated": True}}, "data": BUNDLES[name]}
    cleaned = safe(notebook(cell("code", "1", [hostile])))
    assert own_buttons(Page(body(cleaned)).found) == []
    assert "<iframe" not in body(cleaned)


def test_metadata_counts_and_raw_cells_bring_nothing_into_the_page():
    bad = '"><script>alert(1)</script>'
    output = {
        "output_type": "execute_result",
        "execution_count": bad,
        "data": {"image/png": "AAAA", "text/html": ""},
        "metadata": {"image/png": {"width": "1 onload=alert(1)"}},
    }
    hostile = notebook(
        cell("code", "1", [output], execution_count=bad, id=bad),
        cell("raw", "<script>alert(1)</script>"),
        cell("heading", "<script>alert(1)</script>"),
        cell(
            "code",
            "2",
            [
                {"output_type": "stream", "name": bad, "text": bad},
                {"output_type": "error", "ename": bad, "evalue": bad, "traceback": [bad]},
            ],
        ),
        grade_id="slowest",
    )
    hostile["cells"].append(
        {
            **cell("code", "3"),
            "metadata": {"tags": [bad], "magics_language": bad, "nbgrader": {"grade_id": bad, "grade": True}},
        }
    )
    hostile["metadata"] = {
        "language_info": {"name": bad, "pygments_lexer": bad},
        "kernelspec": {"name": bad},
        "widgets": {"application/vnd.jupyter.widget-state+json": bad},
    }
    cleaned = safe(hostile)
    assert own_buttons(Page(body(cleaned)).found) == []
    assert "widgets" not in cleaned["metadata"] and "kernelspec" not in cleaned["metadata"]
    assert "nbgrader" not in cleaned["cells"][-1]["metadata"]


def test_tables_figures_and_verdicts_are_not_changed():
    table = cleaned(pd.DataFrame({"wait": [1.5, 2]}, index=["a", "b"])._repr_html_())
    assert table.count("<td>") == 2 and 'class="dataframe"' in table and "<style" not in table
    assert 'style="text-align: right;"' in table and ".dataframe" not in table
    assert cleaned(FIGURE) == FIGURE
    verdict = Outcome("slowest", "not yet", ("On paper: <that> differs.",)).html
    assert cleaned(verdict) == verdict


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("5 < 7 and a<b, b>a & c", "5 < 7 and a"),
        ("<p>rate < 5% & falling</p>", "rate < 5% & falling"),
        ("<p>The span of <service>checkout</service> failed</p>", "The span of checkout failed"),
        ("<pre>&lt;service&gt; failed</pre>", "<service> failed"),
        ("<textarea>as</textarea> <noscript>text</noscript> <unknown>too</unknown>", "as text too"),
    ],
)
def test_what_an_apprentice_wrote_can_still_be_read(source, shown):
    class Text(HTMLParser):
        text = ""

        def handle_data(self, data):
            self.text += data

    read = Text()
    read.feed(cleaned(source))
    assert read.text.startswith(shown)


@pytest.mark.parametrize("text", ["The <service> failed", "x <checkout> y </checkout>", "a <!-- b --> c", "If a<b c>d"])
def test_markdown_that_would_lose_a_word_is_shown_as_text(text):
    source = safe(notebook(cell("markdown", text)))["cells"][1]["source"]
    assert source.startswith(AS_TEXT) and text in source


def test_plain_markdown_is_not_changed():
    text = (
        '# What I think\n\n*I* **think** `a < b` & "c":\n\n1. one\n2. two\n\n'
        "| a | b |\n|:-:|--|\n| 1 | 2 |\n\n- [x] done\n\n"
        "```python\nx = '<script>'\n```\n\n$a<b$ <https://example.org/a?b=1&c=2> [that](https://example.org)\n"
    )
    assert safe(notebook(cell("markdown", text)))["cells"][1]["source"] == text


def test_every_lesson_of_the_course_is_shown_unchanged():
    paths = sorted((ROOT / "release").glob("*/*.ipynb"))
    assert paths
    for path in paths:
        released = json.loads(path.read_text(encoding="utf-8"))
        cleaned = safe(released)
        sources = ["".join(one["source"]) for one in released["cells"]]
        assert [one["source"] for one in cleaned["cells"]] == sources, path
        marks = [one["metadata"].get("nbgrader") for one in released["cells"]]
        assert [one["metadata"].get("nbgrader") for one in cleaned["cells"]] == marks


def test_only_the_courses_own_prose_is_not_sanitized():
    ours = '<div onclick="x()">ours</div>'
    cleaned = safe(notebook(cell("markdown", ours), cell("markdown", f"{ours} "), cell("raw", ours)), {ours})
    assert [one["source"] == ours for one in cleaned["cells"][1:]] == [True, False, False]


def test_an_attached_picture_is_shown():
    attached = cell("markdown", "![mine](attachment:a.png)", attachments={"a.png": {"image/png": "AAAA"}})
    assert safe(notebook(attached))["cells"][1]["source"] == "![mine](data:image/png;base64,AAAA)"


def test_sanitizing_again_changes_nothing():
    once = safe(
        notebook(
            *(cell("markdown", text) for text in HOSTILE_MARKDOWN.values()),
            cell(
                "code",
                "1",
                [
                    {"output_type": "display_data", "data": {"text/html": text}}
                    for text in (*HOSTILE_HTML.values(), FIGURE)
                ],
            ),
        )
    )
    assert safe(once) == once
    json.dumps(once)


def test_the_page_says_what_was_left_out():
    cleaned = safe(
        notebook(
            cell("code", "1", [{"output_type": "display_data", "data": BUNDLES["script"]}]),
            cell("markdown", HOSTILE_HTML["script"]),
        )
    )
    assert cleaned["cells"][1]["outputs"][0]["data"] == {"text/plain": LEFT_OUT}
    assert cleaned["cells"][2]["source"].startswith(AS_TEXT) and "alert(1)" in cleaned["cells"][2]["source"]


def test_a_sentence_with_a_hostile_file_name_is_plain():
    assert Page(sentence("The file <img src=x onerror=alert(1)>.ipynb [x](javascript:y) can't be read.")).found == []
    assert sentence("a.ipynb can't be read.") == "a.ipynb can't be read."


# Tags that make a parser compare each attribute with all before it.
MANY = 20_000
CROWDED = {
    "bare": "<a " + " ".join(f"b{n}" for n in range(MANY)) + ">",
    "never closed": "<a " + " ".join(f"b{n}" for n in range(MANY)),
    "slashes": "<a/" + "/".join(f"b{n}" for n in range(MANY)) + ">",
    "with values": "<td " + " ".join(f"b{n}=1" for n in range(MANY)) + ">",
    "values with ends in them": "<td " + " ".join(f"b{n}='>'" for n in range(MANY)) + ">",
    "without spaces": "<td " + "".join(f'b{n}=">"' for n in range(MANY)) + ">",
    "newlines": "<P\n" + "\n".join(f"b{n}\t=\f'1'" for n in range(MANY)) + ">",
    "after a comment that holds a quote": '<!-- <a b="--><x ' + " ".join(f"b{n}" for n in range(MANY)) + ">",
    "in a quoted value": "<a title='<b " + " ".join(f"b{n}" for n in range(MANY)) + "'>",
    "equal signs": "<a " + " ".join(f"={n}" for n in range(MANY)) + ">",
}


@pytest.mark.parametrize("name", CROWDED)
def test_a_tag_with_many_attributes_reaches_no_parser(monkeypatch, name):
    monkeypatch.setattr(html, "_cleaner", lambda markdown: pytest.fail("it was parsed"))
    with pytest.raises(Unsafe):
        cleaned(CROWDED[name][:190_000])
    shown = safe(notebook(cell("code", "1", [{"output_type": "display_data", "data": {"text/html": CROWDED[name]}}])))
    assert shown["cells"][1]["outputs"][0]["data"] == {"text/plain": LEFT_OUT}


@pytest.mark.parametrize(
    "text",
    [
        "<td " + " ".join(f"b{n}='1'" for n in range(MOST_ATTRIBUTES)) + ">7</td>",
        f"<p>{'a word, 5 < 7 and > 8, ' * 90}</p>",
        f"<p title='{'word ' * 90}'>text</p>",
        "".join(f"<td align='right' title=a{n}>7</td>" for n in range(400)),
    ],
    ids=["as many as there may be", "prose", "a long value", "many tags"],
)
def test_ordinary_tags_are_not_crowded(text):
    assert cleaned(text)


def test_html_is_looked_at_up_to_a_limit_and_the_text_stays(monkeypatch):
    read = []
    monkeypatch.setattr(notebooks, "cleaned", lambda page: read.append(len(page)) or page)
    page = {"text/html": "<b>x</b>" + "y" * 100_000, "text/plain": "x"}
    shown = safe(notebook(*(cell("code", "1", [{"output_type": "display_data", "data": page}]) for _ in range(200))))
    assert 1_700_000 < sum(read) <= 2_000_000
    assert all(one["outputs"][0]["data"]["text/plain"] == "x" for one in shown["cells"][1:])


def test_more_outputs_than_a_page_can_show_are_left_out_and_it_says_so():
    line = {"output_type": "stream", "name": "stdout", "text": "x"}
    verdict = {"output_type": "display_data", "data": {"text/plain": "slowest: passed"}}
    shown = safe(
        notebook(cell("code", "1", [line] * 20_000), cell("code", "2", [line] * 9), cell("code", "3", [verdict]))
    )
    outputs = [one["outputs"] for one in shown["cells"][1:]]
    assert len(outputs[0]) < 6_000 and outputs[0][-1]["text"] == TOO_MANY
    assert len(outputs[1]) == 6 and outputs[1][-1]["text"] == TOO_MANY
    assert outputs[2][0]["data"] == verdict["data"]
    assert safe(shown) == shown


@pytest.mark.parametrize("where", ["stream", "text/plain", "text/latex", "evalue", "traceback"])
def test_a_long_text_is_cut_with_a_sentence(where):
    text = "long " * 60_000
    output = {
        "stream": {"output_type": "stream", "name": "stdout", "text": text},
        "evalue": {"output_type": "error", "ename": "E", "evalue": text, "traceback": []},
        "traceback": {
            "output_type": "error",
            "ename": "E",
            "evalue": "",
            "traceback": [text, *["x"] * 9_000, "the end"],
        },
    }.get(where, {"output_type": "display_data", "data": {where: text}})
    shown = safe(notebook(cell("code", "1", [output])))
    found = json.dumps(shown["cells"][1]["outputs"])
    assert len(found) < LONGEST + 10_000 and CUT in found and found.count("long ") > 10_000
    assert ("the end" in found) == (where == "traceback")
    assert safe(shown) == shown


def test_color_codes_are_kept_up_to_a_limit():
    text = plain_text("\x1b[31ma\x1b[0m" * 20_000)
    assert text.count("\x1b") == MOST_CODES and text.count("a") > 9_900
    assert plain_text(text) == text


def test_a_picture_that_is_attached_once_and_shown_a_thousand_times_is_not_repeated():
    picture = {"image/png": "A" * 1_000_000}
    source = "![x](attachment:a.png)\n" * 500 + "![y](attachment:b.png)"
    shown = safe(notebook(cell("markdown", source, attachments={"a.png": picture, "b.png": picture, "c.png": picture})))
    assert len(shown["cells"][1]["source"]) < 1_100_000


def test_an_output_that_can_not_be_cleaned_costs_nothing_else(monkeypatch):
    def fail(text):
        if text == "bad":
            raise RecursionError
        return text

    monkeypatch.setattr(notebooks, "plain_text", fail)
    outputs = [{"output_type": "stream", "name": "stdout", "text": text} for text in ("good", "bad", "better")]
    shown = safe(notebook(cell("code", "1", outputs)))
    assert [one["text"] for one in shown["cells"][1]["outputs"]] == ["good", LEFT_OUT, "better"]
