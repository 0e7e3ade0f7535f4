"""Who wrote a log record: the statement, from the code attributes that held-back recordings keep."""

import re
from pathlib import Path

import pandas as pd

HELD_BACK = Path(__file__).parents[2] / "datasets" / "held-back"


def recordings() -> list[str]:
    """Held-back recordings by name."""
    return sorted(path.parent.name for path in HELD_BACK.glob("*/logs.jsonl.gz"))


def statements(logs: pd.DataFrame) -> list[tuple]:
    """The statement of each record: service file, function, and which statement of that function.

    The same statement in another version of the file is the same one here: their texts are equal, and no reader of
    texts could tell them apart.
    """
    keys = ["stem", "function", "file", "line"]
    sites = pd.DataFrame([_site(attributes) for attributes in logs["attributes"]], columns=keys)
    known = sites.drop_duplicates().copy()
    known["rank"] = known.groupby(keys[:3])["line"].rank()
    whole = sites.merge(known, on=keys, how="left")
    return list(whole[["stem", "function", "rank"]].itertuples(index=False, name=None))


def _site(attributes: dict) -> tuple:
    path = Path(attributes["code.file.path"])
    stem = re.sub(r"_\d+(_\d+)*$", "", path.stem) if path.parent.name == "versions" else path.stem
    return stem, attributes["code.function.name"], str(path), attributes["code.line.number"]
