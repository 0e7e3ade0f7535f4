"""Columns of the frames: text without inference, and objects that pandas does not look into."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def frame(columns: dict[str, Any]) -> pd.DataFrame:
    """A frame of the columns as they are: numpy arrays and series keep their type, lists become text."""
    return pd.DataFrame({name: text(column) for name, column in columns.items()})


def text(column: Any) -> Any:
    """A list of text as a column of text, also when it is empty."""
    return column if isinstance(column, (np.ndarray, pd.Series)) else pd.array(list(column), dtype="str")


def objects(items: Sequence[Any]) -> pd.Series:
    """A column of dicts, lists or mixed values."""
    column = np.empty(len(items), dtype=object)
    column[:] = list(items)
    return pd.Series(column, dtype=object)


def times(items: Sequence[int]) -> np.ndarray:
    """A column of int64, also when it is empty."""
    return np.array(items, dtype=np.int64)
