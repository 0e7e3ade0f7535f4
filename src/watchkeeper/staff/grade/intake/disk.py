"""`submitted/` on disk: reads a submission from it, and writes one to it, completely or not at all.

submitted/<student>/<module>/…                       what is graded
submitted/.replaced/<student>/<module>/<number>/…    what a later submission has replaced
submitted/.incoming/…                                a submission being written; it is not read from there
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from types import TracebackType

from watchkeeper.staff.errors import Earlier, IntakeError
from watchkeeper.staff.grade.intake.entries import IGNORED, checked
from watchkeeper.staff.grade.intake.names import TIMESTAMP, moment
from watchkeeper.staff.grade.locks import lock
from watchkeeper.staff.grade.restore.choose import shown
from watchkeeper.staff.grade.result import Submission

FILES, BYTES = 200, 50_000_000  # the most in one submission
TIME_FILE = "timestamp.txt"  # nbgrader's
INCOMING, REPLACED = ".incoming", ".replaced"


def read(folder: Path, student: str, module: str) -> Submission:
    """The files of `folder/<student>/<module>/`: only regular files, no links, no hidden files, within the limits.

    The notes list files that can't be read or exceed the limits. If there is no folder, the submission has no files.
    """
    if any(name in ("", ".", "..") or "/" in name or "\0" in name for name in (student, module)):
        raise IntakeError(f"{shown(f'{student}/{module}')} can't be a submission: give the names of two folders.")
    files: dict[str, bytes] = {}
    notes: list[str] = []
    room = BYTES
    for name, content in _contents(folder, folder / student / module, notes):
        if len(files) == FILES:
            notes.append(f"it has more than {FILES} files; the rest are left out")
            break
        if content is None or len(content) > room:
            notes.append(
                f"{shown(name)} is left out: it can't be read"
                if content is None
                else f"{shown(name)} is left out: the files are more than {BYTES // 1_000_000} MB together"
            )
            continue
        files[name] = content
        room -= len(content)
    time = moment(files.get(TIME_FILE, b"").decode("utf-8", "replace"))
    return Submission(student, module, files, time, tuple(notes))


def _contents(root: Path, top: Path, notes: list[str]) -> Iterator[tuple[str, bytes | None]]:
    if any(one.is_symlink() for one in (top, top.parent)):
        notes.append("its folder is a link, which is not followed")
        return
    if not top.is_dir():
        return

    def unread(error: OSError) -> None:
        notes.append(f"a folder can't be read ({error.strerror})")

    for where, folders, names, number in os.fwalk(top, onerror=unread, follow_symlinks=False):
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one.lower() not in IGNORED)
        inside = Path(where).relative_to(top)
        for name in sorted(one for one in names if not one.startswith(".")):
            full = (inside / name).as_posix()
            if checked(full)[1]:
                notes.append(f"{shown(full)} is left out: {checked(full)[1]}")
            else:
                yield full, _content(name, number)


def _content(name: str, folder: int) -> bytes | None:
    """A regular file's bytes, at most one more than the limit; None for anything else, or if it can't be read."""
    try:
        number = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        with open(number, "rb") as file:
            return file.read(BYTES + 1) if stat.S_ISREG(os.fstat(number).st_mode) else None
    except OSError:
        return None


class Store:
    """`submitted/` during an intake. Only one intake works on it at a time; it first repairs an interrupted one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    def __enter__(self) -> Store:
        incoming = self.folder / INCOMING
        incoming.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(incoming, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        try:
            lock(self._lock, IntakeError(f"Another intake is at work in {self.folder}. Wait until it has finished."))
        except IntakeError:
            os.close(self._lock)
            raise
        self._recover()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        os.close(self._lock)
        with contextlib.suppress(OSError):
            (self.folder / INCOMING).rmdir()

    def put(self, student: str, module: str, files: Mapping[str, bytes], time: datetime | None) -> tuple[Path, str]:
        """Write a submission, and return its folder and what happened to an earlier one.

        The second value is "" if there was no earlier submission, or the path to which it was moved. If these files
        were submitted before, nothing changes: it is "same" if they are still the current submission, and "since
        replaced" if a later one has replaced them. Raises Earlier if the current submission is newer than this one.
        """
        target = self.folder / student / module
        files = _with_time(files, time)
        if target.is_symlink() or target.parent.is_symlink():
            raise Earlier(f"{student}/{module} is a link in {self.folder.name}/; delete the link")
        if not target.is_dir():
            return self._move_in(self._written(student, module, files), target), ""
        there = read(self.folder, student, module)
        if _without_time(there.files) == _without_time(files):
            return target, "same"
        if self._was_replaced(student, module, files):
            return target, "since replaced"
        if time is None or (there.time is not None and time <= there.time):
            theirs = f"of {there.time:{TIMESTAMP}}" if there.time else "without a time"
            ours = f"this one is of {time:{TIMESTAMP}}" if time else "this one does not say its time"
            raise Earlier(f"there is already a submission {theirs}, and {ours}")
        made = self._written(student, module, files)
        kept = self._next(student, module)
        kept.parent.mkdir(parents=True, exist_ok=True)
        target.rename(kept)
        return self._move_in(made, target), kept.relative_to(self.folder).as_posix()

    def _written(self, student: str, module: str, files: Mapping[str, bytes]) -> Path:
        """Write a submission to a folder whose name says where it goes, so that an interrupted move can continue."""
        self._count += 1
        half = self.folder / INCOMING / f"{self._count}.half"
        for name, content in files.items():
            path = half / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
        whole = self.folder / INCOMING / f"{student}+{module}"
        half.rename(whole)
        return whole

    def _move_in(self, made: Path, target: Path) -> Path:
        target.parent.mkdir(exist_ok=True)
        made.rename(target)
        return target

    def _recover(self) -> None:
        for left in sorted((self.folder / INCOMING).iterdir()):
            student, plus, module = left.name.partition("+")
            target = self.folder / student / module
            if plus and left.is_dir() and not target.exists():  # complete, and the old one is gone
                self._move_in(left, target)
            elif left.is_dir() and not left.is_symlink():
                shutil.rmtree(left)
            else:
                left.unlink()

    def _next(self, student: str, module: str) -> Path:
        folder = self.folder / REPLACED / student / module
        taken = [int(one.name) for one in folder.iterdir() if one.name.isdecimal()] if folder.is_dir() else []
        return folder / str(max(taken, default=0) + 1)

    def _was_replaced(self, student: str, module: str, files: Mapping[str, bytes]) -> bool:
        folder = self.folder / REPLACED / student / module
        older = folder.iterdir() if folder.is_dir() else ()
        mine = _without_time(files)
        return any(_without_time(read(folder.parent, module, one.name).files) == mine for one in older)


def _with_time(files: Mapping[str, bytes], time: datetime | None) -> dict[str, bytes]:
    """The files with a timestamp.txt that nbgrader can read: it would stop at any other."""
    made = _without_time(files)
    return made | {TIME_FILE: f"{time:{TIMESTAMP}}\n".encode()} if time else made


def _without_time(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name != TIME_FILE}
