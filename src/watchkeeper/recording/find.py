"""Finds recordings, and which of their files holds which signal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from .. import otlp
from ..errors import RecordingError

VARIABLE = "WATCHKEEPER_DATASETS"
_ENDINGS = (".jsonl", ".jsonl.gz", ".json", ".json.gz")
Files = dict[str, list[Path]]  # by the name of their signal


def find(name_or_path: str | Path, datasets: str | Path | None) -> Path:
    """The folder or file of a recording: by name in a datasets folder, or else the path itself."""
    places = _places(datasets)
    for candidate in [*(place / name_or_path for place in places), Path(name_or_path)]:
        # Path("datasets") / "" would be a folder, but not a recording.
        if str(name_or_path) and (candidate.is_file() or (candidate.is_dir() and any(otlp_files(candidate)))):
            return candidate
    raise RecordingError(_not_found(str(name_or_path), places))


def _places(datasets: str | Path | None) -> list[Path]:
    chosen = datasets or os.environ.get(VARIABLE)
    if chosen:
        return [Path(chosen)]
    here = Path.cwd()
    return [folder / "datasets" for folder in (here, *here.parents) if (folder / "datasets").is_dir()]


def _not_found(name: str, places: list[Path]) -> str:
    looked = ", ".join(str(place) for place in places) or f"any folder datasets/ above {Path.cwd()}"
    known = sorted({entry.name for place in places if place.is_dir() for entry in place.iterdir() if _is_one(entry)})
    there = f"There are: {', '.join(known)}." if known else f"No recording is there; set {VARIABLE} to their folder."
    return f'there is no recording "{name}" in {looked}. {there}'


def _is_one(entry: Path) -> bool:
    return entry.is_dir() and not entry.name.startswith(".") and any(otlp_files(entry))


def otlp_files(folder: Path) -> Iterator[Path]:
    """The files of a folder that may hold telemetry, sorted by name."""
    for path in sorted(folder.iterdir()):
        if path.is_file() and path.name.endswith(_ENDINGS) and path.name != "deploys.jsonl":
            yield path


def by_signal(path: Path) -> Files:
    """The files of a recording by signal. Files named after their signal come first (traces.jsonl.gz, logs-1.jsonl, …).

    A file with any other name is opened to find out.
    """
    if path.is_file():
        return {_inside(path): [path]}
    found: Files = {}
    unnamed = []
    for file in otlp_files(path):
        if signal := _named(file):
            found.setdefault(signal, []).append(file)
        else:
            unnamed.append(file)
    for file in unnamed:
        found.setdefault(_inside(file), []).append(file)
    return found


def _named(path: Path) -> str:
    names = (signal.name for signal in otlp.SIGNALS)
    return next((name for name in names if path.name.startswith((name, name.removesuffix("s")))), "")


def _inside(path: Path) -> str:
    return "traces" if otlp.is_jaeger(path) else otlp.signal_of(path)
