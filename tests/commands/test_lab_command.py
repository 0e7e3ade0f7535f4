"""`watchkeeper lab`: on which folder, with which options, and that it really answers."""

import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from apprentice import MODULE, NOTEBOOK, answer

from watchkeeper.commands import lab
from watchkeeper.errors import WorkError

PROGRAM = [sys.executable, "-c", "from watchkeeper.commands import main; main()"]


def test_in_a_kit_it_opens_that_kit_and_changes_nothing(kit: Path) -> None:
    before = {path: path.read_bytes() for path in kit.rglob("*") if path.is_file()}
    assert lab.prepared(None, kit / "release" / MODULE) == (kit, [])
    assert lab.prepared(kit, kit.parent) == (kit, [])
    assert {path: path.read_bytes() for path in kit.rglob("*") if path.is_file()} == before


def test_in_the_repository_it_makes_and_updates_a_kit_in_work(small: Path) -> None:
    folder, said = lab.prepared(None, small / "course")
    assert folder == small / "work" and said == []
    mine, source = folder / "release" / MODULE / NOTEBOOK, small / "release" / MODULE / NOTEBOOK
    mine.write_bytes(b"my work")
    source.write_bytes(b"a new version")
    _, said = lab.prepared(None, small)
    assert len(said) == 1 and mine.read_bytes() == b"my work"
    assert mine.with_name("first-watch.new.ipynb").read_bytes() == b"a new version"


def test_another_folder_may_be_named_but_not_the_repository(small: Path, tmp_path: Path) -> None:
    assert lab.prepared(tmp_path / "elsewhere", small)[0] == tmp_path / "elsewhere"
    with pytest.raises(WorkError, match="the repository itself"):
        lab.prepared(small, small)
    with pytest.raises(WorkError, match="not an unpacked kit"):
        lab.prepared(tmp_path, tmp_path)


def test_the_first_notebook_opens_until_somebody_has_worked(kit: Path) -> None:
    assert lab.first_page(kit) == f"/lab/tree/release/{MODULE}/{NOTEBOOK}"
    answer(kit / "release" / MODULE / NOTEBOOK)
    assert lab.first_page(kit) == "/lab"


def test_it_listens_on_this_machine_only_unless_told() -> None:
    assert "--ip=127.0.0.1" in lab.command(Path("kit"), 8888, "127.0.0.1", True)
    assert "--no-browser" not in lab.command(Path("kit"), 8888, "127.0.0.1", True)
    assert "--no-browser" in lab.command(Path("kit"), 8888, "127.0.0.1", False)


def test_jupyterlab_answers_with_the_kit_to_whoever_has_the_token(kit: Path, tmp_path: Path) -> None:
    log = tmp_path / "log.txt"
    with log.open("wb") as said:
        process = subprocess.Popen([*PROGRAM, "lab", "--no-browser"], cwd=kit, stdout=said, stderr=subprocess.STDOUT)
    try:
        url, token = _address(process, log)
        with urllib.request.urlopen(f"{url}/api/contents/release/{MODULE}?token={token}", timeout=30) as reply:
            assert NOTEBOOK in reply.read().decode()
        with urllib.request.urlopen(f"{url}/lab?token={token}", timeout=30) as reply:
            page = reply.read().decode()
        assert all(name in page for name in lab.WITHOUT), "the page disables what an apprentice does without"
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(f"{url}/api/contents", timeout=30)
    finally:
        process.terminate()
        process.wait(30)


def _address(process: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    """The address and the token that JupyterLab prints."""
    for _ in range(600):
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/lab\S*\?token=(\w+)", log.read_text(encoding="utf-8")):
            return found[1], found[2]
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError(f"no address after a minute: {log.read_text(encoding='utf-8')}")
