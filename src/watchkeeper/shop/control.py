"""Starting the shop, breaking it, and stopping it, from any Python process or from the command line.

with Shop.start() as shop:
    shop.blackhole("ads")
"""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from watchkeeper.errors import ShopError
from watchkeeper.shop.roster import LOAD, Roster, Setup

DEFAULT_STORE = "sqlite:///{database}.db"


class Control:
    """Orders for a running shop, by the folder it runs in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def status(self) -> dict[str, Any]:
        """`ports` by service, `services` with pid, version and whether frozen."""
        return self._order(do="status")

    def blackhole(self, service: str) -> None:
        """Freeze a service: it accepts connections and never responds."""
        self._order(do="blackhole", service=service)

    def thaw(self, service: str) -> None:
        """Let a frozen service continue where it was."""
        self._order(do="thaw", service=service)

    def restart(self, service: str, version: str = "") -> None:
        """End a process and start it again under the same instance id, perhaps in another version."""
        self._order(do="restart", service=service, version=version)

    def delay(self, caller: str, called: str, ms: float) -> None:
        """Make every call from one service to another take `ms` longer; 0 ends that."""
        self._order(do="delay", caller=caller, called=called, ms=ms)

    def deploy(self, service: str, version: str) -> dict[str, Any]:
        """Replace a service's process by another version; returns the record that went into `deploys.jsonl`."""
        return self._order(do="deploy", service=service, version=version)

    def roll_back(self, service: str) -> dict[str, Any]:
        """Deploy the version that ran before the last deploy of this service."""
        Roster.read().service(service)
        before = [deploy["from"] for deploy in self.deploys() if deploy["service"] == service]
        if not before:
            raise ShopError(f"{service} has not been deployed since the start, so there is nothing to roll back to.")
        return self.deploy(service, before[-1])

    def deploys(self) -> list[dict[str, Any]]:
        """All deploys so far, in order: `time_ns`, `service`, `from`, `to`."""
        path = self.folder / "deploys.jsonl"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []

    def load(
        self,
        seed: int,
        seconds: float,
        rate: float,
        busier: tuple[float, float, float] | None = None,
        style: str = "shoppers",
    ) -> None:
        """Start the load generator: `seconds` of about `rate` requests per second (see `load.plan`).

        `style` is `shoppers`, or a load test: in `closed`, users wait for each response; in `open`, they don't.
        """
        self._order(do="load", seed=seed, seconds=seconds, rate=rate, busier=busier, style=style)

    def load_runs(self) -> bool:
        """Whether the load generator still sends requests or waits for responses."""
        return LOAD in self.status()["services"]

    def order_stop(self) -> None:
        """End all processes; returns once they are gone."""
        self._order(do="stop")

    def _order(self, **order: Any) -> dict[str, Any]:
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(self.folder / "control"))
            except OSError as error:
                raise ShopError(f"No shop responds in {self.folder}. Start one with: watchkeeper shop up.") from error
            with connection.makefile("rw", encoding="utf-8") as stream:
                stream.write(json.dumps(order) + "\n")
                stream.flush()
                line = stream.readline()
        reply: dict[str, Any] = json.loads(line) if line else {"error": f"The shop in {self.folder} has ended."}
        if "error" in reply:
            raise ShopError(reply["error"])
        return reply


class Shop(Control):
    """A shop that belongs to this process and ends with it, however that happens."""

    def __init__(self, folder: Path, process: subprocess.Popen[str], ports: dict[str, int]) -> None:
        super().__init__(folder)
        self.ports = ports
        self._process = process

    @classmethod
    def start(cls, port: int = 0, store_url: str = DEFAULT_STORE, setup: Setup | None = None) -> Shop:
        """Start every service; `port` is the frontend's on 127.0.0.1 (0: any free one).

        Raises `ShopError` if the port is taken, if a version or its diff can't be used, or if the platform can't fork
        (on Windows, use WSL2).
        """
        if not hasattr(os, "fork"):
            raise ShopError("The shop needs Linux or macOS; on Windows run it inside WSL2.")
        folder = Path(tempfile.mkdtemp(prefix="watchkeeper-shop-"))
        command = [sys.executable, "-m", "watchkeeper.shop.parent", str(folder)]
        command += ["--port", str(port), "--store-url", store_url, "--setup", json.dumps(asdict(setup or Setup()))]
        with (folder / "processes.log").open("wb") as log:
            # A new session, so that Ctrl-C reaches only us and we stop it in order. Its standard input is the lifeline:
            # it closes when we end, however we end.
            process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                encoding="utf-8",
                start_new_session=True,
            )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            status: dict[str, Any] = json.loads(line or '{"error": "The shop\'s parent process ended at once."}')
            if "error" in status:
                raise ShopError(status["error"])
        except BaseException:
            _finish(process, folder)
            raise
        return cls(folder, process, status["ports"])

    @property
    def url(self) -> str:
        """The home page."""
        return f"http://127.0.0.1:{self.ports['frontend']}/"

    def is_open(self) -> bool:
        """Whether it still runs; it may have been stopped from another terminal."""
        return self._process.poll() is None

    def close(self) -> None:
        """Stop every process but keep the folder with the telemetry."""
        with contextlib.suppress(ShopError):
            self.order_stop()
        _end(self._process)

    def stop(self) -> None:
        """Stop every process and delete what they wrote."""
        self.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self) -> Shop:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.stop()


def runtime_file() -> Path:
    """The file in which `shop up` notes the running shop, for other commands of the same user."""
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    return base / f"watchkeeper-shop-{getpass.getuser()}.json"


@contextlib.contextmanager
def announced(shop: Shop) -> Iterator[None]:
    """Note a running shop in the runtime file; raises `ShopError` if another one is noted there and responds."""
    path = runtime_file()
    try:
        other = running_shop()
    except ShopError:
        pass
    else:
        raise ShopError(f"A shop already runs in {other.folder}. Close it first with: watchkeeper shop down.")
    path.write_text(json.dumps({"folder": str(shop.folder), "url": shop.url}), encoding="utf-8")
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_shop() -> Control:
    """The shop that `shop up` started; raises `ShopError` if there is none."""
    try:
        noted = json.loads(runtime_file().read_text("utf-8"))
    except (OSError, ValueError):
        raise ShopError("No shop is running. Start one in another terminal with: watchkeeper shop up.") from None
    control = Control(Path(noted["folder"]))
    control.status()
    return control


def _end(process: subprocess.Popen[str]) -> None:
    """Cut the lifeline and wait; a supervisor that hangs is killed, and its keeper kills the rest."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
    if process.stdout:
        process.stdout.close()


def _finish(process: subprocess.Popen[str], folder: Path) -> None:
    _end(process)
    shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Any, seconds: float) -> bool:
    """Whether `condition()` becomes true within that time; it is checked twenty times per second."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return bool(condition())
