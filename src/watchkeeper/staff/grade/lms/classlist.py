"""The class list: a CSV file that says who is in the class, so that it is known who handed nothing in."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path

from watchkeeper.kit.archive import spelled
from watchkeeper.staff.errors import GradingError
from watchkeeper.staff.grade.intake import names


def read(path: Path) -> list[str]:
    """The apprentices in the column `student`, by the names of their folders, each once. Raises GradingError.

    A full name is read as the folder that `take-in` makes of it. Two names that give the same folder are an error,
    because the list could not tell these people apart.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            given = [spelled(row["student"]) for row in csv.DictReader(file) if row["student"].strip()]
    except (OSError, UnicodeDecodeError, KeyError, csv.Error, AttributeError):
        raise GradingError(f"{path} is not a class list. It should be a CSV file with a column `student`.") from None
    found: dict[str, str] = {}
    for name in given:
        folder = names.student(name)[0] or name
        if found.setdefault(folder.casefold(), name) != name:
            raise GradingError(
                f'{path} has "{found[folder.casefold()]}" and "{name}", which both mean the folder {folder} in '
                "submitted/. Give each person's folder in the column `student`."
            )
    return [names.student(name)[0] or name for name in dict.fromkeys(given)]


def known(folder: Path, path: Path | None) -> list[str]:
    """The class list at `path`, which is kept for later commands in the cohort's folder; without one, the kept list."""
    kept = folder / ".watchkeeper" / "class.csv"
    if path is None:
        return read(kept) if kept.is_file() else []
    listed = read(path)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.write_text(text((student, "") for student in listed), encoding="utf-8")
    return listed


def text(people: Iterable[tuple[str, str]]) -> str:
    """A class list of (student, full name)."""
    file = io.StringIO(newline="")
    csv.writer(file, lineterminator="\n").writerows([("student", "name"), *people])
    return file.getvalue()
