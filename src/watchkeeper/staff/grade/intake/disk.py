"""`submitted/` on disk: reads a submission from it, and writes one to it, completely or not at all.

submitted/<student>/<module>/…                       what is graded
submitted/<student>/<module>/.origin.json            who the LMS says it is from; hidden, so it is not part of the work
submitted/.replaced/<student>/<module>/<number>/…    what a later submission has replaced
submitted/.incoming/…                                a submission being written; it is not read from there
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import stat
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType

from watchkeeper.kit.archive import ABOUT, BYTES, FILES, IGNORED, checked
from watchkeeper.kit.archive import TIMESTAMP as TIME_FILE
from watchkeeper.staff.errors import Earlier, IntakeError, Unusable
from watchkeeper.staff.grade.intake import times
from watchkeeper.staff.grade.locks import lock
from watchkeeper.staff.grade.restore.choose import shown
from watchkeeper.staff.grade.result import Submission

INCOMING, REPLACED = ".incoming", ".replaced"
ORIGIN = ".origin.json"


@dataclass(frozen=True)
class Origin:
    """Where a submission came from, as far as it is not in its files.

    `name` is the person's name as the system that names them spells it; `system` is that system (Canvas, Moodle, the
    exchange) or "", and `number` its own ID of the person: in Canvas the user's ID, in Moodle the participant's.
    `changed` is when the archive or folder that it came in was written, in seconds since 1970.
    """

    name: str = ""
    system: str = ""
    number: str = ""
    changed: float = 0.0


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
    written = files.get(TIME_FILE, b"").decode("utf-8", "replace").strip()
    time = times.moment(written)
    if written and time is None:
        notes.append(f'its time, "{shown(written)}", can\'t be read, so it does not count as late')
    return Submission(student, module, files, time, tuple(notes))


def stored(folder: Path) -> Origin:
    """The origin that was stored with the submission in `folder`; an empty one if there is none, or it is damaged."""
    try:
        found = json.loads(_small(folder / ORIGIN))
        made = Origin(**found)
    except (OSError, ValueError, TypeError):
        return Origin()
    is_whole = all(isinstance(one, str) for one in (made.name, made.system, made.number))
    return made if is_whole and isinstance(made.changed, int | float) else Origin()


def origins(submitted: Path, module: str = "") -> dict[str, Origin]:
    """By student, where their submission of a module (or of any) came from, for those that an LMS or exchange named.

    With this an export can find a student's row by the LMS's own ID.
    """
    found = {}
    for path in sorted(submitted.glob(f"[!.]*/{module or '*'}/{ORIGIN}")):
        if (made := stored(path.parent)) != Origin():
            found[path.parent.parent.name] = made
    return found


def name_in(folder: Path) -> str:
    """The name in the submission.json of the submission in `folder`, or ""."""
    try:
        found = json.loads(_small(folder / ABOUT))
    except (OSError, ValueError, RecursionError):
        return ""
    name = found.get("name") if isinstance(found, dict) else None
    return name if isinstance(name, str) else ""


def _small(path: Path) -> bytes:
    """The first bytes of a file of ours, which someone else may have exchanged for a link or a long file."""
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        return file.read(100_000)


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

    def put(
        self,
        student: str,
        module: str,
        files: Mapping[str, bytes],
        time: datetime | None,
        origin: Origin | None = None,
        why_not: str = "",
        counts: bool = False,
    ) -> tuple[Path, str]:
        """Write a submission, and return its folder and what happened to an earlier one.

        The second value is "" if there was no earlier submission, or the path to which it was moved. If these files
        were submitted before, nothing changes: it is "same" if they are still the current submission, and "since
        replaced" if a later one has replaced them. If the mentor says that this one `counts`, it replaces whatever is
        there. Raises Earlier if the current submission is newer than this one, or if `why_not` says why this one must
        not go there, and Unusable if a folder can't be made there.
        """
        target, origin = self.folder / student / module, origin or Origin()
        files = _with_time(files, time)
        if target.is_symlink() or target.parent.is_symlink():
            raise Unusable(f"{student}/{module} is a link in {self.folder.name}/; delete the link")
        if any(one.exists() and not one.is_dir() for one in (target, target.parent)):
            raise Unusable(f"{self.folder.name}/ has a file in place of the folder {student}/{module}; move it")
        if not target.is_dir():
            if alike := self._alike(student):
                raise Unusable(f"{alike} is there already, and some systems take {student} for the same folder")
            if why_not and not counts:
                raise Earlier(why_not)
            return self._move_in(self._written(student, module, files, origin), target), ""
        there = read(self.folder, student, module)
        if _without_time(there.files) == _without_time(files):
            self._keep_origin(target, origin)
            return target, "same"
        if not counts:
            if self._was_replaced(student, module, files):
                return target, "since replaced"
            if why_not:
                raise Earlier(why_not)
            self._check_is_later(target, there.time, time, origin)
        made = self._written(student, module, files, origin)
        kept = self._next(student, module)
        kept.parent.mkdir(parents=True, exist_ok=True)
        target.rename(kept)
        return self._move_in(made, target), kept.relative_to(self.folder).as_posix()

    def _check_is_later(self, target: Path, there: datetime | None, time: datetime | None, mine: Origin) -> None:
        """Raise Earlier unless the new submission is later.

        If it has no time, it is later only if it is from the same slot of an LMS, in an archive that was downloaded
        later: an LMS gives what counts for it, and without a time.
        """
        if time and (there is None or time > there):
            return
        was = stored(target)
        downloaded = was.changed or target.stat().st_mtime
        is_slot = bool(mine.number) and (was.system, was.number) in (("", ""), (mine.system, mine.number))
        if time is None and is_slot and (was.number or not name_in(target)) and mine.changed > downloaded:
            return
        theirs = f"of {stamp(there)}" if there else "without a time"
        ours = f"this one is of {stamp(time)}" if time else "this one does not say its time"
        raise Earlier(f"there is already a submission {theirs}, and {ours}")

    def _alike(self, student: str) -> str:
        """Another student's folder that is called the same except for case, or ""."""
        folded = student.casefold()
        names = (path.name for path in self.folder.iterdir()) if self.folder.is_dir() else iter(())
        return next((name for name in names if name != student and name.casefold() == folded), "")

    def _keep_origin(self, target: Path, origin: Origin) -> None:
        """Store where a submission that is there already comes from, if that is not known yet."""
        if origin != Origin() and stored(target) == Origin():
            half = target / f"{ORIGIN}.half"
            half.unlink(missing_ok=True)
            half.write_text(json.dumps(asdict(origin), ensure_ascii=False), encoding="utf-8")
            half.replace(target / ORIGIN)

    def _written(self, student: str, module: str, files: Mapping[str, bytes], origin: Origin) -> Path:
        """Write a submission to a folder whose name says where it goes, so that an interrupted move can continue."""
        self._count += 1
        half = self.folder / INCOMING / f"{self._count}.half"
        for name, content in files.items():
            path = half / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                file.write(content)
        if origin != Origin():
            (half / ORIGIN).write_text(json.dumps(asdict(origin), ensure_ascii=False), encoding="utf-8")
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
    return made | {TIME_FILE: f"{stamp(time)}\n".encode()} if time else made


def stamp(time: datetime) -> str:
    """A time as nbgrader writes it, in UTC, with a fraction of a second only if there is one."""
    return f"{time:%Y-%m-%d %H:%M:%S.%f}".removesuffix(".000000") + " UTC"


def _without_time(files: Mapping[str, bytes]) -> dict[str, bytes]:
    return {name: content for name, content in files.items() if name != TIME_FILE}
