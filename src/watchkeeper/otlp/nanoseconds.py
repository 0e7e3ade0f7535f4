"""Times that a caller has made datetimes of: back to nanoseconds since 1970, whatever their unit or time zone.

pandas 3 keeps datetimes in seconds, milliseconds, microseconds or nanoseconds. As numbers they would be off by a factor
of a thousand or more, without a word. A datetime without a zone counts as UTC.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd


def nanoseconds(times: Any) -> np.ndarray:
    """Times as int64 nanoseconds since 1970. ValueError or TypeError if one is missing, or if they are not times.

    >>> nanoseconds(pd.Series(pd.to_datetime(["1970-01-01 00:00:01"])).astype("datetime64[ms]")).tolist()
    [1000000000]
    """
    found = times if hasattr(times, "dtype") else np.asarray(times)
    if found.dtype.kind == "O" and len(found) and hasattr(np.asarray(found)[0], "tzinfo"):
        found = pd.to_datetime(list(found), utc=True)
    if found.dtype.kind != "M":
        return np.asarray(found, dtype=np.int64)
    index = pd.DatetimeIndex(found)
    if index.hasnans:
        raise ValueError("a time is missing")
    return index.as_unit("ns").asi8


def in_nanoseconds(table: pd.DataFrame) -> pd.DataFrame:
    """The table with each column of datetimes whose name ends in _ns as int64 nanoseconds; others stay as they are."""
    made = {
        str(name): nanoseconds(table[name])
        for name, dtype in table.dtypes.items()
        if dtype.kind == "M" and str(name).endswith("_ns")
    }
    return table.assign(**made) if made else table
