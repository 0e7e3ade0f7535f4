"""Rooms have a face: what is shared is used where it is made, and only by its front door."""

import importlib
import re
from pathlib import Path

from test_rooms import HOUSE, imports, modules, room_of
from tree import ROOT

# The rooms of the science: what they share is in their `__all__`. The other rooms are used module by module, for the
# command line imports only what one command needs.
FACES = ("otlp", "recording", "traces", "latency", "slo", "logs", "suspects", "plot", "explore")
# What is used from behind a face, and why.
BEHIND = {
    "traces.calls.handed_over": "public, it would answer questions that switch linked off",
    "traces.origins.timed_out": "the same, of error_origins",
    "recording.find.VARIABLE": "a machine of the cluster is told where its recordings are",
}


def behind(source: str, module: str) -> list[str]:
    """What a module imports from another room with a face that is not in that face."""
    found = []
    for name in imports(source, module):
        room, _, rest = name.partition(".")
        if room in FACES and room != room_of(module) and rest:
            face = importlib.import_module(f"watchkeeper.{room}")
            found += [name] if rest not in face.__all__ else []
    return found


def test_rooms_are_used_by_their_faces() -> None:
    looked = {
        (module, name)
        for module in modules()
        for name in behind((HOUSE / Path(*module.split(".")).with_suffix(".py")).read_text(encoding="utf-8"), module)
    }
    assert {(module, name) for module, name in looked if name not in BEHIND} == set()
    assert {name for _, name in looked} == set(BEHIND), "an exception that nothing needs any more"


def test_what_lies_behind_a_face_is_found_in_every_form() -> None:
    assert behind("from ..traces import Forest, forest", "plot.rows") == ["traces.forest"]
    assert behind("from ..traces.share import peers", "logs.cause") == ["traces.share.peers"]
    assert behind("import watchkeeper.plot.svg", "staff.author.kit") == ["plot.svg"]
    assert behind("from .share import peers\nfrom .. import traces", "traces.origins") == []


def test_no_room_writes_a_percentage_by_itself() -> None:
    """Formats such as `{share:.0%}` and `{part} %` are what `percent` is for."""
    formats = re.compile(r"\{[^{}]*:\.?\d*%\}|\} %[\"' ,;.)]")
    rooms = [path for path in (ROOT / "src").rglob("*.py") if formats.search(path.read_text(encoding="utf-8"))]
    assert rooms == []
