"""A PostgreSQL server of the tests' own. It needs Debian's package `postgresql`."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp


@dataclass(frozen=True)
class Server:
    """A server that only listens on a socket in its folder. `url` names its database `gradebook`."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def url(self) -> str:
        return self.named("mentor", "gradebook")

    def named(self, user: str, database: str) -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}"

    def make(self) -> None:
        self.run("initdb", "-D", self.data, "-U", "mentor", "-A", "trust", "-E", "UTF8", "--no-sync")
        self.start()
        self.run("createdb", "-h", self.folder, "-U", "mentor", "gradebook")

    def start(self) -> None:
        options = f"-k {self.folder} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "-o", options, "-l", self.folder / "log", "-w", "start")

    def stop(self) -> None:
        """Stop at once, as in a failure: nothing is written, and no client is asked to finish."""
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "-w", "stop")

    def run(self, name: str, *arguments: object) -> None:
        """Run one of the server's programs; as the user nobody if we are root, because it refuses to run as root."""
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
        program = str(found[-1]) if found else shutil.which(name)
        assert program, f"{name} is not installed. On Debian: apt-get install postgresql"
        who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        if who:
            shutil.chown(self.folder, "nobody", "nogroup")
        log = self.folder / f"{name}.log"
        with log.open("w") as out:  # a file, because the server would keep a pipe open
            done = subprocess.run([program, *map(str, arguments)], cwd=self.folder, stdout=out, stderr=out, **who)
        assert done.returncode == 0, log.read_text()


@contextmanager
def server() -> Iterator[Server]:
    """A server with an empty database, stopped at the end."""
    made = Server(Path(mkdtemp(prefix="wk-pg-")))  # a short path, because it has the socket
    try:
        made.make()
        yield made
    finally:
        if (made.data / "postmaster.pid").exists():
            made.stop()
        shutil.rmtree(made.folder)
