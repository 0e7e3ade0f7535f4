"""Finds recordings, and which of their files holds which signal."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from .. import otlp
from ..errors import OtlpError, RecordingError

VARIABLE = "WATCHKEEPER_DATASETS"
# What belongs to a recording and is not telemetry.
_OTHER_PARTS = ("card.toml", "private.toml", "deploys.jsonl")
# The names of the recorder's own files.
_OWN = frozenset(f"{signal.name}.jsonl{packed}" for signal in otlp.SIGNALS for packed in ("", ".gz"))
# traces.jsonl, log-2026-11-29.json.1, spans: a name that begins with the name of a signal or of its table.
_SIGNAL = re.compile(r"(?:(traces?|spans?)|(logs?)|(metrics?))(?![a-z])", re.I)
# Other names of files with telemetry: by their ending, before any number or compression, or by a word.
_ENDING = re.compile(r"\.(?:jsonl?|ndjson|otlp)(?![a-z])", re.I)
_WORD = re.compile(r"(?<![a-z])(?:otel|otlp|opentelemetry|telemetry|jaeger|zipkin|tempo|traces?|spans?)(?![a-z])", re.I)
_DOCUMENT = re.compile(r"\.(?:md|rst|toml|ya?ml|py|ipynb|html?|png|svg|css|sh|txt|log|csv|tsv)$", re.I)
_PACKED = (".zst", ".zstd", ".xz", ".bz2", ".lz4", ".zip", ".7z")


@dataclass(frozen=True)
class Files:
    """The files of a recording by the name of their signal, and what was left out of it, with the reason.

    A file is listed under every signal that it holds. `broken` are errors of files that look like telemetry and can't
    be read, if not even their name says which signal they would hold.
    """

    by_signal: dict[str, list[Path]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    broken: list[OtlpError] = field(default_factory=list)


def find(name_or_path: str | Path, datasets: str | Path | None) -> Path:
    """The folder or file of a recording: by name in a datasets folder, or else the path itself."""
    places, path = _places(datasets), Path(name_or_path)
    if str(name_or_path):  # Path("datasets") / "" would be a folder, but not a recording
        for candidate in (place / name_or_path for place in places):
            if candidate.is_file() or (candidate.is_dir() and any(_candidates(candidate))):
                return candidate
        if path.is_file() or (path.is_dir() and any(entry.is_file() for entry in path.iterdir())):
            return path
    raise RecordingError(_not_found(str(name_or_path), places))


def _places(datasets: str | Path | None) -> list[Path]:
    chosen = datasets or os.environ.get(VARIABLE)
    if chosen:
        return [Path(chosen)]
    here = Path.cwd()
    return [folder / "datasets" for folder in (here, *here.parents) if (folder / "datasets").is_dir()]


def _not_found(name: str, places: list[Path]) -> str:
    if name and Path(name).is_dir():
        inside = ", ".join(sorted(entry.name for entry in Path(name).iterdir())[:10]) or "nothing"
        return f"the folder {name} holds no files (it holds {inside}); a recording is a folder of OTLP JSON files"
    looked = ", ".join(str(place) for place in places) or f"any folder datasets/ above {Path.cwd()}"
    known = sorted({entry.name for place in places if place.is_dir() for entry in place.iterdir() if _is_one(entry)})
    there = f"There are: {', '.join(known)}." if known else f"No recording is there; set {VARIABLE} to their folder."
    return f'there is no recording "{name}" in {looked}. {there}'


def _is_one(entry: Path) -> bool:
    return entry.is_dir() and not entry.name.startswith(".") and any(_candidates(entry))


def _candidates(folder: Path) -> Iterator[Path]:
    """The files of a folder that hold telemetry by their names."""
    for path in folder.iterdir():
        if path.is_file() and path.name not in _OTHER_PARTS and _has_likely_name(path):
            yield path


def _has_likely_name(path: Path) -> bool:
    patterns = (_SIGNAL.match, _ENDING.search, _WORD.search)
    return not _DOCUMENT.search(path.name) and any(pattern(path.name) for pattern in patterns)


def _looks_like_telemetry(path: Path) -> bool:
    """Whether a file that can't be read may hold telemetry: by its content, or by its name if that can't be seen."""
    by_content = otlp.has_telemetry_fields(path)
    return _has_likely_name(path) if by_content is None else by_content


def files_of(path: Path) -> Files:
    """What each file of a recording holds. Files are opened to find out, whatever their names are.

    Only the recorder's own files, next to their card, are taken for what their names say.
    """
    files = Files()
    if path.is_file():
        signals, problems = otlp.signals_in(path)
        if not signals and problems:
            raise problems[0]
        if not signals and not _named(path):
            raise OtlpError("an empty file", path)
        files.by_signal.update({signal: [path] for signal in signals or {_named(path)}})
        return files
    own = _OWN if (path / "card.toml").is_file() else frozenset()
    for entry in sorted(path.iterdir()):
        if entry.name in own:
            files.by_signal.setdefault(_named(entry), []).append(entry)
        elif entry.is_file() and entry.name not in _OTHER_PARTS:
            _sort(entry, files)
        elif entry.name not in _OTHER_PARTS:
            files.left_out[entry.name] = "a folder; open it on its own" if entry.is_dir() else "not a regular file"
    if not files.by_signal and not files.broken:
        raise RecordingError(f"{path} holds no telemetry. {listed(files.left_out)}")
    return files


def listed(left_out: dict[str, str]) -> str:
    """A sentence with the files that were left out."""
    return "Left out: " + "; ".join(f"{name} ({why})" for name, why in left_out.items())


def _sort(path: Path, files: Files) -> None:
    """Put one file of a folder into its place."""
    signals, problems = otlp.signals_in(path)
    unpacked = path.with_suffix("")
    if unpacked.is_file() and (path.suffix in _PACKED if not signals else _is_copy(path, unpacked)):
        files.left_out[path.name] = f"packed, and {unpacked.name} is here"
        return
    if not signals and (named := _named(path)) and not _DOCUMENT.search(path.name):
        # It is empty or can't be read. The table of that signal will say so.
        files.by_signal.setdefault(named, []).append(path)
    elif not signals and problems and _looks_like_telemetry(path):
        files.broken.append(problems[0])
    elif not signals:
        files.left_out[path.name] = problems[0].text if problems else "an empty file"
    for signal in signals:
        files.by_signal.setdefault(signal, []).append(path)


def _is_copy(packed: Path, unpacked: Path) -> bool:
    """Whether a gzip file is the packed form of another, by the size that it ends with, modulo 2^32."""
    if packed.suffix != ".gz" or packed.stat().st_size < 4:
        return False
    with packed.open("rb") as file:
        file.seek(-4, os.SEEK_END)
        return int.from_bytes(file.read(), "little") == unpacked.stat().st_size % 2**32


def _named(path: Path) -> str:
    """The signal that a file's name says it holds, or ""."""
    found = _SIGNAL.match(path.name)
    return otlp.SIGNALS[found.lastindex - 1].name if found and found.lastindex else ""
