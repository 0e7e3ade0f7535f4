"""The system call numbers that the box uses are those in the kernel's own headers."""

from __future__ import annotations

import re
from pathlib import Path

from watchkeeper.staff.sandbox.box import calls, filter

# name, x86_64, aarch64: copied by a script from asm/unistd_64.h and asm-generic/unistd.h of Linux 6.1;
# cachestat came with 6.5. On aarch64, fadvise64 and fcntl are defined there as __NR3264_fadvise64 and __NR3264_fcntl.
COPIED = """
acct 163 89
add_key 248 217
bpf 321 280
cachestat 451 451
chroot 161 51
clone 56 220
clone3 435 435
delete_module 176 106
fadvise64 221 223
fanotify_init 300 262
fanotify_mark 301 263
fcntl 72 25
finit_module 313 273
flock 73 32
fsconfig 431 431
fsmount 432 432
fsopen 430 430
fspick 433 433
init_module 175 105
inotify_add_watch 254 27
inotify_init1 294 26
io_uring_enter 426 426
io_uring_register 427 427
io_uring_setup 425 425
kcmp 312 272
kexec_file_load 320 294
kexec_load 246 104
keyctl 250 219
landlock_add_rule 445 445
landlock_create_ruleset 444 444
landlock_restrict_self 446 446
listen 50 201
madvise 28 233
memfd_create 319 279
memfd_secret 447 447
mincore 27 232
mount 165 40
mount_setattr 442 442
move_mount 429 429
move_pages 279 239
mq_open 240 180
msgget 68 186
open_by_handle_at 304 265
open_tree 428 428
perf_event_open 298 241
pidfd_getfd 438 438
pivot_root 155 41
prctl 157 167
process_madvise 440 440
process_vm_readv 310 270
process_vm_writev 311 271
ptrace 101 117
readahead 187 213
reboot 169 142
request_key 249 218
semget 64 190
sendmmsg 307 269
sendmsg 46 211
setns 308 268
setsockopt 54 208
shmget 29 194
socket 41 198
socketpair 53 199
swapoff 168 225
swapon 167 224
syslog 103 116
umount2 166 39
unshare 272 97
userfaultfd 323 282
"""
HEADERS = {  # where distributions install them: for this machine, and for cross compilers
    "x86_64": ("/usr/include/asm/unistd_64.h", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": ("/usr/include/asm-generic/unistd.h", "/usr/include/aarch64-linux-gnu/asm/unistd_64.h"),
}
DEFINED = re.compile(r"(?m)^#\s*define\s+__NR_(\w+)\s+(\d+)\s*$")


def numbers(machine: str) -> dict[str, int]:
    """The number of every call by name: from the copy above, or from headers if they are installed."""
    column = list(HEADERS).index(machine) + 1
    known = {row[0]: int(row[column]) for row in map(str.split, COPIED.strip().splitlines())}
    for header in map(Path, HEADERS[machine]):
        if header.is_file():
            known |= {name: int(number) for name, number in DEFINED.findall(header.read_text(encoding="utf-8"))}
    return known


def test_the_filter_has_the_right_numbers() -> None:
    for column, machine in enumerate(HEADERS):
        known = numbers(machine)
        used = {name: pair[column] for name, pair in (filter.REFUSED | filter._OTHERS).items()}
        assert used == {name: known[name] for name in used}
        assert filter._MACHINES[machine][0] == column


def test_pivot_root_and_landlock_have_the_right_numbers() -> None:
    landlock = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")
    for machine in HEADERS:
        known = numbers(machine)
        assert calls._PIVOT_ROOT[machine] == known["pivot_root"]
        assert [known[name] for name in landlock] == [calls._CREATE_RULESET, calls._ADD_RULE, calls._RESTRICT_SELF]
