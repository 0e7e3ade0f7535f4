"""Attacks on others: on their work, the mentor's machine and settings, the next notebook, and readers of the result.

They submit right answers and get the points for them. Everything else that they do must have no effect.
"""

from __future__ import annotations

import json
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from classroom import DATASETS, RIGHT, ROOT, Row

from watchkeeper.staff.grade.sanitize.notebook import safe
from watchkeeper.staff.sandbox.runner import HOUSE

WRITES = f"""
import os, sys
def writes(path, text="survivor"):
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "a") as file:
            file.write(text)
        return [path]
    except OSError:
        return []
written = []
for folder in ({str(ROOT)!r}, {str(DATASETS)!r}, {str(HOUSE)!r}, sys.prefix, sys.base_prefix, "/", "/etc", "/usr",
               os.path.dirname(os.__file__), "/usr/local", "/root", "/home", "/var/tmp", "/dev", "/dev/shm", "/run",
               "/proc", "/sys"):
    for name in ("survivor", "nbgrader_config.py", "sitecustomize.py", "gradebook.db", "submitted/bo/survivor"):
        written += writes(os.path.join(folder, name))
for path in (os.__file__, sys.executable, {str(HOUSE / "__init__.py")!r}, "/etc/passwd", "/bin/cat"):
    written += writes(path)
print("WRITTEN", written)
"""
STARTS = """
import os, sys

for place in ("~/.ipython/profile_default/startup/00.py", "~/.jupyter/survivor.py", "~/.bashrc", "~/.pythonrc",
              "~/.local/lib/python3.11/site-packages/usercustomize.py", "/tmp/survivor", "/box/tmp/survivor",
              "/box/survivor"):
    path = os.path.expanduser(place)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        open(path, "w").write("raise SystemExit('survivor')")
    except OSError:
        pass
os.environ["PYTHONSTARTUP"] = os.environ["PYTHONPATH"] = os.path.expanduser("~")
sys.modules["watchkeeper.survivor"] = sys
sys.path.insert(0, "/box/tmp")
"""
FINDS = """
import os, sys
found = []
for folder in ("/box", "/box/home", "/box/tmp", "/box/work", "/tmp", "/dev/shm", "/var/tmp", os.path.expanduser("~")):
    try:
        found += os.listdir(folder)
    except OSError:
        pass
found = [one for one in found if "survivor" in one or one in (".bashrc", ".ipython", ".jupyter")]
print("FOUND", found, "watchkeeper.survivor" in sys.modules, os.environ.get("PYTHONSTARTUP"))
"""
ROOTS = """
import ctypes, os, subprocess
libc = ctypes.CDLL(None, use_errno=True)
got = []
for what, number, *arguments in (
    ("unshare user", 272, 0x10000000), ("unshare mounts", 272, 0x00020000), ("unshare all", 272, 0x7E020000),
    ("chroot", 161, b"/box"), ("mount", 165, b"none", b"/box/tmp", b"tmpfs", 0, None), ("umount", 166, b"/proc", 2),
    ("pivot_root", 155, b"/box", b"/box"), ("open_tree", 428, -100, b"/", 1), ("fsopen", 430, b"tmpfs", 0),
    ("keyctl", 250, 0, -3, 0), ("add_key", 248, b"user", b"survivor", b"x", 1, -4), ("bpf", 321, 0, None, 0),
    ("io_uring", 425, 4, ctypes.create_string_buffer(256)), ("init_module", 175, None, 0, b""),
    ("perf", 298, ctypes.create_string_buffer(128), 0, -1, -1, 0), ("userfaultfd", 323, 1), ("reboot", 169, 0, 0, 0),
    ("ptrace", 101, 16, 1, 0, 0), ("syslog", 103, 3, ctypes.create_string_buffer(100), 100), ("kexec", 246, 0, 0, 0, 0),
    ("memfd", 319, b"survivor", 0), ("shmget", 29, 0, 4096, 0o1600), ("setuid", 105, 0), ("setgid", 106, 0),
    ("clone3", 435, ctypes.create_string_buffer(64), 64), ("clone user", 56, 0x10000011, 0, 0, 0, 0),
    ("undumpable", 157, 4, 0, 0, 0, 0), ("mknod", 133, b"/box/tmp/disk", 0o60666, 0x800),
    ("32 bit", 0x40000000 + 39), ("nice", 141, 0, 0, -20), ("clock", 228, 0, ctypes.create_string_buffer(16)),
):
    padded = [one if isinstance(one, (bytes, type(None), ctypes.Array)) else ctypes.c_long(one) for one in arguments]
    if os.uname().machine == "x86_64" and libc.syscall(ctypes.c_long(number), *padded) not in (-1,):
        got.append(what)
for program in ("mount -t tmpfs none /box/tmp", "unshare -r true", "su -c true", "sudo -n true", "ping -c1 127.0.0.1"):
    if subprocess.run(program, shell=True, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
        got.append(program)
with open("/proc/self/status") as file:
    status = dict(line.split(":\\t") for line in file.read().splitlines() if ":\\t" in line)
print("GOT", got, status["CapEff"], status["CapPrm"], status["NoNewPrivs"], status["Seccomp"])
"""
KILLS = """
import os, signal
killed = []
for process in (1, 2, 3, -1, os.getppid(), *range(4, 400)):
    if process not in (0, os.getpid()):
        try:
            os.kill(process, signal.SIGKILL)
            killed.append(process)
        except OSError:
            pass
print("ALIVE", os.path.exists("/proc/1"))
"""
LOOK = """
import os, sys
print("SHADOW", [one.__file__ for one in map(__import__, ("pandas", "watchkeeper", "statistics", "bisect"))
                 if one.__file__.startswith("/box")])
"""
FILES = {
    f"{name}.py": b"raise SystemExit('shadow')"
    for name in (
        "pandas",
        "watchkeeper",
        "statistics",
        "bisect",
        "IPython",
        "sitecustomize",
        "json",
        "ipython_config",
        "nbgrader_config",
        "conftest",
    )
}


def right(name: str, code: str = "", **more: Any) -> Row:
    """An attack with right answers."""
    return Row(name, code, **({"answers": RIGHT, "points": 7.0} | more))


ROWS = [
    right("it writes files outside the box", WRITES, shows="WRITTEN []"),
    right("it writes startup files for the next kernel", STARTS),
    right("the next notebook looks for leftovers of the last one", FINDS, shows="FOUND [] False None"),
    right("it submits modules with the names of the course's packages", LOOK, files=FILES, shows="SHADOW []"),
    right(
        "it submits an honest helper module",
        "from my_helper import seven\nprint('HELPED', seven)",
        files={"my_helper.py": b"seven = 7", "data/own.csv": b"a\n1\n"},
        shows="HELPED 7",
    ),
    right(
        "it tries thirty ways to get the rights of root", ROOTS, shows="GOT ['clock'] 0000000000000000 0000000000000000"
    ),
    right("it kills every process number", KILLS, shows="ALIVE True", at="last"),
    right(
        "it kills its process group",
        "import os, signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nos.killpg(0, signal.SIGKILL)",
        at="last",
        points=4.0,
        stopped="The process ended",
    ),
    right(
        "it attacks the grader's process through the socket",
        """
import ctypes, os, signal, socket, struct
libc, got = ctypes.CDLL(None, use_errno=True), []
for name in os.listdir("/proc/self/fd"):
    try:
        if not os.readlink(f"/proc/self/fd/{name}").startswith("socket:"):
            continue
        one = socket.socket(fileno=os.dup(int(name)))
        pid, uid, gid = struct.unpack("3i", one.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        got += [("pid", pid)] if pid else []
        handle = one.getsockopt(socket.SOL_SOCKET, 77)  # SO_PEERPIDFD
    except OSError:
        continue
    if libc.syscall(424, handle, signal.SIGKILL, None, 0) == 0:
        got.append("killed it")
    if libc.syscall(438, handle, 0, 0) >= 0:
        got.append("has its files")
print("GOT", got)
""",
        shows="GOT []",
    ),
    right(
        "it changes the held-back inputs for submissions graded later",
        answers=RIGHT
        | {
            "busiest-service-answer": """
def busiest(spans):
    import os
    for name in os.listdir("/proc/self/fd"):
        try:
            if "inputs of" in os.readlink(f"/proc/self/fd/{name}"):
                with open(f"/proc/self/fd/{name}", "r+b") as file:
                    file.write(b"changed")
        except OSError:
            pass
    return spans[spans.kind == "SERVER"].service.value_counts().idxmax()
"""
        },
    ),
    right(
        "it patches pickle, which reads the inputs",
        'import pickle\npickle.load = lambda file: [("a", None)] * 3',
        points=4.0,
    ),
    right(
        "it makes symbolic links to the mentor's files",
        f"""
import os
for target in ({str(ROOT)!r}, "/root", "/proc/1/root", "/proc/1/cwd", "/proc/1/environ"):
    link = "/box/work/link" + str(len(os.listdir("/box/work")))
    os.symlink(target, link)
    try:
        print("READ", os.listdir(link) if os.path.isdir(link) else open(link).read())
    except OSError:
        pass
""",
        hides=("gradebook.db", "CONTRIBUTING.md"),
    ),
    right(
        "a script in an output of every kind",
        """
from IPython.display import HTML, Javascript, Markdown, SVG, display, publish_display_data
bad = "<script>survivor()</script><img src=x onerror=survivor()>"
display(HTML(bad), Markdown(bad), Javascript("survivor()"))
for kind in ("text/html", "image/svg+xml", "text/markdown", "text/latex", "application/javascript", "image/png",
             "application/vnd.jupyter.widget-view+json", "text/html; charset=utf-8", bad):
    publish_display_data({kind: bad, "text/plain": bad}, metadata={kind: {"isolated": True, "onload": bad}})
print("\\x1b]0;survivor\\x07\\x1b[2J", bad)
raise ValueError(bad)
""",
    ),
    right(
        "an error's text has control characters for the mentor's terminal",
        'class Bad(Exception): pass\nBad.__name__ = "\\x1b[2J\\x1b]0;owned\\x07"\nroot = "\\x1b[2J"',
        at="the-root",
        points=6.0,
    ),
    right(
        "it opens raw sockets, packet sockets, and sockets from a virtual machine to its host",
        """
import socket
got = []
for family in range(1, 50):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):
        try:
            socket.socket(family, kind).close()
            got.append((family, kind))
        except OSError:
            pass
print("GOT", sorted({family for family, kind in got} - {1, 2, 10, 16}),
      [kind for family, kind in got if family in (2, 10) and kind == socket.SOCK_RAW])
""",
        shows="GOT [] []",
    ),
    right(
        "it makes and starts a setuid program",
        """
import os, subprocess
open("/box/tmp/mine", "w").write("#!/bin/sh\\nid -u")
os.chmod("/box/tmp/mine", 0o6755)
print("ID", subprocess.run(["/box/tmp/mine"], capture_output=True, text=True).stdout.strip(), os.getuid())
""",
        shows="ID 1000 1000",
    ),
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_an_attack_on_others_has_no_effect(judge, row):
    result = judge(row)
    assert all(mark.possible for mark in result.notebooks[0].marks)


class Harmless(HTMLParser):
    """Fails on a tag that runs something."""

    def handle_starttag(self, tag, attributes):
        assert tag not in ("script", "iframe", "object", "embed", "svg")
        assert not [name for name, _ in attributes if name.startswith("on")]


def test_stored_outputs_run_no_script(ran):
    result = ran["a script in an output of every kind"][0]
    for cell in safe(result.notebooks[0].notebook)["cells"]:
        for output in cell.get("outputs", []):
            for kind, value in output.get("data", {}).items():
                assert "javascript" not in kind
                if kind not in ("text/plain", "text/latex"):  # those two are escaped by the pages
                    Harmless().feed(str(value))
            assert "survivor" not in json.dumps(output.get("metadata", {}))


def test_the_package_and_the_interpreter_are_unchanged(ran):
    assert "survivor" not in (HOUSE / "__init__.py").read_text(encoding="utf-8")
    assert not (Path(sys.prefix) / "sitecustomize.py").exists()
