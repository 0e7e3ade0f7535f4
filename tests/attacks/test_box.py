"""The seccomp filter, interpreted here for both architectures, and how a box's memory is counted."""

from __future__ import annotations

import errno
import os
import struct

import pytest

from watchkeeper.staff.sandbox.box import filter, memory

ALLOW, REFUSE = 0x7FFF0000, 0x00050000
COMMON = {"x86_64": {"read": 0, "mmap": 9, "execve": 59, "futex": 202}, "aarch64": {"read": 63, "mmap": 222}}


def answer(machine, number, *arguments, architecture=None):
    """What the filter returns for system call `number` with these arguments, as the kernel computes it."""
    _, known = filter._MACHINES[machine]
    data = {0: number, 4: architecture or known} | dict.fromkeys(range(16, 64, 8), 0)
    data |= {16 + 8 * place: argument for place, argument in enumerate(arguments)}
    code, value, line = filter.program(machine), 0, 0
    while True:
        operation, if_true, if_false, k = struct.unpack_from("HBBI", code, line * 8)
        line += 1
        match operation:
            case filter._LOAD:
                value = data[k]
            case filter._RETURN:
                return k
            case filter._AND:
                value &= k
            case filter._EQUAL:
                line += if_true if value == k else if_false
            case filter._AT_LEAST:
                line += if_true if value >= k else if_false
            case filter._ANY_BIT:
                line += if_true if value & k else if_false


@pytest.mark.parametrize("machine", COMMON)
def test_the_filter_refuses_these_calls_and_allows_common_ones(machine):
    column, _ = filter._MACHINES[machine]
    for name, pair in filter.REFUSED.items():
        assert answer(machine, pair[column]) == REFUSE | errno.EPERM, name
    for name, pair in filter.ABSENT.items():
        assert answer(machine, pair[column]) == REFUSE | errno.ENOSYS, name
    for name, number in COMMON[machine].items():
        assert answer(machine, number) == ALLOW, name
        assert answer(machine, number, architecture=0x40000003) != ALLOW
        assert answer(machine, number | 0x40000000) != ALLOW


NOTHING = REFUSE  # error 0: the call does nothing and seems to succeed
CASES = [
    ("clone", (0x11,), ALLOW),
    ("clone", (0x10000011,), REFUSE | errno.EPERM),
    ("prctl", (4,), REFUSE | errno.EPERM),
    ("prctl", (38,), ALLOW),
    ("socket", (1, 1), ALLOW),
    ("socket", (1, 0o2004001), ALLOW),  # with SOCK_CLOEXEC and SOCK_NONBLOCK
    ("socket", (1, 2), REFUSE | errno.EPROTONOSUPPORT),
    ("socket", (1, 5), REFUSE | errno.EPROTONOSUPPORT),
    ("socket", (16, 3, 0), ALLOW),
    ("socket", (16, 3, 2), REFUSE | errno.EPROTONOSUPPORT),
    ("socketpair", (1, 1), ALLOW),
    ("socketpair", (1, 2), REFUSE | errno.EPROTONOSUPPORT),
    ("socketpair", (2, 1), REFUSE | errno.EAFNOSUPPORT),
    ("setsockopt", (3, 1, 2), ALLOW),
    ("setsockopt", (3, 1, 7), REFUSE | errno.ENOPROTOOPT),  # SO_SNDBUF
    ("setsockopt", (3, 1, 8), REFUSE | errno.ENOPROTOOPT),
    ("setsockopt", (3, 1, 26), REFUSE | errno.ENOPROTOOPT),  # SO_ATTACH_FILTER
    ("setsockopt", (3, 6, 1), ALLOW),
    ("setsockopt", (3, 6, 2), REFUSE | errno.ENOPROTOOPT),
    ("setsockopt", (3, 0, 1), REFUSE | errno.ENOPROTOOPT),
    ("madvise", (0, 0, 4), ALLOW),
    ("madvise", (0, 0, 21), REFUSE | errno.EINVAL),  # MADV_PAGEOUT
    ("madvise", (0, 0, 12), REFUSE | errno.EINVAL),  # MADV_MERGEABLE
    ("fcntl", (3, 1), ALLOW),
    ("fcntl", (3, 1030), ALLOW),
    ("fcntl", (3, 6), NOTHING),
    ("fcntl", (3, 37), NOTHING),
    ("fcntl", (3, 5), REFUSE | errno.EINVAL),  # F_GETLK
    ("fcntl", (3, 1024), REFUSE | errno.EINVAL),  # F_SETLEASE
    ("fcntl", (3, 1026), REFUSE | errno.EINVAL),  # F_NOTIFY
    ("fcntl", (3, 1031), REFUSE | errno.EINVAL),  # F_SETPIPE_SZ
    ("flock", (3, 2), NOTHING),
]


@pytest.mark.parametrize("machine", COMMON)
@pytest.mark.parametrize(("name", "arguments", "expected"), CASES)
def test_the_filter_reads_arguments(machine, name, arguments, expected):
    column, _ = filter._MACHINES[machine]
    assert answer(machine, filter._OTHERS[name][column], *arguments) == expected


@pytest.mark.parametrize("machine", COMMON)
def test_only_these_families_of_sockets_exist(machine):
    column, _ = filter._MACHINES[machine]
    number = filter._OTHERS["socket"][column]
    assert [family for family in range(64) if answer(machine, number, family, 1) == ALLOW] == [1, 2, 10, 16]


def test_an_unknown_machine_is_an_error():
    with pytest.raises(OSError, match="riscv64"):
        filter.program("riscv64")


def test_used_memory_is_counted():
    before = memory.exact([os.getpid()])
    block = bytearray(b"x") * 50_000_000
    assert memory.exact([os.getpid()]) - before > 45_000_000
    assert memory.estimate([os.getpid()], 0) > len(block)
    assert memory.estimate([2**22], 0) == memory.exact([2**22]) == 0
