"""A PostgreSQL server of the tests' own: a gradebook may lie on one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of an empty database. It needs Debian's package `postgresql`; the server is stopped at the end."""
    folder = Path(tempfile.mkdtemp(prefix="wk-pg-"))  # a short path: the socket lies in it
    data = folder / "data"
    try:
        _run(folder, "initdb", "-D", data, "-U", "mentor", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        _run(folder, "pg_ctl", "-D", data, "-o", options, "-l", folder / "log", "-w", "start")
        _run(folder, "createdb", "-h", folder, "-U", "mentor", "gradebook")
        yield f"postgresql+psycopg://mentor@/gradebook?host={folder}"
    finally:
        if (data / "postmaster.pid").exists():
            _run(folder, "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)


def _run(folder: Path, name: str, *arguments: object) -> None:
    """Run one of the server's programs; as nobody if we are root, for it refuses root."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    program = str(found[-1]) if found else shutil.which(name)
    assert program, f"{name} is not installed. On Debian: apt-get install postgresql"
    who = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
    if who:
        shutil.chown(folder, "nobody", "nogroup")
    log = folder / f"{name}.log"
    with log.open("w") as out:  # a file, not a pipe: the server would keep that open
        done = subprocess.run([program, *map(str, arguments)], cwd=folder, stdout=out, stderr=out, **who)
    assert done.returncode == 0, log.read_text()
