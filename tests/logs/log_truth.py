"""Who wrote a log record: the statement, from the code attributes that held-back recordings keep."""

from pathlib import Path

import pandas as pd

HELD_BACK = Path(__file__).parents[2] / "datasets" / "held-back"


def recordings() -> list[str]:
    """Held-back recordings by name."""
    return sorted(path.parent.name for path in HELD_BACK.glob("*/logs.jsonl.gz"))


def statements(logs: pd.DataFrame) -> list[tuple[str, str, int]]:
    """The statement of each record: file, function, line. Another version of a service is another file."""
    names = ("code.file.path", "code.function.name", "code.line.number")
    return [tuple(attributes[name] for name in names) for attributes in logs["attributes"]]


def beside(logs: pd.DataFrame, found: list[str]) -> list[tuple[str, str]]:
    """The found groups of the records, separate for each file: the reader may find the same template in two files."""
    files = [attributes["code.file.path"] for attributes in logs["attributes"]]
    return list(zip(files, found, strict=True))
