"""Unified diffs, applied strictly: a release of a service is its healthy files, perhaps with a diff applied.

The standard library can make such diffs but not apply them, `patch` and `git apply` are not on every machine, and
`patch` guesses. Here a hunk must fit in exactly one place, or the diff is refused: its lines may have moved since it
was made, but they may not have changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from watchkeeper.errors import ReleaseError

HUNK = re.compile(r"@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@")
GIT = ("diff ", "index ")  # how the lines begin that git puts above the two names of a file


@dataclass(frozen=True)
class Hunk:
    """Neighboring lines, each with its mark: ` ` for context, `-` for removed, `+` for added."""

    lines: list[str]

    @property
    def before(self) -> list[str]:
        return [line[1:] for line in self.lines if line[0] in " -"]

    @property
    def after(self) -> list[str]:
        return [line[1:] for line in self.lines if line[0] in " +"]

    @property
    def changed(self) -> int:
        """How many lines are removed or added."""
        return sum(line[0] != " " for line in self.lines)


def read(text: str) -> dict[str, list[Hunk]]:
    """The hunks of a diff by file; `--- a/ads.py` and `+++ b/ads.py` announce those of ads.py.

    Text above the first file is for people. Raises `ReleaseError` when anything else is not a hunk, when a hunk doesn't
    have as many lines as it says, and when nothing is changed.
    """
    files: dict[str, list[Hunk]] = {}
    name, before, after = "", 0, 0  # the file, and how many lines of its latest hunk are still to come
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        head = HUNK.match(line)
        if before or after:
            before -= line[0] in " -"
            after -= line[0] in " +"
            if line[0] not in " -+" or before < 0 or after < 0:
                raise ReleaseError(f"line {number} does not belong to the hunk above it: {line.strip()}")
            files[name][-1].lines.append(line)
        elif line.startswith("--- a/"):
            name = line.removeprefix("--- a/").strip()
            files[name] = []
        elif head and name:
            before, after = int(head[1] or 1), int(head[2] or 1)
            files[name].append(Hunk([]))
        elif name and line.strip() != f"+++ b/{name}" and not line.startswith(GIT):
            raise ReleaseError(f"line {number} is not part of a unified diff: {line.strip()}")
    if before or after:
        raise ReleaseError("its last hunk is cut off.")
    if not files or not all(files.values()):
        raise ReleaseError("it has no hunks. They follow lines like `--- a/ads.py`, `+++ b/ads.py`, `@@ -8,4 +8,5 @@`.")
    return files


def apply(text: str, hunks: list[Hunk]) -> str:
    """`text` with every hunk applied, in order. Raises `ReleaseError` unless each fits in exactly one place."""
    lines = text.splitlines(keepends=True)
    start = 0
    for hunk in hunks:
        size = len(hunk.before)
        places = [at for at in range(start, len(lines) - size + 1) if lines[at : at + size] == hunk.before]
        if len(places) != 1:
            first = next((line for line in hunk.before if line.strip()), "").strip()
            found = "are not in the file" if not places else f"are in the file {len(places)} times"
            raise ReleaseError(f"the {size} lines that begin with {first!r} {found}.")
        lines[places[0] : places[0] + size] = hunk.after
        start = places[0] + len(hunk.after)
    return "".join(lines)
