"""Finds out which layers of the box this system has, by trying each one in a separate process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import watchkeeper

NAMESPACES = "separate namespaces (users, processes, network, mounts, IPC)"
FILES = "a root with only the interpreter and the public recordings"
LANDLOCK = "Landlock: files, TCP and signals, refused by the kernel once more"
# The kernel's own memory, such as the buffers of sockets: which of the two limits it here.
GROUPS = "a memory cgroup per box, which counts the kernel's memory for it as well"
LIMITS = (
    "no cgroups here: a box holds little of the kernel's memory, by the number and size of sockets, pipes and the like"
)
REMEDY = """On Ubuntu 24 and later: sysctl kernel.apparmor_restrict_unprivileged_userns=0
In a container: give it the right to create namespaces, or grade outside of it.
With --no-box you can grade anyway, but then a submission can do everything that you can do."""


@dataclass(frozen=True)
class Layer:
    """One layer: what it is, whether this system has it, and if not, why."""

    what: str
    there: bool
    why: str = ""


def layers() -> list[Layer]:
    """Try each layer once. Takes a tenth of a second."""
    if not sys.platform.startswith("linux"):
        why = f"only on Linux, and this is {sys.platform}"
        return [Layer(what, False, why) for what in (NAMESPACES, FILES, LANDLOCK)]
    with tempfile.TemporaryDirectory(prefix="watchkeeper-box-") as folder:
        os.chmod(folder, 0o755)
        environment = {"PYTHONPATH": str(Path(watchkeeper.__file__).parents[1])}
        command = [sys.executable, "-P", "-m", __name__, folder]
        said = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60, cwd="/")
    try:
        return [Layer(**one) for one in json.loads(said.stdout.splitlines()[-1])]
    except (IndexError, ValueError, TypeError):
        last = (said.stderr.strip().splitlines() or ["it ended without an error message"])[-1]
        return [Layer(NAMESPACES, False, last), Layer(FILES, False, last)]


def sentence(found: list[Layer]) -> str:
    """Which layers exist, which are missing, and what to do about it."""
    there = "; ".join(one.what for one in found if one.there) or "none"
    missing = [f"{one.what} ({one.why})" for one in found if not one.there]
    said = f"This system has: {there}."
    if missing:
        said += f"\nIt lacks: {'; '.join(missing)}."
        said += f"\n{REMEDY}"
    return said


def _try(folder: str) -> list[dict[str, object]]:
    from watchkeeper.staff.sandbox.box import calls, group, root

    user, gid, found = os.getuid(), os.getgid(), []
    version, kernel = calls.landlock_version(), GROUPS if group.parent() else LIMITS
    try:
        everything = calls.NEWUSER | calls.NEWNS | calls.NEWPID | calls.NEWNET | calls.NEWIPC
        calls.unshare(everything)
        calls.write_map(0, user, gid)
        found.append(Layer(NAMESPACES, True))
    except OSError as error:
        found.append(Layer(NAMESPACES, False, str(error)))
    try:
        root.build(folder, root.interpreter())
        found.append(Layer(FILES, True))
    except OSError as error:
        found.append(Layer(FILES, False, str(error)))
    found.append(Layer(LANDLOCK, version > 0, "" if version else "the kernel has none, or it is switched off"))
    found.append(Layer(kernel, True))
    return [vars(one) for one in found]


if __name__ == "__main__":
    print(json.dumps(_try(sys.argv[1])))
