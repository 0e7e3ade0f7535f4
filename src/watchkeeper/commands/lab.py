"""Starts JupyterLab on the apprentice's own kit."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NoReturn

from watchkeeper.commands import staff
from watchkeeper.errors import WorkError
from watchkeeper.kit import folder as work

SETTINGS = ".watchkeeper/jupyter"
LOG = ".watchkeeper/jupyter.log"
PATIENCE = 5.0  # seconds between the two Ctrl-C
STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
ADDRESS = re.compile(r"\[I [^\]]*ServerApp\]\s+(https?://\S+)$")
LEVEL = re.compile(r"\[(?:(?P<level>[DIWEC]) [^\]]*|[^\]|]*\| (?P<word>[A-Z]+))\](?P<said>.*)")
# A kit needs no configuration of nbgrader, and we end the server ourselves.
EXPECTED = ("No nbgrader_config.py file found", "received signal")
# Extensions that are off in an apprentice's JupyterLab: the question about news, and the tools for grading.
FOR_MENTORS = ("assignment-list", "course-list", "create-assignment", "formgrader", "menu")
WITHOUT = ("@jupyterlab/apputils-extension:announcements", *(f"@jupyter/nbgrader:{one}" for one in FOR_MENTORS))


def prepared(folder: Path | None, start: Path) -> tuple[Path, list[str]]:
    """The kit to work on, and sentences to print about it.

    In the repository that is `work/` (or `folder`), which is created or updated first. Anywhere else it is the kit that
    contains `start`, or `folder` itself.
    """
    root = work.repository(start)
    if root and (more := staff()):
        target = (folder or root / "work").resolve()
        if target == root:
            raise WorkError(f"{root} is the repository itself. Choose another folder, or omit --folder.")
        said: list[str] = []
        files = more.kit_files(root, said.append)
        return target, said + work.deliver(files, target)
    if folder and not work.is_kit(folder):
        raise WorkError(f"{folder} is not an unpacked kit. Choose the folder that holds release/ and START.md.")
    return work.kit_at((folder or start).resolve()), []


def command(kit: Path, port: int, ip: str, browser: bool) -> list[str]:
    """The command that starts JupyterLab on a kit."""
    found = [sys.executable, "-m", "jupyterlab", f"--ip={ip}", f"--port={port}", f"--ServerApp.root_dir={kit}"]
    found += [f"--LabApp.default_url={first_page(kit)}"]
    if not browser:
        found.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # in a container, root may be the only user
        found.append("--allow-root")
    return found


def first_page(kit: Path) -> str:
    """The first notebook, until someone has worked here; after that, whatever JupyterLab had open last."""
    if work.touched(kit, work.delivered(kit)):
        return "/lab"
    notebooks = sorted(path.relative_to(kit).as_posix() for path in (kit / "release").glob("*/*.ipynb"))
    return f"/lab/tree/{notebooks[0]}" if notebooks else "/lab"


def environment(kit: Path) -> dict[str, str]:
    """JupyterLab's environment: this Python's programs on the path (for `!watchkeeper submit`), the kit's settings."""
    path = [str(Path(sys.executable).parent), os.environ.get("PATH", "")]
    settings = [str(kit / SETTINGS), os.environ.get("JUPYTER_CONFIG_PATH", "")]
    joined = {"PATH": path, "JUPYTER_CONFIG_PATH": settings}
    return {**os.environ, **{name: os.pathsep.join(filter(None, parts)) for name, parts in joined.items()}}


def start(kit: Path, port: int, ip: str, browser: bool) -> int:
    """Run JupyterLab until it ends, and give its exit code. Its log goes to a file; addresses and errors are printed.

    Ctrl-C twice ends it, and so does whatever ends this process.
    """
    without = {"disabledExtensions": dict.fromkeys(WITHOUT, True)}
    work.write(kit / SETTINGS / "labconfig" / "page_config.json", json.dumps(without).encode())
    presses: list[float] = []  # when Ctrl-C was pressed
    signal.signal(signal.SIGINT, lambda *_: presses.append(time.monotonic()))
    for number in STOPPING:
        signal.signal(number, _stop)
    path = kit / LOG
    path.unlink(missing_ok=True)
    # The log holds the token, so only this user may read it.
    with open(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "rb") as log:
        process = subprocess.Popen(
            command(kit, port, ip, browser),
            cwd=kit,
            env=environment(kit),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches only this process, which asks first
        )
    try:
        with path.open("rb") as log:
            return _watch(process, log, path, presses)
    finally:
        _end(process)


def _watch(process: subprocess.Popen[bytes], log: BinaryIO, path: Path, presses: list[float]) -> int:
    """Print what matters of the log until the process ends or is to end."""
    reader, told = Reader(), 0
    while True:
        ended = process.poll()
        for line in reader.read(log.read()):
            print(line, flush=True)
        if ended is not None:
            break
        if len(presses) > 1 and presses[-1] - presses[-2] < PATIENCE:
            print("JupyterLab stops.", flush=True)
            return 0
        if len(presses) > told:
            told = len(presses)
            print("To stop JupyterLab, press Ctrl-C again.", flush=True)
        time.sleep(0.2)
    if ended or not reader.addresses:
        print(f"JupyterLab ended with exit code {ended}. The end of its log, {path}:", *reader.last, sep="\n  ")
    return ended or (0 if reader.addresses else 1)


class Reader:
    """Reads a server's log as it grows, and picks out what a person must see."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.last: deque[str] = deque(maxlen=15)
        self._rest = b""
        self._shows = False

    def read(self, more: bytes) -> Iterator[str]:
        """What to print of these bytes of the log: addresses, errors, and warnings from before the first address."""
        *lines, self._rest = (self._rest + more).split(b"\n")
        for line in (each.decode("utf-8", "replace").rstrip() for each in lines):
            self.last.append(line)
            if found := ADDRESS.match(line):
                self.addresses.append(found[1])
                self._shows = False
                yield f"Open {found[1]}"
            elif found := LEVEL.match(line):
                said = found["said"].strip()
                levels = "EC" if self.addresses else "WEC"
                self._shows = (
                    bool(said) and (found["level"] or found["word"][0]) in levels and not said.startswith(EXPECTED)
                )
                if self._shows:
                    yield line
            elif self._shows and line:  # the rest of an error: a traceback, for example
                yield line


def _stop(number: int, _: object) -> NoReturn:
    sys.exit(128 + number)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End JupyterLab and its kernels, in order if it can."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
