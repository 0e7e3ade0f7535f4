"""A checkout on Windows has the bytes that were committed; if git changed some, it is said, and the kit is repaired."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from apprentice import ROOT, SIGNAL

from watchkeeper.commands import doctor, lab
from watchkeeper.staff.author import kit
from watchkeeper.staff.errors import BuildError


def git(*arguments: str | Path, cwd: Path) -> None:
    command = ["git", "-c", "core.autocrlf=true", "-c", "user.name=a", "-c", "user.email=a@b.example", *arguments]
    subprocess.run(command, cwd=cwd, check=True, capture_output=True)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What git for Windows checks out of this repository."""
    folder = tmp_path_factory.mktemp("windows") / "course"
    git("clone", "-c", "core.autocrlf=true", "--quiet", "--depth=1", ROOT.as_uri(), folder, cwd=ROOT)
    return folder


def without_zeros(folder: Path) -> list[Path]:
    found = [path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts]
    return [path for path in found if b"\0" not in path.read_bytes()]


def test_no_line_ending_of_a_clone_is_changed(clone: Path) -> None:
    texts = without_zeros(clone)
    assert len(texts) > 500
    changed = [path for path in texts if b"\r\n" in path.read_bytes() and path.name != "points.csv"]
    assert changed == []
    assert (clone / "tests/grade/edition_2026_1/points.csv").read_bytes().count(b"\r\n") > 5  # committed like that


def test_doctor_and_kit_are_content_in_a_clone(clone: Path) -> None:
    found = list(doctor.recordings(clone))
    assert len(found) > 20 and [one for one in found if one.fails] == []
    said: list[str] = []
    assert len(kit.files(clone, said.append)) > 200 and said == []


def test_without_the_attributes_git_would_change_them(tmp_path: Path) -> None:
    """So the tests above can fail."""
    origin, folder = tmp_path / "origin", tmp_path / "clone"
    (origin / "datasets").mkdir(parents=True)
    (origin / "datasets" / "deploys.jsonl").write_bytes(b'{"time_ns": 1}\n')
    git("init", "--quiet", origin, cwd=tmp_path)
    git("-c", "core.autocrlf=false", "add", ".", cwd=origin)
    git("commit", "--quiet", "-m", "one", cwd=origin)
    git("clone", "-c", "core.autocrlf=true", "--quiet", origin.as_uri(), folder, cwd=tmp_path)
    assert (folder / "datasets" / "deploys.jsonl").read_bytes() == b'{"time_ns": 1}\r\n'
    shutil.copy(ROOT / ".gitattributes", origin)
    git("add", ".", cwd=origin)
    git("commit", "--quiet", "-m", "two", cwd=origin)
    shutil.rmtree(folder)
    git("clone", "-c", "core.autocrlf=true", "--quiet", origin.as_uri(), folder, cwd=tmp_path)
    assert (folder / "datasets" / "deploys.jsonl").read_bytes() == b'{"time_ns": 1}\n'


def as_git_for_windows_would(folder: Path) -> list[Path]:
    changed = without_zeros(folder)
    for path in changed:
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    return changed


def test_a_kit_of_a_checkout_with_changed_line_endings_is_the_same_and_says_so(small: Path, tmp_path: Path) -> None:
    for name in ("release/00-welcome/key.json", "pyproject.toml", "datasets/LICENSE", "requirements-kit.lock"):
        (small / name).write_bytes(b"one\ntwo\n")
    said: list[str] = []
    before = kit.write(small, tmp_path / "a.zip", said.append).read_bytes()
    assert said == []
    for place in (small / "release", small / "datasets", small / "src", *small.glob("*.*")):
        as_git_for_windows_would(place) if place.is_dir() else place.write_bytes(
            place.read_bytes().replace(b"\n", b"\r\n")
        )
    assert kit.write(small, tmp_path / "b.zip", said.append).read_bytes() == before
    assert len(said) == 1 and "had Windows line endings" in said[0] and "CONTRIBUTING.md" in said[0]
    _, told = lab.prepared(None, small)
    assert told == said
    assert (small / "work" / "release" / "00-welcome" / "key.json").read_bytes() == b"one\ntwo\n"


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("traces.jsonl.gz", SIGNAL + b"\n", r"traces\.jsonl\.gz is not the file its card describes.*git .*checkout"),
        ("traces.jsonl.gz", None, r"a file that it names is missing.*git .*checkout -- datasets/monday"),
        ("card.toml", b"sha256 = [", "can't be used as a card"),
        ("card.toml", b'name = "monday"\n', "can't be used as a card"),
        ("card.toml", b"sha256 = 3\n", "can't be used as a card"),
    ],
)
def test_a_damaged_recording_gives_no_kit(small: Path, name: str, content: bytes | None, said: str) -> None:
    path = small / "datasets" / "monday" / name
    path.unlink() if content is None else path.write_bytes(content)
    with pytest.raises(BuildError, match=said):
        kit.files(small)


def test_doctor_says_how_to_undo_what_git_did_to_a_recording(small: Path) -> None:
    folder = small / "datasets" / "monday-morning"
    shutil.copytree(ROOT / "datasets" / "monday-morning", folder)
    (folder / "deploys.jsonl").write_bytes((folder / "deploys.jsonl").read_bytes() + b"\n")
    said = {one.what: one.detail for one in doctor.recordings(small)}["recording monday-morning"]
    assert "-c core.autocrlf=false checkout -- datasets/monday-morning" in said and "line ending" not in said
    shutil.copy(ROOT / "datasets" / "monday-morning" / "deploys.jsonl", folder)
    as_git_for_windows_would(folder)
    said = {one.what: one.detail for one in doctor.recordings(small)}["recording monday-morning"]
    assert "git changed its line endings; delete the folder datasets/monday-morning" in said
