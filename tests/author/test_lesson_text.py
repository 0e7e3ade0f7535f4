"""A notebook comes back from a lesson's text as it was, whatever is in its cells, or is refused with a sentence."""

from __future__ import annotations

import re

import jupytext
import nbformat
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from watchkeeper.staff.author import lesson
from watchkeeper.staff.errors import BuildError

v4 = nbformat.v4
# Lines that the text form, or one of the forms that jupytext knows, reads as something else than text.
STRUCTURE = [
    "# %%",
    "#%%",
    "# %% [markdown]",
    "#%% md",
    "%% b",
    "# %% title",
    '# %% check="x"',
    "# %%%% sub",
    "# In[3]:",
    "# +",
    "# -",
    "# <codecell>",
    "# <markdowncell>",
    "# ---",
    "---",
    "# ### x",
    "# %time",
    "%time x",
    "%%bash",
    "!ls",
    "# !ls",
    "cat a",
    "ls",
    '"""',
    "'''",
    '# """',
    "# region",
    "# endregion",
    "```",
    "# ```python",
    "# jupyter:",
    "# -*- coding: latin-1 -*-",
    "#!x",
    "# noqa",
    "# type: ignore",
    "a\x0cb",
    "a\x0bb",
    "a\u2028b",
    "a\x85b",
    "a\x1cb",
    "a\rb",
    "\ttab",
    "x \\",
    "# + tags=[]",
    "# comment",
    "x = 1",
    "def f():",
    "    return 1",
    "",
    " ",
    "# Text.",
    "- a",
    "$x$",
    "'",
    '"',
    "#",
    "##",
    "# %% [raw]",
    "# %%time",
]
lines = st.one_of(st.sampled_from(STRUCTURE), st.text(max_size=12).filter(lambda text: "\n" not in text))
sources = st.lists(lines, max_size=5).map("\n".join)
cells = st.lists(st.tuples(st.sampled_from(["code", "markdown"]), sources), min_size=1, max_size=4)


def notebook(*made: tuple[str, str]) -> nbformat.NotebookNode:
    kinds = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
    return v4.new_notebook(cells=[kinds[kind](source) for kind, source in made])


def inner(source: str) -> str:
    """A text without the blank lines around it."""
    return re.sub(r"\A(?:[ \t]*\n)+|(?:\n[ \t]*)+\Z|\A[ \t]*\Z", "", source)


def and_back(made: nbformat.NotebookNode) -> list[tuple[str, str]]:
    text = lesson.to_text(made)
    return [(cell.cell_type, cell.source) for cell in jupytext.reads(text, fmt="py:percent").cells]


@settings(max_examples=50, deadline=None)
@given(cells)
@example([("code", "x = 1\n# %%\ny = 2"), ("markdown", "a\n%% b")])
def test_every_cell_comes_back_as_it_was_or_is_refused(made: list[tuple[str, str]]) -> None:
    try:
        back = and_back(notebook(*made))
    except BuildError as error:
        assert str(error).startswith(("Cell ", "These cells"))
        return
    assert back == [(kind, inner(source)) for kind, source in made]


@pytest.mark.parametrize("kind", ["code", "markdown"])
@pytest.mark.parametrize("line", STRUCTURE)
def test_one_line_of_structure_comes_back_or_is_named(kind: str, line: str) -> None:
    made = notebook((kind, f"first\n{line}\nlast"), ("code", "next = 1"))
    try:
        assert and_back(made) == [(kind, f"first\n{line}\nlast"), ("code", "next = 1")]
    except BuildError as error:
        assert str(error).startswith("Cell 1 can't be written") and repr(line) in str(error)


@pytest.mark.parametrize(
    ("kind", "line"),
    [("code", "# %%"), ("code", "#%% x"), ("markdown", "%% b"), ("code", "# In[1]:"), ("code", "a\u2028b")],
)
def test_these_are_refused(kind: str, line: str) -> None:
    with pytest.raises(BuildError, match=re.escape(repr(line))):
        lesson.to_text(notebook(("markdown", "fine"), (kind, f"first\n{line}")))


@pytest.mark.parametrize("kind", ["code", "markdown"])
@pytest.mark.parametrize("source", ["\n\nx = 1\n\n\ny = 2\n\n", "x = 1\n   \n", "\n", "  ", ""])
def test_blank_lines_around_a_cell_are_dropped_and_those_inside_stay(kind: str, source: str) -> None:
    assert and_back(notebook((kind, source), ("code", "next = 1"))) == [(kind, inner(source)), ("code", "next = 1")]
