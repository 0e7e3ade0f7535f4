"""Masking: replaces everything in a log line that looks like a value with <*>, word by word.

Values are words with a digit (numbers, ids, addresses, durations, money, times), paths, URLs, email addresses, quoted
text, the text after `key=`, an HTTP method before its path, and eight or more hex letters. Words that are values (a
city, a user) look like any other word. Masking does not recognize them, but the tree may.
"""

from __future__ import annotations

import json
import re
from typing import Any

WILD = "<*>"
# Only this many characters of a line count. People don't read further, and a line of a megabyte must not take longer
# than a line of a page.
LONGEST = 1_000
_STAMP = re.compile(
    r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? +)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* +\d{1,2}"
    r"(?:,? +\d{4})? +\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?: +\d{4}\b)?",
    re.I,
)
# Quoted text before a colon is a key of a JSON body, so it stays.
_QUOTED = re.compile(r'("[\w.\- ]{1,60}"\s*:)|(?<!\w)"[^"]*"|(?<!\w)\'[^\']*\'(?!\w)')
_METHOD = re.compile(r"\b(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)(?= +/)")
_WORD = re.compile(
    r"""(?P<keep><\*>)
    |   (?P<key>(?<=[^\W\d])=)(?:["']?<\*>["']?|[^\s,;()\[\]{}"'<>|&]*)
    |   [A-Za-z][A-Za-z0-9+.\-]*://[^\s"'<>()]+                       # URL
    |   [\w.+\-]+@[\w\-]+(?:\.[\w\-]+)*                               # mail address
    |   [0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:%\w+)?(?![\w:])  # IPv6, time of day
    |   (?:[A-Za-z]:)?(?:\\[\w.\-$ ~]*)+\\[\w.\-$~]*                  # path of Windows
    |   (?P<path>[\w.\-~%@+]*/[^\s,;:()\[\]{}"'<>|=]*)                # path
    |   (?P<plain>[^\s,;:()\[\]{}"'<>|=/]+)""",
    re.X,
)
_ABOUT = re.compile(r"<\*>(?:[:/.\-]?<\*>)+")
_LIST = re.compile(r"<\*>(?:, ?<\*>)+")
_HEX = re.compile(r"[0-9a-fA-F]{8,}")


def masked(body: Any) -> str:
    """A log line with <*> for everything that looks like a value; of several lines, the most telling one.

    That is the first line, or the last line of a Python traceback, which names the exception. Bodies that are not text
    are read as JSON with sorted keys. Runs of spaces become one space. Everything after 1,000 characters is ignored.

    >>> masked("order 3f2a91 placed: 2 lines, 12100 USD")
    'order <*> placed: <*> lines, <*> USD'
    >>> masked('POST /cart from 10.0.0.7:5044 took 12ms, user="Ada L." retry=yes')
    '<*> <*> from <*> took <*>, user=<*> retry=<*>'
    """
    return mask_line(telling_line(body), Words())


def telling_line(body: Any) -> str:
    """The first line of a body, cut to length; for a traceback its last line, which names the exception."""
    text = body if isinstance(body, str) else _as_text(body)
    text = text.strip()
    line = text
    if "\n" in text or "\r" in text:
        lines = text.splitlines() or [""]
        line = lines[0]
        if line.startswith("Traceback (most recent call last)"):
            line = f"Traceback {lines[-1].strip()}"
    return line[:LONGEST]


def _as_text(body: Any) -> str:
    if body is None or (isinstance(body, float) and body != body):
        return ""
    return json.dumps(body, sort_keys=True, default=str, ensure_ascii=False)


def mask_line(line: str, words: Words) -> str:
    """One masked line. `words` remembers masked words, because many lines share them."""
    if '"' in line or "'" in line:
        line = _QUOTED.sub(_quoted, line)
    if ":" in line:
        line = _STAMP.sub(WILD, line)
    if "/" in line:
        line = _METHOD.sub(WILD, line)
    line = " ".join(map(words.__getitem__, line.split()))
    return _LIST.sub(WILD, line) if f"{WILD}, " in line else line


class Words(dict[str, str]):
    """Word → masked word, filled on first use. It is emptied when it has grown large."""

    def __missing__(self, word: str) -> str:
        if len(self) > 200_000:
            self.clear()
        done = word
        # Most words have only letters and stay as they are.
        if not word.isalpha() or (len(word) >= 8 and _HEX.fullmatch(word)):
            done = _ABOUT.sub(WILD, _LIST.sub(WILD, _WORD.sub(_value, word)))
        self[word] = done
        return done


def _quoted(found: re.Match[str]) -> str:
    return found[1] or f"{found[0][0]}{WILD}{found[0][0]}"


def _value(found: re.Match[str]) -> str:
    text = found[0]
    if found["keep"]:
        return text
    if found["key"]:
        return f"={WILD}"
    if found["path"] is not None:
        # "read/write" and "and/or" are words. A path starts with a slash, or has a digit, a dot or several slashes.
        words = text.count("/") == 1 and text[0] != "/" and text.replace("/", "").isalpha()
        return text if words else WILD + _tail(text)
    if found["plain"] is not None:
        return WILD + _tail(text) if any(c.isdigit() for c in text) or _HEX.fullmatch(text) else text
    return WILD + _tail(text)


def _tail(text: str) -> str:
    """The period or other mark at the end that belongs to the sentence, not to the value."""
    return text[-1] if len(text) > 1 and text[-1] in ".!?" else ""
