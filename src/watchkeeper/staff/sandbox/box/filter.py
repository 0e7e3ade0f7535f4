"""A seccomp filter: refuses system calls that no notebook needs and that no other layer or limit covers.

It refuses new namespaces (in a new one, a process is root again), memory that is not counted for any process, kernel
interfaces with a long history of holes, access to other processes, the keys of the mentor's session, and families of
sockets that a network namespace does not contain, such as those from a virtual machine to its host. The numbers come
from the kernel's tables for the two architectures that the box supports.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct
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
}  # fmt: skip
_OTHERS = {"clone": (56, 220), "clone3": (435, 435), "socket": (41, 198), "prctl": (157, 167)}
_MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

SOCKETS = (1, 2, 10, 16)  # unix, IPv4, IPv6, netlink: all inside the box's own, empty network
NAMESPACES = 0x7E020080  # every CLONE_NEW… flag
SET_DUMPABLE = 4  # a process that is not dumpable hides from the watcher of memory.py

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCHITECTURE, _FIRST = 0, 4, 16  # offsets in struct seccomp_data; _FIRST: lower half of the first argument
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
    clone, clone3, socket, prctl = (numbers[column] for numbers in _OTHERS.values())
    lines = [
        _line(_LOAD, _ARCHITECTURE), _line(_EQUAL, architecture, 1), _refuse(errno.EPERM),  # 32-bit programs
        _line(_LOAD, _NUMBER), _line(_AT_LEAST, 0x40000000, 0, 1), _refuse(errno.EPERM),  # x32: other numbers
    ]  # fmt: skip
    for numbers in REFUSED.values():
        lines += [_line(_EQUAL, numbers[column], 0, 1), _refuse(errno.EPERM)]
    # A filter can't read the flags of clone3. ENOSYS makes the C library fall back to clone, whose flags it can read.
    lines += [_line(_EQUAL, clone3, 0, 1), _refuse(errno.ENOSYS)]
    refused = [_refuse(errno.EPERM), _line(_RETURN, _ALLOW)]
    lines += _by_first_argument(clone, [_line(_ANY_BIT, NAMESPACES, 0, 1), *refused])
    lines += _by_first_argument(prctl, [_line(_EQUAL, SET_DUMPABLE, 0, 1), *refused])
    allowed = [line for family in SOCKETS for line in (_line(_EQUAL, family, 0, 1), _line(_RETURN, _ALLOW))]
    lines += _by_first_argument(socket, [*allowed, _refuse(errno.EAFNOSUPPORT)])
    return b"".join([*lines, _line(_RETURN, _ALLOW)])


def _line(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """One instruction. A comparison skips `if_true` or `if_false` of the lines that follow."""
    return struct.pack("HBBI", code, if_true, if_false, value)


def _refuse(number: int) -> bytes:
    return _line(_RETURN, _REFUSE | number)


def _by_first_argument(number: int, lines: list[bytes]) -> list[bytes]:
    """If the call is `number`, load its first argument and run `lines`, the last of which returns. Else skip them."""
    return [_line(_EQUAL, number, 0, len(lines) + 1), _line(_LOAD, _FIRST), *lines]
