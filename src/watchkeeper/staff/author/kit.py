"""Writes the kit, the archive for apprentices: notebooks, public recordings, and the package without `staff/`."""

from __future__ import annotations

import json
import tomllib
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from watchkeeper.kit.folder import MANIFEST, digest
from watchkeeper.staff.author import hint
from watchkeeper.staff.errors import BuildError
from watchkeeper.words import count

FOLDER = "watchkeeper-kit"
AS_IT_IS = ("LICENSE", "LICENSE-CONTENT")
OF_THE_PACKAGE = ("pyproject.toml", "README.md", "LICENSE")
LOCK = "requirements-kit.lock"
START = Path(__file__).with_name("START.md")
NEVER = {"__pycache__", ".ipynb_checkpoints", "held-back"}
WALL = "staff"  # the folder of the package that is never in a kit

Say = Callable[[str], None]

# Every file has the same date, so the same kit gives the same bytes.
MOMENT = (2026, 1, 1, 0, 0, 0)


def write(root: Path, out: Path, say: Say = print) -> Path:
    """Write the kit of the repository at `root` as the archive `out`. The same repository gives the same bytes."""
    content = files(root, say)
    out.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(content):
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", MOMENT)
            entry.external_attr, entry.create_system = 0o100644 << 16, 3  # the same on Windows and Linux
            archive.writestr(entry, content[name], zipfile.ZIP_DEFLATED)
    return out


def files(root: Path, say: Say = print) -> dict[str, bytes]:
    """The kit's files: path inside it (with `/`) to content.

    Line endings that git changed when it checked the repository out are changed back, and `say` hears of it. Raises
    BuildError if the course has not been built, or if a recording is not what its card says.

    One of them is a manifest of the others. `watchkeeper lab` and `submit` use it to recognize an apprentice's work.
    """
    content = dict(_notebooks(root)) | dict(_recordings(root)) | dict(_package(root))
    content |= {name: (root / name).read_bytes() for name in AS_IT_IS}
    content["START.md"] = START.read_bytes()
    content["requirements.txt"] = (root / LOCK).read_bytes()
    content["environment.yml"] = _environment((root / "environment.yml").read_text(encoding="utf-8"))
    content = _with_own_line_endings(content, say)
    _check_recordings(root, content)
    manifest = {name: digest(each) for name, each in sorted(content.items())}
    return content | {MANIFEST: (json.dumps(manifest, indent=1) + "\n").encode()}


def _with_own_line_endings(content: Mapping[str, bytes], say: Say) -> dict[str, bytes]:
    """The same files with `\n` where git for Windows wrote `\r\n`; files with zero bytes in them are not text."""
    found = {name: each.replace(b"\r\n", b"\n") for name, each in content.items() if b"\0" not in each}
    changed = [name for name, each in found.items() if each != content[name]]
    if changed:
        say(
            f"{count(len(changed), 'file')} here had Windows line endings, for example {changed[0]}. The kit has the "
            "original ones. To get them here too, see the section on Windows in CONTRIBUTING.md."
        )
    return {**content, **found}


def _check_recordings(root: Path, content: Mapping[str, bytes]) -> None:
    """Raise BuildError if a file is not the one that its recording's card describes: every `doctor` would find it."""
    for name in content:
        folder, _, file = name.rpartition("/")
        if not folder.startswith("datasets/") or file != "card.toml":
            continue
        try:
            sums = tomllib.loads(content[name].decode("utf-8"))["sha256"]
            damaged = [f"{folder}/{one}" for one, said in sums.items() if digest(content[f"{folder}/{one}"]) != said]
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise BuildError(
                f"{root / name} can't be used as a card ({type(error).__name__}: {error}), or a file that it names is "
                f"missing. Restore the recording: {hint.git(f'checkout -- {folder}', root)}"
            ) from None
        if damaged:
            raise BuildError(
                f"{root / damaged[0]} is not the file its card describes. "
                f"Restore it: {hint.git(f'checkout -- {damaged[0]}', root)}"
            )


def _notebooks(root: Path) -> Iterator[tuple[str, bytes]]:
    found = list(_below(root, root / "release"))
    if not any(name.endswith(".ipynb") for name, _ in found):
        raise BuildError(f"{root / 'release'} has no notebooks. Create them with: {hint.watchkeeper('build', root)}")
    yield from found


def _recordings(root: Path) -> Iterator[tuple[str, bytes]]:
    folders = [card.parent for card in sorted((root / "datasets").glob("*/card.toml"))]
    if not folders:
        raise BuildError(
            f"{root / 'datasets'} has no recording with a card. Record a set with: watchkeeper record --all "
            f'--out "{root / "datasets"}" --held-back "{root / "datasets" / "held-back"}"'
        )
    for folder in folders:
        yield from _below(root, folder)
    yield "datasets/LICENSE", (root / "datasets" / "LICENSE").read_bytes()


def _package(root: Path) -> Iterator[tuple[str, bytes]]:
    rooms = [place for place in sorted((root / "src" / "watchkeeper").iterdir()) if place.name != WALL]
    places = [*(root / name for name in OF_THE_PACKAGE), *rooms]
    for place in places:
        for name, content in _below(root, place):
            yield f"package/{name}", content


def _below(root: Path, place: Path) -> Iterator[tuple[str, bytes]]:
    """A file, or every file below a folder, with its path relative to `root`."""
    for path in [place] if place.is_file() else sorted(place.rglob("*")):
        name = path.relative_to(root)
        if path.is_file() and not NEVER & set(name.parts):
            yield name.as_posix(), path.read_bytes()


def _environment(text: str) -> bytes:
    """The repository's environment.yml with the kit's names for the lock and for the package."""
    return text.replace(LOCK, "requirements.txt").replace("      - .\n", "      - ./package\n").encode()
