"""From masked lines to templates: a token tree of fixed depth, similarity, and a check of what the words look like.

The tree comes from Drain (He et al., ICWS 2017): lines with the same number of tokens and the same first word share a
leaf. In a leaf, a line joins the group that it resembles most, if half of the words agree. Two things are different.
Each line is read once and in sorted order, so neither the order of the lines nor their number matters. And a position
where lines differ is a value only if its words look like values (`_is_value`). Otherwise the group is split there:
"session opened for user <*>" and "session closed for user <*>" resemble each other more than lines with two cities do.
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
# How many different words must occur at a place before they count as values: plain words, first words (mostly verbs),
# and words whose form indicates an event (opened, closing, doThis, module.name).
PLAIN, FIRST, EVENT = 3, 5, 8
# A value of several words has at least HEAD equal tokens before it and TAIL after it, and at most PHRASE words.
HEAD, TAIL, PHRASE = 2, 3, 5
# A leaf with more groups than this holds prose, not templates. All further lines share one group.
MOST_GROUPS = 200


def mine(lines: Iterable[str]) -> dict[str, str]:
    """Map each masked line to the template of its group. The result depends only on the set of lines."""
    leaves: dict[tuple[int, str], list[tuple[str, Tokens]]] = defaultdict(list)
    for line in sorted(set(lines)):
        tokens = tuple(_TOKEN.findall(line))
        leaves[len(tokens), tokens[0] if tokens else ""].append((line, tokens))
    first_words: dict[Tokens, list[tuple[str, list[str]]]] = defaultdict(list)
    for members in leaves.values():
        for template, group in _leaf(members):
            first_words[template[1:]].append((template[0] if template else "", group))
    whole: dict[Tokens, list[str]] = {}
    for rest, groups in first_words.items():
        whole.update(((first, *rest), group) for first, group in _by_first_word(rest, groups))
    phrases = _phrases(whole)
    found: dict[str, str] = {}
    for tokens, group in whole.items():
        text = _LIST.sub(WILD, "".join(phrases.get(tokens, tokens)).strip())
        found.update(dict.fromkeys(group, text))
    return found


def _leaf(members: Sequence[tuple[str, Tokens]]) -> Iterable[tuple[Tokens, list[str]]]:
    """The groups of one leaf, split where their words are not values."""
    groups: list[tuple[list[str], list[tuple[str, Tokens]]]] = []
    holding: dict[tuple[int, str], list[int]] = defaultdict(list)
    for line, tokens in members:
        words = [(k, token) for k, token in enumerate(tokens) if k and _is_constant(token)]
        best = _most_similar(tokens, groups, _candidates(words, holding, len(groups)))
        if best < 0:
            groups.append((list(tokens), [(line, tokens)]))
            for place in words:
                holding[place].append(len(groups) - 1)
            continue
        template, group = groups[best]
        group.append((line, tokens))
        for k, (ours, theirs) in enumerate(zip(template, tokens, strict=True)):
            if ours != theirs:
                template[k] = _wild(ours)
    for _, group in groups:
        yield from _split(group)


def _candidates(words: list[tuple[int, str]], holding: dict[tuple[int, str], list[int]], groups: int) -> Iterable[int]:
    """The groups that a line may resemble. If it has two or more words after the first, they must share one of them."""
    if len(words) < 2:
        return range(groups)
    return sorted({group for place in words for group in holding.get(place, ())})


def _most_similar(tokens: Tokens, groups: Sequence[tuple[Sequence[str], object]], candidates: Iterable[int]) -> int:
    """The group that a line resembles most (the first of equals), or -1 if there is none similar enough."""
    best, most = -1, SIMILAR
    for k in candidates:
        share = _similarity(groups[k][0], tokens)
        if share > most or (share == most and best < 0):
            best, most = k, share
    return len(groups) - 1 if best < 0 and len(groups) >= MOST_GROUPS else best


def _similarity(template: Sequence[str], tokens: Tokens) -> float:
    """The share of equal words among those that are not values in both. Punctuation must be the same."""
    same = words = 0
    for ours, theirs in zip(template, tokens, strict=True):
        if ours == theirs:
            agree = _is_constant(ours)
            same, words = same + agree, words + agree
            continue
        if not (_is_word(ours) and _is_word(theirs)):
            return 0.0
        words += 1
    # Lines that consist of values only are equal if their values are in the same places.
    return same / words if words else float(list(template) == list(tokens))


def _split(group: list[tuple[str, Tokens]]) -> Iterable[tuple[Tokens, list[str]]]:
    """The group with its differences as <*>, or several groups, split by words that are not values."""
    seen = [set(column) for column in zip(*(tokens for _, tokens in group), strict=True)]
    value = [len(words) > 1 and _is_value(words, PLAIN) for words in seen]
    parts: dict[Tokens, list[str]] = defaultdict(list)
    for line, tokens in group:
        parts[tuple(_wild(t) if v else t for t, v in zip(tokens, value, strict=True))].append(line)
    return parts.items()


def _by_first_word(rest: Tokens, groups: list[tuple[str, list[str]]]) -> Iterable[tuple[str, list[str]]]:
    """Merge groups that differ only in the first word, if there are enough words to treat it as a value."""
    words = {first for first, _ in groups}
    told = any(map(_is_constant, rest))
    if told and len(words) > 1 and _is_value({word.lower() for word in words}, FIRST):
        return [(WILD, [line for _, group in groups for line in group])]
    return groups


def _phrases(templates: Iterable[Tokens]) -> dict[Tokens, Tokens]:
    """Map templates that differ only in a value of several words ("fog horn", "Sextant") to their common template.

    They share the first two words and the last three tokens. Between these are one to five words, in as many variants
    as plain words need to count as values. No form of these words indicates an event.
    """
    ends: dict[tuple[Tokens, Tokens], list[Tokens]] = defaultdict(list)
    for tokens in templates:
        head, middle, tail = tokens[:HEAD], tokens[HEAD:-TAIL], tokens[-TAIL:]
        constant = all(map(_is_constant, head)) and any(map(_is_constant, tail))
        if constant and 1 <= len(middle) <= PHRASE and all(map(_is_word, middle)):
            ends[head, tail].append(tokens)
    found: dict[Tokens, Tokens] = {}
    for (head, tail), alike in ends.items():
        middles = [tokens[HEAD:-TAIL] for tokens in alike]
        words = {word.strip() for middle in middles for word in middle}
        plain = not words & _LEVELS and not any(_EVENT.fullmatch(word) for word in words)
        if plain and len(middles) >= PLAIN:
            found.update(dict.fromkeys(alike, (*head, f" {WILD}", *tail)))
    return found


def _is_constant(token: str) -> bool:
    return _is_word(token) and not token.endswith(WILD)


def _is_value(words: set[str], least: int) -> bool:
    """Whether the words seen at a place are values: names are, and plain words are if there are enough of them."""
    plain = {word.strip() for word in words}
    if WILD in plain:
        return True
    if not all(_is_word(word) for word in plain) or plain & _LEVELS:
        return False
    # Most of them must look like events, not all: a user may be called "fred", a service "named".
    if 2 * sum(bool(_EVENT.fullmatch(word)) for word in plain) >= len(plain):
        return len(plain) >= EVENT
    return not any(word.islower() for word in plain) or len(plain) >= least


def _is_word(token: str) -> bool:
    return token.endswith(WILD) or any(c.isalnum() for c in token)


def _wild(token: str) -> str:
    return f" {WILD}" if token.startswith(" ") else WILD
