"""Starts JupyterLab on the apprentice's own kit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

from watchkeeper.commands import staff
from watchkeeper.errors import WorkError
from watchkeeper.kit import folder as work

SETTINGS = ".watchkeeper/jupyter"
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


def start(kit: Path, port: int, ip: str, browser: bool) -> NoReturn:
    """Replace this process with JupyterLab. On Windows, run JupyterLab and exit with its exit code."""
    without = {"disabledExtensions": dict.fromkeys(WITHOUT, True)}
    work.write(kit / SETTINGS / "labconfig" / "page_config.json", json.dumps(without).encode())
    arguments = command(kit, port, ip, browser)
    os.chdir(kit)
    if os.name == "nt":  # on Windows, exec returns to the prompt while the program still runs
        sys.exit(subprocess.call(arguments, env=environment(kit)))
    os.execve(arguments[0], arguments, environment(kit))
