"""`Recording`, and how its tables are read."""

from __future__ import annotations

import copy
import hashlib
import json
import tomllib
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .. import otlp
from ..errors import OtlpError, RecordingError
from ..otlp import LOGS, METRICS, TRACES, Signal
from . import ahead
from .find import Files, files_of, find, listed
from .requests import one_row_per_trace


def read_files(signal: Signal, paths: Sequence[Path], problems: list[OtlpError] | None = None) -> pd.DataFrame:
    """One table with the content of all these files. Raises `OtlpError`, or collects such errors in `problems`."""
    frames = [signal.read(path, problems) for path in paths]
    return frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)


class Recording:
    """The telemetry of the shop during a few minutes, or of any other OTLP files.

    `Recording.open("tuesday-lunch")` finds a recording by name. Its tables are `.spans`, `.logs`, `.metrics` (columns:
    see `read_spans`, `read_logs`, `read_metrics` in `watchkeeper.otlp`) and `.deploys` (time_ns, service, from, to).
    Each is read on first use and then kept. What you get is your own: changing it changes nothing in the recording or
    for anyone else. Only the dicts and lists in its cells are shared; copy one before you change it. `.signals` names
    the signals it has, `.left_out` the files of its folder that don't belong to it. `.card` is its card.toml as a dict;
    `.name` and `.folder` say which recording it is.

    Pickling a recording includes all its tables, because its files may not exist where it is unpickled.
    """

    def __init__(self, folder: Path, name: str, files: Files, problems: list[OtlpError] | None = None) -> None:
        self.folder, self.name, self._files, self._problems = folder, name, files.by_signal, problems
        self.left_out = files.left_out
        self._tables: dict[str, pd.DataFrame] = {}  # what was read, by the name of its property

    @classmethod
    def open(
        cls, name_or_path: str | Path, datasets: str | Path | None = None, problems: list[OtlpError] | None = None
    ) -> Recording:
        """Open a recording by name, or by the path of a folder of files of OTLP or Jaeger's JSON, or of one such file.

        Names are looked up in `datasets`, else in the folder named by WATCHKEEPER_DATASETS, else in `datasets/` here
        and in each parent folder. A damaged file raises `OtlpError` when it is read, and a file that looks like
        telemetry but can't be read at all does so here. With a list as `problems`, errors are appended to it, and so is
        every file of the folder that is left out; the readable rest is kept. Raises `RecordingError` if there is no
        such recording.
        """
        path = find(name_or_path, datasets)
        folder, name = (path.parent, path.name.split(".")[0]) if path.is_file() else (path, path.resolve().name)
        files = files_of(path)
        if problems is None and files.broken:
            raise files.broken[0]
        if problems is not None:
            problems += [
                *files.broken,
                *(OtlpError(f"left out: {why}", folder / file) for file, why in files.left_out.items()),
            ]
        return cls(folder, name, files, problems)

    @classmethod
    def of_tables(
        cls,
        name: str,
        *,
        spans: pd.DataFrame | None = None,
        logs: pd.DataFrame | None = None,
        metrics: pd.DataFrame | None = None,
        deploys: pd.DataFrame | None = None,
    ) -> Recording:
        """A recording made of these tables instead of files. It does not have the signals that you leave out.

        Changing a table afterwards does not change the recording. They need the columns that `open` gives. Without
        `deploys` that table is empty; the card is empty too.

        >>> Recording.of_tables("two lines", logs=pd.DataFrame({"body": ["order 7", "no stock"]})).signals
        ('logs',)
        """
        made = cls(Path(), name, Files())
        given = {"spans": spans, "logs": logs, "metrics": metrics}
        given["deploys"] = _deploys([]) if deploys is None else deploys
        made._tables = {table: _own(frame) for table, frame in given.items() if frame is not None}
        made._card = {}
        return made

    def __repr__(self) -> str:
        without = f"; left out: {', '.join(self.left_out)}" if self.left_out else ""
        return f'<Recording "{self.name}": {", ".join(self.signals)}{without}>'

    def __getstate__(self) -> dict[str, Any]:
        self.load()
        kept = {name: vars(self)[name] for name in ("folder", "name", "left_out", "_card", "_tables")}
        return kept | {"_files": {}, "_problems": None}

    @property
    def signals(self) -> tuple[str, ...]:
        """Which of "traces", "logs" and "metrics" it has. Using the table of another signal raises `RecordingError`."""
        return tuple(one.name for one in otlp.SIGNALS if one.name in self._files or one.table in self._tables)

    def load(self) -> Recording:
        """Read every table and the card now instead of on first use, and return the recording."""
        for signal in otlp.SIGNALS:
            if signal.name in self.signals:
                getattr(self, signal.table)
        _ = self.deploys, self.card
        return self

    @property
    def spans(self) -> pd.DataFrame:
        """One row per span."""
        return self._table("spans", lambda: self._read(TRACES))

    @property
    def logs(self) -> pd.DataFrame:
        """One row per log record."""
        return self._table("logs", lambda: self._read(LOGS))

    @property
    def metrics(self) -> pd.DataFrame:
        """One row per metric point."""
        return self._table("metrics", lambda: self._read(METRICS))

    def _table(self, name: str, read: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        if name not in self._tables:
            self._tables[name] = read()
        return _own(self._tables[name])

    def _read(self, signal: Signal) -> pd.DataFrame:
        paths = self._files.get(signal.name)
        if not paths:
            text = f'recording "{self.name}" has no {signal.name}; it holds {", ".join(self.signals) or "nothing"}'
            raise RecordingError(f"{text}. {listed(self.left_out)}" if self.left_out else text)
        if self._problems is None and (table := ahead.take(signal, paths)) is not None:
            return table
        return read_files(signal, paths, self._problems)

    @property
    def deploys(self) -> pd.DataFrame:
        """One row per deploy: time_ns, service, from, to (versions). Empty if nothing was deployed."""
        return self._table("deploys", self._read_deploys)

    def _read_deploys(self) -> pd.DataFrame:
        path = self.folder / "deploys.jsonl"
        return _deploys([_deploy(path, n, line) for n, line in enumerate(_lines(path), 1) if line.strip()])

    @property
    def card(self) -> dict[str, Any]:
        """The content of card.toml, which describes the recording; empty if there is no card."""
        return copy.deepcopy(self._card)

    @cached_property
    def _card(self) -> dict[str, Any]:
        try:
            return tomllib.loads((self.folder / "card.toml").read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RecordingError(f"{self.folder / 'card.toml'} cannot be read: {error}") from None

    def verify(self) -> Recording:
        """Compare each file with the sha256 on its card, and return the recording. Raises `RecordingError`."""
        checksums = self.card.get("sha256")
        if not isinstance(checksums, dict) or not checksums:
            raise RecordingError(f'recording "{self.name}" has no card with checksums, so it cannot be verified')
        for file, wanted in checksums.items():
            path = self.folder / file
            if not path.is_file():
                raise RecordingError(f"{path} is missing, and the card names it; fetch the recording again")
            if _sha256(path) != str(wanted).lower():
                raise RecordingError(f"{path} is not the file its card describes (sha256); fetch the recording again")
        return self

    def traces(self) -> pd.DataFrame:
        """One row per trace, sorted by start: trace_id route start_ns duration_ms status spans services root_span_id.

        `route` is the method and route of the frontend's first SERVER span ("GET /product/{id}"), or "" if there is
        none. `status` and `duration_ms` are those of the longest root, which is what the customer saw. `spans` and
        `services` are counts. `duration_ms` is NaN if it can't be known, as for a root that never ended; a root without
        a parent whose duration can't be known counts as the longest. A span that was recorded twice counts once.
        """
        return _own(self._traces)

    @cached_property
    def _traces(self) -> pd.DataFrame:
        return one_row_per_trace(self.spans)

    @cached_property
    def _rows(self) -> dict[str, np.ndarray]:
        groups = self.spans.groupby("trace_id", sort=False)
        return {str(trace): np.asarray(rows) for trace, rows in groups.indices.items()}

    def trace(self, trace_id: str) -> pd.DataFrame:
        """The spans of one trace, in file order, with a new index."""
        rows = self._rows.get(trace_id.lower())
        if rows is None:
            raise RecordingError(f'recording "{self.name}" has no trace {trace_id}; .traces() lists them')
        return self.spans.iloc[rows].reset_index(drop=True)

    def trace_at(self, route: str, quantile: float) -> pd.DataFrame:
        """The spans of the trace at a `quantile` (0 to 1) of a route's durations, by nearest rank.

        0.5 is a typical request, 0.99 one of the slowest. Requests without a known duration have no rank. Raises
        `RecordingError` if no request had that route, or if none of them has a known duration.
        """
        requests = self._traces[self._traces["route"] == route].sort_values(["duration_ms", "trace_id"])
        timed = requests[requests["duration_ms"].notna()]
        if timed.empty and len(requests):
            raise RecordingError(
                f'recording "{self.name}" has no request of {route!r} with a known duration: none of '
                f"{len(requests):,} has times that can be true"
            )
        if requests.empty:
            routes = ", ".join(sorted(set(self._traces["route"]) - {""}))
            raise RecordingError(f'recording "{self.name}" has no request of {route!r}; it has {routes}')
        rank = min(max(int(quantile * len(timed)), 0), len(timed) - 1)
        return self.trace(timed["trace_id"].iloc[rank])


def _own(table: pd.DataFrame) -> pd.DataFrame:
    """The table for one more owner. pandas copies a column when one of them changes it, so this takes microseconds."""
    return table.copy(deep=False)


def _deploys(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["time_ns", "service", "from", "to"], dtype="str")
    return frame.astype({"time_ns": np.int64})


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []


def _deploy(path: Path, number: int, line: str) -> tuple[Any, ...]:
    try:
        row = json.loads(line)
        return int(row["time_ns"]), str(row["service"]), str(row["from"]), str(row["to"])
    except (ValueError, KeyError, TypeError, RecursionError):
        text = f'{path}, line {number}: not a deploy; it needs "time_ns", "service", "from" and "to"'
        raise RecordingError(text) from None


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
