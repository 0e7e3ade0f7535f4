"""What is committed: no paths from a developer's machine, no outputs, and a license for everything."""

import gzip
import json
import re
import tomllib
from pathlib import Path

import pytest
from tree import ROOT, tracked

FOLDERS = ("home", "Users", "root", "work", "workspace", "private")
# An absolute path into a developer's files. The path of a web page has a letter before its slash, so it does not match.
# The user `somebody` is allowed, as an example in tests of scrubbing.
MACHINE = re.compile(rf"(?<![\w.\-{{}}*])(?:/(?:{'|'.join(FOLDERS)})/(?!somebody)\w|[A-Z]:\\Users\\)")
# Each such path contains one of these. Searching half a gigabyte of recordings for them first is three times as fast.
CERTAIN = [b":\\Users\\", *(f"/{folder}/".encode() for folder in FOLDERS)]


def content_of(path: Path) -> bytes:
    """The content of a tracked file; a recording is unpacked."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def machine_paths(content: bytes) -> list[str]:
    """The paths in a file's content, which may be binary."""
    if not any(part in content for part in CERTAIN):
        return []
    text = content.decode("utf-8", "replace")
    return [text[found.start() : found.start() + 60].split("\n")[0] for found in MACHINE.finditer(text)]


@pytest.mark.parametrize(
    "text", ["see {}home/ada/x", '"{}root/main"', "C:\\Users\\ada", "({}work/x", "file://{}work/run"]
)
def test_machine_paths_are_recognized(text: str) -> None:
    assert machine_paths(text.format("/").encode())  # assembled here, or this file would contain some


@pytest.mark.parametrize("text", ["https://shop.example/home/ada", "below work/release", "a-work/1", "GET /cart"])
def test_other_slashes_are_not(text: str) -> None:
    assert machine_paths(text.encode()) == []


def test_no_tracked_file_names_a_path_of_a_machine() -> None:
    found = {path.relative_to(ROOT).as_posix(): machine_paths(content_of(path)) for path in tracked()}
    assert {name: paths for name, paths in found.items() if paths} == {}


def test_committed_notebooks_have_no_outputs() -> None:
    notebooks = tracked("*.ipynb")
    assert notebooks
    for path in notebooks:
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        ran = [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")]
        assert ran == [], f"{path}: strip it with watchkeeper build"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("LICENSE", "MIT License"),
        ("LICENSE-CONTENT", "Creative Commons Attribution 4.0 International Public License"),
        ("datasets/LICENSE", "CC0 1.0 Universal"),
    ],
)
def test_licenses_are_whole(file: str, words: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert words in text and len(text) > 1000


def test_every_recording_says_its_license() -> None:
    cards = tracked("datasets/*card.toml")
    assert cards
    assert {tomllib.loads(card.read_text(encoding="utf-8"))["licence"] for card in cards} == {"CC0-1.0"}
