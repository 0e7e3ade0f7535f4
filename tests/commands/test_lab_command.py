"""`watchkeeper lab`: on which folder, with which options, and that it really answers."""

import os
import re
import signal
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
        lines = log.read_text(encoding="utf-8").splitlines()
        assert len(lines) == 2 and lines[1].startswith(f"Open {url}/lab/tree/release/{MODULE}/"), lines
        kept = kit / lab.LOG
        assert str(kept) in lines[0] and "extension was successfully loaded" in kept.read_text(encoding="utf-8")
        assert os.name == "nt" or kept.stat().st_mode & 0o077 == 0
    finally:
        process.terminate()
        process.wait(30)
    with pytest.raises(OSError):  # the server has ended with the command
        urllib.request.urlopen(f"{url}/lab", timeout=30)


LOG = """[I 2026-11-29 18:57:42.315 ServerApp] notebook | extension was successfully linked.
[W 2026-11-29 18:57:43.189 ServerApp] No nbgrader_config.py file found (rerun with --debug)
[NbGrader | WARNING] No nbgrader_config.py file found (rerun with --debug)
[W 2026-11-29 18:57:43.190 ServerApp] The folder can't be written to.
[I 2026-11-29 18:57:43.291 ServerApp] Jupyter Server is running at:
[I 2026-11-29 18:57:43.291 ServerApp] http://box:8971/lab?token=e69
[I 2026-11-29 18:57:43.291 ServerApp]     http://127.0.0.1:8971/lab?token=e69
[C 2026-11-29 18:57:43.313 ServerApp]

    Or copy and paste one of these URLs:
        http://127.0.0.1:8971/lab?token=e69
[W 2026-11-29 18:58:00.000 ServerApp] 404 GET /favicon.ico
[E 2026-11-29 18:58:01.000 ServerApp] Uncaught exception GET /api/contents
    Traceback (most recent call last):
      OSError: [Errno 28] No space left on device
[I 2026-11-29 18:58:02.000 ServerApp] Saving file
    more of that
[IPKernelApp | ERROR] The kernel can't be started.
[C 2026-11-29 18:58:03.000 ServerApp] received signal 15, stopping
"""


@pytest.mark.parametrize("size", [1, 7, 100, 10_000])
def test_of_the_log_only_addresses_and_what_matters_is_shown(size: int) -> None:
    reader, content = lab.Reader(), LOG.encode()
    shown = [line for at in range(0, len(content), size) for line in reader.read(content[at : at + size])]
    assert shown == [
        "[W 2026-11-29 18:57:43.190 ServerApp] The folder can't be written to.",
        "Open http://box:8971/lab?token=e69",
        "Open http://127.0.0.1:8971/lab?token=e69",
        "[E 2026-11-29 18:58:01.000 ServerApp] Uncaught exception GET /api/contents",
        "    Traceback (most recent call last):",
        "      OSError: [Errno 28] No space left on device",
        "[IPKernelApp | ERROR] The kernel can't be started.",
    ]


@pytest.mark.parametrize(
    ("code", "told"), [("import sys; print('no such extension'); sys.exit(3)", 3), ("print('done')", 1)]
)
def test_a_server_that_does_not_start_shows_the_end_of_its_log(kit, monkeypatch, capfd, code: str, told: int) -> None:
    monkeypatch.setattr(lab, "command", lambda *_: [sys.executable, "-c", code])
    monkeypatch.setattr(lab.signal, "signal", lambda *_: None)
    assert lab.start(kit, 8888, "127.0.0.1", False) == told
    said = capfd.readouterr().out
    assert "JupyterLab ended with exit code" in said and str(kit / lab.LOG) in said
    assert ("no such extension" if told == 3 else "done") in said


def test_one_ctrl_c_asks_and_the_second_stops(kit: Path, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from watchkeeper.commands import lab;"
        "lab.command = lambda *_: [sys.executable, '-c', 'import time; time.sleep(600)'];"
        "sys.exit(lab.start(Path('.'), 8888, '127.0.0.1', False))"
    )
    process = subprocess.Popen([sys.executable, "-c", program], cwd=kit, stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None
    while not (kit / lab.LOG).exists():
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "To stop JupyterLab, press Ctrl-C again.\n"
    process.send_signal(signal.SIGINT)
    assert process.stdout.readline() == "JupyterLab stops.\n"
    assert process.wait(30) == 0
    process.stdout.close()


def _address(process: subprocess.Popen[bytes], log: Path) -> tuple[str, str]:
    """The address and the token that JupyterLab prints."""
    for _ in range(600):
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/lab\S*\?token=(\w+)", log.read_text(encoding="utf-8")):
            return found[1], found[2]
        assert process.poll() is None, log.read_text(encoding="utf-8")
        time.sleep(0.1)
    raise AssertionError(f"no address after a minute: {log.read_text(encoding='utf-8')}")
