"""Who wrote a log record: the statement, from the code attributes that held-back recordings keep."""

from collections import Counter
from pathlib import Path

import pandas as pd

HELD_BACK = Path(__file__).parents[2] / "datasets" / "held-back"


def recordings() -> list[str]:
    """Held-back recordings by name."""
    return sorted(path.parent.name for path in HELD_BACK.glob("*/logs.jsonl.gz"))


def statements(logs: pd.DataFrame) -> list[tuple[str, str, int, str]]:
    """The statement of each record: file, function, line, method. Another version of a service is another file.

    A statement that writes a request's HTTP method counts as one for each method: that is part of what happened.
    """
    names = ("code.file.path", "code.function.name", "code.line.number")
    methods = logs["body"].str.extract(r"\b(GET|POST|PUT|DELETE)(?= /)", expand=False).fillna("")
    return [
        (*(attributes[name] for name in names), method)
        for attributes, method in zip(logs["attributes"], methods, strict=True)
    ]


def beside(logs: pd.DataFrame, found: list[str]) -> list[tuple[str, str]]:
    """The found groups of the records, separate for each file: the reader may find the same template in two files."""
    files = [attributes["code.file.path"] for attributes in logs["attributes"]]
    return list(zip(files, found, strict=True))


def group_f1(found: list, truth: list) -> float:
    """How many of the groups are exactly right: the harmonic mean of their share in the found and in the true groups.

    This is LogPAI's FGA (Jiang et al., ISSTA 2024). It counts a rare statement as much as a frequent one.
    """
    ours, theirs, both = Counter(found), Counter(truth), Counter(zip(found, truth, strict=True))
    right = sum(count == ours[a] == theirs[b] for (a, b), count in both.items())
    return 2 * right / (len(ours) + len(theirs))
