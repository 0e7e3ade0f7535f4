"""Templates: which lines were written by the same statement, judged by their text alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from ..errors import LogError
from .masking import Words, mask_line, telling_line
from .tree import mine


def templates(bodies: Iterable[Any]) -> pd.DataFrame:
    """One row per line, in order: template_id (eight hex digits of a hash of the template) and template.

    Lines are masked (`masked`), then a token tree groups those that differ only in words that look like values. The
    order of the lines and how often one occurs do not matter. *Which* lines there are does matter, because a word is a
    value only if others occur in its place. So to compare two periods of time, mine both at once, as `changes` does.
    States ("up", 'open', Paused) are told apart; truth values, empty values, units and the length of a list are not. Of
    a body with several lines, only the most telling line counts. Optional words make several templates, and so do
    values of several words ("John Doe") at a line's end or with fewer than three forms. A series keeps its index.

    >>> lines = ["parcel 1 leaves for Hamburg", "parcel 2 leaves for Oslo", "mail for order 7 sent"]
    >>> templates(lines)["template"].tolist()
    ['parcel <*> leaves for <*>', 'parcel <*> leaves for <*>', 'mail for order <*> sent']
    """
    index = bodies.index if isinstance(bodies, pd.Series) else None
    lines = _masked_all(bodies)
    found = mine(lines)
    names = {text: template_id(text) for text in set(found.values())}
    texts = [found[line] for line in lines]
    columns = {
        "template_id": pd.array([names[text] for text in texts], dtype="str"),
        "template": pd.array(texts, dtype="str"),
    }
    return pd.DataFrame(columns, index=index)


def template_id(template: str) -> str:
    """Eight hex digits that identify a template by its text, the same in every recording and on every machine.

    >>> template_id("mail for order <*> sent")
    '8ca0a7c6'
    """
    return blake2b(template.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _masked_all(bodies: Iterable[Any]) -> list[str]:
    words = Words()
    known: dict[str, str] = {}
    lines = []
    for body in bodies:
        line = telling_line(body)
        done = known.get(line)
        if done is None:
            if len(known) > 200_000:
                known.clear()
            done = known[line] = mask_line(line, words)
        lines.append(done)
    return lines


def grouping_accuracy(found: Sequence[Any] | pd.Series, truth: Sequence[Any] | pd.Series) -> float:
    """The share of lines (0 to 1) whose group has exactly the lines of the true group: LogPAI's measure.

    One line too many or too few makes the whole group wrong (Zhu et al., ICSE-SEIP 2019). Both arguments name a group
    for each line, in the same order. Raises `LogError` without lines, or for different lengths.

    >>> grouping_accuracy(["a", "a", "b", "c"], [1, 1, 2, 2])
    0.5
    """
    if len(found) != len(truth) or not len(truth):
        raise LogError(f"{len(found)} groups were found for {len(truth)} lines; give one of each per line")
    ours, theirs = _numbered(found), _numbered(truth)
    pairs = pd.DataFrame({"ours": ours, "theirs": theirs}).value_counts().reset_index(name="n")
    sizes = np.bincount(ours)[pairs["ours"]], np.bincount(theirs)[pairs["theirs"]]
    right = (pairs["n"] == sizes[0]) & (pairs["n"] == sizes[1])
    return float(pairs.loc[right, "n"].sum() / len(truth))


def _numbered(groups: Iterable[Any]) -> np.ndarray:
    number: dict[Any, int] = {}
    return np.array([number.setdefault(group, len(number)) for group in groups], dtype=np.int64)
