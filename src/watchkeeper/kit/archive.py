"""The submission archive: what `watchkeeper submit` writes, and what a grader expects to take in.

Its layout is nbgrader's own, so a mentor can simply unpack it into `submitted/`:

    <name>/<module>/<notebook>.ipynb
    <name>/<module>/…                 the files next to it that are the apprentice's own
    <name>/<module>/submission.json
    <name>/<module>/timestamp.txt
"""

from __future__ import annotations

import hashlib
import json
import re
import unicodedata
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from io import BytesIO
from typing import Any

FORMAT = 1
MOMENT = (2026, 1, 1, 0, 0, 0)  # the date of every file inside; the time of the submission is in submission.json
FILES, BYTES = 200, 50_000_000  # the most in one submission, unpacked
ABOUT, TIMESTAMP = "submission.json", "timestamp.txt"
# Files that we write next to the notebooks, here or when they are graded, and that no one else may write.
OURS = frozenset({ABOUT, TIMESTAMP, "graded.json", "key.json"})
IGNORED = frozenset({"__macosx", "__pycache__", "thumbs.db", "desktop.ini"})
DEPTH, PART, NAME = 12, 120, 240  # folders, characters of a part, characters of a name
ON_DISK = 240  # bytes of a part: most file systems have 255, and the grader appends an ending to some names
LETTERS, LONG = 60, 120  # characters and bytes of a person's folder
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # can't be a folder's name on Windows


def slug(name: str) -> str:
    """A name as it is used in files and folders: letters of any script with their marks, digits, and hyphens.

    Names that differ only in case, spaces or punctuation have the same slug, so compare the names themselves
    (`spelled`) before you take two people for one.

    >>> slug("  Ada  Lovelace "), slug("Łucja O'Neil"), slug("সুনীতা"), slug("CON")
    ('ada-lovelace', 'łucja-o-neil', 'সুনীতা', 'con-1')
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    words = unicodedata.normalize("NFC", "".join(_in_slug(one) for one in text)).split()
    made = "-".join(words)[:LETTERS].encode("utf-8", "ignore")[:LONG].decode("utf-8", "ignore")
    made = "-".join(word for word in made.split("-") if any(map(str.isalnum, word)))  # a word has a letter or digit
    return f"{made}-1" if RESERVED.fullmatch(made) else made


def _in_slug(char: str) -> str:
    """A character as it is in a slug: itself, a space, or nothing for joiners and marks that don't show."""
    kind = unicodedata.category(char)
    if kind == "Cf" or "\N{VARIATION SELECTOR-1}" <= char <= "\N{VARIATION SELECTOR-16}":
        return ""
    return char if char.isalnum() or kind[0] == "M" else " "


def spelled(name: str) -> str:
    """A person's name as they spell it: composed, with single spaces. People whose names differ here are two people.

    >>> spelled(" Ann  Marie ") == spelled("Ann Marie"), spelled("Ann-Marie") == spelled("Ann Marie")
    (True, False)
    """
    return " ".join(unicodedata.normalize("NFC", name).split())


def checked(name: str) -> tuple[tuple[str, ...], str]:
    """The parts of a file's name, and why it can't be used ("" if it can). Windows' separators become slashes.

    >>> checked("ada/00-welcome/a.ipynb"), checked("ada/../../x")[1]
    ((('ada', '00-welcome', 'a.ipynb'), ''), 'its name leads out of its folder')
    """
    name = unicodedata.normalize("NFC", name.replace("\\", "/"))
    if not name.isascii():  # people's names have wide spaces and joiners; marks that reverse text are dropped
        kinds = ((one, unicodedata.category(one)) for one in name)
        name = "".join(" " if kind == "Zs" else one for one, kind in kinds if kind != "Cf")
    parts = tuple(part for part in name.split("/") if part not in ("", "."))
    if name.startswith("/") or ".." in parts or (parts and len(parts[0]) == 2 and parts[0][1] == ":"):
        return parts, "its name leads out of its folder"
    if not parts or not all(one.isprintable() for one in parts) or any(set(one) & set('*?"<>|') for one in parts):
        return parts, "its name has characters that a file name can't have"
    if any(part != part.strip() or part.endswith(".") for part in parts):
        return parts, "its name begins or ends with a space or a period"
    too_long = any(len(part) > PART or len(part.encode()) > ON_DISK for part in parts)
    if len(parts) > DEPTH or len(name) > NAME or too_long:
        return parts, "its name is too long"
    return parts, ""


def reserved(parts: tuple[str, ...]) -> str:
    """Why a submission can't have a file of this name in the module's folder, or "": the grader's own files go there.

    >>> reserved(("graded.json",)), reserved(("data", "key.json"))
    ('the grader writes a file of that name', '')
    """
    if len(parts) == 1 and parts[0].casefold() in OURS:
        return "the grader writes a file of that name"
    if any(part.casefold() in OURS or part.lower().endswith(".ipynb") for part in parts[:-1]):
        return "a folder can't be called like a notebook or like one of the grader's files"
    return ""


def file_name(module: str, person: str) -> str:
    """The archive's file name.

    >>> file_name("00-welcome", "Ada Lovelace")
    'submission-00-welcome-ada-lovelace.zip'
    """
    return f"submission-{module}-{slug(person)}.zip"


def about(module: str, edition: str, person: str, files: Mapping[str, bytes], now: datetime) -> dict[str, Any]:
    """The content of submission.json: who, what, when (`now` has a time zone), and each file's sha256."""
    return {
        "format": FORMAT,
        "module": module,
        "edition": edition,
        "name": person,
        "time": now.astimezone(UTC).isoformat(timespec="seconds"),
        "package": version("watchkeeper"),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in files.items()},
    }


def person_in(content: bytes) -> str:
    """Whose an archive is according to its submission.json; "" if it does not say, or is not such an archive."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as packed:
            name = next(one for one in packed.namelist() if one.split("/")[-1] == ABOUT)
            found = json.loads(packed.read(name))["name"]
        return found if isinstance(found, str) else ""
    except (zipfile.BadZipFile, StopIteration, ValueError, KeyError, TypeError, OSError, RuntimeError, EOFError):
        return ""


def archive(files: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """The zip file with these files (relative name to content). The same work at the same time gives the same bytes."""
    prefix = f"{slug(about['name'])}/{about['module']}"
    time = datetime.fromisoformat(about["time"]).strftime("%Y-%m-%d %H:%M:%S UTC")
    content = {**files, ABOUT: (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()}
    content[TIMESTAMP] = f"{time}\n".encode()
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name in sorted(content):
            entry = zipfile.ZipInfo(f"{prefix}/{name}", MOMENT)
            entry.external_attr, entry.create_system = 0o100644 << 16, 3  # the same on Windows and Linux
            packed.writestr(entry, content[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()
