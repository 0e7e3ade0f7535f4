"""The columns that a function of this room needs, checked before it starts."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from ..errors import LogError

# The end of a sentence about too many windows. A record that says no time has time 0, which is in 1970.
UNTIMED = ", or leave out the rows without a time (time_ns 0)"


def need(frame: pd.DataFrame, columns: Iterable[str], what: str = "log records") -> None:
    """Raise `LogError` if a frame lacks columns."""
    wanted = list(columns)
    missing = [name for name in wanted if name not in frame.columns]
    if missing:
        raise LogError(f"the {what} have no column {', '.join(missing)}; they need {', '.join(wanted)}")
