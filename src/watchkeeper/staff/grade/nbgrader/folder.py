"""A cohort's folder outside the repository gets a small nbgrader_config.py, so that formgrader and plain nbgrader use
the course's own configuration there.
"""

from __future__ import annotations

import re
from pathlib import Path

from watchkeeper.staff.grade.settings import CONFIGURATION

TEXT = '''"""Written by watchkeeper: formgrader and nbgrader's commands work here by the course's settings."""

import os

c = get_config()  # noqa: F821
load_subconfig({name!r}, path={root!r})  # noqa: F821

c.CourseDirectory.root = os.path.dirname(os.path.abspath(__file__))
'''
OURS = TEXT.partition("\n")[0]
LOADS = re.compile(r"^load_subconfig\(.*$", re.M)


def configure(root: Path, folder: Path) -> Path | None:
    """Write the configuration, unless `folder` is the repository `root` itself or has one that isn't ours.

    In one of ours, only the line that names the repository is replaced: the rest may have a school's own settings.
    Gives its path, or None if nothing was written.
    """
    root, folder = root.resolve(), folder.resolve()
    path, made = folder / CONFIGURATION, TEXT.format(name=CONFIGURATION, root=str(root))
    if folder == root:
        return None
    if path.is_file():
        there = path.read_text(encoding="utf-8", errors="replace")
        if OURS not in there:
            return None
        (line,) = LOADS.findall(made)
        made = LOADS.sub(lambda _: line, there)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(made, encoding="utf-8")
    return path
