"""The parent of all shop processes: imports everything once, forks one process per service, obeys a control socket.

`control.Shop.start` runs it as a separate process, so that it forks from a single thread and with few imports, whatever
its caller (a notebook's kernel, pytest) is doing.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import select
import shutil
import signal
import socket
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from watchkeeper.errors import WatchkeeperError
from watchkeeper.shop.edges import Edges
from watchkeeper.shop.lifeline import start_keeper
from watchkeeper.shop.process import Place
from watchkeeper.shop.roster import Roster, Setup
from watchkeeper.shop.store import create_stores
from watchkeeper.shop.supervisor import LOG, Supervisor

BACKLOG = 2048
CONTROL_SECONDS = 5.0


def bind_all(services: Iterable[str], port: int) -> dict[str, socket.socket]:
    """One listening socket per service on 127.0.0.1, bound before the first fork, so that every process knows them all.

    A socket outlives the process behind it, so a deploy refuses no connection.
    """
    listeners = {}
    for service in services:
        # TCP by name, because asyncio switches Nagle's algorithm off only then: 40 ms per call otherwise.
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
    """Create the databases in a child process, so that no open connection is ever forked."""
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
        raise WatchkeeperError(f"The databases could not be created: {last_line(folder)}")


def last_line(folder: Path) -> str:
    """The last line of the log of all processes."""
    return (folder / LOG).read_text("utf-8").strip().rpartition("\n")[2] or "no reason was given"


def answer(supervisor: Supervisor) -> bool:
    """Carry out one order from the control socket; False if it was the order to stop."""
    connection, _ = supervisor.control.accept()
    connection.settimeout(CONTROL_SECONDS)
    stopping = False
    # The client may disconnect before we reply; that must not stop the shop.
    with contextlib.suppress(OSError, ValueError), connection:
        order = json.loads(connection.makefile("r", encoding="utf-8").readline())
        stopping = order == {"do": "stop"}
        if stopping:
            supervisor.stop()
        connection.sendall(json.dumps({} if stopping else supervisor.obey(order)).encode() + b"\n")
    return not stopping


def main(arguments: list[str] | None = None) -> NoReturn:
    """Start the shop, print its status, and obey until told to stop or until standard input closes."""
    parser = argparse.ArgumentParser(description="The shop's parent process; started by control.py.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--store-url", required=True)
    parser.add_argument("--setup", default="{}", help="a roster.Setup as JSON")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the caller
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    keeper = start_keeper()
    asked_to_stop = False
    try:
        setup = Setup(**json.loads(options.setup))
        asked_to_stop = supervise(options.folder, options.port, options.store_url, setup, keeper)
    except Exception as error:
        what = str(error) if isinstance(error, WatchkeeperError) else f"The shop ended: {error!r}."
        print(json.dumps({"error": what}), flush=True)
    finally:
        if not asked_to_stop:  # the caller is gone and can't clean up
            shutil.rmtree(options.folder, ignore_errors=True)
        os.killpg(os.getpgrp(), signal.SIGKILL)  # the keeper, and any process that is still there
    raise SystemExit


def supervise(folder: Path, port: int, store_url: str, setup: Setup, keeper: int) -> bool:
    """Run the shop; True if it was told to stop, False if its caller is gone."""
    roster = Roster.read(setup.releases)
    (folder / "telemetry").mkdir()
    prepare(folder, store_url)
    listeners = bind_all(roster.services, port)
    control = socket.socket(socket.AF_UNIX)
    control.bind(str(folder / "control"))
    control.listen()
    edges = Edges({name: one.getsockname()[1] for name, one in listeners.items()})
    place = Place(folder, edges, store_url, setup)
    supervisor = Supervisor(place, roster, listeners, control, keeper)
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
