"""What `watchkeeper doctor` says, and what makes it fail."""

import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from watchkeeper.commands import app, doctor


@pytest.mark.parametrize(("version", "word"), [((3, 10), "wrong version"), ((3, 11), "ok"), ((3, 14), "wrong version")])
def test_python(version: tuple[int, int], word: str) -> None:
    assert doctor.python(version).word == word


def test_a_missing_package_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ["pandas>=2.2", "pandas>=999", "no-such-package>=1"]
    asked += ['no-such-grader>=1; extra == "grade"', 'no-such-tool; extra == "dev"']
    monkeypatch.setattr(doctor.metadata, "requires", lambda _: asked)
    found = [(one.what, one.word) for one in doctor.dependencies()]
    assert found == [
        *(("pandas", doctor.OK), ("pandas", doctor.TOO_OLD)),
        *(("no-such-package", doctor.MISSING), ("no-such-grader", doctor.MISSING)),
    ]
    assert all("pip install -r requirements.txt" in one.detail for one in doctor.dependencies() if one.fails)


def test_everything_this_environment_needs_is_installed() -> None:
    assert [one.what for one in doctor.dependencies() if one.fails] == []


def test_recordings_are_compared_with_their_cards(kit: Path) -> None:
    assert {one.word for one in doctor.recordings(kit / "release")} == {doctor.OK}
    deploys = kit / "datasets" / "monday-morning" / "deploys.jsonl"
    deploys.write_bytes(deploys.read_bytes() + b"\n")
    damaged = [one for one in doctor.recordings(kit) if one.fails]
    assert [one.what for one in damaged] == ["recording monday-morning"]


def test_without_recordings_it_says_where_it_looked(tmp_path: Path) -> None:
    (found,) = doctor.recordings(tmp_path)
    assert found.word == doctor.MISSING and str(tmp_path / "datasets") in found.detail


def test_a_port_in_use_is_said_and_in_nobodys_way() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        found = doctor.port_free(listener.getsockname()[1])
    assert found.word == doctor.BUSY and not found.fails


def test_the_command_fails_only_when_something_is_missing(kit: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(kit)
    content = CliRunner().invoke(app(), ["doctor"])
    assert content.exit_code == 0 and "Everything you need is here." in content.output
    for card in kit.glob("datasets/*/card.toml"):
        card.unlink()
    unwell = CliRunner().invoke(app(), ["doctor"])
    assert unwell.exit_code == 1 and "Not ready yet: recordings." in unwell.output
