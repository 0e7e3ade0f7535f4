"""The text of an output as a page may show it: plain colors, no other control codes, and no more than a page can take.

nbconvert's own converter stops on a color code that it can't read, and its time grows with the number of codes times
the length of the text. So nothing reaches it but codes that it knows, and not many of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LONGEST = 100_000  # characters of one output: about 1,500 lines
MOST_CODES = 1_000  # color codes in one output; a long traceback has some hundreds
CUT = "... (cut here: the whole text is in the submission)"

_SEQUENCE = re.compile(
    r"\x1b\[(?P<numbers>[0-?]*)[ -/]*(?P<end>[@-~]?)"  # CSI: colors, and moves of the cursor
    r"|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?"  # strings for the terminal: titles, links
    r"|\x1b[ -/]*[0-~]?"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f-\x9f]")
# What nbconvert's ansi.py knows: reset, bold, underline, inverse, 16 colors of text and of background, their defaults.
_KNOWN = frozenset(
    {0, 1, 4, 5, 7, 21, 22, 24, 27, *range(30, 38), *range(39, 48), 49, *range(90, 98), *range(100, 108)}
)


def plain_text(text: str) -> str:
    """The text with color codes that are complete and known, and without any other control code.

    >>> plain_text("\\x1b[1;31mred\\x1b[0m"), plain_text("\\x1b[38m x\\x1b[2J\\x07")
    ('\\x1b[1;31mred\\x1b[0m', ' x')
    """
    text = cut(text)
    if "\x1b" in text:
        codes = 0

        def kept(found: re.Match[str]) -> str:
            nonlocal codes
            code = _color(found["numbers"]) if found["end"] == "m" else ""
            codes += bool(code)
            return code if codes <= MOST_CODES else ""

        text = _SEQUENCE.sub(kept, text)
    return _CONTROL.sub("", text)


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, or its beginning and a sentence that says so: `longest` characters at most."""
    return text if len(text) <= longest else f"{text[: longest - len(CUT) - 1]}\n{CUT}"


def _color(numbers: str) -> str:
    """A color code with these numbers, without the ones that say nothing; "" if none is left."""
    if len(numbers) > 100 or not re.fullmatch(r"[\d;]*", numbers, re.ASCII):
        return ""
    known = list(_known(numbers.split(";")))
    return f"\x1b[{';'.join(known)}m" if known else ""


def _known(numbers: list[str]) -> Iterator[str]:
    at = 0
    while at < len(numbers):
        number = int(numbers[at] or 0)
        if number in (38, 48):  # of 256 colors, or red, green and blue
            length = {"5": 3, "2": 5}.get(numbers[at + 1] if at + 1 < len(numbers) else "", 0)
            extended = numbers[at : at + length]
            if not length or len(extended) < length or any(not one or int(one) > 255 for one in extended):
                return  # what follows can't be told apart
            yield from extended
            at += length
        else:
            if number in _KNOWN:
                yield numbers[at]
            at += 1
