"""Starting, stopping, freezing and replacing the shop's processes. Single-threaded, because it forks."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from watchkeeper.errors import WatchkeeperError
from watchkeeper.shop import load, shoppers
from watchkeeper.shop.edges import run_relay
from watchkeeper.shop.lifeline import die_with
from watchkeeper.shop.process import Place, Program, serve
from watchkeeper.shop.roster import CODE, LOAD, Identity, Roster

PATIENCE_SECONDS = 15.0
LOG = "processes.log"


@dataclass(frozen=True)
class Running:
    """One process and its identity."""

    pid: int
    identity: Identity
    frozen: bool = False


class Supervisor:
    """The shop's processes by service, and the orders that change them."""

    def __init__(
        self, place: Place, roster: Roster, listeners: dict[str, socket.socket], control: socket.socket, keeper: int
    ) -> None:
        self.place = place
        self.roster = roster
        self.listeners = listeners
        self.control = control
        self.keeper = keeper
        self.running: dict[str, Running] = {}
        self.retiring: set[int] = set()
        self.relays: set[int] = set()
        self.numbers: dict[str, int] = {}

    def start_all(self) -> None:
        """Fork every service, then wait until all of them listen."""
        first = {name: service.first for name, service in self.roster.services.items()}
        waits = [self._start(name, version) for name, version in (first | self.place.setup.versions).items()]
        for wait in waits:
            wait()

    def obey(self, order: dict[str, Any]) -> dict[str, Any]:
        """Carry out one order from the control socket: `{"do": "blackhole", "service": "ads"}`."""
        orders: dict[str, Callable[..., dict[str, Any] | None]] = {
            "status": self.status,
            "blackhole": self.blackhole,
            "thaw": self.thaw,
            "deploy": self.deploy,
            "restart": self.restart,
            "delay": self.delay,
            "load": self.start_load,
        }
        what = dict(order)
        try:
            return orders[what.pop("do")](**what) or {}
        except WatchkeeperError as error:
            return {"error": str(error)}
        except (KeyError, TypeError):
            return {"error": f"The shop does not understand {json.dumps(order)}."}

    def status(self) -> dict[str, Any]:
        """What runs, in which version, and whether it is frozen."""
        self._reap()
        return {
            "supervisor": os.getpid(),
            "ports": self.place.edges.ports,
            "folder": str(self.place.folder),
            "services": {
                name: {"pid": one.pid, "version": one.identity.version, "frozen": one.frozen}
                for name, one in self.running.items()
            },
        }

    def blackhole(self, service: str) -> None:
        """Stop a process without ending it: the kernel still accepts connections, but nothing responds."""
        self._signal(service, signal.SIGSTOP, frozen=True)

    def thaw(self, service: str) -> None:
        """Let a frozen process continue."""
        self._signal(service, signal.SIGCONT, frozen=False)

    def restart(self, service: str, version: str = "") -> None:
        """End a process and start it again under the same instance id, perhaps in another version.

        The socket stays open, so callers wait.
        """
        releases = self.roster.service(service)
        old = self.running.get(service)
        if old is None:
            raise WatchkeeperError(f"{service} does not run. Start it with: shop deploy {service} VERSION.")
        releases.release(version or old.identity.version)
        del self.running[service]
        self.retiring.add(old.pid)
        self._end(old)
        while old.pid in self.retiring:  # two processes never share an instance id
            self._reap()
            time.sleep(0.005)
        again = replace(old.identity, version=version or old.identity.version, life=old.identity.life + 1)
        self._start_as(again)()
        if version:
            self._note_deploy(service, old.identity.version, version)

    def delay(self, caller: str, called: str, ms: float) -> None:
        """Put a relay into one edge that delays each call by `ms`; 0 removes it for new calls."""
        self.roster.service(called)
        if caller != LOAD:
            self.roster.service(caller)
        if ms <= 0:
            self.place.edges.detour(caller, called, 0)
            return
        there = self.place.edges.ports[called]
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.relays.add(self._fork(lambda: run_relay(listener, there, ms, len(self.relays)), None))
            self.place.edges.detour(caller, called, listener.getsockname()[1])

    def deploy(self, service: str, version: str) -> dict[str, Any]:
        """Start that version on the same socket; once it listens, let the old process finish its requests and end."""
        old = self.running.get(service)
        wait = self._start(service, version)
        try:
            wait()
        except WatchkeeperError:
            self.running = self.running | ({service: old} if old else {})
            raise
        record = self._note_deploy(service, old.identity.version if old else "", version)
        if old:
            self.retiring.add(old.pid)
            self._end(old)
        return record

    def _note_deploy(self, service: str, before: str, after: str) -> dict[str, Any]:
        record = {"time_ns": time.time_ns(), "service": service, "from": before, "to": after}
        with (self.place.folder / "deploys.jsonl").open("a", encoding="utf-8") as deploys:
            deploys.write(json.dumps(record) + "\n")
        return record

    def start_load(
        self, seed: int, seconds: float, rate: float, busier: list[float] | None, style: str = "shoppers"
    ) -> None:
        """Fork the load generator, which ends by itself. The styles `closed` and `open` are load tests."""
        self._reap()
        if LOAD in self.running:
            raise WatchkeeperError("The shop is already under load. Wait until that has ended.")
        identity = self._identity(LOAD, load.VERSION)
        if style == "shoppers":
            visits = load.plan(seed, seconds, rate, (busier[0], busier[1], busier[2]) if busier else None)
        else:
            visits = load.plan_test(seconds, rate)
        pid = self._fork(lambda: shoppers.run(visits, style == "closed", identity, self.place), None)
        self.running[LOAD] = Running(pid, identity)

    def stop(self) -> None:
        """End every process: with SIGTERM, so that spans and metrics get written, then with SIGKILL."""
        for one in sorted(self.running.values(), key=lambda one: one.identity.service != LOAD):
            self._end(one)
        for pid in self.relays:
            os.kill(pid, signal.SIGTERM)
        self.retiring |= self.relays
        deadline = time.monotonic() + PATIENCE_SECONDS
        while (self.running or self.retiring) and time.monotonic() < deadline:
            self._reap()
            time.sleep(0.02)
        for pid in [one.pid for one in self.running.values()] + list(self.retiring):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def _start(self, service: str, version: str) -> Callable[[], None]:
        """Fork one more instance of a service; calling the result waits until it listens."""
        return self._start_as(self._identity(service, version))

    def _start_as(self, identity: Identity) -> Callable[[], None]:
        service, version = identity.service, identity.version
        known = self.roster.service(service)
        program = Program(known, known.put(version, self.place.folder / CODE))
        ready_here, ready_there = os.pipe()
        listener = self.listeners[service]

        def body() -> None:
            os.close(ready_here)
            serve(identity, program, self.place, listener, ready=lambda: os.write(ready_there, b"!"))

        pid = self._fork(body, listener)
        os.close(ready_there)
        self.running[service] = Running(pid, identity)

        def wait() -> None:
            came_up = os.read(ready_here, 1)  # empty if the process died instead
            os.close(ready_here)
            if not came_up:
                lines = (self.place.folder / LOG).read_text("utf-8").strip().splitlines()
                raise WatchkeeperError(
                    f"{service} {version} did not start: {lines[-1] if lines else 'no reason given'}"
                )

        return wait

    def _identity(self, service: str, version: str) -> Identity:
        self.numbers[service] = self.numbers.get(service, 0) + 1
        return Identity(service, version, self.numbers[service], self.roster.hosts[service])

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
        """Close what belongs to the supervisor: an open copy of the keeper's pipe would hide the supervisor's death."""
        os.close(self.keeper)
        self.control.close()
        for other in self.listeners.values():
            if other is not listener:
                other.close()
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)

    def _signal(self, service: str, number: int, frozen: bool) -> None:
        self.roster.service(service)
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
        """Forget the children that have ended."""
        while True:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self.retiring.discard(pid)
            self.relays.discard(pid)
            self.running = {name: one for name, one in self.running.items() if one.pid != pid}
