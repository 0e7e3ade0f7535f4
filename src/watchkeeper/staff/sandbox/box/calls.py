"""System calls that Python does not offer. The numbers come from linux/landlock.h, linux/sched.h and sys/mount.h."""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Sequence
from functools import cache
from pathlib import Path

NEWNS, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET = 0x00020000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000

RDONLY, NOSUID, NODEV, NOEXEC, REMOUNT, BIND, REC, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
DETACH = 2

_SET_DUMPABLE, _SET_NO_NEW_PRIVS, _CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL = 4, 38, 47, 4
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION = 1
_CAPABILITY_VERSION_3 = 0x20080522

# What a process may do below a path, by the Landlock version that introduced it.
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
_RIGHTS = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}  # all of version 1; refer; truncate; ioctl on devices
READ = EXECUTE | READ_FILE | READ_DIR
_OF_A_FILE = EXECUTE | WRITE_FILE | READ_FILE | 1 << 14 | 1 << 15


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces in `flags` for new ones. Raises OSError. For a user namespace, have one thread only."""
    _checked(_libc().unshare(flags), "unshare")


def setns(descriptor: int, kind: int) -> None:
    """Return to a namespace, given by an open file of /proc/self/ns."""
    _checked(_libc().setns(descriptor, kind), "setns")


def mount(source: str, target: str, kind: str = "", flags: int = 0, options: str = "") -> None:
    """mount(2)."""
    arguments = (source.encode(), target.encode(), kind.encode() or None, ctypes.c_ulong(flags), options.encode())
    _checked(_libc().mount(*arguments), f"mount {target}")


def pivot_root(folder: str) -> None:
    """Make `folder`, which must be a mount, the root of this mount namespace, and detach the old root."""
    os.chdir(folder)
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise OSError(f"no number of pivot_root is known for {os.uname().machine}")
    _checked(_libc().syscall(number, b".", b"."), "pivot_root")
    _checked(_libc().umount2(b".", DETACH), "umount of the old root")
    os.chdir("/")


def write_map(inside: int, user: int, group: int) -> None:
    """In a new user namespace: map `inside` to the user and group outside. All others are the user nobody."""
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{inside} {group} 1")


def be_dumpable() -> None:
    """After a change of user, /proc/self belongs to root. This undoes that."""
    _checked(_libc().prctl(_SET_DUMPABLE, 1, 0, 0, 0), "prctl")


def prctl(option: int, value: int, pointer: bytes, what: str) -> None:
    """prctl(2) with a pointer to a struct."""
    _checked(_libc().prctl(option, ctypes.c_ulong(value), pointer, 0, 0), what)


def drop_privileges() -> None:
    """Give up every capability permanently: no program started later can get one back."""
    libc = _libc()
    _checked(libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "no_new_privs")
    libc.prctl(_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    _checked(libc.capset(header, bytes(24)), "capset")


def landlock_version() -> int:
    """The version of Landlock that the kernel supports; 0 if it has none or it is switched off."""
    return max(0, _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION)))


def landlock(readable: Sequence[str], writable: Sequence[str]) -> None:
    """From now on, allow reading below `readable` and everything below `writable`; no TCP, no signals to the outside.

    Missing paths are skipped. Call `drop_privileges` first. Raises OSError.
    """
    libc, version = _libc(), landlock_version()
    handled = sum(rights for since, rights in _RIGHTS.items() if version >= since)
    network = 0b11 if version >= 4 else 0
    scoped = 0b11 if version >= 6 else 0  # abstract sockets and signals
    attribute = struct.pack("QQQ", handled, network, scoped)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = _checked(libc.syscall(_CREATE_RULESET, attribute, ctypes.c_size_t(len(attribute)), 0), "landlock")
    try:
        for paths, rights in ((readable, READ), (writable, handled)):
            for path in paths:
                _allow(libc, rules, path, rights & handled)
        _checked(libc.syscall(_RESTRICT_SELF, rules, 0), "landlock_restrict_self")
    finally:
        os.close(rules)


def _allow(libc: ctypes.CDLL, rules: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _OF_A_FILE
        rule = struct.pack("<Qi", rights, descriptor)
        _checked(libc.syscall(_ADD_RULE, rules, 1, rule, 0), f"landlock rule for {path}")
    finally:
        os.close(descriptor)
