"""Builds a root file system with only the interpreter, the course's packages and the public recordings."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from watchkeeper.staff.sandbox.box import calls
from watchkeeper.staff.sandbox.box.places import SCRATCH

SYSTEM = (
    "/usr",
    "/bin",
    "/sbin",
    "/lib",
    "/lib64",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/fonts",
    "/etc/alternatives",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


def interpreter() -> list[str]:
    """The folders of this Python and its packages, under all their names (some are links), but not all of sys.path."""
    found = [sys.prefix, sys.base_prefix]
    return [*found, *map(os.path.realpath, found)]


def build(folder: str, readable: Iterable[str]) -> None:
    """Make `folder` the root: a small memory file system with bind mounts of `readable` and the system's programs.

    Needs a mount namespace of its own, and the right to mount in it. Raises OSError.
    """
    calls.mount("none", "/", flags=calls.REC | calls.PRIVATE)
    calls.mount("tmpfs", folder, "tmpfs", calls.NOSUID | calls.NODEV, "size=16m,mode=755")
    for path in _outermost([*SYSTEM, *readable]):
        _bring(path, folder)
    for device in DEVICES:
        _bind(device, folder + device, 0)
    if not os.path.lexists(folder + "/tmp"):
        os.symlink(f"{SCRATCH}/tmp", folder + "/tmp")
    os.symlink("pts/ptmx", folder + "/dev/ptmx")
    for place in (SCRATCH, "/proc", "/dev/shm", "/dev/pts"):
        os.makedirs(folder + place, exist_ok=True)
    # The user maps need a /proc. Each box mounts its own on top of it.
    calls.mount("/proc", f"{folder}/proc", flags=calls.BIND | calls.REC)
    calls.mount("tmpfs", folder + SCRATCH, "tmpfs", calls.NOSUID | calls.NODEV, "size=64m,mode=1777")
    for link, target in (("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1")):
        os.symlink(target, f"{folder}/dev/{link}")
    calls.pivot_root(folder)
    _read_only("/", calls.NOSUID | calls.NODEV, bind=False)


def _outermost(paths: Iterable[str]) -> list[str]:
    """Each path once, without paths inside another one."""
    found: list[str] = []
    for path in sorted(set(map(os.path.normpath, paths))):
        if not any(path == one or path.startswith(one + "/") for one in found):
            found.append(path)
    return found


def _bring(path: str, folder: str) -> None:
    if os.path.islink(path):
        os.makedirs(os.path.dirname(folder + path), exist_ok=True)
        os.symlink(os.readlink(path), folder + path)
    elif os.path.exists(path):
        _bind(path, folder + path, calls.NOSUID | calls.NODEV)


def _bind(path: str, target: str, flags: int) -> None:
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        Path(target).touch()
    calls.mount(path, target, flags=calls.BIND | calls.REC)
    if flags:
        _read_only(target, flags)


def _read_only(target: str, flags: int, bind: bool = True) -> None:
    # A user namespace can't remove flags that the mount already has, so pass them again.
    kept = os.statvfs(target).f_flag & (
        os.ST_NOSUID | os.ST_NODEV | os.ST_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME | os.ST_RELATIME
    )
    asked = {
        os.ST_NOSUID: 2,
        os.ST_NODEV: 4,
        os.ST_NOEXEC: 8,
        os.ST_NOATIME: 1024,
        os.ST_NODIRATIME: 2048,
        os.ST_RELATIME: 1 << 21,
    }
    again = sum(number for flag, number in asked.items() if kept & flag)
    calls.mount("none", target, flags=calls.REMOUNT | (calls.BIND if bind else 0) | calls.RDONLY | flags | again)
