"""The files below a folder or inside a zip, in the same form for both.

They may be hostile: names are made harmless before anything else sees them, and bytes are counted while they are read,
no matter what the headers say.
"""

from __future__ import annotations

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from watchkeeper.kit.archive import IGNORED, checked
from watchkeeper.staff.errors import Damaged, Unusable
from watchkeeper.staff.grade.restore.choose import shown

ARCHIVE = 100_000_000  # bytes of a submitted zip
BULK = 2_000_000_000  # bytes of the zip that the mentor names: an LMS made it, and it is read in pieces
LISTING = 4_000_000  # bytes of a zip's list of files, which is kept in memory
ENTRIES = 50_000  # files in a folder or zip
# A file may unpack to DENSE times its size in the archive, or to this much if that is more. Notebooks, tables and code
# stay below 30 (measured on the course's own files and recordings); zeros reach 1,000.
DENSE, FLOOR = 100, 5_000_000
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    KeyError,
    IndexError,
    OverflowError,
    AttributeError,
)


@dataclass(frozen=True)
class Entry:
    """A regular file: the parts of its name, and `read(limit)`, which raises Unusable beyond `limit` bytes.

    `packed` is how many bytes it takes where it is, compressed or not; `changed` is when that place was last written,
    in seconds since 1970.
    """

    parts: tuple[str, ...]
    read: Callable[[int], bytes]
    packed: int = 0
    changed: float = 0.0


def room_for(entries: Iterable[Entry], most: int) -> int:
    """How many bytes these files may have together when they are unpacked: at most `most`."""
    return min(most, max(FLOOR, DENSE * sum(entry.packed for entry in entries)))


@dataclass
class Listed:
    """What is in a folder or zip, by name; `left_out` has names and reasons. Hidden files are left out silently."""

    entries: dict[tuple[str, ...], Entry] = field(default_factory=dict)
    left_out: list[tuple[str, str]] = field(default_factory=list)
    _seen: set[str] = field(default_factory=set)

    @property
    def notes(self) -> list[str]:
        """One sentence per file left out, for the first ten, and one for the rest."""
        said = [f"{shown(name)} is left out: {why}" for name, why in self.left_out[:10]]
        return said + ([f"more files are left out: {len(self.left_out) - 10}"] if len(self.left_out) > 10 else [])

    def add(self, name: str, read: Callable[[int], bytes], packed: int, changed: float) -> None:
        """Add a file, unless its name is hidden, unusable, or already there."""
        parts, problem = checked(name)
        if problem:
            self.left_out.append((name, problem))
        if problem or any(part.startswith(".") or part.lower() in IGNORED for part in parts):
            return
        folded = "/".join(parts).casefold()
        above = ["/".join(parts[:number]).casefold() for number in range(1, len(parts))]
        if folded in self._seen or f"{folded}/" in self._seen or self._seen.intersection(above):
            self.left_out.append((name, "its name is already taken, and the first file counts"))
            return
        self._seen |= {folded, *(f"{one}/" for one in above)}
        self.entries[parts] = Entry(parts, read, packed, changed)


def of_folder(folder: Path) -> Listed:
    """The regular files in a folder and its subfolders, without links. Raises Unusable if there are too many.

    In an exchange, a subfolder belongs to an apprentice, who may exchange it for a link while it is read. So a file is
    read from the folder that was opened here, one part of its path after the other, and no link is followed.
    """
    listed = Listed()
    top = _Folder(os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    def unread(error: OSError) -> None:
        listed.left_out.append((str(error.filename or "a folder"), f"it can't be read ({error.strerror})"))

    for where, folders, files, number in os.fwalk(".", follow_symlinks=False, dir_fd=top.number, onerror=unread):
        inside = Path(where)
        links = [one for one in folders if _kind(one, number) == stat.S_IFLNK]
        listed.left_out += [((inside / one).as_posix(), "it is a link") for one in links]
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one.lower() not in IGNORED)
        for name in sorted(files):
            full = (inside / name).as_posix()
            try:
                found = os.stat(name, dir_fd=number, follow_symlinks=False)
            except OSError as error:
                listed.left_out.append((full, f"it can't be read ({error.strerror})"))
                continue
            if not stat.S_ISREG(found.st_mode):
                listed.left_out.append((full, "it is not a regular file"))
            else:
                listed.add(full, partial(_read_file, top, full), found.st_size, found.st_mtime)
            if len(listed.entries) > ENTRIES:
                raise Unusable(f"it holds more than {ENTRIES} files")
    return listed


class _Folder:
    """An open folder; it is closed with the last file that could be read from it."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __del__(self) -> None:
        os.close(self.number)


def _kind(name: str, folder: int) -> int:
    try:
        return stat.S_IFMT(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:
        return 0


def of_zip(source: Path | bytes) -> Listed:
    """The regular files in a zip (a path, or its content). Raises Unusable if it is not a zip, or too large."""
    try:
        with source.open("rb") if isinstance(source, Path) else BytesIO(source) as file:
            size = _check_size(file, BULK if isinstance(source, Path) else ARCHIVE)
        archive = zipfile.ZipFile(source if isinstance(source, Path) else BytesIO(source))
    except BROKEN:
        raise Unusable("it is not a zip archive, or it is damaged") from None
    listed = Listed()
    changed = source.stat().st_mtime if isinstance(source, Path) else 0.0
    if len(archive.infolist()) > ENTRIES:
        raise Unusable(f"it holds more than {ENTRIES} files")
    if sum(info.compress_size for info in archive.infolist()) > size:  # entries that overlap: a bomb
        raise Unusable("it is not a zip archive, or it is damaged: its files are larger than the archive")
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir():
            continue
        if kind not in (0, stat.S_IFREG):
            listed.left_out.append((info.filename, "it is a link or a device"))
        else:
            listed.add(info.filename, partial(_unpacked, archive, info), info.compress_size, changed)
    return listed


def _check_size(file: BinaryIO, limit: int) -> int:
    """Check the end of a zip before zipfile reads its list of files, which may be as large as the whole zip.

    Returns the zip's size in bytes.
    """
    size = file.seek(0, os.SEEK_END)
    if size > limit:
        raise Unusable(f"it is larger than {limit // 1_000_000} MB")
    file.seek(max(size - 65_557 - 76, 0))
    tail = file.read()
    end = tail.rfind(b"PK\5\6")
    sizes = [struct.unpack_from("<L", tail, end + 12)[0]] if 0 <= end <= len(tail) - 22 else []
    if end >= 76 and tail[end - 20 : end - 16] == b"PK\6\7":
        sizes = [struct.unpack_from("<Q", tail, end - 76 + 40)[0]]
    if any(one > LISTING for one in sizes):
        raise Unusable("its list of files is too long")
    return size


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    if info.flag_bits & 0x1:
        raise Unusable("it is encrypted; ask for one without a password")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unusable(f"{shown(info.filename)} is compressed in a way that can't be read here; ask for a normal zip")
    try:
        with archive.open(info) as file:
            return _counted(file.read, limit)
    except BROKEN:
        raise Damaged(f"{shown(info.filename)} is damaged") from None


def _read_file(top: _Folder, name: str, limit: int) -> bytes:
    *folders, last = Path(name).parts
    number = os.dup(top.number)
    try:
        for part in folders:
            inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=number)
            os.close(number)
            number = inner
        file_number = os.open(last, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=number)
        with open(file_number, "rb") as file:
            if not stat.S_ISREG(os.fstat(file_number).st_mode):
                raise Damaged(f"{shown(last)} is not a regular file")
            return _counted(file.read, limit)
    except OSError as error:
        raise Damaged(f"{shown(last)} can't be read ({error.strerror})") from None
    finally:
        os.close(number)


def _counted(read: Callable[[int], bytes], limit: int) -> bytes:
    content = bytearray()
    while piece := read(1 << 20):
        content += piece
        if len(content) > limit:
            raise Unusable(f"it unpacks to more than {limit / 1e6:.0f} MB")
    return bytes(content)
