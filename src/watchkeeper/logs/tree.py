"""From masked lines to templates: a token tree of fixed depth, similarity, and a check of what the words look like.

The tree comes from Drain (He et al., ICWS 2017): lines with the same number of tokens and the same first word share a
leaf. In a leaf, a line joins the group that it resembles most, if half of the words agree. Three things are different.
Each line is read once and in sorted order, so neither the order of the lines nor their number matters. A position where
lines differ is a value only if its words look like values (`_values`). Otherwise the group is split there: "session
opened for user <*>" and "session closed for user <*>" resemble each other more than lines with two cities do. At the
end, forms of one statement that differ in a part that may be missing become one template (`_variants`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from .masking import SOLID, WILD
from .vocabulary import DIGITS_IN_NAME, LEVELS, LITERALS, NAMING, STATES, TELLING, UNITS

Tokens = tuple[str, ...]
# A word is everything but spaces and the marks of ASCII and of other scripts. It keeps its combining marks.
# A script without spaces ends where another script begins, and a period at the end belongs to the sentence.
_MARK = (
    r"<>()\[\]{},;:\"!?=|&^`\xa1-\xa9\xab-\xb1\xb4\xb6-\xb8\xbb-\xbf\xd7\xf7\u060c\u061b\u061f\u0964\u0965"
    r"\u2010-\u206f\u20a0-\u20cf\u2190-\u2bff\u2e00-\u2e7f\u3001-\u3004\u3008-\u3020\u3030"
    r"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65\U0001f000-\U0001faff"
)
_TOKEN = re.compile(rf" ?(?:<\*>|[{SOLID}]+|(?:[^\s{_MARK}{SOLID}.]|\.(?=[^\s{_MARK}{SOLID}]))+|[^\s])")
_LIST = re.compile(r"<\*>(?:, ?<\*>)+")
_RUN = re.compile(r"<\*>(?: <\*>)+")
# Forms that indicate an event (opened, Closing, doThis, FINISHED), and those that are constants in code (E_FAIL).
_EVENT = re.compile(
    r"[a-zA-Z]*[a-zA-Z](?:ed|ing|ED|ING)|\w*[a-z][A-Z]\w*|[A-Z]{4,}|\w+(?:Exception|Error|Failure|Timeout)"
)
_CONSTANT = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
_DOTTED = re.compile(r"[^\W\d][\w$\-]*(?:\.[^\W\d][\w$\-]*)+")
_FAULT = re.compile(r".*(?:Exception|Error|Failure|Fault|Throwable)")
_CLASS = re.compile(r"[A-Z][a-z]+(?:[A-Z][a-z]+)+|[a-z]+(?:[_\-][a-z]+)+")
_QUOTED = re.compile(r"""(["'])<\*>\1|(?<=[:=])( ?)(?:null|None|nil|undefined)\b""")
# A value behind a name or a key, in brackets. Values in a row, with their unit and a short bracket behind them.
_NAMED = re.compile(r"(?:(?<=[ \[])[^\W\d][\w.$]*|(?<==)<\*>)[(\[{]<\*>[)\]}](?![^\s,;:.\]])|<\*>")
_UNITS = "|".join(map(re.escape, sorted(UNITS, key=lambda unit: (-len(unit), unit))))
_PART = re.compile(rf"<\*>(?: <\*>)*(?: (?:{_UNITS})(?![^\s,;:.)\]]))?( [(\[][^()\[\]]{{0,60}}[)\]])?", re.I)
_UNIT = re.compile(rf"<\*> (?:{_UNITS}|<\*>)(?![^\s,;:.)\]])", re.I)
SIMILAR = 0.5
# How many different words must occur at a place before they count as values: names after a word that announces a name,
# plain words and other names, first words (mostly verbs), and words whose form or place indicates an event.
NAME, PLAIN, FIRST, EVENT = 2, 3, 5, 8
# A value of several words has at least HEAD equal tokens before it and TAIL after it, and at most PHRASE words.
HEAD, TAIL, PHRASE = 2, 3, 5
# Two forms of one statement have at least this many words in common; if they differ in a unit only, at least one.
COMMON = 2
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
        for first, group in _by_first_word(rest, groups):
            whole.setdefault((first, *rest), []).extend(group)
    phrases = _phrases(whole)
    texts = {tokens: _LIST.sub(WILD, "".join(phrases.get(tokens, tokens)).strip()) for tokens in whole}
    final = _variants(set(texts.values()))
    found: dict[str, str] = {}
    for tokens, group in whole.items():
        found.update(dict.fromkeys(group, final[texts[tokens]]))
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
    # What is before a place counts only if it is the same in all lines.
    before = [next(iter(words)).strip() if len(words) == 1 else "" for words in seen]
    value: list[set[str]] = [
        _values(words, before[max(0, k - 2) : k]) if len(words) > 1 else set() for k, words in enumerate(seen)
    ]
    parts: dict[Tokens, list[str]] = defaultdict(list)
    for line, tokens in group:
        parts[tuple(_wild(t) if t in v else t for t, v in zip(tokens, value, strict=True))].append(line)
    return parts.items()


def _by_first_word(rest: Tokens, groups: list[tuple[str, list[str]]]) -> Iterable[tuple[str, list[str]]]:
    """Merge groups that differ only in the first word, if there are enough words to treat it as a value.

    Before a colon or a dash and a whole sentence, the first word names the module or the class that says it.
    """
    words = {first for first, _ in groups}
    said = sum(map(_is_constant, rest))
    if not said or len(words) < 2:
        return groups
    values = _values(words, (), first=True, prefix=rest[0].strip() in (":", "-", "|") and said > COMMON)
    if not values:
        return groups
    others = [(first, group) for first, group in groups if first not in values]
    return [*others, (WILD, [line for first, group in groups if first in values for line in group])]


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
        plain = not any(_is_apart(word) or word.lower() in STATES or _looks_like_event(word, False) for word in words)
        if plain and len(middles) >= PLAIN:
            found.update(dict.fromkeys(alike, (*head, f" {WILD}", *tail)))
    return found


def _variants(texts: set[str]) -> dict[str, str]:
    """Map each template to itself, or to the template of the statement that it is another form of.

    A statement has several forms if it quotes text and not null, if a value has a name in some lines ("LOCAL(7)" where
    others have "7"), if a unit or a value in brackets is missing in some ("18 bytes", "2048 bytes (2 kB)"), and if it
    lists values with spaces between.
    """
    final = {text: text for text in texts}
    for shape in (_without_quotes, _without_names, _without_parts):
        alike: dict[str, dict[str, tuple[str, ...]]] = defaultdict(dict)
        for text in sorted(set(final.values())):
            if WILD in text:
                key, parts = shape(text)
                alike[key][text] = parts
        common: dict[str, str] = {}
        for key, forms in alike.items():
            # Two different parts at one place may be two events, and a form without a part must not join them.
            if len(forms) > 1 and all(len({*column} - {""}) <= 1 for column in zip(*forms.values(), strict=True)):
                if shape is _without_names and key not in forms:
                    continue  # all have a name: nothing says that it belongs to the value
                words = sum(_is_constant(token) for token in _TOKEN.findall(key))
                if words >= (1 if shape is _without_parts else COMMON):
                    short = [_RUN.sub(WILD, text) for text in forms]
                    chosen = key if shape is _without_names else max(short, key=lambda text: (text.count(" "), text))
                    common.update(dict.fromkeys(forms, chosen))
        final = {text: common.get(now, now) for text, now in final.items()}
    return final


def _without_quotes(text: str) -> tuple[str, tuple[str, ...]]:
    """A template with a bare <*> for quoted text and for null."""
    return _QUOTED.sub(lambda found: f"{found[2] or ''}{WILD}", text), ()


def _without_names(text: str) -> tuple[str, tuple[str, ...]]:
    """A template with <*> for each value in brackets behind a name, and for each <*> the name, or "" if it has none."""
    names: list[str] = []

    def bare(found: re.Match[str]) -> str:
        names.append(found[0].partition("(")[0] if found[0] != WILD else "")
        return WILD

    return _NAMED.sub(bare, text), tuple(names)


def _without_parts(text: str) -> tuple[str, tuple[str, ...]]:
    """A template with one <*> for values in a row with their unit and a bracket behind them, and these brackets."""
    brackets: list[str] = []

    def bare(found: re.Match[str]) -> str:
        bracket = found[1] or ""
        brackets.append(_UNIT.sub(WILD, bracket) if WILD in bracket else "")
        return WILD + ("" if WILD in bracket else bracket)

    return _PART.sub(bare, text), tuple(brackets)


def _is_constant(token: str) -> bool:
    return _is_word(token) and not token.endswith(WILD)


def _values(words: set[str], before: Sequence[str], first: bool = False, prefix: bool = False) -> set[str]:
    """Which of the words seen at a place are values: names are, and plain words are if there are enough of them.

    `before` are up to two tokens before the place. `first` is for first words, and `prefix` if a colon follows those.
    """
    if not all(map(_is_word, words)):
        return set()
    wild = {word for word in words if word.endswith(WILD)}
    # A level and a protocol's name stay what they are next to values.
    bare = {word: word.strip().strip(".!?'") for word in words - wild}
    literal = {word for word, text in bare.items() if text.lower() in LITERALS}
    rest = {word: text for word, text in bare.items() if word not in literal and not _is_apart(text)}
    if not rest or (len(rest) == 1 and not wild and len(literal) > 1):
        return literal | wild if len(literal) + len(wild) > 1 else set()
    texts = rest.values()
    if all(text.lower() in UNITS for text in texts):
        return words if len(words) > 1 else set()
    states = sum(text.lower() in STATES or bool(_CONSTANT.fullmatch(text)) for text in texts)
    dotted = {text.rpartition(".")[2] for text in texts if _DOTTED.fullmatch(text)}
    events = sum(_looks_like_event(text, prefix, len(dotted) == 1) for text in texts)
    told = [token.lower() for token in before]
    # Most of them must look like events, not all: a user may be called "fred", a service "named".
    if 2 * states >= len(rest):
        return literal | wild if literal and len(literal | wild) > 1 else set()
    packages = all(map(_DOTTED.fullmatch, texts))
    least = FIRST if first and not (prefix or packages) else PLAIN
    if 2 * (states + events) >= len(rest) or _tells(told):
        least = EVENT
    elif (prefix and all(_DOTTED.fullmatch(text) or _CLASS.fullmatch(text) for text in texts)) or (
        packages and told[-1:] == ["["]
    ):
        least = NAME
    elif told and told[-1] in NAMING and all("-" in text or "." in text for text in texts):
        least = NAME  # hosts and services have such names ("cart-service", "db.primary"), functions have underscores
    elif any(text.islower() for text in texts):
        # Directly after a value stands what happened to it: "order 7 paid".
        if told and told[-1] == WILD:
            least = EVENT
    elif told and told[-1] in NAMING:
        least = NAME
    if wild and least < EVENT:
        least = NAME
    return {*rest, *literal, *wild} if len({text.lower() for text in texts}) + len(wild) >= least else set()


def _is_apart(word: str) -> bool:
    return word.lower() in LEVELS or word.lower() in DIGITS_IN_NAME


def _tells(before: Sequence[str]) -> bool:
    """Whether the tokens before a place announce a state: "is …", "state: …", "… -> …"."""
    if not before:
        return False
    if before[-1] in (":", "=", ">", "("):
        return len(before) > 1 and (before[-2] in TELLING or (before[-1] == ">" and before[-2].endswith("-")))
    return before[-1] in TELLING or before[-1] == "→"


def _looks_like_event(word: str, prefix: bool, one_method: bool = False) -> bool:
    """Whether the form of a word indicates an event, or that nothing is known about its form."""
    if _DOTTED.fullmatch(word):
        # "Stock.open" and "Stock.close" are events. "a.init" and "b.init" are one, and so are long names of packages.
        return bool(_FAULT.fullmatch(word)) or not (one_method or word.count(".") > 1)
    if prefix and _CLASS.fullmatch(word) and not _FAULT.fullmatch(word):
        return False
    # Words of other languages are listed nowhere. Letters without case are parts of sentences as often as words.
    return bool(_EVENT.fullmatch(word)) or (not word.replace("\ufffd", "").isascii() and not word.istitle())


def _is_word(token: str) -> bool:
    return token.endswith(WILD) or any(map(str.isalnum, token))


def _wild(token: str) -> str:
    return f" {WILD}" if token.startswith(" ") else WILD
