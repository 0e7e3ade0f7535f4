"""Finds phrases that read like a translation in everything people read: docstrings, comments, messages and pages."""

from __future__ import annotations

import ast
import bisect
import io
import re
import tokenize
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Rule:
    """A pattern for text with single spaces in any case, what to write instead, and an example of each kind."""

    pattern: str
    better: str
    found: str  # a text that breaks the rule
    clean: str  # a text that looks similar and does not


@dataclass(frozen=True)
class Finding:
    """A phrase that breaks a rule: its line (1-based), the phrase, and what to write instead."""

    line: int
    phrase: str
    better: str


# "One row a span". Units of time are left out: "twice a second" and "100 requests a minute" are good English.
COUNTED = (
    "arrow|bar|bool|box|bucket|call|child|column|dot|entry|figure|file|finding|fork|folder|function|input|job|line|list|"
    "mark|name|note|number|object|page|panel|point|port|process|question|recording|result|root|row|sentence|shape|socket|"
    "statement|step|table|test|tick|value|window|word"
)
EACH = (
    "answer|apprentice|bar|bucket|call|caller|cell|child|class|client|cohort|column|core|customer|edge|entry|event|field|"
    "file|folder|function|group|host|input|item|key|lesson|level|line|machine|mark|message|metric|minute|module|name|"
    "notebook|page|parameter|part|person|point|process|product|quantile|question|record|recording|request|room|route|row|"
    "school|series|service|session|shop|side|signal|span|star|state|step|student|submission|table|task|term|trace|value|"
    "version|window|word|worker"
)

RULES = (
    Rule(
        rf"\b(?:an?|one|two|three|four|five|six|ten|whole|its|of|[\d,.]+) (?:{COUNTED})s? an? (?:{EACH})\b",
        "per: one row per span",
        "One row a span, in the file's order.",
        "Give the row a name. A column a reader can sort by. One row, a span.",
    ),
    Rule(
        rf"\b(?:one|once|twice|times|[km]?b|ms|millions?|spans|rows|lines|points|selects?|costs?) an? (?:{EACH})\b",
        "per: 2 kB per span, once per product",
        "2 kB a span and once a product",
        "once a week, twice a second; it costs a lot",
    ),
    Rule(
        rf"\ba (?:{COUNTED}) each\b",
        "one … per …",
        "taken in: …, a line each",
        "one line per submission; each line",
    ),
    Rule(
        r"(?<!user )(?<!/)\b(?:who(?:m?)ever|somebody|nobody)\b(?:'s)?",
        "the client, the service that …; anyone who, someone, no one",
        "Whoever asked may be gone, and nobody minds.",
        "It becomes the user nobody. The client may disconnect.",
    ),
    Rule(
        r"(?<!there )\b(?:is|are|was|were|be) no (?!(?:longer|more|less|fewer|better|worse|one|different|way)\b)\w+",
        "is not a …: say what is missing",
        "grades.csv is no class list",
        "There is no file. It is no longer read. It is not a list.",
    ),
    Rule(
        r"(?<!there )\b(?:is|are|was|were) (?-i:none)\b",
        "is not one; is discarded",
        "An unfinished recording is none.",
        "There are none. It is None when nothing was answered.",
    ),
    Rule(r"\banew\b|\bafresh\b", "again; rebuild, restart, start over", "The cart was started anew.", "It is new."),
    Rule(
        r"\b(?:lie|lies|lay|lying) (?:in|on|at|beside|below|above|there|here|where|under|within|next)\b",
        "is in, is next to",
        "the notebook lies beside its key",
        "The median lies between the two.",
    ),
    Rule(
        r"(?<!you )\b(?:stand|stands|stood|standing) (?:in(?! for)|on|at|beside|below|above|behind|before|there|here|"
        r"where|under|next|twice|once)\b",
        "is in, is written in, is",
        "what stands in the file",
        "One number stands for many. A fake client stands in for the real one. To stand a watch.",
    ),
    Rule(
        r"\bbeside\b",
        "next to, with, along with",
        "a dot beside it",
        "Besides, it is next to it.",
    ),
    Rule(r"\bwhat (?:is|was) left is\b", "the rest is …", "What is left is the start-up.", "What is left over? This."),
    Rule(
        r"\bwhat (?:comes|came) (?:of|out)\b",
        "the result",
        "what comes of a recording",
        "What comes next? What came back?",
    ),
    Rule(
        r"\ball that (?:an?|the|are|were|may|can|could|must|it|they|start|follow|leave|\w+s)\b",
        "everything that …",
        "Names all that marks follow from",
        "All of that is gone; after all, that was it.",
    ),
    Rule(r"\bso many\b(?! that\b)", "N; that many", "so many of a hundred", "So many that it fails; how many."),
    Rule(
        r"\bas a rule\b(?! (?:of|for|that)\b)",
        "usually",
        "As a rule it is fast.",
        "It is written as a rule for alerts.",
    ),
    Rule(r"\bby turns\b", "taking turns, alternately", "asked by turns", "it turns by itself"),
    Rule(r"\b(?:put|puts|putting) right\b", "fixed, repaired", "it was put right", "put it right here"),
    Rule(r"\bin hand\b", "queued, in progress", "submissions in hand", "in handbooks"),
    Rule(r"\bto be had\b", "available", "as far as it is to be had", "to be handled"),
    Rule(r"\bhangs? on (?:it|that|this|the)\b", "depends on", "the mark hangs on it", "It hangs only then."),
    Rule(r"\buntil noon\b", "by noon", "they want it until noon", "They want it by noon."),
    Rule(r"\bothers than\b", "differ from", "they are others than here", "none other than these"),
    Rule(
        r"\b(?:take|takes|took|taken|taking) (?:the|its|their) place of\b",
        "replaces",
        "it takes the place of the old one",
        "take the place next to it",
    ),
    Rule(r"\bmend(?:s|ed|ing)?\b", "fix, repair", "a cell that was mended", "amended, recommended"),
    Rule(
        r"\bturn(?:s|ed|ing)? round\b", "reversed, inverted", "the two are turned round", "turned around; a round turn"
    ),
    Rule(r"\bhand-ins?\b", "submission", "the hand-in archive", "two people hand in a file"),
    Rule(
        r"(?<=[\d}\])])(?<!\\.) %(?![\w%}])",
        "no space before %",
        "44 % of them",
        r"44% of them; '%s %d' % x; \} %; (a) %% b; {% if f(1) %}",
    ),
    Rule(r"\bper cents?\b", "percent, %", "in per cent", "in percent"),
    Rule(r"\be-mails?\b", "email", "an e-mail worker", "an email"),
    Rule(r"\broll-backs?\b", "rollback (noun), roll back (verb)", "a roll-back", "a rollback"),
    Rule(r"\btime-outs?\b", "timeout", "its time-out", "its timeout"),
    Rule(r"\bstart-ups?\b", "startup", "at start-up", "at startup"),
    Rule(
        r"\b(?:un)?(?:colour|neighbour|behaviour|favour|honour|labour)\w*",
        "American: color, neighbor, behavior, favor, honor, labor",
        "its colours",
        "its colors",
    ),
    Rule(
        r"\b\w*(?:recogni|organi|normali|seriali|initiali|summari|minimi|maximi|optimi|materiali|saniti|categori|emphasi|"
        r"synchroni|prioriti|speciali|generali|visuali|randomi|anonymi|standardi|finali)s(?:e|es|ed|er|ers|ing|ation|ations)\b",
        "American: -ize",
        "it is recognised",
        "it is recognized; the emphasis",
    ),
    Rule(r"\banalys(?:e|es|ed|ing)\b(?<!analyses)", "American: analyze", "it analysed them", "two analyses"),
    Rule(
        r"\b(?:catalogues?|programmes?|licences?|centre[ds]?|grey|defences?|artefacts?|judgements?|spelt|learnt|whilst|"
        r"amongst|maths|cancelled|cancelling|labelled|labelling|travelled|modelled|modelling|signalled|unlabelled)\b",
        "American spelling",
        "the programme and its licence",
        "the program and its license",
    ),
)
PATTERN = re.compile("|".join(f"(?P<rule{index}>{rule.pattern})" for index, rule in enumerate(RULES)), re.IGNORECASE)


INLINE_CODE = re.compile(r"`[^`\n]+`")


def findings(path: Path) -> list[Finding]:
    """The phrases in a file that break a rule, by line, except in `backticks` and in strings without a space."""
    content = path.read_text(encoding="utf-8")
    blocks = python_texts(content) if path.suffix == ".py" else paragraphs(content.splitlines())
    return sorted((found for first, text in blocks for found in in_text(text, first)), key=lambda found: found.line)


def in_text(text: str, first: int = 1) -> Iterator[Finding]:
    """The phrases in a text of one or more lines, the first of which is line `first`."""
    starts, joined = [], ""
    for line in text.split("\n"):
        starts.append(len(joined))
        words = INLINE_CODE.sub("`_`", line).strip().removeprefix("#").split()
        joined += " ".join(words) + " "
    for match in PATTERN.finditer(joined):
        rule = RULES[int(str(match.lastgroup).removeprefix("rule"))]
        yield Finding(first + bisect.bisect_right(starts, match.start()) - 1, match[0].strip(), rule.better)


def paragraphs(lines: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The runs of lines that are not empty, each with the number of its first line."""
    block: list[str] = []
    for number, line in enumerate([*lines, ""], start=1):
        if line.strip():
            block.append(line)
        elif block:
            yield number - len(block), "\n".join(block)
            block = []


def python_texts(source: str) -> Iterator[tuple[int, str]]:
    """The comments and strings of a module with the number of their first line. A value in an f-string is `{}`."""
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part.value if isinstance(part, ast.Constant) else "{}" for part in node.values]
            text = "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside:
            text = node.value
        else:
            continue
        if " " in text:  # else it is a name: of a column, a key, a file
            yield node.lineno, text
    yield from _comments(source)


def _comments(source: str) -> Iterator[tuple[int, str]]:
    """Comments; those on lines that follow one another are one text."""
    block: list[str] = []
    last = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type != tokenize.COMMENT:
            continue
        if block and token.start[0] != last + 1:
            yield last - len(block) + 1, "\n".join(block)
            block = []
        block.append(token.string.removeprefix("#"))
        last = token.start[0]
    if block:
        yield last - len(block) + 1, "\n".join(block)
