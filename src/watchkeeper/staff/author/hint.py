"""Commands in sentences, as they can be typed in the folder where the sentence is printed."""

from __future__ import annotations

from pathlib import Path


def watchkeeper(words: str, root: Path) -> str:
    """`watchkeeper` with these words, for the course's repository at `root`.

    >>> watchkeeper("build", Path.cwd()), watchkeeper("build --check", Path("/srv/my course"))
    ('watchkeeper build', 'watchkeeper build --check --root "/srv/my course"')
    """
    return f"watchkeeper {words}" if root.resolve() == Path.cwd() else f'watchkeeper {words} --root "{root}"'


def git(words: str, root: Path) -> str:
    """`git` with these words, whose paths are relative to the repository at `root`.

    >>> git("checkout -- source", Path.cwd()), git("checkout -- source", Path("/srv/my course"))
    ('git checkout -- source', 'git -C "/srv/my course" checkout -- source')
    """
    return f"git {words}" if root.resolve() == Path.cwd() else f'git -C "{root}" {words}'
