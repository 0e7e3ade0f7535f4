"""The seccomp filter, interpreted here for both architectures, and how a box's memory is counted."""

from __future__ import annotations

import errno
import os
import socket
import struct
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest
from classroom import DATASETS

from watchkeeper.staff.sandbox import runner
from watchkeeper.staff.sandbox.box import filter, group, layers, memory

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


@pytest.mark.parametrize(
    ("total", "available", "short"),
    [
        (4_000_000, 140_000, False),
        (4_000_000, 120_000, True),
        (64_000_000, 600_000, False),
        (64_000_000, 500_000, True),
    ],
)
def test_a_machine_without_memory_is_noticed(tmp_path, total, available, short):
    about = tmp_path / "meminfo"
    about.write_text(f"MemTotal: {total} kB\nMemFree: 1 kB\nMemAvailable: {available} kB\n")
    assert memory.is_short(str(about)) == short


def test_what_a_box_holds_in_sockets_and_pipes_is_seen():
    before = memory.held([os.getpid()])
    pairs, ends = [socket.socketpair() for _ in range(50)], [os.pipe() for _ in range(50)]
    more = memory.held([os.getpid()]) - before
    for one in [*pairs, *ends]:
        for end in one:
            end.close() if isinstance(end, socket.socket) else os.close(end)
    assert more > 100 * (212_992 + 65_536) * 0.9


def test_a_box_that_ended_because_the_machine_had_no_memory_is_unfinished(monkeypatch):
    monkeypatch.setattr(runner.Process, "has_ended_box", lambda self, space: space > 0)
    with runner.Runner(DATASETS, warm=()) as made:
        ran = made.run(["import os; os._exit(0)"], {})
    assert (ran.unfinished, ran.stopped) == (True, runner.BUSY)


def test_the_grader_hears_which_boxes_were_ended():
    with runner.Process() as process:
        ours, theirs = os.pipe2(os.O_NONBLOCK)
        os.dup2(ours, process._boxes)
        assert not process.has_ended_box(5)
        os.write(theirs, memory.NUMBER.pack(7) + memory.NUMBER.pack(5))
        assert process.has_ended_box(5) and process.has_ended_box(7) and not process.has_ended_box(6)
        os.close(ours)
        os.close(theirs)


def test_the_layers_say_which_limit_of_the_kernels_memory_is_in_force():
    (found,) = [one for one in layers.layers() if one.what in (layers.GROUPS, layers.LIMITS)]
    assert found.there and (found.what == layers.GROUPS) == (group.parent() is not None)


needs_groups = pytest.mark.skipif(group.parent() is None, reason="no cgroup can be made here")
FILLS = """
import os, socket, time
ends = []
for _ in range(6):
    end, mine = os.pipe()
    ends.append(end)
    if os.fork() == 0:
        kept = []
        try:
            while True:
                kept += socket.socketpair()
                for one in kept[-2:]:
                    one.setblocking(False)
                    try:
                        while True: one.send(b"x" * 16_384)
                    except BlockingIOError: pass
        except OSError: pass
        os.write(mine, b"f")
        time.sleep(60)
    os.close(mine)
print("FULL", sum(os.read(end, 1) == b"f" for end in ends))  # a process that was ended says nothing
"""


@needs_groups
def test_a_cgroup_counts_the_memory_of_sockets(monkeypatch):
    """Six processes hold 13 MB of the kernel's memory each, and the box may use 48 MB."""
    monkeypatch.setattr(group, "LIMIT", 48 * group.MB)
    with runner.Runner(DATASETS, warm=()) as made:
        limited = made.run([FILLS], {})
        monkeypatch.setattr(group, "LIMIT", 1024 * group.MB)
        free = made.run([FILLS], {})
    assert "FULL 6" in str(free.outputs)
    assert limited.stopped or "FULL 6" not in str(limited.outputs)
    assert not list(group.parent().glob(f"{group.NAME}{os.getpid()}-*")), "they are removed with the runner"


@needs_groups
def test_many_boxes_at_once_have_a_cgroup_each():
    groups = group.Groups()

    def use(_):
        with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as process:
            made = groups.add(process.pid)
            assert (made / "cgroup.procs").read_text().split() == [str(process.pid)]
            groups.end(made)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(64)))
    groups.close()
    assert not list(group.parent().glob(f"{group.NAME}{os.getpid()}-*"))


@needs_groups
def test_the_cgroup_of_a_killed_grader_is_removed_by_the_next_one():
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = group.parent() / f"{group.NAME}{ended.pid}-1"
    left.mkdir()
    group.Groups()
    assert not left.exists()


def test_without_cgroups_boxes_work(monkeypatch):
    monkeypatch.setattr(group, "parent", lambda: None)
    with runner.Runner(DATASETS, warm=()) as made:
        assert made.run(["1 + 1"], {}).outputs[0][0]["data"] == {"text/plain": "2"}
