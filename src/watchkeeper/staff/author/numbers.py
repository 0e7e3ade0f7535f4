"""Numbers in the prose: a sum written down must be right, and a fact with a unit must be computed, never typed in.

Another school reads the same prose with its own recordings, so a number of a recording belongs in a cell's output.
What remains is arithmetic on paper, said to be so, and facts for which the lesson's facts.py has a `Fact`.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from nbformat import NotebookNode

from watchkeeper.staff.author import warm
from watchkeeper.staff.author.writing import Fact

NUMBER = r"\d[\d,]*(?:\.\d+)?"
EQUATION = re.compile(rf"(?<![\w.,:^])({NUMBER}(?: [+−×·/] {NUMBER})+) = ({NUMBER})")
WITH_UNIT = re.compile(rf"{NUMBER}\s?(?:(?:ms|µs|s|kB|MB|seconds?|minutes?|hours?)\b|%)")
ON_PAPER = re.compile(r"\?|\b(?:[Ee]xample|[Pp]aper|Step|Time:|[Pp]redict|Suppose)")  # a question states nothing
BEFORE_SUMS = {"×": operator.mul, "·": operator.mul, "/": operator.truediv}


def of_equations(notebook: NotebookNode) -> Iterator[str]:
    """Sums and products in the prose that are not right, rounded as they are written.

    >>> from nbformat.v4 import new_markdown_cell, new_notebook
    >>> list(of_equations(new_notebook(cells=[new_markdown_cell("100 − 70 = 30, but 2 × 0.25 = 0.4")])))
    ['the prose says 2 × 0.25 = 0.4']
    """
    for cell in notebook.cells:
        for left, right in EQUATION.findall(cell.source) if cell.cell_type == "markdown" else []:
            decimals = len(right.partition(".")[2])
            if abs(_value(left) - float(right.replace(",", ""))) > 0.5000001 * 10**-decimals:
                yield f"the prose says {left} = {right}"


def _value(sum_or_product: str) -> float:
    """What it comes to, products before sums; infinity where it divides by 0, which nothing equals.

    >>> _value("1,000 − 2 × 05 + 3 / 4")
    990.75
    """
    first, *rest = sum_or_product.replace(",", "").split(" ")
    terms = [float(first)]
    for sign, number in zip(rest[::2], rest[1::2], strict=True):
        if sign in BEFORE_SUMS:
            try:
                terms[-1] = BEFORE_SUMS[sign](terms[-1], float(number))
            except ZeroDivisionError:
                return math.inf
        else:
            terms.append(float(number) if sign == "+" else -float(number))
    return sum(terms)


def without_source(notebook: NotebookNode, facts: Sequence[Fact]) -> Iterator[str]:
    """Numbers with a unit in a paragraph that neither works on paper nor states a `Fact`."""
    for paragraph in paragraphs(notebook):
        if ON_PAPER.search(paragraph) or paragraph.startswith("#"):
            continue
        rest = unquoted(plain(paragraph))
        for fact in facts:
            rest = rest.replace(plain(fact.says), "")
        for found in WITH_UNIT.findall(rest):
            yield f"the prose says {found!r} where nothing is computed: add a Fact, or let a cell show it"


def of_facts(notebook: NotebookNode, facts: Sequence[Fact], datasets: Path) -> Iterator[str]:
    """Facts that the prose does not state, or that don't hold on these recordings."""
    prose = " ".join(plain(cell.source) for cell in notebook.cells if cell.cell_type == "markdown")
    for fact in facts:
        if plain(fact.says) not in prose:
            yield f"states a Fact that is not in the prose: {fact.says!r}"
        elif not fact.holds(warm.library(datasets).open):
            yield f"the prose says {fact.says!r}, which does not hold in {datasets.name}"


def paragraphs(notebook: NotebookNode) -> Iterator[str]:
    """The prose between blank lines, without what is folded away."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield from re.split(r"\n\s*\n", re.sub(r"<details>.*?</details>", "", cell.source, flags=re.S))


def plain(text: str) -> str:
    """Text with single spaces and without emphasis, to compare what is said and not how it is set."""
    return re.sub(r"\s+", " ", re.sub(r"\*\*|__", "", text))


def unquoted(text: str) -> str:
    """Text without what is in quotation marks: titles, and what others said."""
    return re.sub(r'"[^"]*"', "", text)
