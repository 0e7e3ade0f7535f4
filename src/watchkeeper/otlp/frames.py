"""Builds the columns of frames: text without type inference, and objects that pandas does not inspect."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd


def frame(columns: dict[str, Any]) -> pd.DataFrame:
    """A frame of these columns. Numpy arrays and series keep their type; a list becomes a column of text."""
    return pd.DataFrame({name: text(column) for name, column in columns.items()})


def text(column: Any) -> Any:
    """A list of strings as a column of text, even if it is empty."""
    return column if isinstance(column, (np.ndarray, pd.Series)) else pd.array(list(column), dtype="str")


def objects(items: Sequence[Any]) -> pd.Series:
    """A column of dicts, lists or mixed values."""
    column = np.empty(len(items), dtype=object)
    column[:] = list(items)
    return pd.Series(column, dtype=object)


def times(items: Sequence[int]) -> np.ndarray:
    """A column of int64, even if it is empty."""
    return np.array(items, dtype=np.int64)
