"""`Recording`: a name, or a path, and what the shop said in that time as data frames."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from . import otlp
from .errors import RecordingError

DATASETS = "WATCHKEEPER_DATASETS"


class Recording:
    """A recording of the shop, or anybody's OTLP files. Nothing is read before it is asked for."""

    def __init__(self, folder: Path, name: str, files: dict[str, Path]) -> None:
        self.folder, self.name, self._files = folder, name, files

    @classmethod
    def open(cls, name_or_path: str | Path, datasets: str | Path | None = None) -> Recording:
        folder = Path(datasets or os.environ.get(DATASETS, "datasets")) / name_or_path
        return cls(folder, folder.name, {s: folder / f"{s}.jsonl.gz" for s in ("traces", "logs", "metrics")})

    @cached_property
    def spans(self) -> pd.DataFrame:
        return otlp.read_spans(self._files["traces"])
