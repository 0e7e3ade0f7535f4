"""The warm process: it has imported what notebooks need and is in the box. Each notebook runs in a forked child.

Started by `process.py` with `python -m`. A job arrives on the socket as a frame with file descriptors: one for the
outputs, the lifeline, and a socket for each question that asks for a function. The first process of each job's PID
namespace only waits on the lifeline. When the grader closes it, or dies, the kernel ends everything in the namespace,
no matter how those processes handle signals.
"""

from __future__ import annotations

import array
import base64
import gc
import json
import os
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

# Everything needed from the staff rooms is imported before the box closes, because they can't be seen from inside.
from watchkeeper.staff.sandbox import shell as cells
from watchkeeper.staff.sandbox import wire
from watchkeeper.staff.sandbox.box import calls, filter, memory, places, root, walls
from watchkeeper.staff.sandbox.box.walls import Budget

NOBODY = 65534
# Modules that every notebook's process uses, imported in the warm process so that no child has to do it: the first two
# serve checks of functions, the others belong to a kernel's shell.
ALWAYS = ("watchkeeper.check.call", "watchkeeper.staff.sandbox.snapshot", "ipykernel.compiler", "ipykernel.zmqshell")
MOST_DESCRIPTORS = 64


@dataclass(frozen=True)
class Plan:
    """What the zygote is told after it has started: see `runner.py`."""

    mount: str
    readable: list[str]
    hidden: list[str]
    warm: list[str]
    opened: list[str]
    environment: dict[str, str]
    boxed: bool


def main() -> None:
    """Import what every notebook needs, enter the box, warm up, and serve until the grader closes the socket."""
    grader = socket.socket(fileno=int(sys.argv[1]))
    grader.set_inheritable(False)
    gc.disable()  # imports create no garbage, and searching for it takes a fifth of their time
    try:
        cells.import_as_a_kernel_would(ALWAYS)
        if (said := wire.receive(grader)) is None:
            return
        plan = Plan(**said)
        if plan.boxed:
            enter(plan)
        for name in list(os.environ):
            del os.environ[name]
        os.environ.update(plan.environment)
        if plan.boxed:
            os.makedirs(places.HOME, exist_ok=True)  # the zygote's own; a notebook's process gets an empty one
            filter.program(os.uname().machine)  # its result is cached
        shell = cells.make_shell(tuple(plan.warm))
        _read_ahead(plan.opened)
    except BaseException as error:
        with suppress(OSError):
            wire.send(grader, {"failed": f"{type(error).__name__}: {error}"})
        os._exit(1)
    gc.enable()
    gc.freeze()  # otherwise a child that collects garbage would copy every page it looks at
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # a child's exit code is not used; its frames say how it ended
    if plan.boxed:
        _set_watch(grader, int(sys.argv[2]))
    with suppress(ConnectionError):  # a grader that has nothing to do does not wait
        wire.send(grader, {"ready": time.monotonic()})
    serve(plan, shell, grader)
    os._exit(0)


def enter(plan: Plan) -> None:
    """Enter user, mount and PID namespaces, and a root with few files. As root, switch to the user nobody first."""
    user, group = os.getuid(), os.getgid()
    if user == 0:
        calls.unshare(calls.NEWNS)
        _build_root(plan)
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        calls.be_dumpable()
        calls.unshare(calls.NEWUSER | calls.NEWNS | calls.NEWPID)
        calls.write_map(0, NOBODY, NOBODY)
    else:
        calls.unshare(calls.NEWUSER | calls.NEWNS | calls.NEWPID)
        calls.write_map(0, user, group)
        _build_root(plan)
    if child := os.fork():
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the grader, which then closes the socket
        os.waitpid(child, 0)
        os._exit(0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.setsid()
    calls.mount("proc", "/proc", "proc", calls.NOSUID | calls.NODEV | calls.NOEXEC)


def _build_root(plan: Plan) -> None:
    root.build(plan.mount, plan.readable)
    for path in plan.hidden:
        if os.path.isdir(path):
            calls.mount("tmpfs", path, "tmpfs", calls.RDONLY | calls.NOSUID | calls.NODEV, "size=4k,mode=755")


def _set_watch(grader: socket.socket, told: int) -> None:
    """Start the process that ends boxes that use too much memory. It ends together with this one.

    The grader reads at the other end of `told` which boxes were ended because the machine had no memory left.
    """
    if os.fork() == 0:
        try:
            grader.close()
            memory.watch(told)
        finally:
            os._exit(1)
    os.close(told)


def serve(plan: Plan, shell: Any, grader: socket.socket) -> None:
    """Fork a child for each job, until the grader closes the socket."""
    own = os.open("/proc/self/ns/pid", os.O_RDONLY) if plan.boxed else -1
    warm, read = False, {*plan.opened}
    while (received := _job(grader)) is not None:
        job, descriptors = received
        try:
            if new := {*job["opens"]} - read:
                _read_ahead(new)
                gc.freeze()
                read |= new
            _fork(plan, shell, job, descriptors, own, grader)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        if not warm and not select.select([grader], [], [], 0)[0]:  # the first jobs start cold, and run in the meantime
            cells.warm_up(shell)
            warm = True


def _read_ahead(names: Collection[str]) -> None:
    if names:
        from watchkeeper.recording import Library  # and pandas: not every notebook needs them

        Library().read_ahead(names)


def _job(grader: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    space = socket.CMSG_SPACE(MOST_DESCRIPTORS * array.array("i").itemsize)
    try:
        head, ancillary, _, _ = grader.recvmsg(4, space, socket.MSG_CMSG_CLOEXEC)
    except ConnectionError:  # the grader closed the socket before it read that this process is ready
        return None
    if len(head) < 4:
        return None
    descriptors = array.array("i")
    for _level, _kind, data in ancillary:
        descriptors.frombytes(data[: len(data) - len(data) % descriptors.itemsize])
    (length,) = struct.unpack("!I", head)
    body = bytearray(length)  # one buffer, filled in place: a job may have 60 MB, and the others have to wait
    done = 0
    while done < length:
        read = grader.recv_into(memoryview(body)[done:])
        if not read:
            return None
        done += read
    return json.loads(body), list(descriptors)


def _fork(plan: Plan, shell: Any, job: dict[str, Any], descriptors: list[int], own: int, grader: socket.socket) -> None:
    out, life, *sockets = descriptors
    if plan.boxed:
        calls.unshare(calls.NEWPID)
    try:
        # The namespace's first process. It is a new program, not a copy of this one, and no signal from inside reaches
        # it.
        nothing = os.open("/dev/null", os.O_WRONLY)
        os.posix_spawn(
            "/bin/cat",
            ["cat"],
            {},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, life, 0),
                (os.POSIX_SPAWN_DUP2, nothing, 1),
                (os.POSIX_SPAWN_DUP2, nothing, 2),
            ],
        )
        os.close(nothing)
        if os.fork() == 0:
            try:
                grader.close()
                os.close(life)
                if own >= 0:
                    os.close(own)
                _child(plan, shell, job, out, sockets)
            finally:
                os._exit(1)
    finally:
        if plan.boxed:
            calls.setns(own, calls.NEWPID)


def _child(plan: Plan, shell: Any, job: dict[str, Any], out: int, sockets: list[int]) -> None:
    grader = socket.socket(fileno=out)
    budget = Budget(**job["budget"])
    written = cells.Written()
    try:
        from watchkeeper.staff.sandbox import snapshot

        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.setsid()
        if plan.boxed:
            walls.raise_them(plan.readable, budget)
            filter.install()
        else:
            walls.limit(budget, own_user=False)
        asked = dict(zip(job["questions"], sockets, strict=True))
        later = snapshot.put_off(asked, out, job["forks"], job["places"])
        first = _furnish(plan, job)
    except BaseException as error:
        first = {"failed": f"{type(error).__name__}: {error}"}
    wire.send(grader, first)
    if "closed" in first and grader.recv(1):
        # As in a kernel, modules submitted with the notebook can be imported. But they don't shadow installed modules.
        sys.path.append(os.getcwd())

        def tell(message: dict[str, Any]) -> None:
            wire.send(grader, message)
            if "outputs" in message:
                later.cell = message["cell"] + 1

        def late() -> int:
            """The cell that the grader wants to end: the last number that it has sent."""
            with suppress(OSError):
                return int.from_bytes(grader.recv(4096, socket.MSG_DONTWAIT)[-4:])
            return -1

        cells.run(shell, job["sources"], budget.cell_seconds, tell, written, late)
        wire.send(grader, {"end": True})
        later.serve()
    os._exit(0)


def _furnish(plan: Plan, job: dict[str, Any]) -> dict[str, Any]:
    """Create the folder that the notebook runs in, with the submitted files. Says why if they don't fit."""
    if plan.boxed:
        walls.furnish()
    else:
        os.chdir(job["folder"])
    try:
        for name, content in job["files"].items():
            os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
            with open(name, "wb") as file:
                file.write(base64.b64decode(content))
    except (OSError, ValueError) as error:  # too many, too large, or names that this system does not take
        return {"files": getattr(error, "strerror", None) or str(error)}
    return {"closed": True}


if __name__ == "__main__":
    main()
