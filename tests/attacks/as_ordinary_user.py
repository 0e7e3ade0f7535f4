"""A script: becomes an ordinary user if it is root, grades a few attacks, and prints the results as JSON.

It reads the edition as JSON from standard input.

The interpreter may be in a folder that only root can read. So root first builds a root file system that has it too: the
one that a box has, plus this repository.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import test_denial
import test_leaks

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
USER = 4321

ROWS = {
    "honest": "",
    "reads": "import os\ngot = []\nfor path in %r:\n"
    "    try: got.append(os.listdir(path) if os.path.isdir(path) else open(path).read(1))\n"
    "    except OSError: pass\nprint('GOT', [one for one in got if one])"
    % [str(ROOT / one) for one in ("course", "source", "datasets/held-back", "src/watchkeeper/staff", "SECURITY.md")],
    "kills": "import os\nfor one in (-1, *range(1, 400)):\n"
    "    if one != os.getpid():\n        try: os.kill(one, 9)\n        except OSError: pass",
    "forks": "import os, time\nfor _ in range(40):\n    try:\n        if os.fork() == 0:\n            os.setsid()\n"
    "            time.sleep(99)\n    except OSError:\n        break",
    "rights": "import ctypes, os\nlibc = ctypes.CDLL(None)\n"
    "print('RIGHTS', libc.unshare(0x10000000), libc.chroot(b'/box'), libc.setuid(0), os.getuid())",
    "traces": test_leaks.INSTRUMENTS,
    "sockets": test_denial.SOCKETS,
    "pipes": test_denial.PIPES,
    "unopened": test_denial.UNOPENED,
    "terminals": test_denial.TERMINALS,
    "timers": test_denial.MANY,
    "loops": "while True: pass",
    "sleeps": "import time; time.sleep(999)",
    "exits": "import os\nos._exit(1)",
    "again": "",
}


def main() -> None:
    """Print the user's id, a list of [name, points, outputs], and how many processes are left."""
    if os.geteuid() == 0:
        become_ordinary()
    import classroom

    from watchkeeper.check.codec import from_plain
    from watchkeeper.staff.grade.edition import Edition
    from watchkeeper.staff.sandbox.runner import Inputs

    edition = from_plain(Edition, json.load(sys.stdin))
    inputs = {question: Inputs(question, pickled) for question, pickled in edition.inputs.items()}
    with classroom.opened(edition) as runner:
        runner.wait()
        room = classroom.Class(edition, inputs, runner)
        rows = [classroom.Row(name, code, at="last", answers=classroom.RIGHT) for name, code in ROWS.items()]
        results = [room.grade(room.submission(row)) for row in rows]
        said = [[one.student, one.points, classroom.outputs(one)] for one in results]
        print(json.dumps({"user": os.getuid(), "results": said, "left": len(room.processes())}))


def become_ordinary() -> None:
    """Build a root file system with everything that has to be read, then become a user without any rights."""
    import tempfile

    from watchkeeper.staff.sandbox.box import calls, root

    calls.unshare(calls.NEWNS)
    root.build(tempfile.mkdtemp(), [*root.interpreter(), str(ROOT)])
    os.makedirs(root.SCRATCH + "/tmp", mode=0o777, exist_ok=True)
    os.chmod(root.SCRATCH + "/tmp", 0o777)
    os.environ["TMPDIR"] = root.SCRATCH + "/tmp"
    tempfile.tempdir = None
    os.setgroups([])
    os.setresgid(USER, USER, USER)
    os.setresuid(USER, USER, USER)
    calls.be_dumpable()


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    main()
