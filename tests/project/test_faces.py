"""Rooms have a face: what is shared is used where it is made, and only by its front door."""

import re

from tree import ROOT


def test_no_room_writes_a_percentage_by_itself() -> None:
    """Formats such as `{share:.0%}` and `{part} %` are what `percent` is for."""
    formats = re.compile(r"\{[^{}]*:\.?\d*%\}|\} %[\"' ,;.)]")
    rooms = [path for path in (ROOT / "src").rglob("*.py") if formats.search(path.read_text(encoding="utf-8"))]
    assert rooms == []
