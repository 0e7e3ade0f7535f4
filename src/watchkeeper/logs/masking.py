"""Masking: replaces everything in a log line that looks like a value with <*>, word by word.

Values are words with a digit (numbers, ids, addresses, durations, money, times), paths, URLs, email addresses, names of
hosts and files, quoted text, the text after `key=`, eight or more hex letters, and lists of any length. A state in
quotes ('open') or an HTTP method is not a value. Words that are values (a city, a user) look like any other word.
Masking does not recognize them, but the tree may. In scripts that put no spaces between words, the words with digits
within a sentence are values, not the whole sentence.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import pandas as pd

from .vocabulary import DIGITS_IN_NAME, LEVELS, METHODS, NAMING, SAYING, STATES, is_named

WILD = "<*>"
# Only this many characters of a line count. People don't read further, and a line of a megabyte must not take longer
# than a line of a page. A list is read to LISTS, because the text after a long list counts as well.
LONGEST, LISTS = 1_000, 8_000
# Brackets that are nested deeper than this are read as other characters are, so that the time stays linear.
DEEPEST = 30
# Characters that no one sees: colors and titles of a terminal (ECMA-48, also as rsyslog writes them), NULs, byte order
# marks, soft hyphens, marks of direction, zero-width spaces, and how an emoji is to be drawn.
_UNSEEN = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|#033\[[\d;]*m|\x1b[@-_]?"
    "|[\x00\xad\ufeff\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufe0e\ufe0f]"
)
_CONTROL = re.compile("[\x01-\x08\x0e-\x1b\x7f-\x84\x86-\x9f]+")
_UNDECODED = re.compile("\ufffd+")
# Canonical order of combining marks takes quadratic time for a long run of them; no word has more than a few.
_MARKS = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]{8,}")
_TRACEBACK = "Traceback (most recent call last)"
_STAMP = re.compile(
    r"(?:\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6},? +)?"
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6} +\d{1,2}"
    r"(?:,? +\d{4})? +\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?: +\d{4}\b)?",
    re.I,
)
# Quoted text before a colon is a key of a JSON body, so it stays.
_QUOTED = re.compile(r'("[\w.\- ]{1,60}"\s*:)|(?<!\w)"[^"]*"|(?<!\w)\'[^\']*\'(?!\w)')
_CURLY = re.compile("“[^“”]*”|„[^„“”]*[“”]|‘[^‘’]*’|«[^«»]*»|「[^「」]*」|『[^『』]*』")
# "user  from", "name: , id": the value between was empty.
_AFTER = "|".join(sorted(NAMING - {","}))
_EMPTY = re.compile(rf"\b(?:{_AFTER}|user|host|name|id|client)  (?=(?:{_AFTER})\b)|: ?(?=[,;])")
_BEFORE = re.compile(r"""([^\W\d]+)["']?(?:[:=]|\s)\s*$""")
_REQUEST = re.compile(rf"({'|'.join(METHODS)}) +/")
_EVENT = re.compile(r"[a-z]+(?:ed|ing)", re.I)
_MARK = "，。、；：（）［］｛｝「」『』【】〈〉《》！？＝／＜＞｜“”„‘’«»…،؛؟।"
_WORD = re.compile(
    rf"""(?P<keep><\*>)
    |   (?P<key>(?<=[^\W\d])=)(?P<text>["']?<\*>["']?|[^\s,;()\[\]{{}}"'<>|&{_MARK}]*)
    |   \A[<>~≈][=]?\d[\w.]*+(?!>)                                    # less than a second
    |   [A-Za-z][A-Za-z0-9+.\-]*://[^\s"'<>()]+                       # URL
    |   [\w.+\-]+@[\w\-]+(?:\.[\w\-]+)*                               # mail address
    |   [0-9A-Fa-f]{{0,4}}(?::[0-9A-Fa-f]{{0,4}}){{2,7}}(?:%\w+)?(?![\w:])  # IPv6, time of day
    |   (?:[A-Za-z]:)?(?:\\[\w.\-$ ~]*)+\\[\w.\-$~]*                  # path of Windows
    |   (?P<path>[\w.\-~%@+]*/[^\s,;:()\[\]{{}}"'<>|={_MARK}]*)       # path
    |   (?P<plain>[^\s,;:()\[\]{{}}"'<>|=/{_MARK}]+)""",
    re.X,
)
# Scripts without spaces between words: Thai to Tibetan, Burmese, Khmer, kana, Han; and Hangul, which adds endings to
# values. Their digits are left out.
SOLID = (
    "\u0e00-\u0e4f\u0e5a-\u0ecf\u0eda-\u0f1f\u0f34-\u103f\u104a-\u109f\u1100-\u11ff\u1780-\u17df\u17ea-\u17ff"
    "\u3005-\u3007\u3041-\u318f\u31a0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7ff\uf900-\ufaff\uff66-\uff9f"
    "\U00020000-\U0003ffff"
)
_IS_SOLID = re.compile(f"[{SOLID}]")
_BETWEEN = re.compile(f"[^{SOLID}]+")
_ABOUT = re.compile(r"<\*>(?:[:/.\-]?<\*>)+")
_LIST = re.compile(r"<\*>(?:, ?<\*>)+")
_HEX = re.compile(r"[0-9a-fA-F]{8,}")
_BRACKET = re.compile(r"[(\[{,}\])]")
_OBJECT = re.compile(r"""(?:[\w.$]*[(\[{].*[)\]}]|<(?!\*>).*>|["']?<\*>["']?)""")
_CALL = re.compile(r"[\w.$]+\([^=]*\)")
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def masked(body: Any) -> str:
    """A log line with <*> for everything that looks like a value; of several lines, the most telling one.

    That is the first line with a letter or digit, or of a Python traceback the line that names the exception. Bodies
    that are not text are read as JSON with sorted keys. Runs of spaces become one space; colors, control characters and
    byte order marks are left out. Everything after 1,000 characters is ignored, but for the length of lists.

    >>> masked("order 3f2a91 placed: 2 lines, 12100 USD")
    'order <*> placed: <*> lines, <*> USD'
    >>> masked('POST /cart from 10.0.0.7:5044 took 12ms, user="Ada L." retry=yes')
    'POST <*> from <*> took <*>, user=<*> retry=<*>'
    """
    return mask_line(telling_line(body), Words())


def telling_line(body: Any) -> str:
    """The most telling line of a body, clean and cut to length."""
    text = body if isinstance(body, str) else _as_text(body)
    text = text.strip()
    if text.startswith(_TRACEBACK) and "\n" in text:
        text = f"Traceback {_exception(text)}"
    line = text = text[:LISTS]
    if "\n" in text or "\r" in text:
        for line in _lines(text):
            line = _clean(line)
            if any(map(str.isalnum, line)):
                return line
        line = " ".join(text[:LONGEST].split())
    return _clean(line)


def _lines(text: str) -> Iterator[str]:
    """The lines of a text, but one object written over several lines ("{", …) is one line."""
    start = 0
    for found in re.finditer(r"[\r\n]+|\Z", text):
        line = text[start : found.start()]
        if line.strip() in ("{", "[", "[{", "(") and start == 0:
            yield " ".join(text.split())
        yield line
        start = found.end()


def _exception(text: str) -> str:
    """The line that names the exception: the first after the last traceback's frames, which are indented."""
    lines = text[text.rindex(_TRACEBACK) :].splitlines()[1:]
    return next((line for line in lines if line and not line[0].isspace()), lines[-1].strip())


def _clean(line: str) -> str:
    """A line without what no one sees, in composed form, cut to length."""
    if len(line) > LONGEST:
        # The last word may be half a word, and a list goes on.
        line = line[: LISTS if "[" in line[:LONGEST] else LONGEST]
        line = line[: max(line.rfind(" "), len(line) - LONGEST // 10)].rstrip(", ")
    if not (line.isascii() and line.isprintable()) or "#033[" in line:
        line = _CONTROL.sub(" ", _UNSEEN.sub("", line))
        if not line.isascii():
            line = unicodedata.normalize("NFC", _MARKS.sub("", _UNDECODED.sub("\ufffd", line)))
    return line


def _as_text(body: Any) -> str:
    if isinstance(body, bytes):
        return body.decode("utf-8", "replace")
    if hasattr(body, "item") and not hasattr(body, "__len__"):  # a number of numpy
        body = body.item()
    if body is None or body is pd.NA or body is pd.NaT or (isinstance(body, float) and body != body):
        return ""
    try:
        return json.dumps(body, sort_keys=True, default=str, ensure_ascii=False)
    except (TypeError, ValueError):  # keys of several types, an object that contains itself
        return repr(body)
    except RecursionError:
        return f"{type(body).__name__} that is nested too deep"


def mask_line(line: str, words: Words) -> str:
    """One masked line. `words` remembers masked words and lines, because many lines share them."""
    if '"' in line or "'" in line:
        line = _QUOTED.sub(_quoted, line)
    if not line.isascii():
        line = _CURLY.sub(_quoted, line)
    if ":" in line:
        line = _STAMP.sub(WILD, line)
    if "  " in line or ": ," in line or ":," in line or ": ;" in line or ":;" in line:
        line = _EMPTY.sub(_missing, line)
    line = " ".join(map(words.__getitem__, line.split()))
    return words.whole[line]


class Words(dict[str, str]):
    """Word → masked word, filled on first use. It is emptied when it has grown large."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = Whole()

    def __missing__(self, word: str) -> str:
        if len(self) > 200_000:
            self.clear()
        done = word
        # Most words have only letters and stay as they are.
        if not word.isalpha() or (len(word) >= 8 and _HEX.fullmatch(word)):
            if not word.isascii() and _IS_SOLID.search(word):
                done = _BETWEEN.sub(lambda found: _WORD.sub(_value, found[0]), word)
            else:
                done = _WORD.sub(_value, word)
            done = _ABOUT.sub(WILD, _LIST.sub(WILD, done))
        self[word] = done
        return done


class Whole(dict[str, str]):
    """Line of masked words → line with one <*> for each list. It is emptied when it has grown large."""

    def __missing__(self, line: str) -> str:
        if len(self) > 200_000:
            self.clear()
        done = line
        if "[" in done or "()" in done or "{" in done or ("," in done and "(" in done):
            done = _one_of_each(done)
        if WILD in done and ("(" in done or "=" in done or "{" in done):
            done = _one_in_a_row(done)
        if f"{WILD}, " in done:
            done = _LIST.sub(WILD, done)
        if len(done) > LONGEST:
            done = done[: done.rfind(" ", 0, LONGEST)] if " " in done[:LONGEST] else done[:LONGEST]
        self[line] = done
        return done


def _one_of_each(line: str) -> str:
    """A line in which a list has one element: <*> if its elements are objects, words or values. An empty list is one.

    Brackets are read with a stack. What a cut left open is closed at the end.
    """
    # Per open bracket: its mark, its finished elements, and the parts of the element that is being read.
    stack: list[tuple[str, list[str], list[str]]] = [("", [], [])]
    start = deeper = 0
    for found in _BRACKET.finditer(line):
        mark, at = found[0], found.start()
        stack[-1][2].append(line[start:at])
        start = found.end()
        if len(stack) > DEEPEST and (mark in _CLOSING or deeper):
            deeper += (mark in _CLOSING) - (mark in _CLOSING.values())
            stack[-1][2].append(mark)
        elif mark in _CLOSING:
            stack.append((mark, [], []))
        elif mark == "," and len(stack) > 1:
            stack[-1][1].append("".join(stack[-1][2]))
            stack[-1][2].clear()
        elif len(stack) > 1 and mark == _CLOSING[stack[-1][0]]:
            opened, elements, parts = stack.pop()
            before = stack[-1][2][-1] if stack[-1][2] else ""
            stack[-1][2].append(_bracket(opened, [*elements, "".join(parts)], before))
        else:
            stack[-1][2].append(mark)
    stack[-1][2].append(line[start:])
    while len(stack) > 1:
        opened, elements, parts = stack.pop()
        stack[-1][2].append(_bracket(opened, [*elements, "".join(parts)], "", cut=True))
    return "".join(stack[0][2])


def _one_in_a_row(line: str) -> str:
    """A line in which equal words with values follow each other only once: "Berth(<*>), Berth(<*>)" is a list."""
    words: list[str] = []
    for word in line.split(" "):
        bare = word.rstrip(",;.")
        if words and WILD in bare and bare != WILD and words[-1].rstrip(",;") == bare:
            words[-1] = word
        else:
            words.append(word)
    return " ".join(words)


def _bracket(opened: str, elements: list[str], before: str, cut: bool = False) -> str:
    inside = [element.strip() for element in elements]
    closing = "" if cut else _CLOSING[opened]
    if inside == [""]:
        # f() and int[] have no value in them; " ()" and "x=[]" are empty values.
        empty = not (before[-1:].isalnum() or before.endswith(("_", WILD))) and not cut
        return f"{opened}{WILD if empty else ''}{closing}"
    if len(inside) == 2 and not inside[1]:  # Python's (1,)
        inside.pop()
        elements = inside
    several = len(inside) > 1
    if opened == "[":
        # The last element of a list that was cut is incomplete.
        whole = inside[:-1] if cut and several else inside
        calls = all(map(_CALL.fullmatch, whole))  # "[start(3)]" may be a call, which is an event
        words = several and not any(" " in one or one.lower() in LEVELS | STATES or one in METHODS for one in whole)
        if words or (all(map(_OBJECT.fullmatch, whole)) and not (calls and len(set(whole)) == 1)):
            return f"[{WILD}]"
    if several and len(set(inside)) == 1 and WILD in inside[0]:
        return f"{opened}{inside[0]}{closing}"
    return f"{opened}{','.join(elements)}{closing}"


def _missing(found: re.Match[str]) -> str:
    return f"{found[0].rstrip()} {WILD}{' ' if found[0].endswith('  ') else ''}"


def _quoted(found: re.Match[str]) -> str:
    """Quoted text is a value, unless it is the key of a JSON body, a request, a state, or what the line says."""
    if found.re is _QUOTED and found[1]:
        return found[1]
    text = found[0]
    inside = text[1:-1]
    if request := _REQUEST.match(inside):
        return f"{text[0]}{request[1]} {WILD}{text[-1]}"
    # A short word such as "fred" is a name rather than a state.
    if inside.lower() in STATES or inside in METHODS or (len(inside) > 5 and _EVENT.fullmatch(inside)):
        return text
    before = _BEFORE.search(found.string[max(0, found.start() - 40) : found.start()])
    if before and before[1].lower() in SAYING:
        return text
    return f"{text[0]}{WILD}{text[-1]}"


def _value(found: re.Match[str]) -> str:
    text = found[0]
    if found["keep"]:
        return text
    if found["key"]:
        return f"={_after_key(found)}"
    if found["path"] is not None:
        # "read/write" and "and/or" are words. A path starts with a slash, or has a digit, a dot or several slashes.
        words = text.count("/") == 1 and text[0] != "/" and text.replace("/", "").isalpha()
        return text if words else WILD + _tail(text)
    if found["plain"] is not None:
        word = text.rstrip(".!?")
        if any(map(str.isdigit, word)):
            return text if word.lower() in DIGITS_IN_NAME else WILD + _tail(text)
        # A name that a bracket follows is a call: "this.pid(" is code.
        named = is_named(word) and found.string[found.end() : found.end() + 1] != "("
        return WILD + _tail(text) if named or _HEX.fullmatch(text) else text
    return WILD + _tail(text)


def _after_key(found: re.Match[str]) -> str:
    """What follows `key=`: a value, unless it begins with a bracket, or the key announces what the line says."""
    text, string = found["text"], found.string
    following = string[found.end() : found.end() + 1]
    if not text and following in ("[", "{", "("):
        return ""
    if text in METHODS:
        return text
    before = _BEFORE.search(string[max(0, found.start() - 40) : found.start() + 1])
    if before and before[1].lower() in SAYING and (text.isalpha() or (not text and following in ('"', "'"))):
        return text
    return WILD


def _tail(text: str) -> str:
    """The period or other mark at the end that belongs to the sentence, not to the value."""
    return text[-1] if len(text) > 1 and text[-1] in ".!?" else ""
