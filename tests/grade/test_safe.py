"""What an apprentice's notebook may bring into the mentor's browser: nothing that runs, loads or posts."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path

import nbgrader
import pandas as pd
import pytest
from nbconvert.exporters import HTMLExporter

from watchkeeper.check.outcome import Outcome
from watchkeeper.staff.grade.sanitize.html import cleaned
from watchkeeper.staff.grade.sanitize.notebook import AS_TEXT, LEFT_OUT, safe, sentence

ROOT = Path(__file__).parent.parent.parent
PICTURE = "data:image/svg+xml;base64,PHN2Zy8+"
FIGURE = (
    f'<img src="{PICTURE}" alt="Wait. It &quot;grew&quot;." style="max-width:100%;height:auto;display:block">'
    '<details><summary style="display:list-item;cursor:pointer">The same as text</summary></details>'
)

HOSTILE_HTML = {
    "script": "<script>alert(1)</script>",
    "script with a smaller-than": "<script>if (1<2) alert(1)</script>",
    "handler": '<b onmouseover="alert(1)">x</b>',
    "picture's handler": "<img src=x onerror=alert(1)>",
    "picture from elsewhere": '<img src="https://example.org/seen.png">',
    "picture from beside": '<img src="page.svg">',
    "picture that is a page": '<img src="data:text/html;base64,PHNjcmlwdD4=">',
    "source set": f'<img src="{PICTURE}" srcset="https://example.org/a.png 2x">',
    "frame": '<iframe src="https://example.org"></iframe>',
    "frame with a document": '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "object": '<object data="https://example.org/x.swf"></object><embed src="https://example.org/x">',
    "link that runs": '<a href="javascript:alert(1)">x</a>',
    "link that runs, spelled oddly": '<a href=" jAvA&#x09;script:alert(1)">x</a>',
    "link to data": '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    "link to a file beside": '<a href="page.html">x</a>',
    "style that loads": '<p style="background-color:url(https://example.org/x)">x</p>',
    "style that loads, escaped": '<p style="color:\\75rl(https://example.org/x)">x</p>',
    "style over the page": '<div style="position:fixed;top:0;left:0;width:100%;height:100%">x</div>',
    "style out of its place": '<div style="margin-top:-900px">x</div>',
    "style sheet": "<style>body{background:url(https://example.org/x)}</style>",
    "style sheet that imports": "<style>@import 'https://example.org/x.css';</style>",
    "linked style sheet": '<link rel="stylesheet" href="https://example.org/x.css">',
    "form": '<form action="https://example.org"><input name="x"><button>Save</button></form>',
    "form's button": '<button class="full-credit">Full credit</button>',
    "refresh": '<meta http-equiv="refresh" content="0;url=https://example.org">',
    "base": '<base href="https://example.org/">',
    "vector picture": '<svg onload="alert(1)"><script>alert(1)</script></svg>',
    "mathematics": '<math><mtext><table><mglyph><style><img src=x onerror="alert(1)"></style></mglyph></table></math>',
    "noscript": '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    "comment that ends early": "<!--><img src=x onerror=alert(1)>-->",
    "broken tag": '<img src="x" onerror="alert(1)"',
    "tags in tags": "<scr<script></script>ipt>alert(1)</scr<script></script>ipt>",
    "the id of a mark's field": '<b id="slowest">x</b>',
    "data that pages read": '<b data-link="https://example.org" data-toggle="tooltip">x</b>',
    "class that pages listen to": '<b class="full-credit btn">x</b>',
    "portal and video": '<video src="https://example.org/x" autoplay></video><audio src="https://example.org/y"></audio>',
}
# Mutation: harmless as one parser reads it, and something else when the browser reads what was written out again.
IMAGE = "<img src=x onerror=alert(1)>"
HOSTILE_HTML |= {
    "mutation by a style in svg": f'<svg></p><style><a id="</style>{IMAGE}">',
    "mutation by a style in mathematics": f"<math><mtext><table><mglyph><style><!--</style><img title='-->{IMAGE}'>",
    "mutation by two forms": f"<form><math><mtext></form><form><mglyph><style></math>{IMAGE}",
    "mutation by a title in svg": f"<svg><title><style></title>{IMAGE}</style>",
    "mutation by a description in svg": f"<table><td><svg><desc><td><title></desc>{IMAGE}",
    "mutation by escaped text in svg's style": "<svg><style>&lt;/style&gt;&lt;img onerror=x&gt;</style></svg>",
    "mutation by a select": f"<select><style></select>{IMAGE}</style>",
    "mutation by noscript and style": f"<noscript><style></noscript>{IMAGE}</style>",
    "mutation by nested links": f"<a href='#'><table><a href='#'><svg><style></a>{IMAGE}",
    "mutation by annotation": f'<math><annotation-xml encoding="text/html"><style></math>{IMAGE}</style>',
    "a section of characters in svg": f"<svg><![CDATA[><p>]]>{IMAGE}</svg>",
    "a section of characters": f"<![CDATA[<p title=']]>{IMAGE}'>",
    "a processing instruction": "<?xml-stylesheet href='https://example.org/x.css'?><?php x ?>",
    "a bogus comment": f"<!><!-><!--a--!>{IMAGE}-->",
    "text that hides tags, xmp": f'<xmp><p title="</xmp>{IMAGE}"></xmp>',
    "text that hides tags, noembed": f'<noembed><p title="</noembed>{IMAGE}"></noembed>',
    "text that hides tags, noframes": f'<noframes><p title="</noframes>{IMAGE}"></noframes>',
    "text that hides tags, iframe": f'<iframe><p title="</iframe>{IMAGE}"></iframe>',
    "text that hides tags, textarea": f'<textarea><p title="</textarea>{IMAGE}"></textarea>',
    "text that hides tags, title": f'<title><p title="</title>{IMAGE}"></title>',
    "text without an end": f"<plaintext>{IMAGE}",
    "template": f"<template>{IMAGE}<script>alert(1)</script></template>",
    "template that is a shadow root": f'<div><template shadowrootmode="open">{IMAGE}<slot></slot></template></div>',
    "template in a table": f"<table><template><tr><td>{IMAGE}</table></template>",
    "svg with a page in it": f"<svg><foreignObject><body>{IMAGE}</body></foreignObject></svg>",
    "svg's link": '<svg><a xlink:href="javascript:alert(1)"><text>x</text></a></svg>',
    "svg's animation": '<svg><animate onbegin="alert(1)" attributeName="x" dur="1s"/></svg>',
    "svg's use": '<svg><use href="data:image/svg+xml;base64,PHN2Zy8+#x"/></svg>',
    "mathematics' link": '<math href="javascript:alert(1)"><maction actiontype="statusline" xlink:href="javascript:x">',
    "an image by its old name": "<image src=x onerror=alert(1)>",
    "a zero in a tag": f"<scr\0ipt>alert(1)</scr\0ipt><b\0onclick=alert(1)>{IMAGE}",
    "a slash before a handler": "<b/onclick=alert(1)><details/open/ontoggle=alert(1)>",
    "attributes that act": '<b contenteditable autofocus tabindex=1 onfocus="alert(1)" popover is="x-y" slot="a">x</b>',
    "an attribute twice": "<b title=x title='' onclick=alert(1)>x</b>",
    "style that calls": '<p style="width:expression(alert(1));behavior:url(x);-moz-binding:url(x)">x</p>',
    "style that loads by another function": "<p style=\"background-color:image-set('https://example.org/x' 1x)\">x</p>",
    "style that loads by a variable": '<p style="--x:url(https://example.org/x);color:var(--x)">x</p>',
    "style with a comment": '<p style="color:red;/**/position/**/:fixed">x</p>',
    "style behind entities": '<p style="color:red&#59;position&#x3a;fixed">x</p>',
    "style behind a string": "<p style=\"font-family:'a;position:fixed;'\">x</p>",
    "style with a newline in a string": '<p style="font-family:\'a\n;position:fixed;top:0">x</p>',
    "link without a scheme": '<a href="//example.org/x">x</a>',
    "link that runs, by a named entity": '<a href="java&NewLine;script:alert(1)">x</a>',
    "link that runs, by another word": '<a href="vbscript:alert(1)">x</a><a href="blob:https://example.org/x">x</a>',
    "link that calls home": '<a href="#" ping="https://example.org" target="_blank" download>x</a>',
    "picture by data without base64": '<img src="data:image/svg+xml,%3Csvg onload=alert(1)%3E">',
    "picture by an input": '<input type="image" src="https://example.org/x" formaction="javascript:alert(1)">',
    "attributes that load": '<table background="https://example.org/x"><tr><td background="https://example.org/y">x</table>',
    "names that scripts look up": '<a id="full-credit" name="getElementById">x</a><img name="body" src="#">',
}
HOSTILE_MARKDOWN = HOSTILE_HTML | {
    "markdown's link that runs": "[x](javascript:alert(1))",
    "markdown's link by name": "[x][y]\n\n[y]: javascript:alert(1)",
    "an address in brackets": "<javascript:alert(1)>",
    "markdown's picture": "![x](https://example.org/seen.png)",
    "a way through files/": "[x](/files/javascript:alert(1))",
    "a picture's way out of its tag": '![x"onerror="alert(1)](https://example.org/x)',
    "an attachment that is not there": "![x](attachment:none.png)",
    "a fence that ends": "~~~\n~~~\n<script>alert(1)</script>\n```\n<script>alert(1)</script>\n````\n",
    "script in formulas": "$<script>alert(1)</script>$ and $$</script><script>alert(1)</script>$$",
    "a diagram": "```mermaid\n<img src=x onerror=alert(1)>\n```",
    "a heading that takes a field": "# slowest",
    "many brackets": "[" * 50_000,
}
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
    """The cells as the formgrader's template shows them, which sanitises nothing; without the page's own head."""
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
    return shown.replace("full-credit", "", shown.count("scoring-buttons"))  # what the template puts there itself


def own_buttons(found):
    """What the template itself puts beside a mark."""
    return [one for one in found if one not in ("button", "textarea")]


@pytest.mark.parametrize("name", HOSTILE_HTML)
def test_hostile_html_is_left_out(name):
    once = cleaned(HOSTILE_HTML[name])
    assert Page(once).found == []
    assert cleaned(once) == once, "reading it again makes something else of it"


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


def test_metadata_counts_and_raw_cells_carry_nothing_into_the_page():
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


def test_a_table_a_figure_and_a_verdict_stay_as_they_are():
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
        ("<p>rate < 5 % & falling</p>", "rate < 5 % & falling"),
        ("<p>The span of <service>checkout</service> failed</p>", "The span of checkout failed"),
        ("<pre>&lt;service&gt; failed</pre>", "<service> failed"),
        ("<textarea>as</textarea> <noscript>text</noscript> <unknown>too</unknown>", "as text too"),
    ],
)
def test_what_a_learner_wrote_is_still_there_to_read(source, shown):
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


def test_plain_markdown_is_not_touched():
    text = (
        '# What I think\n\n*I* **think** `a < b` & "c":\n\n1. one\n2. two\n\n'
        "| a | b |\n|:-:|--|\n| 1 | 2 |\n\n- [x] done\n\n"
        "```python\nx = '<script>'\n```\n\n$a<b$ <https://example.org/a?b=1&c=2> [that](https://example.org)\n"
    )
    assert safe(notebook(cell("markdown", text)))["cells"][1]["source"] == text


def test_every_lesson_of_the_course_is_shown_as_it_is():
    paths = sorted((ROOT / "release").glob("*/*.ipynb"))
    assert paths
    for path in paths:
        released = json.loads(path.read_text(encoding="utf-8"))
        cleaned = safe(released)
        sources = ["".join(one["source"]) for one in released["cells"]]
        assert [one["source"] for one in cleaned["cells"]] == sources, path
        marks = [one["metadata"].get("nbgrader") for one in released["cells"]]
        assert [one["metadata"].get("nbgrader") for one in cleaned["cells"]] == marks


def test_the_courses_own_prose_is_not_looked_at_and_only_that():
    ours = '<div onclick="x()">ours</div>'
    cleaned = safe(notebook(cell("markdown", ours), cell("markdown", f"{ours} "), cell("raw", ours)), {ours})
    assert [one["source"] == ours for one in cleaned["cells"][1:]] == [True, False, False]


def test_an_attached_picture_is_shown():
    attached = cell("markdown", "![mine](attachment:a.png)", attachments={"a.png": {"image/png": "AAAA"}})
    assert safe(notebook(attached))["cells"][1]["source"] == "![mine](data:image/png;base64,AAAA)"


def test_cleaning_again_changes_nothing():
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


def test_what_is_left_out_is_said():
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
