"""The kit: what is in it, and that it stands alone."""

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from apprentice import ROOT

from watchkeeper.shop import diffs
from watchkeeper.shop.roster import SERVICES
from watchkeeper.staff.author import kit
from watchkeeper.staff.errors import BuildError
from watchkeeper.staff.recorder import VERSIONS

PROGRAMS = "Scripts" if os.name == "nt" else "bin"


def test_the_kit_holds_what_an_apprentice_needs_and_nothing_else(small: Path) -> None:
    names = {name for name in kit.files(small) if not name.startswith("package/src/")}
    assert names == {
        *("START.md", "LICENSE", "LICENSE-CONTENT", "requirements.txt", "environment.yml"),
        ".watchkeeper/delivered.json",
        *("release/00-welcome/first-watch.ipynb", "release/00-welcome/key.json"),
        *("datasets/LICENSE", "datasets/monday/card.toml", "datasets/monday/traces.jsonl.gz"),
        *("package/pyproject.toml", "package/README.md", "package/LICENSE"),
    }


def test_the_package_in_the_kit_is_everything_outside_the_wall(small: Path) -> None:
    house = small / "src" / "watchkeeper"
    found = {Path(name).relative_to("package/src/watchkeeper") for name in kit.files(small) if "/src/" in name}
    there = {path.relative_to(house) for path in house.rglob("*") if path.is_file() and not kit.NEVER & set(path.parts)}
    assert found == {path for path in there if path.parts[0] != kit.WALL}
    assert Path(kit.WALL, "__init__.py") in there


def test_the_committed_course_gives_a_kit() -> None:
    names = kit.files(ROOT)
    assert "release/00-welcome/first-watch.ipynb" in names
    assert not [name for name in names if "held-back" in name or name.startswith(("course", "source", "tests"))]


def test_no_line_that_only_a_faulty_version_has_is_in_the_kit() -> None:
    text = "\n".join(content.decode() for name, content in kit.files(ROOT).items() if not name.endswith(".gz"))
    found = {
        line
        for path in VERSIONS.rglob("*.diff")
        for hunks in diffs.read(path.read_text(encoding="utf-8")).values()
        for hunk in hunks
        for line in {each.strip() for each in hunk.after} - {each.strip() for each in hunk.before}
        if len(line) > 25  # a shorter one says nothing: `import time`
    }
    healthy = [*SERVICES.rglob("*.py"), *SERVICES.rglob("*.html"), *SERVICES.parent.glob("*.py")]
    shop = "".join(path.read_text(encoding="utf-8") for path in healthy)
    only_faulty = {line for line in found if line not in shop and not line.startswith(("from ", "import "))}
    assert len(only_faulty) > 100
    assert [line for line in sorted(only_faulty) if line in text] == []


def test_the_same_repository_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    first = kit.write(small, tmp_path / "a" / "kit.zip").read_bytes()
    for path in small.rglob("*"):
        os.utime(path, (0, 1e9))
    assert kit.write(small, tmp_path / "kit.zip").read_bytes() == first


@pytest.mark.parametrize("missing", ["release/00-welcome/first-watch.ipynb", "datasets/monday/card.toml"])
def test_a_repository_without_notebooks_or_recordings_gives_a_sentence(small: Path, missing: str) -> None:
    (small / missing).unlink()
    with pytest.raises(BuildError, match="with: watchkeeper"):
        kit.files(small)


LONGEST_ON_WINDOWS = 259  # characters of a path, unless longer ones are enabled
WHERE_IT_IS_UNPACKED = (
    "D:/OneDrive - Name of a School of Applied Sciences/Documents/Winter term 2026/SRE apprenticeship/xx/"
)
RESERVED = {"con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(10))}


def windows_problem(name: str) -> str:
    """Why Windows can't hold a file of that name below a folder whose path has a hundred characters; "" if it can."""
    parts = name.split("/")
    beside = [f"{name}.half", f"{'/'.join(parts[:-1])}/.ipynb_checkpoints/{parts[-1].replace('.', '-checkpoint.')}"]
    if max(len(WHERE_IT_IS_UNPACKED) + len(one) for one in (name, *beside)) > LONGEST_ON_WINDOWS:
        return "too long"
    if any(part.split(".")[0].lower() in RESERVED for part in parts):
        return "reserved"
    if any(set(part) & set('<>:"\\|?*') or part[-1] in " ." or min(part) < " " for part in parts):
        return "a character that Windows does not allow"
    return ""


def test_windows_can_hold_every_file_of_the_kit() -> None:
    assert 95 < len(WHERE_IT_IS_UNPACKED) < 110
    names = [f"{kit.FOLDER}/{name}" for name in kit.files(ROOT)]
    assert [(name, said) for name in names if (said := windows_problem(name))] == []
    folders = {"/".join(name.split("/")[:n]) for name in names for n in range(1, name.count("/") + 2)}
    assert len({one.lower() for one in folders}) == len(folders)


@pytest.mark.parametrize(
    "name", ["a/con.md", "a/b:c.md", "a/b./c", "a/LPT1", "a/" + "b" * 160, "x?/y", "d" * 70 + "/" + "e" * 70]
)
def test_what_windows_can_not_hold_is_noticed(name: str) -> None:
    assert windows_problem(name)


def test_start_says_how_deep_the_kit_may_lie() -> None:
    """The environment's longest paths are those of packages that pip installs; nothing here can make them shorter."""
    page = kit.files(ROOT)["START.md"].decode()
    found = re.search(r"at most (\d+) characters", page)
    assert found and "LongPathsEnabled" in page
    installed = [str(path) for each in metadata.distributions() for path in each.files or ()]
    longest = max(len(path) for path in installed if not path.startswith(".."))
    assert int(found[1]) + len("\\.venv\\Lib\\site-packages\\") + longest <= LONGEST_ON_WINDOWS


def test_the_kits_environment_names_the_kits_own_files() -> None:
    text = kit.files(ROOT)["environment.yml"].decode()
    assert "- -r requirements.txt\n" in text and "- ./package\n" in text and "requirements-kit.lock" not in text


def test_the_kit_installs_alone_and_its_command_works(tmp_path: Path) -> None:
    """In an environment of its own, which sees the dependencies installed here, but not the repository's package."""
    with zipfile.ZipFile(kit.write(ROOT, tmp_path / "kit.zip")) as archive:
        archive.extractall(tmp_path)
    environment, folder = tmp_path / "environment", tmp_path / kit.FOLDER
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / PROGRAMS / "python"
    site = _said(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    Path(site, "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    _said(python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "./package", cwd=folder)

    tried = "import watchkeeper.check, watchkeeper; print(watchkeeper.__file__); watchkeeper.Recording"
    assert Path(_said(python, "-c", tried, cwd=folder).strip()).is_relative_to(environment)
    said = _said(environment / PROGRAMS / "watchkeeper", "--help", cwd=folder)
    assert "submit" in said and "verify" not in said
    assert "everything you need" in _said(environment / PROGRAMS / "watchkeeper", "doctor", cwd=folder).lower()


def _said(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
