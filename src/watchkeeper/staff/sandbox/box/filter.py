"""A seccomp filter: refuses system calls that no notebook needs and that no other layer or limit covers.

It refuses new namespaces (in a new one, a process is root again), kernel interfaces with a long history of holes,
access to other processes, the keys of the mentor's session, and families of sockets that a network namespace does not
contain, such as those from a virtual machine to its host. Two more kinds:

- **What one box could read off another one**: which pages of a shared file are in memory, who reads a file, who has
  locked it. Locks seem to succeed and do nothing: SQLite needs them, and a box is alone with its own files.
- **Memory of the kernel that is not counted for any process**: larger buffers, sockets that wait to be accepted or are
  sent inside a message, pages that hang in a pipe.

The numbers come from the kernel's tables for the two architectures that the box supports.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections.abc import Iterable
from functools import cache

from watchkeeper.staff.sandbox.box import calls

# name: (x86_64, aarch64)
REFUSED = {
    "unshare": (272, 97), "setns": (308, 268), "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41),
    "chroot": (161, 51), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mount_setattr": (442, 442),
    "memfd_create": (319, 279), "memfd_secret": (447, 447), "shmget": (29, 194), "msgget": (68, 186),
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "pidfd_getfd": (438, 438),
    "keyctl": (250, 219), "add_key": (248, 217), "request_key": (249, 218),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "syslog": (103, 116), "open_by_handle_at": (304, 265),
    "fadvise64": (221, 223), "mincore": (27, 232), "cachestat": (451, 451), "readahead": (187, 213),
    "process_madvise": (440, 440), "move_pages": (279, 239), "kcmp": (312, 272), "inotify_init1": (294, 26),
    "inotify_add_watch": (254, 27), "fanotify_init": (300, 262), "fanotify_mark": (301, 263),
    "semget": (64, 190), "mq_open": (240, 180), "listen": (50, 201), "sendmsg": (46, 211), "sendmmsg": (307, 269),
}  # fmt: skip
# These seem to be missing, as on an older kernel, and programs use what they used then: preadv without flags, write,
# clone, whose flags a filter can read (those of clone3 are behind a pointer).
ABSENT = {
    "clone3": (435, 435), "preadv2": (327, 286), "pwritev2": (328, 287), "vmsplice": (278, 75), "splice": (275, 76),
    "tee": (276, 77),
}  # fmt: skip
_OTHERS = {
    "clone": (56, 220), "prctl": (157, 167), "socket": (41, 198), "socketpair": (53, 199), "setsockopt": (54, 208),
    "madvise": (28, 233), "fcntl": (72, 25), "flock": (73, 32),
}  # fmt: skip
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

UNIX, IPV4, IPV6, NETLINK = 1, 2, 10, 16  # families of sockets that are inside the box's own, empty network
STREAM = 1  # of a unix socket: a datagram stays in the kernel even if its sender is gone
ROUTE = 0  # of netlink: other kinds of it can keep messages of processes
NAMESPACES = 0x7E020080  # every CLONE_NEW… flag
SET_DUMPABLE = 4  # a process that is not dumpable hides from the watcher of memory.py
# What may be set on a socket, by level: nothing that makes it hold more.
OPTIONS = {1: (2, 6, 9, 13, 15, 16, 20, 21, 66, 67), 6: (1,), 41: (26,)}
# Advice on a process's own memory. Not: to reclaim pages of a file (20, 21), to share equal pages with others (12).
ADVICE = (0, 1, 2, 3, 4, 8, 10, 11, 13, 14, 15, 16, 17, 18, 19)
LOCKS = (6, 7, 37, 38)  # F_SETLK, F_SETLKW and the same for open files
# Commands of fcntl on the descriptor itself. Not: leases, notices of a folder, the size of a pipe, hints on an inode.
COMMANDS = (0, 1, 2, 3, 4, 8, 9, 10, 11, 15, 16, 1027, 1030, 1032, 1034)

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_NUMBER, _ARCHITECTURE, _ARGUMENTS = 0, 4, 16  # offsets in struct seccomp_data; an argument has 8 bytes, low half first
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_SET_SECCOMP, _MODE_FILTER = 22, 2


def install() -> None:
    """From now on, these calls fail in this process and in every process started later. Raises OSError.

    Call `calls.drop_privileges` first.
    """
    code = program(os.uname().machine)
    buffer = ctypes.create_string_buffer(code)
    head = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(buffer))
    calls.prctl(_SET_SECCOMP, _MODE_FILTER, head, what="seccomp")


@cache
def program(machine: str) -> bytes:
    """The filter as a program for the kernel (an array of struct sock_filter, 8 bytes each).

    Each line loads a value, compares the loaded value, or returns a verdict. The numbers of a comparison say how many
    lines to skip if it is true and if it is false. Raises OSError for an unknown machine.
    """
    if machine not in _MACHINES:
        raise OSError(f"no system call numbers are known for {machine}")
    column, architecture = _MACHINES[machine]
    number = {name: numbers[column] for name, numbers in _OTHERS.items()}
    lines = [
        _line(_LOAD, _ARCHITECTURE), _line(_EQUAL, architecture, 1), _refuse(errno.EPERM),  # 32-bit programs
        _line(_LOAD, _NUMBER), _line(_AT_LEAST, 0x40000000, 0, 1), _refuse(errno.EPERM),  # x32: other numbers
    ]  # fmt: skip
    for group, error in ((REFUSED, errno.EPERM), (ABSENT, errno.ENOSYS)):
        for numbers in group.values():
            lines += _if(numbers[column], [_refuse(error)])
    refused = [_refuse(errno.EPERM), _line(_RETURN, _ALLOW)]
    lines += _if(number["clone"], [_load(0), _line(_ANY_BIT, NAMESPACES, 0, 1), *refused])
    lines += _if(number["prctl"], [_load(0), _line(_EQUAL, SET_DUMPABLE, 0, 1), *refused])
    stream = [_load(1), _line(_AND, 0xF), *_only((STREAM,), errno.EPROTONOSUPPORT)]  # without SOCK_CLOEXEC and its like
    lines += _if(number["socketpair"], [_load(0), *_if(UNIX, stream), _refuse(errno.EAFNOSUPPORT)])
    route = [_load(2), *_only((ROUTE,), errno.EPROTONOSUPPORT)]
    families = [*_if(UNIX, stream), *_if(NETLINK, route), *_only((IPV4, IPV6), errno.EAFNOSUPPORT)]
    lines += _if(number["socket"], [_load(0), *families])
    options = [_load(1)]
    for level, names in OPTIONS.items():
        options += _if(level, [_load(2), *_only(names, errno.ENOPROTOOPT)])
    lines += _if(number["setsockopt"], [*options, _refuse(errno.ENOPROTOOPT)])
    lines += _if(number["madvise"], [_load(2), *_only(ADVICE, errno.EINVAL)])
    pretended = [line for lock in LOCKS for line in _if(lock, [_refuse(0)])]  # error 0: it does nothing and returns 0
    lines += _if(number["fcntl"], [_load(1), *pretended, *_only(COMMANDS, errno.EINVAL)])
    lines += _if(number["flock"], [_refuse(0)])
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction. A comparison skips `if_true` or `if_false` of the lines that follow."""
    return struct.pack("HBBI", code, if_true, if_false, value)


def _refuse(number: int) -> bytes:
    return _line(_RETURN, _REFUSE | number)


def _load(argument: int) -> bytes:
    return _line(_LOAD, _ARGUMENTS + 8 * argument)


def _if(value: int, lines: list[bytes]) -> list[bytes]:
    """If what was loaded is `value`, run `lines`, which return; else skip them, and it is still loaded."""
    return [_line(_EQUAL, value, 0, len(lines)), *lines]


def _only(values: Iterable[int], error: int) -> list[bytes]:
    """Allow the call if what was loaded is one of `values`, else refuse it."""
    allowed = [line for value in values for line in _if(value, [_line(_RETURN, _ALLOW)])]
    return [*allowed, _refuse(error)]
