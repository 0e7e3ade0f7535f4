"""HTML that an apprentice's cell made, as a page may show it: an allow-list of tags, attributes and styles.

Nothing that runs, loads from elsewhere, covers the page or posts a form gets through. Tables, figures whose picture is
in the page (`data:image/…;base64,`) and the course's own verdicts stay as they are. nh3 does the work: it parses as a
browser does, keeps what is allowed, and writes the rest of the text out again.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import nh3

LARGEST = 200_000  # characters of markup, pictures not counted
LONGEST_TEXT = 12_000  # characters of markdown, and of a text that is cached: four pages
KEPT = 1024  # cached texts, of 25 MB at most together
MOST_TAGS = 5_000  # a table of 60 rows and 20 columns has 2,500
MOST_ROUNDS = 4  # of cleaning: the second changes nothing in HTML that was written without tricks
MOST_OPEN = 200  # of them left open: a parser's time grows with the square of how deep they are nested
MOST_ATTRIBUTES = 50  # of one tag: a parser compares each with all before it; a figure's has five
PICTURES = ("image/png", "image/jpeg", "image/gif", "image/svg+xml")

_TAGS = (
    "a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 "
    "hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr tt "
    "u ul var"
)
TAGS = frozenset(_TAGS.split())
_EVERYWHERE = {
    "title": re.compile(r"[^<>]{0,500}"),
    "role": re.compile(r"status|img|note|list|listitem|table"),
    "aria-label": re.compile(r"[^<>]{0,2000}"),
    "class": re.compile(r"dataframe"),
}
_OF_TAG = {
    ("a", "href"): re.compile(r"(?:https?://|mailto:|#)[^\s<>\"]*", re.IGNORECASE),
    ("img", "src"): re.compile(r"data:image/(?:png|jpeg|gif|svg\+xml);base64,[A-Za-z0-9+/=]*"),
    ("img", "alt"): re.compile(r"[^<>]*"),
    ("details", "open"): re.compile(r"(?:open)?"),
    ("ol", "start"): re.compile(r"\d{1,6}"),
} | {("img", name): re.compile(r"\d{1,4}%?") for name in ("width", "height")}
_OF_TAG |= {("table", "border"): re.compile(r"\d"), ("th", "scope"): re.compile(r"row|col|rowgroup|colgroup")}
_OF_TAG |= {(tag, name): re.compile(r"\d{1,4}") for tag in ("td", "th") for name in ("colspan", "rowspan")}
_OF_TAG |= {(tag, "align"): re.compile("left|right|center") for tag in ("td", "th", "tr", "p", "div")}
# What markdown becomes: classes of highlighted code, anchors of headings, check boxes that can't be ticked.
_OF_MARKDOWN = {("input", "type"): re.compile("checkbox"), ("input", "disabled"): re.compile("(?:disabled)?")}
_OF_MARKDOWN |= {("input", "checked"): re.compile("(?:checked)?")}
_OF_MARKDOWN |= {(f"h{level}", "id"): re.compile(r"[^\s<>\"]{1,200}") for level in range(1, 7)}
_OF_MARKDOWN |= {
    (tag, "class"): re.compile(r"highlight|[a-z][a-z0-9]{0,2}|anchor-link|language-\w+|task-list-item(-checkbox)?")
    for tag in ("div", "span", "a", "code", "li", "input")
}
_STYLES = (
    "background-color border border-bottom border-collapse border-color border-left border-radius border-right "
    "border-spacing border-style border-top border-width color cursor display font-family font-size font-style "
    "font-variant-numeric font-weight height line-height list-style-type margin margin-bottom margin-left margin-right "
    "margin-top max-width min-width overflow-x padding padding-bottom padding-left padding-right padding-top "
    "text-align text-decoration vertical-align white-space width"
)
STYLES = frozenset(_STYLES.split())
_PICTURE = re.compile(r"data:(image/(?:png|jpeg|gif|svg\+xml));base64,([A-Za-z0-9+/=]+)")
_EMPTY = re.compile(r"<(?:br|hr|img|col|input)\b", re.IGNORECASE)
# A tag with more attributes, as the HTML standard reads them. It may begin anywhere, even in a comment or in quotes.
_CROWDED = re.compile(
    r"<[a-z][^\s/>]*+"
    rf"(?:[\s/]*+=?[^\s/>=]++(?:\s*+=\s*+(?:\"[^\"]*+\"|'[^']*+'|[^\s>\"'][^\s>]*+)?+)?+){{{MOST_ATTRIBUTES + 1}}}",
    re.IGNORECASE,
)
_STAND_IN = re.compile(r"data:image/png;base64,(\d{8})")


class Unsafe(Exception):
    """HTML that can't be made safe: too large, or nothing that a parser gets through."""


def cleaned(text: str) -> str:
    """The HTML without everything that is not allowed; the text of an unknown tag stays. Raises Unsafe if too large."""
    short, pictures = _without_pictures(text)
    clean = _short_html if len(short) <= LONGEST_TEXT else _html
    return _with_pictures(clean(short), pictures)


def get_ready() -> None:
    """Import what the first cleaning would import."""
    _cleaner(markdown=False)


def _html(short: str) -> str:
    """Cleaned until cleaning changes nothing: what a browser reads is then what was written, not a mutation of it."""
    _refuse_large(short)
    for _ in range(MOST_ROUNDS):
        short, before = _cleaner(markdown=False).clean(short), short
        if short == before:
            return short
    raise Unsafe("it reads differently each time")


_short_html = lru_cache(maxsize=KEPT)(_html)  # a cohort's notebooks show the same tables and verdicts


def is_clean_markdown(source: str) -> bool:
    """Whether nbconvert renders this markdown to nothing but what is allowed; pictures must be attachments or data."""
    short, _ = _without_pictures(source)
    return len(short) <= LONGEST_TEXT and _is_clean(short)


@lru_cache(maxsize=KEPT)
def _is_clean(short: str) -> bool:
    """Whether the page that the markdown renders to loses nothing when it is cleaned.

    Two parsers must agree on that: nh3 reads the page as a browser does, and bs4 then compares page and cleaned page as
    Python's html.parser reads them. A trick that hides a tag from one of them shows up as a difference in the other.
    """
    from bs4 import BeautifulSoup
    from nbconvert.filters import strip_files_prefix

    try:
        page = strip_files_prefix(rendered(short))
        _refuse_large(page)
        read, left = (str(BeautifulSoup(one, "html.parser")) for one in (page, _cleaner(markdown=True).clean(page)))
        return read == left
    except Exception:  # Unsafe, a missing attachment (which would stop nbgrader's whole page), endless nesting
        return False


@lru_cache(maxsize=KEPT)
def rendered(source: str) -> str:
    """Markdown as nbconvert's HTML exporter renders it."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    return MarkdownWithMath(renderer=IPythonRenderer(escape=False)).render(source)


def plain_style(value: str) -> str | None:
    """A style with its allowed properties only; None if any value is not a plain one.

    >>> plain_style("color:red;position:fixed"), plain_style("color:red; width:1px;"), plain_style("width:-1px")
    ('color:red', 'color:red; width:1px;', None)
    """
    if not is_plain_style(value):
        return None
    parts = value.split(";")
    kept = [part for part in parts if not part.strip() or part.partition(":")[0].strip().lower() in STYLES]
    return value if len(kept) == len(parts) else ";".join(kept).strip()


def is_plain_style(value: str) -> bool:
    """Whether a style holds plain values only: no url(), no function but rgb(), nothing negative."""
    for part in value.split(";"):
        plain = re.sub(r"rgb\([\d ,.]*\)", "", part.partition(":")[2])
        if not re.fullmatch(r"[#\w\s.,%'-]*", plain) or re.search(r"(?:^|[\s,])-", plain):
            return False
    return True


@cache
def _cleaner(markdown: bool) -> nh3.Cleaner:
    import nh3

    own = _OF_TAG | _OF_MARKDOWN if markdown else _OF_TAG

    def kept(tag: str, name: str, value: str) -> str | None:
        if name == "style":
            return plain_style(value)
        patterns = (own.get((tag, name)), _EVERYWHERE.get(name))
        return value if any(pattern is not None and pattern.fullmatch(value) for pattern in patterns) else None

    names: dict[str, set[str]] = {"*": {"style", *_EVERYWHERE}}
    for tag, name in own:
        names.setdefault(tag, set()).add(name)
    return nh3.Cleaner(
        tags={*TAGS, "input"} if markdown else set(TAGS),
        clean_content_tags={"script", "style"},  # with their text; the text of other tags stays
        attributes=names,
        attribute_filter=kept,
        url_schemes={"http", "https", "mailto", "data"},  # data only in img, by its own pattern
        link_rel=None,
    )


def markup(text: str) -> int:
    """How many characters of a text are parsed: all but its pictures."""
    return len(_PICTURE.sub("", text))


def _refuse_large(text: str) -> None:
    tags, ends = text.count("<"), text.count("</")
    if len(text) > LARGEST or tags > MOST_TAGS or tags - 2 * ends > MOST_OPEN + len(_EMPTY.findall(text)):
        raise Unsafe("too large to show")
    if _CROWDED.search(text):
        raise Unsafe("too many attributes in one tag")


def _without_pictures(text: str) -> tuple[str, list[str]]:
    """Replaces pictures with numbers while the markup is parsed: a parser in Python is slow on a megabyte."""
    pictures: list[str] = []

    def numbered(match: re.Match[str]) -> str:
        pictures.append(match[0])
        return f"data:image/png;base64,{len(pictures) - 1:08d}"

    return _PICTURE.sub(numbered, text), pictures


def _with_pictures(text: str, pictures: list[str]) -> str:
    def back(match: re.Match[str]) -> str:
        return pictures[int(match[1])] if int(match[1]) < len(pictures) else match[0]

    return _STAND_IN.sub(back, text)
