"""Names: operations whose names contain ids, which puts every request into a group of its own."""

from __future__ import annotations

import re

import pandas as pd

from .calls import need

# A UUID, a word with a digit in it, or eight or more hex digits, because an id may happen to have no digit.
_UUID = r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
# A word is only tried from its beginning; otherwise the time would grow with the square of a name's length.
_ID = re.compile(_UUID + r"|(?<![^\W_])[^\W_]*\d[^\W_]*|\b[0-9a-fA-F]{8,}\b")
_RUN = re.compile(r"\{id\}(?:[-_.:]\{id\})+")


def masked_name(name: str) -> str:
    """The name with everything that looks like an id replaced by {id}; words stay.

    >>> masked_name("charge order 8f14e45f-ceea-4672-9a3b-1b2c3d4e5f60"), masked_name("GET /product/CHARTMAP02")
    ('charge order {id}', 'GET /product/{id}')
    """
    return _RUN.sub("{id}", _ID.sub("{id}", name))


def high_cardinality(spans: pd.DataFrame, at_least: int = 10, once: float = 0.5) -> pd.DataFrame:
    """One row per operation whose names contain ids, the most names first. Masking the ids makes such names equal.

    Columns: service kind pattern (the name to use instead) names (how many differ) spans example (the first in
    alphabetical order). An operation is listed if it has `at_least` names and at least the share `once` of them occurs
    only once. Names that differ in words instead (a city, a person) are not found, because any word may be a name.

    >>> import pandas as pd
    >>> spans = pd.DataFrame({"service": "payment", "kind": "INTERNAL", "name": [f"charge {n}" for n in range(20)]})
    >>> high_cardinality(spans)[["pattern", "names", "spans", "example"]].values.tolist()
    [['charge {id}', 20, 20, 'charge 0']]
    """
    need(spans, "service", "kind", "name")
    names = spans.groupby(["service", "kind", "name"], sort=True).size().rename("spans").reset_index()
    names["pattern"] = pd.array([masked_name(name) for name in names["name"]], dtype="str")
    names["single"] = names["spans"] == 1
    groups = names.groupby(["service", "kind", "pattern"], sort=True)
    table = groups.agg(names=("name", "size"), spans=("spans", "sum"), example=("name", "first"))
    table = table[(table["names"] >= at_least) & (groups["single"].mean() >= once)].reset_index()
    return table.sort_values("names", ascending=False, kind="stable", ignore_index=True)
