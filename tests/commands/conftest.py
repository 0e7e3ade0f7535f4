"""Fixtures of the command's tests: an unpacked kit, and a small repository that a kit can be made of."""

import shutil
from pathlib import Path

import pytest
from apprentice import ROOT, SIGNAL

from watchkeeper.kit import folder as work
from watchkeeper.staff.author import kit as kits


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """An apprentice's unpacked kit, in a folder with a space in its name."""
    folder = tmp_path / "my kit"
    for name, content in kits.files(ROOT).items():
        if not name.startswith("package/"):
            work.write(folder / name, content)
    return folder


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A repository with everything that belongs in a kit, and things that must not be in one. Contents are invented."""
    root = tmp_path / "small"
    names = [
        *("LICENSE", "LICENSE-CONTENT", "README.md", "pyproject.toml", "requirements-kit.lock", "environment.yml"),
        *("course/course.toml", "course/00-welcome/first-watch/the-root.py", "source/00-welcome/first-watch.ipynb"),
        *("release/00-welcome/first-watch.ipynb", "release/00-welcome/key.json"),
        *("release/00-welcome/.ipynb_checkpoints/first-watch-checkpoint.ipynb", "datasets/LICENSE"),
        *("datasets/monday/card.toml", "datasets/monday/traces.jsonl.gz", "datasets/half-recorded/traces.jsonl.gz"),
        *("tests/test_it.py", "datasets/held-back/monday/card.toml", "datasets/held-back/monday/private.toml"),
    ]
    for name in names:
        card = name.startswith("datasets/monday/card")
        content = f'sha256 = {{"traces.jsonl.gz" = "{work.digest(SIGNAL)}"}}\n' if card else f"content of {name}"
        work.write(root / name, SIGNAL if name == "datasets/monday/traces.jsonl.gz" else content.encode())
    shutil.copytree(ROOT / "src", root / "src")
    return root
