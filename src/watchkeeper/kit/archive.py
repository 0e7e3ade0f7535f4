"""The submission archive: what `watchkeeper submit` writes, and what a grader expects to take in.

Its layout is nbgrader's own, so a mentor can simply unpack it into `submitted/`:

    <name>/<module>/<notebook>.ipynb
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


def slug(name: str) -> str:
    """A name as it is used in files and folders: letters of any script, digits, and hyphens between them.

    >>> slug("  Ada  Lovelace "), slug("Łucja O'Neil")
    ('ada-lovelace', 'łucja-o-neil')
    """
    return "-".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", name).casefold()))[:60]


def file_name(module: str, person: str) -> str:
    """The archive's file name.

    >>> file_name("00-welcome", "Ada Lovelace")
    'submission-00-welcome-ada-lovelace.zip'
    """
    return f"submission-{module}-{slug(person)}.zip"


def about(module: str, edition: str, person: str, notebooks: Mapping[str, bytes], now: datetime) -> dict[str, Any]:
    """The content of submission.json: who, what, when (`now` has a time zone), and each notebook's sha256."""
    return {
        "format": FORMAT,
        "module": module,
        "edition": edition,
        "name": person,
        "time": now.astimezone(UTC).isoformat(timespec="seconds"),
        "package": version("watchkeeper"),
        "sha256": {name: hashlib.sha256(content).hexdigest() for name, content in notebooks.items()},
    }


def archive(notebooks: Mapping[str, bytes], about: Mapping[str, Any]) -> bytes:
    """The zip file with these notebooks (file name to content). The same work at the same time gives the same bytes."""
    prefix = f"{slug(about['name'])}/{about['module']}"
    time = datetime.fromisoformat(about["time"]).strftime("%Y-%m-%d %H:%M:%S UTC")
    content = {**notebooks, "submission.json": (json.dumps(about, indent=1, ensure_ascii=False) + "\n").encode()}
    content["timestamp.txt"] = f"{time}\n".encode()
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as packed:
        for name in sorted(content):
            entry = zipfile.ZipInfo(f"{prefix}/{name}", MOMENT)
            entry.external_attr, entry.create_system = 0o100644 << 16, 3  # the same on Windows and Linux
            packed.writestr(entry, content[name], zipfile.ZIP_DEFLATED)
    return made.getvalue()
