"""The seccomp filter, interpreted here for both architectures, and how a box's memory is counted."""

from __future__ import annotations

import os
import struct

import pytest

from watchkeeper.staff.sandbox.box import filter, memory

ALLOW = 0x7FFF0000
COMMON = {"x86_64": {"read": 0, "mmap": 9, "execve": 59, "futex": 202}, "aarch64": {"read": 63, "mmap": 222}}


def answer(machine, number, first=0, architecture=None):
    """What the filter returns for system call `number` with the first argument `first`, as the kernel computes it."""
    _, known = filter._MACHINES[machine]
    data = {0: number, 4: architecture or known, 16: first}
    code, value, line = filter.program(machine), 0, 0
    while True:
        operation, if_true, if_false, k = struct.unpack_from("HBBI", code, line * 8)
        line += 1
        match operation:
            case filter._LOAD:
                value = data[k]
            case filter._RETURN:
                return k
            case filter._EQUAL:
                line += if_true if value == k else if_false
            case filter._AT_LEAST:
                line += if_true if value >= k else if_false
            case filter._ANY_BIT:
                line += if_true if value & k else if_false


@pytest.mark.parametrize("machine", COMMON)
def test_the_filter_refuses_these_calls_and_allows_common_ones(machine):
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


def test_an_unknown_machine_is_an_error():
    with pytest.raises(OSError, match="riscv64"):
        filter.program("riscv64")


def test_used_memory_is_counted():
    before = memory.exact([os.getpid()])
    block = bytearray(b"x") * 50_000_000
    assert memory.exact([os.getpid()]) - before > 45_000_000
    assert memory.estimate([os.getpid()], 0) > len(block)
    assert memory.estimate([2**22], 0) == memory.exact([2**22]) == 0
