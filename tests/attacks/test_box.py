"""The seccomp filter, run by hand on both architectures, and how a box's memory is counted."""

from __future__ import annotations

import os
import struct

import pytest

from watchkeeper.staff.sandbox.box import filter, memory

ALLOW = 0x7FFF0000
COMMON = {"x86_64": {"read": 0, "mmap": 9, "execve": 59, "futex": 202}, "aarch64": {"read": 63, "mmap": 222}}


def answer(machine, number, first=0, architecture=None):
    """What the filter returns for a call, as the kernel would compute it."""
    _, known = filter._MACHINES[machine]
    data = {0: number, 4: architecture or known, 16: first}
    code, value, at = filter.program(machine), 0, 0
    while True:
        operation, if_true, if_false, k = struct.unpack_from("HBBI", code, at * 8)
        at += 1
        match operation:
            case filter._LOAD:
                value = data[k]
            case filter._RETURN:
                return k
            case filter._EQUAL:
                at += if_true if value == k else if_false
            case filter._AT_LEAST:
                at += if_true if value >= k else if_false
            case filter._ANY_BIT:
                at += if_true if value & k else if_false


@pytest.mark.parametrize("machine", COMMON)
def test_what_is_refused_and_what_is_not(machine):
    column, _ = filter._MACHINES[machine]
    numbers = {name: pair[column] for name, pair in (filter.REFUSED | filter._OTHERS).items()}
    for name in filter.REFUSED:
        assert answer(machine, numbers[name]) != ALLOW, name
    for name, number in COMMON[machine].items():
        assert answer(machine, number) == ALLOW, name
        assert answer(machine, number, architecture=0x40000003) != ALLOW
        assert answer(machine, number | 0x40000000) != ALLOW
    assert answer(machine, numbers["clone"], 0x11) == ALLOW
    assert answer(machine, numbers["clone"], 0x10000011) != ALLOW
    assert answer(machine, numbers["clone3"]) != ALLOW
    assert [family for family in range(64) if answer(machine, numbers["socket"], family) == ALLOW] == [1, 2, 10, 16]
    assert answer(machine, numbers["prctl"], 4) != ALLOW
    assert answer(machine, numbers["prctl"], 38) == ALLOW


def test_a_machine_whose_numbers_are_not_known():
    with pytest.raises(OSError, match="riscv64"):
        filter.program("riscv64")


def test_memory_is_counted():
    before = memory.exact([os.getpid()])
    block = bytearray(b"x") * 50_000_000
    assert memory.exact([os.getpid()]) - before > 45_000_000
    assert memory.estimate([os.getpid()], 0) > len(block)
    assert memory.estimate([2**22], 0) == memory.exact([2**22]) == 0
