"""From masked lines to templates: a token tree of fixed depth, similarity, and a look at what the words are.

The tree is that of Drain (He et al., ICWS 2017): lines with equally many tokens and the same first word share a leaf,
and in a leaf a line joins the group that it resembles most, if half of the words agree. Two things are different.
The lines are taken in sorted order and each once, so neither their order nor their number matters; and a position
where lines disagree is a value only if its words look like values (`_is_value`), else the group is split there again:
"session opened for user <*>" and "session closed for user <*>" resemble each other more than two cities do.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from .masking import WILD

Tokens = tuple[str, ...]
_TOKEN = re.compile(r" ?(?:<\*>|[\w.\-@$%#*+~\\/']+|[^\s])")
_LIST = re.compile(r"<\*>(?:, ?<\*>)+")
_LEVELS = frozenset(["TRACE", "DEBUG", "INFO", "NOTICE", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL"])
_EVENT = re.compile(r"(?:[a-z]*[a-z](?:ed|ing)|[\w.]*[a-z][A-Z]\w*|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)")
SIMILAR = 0.5
# How many words must have been seen at a place before they are taken for values: plain words, first words, and words
# that tell an event by their form (opened, closing, doThis, module.name). The first word is mostly the verb.
PLAIN, FIRST, EVENT = 3, 5, 8
# A leaf with more groups than this holds prose, not templates: further lines share one group.
MOST_GROUPS = 400


def mine(lines: Iterable[str]) -> dict[str, str]:
    """Each masked line → the template of its group. The result depends on the set of lines alone."""
    leaves: dict[tuple[int, str], list[tuple[str, Tokens]]] = defaultdict(list)
    for line in sorted(set(lines)):
        tokens = tuple(_TOKEN.findall(line))
        leaves[len(tokens), tokens[0] if tokens else ""].append((line, tokens))
    found: dict[str, str] = {}
    first_words: dict[Tokens, list[tuple[str, list[str]]]] = defaultdict(list)
    for members in leaves.values():
        for template, group in _leaf(members):
            first_words[template[1:]].append((template[0] if template else "", group))
    for rest, groups in first_words.items():
        for first, group in _by_first_word(rest, groups):
            text = _LIST.sub(WILD, "".join((first, *rest)).strip())
            found.update(dict.fromkeys(group, text))
    return found


def _leaf(members: Sequence[tuple[str, Tokens]]) -> Iterable[tuple[Tokens, list[str]]]:
    """The groups of one leaf, split where their words are not values."""
    groups: list[tuple[list[str], list[tuple[str, Tokens]]]] = []
    for line, tokens in members:
        best = _most_similar(tokens, [template for template, _ in groups])
        if best < 0:
            groups.append((list(tokens), [(line, tokens)]))
            continue
        template, group = groups[best]
        group.append((line, tokens))
        for k, (ours, theirs) in enumerate(zip(template, tokens, strict=True)):
            if ours != theirs:
                template[k] = _wild(ours)
    for _, group in groups:
        yield from _split(group)


def _most_similar(tokens: Tokens, templates: Sequence[Sequence[str]]) -> int:
    """Which template a line resembles most (the first of equals), -1 if none enough."""
    best, most = -1, SIMILAR
    for k, template in enumerate(templates):
        share = _similarity(template, tokens)
        if share > most or (share == most and best < 0):
            best, most = k, share
    return len(templates) - 1 if best < 0 and len(templates) >= MOST_GROUPS else best


def _similarity(template: Sequence[str], tokens: Tokens) -> float:
    """The share of words that agree, of those that are not values in both; punctuation must be the same."""
    same = words = 0
    for ours, theirs in zip(template, tokens, strict=True):
        if ours == theirs:
            agree = _is_word(ours) and not ours.endswith(WILD)
            same, words = same + agree, words + agree
            continue
        if not (_is_word(ours) and _is_word(theirs)):
            return 0.0
        words += 1
    # Lines without any word of their own are the same line when their values stand alike.
    return same / words if words else float(list(template) == list(tokens))


def _split(group: list[tuple[str, Tokens]]) -> Iterable[tuple[Tokens, list[str]]]:
    """A group with its disagreements as <*>, or several, told apart by the words that are no values."""
    seen = [set(column) for column in zip(*(tokens for _, tokens in group), strict=True)]
    value = [len(words) > 1 and _is_value(words, PLAIN) for words in seen]
    parts: dict[Tokens, list[str]] = defaultdict(list)
    for line, tokens in group:
        parts[tuple(_wild(t) if v else t for t, v in zip(tokens, value, strict=True))].append(line)
    return parts.items()


def _by_first_word(rest: Tokens, groups: list[tuple[str, list[str]]]) -> Iterable[tuple[str, list[str]]]:
    """Groups that agree in all but the first word: one, if there are words enough to take it for a value."""
    words = {first for first, _ in groups}
    told = any(_is_word(token) and not token.endswith(WILD) for token in rest)
    if told and len(words) > 1 and _is_value({word.lower() for word in words}, FIRST):
        return [(WILD, [line for _, group in groups for line in group])]
    return groups


def _is_value(words: set[str], least: int) -> bool:
    """Whether the words seen at one place are values: names are, plain words when there are enough of them."""
    plain = {word.strip() for word in words}
    if WILD in plain:
        return True
    if not all(_is_word(word) for word in plain) or plain & _LEVELS:
        return False
    # Most of them: a user may be called "fred", a service "named".
    if 2 * sum(bool(_EVENT.fullmatch(word)) for word in plain) >= len(plain):
        return len(plain) >= EVENT
    return not any(word.islower() for word in plain) or len(plain) >= least


def _is_word(token: str) -> bool:
    return token.endswith(WILD) or any(c.isalnum() for c in token)


def _wild(token: str) -> str:
    return f" {WILD}" if token.startswith(" ") else WILD
