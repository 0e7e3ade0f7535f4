"""Attacks that use up time, memory, processes, disk space or output, or that end a process unexpectedly.

Right answers count if they were checked before the notebook stopped; later ones do not.
"""

from __future__ import annotations

import os
import signal
import time

import classroom
import pytest
from classroom import RIGHT, WRONG, Row

from watchkeeper.staff.grade.result import UNGRADED
from watchkeeper.staff.sandbox import clock
from watchkeeper.staff.sandbox.box.walls import Budget
from watchkeeper.staff.sandbox.meter import Meter

ENDED, LATE = "The process ended", "too long"
FUNCTION = 4.0  # the points of the three other questions
# Many of these submissions use all the time they get. What counts is not the time on the wall, so a busy machine does
# not make honest work late.
BUDGET = Budget(cell_seconds=1, patience=0.5, notebook_seconds=10)


def own(name: str, code: str = "", **more) -> Row:
    """An attack in an extra cell at the end, after right answers."""
    return Row(name, code, **({"answers": RIGHT, "points": 7.0, "at": "last"} | more))


def function(name: str, body: str, **more) -> Row:
    """An attack by the function that is called when the outputs are sealed. It costs the points of its own question."""
    answer = {"busiest-service-answer": f"def busiest(spans):\n    import os, signal, sys, time\n    {body}"}
    return Row(name, **({"answers": RIGHT | answer, "points": FUNCTION} | more))


DETACHED = """
import os, signal, sys, time

for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        if os.fork():
            os._exit(0)
        for number in range(1, 65):
            try:
                signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError):
                pass
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        while True:
            time.sleep(1)
"""
BUSY = """
import os
for _ in range(100):
    try:
        if os.fork() == 0:
            while True:
                pass
    except OSError:
        break
"""
# Memory of the kernel that belongs to no process: how many megabytes of it a process can hold. These stop by themselves
# after 64 MB, so that they don't harm the machine they run on where the box does not stop them.
HOLDS = """
import os, resource, socket
held, kept, most = 0, [], 64_000_000
def fill(write):
    global held
    try:
        while held < most: held += write(b"x" * 16_384)
    except OSError: pass
"""
SOCKETS = (
    HOLDS
    + """
for option in (socket.SO_SNDBUF, socket.SO_RCVBUF, 32, 33):
    for one in socket.socketpair():
        try: one.setsockopt(socket.SOL_SOCKET, option, 4_000_000)
        except OSError: continue
        print("LARG" + "ER", option)
try:
    while held < most:
        kept += socket.socketpair()
        for one in kept[-2:]:
            one.setblocking(False)
            fill(one.send)
except OSError: pass
print("SMALL", 1_000_000 < held < 16_000_000)
"""
)
PIPES = (
    HOLDS
    + """
import fcntl
try:
    while held < most:
        kept += os.pipe2(os.O_NONBLOCK)
        try: print("LARG" + "ER", fcntl.fcntl(kept[-1], 1031, 1 << 20))
        except OSError: pass
        fill(lambda data: os.write(kept[-1], data))
except OSError: pass
print("SMALL", held < 8_000_000)
"""
)
# A socket that is not open anywhere: it waits to be accepted, is inside a message, or its datagram outlives it.
UNOPENED = (
    HOLDS
    + """
import array
got = []
def tried(name, make):
    try: make()
    except OSError: return
    got.append(name)
def waits():
    with socket.socket(socket.AF_UNIX) as one:
        one.bind("/box/tmp/listens")
        one.listen(100)
one, other = socket.socketpair()
tried("waits to be accepted", waits)
tried("in a message", lambda: socket.send_fds(one, [b"x"], [other.fileno()]))
tried("a datagram", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM))
tried("a packet", lambda: socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET))
tried("of netlink", lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 2))
tried("a program for a filter", lambda: one.setsockopt(socket.SOL_SOCKET, 26, b"x" * 16))
tried("pages in a pipe", lambda: os.splice(os.open("/etc/ld.so.cache", os.O_RDONLY), os.pipe()[1], 4096))
print("GOT", got)
"""
)
TERMINALS = '''
import os
made = 0
try:
    while made < 200: os.openpty(); made += 1
except OSError: pass
import subprocess
again = ["python3", "-c", """
import os, time
try:
    for _ in range(50): os.openpty()
except OSError: print('FULL', flush=True)
time.sleep(9)
"""]
pairs = [subprocess.Popen(again, stdout=subprocess.PIPE) for _ in range(2)]
print("FEW", made <= 16, [one.stdout.readline() for one in pairs])
for one in pairs: one.kill()
'''
MANY = """
import ctypes, os, resource, signal
libc, made = ctypes.CDLL(None, use_errno=True), 0
timer = ctypes.c_void_p()
while made < 5000 and libc.timer_create(1, None, ctypes.byref(timer)) == 0: made += 1
print("FEW", made <= 256, resource.getrlimit(resource.RLIMIT_NOFILE), resource.getrlimit(resource.RLIMIT_MSGQUEUE))
print("FIRST", open("/proc/self/oom_score_adj").read().strip())
try: open("/proc/self/oom_score_adj", "w").write("0")
except OSError: print("STILL FIRST")
"""
ROWS = [
    own("memory of the kernel in sockets", SOCKETS, shows="SMALL True", hides=("LARGER",)),
    own("memory of the kernel in pipes", PIPES, shows="SMALL True", hides=("LARGER",)),
    own("memory of the kernel in what is not open", UNOPENED, shows="GOT []"),
    own("every terminal", TERMINALS, shows="FEW True [b'FULL"),
    own("timers, and being ended last", MANY, shows="FEW True (64, 64) (0, 0)\nFIRST 1000\nSTILL FIRST"),
    own("os._exit before any check", "import os; os._exit(0)", at="first", points=0.0, stopped=ENDED),
    own("os._exit right before a check", "import os; os._exit(0)", at="what-waits", points=1.0, stopped=ENDED),
    own("os._exit after the last check", "import os; os._exit(0)", stopped=ENDED),
    own(
        "os._exit from a thread a little later",
        "import os, threading, time\nthreading.Timer(0.2, lambda: os._exit(3)).start()\ntime.sleep(5)",
        stopped=ENDED,
    ),
    own("exit() and quit()", "exit()\nquit()"),
    own("sys.exit", "import sys; sys.exit(3)"),
    own("the process kills itself", "import os; os.kill(os.getpid(), 9)", stopped=ENDED),
    own("an abort", "import os; os.abort()", stopped=ENDED),
    own("a null pointer", "import ctypes; ctypes.string_at(0)", stopped=ENDED),
    own(
        "a crash that would dump its memory and a traceback",
        "import faulthandler, sys\nfaulthandler._sigsegv()",
        stopped=ENDED,
    ),
    own("endless recursion", "def down(n): return down(n + 1)\ndown(0)", stopped=None),
    own(
        "recursion past the stack",
        "import sys\nsys.setrecursionlimit(10**9)\ndef down(n): return down(n + 1)\ndown(0)",
        stopped=None,
    ),
    own("an endless loop", "while True: pass"),
    own(
        "an endless loop that swallows interruptions",
        """
import time
while True:
    try:
        while True: time.sleep(1)
    except BaseException:
        pass
""",
        stopped=LATE,
    ),
    own(
        "an endless loop that ignores signals",
        """
import signal
for number in range(1, 65):
    try: signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError): pass
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
signal.setitimer(signal.ITIMER_REAL, 0)
while True: pass
""",
        stopped=LATE,
    ),
    own("a loop in C that no signal can end", "sum(range(10**12))", stopped=LATE),
    own("a regular expression that never ends", "import re\nre.match(r'(a+)+$', 'a' * 64 + 'b')", stopped=None),
    own("it sleeps for a day", "import time; time.sleep(86400)"),
    own("waiting for input", "input('name? ')"),
    own("the process stops itself", "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", stopped=LATE),
    Row(
        "endless messages, so that no cell is ever late",
        """
import os, socket, struct, time
while True:
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                os.write(int(name), struct.pack("!I", 2) + b"{}")
        except BaseException:
            pass
    time.sleep(0.05)
""",
        stopped=None,
    ),
    own(
        "a message that arrives byte by byte",
        """
import os, struct, time
while True:
    for name in os.listdir("/proc/self/fd"):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
                os.write(int(name), b"\\0")
        except BaseException:
            pass
    time.sleep(0.2)
""",
        stopped="invalid message",
    ),
    own("memory in one block", "x = bytearray(4 * 10**9)"),
    own("memory in many small pieces", "x = []\nwhile True: x.append(bytearray(10_000))"),
    own(
        "memory in many processes",
        """
import os, time
for _ in range(8):
    if os.fork() == 0:
        x = bytearray(b"x") * 600_000_000
        time.sleep(60)
        os._exit(0)
time.sleep(2.5)
""",
        # With a cgroup the kernel ends one process after the other, and without one the watcher ends the box.
        answers=RIGHT | {"busiest-service-answer": WRONG["busiest-service-answer"]},
        points=FUNCTION,
        stopped=None,
    ),
    own(
        "memory in memory files and shared memory",
        """
import ctypes, mmap, os
got = []
for make in (lambda: os.memfd_create("x"), lambda: open("/dev/shm/x", "w"),
             lambda: __import__("multiprocessing.shared_memory").shared_memory.SharedMemory(create=True, size=10**9)):
    try: got.append(make())
    except OSError: pass
print("GOT", got, ctypes.CDLL(None).shmget(0, 10**9, 0o1600))
""",
        shows="GOT [] -1",
    ),
    own(
        "the whole disk",
        """
written = 0
try:
    for number in range(100):
        with open(f"/box/tmp/{number}", "wb") as file:
            for _ in range(60):
                file.write(bytes(1_000_000)); written += 1
except OSError as error:
    print("FULL", error.strerror, written < 100)
""",
        shows="FULL No space left on device True",
    ),
    own(
        "the disk is full before the answers",
        """
try:
    with open("/box/tmp/all", "wb") as file:
        while True: file.write(bytes(100_000))
except OSError: pass
""",
        at="first",
    ),
    own(
        "a hundred thousand files",
        """
made = 0
try:
    for number in range(100_000):
        open(f"/box/tmp/{number}", "w").close(); made += 1
except OSError as error:
    print("FULL", made < 5000)
""",
        shows="FULL True",
    ),
    Row("as many busy forks as possible", BUSY, stopped=None),
    Row("a fork bomb", "import os\nwhile True:\n    try: os.fork()\n    except OSError: pass", stopped=None),
    Row(
        "a fork bomb in the shell",
        "import subprocess\nsubprocess.run(':(){ :|:& };:', shell=True, timeout=2)",
        stopped=None,
    ),
    own("children that detach themselves and ignore every signal", DETACHED),
    own(
        "endless threads",
        """
import threading, time
try:
    while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
except RuntimeError: print("FULL")
""",
        shows="FULL",
    ),
    own(
        "a thread that Python waits for at exit",
        "import threading, time\nthreading.Thread(target=time.sleep, args=(99,)).start()",
    ),
    own("two hundred megabytes printed", "for _ in range(200): print('x' * 1_000_000)", shows="The rest is not kept"),
    own("two hundred megabytes in one print", "print('x' * 200_000_000)", shows="The rest is not kept"),
    own("two hundred megabytes in one display", "from IPython.display import HTML\nHTML('x' * 200_000_000)"),
    own("two hundred megabytes printed by a program", "!yes xxxxxxxxxxxxxxxxxxxxxxxxxxx | head -c 200000000"),
    own(
        "two hundred megabytes written to the file descriptor",
        "import os\nfor _ in range(200): os.write(1, b'x' * 10**6)",
        stopped=None,
    ),
    own("a million displays", "from IPython.display import display\nwhile True: display('x')"),
    own(
        "a storm of log messages",
        """
import logging
logging.basicConfig(level=0)
for _ in range(300_000): logging.error("x" * 100)
""",
    ),
    own(
        "stdout is replaced and closed",
        "import sys\nsys.stdout.close(); sys.stdout = sys.stderr = None",
        at="first",
        points=0.0,
    ),
    own("every file descriptor is closed", "import os\nos.closerange(0, 256)", stopped=None),
    own("every file descriptor is used up", "x = []\nwhile True: x.append(open('/dev/null'))"),
    own(
        "the notebook uses the alarm that ends its cells",
        """
import signal
signal.signal(signal.SIGALRM, lambda *_: None)
signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
""",
        at="first",
        stopped=None,
    ),
    own(
        "a cell of fifty megabytes",
        points=0.0,
        stopped="more than 20",
        edit=lambda notebook: notebook["cells"][-1].update(source="x = '" + "x" * 50_000_000 + "'"),
    ),
    own(
        "two thousand extra cells",
        points=0.0,
        stopped="more than 2000",
        edit=lambda notebook: notebook["cells"].extend(
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {},
                "source": "print(1)",
                "outputs": [],
                "execution_count": None,
            }
            for number in range(2000)
        ),
    ),
    own(
        "more files with the notebook than fit into the box",
        "1",
        points=0.0,
        stopped="do not fit",
        files={f"data/{number}.bin": bytes(9_000_000) for number in range(9)},
    ),
    own(
        "a gigabyte of zeros, compressed",
        "import zlib\nlen(zlib.decompress(zlib.compress(bytes(10**9))))",
        stopped=None,
    ),
    own("a picture of a billion points", "import numpy\nnumpy.zeros((40_000, 40_000)).sum()"),
    function("a function that ends its process", "os._exit(0)"),
    function("a function that crashes", "__import__('ctypes').string_at(0)"),
    function("a function that never returns", "while True: pass"),
    function(
        "a function that never returns and ignores signals",
        """
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    while True: time.sleep(1)""",
    ),
    function(
        "a function that forks forever",
        """
    while True:
        try: os.fork()
        except OSError: pass""",
    ),
    function("a function that takes all memory", "x = []\n    while True: x.append(bytearray(10**7))"),
    function("a function that kills every process it can", "os.kill(-1, signal.SIGKILL)"),
    function(
        "a function that sends endlessly",
        """
    while True:
        for name in os.listdir("/proc/self/fd"):
            try:
                if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"): os.write(int(name), b"x" * 100_000)
            except OSError: pass""",
    ),
    Row("a fake os.fork", "import os\nos.fork = lambda: 1", answers=RIGHT, points=7.0),
    Row(
        "a snapshot that never answers",
        """
import watchkeeper.check.call as call, time
call.on_each = lambda *a: time.sleep(99)
""",
        answers=RIGHT,
        points=FUNCTION,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_run_ends_and_all_other_submissions_are_graded(judge, row):
    result = judge(row)
    assert len(classroom.everything(result)) < 20_000_000


@pytest.mark.parametrize(
    "row",
    [
        own("cells", "while True: pass"),
        function("a function", "while True: pass"),
        own("cells after a function", "import os\nif os.fork() == 0: os.setsid()\nwhile True: pass"),
    ],
    ids=lambda row: row.name,
)
def test_what_a_busy_machine_could_not_finish_has_no_grade(room, monkeypatch, row):
    monkeypatch.setattr(Meter, "_count", lambda self: (0.0, True))
    monkeypatch.setattr(clock, "wall_times", lambda: 1.0)
    result = room.within(Budget(cell_seconds=1, notebook_seconds=2)).grade(room.submission(row))
    assert (result.state, result.points, result.notebooks) == (UNGRADED, 0.0, ())
    assert "too busy to run first-watch to the end" in result.reason


def test_a_grader_that_is_killed_leaves_no_process(room):
    runner = classroom.opened(room.edition)
    with runner:
        runner.wait()
        processes = [runner._process.pid, *classroom.below(runner._process.pid)]
        os.kill(runner._process.pid, signal.SIGKILL)
    assert len(processes) >= 3
    assert alive(processes) == []


def alive(processes: list[int]) -> list[int]:
    """The processes that still run after ten seconds."""
    deadline = time.monotonic() + 10
    while running := [process for process in processes if os.path.exists(f"/proc/{process}")]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    return running
