"""The parent of all shop processes: imports everything once, forks one process a service, obeys a control socket.

Nothing may outlive it, not even a process that is stopped with SIGSTOP and can't react. So there are three nets:
its caller holds a pipe to it (end of file: an orderly stop); a small keeper process holds a pipe from it (end of
file: kill the whole process group); and on Linux the kernel kills each child when its parent dies.
"""

from __future__ import annotations

import argparse
import contextlib
import ctypes
import json
import os
import select
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn

from watchkeeper.errors import WatchkeeperError
from watchkeeper.shop import load
from watchkeeper.shop.process import Place, serve
from watchkeeper.shop.roster import HOSTS, LOAD, RELEASES, SERVICES, Identity, check_service, check_version, code_of
from watchkeeper.shop.store import create_stores

PR_SET_PDEATHSIG = 1
BACKLOG = 2048
PATIENCE_SECONDS = 15.0


@dataclass(frozen=True)
class Running:
    """One process and who it says it is."""

    pid: int
    identity: Identity
    frozen: bool = False


class Supervisor:
    """Starts, stops, freezes and replaces the shop's processes. Single-threaded, because it forks."""

    def __init__(self, place: Place, listeners: dict[str, socket.socket], control: socket.socket, keeper: int) -> None:
        self.place = place
        self.listeners = listeners
        self.control = control
        self.keeper = keeper
        self.running: dict[str, Running] = {}
        self.retiring: set[int] = set()
        self.numbers: dict[str, int] = {}

    def start_all(self) -> None:
        """Fork every service, then wait until all of them listen."""
        waits = [self._start(service, RELEASES[service][0]) for service in SERVICES]
        for wait in waits:
            wait()

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order from the control socket: `{"do": "blackhole", "service": "ads"}`."""
        orders: dict[str, Callable[..., dict[str, Any] | None]] = {
            "status": self.status, "blackhole": self.blackhole, "thaw": self.thaw, "deploy": self.deploy,
            "load": self.start_load,
        }  # fmt: skip
        what = dict(order)
        try:
            return orders[what.pop("do")](**what) or {}
        except WatchkeeperError as error:
            return {"error": str(error)}

    def status(self) -> dict[str, Any]:
        """Who runs, which version, and whether it is frozen."""
        self._reap()
        return {
            "supervisor": os.getpid(),
            "ports": self.place.ports,
            "folder": str(self.place.folder),
            "services": {
                name: {"pid": one.pid, "version": one.identity.version, "frozen": one.frozen}
                for name, one in self.running.items()
            },
        }

    def blackhole(self, service: str) -> None:
        """Stop a process without ending it: the kernel still accepts connections, nobody answers them."""
        self._signal(service, signal.SIGSTOP, frozen=True)

    def thaw(self, service: str) -> None:
        """Let a frozen process go on."""
        self._signal(service, signal.SIGCONT, frozen=False)

    def deploy(self, service: str, version: str) -> dict[str, Any]:
        """Start that version on the same socket; when it listens, let the old one finish what it has."""
        check_version(service, version)
        old = self.running.get(service)
        wait = self._start(service, version)
        try:
            wait()
        except WatchkeeperError:
            self.running = self.running | ({service: old} if old else {})
            raise
        record = {"time_ns": time.time_ns(), "service": service, "from": old.identity.version if old else "",
                  "to": version}  # fmt: skip
        with (self.place.folder / "deploys.jsonl").open("a", encoding="utf-8") as deploys:
            deploys.write(json.dumps(record) + "\n")
        if old:
            self.retiring.add(old.pid)
            self._end(old)
        return record

    def start_load(self, seed: int, seconds: float, rate: float, busier: list[float] | None) -> None:
        """Fork the load generator; it ends by itself."""
        identity = self._identity(LOAD, load.VERSION)
        visits = load.plan(seed, seconds, rate, (busier[0], busier[1], busier[2]) if busier else None)
        pid = self._fork(lambda: load.run(visits, identity, self.place), None)
        self.running[LOAD] = Running(pid, identity)

    def stop(self) -> None:
        """End every process: first politely, so that spans and metrics get written, then not."""
        for one in sorted(self.running.values(), key=lambda one: one.identity.service != LOAD):
            self._end(one)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (self.running or self.retiring) and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.02)
        for pid in [one.pid for one in self.running.values()] + list(self.retiring):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _start(self, service: str, version: str) -> Callable[[], None]:
        """Fork one service; the answer waits until it listens."""
        identity = self._identity(service, version)
        ready_here, ready_there = os.pipe()
        listener = self.listeners[service]

        def body() -> None:
            os.close(ready_here)
            serve(identity, self.place, listener, ready=lambda: os.write(ready_there, b"!"))

        pid = self._fork(body, listener)
        os.close(ready_there)
        self.running[service] = Running(pid, identity)

        def wait() -> None:
            came_up = os.read(ready_here, 1)  # nothing, when it died instead
            os.close(ready_here)
            if not came_up:
                log = self.place.folder / "supervisor.log"
                raise WatchkeeperError(f"{service} {version} did not start: {log.read_text('utf-8').splitlines()[-1]}")

        return wait

    def _identity(self, service: str, version: str) -> Identity:
        self.numbers[service] = self.numbers.get(service, 0) + 1
        return Identity(service, version, self.numbers[service], HOSTS[service])

    def _fork(self, body: Callable[[], object], listener: socket.socket | None) -> int:
        parent = os.getpid()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            return pid
        status = 1
        try:
            die_with(parent)
            self._let_go(listener)
            body()
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            sys.stderr.flush()
            os._exit(status)

    def _let_go(self, listener: socket.socket | None) -> None:
        """Close what belongs to the supervisor: a copy of the keeper's pipe would hide the supervisor's death."""
        os.close(self.keeper)
        self.control.close()
        for other in self.listeners.values():
            if other is not listener:
                other.close()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def _signal(self, service: str, number: int, frozen: bool) -> None:
        check_service(service)
        one = self.running.get(service)
        if one is None:
            raise WatchkeeperError(f"{service} does not run. Start it with: shop deploy {service} VERSION.")
        os.kill(one.pid, number)
        self.running[service] = replace(one, frozen=frozen)

    def _end(self, one: Running) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one.pid, signal.SIGCONT)
            os.kill(one.pid, signal.SIGTERM)

    def _reap(self) -> None:
        """Take note of children that ended."""
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.retiring.discard(pid)
            self.running = {name: one for name, one in self.running.items() if one.pid != pid}


def die_with(parent: int) -> None:
    """On Linux, have the kernel kill this process when its parent dies, even while it is stopped."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before we could say so
        os._exit(1)


def start_keeper() -> int:
    """Fork the keeper: when our end of its pipe closes, it kills our process group. Returns our end."""
    theirs, ours = os.pipe()
    if os.fork():
        os.close(theirs)
        return ours
    os.close(ours)
    os.close(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        os.read(theirs, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(0)


def bind_all(port: int) -> dict[str, socket.socket]:
    """A listening socket a service on 127.0.0.1, bound before the first fork, so that everybody knows all ports.

    A socket outlives the process behind it: a deploy refuses nobody.
    """
    listeners = {}
    for service in SERVICES:
        # Named as TCP, because asyncio switches Nagle's algorithm off only then: 40 ms a call otherwise.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port if service == "frontend" else 0))
        except OSError as error:
            raise WatchkeeperError(f"Port {port} is taken ({error.strerror}). Choose another with --port.") from error
        listener.listen(BACKLOG)
        listeners[service] = listener
    return listeners


def prepare(folder: Path, store_url: str) -> None:
    """Make the databases in a child, so that no open connection is ever forked."""
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            os.chdir(folder)
            create_stores(store_url)
            status = 0
        finally:
            os._exit(status)
    if os.waitpid(pid, 0)[1] != 0:
        raise WatchkeeperError(f"The databases could not be made; {folder / 'supervisor.log'} says why.")


def answer(supervisor: Supervisor) -> bool:
    """Take one order from the control socket; False when it was the order to stop."""
    connection, _ = supervisor.control.accept()
    with connection, connection.makefile("rw", encoding="utf-8") as stream:
        line = stream.readline()
        if not line:
            return True
        order = json.loads(line)
        stopping = order == {"do": "stop"}
        if stopping:
            supervisor.stop()
        stream.write(json.dumps({} if stopping else supervisor.obey(order)) + "\n")
    return not stopping


def main(arguments: list[str] | None = None) -> NoReturn:
    """Start the shop, say so on standard output, obey until told to stop or until standard input closes."""
    parser = argparse.ArgumentParser(description="The shop's parent process; started by watchkeeper.shop.control.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--store-url", required=True)
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the caller's business
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    keeper = start_keeper()
    asked_to_stop = False
    try:
        asked_to_stop = supervise(options.folder, options.port, options.store_url, keeper)
    except WatchkeeperError as error:
        print(json.dumps({"error": str(error)}), flush=True)
    finally:
        if not asked_to_stop:  # the caller is gone, and can't tidy up
            shutil.rmtree(options.folder, ignore_errors=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)  # the keeper, and whoever did not go politely
    raise SystemExit


def supervise(folder: Path, port: int, store_url: str, keeper: int) -> bool:
    """Run the shop; True when it was told to stop, False when its caller vanished."""
    (folder / "telemetry").mkdir()
    prepare(folder, store_url)
    listeners = bind_all(port)
    for service, versions in RELEASES.items():
        for version in versions:
            code_of(service, version)  # imported here once, shared by all
    control = socket.socket(socket.AF_UNIX)
    control.bind(str(folder / "control"))
    control.listen()
    place = Place(folder, {name: one.getsockname()[1] for name, one in listeners.items()}, store_url)
    supervisor = Supervisor(place, listeners, control, keeper)
    supervisor.start_all()
    print(json.dumps(supervisor.status()), flush=True)
    while True:
        readable = select.select([control.fileno(), 0], [], [], 1.0)[0]
        if 0 in readable and not os.read(0, 1):
            supervisor.stop()
            return False
        if control.fileno() in readable and not answer(supervisor):
            return True


if __name__ == "__main__":
    main()
