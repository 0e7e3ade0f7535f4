"""The files below a folder or inside a zip, in the same form for both.

They may be hostile: names are made harmless before anything else sees them, and bytes are counted while they are read,
no matter what the headers say.
"""

from __future__ import annotations

import os
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from watchkeeper.staff.errors import Damaged, Unusable
from watchkeeper.staff.grade.restore.choose import shown

ARCHIVE = 100_000_000  # bytes of a submitted zip
BULK = 2_000_000_000  # bytes of the zip that the mentor names: an LMS made it, and it is read in pieces
LISTING = 4_000_000  # bytes of a zip's list of files, which is kept in memory
ENTRIES = 50_000  # files in a folder or zip
DEPTH, PART, NAME = 12, 120, 240  # folders, bytes of a part, bytes of a name
IGNORED = {"__macosx", "__pycache__", "thumbs.db", "desktop.ini"}
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
    """A regular file: the parts of its name, and `read(limit)`, which raises Unusable beyond `limit` bytes."""

    parts: tuple[str, ...]
    read: Callable[[int], bytes]


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

    def add(self, name: str, read: Callable[[int], bytes]) -> None:
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
        self.entries[parts] = Entry(parts, read)


def checked(name: str) -> tuple[tuple[str, ...], str]:
    """The parts of a name, and why it can't be used ("" if it can). Windows' separators become slashes.

    >>> checked("ada/00-welcome/a.ipynb"), checked("ada/../../x")[1]
    ((('ada', '00-welcome', 'a.ipynb'), ''), 'its name leads out of its folder')
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    if not name.isascii():  # people's names have wide spaces and joiners; marks that reverse text are dropped
        kinds = ((one, unicodedata.category(one)) for one in name)
        name = "".join(" " if kind == "Zs" else one for one, kind in kinds if kind != "Cf")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or ".." in parts or (parts and len(parts[0]) == 2 and parts[0][1] == ":"):
        return parts, "its name leads out of its folder"
    if not parts or not all(one.isprintable() for one in parts) or any(set(one) & set('*?"<>|') for one in parts):
        return parts, "its name has characters that a file name can't have"
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return parts, "its name begins or ends with a space or a period"
    if len(parts) > DEPTH or len(name.encode()) > NAME or any(len(part.encode()) > PART for part in parts):
        return parts, "its name is too long"
    return parts, ""


def of_folder(folder: Path) -> Listed:
    """The regular files in a folder and its subfolders, without links. Raises Unusable if there are too many."""
    listed = Listed()
    for where, folders, files, _ in os.fwalk(folder, follow_symlinks=False):
        inside = Path(where).relative_to(folder)
        links = [one for one in folders if (Path(where) / one).is_symlink()]
        listed.left_out += [((inside / one).as_posix(), "it is a link") for one in links]
        folders[:] = sorted(one for one in folders if not one.startswith(".") and one.lower() not in IGNORED)
        for name in sorted(files):
            path = Path(where) / name
            if path.is_symlink() or not path.is_file():
                listed.left_out.append(((inside / name).as_posix(), "it is not a regular file"))
            else:
                listed.add((inside / name).as_posix(), partial(_read_file, path))
            if len(listed.entries) > ENTRIES:
                raise Unusable(f"it holds more than {ENTRIES} files")
    return listed


def of_zip(source: Path | bytes) -> Listed:
    """The regular files in a zip (a path, or its content). Raises Unusable if it is not a zip, or too large."""
    try:
        with source.open("rb") if isinstance(source, Path) else BytesIO(source) as file:
            _check_size(file, BULK if isinstance(source, Path) else ARCHIVE)
        archive = zipfile.ZipFile(source if isinstance(source, Path) else BytesIO(source))
    except BROKEN:
        raise Unusable("it is not a zip archive, or it is damaged") from None
    listed = Listed()
    if len(archive.infolist()) > ENTRIES:
        raise Unusable(f"it holds more than {ENTRIES} files")
    for info in archive.infolist():
        kind = stat.S_IFMT(info.external_attr >> 16)
        if info.is_dir():
            continue
        if kind not in (0, stat.S_IFREG):
            listed.left_out.append((info.filename, "it is a link or a device"))
        else:
            listed.add(info.filename, partial(_unpacked, archive, info))
    return listed


def _check_size(file: BinaryIO, limit: int) -> None:
    """Check the end of a zip before zipfile reads its list of files, which may be as large as the whole zip."""
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


def _read_file(path: Path, limit: int) -> bytes:
    try:
        number = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(number, "rb") as file:
            if not stat.S_ISREG(os.fstat(number).st_mode):
                raise Damaged(f"{shown(path.name)} is not a regular file")
            return _counted(file.read, limit)
    except OSError as error:
        raise Damaged(f"{shown(path.name)} can't be read ({error.strerror})") from None


def _counted(read: Callable[[int], bytes], limit: int) -> bytes:
    content = bytearray()
    while piece := read(1 << 20):
        content += piece
        if len(content) > limit:
            raise Unusable(f"it unpacks to more than {limit / 1e6:.0f} MB")
    return bytes(content)
